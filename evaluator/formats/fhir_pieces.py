"""JSON text of any size to the resources in it, one at a time and in bounded memory.

The text is NDJSON, or any number of values one after the other: a resource, a Bundle, an array.
Of a Bundle or an array only one entry is held at a time. Brackets are counted, strings are
passed over, and nothing is parsed but what is handed out.
"""

import io
import re
from collections.abc import Iterator

import numpy as np
from attrs import define, field

from editwright.evaluator.formats.utf16 import in_utf8
from editwright.evaluator.kernels.json_brackets import outer_brackets

LONGEST = 1 << 24
"""A resource of more bytes is set aside."""

_CHUNK = 1 << 19
_DEEPEST = 3
"""So deep stand the entries of a Bundle."""
_NAME = re.compile(rb'"([^"\\]{1,64})"\s*:\s*\Z')
_MARK = b"\xef\xbb\xbf"
_BETWEEN = b" \t\r\n," + _MARK
_AFTER_ENTRIES = -1


@define(slots=True)
class Piece:
    """A resource or an entry of a Bundle, as text; or what is wrong with the text there."""

    row: int
    """The line of NDJSON; else the entry, or the resource, counted from 1."""
    where: str
    """The place in words: `line 12`, `entry[3]`; blank for a file of one resource."""
    raw: bytes
    is_entry: bool = False
    """Whether it is an entry of a Bundle, which holds its resource under a name."""
    problem: str = ""
    reason: str = ""


def pieces(stream: io.BufferedReader) -> Iterator[Piece]:
    """The resources of a text."""
    stream = in_utf8(stream)
    first = stream.readline(LONGEST).removeprefix(_MARK)
    number = 1
    while first.isspace():
        first = stream.readline(LONGEST)
        number += 1
    if _is_whole_line(first, stream):
        yield from _lines(number, first, stream)
    else:
        yield from _Scan(stream).pieces(first)


def entries(bundle: bytes) -> Iterator[Piece]:
    """The entries of a Bundle that is held as text."""
    for piece in _Scan(io.BufferedReader(io.BytesIO())).pieces(bundle):
        if piece.is_entry or piece.problem:
            yield piece


def member(text: bytes, name: bytes) -> tuple[int, int] | None:
    """From where to where the object of this name stands in an object that is held as text."""
    start = -1
    for place, depth, step in _Scan(io.BufferedReader(io.BytesIO())).brackets(text):
        if depth == 2 and step > 0:
            found = _NAME.search(text, max(0, place - 128), place)
            start = place if found is not None and found[1] == name else -1
        elif depth == 2 and start >= 0:
            return start, place + 1
    return None


def _is_whole_line(first: bytes, stream: io.BufferedReader) -> bool:
    """Whether every line is a resource: the first is one, or the second starts like one."""
    if not first.startswith(b"{") or len(first) == LONGEST:
        return False
    scan = _Scan(stream)
    scan.brackets(first)
    return scan.depth == 0 or (len(first.strip()) > 1 and stream.peek(1).startswith(b'{"'))


def _lines(number: int, raw: bytes, stream: io.BufferedReader) -> Iterator[Piece]:
    while raw:
        if len(raw) == LONGEST and not raw.endswith(b"\n"):
            while (rest := stream.readline(LONGEST)) and not rest.endswith(b"\n"):
                pass
            yield _too_long(number, f"line {number}")
        elif not raw.isspace():
            yield Piece(number, f"line {number}", raw)
        raw = stream.readline(LONGEST)
        number += 1


def _too_long(row: int, where: str) -> Piece:
    return Piece(
        row,
        where,
        b"",
        problem="a resource has more than 16 MiB",
        reason="a claim has a few thousand bytes; a Bundle belongs into a file of its own",
    )


