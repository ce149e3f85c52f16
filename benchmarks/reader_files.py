"""The files that reading is measured on: an 837, FHIR resources, and tables."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from benchmarks.fhir_claims import LINES_OF_CLAIM, write_fhir
from benchmarks.x12_claims import write_x12

LINES = "lines"
_UNITS: Mapping[str, str] = {
    "X12 837, few interchanges": "claims",
    "X12 837, many interchanges": "claims",
    "FHIR Claim": "resources",
    "FHIR ExplanationOfBenefit": "resources",
    "FHIR Bundle": "resources",
}


TABLES = ("CSV", "Parquet", "Arrow IPC", "NDJSON", "JSON array", "RIF carrier", "SynPUF carrier")
KINDS = (*_UNITS, *TABLES)


def unit_of(kind: str) -> str:
    """What readers of this kind of file are counted by."""
    return _UNITS.get(kind, LINES)


def write_reader_file(kind: str, lines: int, path: Path) -> None:
    """Write so many service lines as a file of this kind; FHIR resources go to a folder."""
    _WRITERS[kind](lines, path)


def count_units(kind: str, lines: int, path: Path) -> int:
    """How many claims, resources or lines such a file has."""
    match unit_of(kind):
        case "claims":
            with path.open("rb") as stream:
                return sum(segment.startswith(b"CLM*") for segment in stream)
        case "resources":
            return lines // LINES_OF_CLAIM
        case _:
            return lines


def _fhir(kind: str, lines: int, path: Path, *, as_bundle: bool = False) -> None:
    path.mkdir(exist_ok=True)
    write_fhir(kind, lines // LINES_OF_CLAIM, path, as_bundle=as_bundle)


def _table(kind: str, lines: int, path: Path) -> None:
    from benchmarks.table_files import write_table  # with it comes Arrow, which is not set up yet

    write_table(kind, lines, path)


_WRITERS: Mapping[str, Callable[[int, Path], object]] = {
    "X12 837, few interchanges": partial(write_x12, "few"),
    "X12 837, many interchanges": partial(write_x12, "many"),
    "FHIR Claim": partial(_fhir, "Claim"),
    "FHIR ExplanationOfBenefit": partial(_fhir, "ExplanationOfBenefit"),
    "FHIR Bundle": partial(_fhir, "Claim", as_bundle=True),
    **{kind: partial(_table, kind) for kind in TABLES},
}
