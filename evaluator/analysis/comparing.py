"""Whether whatever one rule fires on, another fires on too: for certain, or not said."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from attrs import evolve

from editwright.evaluator.analysis.code_sets import are_apart, is_inside
from editwright.evaluator.analysis.demands import is_of_pairs, pair_ways, subject_demands
from editwright.evaluator.analysis.nearness import is_within, of_two_codes
from editwright.evaluator.analysis.one_line import Demand, implies
from editwright.evaluator.analysis.party import Party
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.fields import FIELDS

_REACH = {"line": 0, "all": 1, "claim": 2}
_STRENGTH = {"monitor": 0, "warn": 1, "pend": 2, "reduce": 2, "deny": 3, "reject": 3}


def is_no_weaker(other: c.Rule, own: c.Rule) -> bool:
    """Whether another rule does the same to a line, or more."""
    if "monitor" in (own.disposition, other.disposition):
        return False
    if _REACH[other.scope] < _REACH[own.scope]:
        return False
    if own.disposition == other.disposition:
        return True
    return _STRENGTH[other.disposition] > _STRENGTH[own.disposition]


def lines_inside(small: c.Lines, large: c.Lines) -> bool:
    """Whether the codes of some lines are among those of others."""
    if large.codes is None:
        if large.excluded is None:
            return True
        if small.codes is None:
            return small.excluded is not None and is_inside(
                large.excluded.codes, small.excluded.codes, PROCEDURE
            )
        return are_apart(small.codes.codes, large.excluded.codes, PROCEDURE)
    if small.codes is None:
        return False
    return is_inside(small.codes.codes, large.codes.codes, PROCEDURE)


def dates_inside(small: tuple[date, date] | None, large: tuple[date, date] | None) -> bool:
    """Whether some dates lie within others."""
    return small is not None and large is not None and large[0] <= small[0] and small[1] <= large[1]


def is_covered(own: Party, other: Party, *, dates: bool = True) -> bool:
    """Whether a line (of a limit, a member's lines) on which the own rule fires is one on which
    the other does. With `dates` false, on the days on which both are in force."""
    one, two = own.plain, other.plain
    if isinstance(one.core, c.Limit) != isinstance(two.core, c.Limit):
        one, two = as_condition(one), as_condition(two)
    if dates and not dates_inside(own.dates, other.dates):
        return False
    if not lines_inside(one.subject, two.subject):
        return False
    if any(isinstance(x, c.PartnerExemption) and x not in one.exemptions for x in two.exemptions):
        return False
    match one.core, two.core:
        case c.Limit(), c.Limit():
            return _limit_covered(one, one.core, two, two.core)
        case c.Excludes(), c.Excludes():
            return _pair_covered(one, one.core, two, two.core)
        case c.Needs(), c.Needs():
            return implies(_demands(one), _demands(two)) and _need_covered(one.core, two.core)
        case _, c.Violates():
            return implies(_demands(one), _demands(two))
        case _:
            return False


def as_condition(rule: c.Rule) -> c.Rule:
    """A limit of the units of one line as what it is: a condition on them."""
    core = rule.core
    if not isinstance(core, c.Limit) or (core.counted, core.period) != ("units", "line"):
        return rule
    if not isinstance(core.number, Decimal) or rule.disposition == "reduce":
        return rule
    return evolve(rule, core=c.Violates(c.Comparison(FIELDS["units"], ">", core.number)))


def _demands(rule: c.Rule) -> list[Demand]:
    """What a rule asks of its line. Its dates are compared apart."""
    return subject_demands(evolve(rule, intervals=()) if rule.intervals else rule)


def _need_covered(one: c.Needs, two: c.Needs) -> bool:
    """Whether whoever has too few of the first's partners has too few of the second's."""
    if one.partners.payable and not two.partners.payable:
        return False
    counts = (_count(one), _count(two))
    return (
        counts[0] is not None
        and counts[1] is not None
        and counts[0] <= counts[1]
        and lines_inside(two.partners.lines, one.partners.lines)
        and implies(
            [(two.partners.lines.condition, "not false")],
            [(one.partners.lines.condition, "not false")],
        )
        and is_within(two.partners.relation, one.partners.relation)
    )


def _count(need: c.Needs) -> int | None:
    if isinstance(need.count, int):
        return need.count
    values = need.partners.lines.codes
    listed = values.codes.enumerable if values else None
    return len(listed) if listed is not None and need.count is None else None


def _pair_covered(one: c.Rule, first: c.Excludes, two: c.Rule, second: c.Excludes) -> bool:
    if second.partners.payable and not first.partners.payable:
        return False
    if not lines_inside(first.partners.lines, second.partners.lines):
        return False
    relation = second.partners.relation
    ones, twos = one.subject.codes, first.partners.lines.codes
    if ones is not None and twos is not None and are_apart(ones.codes, twos.codes, PROCEDURE):
        relation = of_two_codes(relation)
    if not is_within(first.partners.relation, relation):
        return False
    wanted_of_partner: Demand = (second.partners.lines.condition, "true")
    for of_subject, of_partner in pair_ways(one):
        subject = [*_demands(one), *of_subject]
        partner: list[Demand] = [(first.partners.lines.condition, "true"), *of_partner]
        if not implies(subject, _demands(two)) or not implies(partner, [wanted_of_partner]):
            return False
        if not all(_not_exempt(two, each, subject, partner) for each in two.exemptions):
            return False
    return True


def _not_exempt(
    rule: c.Rule,
    exemption: c.Exemption | c.PartnerExemption,
    subject: list[Demand],
    partner: list[Demand],
) -> bool:
    """Whether a pairwise exemption surely does not hold for two lines."""
    if isinstance(exemption, c.PartnerExemption) or not is_of_pairs(rule, exemption):
        return True
    if implies(subject, [(exemption.when, "false")]):
        return True
    condition: Demand = (exemption.condition, "false")
    return implies(partner, [condition]) and (
        exemption.side == "other" or implies(subject, [condition])
    )


_PERIODS: dict[str, frozenset[str]] = {
    "line": frozenset({"line", "day", "claim", "calendar month", "calendar year", "lifetime"}),
    "day": frozenset({"day", "calendar month", "calendar year", "lifetime"}),
    "claim": frozenset({"claim", "lifetime"}),
    "calendar month": frozenset({"calendar month", "calendar year", "lifetime"}),
    "calendar year": frozenset({"calendar year", "lifetime"}),
    "lifetime": frozenset({"lifetime"}),
    "rolling": frozenset({"lifetime"}),
}
"""For each period, those of which it is a part."""


_MONTHS = {"days": 1, "months": 1, "years": 12}


def _limit_covered(one: c.Rule, first: c.Limit, two: c.Rule, second: c.Limit) -> bool:
    """Whether lines that go over the first limit go over the second, at the latest with the same
    line."""
    if first.counted != second.counted or first.number is None:
        return False
    if isinstance(first.number, c.RowValue) or isinstance(second.number, c.RowValue):
        return False
    if second.number > first.number or (first.together and not second.together):
        return False
    if not _period_within(first, second):
        return False
    if any(each not in first.likenesses for each in second.likenesses):
        return False
    return implies(_demands(one), _demands(two))


def _period_within(first: c.Limit, second: c.Limit) -> bool:
    if second.period == "rolling":
        if first.period in ("line", "day"):
            return isinstance(second.count, int) and second.count >= 1
        return (
            first.period == "rolling"
            and (first.unit == "days") == (second.unit == "days")
            and isinstance(first.count, int)
            and isinstance(second.count, int)
            and first.count * _MONTHS[first.unit] <= second.count * _MONTHS[second.unit]
        )
    return second.period in _PERIODS[first.period]


def merged(intervals: Iterable[tuple[date, date]]) -> list[tuple[date, date]]:
    """Intervals without overlaps, those that follow on each other as one."""
    found: list[tuple[date, date]] = []
    for first, last in sorted(intervals):
        if found and first.toordinal() <= found[-1][1].toordinal() + 1:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found
