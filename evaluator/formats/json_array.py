"""A JSON array of objects to service lines, one object at a time; or to lines of NDJSON.

The array is never held as a whole: its items are cut out of the bytes as they come in, and each
is then read like a line of NDJSON.
"""

import codecs
import io
import re
from collections.abc import Iterator
from typing import Any

from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.ndjson import Holder, lines_in
from editwright.evaluator.formats.objects import ObjectRows
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine

ITEM = Holder("an item", "each item of the array must be an object, one service line")
_LONGEST_ITEM = (1 << 24) - 1
_CHUNK = 1 << 16
_BLANK = re.compile(rb"[ \t\r\n]*")
_FLAT_OBJECT = re.compile(
    rb'\{[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+\}', re.DOTALL
)
"""An object with nothing nested in it, which most are."""
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"|"'
_NESTED = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
"""What tells where an item ends, once it has begun: whole strings, brackets, and a quote alone
where a string is not there as a whole yet."""
_FLAT = re.compile(_STRING + rb"|[{}\[\],]", re.DOTALL)
"""The same outside of brackets, where a comma ends an item too."""


def json_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a JSON array. Raises `ClaimsError` if it is none, or holds no claim."""
    rows = ObjectRows(intake)
    for number, raw in enumerate(array_items(source, stream), 1):
        yield from lines_in(rows, intake, number, raw, ITEM)
    rows.expect_readable()


class ItemLines(io.RawIOBase):
    """The items of an array as lines, each with a line feed behind it. Reading raises
    `ClaimsError` where the array breaks off."""

    def __init__(self, source: Source, stream: io.BufferedReader) -> None:
        self._items = array_items(source, stream)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, and return how many bytes were put into it: none at the end."""
        lines, size = [self._waiting], len(self._waiting)
        while size < len(buffer) and (item := next(self._items, None)) is not None:
            lines.append(item + b"\n")
            size += len(item) + 1
        text = b"".join(lines)
        count = min(size, len(buffer))
        buffer[:count], self._waiting = text[:count], text[count:]
        return count


def array_items(source: Source, stream: io.BufferedReader) -> Iterator[bytes]:
    """The items of a JSON array, each on one line: between values a tab says the same as a line
    feed, and within a string neither may stand. Raises `ClaimsError` where the array breaks off."""
    text = _Text(source, stream)
    if text.next_byte() != b"[":
        raise text.broken("it starts with no bracket")
    text.skip(1)
    if text.next_byte() == b"]":
        text.skip(1)
    else:
        while True:
            yield text.item().replace(b"\n", b"\t")
            text.items += 1
            end = text.next_byte()
            if end not in (b",", b"]"):
                raise text.broken("its items are not separated by commas")
            text.skip(1)
            if end == b"]":
                break
            if text.next_byte() in (b"]", b","):
                raise text.broken("a comma has no item after it")
    if text.next_byte():
        raise text.broken("something follows its closing bracket")


class _Text:
    """The bytes of an array, of which the first ones have been used up."""

    def __init__(self, source: Source, stream: io.BufferedReader) -> None:
        self._source = source
        self._stream = stream
        self._bytes = stream.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
        self._at = 0
        self.items = 0

    def next_byte(self) -> bytes:
        """The next byte that is not blank; nothing at the end."""
        while True:
            blank = _BLANK.match(self._bytes, self._at)
            assert blank is not None
            self._at = blank.end()
            if self._at < len(self._bytes):
                return self._bytes[self._at : self._at + 1]
            if not self._more():
                return b""

    def skip(self, count: int) -> None:
        self._at += count

    def item(self) -> bytes:
        """The bytes up to where the item ends that begins here."""
        if flat := _FLAT_OBJECT.match(self._bytes, self._at):
            return self._taken(flat.end())
        depth, length = 0, 0
        while True:
            pattern = _NESTED if depth else _FLAT
            token = pattern.search(self._bytes, self._at + length)
            if token is None or token[0] == b'"':
                length = (len(self._bytes) if token is None else token.start()) - self._at
                self._expect_length(length)
                if not self._more():
                    raise self.broken("it breaks off within an item")
                continue
            kind = token[0]
            if not depth and kind in (b",", b"]", b"}"):
                break
            length = token.end() - self._at
            if kind in (b"{", b"["):
                depth += 1
            elif kind in (b"}", b"]"):
                depth -= 1
                if not depth:
                    return self._taken(self._at + length)
        return self._taken(token.start())

    def _taken(self, end: int) -> bytes:
        self._expect_length(end - self._at)
        item = self._bytes[self._at : end]
        self._at = end
        return item

    def _expect_length(self, length: int) -> None:
        if length > _LONGEST_ITEM:
            raise self.broken("an item has more than 16 MiB, or is never closed")

    def broken(self, how: str) -> ClaimsError:
        return ClaimsError(
            f"{self._source.name} is a damaged JSON array: behind item {self.items:,} {how}",
            "write or fetch it again; half-written files end like this",
        )

    def _more(self) -> bool:
        """Read on; false at the end. What has been used up is let go."""
        rest = self._bytes[self._at :]
        new = self._stream.read(max(_CHUNK, len(rest)))
        self._bytes, self._at = rest + new, 0
        return bool(new)
