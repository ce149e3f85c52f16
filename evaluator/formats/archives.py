"""A zip file to the claim files in it, within limits.

A small zip file can unpack to more than a disk holds. What is unpacked is never stored, and
nothing that claims could have asked for: see the limits.
"""

import io
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from attrs import frozen

from editwright.evaluator.formats.problems import ClaimsError

ZIP = b"PK\x03\x04"
_EMPTY_ZIP = b"PK\x05\x06"
MOST_BYTES = 1 << 38
"""What the files of one zip file may unpack to: 256 GiB."""
MOST_FILES = 10_000
STEEPEST = 250
"""How many bytes one packed byte may unpack to: claims come to 5 to 50."""
UNSUSPECTED = 1 << 24
"""As many bytes may unpack at any rate."""

_OFFICE = frozenset(("[Content_Types].xml", "mimetype"))
"""What the zip files are that office programs write."""


@frozen(slots=True)
class Member:
    """A file in a zip file."""

    name: str
    packed: int
    unpacked: int
    open: Callable[[], io.BufferedIOBase]
    """Its bytes, unpacked. Raises `ClaimsError`."""


def is_zip(start: bytes) -> bool:
    """Whether a file that starts with these bytes is a zip file, or an office document."""
    return start.startswith((ZIP, _EMPTY_ZIP))


def zip_members(name: str, opened: Callable[[], IO[bytes]]) -> list[Member] | None:
    """The files in a zip file in order of name; `None` for what is none, or an office document.

    `opened` gives its bytes, and may be asked again. Raises `ClaimsError` for one that is damaged,
    encrypted or beyond the limits.
    """
    with opened() as file:
        if not is_zip(file.read(4)):
            return None
        with _readable(name), zipfile.ZipFile(file) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
    if _OFFICE & {entry.filename for entry in entries}:
        return None
    _expect_within_limits(name, entries)
    entries.sort(key=lambda entry: entry.filename)
    return [
        Member(
            entry.filename,
            entry.compress_size,
            entry.file_size,
            _opener(name, opened, entry.filename),
        )
        for entry in entries
        if not any(part.startswith((".", "_")) for part in Path(entry.filename).parts)
    ]


def expect_plausible(name: str, packed: int, unpacked: int) -> None:
    """Raise `ClaimsError` for bytes that no claims can have been packed to."""
    if unpacked > UNSUSPECTED and unpacked > packed * STEEPEST:
        raise ClaimsError(
            f"{name} unpacks to more than {STEEPEST} times its size, which claims never do",
            "if it is what it should be, unpack it first and give the unpacked file",
        )


def _expect_within_limits(name: str, entries: list[zipfile.ZipInfo]) -> None:
    for entry in entries:
        member = f"{name}/{entry.filename}"
        if entry.flag_bits & 1:
            raise ClaimsError(f"{member} is encrypted", "unpack it with its password first")
        expect_plausible(member, entry.compress_size, entry.file_size)
    if len(entries) > MOST_FILES:
        raise ClaimsError(
            f"{name} holds {len(entries):,} files; at most {MOST_FILES:,} are read",
            "unpack it and give the folder",
        )
    if (total := sum(entry.file_size for entry in entries)) > MOST_BYTES:
        raise ClaimsError(
            f"{name} unpacks to {total >> 30:,} GiB; at most {MOST_BYTES >> 30} GiB are read",
            "unpack it and give the folder",
        )


def _opener(
    name: str, opened: Callable[[], IO[bytes]], member: str
) -> Callable[[], io.BufferedIOBase]:
    def open_member() -> io.BufferedIOBase:
        file = opened()
        try:
            with _readable(f"{name}/{member}"):
                return _Opened(file, zipfile.ZipFile(file).open(member))
        except BaseException:
            file.close()
            raise
        raise AssertionError("unreachable")

    return open_member


class _Opened(io.BufferedIOBase):
    """A file in a zip file, which is closed with it."""

    def __init__(self, file: IO[bytes], member: IO[bytes]) -> None:
        self._file = file
        self._member = member

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        return self._member.read(-1 if size is None else size)

    def close(self) -> None:
        self._member.close()
        self._file.close()
        super().close()


@contextmanager
def _readable(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise ClaimsError(
            f"{name} is a damaged zip file or Excel workbook", "fetch or write it again"
        ) from None
    except (NotImplementedError, RuntimeError):
        raise ClaimsError(
            f"{name} is packed in a way that cannot be read", "unpack it first"
        ) from None
