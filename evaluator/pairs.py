"""Which pairs of codes there are rules for: a bit for each, looked at before any pair is looked up.

Of a large batch only the pairs of its own codes are kept: a few thousand codes of ten thousand, so
that the bits stay in the processor's cache.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.plan import Plan


@frozen(slots=True, eq=False)
class Pairs:
    """A matrix of bits. `row`, int32 of shape (codes,), is the row of a subject's code, or -1 for
    a code without pairs; `column`, of the same shape, the column of a partner's; `bits`, uint8,
    has `width` bytes a row, the lowest bit of each first."""

    row: NDArray[np.int32]
    column: NDArray[np.int32]
    bits: NDArray[np.uint8]
    width: int

    @classmethod
    def of(cls, plan: Plan) -> "Pairs":
        """All pairs of a plan."""
        row = plan.arrays["pair_row"]
        column = np.arange(len(row), dtype=np.int32)
        return cls(row, column, plan.arrays["pair_bits"], plan.numbers["pair_width"])

    def among(self, codes: NDArray[np.int32]) -> "Pairs":
        """The pairs of some codes, each of them once."""
        known = codes[(codes >= 0) & (codes < len(self.row))]
        subjects = known[self.row[known] >= 0]
        row, column = np.full_like(self.row, -1), np.zeros_like(self.column)
        row[subjects] = np.arange(len(subjects))
        column[known] = np.arange(len(known))
        width = max(1, -(-len(known) // 8))
        bits = np.zeros((max(len(subjects), 1), width), np.uint8)
        whole = self.bits.reshape(-1, self.width)
        theirs = self.column[known]
        for first in range(0, len(subjects), _ROWS_AT_ONCE):
            rows = self.row[subjects[first : first + _ROWS_AT_ONCE]]
            unpacked = np.unpackbits(whole[rows], axis=1, bitorder="little")[:, theirs]
            bits[first : first + len(rows)] = np.packbits(unpacked, axis=1, bitorder="little")
        return Pairs(row, column, bits.reshape(-1), width)


_ROWS_AT_ONCE = 512
