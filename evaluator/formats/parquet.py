"""Parquet to service lines: only the columns that are needed, a batch at a time."""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from editwright.evaluator.formats.arrow import AnyArray, batch_lines
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine

BATCH_ROWS = 16_384
_BUFFER = 1 << 18
"""How much of a column is taken from the file at a time: its row group may be of any size."""
_MOST_GROUPS = 64
"""So many row groups are looked at to see whether texts repeat."""
_DICTIONARY_BYTES, _POSITION_BYTES = 1 << 20, 3
"""What writers let a dictionary grow to, and what a position in one takes at most."""


def parquet_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of a Parquet file. Raises `ClaimsError`."""
    source.at_rest(stream)
    with open_parquet(source) as file:
        used = intake.rows(file.schema_arrow.names).plan.used
        yield from batch_lines(used, _batches(source, file, used), intake)


def open_parquet(source: Source, repeating: Sequence[str] = ()) -> pq.ParquetFile:
    """The file behind a source; the columns `repeating` come as dictionaries. Raises
    `ClaimsError`."""
    try:
        file = pq.ParquetFile(
            source.at_rest(),
            read_dictionary=list(repeating),
            pre_buffer=False,
            buffer_size=_BUFFER,
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise ClaimsError(
            f"{source.name} is a damaged Parquet file: its footer cannot be read",
            "write or fetch it again; half-written files end like this",
        ) from None
    return file


def repeating_texts(file: pq.ParquetFile, names: Sequence[str]) -> list[str]:
    """Which of these columns hold texts that repeat, so that they are best read as dictionaries.

    Where writers gave up on a dictionary, reading one would gather all texts of a row group.
    """
    texts = [name for name in names if _is_text(file.schema_arrow.field(name).type)]
    if not texts:
        return []
    metadata = file.metadata
    step = metadata.num_row_groups // _MOST_GROUPS + 1
    groups = [metadata.row_group(number) for number in range(0, metadata.num_row_groups, step)]
    places = {name: place for place, name in enumerate(metadata.schema.names)}
    return [name for name in texts if all(_repeats(each.column(places[name])) for each in groups)]


def _repeats(chunk: pq.ColumnChunkMetaData) -> bool:
    """Whether a column of a row group is no larger than a dictionary and positions in it."""
    return chunk.total_uncompressed_size <= _DICTIONARY_BYTES + _POSITION_BYTES * chunk.num_values


def in_batches(file: pq.ParquetFile, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
    """These columns of a file, in batches of so many rows at most: neighbouring row groups that
    are small are read together, and large ones in equal parts. Raises `ArrowException` and
    `OSError`."""
    columns = list(names)
    for groups, of_groups in _stretches(file.metadata, rows):
        if of_groups <= rows:
            together: pa.Table = file.read_row_groups(groups, columns, use_threads=False)
            yield from together.unify_dictionaries().combine_chunks().to_batches()
        else:
            parts = -(-of_groups // rows)
            yield from file.iter_batches(-(-of_groups // parts), groups, columns, use_threads=False)


def _stretches(metadata: pq.FileMetaData, rows: int) -> list[tuple[list[int], int]]:
    """Neighbouring row groups of at most so many rows together, or a larger one by itself; and
    how many rows they have."""
    stretches: list[tuple[list[int], int]] = []
    for group in range(metadata.num_row_groups):
        of_group = metadata.row_group(group).num_rows
        if stretches and stretches[-1][1] + of_group <= rows:
            groups, of_groups = stretches.pop()
            groups.append(group)
            stretches.append((groups, of_groups + of_group))
        else:
            stretches.append(([group], of_group))
    return stretches


class LeftOut:
    """The columns of a file that nothing reads, for the rows that are set aside. Each is read
    from front to back, as rows are asked for in their order."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._columns: dict[int, _LeftOutColumn] = {}

    def column(self, position: int, start: int, rows: int) -> AnyArray:
        """So many rows of a column, from a row on that is counted from 0. Raises `ClaimsError`."""
        if position not in self._columns:
            self._columns[position] = _LeftOutColumn(self._source, position)
        return self._columns[position].rows(start, rows)


class _LeftOutColumn:
    def __init__(self, source: Source, position: int) -> None:
        self._batches = _column_batches(source, position)
        self._rows: AnyArray | None = None
        self._first = 0

    def rows(self, start: int, count: int) -> AnyArray:
        while self._rows is None or self._first + len(self._rows) < start + count:
            following = next(self._batches)
            rest = None if self._rows is None else self._rows.slice(start - self._first)
            if rest is None or not len(rest):
                self._first += 0 if self._rows is None else len(self._rows)
                self._rows = following
            else:
                self._rows = pa.concat_arrays([rest, following])
                self._first = start
        return self._rows.slice(start - self._first, count)


def _column_batches(source: Source, position: int) -> Iterator[AnyArray]:
    done = 0
    with open_parquet(source) as file:
        try:
            for batch in file.iter_batches(BATCH_ROWS, columns=[file.schema_arrow.names[position]]):
                yield batch.column(0)
                done += batch.num_rows
        except (pa.ArrowException, OSError):
            raise damaged(source, done) from None


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
