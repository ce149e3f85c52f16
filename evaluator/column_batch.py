"""Service lines as columns to a batch, without an object for any line."""

from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.batch import LARGEST, Batch
from editwright.evaluator.kernels.code_lists import gathered
from editwright.evaluator.kernels.order import Order, grouped
from editwright.evaluator.lexicon import FOR_ONE_BATCH, Lexicon, Words
from editwright.evaluator.line_columns import (
    NO_CODE,
    NO_DAY,
    NO_NUMBER,
    SCALE,
    Coded,
    CodedLists,
    LineColumns,
)
from editwright.evaluator.plan import Plan
from editwright.evaluator.reference import says_denied
from editwright.evaluator.summary import different_fields
from editwright.grammar.checked import FieldRef, Rule

CODE_COLUMNS = {
    "sex": "sex",
    "place": "place_of_service",
    "principal diagnosis": "principal_diagnosis",
    "specialty": "specialty",
    "provider": "rendering_provider",
    "billing provider": "billing_provider",
    "group": "group_id",
    "revenue code": "revenue_code",
    "bill type": "bill_type",
    "authorization": "authorization",
    "status": "status",
    "code": "procedure_code",
}
"""The columns behind the fields that are codes or texts."""
LIST_COLUMNS = {
    "modifier": "modifiers",
    "diagnosis": "pointed_diagnoses",
    "claim diagnosis": "diagnoses",
}
"""The columns behind the fields that are lists."""
NUMBER_COLUMNS = {
    "units": ("units",),
    "charge": ("charge",),
    "received": ("received_date",),
    "date": ("service_from",),
    "number of modifiers": ("modifiers",),
    "age": ("birth_date",),
    "age in months": ("birth_date",),
    "age in days": ("birth_date",),
}
"""The columns behind the fields that are numbers or dates."""
ALWAYS_READ = frozenset(("procedure_code", "service_from", "units", "modifiers", "status"))
"""What every plan or message may ask for."""
EPOCH = date(1970, 1, 1).toordinal()


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
    in the columns; `members`, int32, where in it each member starts, and the end."""

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
    return NUMBER_COLUMNS[field.name]


def ordered_batch(
    columns: LineColumns, plan: Plan, lines: LineOrder, pool: Executor
) -> OrderedBatch:
    """The batch of columns whose lines are in this order."""
    order, members = lines.order, lines.members
    same = bool((order == np.arange(len(order), dtype=np.int32)).all())

    def gather(values: NDArray[Any]) -> NDArray[Any]:
        return values if same else values[order]

    plain = pool.map(
        lambda values: np.ascontiguousarray(gather(values)),
        (columns.days["service_from"], columns.claim, columns.history, _denied(columns)),
    )
    local: Words = {}
    layout, lexicon = plan.layout, plan.lexicon
    codes = np.empty((len(layout.codes), columns.count), np.int32)

    spaces = [each.kind.noun for each in layout.codes if each.kind is not None]

    def translate(at: int) -> None:
        (column,) = columns_of(layout.codes[at])
        alone = spaces.count(spaces[at]) == 1 and not lexicon.knows(spaces[at])
        compared = columns.codes[column]
        if column == "status":  # lines made by hand may have one in capitals
            compared = Coded([each.lower() for each in compared.texts], compared.numbers)
        found = (
            _as_they_are(compared) if alone else _translated(compared, spaces[at], lexicon, local)
        )
        codes[at] = gather(found)

    translated = pool.map(translate, range(len(layout.codes)))
    lists = pool.submit(_lists, columns, plan, order, same, local)
    code = gather(_translated(columns.codes["procedure_code"], "procedure code", lexicon, local))
    numbers = np.empty((len(layout.numbers), columns.count), np.int64)
    exact = np.ones(columns.count, np.bool_)
    for at, each in enumerate(layout.numbers):
        found = number_column(columns, each)
        if each.type == "number":
            exact &= (found == NO_NUMBER) | (np.abs(found) <= LARGEST)
        numbers[at] = gather(found)
        for column in columns_of(each):
            exact[list(columns.inexact.get(column, ()))] = False
    list(translated)
    starts, values = lists.result()
    day, claim, history, denied = plain
    batch = Batch(
        day=day,
        claim=claim,
        code=np.ascontiguousarray(code),
        history=history,
        denied=denied,
        codes=codes,
        numbers=numbers,
        list_start=starts,
        list_values=values,
        members=members,
    )
    odd = np.empty(0, np.int32)
    if not exact.all():
        at_fault = np.flatnonzero(~gather(exact))
        odd = np.unique(np.searchsorted(members, at_fault, side="right") - 1).astype(np.int32)
    return OrderedBatch(batch, order, odd)


def _groups(columns: LineColumns) -> tuple[NDArray[np.int32], int]:
    """The member of each line, or its claim where there is none, as one numbering."""
    member = columns.member_id.numbers
    known = len(columns.member_id.texts)
    if not (member == NO_CODE).any():
        return member, known
    group = np.where(member == NO_CODE, columns.claim + known, member).astype(np.int32)
    return group, known + int(columns.claim.max(initial=-1)) + 1


def line_order(columns: LineColumns, pool: Executor, threads: int) -> LineOrder:
    """The order of lines, members in the order in which their first lines come."""
    group, groups = _groups(columns)
    order, starts = grouped(np.ascontiguousarray(group), groups)
    members = starts[np.append(np.diff(starts) > 0, True)]
    id_start, id_bytes = bytes_of(columns.claim_ids)
    work = Order(
        np.ascontiguousarray(columns.days["service_from"]),
        np.ascontiguousarray(columns.claim),
        np.ascontiguousarray(columns.line_number),
        np.ascontiguousarray(columns.history),
        id_start,
        id_bytes,
        order,
    )
    for _ in pool.map(lambda part: work.sort(members, *part), shares(members, threads)):
        pass
    return LineOrder(order, members)


def shares(members: NDArray[np.int32], parts: int) -> list[tuple[int, int]]:
    """Members, from one to before another, in shares of about as many lines each."""
    count = len(members) - 1
    lines = int(members[-1])
    cuts = np.searchsorted(members, [lines * part // parts for part in range(1, parts)])
    edges = [0, *np.minimum(cuts, count).tolist(), count]
    return [(one, two) for one, two in pairwise(edges) if one < two]


def bytes_of(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Where each text of an Arrow array starts, and the bytes of all; the count at the end."""
    import pyarrow as pa

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


