"""Rows of one member, or of one claim, that stand together."""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled


def run_starts(numbers: cython.int[::1]) -> NDArray[np.int32]:
    """Where each run of equal numbers starts, as int32, and the count behind the last as its end.

    `numbers` is int32 of any length.
    """
    count: cython.Py_ssize_t = numbers.shape[0]
    starts = np.empty(count + 1, dtype=np.int32)
    out: cython.int[::1] = starts
    found: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t
    with cython.nogil:
        for at in range(count):
            if at == 0 or numbers[at] != numbers[at - 1]:
                out[found] = at
                found += 1
        out[found] = count
    return starts[: found + 1]
