"""Delimited text to the places of its cells, a block of whole rows at a time.

What is read is what Python's `csv` reads when it is strict: a quote counts only where a cell
begins; in a quoted cell two quotes are one. Reading stops at the first row that it takes for odd.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled

_SPARE = 8
"""So many bytes behind the texts may be written to."""


class Cells:
    """Where the cells of a block stand.

    `starts` and `ends` are int32 of shape (columns, rows); an end below 0 is `-1 - end` of a cell
    with doubled quotes. Of rows with another number of cells than the header only that number is
    kept. Rows have ordinals from 0, those that do not fit among them.
    """

    def __init__(self, columns: int, most_rows: int) -> None:
        """There is room for one row more, which the block may end in."""
        most_rows += 1
        self.starts = np.empty((columns, most_rows), dtype=np.int32)
        self.ends = np.empty((columns, most_rows), dtype=np.int32)
        self.ordinals = np.empty(most_rows, dtype=np.int32)
        self.misfits = np.empty(most_rows, dtype=np.int32)
        self.misfit_cells = np.empty(most_rows, dtype=np.int32)
        self.rows = 0
        self.misfit_rows = 0
        self.end = 0
        """Where the first row begins that was not read."""
        self.lines = 0
        """The line ends before it."""
        self.is_odd = False
        """Whether that row must be read with care; otherwise the block ends in it."""


def split_cells(
    block: cython.const[cython.uchar][::1],
    delimiter: cython.uchar,
    slots: cython.const[cython.int][::1],
    longest: cython.Py_ssize_t,
    most_rows: cython.Py_ssize_t,
    spare: cython.bint,
) -> Cells:
    """The cells of the rows in a block, as far as they can be read.

    `slots`, int32 of shape (width of the header,), says which column of the result each cell goes
    to, or -1. A cell of more than `longest` bytes makes a row odd. There are at most `most_rows`.
    With `spare` a row may have one cell too many at its end, if that is empty.
    """
    width: cython.Py_ssize_t = slots.shape[0]
    size: cython.Py_ssize_t = block.shape[0]
    found = Cells(int(np.max(slots)) + 1, most_rows)
    starts: cython.int[:, ::1] = found.starts
    ends: cython.int[:, ::1] = found.ends
    ordinals: cython.int[::1] = found.ordinals
    misfits: cython.int[::1] = found.misfits
    misfit_cells: cython.int[::1] = found.misfit_cells
    row: cython.Py_ssize_t = 0
    misfit: cython.Py_ssize_t = 0
    lines: cython.Py_ssize_t = 0
    lines_before: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = 0
    row_start: cython.Py_ssize_t = 0
    cell: cython.Py_ssize_t
    start: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t = 0
    byte: cython.uchar = 0
    doubled: cython.bint
    is_odd: cython.bint = False
    is_whole: cython.bint = True
    with cython.nogil:
        while is_whole and at < size:
            row_start = at
            byte = block[at]
            lines_before = lines
            if byte == 10:
                lines += 1
                at += 1
                continue
            if byte == 13:
                if at + 1 < size and block[at + 1] == 10:
                    lines += 1
                    at += 2
                    continue
                is_odd = at + 1 < size
                is_whole = False
                break
            cell = 0
            while True:
                doubled = False
                if at < size and block[at] == 34:
                    at += 1
                    start = at
                    while True:
                        while at < size and block[at] != 34:
                            lines += block[at] == 10
                            at += 1
                        if at + 1 < size and block[at + 1] == 34:
                            doubled = True
                            at += 2
                            continue
                        break
                    end = at
                    at += 1
                    if at < size:
                        byte = block[at]
                        if byte != delimiter and byte != 10 and byte != 13:
                            is_odd = True
                else:
                    start = at
                    while at < size:
                        byte = block[at]
                        if byte == delimiter or byte == 10 or byte == 13:
                            break
                        at += 1
                    end = at
                if end - start > longest:
                    is_odd = True
                if is_odd or at >= size:
                    is_whole = False
                    break
                if cell < width and slots[cell] >= 0:
                    starts[slots[cell], row] = start
                    ends[slots[cell], row] = -1 - end if doubled else end
                cell += 1
                at += 1
                if byte == delimiter:
                    continue
                if byte == 13:
                    if at < size and block[at] == 10:
                        at += 1
                    else:
                        is_odd = at < size
                        is_whole = False
                break
            if not is_whole:
                break
            lines += 1
            if cell == width or (spare and cell == width + 1 and start == end):
                ordinals[row] = row + misfit
                row += 1
            else:
                misfits[misfit] = row + misfit
                misfit_cells[misfit] = cell
                misfit += 1
            row_start = at
    found.rows = row
    found.misfit_rows = misfit
    found.end = row_start if not is_whole else at
    found.lines = lines_before if not is_whole else lines
    found.is_odd = is_odd
    return found


def cell_texts(
    block: cython.const[cython.uchar][::1],
    starts: cython.const[cython.int][::1],
    ends: cython.const[cython.int][::1],
    rows: cython.Py_ssize_t,
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """The texts of one column of cells as Arrow has them: where each starts, int32 of shape
    (rows + 1,), and their bytes."""
    offsets = np.empty(rows + 1, dtype=np.int32)
    places: cython.int[::1] = offsets
    row: cython.Py_ssize_t
    at: cython.Py_ssize_t
    end: cython.Py_ssize_t
    total: cython.Py_ssize_t = 0
    with cython.nogil:
        for row in range(rows):
            end = ends[row]
            total += (end if end >= 0 else -1 - end) - starts[row]
    data = np.empty(total + _SPARE, dtype=np.uint8)
    out: cython.uchar[::1] = data
    safe: cython.Py_ssize_t = block.shape[0] - 8 if cython.compiled else -1
    total = 0
    with cython.nogil:
        for row in range(rows):
            places[row] = total
            at = starts[row]
            end = ends[row]
            if end >= 0:
                while at < end and at <= safe:  # what is copied beyond the end is written over
                    _copy_word(block, at, out, total)
                    total += min(end - at, 8)
                    at += 8
                while at < end:
                    out[total] = block[at]
                    total += 1
                    at += 1
            else:
                end = -1 - end
                while at < end:
                    out[total] = block[at]
                    total += 1
                    at += 2 if block[at] == 34 else 1
        places[rows] = total
    return offsets, data[:total]


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _copy_word(
    block: cython.const[cython.uchar][::1],
    at: cython.Py_ssize_t,
    out: cython.uchar[::1],
    to: cython.Py_ssize_t,
) -> cython.void:
    """Copy eight bytes at once; only where this is compiled."""
    cython.cast(cython.pointer(cython.ulonglong), cython.address(out[to]))[0] = cython.cast(
        cython.pointer(cython.const[cython.ulonglong]), cython.address(block[at])
    )[0]
