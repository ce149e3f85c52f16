"""W812, W813 and W818: rules that say what another says already.

W812: two rules mean the same. W813: wherever a rule fires, another fires too, with the same effect
or a stronger one. W818: a limit that no claim goes over without going over a stricter one.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import Party, claims_that_fire, judged
from editwright.evaluator.analysis.comparing import (
    as_condition,
    dates_inside,
    is_covered,
    is_no_weaker,
    merged,
)  # fmt: skip
from editwright.evaluator.analysis.finding import DOES, claim, finding
from editwright.evaluator.analysis.one_line import fields_of, with_kin
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.fields import FIELDS

MOST_PAIRS = 400
MOST_TRIES = 6


def coverage(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each rule that is not needed."""
    order = {id(party.rule): at for at, party in enumerate(run.book.written)}
    by_tables = list(_by_tables(run))
    for party in run.live:
        found = next(filter(None, _by_rules(run, party, order)), None)
        if found is not None:
            yield found
            continue
        for cover in by_tables:
            found = cover(party)
            if found is not None:
                yield found
                break
    yield from _of_one_table(run)


def _of_one_table(run: Run) -> Iterator[Diagnostic]:
    """The findings about rules that say the same of the rows of one table."""
    first: dict[object, TableRule] = {}
    for table in run.book.of_tables:
        rule = table.rule
        if rule in run.silent:
            continue
        path = table.table.path.resolve()
        said = (path, rule.key_column, rule.subject, rule.core, rule.exemptions, rule.intervals)
        other = first.setdefault((*said, rule.disposition, rule.scope), table)
        if other is not table:
            found = _same_rows(run, table, other)
            if found is not None:
                yield found


def _same_rows(run: Run, table: TableRule, other: TableRule) -> Diagnostic | None:
    for number in range(min(table.table.rows, MOST_TRIES)):
        row, as_other = table.instance(number), other.instance(number)
        if row is None or as_other is None:
            continue
        for lines in islice(claims_that_fire(row.plain), MOST_TRIES):
            if {rule for rule, _ in judged([row, as_other], lines)} == {table.rule, other.rule}:
                whole = [Party(x.rule, x.rule, with_file=x.with_file) for x in (table, other)]
                run.tell(*whole)
                return evolve(
                    _finding(whole[0], whole[1], True, []), claims=(claim([row, as_other], lines),)
                )
    return None


def _by_rules(run: Run, party: Party, order: dict[int, int]) -> Iterator[Diagnostic | None]:
    fields = _fields(party.plain)
    for other in _candidates(run, party):
        if other.rule is party.rule or other.rule in run.silent or run.is_told(party, other):
            continue
        if not _may_cover(party.plain, other.plain, fields):
            continue
        if not is_covered(party, other):
            continue
        same = _has_same_effect(party.rule, other.rule) and is_covered(other, party)
        if same and order[id(other.rule)] > order[id(party.rule)]:
            continue  # it is told of the later of the two
        claims = confirmed_cover(party, other)
        if claims is not None:
            run.tell(party, other)
            yield _finding(party, other, same, claims)


def _candidates(run: Run, party: Party) -> Iterator[Party]:
    codes = codes_of(party.plain.subject)
    code = min(codes) if codes else None
    core = party.plain.core
    if isinstance(core, c.Excludes) and code is not None:
        others = codes_of(core.partners.lines)
        if others:
            yield from run.book.of_pair(code, min(others))
    elif isinstance(core, c.Excludes):
        yield from run.book.wide.get("", ())
    if code is not None:
        yield from run.book.of_code(code)
    else:
        yield from run.book.wide.get("", ())


def _fields(rule: c.Rule) -> frozenset[str]:
    """The fields of the line that a rule reads."""
    tests = [rule.subject.condition]
    tests += [each.condition for each in rule.exemptions if isinstance(each, c.Exemption)]
    if isinstance(rule.core, c.Violates):
        tests.append(rule.core.condition)
    if isinstance(rule.core, c.Limit) and rule.core.counted == "units":
        tests.append(c.Missing(FIELDS["units"]))
    return with_kin(frozenset(name for each in tests for name in fields_of(each)))


def _may_cover(one: c.Rule, two: c.Rule, fields: frozenset[str]) -> bool:
    if not is_no_weaker(two, one):
        return False
    if isinstance(one.core, c.Limit) != isinstance(two.core, c.Limit):
        one, two = as_condition(one), as_condition(two)
    if not isinstance(two.core, c.Violates | type(one.core)):
        return False
    core = (two.core.condition,) if isinstance(two.core, c.Violates) else ()
    asked = frozenset(name for each in (two.subject.condition, *core) for name in fields_of(each))
    return asked <= fields


