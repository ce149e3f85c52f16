"""The files that scenarios read, each made once, by a process of its own.

`python -m benchmarks.inputs FOLDER KIND LINES` makes one. The memory that this takes is then not
the scenario's, and all engines read the same file.
"""

import subprocess
import sys
from pathlib import Path

from benchmarks.job import ROOT

FULL, SMALL = "ncci", "ncci-small"
"""Folders with NCCI tables and their rules: complete, and small."""

ORDERS = ("date", "member")
SHARES = {"none": 0.0, "tenth": 0.1, "every": 1.0}
"""Kinds of claims by the share of lines with a finding."""
ODD = ("one-member", "crowded-days", "one-date")


def ncci_rules(folder: Path, tables: str) -> Path:
    """The NCCI rule file, its tables beside it."""
    made = folder / tables / "ncci.edits"
    if not made.exists():
        _make(folder, tables, 0)
    return made


def claims_file(folder: Path, tables: str, kind: str, lines: int) -> Path:
    """A Parquet file of so many service lines: of an order, a share of findings or odd."""
    ncci_rules(folder, tables)
    made = _path(folder, tables, kind, lines)
    if not made.exists():
        _make(folder, f"{tables}/{kind}", lines)
    return made


def reader_file(folder: Path, kind: str, lines: int) -> Path:
    """A file of so many service lines in a format, or a folder of FHIR resources (see
    `reader_files`)."""
    made = _reader_path(folder, kind, lines)
    if not made.exists():
        _make(folder, f"read/{kind}", lines)
    return made


def _make(folder: Path, what: str, lines: int) -> None:
    command = [sys.executable, "-m", "benchmarks.inputs", str(folder), what, str(lines)]
    subprocess.run(command, cwd=ROOT, check=True)


def _path(folder: Path, tables: str, kind: str, lines: int) -> Path:
    return folder / tables / f"{kind}-{lines}.parquet"


def _reader_path(folder: Path, kind: str, lines: int) -> Path:
    return folder / "read" / f"{kind.replace(',', '').replace(' ', '-')}-{lines}"


def main(folder: Path, what: str, lines: int) -> None:
    """Make one input."""
    from benchmarks.ncci import write_ncci
    from benchmarks.ncci_made_up import SMALL_SIZE

    tables, _, kind = what.partition("/")
    if tables == "read":
        _write_reader_file(kind, lines, _reader_path(folder, kind, lines))
    elif kind:
        _write_claims(folder / tables, kind, lines, _path(folder, tables, kind, lines))
    elif tables == SMALL:
        write_ncci(folder / tables, SMALL_SIZE)
    else:
        write_ncci(folder / tables)


def _write_claims(tables: Path, kind: str, lines: int, path: Path) -> None:
    import pyarrow.parquet as pq

    from benchmarks.claim_lines import claim_table
    from benchmarks.claim_stream import Order, write_claim_lines
    from benchmarks.code_pool import ncci_pool, quiet_pool
    from benchmarks.ncci import read_ncci
    from benchmarks.odd_claims import odd_claims

    read = read_ncci(tables)
    partial = path.with_suffix(".partial")
    if kind in SHARES:
        write_claim_lines(partial, lines, pool=quiet_pool(read), over=SHARES[kind])
    elif kind in ORDERS:
        order: Order = "date" if kind == "date" else "member"
        write_claim_lines(partial, lines, order=order, pool=ncci_pool(read))
    else:
        pq.write_table(odd_claims(claim_table(lines, pool=ncci_pool(read)), kind), partial)
    partial.replace(path)


def _write_reader_file(kind: str, lines: int, path: Path) -> None:
    from benchmarks.reader_files import write_reader_file

    path.parent.mkdir(exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    write_reader_file(kind, lines, partial)
    partial.replace(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
