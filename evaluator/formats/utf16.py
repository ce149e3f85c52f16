"""JSON in UTF-16, as PowerShell writes it, to the same text in UTF-8, as it comes in."""

import codecs
import io
from typing import Any

_ENCODINGS = {
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"{\0": "utf-16-le",
    b"[\0": "utf-16-le",
    b"\0{": "utf-16-be",
    b"\0[": "utf-16-be",
}
"""What JSON in UTF-16 starts with, with a byte order mark or without one."""


def is_utf_16(stream: io.BufferedReader) -> bool:
    """Whether the JSON text that comes is in UTF-16; all of it is still there to be read."""
    return stream.peek(2)[:2] in _ENCODINGS


def in_utf8(stream: io.BufferedReader) -> io.BufferedReader:
    """The JSON text of a stream in UTF-8: the stream itself, unless it is in UTF-16."""
    if not is_utf_16(stream):
        return stream
    text: Any = _Transcoded(stream, _ENCODINGS[stream.peek(2)[:2]])
    return io.BufferedReader(text, 1 << 16)


class _Transcoded(io.RawIOBase):
    """A text in UTF-8; what is no UTF-16 in its source becomes the replacement character."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._waiting = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, and return how many bytes were put into it: none at the end."""
        while not self._waiting and not self._ended:
            piece = self._stream.read(len(buffer))
            self._ended = not piece
            self._waiting = self._decoder.decode(piece, final=self._ended).encode()
        count = min(len(self._waiting), len(buffer))
        buffer[:count], self._waiting = self._waiting[:count], self._waiting[count:]
        return count
