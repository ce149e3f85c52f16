"""Scenarios of reading claims in columns: an 837 of few and of many interchanges, and tables."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.claim_scenarios import CHAPTER, READ
from benchmarks.job import Job, Scenario
from benchmarks.x12_claims import KINDS, write_x12

TABLES = ("CSV", "Parquet", "Arrow IPC", "NDJSON", "JSON array", "RIF carrier", "SynPUF carrier")
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


SCENARIOS = (
    *(
        Scenario(f"read: X12 837, {kind} interchanges", _x12(kind), READ, (2_000,), CHAPTER)
        for kind in KINDS
    ),
    *(
        Scenario(f"read in columns: {kind}", _table(kind), READ, (2_000,), CHAPTER)
        for kind in TABLES
    ),
)
