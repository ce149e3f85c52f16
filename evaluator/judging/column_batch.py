"""Service lines as columns to a batch, without an object for any line."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from datetime import date
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.judging.batch import LARGEST, Batch
from editwright.evaluator.kernels.code_lists import gathered
from editwright.evaluator.kernels.order import Order, grouped, positions
from editwright.evaluator.lines.columns import (
    NO_CODE,
    NO_DAY,
    NO_NUMBER,
    SCALE,
    Coded,
    LineColumns,
)
from editwright.evaluator.lines.field_columns import (
    CODE_COLUMNS,
    LIST_COLUMNS,
    RECKONED_FROM,
    VALUE_COLUMNS,
)
from editwright.evaluator.lines.texts import text_array
from editwright.evaluator.meaning.fields_read import different_fields
from editwright.evaluator.meaning.reference import says_denied
from editwright.evaluator.plan.lexicon import FOR_ONE_BATCH, Lexicon, Words
from editwright.evaluator.plan.plan import Plan
from editwright.grammar.checked import FieldRef, Rule

ALWAYS_READ = frozenset(("procedure_code", "service_from", "units", "modifiers", "status"))
"""What every plan or message may ask for."""
EPOCH = date(1970, 1, 1).toordinal()
pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""


At: TypeAlias = "slice | NDArray[np.int32]"
"""Which lines of columns, as positions."""
EVERY_LINE = slice(None)


@frozen(slots=True, eq=False)
class OrderedBatch:
    """A batch, and where its lines came from: `order`, int32 of shape (lines,), are positions in
    the columns. `by_reference`: members with a number that kernels cannot say."""

    batch: Batch
    order: NDArray[np.int32]
    by_reference: NDArray[np.int32]


@frozen(slots=True, eq=False)
class LineOrder:
    """Lines by member, date and what comes next: `order`, int32 of shape (lines,), are positions
    in the columns; `members`, int32, where in it each member starts, and the end. Members come in
    the order of their ids, behind the claims without a member, in the order of theirs."""

    order: NDArray[np.int32]
    members: NDArray[np.int32]


def columns_read(rules: Iterable[Rule]) -> frozenset[str]:
    """The columns that rules and their messages read."""
    fields = different_fields(rules)
    return ALWAYS_READ | {column for each in fields for column in columns_of(each)}


def columns_of(field: FieldRef) -> Iterable[str]:
    """The columns behind a field; none behind a column of the row."""
    if field.row_column is not None:
        return ()
    if field.days is not None:
        return [column for end in field.days for column in columns_of(end)]
    if field.declared:
        return [f"declared {field.name}"]
    if field.many:
        return [LIST_COLUMNS[field.name]]
    if field.type == "code":
        return [CODE_COLUMNS[field.name]]
    return [(VALUE_COLUMNS | RECKONED_FROM)[field.name]]


class Batches:
    """Makes the batches of columns whose lines are in order, share by share: a share's arrays are
    small, and soon used again. Threads may share it."""

    def __init__(self, columns: LineColumns, plan: Plan, lines: LineOrder) -> None:
        self.columns, self.lines = columns, lines
        self._layout = plan.layout
        local: Words = {}
        code = columns.codes["procedure_code"]
        self._code = _Translated.of(code, "procedure code", plan.lexicon, local)
        spaces = [each.kind.noun for each in self._layout.codes if each.kind is not None]
        self._codes = []
        for field, space in zip(self._layout.codes, spaces, strict=True):
            (name,) = columns_of(field)
            column = columns.codes[name]
            if name == "status":  # lines made by hand may have one in capitals
                column = Coded([each.lower() for each in column.texts], column.numbers)
            alone = spaces.count(space) == 1 and not plan.lexicon.knows(space)
            translated = _Translated.of(column, space, None if alone else plan.lexicon, local)
            self._codes.append(translated)
        self._lists = []
        for field in self._layout.lists:
            assert field.kind is not None
            lists = columns.lists[LIST_COLUMNS[field.name]]
            of_texts = _in_lexicon(lists.texts, field.kind.noun, plan.lexicon, local)
            self._lists.append((lists, of_texts))
        self._says_denied = _says_denied(columns)
        self._inexact = self._all_inexact()
        as_they_come = np.arange(columns.count, dtype=np.int32)
        self._as_they_come = bool((lines.order == as_they_come).all())

    @property
    def codes_at_hand(self) -> NDArray[np.int32]:
        """The numbers that the lexicon has for the procedure codes, each once."""
        return self._code.in_lexicon()

    def between(self, first: int, last: int) -> OrderedBatch:
        """The batch of the members from one to before another."""
        columns, layout = self.columns, self._layout
        members = self.lines.members[first : last + 1]
        start, end = int(members[0]), int(members[-1])
        order = self.lines.order[start:end]
        at: At = slice(start, end) if self._as_they_come else order
        count = end - start
        codes = np.empty((len(layout.codes), count), np.int32)
        for row, translated in enumerate(self._codes):
            codes[row] = translated.at(at)
        numbers = np.empty((len(layout.numbers), count), np.int64)
        exact = np.ones(count, np.bool_)
        for row, each in enumerate(layout.numbers):
            numbers[row] = number_column(columns, each, at)
            if each.type == "number":
                missing = numbers[row] == NO_NUMBER
                exact &= missing | (np.abs(numbers[row]) <= LARGEST)
        if len(self._inexact):
            exact &= ~np.isin(order, self._inexact)
        list_start, list_values = self._lists_at(order)
        history = columns.history[at]
        denied = np.zeros(count, np.uint8)
        if self._says_denied is not None and history.any():
            denied = self._says_denied[columns.codes["status"].numbers[at]] & history
        local = members - members[0]
        odd = np.empty(0, np.int32)
        if not exact.all():
            odd = np.unique(np.searchsorted(local, np.flatnonzero(~exact), side="right") - 1)
        batch = Batch(
            day=columns.days["service_from"][at],
            claim=columns.claim[at],
            code=self._code.at(at),
            history=history,
            denied=denied,
            codes=codes,
            numbers=numbers,
            list_start=list_start,
            list_values=list_values,
            members=local,
        )
        return OrderedBatch(batch, order, odd.astype(np.int32))

    def _lists_at(self, order: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        starts = np.empty((len(self._lists), len(order) + 1), np.int32)
        values = [np.empty(0, np.int32)]
        base = 0
        for row, (column, of_texts) in enumerate(self._lists):
            offsets, numbers = gathered(order, column.offsets, column.numbers)
            starts[row] = offsets + base
            values.append(of_texts[numbers])
            base += len(numbers)
        return starts, np.concatenate(values)

    def _all_inexact(self) -> NDArray[np.int32]:
        """The lines with a number that ten-thousandths cannot say."""
        inexact = self.columns.inexact
        named = {column for each in self._layout.numbers for column in columns_of(each)}
        return np.array([line for name in named for line in inexact.get(name, ())], np.int32)


@frozen(slots=True, eq=False)
class _Translated:
    """A column in the numbers of the lexicon. Without `of_texts` its own numbers serve: no rule
    names its texts, which may be many, and they are only told apart."""

    numbers: NDArray[np.int32]
    of_texts: NDArray[np.int32] | None

    @classmethod
    def of(cls, column: Coded, space: str, lexicon: Lexicon | None, local: Words) -> "_Translated":
        if lexicon is None:
            return cls(column.numbers, None)
        return cls(column.numbers, _in_lexicon(column.texts, space, lexicon, local))

    def at(self, at: At) -> NDArray[np.int32]:
        numbers = self.numbers[at]
        if self.of_texts is not None:
            return self.of_texts[numbers]
        found: NDArray[np.int32] = np.where(
            numbers == NO_CODE, np.int32(NO_CODE), numbers + np.int32(FOR_ONE_BATCH)
        )
        return found

    def in_lexicon(self) -> NDArray[np.int32]:
        assert self.of_texts is not None
        return np.unique(self.of_texts[(self.of_texts >= 0) & (self.of_texts < FOR_ONE_BATCH)])


def _in_lexicon(
    texts: Sequence[str], space: str, lexicon: Lexicon, local: Words
) -> NDArray[np.int32]:
    """The numbers of texts in the lexicon, and behind them that of a missing one."""
    return np.array([*lexicon.numbers(space, texts, local), NO_CODE], np.int32)


def _says_denied(columns: LineColumns) -> NDArray[np.uint8] | None:
    """Of which statuses a line of the past says that it was denied; the last is that of none."""
    if "status" not in columns.codes or not columns.history.any():
        return None
    return np.array([*map(says_denied, columns.codes["status"].texts), False], np.uint8)


def line_order(columns: LineColumns, pool: Executor, threads: int) -> LineOrder:
    """The order of lines."""
    group, groups = _groups(columns)
    keys, starts = grouped(group, groups, np.ascontiguousarray(columns.days["service_from"]))
    members = starts[np.append(np.diff(starts) > 0, True)]
    work = Order(
        keys,
        np.ascontiguousarray(columns.claim),
        np.ascontiguousarray(columns.line_number),
        np.ascontiguousarray(columns.history),
        ids_to_compare(columns.claim_ids),
    )
    for _ in pool.map(lambda part: work.sort(members, *part), shares(members, threads)):
        pass
    return LineOrder(positions(keys), members)


def _groups(columns: LineColumns) -> tuple[NDArray[np.int32], int]:
    """The place of each line's member among all, and how many places there are. A claim without
    a member is one by itself."""
    member = columns.member_id
    places = np.append(_places(text_array(member.texts)), np.int32(0))
    groups = len(places) - 1
    alone = np.flatnonzero(member.numbers == NO_CODE)
    if not len(alone):
        return places[member.numbers], groups
    claims = columns.claim[alone]
    first = np.full(int(claims.max()) + 1, -1, np.int64)
    first[claims[::-1]] = alone[::-1]
    present = np.flatnonzero(first >= 0)
    of_claim = np.zeros(len(first), np.int32)
    ids: Any = columns.claim_ids
    of_claim[present] = _places(ids.take(pa.array(first[present])).cast(pa.large_string()))
    group = places[member.numbers] + np.int32(len(present))
    group[alone] = of_claim[claims]
    return group, groups + len(present)


def _places(texts: Any) -> NDArray[np.int32]:
    """The place of each text in their order."""
    places = np.empty(len(texts), np.int32)
    places[pc.sort_indices(texts).to_numpy()] = np.arange(len(texts))
    return places


def shares(members: NDArray[np.int32], parts: int) -> list[tuple[int, int]]:
    """Members, from one to before another, in shares of about as many lines each."""
    count = len(members) - 1
    lines = int(members[-1])
    cuts = np.searchsorted(members, [lines * part // parts for part in range(1, parts)])
    edges = [0, *np.minimum(cuts, count).tolist(), count]
    return [(one, two) for one, two in pairwise(edges) if one < two]


def ids_to_compare(ids: Any) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.uint8]]:
    """Claim ids as `Order` takes them: which id is each line's, where each id starts, and the
    bytes of all."""
    if isinstance(ids, pa.DictionaryArray):
        return ids.indices.to_numpy(), *bytes_of(ids.dictionary)
    return np.arange(len(ids), dtype=np.int32), *bytes_of(ids)


def bytes_of(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text of an Arrow array starts, and the bytes of all; the count at the end."""
    whole: Any = pa.chunked_array(texts) if isinstance(texts, pa.Array) else texts
    if whole.num_chunks == 1 and pa.types.is_large_string(whole.type):
        return _bytes_of_one(whole.chunk(0))
    starts = np.zeros(len(whole) + 1, np.int64)
    data, at, base = [np.empty(0, np.uint8)], 0, 0
    for chunk in whole.chunks:
        if not len(chunk):
            continue
        _, offsets, content = chunk.buffers()
        kind = np.int64 if pa.types.is_large_string(chunk.type) else np.int32
        of_chunk = np.frombuffer(offsets, kind)[chunk.offset : chunk.offset + len(chunk) + 1]
        first, last = int(of_chunk[0]), int(of_chunk[-1])
        np.add(of_chunk[1:], base - first, out=starts[at + 1 : at + 1 + len(chunk)])
        if content is not None:
            data.append(np.frombuffer(content, np.uint8)[first:last])
        base += last - first
        at += len(chunk)
    return starts, np.concatenate(data)


