"""Counts of lines to ranges of members, each of about as many lines as can be judged at once.

Ranges follow the order of findings: first the claims of lines without a member, by their ids,
then the members, by theirs. All lines of a member, or of a claim without one, are in one range.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define, field, frozen
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_CODE, LineColumns
from editwright.evaluator.lines.texts import TextArray

Numbers = NDArray[np.int64]
pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""


def _none() -> Numbers:
    return np.zeros(0, np.int64)


@define
class LineCounts:
    """How many lines of one reading each member has, and each claim without one."""

    by_member: Numbers = field(factory=_none)
    by_claim: Numbers = field(factory=_none)
    lines: int = 0

    def add(self, columns: LineColumns) -> None:
        """Count a batch."""
        member = columns.member_id.numbers
        self.lines += columns.count
        self.by_member = _counted(self.by_member, member[member != NO_CODE])
        self.by_claim = _counted(self.by_claim, columns.claim[member == NO_CODE])


def _counted(counts: Numbers, numbers: NDArray[np.int32]) -> Numbers:
    if not len(numbers):
        return counts
    most = int(numbers.max()) + 1
    if most > len(counts):
        counts = np.concatenate([counts, np.zeros(max(most, 2 * len(counts)) - len(counts), int)])
    counts[:most] += np.bincount(numbers, minlength=most)
    return counts


@frozen(slots=True, eq=False)
class RangesOfReading:
    """The range of each member of a reading, and of each claim without one, by their numbers."""

    of_member: NDArray[np.int32]
    of_claim: NDArray[np.int32]

    def of_lines(self, member: NDArray[np.int32], claim: NDArray[np.int32]) -> NDArray[np.int32]:
        """The range of each line; all int32 of shape (lines,)."""
        found = np.empty(len(member), np.int32)
        alone = member == NO_CODE
        found[~alone] = self.of_member[member[~alone]]
        found[alone] = self.of_claim[claim[alone]]
        return found


def ranges(
    readings: Sequence[tuple[LineCounts, TextArray, TextArray]], most_lines: int
) -> tuple[list[RangesOfReading], int]:
    """The ranges of readings, given the texts of their members and of their claims, and how many
    ranges there are; of no more lines than told, where no member has more."""
    claims, first = _cut([(each.by_claim, texts) for each, _, texts in readings], most_lines)
    members, count = _cut([(each.by_member, texts) for each, texts, _ in readings], most_lines)
    return [
        RangesOfReading(of_member + np.int32(first), of_claim)
        for of_member, of_claim in zip(members, claims, strict=True)
    ], first + count


def _cut(
    counted: Sequence[tuple[Numbers, TextArray]], most_lines: int
) -> tuple[list[NDArray[np.int32]], int]:
    """The range of each text by its number, in each reading; and how many ranges there are."""
    used = [np.flatnonzero(counts) for counts, _ in counted]
    together: list[Any] = []
    for at, (_, texts) in zip(used, counted, strict=True):
        some: Any = texts
        together.append(some.take(pa.array(at)))
    lines = np.concatenate([counts[at] for at, (counts, _) in zip(used, counted, strict=True)])
    found = [np.zeros(len(counts), np.int32) for counts, _ in counted]
    if not len(lines):
        return found, 0
    whole: Any = pa.concat_arrays(together)
    order = pc.sort_indices(whole).to_numpy()
    same = np.zeros(len(order), np.bool_)
    if len(counted) > 1:  # a text may be in several readings
        in_order = whole.take(order)
        equal = pc.equal(in_order.slice(1), in_order.slice(0, len(order) - 1))
        same[1:] = equal.to_numpy(zero_copy_only=False)
    text = np.cumsum(~same) - 1
    total = np.bincount(text, weights=lines[order]).astype(np.int64)
    of_text, count = _shared_out(total, most_lines)
    of_each = np.empty(len(order), np.int32)
    of_each[order] = of_text[text]
    for each, at, end in zip(found, used, np.cumsum([len(at) for at in used]), strict=True):
        each[at] = of_each[end - len(at) : end]
    return found, count


def _shared_out(lines: Numbers, most: int) -> tuple[NDArray[np.int32], int]:
    """Texts with so many lines each, in their order, to ranges."""
    ends = np.cumsum(lines)
    found = np.empty(len(lines), np.int32)
    start = count = done = 0
    while start < len(lines):
        end = max(start + 1, int(np.searchsorted(ends, done + most, side="right")))
        found[start:end] = count
        count, start, done = count + 1, end, int(ends[end - 1])
    return found, count
