"""JSON text of any length, a value at a time: the bytes of each are cut out as they come in.

Nothing is parsed but names. No more is held than one value, which may have 16 MiB.
"""

import codecs
import io
import json
import re
from collections.abc import Callable
from typing import TypeVar

from editwright.evaluator.formats.problems import ClaimsError

T = TypeVar("T")

LONGEST = (1 << 24) - 1
_CHUNK = 1 << 16
_BLANK = re.compile(rb"[ \t\r\n]*")
_FLAT_OBJECT = re.compile(
    rb'\{[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+\}', re.DOTALL
)
"""An object with nothing nested in it, which most are."""
_WHOLE_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NAME = re.compile(_WHOLE_STRING, re.DOTALL)
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*"|"'
_NESTED = re.compile(_STRING + rb"|[{}\[\]]", re.DOTALL)
"""What tells where an item ends, once it has begun: whole strings, brackets, and a quote alone
where a string is not there as a whole yet."""
_FLAT = re.compile(_STRING + rb"|[{}\[\],]", re.DOTALL)
"""The same outside of brackets, where a comma ends an item too."""
_UNMARKED = -1


class JsonText:
    """The bytes of a text, of which the first ones have been used up."""

    def __init__(self, name: str, stream: io.BufferedIOBase) -> None:
        """`name` is that of the file, for messages."""
        self._name = name
        self._stream = stream
        self._bytes = stream.read(_CHUNK).removeprefix(codecs.BOM_UTF8)
        self._at = 0
        self._mark = _UNMARKED
        self.items = 0
        """How many items have been taken from it, for messages."""
        self.is_array = self.next_byte() == b"["

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

    def mark(self) -> None:
        """Keep what comes now, until `back` or `go_on`."""
        self._mark = self._at

    def back(self) -> None:
        """Return to where the mark is."""
        self._at, self._mark = self._mark, _UNMARKED

    def go_on(self) -> None:
        """Keep nothing any more."""
        self._mark = _UNMARKED

    def ahead(self, look: Callable[[], T]) -> T:
        """What is found by reading on, after which all of it is to be read again."""
        if self._mark != _UNMARKED:
            place = self._at - self._mark
            found = look()
            self._at = self._mark + place
        else:
            self.mark()
            found = look()
            self.back()
        return found

    def held(self) -> bytes:
        """What has been read of the stream and is not used up."""
        return self._bytes[self._at :]

    @property
    def is_flat_object(self) -> bool:
        """Whether an object begins here that has nothing nested in it, and is there as a whole."""
        return _FLAT_OBJECT.match(self._bytes, self._at) is not None

    def name(self) -> str:
        """The name that begins here, and is passed. Raises `ClaimsError` where there is none."""
        while (found := _NAME.match(self._bytes, self._at)) is None:
            self._expect_length(len(self._bytes) - self._at)
            if self._bytes[self._at : self._at + 1] != b'"' or not self._more():
                raise self.broken("a name is missing or not closed")
        self._at = found.end()
        try:
            return str(json.loads(found[0]))
        except ValueError:
            raise self.broken("a name cannot be read") from None

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
                self._expect_length(len(self._bytes) - self._at)
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
        if self._mark != _UNMARKED:
            length += self._at - self._mark
        if length > LONGEST:
            raise self.broken("an item has more than 16 MiB, or is never closed")

    def broken(self, how: str) -> ClaimsError:
        what = "a damaged JSON array" if self.is_array else "damaged JSON"
        return ClaimsError(
            f"{self._name} is {what}: behind item {self.items:,} {how}",
            "write or fetch it again; half-written files end like this",
        )

    def _more(self) -> bool:
        """Read on; false at the end. What has been used up is let go."""
        start = self._at if self._mark == _UNMARKED else self._mark
        self._expect_length(0)
        rest = self._bytes[start:]
        new = self._stream.read(max(_CHUNK, len(rest)))
        self._bytes, self._at = rest + new, self._at - start
        if self._mark != _UNMARKED:
            self._mark = 0
        return bool(new)
