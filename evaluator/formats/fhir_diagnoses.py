"""The diagnoses of a FHIR claim in the order that its lines point into."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType

from attrs import frozen

from editwright.evaluator.formats import fhir_codes as coded
from editwright.evaluator.formats.fhir_concepts import has_code, is_wordy
from editwright.evaluator.formats.fhir_shapes import Concept, Diagnosis

_LEFT_OUT = frozenset(
    (
        "admitting",
        "externalcauseofinjury",
        "externalcause",
        "patientreasonforvisit",
        "first-external-cause-of-injury",
    )
)
"""Diagnoses that stand in the claim's list and not in the order that a line points into."""
_PRINCIPAL = ("principal",)
_MOST_LISTS_REMEMBERED = 1 << 12


@frozen(slots=True)
class Diagnoses:
    codes: tuple[str | None, ...] = ()
    """In order, the principal one first."""
    places: Mapping[int, int | None] = MappingProxyType({})
    """Of each sequence the place in `codes`, from 1; `None` where it has no code there. One that
    different diagnoses share is in none."""
    oddities: tuple[str, ...] = ()
    """What a reader should know of them, in words that quote nothing of them."""


@lru_cache(_MOST_LISTS_REMEMBERED)
def ordered(diagnoses: tuple[Diagnosis, ...], referred: tuple[str | None, ...]) -> Diagnoses:
    """The diagnoses of a claim, with the codes of the conditions that they refer to: mostly those
    of many claims."""
    places: dict[int, int | None] = {}
    shared: set[int] = set()
    known: dict[int, str | None] = {}
    in_order: list[tuple[int, int, str | None]] = []
    for index, (each, of_condition) in enumerate(zip(diagnoses, referred, strict=True)):
        sequence = index + 1 if each.sequence is None else each.sequence
        code = coded.diagnosis_code(each.diagnosis_codeable_concept)
        if code is None:
            code = of_condition
        kinds = {coding.code for concept in each.type for coding in concept.coding}
        places[sequence] = None
        if known.setdefault(sequence, code) != code:
            shared.add(sequence)
        if code is not None and not (kinds and kinds <= _LEFT_OUT):
            is_principal = not kinds.isdisjoint(_PRINCIPAL)
            in_order.append((0 if is_principal else 1, sequence, code))
    in_order.sort(key=lambda each: each[:2])
    for place, (_, sequence, _) in enumerate(in_order, 1):
        places[sequence] = place
    for sequence in shared:
        del places[sequence]
    oddities = _diagnosis_oddities(diagnoses, referred, share_sequences=bool(shared))
    return Diagnoses(tuple(code for _, _, code in in_order), places, tuple(oddities))


def _diagnosis_oddities(
    diagnoses: tuple[Diagnosis, ...], referred: tuple[str | None, ...], *, share_sequences: bool
) -> Iterator[str]:
    """What a reader should know of diagnoses."""
    if any(_is_foreign(each.diagnosis_codeable_concept) for each in diagnoses):
        yield (
            "a claim has diagnoses in a code system that is not ICD-9-CM, ICD-10 or "
            "ICD-10-CM; they were left out"
        )
    if any(is_wordy(each.diagnosis_codeable_concept) for each in diagnoses):
        yield "a claim says a diagnosis in words alone; it was left out"
    refers = (each.diagnosis_reference is not None for each in diagnoses)
    if any(has and code is None for has, code in zip(refers, referred, strict=True)):
        yield ("a claim refers to a diagnosis that is not there, or is not in ICD; it was left out")
    if share_sequences:
        yield ("a claim has two diagnoses with one number; lines that point to it are set aside")


def _is_foreign(diagnosis: Concept | None) -> bool:
    """Whether a diagnosis has a code, and none of ICD."""
    return coded.diagnosis_code(diagnosis) is None and has_code(diagnosis)
