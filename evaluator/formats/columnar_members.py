"""What is known of members, in columns: their birth dates and sex fill in what claims lack."""

from collections.abc import Mapping
from datetime import date

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.formats.rows import NO_FACTS, MemberFacts
from editwright.evaluator.lines.columns import NO_CODE, NO_DAY
from editwright.evaluator.lines.texts import TextColumn

_EPOCH = date(1970, 1, 1).toordinal()


class MemberColumns:
    """The facts of the members that a reading has come to, by the members' numbers."""

    def __init__(
        self, members: Mapping[str, MemberFacts], ids: TextColumn, sexes: TextColumn
    ) -> None:
        self._members = members
        self._ids = ids
        self._sex_texts = sexes
        self._days = np.zeros(0, dtype=np.int32)
        self._sexes = np.zeros(0, dtype=np.int32)

    def birth_dates(self, members: NDArray[np.int32], own: NDArray[np.int32]) -> NDArray[np.int32]:
        """The birth dates of lines, `own` where the lines have one; all int32 of shape (lines,)."""
        if not self._members:
            return own
        self._learn()
        lacking = np.flatnonzero((own == NO_DAY) & (members != NO_CODE))
        filled = own.copy()
        filled[lacking] = self._days[members[lacking]]
        return filled

    def sexes(self, members: NDArray[np.int32], own: NDArray[np.int32]) -> NDArray[np.int32]:
        """The sexes of lines, as numbers of their texts."""
        if not self._members:
            return own
        self._learn()
        lacking = np.flatnonzero((own == NO_CODE) & (members != NO_CODE))
        filled = own.copy()
        filled[lacking] = self._sexes[members[lacking]]
        return filled

    def _learn(self) -> None:
        """Look up the members that are new since the last batch."""
        new = self._ids.texts[len(self._days) :]
        facts = [self._members.get(member, NO_FACTS) for member in new]
        born = [NO_DAY if day is None else day.toordinal() - _EPOCH for day, _ in facts]
        self._days = np.concatenate([self._days, np.array(born, dtype=np.int32)])
        sexes = self._sex_texts.number_each([sex for _, sex in facts])
        self._sexes = np.concatenate([self._sexes, sexes])
