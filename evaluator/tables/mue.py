"""Medically unlikely edits: how many units of a code a line or a day may have.

A file is a snapshot without dates per row. The setting stands in a heading, the date from which the
snapshot holds only in the file's name. Several snapshots of one setting follow each other: each
ends on the day before the next.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow as pa

from editwright.evaluator.tables.cells import digit, read_codes, whole_number
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.report import Ledger
from editwright.evaluator.tables.rows import Rows, joined, row_ids
from editwright.evaluator.tables.sheet import Sheet

COLUMNS = (
    "hcpcs", "units", "adjudication_indicator", "rationale", "setting", "effective", "deletion",
)  # fmt: skip
CODES = ("hcpcs",)

_SETTINGS = {
    "practitioner": "practitioner",
    "outpatient": "outpatient_hospital",
    "hospital": "outpatient_hospital",
    "dme": "dme",
    "supplier": "dme",
}
_EFFECTIVE = re.compile(r"eff\w*?[_-](\d{1,2})-(\d{1,2})-(\d{4})", re.IGNORECASE)


def limits(sheets: Sequence[Sheet], ledger: Ledger) -> Rows:
    """The limits of all snapshots, each row with its setting and its dates."""
    settings = [_setting(sheet) for sheet in sheets]
    effective = [_effective(sheet) for sheet in sheets]
    last_days = _last_days(list(zip(settings, effective, strict=True)))
    dated = [
        _with(sheet, setting, first, last_days.get((setting, first)))
        for sheet, setting, first in zip(sheets, settings, effective, strict=True)
    ]
    rows = joined(dated, ledger)
    # a row that is blank but for the columns that we added is none
    blank = ~np.asarray(rows.column("hcpcs").is_valid()) & ~np.asarray(
        rows.column("units").is_valid()
    )
    rows.table = rows.table.filter(pa.array(~blank))
    read_codes(rows, "hcpcs")
    rows.read("units", whole_number, pa.int32(), what="number of units")
    rows.read("adjudication_indicator", _adjudication, pa.int8(), what="indicator 1, 2 or 3")
    for name in ("effective", "deletion"):
        rows.put(name, rows.cells(name, date.fromisoformat, pa.date32()))
    rows.put("rationale", rows.column("rationale"))
    rows.table = rows.table.select(list(COLUMNS))
    rows.without_repeats()
    _refuse_contradictions(rows)
    if None in effective:
        ledger.notes.append(
            "no date is in the file's name (`..._Eff_07-01-2026`): `effective` is blank, and the "
            "limits hold on every day"
        )
    return rows


def _adjudication(text: str) -> int:
    found = digit(text)
    if found not in (1, 2, 3):
        raise ValueError("not an adjudication indicator")
    return found


def _setting(sheet: Sheet) -> str:
    heading = sheet.headings["units"]
    for word, setting in _SETTINGS.items():
        if word in heading:
            return setting
    raise TableFileError(
        f"`{sheet.name}` has limits of an unknown setting: `{heading}`",
        "known are practitioner services, outpatient hospital services and DME suppliers",
    )


def _effective(sheet: Sheet) -> date | None:
    # the document's own name is the last; a zip's name serves where it says nothing
    found = _EFFECTIVE.findall(sheet.name)
    if not found:
        return None
    month, day, year = map(int, found[-1])
    try:
        return date(year, month, day)
    except ValueError:
        raise TableFileError(f"the name of `{sheet.name}` has a date that is none") from None


def _last_days(
    snapshots: Sequence[tuple[str, date | None]],
) -> dict[tuple[str, date | None], date]:
    last: dict[tuple[str, date | None], date] = {}
    for setting in {setting for setting, _ in snapshots}:
        firsts = {first for of, first in snapshots if of == setting}
        dated = sorted(first for first in firsts if first is not None)
        if len(dated) < len(firsts) and dated:
            raise TableFileError(
                f"two snapshots of {setting}, and the name of one has no date",
                "name the files as CMS does, with `_Eff_07-01-2026` at the end",
            )
        for first, following in pairwise(dated):
            last[setting, first] = following - timedelta(days=1)
    return last


def _with(sheet: Sheet, setting: str, first: date | None, last: date | None) -> Sheet:
    table = sheet.table
    added = (("setting", setting), ("effective", first), ("deletion", last))
    for name, value in added:
        text = None if value is None else str(value)
        column = pa.array([text] * table.num_rows, pa.string()).dictionary_encode()
        table = table.append_column(name, column)
    return Sheet(sheet.name, sheet.headings, table)


def _refuse_contradictions(rows: Rows) -> None:
    ids = row_ids(rows, ["hcpcs", "setting", "effective"])
    _, first, counts = np.unique(ids, return_index=True, return_counts=True)
    if (counts > 1).any():
        code = rows.table.column("hcpcs")[int(first[counts > 1][0])].as_py()
        raise TableFileError(
            f"`{code}` has two limits in one setting on one day",
            "give each snapshot once, its file named as CMS names it",
        )
