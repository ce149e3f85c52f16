"""Replaced and voided claims among lines in columns, whatever readings they come from.

While batches come, only what claims say of themselves is kept, and only where some claim may need
it; `resolve` decides, once. Lines that no longer stand are marked, and left out when repeated lines
of the history have gone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import evolve
from numpy.typing import NDArray

from editwright.evaluator.corrections.in_lines import (
    Claim,
    Corrected,
    Key,
    Outcome,
    agreed,
    resolve,
)
from editwright.evaluator.lines.columns import NO_CODE, NO_DAY, LineColumns
from editwright.evaluator.lines.frequency import ORIGINAL, VOID
from editwright.evaluator.lines.records import numbers_in
from editwright.evaluator.lines.takes import taken
from editwright.evaluator.lines.texts import TextArray, Texts

pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""

REPLACED, VOIDED = 4, 8
"""Marks of lines that no longer stand, beside their correction."""
_KINDS = 3
_MARKS = {"replaced": REPLACED, "voided": VOIDED}

_CLAIM, _WHAT, _MEMBER, _BILLING, _NUMBER, _ORIGINAL, _RECEIVED = range(7)
_TEXTS = {
    _MEMBER: "member_id",
    _BILLING: "billing_provider",
    _NUMBER: "claim_number",
    _ORIGINAL: "original_claim_id",
}


class ClaimFacts:
    """What the claims of one reading say of themselves, as far as corrections may need it."""

    def __init__(self) -> None:
        self.some_correct = False
        """Whether a claim corrects another."""
        self._facts: list[NDArray[np.int32]] = []
        self._texts: dict[int, Sequence[str]] = dict.fromkeys(_TEXTS, ())

    def add(self, batch: LineColumns) -> None:
        """Note a batch of the reading."""
        some_correct = bool(batch.correction.any())
        self.some_correct |= some_correct
        if "claim_number" in batch.codes:
            rows = np.arange(batch.count)
        elif some_correct:
            rows = np.flatnonzero(batch.correction)
        else:
            return
        facts = np.full((len(_TEXTS) + 3, len(rows)), NO_CODE, np.int32)
        facts[_CLAIM], facts[_WHAT] = batch.claim[rows], batch.correction[rows]
        for place, name in _TEXTS.items():
            coded = batch.member_id if place == _MEMBER else batch.codes.get(name)
            if coded is not None:
                facts[place] = coded.numbers[rows]
                if len(coded.texts) > len(self._texts[place]):
                    self._texts[place] = coded.texts
        days = batch.days.get("received_date")
        facts[_RECEIVED] = NO_DAY if days is None else days[rows]
        new = np.ones(len(rows), np.bool_)
        new[1:] = (facts[:, 1:] != facts[:, :-1]).any(axis=0)
        self._facts.append(facts[:, new])

    def facts(self) -> NDArray[np.int32]:
        """All of them, in columns."""
        nothing = np.zeros((len(_TEXTS) + 3, 0), np.int32)
        return np.concatenate([nothing, *self._facts], axis=1)

    def texts(self, place: int) -> TextArray:
        """The texts of one of the facts."""
        texts = self._texts[place]
        return texts.array if isinstance(texts, Texts) else pa.array(texts, pa.large_string())


class Corrections:
    """What has become of the claims of several readings. `corrected` counts what is left out."""

    def __init__(self, readings: Sequence[tuple[ClaimFacts, TextArray]]) -> None:
        """Each reading with the ids of its claims by their numbers."""
        claims, named = _claims(readings)
        found = resolve(claims, _among(named, [ids for _, ids in readings]))
        self._outcomes = found.outcomes
        self._ids = [ids for _, ids in readings]
        self._marks = [_marks(found.outcomes, ids) for ids in self._ids]
        self._seen = [np.zeros(len(marks), np.bool_) for marks in self._marks]
        voids = sum(1 for claim in claims if claim.correction == VOID)
        self.corrected = Corrected(void_claims=voids, unclear_claims=found.unclear)

    def marked_columns(self, reading: int, columns: LineColumns) -> LineColumns:
        """Lines of a reading, with marks on those that no longer stand."""
        return evolve(columns, correction=self._marked(reading, columns.claim, columns.correction))

    def marked_records(self, reading: int, records: pa.RecordBatch) -> pa.RecordBatch:
        """Lines of a reading, with marks on those that no longer stand."""
        marked = self._marked(
            reading, numbers_in(records, "claim"), numbers_in(records, "correction")
        )
        place = records.schema.names.index("correction")
        whole: Any = records
        changed: pa.RecordBatch = whole.set_column(place, "correction", pa.array(marked))
        return changed

    def _marked(
        self, reading: int, claim: NDArray[np.int32], correction: NDArray[np.uint8]
    ) -> NDArray[np.uint8]:
        place = claim.astype(np.int64) * _KINDS + correction
        self._seen[reading][place] = True
        marked: NDArray[np.uint8] = correction | self._marks[reading][place]
        return marked

    def standing(self, reading: int) -> int:
        """How many claims of a reading have lines that stand, when all lines were marked."""
        stands = self._seen[reading] & (self._marks[reading] == 0)
        return int(np.count_nonzero(stands.reshape(-1, _KINDS)[:, :VOID].any(axis=1)))

    def count_claims(self) -> None:
        """Count the claims of all lines that were marked."""
        gone: set[Key] = set()
        for ids, seen, marks in zip(self._ids, self._seen, self._marks, strict=True):
            at = np.flatnonzero(seen & (marks != 0))
            gone |= set(zip(_texts_at(ids, at // _KINDS), (at % _KINDS).tolist(), strict=True))
        what = [self._outcomes[key].what for key in gone]
        self.corrected.replaced_claims = what.count("replaced")
        self.corrected.voided_claims = what.count("voided")

    def left(self, columns: LineColumns) -> LineColumns:
        """The lines that stand; the others are counted."""
        stands = columns.correction < VOID
        if stands.all():
            return columns
        gone = columns.correction[~stands]
        self.corrected.replaced_lines += int(np.count_nonzero(gone & REPLACED))
        self.corrected.voided_lines += int(np.count_nonzero(gone & VOIDED))
        self.corrected.void_lines += int(np.count_nonzero(gone == VOID))
        return taken(columns, np.flatnonzero(stands))


def _claims(readings: Sequence[tuple[ClaimFacts, TextArray]]) -> tuple[list[Claim], TextArray]:
    """The claims that correct, and those that share a number with them; and the claims' ids that
    corrections name."""
    numbers: list[TextArray] = []
    named: list[TextArray] = []
    facts = [of_reading.facts() for of_reading, _ in readings]
    for (of_reading, _), table in zip(readings, facts, strict=True):
        correct = table[:, table[_WHAT] != ORIGINAL]
        numbers.append(_used(of_reading.texts(_NUMBER), correct[_NUMBER]))
        named.append(_used(of_reading.texts(_ORIGINAL), correct[_ORIGINAL]))
    wanted: Any = pa.concat_arrays([*numbers, *named])
    lines: defaultdict[Key, list[tuple[Any, ...]]] = defaultdict(list)
    for (of_reading, ids), table in zip(readings, facts, strict=True):
        asked: Any = pc.is_in(of_reading.texts(_NUMBER), value_set=wanted)
        shared = np.append(asked.to_numpy(zero_copy_only=False).astype(np.bool_), False)
        sharing = np.zeros(len(ids), np.bool_)
        sharing[table[_CLAIM, (table[_WHAT] == ORIGINAL) & shared[table[_NUMBER]]]] = True
        numbered = sharing[table[_CLAIM]] & (table[_NUMBER] != NO_CODE)
        rows = table[:, (table[_WHAT] != ORIGINAL) | numbered]
        texts = [_texts_of(of_reading.texts(place), rows[place]) for place in _TEXTS]
        days = [None if day == NO_DAY else day for day in rows[_RECEIVED].tolist()]
        for claim_id, what, *says in zip(
            _texts_of(ids, rows[_CLAIM]), rows[_WHAT].tolist(), *texts, days, strict=True
        ):
            assert claim_id is not None
            lines[claim_id, what].append(tuple(says))
    return [_claim(key, says) for key, says in lines.items()], pa.concat_arrays(named)


def _claim(key: Key, says: Sequence[tuple[Any, ...]]) -> Claim:
    if len(says) == 1:
        return Claim(key, *says[0])
    *texts, days = zip(*says, strict=True)
    received = max((day for day in days if day is not None), default=None)
    member, billing, number, original = map(agreed, texts)
    return Claim(key, member, billing, number, original, received)


def _used(texts: TextArray, numbers: NDArray[np.int32]) -> TextArray:
    """The texts that numbers stand for."""
    used = np.unique(numbers)
    found: TextArray = texts.take(pa.array(used[used != NO_CODE], pa.int64()))
    return found


def _texts_of(texts: TextArray, numbers: NDArray[np.int32]) -> list[str | None]:
    missing = numbers == NO_CODE
    found: list[str | None] = texts.take(pa.array(numbers, pa.int64(), mask=missing)).to_pylist()
    return found


def _texts_at(texts: TextArray, at: NDArray[np.intp]) -> list[str]:
    some: Any = texts
    found: list[str] = some.take(pa.array(at, pa.int64())).to_pylist()
    return found


def _among(texts: TextArray, ids: Iterable[TextArray]) -> set[str]:
    """Those of the texts that are the ids of claims."""
    found: set[str] = set()
    for each in ids:
        some: Any = each
        found |= set(some.filter(pc.is_in(some, value_set=texts)).to_pylist())
    return found


def _marks(outcomes: Mapping[Key, Outcome], ids: TextArray) -> NDArray[np.uint8]:
    """The mark of each claim by its number and what it does."""
    gone = sorted({claim_id for claim_id, _ in outcomes})
    found: Any = pc.is_in(ids, value_set=pa.array(gone, pa.large_string()))
    at = np.flatnonzero(found.to_numpy(zero_copy_only=False))
    marks = np.zeros(_KINDS * len(ids), np.uint8)
    for place, claim_id in zip(at.tolist(), _texts_at(ids, at), strict=True):
        for correction in range(VOID):
            outcome = outcomes.get((claim_id, correction))
            if outcome is not None:
                marks[_KINDS * place + correction] = _MARKS[outcome.what]
    return marks
