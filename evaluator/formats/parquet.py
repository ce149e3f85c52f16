"""Parquet to service lines: only the columns that are needed, a batch at a time."""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from editwright.evaluator.formats.arrow import batch_lines
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines import ServiceLine

BATCH_ROWS = 16_384


def parquet_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of a Parquet file. Raises `ClaimsError`."""
    source.at_rest(stream)
    with open_parquet(source) as file:
        used = intake.rows(file.schema_arrow.names).plan.used
        yield from batch_lines(used, _batches(source, file, used), intake)


def open_parquet(source: Source, repeating: Sequence[str] = ()) -> pq.ParquetFile:
    """The file behind a source; of the columns `repeating` those with texts come as dictionaries.

    Raises `ClaimsError`.
    """
    try:
        file = pq.ParquetFile(source.at_rest())
        if texts := [name for name in repeating if _is_text(file.schema_arrow.field(name).type)]:
            file.close()
            file = pq.ParquetFile(source.at_rest(), read_dictionary=texts)
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise ClaimsError(
            f"{source.name} is a damaged Parquet file: its footer cannot be read",
            "write or fetch it again; half-written files end like this",
        ) from None
    return file


def damaged(source: Source, row: int) -> ClaimsError:
    """What to say of a file that cannot be read after a row."""
    return ClaimsError(
        f"{source.name} is a damaged Parquet file: it cannot be read after row {row}",
        "write or fetch it again",
    )


def _batches(
    source: Source, file: pq.ParquetFile, used: tuple[str, ...]
) -> Iterator[pa.RecordBatch]:
    done, total = 0, max(file.metadata.num_rows, 1)
    try:
        for batch in file.iter_batches(BATCH_ROWS, columns=list(used)):
            yield batch.select(list(used))
            done += batch.num_rows
            source.report(done / total)
    except (pa.ArrowException, OSError):
        raise damaged(source, done) from None


def _is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)
