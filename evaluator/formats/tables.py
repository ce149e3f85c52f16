"""Tables that are recognised by the names in their headers.

Research files of CMS, Synthea's export and the Tuva project's input layer. What reads them needs
pyarrow, and is loaded when the first of them is read.
"""

import io
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from editwright.evaluator.formats.csv import csv_lines
from editwright.evaluator.formats.format import Format, Use
from editwright.evaluator.formats.head import Head
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.lines.columns import LineColumns

_HERE = "editwright.evaluator.formats"


_CLAIM_IDS = frozenset(("claim_id", "clm_id", "claimid"))


def _headed(*names: str) -> Callable[[Head], bool]:
    """Recognises tables whose header has all of these names."""
    return lambda head: head.names.issuperset(names)


def _of_members(*names: str) -> Callable[[Head], bool]:
    """Recognises tables whose header has all of these names, and no claim id: claims may say
    as much of their members."""
    return lambda head: head.names.issuperset(names) and head.names.isdisjoint(_CLAIM_IDS)


def _laid_out(
    name: str, title: str, module: str, layout: str, header: tuple[str, ...], use: Use = Use.CLAIMS
) -> Format:
    """Tables in a layout, which stands in a module."""

    def of_module(module: str, name: str) -> Any:
        return getattr(import_module(f"{_HERE}.{module}"), name)

    def lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
        read = of_module("layouts", "layout_lines")
        yield from read(of_module(module, layout), source, stream, intake)

    def columns(
        source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
    ) -> "Iterator[LineColumns]":
        read = of_module("layouts", "layout_columns")
        yield from read(of_module(module, layout), source, stream, intake, shared)

    recognises = _of_members if use is Use.MEMBERS else _headed
    return Format(name, title, recognises(*header), lines, columns, use=use)


def _passed_over(name: str, title: str, *header: str) -> Format:
    return Format(name, title, _headed(*header), None, use=Use.NOTHING)


def _synthea_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    from editwright.evaluator.formats import synthea

    return synthea.synthea_lines(source, stream, intake)


def _synthea_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    from editwright.evaluator.formats import synthea

    return synthea.synthea_columns(source, stream, intake, shared)


def csv_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: "ColumnsReading"
) -> "Iterator[LineColumns]":
    """The service lines of a delimited text as columns. Raises `ClaimsError`."""
    from editwright.evaluator.formats import columnar_sources

    return columnar_sources.csv_columns(source, stream, intake, shared)


_RIF = (
    _laid_out(
        "rif",
        "CMS RIF carrier or DME claims",
        "rif",
        "PROFESSIONAL",
        ("bene_id", "clm_id", "line_num", "hcpcs_cd"),
    ),
    _laid_out(
        "rif",
        "CMS RIF institutional claims",
        "rif",
        "INSTITUTIONAL",
        ("bene_id", "clm_id", "clm_line_num", "rev_cntr"),
    ),
    _laid_out(
        "rif",
        "CMS RIF beneficiaries",
        "rif",
        "BENEFICIARIES",
        ("bene_id", "bene_birth_dt", "bene_sex_ident_cd"),
        Use.MEMBERS,
    ),
    _laid_out(
        "rif",
        "CMS RIF beneficiaries",
        "rif",
        "OTHER_BENEFICIARIES",
        ("bene_id", "bene_birth_dt", "sex_ident_cd"),
        Use.MEMBERS,
    ),
    _passed_over("rif", "drug events", "bene_id", "pde_id"),
)

_SYNPUF = (
    _laid_out(
        "synpuf",
        "DE-SynPUF carrier claims",
        "synpuf",
        "CARRIER",
        ("desynpuf_id", "clm_id", "hcpcs_cd_1", "prf_physn_npi_1"),
    ),
    _laid_out(
        "synpuf",
        "DE-SynPUF outpatient or inpatient claims",
        "synpuf",
        "FACILITY",
        ("desynpuf_id", "clm_id", "hcpcs_cd_1", "segment"),
    ),
    _laid_out(
        "synpuf",
        "DE-SynPUF beneficiaries",
        "synpuf",
        "BENEFICIARIES",
        ("desynpuf_id", "bene_birth_dt", "bene_sex_ident_cd"),
        Use.MEMBERS,
    ),
    _passed_over("synpuf", "drug events", "desynpuf_id", "pde_id"),
)

_SYNTHEA = (
    Format(
        "synthea",
        "Synthea claims transactions",
        _headed("claimid", "chargeid", "patientid", "type", "procedurecode"),
        _synthea_lines,
        _synthea_columns,
    ),
    Format(
        "synthea",
        "Synthea claim headers",
        _headed("id", "patientid", "diagnosis1", "healthcareclaimtypeid1"),
        None,
        use=Use.BESIDE,
    ),
    _laid_out(
        "synthea",
        "Synthea patients",
        "synthea",
        "PATIENTS",
        ("id", "birthdate", "gender", "ssn"),
        Use.MEMBERS,
    ),
)

_TUVA = (
    Format(
        "tuva",
        "Tuva medical claims",
        _headed("claim_id", "claim_line_number", "claim_type", "hcpcs_code", "claim_end_date"),
        csv_lines,
        csv_columns,
    ),
    Format(
        "tuva",
        "Tuva eligibility",
        _of_members("member_id", "birth_date", "gender", "enrollment_start_date"),
        csv_lines,
        use=Use.MEMBERS,
    ),
    _passed_over("tuva", "pharmacy claims", "claim_id", "ndc_code", "dispensing_date"),
)

TABLES: tuple[Format, ...] = (*_RIF, *_SYNPUF, *_SYNTHEA, *_TUVA)
"""In the order in which they are tried. Tuva's tables have names that are known for ours (see
`columns`), and are read like any other."""
