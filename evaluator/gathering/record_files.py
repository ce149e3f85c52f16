"""Record batches in a temporary file: written one by one, then read in any order.

The file has no name where the system allows that, so that nothing of it is left whatever happens;
elsewhere it goes when it is closed.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

import pyarrow as pa
import pyarrow.ipc

from editwright.evaluator.findings.out import OutputError


class RecordFile:
    """A temporary file of record batches with one schema. Raises `OutputError` where the disk
    does not take it."""

    def __init__(self) -> None:
        with _expect_room():
            self._file: Any = tempfile.TemporaryFile(prefix="editwright-")  # noqa: SIM115 - see close
        self._writer: Any = None
        self._reader: Any = None
        self._count = 0

    def __len__(self) -> int:
        """How many batches there are."""
        return self._count

    def add(self, records: pa.RecordBatch) -> None:
        """Write a batch behind the others. None can be read yet."""
        with _expect_room():
            if self._writer is None:
                packed = pa.Codec.is_available("lz4")
                options = pa.ipc.IpcWriteOptions(compression="lz4" if packed else None)
                self._writer = pa.ipc.new_file(self._file, records.schema, options=options)
            self._writer.write_batch(records)
            self._count += 1

    def finish(self) -> None:
        """Write the end; from here on batches are read."""
        with _expect_room():
            if self._writer is not None:
                self._writer.close()
                self._file.flush()
                self._reader = pa.ipc.open_file(self._file)

    def batch(self, number: int) -> pa.RecordBatch:
        """A batch by its number, from 0 in the order of writing."""
        with _expect_room():
            found: pa.RecordBatch = self._reader.get_batch(number)
            return found

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        for number in range(self._count):
            yield self.batch(number)

    def close(self) -> None:
        """Remove the file."""
        self._reader = self._writer = None
        self._file.close()

    def __enter__(self) -> "RecordFile":
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        self.close()


@contextmanager
def _expect_room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        cause = (error.strerror or "an input or output error").lower()
        raise OutputError(
            f"cannot keep lines in {tempfile.gettempdir()}: {cause}; "
            "TMPDIR names another folder, --memory allows more memory"
        ) from None
