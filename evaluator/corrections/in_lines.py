"""Claims that replace and void others: which claims are left out of judging.

A claim is told apart by its id and by what it does (see `frequency`), so that an original and its
replacement may have one id. What a correction leads to is its family: the original that it names,
and whatever else replaces that. Of a family the last replacement is left; with a void, nothing.
Two originals that a correction may mean equally are both left alone.
"""

from collections import defaultdict
from collections.abc import (
    Callable,
    Container,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from operator import itemgetter
from typing import Literal, NamedTuple, TypeVar

from attrs import define, frozen

from editwright.evaluator.lines.frequency import ORIGINAL, REPLACEMENT, VOID, correction_of
from editwright.evaluator.lines.service_line import ServiceLine

Key = tuple[str, int]
"""A claim: its id, and the correction that it is."""
Value = TypeVar("Value", bound=Hashable)


class Claim(NamedTuple):
    """What one claim says of itself; what its lines do not agree about is missing. Of an original,
    only the lines with a claim number say anything."""

    key: Key
    member_id: str | None = None
    billing_provider: str | None = None
    claim_number: str | None = None
    original_claim_id: str | None = None
    received: int | None = None
    """A number of its day."""

    @property
    def claim_id(self) -> str:
        return self.key[0]

    @property
    def correction(self) -> int:
        return self.key[1]


@frozen(slots=True)
class Outcome:
    """What has become of a claim, and the claim that did it."""

    what: Literal["replaced", "voided"]
    by: str


@frozen(slots=True)
class Resolution:
    """What has become of claims that no longer stand, and how many corrections are unclear."""

    outcomes: Mapping[Key, Outcome]
    unclear: int


@define
class Corrected:
    """How many claims and lines were left out because of later claims."""

    replaced_claims: int = 0
    replaced_lines: int = 0
    voided_claims: int = 0
    voided_lines: int = 0
    void_claims: int = 0
    void_lines: int = 0
    """Voids themselves, which are never judged."""
    unclear_claims: int = 0
    """Corrections that may mean several claims: they are judged like any other claim."""

    def as_dict(self) -> dict[str, int]:
        """The counts as plain values."""
        return {
            "replaced_claims": self.replaced_claims,
            "replaced_lines": self.replaced_lines,
            "voided_claims": self.voided_claims,
            "voided_lines": self.voided_lines,
            "void_claims": self.void_claims,
            "void_lines": self.void_lines,
            "unclear_corrections": self.unclear_claims,
        }


def agreed(values: Iterable[Value | None]) -> Value | None:
    """The one value that is not missing; nothing where there are several."""
    found = {value for value in values if value is not None}
    return found.pop() if len(found) == 1 else None


def resolve(claims: Iterable[Claim], is_claim: Container[str]) -> Resolution:
    """What becomes of claims through corrections.

    `claims` are all corrections, and at least those originals that share their numbers with one
    or have the number that one names; each once. `is_claim` tells whether there is a claim with an
    id that a correction names.
    """
    every = sorted(claims, key=itemgetter(0))
    by_number: defaultdict[tuple[str, str | None, str], list[Claim]] = defaultdict(list)
    for claim in every:
        if claim.member_id is not None and claim.claim_number is not None:
            by_number[claim.member_id, claim.billing_provider, claim.claim_number].append(claim)
    families, corrected = _Families(), set[Key]()
    unclear = 0
    for claim in every:
        claim_id, correction = claim.key
        if correction == ORIGINAL:
            continue
        found = _corrected_by(claim, is_claim, by_number.get)
        unclear += found is None
        keys = [*_same_id(claim_id, correction), *(found or ())]
        families.join([claim.key, *keys])
        for key in keys:
            if key[1] < correction or key[0] == claim.original_claim_id:
                corrected.add(key)
    known = {claim.key: claim for claim in every}
    outcomes: dict[Key, Outcome] = {}
    for family in families:
        of_family, unclear_heads = _outcomes(family, known, corrected)
        outcomes |= of_family
        unclear += unclear_heads
    return Resolution(outcomes, unclear)


def _same_id(claim_id: str, below: int) -> list[Key]:
    """The claims with one id that a correction of it corrects."""
    return [(claim_id, correction) for correction in range(below)]


Numbered = Callable[[tuple[str, str | None, str], Sequence[Claim]], Sequence[Claim]]


def _corrected_by(claim: Claim, is_claim: Container[str], numbered: Numbered) -> list[Key] | None:
    """The claims of other ids that a correction is about; nothing where that is unclear."""
    named = claim.original_claim_id
    if named is not None and named != claim.claim_id and named in is_claim:
        return _same_id(named, VOID)
    if claim.member_id is None:
        return []
    for number in (named, claim.claim_number):
        if number is None:
            continue
        others = [
            each
            for each in numbered((claim.member_id, claim.billing_provider, number), ())
            if each.claim_id != claim.claim_id and each.correction != VOID
        ]
        if len({each.claim_id for each in others if each.correction == ORIGINAL}) > 1:
            return None
        if others:
            return [each.key for each in others]
    return []


def _outcomes(
    family: Sequence[Key], known: Mapping[Key, Claim], corrected: Container[Key]
) -> tuple[dict[Key, Outcome], int]:
    """What becomes of the claims of a family, and how many of its corrections are unclear."""
    voids = [key for key in family if key[1] == VOID]
    if voids:
        voided = Outcome("voided", min(voids)[0])
        return {key: voided for key in family if key[1] != VOID}, 0
    replacements = [known[key] for key in family if key[1] == REPLACEMENT and key in known]
    heads = [each for each in replacements if each.key not in corrected] or replacements
    last = _last(heads)
    left = {last.key} if last else {each.key for each in heads}
    replaced = Outcome("replaced", min(left)[0])
    gone = {key: replaced for key in family if key not in left}
    return gone, 0 if last else len(heads)


def _last(heads: Sequence[Claim]) -> Claim | None:
    """The one that was received last, where that is known."""
    if len(heads) == 1:
        return heads[0]
    days = [each.received for each in heads if each.received is not None]
    if len(days) < len(heads) or days.count(max(days)) > 1:
        return None
    return heads[days.index(max(days))]


class _Families:
    """Claims that were joined, in families."""

    def __init__(self) -> None:
        self._of: dict[Key, list[Key]] = {}

    def join(self, keys: Sequence[Key]) -> None:
        """Make these claims, and those that they are joined with, one family."""
        family: list[Key] = []
        for key in keys:
            theirs = self._of.get(key)
            if theirs is None:
                theirs = [key]
            elif theirs is family:
                continue
            if len(theirs) > len(family):
                family, theirs = theirs, family
            family += theirs
            for each in theirs:
                self._of[each] = family
            self._of[key] = family

    def __iter__(self) -> Iterator[list[Key]]:
        for key, family in self._of.items():
            if family[0] == key:
                yield family


# ---- service lines


@frozen(slots=True, eq=False)
class ToJudge:
    """The lines that are judged together, those of the history first, and what was left out."""

    lines: list[ServiceLine]
    corrected: Corrected
    outcomes: Mapping[Key, Outcome]
    voids: Set[Key]


def key_of(line: ServiceLine) -> Key:
    """The claim that a line is of."""
    return line.claim_id, correction_of(line.frequency_code, line.bill_type)


def lines_to_judge(lines: Iterable[ServiceLine], history: Iterable[ServiceLine]) -> ToJudge:
    """All lines that stand, those of the history first.

    A year's history often holds the claims that are being judged as well: such a line is left out
    of the history, or it would count twice. Lines of replaced and voided claims are left out too.
    """
    lines, history = list(lines), list(history)
    if not any(map(_corrects, lines)) and not any(map(_corrects, history)):
        return ToJudge(_without_repeats(lines, history), Corrected(), {}, frozenset())
    judged = [(key_of(line), line) for line in lines]
    here = {(key, line.line_number) for key, line in judged}
    past = [(key_of(line), line) for line in history]
    every = [*(each for each in past if (each[0], each[1].line_number) not in here), *judged]
    found = resolve(_claims([*past, *judged]), {claim_id for (claim_id, _), _ in every})
    corrected = Corrected(unclear_claims=found.unclear)
    kept: list[ServiceLine] = []
    gone: dict[str, set[Key]] = {"replaced": set(), "voided": set(), "void": set()}
    for key, line in every:
        if key[1] == VOID:
            gone["void"].add(key)
            corrected.void_lines += 1
        elif (outcome := found.outcomes.get(key)) is None:
            kept.append(line)
        else:
            gone[outcome.what].add(key)
            corrected.replaced_lines += outcome.what == "replaced"
            corrected.voided_lines += outcome.what == "voided"
    corrected.replaced_claims = len(gone["replaced"])
    corrected.voided_claims = len(gone["voided"])
    corrected.void_claims = len(gone["void"])
    outcomes = {key: found.outcomes[key] for key in gone["replaced"] | gone["voided"]}
    return ToJudge(kept, corrected, outcomes, gone["void"])


def _corrects(line: ServiceLine) -> bool:
    return correction_of(line.frequency_code, line.bill_type) != ORIGINAL


def _without_repeats(lines: list[ServiceLine], history: Sequence[ServiceLine]) -> list[ServiceLine]:
    if not history:
        return lines
    here = {(line.claim_id, line.line_number) for line in lines}
    past = [line for line in history if (line.claim_id, line.line_number) not in here]
    return [*past, *lines]


def _claims(lines: Iterable[tuple[Key, ServiceLine]]) -> Iterator[Claim]:
    claims: defaultdict[Key, list[ServiceLine]] = defaultdict(list)
    for key, line in lines:
        if key[1] != ORIGINAL or line.claim_number is not None:
            claims[key].append(line)
    for (claim_id, correction), of_claim in claims.items():
        received = [line.received_date.toordinal() for line in of_claim if line.received_date]
        yield Claim(
            (claim_id, correction),
            agreed(line.member_id for line in of_claim),
            agreed(line.billing_provider for line in of_claim),
            agreed(line.claim_number for line in of_claim),
            agreed(line.original_claim_id for line in of_claim),
            max(received, default=None),
        )
