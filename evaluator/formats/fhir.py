"""FHIR (Claim and ExplanationOfBenefit, in JSON) to service lines.

Files of one resource, Bundles, arrays, NDJSON of any mix of types. Each item of each claim
becomes a row, or is set aside with its place. Before the first claim is read, all files of the
input are gone through for the patients and providers that claims refer to.
"""

import io
from collections.abc import Iterator

from editwright.evaluator.formats.fhir_claim import COLUMNS, ClaimRows
from editwright.evaluator.formats.fhir_decode import (
    JsonError,
    ShapeError,
    VersionError,
    decode_claim,
    decoder,
)
from editwright.evaluator.formats.fhir_parties import PARTY_KINDS, Parties, gather, patient_of
from editwright.evaluator.formats.fhir_resources import Resource, Unreadable, resources
from editwright.evaluator.formats.fhir_shapes import Party
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines import ServiceLine

_CLAIM_KINDS = frozenset(("Claim", "ExplanationOfBenefit"))
_CODE = COLUMNS.index("procedure_code")
_EXPLAINED = (
    "an ExplanationOfBenefit answers a Claim that is among the claims too; it was passed over, or "
    "the claim would count twice"
)
_MEMBER_COLUMNS = ("member_id", "birth_date", "sex")


def fhir_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a FHIR file; of a file of members the patients in it."""
    if intake.key == "member_id":
        yield from _patients(stream, intake)
    else:
        yield from _Claims(source, intake).lines(stream)


class _Claims:
    """Reads the claims of one file."""

    def __init__(self, source: Source, intake: Intake) -> None:
        self._intake = intake
        self._parties: Parties = intake.learn(gather)
        self._only_once = source.path is None or not source.path.is_file()
        self._rows = intake.rows(COLUMNS, where=lambda _: self._where)
        self._where = ""

    def lines(self, stream: io.BufferedReader) -> Iterator[ServiceLine]:
        for resource in resources(stream):
            if isinstance(resource, Unreadable):
                _refuse(self._intake, resource)
            elif resource.kind in _CLAIM_KINDS:
                yield from self._claim(resource)
            elif resource.kind not in PARTY_KINDS:
                self._intake.warn(
                    f"a resource of the type {resource.kind} was passed over", _place(resource)
                )
            elif self._only_once:
                self._take(resource)

    def _claim(self, resource: Resource) -> Iterator[ServiceLine]:
        try:
            claim, bad_items = decode_claim(resource.raw)
        except (JsonError, ShapeError, VersionError) as error:
            problem = (
                "a claim is not JSON"
                if isinstance(error, JsonError)
                else ("a claim is not as FHIR says")
            )
            self._intake.refuse(
                resource.row, problem, str(error), where=_place(resource), unit="claim"
            )
            return
        rows = ClaimRows(claim, self._parties, resource.url)
        if rows.explains_one_of(self._parties.claims):
            self._intake.warn(_EXPLAINED, _place(resource))
            return
        for oddity in rows.oddities():
            self._intake.warn(oddity, _place(resource))
        before = f"{resource.where}, " if resource.where else ""
        for index, item in enumerate(claim.item):
            self._where = f"{before}item[{index}]"
            error = bad_items.get(index)
            if error is not None:
                self._intake.refuse(
                    resource.row, "an item is not as FHIR says", str(error), where=self._where
                )
                continue
            row = rows.row(item)
            if row[_CODE] is None and (oddity := rows.oddity(item)) is not None:
                self._intake.warn(oddity, self._where)
            if (line := self._rows.line(resource.row, row)) is not None:
                yield line

    def _take(self, resource: Resource) -> None:
        """From a stream that can be read but once, what comes before its claims is joined."""
        try:
            self._parties.take(resource)
        except (JsonError, ShapeError) as error:
            _refuse_party(self._intake, resource, error)


def _patients(stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """Hands in the patients as members; it gives no line."""
    rows = intake.rows(_MEMBER_COLUMNS, where=lambda _: where)
    where = ""
    for resource in resources(stream):
        if isinstance(resource, Unreadable):
            _refuse(intake, resource)
        elif resource.kind == "Patient":
            where = _place(resource)
            try:
                patient = patient_of(decoder(Party)(resource.raw))
            except (JsonError, ShapeError) as error:
                _refuse_party(intake, resource, error)
                continue
            row = (patient.member_id, patient.birth_date, patient.sex, None)
            if (line := rows.line(resource.row, row)) is not None:
                yield line


def _place(resource: Resource) -> str:
    return resource.where or f"the {resource.kind}"


def _refuse(intake: Intake, found: Unreadable) -> None:
    where = found.where or "the file"
    intake.refuse(found.row, found.problem, found.reason, where=where, unit="resource")


def _refuse_party(intake: Intake, resource: Resource, error: Exception) -> None:
    intake.refuse(
        resource.row,
        f"a {resource.kind} cannot be read",
        str(error),
        where=_place(resource),
        unit="resource",
    )
