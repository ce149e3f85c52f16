"""The rows of a rule's table to columns of numbers, in the order of the rule's instances."""

from collections.abc import Callable
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_NUMBER
from editwright.evaluator.plan.compile_conditions import cell_truth, decided_by
from editwright.evaluator.plan.compile_pools import Pools
from editwright.evaluator.plan.plan_numbers import EPOCH, plain, scaled
from editwright.evaluator.plan.programs import UnplannedError
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.tables import Column, TableData, cell_codes, cell_date, cell_number

FIRST_DAY = np.iinfo(np.int32).min + 1
LAST_DAY = np.iinfo(np.int32).max


@define(eq=False)
class RuleRows:
    """The rows that a rule stands for. `order` are their numbers in the table, int32: of a rule
    for each row those that can be in force, of a rule for each value of a column all rows with
    one, value by value."""

    table: TableData
    pools: Pools
    order: NDArray[np.int32]
    groups: NDArray[np.int32] | None
    """Where the rows of each value start, and the end of the last; nothing: one row each."""
    days: tuple[int, int] = (-1, -1)
    """Where the first and the last days are in `row_codes`; -1 for no such column."""
    _placed: dict[tuple[str, str, str], int] = field(factory=dict)
    _cells: dict[tuple[str, str], NDArray[np.int32]] = field(factory=dict)

    @classmethod
    def of(cls, rule: c.Rule, pools: Pools) -> "RuleRows":
        """The rows of a rule. Raises UnplannedError."""
        assert rule.table is not None
        key = None if isinstance(rule.core, c.Excludes) else rule.key_column
        order, groups = _grouped(rule.table, key)
        rows = cls(rule.table, pools, order, groups)
        if not rows.keyed:
            rows._leave_out(rule.subject.condition)
        rows._take_days(rule)
        return rows

    @property
    def keyed(self) -> bool:
        """Whether an instance is a group of rows."""
        return self.groups is not None

    @property
    def instance_count(self) -> int:
        """How many instances the rows are: one each, or one for each value of a column."""
        return len(self.order) if self.groups is None else len(self.groups) - 1

    def stretches(self) -> NDArray[np.int32]:
        """(instances, 2): the first row of each, and the one behind its last."""
        if self.groups is not None:
            return np.stack([self.groups[:-1], self.groups[1:]], axis=1)
        numbers = np.arange(len(self.order), dtype=np.int32)
        return np.stack([numbers, numbers + 1], axis=1)

    def instance_of_row(self) -> NDArray[np.int32]:
        """The instance of each row."""
        if self.groups is None:
            return np.arange(len(self.order), dtype=np.int32)
        sizes = np.diff(self.groups)
        return np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)

    # ---- columns

    def codes(self, value: c.RowValue) -> int:
        """A column of codes: a code's number, -1 for none, -2 less a set's number."""
        assert value.kind is not None
        key = ("codes", value.column, self._kind(value))
        if key not in self._placed:
            cells = self.cells(value)
            self._placed[key] = self.pools.put("row_codes", cells, value.kind.noun)
        return self._placed[key]

    def plain_codes(self, value: c.RowValue) -> int:
        """The same where each cell is one code at most. Raises UnplannedError."""
        if (self.cells(value) < -1).any():
            raise UnplannedError("`all of` cells that hold several codes")
        return self.codes(value)

    def cells(self, value: c.RowValue) -> NDArray[np.int32]:
        """The numbers behind `codes`, of shape (rows,)."""
        key = (value.column, self._kind(value))
        if key not in self._cells:
            self._cells[key] = self._taken(
                self.table.columns[value.column], lambda text: self._code(value, text), -1, np.int32
            )
        return self._cells[key]

    def _code(self, value: c.RowValue, text: str) -> int:
        assert value.kind is not None
        codes = cell_codes(text, value.kind, tuple(value.lists.items()))
        if len(codes.exact) == 1 and codes == CodeSet(codes.exact):
            return self.pools.word(value.kind, next(iter(codes.exact)))
        if not codes.exact and codes == CodeSet():
            return -1
        return -2 - self.pools.code_set(codes, value.kind)

    def numbers(self, value: c.RowValue) -> int:
        """A column of numbers or dates."""

        def read(text: str) -> int:
            if value.type == "date":
                day = cell_date(text)
                return NO_NUMBER if day is None else plain(day)
            number = cell_number(text)
            return NO_NUMBER if number is None else scaled(number)

        key = ("numbers", value.column, value.type)
        if key not in self._placed:
            cells = self._taken(self.table.columns[value.column], read, NO_NUMBER, np.int64)
            self._placed[key] = self.pools.put("row_numbers", cells)
        return self._placed[key]

    def truths(self, test: c.Test, column: str) -> int:
        """A column of truths: of each different cell, what a condition on it comes to."""
        return self.pools.put("row_truths", self._truths(test, column))

    def _truths(self, test: c.Test, column: str) -> NDArray[np.uint8]:
        truth = cell_truth(test, column)
        return self._taken(self.table.columns[column], truth, truth(None), np.uint8)

    def _taken(
        self, column: Column, read: Callable[[str], int], missing: int, kind: Any
    ) -> NDArray[Any]:
        """A column's cells, each different text read once."""
        values = np.array([*map(read, column.texts), missing], kind)
        numbers = np.asarray(column.numbers, np.int32)[self.order]
        return values[numbers]  # a missing cell is -1: the last

    @staticmethod
    def _kind(value: c.RowValue) -> str:
        lists = ",".join(sorted(value.lists))
        return f"{value.kind.noun if value.kind else value.type} {lists}"

    def _leave_out(self, condition: c.Test) -> None:
        """Leave out the rows whose own cells keep the rule from every line."""
        for test in condition.conditions if isinstance(condition, c.Both) else (condition,):
            column = decided_by(test)
            if column is not None:
                self.order = self.order[self._truths(test, column) == 1]

    # ---- days

    def _take_days(self, rule: c.Rule) -> None:
        first = np.full(len(self.order), FIRST_DAY, np.int32)
        last = np.full(len(self.order), LAST_DAY, np.int32)
        of_rows = [
            each
            for each in rule.intervals
            if isinstance(each.first, c.RowValue) or isinstance(each.last, c.RowValue)
        ]
        if not of_rows:
            return
        for each in of_rows:
            np.maximum(first, self._ends(each.first, FIRST_DAY), out=first)
            np.minimum(last, self._ends(each.last, LAST_DAY), out=last)
        if not self.keyed:
            kept = first <= last
            self.order, first, last = self.order[kept], first[kept], last[kept]
        self.days = self.pools.put("row_codes", first), self.pools.put("row_codes", last)

    def _ends(self, end: Any, missing: int) -> NDArray[np.int32]:
        if isinstance(end, c.RowValue):

            def read(text: str) -> int:
                day = cell_date(text)
                return missing if day is None else day.toordinal() - EPOCH

            return self._taken(self.table.columns[end.column], read, missing, np.int32)
        day = missing if end is None else end.toordinal() - EPOCH
        return np.full(len(self.order), day, np.int32)


def _grouped(
    table: TableData, key: str | None
) -> tuple[NDArray[np.int32], NDArray[np.int32] | None]:
    """The rows in the order of instances, and where groups of them start."""
    if key is None:
        return np.arange(table.rows, dtype=np.int32), None
    column = table.columns[key]
    numbers = np.asarray(column.numbers, np.int32)
    rank = np.empty(len(column.texts) + 1, np.int64)
    rank[sorted(range(len(column.texts)), key=column.texts.__getitem__)] = range(len(column.texts))
    rank[-1] = -1
    of_row = rank[numbers]
    order = np.argsort(of_row, kind="stable")
    order = order[of_row[order] >= 0]
    starts = np.flatnonzero(np.diff(of_row[order], prepend=-1))
    return order.astype(np.int32), np.append(starts, len(order)).astype(np.int32)
