"""JSON text to its outer brackets, a chunk at a time.

Strings are passed over, whatever is in them.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import numpy as np
from numpy.typing import NDArray

COMPILED = cython.compiled

_OPENS = cython.declare(cython.int, 1)
_QUOTES = cython.declare(cython.int, 3)
_KINDS = np.zeros(256, dtype=np.uint8)
_KINDS[list(b"[{")] = 1
_KINDS[list(b"]}")] = 2  # they close
_KINDS[ord('"')] = 3
"""What each byte is outside of strings."""


class Brackets:
    """Where the outer brackets of a chunk stand, and how the chunk ends."""

    def __init__(
        self,
        places: NDArray[np.int64],
        depths: NDArray[np.int64],
        opening: NDArray[np.uint8],
        depth: int,
        in_string: bool,
    ) -> None:
        self.places = places
        """int64 of shape (brackets,)."""
        self.depths = depths
        """How deep it is inside of each, of the same shape; below 1 where one closes that was never
        opened."""
        self.opening = opening
        """Of each, whether it opens: 1 or 0, uint8 of the same shape."""
        self.depth = depth
        self.in_string = in_string


def outer_brackets(
    text: cython.const[cython.uchar][::1],
    depth: cython.longlong,
    in_string: cython.bint,
    deepest: cython.longlong,
) -> Brackets:
    """The brackets of a chunk that are not deeper than `deepest`.

    The chunk begins at this depth, within a string or not, and does not end between a backslash
    and what it escapes.
    """
    size: cython.Py_ssize_t = text.shape[0]
    room: cython.Py_ssize_t = 256
    places = np.empty(room, dtype=np.int64)
    depths = np.empty(room, dtype=np.int64)
    opening = np.empty(room, dtype=np.uint8)
    some_places: cython.longlong[::1] = places
    some_depths: cython.longlong[::1] = depths
    some_opening: cython.uchar[::1] = opening
    found: cython.Py_ssize_t = 0
    at: cython.Py_ssize_t = 0
    kinds: cython.uchar[::1] = _KINDS
    kind: cython.int
    while at < size:
        with cython.nogil:
            while at < size and found < room:
                if in_string:
                    while at < size and text[at] != 34 and text[at] != 92:
                        at += 1
                    if at == size:
                        break
                    if text[at] == 34:
                        in_string = False
                        at += 1
                    else:
                        at += 2
                    continue
                while at < size and kinds[text[at]] == 0:
                    at += 1
                if at == size:
                    break
                kind = kinds[text[at]]
                if kind == _QUOTES:
                    in_string = True
                elif kind == _OPENS:
                    depth += 1
                    if depth <= deepest:
                        some_places[found] = at
                        some_depths[found] = depth
                        some_opening[found] = 1
                        found += 1
                else:
                    if depth <= deepest:
                        some_places[found] = at
                        some_depths[found] = depth
                        some_opening[found] = 0
                        found += 1
                    depth -= 1
                at += 1
        if found == room:
            places = np.concatenate([places, np.empty_like(places)])
            depths = np.concatenate([depths, np.empty_like(depths)])
            opening = np.concatenate([opening, np.empty_like(opening)])
            some_places, some_depths, some_opening = places, depths, opening
            room *= 2
    return Brackets(places[:found], depths[:found], opening[:found], int(depth), bool(in_string))
