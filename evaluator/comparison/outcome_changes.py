"""Outcomes under two sets of rules to the lines that change, and what they have in common.

Everything is arrays over the changed lines; a change is its position in `CHANGES`.
"""

from typing import Any, TypeAlias

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.comparison.figures import CHANGES
from editwright.evaluator.comparison.outcomes import (
    LAST_DENYING,
    Facts,
    Outcomes,
    Spread,
    different,
)
from editwright.evaluator.lines.columns import LineColumns

Numbers: TypeAlias = NDArray[np.int64]

NEWLY_DENIED, NO_LONGER_DENIED, DISPOSITION, UNITS, REASON = range(len(CHANGES))
UNCHANGED = -1
MEASURES = 5
"""Lines, claims, members, charge, denied charge."""


@frozen(slots=True, eq=False)
class Reasons:
    """What tells reasons apart, for both sets of rules: a number for the reason of each rule by
    its place, and the rule pair of each of those numbers."""

    old: Numbers
    new: Numbers
    pair: Numbers


@frozen(slots=True, eq=False)
class Part:
    """Some lines under both sets of rules; all of a member are in it. `at` are the positions of
    the changed lines, and `change` says how each of them changes."""

    columns: LineColumns
    facts: Facts
    old: Outcomes
    new: Outcomes
    at: Numbers
    change: NDArray[np.int8]
    involved_line: Numbers
    """Positions in `at`: with `involved_pair`, which rule takes part in the change of which line,
    each once."""
    involved_pair: Numbers
    denied_change: Numbers
    """By how much the denied charge of each line rises or falls."""


def part_of(
    columns: LineColumns, facts: Facts, old: Outcomes, new: Outcomes, reasons: Reasons
) -> Part:
    """The changes on some lines."""
    count = max(1, len(reasons.pair))
    before = np.sort(old.deciding.line * count + reasons.old[old.deciding.place])
    after = np.sort(new.deciding.line * count + reasons.new[new.deciding.place])
    gone, come = _without(before, after), _without(after, before)
    change = np.full(len(facts.claim), UNCHANGED, np.int8)
    change[gone // count] = REASON
    change[come // count] = REASON
    change[old.allowed != new.allowed] = UNITS
    change[old.disposition != new.disposition] = DISPOSITION
    was, is_now = old.disposition <= LAST_DENYING, new.disposition <= LAST_DENYING
    change[was & ~is_now] = NO_LONGER_DENIED
    change[is_now & ~was] = NEWLY_DENIED
    of_units = change == UNITS
    involved = [
        gone[change[gone // count] != NEWLY_DENIED],  # what denies now, not what warned before
        come[change[come // count] != NO_LONGER_DENIED],
        *(key[of_units[key // count]] for key in (before, after)),
    ]
    at = np.flatnonzero(change != UNCHANGED)
    pairs = max(1, int(reasons.pair.max(initial=0)) + 1)
    found = np.concatenate(involved)
    found = different(found // count * pairs + reasons.pair[found % count])
    return Part(
        columns, facts, old, new, at, change[at], np.searchsorted(at, found // pairs),
        found % pairs, new.denied - old.denied,
    )  # fmt: skip


def _without(numbers: Numbers, others: Numbers) -> Numbers:
    """Those of some ascending numbers that are not among others."""
    if not len(others):
        return numbers
    place = np.minimum(np.searchsorted(others, numbers), len(others) - 1)
    found: Numbers = numbers[others[place] != numbers]
    return found


def measured(part: Part, at: Numbers, group: NDArray[Any], groups: int, denied: Numbers) -> Numbers:
    """The measures of groups of lines, int64 of shape (groups, MEASURES): the lines at these
    positions, each in a group, and the denied charge of every line."""
    found = np.zeros((groups, MEASURES), np.int64)
    found[:, 0] = np.bincount(group, minlength=groups)
    found[:, 1] = _different(group, groups, part.facts.claim[at])
    member = part.columns.member_id.numbers[at]
    known = member >= 0
    found[:, 2] = _different(group[known], groups, member[known])
    np.add.at(found[:, 3], group, part.facts.charge[at])
    np.add.at(found[:, 4], group, denied[at])
    return found


def _different(group: NDArray[Any], groups: int, values: NDArray[Any]) -> Numbers:
    """How many different values, from 0, each group has."""
    count = int(values.max(initial=0)) + 1
    pairs = different(group.astype(np.int64) * count + values)
    return np.bincount(pairs // count, minlength=groups)


def of_lines(side: Spread, part: Part) -> tuple[Numbers, Numbers]:
    """Of a side's findings those on changed lines: which changed line, and which finding."""
    place = np.searchsorted(part.at, side.line)
    place = np.minimum(place, max(0, len(part.at) - 1))
    here = np.flatnonzero(part.at[place] == side.line) if len(part.at) else np.zeros(0, np.int64)
    return place[here], here
