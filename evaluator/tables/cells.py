"""What single cells mean: dates, codes and what a spreadsheet made of them."""

import re
from datetime import date, timedelta

import pyarrow as pa

from editwright.evaluator.tables.rows import Rows

CONTRACTOR_DEFINED = "CCCCC"

_LEAST_CODE = 100
_CODE = re.compile(r"[A-Z]\d{4}|\d{4}[0-9A-Z]")
_OPEN = frozenset(
    ("*", "0", "0000000", "00000000", "9999999", "99999999", "9999365", "9999366", "99991231")
)
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")


def cms_date(text: str) -> date | None:
    """A date, `20260401`, `2026091` (the 91st day), `2026-04-01` or `4/1/2026`; `*` is none.

    Raises ValueError where it is no date.
    """
    if text in _OPEN:
        return None
    if text.isdecimal() and len(text) == 7:
        year, day = int(text[:4]), int(text[4:])
        found = date(year, 1, 1) + timedelta(days=day - 1)
        if found.year != year:
            raise ValueError("no such day of the year")
        return found
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        month, day, year = map(int, slashed.groups())
        return date(year, month, day)
    return date.fromisoformat(text)


def code(text: str) -> str:
    """A procedure code. Raises ValueError where it has not the shape of one."""
    if not _CODE.fullmatch(text):
        raise ValueError("not a procedure code")
    return text


def whole_number(text: str) -> int:
    """A number without decimals, up to nine digits. Raises ValueError."""
    if not re.fullmatch(r"\d{1,9}", text.replace(",", "")):
        raise ValueError("not a whole number")
    return int(text.replace(",", ""))


def digit(text: str) -> int:
    """The indicator at the start of a text: `3 Date of Service Edit: Clinical` is 3."""
    if not re.match(r"\d\b", text):
        raise ValueError("not an indicator")
    return int(text[0])


def read_codes(rows: Rows, name: str, *, required: bool = True) -> None:
    """Check a column of codes, after repairing those that lost their leading zeros.

    Only codes of digits lose zeros, and the least of them is 00100: three or four digits have one
    meaning, fewer have none.
    """
    rows.repaired(name, str.upper, "small letters")
    rows.repaired(name, _with_zeros, "lost leading zeros")
    rows.read(name, code, pa.string(), what="procedure code", required=required)
    encode(rows, name)


def read_dates(rows: Rows, name: str, *, required: bool = False) -> None:
    """Turn a column of CMS dates into dates."""
    rows.read(name, cms_date, pa.date32(), what="date", required=required)


def encode(rows: Rows, name: str) -> None:
    """Make a column of texts a dictionary again."""
    column = rows.column(name)
    rows.put(name, column.dictionary_encode())


def _with_zeros(text: str) -> str:
    if text.isdecimal() and len(text) in (3, 4) and int(text) >= _LEAST_CODE:
        return text.zfill(5)
    return text
