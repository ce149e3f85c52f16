"""The claims that a rule's own words describe: one that it fires on, one whose partner is there,
one that is exempt. Everything else is a variation of these."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import assert_never

from attrs import evolve

from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.relations import number, rows_in_force, whole
from editwright.evaluator.meaning.truth import Rows
from editwright.evaluator.synthesis.days import day_in_force, near, period_days
from editwright.evaluator.synthesis.draft import Draft, DraftLine, line_of
from editwright.evaluator.synthesis.partners import codes_of, likened, with_partner
from editwright.evaluator.synthesis.satisfy import Goal, meeting
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet

MOST_LINES = 30
"""A limit on more lines than this gets no claim that reaches it."""


def bases(rule: c.Rule, rows: Rows) -> Iterator[Draft]:
    """Claims that the rule's words describe, with `row.` standing for these rows."""
    day = day_in_force(rule, rows)
    if day is None:
        return
    in_force = rows_in_force(rule, rows, day) or rows
    for opening in islice(_openings(rule, in_force, day), 3):
        yield from _from_opening(rule, rule.core, in_force, opening)


def _openings(rule: c.Rule, rows: Rows, day: date) -> Iterator[Draft]:
    """A subject line alone, in force and not exempt; one for each of some codes."""
    goals: list[Goal] = [(0, rule.subject.condition, True)]
    for each in rule.exemptions:
        if isinstance(each, c.Exemption) and each.side != "other":
            goals.append((0, c.Both((each.condition, each.when)), False))
    for code in codes_of(rule.subject, rows):
        alone = Draft((line_of(code, day, "subject"),))
        yield from islice(meeting(alone, goals, rows), 1)


def _from_opening(rule: c.Rule, core: c.Core, rows: Rows, opening: Draft) -> Iterator[Draft]:
    match core:
        case c.Violates(condition):
            broken = list(islice(meeting(opening, [(0, condition, True)], rows), 3))
            kept = islice(meeting(opening, [(0, condition, False)], rows), 3)
            yield from (evolve(each, told="against the rule") for each in broken)
            yield from (evolve(each, told="as the rule wants it") for each in kept)
            firing = broken
        case c.Excludes(partners):
            against = [
                (each.condition, False)
                for each in rule.exemptions
                if isinstance(each, c.Exemption) and each.side is not None
            ]
            firing = list(islice(with_partner(opening, partners, rows, goals=against), 6))
            yield from (evolve(each, told=f"with {each.lines[-1].given.code}") for each in firing)
            yield evolve(opening, told="alone")
        case c.Needs(partners, count):
            firing = [evolve(opening, told="alone")]
            yield from firing
            yield from _served(opening, partners, count, rows)
        case c.Limit():
            firing = list(_over(rule, core, rows, opening))
            yield from firing
        case _:
            assert_never(core)
    for each in firing[:3]:
        yield from _exempted(rule, rows, each)


def _served(
    opening: Draft, partners: c.Partners, count: int | c.RowValue | None, rows: Rows
) -> Iterator[Draft]:
    """The subject with as many different partners as it needs."""
    needed = _codes_named(partners, rows) if count is None else whole(count, rows) or 1
    if needed > MOST_LINES:
        return
    if needed == 1:
        for each in islice(with_partner(opening, partners, rows), 6):
            yield evolve(each, told=f"with {each.lines[-1].given.code}")
        return
    draft = opening
    for code in codes_of_all(partners, rows)[:needed]:
        wider = next(with_partner(draft, partners, rows, codes=[code]), None)
        if wider is None:
            return
        draft = wider
    yield evolve(draft, told="with all its partners")


def codes_of_all(partners: c.Partners, rows: Rows) -> list[str]:
    """Every code that partners may have, where they are listed; else some of them."""
    values = partners.lines.codes
    listed = values.codes.enumerable if values is not None and not values.row_values else None
    return sorted(listed) if listed is not None else codes_of(partners.lines, rows)


def _codes_named(partners: c.Partners, rows: Rows) -> int:
    values = partners.lines.codes
    assert values is not None
    cells = [read_cell(value, row) for value in values.row_values for row in rows]
    listed = CodeSet.of((), parts=(each for each in cells if isinstance(each, CodeSet)))
    return len((values.codes.enumerable or frozenset()) | (listed.enumerable or frozenset()))


def _exempted(rule: c.Rule, rows: Rows, firing: Draft) -> Iterator[Draft]:
    """A claim that the rule would fire on, made exempt in each of the ways that it says."""
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            found = with_partner(firing, each.partners, rows, "exempting")
        else:
            sides = [0] if each.side != "other" else []
            sides += range(1, len(firing.lines)) if each.side is not None else []
            found = (
                draft
                for at in sides
                for draft in islice(
                    meeting(firing, [(0, each.when, True), (at, each.condition, True)], rows), 3
                )
            )
        yield from (evolve(draft, told="exempt") for draft in islice(found, 6))


# ---- limits


def _over(rule: c.Rule, core: c.Limit, rows: Rows, opening: Draft) -> Iterator[Draft]:
    """Claims over a limit: in one line, in two, in as many as it takes."""
    limit = core.number if isinstance(core.number, Decimal) else number(core.number, rows)
    if limit is None:
        return
    first = opening.lines[0]
    if core.counted == "units":
        yield opening.with_given(0, f"{limit + 1} units on one line", units=limit + 1)
        yield opening.with_given(0, f"{limit} units on one line", units=limit)
        if limit > 0 and core.period != "line":
            start = opening.with_given(0, units=limit)
            told = f"{limit} units on one line and one more on another"
            yield from _more(rule, core, rows, start, 1, told)
        return
    if limit <= MOST_LINES:
        told = f"{limit + 1} {core.counted}"
        yield from _more(rule, core, rows, opening, int(limit), told)
        yield evolve(opening, lines=(first,), told="once")


def _more(
    rule: c.Rule, core: c.Limit, rows: Rows, start: Draft, more: int, told: str
) -> Iterator[Draft]:
    """Later lines behind the first, in its period, of its code or, counted together, another."""
    first = start.lines[0]
    codes = [first.given.code]
    if core.together:
        codes += [code for code in codes_of(rule.subject, rows) if code not in codes][:2]
    for code in codes:
        draft: Draft | None = start
        for number_ in range(more):
            assert draft is not None
            day = _day_of(core, draft, number_ + 1, rows)
            wider = draft.with_line(_again(first, code, day), told)
            draft = likened(wider, len(wider.lines) - 1, core.likenesses)
            if draft is None:
                break
        if draft is not None:
            yield evolve(draft, told=told)


def _again(first: DraftLine, code: str, day: date) -> DraftLine:
    given = evolve(first.given, code=code, first=day, units=Decimal(1))
    return evolve(first, given=given)


def _day_of(core: c.Limit, draft: Draft, ahead: int, rows: Rows) -> date:
    """The day of one more line: another date of the period where dates count."""
    day = draft.lines[0].day
    assert day is not None
    if core.counted != "dates" or core.period in ("day", "line"):
        return day
    if core.period == "rolling":
        earliest = period_days(core, day, rows)[0]
        return near(day, min(ahead, max((day - earliest).days, 0)))
    return near(day, ahead)
