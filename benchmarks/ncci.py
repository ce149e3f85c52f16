"""The NCCI edits for benchmarks: three tables in Parquet, and the rule file that names them.

The tables are CMS's practitioner tables of 2024 Q3 where they lie in `../shared/data/cms` (the
folder that `EDITWRIGHT_SHARED` names stands for `../shared`), else made-up ones of the same size
and shape. The rules are those of `docs/tables.md`.
"""

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.job import ROOT
from benchmarks.ncci_made_up import FULL_SIZE, Size, made_up_tables
from benchmarks.ncci_published import published_tables

NCCI_MODIFIERS = (
    "24", "25", "27", "57", "58", "59", "78", "79", "91", "E1", "E2", "E3", "E4", "F1", "F2", "F3",
    "F4", "F5", "F6", "F7", "F8", "F9", "FA", "LC", "LD", "LM", "LT", "RC", "RI", "RT", "T1", "T2",
    "T3", "T4", "T5", "T6", "T7", "T8", "T9", "TA", "XE", "XP", "XS", "XU",
)  # fmt: skip
"""The 44 modifiers that free a pair with indicator 1."""

RULES = f"""\
ruleset ncci version "2024.3" effective 1996-01-01
    source "NCCI practitioner tables, 2024 Q3"

modifiers ncci = {", ".join(NCCI_MODIFIERS[:16])},
    {", ".join(NCCI_MODIFIERS[16:])}

table ptp from "ptp.parquet"
table mue from "mue.parquet"
table aoc from "aoc.parquet"

rule NCCI-PTP for each row of ptp:
    row.column_2 not allowed with row.column_1 same date, same provider
    unless modifier ncci on either line when row.modifier_indicator = 1
    otherwise deny as CO-236
    because "{{code}} is included in {{partner}} on {{date}}."
    effective row.effective to row.deletion

rule MUE-LINE for each row of mue:
    row.hcpcs when row.adjudication_indicator = 1 at most row.units units per line
    otherwise deny as CO-151 N362
    because "{{code}} on {{date}} has more units than a line may have."
    effective row.effective to row.deletion

rule MUE-DAY for each row of mue:
    row.hcpcs when row.adjudication_indicator in 2, 3 at most row.units units per day, same provider
    otherwise deny all as CO-151 N362
    because "{{code}} has more units on {{date}} than a day may have."
    effective row.effective to row.deletion

rule NCCI-AOC for each add_on of aoc:
    row.add_on when row.contractor_defined = N requires payable row.primary same date, same provider
    otherwise deny as CO-107 N122
    because "{{code}} on {{date}} is an add-on code without a payable primary."
    effective row.effective to row.deletion

rule NCCI-AOC-OPEN for each add_on of aoc:
    row.add_on when row.contractor_defined = Y requires payable row.primary same date, same provider
    otherwise pend
    because "{{code}} on {{date}} is an add-on code; its contractor may accept other primaries."
    effective row.effective to row.deletion
"""

RULE_NAMES = ("NCCI-PTP", "MUE-LINE", "MUE-DAY", "NCCI-AOC", "NCCI-AOC-OPEN")


def write_ncci(folder: Path, size: Size | None = None) -> Path:
    """Write the tables and `ncci.edits` into a folder, and return the rule file's path.

    A size asks for made-up tables of that size; without one they are complete.
    """
    folder.mkdir(parents=True, exist_ok=True)
    published = None if size is not None else shared_folder()
    tables = made_up_tables(size or FULL_SIZE) if published is None else published_tables(published)
    for name, table in tables.items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd", store_schema=False)
    rules = folder / "ncci.edits"
    rules.write_text(RULES, encoding="utf-8")
    return rules


def read_ncci(folder: Path) -> dict[str, pa.Table]:
    """The tables that `write_ncci` wrote."""
    return {name: pq.read_table(folder / f"{name}.parquet") for name in ("ptp", "mue", "aoc")}


def shared_folder() -> Path | None:
    """The folder with CMS's tables, where this machine has it."""
    shared = Path(os.environ.get("EDITWRIGHT_SHARED", ROOT.parent / "shared"))
    folder = shared / "data" / "cms" / "northstar"
    return folder if folder.is_dir() else None
