"""What rules ask of their lines: conditions on the subject and on its partner."""

from datetime import date

from editwright.evaluator.analysis.made_up_lines import DATE
from editwright.evaluator.analysis.one_line import Demand
from editwright.evaluator.analysis.rows_as_rules import NEVER, dates_of
from editwright.grammar import checked as c


def subject_demands(rule: c.Rule) -> list[Demand]:
    """What a line must hold for the rule to fire on it, its code and its partners apart."""
    demands: list[Demand] = [(rule.subject.condition, "true"), *date_demands(rule)]
    for each in rule.exemptions:
        if isinstance(each, c.Exemption) and not is_of_pairs(rule, each):
            demands.append((as_one_condition(each), "false"))
    if isinstance(rule.core, c.Violates):
        demands.append((rule.core.condition, "true"))
    return demands


def as_one_condition(exemption: c.Exemption) -> c.Test:
    """An exemption's condition, as narrowed by its `when`."""
    if exemption.when == c.ALWAYS:
        return exemption.condition
    return c.Both((exemption.condition, exemption.when))


def is_of_pairs(rule: c.Rule, exemption: c.Exemption) -> bool:
    """Whether an exemption is judged pair by pair."""
    return exemption.side is not None and isinstance(rule.core, c.Excludes)


def date_demands(rule: c.Rule) -> list[Demand]:
    """The rule's dates, as a condition on the line."""
    if not rule.intervals:
        return []
    dates = dates_of(rule.intervals)
    if dates is None:
        return [(NEVER, "true")]
    return [
        (c.Comparison(DATE, operator, day), "true")  # type: ignore[arg-type]
        for operator, day in ((">=", dates[0]), ("<=", dates[1]))
        if day not in (date.min, date.max)
    ]


def pair_ways(rule: c.Rule) -> list[tuple[list[Demand], list[Demand]]]:
    """The ways in which no pairwise exemption holds: what the subject and the partner must hold."""
    ways: list[tuple[list[Demand], list[Demand]]] = [([], [])]
    for each in rule.exemptions:
        if not isinstance(each, c.Exemption) or not is_of_pairs(rule, each):
            continue
        both: tuple[list[Demand], list[Demand]] = (
            [(each.condition, "false")] if each.side == "either" else [],
            [(each.condition, "false")],
        )
        options = [both]
        if each.when != c.ALWAYS:
            options.append(([(each.when, "false")], []))
        ways = [([*s, *ss], [*p, *pp]) for s, p in ways for ss, pp in options][:16]
    return ways
