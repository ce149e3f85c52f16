"""The frequencies of claims in columns to what they do to other claims."""

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_CODE, Coded
from editwright.evaluator.lines.frequency import ORIGINAL, correction_of


def corrections_in(
    frequency: Coded | None, bill_type: Coded | None, rows: int
) -> NDArray[np.uint8]:
    """The correction of each row, uint8 of shape (rows,); see `frequency`."""
    found = np.zeros(rows, np.uint8)
    if bill_type is not None:
        by_text = [correction_of(None, text) for text in bill_type.texts]
        if any(by_text):
            found = np.array([*by_text, ORIGINAL], np.uint8)[bill_type.numbers]
    if frequency is not None:
        by_text = [correction_of(text, None) for text in frequency.texts]
        said = frequency.numbers != NO_CODE
        if any(by_text):
            by_frequency = np.array([*by_text, ORIGINAL], np.uint8)[frequency.numbers]
            found = np.where(said, by_frequency, found)
        elif found.any():
            found[said] = ORIGINAL
    return found
