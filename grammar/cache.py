"""What is kept between runs: words and columns of numbers in files of the user's cache, each named
by a digest of everything that it was made from.

A kept file is used only where it is sound to the last byte: it begins with a digest of its own name
and its words, and the words hold the digests of its columns. It appears under its name only when
it is whole, so that processes may read and write at the same time. A folder that cannot be read
or written only costs time. Set `EDITWRIGHT_NO_CACHE` to keep nothing.
"""

import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from mmap import ACCESS_COPY, mmap
from pathlib import Path
from tempfile import mkstemp
from typing import Any

from attrs import frozen

MOST_BYTES = 1 << 30
"""All kept tables and plans together; those that were used last stay."""
ENDING = ".kept"
_BEGUN = time.time()
_SEAL_BYTES = 32
_LENGTH_BYTES = 8
_ALIGNED = 64
_AT_ONCE = 4 << 20
"""Bytes of a column with one digest."""
_ABANDONED = 3600
"""Seconds after which a file that is still under its temporary name belongs to nobody."""
_TYPES = {"int64": 8, "int32": 4, "uint8": 1}


@frozen(slots=True, eq=False)
class Kept:
    """What one file holds: anything that JSON can say, and arrays of NumPy: parts of the
    file that come to memory when they are used. Writing to them does not change the file."""

    words: Any
    columns: Mapping[str, Any]


def cache_folder() -> Path | None:
    """Where files are kept; nothing where they are not wanted, or there is no such place."""
    if os.environ.get("EDITWRIGHT_NO_CACHE"):
        return None
    base = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(base) if base else Path.home() / ".cache") / "editwright"
    except RuntimeError:
        return None


def code_digest(*folders: Path) -> str | None:
    """A digest of the Python files in some folders, and of the Python that runs them. Nothing
    where they are not there to be read, or were changed after this process began: it may not be
    running what is read."""
    whole = sha256(f"{sys.version} {sys.byteorder}".encode())
    try:
        paths = sorted(path for folder in folders for path in folder.glob("*.py"))
        for path in paths:
            if path.stat().st_mtime >= _BEGUN:
                return None
            whole.update(sha256(path.read_bytes()).digest())
    except OSError:
        return None
    return whole.hexdigest() if paths else None


def keep(kind: str, digest: str, words: Any, columns: Mapping[str, Any]) -> None:
    """Write a file; older ones make room for it."""
    folder = cache_folder()
    if folder is None or sum(each.nbytes for each in columns.values()) > MOST_BYTES:
        return
    name = _name(kind, digest)
    ordered = sorted(columns.items(), key=lambda each: -each[1].itemsize)  # keeps all aligned
    try:
        header = json.dumps(
            {
                "words": words,
                "columns": [[name, str(each.dtype), len(each)] for name, each in ordered],
                "digests": _digests(each for _, each in ordered),
            }
        ).encode()
    except (ValueError, RecursionError):
        return  # lists in lists without end
    header += b" " * (-(_SEAL_BYTES + _LENGTH_BYTES + len(header)) % _ALIGNED)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, temporary = mkstemp(prefix=f"{name}.", dir=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_seal(name, header))
                file.write(len(header).to_bytes(_LENGTH_BYTES, "little"))
                file.write(header)
                for _, each in ordered:
                    file.write(memoryview(each))
            Path(temporary).replace(folder / name)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _make_room(folder)
    except OSError:
        return


def kept(kind: str, digest: str) -> Kept | None:
    """What a file holds; nothing where there is no sound one."""
    folder = cache_folder()
    if folder is None:
        return None
    name = _name(kind, digest)
    try:
        with (folder / name).open("rb") as file:
            found = _opened(name, mmap(file.fileno(), 0, access=ACCESS_COPY))
    except (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError):
        return None
    if found is not None:
        with suppress(OSError):
            os.utime(folder / name)  # used last, removed last
    return found


def _opened(name: str, mapped: mmap) -> Kept | None:
    import numpy as np

    start = _SEAL_BYTES + _LENGTH_BYTES
    length = int.from_bytes(mapped[_SEAL_BYTES:start], "little")
    header = mapped[start : start + length]
    if len(header) != length or mapped[:_SEAL_BYTES] != _seal(name, header):
        return None
    stored = json.loads(header)
    whole = np.frombuffer(mapped, np.uint8)
    at = start + length
    columns: dict[str, Any] = {}
    for column, kind, count in stored["columns"]:
        size = count * _TYPES[kind]
        columns[column] = whole[at : at + size].view(kind)
        at += size
    if at != len(whole) or stored["digests"] != _digests(columns.values()):
        return None
    return Kept(stored["words"], columns)


def _name(kind: str, digest: str) -> str:
    return f"{kind}-{digest[:32]}{ENDING}"


def _seal(name: str, header: bytes) -> bytes:
    return sha256(name.encode() + b"\n" + header).digest()


def _digests(columns: Iterable[Any]) -> list[str]:
    """The digests of all stretches of some columns; of large ones, made by several threads."""
    stretches = [each for column in columns for each in _stretches(column)]
    if sum(each.nbytes for each in stretches) <= _AT_ONCE:
        return [sha256(each).hexdigest() for each in stretches]
    try:
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda each: sha256(each).hexdigest(), stretches))
    except RuntimeError:  # no threads here, as in a browser
        return [sha256(each).hexdigest() for each in stretches]


def _stretches(column: Any) -> Iterator[Any]:
    step = _AT_ONCE // column.itemsize
    return (column[at : at + step] for at in range(0, len(column), step))


def _make_room(folder: Path) -> None:
    """Remove the files that were not used for longest, and what a process left behind."""
    found = []
    for path in folder.iterdir():
        if ENDING in path.name:
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
    room = MOST_BYTES
    for used, size, path in sorted(found, reverse=True):
        temporary = path.suffix != ENDING
        room -= size
        if room < 0 or (temporary and used < time.time() - _ABANDONED):
            with suppress(OSError):
                path.unlink()
