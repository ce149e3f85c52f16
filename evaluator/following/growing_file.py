"""A file that only grows: what is written to it, and how far it is known to be written.

After a crash the file may be longer than what was known; it is cut back to that, so that nothing
stands in it twice.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from editwright.evaluator.findings.out import OutputError


class GrowingFile:
    """Writes behind what is there. Raises OutputError where that cannot be done."""

    def __init__(self, path: str | Path, known: int | None) -> None:
        """`known` is the length that was noted last; nothing for a file that is new to us."""
        self.path = Path(path)
        self.name = str(self.path.resolve())
        try:
            self._file: BinaryIO = self.path.open("ab")
            length = self._file.seek(0, os.SEEK_END)
            if known is not None and length < known:
                self._file.close()
                raise OutputError(
                    f"{path} has become shorter than what was written to it; put it back, or name "
                    "another file to go on in"
                )
            if known is not None and length > known:
                self._file.truncate(known)
                length = self._file.seek(0, os.SEEK_END)
        except OSError as error:
            raise self._cannot(error) from None
        self.length = length

    def write(self, data: bytes) -> None:
        """Write behind what is there."""
        try:
            self._file.write(data)
        except OSError as error:
            raise self._cannot(error) from None
        self.length += len(data)

    def secure(self) -> None:
        """Bring all of it to the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise self._cannot(error) from None

    def close(self) -> None:
        with suppress(OSError):  # what could not be written was told when it was to be secured
            self._file.close()

    def _cannot(self, error: OSError) -> OutputError:
        cause = (error.strerror or "an output error").lower()
        return OutputError(f"cannot write {self.path}: {cause}")
