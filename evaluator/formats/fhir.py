"""FHIR (Claim and ExplanationOfBenefit, in JSON) to service lines.

Files of one resource, Bundles, arrays, NDJSON of any mix of types. Each item of each claim
becomes a row, or is set aside with its place. Before the first claim is read, all files of the
input are gone through for the patients and providers that claims refer to.
"""

import io
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.formats.fhir_claim import (
    COLUMNS,
    ClaimRows,
    Row,
)
from editwright.evaluator.formats.fhir_decode import (
    JsonError,
    ShapeError,
    VersionError,
    decode_claim,
)
from editwright.evaluator.formats.fhir_parties import Parties, gather, party_of, patient_of
from editwright.evaluator.formats.fhir_resources import (
    CLAIM_KINDS,
    PARTY_KINDS,
    Resource,
    Unreadable,
    resources,
)
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.laid_down import LaidDown
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar.collector import collection_paused

_BATCH_ROWS = 1 << 14
_EXPLAINED = (
    "an ExplanationOfBenefit answers a Claim that is among the claims too; it was passed over, or "
    "the claim would count twice"
)
_MEMBER_COLUMNS = ("member_id", "birth_date", "sex")


def fhir_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a FHIR file; of a file of members the patients in it."""
    if intake.key == "member_id":
        yield from _patients(stream, intake)
        return
    for batch in fhir_batches(source, stream, intake):
        rows = intake.rows(COLUMNS, where=batch.where)
        for number, row in enumerate(batch.whole_rows(), batch.first_row):
            if (line := rows.line(number, row)) is not None:
                yield line


def fhir_batches(
    source: Source, stream: io.BufferedReader, intake: Intake, *, charges: bool = True
) -> "Iterator[RowBatch]":
    """The rows of a FHIR file, some thousands at a time; `charges` are in them if wanted."""
    claims = _Claims(source, intake, charges=charges)
    with claims.read_before(stream) as again:
        found = resources(again)
        more = True
        while more:
            with collection_paused():
                more = claims.take_some(found)
            if claims.batch.rows:
                yield claims.next_batch()


class RowBatch:
    """Some rows, and where their items stand."""

    def __init__(self, first_row: int) -> None:
        self.first_row = first_row
        self.heads: list[Row] = []
        """What each claim says."""
        self.ends: list[int] = []
        """How many rows there are up to the end of each claim."""
        self.rows: list[Row] = []
        """What each item says."""
        self._places: list[tuple[str, Sequence[int]]] = []
        """Where each claim stands, and the indexes of the items that have rows."""

    def end_claim(self, head: Row, where: str, indexes: Sequence[int]) -> None:
        """Note the claim whose rows these were."""
        self.heads.append(head)
        self.ends.append(len(self.rows))
        self._places.append((where, indexes))

    def counts(self) -> NDArray[np.int64]:
        """How many rows each claim has."""
        ends: NDArray[np.int64] = np.array([0, *self.ends], dtype=np.int64)
        return ends[1:] - ends[:-1]

    def whole_rows(self) -> Iterator[Row]:
        """The rows in the order of `COLUMNS`, with `None` at their ends."""
        heads = chain.from_iterable(map(repeat, self.heads, self.counts().tolist()))
        return ((*head, *row, None) for head, row in zip(heads, self.rows, strict=True))

    def where(self, number: int) -> str:
        at = number - self.first_row
        claim = bisect_right(self.ends, at)
        where, indexes = self._places[claim]
        return _item_place(where, indexes[at - self.ends[claim]])


class _Claims:
    """Collects the rows of claims, and hands everything else to the intake."""

    def __init__(self, source: Source, intake: Intake, *, charges: bool) -> None:
        self._charges = charges
        self.batch = RowBatch(1)
        self._intake = intake
        self._parties: Parties = intake.learn(gather)
        self._source = source
        if not self._parties.claims_are_there:
            raise _without_claims(source)

    @contextmanager
    def read_before(self, stream: io.BufferedReader) -> Iterator[io.BufferedReader]:
        """The stream; one that can be read but once is laid down in a file, and gone through for
        the parties in it: a Bundle has its Claim first."""
        if self._source.reopens:
            yield stream
            return
        laid_down = LaidDown(stream, self._source.name)
        with laid_down.open() as first:
            self._parties.learn_each(self._source.name, resources(first))
        if not self._parties.claims_are_there:
            raise _without_claims(self._source)
        if self._parties.answers_are_there:
            with laid_down.open() as second:
                self._parties.learn_claims(resources(second))
        with laid_down.open() as again:
            yield again

    def next_batch(self) -> RowBatch:
        """The batch that is collected, and an empty one in its place."""
        batch = self.batch
        self.batch = RowBatch(batch.first_row + len(batch.rows))
        return batch

    def take_some(self, found: Iterator[Resource | Unreadable]) -> bool:
        """Take in resources until the batch is full; whether there may be more of them."""
        for resource in found:
            self._take(resource)
            if len(self.batch.rows) >= _BATCH_ROWS:
                return True
        return False

    def _take(self, resource: Resource | Unreadable) -> None:
        if isinstance(resource, Unreadable):
            _refuse(self._intake, resource)
        elif resource.kind in CLAIM_KINDS:
            self._take_claim(resource)
        elif resource.kind not in PARTY_KINDS:
            kind = resource.kind
            self._intake.warn(f"a resource of the type {kind} was passed over", _place(resource))
        else:
            self._take_party(resource)

    def _take_claim(self, resource: Resource) -> None:
        try:
            claim, url, bad_items = decode_claim(
                resource.raw, in_entry=resource.in_entry, amounts=self._charges
            )
        except (JsonError, ShapeError, VersionError) as error:
            kind = "JSON" if isinstance(error, JsonError) else "as FHIR says"
            self._intake.refuse(
                resource.row,
                f"a claim is not {kind}",
                str(error),
                where=_place(resource),
                unit="claim",
            )
            return
        claim_rows = ClaimRows(claim, self._parties, url, charges=self._charges)
        if claim_rows.explains_one_of(self._parties.claims):
            self._intake.warn(_EXPLAINED, _place(resource))
            return
        for oddity in claim_rows.oddities():
            self._intake.warn(oddity, _place(resource))
        batch, where = self.batch, resource.where
        for index, item in enumerate(claim.item):
            if index in bad_items:
                self._intake.refuse(
                    resource.row,
                    "an item is not as FHIR says",
                    str(bad_items[index]),
                    where=_item_place(where, index),
                )
                continue
            row, oddities = claim_rows.row(item)
            for oddity in oddities:
                self._intake.warn(oddity, _item_place(where, index))
            batch.rows.append(row)
        indexes = range(len(claim.item))
        read = [each for each in indexes if each not in bad_items] if bad_items else indexes
        batch.end_claim(claim_rows.head, where, read)

    def _take_party(self, resource: Resource) -> None:
        """A party is known already, and so is what is wrong with it."""
        problem = self._parties.unread.pop((self._intake.source, resource.where), None)
        if problem is not None:
            _refuse_party(self._intake, resource, problem)


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
                patient = patient_of(party_of(resource)[0])
            except (JsonError, ShapeError) as error:
                _refuse_party(intake, resource, str(error))
                continue
            row = (patient.member_id, patient.birth_date, patient.sex, None)
            if (line := rows.line(resource.row, row)) is not None:
                yield line


def _without_claims(source: Source) -> ClaimsError:
    return ClaimsError(
        f"{source.name} is FHIR, and holds no Claim and no ExplanationOfBenefit",
        "give the claims; a file of Patient resources alone belongs behind --members",
    )


def _item_place(where: str, index: int) -> str:
    return f"{where}, item[{index}]" if where else f"item[{index}]"


def _place(resource: Resource) -> str:
    return resource.where or f"the {resource.kind}"


def _refuse(intake: Intake, found: Unreadable) -> None:
    where = found.where or "the file"
    intake.refuse(found.row, found.problem, found.reason, where=where, unit="resource")


def _refuse_party(intake: Intake, resource: Resource, reason: str) -> None:
    intake.refuse(
        resource.row,
        f"a {resource.kind} cannot be read",
        reason,
        where=_place(resource),
        unit="resource",
    )