def _bytes_of_one(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """`bytes_of` for one array of large strings, without a copy."""
    _, offsets, content = texts.buffers()
    if not len(texts) or content is None:
        return np.zeros(len(texts) + 1, np.int64), np.empty(0, np.uint8)
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return starts, np.frombuffer(content, np.uint8)


# ---- numbers


def number_column(columns: LineColumns, field: FieldRef, at: At = EVERY_LINE) -> NDArray[np.int64]:
    """A field of numbers or dates on some lines, as `batch.plain_number` has it."""
    if field.days is not None:
        first, last = (number_column(columns, each, at) for each in field.days)
        missing = (first == NO_NUMBER) | (last == NO_NUMBER)
        return np.where(missing, NO_NUMBER, (last - np.where(missing, 0, first)) * SCALE)
    (column,) = columns_of(field)
    if field.name.startswith("age"):
        return _ages(columns, field.name, at)
    if field.name == "number of modifiers" and not field.declared:
        offsets = columns.lists[column].offsets
        return (offsets[1:][at] - offsets[:-1][at]).astype(np.int64) * SCALE
    if field.type == "date":
        days = columns.days[column][at]
        return np.where(days == NO_DAY, NO_NUMBER, days.astype(np.int64))
    return columns.numbers[column][at]


def _ages(columns: LineColumns, name: str, at: At) -> NDArray[np.int64]:
    """Completed years, months or days on the service date: see `dates.completed`."""
    born, day = columns.days["birth_date"][at], columns.days["service_from"][at]
    missing = (born == NO_DAY) | (day == NO_DAY) | (day < born)
    born, day = np.where(missing, 0, born), np.where(missing, 0, day)
    if name == "age in days":
        completed = (day - born).astype(np.int64)
    else:
        months = _months(day) - _months(born)
        completed = months - (_day_of_month(day) < _day_in(born, _months(day)))
        completed = completed if name == "age in months" else completed // 12
    return np.where(missing, NO_NUMBER, completed * SCALE)


def _months(days: NDArray[np.int32]) -> NDArray[np.int64]:
    """Months since January 1970."""
    months: NDArray[np.int64] = (
        days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    )
    return months


def _day_of_month(days: NDArray[np.int32]) -> NDArray[np.int64]:
    whole = days.astype("datetime64[D]")
    day: NDArray[np.int64] = (whole - whole.astype("datetime64[M]")).astype(np.int64) + 1
    return day


def _day_in(born: NDArray[np.int32], months: NDArray[np.int64]) -> NDArray[np.int64]:
    """The day of the month of a birth date in another month, or that month's last day."""
    first = months.astype("datetime64[M]").astype("datetime64[D]")
    last = (months + 1).astype("datetime64[M]").astype("datetime64[D]")
    length = (last - first).astype(np.int64)
    day: NDArray[np.int64] = np.minimum(_day_of_month(born), length)
    return day
