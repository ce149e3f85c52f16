"""One cell to one value. Every function takes whatever a reader found in the cell.

A cell is text, a number, a date or `None`; blank text and what programs write for no value
(`NULL`, `NA`, `NaN`, `None`, `\\N`) are missing and give `None`. What cannot be read raises
`BadValue`. Booleans must have become text before: as dictionary keys Python takes `True` for 1.
"""

import re
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from numbers import Integral, Real

from editwright.evaluator.formats.problems import BadValue

_NO_VALUE = ("null", "na", "n/a", "#n/a", "<na>", "nan", "nat", "none")
"""What databases, spreadsheets, R, pandas and Python write where there is no value; SAS writes a
dot, and people a dash."""
MISSING = frozenset(
    (
        "\\N",
        *(".", "-", "--"),
        "NaN",
        "NaT",
        *(form for each in _NO_VALUE for form in (each, each.upper(), each.title())),
    )
)
MODIFIER_LENGTH = 2
_DECIMALS = 6
_LARGEST = Decimal(10) ** 12
_MOST_UNITS = Decimal(10) ** 9
FIRST_YEAR, LAST_YEAR = 1800, 2199
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_PLAIN_NUMBER = re.compile(r"[+-]?(\d{1,30}(\.\d{0,30})?|\.\d{1,30})", re.ASCII)
_SHORTENED = re.compile(r"\d(\.\d+)?E\+\d+", re.ASCII | re.IGNORECASE)
_WHOLE = re.compile(r"(\d{1,40})\.0+", re.ASCII)
"""How data frames write a column of codes that has gaps: `99213.0`."""
_FORMULA = re.compile(r'="([^"]*)"')
"""How exports keep a spreadsheet from taking zeros away: `="00400"`."""
_QUOTED = re.compile(r"\"([^\"]*)\"|'([^']*)'?")
"""What is left of quotes where a blank stood before them, and of the apostrophe that keeps a
spreadsheet from taking zeros away: `'00400`."""
_AMOUNT = re.compile(
    r"(?P<open>\()?(?P<sign>[+-]?\$?[+-]?)\s?"
    r"(?P<number>\d{1,3}(?:,\d{3}){1,9}(?:\.\d{1,30})?|\d{1,30}(?:\.\d{0,30})?)"
    r"\s?(?P<after>-?)(?P<close>\))?",
    re.ASCII,
)
"""Amounts as spreadsheets and mainframes write them: `$1,234.50`, `(12.00)`, `12.00-`."""
_SEVERAL = re.compile(r"[\s,;|]")
_LIST_ITEM = re.compile(r"[^\s,;|:/=\[\]\"']+")
_TIME = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?\s?(?:[AaPp][Mm]|Z|UTC|[+-]\d{2}:?\d{2})?)?"
_DATES = (
    re.compile(rf"(?P<y>\d{{4}})-(?P<m>\d{{1,2}})-(?P<d>\d{{1,2}}){_TIME}", re.ASCII),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})(?:\.0+)?", re.ASCII),
    re.compile(rf"(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}})/(?P<y>\d{{4}}){_TIME}", re.ASCII),
    re.compile(r"(?P<d>\d{1,2})-(?P<m>[A-Za-z]{3})-(?P<y>\d{4})", re.ASCII),
    re.compile(
        r"(?P<d>\d{2})(?P<m>[A-Za-z]{3})(?P<y>\d{4})(?::\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?",
        re.ASCII,
    ),
    re.compile(rf"(?P<y>\d{{4}})/(?P<m>\d{{1,2}})/(?P<d>\d{{1,2}}){_TIME}", re.ASCII),
)
_SEXES = {
    **dict.fromkeys(("F", "FEMALE", "WOMAN"), "F"),
    **dict.fromkeys(("M", "MALE", "MAN"), "M"),
    **dict.fromkeys(("U", "UNK", "UNKNOWN", "O", "OTHER", "X"), None),
}

A_DATE = "a date such as 2025-03-01"
A_NUMBER = "a plain number such as 2 or 1.5"


def text(raw: object) -> str | None:
    """The cell as text without surrounding blanks."""
    if raw is None:
        return None
    if type(raw) is str and raw.isalnum() and raw.isascii():  # nearly all ids and codes
        return None if raw in MISSING else raw
    stripped = (raw if isinstance(raw, str) else _number_or_date_text(raw)).strip()
    if stripped.startswith('="') and (formula := _FORMULA.fullmatch(stripped)):
        stripped = formula[1].strip()
    elif stripped[:1] in ("'", '"') and (quoted := _QUOTED.fullmatch(stripped)):
        stripped = (quoted[1] or quoted[2] or "").strip()
    if not stripped or stripped in MISSING:
        return None
    if not stripped.isascii():
        _expect_encodable(stripped)
    return stripped


