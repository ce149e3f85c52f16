"""Code sets as the analysis compares them: spelled out where that is possible, else by their
prefixes and ranges.

Whatever is said here for certain is certain; where prefixes and ranges leave a doubt, the answer
is the one that leads to no finding.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from string import ascii_uppercase, digits

from editwright.grammar import codes as kinds
from editwright.grammar.codes import CodeSet, Kind, shape

MOST_CODES = 40_000
"""A prefix or a range of more codes than this is not spelled out."""

_LETTERS_AND_DIGITS = digits + ascii_uppercase
_POSITIONS: dict[Kind, tuple[str, ...]] = {
    kinds.PROCEDURE: (_LETTERS_AND_DIGITS, digits, digits, digits, _LETTERS_AND_DIGITS),
    kinds.MODIFIER: (_LETTERS_AND_DIGITS, _LETTERS_AND_DIGITS),
    kinds.PLACE: (digits, digits),
    kinds.REVENUE_CODE: (digits, digits, digits, digits),
    kinds.BILL_TYPE: (digits[1:], digits, _LETTERS_AND_DIGITS),
    kinds.SEX: ("FM",),
}
"""Kinds of a fixed length, with the characters that may stand at each position."""


def spelled_out(codes: CodeSet, kind: Kind) -> frozenset[str] | None:
    """All codes of a set; nothing where they are too many, or of no fixed length."""
    if not (codes.prefixes or codes.ranges or codes.parts or codes.minus):
        return codes.exact
    return _spelled_out(codes, kind)


@lru_cache(maxsize=4096)
def _spelled_out(codes: CodeSet, kind: Kind) -> frozenset[str] | None:
    found = set(codes.exact)
    for prefix in codes.prefixes:
        completed = _completions(prefix, kind)
        if completed is None:
            return None
        found.update(completed)
    for first, last in codes.ranges:
        between = _between(first, last)
        if between is None:
            return None
        found.update(between)
    for part in codes.parts:
        inner = spelled_out(part, kind)
        if inner is None:
            return None
        found |= inner
    return frozenset(each for each in found if codes.minus is None or each not in codes.minus)


def every_code(kind: Kind) -> frozenset[str] | None:
    """All codes of a kind with few of them."""
    return spelled_out(CodeSet(prefixes=("",)), kind)


def _completions(prefix: str, kind: Kind) -> list[str] | None:
    positions = _POSITIONS.get(kind)
    if positions is None or len(prefix) > len(positions):
        return None
    rest = positions[len(prefix) :]
    count = 1
    for characters in rest:
        count *= len(characters)
    if count > MOST_CODES:
        return None
    return [prefix + "".join(each) for each in product(*rest)]


def _between(first: str, last: str) -> list[str] | None:
    """The codes of a range: digits count up, letters too, and a letter at the end stands."""
    form = shape(first)
    if form != shape(last):
        return None
    fixed = form[-1] if form[-1] not in "9A" else ""
    alphabets = [
        digits if each == "9" else ascii_uppercase for each in form[: len(form) - len(fixed)]
    ]
    low, high = (_rank(code, alphabets) for code in (first, last))
    if high - low >= MOST_CODES:
        return None
    return [_code_at(rank, alphabets) + fixed for rank in range(low, high + 1)]


def _rank(code: str, alphabets: Sequence[str]) -> int:
    rank = 0
    for character, alphabet in zip(code, alphabets, strict=False):
        rank = rank * len(alphabet) + alphabet.index(character)
    return rank


def _code_at(rank: int, alphabets: Sequence[str]) -> str:
    characters: list[str] = []
    for alphabet in reversed(alphabets):
        rank, at = divmod(rank, len(alphabet))
        characters.append(alphabet[at])
    return "".join(reversed(characters))


def is_inside(small: CodeSet, large: CodeSet, kind: Kind) -> bool:
    """Whether every code of one set is certainly in the other."""
    if small == large:
        return True
    members = spelled_out(small, kind)
    if members is not None:
        if not (large.prefixes or large.ranges or large.parts or large.minus):
            return members <= large.exact
        return all(code in large for code in members)
    if large.minus is not None and small.may_overlap(large.minus):
        return False
    return all(_atom_inside(atom, large) for atom in _atoms(small))


def are_apart(one: CodeSet, two: CodeSet, kind: Kind) -> bool:
    """Whether two sets certainly have no code in common."""
    members = spelled_out(one, kind)
    if members is not None:
        return not any(code in two for code in members)
    members = spelled_out(two, kind)
    if members is not None:
        return not any(code in one for code in members)
    if not one.may_overlap(two):
        return True
    # What one of them leaves out may hold all of the other.
    return any(
        whole.minus is not None and is_inside(other, whole.minus, kind)
        for whole, other in ((one, two), (two, one))
    )


Atom = str | tuple[str, str] | tuple[str]
"""A code, a range, or a prefix (a tuple of one)."""


def _atoms(codes: CodeSet) -> Iterator[Atom]:
    """All that a set names, whether it is taken away again or not."""
    yield from sorted(codes.exact)
    yield from ((prefix,) for prefix in codes.prefixes)
    yield from codes.ranges
    for part in codes.parts:
        yield from _atoms(part)


def _atom_inside(atom: Atom, large: CodeSet) -> bool:
    if isinstance(atom, str):
        return atom in large or any(_atom_inside(atom, part) for part in large.parts)
    if len(atom) == 1:
        prefixes = any(atom[0].startswith(prefix) for prefix in large.prefixes)
    else:
        prefixes = any(
            atom[0].startswith(prefix) and atom[1].startswith(prefix) for prefix in large.prefixes
        ) or any(
            first <= atom[0] and atom[1] <= last and shape(first) == shape(atom[0])
            for first, last in large.ranges
        )
    return prefixes or any(part.minus is None and _atom_inside(atom, part) for part in large.parts)


def candidates(codes: CodeSet, kind: Kind) -> Iterator[str]:
    """Some codes of a set, of every part of it, the plainest first."""
    members = spelled_out(codes, kind)
    if members is not None:
        yield from sorted(members)
        return
    for atom in _atoms(codes):
        if isinstance(atom, str):
            options = [atom]
        elif len(atom) == 2:
            options = [atom[0], atom[1], *(_between(*atom) or ())[:50]]
        else:
            options = [atom[0] + end for end in ("", "0", "1", "00", "9", "000", "A", "10", "0000")]
        yield from (each for each in options if kind.fits(each) and each in codes)


def is_certainly_empty(inside: Sequence[CodeSet], outside: Sequence[CodeSet], kind: Kind) -> bool:
    """Whether no code at all is in each of some sets and in none of the others."""
    for at, one in enumerate(inside):
        if one.is_empty or any(is_inside(one, each, kind) for each in outside):
            return True
        if any(are_apart(one, two, kind) for two in inside[at + 1 :]):
            return True
    few = [members for each in inside if (members := spelled_out(each, kind)) is not None]
    if not few and not inside:
        whole = every_code(kind) if kind in _SMALL else None
        few = [whole] if whole is not None else []
    if not few:
        return False
    return not any(_fits(code, inside, outside) for code in min(few, key=len))


_SMALL = (kinds.SEX, kinds.PLACE, kinds.MODIFIER)


def a_code(inside: Sequence[CodeSet], outside: Sequence[CodeSet], kind: Kind) -> str | None:
    """A code that is in each of some sets and in none of the others, where one is found."""
    sources: list[Iterator[str]] = [candidates(each, kind) for each in inside]
    for source in sources or [iter(_PLAIN.get(kind, _PLAIN_WORDS))]:
        for code in source:
            if _fits(code, inside, outside):
                return code
    if not inside and kind in _SMALL:
        return next((c for c in sorted(every_code(kind) or ()) if _fits(c, (), outside)), None)
    return None


def _fits(code: str, inside: Sequence[CodeSet], outside: Sequence[CodeSet]) -> bool:
    return all(code in each for each in inside) and not any(code in each for each in outside)


_PLAIN_WORDS = ("A1", "B2", "C3", "D4", "E5", "F6", "G7", "H8")
_PLAIN: dict[Kind, tuple[str, ...]] = {
    kinds.PROCEDURE: ("99199", "99213", "J3490", "85025", "A9270", "36415", "99499"),
    kinds.DIAGNOSIS: ("R69", "I10", "M5450", "Z0000", "E119", "J45909", "A000", "S0100XA"),
    kinds.MODIFIER: ("59", "25", "76", "LT", "26", "GP", "KX"),
    kinds.PLACE: ("11", "22", "21", "23", "12"),
    kinds.SPECIALTY: ("08", "11", "13", "25", "35"),
    kinds.REVENUE_CODE: ("0510", "0450", "0360", "0300", "0250"),
    kinds.BILL_TYPE: ("131", "111", "851", "141", "721"),
    kinds.SEX: ("F", "M"),
    kinds.PROVIDER: ("1111111112", "1234567893", "9999999994"),
    kinds.GROUP: ("777", "888", "999"),
    kinds.STATUS: ("paid", "open", "new", "denied"),
}
"""What stands in a claim where a rule asks for nothing in particular."""