def _has_same_effect(one: c.Rule, two: c.Rule) -> bool:
    return (one.disposition, one.scope) == (two.disposition, two.scope)


def confirmed_cover(party: Party, other: Party) -> list[list[ServiceLine]] | None:
    """A claim on which both fire; nothing where the reference knows one on which only the first
    does, or none."""
    shown: list[list[ServiceLine]] = []
    anywhere = isinstance(party.plain.core, c.Limit)
    for lines in islice(claims_that_fire(party.plain), MOST_TRIES):
        fired = judged([party, other], lines)
        ours = {number for rule, number in fired if rule is party.rule}
        theirs = {number for rule, number in fired if rule is other.rule}
        if not (bool(theirs) if anywhere else ours <= theirs) and ours:
            return None
        if ours:
            shown.append(lines)
    return shown[:1] or None


def _finding(party: Party, other: Party, same: bool, claims: list[list[ServiceLine]]) -> Diagnostic:
    shown = [claim([party, other], lines) for lines in claims]
    if same:
        return finding(
            "W812",
            party,
            f"{party.name} says the same as {other.name}",
            help="delete one of the two",
            others=[other],
            claims=shown,
        )
    one, two = party.plain.core, other.plain.core
    if isinstance(one, c.Limit) and isinstance(two, c.Limit) and one.number != two.number:
        return finding(
            "W818",
            party,
            f"no claim goes over the limit of {party.name} without going over that of {other.name}",
            help="delete this limit, or say where the stricter one does not hold",
            others=[other],
            claims=shown,
        )
    return finding(
        "W813",
        party,
        f"wherever {party.name} fires, {other.name} fires too{_effect(party.rule, other.rule)}",
        help="delete the rule, or say where the other one does not hold",
        others=[other],
        claims=shown,
    )


def _effect(one: c.Rule, two: c.Rule) -> str:
    return "" if one.disposition == two.disposition else f", and {DOES[two.disposition]} it"


# ---- tables


def _by_tables(run: Run) -> Iterator[Callable[[Party], Diagnostic | None]]:
    """For each rule of a table, a function that says whether its rows cover a rule. Rows of all
    rules are looked up at once."""
    for table in run.book.of_tables:
        core = table.rule.core
        if isinstance(core, c.Excludes) and table.subject and table.partner:
            pairs = {
                pair for party in run.live
                if isinstance(party.plain.core, c.Excludes)
                for pair in _pairs(party.plain)
            }  # fmt: skip
            yield _PairCover(run, table, table.rows_of_pairs(pairs))
        elif isinstance(core, c.Limit) and table.subject:
            codes = {
                code for party in run.live
                if isinstance(party.plain.core, c.Limit)
                for code in _codes(party.plain)
            }  # fmt: skip
            yield _LimitCover(run, table, table.rows_of_codes(codes))
        elif isinstance(core, c.Needs) and table.subject:
            codes = {
                code for party in run.live
                if isinstance(party.plain.core, c.Needs)
                for code in _codes(party.plain)
            }  # fmt: skip
            yield _NeedCover(run, table, table.rows_of_codes(codes))


def _pairs(rule: c.Rule) -> list[tuple[str, str]]:
    """The pairs of codes of a rule; none where there are too many."""
    core = rule.core
    if not isinstance(core, c.Excludes):
        return []
    ones, twos = codes_of(rule.subject), codes_of(core.partners.lines)
    if ones is None or twos is None or len(ones) * len(twos) > MOST_PAIRS:
        return []
    return [(one, two) for one in sorted(ones) for two in sorted(twos)]


def _codes(rule: c.Rule) -> list[str]:
    codes = codes_of(rule.subject)
    return sorted(codes) if codes is not None and len(codes) <= MOST_PAIRS else []


class _PairCover:
    """Whether the rows of a table's pair rule cover a rule."""

    def __init__(self, run: Run, table: TableRule, rows: dict[tuple[str, str], list[int]]) -> None:
        self.run, self.table, self.rows = run, table, rows

    def __call__(self, party: Party) -> Diagnostic | None:
        pairs = _pairs(party.plain)
        if not pairs or not all(pair in self.rows for pair in pairs):
            return None
        if not is_no_weaker(self.table.rule, party.rule):
            return None
        found: list[Party] = []
        core = party.plain.core
        assert isinstance(core, c.Excludes)
        for one, two in pairs:
            lines = evolve(core.partners.lines, codes=_only(two))
            partners = evolve(core.partners, lines=lines)
            narrow = evolve(
                party.plain,
                subject=evolve(party.plain.subject, codes=_only(one)),
                core=c.Excludes(partners),
            )
            rows = _covering(Party(party.rule, narrow), self.table, self.rows[one, two])
            if rows is None:
                return None
            found += rows
        return _table_finding(self.run, party, self.table, found)


