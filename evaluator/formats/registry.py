"""The formats that claims and members are read from.

A new format is one module with a function from bytes to service lines, and its entry here. A
file's content decides its format; its name only matters in a folder.
"""

import io
from collections.abc import Callable, Iterator

from attrs import frozen

from editwright.evaluator.formats.csv import csv_lines
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.ndjson import ndjson_lines
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines import ServiceLine


@frozen(slots=True)
class Format:
    """A claim file format."""

    name: str
    suffixes: tuple[str, ...]
    """Endings of the files that are taken from a folder, in lower case."""
    recognises: Callable[[bytes], bool]
    """Whether a file that starts like this, blanks and byte order mark aside, has the format."""
    lines: Callable[[Source, io.BufferedReader, Intake], Iterator[ServiceLine]]


def _parquet_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    from editwright.evaluator.formats import parquet  # only here is pyarrow needed

    return parquet.parquet_lines(source, stream, intake)


FORMATS: tuple[Format, ...] = (
    Format("Parquet", (".parquet", ".pq"), lambda head: head.startswith(b"PAR1"), _parquet_lines),
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
        head = stream.peek(1).removeprefix(b"\xef\xbb\xbf").lstrip()
        yield from _recognised(source, head).lines(source, stream, intake)


def _recognised(source: Source, head: bytes) -> Format:
    for start, kind, remedy in _REFUSED:
        if head.startswith(start):
            raise ClaimsError(f"{source.name} is {kind}, which is no claim file", remedy)
    for known in FORMATS:
        if known.recognises(head):
            return known
    raise ClaimsError(f"{source.name} is empty", "a claim file has at least a header row")
