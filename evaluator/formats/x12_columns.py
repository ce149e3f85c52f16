"""X12 837 to service lines as columns, for large files."""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pyarrow as pa

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.columnar import Batch, ColumnsReading, read_batches
from editwright.evaluator.formats.intake import ColumnIntake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.x12 import RowBatch, x12_batches
from editwright.evaluator.formats.x12_rows import CLAIM_NAMES, NAMES
from editwright.evaluator.lines.columns import LineColumns

_LISTS = frozenset(("modifiers", "diagnoses", "diagnosis_pointers"))


def x12_columns(
    _source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of an X12 file."""
    rows = intake.rows(NAMES, complete=False)
    batches = (
        Batch(batch.first_row, len(batch.rows), _Columns(batch), batch.where)
        for batch in x12_batches(stream, intake)
    )
    yield from read_batches(batches, NAMES, rows, shared)


class _Columns:
    """The columns of a batch of rows, each made when it is asked for."""

    def __init__(self, batch: RowBatch) -> None:
        rows = batch.rows
        self._cells: list[list[Any]] = [*rows.claim_columns(), *rows.line_columns()]
        counts = rows.line_counts()
        self._claims: Any = pa.array(np.repeat(np.arange(len(counts)), counts))
        """Of each line the place of its claim."""

    def __call__(self, position: int) -> AnyArray:
        cells, name = self._cells[position], NAMES[position]
        kind: Any = pa.int64() if name == "line_number" else pa.string()
        array = _list_array(cells) if name in _LISTS else pa.array(cells, kind)
        return array.take(self._claims) if position < len(CLAIM_NAMES) else array


def _list_array(lists: Sequence[Sequence[str | None]]) -> AnyArray:
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum([len(each) for each in lists], out=offsets[1:])
    items: Any = pa.array(list(chain.from_iterable(lists)), pa.string())
    where: Any = pa.array(offsets)
    return pa.ListArray.from_arrays(where, items)
