"""Counts by a number that is met again and again: part after part, in arrays."""

from collections.abc import Iterator

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


def _none() -> Numbers:
    return np.zeros(0, np.int64)


@define(eq=False)
class Tally:
    """How often each key was met, and the charges that it was met with (in ten-thousandths). It
    takes as much memory as there are different keys."""

    keys: Numbers = field(factory=_none)
    """The different keys, in their order."""
    counts: Numbers = field(factory=_none)
    charges: Numbers = field(factory=_none)

    def add(self, keys: Numbers, charges: Numbers) -> None:
        """Count each key once for each time that it is there, with its charge."""
        if not len(keys):
            return
        every = np.concatenate([self.keys, keys])
        order = np.argsort(every, kind="stable")
        starts = np.flatnonzero(np.diff(every[order], prepend=-1))
        counts = np.concatenate([self.counts, np.ones(len(keys), np.int64)])
        self.counts = np.add.reduceat(counts[order], starts)
        self.charges = np.add.reduceat(np.concatenate([self.charges, charges])[order], starts)
        self.keys = every[order][starts]

    def __iter__(self) -> Iterator[tuple[int, int, int]]:
        """Each key with its count and its charges."""
        return zip(self.keys.tolist(), self.counts.tolist(), self.charges.tolist(), strict=True)


OTHERS = 1 << 32
"""More than there are of anything: a key of two numbers is `first * OTHERS + second`."""

Crossed = dict[int, dict[int, tuple[int, int]]]
"""Count and charges by a first number and a second."""


def pairs(first: Numbers, second: Numbers) -> Numbers:
    """Keys of two numbers."""
    return first * OTHERS + second


def crossed(tally: Tally) -> Crossed:
    """What was counted with keys of two numbers, in their order."""
    found: Crossed = {}
    for key, count, charge in tally:
        first, second = divmod(key, OTHERS)
        found.setdefault(first, {})[second] = (count, charge)
    return found
