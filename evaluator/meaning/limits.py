"""Limits: lines in order, and which of them go over."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from attrs import evolve, frozen

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.evaluator.meaning.exemptions import exempt
from editwright.evaluator.meaning.relations import (
    Denied,
    alike,
    at_moment,
    matches,
    number,
    rows_in_force,
    whole,
)  # fmt: skip
from editwright.evaluator.meaning.truth import Rows, Truth, both
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar import checked as c


@frozen(slots=True)
class Counted:
    """A line in its turn: what counts with it, the total, and the number it is held to, if any.
    `allowed` are the units still allowed to a line that is over and reduced."""

    line: ServiceLine
    others: tuple[ServiceLine, ...]
    total: Decimal
    limit: Decimal | None
    allowed: Decimal | None = None

    @property
    def over(self) -> bool:
        """Whether the line takes the total over the limit."""
        return self.limit is not None and self.total > self.limit


def over_limit(
    rule: c.Rule, core: c.Limit, rows: Rows, lines: Sequence[ServiceLine], denied: Denied
) -> list[Verdict]:
    """The verdicts of a limit on a member's lines in order."""
    return [
        Verdict(
            each.line,
            rows_in_force(rule, rows, each.line.service_from) or (),
            each.others,
            each.total,
            each.limit,
            each.allowed,
        )
        for each in counted_in_order(rule, core, rows, lines, denied)
        if each.over
    ]


def counted_in_order(
    rule: c.Rule, core: c.Limit, rows: Rows, lines: Sequence[ServiceLine], denied: Denied
) -> Iterator[Counted]:
    """The lines that a limit speaks of, each in its turn.

    A line over it fires and does not count (reduced, it counts with the units that are left);
    every other line counts.
    """
    counting = [
        line
        for line in lines
        if matches(rule.subject, line, rows) and exempt(rule, line, rows, lines, denied) is False
    ]
    counted: list[ServiceLine] = []
    counts_for: dict[ServiceLine, Decimal] = {}
    for line in counting:
        before = counting if rule.scope == "all" else counted
        others = [
            other
            for other in before
            if other is not line and counts_together(core, line, other, rows)
        ]
        limit = None if line.history else _limit_of(rule, core, rows, line)
        total = _total(core, [*others, line], counts_for)
        judged = Counted(line, tuple(others), total, limit)
        if not judged.over:
            counted.append(line)
        elif rule.disposition == "reduce" and limit is not None:
            left = limit - _total(core, others, counts_for)
            allowed = max(left, Decimal(0)) if core.counted == "units" else Decimal(0)
            if allowed:
                counted.append(line)
                counts_for[line] = allowed
            judged = evolve(judged, allowed=allowed)
        yield judged


def _limit_of(rule: c.Rule, core: c.Limit, rows: Rows, line: ServiceLine) -> Decimal | None:
    """The number that a line is held to; nothing where the rule is not in force on its date."""
    in_force = rows_in_force(rule, rows, line.service_from)
    if in_force is None:
        return None
    return core.number if isinstance(core.number, Decimal) else number(core.number, in_force)


def _total(
    core: c.Limit, lines: Sequence[ServiceLine], counts_for: Mapping[ServiceLine, Decimal]
) -> Decimal:
    match core.counted:
        case "units":
            units = (counts_for.get(line, line.units or Decimal(0)) for line in lines)
            return sum(units, Decimal(0))
        case "lines":
            return Decimal(len(lines))
        case "dates":
            return Decimal(len({line.service_from for line in lines if line.service_from}))


def counts_together(core: c.Limit, line: ServiceLine, other: ServiceLine, rows: Rows) -> bool:
    """Whether two lines count together: of one code, in one period, alike where they must be."""
    if not core.together and not _same_code(line, other):
        return False
    same_period = in_period(core, line, other, rows)
    return both([same_period, *(alike(each, line, other) for each in core.likenesses)]) is True


def _same_code(line: ServiceLine, other: ServiceLine) -> bool:
    """Whether two lines have one code for certain: of lines without a code nobody knows."""
    return line.procedure_code is not None and line.procedure_code == other.procedure_code


def in_period(core: c.Limit, line: ServiceLine, other: ServiceLine, rows: Rows) -> Truth:
    """Whether another line lies in the period of a line."""
    match core.period:
        case "line":
            return False
        case "lifetime":
            return True
        case "day":
            return at_moment(c.Moment("date"), line, other, rows)
        case "claim":
            return at_moment(c.Moment("claim"), line, other, rows)
        case "calendar month" | "calendar year":
            return at_moment(c.Moment(core.period), line, other, rows)
        case "rolling":
            count = whole(core.count, rows)
            if line.service_from is None or other.service_from is None or count is None:
                return None
            before = shift(line.service_from, -count, core.unit)
            return before < other.service_from <= line.service_from
        case _:
            assert_never(core.period)
