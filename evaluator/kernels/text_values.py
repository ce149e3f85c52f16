"""Texts to dates and numbers, where they are written in the plainest way.

Whatever is written otherwise is left to the conversions of single cells, which say what is wrong.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled

DONE = 1
"""The text was converted."""
LEFT = 0
"""The text is left to others."""
BLANK = 2
"""There is no text."""


def text_days(
    data: cython.const[cython.uchar][::1],
    offsets: cython.const[cython.longlong][::1],
    first_year: cython.int,
    last_year: cython.int,
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Texts like `2025-03-01` and `20250301` as days since 1970-01-01, int32 of shape (texts,),
    and what became of each text, uint8 of the same shape. Other years are left to others."""
    if not cython.compiled:
        data = memoryview(data)  # whose numbers do not overflow
    count: cython.Py_ssize_t = offsets.shape[0] - 1
    days = np.zeros(count, dtype=np.int32)
    states = np.zeros(count, dtype=np.uint8)
    out: cython.int[::1] = days
    done: cython.uchar[::1] = states
    at: cython.Py_ssize_t
    start: cython.longlong
    length: cython.longlong
    gap: cython.longlong
    year: cython.int
    month: cython.int
    day: cython.int
    with cython.nogil:
        for at in range(count):
            start = offsets[at]
            length = offsets[at + 1] - start
            if length == 0:
                done[at] = 2
                continue
            if length == 10 and data[start + 4] == 45 and data[start + 7] == 45:
                gap = 1
            elif length == 8:
                gap = 0
            else:
                continue
            year = _digits(data, start, 4)
            month = _digits(data, start + 4 + gap, 2)
            day = _digits(data, start + 6 + 2 * gap, 2)
            if year < first_year or year > last_year or month < 1 or month > 12:
                continue
            if day < 1 or day > _month_days(year, month):
                continue
            out[at] = _day_number(year, month, day)
            done[at] = 1
    return days, states


def text_decimals(
    data: cython.const[cython.uchar][::1], offsets: cython.const[cython.longlong][::1]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Texts of at most 9 digits, and 4 behind a point, in ten-thousandths: int64 of shape
    (texts,), and what became of each text, uint8 of the same shape."""
    if not cython.compiled:
        data = memoryview(data)  # whose numbers do not overflow
    count: cython.Py_ssize_t = offsets.shape[0] - 1
    numbers = np.zeros(count, dtype=np.int64)
    states = np.zeros(count, dtype=np.uint8)
    out: cython.longlong[::1] = numbers
    done: cython.uchar[::1] = states
    at: cython.Py_ssize_t
    place: cython.longlong
    end: cython.longlong
    point: cython.longlong
    number: cython.longlong
    byte: cython.uchar
    with cython.nogil:
        for at in range(count):
            place = offsets[at]
            end = offsets[at + 1]
            if place == end:
                done[at] = 2
                continue
            if end - place > 14:
                continue
            number = 0
            point = -1
            while place < end:
                byte = data[place]
                if byte == 46 and point < 0 and place > offsets[at]:
                    point = place
                elif byte < 48 or byte > 57:
                    break
                else:
                    number = number * 10 + (byte - 48)
                place += 1
            if place < end:
                continue
            if point < 0:
                if end - offsets[at] > 9:
                    continue
                number *= 10000
            else:
                if point - offsets[at] > 9 or end - point > 5 or end - point < 2:
                    continue
                while end - point < 5:
                    number *= 10
                    point -= 1
            out[at] = number
            done[at] = 1
    return numbers, states


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _digits(
    data: cython.const[cython.uchar][::1], start: cython.longlong, count: cython.int
) -> cython.int:
    """The number in so many digits; -1 where there are other characters among them."""
    number: cython.int = 0
    i: cython.int
    byte: cython.uchar
    for i in range(count):
        byte = data[start + i]
        if byte < 48 or byte > 57:
            return -1
        number = number * 10 + (byte - 48)
    return number


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _month_days(year: cython.int, month: cython.int) -> cython.int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month == 4 or month == 6 or month == 9 or month == 11 else 31


@cython.cfunc
@cython.inline
@cython.nogil
@cython.exceptval(check=False)
def _day_number(year: cython.int, month: cython.int, day: cython.int) -> cython.int:
    """Days since 1970-01-01, with years that begin in March."""
    shifted: cython.int = year - 1 if month <= 2 else year
    from_march: cython.int = month + 9 if month <= 2 else month - 3
    leaps: cython.int = shifted // 4 - shifted // 100 + shifted // 400
    return 365 * shifted + leaps + (153 * from_march + 2) // 5 + day - 1 - 719468
