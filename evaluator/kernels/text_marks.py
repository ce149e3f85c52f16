"""What is to be known of texts before they are read: which may have to be repaired."""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

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
