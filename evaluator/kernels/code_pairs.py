"""Of all pairs of codes that there are rules for, those of the codes at hand."""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled


def pairs_among(
    subjects: cython.const[cython.int][::1],
    column: cython.const[cython.int][::1],
    width: cython.int,
    start: cython.const[cython.int][::1],
    partner: cython.const[cython.int][::1],
    inst: cython.const[cython.int][::1],
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]:
    """The pairs of `subjects`, codes in ascending order, with partners that have a `column`, int32
    of shape (codes,), or -1.

    `start`, int32 of shape (codes + 1,), is where each code's pairs are in `partner` and `inst`.
    What is found is laid out in the same way, with a bit for each pair: a row of `width` bytes for
    each subject, the lowest bit of each byte first.
    """
    count: cython.Py_ssize_t = subjects.shape[0]
    codes: cython.Py_ssize_t = start.shape[0] - 1
    row: cython.Py_ssize_t
    pair: cython.Py_ssize_t
    found: cython.Py_ssize_t = 0
    code: cython.Py_ssize_t
    at: cython.int
    with cython.nogil:
        for row in range(count):
            for pair in range(start[subjects[row]], start[subjects[row] + 1]):
                if column[partner[pair]] >= 0:
                    found += 1
    starts = np.zeros(codes + 1, dtype=np.int32)
    partners = np.empty(found, dtype=np.int32)
    instances = np.empty(found, dtype=np.int32)
    matrix = np.zeros(max(count, 1) * width, dtype=np.uint8)
    starts_out: cython.int[::1] = starts
    partners_out: cython.int[::1] = partners
    instances_out: cython.int[::1] = instances
    bits: cython.uchar[::1] = matrix
    found = 0
    with cython.nogil:
        for row in range(count):
            for pair in range(start[subjects[row]], start[subjects[row] + 1]):
                at = column[partner[pair]]
                if at >= 0:
                    partners_out[found] = partner[pair]
                    instances_out[found] = inst[pair]
                    bits[row * width + (at >> 3)] |= 1 << (at & 7)
                    found += 1
            starts_out[subjects[row] + 1] = cython.cast(cython.int, found)
        for code in range(codes):
            starts_out[code + 1] = max(starts_out[code + 1], starts_out[code])
    return starts, partners, instances, matrix
