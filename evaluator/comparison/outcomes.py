"""Findings before they are words to outcomes: what becomes of each line, and why.

A line's outcome is the strongest disposition of the findings on it (see `comparison`). Everything
here is arrays; a line is a position in its columns, a rule its place among all rules of its side.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.comparison.figures import DENYING, DISPOSITIONS
from editwright.evaluator.findings.table import findings_to_arrow
from editwright.evaluator.judging.column_batch import LineOrder
from editwright.evaluator.judging.column_run import LineFindings
from editwright.evaluator.lines.columns import NO_NUMBER, SCALE, LineColumns, in_ten_thousandths
from editwright.grammar.checked import Rule

Numbers: TypeAlias = NDArray[np.int64]

RANK: Mapping[str, int] = {name: at for at, name in enumerate(DISPOSITIONS)}
NONE = RANK["none"]
LAST_DENYING = RANK[DENYING[-1]]
MONITOR = len(DISPOSITIONS)
"""The rank of what decides about no line."""
EVERYTHING = np.iinfo(np.int64).max
"""More units than any line has."""


@frozen(slots=True, eq=False)
class Facts:
    """What both sides need to know of lines: all of shape (lines,)."""

    claim: Numbers
    """Lines of one claim of one member have the same number here, from 0."""
    charge: Numbers
    """In ten-thousandths; 0 where there is none."""
    no_charge: NDArray[np.bool_]
    units: Numbers
    """In ten-thousandths; 0 where there are none."""
    judged: NDArray[np.bool_]
    """Lines that are no history."""


def facts_of(columns: LineColumns, lines: LineOrder) -> Facts:
    """The facts of lines in order."""
    charge, no_charge = _amounts(columns, "charge")
    units, _ = _amounts(columns, "units")
    return Facts(_claims(columns, lines), charge, no_charge, units, columns.history == 0)


def _claims(columns: LineColumns, lines: LineOrder) -> Numbers:
    """Numbers for the claims of members: those of the claim ids, unless one id is of several
    members."""
    member = np.empty(columns.count, np.int64)
    member[lines.order] = np.repeat(np.arange(len(lines.members) - 1), np.diff(lines.members))
    of_claim = np.zeros(int(columns.claim.max(initial=-1)) + 1, np.int64)
    of_claim[columns.claim] = member
    if (of_claim[columns.claim] == member).all():
        return columns.claim.astype(np.int64)
    numbers: Numbers = np.unique(member << 32 | columns.claim, return_inverse=True)[1]
    return numbers


def _amounts(columns: LineColumns, name: str) -> tuple[Numbers, NDArray[np.bool_]]:
    """Numbers with 0 for what is missing, and where they are missing. What ten-thousandths cannot
    say is rounded to them."""
    missing = columns.numbers[name] == NO_NUMBER
    numbers = np.where(missing, 0, columns.numbers[name])
    for line, number in columns.inexact.get(name, {}).items():
        if (amount := rounded(number)) is not None:
            numbers[line], missing[line] = amount, False
    return numbers, missing


def rounded(number: Decimal) -> int | None:
    """A number rounded to ten-thousandths; nothing where it is too large to be added up."""
    amount = in_ten_thousandths(round(number, 4))
    return amount if amount is not None and abs(amount) < EVERYTHING else None


@frozen(slots=True, eq=False)
class Spread:
    """Findings on the lines that they are about: a finding on a whole claim on each of its lines.
    One finding of a rule on a line, by line and rule; all of shape (findings on lines,)."""

    line: Numbers
    place: Numbers
    finding: Numbers
    """Which finding it is; several lines of a claim may have the same."""


@frozen(slots=True, eq=False)
class Outcomes:
    """What becomes of each line under one set of rules."""

    findings: LineFindings
    spread: Spread
    disposition: NDArray[np.int8]
    """The rank of each line's outcome, of shape (lines,)."""
    allowed: Numbers
    """Of reduced lines the units that are left, in ten-thousandths; `NO_NUMBER` elsewhere."""
    denied: Numbers
    """What of each line's charge is denied, in ten-thousandths."""
    deciding: Spread
    """Those findings that decide about their line."""


