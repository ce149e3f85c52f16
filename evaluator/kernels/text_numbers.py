"""Texts to numbers: equal texts have equal numbers, counted from 0 as they first occur.

Texts come as Arrow has them: their bytes one after the other, and where each starts. Every text
is kept once, with 8 bytes for its place and 12 to 24 for its slot in the hash table. Texts and
their places go to a file when there are many, since texts are looked at again seldom: when they
recur with others in between.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

from typing import Any

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.growing_memory import GrowingMemory

COMPILED = cython.compiled

UNPLAIN = 1
"""A mark of texts that may have to be repaired: blank, with anything but letters, digits and
`-./:_`, or short and beginning like `NULL`, `NA`, `N/A`, `.` and `-`."""
LOWER_CASE = 2
"""A mark of texts with a lower-case letter."""
DOTTED = 4
"""A mark of texts with a dot."""
_MARKS = np.full(256, UNPLAIN, dtype=np.uint8)
_MARKS[list(b"-./:_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")] = 0
_MARKS[list(b"abcdefghijklmnopqrstuvwxyz")] = LOWER_CASE
_MARKS[ord(".")] = DOTTED
"""The mark of each byte."""

_NO_DATA, _NO_STARTS = np.zeros(0, np.uint8), np.zeros(0, np.int64)
_NO_SLOTS = np.zeros(0, np.uint64)
"""Looked at while memory grows, which is without a copy where nobody looks at it."""
_FEWEST_BITS = 10
_ROOM = 1024
_BLOCK = 1 << 16
"""So many slots are moved at a time."""
_AHEAD = 64
"""So many texts are hashed, and their slots looked at, before the first of them is numbered: slots
lie far apart in memory, and the processor fetches several at once if nothing waits for them."""


@cython.cclass
class TextNumbers:
    """The texts so far and their numbers."""

    count: cython.Py_ssize_t
    bits: cython.int
    memory_of_slots: Any
    memory_of_starts: Any
    memory_of_data: Any
    slots: cython.ulonglong[::1]
    starts: cython.longlong[::1]
    data: cython.uchar[::1]
    """What there is room for in their memories."""
    hashes: cython.ulonglong[::1]
    """Those of the texts that are numbered at present."""
    touched: cython.ulonglong
    """Means nothing: what was read ahead of time goes here."""

    def __init__(self) -> None:
        self.count = 0
        self.bits = _FEWEST_BITS
        self.memory_of_slots = GrowingMemory(np.uint64)
        self.memory_of_starts = GrowingMemory(np.int64, to_file=True)
        self.memory_of_data = GrowingMemory(np.uint8, to_file=True)
        self.memory_of_slots.reserve(1 << _FEWEST_BITS)
        self.memory_of_starts.reserve(_ROOM)
        self.memory_of_data.reserve(_ROOM)
        self.slots = self.memory_of_slots.room
        self.starts = self.memory_of_starts.room
        self.data = self.memory_of_data.room
        self.hashes = np.zeros(_AHEAD, dtype=np.uint64)
        self.touched = 0

    def __len__(self) -> int:
        count: cython.Py_ssize_t = self.count
        return count  # type: ignore[no-any-return]

    def kept(self) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """Where the texts start, with the end of the last, and their bytes."""
        starts = np.asarray(self.starts)[: self.count + 1]
        return starts, np.asarray(self.data)[: int(starts[self.count])]

    def number(
        self,
        data: cython.const[cython.uchar][::1],
        offsets: cython.const[cython.longlong][::1],
        skipped: cython.const[cython.uchar][::1],
    ) -> NDArray[np.int32]:
        """The numbers of texts, int32 of shape (texts,); -1 where `skipped` is not 0.

        Text i is `data[offsets[i]:offsets[i + 1]]`; `skipped` is uint8 of shape (texts,).
        """
        count: cython.Py_ssize_t = skipped.shape[0]
        numbers = np.empty(count, dtype=np.int32)
        done: cython.Py_ssize_t = self._number_some(data, offsets, skipped, numbers, 0)
        while done < count:
            self._make_room(offsets[done + 1] - offsets[done])
            done = self._number_some(data, offsets, skipped, numbers, done)
        return numbers

    @cython.cfunc
    def _number_some(
        self,
        data: cython.const[cython.uchar][::1],
        offsets: cython.const[cython.longlong][::1],
        skipped: cython.const[cython.uchar][::1],
        numbers: cython.int[::1],
        at: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Number the texts from `at` on until there is no room; where it stopped."""
        slots: cython.ulonglong[::1] = self.slots
        starts: cython.longlong[::1] = self.starts
        kept: cython.uchar[::1] = self.data
        shift: cython.int = 32 - self.bits
        last_slot: cython.ulonglong = (cython.cast(cython.ulonglong, 1) << self.bits) - 1
        most: cython.Py_ssize_t = min((1 << self.bits) * 2 // 3, starts.shape[0] - 1)
        room: cython.longlong = kept.shape[0]
        count: cython.Py_ssize_t = self.count
        hashes: cython.ulonglong[::1] = self.hashes
        ahead: cython.Py_ssize_t = hashes.shape[0]
        end: cython.Py_ssize_t = skipped.shape[0]
        before: cython.Py_ssize_t = -1
        hashed_to: cython.Py_ssize_t = at
        first: cython.Py_ssize_t = at
        touched: cython.ulonglong = 0
        start: cython.longlong
        length: cython.longlong
        other: cython.longlong
        hashed: cython.ulonglong
        slot: cython.ulonglong
        found: cython.ulonglong
        number: cython.longlong
        i: cython.longlong
        place: cython.Py_ssize_t
        with cython.nogil:
            while at < end:
                if at == hashed_to:
                    first = at
                    hashed_to = min(at + ahead, end)
                    for place in range(first, hashed_to):
                        if skipped[place] == 0:
                            hashed = _hash(
                                data, offsets[place], offsets[place + 1] - offsets[place]
                            )
                            hashes[place - first] = hashed
                            touched ^= slots[hashed >> shift]
                if skipped[at] != 0:
                    numbers[at] = -1
                    at += 1
                    continue
                start = offsets[at]
                length = offsets[at + 1] - start
                if (
                    before >= 0
                    and offsets[before + 1] - offsets[before] == length
                    and _same(data, start, data, offsets[before], length)
                ):
                    numbers[at] = numbers[before]
                    before = at
                    at += 1
                    continue
                hashed = hashes[at - first]
                slot = hashed >> shift
                number = -1
                while True:
                    found = cython.cast(cython.ulonglong, slots[slot])
                    if found == 0:
                        break
                    if found >> 32 == hashed:
                        number = cython.cast(cython.longlong, found - (found >> 32 << 32)) - 1
                        other = starts[number]
                        if starts[number + 1] - other == length and _same(
                            data, start, kept, other, length
                        ):
                            break
                        number = -1
                    slot = (slot + 1) & last_slot
                if number < 0:
                    other = starts[count]
                    if count >= most or other + length > room:
                        break
                    for i in range(length):
                        kept[other + i] = data[start + i]
                    starts[count + 1] = other + length
                    number = count
                    count += 1
                    slots[slot] = (hashed << 32) | cython.cast(cython.ulonglong, count)
                numbers[at] = number
                before = at
                at += 1
        self.count = count
        self.touched = touched
        return at

    @cython.cfunc
    def _make_room(self, length: cython.longlong) -> cython.void:
        """Make room for at least one more text of this length."""
        used: cython.longlong = self.starts[self.count]
        if used + length > self.data.shape[0]:
            self.data = _NO_DATA
            self.memory_of_data.reserve(used + length)
            self.data = self.memory_of_data.room
        if self.count + 1 >= self.starts.shape[0]:
            self.starts = _NO_STARTS
            self.memory_of_starts.reserve(self.count + 2)
            self.starts = self.memory_of_starts.room
        if self.count >= (1 << self.bits) * 2 // 3:
            self._spread()

    @cython.cfunc
    def _spread(self) -> cython.void:
        """Double the slots in their place. A hash's first bits are its slot, so that slots keep
        their order and none comes before its old place: they are moved from the last block to the
        first."""
        end: cython.Py_ssize_t = 1 << self.bits
        self.bits += 1
        self.slots = _NO_SLOTS
        self.memory_of_slots.reserve(1 << self.bits)
        self.slots = self.memory_of_slots.room
        slots: cython.ulonglong[::1] = self.slots
        block: cython.ulonglong[::1] = np.empty(min(_BLOCK, end), dtype=np.uint64)
        shift: cython.int = 32 - self.bits
        last_slot: cython.ulonglong = (cython.cast(cython.ulonglong, 1) << self.bits) - 1
        left = []
        at: cython.Py_ssize_t
        start: cython.Py_ssize_t
        found: cython.ulonglong
        slot: cython.ulonglong
        while end > 0:
            start = max(0, end - block.shape[0])
            for at in range(start, end):
                block[at - start] = slots[at]
                slots[at] = 0
            for at in range(end - start):
                found = cython.cast(cython.ulonglong, block[at])
                if found == 0:
                    continue
                slot = (found >> 32) >> shift
                if slot >= cython.cast(cython.ulonglong, start):
                    while slot <= last_slot and slots[slot] != 0:
                        slot += 1
                if slot < cython.cast(cython.ulonglong, start) or slot > last_slot:
                    left.append(found)  # its place is among slots that have not been moved
                else:
                    slots[slot] = found
            end = start
        for each in left:
            found = each
            slot = (found >> 32) >> shift
            while slots[slot] != 0:
                slot = (slot + 1) & last_slot
            slots[slot] = found


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash(
    data: cython.const[cython.uchar][::1], start: cython.longlong, length: cython.longlong
) -> cython.ulonglong:
    """A number below 2**32 that tells texts apart; compiled, 8 bytes are taken at a time."""
    hashed: cython.ulonglong = length
    i: cython.longlong = 0
    if cython.compiled:
        while i + 8 <= length:
            hashed = _mixed(hashed ^ _word(data, start + i))
            i += 8
        if i < length and length >= 8:
            return _mixed(hashed ^ _word(data, start + length - 8)) >> 32
        while i < length:
            hashed = (hashed ^ data[start + i]) * 16777619
            i += 1
    else:
        while i < length:
            hashed = (hashed * 31 + int(data[start + i])) % 4294967291
            i += 1
        return hashed
    return _mixed(hashed) >> 32


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _same(
    data: cython.const[cython.uchar][::1],
    start: cython.longlong,
    other_data: cython.const[cython.uchar][::1],
    other_start: cython.longlong,
    length: cython.longlong,
) -> cython.bint:
    """Whether two texts of one length are equal."""
    i: cython.longlong = 0
    if cython.compiled:
        while i + 8 <= length:
            if _word(data, start + i) != _word(other_data, other_start + i):
                return False
            i += 8
        if i < length and length >= 8:
            i = length - 8
            return _word(data, start + i) == _word(other_data, other_start + i)
    while i < length and data[start + i] == other_data[other_start + i]:
        i += 1
    return i == length


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _word(data: cython.const[cython.uchar][::1], at: cython.longlong) -> cython.ulonglong:
    """Eight bytes as one number; only where this is compiled."""
    return cython.cast(cython.pointer(cython.const[cython.ulonglong]), cython.address(data[at]))[0]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _mixed(word: cython.ulonglong) -> cython.ulonglong:
    """A number whose every bit depends on all bits of another; only where this is compiled."""
    odd: cython.ulonglong = 0x2C1B3C6D
    odd = (odd << 32) | 0x297A2D39
    word = (word ^ (word >> 32)) * odd
    word = (word ^ (word >> 29)) * odd
    return word ^ (word >> 32)


def text_marks(
    data: cython.const[cython.uchar][::1], offsets: cython.const[cython.longlong][::1]
) -> NDArray[np.uint8]:
    """What is to be known of each text before it is read: marks, uint8 of shape (texts,)."""
    count: cython.Py_ssize_t = offsets.shape[0] - 1
    marks = np.empty(count, dtype=np.uint8)
    out: cython.uchar[::1] = marks
    at: cython.Py_ssize_t
    i: cython.longlong
    start: cython.longlong
    length: cython.longlong
    mark: cython.uchar
    byte: cython.uchar
    unplain: cython.uchar = UNPLAIN
    of_bytes: cython.uchar[::1] = _MARKS
    with cython.nogil:
        for at in range(count):
            start = offsets[at]
            length = offsets[at + 1] - start
            mark = unplain if length == 0 else 0
            for i in range(start, start + length):
                mark |= of_bytes[data[i]]
            if 1 <= length <= 2 and (data[start] == 0x2D or data[start] == 0x2E):
                mark |= unplain
            elif 2 <= length <= 4 and (data[start] | 0x20) == 0x6E:
                byte = data[start + 1] | 0x20
                if byte == 0x61 or byte == 0x75 or byte == 0x6F or byte == 0x2F:
                    mark |= unplain
            out[at] = mark
    return marks
