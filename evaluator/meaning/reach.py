"""How far back rules look: the days of a member's past that they may need.

Windows and rolling limits say it themselves, months and years are counted at their longest. A rule
that counts over a lifetime, or looks for a line at any time, needs everything.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from attrs import frozen

from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.relations import partners_named
from editwright.grammar.checked import (
    Limit,
    Moment,
    Partners,
    RowValue,
    Rule,
    rows_of,
)

_DAYS = {"days": 1, "months": 31, "years": 366}
_PERIODS = {"calendar month": 31, "calendar year": 366}


@frozen(slots=True)
class Reach:
    """How many days back rules look, and the rule that looks back furthest.

    `days` is missing where that rule needs everything; there is no `rule` where none looks back.
    """

    days: int | None
    rule: str | None


def reach_of(rules: Iterable[Rule]) -> Reach:
    """How far back rules look, all of them together."""
    furthest = Reach(0, None)
    for rule in rules:
        days = _days_of(rule)
        if days is None:
            return Reach(None, rule.name)
        if days > (furthest.days or 0):
            furthest = Reach(days, rule.name)
    return furthest


def _days_of(rule: Rule) -> int | None:
    found = [_of_partners(rule, each) for each in partners_named(rule)]
    if isinstance(rule.core, Limit):
        found.append(_of_limit(rule, rule.core))
    return _furthest(found)


def _of_limit(rule: Rule, limit: Limit) -> int | None:
    match limit.period:
        case "lifetime":
            return None
        case "rolling":
            return _longest(rule, limit.count, limit.unit)
        case _:
            return _PERIODS.get(limit.period, 0)


def _of_partners(rule: Rule, partners: Partners) -> int | None:
    """A partner stands in one relation of each group: the nearest group says how far."""
    groups = [_furthest([_of_moment(rule, each) for each in group])
              for group in partners.relation.moments]  # fmt: skip
    known = [days for days in groups if days is not None]
    return min(known, default=None)


def _of_moment(rule: Rule, moment: Moment) -> int | None:
    match moment.kind:
        case "ever":
            return None
        case "window":
            return _longest(rule, moment.count, moment.unit)
        case _:
            return _PERIODS.get(moment.kind, 0)


def _longest(rule: Rule, count: int | RowValue, unit: str) -> int:
    if isinstance(count, int):
        return count * _DAYS[unit]
    cells = [read_cell(count, row) for row in rows_of(rule)]
    return max((int(cell) for cell in cells if isinstance(cell, Decimal)), default=0) * _DAYS[unit]


def _furthest(days: Sequence[int | None]) -> int | None:
    known = [each for each in days if each is not None]
    return None if len(known) < len(days) else max(known, default=0)
