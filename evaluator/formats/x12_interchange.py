"""The pieces of a stream to the segments of its transactions: ISA, GS, ST and their counts.

Transactions other than the 837 are passed over. What is missing or miscounted is remarked on; it
stops nothing.
"""

import re
import zlib
from collections.abc import Callable
from typing import TypeAlias

from editwright.evaluator.formats import x12_warnings
from editwright.evaluator.formats.x12_cursor import Cursor, Place
from editwright.evaluator.formats.x12_envelope import (
    BLANKS,
    Block,
    Opening,
    Outside,
    Piece,
    TooLong,
    Unterminated,
    unwrapped,
)
from editwright.evaluator.formats.x12_problems import CUT_OFF, Problem
from editwright.evaluator.formats.x12_state import PASSED_OVER, Transaction
from editwright.evaluator.kernels.claim_loops import ClaimLoops, Sink

_LONGEST = 2_000
"""Characters of a segment that is read; the guides allow for some hundreds."""
_MOST_LABELS = 200_000
_TOO_LONG: Problem = (
    "a segment is too long",
    f"expected at most {_LONGEST:,} characters, because a terminator is probably missing",
)
_NO_TERMINATOR: Problem = (
    "a segment does not end",
    "expected its terminator within 1 MiB; the rest of the interchange was passed over",
)
_NO_ISA: Problem = (
    "segments without a whole ISA",
    "expected ISA with its 16 elements before them, because it says what separates elements",
)
_NUMBER = re.compile(r"[0-9]{1,9}")
_DAY_LENGTH = 8
"""So long a count may be a day that has slipped, and is not shown."""
_SET = re.compile(r"[0-9]{3}")
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]{1,2}")

_LONG = "\0"
"""Stands for a segment that was too long."""

Act: TypeAlias = "Callable[[Interchanges, str], None]"
"""What to do about a segment of the envelopes."""


def at(elements: list[str], position: int) -> str:
    """An element without blanks around it; nothing where the segment ends before it."""
    try:
        return elements[position].strip(BLANKS)
    except IndexError:
        return ""


