"""What stands inside X12 elements: composites, dates, diagnoses, amounts.

Values stay the texts that they are; whether a date is one is for the row to say. The same texts
come again and again, so each is taken apart once.
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Generic, TypeVar

from attrs import frozen

from editwright.evaluator.formats.x12_envelope import BLANKS

T = TypeVar("T")

_MOST = 20_000
_LONGEST = 200
_PRINCIPAL = frozenset(("BK", "ABK"))
_DIAGNOSES = _PRINCIPAL | {"BF", "ABF"}
_LISTS = frozenset(
    ("BK", "ABK", "BF", "ABF", "BJ", "ABJ", "ZZ", "PR", "APR", "BN", "ABN", "DR", "BP", "BO",
     "BR", "BBR", "BQ", "BBQ", "CAH", "BI", "BH", "BE", "BG", "TC", "TQ")
)  # fmt: skip
"""What HI composites start with: the list that the code behind is from."""
_PLACE = re.compile(r"[0-9A-Za-z]{1,3}([^0-9A-Za-z\s])[A-Za-z]?\1[0-9A-Za-z.]{0,5}")
_CODED = re.compile(r"[A-Za-z]{2,3}([^0-9A-Za-z\s.'])[0-9A-Za-z]")
_RANGE = re.compile(r"(\d{8})\s*-\s*(\d{8})")
_STAMP = re.compile(r"(\d{8})\d{4}(\d\d)?")
_AMOUNT = re.compile(r"[+-]?\d{0,12}(\.\d{0,6})?")
NO_AMOUNT = 10**30
"""More than any sum of amounts."""
_WHOLE = re.compile(r"(\d)\.0+")


class Parts(dict[str, T], Generic[T]):
    """`parts[text]` is what `convert` makes of a text, reckoned once; long texts are not kept."""

    __slots__ = ("_convert",)

    def __init__(self, convert: Callable[[str], T]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, text: str) -> T:
        value = self._convert(text)
        if len(text) <= _LONGEST:
            if len(self) >= _MOST:
                self.clear()
            self[text] = value
        return value


@frozen(slots=True)
class Procedure:
    """A service's code composite: SV101, SV202, SV301."""

    code: str | None
    modifiers: tuple[str, ...]
    unsplit: bool
    """Whether it is one piece, although its qualifier and its code should be two."""


@frozen(slots=True)
class Facility:
    """CLM05: place of service, or type of bill and frequency."""

    code: str
    """Where it does not come apart, it is one only if it is a number: other elements may have
    slipped into its place."""
    qualifier: str
    frequency: str
    odd_frequency: bool
    unsplit: bool
    blank: bool


@frozen(slots=True)
class Diagnoses:
    """The diagnoses of one HI segment, in its order; an empty composite leaves a gap."""

    codes: tuple[str | None, ...]
    principal: tuple[bool, ...]
    """Of each, whether it is a principal one."""
    loose: bool
    """Whether a qualifier and its code stood in two elements."""
    unlisted: bool
    """Whether something stood there that is from none of the lists of an 837."""


@frozen(slots=True)
class Dates:
    """DTP03."""

    first: str
    last: str
    as_range: bool


NO_DATES = Dates("", "", as_range=False)


class Composites:
    """Takes composites apart, at the separator that their interchange uses."""

    def __init__(self, component: str, element: str, repetition: str) -> None:
        """`repetition` separates repeated composites; blank where nothing does."""
        self.component = component
        listed = Parts(partial(_listed_code, component))
        self.procedure = Parts(partial(_procedure, component))
        self.facility = Parts(partial(_facility, component))
        self.diagnoses = Parts(partial(_diagnoses, listed, element, repetition))
        self.pointers = Parts(partial(_pointers, component))


def _procedure(component: str, text: str) -> Procedure:
    pieces = [piece.strip(BLANKS) for piece in text.split(component, 7)]
    if len(pieces) == 1:
        return Procedure(None, (), unsplit=len(pieces[0]) > 2)
    modifiers = tuple(piece for piece in pieces[2:6] if piece)
    return Procedure(pieces[1] or None, modifiers, unsplit=False)


def _facility(component: str, text: str) -> Facility:
    pieces = [piece.strip(BLANKS) for piece in text.split(component, 3)]
    code, qualifier, frequency, *_ = [*pieces, "", ""]
    whole = _WHOLE.fullmatch(frequency)
    unsplit = len(pieces) == 1 and bool(code)
    return Facility(
        code="" if unsplit and not code.isdecimal() else code,
        qualifier=qualifier.upper(),
        frequency=whole[1] if whole else frequency,
        odd_frequency=whole is not None,
        unsplit=unsplit,
        blank=not text,
    )


def _diagnoses(
    listed: Parts[tuple[str, str | None]], separator: str, repetition: str, segment: str
) -> Diagnoses:
    codes: list[str | None] = []
    principal: list[bool] = []
    loose = unlisted = False
    waiting: str | None = None
    empty = 0
    if repetition:
        segment = segment.replace(repetition, separator)
    for element in segment.split(separator)[1:]:
        qualifier, code = listed[element]
        if waiting is not None and qualifier not in _LISTS:
            loose = True
            qualifier, code = waiting, element.strip(BLANKS)
        waiting = qualifier if code is None and qualifier in _LISTS else None
        if waiting is not None:
            continue
        if qualifier in _DIAGNOSES:
            if codes:
                codes += [None] * empty
                principal += [False] * empty
            codes.append(code or None)
            principal.append(qualifier in _PRINCIPAL)
            empty = 0
        elif not qualifier and not code:
            empty += 1
        elif qualifier not in _LISTS:
            unlisted = True
    return Diagnoses(tuple(codes), tuple(principal), loose, unlisted)


def _listed_code(component: str, element: str) -> tuple[str, str | None]:
    """The qualifier of a composite in HI, and the code; `None` where it is one piece."""
    pieces = element.split(component, 2)
    qualifier = pieces[0].strip(BLANKS).upper()
    return qualifier, pieces[1].strip(BLANKS) if len(pieces) > 1 else None


def _pointers(component: str, text: str) -> tuple[str, ...]:
    pieces = [piece.strip(BLANKS) for piece in text.split(component, 12)[:12]]
    return tuple(piece for piece in pieces if piece)


def component_in(text: str, element: str) -> str | None:
    """The component separator that a composite such as `11:B:1` or `HC:99213` is written with."""
    found = _PLACE.match(text) or _CODED.match(text)
    return found[1] if found and found[1] != element else None


def read_dates(text: str) -> Dates:
    """A day, a range of days, or a time stamp, whatever its qualifier says it is."""
    text = text.strip(BLANKS)
    if span := _RANGE.fullmatch(text):
        return Dates(span[1], span[2], as_range=True)
    stamp = _STAMP.fullmatch(text)
    return Dates(stamp[1] if stamp else text, "", as_range=False)


def millionths(text: str) -> int:
    """An amount in millionths; a missing one is 0, and what is none is `NO_AMOUNT`."""
    text = text.strip(BLANKS)
    whole, _, rest = text.partition(".")
    if whole.isdecimal() and rest.isdecimal() and len(whole) <= 12 and len(rest) <= 6:
        return int(whole + rest.ljust(6, "0"))
    if not _AMOUNT.fullmatch(text):
        return NO_AMOUNT
    sign = -1 if whole.startswith("-") else 1
    return sign * (int(whole.lstrip("+-") or 0) * 10**6 + int(rest.ljust(6, "0")))
