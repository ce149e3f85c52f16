"""Bytes to whether a short text stands in them more than once.

Of the bytes one in as many is looked at as the text is long: every place of the text has exactly
one of these. With its neighbours it says whether the text may be there.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np

COMPILED = cython.compiled

LONGEST = 32


@cython.cclass
class RepeatedText:
    """Looks for a text of 3 to `LONGEST` bytes."""

    text: bytes
    size: cython.Py_ssize_t
    own: cython.uint[::1]
    """Of each byte a bit for every position that it has in the text."""
    before: cython.uint[::1]
    after: cython.uint[::1]
    """Of each byte the same for the positions that it stands before and after: the last position
    goes by the byte before it alone, all others by the byte after them."""

    def __init__(self, text: bytes) -> None:
        assert 3 <= len(text) <= LONGEST
        self.text = text
        self.size = len(text)
        self.own = np.zeros(256, dtype=np.uint32)
        self.before = np.zeros(256, dtype=np.uint32)
        self.after = np.zeros(256, dtype=np.uint32)
        last = len(text) - 1
        for position in range(len(text)):
            self.own[text[position]] |= 1 << position
            if position < last:
                self.after[text[position + 1]] |= 1 << position
        self.before[text[last - 1]] |= 1 << last

    def is_in(self, given: cython.const[cython.uchar][::1]) -> bool:
        """Whether it stands more than once in these bytes."""
        if not cython.compiled:
            text = bytes(given)
            first = text.find(self.text)
            return first >= 0 and text.find(self.text, first + 1) >= 0
        return bool(self._is_in(given))

    @cython.cfunc
    def _is_in(self, given: cython.const[cython.uchar][::1]) -> cython.bint:
        size: cython.Py_ssize_t = self.size
        end: cython.Py_ssize_t = given.shape[0] - 1
        at: cython.Py_ssize_t = size - 1
        found: cython.Py_ssize_t = 0
        own: cython.uint[::1] = self.own
        before: cython.uint[::1] = self.before
        after: cython.uint[::1] = self.after
        bits: cython.uint
        position: cython.Py_ssize_t
        while at < end:
            bits = own[given[at]] & (after[given[at + 1]] | before[given[at - 1]])
            if bits != 0:
                for position in range(size):
                    if (bits >> position) & 1 and self._stands_at(given, at - position):
                        found += 1
            at += size
        if at == end and self._stands_at(given, at - size + 1):
            found += 1
        return found > 1

    @cython.cfunc
    def _stands_at(
        self, given: cython.const[cython.uchar][::1], start: cython.Py_ssize_t
    ) -> cython.bint:
        text: bytes = self.text
        i: cython.Py_ssize_t
        if start < 0 or start + self.size > given.shape[0]:
            return False
        for i in range(self.size):
            if given[start + i] != text[i]:
                return False
        return True
