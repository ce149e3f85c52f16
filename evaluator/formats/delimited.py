"""Delimited text (CSV and its kin) to rows of cells: what reading it row by row and reading it in
blocks have in common.

A row that cannot be taken apart, or does not fit the header, becomes a `Refusal`: shifted cells
would be read as something that they are not.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator

from attrs import frozen

from editwright.evaluator.formats.head import declared_delimiter, delimiter_of
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source

LONGEST_LINE = 1 << 24
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTE_HELP = "a double quote inside a quoted cell must be written twice"


@frozen(slots=True)
class Refusal:
    """A row that is set aside as a whole."""

    problem: str
    reason: str


_STRAY = Refusal("a row has a stray double quote or line end", _QUOTE_HELP)


@frozen(slots=True)
class Header:
    """The first row of a table, and what it is written with."""

    names: tuple[str, ...]
    delimiter: str
    lines: int
    """Lines of the file up to its end, those before it aside."""


def read_header(source: Source, texts: Iterator[str]) -> Header:
    """The header row, which is the first that is not blank. Raises `ClaimsError`."""
    first = next((text for text in texts if text.strip()), "")
    declared = declared_delimiter(first)
    if declared is not None:
        first = next((text for text in texts if text.strip()), "")
    delimiter = declared or delimiter_of(first)
    reader = csv.reader(_chain(first, texts), delimiter=delimiter, strict=True)
    try:
        names = tuple(next(reader, ()))
    except csv.Error:
        raise ClaimsError(
            f"the header row of {source.name} cannot be read",
            "the first row must hold the column names, with balanced double quotes",
        ) from None
    return Header(names, delimiter, reader.line_num)


def read_rows(
    source: Source,
    texts: Iterator[str],
    header: Header,
    lines_before: int,
    *,
    spare: bool = False,
) -> Iterator[list[str] | Refusal]:
    """The rows in lines of text, blank ones aside.

    With `spare` a row may have one cell too many at its end, if that is empty. Raises
    `ClaimsError` where nobody can say where a row ends.
    """
    reader = csv.reader(texts, delimiter=header.delimiter, strict=True)
    width = len(header.names)
    line_number = 0
    while True:
        try:
            for row in reader:
                line_number = reader.line_num
                if len(row) == width:
                    yield row
                elif spare and len(row) == width + 1 and not row[-1]:
                    yield row[:-1]
                elif row:
                    yield unfit(len(row), width)
            return
        except csv.Error as error:
            _expect_passable(source, lines_before + line_number + 1, error)
            line_number = reader.line_num
            yield _STRAY


def read_texts(
    source: Source, stream: io.BufferedReader, note: Callable[[str], None]
) -> Iterator[str]:
    """The lines of a file as text, without a byte order mark. Raises `ClaimsError`."""
    head = stream.peek(LONGEST_LINE)
    if head.startswith(UTF_16):
        text = io.TextIOWrapper(stream, "utf-16", errors="replace", newline="")
        try:
            yield from text
        finally:
            text.detach()
        return
    expect_text(source, head)
    at_start = True
    while raw := stream.readline(LONGEST_LINE):
        if at_start:
            raw = raw.removeprefix(codecs.BOM_UTF8)
            at_start = False
        yield decoded(source, raw, note)


def decoded(source: Source, raw: bytes, note: Callable[[str], None]) -> str:
    """A line as text. Raises `ClaimsError` for one that cannot be one line of a text."""
    if len(raw) >= LONGEST_LINE and not raw.endswith(b"\n"):
        raise ClaimsError(f"{source.name} has a line of more than 16 MiB", "is it a text file?")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        note(f"{source.name} is not all UTF-8; its other lines were read as Latin-1")
        return raw.decode("latin-1")


def expect_text(source: Source, head: bytes) -> None:
    """Raise `ClaimsError` for bytes that are no text in lines."""
    if b"\0" in head.partition(b"\n")[0]:
        raise ClaimsError(
            f"{source.name} is not a text file, or it is UTF-16 without a byte order mark",
            "save it as CSV in UTF-8",
        )
    if b"\r" in head and b"\n" not in head:
        raise ClaimsError(
            f"{source.name} ends its lines with a bare carriage return",
            "save it as CSV in UTF-8 with ordinary line ends",
        )


def _expect_passable(source: Source, line_number: int, error: csv.Error) -> None:
    """A quote that is never closed swallows rows, nobody knows how many: that is no bad line."""
    if "unexpected end" in str(error) or "field larger" in str(error):
        raise ClaimsError(
            f"{source.name} cannot be read from its line {line_number} on: a double quote is "
            f"opened there and never closed, or a cell has more than {csv.field_size_limit():,} "
            "characters",
            _QUOTE_HELP,
        ) from None


def unfit(cells: int, width: int) -> Refusal:
    """What to say of a row with another number of cells than the header."""
    return Refusal(
        "a row does not fit the header",
        f"it has {cells} cells and the header has {width}; a cell that holds the delimiter must "
        "stand in double quotes",
    )


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest
