"""Whatever has columns to batches: delimited text, Parquet and Arrow IPC files, and data with the
Arrow C stream interface."""

import io
from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from editwright.evaluator.formats.ahead import ahead
from editwright.evaluator.formats.arrow import AnyArray, ArrowStream, open_stream, stream_batches
from editwright.evaluator.formats.arrow_files import ipc_batches, open_ipc
from editwright.evaluator.formats.columnar import Batch, ColumnsReading, read_batches
from editwright.evaluator.formats.csv_blocks import CsvTable
from editwright.evaluator.formats.intake import ColumnIntake
from editwright.evaluator.formats.parquet import (
    LeftOut,
    damaged,
    in_batches,
    open_parquet,
    repeating_texts,
)
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.columns import LineColumns

BATCH_ROWS = 1 << 18
PARQUET_ROWS = 1 << 17
"""At most so many rows are read at a time, and of wide tables fewer."""
_PARQUET_CELLS = 3 << 19
"""So few that what is made of them stays near the processor, and memory is used again."""
_FEW_ROWS = 1 << 15
"""Batches of fewer rows are put together."""


def arrow_columns(
    data: ArrowStream, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a table or a stream of batches. Raises `ClaimsError`."""
    reader = open_stream(data, intake)
    rows = intake.rows(reader.schema.names)
    batches = _numbered(_regrouped(stream_batches(reader, intake)))
    yield from read_batches(batches, reader.schema.names, rows, shared)


def arrow_file_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of an Arrow IPC file or stream. Raises `ClaimsError`."""
    reader = open_ipc(source, stream)
    names = reader.schema.names
    batches = _numbered(_regrouped(ipc_batches(source, reader)))
    yield from read_batches(batches, names, intake.rows(names), shared)


def csv_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a delimited text. Raises `ClaimsError`."""
    table = CsvTable(source, stream, intake.note)
    rows = intake.rows(table.header.names)
    batches = table.batches(sorted(rows.narrow_plan.positions))
    yield from read_batches(batches, table.header.names, rows, shared)


def parquet_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a Parquet file. Raises `ClaimsError`."""
    source.at_rest(stream)
    with open_parquet(source) as file:
        names = file.schema_arrow.names
        rows = intake.rows(names)
        used = sorted(rows.narrow_plan.positions)
        claim_id = rows.narrow_plan.single["claim_id"]
        repeating = repeating_texts(file, [names[place] for place in used if place != claim_id])
    with open_parquet(source, repeating) as file:
        batches = ahead(_parquet_batches(source, file, used))
        yield from read_batches(batches, names, rows, shared)


def _parquet_batches(source: Source, file: pq.ParquetFile, used: Sequence[int]) -> Iterator[Batch]:
    names = file.schema_arrow.names
    wanted = [names[place] for place in used]
    left_out = LeftOut(source)
    done, total = 0, max(file.metadata.num_rows, 1)
    try:
        rows = min(PARQUET_ROWS, max(1, _PARQUET_CELLS // max(1, len(wanted))))
        for batch in in_batches(file, wanted, rows):
            columns = {place: batch.column(name) for place, name in zip(used, wanted, strict=True)}
            yield Batch(done + 1, batch.num_rows, _Columns(columns, left_out, done))
            done += batch.num_rows
            source.report(done / total)
    except (pa.ArrowException, OSError):
        raise damaged(source, done) from None


class _Columns:
    """The columns of a batch of a Parquet file; those that were left out are read when a row is
    set aside, since its reason may not show what they hold."""

    def __init__(self, columns: dict[int, AnyArray], left_out: LeftOut, start: int) -> None:
        self._columns = columns
        self._left_out = left_out
        self._start = start

    def __call__(self, position: int) -> AnyArray:
        if position not in self._columns:
            rows = len(next(iter(self._columns.values())))
            self._columns[position] = self._left_out.column(position, self._start, rows)
        return self._columns[position]


def _numbered(batches: Iterable[pa.RecordBatch]) -> Iterator[Batch]:
    done = 0
    for batch in batches:
        yield Batch(done + 1, batch.num_rows, batch.column)
        done += batch.num_rows


def _regrouped(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows in batches that are neither small nor large."""
    small: list[pa.RecordBatch] = []
    for batch in batches:
        if batch.num_rows < _FEW_ROWS:
            small.append(batch)
            if sum(each.num_rows for each in small) < _FEW_ROWS:
                continue
            yield from _joined(small)
        else:
            yield from _joined(small)
            for start in range(0, batch.num_rows, BATCH_ROWS):
                yield batch.slice(start, BATCH_ROWS)
        small = []
    yield from _joined(small)


def _joined(batches: Sequence[pa.RecordBatch]) -> Iterable[pa.RecordBatch]:
    if len(batches) < 2:
        return batches
    return pa.Table.from_batches(batches).combine_chunks().to_batches()
