"""What rules mean: the slow, obvious evaluator, one arm per construct.

With truth.py (conditions on one line), relations.py (which lines, which days, which partners),
limits.py and exemptions.py it defines the meaning; everything faster must agree with it. A rule
fires only on what is definitely true.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import groupby
from typing import assert_never

from attrs import evolve

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.exemptions import exempt, pair_exempt
from editwright.evaluator.meaning.limits import over_limit
from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.relations import (
    Denied,
    matches,
    partners_of,
    rows_in_force,
    whole,
)
from editwright.evaluator.meaning.truth import Rows, holds
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet

Case = tuple[Rows, Sequence[ServiceLine]]
"""What `row.` stands for, and a member's lines in order."""


def judge_member(
    strata: Iterable[Sequence[c.Rule]],
    lines: Sequence[ServiceLine],
    cases_of: Callable[[c.Rule, Sequence[ServiceLine]], Iterable[Case]] | None = None,
) -> dict[c.Rule, list[Verdict]]:
    """All verdicts on one member's lines (any order).

    `cases_of` may leave out instances that cannot fire on these lines, and lines that cannot
    matter to an instance.
    """
    cases_of = cases_of or all_cases
    ordered = in_order(lines)
    denied = {line for line in ordered if line.history and says_denied(line.status)}
    verdicts: dict[c.Rule, list[Verdict]] = {}
    for stratum in strata:
        before = -1
        while len(denied) > before:
            before = len(denied)
            now = frozenset(denied)
            for rule in stratum:
                found = judge(rule, cases_of(rule, ordered), now)
                verdicts[rule] = found
                if rule.denies:
                    denied |= denied_by(rule, found, ordered)
    return verdicts


def in_order(lines: Iterable[ServiceLine]) -> list[ServiceLine]:
    """Lines by date (a missing one last), history first on its date, then claim and number."""
    return sorted(
        lines,
        key=lambda line: (
            line.service_from is None,
            line.service_from or date.max,
            not line.history,
            line.claim_id,
            line.line_number,
        ),
    )


def denied_by(
    rule: c.Rule, verdicts: Iterable[Verdict], lines: Iterable[ServiceLine]
) -> set[ServiceLine]:
    """The lines that a denying rule's verdicts make not payable."""
    found = {verdict.line for verdict in verdicts}
    if rule.scope != "claim":
        return found
    claims = {line.claim_id for line in found}
    return {line for line in lines if line.claim_id in claims and not line.history}


def judge(rule: c.Rule, cases: Iterable[Case], denied: Denied) -> list[Verdict]:
    """One rule on a member's lines: one verdict a line at most."""
    merged: dict[ServiceLine, Verdict] = {}
    for rows, lines in cases:
        for verdict in judge_instance(rule, rows, lines, denied):
            earlier = merged.get(verdict.line)
            merged[verdict.line] = as_one(earlier, verdict) if earlier else verdict
    return list(merged.values())


def instances(rule: c.Rule) -> list[Rows]:
    """The rows of each rule that a rule for a table stands for."""
    rows = c.rows_of(rule)
    if rule.table is None:
        return [()]
    # Of a pair rule each row is a rule of its own: its partner, its exemptions, its dates.
    key = None if isinstance(rule.core, c.Excludes) else rule.key_column
    if key is None:
        return [(row,) for row in rows]
    keyed = sorted((row for row in rows if row[key] is not None), key=lambda row: str(row[key]))
    return [tuple(group) for _, group in groupby(keyed, key=lambda row: row[key])]


def all_cases(rule: c.Rule, lines: Sequence[ServiceLine]) -> list[Case]:
    """Every instance of a rule, with all lines."""
    return [(rows, lines) for rows in instances(rule)]


def judge_instance(
    rule: c.Rule, rows: Rows, lines: Sequence[ServiceLine], denied: Denied
) -> list[Verdict]:
    """One rule, with `row.` standing for these rows, on one member's lines in order."""
    if isinstance(rule.core, c.Limit):
        return over_limit(rule, rule.core, rows, lines, denied)
    verdicts: list[Verdict] = []
    for line in lines:
        if line.history:
            continue
        in_force = rows_in_force(rule, rows, line.service_from)
        if in_force is None or matches(rule.subject, line, in_force) is not True:
            continue
        if exempt(rule, line, in_force, lines, denied) is not False:
            continue
        found = _violation(rule, rule.core, line, in_force, lines, denied)
        if found is not None:
            verdicts.append(found)
    return verdicts


def _violation(
    rule: c.Rule,
    core: c.Needs | c.Excludes | c.Violates,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denied: Denied,
) -> Verdict | None:
    match core:
        case c.Violates(condition):
            return Verdict(line, rows) if holds(condition, line, rows) else None
        case c.Needs(wanted, count):
            possible = partners_of(wanted, line, rows, lines, denied)
            needed = needed_codes(wanted, count, rows)
            different = {other.procedure_code or other for other, _ in possible}
            if needed is None or len(different) >= needed:
                return None
            return Verdict(line, rows, tuple(other for other, truth in possible if truth))
        case c.Excludes(unwanted):
            found = tuple(
                other
                for other, truth in partners_of(unwanted, line, rows, lines, denied)
                if truth and pair_exempt(rule, line, other, rows) is False
            )
            return Verdict(line, rows, found) if found else None
        case _:
            assert_never(core)


def needed_codes(partners: c.Partners, count: int | c.RowValue | None, rows: Rows) -> int | None:
    """How many different codes must be found; nothing where the row does not say it."""
    if count is not None:
        return whole(count, rows)
    values = partners.lines.codes
    assert values is not None
    cells = [read_cell(value, row) for value in values.row_values for row in rows]
    listed = CodeSet(parts=tuple(each for each in cells if isinstance(each, CodeSet)))
    return len((values.codes.enumerable or frozenset()) | (listed.enumerable or frozenset()))


def says_denied(status: str | None) -> bool:
    """Whether a history line's status says that it was not paid."""
    return status is not None and status.lower() in DENIED_STATUSES


DENIED_STATUSES = frozenset({"denied", "deny", "d", "rejected", "reject"})
"""What a history line's status says when it was not paid."""


def as_one(one: Verdict, two: Verdict) -> Verdict:
    """Two rows that fire on one line are one finding with the partners of both."""
    partners = tuple(dict.fromkeys((*one.partners, *two.partners)))
    stricter = (
        two if one.limit is not None and two.limit is not None and two.limit < one.limit else one
    )
    return evolve(stricter, partners=partners)
