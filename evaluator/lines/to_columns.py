"""Service lines to columns and back."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import (
    NO_CODE,
    NO_DAY,
    NO_NUMBER,
    SCALE,
    Coded,
    CodedLists,
    LineColumns,
    in_ten_thousandths,
)
from editwright.evaluator.lines.frequency import TELLING, correction_of
from editwright.evaluator.lines.service_line import NOTHING_DECLARED, DeclaredValue, ServiceLine
from editwright.evaluator.lines.texts import TextArray, TextColumn

CODES = (
    "procedure_code", "sex", "place_of_service", "revenue_code", "bill_type",
    "principal_diagnosis", "rendering_provider", "billing_provider", "group_id", "specialty",
    "authorization", "frequency_code", "original_claim_id", "claim_number", "status",
)  # fmt: skip
LISTS = ("modifiers", "diagnoses", "pointed_diagnoses")
NUMBERS = ("units", "charge")
DAYS = ("service_from", "service_to", "received_date", "birth_date")

_DECLARED = "declared "
_EPOCH = date(1970, 1, 1).toordinal()
_TEXTS_OF: Mapping[str, str] = dict.fromkeys(
    ("pointed_diagnoses", "principal_diagnosis"), "diagnoses"
)
"""Columns whose texts are those of another column."""
_MOST = 10**10 * SCALE
_NO_FIELDS: Mapping[str, str] = MappingProxyType({})


def scaled_number(number: Decimal | None) -> int | None:
    """A number in ten-thousandths, or `NO_NUMBER`; `None` if those cannot say it exactly."""
    if number is None:
        return NO_NUMBER
    found = in_ten_thousandths(number)
    return found if found is not None and abs(found) < _MOST else None


def columns_of(
    lines: Sequence[ServiceLine],
    wanted: Collection[str],
    *,
    declared: Mapping[str, str] = _NO_FIELDS,
    texts: defaultdict[str, TextColumn] | None = None,
    claims: Callable[[TextArray], NDArray[np.int32]] | None = None,
) -> LineColumns:
    """The lines as columns, those that are wanted and those that tell which claims are corrected.

    `declared` gives the type (code, text, number, date) of each declared field. Lines of one
    reading share their `texts` and what numbers their `claims`.
    """
    texts = defaultdict(TextColumn) if texts is None else texts
    names = {name: _reader(name) for name in (*wanted, *_correcting(lines))}
    kinds = {f"{_DECLARED}{name}": kind for name, kind in declared.items()}
    claim_ids = pa.array([line.claim_id for line in lines], pa.large_string())
    inexact: dict[str, dict[int, Decimal]] = {}
    numbers: dict[str, NDArray[np.int64]] = {}
    codes: dict[str, Coded] = {}
    days: dict[str, NDArray[np.int32]] = {}
    lists: dict[str, CodedLists] = {}
    for name, read in names.items():
        column = texts[_TEXTS_OF.get(name, name)]
        if name in CODES or kinds.get(name) in ("code", "text"):
            codes[name] = _coded([read(line) for line in lines], column)
        elif name in LISTS:
            lists[name] = _coded_lists([read(line) for line in lines], column)
        elif name in NUMBERS or kinds.get(name) == "number":
            numbers[name], odd = _scaled([read(line) for line in lines])
            if odd:
                inexact[name] = odd
        elif name in DAYS or kinds.get(name) == "date":
            days[name] = _days([read(line) for line in lines])
    return LineColumns(
        count=len(lines),
        claim_ids=claim_ids,
        claim=(claims or TextColumn().number)(claim_ids),
        line_number=np.array([line.line_number for line in lines], dtype=np.int32),
        history=np.array([line.history for line in lines], dtype=np.uint8),
        correction=np.array(
            [correction_of(line.frequency_code, line.bill_type) for line in lines], dtype=np.uint8
        ),
        member_id=_coded([line.member_id for line in lines], texts["member_id"]),
        codes=codes,
        lists=lists,
        numbers=numbers,
        days=days,
        inexact=inexact,
    )


def lines_of(columns: LineColumns, positions: Sequence[int] | NDArray[Any]) -> list[ServiceLine]:
    """The lines at these positions; what was not read is missing."""
    at = np.asarray(positions, dtype=np.intp)
    values: dict[str, Sequence[Any]] = {
        **{name: _texts_at(codes, at) for name, codes in columns.codes.items()},
        **{name: _lists_at(lists, at) for name, lists in columns.lists.items()},
        **{name: [_date(day) for day in days[at].tolist()] for name, days in columns.days.items()},
        **{name: _numbers_at(columns, name, at) for name in columns.numbers},
    }
    declared = [name for name in values if name.startswith(_DECLARED)]
    attributes = [name for name in values if not name.startswith(_DECLARED)]
    members = _texts_at(columns.member_id, at)
    claim_ids: list[Any] = columns.claim_ids.take(pa.array(at, pa.int64())).to_pylist()
    return [
        ServiceLine(
            claim_id=claim_ids[row],
            line_number=int(columns.line_number[place]),
            member_id=members[row],
            history=bool(columns.history[place]),
            declared=_declared(declared, values, row),
            **{name: values[name][row] for name in attributes},
        )
        for row, place in enumerate(at.tolist())
    ]


def _correcting(lines: Sequence[ServiceLine]) -> Iterator[str]:
    """The columns that tell which claims are corrected, as far as they are needed."""
    numbered = any(line.claim_number is not None for line in lines)
    naming = any(line.original_claim_id is not None for line in lines)
    if numbered:
        yield "claim_number"
    if naming:
        yield "original_claim_id"
    if numbered or naming:
        yield from sorted(TELLING)


def _reader(name: str) -> Callable[[ServiceLine], Any]:
    if name.startswith(_DECLARED):
        field = name.removeprefix(_DECLARED)
        return lambda line: line.declared.get(field)
    return lambda line: getattr(line, name)


def _coded(values: Sequence[str | None], column: TextColumn) -> Coded:
    numbers = column.number_each(values)
    return Coded(column.texts, numbers)


def _coded_lists(values: Sequence[Sequence[str]], column: TextColumn) -> CodedLists:
    offsets = np.zeros(len(values) + 1, dtype=np.int32)
    np.cumsum([len(each) for each in values], out=offsets[1:])
    numbers = column.number_each([text for each in values for text in each])
    return CodedLists(column.texts, offsets, numbers)


def _scaled(values: Sequence[Decimal | None]) -> tuple[NDArray[np.int64], dict[int, Decimal]]:
    found = [scaled_number(value) for value in values]
    odd = {
        row: value for row, value in enumerate(values) if value is not None and found[row] is None
    }
    return np.array([NO_NUMBER if each is None else each for each in found], np.int64), odd


def _days(values: Sequence[date | None]) -> NDArray[np.int32]:
    found = [NO_DAY if each is None else each.toordinal() - _EPOCH for each in values]
    return np.array(found, dtype=np.int32)


def _texts_at(codes: Coded, at: NDArray[np.intp]) -> list[str | None]:
    found: dict[int, str | None] = {NO_CODE: None}
    numbers: list[int] = codes.numbers[at].tolist()
    for number in set(numbers) - {NO_CODE}:
        found[number] = codes.texts[number]
    return [found[number] for number in numbers]


def _lists_at(lists: CodedLists, at: NDArray[np.intp]) -> list[tuple[str, ...]]:
    texts, offsets, numbers = lists.texts, lists.offsets, lists.numbers
    return [
        tuple(texts[int(each)] for each in numbers[offsets[place] : offsets[place + 1]])
        for place in at.tolist()
    ]


def _numbers_at(columns: LineColumns, name: str, at: NDArray[np.intp]) -> list[Decimal | None]:
    inexact = columns.inexact.get(name, {})
    return [
        inexact.get(place) if number == NO_NUMBER else _number(number)
        for place, number in zip(at.tolist(), columns.numbers[name][at].tolist(), strict=True)
    ]


def _number(scaled: int) -> Decimal:
    whole, rest = divmod(scaled, SCALE)
    return Decimal(whole) if not rest else (Decimal(scaled) / SCALE).normalize()


def _date(day: int) -> date | None:
    return None if day == NO_DAY else date.fromordinal(day + _EPOCH)


def _declared(
    names: Sequence[str], values: Mapping[str, Sequence[Any]], row: int
) -> Mapping[str, DeclaredValue]:
    found = {
        name.removeprefix(_DECLARED): values[name][row]
        for name in names
        if values[name][row] is not None
    }
    return found or NOTHING_DECLARED
