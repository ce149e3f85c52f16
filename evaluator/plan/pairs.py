"""Which pairs of codes there are rules for: a bit for each, looked at before any pair is looked up.

Of a large batch only the pairs of its own codes are kept: a few thousand codes of ten thousand, so
that bits and pairs stay in the processor's cache.
"""

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.kernels.code_pairs import pairs_among
from editwright.evaluator.plan.plan import Plan


@frozen(slots=True, eq=False)
class Pairs:
    """The pairs, and a matrix of bits over them.

    `start`, int32 of shape (codes + 1,), is where each subject's pairs are in `partner` and
    `inst`, its partners' codes in ascending order and the instances of rules about them. `row`,
    int32 of shape (codes,), is the row of a subject's code, or -1 for a code without pairs;
    `column`, of the same shape, the column of a partner's; `bits`, uint8, has `width` bytes a
    row, the lowest bit of each first.
    """

    start: NDArray[np.int32]
    partner: NDArray[np.int32]
    inst: NDArray[np.int32]
    row: NDArray[np.int32]
    column: NDArray[np.int32]
    bits: NDArray[np.uint8]
    width: int

    @classmethod
    def of(cls, plan: Plan) -> "Pairs":
        """All pairs of a plan."""
        arrays = plan.arrays
        column = np.arange(len(arrays["pair_row"]), dtype=np.int32)
        return cls(
            arrays["pair_start"], arrays["pair_partner"], arrays["pair_inst"],
            arrays["pair_row"], column, arrays["pair_bits"], plan.numbers["pair_width"],
        )  # fmt: skip

    def among(self, codes: NDArray[np.int32]) -> "Pairs":
        """The pairs of some codes, in ascending order, each of them once."""
        known = codes[(codes >= 0) & (codes < len(self.row))]
        subjects = known[self.row[known] >= 0]
        row, column = np.full_like(self.row, -1), np.full_like(self.column, -1)
        row[subjects] = np.arange(len(subjects))
        column[known] = np.arange(len(known))
        width = max(1, -(-len(known) // 8))
        start, partner, inst, bits = pairs_among(
            subjects, column, width, self.start, self.partner, self.inst
        )
        return Pairs(start, partner, inst, row, column, bits, width)
