"""Memory: how much a user allows, how much the machine has, and how much is in use."""

import ctypes
import os
import re
import sys
from pathlib import Path
from typing import Any

from attrs import frozen

_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT]?)(i?)B?", re.IGNORECASE)
_GROUP_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
"""Where a container says how much it may take."""

LEAST = 50 * 10**6
"""No limit below this one can be meant: an interpreter that does nothing takes about as much."""
UNKNOWN_MACHINE = 4 * 10**9
"""The memory of a machine that does not tell."""
UNKNOWN_USE = 300 * 10**6
"""What is in use where the system does not tell."""
SMALLEST_COLUMNS = 8 * 10**6
"""Columns may always take as much, however low the limit."""
JUDGING = 5
"""Judging takes at most so many times the memory of the columns that are judged, themselves
included: the batches joined, the lines in their order, and findings that wait to be written.
Measured where a part follows another, whose freed memory is not all used again."""
READING = 120 * 10**6
"""What reading takes beside columns: batches that are read ahead, their cells as texts."""


@frozen(slots=True)
class Room:
    """How much memory a run may take, in bytes, and what was in use before it."""

    limit: int
    used: int = 0

    def for_columns(self, tables: int) -> int:
        """The bytes of columns that can be judged at once, beside tables of this size."""
        left = self.limit - self.used - tables
        return max(SMALLEST_COLUMNS, min(left // JUDGING, left - READING))


NO_LIMIT = Room(1 << 62)


def room_in(limit: int) -> Room:
    """The room in a limit, beside what is in use already."""
    give_back()
    return Room(limit, resident())


def memory_size(text: str) -> int:
    """`2GB`, `4G`, `1.5 GiB` or `500MB` in bytes. Raises `ValueError` with what is wrong."""
    found = _SIZE.fullmatch(text.strip())
    if not found:
        raise ValueError(f"`{text}` is no size; write it like 2GB, 1.5G or 500MB")
    number, unit, binary = found.groups()
    step = _UNITS[unit.upper()]
    if binary:
        step = 1 << 10 * list(_UNITS).index(unit.upper())
    size = int(float(number) * step)
    if size < LEAST:
        raise ValueError(f"{text} is too little to run in; write a size like 2GB or 500MB")
    return size


def default_limit() -> int:
    """Half of the machine's memory, or of its container's."""
    return machine_memory() // 2


def machine_memory() -> int:
    """The machine's memory in bytes, or what its container may take of it."""
    found = [_group_limit(Path(path)) for path in _GROUP_LIMITS]
    return min(each for each in (_physical(), *found) if each)


def resident() -> int:
    """The bytes of memory that this process takes at present, as far as the system tells."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return UNKNOWN_USE


def most_taken() -> int:
    """The most bytes of memory that this process has taken so far; 0 where nothing tells."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    except (OSError, ValueError, IndexError):
        return 0


def give_back() -> None:
    """Hand memory that is free but still held back to the system, where that can be done."""
    import pyarrow as pa

    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        try:
            ctypes.CDLL(None).malloc_trim(0)
        except (AttributeError, OSError):
            return  # another C library


def _physical() -> int:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return _of_windows() or UNKNOWN_MACHINE


def _of_windows() -> int:
    """What Windows says about its memory; 0 elsewhere."""
    kernel: Any = getattr(ctypes, "windll", None)
    if kernel is None:
        return 0
    status = _MemoryStatus()
    status.length = ctypes.sizeof(status)
    kernel.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))
    return int(status.total)


class _MemoryStatus(ctypes.Structure):
    """MEMORYSTATUSEX of Windows."""

    _fields_ = (
        ("length", ctypes.c_ulong),
        ("load", ctypes.c_ulong),
        ("total", ctypes.c_ulonglong),
        ("others", ctypes.c_ulonglong * 6),
    )


def _group_limit(path: Path) -> int:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):  # no such group, or `max`
        return 0
