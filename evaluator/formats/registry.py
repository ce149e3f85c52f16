"""The formats that claims and members are read from.

A new format is one module with a function from bytes to service lines, and its entry here. A
file's content decides its format; its name only matters in a folder.
"""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import frozen

from editwright.evaluator.formats.csv import csv_lines
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.ndjson import ndjson_lines
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.line_columns import LineColumns


@frozen(slots=True)
class Format:
    """A claim file format."""

    name: str
    suffixes: tuple[str, ...]
    """Endings of the files that are taken from a folder, in lower case."""
    recognises: Callable[[bytes], bool]
    """Whether a file that starts like this, blanks and byte order mark aside, has the format."""
    lines: Callable[[Source, io.BufferedReader, Intake], Iterator[ServiceLine]]
    columns: (
        Callable[
            [Source, io.BufferedReader, ColumnIntake, "ColumnsReading"], "Iterator[LineColumns]"
        ]
        | None
    ) = None
    """The lines as columns, for a format that has columns; the others are read row by row."""


def _parquet_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    from editwright.evaluator.formats import parquet  # only here is pyarrow needed

    return parquet.parquet_lines(source, stream, intake)


def _parquet_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import columnar_sources

    return columnar_sources.parquet_columns(source, stream, intake, shared)


FORMATS: tuple[Format, ...] = (
    Format(
        "Parquet",
        (".parquet", ".pq"),
        lambda head: head.startswith(b"PAR1"),
        _parquet_lines,
        _parquet_columns,
    ),
    Format(
        "NDJSON",
        (".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz"),
        lambda head: head.startswith(b"{"),
        ndjson_lines,
    ),
    Format(
        "CSV",
        (".csv", ".tsv", ".psv", ".csv.gz", ".tsv.gz", ".psv.gz"),
        lambda head: head != b"",
        csv_lines,
    ),
)
"""In the order in which they are tried: text that is nothing else is CSV."""

SUFFIXES: tuple[str, ...] = tuple(suffix for known in FORMATS for suffix in known.suffixes)

_REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (b"PK\x03\x04", "an Excel workbook or a zip file", "save the sheet as CSV in UTF-8"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV in UTF-8"),
    (b"ARROW1", "an Arrow IPC file", "write it as Parquet"),
    (b"ORC", "an ORC file", "write it as Parquet"),
    (b"ISA*", "an X12 interchange", "turn it into CSV, NDJSON or Parquet first"),
    (b"[", "a JSON array", "write one object on each line: `jq -c '.[]' in.json > out.ndjson`"),
    (b"<", "XML or HTML", "give CSV, NDJSON or Parquet"),
)


def source_lines(source: Source, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a source in any of the formats. Raises `ClaimsError`."""
    with source.open() as stream:
        yield from _recognised(source, stream).lines(source, stream, intake)


def source_columns(
    source: Source, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    """The service lines of a source as columns. Raises `ClaimsError`."""
    from editwright.evaluator.formats.columnar_rows import line_columns

    with source.open() as stream:
        known = _recognised(source, stream)
        if known.columns is not None:
            yield from known.columns(source, stream, intake, shared)
        else:
            yield from line_columns(known.lines(source, stream, intake), shared)


def format_name(path: Path) -> str:
    """The name of the format that a file has. Raises `ClaimsError`."""
    source = Source(str(path), path, None)
    with source.open() as stream:
        return _recognised(source, stream).name


def _recognised(source: Source, stream: io.BufferedReader) -> Format:
    head = stream.peek(1).removeprefix(b"\xef\xbb\xbf").lstrip()
    for start, kind, remedy in _REFUSED:
        if head.startswith(start):
            raise ClaimsError(f"{source.name} is {kind}, which is no claim file", remedy)
    for known in FORMATS:
        if known.recognises(head):
            return known
    raise ClaimsError(f"{source.name} is empty", "a claim file has at least a header row")
