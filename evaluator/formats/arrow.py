"""Arrow data, wherever it comes from, to service lines.

Whatever has the Arrow C stream interface is read batch by batch: pyarrow, polars, pandas,
duckdb. Columns are dictionary-encoded first: a code that occurs a thousand times becomes a
Python object once.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import repeat
from typing import Any, Protocol, TypeAlias

import pyarrow as pa

from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.lines import ServiceLine

AnyArray: TypeAlias = "pa.Array[Any]"
AnyDictionary: TypeAlias = "pa.DictionaryArray[Any, Any]"

_EPOCH = date(1970, 1, 1).toordinal()


class ArrowStream(Protocol):
    """Data with the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def arrow_lines(data: ArrowStream, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a table or a stream of batches. Raises `ClaimsError`."""
    try:
        reader = pa.RecordBatchReader.from_stream(data)
    except (pa.ArrowException, TypeError):
        raise _unreadable(intake) from None
    yield from batch_lines(reader.schema.names, _batches(reader, intake), intake)


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
    try:
        if pa.types.is_nested(column.type):
            return column.to_pylist()
        if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
            days = column.cast(pa.date32()).cast(pa.int32()).dictionary_encode()
            return _decoded(days, [_date(day) for day in days.dictionary.to_pylist()])
        plain = _encoded(column)
        return _decoded(plain, plain.dictionary.to_pylist())
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid, UnicodeDecodeError):
        raise ClaimsError(
            f"the column `{name}` of the type {column.type} cannot be read",
            "give it as text in UTF-8, as numbers or as dates",
        ) from None


def _encoded(column: AnyArray) -> AnyDictionary:
    """The column as a dictionary whose values are what rows are made of."""
    kind = column.type
    if isinstance(column, pa.DictionaryArray):
        return column
    if str(kind) in ("string_view", "binary_view"):
        return column.cast(pa.large_string()).dictionary_encode()
    if pa.types.is_boolean(kind) or pa.types.is_binary(kind) or pa.types.is_null(kind):
        return column.cast(pa.string()).dictionary_encode()
    if pa.types.is_large_binary(kind):
        return column.cast(pa.large_string()).dictionary_encode()
    return column.dictionary_encode()


def _decoded(column: AnyDictionary, values: Sequence[object]) -> Sequence[object]:
    missing = len(values)
    indices = column.indices.cast(pa.int64()).fill_null(missing)
    found = [*values, None]
    return [found[index] for index in indices.to_numpy(zero_copy_only=False).tolist()]


def _date(day: int | None) -> date | str | None:
    """The date of a day number; one that is not in the calendar stays a text, and is refused."""
    if day is None:
        return None
    ordinal = _EPOCH + day
    return date.fromordinal(ordinal) if 0 < ordinal <= date.max.toordinal() else f"day {day}"


def _batches(reader: pa.RecordBatchReader, intake: Intake) -> Iterator[pa.RecordBatch]:
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
