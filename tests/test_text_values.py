"""The kernel that converts plain texts against the conversions of single cells."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import values
from editwright.evaluator.formats.columnar_cells import days, line_numbers, scaled
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.formats.problems import BadValue
from editwright.evaluator.kernels.text_values import BLANK, DONE, text_days, text_decimals
from editwright.evaluator.lines.texts import text_buffers

EPOCH = 719_163
digits = st.integers(0, 99_999_999).map(lambda number: f"{number:08}")
dates = st.one_of(
    st.dates().map(str),
    digits,
    st.builds("{:04}-{:02}-{:02}".format, st.integers(1700, 2300), st.integers(0, 13),
              st.integers(0, 32)),
    st.sampled_from(("", "2025-02-29", "2024-02-29", "1900-02-29", "2025-3-01", "2025/03/01", "x")),
)  # fmt: skip
numbers = st.one_of(
    st.from_regex(r"[0-9]{0,11}(\.[0-9]{0,6})?", fullmatch=True),
    st.sampled_from(("", ".", ".5", "1.", "-1", "+1", "1e3", "1 ", "٣", "1.2.3", "000000001")),
)


def converted(convert: object, text: str) -> object:
    try:
        return convert(text)  # type: ignore[operator]
    except BadValue:
        return BadValue


@settings(deadline=None)
@given(st.lists(dates))
def test_days_are_those_of_the_calendar(cells: list[str]) -> None:
    column = pa.array(cells, pa.string())
    found, states = text_days(*text_buffers(column), values.FIRST_YEAR, values.LAST_YEAR)
    for text, day, state in zip(cells, found.tolist(), states.tolist(), strict=True):
        known = converted(values.calendar_date, text)
        assert (state == BLANK) == (text == "")
        if state == DONE:
            assert known.toordinal() == EPOCH + day  # type: ignore[attr-defined]
    _, bad = days("service_from", column, Memo("service_from", values.calendar_date))
    refused = [converted(values.calendar_date, text) is BadValue for text in cells]
    assert (np.zeros(len(cells), bool) if bad is None else bad).tolist() == refused


@settings(deadline=None)
@given(st.lists(numbers))
def test_decimals_are_those_of_single_cells(cells: list[str]) -> None:
    column = pa.array(cells, pa.string())
    found, states = text_decimals(*text_buffers(column))
    for text, number, state in zip(cells, found.tolist(), states.tolist(), strict=True):
        assert (state == BLANK) == (text == "")
        if state == DONE:
            assert converted(values.number, text) == Decimal(number) / 10_000
    charges = scaled("charge", column, Memo("charge", values.number))
    refused = [converted(values.number, text) is BadValue for text in cells]
    bad = np.zeros(len(cells), bool) if charges.bad is None else charges.bad
    assert bad.tolist() == refused


@settings(deadline=None)
@given(st.lists(numbers))
def test_line_numbers_are_those_of_single_cells(cells: list[str]) -> None:
    column = pa.array(cells, pa.string())
    found, bad = line_numbers("line_number", column, Memo("line_number", values.line_number))
    expected = [converted(values.line_number, text) for text in cells]
    assert ([False] * len(cells) if bad is None else bad.tolist()) == [
        each is BadValue for each in expected
    ]
    for number, known in zip(found.tolist(), expected, strict=True):
        assert known is BadValue or number == (-1 if known is None else known)
