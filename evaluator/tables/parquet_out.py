"""A table to a Parquet file that appears under its name only when it is whole."""

import os
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from editwright.evaluator.tables.problems import TableFileError

ENDINGS = (".parquet", ".pq")


def check_output(path: Path) -> None:
    """Refuse, before any work, a name under which no table can be written."""
    if path.suffix.lower() not in ENDINGS:
        raise TableFileError(
            f"the table is written in Parquet, and `{path}` does not end in `.parquet`",
            f"write `-o {path.with_suffix('.parquet') if path.stem != '-' else 'table.parquet'}`",
        )
    if path.is_dir():
        raise TableFileError(f"`{path}` is a folder", "name a file in it")
    if not path.parent.is_dir():
        raise TableFileError(f"there is no folder `{path.parent}`", "make it first")


def write_table(table: pa.Table, path: Path) -> None:
    """Write beside the name, and rename when all is written."""
    whole = path.resolve()
    partial = whole.with_name(f".{whole.name}.{uuid4().hex[:8]}.partial")
    try:
        # without the schema of Arrow, dictionary-encoded texts are plain texts to every reader
        pq.write_table(table, partial, compression="zstd", store_schema=False)
        partial.replace(whole)
    except (OSError, pa.ArrowException) as error:
        code = error.errno if isinstance(error, OSError) else None
        cause = os.strerror(code).lower() if code else str(error).split("\n", 1)[0]
        raise TableFileError(f"cannot write `{path}`: {cause}") from None
    finally:
        partial.unlink(missing_ok=True)
