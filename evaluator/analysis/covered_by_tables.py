"""Whether the rows of tables cover rules that are written by hand.

A rule is taken apart into what it says of each code, or of each pair of codes. It is covered where
each part is, on all of its dates, by rows that name its codes.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Generic, TypeVar

from attrs import evolve, frozen

from editwright.evaluator.analysis.comparing import dates_inside, is_covered, is_no_weaker, merged
from editwright.evaluator.analysis.covered import confirmed, covered
from editwright.evaluator.analysis.finding import claim
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.diagnostics import Diagnostic

MOST_PARTS = 400
"""A rule about more codes, or more pairs of them, is held against no table."""

K = TypeVar("K", bound=Hashable)


@frozen
class _Kind(Generic[K]):
    """How rules of one kind are held against rows."""

    parts: Callable[[c.Rule], Sequence[K]]
    """The codes, or pairs of codes, of a rule: none where it is of another kind, or has too many"""
    narrowed: Callable[[c.Rule, K], c.Rule]
    """What the rule says of one of them."""
    covering: Callable[[Party, TableRule, Sequence[int]], list[Party] | None]
    """Those of some rows that cover such a part; nothing where they do not."""


@frozen(eq=False)
class _Cover(Generic[K]):
    """A rule of a table, with the rows that name what rules written by hand are about."""

    run: Run
    table: TableRule
    kind: _Kind[K]
    rows: Mapping[K, list[int]]

    def __call__(self, party: Party) -> Diagnostic | None:
        """The finding about a rule, if the rows cover it."""
        parts = self.kind.parts(party.plain)
        if not parts or not all(part in self.rows for part in parts):
            return None
        if not is_no_weaker(self.table.rule, party.rule):
            return None
        found: list[Party] = []
        for part in parts:
            narrow = Party(party.rule, self.kind.narrowed(party.plain, part))
            rows = self.kind.covering(narrow, self.table, self.rows[part])
            if rows is None:
                return None
            found += rows
        return _finding(self.run, party, self.table, found)


def covers_by_tables(run: Run) -> Iterator[Callable[[Party], Diagnostic | None]]:
    """For each rule of a table, a function that says whether its rows cover a rule. Rows of all
    rules are looked up at once."""
    for table in run.book.of_tables:
        core = table.rule.core
        if isinstance(core, c.Excludes) and table.subject and table.partner:
            pairs = {pair for party in run.live for pair in _PAIRS.parts(party.plain)}
            yield _Cover(run, table, _PAIRS, table.rows_of_pairs(pairs))
        elif isinstance(core, c.Limit | c.Needs) and table.subject:
            kind = _LIMITS if isinstance(core, c.Limit) else _NEEDS
            codes = {code for party in run.live for code in kind.parts(party.plain)}
            yield _Cover(run, table, kind, table.rows_of_codes(codes))


# ---- the parts of a rule


def _pairs(rule: c.Rule) -> list[tuple[str, str]]:
    core = rule.core
    if not isinstance(core, c.Excludes):
        return []
    ones, twos = codes_of(rule.subject), codes_of(core.partners.lines)
    if ones is None or twos is None or len(ones) * len(twos) > MOST_PARTS:
        return []
    return [(one, two) for one in sorted(ones) for two in sorted(twos)]


def _limited_codes(rule: c.Rule) -> list[str]:
    core = rule.core
    codes = _codes(rule) if isinstance(core, c.Limit) else []
    return [] if isinstance(core, c.Limit) and core.together and len(codes) > 1 else codes


def _needing_codes(rule: c.Rule) -> list[str]:
    return _codes(rule) if isinstance(rule.core, c.Needs) else []


def _codes(rule: c.Rule) -> list[str]:
    codes = codes_of(rule.subject)
    return sorted(codes) if codes is not None and len(codes) <= MOST_PARTS else []


def _of_pair(rule: c.Rule, pair: tuple[str, str]) -> c.Rule:
    assert isinstance(rule.core, c.Excludes)
    one, two = pair
    partners = rule.core.partners
    lines = evolve(partners.lines, codes=_only(two))
    return evolve(_of_code(rule, one), core=c.Excludes(evolve(partners, lines=lines)))


def _of_code(rule: c.Rule, code: str) -> c.Rule:
    return evolve(rule, subject=evolve(rule.subject, codes=_only(code)))


def _only(code: str) -> c.Values:
    return c.Values(CodeSet(frozenset({code})))


# ---- the rows that cover a part


def _each_for_its_dates(
    party: Party, table: TableRule, numbers: Sequence[int]
) -> list[Party] | None:
    """Rows that cover a rule, one after the other on all of its dates."""
    own = party.dates
    if own is None:
        return None
    kept: list[tuple[tuple[date, date], Party]] = []
    for number in numbers:
        row = table.party(number)
        if row is not None and row.dates is not None and is_covered(party, row, dates=False):
            kept.append((row.dates, row))
    if not any(dates_inside(own, each) for each in merged(dates for dates, _ in kept)):
        return None
    return [row for _, row in kept]


def _first_group(party: Party, table: TableRule, numbers: Sequence[int]) -> list[Party] | None:
    """The first rows that are one rule together and cover a rule: any of their partners serves."""
    for group in _groups(table, numbers):
        together = table.party_of(group)
        if together is not None and is_covered(party, together):
            return [together]
    return None


def _groups(table: TableRule, numbers: Iterable[int]) -> list[list[int]]:
    """Rows that are one rule together: those with one key, or each by itself."""
    key = table.rule.key_column
    if key is None:
        return [[number] for number in numbers]
    column = table.table.columns[key]
    groups: dict[str | None, list[int]] = {}
    for number in numbers:
        groups.setdefault(column[number], []).append(number)
    return list(groups.values())


_PAIRS = _Kind(_pairs, _of_pair, _each_for_its_dates)
_LIMITS = _Kind(_limited_codes, _of_code, _each_for_its_dates)
_NEEDS = _Kind(_needing_codes, _of_code, _first_group)


def _finding(run: Run, party: Party, table: TableRule, rows: list[Party]) -> Diagnostic | None:
    lines = confirmed(party, rows)
    if lines is None:
        return None
    numbered = sorted((row for each in rows for row in each.rows), key=lambda row: row.number)
    together = Party(table.rule, rows[0].plain, tuple(numbered), with_file=table.with_file)
    run.tell(party, together)
    firing = [each for each in rows if judged([each], lines)][:1] or rows[:1]
    return covered(
        party,
        together,
        claim([party, *firing], lines),
        help="delete the rule, or say where the table's does not hold",
    )