class Interchanges:
    """Follows the pieces of one source."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._cursor = Cursor()
        self._loops = ClaimLoops(sink, self._cursor)
        self._labels: dict[int, int] = {}
        """How often an ISA has come, by its digest."""
        self._acts: dict[str, Act] = {}
        """By the first three characters of a segment."""
        self._reading = True
        """Whether the segments are read, and not those of another transaction."""
        self._element = ""
        self._outside = self._nowhere = self._cursor.transaction
        self._open = False
        self._closed = True
        self._kinds: set[str] = set()
        """What transactions there were: 837, 835; blank for what is no number."""

    def take(self, piece: Piece) -> None:
        """Take in the next piece."""
        match piece:
            case Opening():
                self.close()
                self._use(piece)
            case Block():
                self._block(piece)
            case Unterminated():
                self._rest(piece)
            case TooLong():
                self._loops.spoil(_NO_TERMINATOR)
                self._sink.refuse(_NO_TERMINATOR, self._place_of(piece.offset), "interchange")
                self.close()
            case Outside():
                self._cursor.transaction = self._nowhere
                place = self._place_of(piece.offset)
                if piece.bare:
                    self._sink.refuse(_NO_ISA, place, "interchange")
                else:
                    self._sink.warn(x12_warnings.TEXT_OUTSIDE, place)

    def close(self) -> None:
        """The interchange that is open has no more pieces."""
        if not self._open:
            return
        self._open = False
        if not self._loops.is_complete():
            self._loops.spoil(CUT_OFF)
        self._loops.leave()
        if not self._closed:
            self._end_transaction(has_se=False)
            self._warn(x12_warnings.NO_IEA)

    def instead(self) -> str:
        """What was there, if there were no claims."""
        others = self._kinds - {"837"}
        if others:
            known = ", ".join(sorted(others - {""}))
            return "X12 transactions that are no 837" + (f" ({known})" if known else "")
        return "837 transactions without CLM" if self._kinds else "X12 without transactions"

    def _use(self, opening: Opening) -> None:
        """Go over to other delimiters."""
        self._element = element = opening.element
        self._component = opening.component
        self._file_digest = opening.digest
        self._acts = self._acts_of(element)
        self._passed_over = frozenset((name + element)[:3] for name in PASSED_OVER)
        self._reading = True

    def _isa(self, segment: str) -> None:
        self.close()
        self._open, self._closed = True, False
        elements = segment.split(self._element)
        number = at(elements, 13)
        self._digest = zlib.crc32(segment.encode(), self._file_digest)
        seen = self._labels.get(self._digest, 0) + 1
        if seen > 1 or len(self._labels) < _MOST_LABELS:
            self._labels[self._digest] = seen
        self._label = number if seen == 1 else f"{number}.{seen}"
        self._number = number
        start = self._cursor.number
        self._outside = Transaction(number, None, start, "", self._label, self._digest)
        self._cursor.transaction = self._outside
        self._groups = self._transactions = self._claims_before = 0
        self._group_digest, self._version = self._digest, ""
        self._reading = True
        self._loops.open(self._element, self._component, at(elements, 11))

    def _acts_of(self, element: str) -> dict[str, Act]:
        return {
            "ISA": Interchanges._isa,
            f"GS{element}": Interchanges._gs,
            f"ST{element}": Interchanges._st,
            f"SE{element}": Interchanges._se,
            f"GE{element}": Interchanges._ge,
            "IEA": Interchanges._iea,
            "BHT": Interchanges._bht,
        }

    def _block(self, block: Block) -> None:
        cursor = self._cursor
        cursor.enter(block)
        segments = block.segments
        if block.encoding == "latin-1" and not all(map(str.isascii, segments)):
            self._warn(x12_warnings.NO_UTF8)
        if block.wrapped:
            self._warn(x12_warnings.WRAPPED)
        if segments and len(max(segments, key=len)) > _LONGEST:
            segments = [self._expected(each) for each in segments]
        index = 0
        while index < len(segments):
            if self._reading:
                index = self._loops.take(segments, index)
            if index < len(segments):
                cursor.index = index
                segment = segments[index]
                self._acts.get(segment[:3], Interchanges._unusual)(self, segment)
                index += 1
        cursor.index = len(segments)
        self._loops.end_block()

    def _expected(self, segment: str) -> str:
        """The segment, unless it is read and too long to be one."""
        is_read = not self._reading or segment[:3] not in self._passed_over
        return _LONG if is_read and len(segment) > _LONGEST else segment

    def _rest(self, rest: Unterminated) -> None:
        """What stands behind the last terminator: a last segment without one, or a part of one."""
        text = unwrapped(rest.text.strip(BLANKS))
        word = text.partition(self._element)[0].upper()
        if word in ("SE", "GE", "IEA"):
            self._block(Block([text], [rest.text], None, rest.offset, 1, "utf-8"))
            return
        self._cursor.enter(Block([text], [rest.text], None, rest.offset, 1, "utf-8"))
        if self._closed:
            self._warn(x12_warnings.TEXT_OUTSIDE)
        elif word in ("CLM", "HL", "ST"):
            self._loops.leave()
        else:
            self._loops.spoil(CUT_OFF)
        if word == "CLM" and not self._closed:
            self._sink.refuse(CUT_OFF, self._cursor.place(), "claim")
        self._cursor.index = 1

    def _place_of(self, offset: int) -> Place:
        """The place of something that is no segment."""
        nothing = Block([], [], None, offset, 1, "ascii")
        return Place(self._cursor.transaction, None, nothing, 0)

    def _unusual(self, segment: str) -> None:
        """A segment with a name that is written in another way, or is none of the 837's."""
        word, separator, rest = segment.partition(self._element)
        name = word.strip(BLANKS).upper()
        start = (name + self._element)[:3]
        if _WORD.fullmatch(name) and (name != word or not separator):
            whole = f"{name}{self._element}{rest}"
            if start in self._acts:
                self._acts[start](self, whole)
                return
            if self._reading and self._loops.act(start, whole):
                return
        if self._reading:
            if segment == _LONG:
                self._too_long()
            else:
                self._warn(x12_warnings.UNKNOWN)

    def _too_long(self) -> None:
        if self._loops.is_open():
            self._loops.spoil(_TOO_LONG)
        else:
            self._sink.refuse(_TOO_LONG, self._cursor.place(), "segment")

    # envelopes

    def _gs(self, segment: str) -> None:
        self._end_transaction(has_se=False)
        if self._closed:
            self._warn(x12_warnings.AFTER_IEA)
        self._groups += 1
        self._transactions = 0
        self._version = at(segment.split(self._element), 8)
        self._group_digest = zlib.crc32(segment.encode(), self._digest)

    def _st(self, segment: str) -> None:
        self._end_transaction(has_se=False)
        elements = segment.split(self._element)
        self._transactions += 1
        self._cursor.transaction = Transaction(
            self._number,
            at(elements, 2),
            self._cursor.number,
            at(elements, 3) or self._version,
            self._label,
            zlib.crc32(segment.encode(), self._group_digest),
        )
        self._loops.reset()
        self._claims_before = self._loops.begun()
        kind = at(elements, 1)
        self._kinds.add(kind if _SET.fullmatch(kind) else "")
        if kind != "837":
            self._reading = False
            self._warn(x12_warnings.OTHER_SET)

    def _bht(self, segment: str) -> None:
        if not self._reading:
            return
        transaction = self._cursor.transaction
        transaction.created = at(segment.split(self._element), 4)
        transaction.digest = zlib.crc32(segment.encode(), transaction.digest)

    def _se(self, segment: str) -> None:
        cursor = self._cursor
        there = cursor.number - cursor.transaction.start + 1
        self._loops.leave()
        if cursor.transaction is not self._outside:
            self._compare(segment, there, x12_warnings.SEGMENT_COUNT)
        self._end_transaction(has_se=True)

    def _ge(self, segment: str) -> None:
        self._end_transaction(has_se=False)
        self._compare(segment, self._transactions, x12_warnings.TRANSACTION_COUNT)
        self._transactions, self._version = 0, ""

    def _iea(self, segment: str) -> None:
        self._end_transaction(has_se=False)
        self._compare(segment, self._groups, x12_warnings.GROUP_COUNT)
        self._closed = True

    def _compare(self, segment: str, there: int, problem: str) -> None:
        """Warn if the first element of a trailer does not say how many there are."""
        said = at(segment.split(self._element, 2), 1)
        if said != str(there) and not (_NUMBER.fullmatch(said) and int(said) == there):
            shown = (said if len(said) < _DAY_LENGTH else "another") if said.isdigit() else "none"
            self._sink.warn(problem, self._cursor.place(), f"it says {shown}, there are {there:,}")

    def _end_transaction(self, *, has_se: bool) -> None:
        cursor, loops = self._cursor, self._loops
        loops.leave()
        if cursor.transaction is self._outside:
            return
        loops.reset()
        if not has_se:
            self._warn(x12_warnings.NO_SE)
        if self._reading and loops.begun() == self._claims_before:
            self._warn(x12_warnings.NO_CLAIMS)
        cursor.transaction = self._outside
        self._reading = True

    def _warn(self, problem: str) -> None:
        self._sink.warn(problem, self._cursor.place())
