"""Cells as Arrow keeps them (values, and a bit for each that is there) to our numbers.

`bits` has Arrow's validity bits: that of cell i is bit `first + i`, and none at all say that every
cell is there. What a missing cell's value is means nothing.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled


def missing_cells(
    bits: cython.const[cython.uchar][::1], first: cython.Py_ssize_t, count: cython.Py_ssize_t
) -> NDArray[np.uint8]:
    """1 for cells that are missing, 0 for others: uint8 of shape (count,)."""
    missing = np.zeros(count, dtype=np.uint8)
    out: cython.uchar[::1] = missing
    at: cython.Py_ssize_t
    if bits.shape[0] > 0:
        with cython.nogil:
            for at in range(count):
                out[at] = 1 - ((bits[(first + at) >> 3] >> ((first + at) & 7)) & 1)
    return missing


def looked_up(
    positions: cython.const[cython.int][::1],
    bits: cython.const[cython.uchar][::1],
    first: cython.Py_ssize_t,
    known: cython.const[cython.int][::1],
    missing: cython.int,
    out: cython.int[::1],
) -> None:
    """Write to `out`, int32 of shape (cells,), of each cell the number of its value:
    `known[positions[i]]`."""
    count: cython.Py_ssize_t = positions.shape[0]
    at: cython.Py_ssize_t
    i: cython.Py_ssize_t
    byte: cython.uchar
    with cython.nogil:
        if bits.shape[0] == 0:
            for at in range(count):
                out[at] = known[positions[at]]
        else:
            at = 0
            while at < count:
                byte = bits[(first + at) >> 3]
                if (byte == 0 or byte == 255) and (first + at) & 7 == 0 and at + 8 <= count:
                    for i in range(at, at + 8):
                        out[i] = known[positions[i]] if byte else missing
                    at += 8
                    continue
                if (byte >> ((first + at) & 7)) & 1:
                    out[at] = known[positions[at]]
                else:
                    out[at] = missing
                at += 1


def within(
    values: cython.const[cython.longlong][::1],
    bits: cython.const[cython.uchar][::1],
    first: cython.Py_ssize_t,
    lowest: cython.longlong,
    below: cython.longlong,
    missing: cython.int,
) -> tuple[NDArray[np.int32], bool]:
    """Whole numbers of at least `lowest` and `below` a limit, int32 of shape (cells,), and whether
    all are such. Of others it says nothing."""
    count: cython.Py_ssize_t = values.shape[0]
    numbers = np.empty(count, dtype=np.int32)
    out: cython.int[::1] = numbers
    at: cython.Py_ssize_t
    value: cython.longlong
    others: cython.Py_ssize_t = 0
    with cython.nogil:
        for at in range(count):
            value = values[at]
            if bits.shape[0] > 0 and not (bits[(first + at) >> 3] >> ((first + at) & 7)) & 1:
                out[at] = missing
            elif value < lowest or value >= below:
                others += 1
                out[at] = missing
            else:
                out[at] = value
    return numbers, others == 0


def scaled_within(
    values: cython.const[cython.longlong][::1],
    bits: cython.const[cython.uchar][::1],
    first: cython.Py_ssize_t,
    lowest: cython.longlong,
    below: cython.longlong,
    scale: cython.longlong,
    missing: cython.longlong,
) -> tuple[NDArray[np.int64], bool]:
    """The same, times `scale`: int64 of shape (cells,)."""
    count: cython.Py_ssize_t = values.shape[0]
    numbers = np.empty(count, dtype=np.int64)
    out: cython.longlong[::1] = numbers
    at: cython.Py_ssize_t
    value: cython.longlong
    others: cython.Py_ssize_t = 0
    with cython.nogil:
        for at in range(count):
            value = values[at]
            if bits.shape[0] > 0 and not (bits[(first + at) >> 3] >> ((first + at) & 7)) & 1:
                out[at] = missing
            elif value < lowest or value >= below:
                others += 1
                out[at] = missing
            else:
                out[at] = value * scale
    return numbers, others == 0


def days_within(
    values: cython.const[cython.int][::1],
    bits: cython.const[cython.uchar][::1],
    first: cython.Py_ssize_t,
    lowest: cython.int,
    highest: cython.int,
    missing: cython.int,
) -> tuple[NDArray[np.int32], NDArray[np.uint8], bool]:
    """Days, int32 of shape (cells,); which of them are not between `lowest` and `highest`, uint8
    of the same shape; and whether there are any."""
    count: cython.Py_ssize_t = values.shape[0]
    days = np.empty(count, dtype=np.int32)
    outside = np.zeros(count, dtype=np.uint8)
    out: cython.int[::1] = days
    marks: cython.uchar[::1] = outside
    at: cython.Py_ssize_t
    value: cython.int
    others: cython.Py_ssize_t = 0
    with cython.nogil:
        for at in range(count):
            value = values[at]
            if bits.shape[0] > 0 and not (bits[(first + at) >> 3] >> ((first + at) & 7)) & 1:
                out[at] = missing
            else:
                out[at] = value
                if value < lowest or value > highest:
                    marks[at] = 1
                    others += 1
    return days, outside, others > 0
