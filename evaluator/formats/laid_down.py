"""A stream that passes once to bytes that are read back and forth: they lie in a temporary file.

Zip files and Parquet have their lists at the end, FHIR its patients behind its claims. The file has
no name where the system allows that, so that nothing of it is left whatever happens.
"""

import io
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import IO

from editwright.evaluator.formats.problems import ClaimsError

_PIECE = 1 << 20


class LaidDown:
    """All bytes of a stream."""

    def __init__(self, stream: io.BufferedIOBase, name: str) -> None:
        """Read the stream to its end. Raises `ClaimsError` where the disk does not take it."""
        with _expect_room(name):
            self._file: IO[bytes] = tempfile.TemporaryFile(prefix="editwright-")  # noqa: SIM115
        weakref.finalize(self, self._file.close)
        self.size = 0
        while piece := stream.read(_PIECE):
            with _expect_room(name):
                self._file.write(piece)
            self.size += len(piece)
        with _expect_room(name):
            self._file.flush()
        self._lock = Lock()

    def open(self) -> io.BufferedReader:
        """The bytes from their beginning, for a reader with a place of its own."""
        return io.BufferedReader(_Reader(self), _PIECE)

    def read_at(self, place: int, buffer: "memoryview | bytearray") -> int:
        """Fill a buffer with the bytes from a place on; how many there were."""
        with self._lock:
            self._file.seek(place)
            piece = self._file.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _Reader(io.RawIOBase):
    def __init__(self, laid_down: LaidDown) -> None:
        self._laid_down = laid_down
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        done = self._laid_down.read_at(self._place, memoryview(buffer))
        self._place += done
        return done

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        start = {io.SEEK_CUR: self._place, io.SEEK_END: self._laid_down.size}.get(whence, 0)
        self._place = max(start + offset, 0)
        return self._place

    def tell(self) -> int:
        return self._place


@contextmanager
def _expect_room(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = (error.strerror or "an input or output error").lower()
        raise ClaimsError(
            f"cannot lay {name} down in {tempfile.gettempdir()}: {cause}",
            "TMPDIR names another folder; a file that lies by itself on disk is read where it is",
        ) from None
