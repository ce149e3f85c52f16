"""FHIR claims to service lines as columns, for large files."""

import io
from collections.abc import Iterator, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

import numpy as np
import pyarrow as pa

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.columnar import Batch, ColumnsReading, read_batches
from editwright.evaluator.formats.fhir import RowBatch, fhir_batches
from editwright.evaluator.formats.fhir_claim import CLAIM_COLUMNS, COLUMNS
from editwright.evaluator.formats.intake import ColumnIntake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.columns import LineColumns

_NUMBERS = frozenset(("line_number", "diagnosis_pointers"))
_LISTS = frozenset(("modifiers", "diagnoses", "diagnosis_pointers"))
_LARGEST = (1 << 63) - 1


def fhir_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a FHIR file."""
    rows = intake.rows(COLUMNS)
    batches = (
        Batch(batch.first_row, len(batch.rows), _Columns(batch), batch.where)
        for batch in fhir_batches(source, stream, intake, charges="charge" in shared.wanted)
    )
    yield from read_batches(batches, COLUMNS, rows, shared)


class _Columns:
    """The columns of a batch of rows, each made when it is asked for."""

    def __init__(self, batch: RowBatch) -> None:
        self._batch = batch
        self._claims: Any = pa.array(np.repeat(np.arange(len(batch.heads)), batch.counts()))
        """Of each row the place of its claim."""

    def __call__(self, position: int) -> AnyArray:
        name, batch = COLUMNS[position], self._batch
        of_claim = position < len(CLAIM_COLUMNS)
        rows, place = (
            (batch.heads, position) if of_claim else (batch.rows, position - len(CLAIM_COLUMNS))
        )
        cells: list[Any] = list(map(itemgetter(place), rows))
        kind: Any = pa.int64() if name in _NUMBERS else pa.string()
        array = _list_array(cells, kind) if name in _LISTS else _array(cells, kind)
        return array.take(self._claims) if of_claim else array


def _array(cells: Sequence[Any], kind: Any) -> Any:
    try:
        return pa.array(cells, kind)
    except OverflowError:  # numbers beyond 64 bits are as wrong as others that are far too large
        return pa.array([each if each is None else _within(each) for each in cells], kind)


def _within(number: int) -> int:
    return max(-_LARGEST, min(number, _LARGEST))


def _list_array(lists: Sequence[Sequence[Any]], kind: Any) -> AnyArray:
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum(list(map(len, lists)), out=offsets[1:])
    items: Any = _array(list(chain.from_iterable(lists)), kind)
    where: Any = pa.array(offsets)
    return pa.ListArray.from_arrays(where, items)
