"""Claims made up to show what rules do: lines that a rule should fire on, and their partners.

Nobody trusts a claim before the reference has judged it.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.code_sets import a_code
from editwright.evaluator.analysis.demands import pair_ways, subject_demands
from editwright.evaluator.analysis.made_up_lines import DATE, as_one_member, hints_for, line_of
from editwright.evaluator.analysis.nearness import days_of_partners
from editwright.evaluator.analysis.one_line import Demand, FieldValue, Held, lines_for
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet


def subject_code(rule: c.Rule, code: str | None = None) -> str | None:
    """A code of the rule's subject: this one, where it is one of them."""
    return code_among(rule.subject, code)


def code_among(lines: c.Lines, code: str | None = None) -> str | None:
    """A code of some lines: this one, where it is one of them."""
    inside = [lines.codes.codes] if lines.codes else []
    outside = [lines.excluded.codes] if lines.excluded else []
    if code is not None:
        fits = all(code in x for x in inside) and not any(code in x for x in outside)
        return code if fits else None
    return a_code(inside, outside, PROCEDURE)


def partner_lines(
    partners: c.Partners,
    subject: ServiceLine,
    held: Held,
    code: str | None = None,
    more: Sequence[Demand] = (),
    number: int = 2,
) -> Iterator[ServiceLine]:
    """Lines that should be partners of a subject line that holds this."""
    likenesses = partners.relation.likenesses
    if any(x.field.name == "code" and not x.different for x in likenesses):
        code = subject.procedure_code
    chosen = code_among(partners.lines, code)
    if chosen is None:
        return
    hints: Held = {
        of: held[of] for of in held
        if of.name in ("age", "age in months", "age in days", "sex", "bill type", "units")
    }  # fmt: skip
    demands: list[Demand] = [(partners.lines.condition, "true"), *more]
    for likeness in likenesses:
        of = likeness.field
        value = held.get(of)
        if of.name == "code" or value is None:
            continue
        if likeness.different:
            demands += _another(of, value)
        else:
            hints[of] = value
            if not of.many and of.type == "code":
                demands.append((_is(of, value), "true"))
    start = subject.service_from
    days = days_of_partners(partners.relation, start) if start is not None else [None]
    for day in days:
        hints[DATE] = day
        for found in islice(lines_for(demands, hints), 4):
            line = line_of(found, chosen, number)
            if line is not None:
                yield line


def _is(of: c.FieldRef, value: FieldValue) -> c.Test:
    assert isinstance(value, str)
    return c.Member(of, c.Values(CodeSet(frozenset({value}))))


def _another(of: c.FieldRef, value: FieldValue) -> list[Demand]:
    if isinstance(value, frozenset):
        if not value:
            return [(c.Negation(c.Missing(of)), "true")]
        return [(c.Member(of, c.Values(CodeSet(value))), "false")]
    if isinstance(value, str):
        return [(_is(of, value), "false")]
    assert value is not None
    return [(c.Comparison(of, "!=", value), "true")]


def claims_that_fire(
    rule: c.Rule, code: str | None = None, more: Sequence[Demand] = (), day: date | None = None
) -> Iterator[list[ServiceLine]]:
    """Claims on whose first line (of a limit, on some line) the rule should fire."""
    chosen = subject_code(rule, code)
    if chosen is None:
        return
    hints = hints_for(rule, day)
    for of_subject, of_partner in pair_ways(rule):
        demands = [*subject_demands(rule), *of_subject, *more]
        for held in islice(lines_for(demands, hints), 16):
            line = line_of(held, chosen, 1)
            if line is None:
                continue
            for lines in _with_others(rule, line, held, of_partner):
                member = as_one_member(lines)
                if member is not None:
                    yield member


def _with_others(
    rule: c.Rule, line: ServiceLine, held: Held, of_partner: Sequence[Demand]
) -> Iterator[list[ServiceLine]]:
    match rule.core:
        case c.Violates() | c.Needs():
            yield [line]
        case c.Excludes(partners):
            for other in partner_lines(partners, line, held, more=of_partner):
                yield [line, other]
        case c.Limit():
            yield from lines_over(rule.core, line)


def lines_over(core: c.Limit, line: ServiceLine) -> Iterator[list[ServiceLine]]:
    """Lines that together go over a limit: one with many units, or many."""
    assert isinstance(core.number, Decimal)
    if core.counted == "units":
        yield [evolve(line, units=core.number + 1)]
        half = core.number + 1 - (line.units or 0)
        yield [line, evolve(line, line_number=2, units=half)]
        if core.number > 50:
            return
    count = int(core.number) + 1
    if count > 60 or line.service_from is None:
        return
    if core.counted != "dates":
        yield [evolve(line, line_number=number) for number in range(1, count + 1)]
        return
    # The line in question comes first, or last: on one of two sides the dates of a rule or the
    # calendar may end.
    for start in (line.service_from, shift(line.service_from, 1 - count, "days")):
        days = [shift(start, at, "days") for at in range(count)]
        yield [
            evolve(line, line_number=number, service_from=day, service_to=day)
            for number, day in enumerate(days, 1)
        ]
