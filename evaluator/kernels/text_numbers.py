"""Texts to numbers: equal texts have equal numbers, counted from 0 as they first occur.

Texts come as Arrow has them: their bytes one after the other, and where each starts. Every text
is kept once, with 8 bytes for its place and 12 to 24 for its slot in the hash table. All of it
goes to files when there is much, so that memory does not grow with the number of texts. Texts are
looked at again seldom: when they recur with others in between. Slots are looked at all over the
table; in a file they are looked at in their order, a part of the table after the other.
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

_NO_DATA, _NO_STARTS = np.zeros(0, np.uint8), np.zeros(0, np.int64)
_NO_SLOTS = np.zeros(0, np.uint64)
"""Looked at while memory grows, which is without a copy where nobody looks at it."""
_ALL_BITS = (1 << 32) - 1
"""The largest hash."""
_FEWEST_BITS = 10
_ROOM = 1024
_BLOCK = 1 << 16
"""So many slots are moved at a time."""
_MOST_BITS = 22
"""The recent table has at most 2**22 slots, or 32 MB; what is older goes to the other."""
_SPAN = 1 << 19
"""So much of the older table, in slots, is at hand at a time where it is in a file."""
_LOOKS = 256
"""So many texts are looked for before memory is let go: each may bring in some pages of a file."""
_AHEAD = 64
"""So many texts are hashed, and their slots looked at, before the first of them is numbered: slots
lie far apart in memory, and the processor fetches several at once if nothing waits for them."""


@cython.cclass
class Slots:
    """A hash table: each slot is 0, or a hash * 2**32 + number + 1. A hash's first bits are its
    slot; a slot that is taken gives way to the one behind it."""

    bits: cython.int
    count: cython.Py_ssize_t
    """So many slots are taken."""
    memory: Any
    slots: cython.ulonglong[::1]
    """All there are, in their memory."""

    def __init__(self, *, to_file: bool = False) -> None:
        self.bits = _FEWEST_BITS
        self.count = 0
        self.memory = GrowingMemory(np.uint64, to_file=to_file)
        self.memory.reserve(1 << _FEWEST_BITS)
        self.slots = self.memory.room

    @cython.cfunc
    def most(self) -> cython.Py_ssize_t:
        """So many slots may be taken."""
        return (1 << self.bits) * 2 // 3

    @cython.cfunc
    def double(self) -> cython.void:
        """Double the table in its place. Slots keep their order, and none comes before its old
        place: they are moved from the last block to the first."""
        end: cython.Py_ssize_t = 1 << self.bits
        self.bits += 1
        self.slots = _NO_SLOTS
        self.memory.reserve(1 << self.bits)
        self.slots = self.memory.room
        slots: cython.ulonglong[::1] = self.slots
        block: cython.ulonglong[::1] = np.empty(min(_BLOCK, end), dtype=np.uint64)
        shift: cython.int = 32 - self.bits
        last_slot: cython.ulonglong = (cython.cast(cython.ulonglong, 1) << self.bits) - 1
        left = []
        moved: cython.Py_ssize_t = 0
        span: cython.Py_ssize_t = _SPAN // 2
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
            moved += end - start
            if moved >= span:
                self.memory.let_go()
                moved = 0
            end = start
        for each in left:
            found = each
            slot = (found >> 32) >> shift
            while slots[slot] != 0:
                slot = (slot + 1) & last_slot
            slots[slot] = found


@cython.cclass
class TextNumbers:
    """The texts so far and their numbers."""

    count: cython.Py_ssize_t
    recent: Slots
    older: Slots
    """Of the texts that were numbered long ago; in a file when there are many."""
    memory_of_starts: Any
    memory_of_data: Any
    starts: cython.longlong[::1]
    data: cython.uchar[::1]
    """What there is room for in their memories."""
    hashes: cython.ulonglong[::1]
    """Those of the texts that are numbered at present."""
    looks: cython.Py_ssize_t
    """So many texts were looked for among the older ones since memory was let go."""
    touched: cython.ulonglong
    """Means nothing: what was read ahead of time goes here."""

    def __init__(self) -> None:
        self.count = 0
        self.recent = Slots()
        self.older = Slots(to_file=True)
        self.memory_of_starts = GrowingMemory(np.int64, to_file=True)
        self.memory_of_data = GrowingMemory(np.uint8, to_file=True)
        self.memory_of_starts.reserve(_ROOM)
        self.memory_of_data.reserve(_ROOM)
        self.starts = self.memory_of_starts.room
        self.data = self.memory_of_data.room
        self.hashes = np.zeros(2 * _AHEAD, dtype=np.uint64)
        self.looks = 0
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
        done: cython.Py_ssize_t = 0
        end: cython.Py_ssize_t
        while done < count:
            if self.older.count == 0:
                done = self._number_some(data, offsets, skipped, numbers, done)
                if done < count:
                    self._make_room(1, offsets[done + 1] - offsets[done])
            else:
                end = min(count, done + self.recent.most() // 2)
                self._make_room(end - done, offsets[end] - offsets[done])
                self._number_stretch(data, offsets, skipped, numbers, done, end)
                done = end
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
        slots: cython.ulonglong[::1] = self.recent.slots
        starts: cython.longlong[::1] = self.starts
        kept: cython.uchar[::1] = self.data
        shift: cython.int = 32 - self.recent.bits
        last_slot: cython.ulonglong = (cython.cast(cython.ulonglong, 1) << self.recent.bits) - 1
        most: cython.Py_ssize_t = min(self.recent.most(), starts.shape[0] - 1)
        room: cython.longlong = kept.shape[0]
        count: cython.Py_ssize_t = self.count
        hashes: cython.ulonglong[::1] = self.hashes
        ahead: cython.Py_ssize_t = hashes.shape[0] // 2
        in_ring: cython.Py_ssize_t = hashes.shape[0] - 1
        end: cython.Py_ssize_t = skipped.shape[0]
        hashed_to: cython.Py_ssize_t = at
        next_block: cython.Py_ssize_t = at
        first: cython.Py_ssize_t
        touched: cython.ulonglong = 0
        start: cython.longlong
        length: cython.longlong
        other: cython.longlong
        hashed: cython.ulonglong
        slot: cython.ulonglong
        found: cython.ulonglong
        number: cython.longlong
        place: cython.Py_ssize_t
        all_bits: cython.ulonglong = _ALL_BITS
        with cython.nogil:
            while at < end:
                if at == next_block:
                    next_block = min(at + ahead, end)
                    first = hashed_to
                    hashed_to = min(next_block + ahead, end)
                    for place in range(first, hashed_to):
                        if skipped[place] == 0:
                            hashes[place & in_ring] = _hash_or_repeat(data, offsets, skipped, place)
                    for place in range(first, hashed_to):
                        touched ^= slots[(hashes[place & in_ring] & all_bits) >> shift]
                if skipped[at] != 0:
                    numbers[at] = -1
                    at += 1
                    continue
                hashed = hashes[at & in_ring]
                if hashed > all_bits:
                    numbers[at] = numbers[at - 1]
                    at += 1
                    continue
                start = offsets[at]
                length = offsets[at + 1] - start
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
                    _copy(data, start, kept, other, length)
                    starts[count + 1] = other + length
                    number = count
                    count += 1
                    slots[slot] = (hashed << 32) | cython.cast(cython.ulonglong, count)
                numbers[at] = number
                at += 1
        self.count = count
        self.recent.count = count
        self.touched = touched
        return at

    @cython.cfunc
    def _number_stretch(
        self,
        data: cython.const[cython.uchar][::1],
        offsets: cython.const[cython.longlong][::1],
        skipped: cython.const[cython.uchar][::1],
        numbers: cython.int[::1],
        at: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.void:
        """Number the texts from `at` to `end`, for which there is room, where some are older."""
        found = np.empty(end - at, dtype=np.uint64)
        keys: cython.ulonglong[::1] = found
        count: cython.Py_ssize_t = 0
        hashed: cython.ulonglong
        place: cython.Py_ssize_t
        all_bits: cython.ulonglong = _ALL_BITS
        with cython.nogil:
            for place in range(at, end):
                numbers[place] = -1
                if skipped[place] == 0:
                    hashed = _hash_or_repeat(data, offsets, skipped, place)
                    if hashed <= all_bits:
                        keys[count] = (hashed << 32) | cython.cast(cython.ulonglong, place)
                        count += 1
        found[:count].sort()
        done: cython.Py_ssize_t = 0
        before: cython.Py_ssize_t
        while done < count:
            before = done
            done = self._find_some(data, offsets, numbers, keys, done, count)
            self.looks += done - before
            if self.looks >= _LOOKS:
                self.older.memory.let_go()
                self.memory_of_starts.let_go()
                self.memory_of_data.let_go()
                self.looks = 0
        self._append(data, offsets, skipped, numbers, at, end)
        self._fill(numbers, keys, count)

    @cython.cfunc
    def _find_some(
        self,
        data: cython.const[cython.uchar][::1],
        offsets: cython.const[cython.longlong][::1],
        numbers: cython.int[::1],
        keys: cython.ulonglong[::1],
        at: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """Look for texts from key `at` on until memory is to be let go; where it stopped.

        A key is a hash * 2**32 + a text's place. Known texts get their numbers, and their keys
        become 0. A new text gets the number -2; its slot gets `count` + its place until the text
        has a number, and its key becomes 2**63 + its slot * 2**32 + its place. A text that is
        equal to a new one before it gets -3 - the place of that.
        """
        recent_slots: cython.ulonglong[::1] = self.recent.slots
        older_slots: cython.ulonglong[::1] = self.older.slots
        starts: cython.longlong[::1] = self.starts
        kept: cython.uchar[::1] = self.data
        recent_shift: cython.int = 32 - self.recent.bits
        older_shift: cython.int = 32 - self.older.bits
        one: cython.ulonglong = 1
        last_recent: cython.ulonglong = (one << self.recent.bits) - 1
        last_older: cython.ulonglong = (one << self.older.bits) - 1
        all_bits: cython.ulonglong = _ALL_BITS
        count: cython.longlong = self.count
        looks: cython.Py_ssize_t = 0
        most_looks: cython.Py_ssize_t = _LOOKS
        past: cython.ulonglong = (keys[at] >> 32 >> older_shift) + cython.cast(
            cython.ulonglong, _SPAN
        )
        hashed: cython.ulonglong
        slot: cython.ulonglong
        empty: cython.ulonglong
        found: cython.ulonglong
        row: cython.longlong
        start: cython.longlong
        length: cython.longlong
        number: cython.longlong
        other: cython.longlong
        with cython.nogil:
            while at < end and looks < most_looks:
                hashed = cython.cast(cython.ulonglong, keys[at]) >> 32
                if hashed >> older_shift > past:
                    break
                row = cython.cast(cython.longlong, keys[at] & all_bits)
                start = offsets[row]
                length = offsets[row + 1] - start
                numbers[row] = -2
                slot = hashed >> recent_shift
                while True:
                    found = cython.cast(cython.ulonglong, recent_slots[slot])
                    if found == 0:
                        break
                    if found >> 32 == hashed:
                        number = cython.cast(cython.longlong, found & all_bits) - 1
                        if number >= count:
                            number -= count
                            other = offsets[number]
                            if offsets[number + 1] - other == length and _same(
                                data, start, data, other, length
                            ):
                                numbers[row] = -3 - number
                                break
                        else:
                            looks += 1
                            other = starts[number]
                            if starts[number + 1] - other == length and _same(
                                data, start, kept, other, length
                            ):
                                numbers[row] = number
                                break
                    slot = (slot + 1) & last_recent
                empty = slot
                slot = hashed >> older_shift
                while numbers[row] == -2:
                    found = cython.cast(cython.ulonglong, older_slots[slot])
                    if found == 0:
                        break
                    if found >> 32 == hashed:
                        number = cython.cast(cython.longlong, found & all_bits) - 1
                        looks += 1
                        other = starts[number]
                        if starts[number + 1] - other == length and _same(
                            data, start, kept, other, length
                        ):
                            numbers[row] = number
                    slot = (slot + 1) & last_older
                keys[at] = 0
                if numbers[row] == -2:
                    recent_slots[empty] = (hashed << 32) | cython.cast(
                        cython.ulonglong, count + row + 1
                    )
                    keys[at] = (one << 63) | (empty << 32) | cython.cast(cython.ulonglong, row)
                at += 1
        return at

    @cython.cfunc
    def _append(
        self,
        data: cython.const[cython.uchar][::1],
        offsets: cython.const[cython.longlong][::1],
        skipped: cython.const[cython.uchar][::1],
        numbers: cython.int[::1],
        at: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.void:
        """Keep the new texts from `at` to `end`, in their order, and give the numbers that depend
        on them."""
        starts: cython.longlong[::1] = self.starts
        kept: cython.uchar[::1] = self.data
        count: cython.Py_ssize_t = self.count
        row: cython.Py_ssize_t
        start: cython.longlong
        length: cython.longlong
        with cython.nogil:
            for row in range(at, end):
                if skipped[row] != 0:
                    continue
                if numbers[row] == -1:
                    numbers[row] = numbers[row - 1]
                elif numbers[row] == -2:
                    start = offsets[row]
                    length = offsets[row + 1] - start
                    _copy(data, start, kept, starts[count], length)
                    starts[count + 1] = starts[count] + length
                    numbers[row] = count
                    count += 1
                elif numbers[row] < 0:
                    numbers[row] = numbers[-3 - numbers[row]]
        self.recent.count += count - self.count
        self.count = count

    @cython.cfunc
    def _fill(
        self,
        numbers: cython.int[::1],
        keys: cython.ulonglong[::1],
        count: cython.Py_ssize_t,
    ) -> cython.void:
        """Write the numbers of new texts to their slots."""
        slots: cython.ulonglong[::1] = self.recent.slots
        all_bits: cython.ulonglong = _ALL_BITS
        slot: cython.ulonglong
        at: cython.Py_ssize_t
        with cython.nogil:
            for at in range(count):
                if keys[at] != 0:
                    slot = (cython.cast(cython.ulonglong, keys[at]) >> 32) & (all_bits >> 1)
                    slots[slot] = (slots[slot] >> 32 << 32) | cython.cast(
                        cython.ulonglong, numbers[keys[at] & all_bits] + 1
                    )

    @cython.cfunc
    def _make_room(self, texts: cython.longlong, length: cython.longlong) -> cython.void:
        """Make room for at least so many more texts of this length together."""
        used: cython.longlong = self.starts[self.count]
        if used + length > self.data.shape[0]:
            self.data = _NO_DATA
            self.memory_of_data.reserve(used + length)
            self.data = self.memory_of_data.room
        if self.count + texts >= self.starts.shape[0]:
            self.starts = _NO_STARTS
            self.memory_of_starts.reserve(self.count + texts + 1)
            self.starts = self.memory_of_starts.room
        while self.recent.count + texts > self.recent.most():
            if self.recent.bits < _MOST_BITS:
                self.recent.double()
            else:
                self._make_older()

    @cython.cfunc
    def _make_older(self) -> cython.void:
        """Move all slots from the recent table to the older one, in their order."""
        older: Slots = self.older
        recent: Slots = self.recent
        while older.count + recent.count > older.most():
            older.double()
        slots: cython.ulonglong[::1] = older.slots
        recent_slots: cython.ulonglong[::1] = recent.slots
        shift: cython.int = 32 - older.bits
        last_slot: cython.ulonglong = (cython.cast(cython.ulonglong, 1) << older.bits) - 1
        span: cython.ulonglong = _SPAN
        first: cython.ulonglong = 0
        at: cython.Py_ssize_t
        slot: cython.ulonglong
        found: cython.ulonglong
        for at in range(1 << recent.bits):
            found = cython.cast(cython.ulonglong, recent_slots[at])
            if found == 0:
                continue
            recent_slots[at] = 0
            slot = (found >> 32) >> shift
            if slot - first > span:  # unsigned: also where it is before the first
                older.memory.let_go()
                first = slot
            while slots[slot] != 0:
                slot = (slot + 1) & last_slot
            slots[slot] = found
        older.memory.let_go()
        older.count += recent.count
        recent.count = 0


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _hash_or_repeat(
    data: cython.const[cython.uchar][::1],
    offsets: cython.const[cython.longlong][::1],
    skipped: cython.const[cython.uchar][::1],
    at: cython.Py_ssize_t,
) -> cython.ulonglong:
    """The hash of a text, or a number above all hashes where it repeats the one before it."""
    start: cython.longlong = offsets[at]
    length: cython.longlong = offsets[at + 1] - start
    if (
        at > 0
        and skipped[at - 1] == 0
        and start - offsets[at - 1] == length
        and _same(data, start, data, offsets[at - 1], length)
    ):
        return cython.cast(cython.ulonglong, 1) << 32
    return _hash(data, start, length)


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
def _copy(
    data: cython.const[cython.uchar][::1],
    start: cython.longlong,
    other_data: cython.uchar[::1],
    other_start: cython.longlong,
    length: cython.longlong,
) -> cython.void:
    """Copy the bytes of a text; compiled, 8 at a time where there are as many."""
    i: cython.longlong = 0
    if cython.compiled:
        while i + 8 <= length:
            _set_word(other_data, other_start + i, _word(data, start + i))
            i += 8
    while i < length:
        other_data[other_start + i] = data[start + i]
        i += 1


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _set_word(data: cython.uchar[::1], at: cython.longlong, word: cython.ulonglong) -> cython.void:
    """Write eight bytes at once; only where this is compiled."""
    cython.cast(cython.pointer(cython.ulonglong), cython.address(data[at]))[0] = word


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
