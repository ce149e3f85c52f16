"""The formats that claims and members are read from.

A new format is one module with a function from bytes to service lines, and its entry here. A
file's content decides its format, never its name.
"""

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from editwright.evaluator.formats.claim_objects import is_list_of_lines
from editwright.evaluator.formats.csv import csv_lines
from editwright.evaluator.formats.fhir_head import looks_like_fhir
from editwright.evaluator.formats.format import Format
from editwright.evaluator.formats.head import Head, is_multiline_object, names_within, object_names
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.json_documents import json_lines, wrapped_text
from editwright.evaluator.formats.ndjson import ndjson_lines
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.tables import TABLES, csv_columns
from editwright.evaluator.formats.x12 import x12_lines
from editwright.evaluator.formats.x12_envelope import looks_like_x12
from editwright.evaluator.lines.service_line import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.lines.columns import LineColumns


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


def _x12_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import x12_columns

    return x12_columns.x12_columns(source, stream, intake, shared)


def _parquet_names(source: Source, _head: Head) -> Sequence[str]:
    from editwright.evaluator.formats.parquet import open_parquet

    with open_parquet(source) as file:
        names: Sequence[str] = file.schema_arrow.names
        return names


def _arrow_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    from editwright.evaluator.formats import arrow_files

    return arrow_files.arrow_file_lines(source, stream, intake)


def _arrow_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import columnar_sources

    return columnar_sources.arrow_file_columns(source, stream, intake, shared)


def _arrow_names(source: Source, head: Head) -> Sequence[str] | None:
    from editwright.evaluator.formats.arrow_files import head_names

    return head_names(head.raw)


def _ndjson_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import ndjson_columns

    return ndjson_columns.ndjson_columns(source, stream, intake, shared)


def _json_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import ndjson_columns

    return ndjson_columns.json_columns(source, stream, intake, shared)


def _csv_names(_source: Source, head: Head) -> Sequence[str]:
    return head.header


def _json_names(_source: Source, head: Head) -> Sequence[str] | None:
    text = head.text.removeprefix("[").lstrip()
    text = wrapped_text(text) or text
    names = object_names(text)
    if names is not None and any(map(is_list_of_lines, names)):
        return names_within(text)  # each line may have the claim's id
    return names


def _is_json(head: Head) -> bool:
    text = head.text
    if text.startswith("["):
        return text[1:].lstrip()[:1] in ("{", "]", "")
    return text.startswith("{") and (wrapped_text(text) is not None or is_multiline_object(text))


def _fhir_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    from editwright.evaluator.formats import fhir  # only here is it needed

    return fhir.fhir_lines(source, stream, intake)


def _fhir_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import fhir_columns

    return fhir_columns.fhir_columns(source, stream, intake, shared)


FORMATS: tuple[Format, ...] = (
    Format(
        "parquet",
        "Parquet",
        lambda head: head.raw.startswith(b"PAR1"),
        _parquet_lines,
        _parquet_columns,
        _parquet_names,
    ),
    Format(
        "arrow",
        "an Arrow IPC file",
        lambda head: head.raw.startswith((b"ARROW1", b"\xff\xff\xff\xff")),
        _arrow_lines,
        _arrow_columns,
        _arrow_names,
    ),
    Format(
        "fhir",
        "FHIR in JSON",
        lambda head: looks_like_fhir(head.text),
        _fhir_lines,
        _fhir_columns,
    ),
    Format(
        "json",
        "JSON",
        _is_json,
        json_lines,
        _json_columns,
        _json_names,
    ),
    Format(
        "ndjson",
        "NDJSON",
        lambda head: head.text.startswith("{"),
        ndjson_lines,
        _ndjson_columns,
        _json_names,
    ),
    *TABLES,
    Format(
        "x12",
        "an X12 interchange",
        lambda head: looks_like_x12(head.raw),
        x12_lines,
        _x12_columns,
    ),
    Format(
        "csv",
        "CSV",
        lambda head: head.text != "" and head.text[0] not in "{[<",
        csv_lines,
        csv_columns,
        _csv_names,
    ),
)
"""In the order in which they are tried: text that is nothing else is CSV."""

REFUSED: tuple[tuple[bytes, str, str], ...] = (
    (
        b"PK\x03\x04",
        "an Excel workbook or a zip file",
        "save the sheet as CSV in UTF-8, or unpack the zip file",
    ),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook", "save the sheet as CSV in UTF-8"),
    (b"FEA1", "a file in the first Feather format", "write it as Parquet or Arrow IPC"),
    (b"ORC", "an ORC file", "write it as Parquet"),
    (
        b"\xc9\xe2\xc1",
        "an X12 interchange in EBCDIC",
        "convert it first, such as with `iconv -f IBM037 -t UTF-8`",
    ),
    (b"%PDF", "a PDF document", "give the claims as CSV, NDJSON or Parquet"),
    (b"<", "XML or HTML", "give CSV, NDJSON or Parquet"),
)
"""What files start with that are surely no claims, what they are, and what to do instead."""