def outcomes_of(findings: LineFindings, rules: Sequence[Rule], facts: Facts) -> Outcomes:
    """The outcome of every line."""
    found, slow = findings.found, findings.slow
    line = np.append(found.line, findings.slow_lines)
    place = np.append(findings.places, findings.slow_places)
    allowed = np.append(found.allowed, _allowed(slow))
    spread = _spread(line, place, np.array([each.scope == "claim" for each in rules]), facts)
    ranks = np.array([RANK.get(each.disposition, MONITOR) for each in rules], np.int8)
    rank = ranks[spread.place]
    disposition = np.full(len(facts.claim), NONE, np.int8)
    np.minimum.at(disposition, spread.line, rank)
    decides = rank == disposition[spread.line]
    deciding = Spread(spread.line[decides], spread.place[decides], spread.finding[decides])
    left = _left(deciding, allowed, disposition)
    return Outcomes(
        findings, spread, disposition, left, _denied(disposition, left, facts), deciding
    )


def _allowed(findings: Sequence[Any]) -> Numbers:
    units = [each.units_allowed for each in findings]
    exact = [NO_NUMBER if each is None else in_ten_thousandths(round(each, 4)) for each in units]
    return np.array([EVERYTHING if each is None else each for each in exact], np.int64)


def _spread(line: Numbers, place: Numbers, whole: NDArray[np.bool_], facts: Facts) -> Spread:
    """Findings on all of their lines; of several findings of a rule on one claim each line has
    its own, or else that of the first line."""
    finding = np.arange(len(line))
    of_claim = whole[place] if len(whole) else np.zeros(0, np.bool_)
    order = np.lexsort((place, line))
    if not of_claim.any():
        return Spread(line[order], place[order], finding[order])
    claims = different(facts.claim[line[of_claim]])
    at = np.minimum(np.searchsorted(claims, facts.claim), len(claims) - 1)
    lines = np.flatnonzero((claims[at] == facts.claim) & facts.judged)
    lines = lines[np.argsort(at[lines], kind="stable")]
    start = np.searchsorted(at[lines], np.arange(len(claims) + 1))
    theirs = at[line[of_claim]]
    sizes = (start[1:] - start[:-1])[theirs]
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    others = lines[np.repeat(start[:-1][theirs], sizes) + within]
    all_lines = np.append(line, others)
    all_places = np.append(place, np.repeat(place[of_claim], sizes))
    all_findings = np.append(finding, np.repeat(finding[of_claim], sizes))
    own = np.append(np.zeros(len(line), np.int8), np.ones(len(others), np.int8))
    order = np.lexsort((line[all_findings], own, all_places, all_lines))
    all_lines, all_places = all_lines[order], all_places[order]
    first = np.append(True, (np.diff(all_lines) != 0) | (np.diff(all_places) != 0))
    return Spread(all_lines[first], all_places[first], all_findings[order][first])


def different(numbers: Numbers) -> Numbers:
    """The different numbers in their order; of a million of them sooner than numpy's own."""
    ordered: Numbers = np.sort(numbers)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    found: Numbers = ordered[first]
    return found


def _left(deciding: Spread, allowed: Numbers, disposition: NDArray[np.int8]) -> Numbers:
    """The fewest units that a reduced line's findings leave."""
    left = np.full(len(disposition), EVERYTHING)
    reduced = disposition[deciding.line] == RANK["reduce"]
    np.minimum.at(left, deciding.line[reduced], allowed[deciding.finding[reduced]])
    left[left == EVERYTHING] = NO_NUMBER
    return left


def _denied(disposition: NDArray[np.int8], left: Numbers, facts: Facts) -> Numbers:
    """The whole charge of what is denied or rejected; of what is reduced the share of the units
    that are cut, to the cent."""
    denied = np.where(disposition <= LAST_DENYING, facts.charge, 0)
    reduced = np.flatnonzero(left != NO_NUMBER)
    units, of_units = facts.units[reduced], left[reduced]
    cut = np.clip(units - of_units, 0, None)
    share = np.where(units > 0, cut / np.where(units > 0, units, 1), of_units <= 0)
    cent = SCALE // 100
    denied[reduced] = np.rint(facts.charge[reduced] * share / cent).astype(np.int64) * cent
    return denied


def rows_of(outcomes: Outcomes, chosen: Numbers) -> pa.Table:
    """The findings table of some findings, in the order in which they are chosen."""
    findings = outcomes.findings
    fast = len(findings.found)
    if not findings.slow:
        return findings.words.table(findings.found.where(chosen))
    of_kernels = np.flatnonzero(chosen < fast)
    of_reference = np.flatnonzero(chosen >= fast)
    slow = [findings.slow[each] for each in (chosen[of_reference] - fast).tolist()]
    both: Any = pa.concat_tables(
        [
            findings.words.table(findings.found.where(chosen[of_kernels])),
            findings_to_arrow(slow),
        ]
    )
    back = np.argsort(np.append(of_kernels, of_reference))
    table: pa.Table = both.take(pa.array(back))
    return table
