"""What an item of a FHIR claim counts: units, minutes, and what is charged."""

from collections.abc import Iterable, Set
from decimal import Decimal
from functools import lru_cache

from editwright.evaluator.formats import fhir_codes as coded
from editwright.evaluator.formats.fhir_shapes import Extension, Item, Number, Quantity

_SUBMITTED = "submitted"
_SUBMITTED_EXACTLY = tuple(
    name
    for variable in ("line_sbmtd_chrg_amt", "rev_cntr_tot_chrg_amt")
    for name in (coded.variable(variable), variable)
)
_UNIT_COUNTS = (coded.variable("carr_line_mtus_cnt"), coded.variable("dmerc_line_mtus_cnt"))
_UNIT_KIND = coded.variable("carr_line_mtus_cd")
_SERVICES = "3"
_REVENUE_UNITS = coded.variable("rev_cntr_unit_cnt")
_REVENUE_CENTER = coded.variable("rev_cntr")
_MINUTES = frozenset(("min", "mins", "mj", "minute", "minutes"))
_DRUG_UNITS = frozenset(
    (
        *("f2", "gr", "me", "ml", "l", "g", "kg", "mg", "ug", "mcg", "[iu]", "iu", "cc"),
        *("milliliter", "milliliters", "millilitre", "millilitres", "liter", "liters"),
        *("gram", "grams", "milligram", "milligrams", "microgram", "micrograms"),
        *("international unit", "international units"),
    )
)
"""What drugs are measured in, by X12, by UCUM and in words, in lower case: not what a code is
billed in."""
_MOST_REMEMBERED = 1 << 14


def quantities(item: Item) -> tuple[str | None, str | None]:
    """The units; and minutes, which are no units."""
    if item.revenue is not None and is_revenue_center(item):
        return _count(item.extension, (_REVENUE_UNITS,)), None  # the quantity is a drug's
    quantity = item.quantity
    if quantity is not None and quantity.value is not None:
        value = _text(quantity.value)
        if _is_measured_in(quantity, _MINUTES):
            return None, value
        return None if is_of_drug(quantity) else value, None
    return (_service_units(item.extension) if item.extension else None), None


def is_revenue_center(item: Item) -> bool:
    return _REVENUE_CENTER in [each.system for each in coded.codings(item.revenue)]


def is_of_drug(quantity: Quantity | None) -> bool:
    """Whether a quantity counts what is in a syringe, not what a code is billed in."""
    return quantity is not None and _is_measured_in(quantity, _DRUG_UNITS)


def _is_measured_in(quantity: Quantity, measures: Set[str]) -> bool:
    code, unit = quantity.code, quantity.unit
    return (code is not None and _measure(code) in measures) or (
        unit is not None and _measure(unit) in measures
    )


@lru_cache(_MOST_REMEMBERED)
def _measure(text: str) -> str:
    return text.strip().lower()


def _service_units(extensions: Iterable[Extension]) -> str | None:
    """The count that Blue Button gives in an extension, if it counts services and not miles,
    minutes or pints."""
    kinds = {
        each.value_coding.code
        for each in extensions
        if each.url == _UNIT_KIND and each.value_coding is not None
    }
    for each in extensions:
        if each.url in _UNIT_COUNTS and each.value_quantity is not None:
            kind = each.value_quantity.code or next(iter(kinds), None)
            if kind == _SERVICES:
                return _text(each.value_quantity.value)
    return None


def _count(extensions: Iterable[Extension], urls: tuple[str, ...]) -> str | None:
    for each in extensions:
        if each.url in urls and each.value_quantity is not None:
            return _text(each.value_quantity.value)
    return None


def charge(item: Item) -> str | None:
    if item.adjudication and (submitted := _submitted(item)) is not None:
        return _text(submitted)
    if item.net is not None and item.net.value is not None:
        return _text(item.net.value)
    if item.unit_price is None or item.unit_price.value is None:
        return None
    quantity = item.quantity.value if item.quantity is not None else None
    price = _exact(item.unit_price.value) * _exact(1 if quantity is None else quantity)
    return f"{price * _exact(1 if item.factor is None else item.factor):f}"


def _submitted(item: Item) -> Number | None:
    """What was charged; a Blue Button service calls several amounts submitted."""
    found = None
    for each in item.adjudication:
        if each.category is None or each.amount is None:
            continue
        for coding in each.category.coding:
            if coding.code in _SUBMITTED_EXACTLY:
                return each.amount.value
            if coding.code == _SUBMITTED and found is None:
                found = each.amount.value
    return found


def _exact(value: Number) -> Decimal:
    return Decimal(repr(value))


def _text(value: Number | None) -> str | None:
    """A number in plain digits."""
    if value is None:
        return None
    text = repr(value)
    return f"{_exact(value):f}" if "e" in text else text
