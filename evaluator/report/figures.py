"""Numbers as people read them, and the large ones at the head of a report."""

from collections.abc import Iterable
from decimal import Decimal

from editwright.evaluator.lines.columns import SCALE
from editwright.evaluator.report.html import Child, Html, element


def dollars(ten_thousandths: int) -> str:
    """Whole dollars; of less than a hundred also the cents.

    >>> dollars(12_345_678_900), dollars(125_000)
    ('$1,234,568', '$12.50')
    """
    amount = ten_thousandths / SCALE
    return f"${amount:,.2f}" if abs(amount) < 100 else f"${amount:,.0f}"


def amount(charge: Decimal, *, cents: bool = False) -> str:
    """A sum of charges as `dollars` shows them, or to the cent.

    >>> amount(Decimal("1234.5")), amount(Decimal("1234.5"), cents=True)
    ('$1,234', '$1,234.50')
    """
    return f"${charge:,.2f}" if cents else dollars(int(charge * SCALE))


def signed_amount(charge: Decimal) -> str:
    """More or less by so much.

    >>> signed_amount(Decimal(1500)), signed_amount(Decimal(-7)), signed_amount(Decimal(0))
    ('+$1,500', '\u2212$7.00', '$0.00')
    """
    if not charge:
        return "$0.00"
    return ("+" if charge > 0 else "\N{MINUS SIGN}") + amount(abs(charge))


def share(part: int, whole: int) -> str:
    """A part of a whole in percent, never 0 % or 100 % where it is not.

    >>> share(1, 3), share(1, 100_000), share(0, 5), share(99_999, 100_000)
    ('33 %', 'under 1 %', '0 %', 'over 99 %')
    """
    percent = 100 * part / whole if whole else 0
    if 0 < percent < 1:
        return "under 1 %"
    return "over 99 %" if 99 < percent < 100 else f"{percent:.0f} %"


def tiles(figures: Iterable[tuple[str, Child, Child]]) -> Html:
    """Figures with their names and a remark."""
    return element(
        "dl",
        [
            element(
                "div",
                element("dt", name),
                element("dd", figure, class_="figure"),
                element("dd", remark, class_="remark") if remark else None,
            )
            for name, figure, remark in figures
        ],
        class_="tiles",
    )
