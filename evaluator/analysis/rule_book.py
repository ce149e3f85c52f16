"""All rules of a run, found by the codes that they speak of: never by walking through all.

Rules for the rows of a table stay columns; a row becomes a rule only where something is to be
said of it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from attrs import define, evolve, field

from editwright.evaluator.analysis.code_sets import spelled_out
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rows_as_rules import NoRuleError, with_row
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet
from editwright.grammar.tables import TableData, cell_codes

MOST_CODES = 2_000
"""Rules of more codes than this are looked at one by one, in `wide`."""
MOST_PAIRS = 4_000
STEM = 2
"""How much of a code tells rules of many codes apart."""
MOST_OF_ONE_CODE = 100
"""Of more rules of one code than this, only so many are compared with each other."""


@define
class RuleBook:
    """The rules that were written by hand, by code, and the rules for tables."""

    rules: c.CheckedRules
    written: list[Party] = field(factory=list)
    by_code: dict[str, list[Party]] = field(factory=dict)
    by_pair: dict[tuple[str, str], list[Party]] = field(factory=dict)
    """Rules of the kind `not allowed with`, by the codes of both lines."""
    wide: dict[str, list[Party]] = field(factory=dict)
    """Rules of many codes, by what the codes begin with; behind a blank, those of any line."""
    of_tables: list["TableRule"] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        times = Counter(rule.name for rule in self.rules.rules)
        for rule in self.rules.rules:
            with_file = times[rule.name] > 1
            if rule.table is not None:
                self.of_tables.append(TableRule(rule, rule.table, with_file))
                continue
            party = Party(rule, rule, with_file=with_file)
            self.written.append(party)
            self._enter(party)

    def _enter(self, party: Party) -> None:
        codes = codes_of(party.plain.subject)
        if codes is None or len(codes) > MOST_CODES:
            self._enter_wide(party, codes)
            return
        core = party.plain.core
        if isinstance(core, c.Excludes):
            others = codes_of(core.partners.lines)
            if others is None or len(others) * len(codes) > MOST_PAIRS:
                self._enter_wide(party, codes)
                return
            for code in codes:
                for other in others:
                    self.by_pair.setdefault((code, other), []).append(party)
            return
        for code in codes:
            self.by_code.setdefault(code, []).append(party)

    def _enter_wide(self, party: Party, codes: frozenset[str] | None) -> None:
        for stem in {""} if codes is None else {code[:STEM] for code in codes}:
            self.wide.setdefault(stem, []).append(party)

    def _wide(self, code: str) -> Iterator[Party]:
        yield from self.wide.get("", ())[:MOST_OF_ONE_CODE]
        yield from self.wide.get(code[:STEM], ())[:MOST_OF_ONE_CODE]

    def of_code(self, code: str | None) -> Iterator[Party]:
        """Rules whose subjects may hold a code, those of pairs left out."""
        if code is not None:
            yield from self.by_code.get(code, ())[:MOST_OF_ONE_CODE]
            yield from self._wide(code)

    def of_pair(self, code: str, other: str) -> Iterator[Party]:
        """Rules that may not allow a code with another."""
        yield from self.by_pair.get((code, other), ())[:MOST_OF_ONE_CODE]
        for party in self._wide(code):
            core = party.plain.core
            if not isinstance(core, c.Excludes):
                continue
            if _has(party.plain.subject, code) and _has(core.partners.lines, other):
                yield party


def codes_of(lines: c.Lines) -> frozenset[str] | None:
    """The codes of some lines one by one; nothing where they are any, or too many."""
    if lines.codes is None or lines.codes.row_values:
        return None
    return spelled_out(lines.codes.codes, PROCEDURE)


def _has(lines: c.Lines, code: str) -> bool:
    if lines.excluded is not None and code in lines.excluded.codes:
        return False
    return lines.codes is None or code in lines.codes.codes


@define
class TableRule:
    """A rule for the rows of a table, its rows found by their codes."""

    rule: c.Rule
    table: TableData
    with_file: bool = False
    _numbers: dict[str, dict[str, list[int]]] = field(factory=dict)

    @cached_property
    def subject(self) -> str | None:
        """The column that alone gives the subject's code."""
        return _only_column(self.rule.subject)

    @cached_property
    def partner(self) -> str | None:
        """The column that alone gives the partner's code."""
        core = self.rule.core
        return _only_column(core.partners.lines) if isinstance(core, c.Needs | c.Excludes) else None

    def party(self, number: int) -> Party | None:
        """The rule of one row, where one can be made of it."""
        row = self.table.row(number)
        try:
            return Party(self.rule, with_row(self.rule, row), (row,), with_file=self.with_file)
        except NoRuleError:
            return None

    def instance(self, number: int) -> Party | None:
        """The rule of one row, or `for each COLUMN` of all rows that are one rule with it."""
        if self.rule.key_column is None:
            return self.party(number)
        key = self.table.columns[self.rule.key_column]
        return self.party_of([at for at, text in enumerate(key) if text == key[number]])

    def party_of(self, numbers: Sequence[int]) -> Party | None:
        """The rule `requires` of several rows: one of the partners of all of them. Nothing where
        the rows differ in more than their partners and dates; all dates must hold."""
        rows = [self.table.row(number) for number in numbers]
        try:
            plain = [with_row(self.rule, row) for row in rows]
        except NoRuleError:
            return None
        first = plain[0]
        if any(each.subject != first.subject for each in plain):
            return None
        codes: list[CodeSet] = []
        for each in plain:
            if not isinstance(each.core, c.Needs) or each.core.partners.lines.codes is None:
                return None
            codes.append(each.core.partners.lines.codes.codes)
        core = first.core
        assert isinstance(core, c.Needs)
        lines = evolve(core.partners.lines, codes=c.Values(CodeSet.of((), parts=codes)))
        together = evolve(
            first,
            core=c.Needs(evolve(core.partners, lines=lines), core.count),
            intervals=tuple(interval for each in plain for interval in each.intervals),
        )
        return Party(self.rule, together, tuple(rows), with_file=self.with_file)

    def rows_of_codes(self, codes: Collection[str]) -> dict[str, list[int]]:
        """The rows whose subject may have a code, for each of some codes."""
        import numpy as np

        if self.subject is None or not codes:
            return {}
        numbers = self._texts_with(self.subject, codes)
        wanted = self._marked(self.subject, numbers)
        found: dict[str, list[int]] = {}
        by_text = _turned(numbers)
        cells = self._cells(self.subject)
        for row in np.flatnonzero(wanted).tolist():
            for code in by_text[int(cells[row])]:
                found.setdefault(code, []).append(row)
        return found

    def rows_of_pairs(self, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], list[int]]:
        """The rows whose subject and partner may have two codes, for each of some pairs."""
        import numpy as np

        if self.subject is None or self.partner is None or not pairs:
            return {}
        ones = self._texts_with(self.subject, {one for one, _ in pairs})
        twos = self._texts_with(self.partner, {two for _, two in pairs})
        wanted = self._marked(self.subject, ones) & self._marked(self.partner, twos)
        by_one, by_two = _turned(ones), _turned(twos)
        subjects, partners = self._cells(self.subject), self._cells(self.partner)
        asked = pairs if isinstance(pairs, set | frozenset) else set(pairs)
        width = len(self.table.columns[self.partner].texts) + 1
        keys = [
            number * width + other
            for one, two in asked
            for number in ones.get(one, ())
            for other in twos.get(two, ())
        ]
        candidates = np.flatnonzero(wanted)
        of_rows = subjects[candidates].astype(np.int64) * width + partners[candidates]
        found: dict[tuple[str, str], list[int]] = {}
        for row in candidates[np.isin(of_rows, np.array(keys, dtype=np.int64))].tolist():
            for one in by_one[int(subjects[row])]:
                for two in by_two[int(partners[row])]:
                    if (one, two) in asked:
                        found.setdefault((one, two), []).append(row)
        return found

    def _cells(self, column: str) -> Any:
        import numpy as np

        return np.asarray(self.table.columns[column].numbers)

    def _marked(self, column: str, numbers: Mapping[str, Iterable[int]]) -> Any:
        """Which rows have one of some texts in a column."""
        import numpy as np

        marks = np.zeros(len(self.table.columns[column].texts) + 1, dtype=bool)
        for each in numbers.values():
            marks[list(each)] = True
        return marks[self._cells(column)]  # a missing cell is the last mark, which is never set

    def _texts_with(self, column: str, codes: Collection[str]) -> dict[str, list[int]]:
        """The numbers of a column's texts that hold a code, for each of some codes."""
        known = self._texts(column)
        irregular = known.get("", [])
        found = {code: known[code] for code in codes if code in known}
        if irregular:
            texts = self.table.columns[column].texts
            lists = self._lists(column)
            for number in irregular:
                held = cell_codes(texts[number], PROCEDURE, lists)
                for code in codes:
                    if code in held:
                        found[code] = [*found.get(code, []), number]
        return found

    def _texts(self, column: str) -> dict[str, list[int]]:
        """The numbers of a column's texts by the code that each is; behind a blank, the others."""
        if column not in self._numbers:
            known: dict[str, list[int]] = {}
            for number, text in enumerate(self.table.columns[column].texts):
                code = text.upper() if PROCEDURE.fits(text.upper()) else ""
                known.setdefault(code, []).append(number)
            self._numbers[column] = known
        return self._numbers[column]

    def _lists(self, column: str) -> tuple[tuple[str, Any], ...]:
        core = self.rule.core
        spoken = [self.rule.subject.codes]
        if isinstance(core, c.Needs | c.Excludes):
            spoken.append(core.partners.lines.codes)
        values = [x for each in spoken if each for x in each.row_values if x.column == column]
        return tuple(values[0].lists.items()) if values else ()


def _turned(numbers: Mapping[str, Iterable[int]]) -> dict[int, list[str]]:
    turned: dict[int, list[str]] = {}
    for code, each in numbers.items():
        for number in each:
            turned.setdefault(number, []).append(code)
    return turned


def _only_column(lines: c.Lines) -> str | None:
    values = lines.codes
    if values is None or len(values.row_values) != 1 or not values.codes.is_empty:
        return None
    return values.row_values[0].column
