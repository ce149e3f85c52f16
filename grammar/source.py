"""A rule file's text, and where in it something stands."""

from bisect import bisect_right
from functools import cached_property
from pathlib import Path

from attrs import field, frozen


@frozen(slots=True)
class Span:
    """A stretch of a source: `start` inclusive, `end` exclusive, counted in characters."""

    start: int
    end: int

    def to(self, other: "Span") -> "Span":
        """The stretch from the start of this one to the end of the other."""
        return Span(self.start, other.end)


@frozen(slots=False, eq=False)
class Source:
    """One rule file's text. `name` is how messages call it; `path` is where it was read from."""

    name: str
    text: str = field(repr=False)
    path: Path | None = field(default=None, repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        text = self.text
        for position, character in enumerate(text):
            if character == "\n" or (
                character == "\r" and text[position + 1 : position + 2] != "\n"
            ):
                starts.append(position + 1)
        return starts

    def line_and_column(self, offset: int) -> tuple[int, int]:
        """The 1-based line and column (in characters) of an offset."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def line_text(self, line: int) -> str:
        """The text of a 1-based line, without its line end."""
        start = self._line_starts[line - 1]
        end = self._line_starts[line] if line < len(self._line_starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")
