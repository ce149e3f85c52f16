"""The physician fee schedule's indicators: global days, multiple, bilateral, assistant and so on.

One row for each code and modifier (none, 26, TC, 53). Descriptors are the AMA's: they are not read.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from editwright.evaluator.tables.cells import read_codes
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.report import Ledger
from editwright.evaluator.tables.rows import Rows, joined, row_ids
from editwright.evaluator.tables.sheet import Sheet

COLUMNS = (
    "hcpcs", "modifier", "status", "pctc", "glob", "pre", "intra", "post", "mult", "bilat", "asst",
    "cosurg", "team", "endo_base", "supervision", "imaging_family", "work_rvu",
    "nonfacility_total", "facility_total",
)  # fmt: skip
CODES = ("hcpcs",)

_SHARES = ("pre", "intra", "post", "work_rvu", "nonfacility_total", "facility_total")
_GLOBAL_DAYS = frozenset(("000", "010", "090", "MMM", "XXX", "YYY", "ZZZ"))


def indicators(sheets: Sequence[Sheet], ledger: Ledger) -> Rows:
    """The indicators of each code and modifier; two equal files (QPP and other) are one."""
    rows = joined(sheets, ledger)
    read_codes(rows, "hcpcs")
    rows.repaired("glob", _global_days, "lost leading zeros")
    rows.repaired("supervision", _two_digits, "lost leading zeros")
    rows.repaired("endo_base", _five_digits, "lost leading zeros")
    rows.read("glob", _known_global_days, pa.string(), what="global days", required=False)
    for name in _SHARES:
        rows.read(name, _decimal, pa.float64(), what="number", required=False)
    for name in COLUMNS:
        rows.put(name, rows.column(name))
    rows.table = rows.table.select(list(COLUMNS))
    rows.without_repeats()
    _refuse_contradictions(rows)
    return rows


def _global_days(text: str) -> str:
    return {"0": "000", "00": "000", "10": "010", "90": "090"}.get(text, text.upper())


def _known_global_days(text: str) -> str:
    if text not in _GLOBAL_DAYS:
        raise ValueError("not global days")
    return text


def _two_digits(text: str) -> str:
    return text.zfill(2) if text.isdecimal() else text


def _five_digits(text: str) -> str:
    return text.zfill(5) if text.isdecimal() and len(text) in (3, 4) else text


def _decimal(text: str) -> float | None:
    number = text.replace(",", "")
    if number.upper() == "NA":
        return None
    if not re.fullmatch(r"-?\d*\.?\d*", number):
        raise ValueError("not a number")
    return float(number)


def _refuse_contradictions(rows: Rows) -> None:
    ids = row_ids(rows, ["hcpcs", "modifier"])
    _, first, counts = np.unique(ids, return_index=True, return_counts=True)
    if (counts > 1).any():
        code = rows.table.column("hcpcs")[int(first[counts > 1][0])].as_py()
        raise TableFileError(
            f"`{code}` is there twice, with different indicators",
            "import each release of the fee schedule to a table of its own",
        )
