"""Synthea's CSV export to service lines: `claims_transactions`, with `claims` and `patients`
beside it.

A service is one transaction of the type CHARGE; its payments and transfers are no lines. Synthea
codes procedures and diagnoses in SNOMED CT, vaccines in CVX and drugs in RxNorm: a code that
cannot be CPT, HCPCS or ICD-10 is missing here, since edits would take it for a code that it is not.
"""

import io
import re
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from attrs import evolve, frozen
from numpy.typing import NDArray

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.columnar import ColumnsReading
from editwright.evaluator.formats.csv_blocks import CsvTable
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.layouts import (
    Layout,
    Lines,
    Part,
    Table,
    compute,
    layout_columns,
    layout_lines,
    of,
)
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine

_DIAGNOSES = 8
_POINTERS = 4
_PROCEDURE = re.compile(r"\d{4}[\dA-Z]|[A-Z]\d{4}", re.IGNORECASE)
_DIAGNOSIS = re.compile(r"[A-Z]\d[\dA-Z](\.?[\dA-Z]{1,4})?", re.IGNORECASE)
_CODES = "codes of SNOMED CT, CVX and RxNorm were left out: edits know CPT, HCPCS and ICD-10"


def _charges(table: Table) -> Lines:
    kinds = table.column("type")
    assert kinds is not None
    are_charges = compute.equal(compute.ascii_upper(compute.utf8_trim_whitespace(kinds)), "CHARGE")
    return Lines(np.flatnonzero(are_charges.to_numpy(zero_copy_only=False)))


@frozen(slots=True)
class _CodeOf:
    """A column of codes, without those that no edit could mean."""

    names: tuple[str, ...]
    shape: re.Pattern[str]

    def made(self, table: Table) -> AnyArray:
        column = table.column(self.names[0])
        assert column is not None
        return _shaped(column, self.shape)


@frozen(slots=True)
class _Ended:
    """When a service ended; the first day of 1970 stands for no day."""

    names: tuple[str, ...] = ("todate",)

    def made(self, table: Table) -> AnyArray:
        column = table.column("todate")
        assert column is not None
        is_filler = compute.starts_with(column, "1970-01-01")
        ended: AnyArray = compute.if_else(is_filler, None, column)
        return ended


TRANSACTIONS = Layout(
    {
        "claim_id": of("claimid"),
        "line_number": of("chargeid"),
        "member_id": of("patientid"),
        "service_from": of("fromdate"),
        "service_to": _Ended(),
        "procedure_code": _CodeOf(("procedurecode",), _PROCEDURE),
        "modifier_1": of("modifier1"),
        "modifier_2": of("modifier2"),
        "units": of("units"),
        "charge": of("amount"),
        "rendering_provider": of("providerid"),
    },
    names=("type",),
    lines=_charges,
)
PATIENTS = Layout({"member_id": of("id"), "birth_date": of("birthdate"), "sex": of("gender")})


def synthea_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of a file of transactions. Raises `ClaimsError`."""
    yield from layout_lines(_with_claims(intake), source, stream, intake)


def synthea_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a file of transactions as columns. Raises `ClaimsError`."""
    yield from layout_columns(_with_claims(intake), source, stream, intake, shared)


def _with_claims(intake: Intake) -> Layout:
    """The layout of transactions, with the diagnoses that files of claims beside them give."""
    intake.note(_CODES)
    if not intake.beside:
        return TRANSACTIONS
    claims = _Claims([source for _, source in intake.beside], intake)
    diagnoses: dict[str, Part] = {
        f"diagnosis_{number}": _Diagnosis(claims, number) for number in range(1, _DIAGNOSES + 1)
    }
    pointers: dict[str, Part] = {
        f"diagnosis_pointer_{number}": _Pointer(claims, (f"diagnosisref{number}", "claimid"))
        for number in range(1, _POINTERS + 1)
    }
    return evolve(TRANSACTIONS, columns={**TRANSACTIONS.columns, **diagnoses, **pointers})


class _Claims:
    """The diagnoses in files of claims, by claim."""

    def __init__(self, sources: Sequence[Source], intake: Intake) -> None:
        names = ["id", *(f"diagnosis{number}" for number in range(1, _DIAGNOSES + 1))]
        parts: list[list[AnyArray]] = [[pa.array([], pa.string())] for _ in names]
        for source in sources:
            with source.open() as stream:
                table = CsvTable(source, stream, intake.note)
                at = {name.strip().lower(): place for place, name in enumerate(table.header.names)}
                used = [at[name] for name in names if name in at]
                lost = 0
                for batch in table.batches(used):
                    lost += len(batch.refused)
                    for part, name in zip(parts, names, strict=True):
                        column = batch.column(at[name]) if name in at else None
                        part.append(pa.nulls(batch.rows, pa.string()) if column is None else column)
            if lost:
                intake.note(
                    f"rows of {source.name} that cannot be read, so that their claims have no "
                    f"diagnoses: {lost:,}"
                )
        ids, *diagnoses = (pa.concat_arrays(part) for part in parts)
        self._ids = ids
        self._diagnoses = [_shaped(column, _DIAGNOSIS) for column in diagnoses]

    def rows(self, table: Table) -> AnyArray:
        """Where the claims of lines stand."""
        ids = table.column("claimid")
        assert ids is not None
        found: AnyArray = compute.index_in(ids, self._ids)
        return found

    def diagnosis(self, rows: AnyArray, number: int) -> AnyArray:
        return self._diagnoses[number - 1].take(rows)


@frozen(slots=True)
class _Diagnosis:
    claims: _Claims
    number: int
    names: tuple[str, ...] = ("claimid",)

    def made(self, table: Table) -> AnyArray:
        return self.claims.diagnosis(self.claims.rows(table), self.number)


@frozen(slots=True)
class _Pointer:
    """A line's reference to a diagnosis, where that is there."""

    claims: _Claims
    names: tuple[str, ...]

    def made(self, table: Table) -> AnyArray:
        pointers = table.column(self.names[0])
        if pointers is None:
            return pa.nulls(table.rows, pa.string())
        rows = self.claims.rows(table)
        plain = compute.utf8_trim_whitespace(pointers)
        lost: NDArray[np.bool_] = np.zeros(table.rows, dtype=bool)
        for number in range(1, _DIAGNOSES + 1):
            points = compute.equal(plain, str(number)).fill_null(False)
            is_missing = self.claims.diagnosis(rows, number).is_null()
            lost |= compute.and_(points, is_missing).to_numpy(zero_copy_only=False)
        found: AnyArray = compute.if_else(pa.array(lost), None, pointers)
        return found


def _shaped(column: AnyArray, shape: re.Pattern[str]) -> AnyArray:
    """The codes that have the shape of codes that edits are written for."""
    known = compute.utf8_trim_whitespace(column).dictionary_encode()
    codes = [
        code if code is not None and shape.fullmatch(code) else None
        for code in known.dictionary.to_pylist()
    ]
    return pa.array(codes, pa.string()).take(known.indices)
