"""Arrow data, wherever it comes from, to service lines.

Whatever has the Arrow C stream interface is read batch by batch: pyarrow, polars, pandas,
duckdb. Columns are dictionary-encoded first: a code that occurs a thousand times becomes a
Python object once.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import repeat
from typing import Any, Protocol, TypeAlias

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.json_values import JsonValues, distinct_values
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.kernels.arrow_cells import missing_cells
from editwright.evaluator.lines.service_line import ServiceLine

AnyArray: TypeAlias = "pa.Array[Any]"
AnyDictionary: TypeAlias = "pa.DictionaryArray[Any, Any]"

_VIEWS = ("string_view", "binary_view")
_EPOCH = date(1970, 1, 1).toordinal()
_ALL_THERE = np.zeros(0, dtype=np.uint8)


class ArrowStream(Protocol):
    """Data with the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def arrow_lines(data: ArrowStream, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a table or a stream of batches. Raises `ClaimsError`."""
    reader = open_stream(data, intake)
    yield from batch_lines(reader.schema.names, stream_batches(reader, intake), intake)


def open_stream(data: ArrowStream, intake: Intake) -> pa.RecordBatchReader:
    """The stream of batches behind the data. Raises `ClaimsError`."""
    try:
        return pa.RecordBatchReader.from_stream(data)
    except (pa.ArrowException, TypeError):
        raise _unreadable(intake) from None


def batch_lines(
    names: Sequence[str], batches: Iterable[pa.RecordBatch], intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of record batches that have these columns. Raises `ClaimsError`."""
    rows = intake.rows(names)
    used = [position for position, name in enumerate(names) if name in rows.plan.used]
    read = intake.rows([names[position] for position in used]).line
    number = 0
    for batch in batches:
        columns = [cells(names[position], batch.column(position)) for position in used]
        for row in zip(*columns, repeat(None)):
            number += 1
            if (line := read(number, row)) is not None:
                yield line


def cells(name: str, column: AnyArray) -> Sequence[object]:
    """A column as Python values: text, numbers, dates, lists, `None`. Raises `ClaimsError`."""
    indices, values = distinct_cells(name, column)
    return [values[index] for index in indices.tolist()]


def distinct_cells(name: str, column: AnyArray) -> tuple[NDArray[np.integer], list[object]]:
    """A column as different Python values, and of each row the position of its value.

    The last value is `None`, where missing cells point to. Raises `ClaimsError`.
    """
    with readable(name, column):
        if isinstance(column.type, JsonValues):
            return distinct_values(column)
        if pa.types.is_nested(column.type):
            values = column.to_pylist()
            return np.arange(len(values)), [*values, None]
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            days = column.cast(pa.date32()).cast(pa.int32()).dictionary_encode()
            return positions(days), [*map(_date, days.dictionary.to_pylist()), None]
        plain = encoded(column)
        return positions(plain), [*plain.dictionary.to_pylist(), None]


def taken_cells(name: str, column: AnyArray, at: NDArray[np.intp]) -> AnyArray:
    """The cells of a column in these rows. Raises `ClaimsError`."""
    with readable(name, column):
        return (column.cast(pa.large_string()) if str(column.type) in _VIEWS else column).take(
            pa.array(at, pa.int64())
        )


@contextmanager
def readable(name: str, column: AnyArray) -> Iterator[None]:
    """Turns what Arrow says of a column that it cannot convert into `ClaimsError`."""
    try:
        yield
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, UnicodeDecodeError):
        raise ClaimsError(
            f"the column `{name}` of the type {column.type} cannot be read",
            "give it as text in UTF-8, as numbers or as dates",
        ) from None


def encoded(column: AnyArray) -> AnyDictionary:
    """The column as a dictionary whose values are what rows are made of."""
    kind = column.type
    if isinstance(column, pa.DictionaryArray):
        return column
    if str(kind) in _VIEWS:
        return column.cast(pa.large_string()).dictionary_encode()
    if pa.types.is_boolean(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind):
        return column.cast(pa.string()).dictionary_encode()
    if pa.types.is_large_binary(kind):
        return column.cast(pa.large_string()).dictionary_encode()
    return column.dictionary_encode()


def positions(column: AnyDictionary) -> NDArray[np.int32]:
    """Of each row the position of its value in the dictionary; missing ones are behind it."""
    found = whole_positions(column)
    if column.indices.null_count:
        found = found.copy()
        found[missing(column.indices).view(np.bool_)] = len(column.dictionary)
    return found


def whole_positions(column: AnyDictionary) -> NDArray[np.int32]:
    """The same, but what is said of missing rows means nothing."""
    indices = column.indices
    return values_of(indices if pa.types.is_int32(indices.type) else indices.cast(pa.int32()), "i4")


def values_of(column: AnyArray, kind: str) -> NDArray[Any]:
    """The values of a column whose type is this one of NumPy, as they stand in memory: those of
    missing cells mean nothing."""
    data = column.buffers()[1]
    if data is None or not len(column):
        return np.zeros(len(column), dtype=kind)
    whole: NDArray[Any] = np.frombuffer(memoryview(data), dtype=kind)
    return whole[column.offset : column.offset + len(column)]


def bits_of(column: AnyArray) -> tuple[NDArray[np.uint8], int]:
    """The bits that say which cells are there, as kernels take them (see `arrow_cells`)."""
    bits = column.buffers()[0] if column.null_count else None
    if bits is None:
        return _ALL_THERE, 0
    return np.frombuffer(memoryview(bits), dtype=np.uint8), column.offset


def missing(column: AnyArray) -> NDArray[np.uint8]:
    """Which cells are missing: uint8 of shape (rows,)."""
    if pa.types.is_null(column.type):
        return np.ones(len(column), dtype=np.uint8)
    return missing_cells(*bits_of(column), len(column))


def _date(day: int | None) -> date | str | None:
    """The date of a day number; one that is not in the calendar stays a text, and is refused."""
    if day is None:
        return None
    ordinal = _EPOCH + day
    return date.fromordinal(ordinal) if 0 < ordinal <= date.max.toordinal() else f"day {day}"


def stream_batches(reader: pa.RecordBatchReader, intake: Intake) -> Iterator[pa.RecordBatch]:
    """The batches of a stream. Raises `ClaimsError`."""
    try:
        yield from reader
    except pa.ArrowException:
        raise _unreadable(intake) from None


def _unreadable(intake: Intake) -> ClaimsError:
    """Arrow's own message may quote a cell, and is kept to ourselves."""
    return ClaimsError(
        f"{intake.source} cannot be read as Arrow data",
        "each column must hold values of one type: text, numbers, dates, or lists of them",
    )
