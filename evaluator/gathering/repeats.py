"""Lines of the history that are among the judged lines too, whatever member either names.

Most such pairs lie in one range of members and are found there. Only of claims with lines in
several ranges are the judged lines held: 8 bytes a line.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from editwright.evaluator.gathering.member_ranges import RangesOfReading
from editwright.evaluator.lines.records import numbers_in
from editwright.evaluator.lines.takes import line_keys
from editwright.evaluator.lines.texts import TextArray

pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""

_NOWHERE = -1


class Repeats:
    """Which history lines are repeated, but for those whose claim lies in one range alone."""

    def __init__(
        self,
        judged: Iterable[pa.RecordBatch],
        ranges: RangesOfReading,
        claims: TextArray,
        past: Iterable[pa.RecordBatch],
        past_ranges: RangesOfReading,
        past_claims: TextArray,
    ) -> None:
        """`judged` and `past` are the records of the two readings, each to be gone through as
        often as needed, with the ranges of their members and the ids of their claims."""
        place = pc.index_in(past_claims, value_set=claims).fill_null(_NOWHERE)
        self._judged_claim: NDArray[np.int32] = place.to_numpy(zero_copy_only=False)
        lowest = np.full(len(claims), np.iinfo(np.int32).max, np.int32)
        highest = np.full(len(claims), _NOWHERE, np.int32)
        for records in judged:
            claim = numbers_in(records, "claim")
            at = range_of(records, ranges)
            np.minimum.at(lowest, claim, at)
            np.maximum.at(highest, claim, at)
        spread = np.zeros(len(claims), np.bool_)
        for records in past:
            claim = self._judged_claim[numbers_in(records, "claim")]
            at = range_of(records, past_ranges)[claim != _NOWHERE]
            claim = claim[claim != _NOWHERE]
            spread[claim[(lowest[claim] != at) | (highest[claim] != at)]] = True
        keys = [np.zeros(0, np.int64)]
        if spread.any():
            for records in judged:
                claim = numbers_in(records, "claim")
                keys.append(_keys(records, claim)[spread[claim]])
        self._keys = np.concatenate(keys)

    def kept(self, past: pa.RecordBatch) -> pa.RecordBatch:
        """The history lines of a batch without the repeated ones."""
        if not len(self._keys):
            return past
        claim = self._judged_claim[numbers_in(past, "claim")]
        keys = _keys(past, claim)
        repeated = np.isin(keys, self._keys) & (claim != _NOWHERE)
        return past.filter(pa.array(~repeated)) if repeated.any() else past


def range_of(records: pa.RecordBatch, ranges: RangesOfReading) -> NDArray[np.int32]:
    """The range of each line of a batch."""
    return ranges.of_lines(numbers_in(records, "member_id"), numbers_in(records, "claim"))


def _keys(records: pa.RecordBatch, claim: NDArray[np.int32]) -> NDArray[np.int64]:
    return line_keys(claim, numbers_in(records, "correction"), numbers_in(records, "line_number"))
