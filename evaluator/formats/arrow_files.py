"""Arrow IPC files and streams to record batches.

Both are read from front to back: a file is a stream with something before and behind it, so that
pipes and zip files will do.
"""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from editwright.evaluator.formats.arrow import batch_lines
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine

_MAGIC = b"ARROW1"
_PADDED = 8
"""The magic of a file and what fills it up, before the stream begins."""


def arrow_file_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of an Arrow IPC file or stream. Raises `ClaimsError`."""
    reader = open_ipc(source, stream)
    yield from batch_lines(reader.schema.names, ipc_batches(source, reader), intake)


def open_ipc(source: Source, stream: io.BufferedReader) -> pa.RecordBatchReader:
    """The batches of an Arrow IPC file or stream. Raises `ClaimsError`."""
    if stream.peek(len(_MAGIC)).startswith(_MAGIC):
        stream.read(_PADDED)
    with _readable(source):
        return pa.ipc.open_stream(stream)
    raise AssertionError("unreachable")


def ipc_batches(source: Source, reader: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """The batches, one after the other. Raises `ClaimsError`."""
    with _readable(source):
        for batch in reader:
            batch.validate(full=True)
            yield batch


def head_names(head: bytes) -> Sequence[str] | None:
    """The column names in the start of a file; `None` if they cannot be told from it."""
    try:
        names: Sequence[str] = pa.ipc.open_stream(
            head[_PADDED:] if head.startswith(_MAGIC) else head
        ).schema.names
    except (pa.ArrowException, OSError):
        return None
    return names


@contextmanager
def _readable(source: Source) -> Iterator[None]:
    """Arrow's own message may quote a cell, and is kept to ourselves."""
    try:
        yield
    except (pa.ArrowException, OSError):
        raise ClaimsError(
            f"{source.name} is a damaged Arrow IPC file: it cannot be read to its end",
            "write or fetch it again; half-written files end like this",
        ) from None
