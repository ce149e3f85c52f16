"""Lines that meet a condition: a draft, changed as little as it takes.

A condition is taken apart down to comparisons, each of which is met by a value at its edge. What
one change breaks of another is found at the end, where everything is judged together.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, pairwise

from attrs import define

from editwright.evaluator.meaning.truth import Rows, holds
from editwright.evaluator.synthesis.draft import Draft, Value
from editwright.evaluator.synthesis.values import some, values_in
from editwright.grammar import checked as c

Goal = tuple[int, c.Test, bool]
"""Of a line, a condition and whether it must hold."""

MOST_TRIED = 300
MOST_STEPS = 3000
"""So many comparisons are met at most for one claim: conditions that contradict each other have
no end of ways to fail."""


@define
class _Budget:
    left: int = MOST_STEPS

    def spent(self) -> bool:
        """Take one step; whether there is none left."""
        self.left -= 1
        return self.left < 0


def meeting(draft: Draft, goals: Sequence[Goal], rows: Rows) -> Iterator[Draft]:
    """Drafts on which every goal is definitely met, the least changed first."""
    for found in islice(_each_in_turn(draft, list(goals), rows, _Budget()), MOST_TRIED):
        lines = found.service_lines()
        if all(holds(test, lines[at], rows) is wanted for at, test, wanted in goals):
            yield found


def _each_in_turn(
    draft: Draft, goals: Sequence[Goal], rows: Rows, budget: _Budget
) -> Iterator[Draft]:
    if not goals:
        yield draft
        return
    (at, test, wanted), *rest = goals
    for changed in _making(draft, at, test, wanted, rows, budget):
        yield from _each_in_turn(changed, rest, rows, budget)


def _making(
    draft: Draft, at: int, test: c.Test, wanted: bool, rows: Rows, budget: _Budget
) -> Iterator[Draft]:
    """Drafts on which one condition is met."""
    match test:
        case c.Negation(inner):
            yield from _making(draft, at, inner, not wanted, rows, budget)
        case c.Both(tests) if wanted:
            yield from _each_in_turn(draft, [(at, each, True) for each in tests], rows, budget)
        case c.Either(tests) if not wanted:
            yield from _each_in_turn(draft, [(at, each, False) for each in tests], rows, budget)
        case c.Both(tests) | c.Either(tests):
            for each in tests:
                yield from _making(draft, at, each, wanted, rows, budget)
        case c.Comparison() | c.Member() | c.Missing():
            if not budget.spent():
                yield from _making_one(draft, at, test, wanted, rows)


def _making_one(
    draft: Draft, at: int, test: c.Comparison | c.Member | c.Missing, wanted: bool, rows: Rows
) -> Iterator[Draft]:
    if holds(test, draft.service_lines()[at], rows) is wanted:
        yield draft
    if test.field.row_column is not None:
        return
    for changed in settings(draft, at, test, test.field, rows):
        if holds(test, changed.service_lines()[at], rows) is wanted:
            yield changed


def settings(draft: Draft, at: int, test: c.Test, field: c.FieldRef, rows: Rows) -> Iterator[Draft]:
    """Drafts with a field of a line set to each value that a test tells apart, also to none."""
    now = draft.value(at, field) if field.days is None else None
    for value in _choices(draft, at, test, field, rows):
        if value == now and field.days is None and value is not None:
            continue
        changed = draft.with_value(at, field, value)
        if changed is not None and changed != draft:
            yield changed


def _choices(draft: Draft, at: int, test: c.Test, field: c.FieldRef, rows: Rows) -> Iterator[Value]:
    if not field.many:
        yield from _beside(draft, at, test, field)
        yield from values_in(test, field, rows)
        return
    now = draft.value(at, field)
    assert isinstance(now, tuple)
    codes = [str(value) for value in values_in(test, field, rows) if value is not None]
    for code in codes:
        yield (code,)
        if now and code not in now:
            yield (*now, code)
    yield ()
    yield from pairwise(codes)


def _beside(draft: Draft, at: int, test: c.Test, field: c.FieldRef) -> Iterator[Value]:
    """The value of the field that a comparison holds it against, and the ones beside it."""
    if not isinstance(test, c.Comparison) or not isinstance(test.value, c.FieldRef):
        return
    other = draft.value(at, test.value) if test.value.days is None else None
    match other:
        case Decimal():
            yield from (other, other + 1, *([other - 1] if other >= 1 else []))
        case date():
            yield from (other, other + timedelta(days=1), other - timedelta(days=1))
        case str():
            yield other
            yield from (code for code in some(field)[:2] if code != other)
        case _:
            return
