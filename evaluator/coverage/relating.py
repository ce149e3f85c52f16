"""How a line and the others of its member stand to each other: relations, one by one."""

from collections.abc import Iterator
from datetime import date

from editwright.evaluator.coverage.situation import Situation
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.evaluator.meaning.limits import in_period
from editwright.evaluator.meaning.relations import alike, at_moment, matches, whole
from editwright.evaluator.meaning.truth import Truth, both, either
from editwright.evaluator.synthesis.days import near
from editwright.grammar import checked as c


def at_moments(at: Situation, partners: c.Partners, moment: c.Moment) -> Iterator[Truth]:
    """Whether other lines with a partner's code stand in one relation in time."""
    for other in at.others(partners):
        yield either(at_moment(moment, at.line, other, rows) for rows in at.choices)


def alike_or_not(at: Situation, partners: c.Partners, likeness: c.Likeness) -> Iterator[Truth]:
    """Whether lines with a partner's code, at its time, share a field."""
    for other in at.others(partners):
        timely = both(
            [
                either(at_moment(each, at.line, other, at.rows[:1]) for each in group)
                for group in partners.relation.moments
            ]
        )
        if timely:
            yield alike(likeness, at.line, other)


def at_end(
    at: Situation, partners: c.Partners, moment: c.Moment, *, beyond: bool
) -> Iterator[Truth]:
    """Whether another line lies on the last day of a window, or a day beyond it."""
    count = whole(moment.count, at.rows[:1])
    own = at.line.service_from
    if count is None or own is None:
        return
    for other in at.others(partners):
        theirs = other.service_from
        if theirs is None:
            continue
        anchor, placed = (own, theirs) if moment.anchor == "subject" else (theirs, own)
        sides = {"before": (-1,), "after": (1,), None: (-1, 1)}[moment.direction]
        for side in sides:
            last = shift(anchor, side * count, moment.unit)
            yield placed == (near(last, side) if beyond else last)


def in_periods(at: Situation, core: c.Limit) -> Iterator[Truth]:
    """Whether other lines that a limit may count lie in the period of the line."""
    for other in _counting(at, core):
        yield in_period(core, at.line, other, at.rows)


def alike_in_period(at: Situation, core: c.Limit, likeness: c.Likeness) -> Iterator[Truth]:
    """Whether other lines of the period share a field."""
    for other in _counting(at, core):
        if in_period(core, at.line, other, at.rows):
            yield alike(likeness, at.line, other)


def at_start_of_period(at: Situation, core: c.Limit, *, outside: bool) -> Iterator[Truth]:
    """Whether another line lies on the first day of a period that rolls, or the day before."""
    count = whole(core.count, at.rows[:1])
    own = at.line.service_from
    if count is None or own is None:
        return
    before: date = shift(own, -count, core.unit)
    for other in _counting(at, core):
        yield other.service_from == (before if outside else near(before, 1))


def _counting(at: Situation, core: c.Limit) -> list[ServiceLine]:
    return [
        other
        for other in at.lines
        if other is not at.line
        and matches(at.rule.subject, other, at.rows) is True
        and (core.together or other.procedure_code == at.line.procedure_code)
    ]
