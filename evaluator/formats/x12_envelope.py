"""A stream of X12 to its interchanges: what separates them, and their segments block by block.

The ISA segment declares its delimiters by where they stand. They are taken from there, but held
against what follows: senders pad ISA, leave its last element out, or end segments in another way
than they declare. Nothing is held but one block, whatever the size of the file.
"""

import codecs
import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from itertools import accumulate

from attrs import define, field, frozen

BLANKS = " \t\r\n\0\x1a"
"""What stands between segments and belongs to none; 0x1C to 0x1F may be delimiters."""

LONGEST_SEGMENT = 1 << 20
_BLOCK = 1 << 20
_LONGEST_ISA = 400
_LINE_ENDS = "\r\n"
_LINE_END = re.compile("[\r\n]+")
_ISA_SEPARATORS = 16
_ISA_LENGTH = 106
_BLANK_BYTES = BLANKS.encode()
_ONE_BLANK = frozenset(bytes([blank]) for blank in _BLANK_BYTES)
_BOM = b"\xef\xbb\xbf"
_AFTER_ISA = re.compile(rb"(.{0,40}?)(?:GS|TA1|ISB|ISE|ST|IEA)[^A-Za-z0-9\s]", re.DOTALL | re.I)
_BEFORE_ST = re.compile(rb"(\S)\s{0,80}ST([^A-Za-z0-9\s])[0-9]{3}\2", re.IGNORECASE)
_BARE = re.compile(
    rb"\s*(?:ISA([^\w\s])[0-9]{2}\1|GS([^\w\s])H[A-Z]\2|ST([^\w\s])[0-9]{3}\3)", re.IGNORECASE
)
_SAMPLE = 4096
_SHORT_JUNK = 200
"""Behind more text than this an ISA must begin a line, or the text may be about one."""


@frozen(slots=True)
class Opening:
    """The delimiters of the interchanges from here on; the next block begins with their ISA."""

    element: str
    component: str | None
    """As declared; nothing where the declaration is missing."""
    terminator: str
    digest: int
    """Of the beginning of the file."""


@define(slots=True, eq=False)
class Block:
    """Some whole segments, without terminators. None is blank, and none has blanks around it."""

    segments: list[str]
    raw: list[str]
    """As they stand in the file, with the blanks around them, and blank ones as well."""
    places: list[int] | None
    """Which of the raw segments each segment is; nothing where they are the same."""
    offset: int
    """The byte at which the first one stands, from 0."""
    width: int
    """The bytes between two raw segments."""
    encoding: str
    """ascii, utf-8 or latin-1: what the bytes were read as."""
    size: int = 0
    """In characters."""
    wrapped: bool = False
    """Whether line breaks stood within segments, and were taken out."""
    before: int = 0
    """How many segments of the file came before it, once it is read."""

    _starts: list[int] = field(factory=list)
    """Where each raw segment starts, and where the last one ends."""

    def byte(self, index: int) -> int:
        """The byte at which a segment begins; at which the block ends, for the one after the
        last."""
        if not self._starts:
            self._starts = self._reckoned()
        if index >= len(self.segments):
            return self._starts[-1]
        index = index if self.places is None else self.places[index]
        there = self.raw[index]
        return self._starts[index] + len(there) - len(there.lstrip(BLANKS))

    def _reckoned(self) -> list[int]:
        coding = "utf-8" if self.encoding == "utf-8" else "latin-1"
        lengths = (len(segment.encode(coding)) + self.width for segment in self.raw)
        return list(accumulate(lengths, initial=self.offset))


@frozen(slots=True)
class Unterminated:
    """What stands behind the last terminator, at the end of an interchange or of the file."""

    text: str
    offset: int


@frozen(slots=True)
class TooLong:
    """A segment longer than any: the rest of its interchange is lost."""

    offset: int


@frozen(slots=True)
class Outside:
    """Bytes before the first ISA, or after a segment that was too long."""

    offset: int
    length: int
    bare: bool
    """Whether they look like segments whose ISA is missing or damaged."""


Piece = Opening | Block | Unterminated | TooLong | Outside


def looks_like_x12(head: bytes) -> bool:
    """Whether a file that starts like this is X12, be it after other text or without its ISA."""
    encoding = _wide_encoding(head)
    if encoding is not None:
        head = head.decode(encoding, "ignore").encode()
    header = _find_isa(head, 0, at_end=True)
    if header is None:
        return _is_bare(head)
    before = head[: header.start].removeprefix(_BOM)
    return len(before) < _SHORT_JUNK or before[-1:] < b" "


def pieces(stream: io.BufferedReader) -> Iterator[Piece]:
    """The stream piece by piece. Every byte is in one of them, or blank."""
    return _Reader(_bytes_of(stream)).pieces()


@frozen(slots=True)
class _Header:
    """An ISA segment in some data: where it begins and ends, and what it declares."""

    start: int
    end: int
    """Behind its terminator."""
    isa: bytes
    """Without its terminator."""
    element: bytes
    component: bytes
    terminator: bytes


