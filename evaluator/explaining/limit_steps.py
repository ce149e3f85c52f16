"""What a limit counts, and what it does not."""

from collections.abc import Iterator, Sequence

from editwright.evaluator.explaining.other_lines import days_apart, line_text, of_codes
from editwright.evaluator.explaining.step import MOST_LINES, Question, Step
from editwright.evaluator.findings.message import number_text
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.limits import (
    Counted,
    counted_in_order,
    counts_together,
    in_period,
)
from editwright.evaluator.meaning.relations import alike, matches, rows_in_force
from editwright.evaluator.meaning.truth import Rows
from editwright.grammar import checked as c


def limit_steps(asked: Question, core: c.Limit) -> Iterator[Step]:
    """The total, and each line that counts or does not."""
    counting = list(
        counted_in_order(asked.rule, core, asked.rows, asked.lines, asked.denials.keys())
    )
    found = next((each for each in counting if each.line is asked.line), None)
    if found is None:
        yield Step("the line counts", False, prevents=True)
        return
    total = f"{number_text(found.total)} {core.counted[: -1 if found.total == 1 else None]}"
    if rows_in_force(asked.rule, asked.rows, asked.line.service_from) is None:
        yield Step(f"the total is {total}", True, fact=True)
    elif found.limit is None:
        text = f"there is no number to hold the total of {total} to"
        yield Step(text, True, prevents=True)
    else:
        text = f"the total of {total} goes over the limit of {number_text(found.limit)}"
        kept = f"the total of {total} stays within the limit of {number_text(found.limit)}"
        yield Step(text, found.over, prevents=not found.over, reason=kept)
    yield Step(f"counted: {line_text(asked.line)}{_amount(core, asked.line)}", True, 1, fact=True)
    for other in found.others[:MOST_LINES]:
        yield Step(f"counted with it: {line_text(other)}{_amount(core, other)}", True, 1, fact=True)
    if len(found.others) > MOST_LINES:
        yield Step(f"and {len(found.others) - MOST_LINES} more lines", True, 1, fact=True)
    yield from _not_counted(asked, core, counting, found)


def _amount(core: c.Limit, line: ServiceLine) -> str:
    if core.counted != "units":
        return ""
    units = "no" if line.units is None else number_text(line.units)
    return f", {units} {'unit' if line.units == 1 else 'units'}"


def _not_counted(
    asked: Question, core: c.Limit, counting: Sequence[Counted], found: Counted
) -> Iterator[Step]:
    """Other lines with a code of the rule that do not count with this one, and why."""
    by_line = {each.line: each for each in counting}
    others = [
        other
        for other in asked.lines
        if other is not asked.line
        and other not in found.others
        and matches(of_codes(asked.rule.subject), other, asked.rows)
    ]
    others.sort(key=lambda other: days_apart(asked.line, other))
    for other in others[:MOST_LINES]:
        why = _why_not_counted(core, asked.line, other, asked.rows, by_line.get(other))
        yield Step(f"not counted: {line_text(other)} ({why})", True, 1, fact=True)
    if len(others) > MOST_LINES:
        more = len(others) - MOST_LINES
        yield Step(f"and {more} more lines that are not counted", True, 1, fact=True)


def _why_not_counted(
    core: c.Limit, line: ServiceLine, other: ServiceLine, rows: Rows, total: Counted | None
) -> str:
    if total is None:
        return "the rule leaves it out"
    if in_period(core, line, other, rows) is not True:
        return "every line stands alone" if core.period == "line" else "not in the same period"
    for likeness in core.likenesses:
        if alike(likeness, line, other) is not True:
            return f"not {'different' if likeness.different else 'the same'} {likeness.field.name}"
    if not counts_together(core, line, other, rows):
        return "another code"
    return "it is over the limit itself" if total.over else "it comes after this line"
