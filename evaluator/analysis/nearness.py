"""Relations between two lines, compared: which of them lies inside which.

`same date` lies inside `within 3 days`, which lies inside `ever`; `same claim` lies inside `ever`
alone, for a claim has lines of several dates. Where months of different lengths leave a doubt, the
answer is no.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from attrs import evolve

from editwright.evaluator.meaning.dates import shift
from editwright.grammar import checked as c

Offsets = tuple[int, int, bool]
"""How many days before and after its subject a partner lies, and whether on the same date."""


def is_within(inner: c.Relation, outer: c.Relation) -> bool:
    """Whether every pair of lines in one relation is in the other too, for certain."""
    likenesses = set(inner.likenesses)
    return all(each in likenesses for each in outer.likenesses) and all(
        any(
            all(any(_moment_within(one, two) for two in wanted) for one in group)
            for group in inner.moments
        )
        for wanted in outer.moments
    )


def of_two_codes(relation: c.Relation) -> c.Relation:
    """The relation of two lines whose codes differ: `different code` says nothing of them."""
    likenesses = tuple(
        each for each in relation.likenesses if each.field.name != "code" or not each.different
    )
    return c.Relation(relation.moments, likenesses)


def _moment_within(one: c.Moment, two: c.Moment) -> bool:
    if two.kind == "ever" or one == two:
        return True
    if "claim" in (one.kind, two.kind) or one.kind == "ever":
        return False
    if two.kind in ("calendar month", "calendar year"):
        return one.kind == "date" or (one.kind, two.kind) == ("calendar month", "calendar year")
    if _same_count(one, two):
        return True
    most, least = _offsets(one, widest=True), _offsets(two, widest=False)
    if most is None or least is None:
        return False
    return most[0] <= least[0] and most[1] <= least[1] and (least[2] or not most[2])


def _same_count(one: c.Moment, two: c.Moment) -> bool:
    """Windows of months or years that are counted alike: the longer holds the shorter."""
    if one.kind != "window" or two.kind != "window" or one.anchor != two.anchor:
        return False
    if not isinstance(one.count, int) or not isinstance(two.count, int):
        return False
    months = {"months": 1, "years": 12}
    if one.unit not in months or two.unit not in months:
        return False
    sides = two.direction is None or (one.direction == two.direction and (two.on or not one.on))
    return sides and one.count * months[one.unit] <= two.count * months[two.unit]


def _offsets(moment: c.Moment, *, widest: bool) -> Offsets | None:
    """The days that a relation in time surely holds, or those that it can hold at most."""
    match moment.kind:
        case "date":
            return (0, 0, True)
        case "calendar month":
            return (30, 30, True) if widest else (0, 0, True)
        case "calendar year":
            return (365, 365, True) if widest else (0, 0, True)
        case "window":
            if not isinstance(moment.count, int):
                return None
            days = _days(moment.count, moment.unit, widest=widest)
            before, after = moment.direction != "after", moment.direction != "before"
            if moment.anchor == "partner":
                before, after = after, before
            on = moment.on or moment.direction is None
            return (days if before else 0, days if after else 0, on)
        case _:
            return None


def _days(count: int, unit: str, *, widest: bool) -> int:
    if unit == "days":
        return count
    months = count * (12 if unit == "years" else 1)
    return months * 31 if widest else months * 28


def is_both_ways(moment: c.Moment) -> bool:
    """Whether two lines are partners of each other where one is the other's."""
    return moment.kind != "window" or (moment.direction is None and moment.unit == "days")


def turned(relation: c.Relation) -> c.Relation | None:
    """The relation as the partner has it to the subject; nothing where calendars leave a doubt."""
    groups: list[tuple[c.Moment, ...]] = []
    for group in relation.moments:
        moments: list[c.Moment] = []
        for moment in group:
            if moment.kind != "window":
                moments.append(moment)
            elif moment.unit == "days":
                other: dict[str | None, Literal["before", "after"] | None] = {
                    "before": "after",
                    "after": "before",
                }
                moments.append(evolve(moment, direction=other.get(moment.direction)))
            else:
                return None
        groups.append(tuple(moments))
    return c.Relation(tuple(groups), relation.likenesses)


def is_never(relation: c.Relation) -> bool:
    """Whether no two lines can be in a relation in time, for certain."""
    whole: list[Offsets] = []
    for group in relation.moments:
        offsets = [_offsets(each, widest=True) for each in group]
        if any(each is None for each in offsets):
            continue
        known = [each for each in offsets if each is not None]
        if len(known) > 1:
            continue
        whole.append(known[0])
    if not whole:
        return False
    before, after = min(each[0] for each in whole), min(each[1] for each in whole)
    return not before and not after and not all(each[2] for each in whole)


def days_of_partners(relation: c.Relation, day: date) -> Iterator[date]:
    """Days on which a partner of a line of this day may lie: to try out, the nearest first."""
    yield day
    seen = {day}
    steps: list[tuple[int, str]] = [(1, "days"), (2, "days"), (40, "days"), (400, "days")]
    for group in relation.moments:
        for moment in group:
            if moment.kind == "window" and isinstance(moment.count, int) and moment.count:
                steps[:0] = [(1, "days"), (moment.count, moment.unit)]
    for count, unit in steps:
        for sign in (-1, 1):
            other = shift(day, sign * count, unit)
            if other not in seen:
                seen.add(other)
                yield other


def day_before(day: date) -> date:
    """The day before, where the calendar has one."""
    return day - timedelta(days=1) if day > date.min else day


def day_after(day: date) -> date:
    """The day after, where the calendar has one."""
    return day + timedelta(days=1) if day < date.max else day
