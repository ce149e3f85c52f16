"""The rows of a table on their way out, changed column by column.

A column is dictionary-encoded: whatever is asked of a cell is asked once of each distinct text,
so two million rows cost as much Python as their few thousand codes and dates.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from attrs import define
from numpy.typing import NDArray

from editwright.evaluator.tables.problems import TableFileError, shown
from editwright.evaluator.tables.report import Ledger
from editwright.evaluator.tables.sheet import Sheet

Column: TypeAlias = Any
"""An array of pyarrow, whose stubs are too narrow for dictionaries."""
Mask: TypeAlias = NDArray[np.bool_]
Value: TypeAlias = object

_BLANK = " \t\r\n\x1a\xa0"
"""What stands around cells: blanks, and the end mark of old DOS files."""

UNREADABLE_PER_ROWS = 100
"""One row in so many may be unreadable; of more, the file is damaged or another."""


@define(slots=True)
class Rows:
    """A table whose rows can be set aside, and what became of them."""

    table: pa.Table
    ledger: Ledger

    def column(self, name: str) -> Column:
        """A column of texts; without one, nulls."""
        if name not in self.table.column_names:
            empty = pa.nulls(self.table.num_rows, pa.string())
            return empty.dictionary_encode()
        chunked: Any = self.table.column(name)
        column: Column = chunked.combine_chunks()
        return column

    def put(self, name: str, values: Any) -> None:
        """Replace a column, or add it."""
        if name in self.table.column_names:
            at = self.table.column_names.index(name)
            self.table = self.table.set_column(at, name, values)
        else:
            self.table = self.table.append_column(name, values)

    def cells(self, name: str, function: Callable[[str], Value], kind: Any) -> Any:
        """A column's cells under a function; null where it gives None or the cell is null."""
        column = self.column(name)
        values = [function(text) for text in _distinct_texts(column)]
        return pa.array(values, kind).take(column.indices)

    def where(self, name: str, function: Callable[[str], bool]) -> Mask:
        """The rows whose cell is not null and has a property."""
        return as_mask(self.cells(name, function, pa.bool_()))

    def set_aside(self, rows: Mask, reason: str) -> None:
        """Leave rows out, and count them."""
        count = int(rows.sum())
        if count:
            self.ledger.set_aside[reason] += count
            self.table = self.table.filter(pa.array(~rows))

    def read(
        self,
        name: str,
        function: Callable[[str], Value],
        kind: Any,
        *,
        what: str,
        required: bool = True,
    ) -> None:
        """Turn a column's texts into values. `function` raises ValueError where a text is none.

        Rows without a readable value are set aside; too many of them are an error.
        """
        bad: list[str] = []

        def value(text: str) -> Value:
            try:
                return function(text)
            except ValueError:
                bad.append(text)
                return None

        values = self.cells(name, value, kind)
        wrong = set(bad)
        unreadable = self.where(name, wrong.__contains__)
        if required:
            unreadable |= ~as_mask(values.is_valid())
        count = int(unreadable.sum())
        if count:
            seen = ", ".join(f"`{shown(text, 20)}`" for text in bad[:3]) or "blank cells"
            problem = (
                f"{count:,} of {len(unreadable):,} rows without a readable {what} in `{name}`: "
                f"{seen}"
            )
            if count * UNREADABLE_PER_ROWS > len(unreadable):
                raise TableFileError(
                    problem,
                    "a spreadsheet damages codes and dates; take the text file of the same table",
                )
            self.ledger.notes.append(problem)
        self.put(name, values)
        self.set_aside(unreadable, f"no {what} in {name}")

    def repaired(self, name: str, repair: Callable[[str], str], what: str) -> None:
        """Repair a column's texts, with a note that counts the cells."""
        changed = self.where(name, lambda text: repair(text) != text)
        count = int(changed.sum())
        if not count:
            return
        texts = [text for text in _distinct_texts(self.column(name)) if text != repair(text)]
        seen = ", ".join(f"`{shown(text)}` to `{shown(repair(text))}`" for text in texts[:3])
        cells = "cell" if count == 1 else "cells"
        self.ledger.notes.append(f"repaired {what} in {count:,} {cells} of `{name}`: {seen}")
        self.put(name, self.cells(name, repair, pa.string()).dictionary_encode())

    def without_repeats(self) -> None:
        """Leave out rows that are the same as an earlier one in every column, and count them."""
        ids = row_ids(self, self.table.column_names)
        repeats = len(ids) - how_many(ids)
        if repeats:
            _, first = np.unique(ids, return_index=True)
            self.ledger.repeated += repeats
            self.table = self.table.take(np.sort(first))


def joined(sheets: Sequence[Sheet], ledger: Ledger) -> Rows:
    """The rows of all sheets, without blanks around texts; blank cells are null."""
    names = dict.fromkeys(name for sheet in sheets for name in sheet.table.column_names)
    tables = [
        sheet.table if name_count == len(names) else _widened(sheet.table, list(names))
        for sheet in sheets
        for name_count in (len(sheet.table.column_names),)
    ]
    whole = pa.concat_tables([each.select(list(names)) for each in tables])
    rows = Rows(whole.unify_dictionaries().combine_chunks(), ledger)
    for name in names:
        texts = _distinct_texts(rows.column(name))
        if any(text != text.strip(_BLANK) or not text for text in texts):
            stripped = rows.cells(name, lambda text: text.strip(_BLANK) or None, pa.string())
            rows.put(name, stripped.dictionary_encode())
    blank = np.ones(rows.table.num_rows, np.bool_)
    for name in names:
        blank &= ~as_mask(rows.column(name).is_valid())
    if blank.any():
        rows.table = rows.table.filter(pa.array(~blank))
    return rows


def row_ids(rows: Rows, names: Sequence[str]) -> NDArray[np.int64]:
    """One number for each row, equal where the rows are equal in these columns."""
    ids = np.zeros(rows.table.num_rows, np.int64)
    room = 1
    for name in names:
        column = rows.column(name)
        if not isinstance(column, pa.DictionaryArray):
            column = column.dictionary_encode()
        size = len(column.dictionary) + 1
        if room * size >= 1 << 62:
            distinct, ids = np.unique(ids, return_inverse=True)
            room = len(distinct)
        numbers = column.indices.fill_null(size - 1).to_numpy(zero_copy_only=False)
        ids = ids * size + numbers.astype(np.int64)
        room *= size
    return ids


def how_many(ids: NDArray[np.int64]) -> int:
    """How many different numbers there are."""
    in_order = np.sort(ids)  # several times faster than the hash table of np.unique
    return int(np.count_nonzero(in_order[1:] != in_order[:-1])) + min(1, len(ids))


def distinct(rows: Rows, *names: str) -> set[str]:
    """The different texts in these columns."""
    found: set[str] = set()
    for name in names:
        column: Any = rows.table.column(name)
        found.update(text for text in column.unique().to_pylist() if text is not None)
    return found


def as_mask(column: Any) -> Mask:
    """A column of truth values as a mask; null is false."""
    mask: Mask = column.fill_null(False).to_numpy(zero_copy_only=False).astype(np.bool_)
    return mask


def _distinct_texts(column: Any) -> list[str]:
    texts: list[str] = column.dictionary.to_pylist()
    return texts


def _widened(table: pa.Table, names: Sequence[str]) -> pa.Table:
    for name in names:
        if name not in table.column_names:
            table = table.append_column(
                name, pa.nulls(table.num_rows, pa.string()).dictionary_encode()
            )
    return table
