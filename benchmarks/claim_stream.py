"""Millions of service lines to a Parquet file, with the memory of a part of them.

By member, a member's lines lie together, as in an extract from a warehouse that is sorted so. By
date, the lines of each day come from all members, as claims arrive.
"""

import tempfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.claim_lines import DAYS, FIRST_DAY, claim_table
from benchmarks.code_pool import CodePool

Order = Literal["member", "date"]

LINES_OF_PART = 500_000
_SLICES = 24


def write_claim_lines(
    path: Path,
    lines: int,
    seed: int = 1,
    *,
    order: Order = "member",
    pool: CodePool | None = None,
    over: float = 0.0,
) -> Path:
    """Write as many service lines as asked for; `pool` and `over` as in `claim_table`."""
    parts = (
        claim_table(min(LINES_OF_PART, lines - start), seed, pool=pool, over=over, start=start)
        for start in range(0, lines, LINES_OF_PART)
    )
    if order == "member":
        _write(path, (part.sort_by("member_id") for part in parts))
    else:
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            spooled = [_spool(part, Path(folder), at) for at, part in enumerate(parts)]
            _write(path, _by_date(spooled))
    return path


def _spool(part: pa.Table, folder: Path, number: int) -> Path:
    path = folder / f"{number}.parquet"
    pq.write_table(part, path, row_group_size=LINES_OF_PART // _SLICES, compression="lz4")
    return path


def _by_date(parts: list[Path]) -> Iterator[pa.Table]:
    edges = [
        FIRST_DAY + np.timedelta64(DAYS * number // _SLICES, "D") for number in range(_SLICES + 1)
    ]
    for first, end in pairwise(np.array(edges).tolist()):
        within: Any = [("service_from", ">=", first), ("service_from", "<", end)]
        read = [pq.read_table(part, filters=within) for part in parts]
        yield pa.concat_tables(read).sort_by("service_from")


def _write(path: Path, tables: Iterator[pa.Table]) -> None:
    writer: pq.ParquetWriter | None = None
    for table in tables:
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table, row_group_size=LINES_OF_PART // 4)
    if writer is not None:
        writer.close()
