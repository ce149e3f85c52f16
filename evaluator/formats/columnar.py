"""Arrow batches to service lines as columns, with the meaning that `rows` gives to rows.

Columns are converted whole. Only rows that are to be set aside are read one by one, so that the
reasons are those of `rows` as well.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from attrs import evolve, frozen
from numpy.typing import NDArray

from editwright.evaluator.formats import values
from editwright.evaluator.formats.ahead import ahead
from editwright.evaluator.formats.arrow import AnyArray, cells, taken_cells
from editwright.evaluator.formats.column_plan import ABSENT, ColumnPlan, Positions
from editwright.evaluator.formats.columnar_cells import (
    BAD_CODE,
    Bad,
    codes,
    days,
    identifiers,
    line_numbers,
    scaled,
)
from editwright.evaluator.formats.columnar_dates import Days, service_days
from editwright.evaluator.formats.columnar_frequency import corrections_in
from editwright.evaluator.formats.columnar_lists import (
    CodeItems,
    PointerItems,
    RowLists,
    first_items,
    row_lists,
)
from editwright.evaluator.formats.columnar_members import MemberColumns
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.formats.rows import Reading, RowReader, repeated
from editwright.evaluator.formats.seen import SeenLines
from editwright.evaluator.formats.seen_columns import SeenColumns
from editwright.evaluator.kernels.claim_lines import BAD, GOOD, REPEATED, UNREAD
from editwright.evaluator.kernels.code_lists import pointed_at, without_gaps
from editwright.evaluator.lines.columns import (
    NO_CODE,
    NO_DAY,
    NO_NUMBER,
    Coded,
    CodedLists,
    LineColumns,
)
from editwright.evaluator.lines.frequency import FREQUENCIES
from editwright.evaluator.lines.takes import taken
from editwright.evaluator.lines.texts import TextColumn

CODES = (
    "procedure_code", "place_of_service", "revenue_code", "bill_type", "rendering_provider",
    "billing_provider", "group_id", "specialty", "authorization", "frequency_code",
    "original_claim_id", "claim_number", "status",
)  # fmt: skip
"""The columns of codes that are read like each other; `sex` and the lists are not."""


class ColumnsReading:
    """What all the batches of one reading share."""

    def __init__(self, reading: Reading, wanted: frozenset[str]) -> None:
        self.reading = reading
        self.wanted = reading.wanted = wanted
        self.seen = reading.seen = SeenColumns()
        self.texts: defaultdict[str, TextColumn] = defaultdict(TextColumn)
        self.modifiers = CodeItems(reading.memos.each_modifier, self.texts["modifiers"])
        self.diagnoses = CodeItems(Memo("diagnoses", values.diagnosis), self.texts["diagnoses"])
        self.pointers = PointerItems()
        self.members = MemberColumns(reading.members, self.texts["member_id"], self.texts["sex"])


@frozen(slots=True)
class Refused:
    """A row that could not be taken apart into cells."""

    number: int
    problem: str
    reason: str


@frozen(slots=True)
class Batch:
    """Some rows of a source."""

    first_row: int
    """The number of its first row, from 1."""
    rows: int
    column: Callable[[int], AnyArray]
    """The column at a position of the header. Raises `ClaimsError`."""
    where: Callable[[int], str] | None = None
    """Says for people where the row of a number stands, in formats that have no rows."""
    numbers: NDArray[np.int64] | None = None
    """The numbers of the rows, of shape (rows,), where they do not simply follow the first."""
    row: "Callable[[int], tuple[RowReader, Sequence[object]]] | None" = None
    """The cells of a row with what reads it, where rows do not have the same columns."""
    refused: Sequence[Refused] = ()
    """The rows of this part of the source that are not in the batch."""

    def all_numbers(self) -> NDArray[np.int64]:
        if self.numbers is not None:
            return self.numbers
        return np.arange(self.first_row, self.first_row + self.rows, dtype=np.int64)

    def number(self, row: int) -> int:
        return self.first_row + row if self.numbers is None else int(self.numbers[row])


def read_batches(
    batches: Iterable[Batch], names: Sequence[str], rows: RowReader, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines in the batches of a source with these column names.

    Claims are numbered in another thread, while the columns of earlier batches are converted.
    """
    plan = rows.narrow_plan
    for batch, claims in ahead(_numbered_claims(batches, names, plan, shared)):
        yield _BatchReader(batch, claims, names, plan, shared, rows).lines()


