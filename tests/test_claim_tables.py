"""Claims in memory: whatever has the Arrow C stream interface, and dictionaries."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import read_table
from tests.claim_reading import error_of

CLAIM = {"claim_id": "C1", "line_number": "1", "member_id": "M1"}


ROWS: Sequence[Mapping[str, object]] = (
    {
        "claim_id": "A",
        "line_number": 1,
        "service_from": date(2025, 3, 1),
        "procedure_code": "00100",
        "units": 1.5,
        "modifiers": ["25", "59"],
    },
    {
        "claim_id": "A",
        "line_number": 2,
        "service_from": None,
        "procedure_code": None,
        "units": None,
        "modifiers": None,
    },
)


def pandas_frame() -> object:
    return pd.DataFrame(ROWS)


def polars_frame() -> object:
    return pl.DataFrame(ROWS).with_columns(pl.col("procedure_code").cast(pl.Categorical))


def duckdb_relation() -> object:
    table = pa.Table.from_pylist(list(ROWS))
    return duckdb.connect().from_arrow(table)


@pytest.mark.parametrize(
    "table",
    [
        lambda: list(ROWS),
        lambda: pa.Table.from_pylist(list(ROWS)),
        lambda: pa.Table.from_pylist(list(ROWS)).to_reader(),
        pandas_frame,
        polars_frame,
        duckdb_relation,
    ],
)
def test_every_kind_of_table_gives_the_same_lines(table: Callable[[], object]) -> None:
    first, second = read_table(table())
    assert (first.claim_id, first.line_number) == ("A", 1)
    assert (first.service_from, first.procedure_code) == (date(2025, 3, 1), "00100")
    assert (first.units, first.modifiers) == (Decimal("1.5"), ("25", "59"))
    assert (second.line_number, second.service_from, second.units) == (2, None, None)
    assert (second.procedure_code, second.modifiers) == (None, ())


@pytest.mark.parametrize(
    ("values", "arrow_type", "found"),
    [
        (["a", None], pa.large_string(), ["A", None]),
        (["a", None], pa.string_view(), ["A", None]),
        (["a", None], pa.dictionary(pa.int8(), pa.string()), ["A", None]),
        (["a", None], pa.dictionary(pa.int8(), pa.large_string()), ["A", None]),
        ([b"a", None], pa.binary(), ["A", None]),
        ([b"a", None], pa.large_binary(), ["A", None]),
        ([3, None], pa.int16(), ["00003", None]),
        ([3, None], pa.uint64(), ["00003", None]),
        ([3.0, None], pa.float32(), ["00003", None]),
        ([Decimal(3), None], pa.decimal128(9, 2), ["00003", None]),
        ([True, None], pa.bool_(), ["TRUE", None]),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_every_arrow_type_is_read(
    values: list[object], arrow_type: pa.DataType, found: list[object]
) -> None:
    table = pa.table({"claim_id": ["A", "B"], "procedure_code": pa.array(values, arrow_type)})
    assert [line.procedure_code for line in read_table(table)] == found


def test_a_time_stamp_gives_its_local_date() -> None:
    utc = pa.array([datetime(2025, 3, 2, 2, 0)], pa.timestamp("ns"))
    local = utc.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us", "America/New_York"))
    table = pa.table({"claim_id": ["A"], "service_from": local})
    assert [line.service_from for line in read_table(table)] == [date(2025, 3, 1)]


def test_a_day_outside_the_calendar_is_a_bad_line() -> None:
    days = pa.array([2**31 - 1, 0], pa.int32()).cast(pa.date32())
    claims = read_table(pa.table({"claim_id": ["A", "B"], "service_from": days}))
    assert [line.claim_id for line in claims] == ["B"]
    assert claims.bad_lines.by_problem == {"service_from is not a date": 1}


@pytest.mark.parametrize("data", ["claims.csv", {"claim_id": ["A"]}, 3])
def test_what_is_no_table_says_so(data: object) -> None:
    with pytest.raises(ClaimsError, match="no table"):
        read_table(data)


def test_a_frame_that_arrow_cannot_take_says_so_without_quoting_it() -> None:
    mixed = pd.DataFrame({"claim_id": ["A", "B"], "member_id": ["canary-77", 3]})
    text = error_of(lambda: read_table(mixed))
    assert "canary-77" not in text


def test_items_that_are_no_dictionaries_are_set_aside() -> None:
    claims = read_table([CLAIM, "x", {**CLAIM, "line_number": 2}])
    assert len(list(claims)) == 2
    assert claims.bad_lines.count == 1
