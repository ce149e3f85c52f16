"""Values of the language to the whole numbers of a plan."""

from datetime import date
from decimal import Decimal

from editwright.evaluator.lines.columns import in_ten_thousandths
from editwright.evaluator.plan.programs import UnplannedError
from editwright.grammar import checked as c

EPOCH = date(1970, 1, 1).toordinal()


def plain(value: c.Scalar) -> int:
    """A number in ten-thousandths, a date in days."""
    if isinstance(value, date):
        return value.toordinal() - EPOCH
    if isinstance(value, str):
        raise UnplannedError("a text compared")
    return scaled(value)


def scaled(value: Decimal) -> int:
    """A number in ten-thousandths. Raises UnplannedError where that is not exact."""
    number = in_ten_thousandths(value)
    if number is None or abs(number) >= 2**62:
        raise UnplannedError(f"the number {value}, finer or larger than ten-thousandths say")
    return number


def whole_number(value: int) -> int:
    """A count of days, months or years that fits a kernel's number."""
    if abs(value) >= 2**31 - 1:
        raise UnplannedError(f"the number {value}")
    return value
