"""Modifiers, diagnoses and pointers from Arrow columns: lists of numbers, one a row.

Numbered columns and list columns alike become lists by position, where -1 is a gap.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.formats import values
from editwright.evaluator.formats.arrow import AnyArray, distinct_cells
from editwright.evaluator.formats.columnar_cells import (
    BAD_CODE,
    UNREADABLE,
    code_numbers,
    codes,
    convert_each,
)
from editwright.evaluator.formats.lists import cell_key, read_pointer
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.formats.problems import BadValue
from editwright.evaluator.kernels.code_lists import across, gathered
from editwright.evaluator.lines.texts import TextColumn

_APART = 16
"""So many numbers stand between two columns: columns that are a power of two apart drive each other
out of the processor's cache."""

NamedColumn: TypeAlias = "tuple[str, AnyArray | None]"
"""A column of the source with its name; `None` where the source lacks that number."""


@frozen(slots=True, eq=False)
class RowLists:
    """A list for each row: row i has `numbers[offsets[i]:offsets[i + 1]]`."""

    offsets: NDArray[np.int32]
    numbers: NDArray[np.int32]
    bad: NDArray[np.bool_]
    """Of shape (rows,)."""


class _Room:
    """Memory for numbered columns that all batches of a reading use, one after the other."""

    def __init__(self) -> None:
        self._numbers = np.zeros(0, dtype=np.int32)

    def of(self, columns: int, rows: int) -> NDArray[np.int32]:
        """Numbers of shape (columns, rows and some more) that may be overwritten."""
        apart = rows + _APART
        if len(self._numbers) < columns * apart:
            self._numbers = np.empty(columns * apart, dtype=np.int32)
        return self._numbers[: columns * apart].reshape(columns, apart)


class CodeItems:
    """Items that are codes: modifiers or diagnoses."""

    def __init__(self, memo: Memo[str | None], texts: TextColumn) -> None:
        self.room = _Room()
        self._memo = memo
        self._texts = texts

    def of_column(
        self, name: str, column: AnyArray, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        """Their numbers, int32 of shape (rows,), in `out` where it is given; negative for missing
        and bad ones."""
        return codes(name, column, self._memo, self._texts, out)

    def of_cells(self, cells: Sequence[object]) -> NDArray[np.int32]:
        return code_numbers(convert_each(cells, self._memo), self._texts)


class PointerItems:
    """Items that are diagnosis pointers: they are their own numbers."""

    def __init__(self) -> None:
        self.room = _Room()
        self._memo = Memo("diagnosis_pointers", read_pointer)

    def of_column(
        self, name: str, column: AnyArray, out: NDArray[np.int32] | None = None
    ) -> NDArray[np.int32]:
        at, cells = distinct_cells(name, column)
        numbers: NDArray[np.int32] = np.take(self.of_cells(cells), at, out=out)
        return numbers

    def of_cells(self, cells: Sequence[object]) -> NDArray[np.int32]:
        converted = convert_each(cells, self._memo)
        numbers = [
            BAD_CODE if each is UNREADABLE else -1 if each is None else each for each in converted
        ]
        return np.array(numbers, dtype=np.int32)


def row_lists(
    name: str,
    columns: Sequence[NamedColumn],
    rows: int,
    items: CodeItems | PointerItems,
    *,
    is_list: bool,
) -> RowLists:
    """The lists in numbered columns (`None` where the source has no such number), or in the one
    list column."""
    if not is_list:
        return _of_numbered(columns, rows, items)
    column_name, column = columns[0]
    assert column is not None
    kind = column.type
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind)) and _is_simple(kind.value_type):
        return _of_nested(column_name, column, items)
    return _of_cells(name, column_name, column, items)


def first_items(lists: RowLists) -> NDArray[np.int32]:
    """The first number of each list; -1 where that is a gap or the list is empty."""
    there = lists.offsets[1:] > lists.offsets[:-1]
    first = np.full(len(there), -1, dtype=np.int32)
    first[there] = lists.numbers[lists.offsets[:-1][there]]
    return first


def _of_numbered(
    columns: Sequence[NamedColumn], rows: int, items: CodeItems | PointerItems
) -> RowLists:
    numbers = items.room.of(len(columns), rows)
    bad = np.zeros(rows, dtype=bool)
    for place, (name, column) in enumerate(columns):
        if column is not None and column.null_count < rows:
            found = items.of_column(name, column, numbers[place, :rows])
            if found.min() == BAD_CODE:
                bad |= found == BAD_CODE
        else:
            numbers[place] = -1
    return RowLists(*across(numbers, rows), bad)


def _of_nested(name: str, column: Any, items: CodeItems | PointerItems) -> RowLists:
    """The lists of a list column whose items are texts or whole numbers."""
    lengths = column.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.zeros(len(column) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    numbers = items.of_column(name, column.flatten())
    bad = np.zeros(len(column), dtype=bool)
    bad[np.searchsorted(offsets, np.flatnonzero(numbers == BAD_CODE), side="right") - 1] = True
    return RowLists(offsets, numbers, bad)


def _of_cells(
    name: str, column_name: str, column: AnyArray, items: CodeItems | PointerItems
) -> RowLists:
    """The lists of a column whose cells are texts, single numbers, or lists of anything."""
    at, cells = distinct_cells(column_name, column)
    lists = [_items(name, cell) for cell in cells]
    numbers = items.of_cells([item for each in lists for item in each or ()])
    offsets = np.zeros(len(lists) + 1, dtype=np.int32)
    np.cumsum([len(each or ()) for each in lists], out=offsets[1:])
    bad = np.array([each is None for each in lists], dtype=bool)
    bad[np.searchsorted(offsets, np.flatnonzero(numbers == BAD_CODE), side="right") - 1] = True
    return RowLists(*gathered(at.astype(np.int32), offsets, numbers), bad[at])


def _items(name: str, cell: object) -> tuple[object, ...] | None:
    """The items of a list cell; `None` if it cannot be read."""
    try:
        return values.list_items(cell_key(name, cell))
    except BadValue:
        return None


def _is_simple(kind: Any) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_integer(kind)
