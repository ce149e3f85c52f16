"""The bytes of a text file in blocks of about one size, or line by line, as its reader likes."""

import io

from editwright.evaluator.formats.delimited import LONGEST_LINE

_LINE = 1 << 16


class BlockBytes:
    """The bytes of a file that have not been used up."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._bytes = b""
        self._at = 0
        self._ended = False
        self.lines = 0
        """How many line ends have been used up."""

    def block(self, size: int) -> bytes:
        """The next bytes, so many or as many as there are."""
        if len(self._bytes) - self._at < size and not self._ended:
            rest = self._bytes[self._at :]
            new = self._stream.read(size - len(rest))
            self._ended = len(rest) + len(new) < size
            self._bytes, self._at = rest + new, 0
        return self._bytes[self._at : self._at + size]

    def ends_with(self, block: bytes) -> bool:
        """Whether nothing comes after this block."""
        return self._ended and len(block) == len(self._bytes) - self._at

    def skip(self, count: int, lines: int) -> None:
        """Use up so many bytes, with so many line ends in them."""
        if self._at + count > len(self._bytes):
            self.block(count)
        self.lines += lines
        self._at += count

    def line(self) -> bytes:
        """The next line with its end; nothing where there is none."""
        size = _LINE
        while True:
            block = self.block(size)
            end = block.find(b"\n") + 1
            if end or self.ends_with(block) or size >= LONGEST_LINE:
                line = block[: end or len(block)]
                self.skip(len(line), 1)
                return line
            size *= 4


def lines_in_utf8(block: bytes) -> tuple[int, bool]:
    """How many bytes of a block are lines in UTF-8, and whether a line follows that is not."""
    if block.isascii():
        return len(block), False
    try:
        block.decode()
    except UnicodeDecodeError as error:
        is_cut = error.end == len(block) and error.reason == "unexpected end of data"
        return block.rfind(b"\n", 0, error.start) + 1, not is_cut
    return len(block), False