class _Reader:
    def __init__(self, read: Callable[[int], bytes]) -> None:
        self._read = read
        self._data = b""
        self._at = 0
        """How much of the data has been handed on."""
        self._offset = 0
        """The place of the data's first byte in the stream."""
        self._ended = False
        self._digest: int | None = None
        """Of the first bytes that were read."""

    def pieces(self) -> Iterator[Piece]:
        header: _Header | None = None
        while header is not None or (header := (yield from self._sought())) is not None:
            assert self._digest is not None, "something was read"
            yield Opening(
                header.element.decode("latin-1"),
                header.component.decode("latin-1") or None,
                header.terminator.decode("latin-1"),
                self._digest,
            )
            isa = unwrapped(header.isa.decode("latin-1"))
            yield Block([isa], [isa], None, self._offset + header.start, 1, "latin-1")
            self._at = header.end
            header = yield from self._segments(header)

    def _more(self) -> None:
        """Read on, and let go of what has been handed on."""
        new = self._read(_BLOCK)
        self._ended = not new
        if self._digest is None:
            self._digest = zlib.crc32(new)
        self._offset += self._at
        self._data = self._data[self._at :] + new
        self._at = 0

    def _safe_end(self) -> int:
        """How far the data can be handed on: an ISA segment may begin in what is left."""
        return len(self._data) - (0 if self._ended else _LONGEST_ISA)

    def _sought(self) -> Generator[Piece, None, _Header | None]:
        """Go to the next ISA segment, and return its header; nothing at the end."""
        start, length, bare = self._offset + self._at, 0, False
        while True:
            header = _find_isa(self._data, self._at, at_end=self._ended)
            end = max(self._at, self._safe_end()) if header is None else header.start
            text = self._data[self._at : end].removeprefix(_BOM).strip(_BLANK_BYTES)
            bare = bare or _is_bare(text[:_SAMPLE])
            length += len(text)
            self._at = end
            if header is not None or self._ended:
                if length:
                    yield Outside(start, length, bare)
                return header
            self._more()

    def _segments(self, header: _Header) -> Generator[Piece, None, _Header | None]:
        """The segments up to the next ISA segment that declares something else, which is
        returned, or to the end."""
        latin = max(header.terminator, header.element, header.component) > b"\x7f"
        while True:
            following = _find_isa(self._data, self._at, at_end=self._ended, other_than=header)
            limit = self._safe_end() if following is None else following.start
            while self._data[self._at : self._at + 1] in _ONE_BLANK and self._at < limit:
                self._at += 1
            end = self._data.rfind(header.terminator, self._at, max(self._at, limit))
            if end >= 0:
                data = self._data[self._at : end]
                yield _block(data, header.terminator, self._offset + self._at, latin=latin)
                self._at = end + 1
            if following is not None or self._ended:
                rest = self._data[self._at : limit]
                if rest.strip(_BLANK_BYTES):
                    text, _ = _decoded(rest, latin=latin)
                    yield Unterminated(text, self._offset + self._at)
                self._at = limit
                return following
            if len(self._data) - self._at > LONGEST_SEGMENT + _LONGEST_ISA:
                yield TooLong(self._offset + self._at)
                return None
            self._more()


def _block(data: bytes, terminator: bytes, offset: int, *, latin: bool) -> Block:
    """The segments in some data that starts without blanks."""
    text, encoding = _decoded(data, latin=latin)
    mark = terminator.decode("latin-1")
    for blanks in ("\n", "\r\n", ""):
        between = mark + blanks
        if text.count(between) == text.count(mark):
            break
    raw = segments = text.split(between)
    places, wrapped = None, False
    if _has_blanks(text, mark, blanks, len(raw) - 1):
        segments = [segment.strip(BLANKS) for segment in raw]
        wrapped = mark not in _LINE_ENDS and any(map(_LINE_END.search, segments))
        if wrapped:
            segments = [unwrapped(segment) for segment in segments]
    if "" in segments:
        places = [at for at, segment in enumerate(segments) if segment]
        segments = [segments[at] for at in places]
    return Block(segments, raw, places, offset, len(between), encoding, len(text), wrapped)


def unwrapped(text: str) -> str:
    """A segment without line breaks: records of a fixed length break it anywhere."""
    return _LINE_END.sub("", text)


def _has_blanks(text: str, mark: str, expected: str, times: int) -> bool:
    """Whether there may be blanks around segments, beside those that stand between all."""
    if any(blank in text for blank in "\t\0\x1a") or mark in BLANKS:
        return True
    if f"{mark}{expected} " in text or f" {mark}" in text or text.endswith(" "):
        return True
    return any(text.count(each) != times * expected.count(each) for each in "\r\n")


def _decoded(data: bytes, *, latin: bool) -> tuple[str, str]:
    """The text, and the encoding that it was in."""
    if data.isascii():
        return data.decode("ascii"), "ascii"
    if not latin:
        try:
            return data.decode(), "utf-8"
        except UnicodeDecodeError:
            pass
    return data.decode("latin-1"), "latin-1"


