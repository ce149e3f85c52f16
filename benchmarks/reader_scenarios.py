"""Scenarios of reading claims: an 837 of few and of many interchanges, FHIR, and tables."""

from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.inputs import reader_file
from benchmarks.job import Job, Scenario
from benchmarks.reader_files import count_units, unit_of

CHAPTER = "Reading"
FIELDS = (
    "procedure_code", "modifiers", "units", "place_of_service", "rendering_provider", "diagnoses",
    "pointed_diagnoses", "birth_date", "sex",
)  # fmt: skip
"""What ordinary rules read of a claim."""
FIELDS_OF_NCCI = (
    "procedure_code", "modifiers", "units", "rendering_provider", "service_from",
)  # fmt: skip
_QUICK = (2_000,)
_SIZES = {
    "X12 837, few interchanges": 700_000,
    "X12 837, many interchanges": 420_000,
    "FHIR Claim": 264_000,
    "FHIR ExplanationOfBenefit": 108_000,
    "FHIR Bundle": 144_000,
    "CSV": 1_150_000,
    "Parquet": 5_000_000,
    "Arrow IPC": 1_000_000,
    "NDJSON": 415_000,
    "JSON array": 410_000,
    "RIF carrier": 1_200_000,
    "SynPUF carrier": 2_000_000,
}
"""So many service lines are a file of about 200 MB; in Parquet, which is the densest, of 100 MB."""
_THREADED = ("CSV", "Parquet")
"""These readers use a second core for much of their work."""


def _reading(kind: str, fields: Sequence[str] = FIELDS) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        path = reader_file(folder, kind, lines)
        each = path.rglob("*") if path.is_dir() else [path]
        megabytes = sum(file.stat().st_size for file in each) / 1e6
        units, unit = count_units(kind, lines, path), unit_of(kind)
        from editwright.evaluator.formats.read import read_claims

        def run() -> None:
            reading = read_claims(path)
            assert sum(batch.count for batch in reading.in_columns(fields)) == lines
            assert not reading.bad_lines.count

        return Job(f"{units:,} {unit}, {megabytes:,.0f} MB", units, unit, run)

    return prepare


def _scenario(
    kind: str, cores: int | None, name: str = "", fields: Sequence[str] = FIELDS
) -> Scenario:
    return Scenario(
        f"read {name or kind}, {'two cores' if cores is None else 'one core'}",
        _reading(kind, fields),
        (_SIZES[kind],),
        _QUICK,
        CHAPTER,
        cores=cores,
    )


SCENARIOS = (
    *(_scenario(kind, 1) for kind in _SIZES),
    _scenario("Parquet", 1, "Parquet, what NCCI needs", FIELDS_OF_NCCI),
    *(_scenario(kind, None) for kind in _THREADED),
    _scenario("Parquet", None, "Parquet, what NCCI needs", FIELDS_OF_NCCI),
)
