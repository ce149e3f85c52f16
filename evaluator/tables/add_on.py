"""Add-on codes, each with the primary codes of which one must be paid.

Where the primary is `CCCCC` the contractor defines it: no code can be asked for, so these rows are
set aside. That alone would deny what a contractor accepts, so every other row of such an add-on
code, and of every add-on code of type 3, says `contractor_defined` = `Y`: its primaries are only
a part of those that there are.
"""

import re
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from editwright.evaluator.tables.cells import (
    CONTRACTOR_DEFINED,
    digit,
    encode,
    read_codes,
    read_dates,
)
from editwright.evaluator.tables.problems import TableFileError, shown
from editwright.evaluator.tables.report import Ledger
from editwright.evaluator.tables.rows import Rows, as_mask, distinct, joined
from editwright.evaluator.tables.sheet import Sheet

COLUMNS = (
    "add_on", "primary", "edit_type", "effective", "deletion", "contractor_defined", "notes",
)  # fmt: skip
CODES = ("add_on", "primary")

_NAME = re.compile(r"AOC_V(\d{4}Q\d)", re.IGNORECASE)
_DELETIONS = ("add_on_deletion", "primary_deletion", "edit_deletion")


def add_ons(sheets: Sequence[Sheet], ledger: Ledger) -> Rows:
    """The add-on codes and their primaries; `deletion` is the earliest of the row's three."""
    _expect_one_quarter(sheets)
    rows = joined(sheets, ledger)
    rows.repaired("primary", str.upper, "small letters")
    read_codes(rows, "add_on")
    rows.read("edit_type", digit, pa.int8(), what="edit type 1, 2 or 3")
    read_dates(rows, "effective", required=True)
    for name in _DELETIONS:
        read_dates(rows, name)
    _mark_contractor_defined(rows)
    read_codes(rows, "primary")
    last_days = [rows.table.column(name) for name in _DELETIONS]
    rows.put("deletion", pc.min_element_wise(*last_days))
    early = pc.less(rows.table.column("deletion"), rows.table.column("effective"))
    rows.set_aside(as_mask(early), "deleted before it was effective")
    _note_instructions(rows)
    rows.put("notes", rows.column("notes"))
    rows.table = rows.table.select(list(COLUMNS))
    rows.without_repeats()
    return rows


def _expect_one_quarter(sheets: Sequence[Sheet]) -> None:
    """Each quarter's file has all that came before, as far as it still stands."""
    quarters = sorted({match[1].upper() for each in sheets if (match := _NAME.search(each.name))})
    if len(quarters) > 1:
        raise TableFileError(
            f"the files are of different quarters: {' and '.join(quarters)}",
            "import the latest one alone; it holds the dates of what was deleted before",
        )


def _mark_contractor_defined(rows: Rows) -> None:
    by_contractor = rows.where("primary", CONTRACTOR_DEFINED.__eq__)
    partial = rows.column("edit_type").fill_null(0).to_numpy() == 3
    add_on = rows.table.column("add_on")
    open_ended = set(add_on.filter(pa.array(by_contractor | partial)).to_pylist())
    marks = rows.cells("add_on", lambda text: "Y" if text in open_ended else "N", pa.string())
    rows.put("contractor_defined", marks)
    encode(rows, "contractor_defined")
    rows.set_aside(by_contractor, "primary CCCCC: the contractor defines it")


def _note_instructions(rows: Rows) -> None:
    count = int(as_mask(rows.column("notes").is_valid()).sum())
    if count:
        texts = sorted(distinct(rows, "notes"))
        have = "1 row has" if count == 1 else f"{count:,} rows have"
        rows.ledger.notes.append(
            f"{have} special instructions in `notes`, such as `{shown(texts[0])}`; "
            "no rule reads them for you"
        )
