"""The rows of a table that concern a few codes, found by going through the table once.

What `RowIndex` does for many members after a long preparation is done here for one, without any:
millions of rows take a few hundredths of a second.
"""

from collections.abc import Callable, Collection
from itertools import groupby
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.meaning.rule_index import (
    key_column,
    only_column,
    partner_column,
    plain_code,
)
from editwright.evaluator.meaning.truth import Rows
from editwright.grammar.checked import Rule
from editwright.grammar.tables import Column, TableData

Mask = NDArray[np.bool_]


@frozen(slots=True, eq=False)
class FewRows:
    """Finds rows by the code that the subject must have and, for a pair rule, the partner. A cell
    that holds no single code may stand for any."""

    table: TableData
    subject: str | None
    partner: str | None
    key: str | None

    @classmethod
    def of(cls, rule: Rule, table: TableData) -> "FewRows":
        """What finds the rows of a rule's table."""
        return cls(table, only_column(rule.subject.codes), partner_column(rule), key_column(rule))

    def instances(self, codes: Collection[str]) -> list[Rows]:
        """What `row.` stands for, once for each rule that can touch lines with these codes."""
        return self.of_subject(codes, codes)

    def of_subject(self, subjects: Collection[str], partners: Collection[str]) -> list[Rows]:
        """The same for lines with some codes as subjects, and with some as partners."""
        chosen = np.ones(self.table.rows, np.bool_)
        if self.subject is not None:
            column = self.table.columns[self.subject]
            irregular = _where(column, lambda code: code is None)
            chosen = _where(column, lambda code: code in subjects)
            if self.partner is not None:
                chosen &= _where(
                    self.table.columns[self.partner], lambda code: code is None or code in partners
                )
            chosen |= irregular
        numbers = np.flatnonzero(chosen)
        if self.key is None:
            return [(self.table.row(number),) for number in numbers.tolist()]
        return self._by_key(self.table.columns[self.key], numbers)

    def speaks_of(self, code: str) -> bool:
        """Whether any row may have a code as its subject."""
        if self.subject is None:
            return True
        found = _where(self.table.columns[self.subject], lambda each: each is None or each == code)
        return bool(found.any())

    def _by_key(self, column: Column, chosen: NDArray[np.intp]) -> list[Rows]:
        numbers: Any = np.asarray(column.numbers)
        keys = np.unique(numbers[chosen])
        rows = np.flatnonzero(np.isin(numbers, keys[keys >= 0])).tolist()
        rows.sort(key=lambda number: (str(column[number]), number))
        return [
            tuple(self.table.row(number) for number in group)
            for _, group in groupby(rows, key=column.__getitem__)
        ]


def _where(column: Column, wanted: Callable[[str | None], bool]) -> Mask:
    """The rows whose cell's one code (nothing where it holds no single one) is wanted."""
    of_texts = [wanted(plain_code(text)) for text in column.texts]
    found: Mask = np.array([*of_texts, wanted(None)], np.bool_)[np.asarray(column.numbers)]
    return found
