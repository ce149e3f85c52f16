"""Which line numbers of which claims have been read: exact, across all batches of a reading.

A claim has a mask of 64 bits for its line numbers up to 63; larger ones are in a hash table.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

from typing import Any

import numpy as np

from editwright.evaluator.growing_memory import GrowingMemory

COMPILED = cython.compiled

GOOD, BAD, UNREAD, REPEATED = 0, 1, 2, 3
"""What is known of a row. A bad row has a claim id and a line number, or none; an unread row's
claim id or line number cannot be read; a repeated one has the number of an earlier good row."""

_NO_MASKS = np.zeros(0, np.uint64)
_FEWEST_SLOTS = 1024
_STRETCH = 1024
"""After so many rows of old claims, masks that are in a file are let go."""
_OLD = 1 << 20
"""Claims are old when about so many have come after them."""


@cython.cclass
class ClaimLines:
    """The lines so far, by the numbers of their claims."""

    memory_of_masks: Any
    masks: cython.ulonglong[::1]
    """All that there is room for in their memory."""
    large: cython.longlong[::1]
    """claim * 2**32 + line number of lines beyond the mask, or -1; a claim's line number 0 stands
    for its highest, which is in `highest` at the same place."""
    highest: cython.int[::1]
    large_count: cython.Py_ssize_t
    old_taken: cython.Py_ssize_t
    """So many rows of old claims were taken since memory was let go."""

    def __init__(self) -> None:
        self.memory_of_masks = GrowingMemory(np.uint64, to_file=True)
        self.masks = self.memory_of_masks.room
        self.large = np.full(_FEWEST_SLOTS, -1, dtype=np.int64)
        self.highest = np.zeros(_FEWEST_SLOTS, dtype=np.int32)
        self.large_count = 0
        self.old_taken = 0

    def take(
        self,
        claims: cython.const[cython.int][::1],
        numbers: cython.int[::1],
        states: cython.uchar[::1],
    ) -> None:
        """Record rows in their order.

        `claims`, int32, `numbers`, int32, and `states`, uint8, have the shape (rows,). Where
        `numbers` is negative, it becomes the one after the claim's highest; where a good row
        repeats a line, its state becomes `REPEATED`.
        """
        count: cython.Py_ssize_t = claims.shape[0]
        claims_now: cython.Py_ssize_t = 0
        at: cython.Py_ssize_t
        for_all: cython.Py_ssize_t = self.masks.shape[0]
        with cython.nogil:
            for at in range(count):
                if claims[at] >= claims_now:
                    claims_now = claims[at] + 1
        if claims_now > for_all:
            self.masks = _NO_MASKS
            self.memory_of_masks.reserve(claims_now)
            self.masks = self.memory_of_masks.room
        stopped: cython.Py_ssize_t
        end: cython.Py_ssize_t
        at = 0
        while at < count:
            end = min(count, at + _STRETCH)
            stopped = self._take_some(claims, numbers, states, at, end)
            if stopped < end:
                self._spread()
            if self.old_taken >= _STRETCH:
                self.memory_of_masks.let_go()
                self.old_taken = 0
            at = stopped

    @cython.cfunc
    def _take_some(
        self,
        claims: cython.const[cython.int][::1],
        numbers: cython.int[::1],
        states: cython.uchar[::1],
        at: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Record the rows from `at` to `end` until there is no room; where it stopped."""
        masks: cython.ulonglong[::1] = self.masks
        large: cython.longlong[::1] = self.large
        highest: cython.int[::1] = self.highest
        most: cython.Py_ssize_t = large.shape[0] // 2 - 1
        old: cython.Py_ssize_t = masks.shape[0] - _OLD
        claim: cython.longlong
        number: cython.longlong
        mask: cython.ulonglong
        bit: cython.ulonglong
        place: cython.Py_ssize_t
        top: cython.Py_ssize_t
        bad: cython.uchar = BAD
        unread: cython.uchar = UNREAD
        repeated: cython.uchar = REPEATED
        with cython.nogil:
            while at < end:
                if states[at] == unread or (states[at] == bad and numbers[at] >= 0):
                    at += 1
                    continue
                if self.large_count > most:
                    break
                claim = cython.cast(cython.longlong, claims[at])
                number = cython.cast(cython.longlong, numbers[at])
                mask = cython.cast(cython.ulonglong, masks[claim])
                if claim < old:
                    self.old_taken += 1
                if number < 0:
                    number = 0
                    if self.large_count > 0:
                        top = _place(large, claim, 0)
                        if large[top] >= 0:
                            number = cython.cast(cython.longlong, highest[top])
                    if number == 0:
                        while number < 63 and mask >> (number + 1) != 0:
                            number += 1
                    number += 1
                    numbers[at] = number
                if number < 64:
                    bit = cython.cast(cython.ulonglong, 1) << number
                    if mask & bit:
                        states[at] = repeated
                    else:
                        masks[claim] = mask | bit
                else:
                    place = _place(large, claim, number)
                    if large[place] >= 0:
                        states[at] = repeated
                    else:
                        large[place] = (claim << 32) | number
                        self.large_count += 1
                        top = _place(large, claim, 0)
                        if large[top] < 0:
                            large[top] = claim << 32
                            highest[top] = 0
                            self.large_count += 1
                        highest[top] = max(highest[top], number)
                at += 1
        return at

    @cython.cfunc
    def _spread(self) -> cython.void:
        """Double the table of the lines beyond the masks."""
        old: cython.longlong[::1] = self.large
        old_highest: cython.int[::1] = self.highest
        slots: cython.Py_ssize_t = 2 * old.shape[0]
        self.large = np.full(slots, -1, dtype=np.int64)
        self.highest = np.zeros(slots, dtype=np.int32)
        large: cython.longlong[::1] = self.large
        highest: cython.int[::1] = self.highest
        at: cython.Py_ssize_t
        place: cython.Py_ssize_t
        key: cython.longlong
        with cython.nogil:
            for at in range(slots // 2):
                key = cython.cast(cython.longlong, old[at])
                if key >= 0:
                    place = _place(large, key >> 32, key - (key >> 32 << 32))
                    large[place] = key
                    highest[place] = old_highest[at]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _place(
    large: cython.longlong[::1], claim: cython.longlong, number: cython.longlong
) -> cython.Py_ssize_t:
    """Where this line is in the table, or would be."""
    mixed: cython.ulonglong = (
        cython.cast(cython.ulonglong, claim) * 0x2C1B3C6D
        ^ cython.cast(cython.ulonglong, number) * 0x297A2D39
    ) & 0x7FFFFFFF
    mixed = ((mixed ^ (mixed >> 15)) * 0x45D9F3B) & 0x7FFFFFFF
    mixed = mixed ^ (mixed >> 13)
    slots: cython.Py_ssize_t = large.shape[0]
    place: cython.Py_ssize_t = mixed & (slots - 1)
    key: cython.longlong = (claim << 32) | number
    while large[place] >= 0 and large[place] != key:
        place = (place + 1) & (slots - 1)
    return place
