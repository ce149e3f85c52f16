"""CSV and its kin (tabs, pipes, semicolons) to service lines.

Every cell is read as text, so that `00100` stays `00100`. The delimiter is the one that the
header has most of. Rows whose cells do not fit the header are set aside: shifted cells would be
read as something that they are not.
"""

import codecs
import csv
import io
from collections.abc import Iterator

from editwright.evaluator.formats.head import delimiter_of
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines import ServiceLine

_LONGEST_LINE = 1 << 24
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_QUOTE_HELP = "a double quote inside a quoted cell must be written twice"


def csv_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a delimited text with a header row. Raises `ClaimsError`."""
    texts = _texts(source, stream, intake)
    first = next((text for text in texts if text.strip()), "")
    delimiter = delimiter_of(first)
    reader = csv.reader(_chain(first, texts), delimiter=delimiter, strict=True)
    try:
        header = next(reader, [])
    except csv.Error:
        raise ClaimsError(
            f"the header row of {source.name} cannot be read",
            "the first row must hold the column names, with balanced double quotes",
        ) from None
    width = len(header)
    read = intake.rows(header).line
    number = 0
    line_number = reader.line_num
    while True:
        try:
            for row in reader:
                line_number = reader.line_num
                if not row:
                    continue
                number += 1
                if len(row) != width:
                    _refuse_width(intake, number, len(row), width)
                elif (line := read(number, [*row, None])) is not None:
                    yield line
            return
        except csv.Error as error:
            number += 1
            _expect_passable(source, line_number + 1, error)
            line_number = reader.line_num
            intake.refuse(number, "a row has a stray double quote or line end", _QUOTE_HELP)


def _expect_passable(source: Source, line_number: int, error: csv.Error) -> None:
    """A quote that is never closed swallows rows, nobody knows how many: that is no bad line."""
    if "unexpected end" in str(error) or "field larger" in str(error):
        raise ClaimsError(
            f"{source.name} cannot be read from its line {line_number} on: a double quote is "
            f"opened there and never closed, or a cell has more than {csv.field_size_limit():,} "
            "characters",
            _QUOTE_HELP,
        ) from None


def _refuse_width(intake: Intake, number: int, cells: int, width: int) -> None:
    intake.refuse(
        number,
        "a row does not fit the header",
        f"it has {cells} cells and the header has {width}; a cell that holds the delimiter must "
        "stand in double quotes",
    )


def _chain(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _texts(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[str]:
    """The lines of the file as text, without a byte order mark."""
    head = stream.peek(_LONGEST_LINE)
    if head.startswith(_UTF_16):
        text = io.TextIOWrapper(stream, "utf-16", errors="replace", newline="")
        try:
            yield from text
        finally:
            text.detach()
        return
    _expect_text(source, head)
    at_start = True
    while raw := stream.readline(_LONGEST_LINE):
        if len(raw) == _LONGEST_LINE and not raw.endswith(b"\n"):
            raise ClaimsError(f"{source.name} has a line of more than 16 MiB", "is it a text file?")
        if at_start:
            raw = raw.removeprefix(codecs.BOM_UTF8)
            at_start = False
        try:
            yield raw.decode()
        except UnicodeDecodeError:
            intake.note(f"{source.name} is not all UTF-8; its other lines were read as Latin-1")
            yield raw.decode("latin-1")


def _expect_text(source: Source, head: bytes) -> None:
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
