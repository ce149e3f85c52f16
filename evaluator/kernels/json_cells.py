"""Flat JSON objects, one a line, to the places of their values.

What is taken is what Python's `json` takes: names and values of strings, numbers, `true`, `false`,
`null`, and lists of those. Reading stops at the first line that it takes for odd: with an object
in an object, a list in a list, a name that stands twice, or no JSON.

Objects with the same names in the same order have one shape. Shapes are the leaves of a tree: each
name leads from one node to the next, so that a line is told by looking whether its next name is the
one that came last time.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled

NONE, PLAIN, WHOLE, OTHER = 0, 1, 2, 3
"""Kinds of values: none or `null`; a string without escapes, of which the places are those of its
text; a whole number of at most 18 digits without a sign; everything else."""

MOST_NAMES = 256
_MOST_NODES = 1 << 14
_LONGEST_NUMBER = 300
_LONGEST_POWER = 16


class Objects:
    """Where the values of a block's objects stand.

    Object i stands from `starts[i]` to `ends[i]` on line `lines[i]` of the block, counted from 0;
    it has the shape `shapes[i]`, and its values are those from `firsts[i]` on, as many as the
    shape has names. All int32; `kinds` is uint8.
    """

    def __init__(self, most_rows: int, most_values: int) -> None:
        self.starts = np.empty(most_rows, dtype=np.int32)
        self.ends = np.empty(most_rows, dtype=np.int32)
        self.lines = np.empty(most_rows, dtype=np.int32)
        self.shapes = np.empty(most_rows, dtype=np.int32)
        self.firsts = np.empty(most_rows, dtype=np.int32)
        self.value_starts = np.empty(most_values, dtype=np.int32)
        self.value_ends = np.empty(most_values, dtype=np.int32)
        self.kinds = np.empty(most_values, dtype=np.uint8)
        self.rows = 0
        self.end = 0
        """Where the first line begins that was not read."""
        self.line_ends = 0
        """The line ends before it."""
        self.is_odd = False
        """Whether that line must be read with care."""


@cython.cclass
class ObjectShapes:
    """The names and shapes of the objects so far, and what reads objects."""

    texts: cython.uchar[::1]
    text_starts: cython.int[::1]
    names_now: cython.Py_ssize_t
    steps: cython.int[:, ::1]
    """The node that a name leads to from a node; 0 where it is not known yet, -1 where the name
    stood before."""
    last_names: cython.int[::1]
    """The name that was taken last from each node; -1 where none was."""
    parents: cython.int[::1]
    own_names: cython.int[::1]
    """The node before each node, and the name that led to it."""
    nodes: cython.Py_ssize_t

    def __init__(self) -> None:
        self.texts = np.zeros(1024, dtype=np.uint8)
        self.text_starts = np.zeros(MOST_NAMES + 1, dtype=np.int32)
        self.names_now = 0
        self.nodes = 1
        self.steps = np.zeros((64, MOST_NAMES), dtype=np.int32)
        self.last_names = np.full(64, -1, dtype=np.int32)
        self.parents = np.zeros(64, dtype=np.int32)
        self.own_names = np.full(64, -1, dtype=np.int32)

    def names(self, shape: cython.Py_ssize_t) -> list[bytes]:
        """The names of a shape, in their order."""
        texts, starts = np.asarray(self.texts), np.asarray(self.text_starts)
        found = []
        while shape > 0:
            name = int(self.own_names[shape])
            found.append(texts[int(starts[name]) : int(starts[name + 1])].tobytes())
            shape = int(self.parents[shape])
        return found[::-1]

    def read(
        self,
        block: cython.const[cython.uchar][::1],
        most_rows: cython.Py_ssize_t,
        most_values: cython.Py_ssize_t,
    ) -> Objects:
        """The objects in a block of lines that all end in a line feed, as far as they can be read.

        It cannot have more than `most_values` values; at most `most_rows` objects are read.
        """
        found = Objects(most_rows, most_values)
        starts: cython.int[::1] = found.starts
        ends: cython.int[::1] = found.ends
        line_numbers: cython.int[::1] = found.lines
        shapes: cython.int[::1] = found.shapes
        firsts: cython.int[::1] = found.firsts
        value_starts: cython.int[::1] = found.value_starts
        value_ends: cython.int[::1] = found.value_ends
        kinds: cython.uchar[::1] = found.kinds
        size: cython.Py_ssize_t = block.shape[0]
        at: cython.Py_ssize_t = 0
        line_start: cython.Py_ssize_t = 0
        lines: cython.Py_ssize_t = 0
        row: cython.Py_ssize_t = 0
        value: cython.Py_ssize_t = 0
        first: cython.Py_ssize_t = 0
        node: cython.Py_ssize_t = 0
        start: cython.Py_ssize_t = 0
        is_odd: cython.bint = False
        step: cython.Py_ssize_t
        name: cython.Py_ssize_t
        text: cython.Py_ssize_t
        length: cython.Py_ssize_t
        i: cython.Py_ssize_t
        while at < size and row < most_rows and not is_odd:
            line_start = at
            first = value
            node = 0
            at = _blank(block, at)
            if block[at] == 10:
                at += 1
                lines += 1
                continue
            is_odd = True  # until the object has ended as it should
            if block[at] != 123:
                break
            start = at
            at = _blank(block, at + 1)
            if block[at] == 125:
                is_odd = False
            while is_odd:
                if block[at] != 34:
                    break
                start = at + 1
                step = 0
                name = self.last_names[node]
                if name >= 0:  # the name that came last time is there again, mostly
                    text = self.text_starts[name]
                    length = self.text_starts[name + 1] - text
                    i = 0
                    while i < length and self.texts[text + i] == block[start + i]:
                        i += 1
                    if i == length and block[start + i] == 34:
                        at = start + i
                        step = self.steps[node, name]
                if step <= 0:
                    at = _plain_string(block, start)
                    if at < 0:
                        break
                    step = self._step(block, node, start, at)
                    if step <= 0:
                        break
                node = step
                at = _blank(block, at + 1)
                if block[at] != 58:
                    break
                at = _blank(block, at + 1)
                start = at
                at = _plain_string(block, start + 1) if block[start] == 34 else -1
                if at >= 0:
                    value_starts[value] = start + 1
                    value_ends[value] = at
                    kinds[value] = 1
                    at += 1
                else:
                    at = _value(block, start)
                    if at < 0:
                        break
                    value_starts[value] = start
                    value_ends[value] = at
                    kinds[value] = _kind(block, start, at)
                value += 1
                at = _blank(block, at)
                if block[at] == 44:
                    at = _blank(block, at + 1)
                    continue
                is_odd = block[at] != 125
                break
            if is_odd:
                break
            ends[row] = at + 1
            at = _blank(block, at + 1)
            if block[at] != 10:
                is_odd = True
                break
            at += 1
            starts[row] = line_start
            line_numbers[row] = lines
            shapes[row] = node
            firsts[row] = first
            row += 1
            lines += 1
        found.rows = row
        found.end = line_start if is_odd else at
        found.line_ends = lines
        found.is_odd = is_odd
        return found

    @cython.cfunc
    def _step(
        self,
        block: cython.const[cython.uchar][::1],
        node: cython.Py_ssize_t,
        start: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.Py_ssize_t:
        """The node that a name leads to; 0 where there is no room for it, -1 where it stood before
        in its object."""
        name: cython.Py_ssize_t = 0
        found: cython.Py_ssize_t
        while name < self.names_now and not self._is_name(block, start, end, name):
            name += 1
        if name == self.names_now and not self._add_name(block, start, end):
            return 0
        found = self.steps[node, name]
        if found == 0:
            found = self._add_node(node, name)
        if found > 0:
            self.last_names[node] = name
        return found

    @cython.cfunc
    def _is_name(
        self,
        block: cython.const[cython.uchar][::1],
        start: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
        name: cython.Py_ssize_t,
    ) -> cython.bint:
        first: cython.Py_ssize_t = self.text_starts[name]
        i: cython.Py_ssize_t
        if self.text_starts[name + 1] - first != end - start:
            return False
        for i in range(end - start):
            if self.texts[first + i] != block[start + i]:
                return False
        return True

    @cython.cfunc
    def _add_name(
        self,
        block: cython.const[cython.uchar][::1],
        start: cython.Py_ssize_t,
        end: cython.Py_ssize_t,
    ) -> cython.bint:
        """Note a name that is new; false where there are too many."""
        used: cython.Py_ssize_t = self.text_starts[self.names_now]
        i: cython.Py_ssize_t
        if self.names_now == MOST_NAMES or end - start > 1000:
            return False
        if used + end - start > self.texts.shape[0]:
            longer = np.zeros(2 * self.texts.shape[0] + 1000, dtype=np.uint8)
            longer[:used] = np.asarray(self.texts)[:used]
            self.texts = longer
        for i in range(end - start):
            self.texts[used + i] = block[start + i]
        self.names_now += 1
        self.text_starts[self.names_now] = used + end - start
        return True

    @cython.cfunc
    def _add_node(self, node: cython.Py_ssize_t, name: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """A node behind another; -1 if the name leads to that one already, 0 if there are too
        many."""
        before: cython.Py_ssize_t = node
        count: cython.Py_ssize_t = self.nodes
        while before > 0:
            if self.own_names[before] == name:
                self.steps[node, name] = -1
                return -1
            before = self.parents[before]
        if count == _MOST_NODES:
            return 0
        if count == self.parents.shape[0]:
            steps = np.zeros((2 * count, MOST_NAMES), dtype=np.int32)
            steps[:count] = np.asarray(self.steps)
            self.steps = steps
            nothing = np.full(count, -1, dtype=np.int32)
            self.last_names = np.concatenate([np.asarray(self.last_names), nothing])
            self.parents = np.concatenate([np.asarray(self.parents), nothing])
            self.own_names = np.concatenate([np.asarray(self.own_names), nothing])
        self.steps[node, name] = count
        self.parents[count] = node
        self.own_names[count] = name
        self.nodes += 1
        return count


def values_in_slots(
    objects: Objects,
    shapes: cython.const[cython.int][::1],
    slots: cython.const[cython.int][:, ::1],
    slot_count: cython.Py_ssize_t,
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    """Starts, ends and kinds of values, each of shape (slots, rows).

    `shapes`, int32 of shape (rows,), says which row of `slots` goes for each object: the slot of
    each of its values, or -1.
    """
    rows: cython.Py_ssize_t = objects.rows
    all_starts = np.zeros((slot_count, rows), dtype=np.int32)
    all_ends = np.zeros((slot_count, rows), dtype=np.int32)
    all_kinds = np.zeros((slot_count, rows), dtype=np.uint8)
    starts: cython.int[:, ::1] = all_starts
    ends: cython.int[:, ::1] = all_ends
    found_kinds: cython.uchar[:, ::1] = all_kinds
    firsts: cython.int[::1] = objects.firsts
    value_starts: cython.int[::1] = objects.value_starts
    value_ends: cython.int[::1] = objects.value_ends
    kinds: cython.uchar[::1] = objects.kinds
    row: cython.Py_ssize_t
    i: cython.Py_ssize_t
    value: cython.Py_ssize_t
    slot: cython.int
    with cython.nogil:
        for row in range(rows):
            for i in range(slots.shape[1]):
                slot = slots[shapes[row], i]
                if slot >= 0:
                    value = firsts[row] + i
                    if kinds[value] != 0:
                        starts[slot, row] = value_starts[value]
                        ends[slot, row] = value_ends[value]
                        found_kinds[slot, row] = kinds[value]
    return all_starts, all_ends, all_kinds


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _blank(block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The first place from here on that is not blank; a line feed ends every line."""
    while block[at] == 32 or block[at] == 9 or block[at] == 13:
        at += 1
    return at


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _plain_string(
    block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    """The closing quote of a string without escapes; -1 where there is another."""
    while block[at] != 34:
        if block[at] < 32 or block[at] == 92:
            return -1
        at += 1
    return at


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _string(block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """The closing quote of a string; -1 where it has none, or is no string."""
    byte: cython.uchar
    while block[at] != 34:
        byte = block[at]
        if byte < 32:
            return -1
        at += 1
        if byte != 92:
            continue
        byte = block[at]
        at += 1
        if byte == 117:
            for _ in range(4):
                byte = block[at]
                if not (48 <= byte <= 57 or 65 <= byte <= 70 or 97 <= byte <= 102):
                    return -1
                at += 1
        elif not (
            byte == 34 or byte == 92 or byte == 47 or byte == 98 or byte == 102 or byte == 110
            or byte == 114 or byte == 116
        ):  # fmt: skip
            return -1
    return at


@cython.cfunc
@cython.exceptval(check=False)
def _value(block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a value ends, a flat list included; -1 if it is none that can be taken."""
    if block[at] != 91:
        return _scalar(block, at)
    at = _blank(block, at + 1)
    if block[at] == 93:
        return at + 1
    while True:
        at = _scalar(block, at)
        if at < 0:
            return -1
        at = _blank(block, at)
        if block[at] == 93:
            return at + 1
        if block[at] != 44:
            return -1
        at = _blank(block, at + 1)


@cython.cfunc
@cython.exceptval(check=False)
def _scalar(block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a string, a number, `true`, `false` or `null` ends; -1 if it is none."""
    byte: cython.uchar = block[at]
    if byte == 34:
        at = _string(block, at + 1)
        return -1 if at < 0 else at + 1
    if byte == 45 or 48 <= byte <= 57:
        return _number(block, at)
    if byte == 110:
        return at + 4 if _is_word(block, at, 117, 108, 108) else -1
    if byte == 116:
        return at + 4 if _is_word(block, at, 114, 117, 101) else -1
    if byte == 102 and _is_word(block, at, 97, 108, 115) and block[at + 4] == 101:
        return at + 5
    return -1


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _is_word(
    block: cython.const[cython.uchar][::1],
    at: cython.Py_ssize_t,
    second: cython.uchar,
    third: cython.uchar,
    fourth: cython.uchar,
) -> cython.bint:
    """Whether a word goes on like this; a line feed in it is none of these, and ends the search."""
    return block[at + 1] == second and block[at + 2] == third and block[at + 3] == fourth


@cython.cfunc
@cython.exceptval(check=False)
def _number(block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t) -> cython.Py_ssize_t:
    """Where a number ends; -1 if it is none, or so long that it may be out of reach."""
    start: cython.Py_ssize_t = at
    if block[at] == 45:
        at += 1
    if block[at] == 48:
        at += 1
    elif 49 <= block[at] <= 57:
        at = _after_digits(block, at)
    else:
        return -1
    if block[at] == 46:
        if not 48 <= block[at + 1] <= 57:
            return -1
        at = _after_digits(block, at + 1)
    if block[at] == 101 or block[at] == 69:
        at += 1
        if block[at] == 43 or block[at] == 45:
            at += 1
        if not 48 <= block[at] <= 57:
            return -1
        at = _after_digits(block, at)
        if at - start > _LONGEST_POWER:
            return -1
    return -1 if at - start > _LONGEST_NUMBER else at


@cython.cfunc
@cython.inline
@cython.exceptval(check=False)
def _after_digits(
    block: cython.const[cython.uchar][::1], at: cython.Py_ssize_t
) -> cython.Py_ssize_t:
    while 48 <= block[at] <= 57:
        at += 1
    return at


@cython.cfunc
@cython.exceptval(check=False)
def _kind(
    block: cython.const[cython.uchar][::1], start: cython.Py_ssize_t, end: cython.Py_ssize_t
) -> cython.int:
    """The kind of a value that stands there and is no plain string."""
    at: cython.Py_ssize_t
    byte: cython.uchar = block[start]
    if byte == 110:
        return 0
    if 48 <= byte <= 57 and end - start <= 18:
        for at in range(start, end):
            if block[at] < 48 or block[at] > 57:
                return 3
        return 2
    return 3