def read_batch(
    batch: Batch, names: Sequence[str], plan: ColumnPlan, shared: ColumnsReading
) -> LineColumns:
    """The service lines in one batch, for sources of which some rows are read one by one."""
    ((_, claims),) = _numbered_claims([batch], names, plan, shared)
    return _BatchReader(batch, claims, names, plan, shared).lines()


@frozen(slots=True)
class _Claims:
    """The claims of a batch's rows: their ids, which rows have `none`, and their numbers."""

    ids: AnyArray
    none: NDArray[np.uint8]
    numbers: NDArray[np.int32]


def _numbered_claims(
    batches: Iterable[Batch], names: Sequence[str], plan: ColumnPlan, shared: ColumnsReading
) -> Iterator[tuple[Batch, _Claims]]:
    memo = shared.reading.memos.claim_id
    place = plan.single["claim_id"]
    for batch in batches:
        ids, none = identifiers(names[place], batch.column(place), memo)
        yield batch, _Claims(ids, none, shared.seen.claims(ids, none))


class _BatchReader:
    """Reads one batch: `bad` grows while its columns are converted."""

    def __init__(
        self,
        batch: Batch,
        claims: _Claims,
        names: Sequence[str],
        plan: ColumnPlan,
        shared: ColumnsReading,
        rows: RowReader | None = None,
    ) -> None:
        """`rows` reads the rows that are set aside, where the batch does not say what does."""
        self._batch = batch
        self._claims = claims
        self._names = names
        self._rows = rows
        self._plan = plan
        self._shared = shared
        self._memos = shared.reading.memos
        self._bad = np.zeros(batch.rows, dtype=bool)

    def lines(self) -> LineColumns:
        """The lines that can be read; the other rows are set aside."""
        shared, memos = self._shared, self._memos
        wanted = shared.wanted | self._plan.correcting
        numbers, bad_numbers = self._line_numbers()
        found_codes = {name: self._codes(name) for name in CODES if name in wanted & FREQUENCIES}
        correction = corrections_in(
            found_codes.get("frequency_code"), found_codes.get("bill_type"), self._batch.rows
        )
        unread = self._claims.none.view(bool) | bad_numbers | self._bad
        member_id = self._codes("member_id")
        found_codes |= {name: self._codes(name) for name in CODES if name in wanted - FREQUENCIES}
        found_days = self._service_days()
        found_days = {name: each for name, each in found_days.items() if name in wanted}
        if "received_date" in wanted:
            found_days["received_date"] = self._days("received_date")
        if "sex" in wanted:
            own = self._codes("sex")
            sexes = shared.members.sexes(member_id.numbers, own.numbers)
            found_codes["sex"] = Coded(shared.texts["sex"].texts, sexes)
        if "birth_date" in wanted:
            found_days["birth_date"] = shared.members.birth_dates(
                member_id.numbers, self._days("birth_date")
            )
        found_numbers: dict[str, NDArray[np.int64]] = {}
        inexact: dict[str, dict[int, Any]] = {}
        for name in ("units", "charge"):
            if name in wanted:
                place = self._plan.single[name]
                found_numbers[name], inexact[name] = self._scaled(place, getattr(memos, name))
        found_lists = self._lists(found_codes)
        for name, place in self._plan.declared:
            key = f"declared {name}"
            if key in wanted:
                memo = memos.declared[name]
                match shared.reading.declared_fields[name]:
                    case "number":
                        found_numbers[key], inexact[key] = self._scaled(place, memo)
                    case "date":
                        found_days[key] = self._noted(self._days_at(place, memo))
                    case _:
                        found_codes[key] = self._codes_at(place, memo, key)

        states = np.where(self._bad, np.uint8(BAD), np.uint8(GOOD))
        states[unread] = UNREAD
        shared.seen.take(self._claims.numbers, numbers, states, correction)
        columns = LineColumns(
            count=self._batch.rows,
            claim_ids=self._claims.ids,
            claim=self._claims.numbers,
            line_number=numbers,
            history=np.full(self._batch.rows, shared.reading.history, dtype=np.uint8),
            correction=correction,
            member_id=member_id,
            codes={
                name: each
                for name, each in found_codes.items()
                if name in shared.wanted or name not in FREQUENCIES
            },
            lists=found_lists,
            numbers=found_numbers,
            days=found_days,
            inexact={name: each for name, each in inexact.items() if each},
        )
        if states.any() or self._batch.refused:
            self._set_aside(states, columns)
            columns = taken(columns, np.flatnonzero(states == GOOD))
        shared.reading.line_count += columns.count
        return columns

    def _column(self, position: int) -> tuple[str, AnyArray]:
        return self._names[position], self._batch.column(position)

    def _noted(self, days: Days) -> NDArray[np.int32]:
        self._note(days[1])
        return days[0]

    def _note(self, bad: Bad) -> None:
        if bad is not None:
            self._bad |= bad

    def _line_numbers(self) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
        position, none_bad = self._plan.single["line_number"], np.zeros(self._batch.rows, bool)
        if position == ABSENT:
            return np.full(self._batch.rows, -1, dtype=np.int32), none_bad
        numbers, bad = line_numbers(*self._column(position), self._memos.line_number)
        return numbers, none_bad if bad is None else bad

    def _codes(self, name: str) -> Coded:
        """A column of codes; one that serves in its place is read where they are missing."""
        memo, other = getattr(self._memos, name), self._plan.fallback.get(name, ABSENT)
        numbers = self._code_numbers(self._plan.single[name], memo, name)
        if other != ABSENT:
            others = self._code_numbers(other, memo, name)
            numbers = np.where(numbers == NO_CODE, others, numbers)
        return self._coded(numbers, name)

    def _codes_at(self, position: int, memo: Any, key: str) -> Coded:
        return self._coded(self._code_numbers(position, memo, key), key)

    def _code_numbers(self, position: int, memo: Any, key: str) -> NDArray[np.int32]:
        if position == ABSENT:
            return np.full(self._batch.rows, NO_CODE, dtype=np.int32)
        return codes(*self._column(position), memo, self._shared.texts[key])

    def _coded(self, numbers: NDArray[np.int32], key: str) -> Coded:
        """The column of these numbers, of which the bad ones are noted."""
        bad = numbers == BAD_CODE
        if bad.any():
            self._bad |= bad
            numbers = np.where(bad, np.int32(NO_CODE), numbers)
        return Coded(self._shared.texts[key].texts, numbers)

    def _days_at(self, position: int, memo: Any) -> Days:
        if position == ABSENT:
            return np.full(self._batch.rows, NO_DAY, dtype=np.int32), None
        return days(*self._column(position), memo)

    def _days(self, name: str) -> NDArray[np.int32]:
        return self._noted(self._days_at(self._plan.single[name], getattr(self._memos, name)))

    def _service_days(self) -> dict[str, NDArray[np.int32]]:
        single, fallback, memos = self._plan.single, self._plan.fallback, self._memos
        first, last, bad = service_days(
            self._days_at(single["service_from"], memos.service_from),
            self._days_at(single["service_to"], memos.service_to),
            self._days_at(fallback["service_from"], memos.service_from),
            self._days_at(fallback["service_to"], memos.service_to),
        )
        self._bad |= bad
        return {"service_from": first, "service_to": last}

    def _scaled(self, position: int, memo: Any) -> tuple[NDArray[np.int64], dict[int, Any]]:
        if position == ABSENT:
            return np.full(self._batch.rows, NO_NUMBER, dtype=np.int64), {}
        found = scaled(*self._column(position), memo)
        self._note(found.bad)
        return found.numbers, found.inexact

    def _lists(self, found_codes: dict[str, Coded]) -> dict[str, CodedLists]:
        """The lists that are wanted; the principal diagnosis goes to the codes."""
        shared, wanted, plan = self._shared, self._shared.wanted, self._plan
        found: dict[str, CodedLists] = {}
        if "modifiers" in wanted:
            lists = self._row_lists("modifiers", plan.modifiers, shared.modifiers)
            texts = shared.texts["modifiers"].texts
            found["modifiers"] = CodedLists(
                texts, *without_gaps(lists.offsets, lists.numbers, True)
            )
        if not {"diagnoses", "pointed_diagnoses", "principal_diagnosis"}.isdisjoint(wanted):
            lists = self._row_lists("diagnoses", plan.diagnoses, shared.diagnoses)
            texts = shared.texts["diagnoses"].texts
            if "principal_diagnosis" in wanted:
                found_codes["principal_diagnosis"] = Coded(texts, first_items(lists))
            every = CodedLists(texts, *without_gaps(lists.offsets, lists.numbers, False))
            if "diagnoses" in wanted:
                found["diagnoses"] = every
            if "pointed_diagnoses" in wanted:
                found["pointed_diagnoses"] = self._pointed(lists, every)
        return found

    def _pointed(self, lists: RowLists, every: CodedLists) -> CodedLists:
        """The diagnoses that lines point to; those that point to none have all."""
        if not self._plan.pointers.columns:
            return every
        pointers = self._row_lists("diagnosis_pointers", self._plan.pointers, self._shared.pointers)
        nowhere = np.zeros(self._batch.rows, dtype=np.uint8)
        pointed = pointed_at(
            lists.offsets, lists.numbers, pointers.offsets, pointers.numbers, nowhere
        )
        self._bad |= nowhere.view(bool)
        return CodedLists(every.texts, *pointed)

    def _row_lists(self, name: str, places: Positions, items: CodeItems | PointerItems) -> RowLists:
        columns = [
            (self._names[place], None if place == ABSENT else self._batch.column(place))
            for place in places.columns
        ]
        lists = row_lists(name, columns, self._batch.rows, items, is_list=places.is_list)
        self._bad |= lists.bad
        return lists

    def _set_aside(self, states: NDArray[np.uint8], columns: LineColumns) -> None:
        """Say what is wrong with the rows that are not good, in their order."""
        shared, batch = self._shared, self._batch
        unseen = evolve(shared.reading, seen=SeenLines(), line_count=0)
        at = np.flatnonzero(states != GOOD)
        refused = deque(batch.refused)
        for row, (rows, line) in zip(at.tolist(), self._rows_at(at), strict=True):
            reader = rows.with_reading(unseen)
            reader.where = batch.where
            number = batch.number(row)
            while refused and refused[0].number < number:
                early = refused.popleft()
                reader.refuse_whole(early.number, early.problem, early.reason)
            if states[row] == REPEATED:
                claim_id = self._claims.ids[row].as_py()
                reader.refuse(number, line, repeated(claim_id, int(columns.line_number[row])))
            else:
                found = reader.line(number, line)
                assert found is None, "rows and columns read a line differently"
        for each in refused:
            self._expect_rows().with_reading(unseen).refuse_whole(
                each.number, each.problem, each.reason
            )

    def _rows_at(self, at: NDArray[np.intp]) -> Iterator[tuple[RowReader, Sequence[object]]]:
        """The cells of some rows, each with what reads it."""
        batch = self._batch
        if batch.row is not None:
            yield from map(batch.row, at.tolist())
            return
        rows = self._expect_rows()
        needed = self._plan.positions | {place for _, place in rows.shape.private_places}
        nothing = [None] * len(at)
        table = [
            cells(name, taken_cells(name, batch.column(place), at)) if place in needed else nothing
            for place, name in enumerate(self._names)
        ]
        for line in zip(*table, nothing, strict=True):
            yield rows, line

    def _expect_rows(self) -> RowReader:
        assert self._rows is not None, "the batch does not say what reads its rows"
        return self._rows
