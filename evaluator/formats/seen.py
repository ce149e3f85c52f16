"""Which line numbers of which claims have been read.

A claim, its replacement and its void may have one id: their lines are told apart by the correction
that they are (see `frequency`).

Exact, and held for the whole input: a claim's lines need not stand together. Measured at about
30 bytes a line for three lines a claim.
"""

from typing import Protocol

from editwright.evaluator.lines.frequency import ORIGINAL

_IN_A_MASK = 1024


class Seen(Protocol):
    """What knows the lines read so far."""

    def add(self, claim_id: str, line_number: int, correction: int = ORIGINAL) -> bool:
        """Record a line; false if the claim already has a line with this number."""
        ...

    def add_next(self, claim_id: str, correction: int = ORIGINAL) -> int:
        """Record a line that has no number, and give it the one after the claim's highest."""
        ...


class _ManyLines:
    """The line numbers of a claim with too many for a mask."""

    __slots__ = ("highest", "numbers")

    def __init__(self, mask: int) -> None:
        self.numbers = {number for number in range(mask.bit_length()) if mask >> number & 1}
        self.highest = max(mask.bit_length() - 1, 0)

    def add(self, line_number: int) -> bool:
        is_new = line_number not in self.numbers
        self.numbers.add(line_number)
        self.highest = max(self.highest, line_number)
        return is_new


class SeenLines:
    """The lines read so far: a bit mask for each claim, or a set where numbers are large."""

    __slots__ = ("_claims",)

    def __init__(self) -> None:
        self._claims: dict[str | tuple[str, int], int | _ManyLines] = {}

    def add(self, claim_id: str, line_number: int, correction: int = ORIGINAL) -> bool:
        claim = claim_id if correction == ORIGINAL else (claim_id, correction)
        seen = self._claims.get(claim, 0)
        if isinstance(seen, _ManyLines):
            return seen.add(line_number)
        if line_number < _IN_A_MASK:
            bit = 1 << line_number
            self._claims[claim] = seen | bit
            return not seen & bit
        many = self._claims[claim] = _ManyLines(seen)
        return many.add(line_number)

    def add_next(self, claim_id: str, correction: int = ORIGINAL) -> int:
        claim = claim_id if correction == ORIGINAL else (claim_id, correction)
        seen = self._claims.get(claim, 0)
        highest = seen.highest if isinstance(seen, _ManyLines) else seen.bit_length() - 1
        number = max(highest, 0) + 1
        self.add(claim_id, number, correction)
        return number


class SeenLately:
    """The lines of the claim that was read last: where the lines of a claim stand together, and
    there is no end to them."""

    __slots__ = ("_claim", "_lines")

    def __init__(self) -> None:
        self._claim: tuple[str, int] | None = None
        self._lines = SeenLines()

    def add(self, claim_id: str, line_number: int, correction: int = ORIGINAL) -> bool:
        return self._of(claim_id, correction).add(claim_id, line_number, correction)

    def add_next(self, claim_id: str, correction: int = ORIGINAL) -> int:
        return self._of(claim_id, correction).add_next(claim_id, correction)

    def _of(self, claim_id: str, correction: int) -> SeenLines:
        if self._claim != (claim_id, correction):
            self._claim, self._lines = (claim_id, correction), SeenLines()
        return self._lines