def exact_text(raw: object) -> str | None:
    """The cell as it stands; only a cell of blanks is missing."""
    return None if text(raw) is None else raw if isinstance(raw, str) else text(raw)


def identifier(raw: object) -> str | None:
    """An id as text. A spreadsheet's `1.23E+11` is refused: it stands for many ids."""
    found = text(raw)
    if found is not None and "+" in found and _SHORTENED.fullmatch(found):
        raise BadValue("was shortened by a spreadsheet", "the id with all its digits")
    return found


def code(raw: object) -> str | None:
    """A code in upper case. A spreadsheet's `9.92E+04` is refused: nobody knows the code."""
    found = text(raw)
    if found is not None and "+" in found and _SHORTENED.fullmatch(found):
        raise BadValue("was shortened by a spreadsheet", "the code with all its characters")
    return None if found is None else found.upper()


def whole_code(raw: object) -> str | None:
    """A code that has no dot: `7.0` is a 7 that was taken for a number."""
    found = code(raw)
    return None if found is None else _undotted(found)


def modifier(raw: object) -> str | None:
    """A modifier. What is surely none, or several, is refused: a line without its modifiers is
    judged wrongly."""
    found = whole_code(raw)
    if found is not None and len(found) != MODIFIER_LENGTH and not found.isalnum():
        raise BadValue(
            "is not a modifier", "two characters such as 25 or LT, in a cell of their own"
        )
    return found


def status(raw: object) -> str | None:
    """A status such as `denied`: a word, which rule files compare in lower case."""
    found = text(raw)
    return None if found is None else found.lower()


def provider(raw: object) -> str | None:
    found = identifier(raw)
    return None if found is None else _undotted(found.upper())


def procedure(raw: object) -> str | None:
    """A CPT or HCPCS code. A *number* has lost its leading zeros, and they are put back."""
    found = code(raw)
    if found is None:
        return None
    whole = _undotted(found)
    return found if whole == found and isinstance(raw, str) else whole.zfill(5)


def place(raw: object) -> str | None:
    """A place of service in two characters."""
    found = specialty(raw)
    if found is not None and len(found) != 2:
        raise BadValue("is not a place of service", "two digits such as 11, without words")
    return found


def specialty(raw: object) -> str | None:
    found = whole_code(raw)
    return found.zfill(2) if found is not None and found.isdecimal() else found


def revenue_code(raw: object) -> str | None:
    found = whole_code(raw)
    return None if found is None else found.zfill(4)


def bill_type(raw: object) -> str | None:
    """The type of bill in three characters; the four-character form starts with a 0."""
    found = whole_code(raw)
    return found[1:] if found is not None and len(found) == 4 and found[0] == "0" else found


def diagnosis(raw: object) -> str | None:
    found = code(raw)
    if found is not None and _SEVERAL.search(found):
        raise BadValue("is not one diagnosis", "one code such as E11.9, without words")
    return None if found is None else found.replace(".", "") or None


def sex(raw: object) -> str | None:
    """`F`, `M`, or missing for unknown and other; the digits that some files use are refused."""
    found = code(raw)
    if found is None:
        return None
    if found not in _SEXES:
        raise BadValue("is not a sex", "F, M, female, male, U or blank")
    return _SEXES[found]


def number(raw: object) -> Decimal | None:
    """A decimal number, rounded to 6 places, without trailing zeros."""
    if isinstance(raw, Decimal | Real) and not isinstance(raw, bool):
        return _canonical(_finite(raw))
    if isinstance(raw, date | bool):
        raise BadValue("is not a plain number", A_NUMBER)
    found = text(raw)
    if found is None:
        return None
    if not _PLAIN_NUMBER.fullmatch(found):
        raise BadValue("is not a plain number", A_NUMBER)
    return _canonical(Decimal(found))


def amount(raw: object) -> Decimal | None:
    """An amount of money: a number, or one with a dollar sign, groups of thousands, or what says
    that it is less than nothing."""
    found = text(raw) if isinstance(raw, str) else None
    written = None if found is None else _AMOUNT.fullmatch(found)
    if written is None:
        return number(raw)
    signs = [written["open"], written["after"], *written["sign"].replace("$", "")]
    digits = written["number"]
    is_plain = "," not in digits or "." in digits or "$" in written["sign"]
    if (
        not is_plain
        or bool(written["open"]) != bool(written["close"])
        or len([*filter(None, signs)]) > 1
    ):
        return number(raw)  # `1,234` is another number elsewhere
    value = Decimal(digits.replace(",", ""))
    return _canonical(
        value.copy_negate() if any(each and each in "(-" for each in signs) else value
    )


