"""Other lines of a member, as explanations look for them and call them."""

from attrs import evolve

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c

NO_DAYS = 10**9
"""How far apart two lines are of which one has no date."""


def of_codes(wanted: c.Lines) -> c.Lines:
    """The same lines without what narrows them: those with the codes."""
    return evolve(wanted, condition=c.ALWAYS)


def days_apart(line: ServiceLine, other: ServiceLine) -> int:
    """How many days lie between two lines; very many where a date is missing."""
    if line.service_from is None or other.service_from is None:
        return NO_DAYS
    return abs((line.service_from - other.service_from).days)


def line_text(line: ServiceLine) -> str:
    """A line as explanations call it."""
    code = "-".join([line.procedure_code or "no code", *line.modifiers])
    day = line.service_from.isoformat() if line.service_from else "no date"
    past = "history, " if line.history else ""
    return f"{past}claim {line.claim_id} line {line.line_number}: {code} on {day}"
