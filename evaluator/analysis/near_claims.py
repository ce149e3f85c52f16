"""Claims on which a rule fires, or nearly does, tried on all sides of its conditions."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, islice, zip_longest
from random import Random

from editwright.evaluator.analysis.claims import code_among, lines_over, partner_lines
from editwright.evaluator.analysis.demands import date_demands, subject_demands
from editwright.evaluator.analysis.made_up_lines import (
    DATE,
    as_one_member,
    hints_for,
    line_of,
    usual_day,
)
from editwright.evaluator.analysis.never_fires import single_demands
from editwright.evaluator.analysis.one_line import Held, every_value_named, lines_for
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c

MOST_LINES = 40


def nearest(party: Party) -> Iterator[list[ServiceLine]]:
    """Claims on which one would have the rule fire: each holds all that it asks for but one
    thing."""
    rule = party.plain
    code = code_among(rule.subject)
    demands = [each for each in subject_demands(rule) if each[0] not in _dates(rule)]
    parts = single_demands(demands)
    seen: set[str] = set()
    for left in range(len(parts) + 1):
        kept = [each for at, each in enumerate(parts) if at != left - 1]
        for day in _days_of_interest(rule):
            for held in islice(lines_for(kept, hints_for(rule, day)), 1):
                line = line_of(held, code, 1)
                if line is None:
                    continue
                lines = [line]
                if isinstance(rule.core, c.Excludes):
                    others = partner_lines(rule.core.partners, line, held)
                    loose = c.Partners(c.Lines(rule.core.partners.lines.codes),
                                       c.Relation(((c.Moment("date"),),)))  # fmt: skip
                    other = next(others, None) or next(partner_lines(loose, line, held), None)
                    lines = [line, *([other] if other else [])]
                elif isinstance(rule.core, c.Limit) and rule.core.counted != "dates":
                    lines = next(lines_over(rule.core, line), lines)
                member = as_one_member(lines)
                if member is None or judged([party], member):
                    continue
                shown = repr(member)
                if shown not in seen:
                    seen.add(shown)
                    yield member


def _dates(rule: c.Rule) -> list[c.Test]:
    return [test for test, _ in date_demands(rule)]


def _days_of_interest(rule: c.Rule) -> list[date]:
    if dates_of(rule.intervals) is not None:
        return [usual_day(rule)]
    days = [day for each in reversed(rule.intervals) for day in (each.first, each.last)]
    return [day for day in days if isinstance(day, date)][:3]


def fires_somewhere(party: Party) -> bool:
    """Whether the rule fires on one of many lines on all sides of what it asks."""
    return next(firing(party), None) is not None


def firing(party: Party) -> Iterator[list[ServiceLine]]:
    """Claims on which the rule fires, of many lines on all sides of what it asks."""
    rule = party.plain
    tests = [test for test, _ in subject_demands(rule)]
    partners = rule.core.partners if isinstance(rule.core, c.Excludes | c.Needs) else None
    subjects = varied(rule, tests, code_among(rule.subject), 1)
    alone = ([each] for each in subjects)
    if partners is None:
        several = (
            lines
            for each in subjects[:8]
            if isinstance(rule.core, c.Limit)
            for lines in islice(lines_over(rule.core, each), 2)
        )
        yield from (lines for lines in chain(alone, several) if judged([party], lines))
        return
    yield from (lines for lines in alone if judged([party], lines))
    of_partner = [partners.lines.condition]
    of_partner += [x.condition for x in rule.exemptions if isinstance(x, c.Exemption)]
    others = varied(rule, of_partner, code_among(partners.lines), 100)
    for one, two in zip_longest(subjects, others, fillvalue=others[0] if others else None):
        member = as_one_member([each for each in (one, two) if each is not None])
        if member is not None and judged([party], member):
            yield member


def varied(
    rule: c.Rule, tests: Sequence[c.Test], code: str | None, number: int
) -> list[ServiceLine]:
    """Lines with the values that conditions name, put together at random, always the same ones."""
    values = every_value_named(tests)
    random = Random(0)
    lines: list[ServiceLine] = []
    for _ in range(MOST_LINES):
        held: Held = {**hints_for(rule), **{of: random.choice(x) for of, x in values.items()}}
        if held.get(DATE) is None and random.random() < 0.8:
            held[DATE] = usual_day(rule)
        line = line_of(held, code, number)
        if line is not None:
            lines.append(line)
    return lines
