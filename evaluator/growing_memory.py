"""Memory for arrays that grow at their end: on the heap, mapped, and at last in a temporary file.

What is large is no part of the heap: when it goes it is the system's again at once, and room that
is not written to is no memory at all. In a file, what has been let go is no memory either: the
system keeps as much of it at hand as there is room for.
"""

import mmap
import os
import sys
import tempfile
import weakref
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

LARGE = 1 << 20
"""From so many bytes on memory is mapped."""
VERY_LARGE = 1 << 22
"""From so many bytes on it goes to a file, where it may. The file grows by as much at a time."""


class GrowingMemory:
    """Room for numbers of one kind; what nobody has written to is 0."""

    def __init__(self, kind: Any, *, to_file: bool = False) -> None:
        """`to_file` is for what is seldom written again and seldom read."""
        self._kind: np.dtype[Any] = np.dtype(kind)
        self._memory: bytearray | mmap.mmap = bytearray()
        self._to_file = to_file and hasattr(os, "posix_fallocate")
        self._file: Any = None

    def __len__(self) -> int:
        """For so many numbers there is room."""
        return len(self._memory) // self._kind.itemsize

    @property
    def room(self) -> NDArray[Any]:
        """All of it, of shape (len(self),); memory that is looked at is copied to grow."""
        return np.frombuffer(self._memory, self._kind)

    def let_go(self) -> None:
        """Let what is in a file take no memory until it is looked at again."""
        if sys.platform != "win32" and self._file is not None:
            assert isinstance(self._memory, mmap.mmap)
            self._memory.madvise(mmap.MADV_DONTNEED)

    def reserve(self, count: int) -> None:
        """Make room for so many numbers at least, and for some more."""
        size = count * self._kind.itemsize
        if size > len(self._memory):
            self._memory = self._grown(size)

    def _grown(self, size: int) -> bytearray | mmap.mmap:
        memory = self._memory
        if self._to_file and size >= VERY_LARGE:
            try:
                return self._in_file(-(-size // VERY_LARGE) * VERY_LARGE)
            except OSError:  # a full disk, or none: memory serves as well
                self._to_file = False
        size = max(size, 2 * len(memory))
        if size < LARGE and isinstance(memory, bytearray):
            return bytearray(memory).ljust(size, b"\0")
        if sys.platform == "linux" and isinstance(memory, mmap.mmap) and self._file is None:
            with suppress(BufferError):  # somebody looks at it
                memory.resize(size)  # without a copy
                return memory
        self._file = None
        return _copied(memory, _mapped(size))

    def _in_file(self, size: int) -> mmap.mmap:
        """The same, mapped anew from a file: what was read through the mapping before is let go
        with it. Raises `OSError`."""
        before = 0 if self._file is None else len(self._memory)
        file = self._file
        if file is None:
            file = tempfile.TemporaryFile(prefix="editwright-")  # noqa: SIM115 - as long as this
            weakref.finalize(self, file.close)
        os.posix_fallocate(file.fileno(), before, size - before)
        if self._file is None:
            _write(file.fileno(), self._memory)
            self._file = file
        return mmap.mmap(file.fileno(), size)


def _write(descriptor: int, memory: bytearray | mmap.mmap) -> None:
    """Write memory to a file, of which nothing is mapped yet."""
    with memoryview(memory) as rest:
        written = 0
        while written < len(rest):
            written += os.write(descriptor, rest[written : written + VERY_LARGE])


def _copied(memory: bytearray | mmap.mmap, larger: mmap.mmap) -> mmap.mmap:
    """The larger memory, which begins with what is in the other."""
    np.frombuffer(larger, np.uint8)[: len(memory)] = np.frombuffer(memory, np.uint8)
    return larger


def _mapped(size: int) -> mmap.mmap:
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        with suppress(OSError):  # a system may have no large pages
            memory.madvise(mmap.MADV_HUGEPAGE)
    return memory
