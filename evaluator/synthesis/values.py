"""Values at the edges of what a rule says: the last that fits, the first that does not.

For a condition these are the numbers and dates on both sides of its bounds, codes of its sets
and codes just outside them, and no value at all.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.truth import Rows, among
from editwright.grammar import checked as c
from editwright.grammar import codes as kinds
from editwright.grammar.codes import CodeSet, Kind

MOST_CODES = 6
"""So many codes of one set are tried: its first ones, its last, the edges of its ranges."""

_SOME: dict[Kind, tuple[str, ...]] = {
    kinds.PROCEDURE: ("99213", "71046", "36415", "J1100", "20610", "0213T"),
    kinds.DIAGNOSIS: ("I10", "Z0000", "M545", "E119"),
    kinds.MODIFIER: ("76", "GA", "LT", "59", "25", "TC"),
    kinds.PLACE: ("11", "21", "12", "23"),
    kinds.SPECIALTY: ("08", "11", "35", "13"),
    kinds.REVENUE_CODE: ("0300", "0510", "0450"),
    kinds.BILL_TYPE: ("131", "111", "851"),
    kinds.SEX: ("F", "M"),
    kinds.PROVIDER: ("1111111112", "1234567893", "1245319599"),
    kinds.GROUP: ("777", "888", "999"),
    kinds.AUTHORIZATION: ("A1", "A2", "A3"),
    kinds.STATUS: ("paid", "denied", "pended"),
    kinds.CODE: ("A", "B", "C"),
    kinds.TEXT: ("one", "two", "three"),
}
"""Everyday values of each kind, for a field that only has to be something."""


def some(field: c.FieldRef) -> Sequence[str]:
    """Everyday values of a field that holds codes."""
    return _SOME.get(field.kind or kinds.CODE, _SOME[kinds.CODE])


def spelled(field: c.FieldRef, code: str) -> str:
    """A code as it is written, a diagnosis with its dot."""
    dotted = field.kind is kinds.DIAGNOSIS and len(code) > 3
    return f"{code[:3]}.{code[3:]}" if dotted else code


def fields_of(test: c.Test) -> Iterator[c.FieldRef]:
    """The fields of the line that a test reads, the ends of `days from ... to ...` not split."""
    match test:
        case c.Both(tests) | c.Either(tests):
            for each in tests:
                yield from fields_of(each)
        case c.Negation(inner):
            yield from fields_of(inner)
        case c.Comparison(field, _, value):
            yield from (each for each in (field, value) if _of_line(each))  # type: ignore[misc]
        case c.Member(field) | c.Missing(field):
            yield from (each for each in (field,) if _of_line(each))


def _of_line(field: object) -> bool:
    return isinstance(field, c.FieldRef) and field.row_column is None


def values_in(test: c.Test, field: c.FieldRef, rows: Rows) -> list[c.Scalar | None]:
    """The values of a field that a test tells apart, a missing one last."""
    found = [value for value in _edges(test, field, rows) if value is not None]
    return [*dict.fromkeys(found), None]


def _edges(test: c.Test, field: c.FieldRef, rows: Rows) -> Iterator[c.Scalar]:
    match test:
        case c.Both(tests) | c.Either(tests):
            for each in tests:
                yield from _edges(each, field, rows)
        case c.Negation(inner):
            yield from _edges(inner, field, rows)
        case c.Comparison(one, _, right) if one == field:
            yield from _around(right, rows, field)
        case c.Member(one, values) if one == field and field.type == "code":
            yield from members(values, field.kind, rows)
            yield from outside(values, field, rows)
        case c.Member(one, values) if one == field:
            for first, last in values.intervals:
                yield from (*_steps(first), *_steps(last))
            for cell in (read_cell(value, row) for value in values.row_values for row in rows):
                if isinstance(cell, Decimal | date):
                    yield from _steps(cell)
        case c.Missing(one) if one == field:
            yield from _anything(field)
        case _:
            return


def _anything(field: c.FieldRef) -> Iterator[c.Scalar]:
    if field.type == "code":
        yield from some(field)[:2]
    elif field.type == "number":
        yield from (Decimal(1), Decimal(100))
    else:
        yield date(2025, 3, 4)


def _around(
    right: c.Scalar | c.RowValue | c.FieldRef, rows: Rows, field: c.FieldRef
) -> Iterator[c.Scalar]:
    if isinstance(right, c.FieldRef):
        yield from _anything(field)
    elif isinstance(right, c.RowValue):
        for row in rows:
            cell = read_cell(right, row)
            if isinstance(cell, Decimal | date):
                yield from _steps(cell)
    else:
        yield from _steps(right)


def _steps(value: c.Scalar) -> Iterator[c.Scalar]:
    """A value, the next one, and the one before."""
    if isinstance(value, Decimal):
        yield from (value, value + 1, *([value - 1] if value >= 1 else []))
    elif isinstance(value, date):
        yield value
        for days in (1, -1):
            try:
                yield value + timedelta(days=days)
            except OverflowError:
                continue
    else:
        yield value


def members(values: c.Values, kind: Kind | None, rows: Rows) -> list[str]:
    """Some of the codes of a set, the rows' own among them."""
    kind = kind or kinds.CODE
    found: dict[str, None] = {}
    for cell in (read_cell(value, row) for value in values.row_values for row in rows):
        if isinstance(cell, CodeSet):
            found.update(dict.fromkeys(_some_of(cell, kind)))
    found.update(dict.fromkeys(_some_of(values.codes, kind)))
    return [code for code in found if among(values, code, rows)]


def _some_of(codes: CodeSet, kind: Kind) -> list[str]:
    exact = sorted(codes.exact)
    found = exact[: MOST_CODES - 2] + exact[MOST_CODES - 2 :][-2:]
    for first, last in codes.ranges:
        found += [first, last]
    for first, last in codes.ranges:
        found += [code for code in (_next(first, 1),) if code is not None and code < last]
    for prefix in codes.prefixes:
        found += _completed(prefix, kind)
    for part in codes.parts:
        found += _some_of(part, kind)
    return [code for code in found if code in codes]


def _completed(prefix: str, kind: Kind) -> list[str]:
    """The shortest codes of a kind that begin so."""
    endings = ("", "0", "1", "00", "01", "000", "001", "0000", "0001", "A", "00A")
    return [prefix + each for each in endings if kind.fits(prefix + each)][:2]


def outside(values: c.Values, field: c.FieldRef, rows: Rows) -> list[str]:
    """Codes that a set has not: what it excepts, the neighbours of its ranges, another code."""
    kind = field.kind or kinds.CODE
    taken = [values.codes.minus, values.minus.codes if values.minus else None]
    found = [code for codes in taken if codes is not None for code in _some_of(codes, kind)]
    for first, last in _ranges(values.codes):
        found += [code for code in (_next(last, 1), _next(first, -1)) if code and kind.fits(code)]
    found += next(([code] for code in some(field) if not among(values, code, rows)), [])
    return [code for code in dict.fromkeys(found) if not among(values, code, rows)]


def _ranges(codes: CodeSet) -> Iterator[tuple[str, str]]:
    yield from codes.ranges
    for part in codes.parts:
        yield from _ranges(part)


def _next(code: str, step: int) -> str | None:
    """The code whose digits are one more, or one less."""
    head = code.rstrip("0123456789")
    digits = code[len(head) :]
    if not digits or not 0 <= int(digits) + step < 10 ** len(digits):
        return None
    return head + f"{int(digits) + step:0{len(digits)}}"
