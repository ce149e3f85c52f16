"""Lines in any order to members' lines in order, as positions.

The order is that of `reference.in_order`: by date, those without one last; history first on its
date; then claim id, by its bytes, and line number; then as they came.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

from typing import Any

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled
MISSING_DAY = cython.declare(cython.int, -(2**31))
BEHIND_ALL = cython.declare(cython.longlong, 2**31 - 1)
POSITION = cython.declare(cython.longlong, 2**32 - 1)


def _view(array: Any) -> Any:
    return array if cython.compiled else memoryview(array)


@cython.final
@cython.cclass
class Order:
    """Sorts members' lines.

    `keys`, int64 of shape (lines,), are sorted in place, each member's by themselves: a line's day
    above its position in the columns, so that days are compared without a look at the columns.
    `claim`, `line_number`, `id_of` are int32 and `history` uint8, one for each position; `id_of`
    says which claim id is each line's, and `id_start`, int64 of shape (ids + 1,), where that id is
    in `id_bytes`.
    """

    keys: cython.longlong[::1]
    claim: cython.const[cython.int][::1]
    line_number: cython.const[cython.int][::1]
    history: cython.const[cython.uchar][::1]
    id_of: cython.const[cython.int][::1]
    id_start: cython.const[cython.longlong][::1]
    id_bytes: cython.const[cython.uchar][::1]

    def __init__(
        self,
        keys: NDArray[np.int64],
        claim: NDArray[np.int32],
        line_number: NDArray[np.int32],
        history: NDArray[np.uint8],
        ids: tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8]],
    ) -> None:
        self.keys = _view(keys)
        self.claim = _view(claim)
        self.line_number = _view(line_number)
        self.history = _view(history)
        self.id_of, self.id_start, self.id_bytes = map(_view, ids)

    def sort(
        self, members: cython.const[cython.int][::1], first: cython.int, last: cython.int
    ) -> int:
        """Sort each member's stretch of the keys, from one member to before another; how many
        stretches were not in order."""
        member: cython.int
        unsorted: cython.int = 0
        with cython.nogil:
            for member in range(first, last):
                if not self._is_sorted(members[member], members[member + 1]):
                    self._sort(members[member], members[member + 1])
                    unsorted += 1
        return int(unsorted)

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _is_sorted(self, first: cython.int, last: cython.int) -> cython.bint:
        at: cython.int
        for at in range(first + 1, last):
            if self._before(self.keys[at], self.keys[at - 1]):
                return False
        return True

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _sort(self, first: cython.int, last: cython.int) -> cython.void:
        """Shell's sort: members have tens of lines, seldom thousands, mostly by date already."""
        count: cython.int = last - first
        gap: cython.int = 1
        at: cython.int
        to: cython.int
        moved: cython.longlong
        while gap < count // 3:
            gap = 3 * gap + 1
        while gap > 0:
            for at in range(first + gap, last):
                moved = self.keys[at]
                to = at
                while to >= first + gap and self._before(moved, self.keys[to - gap]):
                    self.keys[to] = self.keys[to - gap]
                    to -= gap
                self.keys[to] = moved
            gap = gap // 3

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _before(self, mine: cython.longlong, theirs: cython.longlong) -> cython.bint:
        """Whether a line comes before another one, by their keys."""
        one: cython.longlong = mine & POSITION
        two: cython.longlong = theirs & POSITION
        compared: cython.int
        if mine >> 32 != theirs >> 32:
            return mine < theirs
        if self.history[one] != self.history[two]:
            return self.history[one] > self.history[two]
        if self.claim[one] != self.claim[two]:
            compared = self._compared_ids(self.id_of[one], self.id_of[two])
            if compared != 0:
                return compared < 0
        if self.line_number[one] != self.line_number[two]:
            return self.line_number[one] < self.line_number[two]
        return one < two

    @cython.cfunc
    @cython.nogil
    @cython.exceptval(check=False)
    def _compared_ids(self, one: cython.int, two: cython.int) -> cython.int:
        """Below zero where one claim id comes before the other, by their bytes."""
        mine: cython.longlong = self.id_start[one]
        theirs: cython.longlong = self.id_start[two]
        while mine < self.id_start[one + 1] and theirs < self.id_start[two + 1]:
            if self.id_bytes[mine] != self.id_bytes[theirs]:
                return -1 if self.id_bytes[mine] < self.id_bytes[theirs] else 1
            mine += 1
            theirs += 1
        if mine < self.id_start[one + 1]:
            return 1
        return -1 if theirs < self.id_start[two + 1] else 0


def grouped(
    group: cython.const[cython.int][::1],
    groups: cython.int,
    day: cython.const[cython.int][::1],
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Keys by group, in each as they came (see `Order`), and where each group starts; the count
    at the end. `group`, from 0 to before `groups`, and `day` are int32 of shape (lines,)."""
    count: cython.Py_ssize_t = group.shape[0]
    starts_array = np.zeros(groups + 1, dtype=np.int32)
    starts: cython.int[::1] = _view(starts_array)
    at: cython.Py_ssize_t
    which: cython.int
    to: cython.int = 0
    size: cython.int
    key: cython.longlong
    with cython.nogil:
        for at in range(count):
            starts[group[at]] += 1
        for which in range(groups + 1):
            size = starts[which]
            starts[which] = to
            to += size
    next_array = starts_array.copy()
    following: cython.int[::1] = _view(next_array)
    keys_array = np.empty(count, dtype=np.int64)
    keys: cython.longlong[::1] = _view(keys_array)
    days: cython.const[cython.int][::1] = _view(day)
    with cython.nogil:
        for at in range(count):
            which = group[at]
            key = BEHIND_ALL if days[at] == MISSING_DAY else days[at]
            keys[following[which]] = (key << 32) | at
            following[which] += 1
    return keys_array, starts_array


def positions(keys: NDArray[np.int64]) -> NDArray[np.int32]:
    """The positions in keys."""
    return keys.astype(np.uint32).view(np.int32)
