"""Conditions on one line, in three-valued logic: true, false, or unknown (`None`)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.line_fields import FieldValue, read_cell, read_field
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.tables import Row

Truth = bool | None
Rows = Sequence[Row]
"""The rows that `row.` stands for: one, several (`for each COLUMN`), or none."""


def holds(test: c.Test, line: ServiceLine, rows: Rows) -> Truth:
    """Whether a condition holds on a line."""
    match test:
        case c.Both(tests):
            return both([holds(each, line, rows) for each in tests])
        case c.Either(tests):
            return either([holds(each, line, rows) for each in tests])
        case c.Negation(inner):
            truth = holds(inner, line, rows)
            return None if truth is None else not truth
        case c.Missing(field):
            return all(value in (None, frozenset()) for value in _read(field, line, rows))
        case c.Member(field, values):
            return either([_is_among(value, values, rows) for value in _read(field, line, rows)])
        case c.Comparison(field, operator, right):
            against = _operand(right, line, rows)
            pairs = [(one, two) for one in _read(field, line, rows) for two in against]
            return either([_compare(one, operator, two) for one, two in pairs])
        case _:
            assert_never(test)


def among(values: c.Values, value: c.Scalar, rows: Rows) -> bool:
    """Whether a value is one of a set's, the rows' cells included."""
    inside = (
        (isinstance(value, str) and value in values.codes)
        or any(first <= value <= last for first, last in values.intervals)  # type: ignore[operator]
        or any(_in_cell(value, read_cell(each, row)) for each in values.row_values for row in rows)
    )
    return inside and not (values.minus is not None and among(values.minus, value, rows))


def _in_cell(value: c.Scalar, cell: Decimal | date | CodeSet | None) -> bool:
    if isinstance(cell, CodeSet):
        return isinstance(value, str) and value in cell
    return cell is not None and value == cell


def _is_among(value: FieldValue, values: c.Values, rows: Rows) -> Truth:
    if value is None:
        return None
    if isinstance(value, frozenset):
        return any(among(values, each, rows) for each in value)
    return among(values, value, rows)


def _read(field: c.FieldRef, line: ServiceLine, rows: Rows) -> list[FieldValue]:
    """The field's value; of a column, the cells of all rows."""
    if field.row_column is None:
        return [read_field(field, line)]
    cells = [row[field.row_column] for row in rows]
    if field.type == "code":
        return [cell.upper() if cell else None for cell in cells]
    column = c.RowValue(field.row_column, field.type)
    found = [read_cell(column, row) for row in rows]
    return [each for each in found if not isinstance(each, CodeSet)]


def _operand(
    right: c.Scalar | c.RowValue | c.FieldRef, line: ServiceLine, rows: Rows
) -> list[FieldValue]:
    if isinstance(right, c.FieldRef):
        return [read_field(right, line)]
    if isinstance(right, c.RowValue):
        cells = [read_cell(right, row) for row in rows]
        return [cell for cell in cells if not isinstance(cell, CodeSet)]
    return [right]


def _compare(one: FieldValue, operator: str, two: FieldValue) -> Truth:
    if one is None or two is None or isinstance(one, frozenset) or isinstance(two, frozenset):
        return None
    if operator in ("=", "!="):
        return (one == two) == (operator == "=")
    less, same = one < two, one == two  # type: ignore[operator]
    return {"<": less, "<=": less or same, ">": not (less or same), ">=": not less}[operator]


def both(truths: Iterable[Truth]) -> Truth:
    """And: false where one is false, else unknown where one is."""
    known = list(truths)
    return False if False in known else None if None in known else True


def either(truths: Iterable[Truth]) -> Truth:
    """Or: true where one is true, else unknown where one is."""
    known = list(truths)
    return True if True in known else None if None in known else False
