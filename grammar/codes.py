"""Kinds of codes, and sets of them.

Shapes: CPT and HCPCS Level II codes have five characters (CPT Category II and III end in a
letter); ICD-10-CM codes have three to seven, the dot never significant; modifiers and places of
service two; revenue codes four digits; types of bill three, without the leading zero; specialties
are the CMS two-character codes or NUCC taxonomy codes.
"""

import re
from collections.abc import Iterable, Iterator

from attrs import field, frozen


@frozen(slots=True, eq=False)
class Kind:
    """A kind of code: what it is called, how it looks, and which lists hold it."""

    noun: str
    plural: str
    shape: re.Pattern[str]
    looks: str
    list_kind: str | None = None
    prefix: re.Pattern[str] | None = None

    def normalize(self, text: str) -> str:
        """The one spelling under which a code is compared."""
        if self is DIAGNOSIS:
            return text.upper().replace(".", "")
        if self is STATUS:
            return text.lower()
        if self is TEXT:
            return text
        if self is BILL_TYPE and text.startswith("0"):
            return text[1:].upper()
        return text.upper()

    def fits(self, text: str) -> bool:
        """Whether a code has this kind's shape."""
        return self.shape.fullmatch(text) is not None


def _kind(
    noun: str, shape: str, looks: str, list_kind: str | None = None, prefix: str | None = None
) -> Kind:
    plural = (
        noun[:-3] + "ses"
        if noun.endswith("sis")
        else noun[:-1] + "ies"
        if noun.endswith("ty")
        else noun.replace("type", "types")
        if "bill" in noun
        else noun + "s"
    )
    plural = "places of service" if noun == "place of service" else plural
    return Kind(
        noun, plural, re.compile(shape), looks, list_kind, re.compile(prefix) if prefix else None
    )


PROCEDURE = _kind(
    "procedure code",
    r"[A-Z0-9][0-9]{3}[A-Z0-9]",
    "five characters, as in `64643`, `J0585` or `0213T`",
    "codes",
    r"[A-Z0-9][0-9]{0,3}",
)
DIAGNOSIS = _kind(
    "diagnosis",
    r"[A-Z][0-9][A-Z0-9](\.?[A-Z0-9]{1,4})?",
    "three to seven characters, as in `G80.1` or `E119`",
    "diagnoses",
    r"[A-Z]([0-9]([A-Z0-9]\.?[A-Z0-9]{0,4})?)?",
)
MODIFIER = _kind(
    "modifier", r"[A-Z0-9]{2}", "two characters, as in `59` or `LT`", "modifiers", r"[A-Z0-9]"
)
PLACE = _kind("place of service", r"[0-9]{2}", "two digits, as in `11` or `02`", "places", r"[0-9]")
SPECIALTY = _kind(
    "specialty",
    r"[A-Z0-9]{2}|[0-9A-Z]{9}X",
    "two characters, as in `13` or `C0`, or a taxonomy code",
    "specialties",
    r"[A-Z0-9]{1,9}",
)
REVENUE_CODE = _kind(
    "revenue code", r"[0-9]{4}", "four digits, as in `0450`", "revenue codes", r"[0-9]{1,3}"
)
BILL_TYPE = _kind(
    "bill type",
    r"0?[1-9][0-9][A-Z0-9]",
    "three characters, as in `131`",
    "bill types",
    r"0?[1-9][0-9]?",
)
SEX = _kind("sex", r"[FM]", "`F` or `M`")
PROVIDER = _kind("provider", r"[A-Z0-9-]{1,20}", "a provider's number")
GROUP = _kind("group", r"[A-Z0-9-]{1,20}", "a group's number")
AUTHORIZATION = _kind("authorization", r"[A-Za-z0-9_.-]+", "an authorization number")
STATUS = _kind("status", r"[A-Za-z0-9_.-]+", "a word such as `denied`")
CODE = _kind("code", r"[A-Za-z0-9_.-]+", "a code")
TEXT = _kind("text", r"(?s).*", "a text")

LISTED_KINDS = {
    kind.list_kind: kind
    for kind in (PROCEDURE, DIAGNOSIS, MODIFIER, PLACE, SPECIALTY, REVENUE_CODE, BILL_TYPE)
}
"""The kinds that lists may hold, by the word that begins such a list."""


