"""What the concepts of a FHIR item say: codes, and what could not be taken for one."""

from functools import lru_cache
from itertools import chain

from attrs import frozen

from editwright.evaluator.formats import fhir_codes as coded
from editwright.evaluator.formats.fhir_shapes import Concept, Item

_NO_CODE = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_OTHER_CODES = "an item has codes, but none of CPT, HCPCS or CDT; its line has no code"
_WORDS_ALONE = "an item says its service in words alone; its line has no code"
_MOST_REMEMBERED = 1 << 14


@frozen(slots=True)
class ItemCodes:
    """What the concepts of an item say."""

    procedure: str | None
    modifiers: tuple[str, ...]
    place: str | None
    revenue: str | None
    oddities: tuple[str, ...]
    """What a reader should know of them, in words that quote nothing of it."""


@lru_cache(_MOST_REMEMBERED)
def item_codes(
    service: Concept | None,
    modifiers: tuple[Concept, ...],
    place: Concept | None,
    revenue: Concept | None,
) -> ItemCodes:
    """What the concepts of an item say: the same in thousands of items."""
    procedure = coded.procedure_code(service)
    place_code = coded.place_of_service(place)
    revenue_code = coded.revenue_code(revenue, service)
    found: list[str] = []
    if procedure is None and (missing := _missing_code(service)) is not None:
        found.append(missing)
    elif coded.has_several_procedures(service):
        found.append(
            "an item has several codes for one service; its line has the first of CPT, else of "
            "HCPCS, else of CDT"
        )
    if any(map(_is_lost_modifier, modifiers)):
        found.append(
            "an item has modifiers in a code system that is not CPT or HCPCS; they were left out"
        )
    if any(map(is_wordy, modifiers)):
        found.append("an item says a modifier in words alone; it was left out")
    if place_code is None and place is not None:
        if has_code(place):
            found.append("an item has a place of service that is no code of CMS; it was left out")
        elif is_wordy(place):
            found.append("an item says its place of service in words alone; it was left out")
    if revenue_code is None and revenue is not None:
        if has_code(revenue):
            found.append("an item has a revenue code that is none of NUBC's; it was left out")
        elif is_wordy(revenue):
            found.append("an item says its revenue center in words alone; it was left out")
    return ItemCodes(
        procedure,
        tuple(chain.from_iterable(map(coded.modifiers, modifiers))),
        place_code,
        revenue_code,
        tuple(found),
    )


def _missing_code(service: Concept | None) -> str | None:
    """What is to say of a service that has no procedure code."""
    if has_code(service):
        return None if coded.revenue_code(None, service) is not None else _OTHER_CODES
    return _WORDS_ALONE if service is not None and not service.coding else None


def with_codes_in_details(oddities: tuple[str, ...]) -> tuple[str, ...]:
    """What is to say of an item without a code whose details have some."""
    others = (each for each in oddities if each not in (_OTHER_CODES, _WORDS_ALONE))
    return (
        "an item has no code, and its details have; an item is a line, they are not",
        *others,
    )


def _is_lost_modifier(concept: Concept) -> bool:
    """Whether a modifier has a code, and none that a line can have."""
    return not coded.modifiers(concept) and has_code(concept)


def has_inner_code(item: Item) -> bool:
    for detail in item.detail:
        inner = (part.product_or_service for part in detail.sub_detail)
        for service in (detail.product_or_service, *inner):
            if coded.procedure_code(service) is not None:
                return True
    return False


def has_code(concept: Concept | None) -> bool:
    return any(each.code and each.system != _NO_CODE for each in coded.codings(concept))


def is_wordy(concept: Concept | None) -> bool:
    """Whether it may say something, and says it without codes."""
    return concept is not None and not concept.coding
