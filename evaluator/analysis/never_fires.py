"""Why a rule can fire on no line, for certain: proved condition by condition and field by field."""

from collections.abc import Sequence

from editwright.evaluator.analysis.code_sets import are_apart
from editwright.evaluator.analysis.demands import pair_ways, subject_demands
from editwright.evaluator.analysis.nearness import is_never
from editwright.evaluator.analysis.one_line import Demand, contradicting_fields, is_impossible
from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.fields import FIELDS


def why_it_never_fires(rule: c.Rule) -> str | None:
    """Why a rule can fire on no line, for certain; nothing where it may."""
    if dates_of(rule.intervals) is None:
        return "its dates lie outside those of its ruleset"
    demands = subject_demands(rule)
    ways = pair_ways(rule)
    if all(is_impossible([*demands, *of_subject]) for of_subject, _ in ways):
        return asked_too_much([*demands, *ways[0][0]], "a line")
    match rule.core:
        case c.Excludes(partners):
            asked: Demand = (partners.lines.condition, "true")
            if all(is_impossible([asked, *of_partner]) for _, of_partner in ways):
                return asked_too_much([asked, *ways[0][1]], "the other line")
            return _never_related(rule, partners)
        case c.Limit():
            return _never_over(rule, rule.core)
        case c.Violates() | c.Needs():
            return None


def asked_too_much(demands: Sequence[Demand], what: str) -> str:
    """Which fields of a line demands contradict each other about, in words."""
    fields = " and ".join(f"`{name}`" for name in contradicting_fields(demands))
    if fields == "`date`":
        return f"what it asks of the date of {what} cannot be, within the dates of the rule"
    of = f" of the {fields}" if fields else ""
    return f"what it asks{of} of {what} cannot all be"


def _never_related(rule: c.Rule, partners: c.Partners) -> str | None:
    relation = partners.relation
    if is_never(relation):
        return "no two lines are related like this in time"
    subject, other = rule.subject, partners.lines
    for likeness in relation.likenesses:
        if likeness.field.name == "code":
            if subject.codes is None or other.codes is None:
                continue
            one, two = subject.codes.codes, other.codes.codes
            if not likeness.different and are_apart(one, two, PROCEDURE):
                return "no code is among those of both lines"
            listed = (one.enumerable or frozenset()) | (two.enumerable or frozenset())
            single = one.enumerable is not None and two.enumerable is not None
            if likeness.different and single and len(listed) == 1:
                return "both lines have the same code"
        elif not likeness.different and likeness.field.name != "diagnosis":
            conditions = (subject.condition, other.condition)
            both: list[Demand] = [(each, "true") for each in conditions]
            if is_impossible(_about(likeness.field, both)):
                plural = "s" if likeness.field.many else ""
                return f"the two lines cannot have the same {likeness.field.name}{plural}"
    sexes: list[Demand] = [(each.condition, "true") for each in (subject, other)]
    # On one line of a member the sex may be missing, and stand on another.
    told = [x for x in _about(FIELDS["sex"], sexes) if not isinstance(x[0], c.Missing)]
    if is_impossible(told):
        return "both lines are one member's, who has one sex"
    return None


def _about(of: c.FieldRef, demands: Sequence[Demand]) -> list[Demand]:
    """Of what is asked, the parts that ask something of one field alone."""
    found: list[Demand] = []
    for demand in single_demands(demands):
        if _reads_only(demand[0], of):
            found.append(demand)
    return found


def _reads_only(test: c.Test, of: c.FieldRef) -> bool:
    match test:
        case c.Member(field, _) | c.Missing(field):
            return field == of
        case c.Comparison(field, _, value):
            return field == of and not isinstance(value, c.FieldRef)
        case c.Negation(inner):
            return _reads_only(inner, of)
        case c.Both(tests) | c.Either(tests):
            return bool(tests) and all(_reads_only(each, of) for each in tests)


def _never_over(rule: c.Rule, limit: c.Limit) -> str | None:
    if isinstance(limit.number, c.RowValue):
        return None
    if limit.counted == "dates":
        most = _most_dates(limit)
        if most is None or limit.number < most:
            return None
        period = f"{limit.count} {limit.unit}" if limit.period == "rolling" else f"a {limit.period}"
        return f"there are at most {most} dates in {period}"
    if limit.period != "line":
        return None
    if limit.counted == "lines" and limit.number >= 1:
        return "a line is one line"
    if limit.counted == "units":
        units = c.FieldRef("units", "number")
        over = c.Comparison(units, ">", limit.number)
        if is_impossible([*subject_demands(rule), (over, "true")]):
            return "no line that it looks at has more units than its limit"
    return None


def _most_dates(limit: c.Limit) -> int | None:
    """The most dates of service that a limit's period may hold, where there is an end to them. Of
    a day it is said elsewhere."""
    match limit.period:
        case "calendar month":
            return 31
        case "calendar year":
            return 366
        case "rolling" if isinstance(limit.count, int):
            return limit.count * {"days": 1, "months": 31, "years": 366}[limit.unit]
        case _:
            return None


def single_demands(demands: Sequence[Demand]) -> list[Demand]:
    """Demands one by one: of several conditions that must all hold, each for itself."""
    found: list[Demand] = []
    for test, outcome in demands:
        if isinstance(test, c.Both) and outcome == "true":
            found += single_demands([(each, outcome) for each in test.conditions])
        elif isinstance(test, c.Negation) and isinstance(test.condition, c.Either):
            found += single_demands(
                [(c.Negation(each), outcome) for each in test.condition.conditions]
            )
        elif test != c.ALWAYS:
            found.append((test, outcome))
    return found
