"""A partner for a draft's first line: one more line, in the relation that a rule asks for."""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from attrs import evolve

from editwright.evaluator.meaning.relations import at_moment, matches, related
from editwright.evaluator.meaning.truth import Rows, among
from editwright.evaluator.synthesis.days import partner_days
from editwright.evaluator.synthesis.draft import Draft, Role, Value, line_of
from editwright.evaluator.synthesis.satisfy import Goal, meeting
from editwright.evaluator.synthesis.values import members, some
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.fields import FIELDS

CODE = FIELDS["code"]
MOST_CODES = 4


def codes_of(lines: c.Lines, rows: Rows) -> list[str]:
    """Some codes that a line of these may have."""
    if lines.codes is not None:
        return members(lines.codes, PROCEDURE, rows)
    excluded = lines.excluded
    return [code for code in some(CODE) if excluded is None or not among(excluded, code, rows)]


def with_partner(
    draft: Draft,
    partners: c.Partners,
    rows: Rows,
    role: Role = "partner",
    *,
    codes: Sequence[str] | None = None,
    goals: Sequence[tuple[c.Test, bool]] = (),
) -> Iterator[Draft]:
    """Drafts with one more line that is a partner of the first; `goals` are more conditions that
    it must meet. Of days on which other moments hold, each has its turn."""
    subject = draft.lines[0]
    assert subject.day is not None
    choices: list[Rows] = [(row,) for row in rows] or [()]
    for choice in choices[:MOST_CODES]:
        for code in (codes or codes_of(partners.lines, choice))[:MOST_CODES]:
            for day in _days(draft, partners.relation, subject.day, choice):
                wider = draft.with_line(line_of(code, day, role))
                at = len(wider.lines) - 1
                asked: list[Goal] = [(at, partners.lines.condition, True)]
                asked += [(at, test, wanted) for test, wanted in goals]
                for met in islice(meeting(wider, asked, choice), 2):
                    alike = likened(met, at, partners.relation.likenesses)
                    if alike is not None and is_partner(alike, at, partners, choice):
                        yield alike


def is_partner(draft: Draft, at: int, partners: c.Partners, rows: Rows) -> bool:
    """Whether a line is definitely a partner of the first."""
    lines = draft.service_lines()
    return (
        matches(partners.lines, lines[at], rows) is True
        and related(partners.relation, lines[0], lines[at], rows) is True
    )


def _days(draft: Draft, relation: c.Relation, day: date, rows: Rows) -> list[date]:
    """One day for each way in which the moments of a relation can hold."""
    first: dict[tuple[object, ...], date] = {}
    alone = c.Relation(relation.moments)
    for each in partner_days(relation, day, rows):
        line = draft.lines[0]
        other = evolve(line, given=evolve(line.given, first=each))
        one, two = evolve(draft, lines=(line, other)).service_lines()
        if related(alone, one, two, rows) is True:
            held = tuple(at_moment(m, one, two, rows) for group in relation.moments for m in group)
            first.setdefault(held, each)
    return list(first.values())


def likened(draft: Draft, at: int, likenesses: Sequence[c.Likeness]) -> Draft | None:
    """The draft with a line that shares with the first what it must, and differs where it must."""
    for likeness in likenesses:
        changed = _likened(draft, at, likeness)
        if changed is None:
            return None
        draft = changed
    return draft


def _likened(draft: Draft, at: int, likeness: c.Likeness) -> Draft | None:
    field = likeness.field
    mine, theirs = draft.value(0, field), draft.value(at, field)
    if mine in (None, ()) and theirs not in (None, ()) and not likeness.different:
        return draft.with_value(0, field, theirs)
    if mine in (None, ()) and (field.name != "modifier" or likeness.different):
        changed = draft.with_value(0, field, anything(field)[0])
        if changed is None:
            return None
        draft, mine = changed, changed.value(0, field)
    wanted = other_than(field, mine) if likeness.different else mine
    if theirs not in (None, ()) and (theirs != mine) == likeness.different:
        return draft
    return draft.with_value(at, field, wanted)


def anything(field: c.FieldRef) -> Sequence[Value]:
    """Some values of a field."""
    if field.type == "number":
        return (Decimal(1), Decimal(2))
    if field.type == "date":
        return (date(2025, 1, 2), date(2025, 1, 3))
    return [(code,) for code in some(field)] if field.many else list(some(field))


def other_than(field: c.FieldRef, value: Value) -> Value:
    """A value of a field that is not this one."""
    return next(each for each in anything(field) if each != value)
