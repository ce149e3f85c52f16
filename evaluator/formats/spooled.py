"""Bytes that come once, from front to back, to a temporary file that is read at any place.

The file has no name where the system allows that, so that nothing of it is left whatever happens;
elsewhere it goes when it is closed.
"""

import io
import os
import shutil
import tempfile
from threading import Lock
from types import TracebackType
from typing import IO

from editwright.evaluator.formats.problems import ClaimsError

_PIECE = 1 << 20


class SpooledFile:
    """A temporary file with all that a stream holds. Raises `ClaimsError` where the disk does not
    take it."""

    def __init__(self, name: str, stream: io.BufferedReader) -> None:
        """`name` is what messages call the source."""
        self._lock = Lock()
        try:
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="editwright-")  # noqa: SIM115 - see close
        except OSError as error:
            raise _no_room(name, error) from None
        try:
            shutil.copyfileobj(stream, _Target(name, self._file), _PIECE)
            self._file.flush()
        except BaseException:
            self._file.close()
            raise

    def opened(self) -> io.RawIOBase:
        """The file, read from its start; as often as one likes, and in any thread."""
        return _Opened(self._file, self._lock)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()

    def __enter__(self) -> "SpooledFile":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()


class _Target:
    """Where a stream is copied to: errors in reading it are not taken for errors in writing."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self._name = name
        self._file = file

    def write(self, piece: bytes) -> None:
        try:
            self._file.write(piece)
        except OSError as error:
            raise _no_room(self._name, error) from None


class _Opened(io.RawIOBase):
    """One reader of a file that several read."""

    def __init__(self, file: IO[bytes], lock: Lock) -> None:
        self._file = file
        self._lock = lock
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        with self._lock:
            if whence == os.SEEK_CUR:
                offset, whence = offset + self._at, os.SEEK_SET
            self._at = self._file.seek(offset, whence)
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        with self._lock:
            self._file.seek(self._at)
            found = self._file.read(-1 if size is None else size)
        self._at += len(found)
        return found


def _no_room(name: str, error: OSError) -> ClaimsError:
    cause = (error.strerror or "an output error").lower()
    return ClaimsError(
        f"{name} must be put into a temporary file to be read, and that failed: {cause}",
        "make room where temporary files lie, or set TMPDIR to a folder on another disk",
    )
