"""Scenarios of reading claims: an 837 of few and of many interchanges, FHIR, and tables."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.claim_scenarios import CHAPTER, READ
from benchmarks.fhir_claims import LINES_OF_CLAIM, write_fhir
from benchmarks.job import Job, Scenario
from benchmarks.x12_claims import KINDS, write_x12

TABLES = ("CSV", "Parquet", "Arrow IPC", "NDJSON", "JSON array", "RIF carrier", "SynPUF carrier")
COMPACT = ("CSV", "Parquet", "Arrow IPC")
MANY_LINES = (1_000_000,)
"""Of these formats so many lines are read in about a second."""
WANTED = (
    "procedure_code", "modifiers", "units", "place_of_service", "rendering_provider", "diagnoses",
    "pointed_diagnoses", "birth_date", "sex",
)  # fmt: skip
"""What ordinary rules read of a claim."""


def _x12(kind: str) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        from editwright.evaluator.formats.read import read_claims

        path = folder / f"{kind}.837"
        claims = write_x12(kind, lines, path)
        megabytes = path.stat().st_size / 1e6

        def run() -> None:
            reading = read_claims(path)
            assert sum(batch.count for batch in reading.in_columns(WANTED)) == lines
            assert not reading.bad_lines.count

        return Job(f"{claims:,} claims, {megabytes:,.0f} MB", claims, "claims", run)

    return prepare


def _table(kind: str) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        from benchmarks.table_files import write_table
        from editwright.evaluator.formats.read import read_claims

        path = write_table(kind, lines, folder)
        megabytes = path.stat().st_size / 1e6

        def run() -> None:
            reading = read_claims(path)
            assert sum(batch.count for batch in reading.in_columns(WANTED)) == lines
            assert not reading.bad_lines.count

        return Job(f"{lines:,} lines, {megabytes:,.0f} MB", lines, "lines", run)

    return prepare


def _fhir(kind: str, *, as_bundle: bool = False) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        from editwright.evaluator.formats.read import read_claims

        claims = lines // LINES_OF_CLAIM
        export = folder / f"fhir-{kind}{'-bundle' if as_bundle else ''}"
        export.mkdir(exist_ok=True)
        write_fhir(kind, claims, export, as_bundle=as_bundle)
        megabytes = sum(each.stat().st_size for each in export.iterdir()) / 1e6

        def run() -> None:
            reading = read_claims(export)
            assert sum(batch.count for batch in reading.in_columns(WANTED)) == lines
            assert not reading.bad_lines.count

        return Job(f"{claims:,} resources, {megabytes:,.0f} MB", claims, "resources", run)

    return prepare


SCENARIOS = (
    *(
        Scenario(f"read: X12 837, {kind} interchanges", _x12(kind), READ, (2_000,), CHAPTER)
        for kind in KINDS
    ),
    Scenario("read: FHIR Claim", _fhir("Claim"), READ, (2_000,), CHAPTER),
    Scenario(
        "read: FHIR ExplanationOfBenefit", _fhir("ExplanationOfBenefit"), READ, (2_000,), CHAPTER
    ),
    Scenario("read: FHIR Bundle", _fhir("Claim", as_bundle=True), READ, (2_000,), CHAPTER),
    *(
        Scenario(
            f"read in columns: {kind}",
            _table(kind),
            MANY_LINES if kind in COMPACT else READ,
            (2_000,),
            CHAPTER,
        )
        for kind in TABLES
    ),
)
