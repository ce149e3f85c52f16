"""A table's file to the table; a large one is read once and then kept in the user's cache.

What is kept is named by the file's bytes, so that a table that was changed in any way is read
again, and by the code that reads it.
"""

from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import evolve

from editwright.grammar.cache import Kept, code_digest, keep, kept
from editwright.grammar.tables import (
    PARQUET,
    Column,
    TableData,
    expect_table_name,
    read_bytes,
    read_folder,
    read_table,
)

MANY_ROWS = 5_000
"""Tables of fewer rows are read as fast as they would be found again."""


def table_at(path: Path) -> TableData:
    """The whole table. Raises TableError where it cannot be read."""
    expect_table_name(path)
    parquet = path.suffix.lower() in PARQUET
    if parquet and path.is_dir():
        return read_folder(path)
    data = read_bytes(path)
    reader = _reader(parquet)
    digest = sha256(
        f"{reader} {path.suffix.lower()}\n".encode() + sha256(data).digest()
    ).hexdigest()
    found = kept("table", digest) if reader is not None else None
    table = _from_kept(path, found) if found is not None else None
    if table is None:
        table = read_table(path, data)
        if reader is not None and table.rows >= MANY_ROWS:
            _keep(digest, table)
    return evolve(table, digest=digest)


@cache
def _reader(parquet: bool) -> str | None:
    """What reads tables; nothing where that cannot be told."""
    code = code_digest(Path(__file__).parent)
    try:
        return code and f"{code} {version('pyarrow') if parquet else ''}"
    except PackageNotFoundError:
        return None


def _keep(digest: str, table: TableData) -> None:
    import numpy as np

    columns = table.columns.items()
    numbers = {name: np.asarray(column.numbers, np.int32) for name, column in columns}
    keep("table", digest, [[name, *column.texts] for name, column in columns], numbers)


def _from_kept(path: Path, kept: Kept) -> TableData | None:
    try:
        columns = dict(_columns(kept))
    except (ValueError, KeyError, TypeError):
        return None
    rows = {len(each) for each in columns.values()}
    return TableData(path, columns, rows.pop()) if len(rows) == 1 else None


def _columns(kept: Kept) -> Iterator[tuple[str, Column]]:
    for name, *texts in kept.words:
        yield name, Column(tuple(texts), kept.columns[name])