class _LimitCover:
    """Whether the rows of a table's limit cover a limit."""

    def __init__(self, run: Run, table: TableRule, rows: dict[str, list[int]]) -> None:
        self.run, self.table, self.rows = run, table, rows

    def __call__(self, party: Party) -> Diagnostic | None:
        core = party.plain.core
        codes = _codes(party.plain)
        if not isinstance(core, c.Limit) or not codes or (core.together and len(codes) > 1):
            return None
        if not all(code in self.rows for code in codes):
            return None
        if not is_no_weaker(self.table.rule, party.rule):
            return None
        found: list[Party] = []
        for code in codes:
            narrow = evolve(party.plain, subject=evolve(party.plain.subject, codes=_only(code)))
            rows = _covering(Party(party.rule, narrow), self.table, self.rows[code])
            if rows is None:
                return None
            found += rows
        return _table_finding(self.run, party, self.table, found)


class _NeedCover:
    """Whether the rows of a table's rule `requires` cover such a rule."""

    def __init__(self, run: Run, table: TableRule, rows: dict[str, list[int]]) -> None:
        self.run, self.table, self.rows = run, table, rows

    def __call__(self, party: Party) -> Diagnostic | None:
        codes = _codes(party.plain)
        if not isinstance(party.plain.core, c.Needs) or not codes:
            return None
        if not is_no_weaker(self.table.rule, party.rule):
            return None
        found: list[Party] = []
        for code in codes:
            narrow = evolve(party.plain, subject=evolve(party.plain.subject, codes=_only(code)))
            groups = self._groups(self.rows.get(code, ()))
            made = [self.table.party_of(numbers) for numbers in groups]
            own = Party(party.rule, narrow)
            kept = [each for each in made if each is not None and is_covered(own, each)]
            if not kept:
                return None
            found.append(kept[0])
        return _table_finding(self.run, party, self.table, found)

    def _groups(self, numbers: Iterable[int]) -> list[list[int]]:
        """Rows that are one rule together: those with one key, or each by itself."""
        key = self.table.rule.key_column
        if key is None:
            return [[number] for number in numbers]
        column = self.table.table.columns[key]
        groups: dict[str | None, list[int]] = {}
        for number in numbers:
            groups.setdefault(column[number], []).append(number)
        return list(groups.values())


def _only(code: str) -> c.Values:
    return c.Values(CodeSet(frozenset({code})))


def _covering(party: Party, table: TableRule, numbers: Iterable[int]) -> list[Party] | None:
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


def _table_finding(
    run: Run, party: Party, table: TableRule, rows: list[Party]
) -> Diagnostic | None:
    numbered = sorted((row for each in rows for row in each.rows), key=lambda row: row.number)
    together = Party(table.rule, rows[0].plain, tuple(numbered), with_file=table.with_file)
    shown: list[list[ServiceLine]] = []
    for lines in islice(claims_that_fire(party.plain), MOST_TRIES):
        fired = judged([party, *rows], lines)
        ours = {number for rule, number in fired if rule is party.rule}
        theirs = {number for rule, number in fired if rule is table.rule}
        anywhere = isinstance(party.plain.core, c.Limit)
        if ours and not (bool(theirs) if anywhere else ours <= theirs):
            return None
        if ours:
            shown.append(lines)
    if not shown:
        return None
    run.tell(party, together)
    code = "W813"
    one, two = party.plain.core, rows[0].plain.core
    if isinstance(one, c.Limit) and isinstance(two, c.Limit) and one.number != two.number:
        code = "W818"
    shown_rows = [each for each in rows if _fires(each, shown[0])][:1] or rows[:1]
    return finding(
        code,
        party,
        f"no claim goes over the limit of {party.name} without going over that of {together.name}"
        if code == "W818"
        else f"wherever {party.name} fires, {together.name} fires too"
        f"{_effect(party.rule, table.rule)}",
        help="delete the rule, or say where the table's does not hold",
        others=[together],
        claims=[claim([party, *shown_rows], shown[0])],
    )


def _fires(party: Party, lines: list[ServiceLine]) -> bool:
    return bool(judged([party], lines))