@frozen(slots=True)
class CodeSet:
    """Codes given one by one, by prefix and by range, with other sets added and one taken away.

    Everything in it is normalized for its kind.
    """

    exact: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    ranges: tuple[tuple[str, str], ...] = ()
    parts: tuple["CodeSet", ...] = ()
    minus: "CodeSet | None" = field(default=None)

    def __contains__(self, code: str) -> bool:
        return (
            code in self.exact
            or any(code.startswith(prefix) for prefix in self.prefixes)
            or any(_within(code, first, last) for first, last in self.ranges)
            or any(code in part for part in self.parts)
        ) and not (self.minus is not None and code in self.minus)

    @classmethod
    def of(
        cls,
        exact: Iterable[str],
        prefixes: Iterable[str] = (),
        ranges: Iterable[tuple[str, str]] = (),
        parts: Iterable["CodeSet"] = (),
        minus: "CodeSet | None" = None,
    ) -> "CodeSet":
        """A set with as few sets inside it as can be: parts are merged into it, and codes that
        are all given one by one lose those that are taken away."""
        codes, stems, spans = set(exact), dict.fromkeys(prefixes), dict.fromkeys(ranges)
        kept: dict[CodeSet, None] = {}
        for part in parts:
            if part.minus is not None:
                kept[part] = None
                continue
            codes |= part.exact
            stems.update(dict.fromkeys(part.prefixes))
            spans.update(dict.fromkeys(part.ranges))
            kept.update(dict.fromkeys(part.parts))
        if minus is not None and not (stems or spans or kept):
            codes = {code for code in codes if code not in minus}
            minus = None
        if minus is None and len(kept) == 1 and not (codes or stems or spans):
            return next(iter(kept))
        return cls(frozenset(codes), tuple(stems), tuple(spans), tuple(kept), minus)

    @property
    def depth(self) -> int:
        """How many sets are inside each other."""
        inner = [*self.parts, *([self.minus] if self.minus is not None else [])]
        return 1 + max((each.depth for each in inner), default=0)

    @property
    def enumerable(self) -> frozenset[str] | None:
        """Its codes one by one; none where prefixes or ranges would have to be spelled out."""
        if self.prefixes or self.ranges:
            return None
        codes = set(self.exact)
        for part in self.parts:
            inner = part.enumerable
            if inner is None:
                return None
            codes |= inner
        return frozenset(code for code in codes if self.minus is None or code not in self.minus)

    @property
    def is_empty(self) -> bool:
        """Whether no code at all is in it."""
        return not any(True for _ in self._witnesses())

    def may_overlap(self, other: "CodeSet") -> bool:
        """Whether some code is in both; of two patterns, whether it may be."""
        if any(code in other for code in self._all_exact()):
            return True
        if any(code in self for code in other._all_exact()):
            return True
        return any(_meet(one, two) for one in self._patterns() for two in other._patterns())

    def _witnesses(self) -> Iterator[str]:
        minus = self.minus
        for code in self.exact:
            if minus is None or code not in minus:
                yield code
        for prefix in self.prefixes:
            if minus is None or not any(prefix.startswith(each) for each in minus.prefixes):
                yield prefix
        for first, last in self.ranges:
            if minus is None:
                yield first
            else:
                yield from (code for code in _edges(first, last, minus) if code not in minus)
        for part in self.parts:
            yield from (code for code in part._witnesses() if minus is None or code not in minus)

    def _all_exact(self) -> Iterator[str]:
        minus = self.minus
        yield from (code for code in self.exact if minus is None or code not in minus)
        for part in self.parts:
            yield from (code for code in part._all_exact() if minus is None or code not in minus)

    def _patterns(self) -> Iterator[tuple[str, str]]:
        yield from ((prefix, prefix + "~") for prefix in self.prefixes)
        yield from self.ranges
        for part in self.parts:
            yield from part._patterns()


def shape(code: str) -> str:
    """`9` for a digit, `A` for a letter; a letter at the end stands for itself, since it names
    the series (`0213T`)."""
    letters = ["9" if character.isdigit() else "A" for character in code]
    if letters[-1] == "A" and len(letters) > 1:
        letters[-1] = code[-1]
    return "".join(letters)


def _within(code: str, first: str, last: str) -> bool:
    return first <= code <= last and len(code) == len(first) and shape(code) == shape(first)


def _meet(one: tuple[str, str], two: tuple[str, str]) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def _edges(first: str, last: str, minus: CodeSet) -> Iterator[str]:
    """Codes of a range among which one is left if any is: its first, and each that follows the
    end of something taken away."""
    start = next(
        (at for at, pair in enumerate(zip(first, last, strict=True)) if pair[0] != pair[1]),
        len(first),
    )
    end = len(first) - (not first[-1].isdigit() and len(first) > 1)
    yield first
    if not (first[start:end] + last[start:end]).isdigit():
        yield last
        return
    width = end - start
    for taken in _ends(minus, len(first), first[end:]):
        digits = taken[start:end]
        if len(taken) == len(first) and taken[:start] == first[:start] and digits.isdigit():
            following = f"{int(digits) + 1:0{width}}"
            if len(following) == width and following <= last[start:end]:
                yield first[:start] + following + first[end:]


def _ends(minus: CodeSet, length: int, suffix: str) -> Iterator[str]:
    yield from minus.exact
    yield from (last for _, last in minus.ranges)
    yield from (prefix.ljust(length - len(suffix), "9") + suffix for prefix in minus.prefixes)
    for part in minus.parts:
        yield from _ends(part, length, suffix)
