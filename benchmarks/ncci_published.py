"""CMS's practitioner tables of 2024 Q3, in the columns that `editwright import` writes.

The copies read here come from the northstar package, which kept no effective dates: every row is
taken to hold since 1996-01-01. PTP rows with modifier indicator 9 were never in force and are left
out, and so are the rows without a primary (`CCCCC`), as the import does.
"""

from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

Column: TypeAlias = Any
"""A column of pyarrow, whose stubs are too narrow."""

SINCE = date(1996, 1, 1)
_OPEN_END = "9999-12-31"
_CONTRACTOR_DEFINED = "CCCCC"


def published_tables(folder: Path) -> dict[str, pa.Table]:
    """The three tables by name."""
    return {"ptp": _ptp(folder), "mue": _mue(folder), "aoc": _aoc(folder)}


def _ptp(folder: Path) -> pa.Table:
    rows: Column = pq.read_table(folder / "ncci_ptp_prac_2024q3_flat.parquet")
    rows = rows.filter(pc.less(rows["ptp_mod"], pa.scalar(9)))
    deleted: Column = rows["ptp_deleted"]
    columns: dict[str, Column] = {
        "column_1": rows["column_1"],
        "column_2": rows["column_2"],
        "effective": _every_row(rows, SINCE, pa.date32()),
        "deletion": pc.cast(
            pc.if_else(pc.equal(deleted, pa.scalar(_OPEN_END)), None, deleted), pa.date32()
        ),
        "modifier_indicator": pc.cast(rows["ptp_mod"], pa.int8()),
        "rationale": pc.cast(rows["ptp_rationale"], pa.string()),
    }
    names = list(columns)
    return pa.table(columns).group_by(names, use_threads=False).aggregate([]).select(names)


def _mue(folder: Path) -> pa.Table:
    rows: Column = _csv(folder / "mue_practitioner_2024q3.csv")
    return pa.table(
        {
            "hcpcs": rows["hcpcs_code"],
            "units": pc.cast(rows["mue_units"], pa.int32()),
            "adjudication_indicator": pc.cast(rows["mue_mai"], pa.int8()),
            "rationale": rows["mue_rationale"],
            "setting": _every_row(rows, "practitioner", pa.string()),
            "effective": _every_row(rows, SINCE, pa.date32()),
            "deletion": _every_row(rows, None, pa.date32()),
        }
    )


def _aoc(folder: Path) -> pa.Table:
    rows: Column = _csv(folder / "aoc_2024q3_active.csv")
    defined = pc.equal(rows["primary_code"], pa.scalar(_CONTRACTOR_DEFINED))
    of_contractor = pc.is_in(rows["add_on_code"], rows["add_on_code"].filter(defined))
    table = pa.table(
        {
            "add_on": rows["add_on_code"],
            "primary": rows["primary_code"],
            "edit_type": pc.cast(rows["aoc_edit_type"], pa.int8()),
            "effective": _every_row(rows, SINCE, pa.date32()),
            "deletion": _every_row(rows, None, pa.date32()),
            "contractor_defined": pc.if_else(of_contractor, "Y", "N"),
            "notes": _every_row(rows, None, pa.string()),
        }
    )
    return table.filter(pc.invert(defined))


def _csv(path: Path) -> pa.Table:
    with path.open(encoding="utf-8") as stream:
        names = stream.readline().strip().replace('"', "").split(",")
    texts = pa_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
    return pa_csv.read_csv(path, convert_options=texts)


def _every_row(rows: Column, value: object, kind: "pa.DataType") -> Column:
    return pa.array([value], kind).take(pa.array([0] * rows.num_rows))