def _as_they_are(column: Coded) -> NDArray[np.int32]:
    """Numbers for texts that no rule names: authorizations are many, and only told apart."""
    found: NDArray[np.int32] = np.where(
        column.numbers == NO_CODE, np.int32(NO_CODE), column.numbers + np.int32(FOR_ONE_BATCH)
    )
    return found


def _bytes_of_one(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """`bytes_of` for one array of large strings, without a copy."""
    _, offsets, content = texts.buffers()
    if not len(texts) or content is None:
        return np.zeros(len(texts) + 1, np.int64), np.empty(0, np.uint8)
    starts = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + len(texts) + 1]
    return starts, np.frombuffer(content, np.uint8)


def _translated(column: Coded, space: str, lexicon: Lexicon, local: Words) -> NDArray[np.int32]:
    """A column's numbers in the lexicon's."""
    known = np.array([*lexicon.numbers(space, column.texts, local), NO_CODE], np.int32)
    found: NDArray[np.int32] = known[column.numbers]
    return found


def _lists(
    columns: LineColumns, plan: Plan, order: NDArray[np.int32], same: bool, local: Words
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    layout = plan.layout
    starts = np.empty((len(layout.lists), columns.count + 1), np.int32)
    values = [np.empty(0, np.int32)]
    base = 0
    for at, each in enumerate(layout.lists):
        assert each.kind is not None
        column: CodedLists = columns.lists[LIST_COLUMNS[each.name]]
        of_column, numbers = column.offsets, column.numbers
        if not same:
            of_column, numbers = gathered(order, of_column, numbers)
        known = np.array(
            [*plan.lexicon.numbers(each.kind.noun, column.texts, local), NO_CODE], np.int32
        )
        starts[at] = of_column + base
        values.append(known[numbers])
        base += len(numbers)
    return starts, np.concatenate(values)


def _denied(columns: LineColumns) -> NDArray[np.uint8]:
    """History lines that say they were denied."""
    if "status" not in columns.codes or not columns.history.any():
        return np.zeros(columns.count, np.uint8)
    status = columns.codes["status"]
    says = np.array([*map(says_denied, status.texts), False], np.uint8)
    return says[status.numbers] & columns.history


# ---- numbers


def number_column(columns: LineColumns, field: FieldRef) -> NDArray[np.int64]:
    """A field of numbers or dates, as `batch.plain_number` has it."""
    if field.days is not None:
        first, last = (number_column(columns, each) for each in field.days)
        missing = (first == NO_NUMBER) | (last == NO_NUMBER)
        return np.where(missing, NO_NUMBER, (last - np.where(missing, 0, first)) * SCALE)
    (column,) = columns_of(field)
    if field.name.startswith("age"):
        return _ages(columns, field.name)
    if field.name == "number of modifiers" and not field.declared:
        return np.diff(columns.lists[column].offsets).astype(np.int64) * SCALE
    if field.type == "date":
        days = columns.days[column]
        return np.where(days == NO_DAY, NO_NUMBER, days.astype(np.int64))
    return columns.numbers[column]


def _ages(columns: LineColumns, name: str) -> NDArray[np.int64]:
    """Completed years, months or days on the service date: see `dates.completed`."""
    born, day = columns.days["birth_date"], columns.days["service_from"]
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
