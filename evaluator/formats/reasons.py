"""A bad value to the sentence that a user reads about it, without anything private in it."""

import re
from collections.abc import Container
from datetime import date
from decimal import Decimal

from editwright.evaluator.formats import values
from editwright.evaluator.formats.fields import PRIVATE_FIELDS, WHY
from editwright.evaluator.formats.problems import BadLine, BadValue

_LONGEST = 40
_SHORT = 3
_DATE_FORMS = ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y", "%d-%b-%Y")
_DATE_FIELDS = frozenset(("service_from", "service_to", "received_date"))
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}|\d{8}")
_WORD = re.compile(r"[^\W\d_]{4,}")


def bad_line(
    source: str,
    row: int,
    bad: BadValue,
    private: tuple[str, ...],
    undisclosed: Container[str] = (),
    where: str | None = None,
) -> BadLine:
    """The bad line for a bad value.

    `private` are the row's texts that must not be shown, wherever they turn up; `undisclosed`
    the fields of which we do not know whether they are private (those that rule files declare).
    """
    name = bad.field or "the row"
    hidden = name in PRIVATE_FIELDS or name in undisclosed
    shown = None if hidden else _shown(bad, private)
    problem = f"{name} {bad.problem}"
    why = WHY.get(name, "rules compare it")
    value = "" if shown is None else f": `{shown}`"
    reason = f"{problem}{value}; expected {bad.expected}, because {why}"
    return BadLine(source, row, bad.field, problem, reason, where)


def bad_row(
    source: str,
    row: int,
    problem: str,
    reason: str,
    where: str | None = None,
    unit: str = "line",
) -> BadLine:
    """The bad line for what cannot be taken apart into cells; the reason quotes none."""
    return BadLine(source, row, None, problem, f"{problem}: {reason}", where, unit)


def private_texts(name: str, cell: object) -> tuple[str, ...]:
    """The forms in which a private cell could turn up in another cell of its row."""
    if isinstance(cell, list | tuple):
        return tuple(text for item in cell for text in private_texts(name, item))
    as_it_stands = _plain(cell)
    if as_it_stands is None:
        return ()
    if name != "birth_date":
        return (as_it_stands,)
    try:
        born = values.calendar_date(cell)
    except BadValue:
        born = None
    forms = () if born is None else tuple(born.strftime(form) for form in _DATE_FORMS)
    return (as_it_stands, *forms)


def _shown(bad: BadValue, private: tuple[str, ...]) -> str | None:
    """The value in plain characters, if it is a short single value that holds nothing private.

    In a row whose cells have slipped, words may be a name, and a date a birth date.
    """
    value = _plain(bad.raw)
    if value is None or any(_reveals(value, text) for text in private):
        return None
    if not bad.quotable and _WORD.search(value):
        return None
    if not bad.quotable and bad.field not in _DATE_FIELDS and _DATE.search(value):
        return None
    escaped = value.encode("ascii", "backslashreplace").decode().replace("`", "'")
    printable = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in escaped)
    return printable if len(printable) <= _LONGEST else f"{printable[:_LONGEST]}..."


def _plain(raw: object) -> str | None:
    """A single value as text without surrounding blanks; `None` if there is nothing to show."""
    if isinstance(raw, int) and raw.bit_length() > 256:
        return None
    if not isinstance(raw, str | int | float | Decimal | date):
        return None
    return str(raw).strip() or None


def _reveals(value: str, private: str) -> bool:
    if min(len(value), len(private)) < _SHORT:
        return value == private
    return private in value or value in private
