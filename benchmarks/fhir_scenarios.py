"""Scenarios with FHIR: reading claims, writing ClaimResponses."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.claim_scenarios import CHAPTER, READ, WRITTEN, writing
from benchmarks.fhir_claims import LINES_OF_CLAIM, write_fhir
from benchmarks.job import Job, Scenario

_WANTED = (
    "procedure_code",
    "modifiers",
    "units",
    "place_of_service",
    "rendering_provider",
    "diagnoses",
    "pointed_diagnoses",
    "birth_date",
    "sex",
)
"""What ordinary rules read of a claim."""


def _reading(kind: str, *, as_bundle: bool = False) -> Callable[[int, Path], Job]:
    def prepare(count: int, folder: Path) -> Job:
        from editwright.evaluator.formats.read import read_claims

        write_fhir(kind, count, folder, as_bundle=as_bundle)

        def run() -> None:
            batches = read_claims(folder).in_columns(_WANTED)
            assert sum(batch.count for batch in batches) == count * LINES_OF_CLAIM

        return Job(f"{count:,} resources", count, "resources", run)

    return prepare


RESOURCES = tuple(count // LINES_OF_CLAIM for count in READ)
QUICK = (1_000,)
SCENARIOS = (
    Scenario("read: FHIR Claim", _reading("Claim"), RESOURCES, QUICK, CHAPTER),
    Scenario(
        "read: FHIR ExplanationOfBenefit",
        _reading("ExplanationOfBenefit"),
        RESOURCES,
        QUICK,
        CHAPTER,
    ),
    Scenario("read: FHIR Bundle", _reading("Claim", as_bundle=True), RESOURCES, QUICK, CHAPTER),
    Scenario("write: FHIR ClaimResponse", writing("fhir"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: claim status", writing("claim-status"), WRITTEN, (5_000,), CHAPTER),
)
