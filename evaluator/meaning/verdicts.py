"""What a rule says of one line, before anybody writes it down as a finding."""

from decimal import Decimal

from attrs import frozen

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.truth import Rows


@frozen(slots=True)
class Verdict:
    """A rule fires on a line: with these partners, this total, this many units still allowed."""

    line: ServiceLine
    rows: Rows
    partners: tuple[ServiceLine, ...] = ()
    total: Decimal | None = None
    limit: Decimal | None = None
    allowed: Decimal | None = None
