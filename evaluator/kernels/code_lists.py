"""Lists of codes, one a line, as numbers: list i is `numbers[offsets[i]:offsets[i + 1]]`.

A number of -1 is a gap: a place in the list where no code is.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled

Lists = tuple[NDArray[np.int32], NDArray[np.int32]]
"""Offsets of shape (lines + 1,), and the numbers."""


def across(columns: cython.const[cython.int][:, ::1], count: cython.Py_ssize_t) -> Lists:
    """Numbered columns, int32 of shape (columns, lines and perhaps more), to lists of so many
    lines; gaps at a list's end go."""
    width: cython.Py_ssize_t = columns.shape[0]
    offsets = np.zeros(count + 1, dtype=np.int32)
    ends: cython.int[::1] = offsets
    at: cython.Py_ssize_t
    column: cython.Py_ssize_t
    place: cython.int
    start: cython.int
    total: cython.int = 0
    with cython.nogil:
        for column in range(width):
            place = column + 1
            for at in range(count):
                ends[at + 1] = place if columns[column, at] >= 0 else ends[at + 1]
        for at in range(count):
            total += ends[at + 1]
            ends[at + 1] = total
    numbers = np.empty(total, dtype=np.int32)
    out: cython.int[::1] = numbers
    with cython.nogil:
        for at in range(count):
            start = ends[at]
            for column in range(ends[at + 1] - start):
                out[start + column] = columns[column, at]
    return offsets, numbers


def gathered(
    which: cython.const[cython.int][::1],
    offsets: cython.const[cython.int][::1],
    numbers: cython.const[cython.int][::1],
) -> Lists:
    """The lists at the positions `which`, int32 of shape (lines,)."""
    count: cython.Py_ssize_t = which.shape[0]
    new_offsets = np.zeros(count + 1, dtype=np.int32)
    ends: cython.int[::1] = new_offsets
    at: cython.Py_ssize_t
    i: cython.Py_ssize_t
    place: cython.Py_ssize_t
    total: cython.Py_ssize_t = 0
    with cython.nogil:
        for at in range(count):
            total += offsets[which[at] + 1] - offsets[which[at]]
            ends[at + 1] = total
    new_numbers = np.empty(total, dtype=np.int32)
    out: cython.int[::1] = new_numbers
    with cython.nogil:
        for at in range(count):
            place = ends[at]
            for i in range(offsets[which[at]], offsets[which[at] + 1]):
                out[place] = numbers[i]
                place += 1
    return new_offsets, new_numbers


def without_gaps(
    offsets: cython.const[cython.int][::1],
    numbers: cython.const[cython.int][::1],
    distinct: cython.bint,
) -> Lists:
    """The lists without their gaps and, if they are to be `distinct`, without repeated codes."""
    count: cython.Py_ssize_t = offsets.shape[0] - 1
    new_offsets = np.zeros(count + 1, dtype=np.int32)
    ends: cython.int[::1] = new_offsets
    new_numbers = np.empty(numbers.shape[0], dtype=np.int32)
    out: cython.int[::1] = new_numbers
    at: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    total: cython.Py_ssize_t = 0
    with cython.nogil:
        for at in range(count):
            for i in range(offsets[at], offsets[at + 1]):
                if numbers[i] < 0:
                    continue
                j = total
                if distinct:
                    j = ends[at]
                    while j < total and out[j] != numbers[i]:
                        j += 1
                if j == total:
                    out[total] = numbers[i]
                    total += 1
            ends[at + 1] = total
    return new_offsets, new_numbers[:total]


def pointed_at(
    offsets: cython.const[cython.int][::1],
    numbers: cython.const[cython.int][::1],
    pointer_offsets: cython.const[cython.int][::1],
    pointers: cython.const[cython.int][::1],
    bad: cython.uchar[::1],
) -> Lists:
    """Of each list the codes that its pointers, counted from 1, point to, each once.

    Without pointers it is all of the list but the gaps. `bad`, uint8 of shape (lines,), becomes 1
    where a pointer points to nothing.
    """
    count: cython.Py_ssize_t = offsets.shape[0] - 1
    new_offsets = np.zeros(count + 1, dtype=np.int32)
    ends: cython.int[::1] = new_offsets
    new_numbers = np.empty(numbers.shape[0], dtype=np.int32)
    out: cython.int[::1] = new_numbers
    at: cython.Py_ssize_t
    i: cython.Py_ssize_t
    j: cython.Py_ssize_t
    there: cython.Py_ssize_t
    total: cython.Py_ssize_t = 0
    code: cython.int
    with cython.nogil:
        for at in range(count):
            there = offsets[at + 1] - offsets[at]
            for i in range(pointer_offsets[at], pointer_offsets[at + 1]):
                if pointers[i] < 0:
                    continue
                code = numbers[offsets[at] + pointers[i] - 1] if pointers[i] <= there else -1
                if code < 0:
                    bad[at] = 1
                    continue
                j = ends[at]
                while j < total and out[j] != code:
                    j += 1
                if j == total:
                    out[total] = code
                    total += 1
            if total == ends[at]:
                for i in range(offsets[at], offsets[at + 1]):
                    if numbers[i] >= 0:
                        out[total] = numbers[i]
                        total += 1
            ends[at + 1] = total
    return new_offsets, new_numbers[:total]
