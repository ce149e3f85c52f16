"""W812, W813 and W818: rules that say what another says already.

W812: two rules mean the same. W813: wherever a rule fires, another fires too, with the same effect
or a stronger one. W818: a limit that no claim goes over without going over a stricter one.
"""

from collections.abc import Iterator
from itertools import islice

from editwright.evaluator.analysis.claims import claims_that_fire
from editwright.evaluator.analysis.comparing import as_condition, is_covered, is_no_weaker
from editwright.evaluator.analysis.covered import MOST_TRIES, confirmed, covered
from editwright.evaluator.analysis.covered_by_tables import covers_by_tables
from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.one_line import fields_of, with_kin
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Claim, Diagnostic
from editwright.grammar.fields import FIELDS


def redundant(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each rule that is not needed."""
    order = {id(party.rule): at for at, party in enumerate(run.book.written)}
    by_tables = list(covers_by_tables(run))
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
                return _same(whole[0], whole[1], claim([row, as_other], lines))
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
        lines = confirmed(party, [other])
        if lines is not None:
            run.tell(party, other)
            shown = claim([party, other], lines)
            yield _same(party, other, shown) if same else covered(party, other, shown)


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


def _same(party: Party, other: Party, shown: Claim) -> Diagnostic:
    return finding(
        "W812",
        party,
        f"{party.name} says the same as {other.name}",
        help="delete one of the two",
        others=[other],
        claims=[shown],
    )
