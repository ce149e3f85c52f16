"""NCCI procedure-to-procedure pairs: column 1 is paid, column 2 is not, on the same day.

The file has its whole history. One pair may be there several times, each row one interval, the
deletion date its last day; the key is column_1, column_2, effective and deletion.
"""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from editwright.evaluator.tables.cells import read_codes, read_dates
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.report import Ledger
from editwright.evaluator.tables.rows import Column, Mask, Rows, as_mask, how_many, joined, row_ids
from editwright.evaluator.tables.sheet import Sheet

COLUMNS = ("column_1", "column_2", "effective", "deletion", "modifier_indicator", "rationale")
CODES = ("column_1", "column_2")
PARTS = frozenset("1234")
_NEVER = 1 << 40

_NAME = re.compile(r"(ccipra|ccioph)-v(\d+r\d+)-f(\d)", re.IGNORECASE)
_SETTING = {"ccipra": "practitioners", "ccioph": "outpatient hospitals"}


def pairs(sheets: Sequence[Sheet], ledger: Ledger) -> Rows:
    """The intervals in which pairs are in force."""
    _check_parts(sheets, ledger)
    rows = joined(sheets, ledger)
    for name in CODES:
        read_codes(rows, name)
    rows.read("modifier_indicator", _indicator, pa.int8(), what="modifier indicator 0, 1 or 9")
    read_dates(rows, "effective", required=True)
    read_dates(rows, "deletion")
    indicator = rows.table.column("modifier_indicator").to_numpy()
    rows.set_aside(indicator == 9, "modifier indicator 9: never in force")
    rows.set_aside(_ends_before_it_begins(rows), "deleted before it was effective")
    rows.put("rationale", rows.column("rationale"))
    rows.table = rows.table.select(list(COLUMNS))
    rows.without_repeats()
    _note_contradictions(rows)
    return rows


def _indicator(text: str) -> int:
    if text not in ("0", "1", "9"):
        raise ValueError("not a modifier indicator")
    return int(text)


def _ends_before_it_begins(rows: Rows) -> Mask:
    return as_mask(pc.less(rows.column("deletion"), rows.column("effective")))


def _note_contradictions(rows: Rows) -> None:
    """Tell of pairs that are in force with both modifier indicators on the same days."""
    pairs = row_ids(rows, CODES)
    first, last = _days(rows.column("effective")), _days(rows.column("deletion"))
    indicator = rows.table.column("modifier_indicator").to_numpy()
    # where intervals of a pair overlap, two that follow each other do; the last day is inside
    order = np.lexsort((first, pairs))
    pairs, first, last, indicator = (each[order] for each in (pairs, first, last, indicator))
    overlap = (pairs[1:] == pairs[:-1]) & (first[1:] <= last[:-1])
    found = how_many(pairs[1:][overlap & (indicator[1:] != indicator[:-1])])
    if found:
        rows.ledger.notes.append(
            f"{found:,} {'pair is' if found == 1 else 'pairs are'} in force with both modifier "
            "indicators on the same days; all rows are kept, so no modifier frees a pair on such "
            "a day"
        )


def _days(column: Column) -> NDArray[np.int64]:
    """Dates as numbers; no date is the end of time."""
    numbers: Column = pc.cast(pc.cast(column, pa.int32()), pa.int64())
    days: NDArray[np.int64] = numbers.fill_null(_NEVER).to_numpy()
    return days


def _check_parts(sheets: Sequence[Sheet], ledger: Ledger) -> None:
    """Refuse two settings or two quarters in one table; note parts that are missing."""
    found = [match for sheet in sheets if (match := _NAME.search(sheet.name))]
    versions = {(match[1].lower(), match[2].lower()) for match in found}
    if len(versions) > 1:
        named = " and ".join(f"{kind}-v{version}" for kind, version in sorted(versions))
        raise TableFileError(
            f"the files are of different tables: {named}",
            "import each setting and each quarter to a table of its own",
        )
    missing = PARTS - {match[3] for match in found}
    if found and missing:
        kind = next(iter(versions))[0]
        ledger.notes.append(
            f"CMS publishes the pairs of {_SETTING[kind]} in four parts; "
            f"not given: {', '.join(f'f{part}' for part in sorted(missing))}"
        )
