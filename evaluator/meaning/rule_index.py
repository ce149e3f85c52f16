"""Which rules, and which rows of their tables, can touch lines with given codes."""

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Protocol

from attrs import define, field

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import Case
from editwright.evaluator.meaning.truth import Rows, among
from editwright.grammar.checked import (
    Excludes,
    Needs,
    PartnerExemption,
    RowValue,
    Rule,
    Values,
)  # fmt: skip
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.tables import Cell, TableData


class RowLookup(Protocol):
    """Finds rows of one rule's table."""

    def instances(self, codes: Collection[str]) -> list[Rows]:
        """What `row.` stands for, once for each rule that can touch lines with these codes."""
        ...


def _indexed(rule: Rule, table: TableData) -> RowLookup:
    return RowIndex.of(rule, table)


@define
class RuleIndex:
    """Rules by the procedure codes of their subjects. `lookup` makes what finds the rows of a
    rule's table."""

    strata: Sequence[Sequence[Rule]]
    lookup: Callable[[Rule, TableData], RowLookup] = _indexed
    _by_code: dict[str, list[Rule]] = field(factory=dict)
    _by_pattern: list[Rule] = field(factory=list)
    _always: set[Rule] = field(factory=set)
    _rows: dict[Rule, RowLookup] = field(factory=dict)
    _named: dict[Rule, tuple[Values, ...] | None] = field(factory=dict)
    _stratum: dict[Rule, int] = field(factory=dict)
    _order: dict[Rule, int] = field(factory=dict)
    _matching: dict[str, tuple[Rule, ...]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for level, stratum in enumerate(self.strata):
            for rule in stratum:
                self._order[rule] = len(self._order)
                self._stratum[rule] = level
                self._enter(rule)

    def _enter(self, rule: Rule) -> None:
        codes = rule.subject.codes
        self._named[rule] = _named_codes(rule)
        if rule.table is not None:
            self._rows[rule] = self.lookup(rule, rule.table)
        if codes is None or codes.row_values:
            self._always.add(rule)
            return
        exact = codes.codes.enumerable
        if exact is None:
            self._by_pattern.append(rule)
            return
        for code in exact:
            self._by_code.setdefault(code, []).append(rule)

    def applicable(self, codes: Collection[str]) -> list[list[Rule]]:
        """The rules that can fire on lines with these codes, in their strata."""
        found = set(self._always)
        for code in codes:
            found.update(self._rules_of(code))
        levels: list[list[Rule]] = [[] for _ in self.strata]
        for rule in sorted(found, key=self._order.__getitem__):
            levels[self._stratum[rule]].append(rule)
        return levels

    def instances(self, rule: Rule, codes: Collection[str]) -> list[Rows]:
        """The rows of a rule that can fire on lines with these codes."""
        rows = self._rows.get(rule)
        return [()] if rows is None else rows.instances(codes)

    def cases(self, rule: Rule, lines: Sequence[ServiceLine]) -> list[Case]:
        """The instances of a rule that can fire on a member's lines in order, each with the
        lines that have a code which it names."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        return [
            (rows, _relevant(self._named[rule], rows, lines))
            for rows in self.instances(rule, codes)
        ]

    def _rules_of(self, code: str) -> tuple[Rule, ...]:
        known = self._matching.get(code)
        if known is None:
            patterns = (
                rule
                for rule in self._by_pattern
                if rule.subject.codes is not None and code in rule.subject.codes.codes
            )
            known = self._matching[code] = (*self._by_code.get(code, ()), *patterns)
        return known


@define
class RowIndex:
    """The rows of one rule's table by the code that the subject must have, and, for a pair rule,
    by the partner's code. Rows whose cells hold more than one code are looked at every time."""

    table: TableData
    subject: str | None
    partner: str | None
    key: str | None
    by_subject: dict[str, list[int]]
    by_pair: dict[str, dict[str, list[int]]] = field(factory=dict)
    irregular: list[int] = field(factory=list)
    by_key: dict[str, list[int]] = field(factory=dict)

    @classmethod
    def of(cls, rule: Rule, table: TableData) -> "RowIndex":
        """The index of a rule's table."""
        index = cls(
            table, only_column(rule.subject.codes), partner_column(rule), key_column(rule), {}
        )
        if index.subject is not None:
            for number, cell in enumerate(table.columns[index.subject]):
                code = plain_code(cell)
                if code is None:
                    index.irregular.append(number)
                else:
                    index.by_subject.setdefault(code, []).append(number)
        if index.key is not None:
            for number, cell in enumerate(table.columns[index.key]):
                if cell is not None:
                    index.by_key.setdefault(cell, []).append(number)
        return index

    def instances(self, codes: Collection[str]) -> list[Rows]:
        """What `row.` stands for, once for each rule that can touch lines with these codes."""
        numbers = self._rows_for(codes)
        if self.key is None:
            return [(self.table.row(number),) for number in numbers]
        column = self.table.columns[self.key]
        keys = dict.fromkeys(column[number] for number in numbers)
        return [
            tuple(self.table.row(number) for number in self.by_key[key])
            for key in sorted(each for each in keys if each is not None)
        ]

    def _rows_for(self, codes: Collection[str]) -> Iterable[int]:
        if self.subject is None:
            return range(self.table.rows)
        numbers = list(self.irregular)
        for code in codes:
            if self.partner is None:
                numbers += self.by_subject.get(code, ())
            elif code in self.by_subject:
                pairs = self._pairs(code, self.partner)
                for other in codes if len(codes) < len(pairs) else pairs.keys() & set(codes):
                    numbers += pairs.get(other, ())
                numbers += pairs.get("", ())
        return sorted(numbers)

    def _pairs(self, code: str, partner: str) -> dict[str, list[int]]:
        pairs = self.by_pair.get(code)
        if pairs is None:
            cells = self.table.columns[partner]
            pairs = {}
            for number in self.by_subject[code]:
                pairs.setdefault(plain_code(cells[number]) or "", []).append(number)
            self.by_pair[code] = pairs
        return pairs


def _named_codes(rule: Rule) -> tuple[Values, ...] | None:
    """The codes of every line that a rule speaks of; nothing where it speaks of any line."""
    spoken_of = [rule.subject.codes]
    if isinstance(rule.core, Needs | Excludes):
        spoken_of.append(rule.core.partners.lines.codes)
    spoken_of += [
        each.partners.lines.codes for each in rule.exemptions if isinstance(each, PartnerExemption)
    ]
    known = tuple(values for values in spoken_of if values is not None)
    return known if len(known) == len(spoken_of) else None


def _relevant(
    named: tuple[Values, ...] | None, rows: Rows, lines: Sequence[ServiceLine]
) -> Sequence[ServiceLine]:
    if named is None:
        return lines
    wanted: dict[str | None, bool] = {None: False}
    found: list[ServiceLine] = []
    # What one row excepts, another may name.
    choices: list[Rows] = [(row,) for row in rows] or [()]
    for line in lines:
        code = line.procedure_code
        if code not in wanted:
            assert code is not None
            wanted[code] = any(among(values, code, one) for values in named for one in choices)
        if wanted[code]:
            found.append(line)
    return found


def only_column(values: object) -> str | None:
    """The column that alone gives a set's codes."""
    row_values: Sequence[RowValue] = getattr(values, "row_values", ())
    codes = getattr(values, "codes", None)
    if len(row_values) != 1 or codes is None or not codes.is_empty:
        return None
    return row_values[0].column


def partner_column(rule: Rule) -> str | None:
    """The column that alone gives a pair rule's partners."""
    if not isinstance(rule.core, Excludes):
        return None
    return only_column(rule.core.partners.lines.codes)


def key_column(rule: Rule) -> str | None:
    """The column whose values each make one rule."""
    return None if isinstance(rule.core, Excludes) else rule.key_column


def plain_code(cell: Cell) -> str | None:
    """The cell's one code; nothing for several, a prefix, a range or a list's name."""
    upper = cell.upper() if cell is not None else ""
    return upper if PROCEDURE.fits(upper) else None