@define(slots=True)
class _Scan:
    """A walk through the text, a chunk at a time."""

    stream: io.BufferedReader
    buffer: bytearray = field(factory=bytearray)
    """What is held: from the start of the value or entry that is being read."""
    depth: int = 0
    in_string: bool = False
    entry_depth: int = 0
    """How deep entries lie: 2 in an array, 3 in a Bundle; 0 before a Bundle's, -1 after them."""
    start: int = -1
    """Where the value or entry that is being read starts in the buffer; -1 between them."""
    seen: int = 0
    """Up to where the buffer is accounted for."""
    values: int = 0
    entries: int = 0
    too_long: bool = False
    """Whether what is being read is thrown away for its length."""
    shell: bytearray = field(factory=bytearray)
    """What the object has beside its entries."""
    broken: bool = False

    def pieces(self, first: bytes) -> Iterator[Piece]:
        for chunk in self._chunks(first):
            self.buffer += chunk
            yield from self._walk(chunk)
            if self.broken:
                return
            self._let_go()
        yield from self._end()

    def _chunks(self, first: bytes) -> Iterator[bytes]:
        """The text from `first` on; none ends between a backslash and what it escapes."""
        rest = first
        while chunk := rest[:_CHUNK] or self.stream.read(_CHUNK):
            rest = rest[_CHUNK:]
            while chunk.endswith(b"\\") and (more := rest[:1] or self.stream.read(1)):
                chunk, rest = chunk + more, rest[1:]
            yield chunk

    def _walk(self, chunk: bytes) -> Iterator[Piece]:
        base = len(self.buffer) - len(chunk)
        for place, depth, step in self.brackets(chunk):
            if depth < 1:
                self.broken = True
                yield self._problem(
                    "a bracket closes that was never opened",
                    "what follows cannot be told apart; nobody knows how many claims are missing",
                )
                return
            if step < 0 and depth == self.entry_depth:
                yield self._end_entry(base + place + 1)
            else:
                yield from (self._open if step > 0 else self._close)(base + place, depth)

    def brackets(self, chunk: bytes) -> Iterator[tuple[int, int, int]]:
        """Where brackets stand no deeper than entries do; the depth inside of each; +1 or -1."""
        found = outer_brackets(np.frombuffer(chunk, np.uint8), self.depth, self.in_string, _DEEPEST)
        self.depth, self.in_string = found.depth, found.in_string
        steps = np.where(found.opening, 1, -1)
        return zip(found.places.tolist(), found.depths.tolist(), steps.tolist(), strict=True)

    def _open(self, at: int, depth: int) -> Iterator[Piece]:
        if depth == 1:
            yield from self._between(at)
            self.values, self.entries, self.too_long = self.values + 1, 0, False
            if self.buffer[at] == ord("["):
                self.entry_depth, self.start, self.seen = 2, -1, at + 1
            else:
                self.entry_depth, self.start = 0, at
        elif depth == 2 and self.entry_depth <= 0 and self._is_entry_list(at):
            self.shell += self.buffer[self.start : at] + b"null"
            self.entry_depth, self.start, self.seen = 3, -1, at + 1
        elif depth == self.entry_depth:
            yield from self._between(at)
            self.start, self.too_long = at, False
            self.entries += 1

    def _close(self, at: int, depth: int) -> Iterator[Piece]:
        if depth == self.entry_depth - 1:
            yield from self._between(at)
            self.seen = at + 1
            if depth == 2:
                self.entry_depth, self.start, self.too_long = _AFTER_ENTRIES, at + 1, False
        elif depth == 1:
            yield self._held(at + 1, self.values, self._value_place())
            self.start, self.seen = -1, at + 1
            self.shell.clear()

    def _end_entry(self, end: int) -> Piece:
        entry = self._held(end, self.entries, self._entry_place())
        self.start, self.seen = -1, end
        return entry

    def _is_entry_list(self, at: int) -> bool:
        name = _NAME.search(self.buffer, max(self.start, at - 128), at)
        return self.buffer[at] == ord("[") and name is not None and name[1] == b"entry"

    def _value_place(self) -> str:
        return f"resource {self.values}" if self.values > 1 else ""

    def _entry_place(self) -> str:
        name = "array" if self.entry_depth == 2 else "entry"
        place = f"{name}[{self.entries - 1}]"
        return f"{self._value_place()}, {place}" if self.values > 1 else place

    def _held(self, end: int, row: int, where: str) -> Piece:
        with memoryview(self.buffer) as held:
            raw = bytes(held[self.start : end])
        if self.entry_depth <= 0:
            raw = bytes(self.shell) + raw
        if self.too_long or len(raw) > LONGEST:
            return _too_long(row, where)
        return Piece(row, where, raw, is_entry=self.entry_depth == 3)

    def _between(self, at: int) -> Iterator[Piece]:
        """What stands between two values: blanks and commas, or something that is wrong."""
        if self.buffer[self.seen : at].strip(_BETWEEN):
            yield self._problem(
                "there is something that is no resource",
                "an array, and a Bundle's `entry`, hold objects with commas between them",
            )
        self.seen = at

    def _problem(self, problem: str, reason: str) -> Piece:
        where = self._entry_place() if self.entries else self._value_place()
        if self.entries and self.start < 0:
            where = f"after {where}"
        row = max(self.entries or self.values, 1)
        return Piece(row, where, b"", problem=problem, reason=reason)

    def _let_go(self) -> None:
        """Forget what nothing will ask for again."""
        if self.start >= 0 and (self.too_long or len(self.buffer) - self.start > LONGEST):
            self.too_long = True
            self.buffer.clear()
            self.start = self.seen = 0
            return
        keep = self.start if self.start >= 0 else min(self.seen, len(self.buffer))
        if self.start < 0 and len(self.buffer) - keep > LONGEST:
            keep = len(self.buffer) - 1  # one character is enough to see that something is wrong
        del self.buffer[:keep]
        self.seen = max(self.seen - keep, 0)
        self.start = 0 if self.start >= 0 else -1

    def _end(self) -> Iterator[Piece]:
        if self.depth > 0 or self.in_string:
            yield self._problem(
                "a file breaks off in the middle of a resource",
                "fetch it again; nobody knows how many claims are missing",
            )
        else:
            yield from self._between(len(self.buffer))
