"""Which lines a rule speaks of, on which days it does, and how two lines are related."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from typing import assert_never

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.evaluator.meaning.line_fields import read_cell, read_field
from editwright.evaluator.meaning.truth import Rows, Truth, among, both, either, holds
from editwright.grammar import checked as c

Denied = AbstractSet[ServiceLine]
"""The lines that are not payable."""


def rows_in_force(rule: c.Rule, rows: Rows, day: date | None) -> Rows | None:
    """The rows whose dates hold a line's; nothing where the rule is not in force on it."""
    own = [each for each in rule.intervals if not _of_rows(each)]
    of_rows = [each for each in rule.intervals if _of_rows(each)]
    if not all(_contains(interval, day, ()) for interval in own):
        return None
    kept = [row for row in rows if all(_contains(each, day, (row,)) for each in of_rows)]
    return kept if kept or not rows else None


def _of_rows(interval: c.Interval) -> bool:
    return isinstance(interval.first, c.RowValue) or isinstance(interval.last, c.RowValue)


def _contains(interval: c.Interval, day: date | None, rows: Rows) -> bool:
    if day is None:
        return False
    first, last = (
        read_cell(end, rows[0]) if isinstance(end, c.RowValue) else end
        for end in (interval.first, interval.last)
    )
    after_first = not isinstance(first, date) or first <= day
    return after_first and (not isinstance(last, date) or day <= last)


def matches(wanted: c.Lines, line: ServiceLine, rows: Rows) -> Truth:
    """Whether a line is one of those. A line without a procedure code has none of the codes."""
    code = line.procedure_code
    if wanted.codes is not None and (code is None or not among(wanted.codes, code, rows)):
        return False
    if wanted.excluded is not None and code is not None and among(wanted.excluded, code, rows):
        return False
    return holds(wanted.condition, line, rows)


def partners_named(rule: c.Rule) -> Iterator[c.Partners]:
    """The partners that a rule names, in its sentence and in its exemptions."""
    if isinstance(rule.core, c.Needs | c.Excludes):
        yield rule.core.partners
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            yield each.partners


def partners_of(
    wanted: c.Partners,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denied: Denied,
) -> list[tuple[ServiceLine, Truth]]:
    """Every other line that is, or may be, a partner of the line."""
    found: list[tuple[ServiceLine, Truth]] = []
    choices: list[Rows] = [(row,) for row in rows]
    choices = choices or [()]
    for other in lines:
        if other is line or (wanted.payable and other in denied):
            continue
        truth = either(
            both(
                [
                    matches(wanted.lines, other, choice),
                    related(wanted.relation, line, other, choice),
                ]
            )
            for choice in choices
        )
        if truth is not False:
            found.append((other, truth))
    return found


def related(relation: c.Relation, line: ServiceLine, other: ServiceLine, rows: Rows) -> Truth:
    """Whether `other` stands in the relation to the subject `line`."""
    moments = [
        either(at_moment(each, line, other, rows) for each in group) for group in relation.moments
    ]
    return both([*moments, *(alike(each, line, other) for each in relation.likenesses)])


def at_moment(moment: c.Moment, line: ServiceLine, other: ServiceLine, rows: Rows) -> Truth:
    """Whether `other` stands in one relation in time to the subject `line`."""
    if moment.kind == "ever":
        return True
    if moment.kind == "claim":
        return line.claim_id == other.claim_id
    day, theirs = line.service_from, other.service_from
    if day is None or theirs is None:
        return None
    match moment.kind:
        case "date":
            return day == theirs
        case "calendar month":
            return (day.year, day.month) == (theirs.year, theirs.month)
        case "calendar year":
            return day.year == theirs.year
        case "window":
            count = whole(moment.count, rows)
            if count is None:
                return None
            anchor, placed = (day, theirs) if moment.anchor == "subject" else (theirs, day)
            return _within(moment, count, anchor, placed)
        case _:
            assert_never(moment.kind)


def _within(moment: c.Moment, count: int, anchor: date, placed: date) -> bool:
    if placed == anchor:
        return moment.on or moment.direction is None
    if placed < anchor:
        return moment.direction != "after" and placed >= shift(anchor, -count, moment.unit)
    return moment.direction != "before" and placed <= shift(anchor, count, moment.unit)


def alike(likeness: c.Likeness, line: ServiceLine, other: ServiceLine) -> Truth:
    """Whether two lines share a field. Modifiers are the same as whole sets,
    diagnoses where two lines have one in common."""
    mine, theirs = read_field(likeness.field, line), read_field(likeness.field, other)
    if mine is None or theirs is None:
        return None
    if likeness.field.name == "diagnosis" and isinstance(mine, frozenset):
        assert isinstance(theirs, frozenset)
        same = bool(mine & theirs)
    else:
        same = mine == theirs
    return same != likeness.different


def whole(count: int | c.RowValue, rows: Rows) -> int | None:
    """A whole number, or the row's."""
    if isinstance(count, int):
        return count
    cell = number(count, rows)
    return None if cell is None else int(cell)


def number(value: c.RowValue, rows: Rows) -> Decimal | None:
    """The row's number; of several rows, the least."""
    cells = [read_cell(value, row) for row in rows]
    return min((cell for cell in cells if isinstance(cell, Decimal)), default=None)