def _find_isa(
    data: bytes, start: int, *, at_end: bool, other_than: _Header | None = None
) -> _Header | None:
    """The first ISA segment in the data; one that may be cut off is left for later.

    Those are passed over that are written and declare exactly like another one: they are segments
    like others.
    """
    for word in (b"ISA", b"isa"):
        at = data.find(word, start)
        while at >= 0:
            if not at_end and len(data) - at < _LONGEST_ISA:
                return None
            if other_than is not None and _is_alike(data, at, other_than):
                pass
            elif not data[max(0, at - 1) : at].isalnum() and (header := _header(data, at)):
                return header
            at = data.find(word, at + 3)
    return None


def _is_alike(data: bytes, start: int, other: _Header) -> bool:
    """Whether an ISA segment of the usual length starts there, behind a whole segment, with the
    delimiters of another one."""
    end = start + _ISA_LENGTH
    if data[end - 2 : end] != other.component + other.terminator:
        return False
    if data.count(other.element, start, end) != _ISA_SEPARATORS:
        return False
    before = data[max(0, start - 3) : start].rstrip(_BLANK_BYTES)
    whole = start == 0 or before.endswith(other.terminator) or other.terminator in _BLANK_BYTES
    return whole and data[end - 3 : end - 2] == data[start + 3 : start + 4] == other.element


def _header(data: bytes, start: int) -> _Header | None:
    """The ISA segment that starts there, if one does."""
    element = data[start + 3 : start + 4]
    if not element or element.isalnum() or element.isspace():
        return None
    parts = data[start : start + _LONGEST_ISA].split(element, _ISA_SEPARATORS)
    if len(parts) <= _ISA_SEPARATORS or not _is_plausible(parts):
        return None
    last = start + sum(map(len, parts[:_ISA_SEPARATORS])) + _ISA_SEPARATORS
    found = _delimiters(data[last : last + _SAMPLE])
    if found is None:
        return None
    component, terminator, length = found
    isa = data[start : last + len(component)]
    return _Header(start, last + length, isa, element, component, terminator)


def _is_plausible(parts: list[bytes]) -> bool:
    """Whether these are the elements of an ISA segment, and not of another one in its place."""
    date, time, version, number = (
        parts[at].translate(None, b"\r\n").strip() for at in (9, 10, 12, 13)
    )
    signs = (
        date.isdigit() and len(date) in (6, 8),
        time.isdigit() and len(time) >= 4,
        version.isdigit() and len(version) == 5,
        number.isdigit(),
    )
    return sum(signs) >= 3


def _delimiters(rest: bytes) -> tuple[bytes, bytes, int] | None:
    """The component separator, the terminator and where it ends, by what follows ISA15.

    Where ISA16 is missing, the terminator stands in its place. Where the terminator is missing,
    ISA16 stands alone, and the segment before ST ends with another mark.
    """
    following = _AFTER_ISA.match(rest)
    gap = following[1] if following else rest[:3]
    marks = gap.translate(None, _BLANK_BYTES)
    line_end = b"\n" if b"\n" in gap else b"\r" if b"\r" in gap else b""
    component, terminator = marks[:1], marks[1:2]
    if not following and not terminator and line_end:
        terminator = line_end
    if following and len(marks) == 1:
        used = _BEFORE_ST.search(rest)
        if used is not None and not used[1].isalnum() and used[1] not in (marks, used[2]):
            return marks, used[1], len(gap)
        first_line = rest[len(gap) :].partition(line_end)[0].strip() if line_end else b""
        if not line_end or first_line.endswith(marks):
            component, terminator = b"", marks
        else:
            terminator = line_end
    elif not marks:
        component, terminator = b"", line_end
    if not terminator or terminator.isalnum():
        return None
    at = gap.find(terminator, gap.find(component) + len(component))
    end = at + 1 if at >= 0 else len(gap)
    if terminator not in rest[end : end + _SAMPLE] and rest.count(b"\n", end) > 1:
        terminator = b"\n"  # declared, and then not used
    return component, terminator, end


def _is_bare(head: bytes) -> bool:
    return _BARE.match(head.removeprefix(_BOM)) is not None


def _wide_encoding(head: bytes) -> str | None:
    """The two-byte encoding of a text that starts like this, if it has one."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    start = head[:64]
    if len(start) >= 8 and start[1::2].count(0) == len(start) // 2:
        return "utf-16-le"
    if len(start) >= 8 and start[::2].count(0) == (len(start) + 1) // 2:
        return "utf-16-be"
    return None


def _bytes_of(stream: io.BufferedReader) -> Callable[[int], bytes]:
    """What reads the stream's text in UTF-8."""
    encoding = _wide_encoding(stream.peek(64)[:64])
    if encoding is None:
        return stream.read
    decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(size: int) -> bytes:
        while raw := stream.read(size):
            if text := decoder.decode(raw):
                return text.encode()
        return decoder.decode(b"", final=True).encode()

    return read
