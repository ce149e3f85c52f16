"""What a service line, or a row of a rule's table, says for each field of the language."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import completed
from editwright.grammar.checked import FieldRef, RowValue, Scalar
from editwright.grammar.codes import CodeSet
from editwright.grammar.tables import Row, cell_codes, cell_date, cell_number

FieldValue = Scalar | frozenset[str] | None


def _age(unit: str) -> Callable[[ServiceLine], FieldValue]:
    def age(line: ServiceLine) -> FieldValue:
        if line.birth_date is None:
            stated = line.age_in_years if unit == "years" else None
            return None if stated is None else Decimal(stated)
        if line.service_from is None or line.service_from < line.birth_date:
            return None
        return Decimal(completed(line.birth_date, line.service_from, unit))

    return age


READ_FIELD: Mapping[str, Callable[[ServiceLine], FieldValue]] = {
    "age": _age("years"),
    "age in months": _age("months"),
    "age in days": _age("days"),
    "sex": lambda line: line.sex,
    "units": lambda line: line.units,
    "charge": lambda line: line.charge,
    "place": lambda line: line.place_of_service,
    "modifier": lambda line: frozenset(line.modifiers),
    "diagnosis": lambda line: frozenset(line.pointed_diagnoses),
    "principal diagnosis": lambda line: line.principal_diagnosis,
    "claim diagnosis": lambda line: frozenset(line.diagnoses),
    "specialty": lambda line: line.specialty,
    "provider": lambda line: line.rendering_provider,
    "billing provider": lambda line: line.billing_provider,
    "group": lambda line: line.group_id,
    "revenue code": lambda line: line.revenue_code,
    "bill type": lambda line: line.bill_type,
    "authorization": lambda line: line.authorization,
    "status": lambda line: line.status.lower() if line.status else None,
    "received": lambda line: line.received_date,
    "date": lambda line: line.service_from,
    "number of modifiers": lambda line: Decimal(len(line.modifiers)),
    "code": lambda line: line.procedure_code,
}
"""How each built-in field is read off a line; a missing value is `None`, an empty set is not."""


def read_field(field: FieldRef, line: ServiceLine) -> FieldValue:
    """A field of a line (not of a row)."""
    if field.days is not None:
        first, last = (read_field(each, line) for each in field.days)
        if not isinstance(first, date) or not isinstance(last, date):
            return None
        return Decimal((last - first).days)
    if field.declared:
        return line.declared.get(field.name)
    return READ_FIELD[field.name](line)


def read_cell(value: RowValue, row: Row) -> Decimal | date | CodeSet | None:
    """A cell of a row, as the number, date or set of codes that its place asks for."""
    cell = row[value.column]
    if value.type == "number":
        return cell_number(cell)
    if value.type == "date":
        return cell_date(cell)
    assert value.kind is not None
    return None if cell is None else cell_codes(cell, value.kind, tuple(value.lists.items()))
