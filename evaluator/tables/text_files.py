"""A text file to a sheet: tabs or commas, notices and wrapped headings above, quoted cells.

Every cell stays text. Nothing but the headings passes through Python: the rows are read by
pyarrow, each column as a dictionary of its distinct texts.
"""

import codecs
import csv
from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, Literal, cast

import pyarrow as pa
import pyarrow.csv as pa_csv
from attrs import define, evolve

from editwright.evaluator.tables.layouts import (
    LINES_WITH_HEADINGS,
    Header,
    Layout,
    find_header,
    recognised,
)
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.sheet import Sheet, not_this_table, without_rows

HEAD_BYTES = 1 << 17
_DICTIONARY = pa.dictionary(pa.int32(), pa.string())


def read_text(name: str, data: bytes, layout: Layout) -> Sheet:
    """The sheet of a text file. Raises TableFileError where it is another file."""
    _refuse_other_files(name, data, layout)
    data = _as_utf8(data).rstrip(b"\x1a")
    ends = data.endswith((b"\r", b"\n"))
    data = data.rstrip(b"\x1a\r\n")
    heads = [_Head.of(data, delimiter) for delimiter in ("\t", ",")]
    for head in heads:
        header = find_header(head.records, layout)
        if header is not None:
            return evolve(_sheet(name, data, layout, head, header), ends=ends)
    known = (head for head in heads if recognised(head.records))
    raise not_this_table(name, layout, next(known, heads[0]).records)


@define(slots=True)
class _Head:
    """The first records of a text, and where each ends."""

    delimiter: str
    records: list[list[str]]
    ends: list[int]

    @classmethod
    def of(cls, data: bytes, delimiter: str) -> "_Head":
        line_ends = [0]

        def lines() -> Iterator[str]:
            for line in data[:HEAD_BYTES].splitlines(keepends=True):
                line_ends.append(line_ends[-1] + len(line))
                yield line.decode("utf-8", errors="replace")

        head = cls(delimiter, [], [])
        reader = csv.reader(lines(), delimiter=delimiter)
        try:
            for record in islice(reader, LINES_WITH_HEADINGS):
                head.records.append(record)
                head.ends.append(line_ends[reader.line_num])
        except csv.Error:
            pass  # a quote that never ends: what came before it is all that there is
        return head


def _sheet(name: str, data: bytes, layout: Layout, head: _Head, header: Header) -> Sheet:
    first_row = next(filter(None, head.records[header.data_starts :]), None)
    if first_row is None:
        raise without_rows(name, layout)
    width = len(first_row)
    if width <= max(header.positions.values()):
        raise TableFileError(f"`{name}` is damaged: its first row has only {width} cells")
    body = pa.py_buffer(data).slice(head.ends[header.data_starts - 1])
    wanted = {f"c{position}": column for column, position in header.positions.items()}
    ragged: list[pa_csv.InvalidRow] = []

    def on_ragged(row: pa_csv.InvalidRow) -> Literal["error"]:
        ragged.append(row)
        return "error"

    try:
        table = pa_csv.read_csv(
            cast(IO[Any], pa.BufferReader(body)),
            read_options=pa_csv.ReadOptions(column_names=[f"c{at}" for at in range(width)]),
            parse_options=pa_csv.ParseOptions(
                delimiter=head.delimiter,
                newlines_in_values=b'"' in data,
                invalid_row_handler=on_ragged,
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types=dict.fromkeys(wanted, _DICTIONARY),
                include_columns=list(wanted),
            ),
        )
    except pa.ArrowInvalid as error:
        cause = (
            f"a row has {ragged[0].actual_columns} cells, the first row {width}"
            if ragged
            else str(error).split("\n", 1)[0]
        )
        raise TableFileError(f"`{name}` is damaged: {cause}", "download it again") from None
    return Sheet(name, header.headings, table.rename_columns(list(wanted.values())))


def _refuse_other_files(name: str, data: bytes, layout: Layout) -> None:
    start = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data.strip():
        raise TableFileError(
            f"`{name}` is empty, expected {layout.title}", "download the file again"
        )
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        raise TableFileError(
            f"`{name}` is a web page, expected {layout.title}",
            "CMS asks to accept the AMA's licence first: accept it in a browser, save the zip, "
            "and import that",
        )
    if start.startswith(b"%pdf"):
        raise TableFileError(f"`{name}` is a PDF, expected {layout.title}", "give the table itself")
    if start.startswith(b"par1"):
        raise TableFileError(
            f"`{name}` is a Parquet file already, expected {layout.title}",
            'a rule file names it as it is: `table NAME from "FILE.parquet"`',
        )


def _as_utf8(data: bytes) -> bytes:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace").encode("utf-8")
    if data.isascii():
        return data
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1").encode("utf-8")
    return data
