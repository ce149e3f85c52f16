"""A line's first and last day from its own columns and its claim's, as `rows` has it."""

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_DAY

Days = tuple[NDArray[np.int32], "NDArray[np.bool_] | None"]
"""Days of shape (rows,), and where they cannot be read."""


def service_days(
    line_from: Days, line_to: Days, claim_from: Days, claim_to: Days
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.bool_]]:
    """First and last days, and the rows that are bad: a day cannot be read, or they end before
    they start. The claim's days serve only lines that have none to start on."""
    first, bad_first = line_from
    last, bad_last = line_to
    bad = np.zeros(len(first), dtype=bool)
    for each in (bad_first, bad_last):
        if each is not None:
            bad |= each
    open_first = (first == NO_DAY) & ~bad
    if open_first.any():
        first, bad_claim_first = _filled(first, claim_from, open_first)
        last, bad_claim_last = _filled(last, claim_to, open_first & (last == NO_DAY))
        bad |= bad_claim_first | bad_claim_last
    bad |= (last != NO_DAY) & (last < first)
    return first, np.where(last == NO_DAY, first, last), bad


def _filled(
    days: NDArray[np.int32], others: Days, where: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    other_days, bad = others
    return np.where(where, other_days, days), where & bad if bad is not None else ~where & where
