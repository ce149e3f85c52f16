"""Days at the edges of what a rule says of time: its dates, its windows, its periods."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from editwright.evaluator.meaning.dates import shift
from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.relations import rows_in_force, whole
from editwright.evaluator.meaning.truth import Rows
from editwright.grammar import checked as c

EVERYDAY = (date(2025, 3, 4), date(2024, 7, 15), date(2018, 4, 10), date(2022, 9, 14))
"""Days in the middle of a week, a month and a quarter."""


def day_in_force(rule: c.Rule, rows: Rows) -> date | None:
    """A day on which the rule holds."""
    edges = [*_ends(rule, rows, 0), *_ends(rule, rows, 1)]
    for day in (*EVERYDAY, *(near(end, 14) for end in edges), *(near(end, -14) for end in edges),
                *edges):  # fmt: skip
        in_force = rows_in_force(rule, rows, day)
        if in_force is not None:
            return day
    return None


def days_at_edges(rule: c.Rule, rows: Rows) -> dict[date, str]:
    """The first and last days of a rule, the day before and the day after, in words."""
    found: dict[date, str] = {}
    for word, ends in (("first", _ends(rule, rows, 0)), ("last", _ends(rule, rows, 1))):
        for end in ends:
            found.setdefault(end, f"on its {word} day, {end.isoformat()}")
            outside = near(end, -1 if word == "first" else 1)
            told = "before it begins" if word == "first" else "after it ends"
            found.setdefault(outside, f"on {outside.isoformat()}, the day {told}")
    return found


def _ends(rule: c.Rule, rows: Rows, side: int) -> list[date]:
    found: dict[date, None] = {}
    for interval in rule.intervals:
        end = (interval.first, interval.last)[side]
        cells = [read_cell(end, row) for row in rows] if isinstance(end, c.RowValue) else [end]
        found.update(dict.fromkeys(cell for cell in cells if isinstance(cell, date)))
    return list(found)


def near(day: date, step: int) -> date:
    """A day some days later, within the calendar."""
    try:
        return day + timedelta(days=step)
    except OverflowError:
        return day


def partner_days(relation: c.Relation, day: date, rows: Rows) -> list[date]:
    """Days of a partner at the edges of its relation, the subject's own day first."""
    found: dict[date, None] = {day: None}
    for group in relation.moments:
        for moment in group:
            found.update(dict.fromkeys(_edges(moment, day, rows)))
    return list(found)


def _edges(moment: c.Moment, day: date, rows: Rows) -> Iterator[date]:
    match moment.kind:
        case "date" | "claim":
            yield from (near(day, -1), near(day, 1))
        case "calendar month" | "calendar year":
            yield from around_period(moment.kind, day)
        case "ever":
            yield from (near(day, -30), shift(day, -4, "years"), near(day, 30))
        case "window":
            choices: list[Rows] = [(row,) for row in rows] or [()]
            for choice in choices:
                count = whole(moment.count, choice)
                if count is None:
                    continue
                yield from (near(day, -1), near(day, 1))
                for side in _sides(moment):
                    last = shift(day, side * count, moment.unit)
                    yield from (near(last, step) for step in (0, side, -side, 2 * side))


def _sides(moment: c.Moment) -> Sequence[int]:
    """On which sides of the subject a partner may lie: -1 before it, 1 after it."""
    if moment.direction is None:
        return (-1, 1)
    before = (moment.direction == "before") == (moment.anchor == "subject")
    return (-1, 1) if before else (1, -1)


def around_period(kind: str, day: date) -> Iterator[date]:
    """The first and the last day of a day's month or year, and the days beside them."""
    if kind == "calendar month":
        first = day.replace(day=1)
        last = near(shift(first, 1, "months"), -1)
    else:
        first, last = day.replace(month=1, day=1), day.replace(month=12, day=31)
    yield from (first, last, near(first, -1), near(last, 1))


def period_days(core: c.Limit, day: date, rows: Rows) -> list[date]:
    """Days of an earlier line at the edges of a limit's period that ends, or lies, on a day."""
    match core.period:
        case "line" | "day" | "claim":
            days: Iterable[date] = (near(day, -1), near(day, 1))
        case "calendar month" | "calendar year":
            days = around_period(core.period, day)
        case "lifetime":
            days = (shift(day, -1, "years"), shift(day, -9, "years"))
        case "rolling":
            count = whole(core.count, rows[:1]) or 0
            last = shift(day, -count, core.unit)
            days = [near(last, step) for step in (1, 0, 2, -1)] + [near(day, 1)]
    return list(dict.fromkeys(days))