def units(raw: object) -> Decimal | None:
    found = number(raw)
    if found is not None and found < 0:
        raise BadValue("is negative", "a number of units, 0 or more")
    if found is not None and found >= _MOST_UNITS:
        raise BadValue("is too large", "a number of units below 1,000,000,000")
    return found


def line_number(raw: object) -> int | None:
    try:
        found = number(raw)
    except BadValue:
        found = Decimal(-1)
    if found is None:
        return None
    if found != int(found) or not 0 <= found < 1_000_000_000:
        raise BadValue("is not a line number", "a whole number such as 1")
    return int(found)


def calendar_date(raw: object) -> date | None:
    """A date; of a time stamp its local date, whatever its offset."""
    if isinstance(raw, date):
        return _plausible(_date_of(raw))
    found = text(raw)
    if found is None:
        return None
    for pattern in _DATES:
        if match := pattern.fullmatch(found):
            return _plausible(_date_from(match["y"], match["m"], match["d"]))
    raise BadValue("is not a date", A_DATE)


def list_items(raw: object) -> tuple[object, ...]:
    """The items of a list cell: a list, or text separated by blanks, commas or one of `;|:/`."""
    if isinstance(raw, list | tuple):
        return tuple(raw)
    if isinstance(raw, str):
        return () if text(raw) is None else tuple(_LIST_ITEM.findall(raw))
    return () if raw is None else (raw,)


def single(raw: object) -> object:
    """The cell itself. Raises `BadValue` if it holds several values."""
    if isinstance(raw, list | tuple | dict):
        raise BadValue("is a list or an object", "a single value")
    return raw


def distinct(codes: Iterable[str | None]) -> tuple[str, ...]:
    """The codes that are there, each once, in their order."""
    return tuple(dict.fromkeys(found for found in codes if found is not None))


def _undotted(found: str) -> str:
    whole = _WHOLE.fullmatch(found)
    return found if whole is None else whole[1]


def _number_or_date_text(raw: object) -> str:
    if isinstance(raw, Decimal | Real) and not isinstance(raw, bool):
        whole = _finite(raw)
        if whole != whole.to_integral_value():
            raise BadValue("is a fraction", "a code or id as text")
        return str(int(whole))
    if isinstance(raw, date):
        return _date_of(raw).isoformat()
    single(raw)
    raise BadValue("has a type that no claim has", "text, a number or a date")


def _finite(raw: Decimal | Real) -> Decimal:
    if isinstance(raw, Integral):
        if abs(int(raw)) >= 10**40:
            raise BadValue("is too large", "a number of at most 40 digits")
        return Decimal(int(raw))
    value = raw if isinstance(raw, Decimal) else Decimal(repr(float(raw)))
    if not value.is_finite():
        raise BadValue("is not a finite number", f"{A_NUMBER}; a missing value is None")
    if value and not -40 <= value.adjusted() <= 40:
        raise BadValue("is too large or too small", A_NUMBER)
    return value


def _canonical(value: Decimal) -> Decimal:
    if abs(value) >= _LARGEST:
        raise BadValue("is too large", "a number below 1,000,000,000,000")
    rounded = round(value, _DECIMALS)
    whole = int(rounded)
    return Decimal(whole) if rounded == whole else rounded.normalize()


def _date_of(raw: date) -> date:
    found = raw.date() if isinstance(raw, datetime) else raw
    if not isinstance(found.year, int):  # pandas' NaT calls itself a date
        raise BadValue("is not a date", f"{A_DATE}; a missing value is None")
    return found


def _date_from(year: str, month: str, day: str) -> date:
    try:
        number = int(month) if month.isdigit() else _MONTHS.index(month.upper()) + 1
        return date(int(year), number, int(day))
    except ValueError:
        raise BadValue("is not a date", f"{A_DATE} that is in the calendar") from None


def _plausible(found: date) -> date:
    """Years that no claim has are fillers, and reckoning with them overflows the calendar."""
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise BadValue(
            "is a filler, not a date",
            f"a date between {FIRST_YEAR} and {LAST_YEAR}, or blank where it is missing",
        )
    return found


def _expect_encodable(found: str) -> None:
    try:
        found.encode()
    except UnicodeEncodeError:
        raise BadValue("is not valid text", "text in UTF-8") from None
