"""Where reading stands: which segment of which interchange, and at which byte."""

import zlib
from collections.abc import Sequence
from itertools import accumulate

from editwright.evaluator.formats.x12_envelope import BLANKS, Block
from editwright.evaluator.formats.x12_state import Place, Transaction


class Cursor:
    """The segments of a block, and the one that is being read."""

    __slots__ = (
        "_before", "_digest", "_ends", "_marked", "_offset", "_raw", "index", "segments",
        "transaction",
    )  # fmt: skip

    def __init__(self) -> None:
        self.transaction = Transaction("outside of interchanges", None, 1, "")
        self.segments: list[str] = []
        self.index = 0
        self._raw: Sequence[str] = ()
        self._ends: Sequence[int] = ()
        self._offset = self._before = 0
        self._digest = 0
        self._marked = 0

    def begin(self, offset: int, transaction: Transaction) -> None:
        """Go to an ISA segment."""
        self.transaction = transaction
        self.segments, self._raw, self._ends = [""], [""], [0]
        self.index, self._offset, self._before = 0, offset, 0

    def enter(self, block: Block) -> list[str]:
        """Go to the segments of a block: those that are not blank."""
        self._before += len(self.segments)
        raw = block.segments
        segments = [segment.strip(BLANKS) for segment in raw]
        lengths = map(len, raw)
        if block.encoding == "utf-8":
            lengths = map(len, map(str.encode, raw))
        ends = list(accumulate(lengths))
        if "" in segments:
            there = [at for at, segment in enumerate(segments) if segment]
            segments = [segments[at] for at in there]
            raw = [raw[at] for at in there]
            ends = [ends[at] + at - new for new, at in enumerate(there)]
        self.segments, self._raw, self._ends = segments, raw, ends
        self._offset, self.index, self._marked = block.offset, 0, 0
        return segments

    @property
    def number(self) -> int:
        """The segment's number in its interchange; ISA is 1."""
        return self._before + self.index + 1

    @property
    def byte(self) -> int:
        """The place of the segment's first byte in the file, from 0."""
        if self.index >= len(self._raw):
            return self._offset + (self._ends[-1] + len(self._ends) if self._ends else 0)
        index, raw = self.index, self._raw[self.index]
        blanks = len(raw) - len(raw.lstrip(BLANKS))
        return self._offset + self._ends[index] + index - len(raw.encode()) + blanks

    def place(self, claim: int | None = None) -> Place:
        """The segment's place."""
        found = self.segments[self.index][:3] if self.index < len(self.segments) else ""
        return Place(self.transaction, claim, self.number, found, self.byte)

    def mark(self) -> None:
        """Begin a digest with this segment."""
        self._marked, self._digest = self.index, self.transaction.digest

    def digest(self, until: int) -> int:
        """The digest of the segments since the mark, as far as the one at this index."""
        if until > self._marked:
            text = "\n".join(self.segments[self._marked : until])
            self._digest = zlib.crc32(text.encode("utf-8", "replace"), self._digest)
            self._marked = until
        return self._digest
