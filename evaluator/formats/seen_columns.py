"""Which lines of which claims have been read, for readings in columns: whole batches at once.

The same law as `SeenLines`, and the same interface for sources whose rows come one by one.
"""

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.kernels.claim_lines import GOOD, REPEATED, ClaimLines
from editwright.evaluator.lines.frequency import ORIGINAL, REPLACEMENT, VOID
from editwright.evaluator.lines.texts import TextArray, TextColumn


class SeenColumns:
    """The claims read so far, numbered, and their lines."""

    def __init__(self) -> None:
        self._claims = TextColumn()
        self._lines = [ClaimLines() for _ in (ORIGINAL, REPLACEMENT, VOID)]
        self._claim = np.zeros(1, dtype=np.int32)
        self._number = np.zeros(1, dtype=np.int32)
        self._state = np.zeros(1, dtype=np.uint8)

    def claims(self, ids: AnyArray, skipped: NDArray[np.uint8] | None = None) -> NDArray[np.int32]:
        """The numbers of claims, int32 of shape (rows,); -1 where `skipped` is not 0."""
        return self._claims.number(ids, skipped)

    @property
    def claim_ids(self) -> TextArray:
        """The ids of the claims so far, by their numbers."""
        return self._claims.array()

    def take(
        self,
        claims: NDArray[np.int32],
        numbers: NDArray[np.int32],
        states: NDArray[np.uint8],
        corrections: NDArray[np.uint8],
    ) -> None:
        """Record rows: fills in missing line numbers, and the states of rows that repeat a line
        (see `ClaimLines.take`)."""
        if not corrections.any():
            self._lines[ORIGINAL].take(claims, numbers, states)
            return
        for correction, lines in enumerate(self._lines):
            at = np.flatnonzero(corrections == correction)
            some_numbers, some_states = numbers[at], states[at]
            lines.take(claims[at], some_numbers, some_states)
            numbers[at], states[at] = some_numbers, some_states

    def add(self, claim_id: str, line_number: int, correction: int = ORIGINAL) -> bool:
        """Record a line; false if the claim already has a line with this number."""
        return self._take_one(claim_id, line_number, correction)[1]

    def add_next(self, claim_id: str, correction: int = ORIGINAL) -> int:
        """Record a line that has no number, and give it the one after the claim's highest."""
        return self._take_one(claim_id, -1, correction)[0]

    def _take_one(self, claim_id: str, line_number: int, correction: int) -> tuple[int, bool]:
        self._claim[0] = self._claims.number_one(claim_id)
        self._number[0] = line_number
        self._state[0] = GOOD
        self._lines[correction].take(self._claim, self._number, self._state)
        return int(self._number[0]), bool(self._state[0] != REPEATED)
