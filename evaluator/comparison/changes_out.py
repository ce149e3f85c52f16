"""Tables of changed lines to a file: Parquet, CSV or NDJSON, as they come."""

import json
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet as pq

from editwright.evaluator.findings.out import TABLE_ENDINGS, OutputError, opened

_FORMULA = r"^[=+\-@\t\r]"
_ROWS_OF_JSON = 4_096

pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""


def expect_format(target: str | Path) -> str:
    """The format that a path's ending says. Raises OutputError where it says none."""
    ending = Path(target).suffix.lower()
    if ending not in TABLE_ENDINGS:
        known = ", ".join(TABLE_ENDINGS)
        raise OutputError(f"the ending of {target} says no format; end it in {known}")
    return TABLE_ENDINGS[ending]


def write_changes(tables: Iterable[pa.Table], schema: pa.Schema, target: str | Path) -> None:
    """Write tables of one schema behind each other. Raises OutputError; what the tables
    themselves raise passes through, and then no file is left."""
    write = {"parquet": _parquet, "csv": _csv, "json": _ndjson}[expect_format(target)]
    with opened(target) as stream:
        write(tables, schema, stream)


def one_table(tables: Iterable[pa.Table], schema: pa.Schema) -> pa.Table:
    """Tables of one schema as one."""
    return pa.concat_tables([*tables, schema.empty_table()])


def _parquet(tables: Iterable[pa.Table], schema: pa.Schema, stream: BinaryIO) -> None:
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _csv(tables: Iterable[pa.Table], schema: pa.Schema, stream: BinaryIO) -> None:
    plain = _plain(schema.empty_table()).schema
    stream.write((",".join(schema.names) + "\n").encode())
    options: Any = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    with pyarrow.csv.CSVWriter(stream, plain, write_options=options) as writer:
        for table in tables:
            writer.write_table(_plain(table))


def _plain(table: pa.Table) -> pa.Table:
    """Lists joined with `;`, numbers without needless zeros, and an apostrophe before messages
    that a spreadsheet would take for a formula."""
    cells: dict[str, Any] = {}
    for name in table.column_names:
        cell: Any = table.column(name)
        if pa.types.is_list(cell.type):
            cell = pc.binary_join(cell, ";")
        elif pa.types.is_decimal(cell.type):
            cell = pc.replace_substring_regex(cell.cast(pa.string()), r"\.?0*$", "")
        elif name.endswith("_message"):
            formula = pc.match_substring_regex(cell, _FORMULA)
            cell = pc.if_else(formula, pc.binary_join_element_wise("'", cell, ""), cell)
        cells[name] = cell
    return pa.table(cells)


def _ndjson(tables: Iterable[pa.Table], _schema: pa.Schema, stream: BinaryIO) -> None:
    for table in tables:
        for batch in table.to_batches(_ROWS_OF_JSON):
            for row in batch.to_pylist():
                stream.write(json.dumps(row, default=_json_value).encode("ascii") + b"\n")


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    assert isinstance(value, date)
    return value.isoformat()
