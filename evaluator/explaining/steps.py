"""The steps of an explanation: what a rule asks of a line, clause by clause, and what held."""

from collections.abc import Iterator
from typing import assert_never

from attrs import evolve

from editwright.evaluator.explaining.limit_steps import limit_steps
from editwright.evaluator.explaining.line_steps import (
    exemption_steps,
    force_step,
    line_says,
    narrowing_steps,
    test_step,
    verb_of,
)
from editwright.evaluator.explaining.partner_steps import excludes_steps, needs_steps
from editwright.evaluator.explaining.step import MOST_LINES, Question, Step
from editwright.evaluator.meaning.relations import rows_in_force
from editwright.grammar import checked as c


def steps_of(question: Question) -> Iterator[Step]:
    """Everything that a rule asks. Of the steps that prevent it from firing, the first is the
    reason."""
    rule, rows, line = question.rule, question.rows, question.line
    for row in rows[:MOST_LINES]:
        cells = ", ".join(f"{name} {row[name]}" for name in row.table.columns if row[name])
        yield Step(f"row {row.number + 1} of {row.table.path.name}: {cells}", True, fact=True)
    found = rows_in_force(rule, rows, line.service_from)
    if rule.intervals:
        yield force_step(rule, rows, line, found is not None)
    in_force = evolve(question, rows=found or rows)
    yield from narrowing_steps(rule, line, in_force.rows)
    yield from exemption_steps(in_force)
    match rule.core:
        case c.Violates(test):
            step = test_step(f"the line breaks `{verb_of(rule)}`", test, line, in_force.rows)
            says = line_says(test, line)
            kept = f"the line keeps `{verb_of(rule)}`{says}"
            yield evolve(
                step,
                text=step.text if step.truth is None else step.text + says,
                prevents=step.truth is not True,
                reason=kept if step.truth is False else None,
            )
        case c.Needs(partners, count):
            yield from needs_steps(in_force, partners, count)
        case c.Excludes(partners):
            yield from excludes_steps(in_force, partners)
        case c.Limit():
            yield from limit_steps(question, rule.core)
        case _:
            assert_never(rule.core)
