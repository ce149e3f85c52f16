"""Lines and members in the words of an example."""

from collections.abc import Sequence
from decimal import Decimal

from editwright.evaluator.lines.service_line import ServiceLine


def written(line: ServiceLine) -> str:
    """A line as an example writes it."""
    text = "-".join([line.procedure_code or "99199", *line.modifiers])
    if line.units is not None and line.units != 1:
        text += f" x {plain(line.units)}"
    if line.service_from is not None:
        text += f" on {line.service_from}"
    if line.rendering_provider:
        text += f" by {line.rendering_provider}"
    if line.place_of_service:
        text += f" at place {line.place_of_service}"
    if line.pointed_diagnoses:
        text += f" with diagnosis {', '.join(line.pointed_diagnoses)}"
    others = {
        "principal diagnosis": line.principal_diagnosis,
        "specialty": line.specialty,
        "billing provider": line.billing_provider,
        "group": line.group_id,
        "revenue code": line.revenue_code,
        "bill type": line.bill_type,
        "authorization": line.authorization,
        "status": line.status,
        "received": line.received_date,
        "charge": line.charge,
    }
    claimed = [x for x in line.diagnoses if x not in line.pointed_diagnoses]
    claimed = [x for x in claimed if x != line.principal_diagnosis]
    if claimed:
        text += f" with claim diagnosis {', '.join(claimed)}"
    for name, value in others.items():
        if value is not None:
            text += f" with {name} {_quoted(value, name == 'status')}"
    for name, value in line.declared.items():
        text += f" with {name} {_quoted(value, not str(value).isalnum())}"
    return text


def _quoted(value: object, quote: bool) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return f'"{value}"' if quote and isinstance(value, str) else str(value)


def plain(number: Decimal) -> str:
    """A number without needless zeros."""
    return format(number.normalize() + 0, "f")


def patient_of(lines: Sequence[ServiceLine]) -> str:
    """The member as an example writes it; nothing where nothing is known."""
    first = lines[0]
    born = f" born {first.birth_date}" if first.birth_date else ""
    age = f" age {first.age_in_years}" if first.age_in_years is not None else ""
    sex = f" sex {first.sex}" if first.sex else ""
    return f"patient{born}{age}{sex}" if born or age or sex else ""
