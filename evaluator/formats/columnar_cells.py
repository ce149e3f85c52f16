"""One Arrow column to numbers: what repeats is converted once, by the memos that rows use.

Every function gives one number for each row and marks the rows whose cell cannot be read.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.formats import values
from editwright.evaluator.formats.arrow import (
    AnyArray,
    bits_of,
    distinct_cells,
    encoded,
    missing,
    positions,
    readable,
    taken_cells,
    values_of,
    whole_positions,
)
from editwright.evaluator.formats.json_values import JsonValues
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.formats.problems import BadValue
from editwright.evaluator.kernels.arrow_cells import (
    days_within,
    looked_up,
    scaled_within,
    within,
)
from editwright.evaluator.kernels.text_marks import DOTTED, LOWER_CASE, UNPLAIN, text_marks
from editwright.evaluator.kernels.text_values import (
    BLANK,
    DONE,
    LEFT,
    text_days,
    text_decimals,
)
from editwright.evaluator.lines.columns import NO_CODE, NO_DAY, NO_NUMBER, SCALE
from editwright.evaluator.lines.texts import TextColumn, text_array, text_buffers
from editwright.evaluator.lines.to_columns import scaled_number

Number = TypeVar("Number", bound=np.generic)
Bad: TypeAlias = "NDArray[np.bool_] | None"
"""Where a cell cannot be read, bool of shape (rows,); `None` if all can."""

BAD_CODE = -2
"""The number of a cell that cannot be read."""

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY = date(values.FIRST_YEAR, 1, 1).toordinal() - _EPOCH
_LAST_DAY = date(values.LAST_YEAR, 12, 31).toordinal() - _EPOCH
_MOST = 10**10
"""From here on a number is not counted in ten-thousandths."""

_SAME: dict[Callable[..., object], int] = {
    values.identifier: UNPLAIN,
    values.exact_text: UNPLAIN,
    values.code: UNPLAIN | LOWER_CASE,
    values.whole_code: UNPLAIN | LOWER_CASE | DOTTED,
    values.provider: UNPLAIN | LOWER_CASE | DOTTED,
    values.procedure: UNPLAIN | LOWER_CASE | DOTTED,
    values.diagnosis: UNPLAIN | LOWER_CASE | DOTTED,
    values.modifier: UNPLAIN | LOWER_CASE | DOTTED,
    values.place: UNPLAIN | LOWER_CASE | DOTTED,
    values.specialty: UNPLAIN | LOWER_CASE | DOTTED,
    values.revenue_code: UNPLAIN | LOWER_CASE | DOTTED,
    values.bill_type: UNPLAIN | LOWER_CASE | DOTTED,
}
"""Conversions that leave texts without these marks as they are, if their length is right."""

_LENGTH: dict[Callable[..., object], int] = {
    values.procedure: 5,  # shorter ones are remarked on
    values.modifier: 2,
    values.place: 2,
    values.specialty: 2,
    values.revenue_code: 4,
    values.bill_type: 3,
}
"""The length that texts must have for some of these conversions to leave them alone."""


class Unreadable:
    """Stands for a value that cannot be read."""


UNREADABLE = Unreadable()


@frozen(slots=True, eq=False)
class Scaled:
    """A column of numbers as `LineColumns` has them."""

    numbers: NDArray[np.int64]
    inexact: dict[int, Decimal]
    bad: Bad


def convert_each(cells: Sequence[object], memo: Memo[Any]) -> list[Any]:
    """The cells converted; `UNREADABLE` for those that cannot be read."""
    converted: list[Any] = []
    for cell in cells:
        try:
            converted.append(memo[cell])
        except (BadValue, TypeError):  # a list or an object cannot be looked up
            converted.append(UNREADABLE)
    return converted


def codes(
    name: str,
    column: AnyArray,
    memo: Memo[Any],
    texts: TextColumn,
    out: NDArray[np.int32] | None = None,
) -> NDArray[np.int32]:
    """A column of texts as numbers in `texts`; `NO_CODE` for missing, `BAD_CODE` for bad cells.
    They are written to `out`, int32 of shape (rows,), where it is given."""
    if out is None:
        out = np.empty(len(column), dtype=np.int32)
    with readable(name, column):
        if _is_text(column.type):
            _number_texts(column, memo, texts, out)
        elif not _has_texts(column.type):
            at, cells = distinct_cells(name, column)
            np.take(code_numbers(convert_each(cells, memo), texts), at, out=out)
        else:
            plain = encoded(column)
            known = texts.dictionary(
                name, plain.dictionary, lambda: _of_dictionary(plain.dictionary, memo, texts)
            )
            looked_up(whole_positions(plain), *bits_of(plain.indices), known, NO_CODE, out)
    return out


def code_numbers(converted: Sequence[Any], texts: TextColumn) -> NDArray[np.int32]:
    """Converted cells as numbers in `texts`."""
    numbers = texts.number_each([None if each is UNREADABLE else each for each in converted])
    if UNREADABLE in converted:
        numbers[[each is UNREADABLE for each in converted]] = BAD_CODE
    return numbers


def identifiers(
    name: str, column: AnyArray, memo: Memo[str | None]
) -> tuple[AnyArray, NDArray[np.uint8]]:
    """A column of ids as texts, and which rows have no id: uint8 of shape (rows,)."""
    with readable(name, column):
        if not pa.types.is_integer(column.type) and not _has_texts(column.type):
            at, cells = distinct_cells(name, column)
            texts = _repaired(cells, memo).take(pa.array(at, pa.int64()))
            return texts, missing(texts)
        texts = column if _is_text(column.type) else column.cast(pa.large_string())
        none = missing(texts)
        unplain = (text_marks(*text_buffers(texts)) & UNPLAIN).view(bool) & ~none.view(bool)
        if not unplain.any():
            return texts, none
        texts = texts.cast(pa.large_string())
        odd = texts.filter(pa.array(unplain)).dictionary_encode()
        repaired = _repaired(odd.dictionary.to_pylist(), memo).take(odd.indices)
        texts = pc.replace_with_mask(texts, pa.array(unplain), repaired)
    return texts, missing(texts)


def _repaired(cells: Sequence[object], memo: Memo[str | None]) -> AnyArray:
    converted = convert_each(cells, memo)
    return text_array([None if each is UNREADABLE else each for each in converted])


def days(name: str, column: AnyArray, memo: Memo[date | None]) -> tuple[NDArray[np.int32], Bad]:
    """A column of dates as days since 1970-01-01; `NO_DAY` for missing ones."""
    kind = column.type
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        with readable(name, column):
            found = column.cast(pa.date32())
        numbers, outside, some_outside = days_within(
            values_of(found, "i4"), *bits_of(found), _FIRST_DAY, _LAST_DAY, NO_DAY
        )
        return numbers, outside.view(bool) if some_outside else None
    if _is_text(kind):
        numbers, states = text_days(*text_buffers(column), values.FIRST_YEAR, values.LAST_YEAR)
        numbers[(states == BLANK) | missing(column).view(bool)] = NO_DAY
        return _with_the_rest(name, column, memo, numbers, states, _day)
    at, cells = distinct_cells(name, column)
    converted = convert_each(cells, memo)
    return _spread(converted, at, _day, np.int32)


def _with_the_rest(
    name: str,
    column: AnyArray,
    memo: Memo[Any],
    numbers: NDArray[Number],
    states: NDArray[np.uint8],
    number: Callable[[Any], int],
) -> tuple[NDArray[Number], Bad]:
    """The numbers of texts, with those put in that a kernel has left, and which are bad."""
    left = np.flatnonzero((states == LEFT) & ~missing(column).view(bool))
    if not len(left):
        return numbers, None
    at, cells = distinct_cells(name, taken_cells(name, column, left))
    numbers[left], unreadable = _spread(convert_each(cells, memo), at, number, numbers.dtype.type)
    if unreadable is None:
        return numbers, None
    bad: NDArray[np.bool_] = np.zeros(len(numbers), dtype=bool)
    bad[left] = unreadable
    return numbers, bad


def line_numbers(
    name: str, column: AnyArray, memo: Memo[int | None]
) -> tuple[NDArray[np.int32], Bad]:
    """A column of line numbers; -1 for missing ones."""
    if _is_small_integer(column.type):
        wide = column.cast(pa.int64())
        numbers, all_within = within(values_of(wide, "i8"), *bits_of(wide), 0, 10**9, -1)
        return numbers, None if all_within else (numbers < 0) & ~missing(wide).view(bool)
    if _has_number_texts(column.type):
        scaled_numbers, states = text_decimals(*text_buffers(_as_written(column)))
        states[scaled_numbers % SCALE != 0] = LEFT
        numbers = (scaled_numbers // SCALE).astype(np.int32)
        numbers[(states == BLANK) | missing(column).view(bool)] = -1
        return _with_the_rest(name, column, memo, numbers, states, _line_number)
    at, cells = distinct_cells(name, column)
    return _spread(convert_each(cells, memo), at, _line_number, np.int32)


def scaled(name: str, column: AnyArray, memo: Memo[Decimal | None]) -> Scaled:
    """A column of numbers in ten-thousandths; `NO_NUMBER` for missing and for inexact ones."""
    lowest = 0 if memo.convert is values.units else 1 - _MOST
    below = 10**9 if memo.convert is values.units else _MOST
    if _is_small_integer(column.type):
        wide = column.cast(pa.int64())
        whole, all_within = scaled_within(
            values_of(wide, "i8"), *bits_of(wide), lowest, below, SCALE, NO_NUMBER
        )
        if all_within:
            return Scaled(whole, {}, None)
    numbers, done = _quickly_scaled(column, lowest, below)
    bad: NDArray[np.bool_] | None = None
    inexact: dict[int, Decimal] = {}
    if not done.all():
        rest = np.flatnonzero(~done)
        at, cells = distinct_cells(name, taken_cells(name, column, rest))
        converted = convert_each(cells, memo)
        numbers[rest], unreadable = _spread(converted, at, _scaled, np.int64)
        if unreadable is not None:
            bad = np.zeros(len(numbers), dtype=bool)
            bad[rest] = unreadable
        odd = {place for place, each in enumerate(converted) if _is_inexact(each)}
        if odd:
            there = np.flatnonzero(np.isin(at, list(odd)))
            inexact = {int(rest[each]): converted[at[each]] for each in there}
    return Scaled(numbers, inexact, bad)


def _quickly_scaled(
    column: AnyArray, lowest: int, below: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Numbers from `lowest` on and `below` a limit that are surely exact, and missing ones; and
    of which rows they are."""
    kind = column.type
    gaps = missing(column).view(bool)
    if _is_small_integer(kind):
        whole = values_of(column.cast(pa.int64()), "i8")
        done = (whole >= lowest) & (whole < below)
        numbers = np.where(done, whole, 0) * SCALE
    elif pa.types.is_float64(kind):
        given = values_of(column, "f8")
        done = (given >= lowest) & (given < below)
        whole = np.rint(np.where(done, given, 0) * SCALE)
        done &= whole / SCALE == given  # so few digits say one double only
        numbers = whole.astype(np.int64)
    elif pa.types.is_decimal128(kind) and 0 <= kind.scale <= 18:
        words = np.frombuffer(memoryview(column.buffers()[1] or b""), dtype=np.int64)
        low, high = words[2 * column.offset : 2 * (column.offset + len(column))].reshape(-1, 2).T
        unit = 10**kind.scale
        done = (high == low >> 63) & (low < 2**62 // SCALE) & (low > -(2**62) // SCALE)
        tens = np.where(done & ~gaps, low, 0) * SCALE
        numbers = tens // unit
        done &= (numbers * unit == tens) & (numbers >= lowest * SCALE) & (numbers < below * SCALE)
    elif _has_number_texts(kind):
        numbers, states = text_decimals(*text_buffers(_as_written(column)))
        gaps = gaps | (states == BLANK)
        done = states == DONE
    else:
        return np.full(len(column), NO_NUMBER, dtype=np.int64), gaps
    numbers[gaps] = NO_NUMBER
    return numbers, done | gaps


def _number_texts(
    column: AnyArray, memo: Memo[Any], texts: TextColumn, out: NDArray[np.int32]
) -> None:
    """Write the numbers of texts that stand one by one to `out`; only odd ones become Python
    objects."""
    if texts.number_spellings(column, lambda new: _of_dictionary(new, memo, texts), out):
        return
    odd = np.ones(len(column), dtype=np.uint8)
    if memo.convert in _SAME:
        odd = _odd_texts(column, memo)
    out[:] = texts.number(column, odd)
    lengths = np.diff(text_buffers(column)[1])
    rest = np.flatnonzero(odd.view(bool) & (lengths > 0))
    if len(rest):
        plain = encoded(column.take(pa.array(rest, pa.int64())))
        known = code_numbers(convert_each([*plain.dictionary.to_pylist(), None], memo), texts)
        out[rest] = known[positions(plain)]


def _odd_texts(column: AnyArray, memo: Memo[Any]) -> NDArray[np.uint8]:
    """Which texts may not be left as they are, missing ones included: 1, and 0 for others."""
    data, offsets = text_buffers(column)
    odd = (text_marks(data, offsets) & np.uint8(_SAME[memo.convert])) != 0
    if memo.convert in _LENGTH:
        odd |= np.diff(offsets) != _LENGTH[memo.convert]
    marked: NDArray[np.uint8] = odd.view(np.uint8) | missing(column)
    return marked


def _of_dictionary(dictionary: AnyArray, memo: Memo[Any], texts: TextColumn) -> NDArray[np.int32]:
    """The numbers of a dictionary's texts."""
    odd: NDArray[np.uint8] = np.ones(len(dictionary), dtype=np.uint8)
    numbers = np.full(len(dictionary), NO_CODE, dtype=np.int32)
    if memo.convert in _SAME:
        odd = _odd_texts(dictionary, memo)
        numbers[:] = texts.number(dictionary, odd)
    rest = np.flatnonzero(odd)
    if len(rest):
        cells = dictionary.take(pa.array(rest, pa.int64())).to_pylist()
        numbers[rest] = code_numbers(convert_each(cells, memo), texts)
    return numbers


def _is_text(kind: Any) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def _has_number_texts(kind: Any) -> bool:
    """Whether numbers of this type stand there as they are written."""
    return _is_text(kind) or isinstance(kind, JsonValues)


def _as_written(column: Any) -> AnyArray:
    texts: AnyArray = column.storage if isinstance(column.type, JsonValues) else column
    return texts


def _has_texts(kind: Any) -> bool:
    """Whether this is a type of texts, dictionary-encoded or not."""
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return _is_text(kind) or str(kind) == "string_view"


def _is_small_integer(kind: Any) -> bool:
    return pa.types.is_integer(kind) and not pa.types.is_uint64(kind)


def _spread(
    converted: Sequence[Any],
    at: NDArray[np.integer],
    number: Callable[[Any], int],
    kind: type[Number],
) -> tuple[NDArray[Number], Bad]:
    """The numbers of converted cells, at each row, and which rows are bad."""
    numbers = np.array([0 if each is UNREADABLE else number(each) for each in converted], kind)
    if UNREADABLE not in converted:
        return numbers[at], None
    return numbers[at], np.array([each is UNREADABLE for each in converted])[at]


def _line_number(number: int | None) -> int:
    return -1 if number is None else number


def _day(day: date | None) -> int:
    return NO_DAY if day is None else day.toordinal() - _EPOCH


def _scaled(number: Decimal | None) -> int:
    found = scaled_number(number)
    return NO_NUMBER if found is None else found


def _is_inexact(number: Decimal | Unreadable | None) -> bool:
    return isinstance(number, Decimal) and scaled_number(number) is None
