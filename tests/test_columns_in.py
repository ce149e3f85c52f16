"""Claims read in columns: the same lines, and the same lines set aside, as row by row."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_table
from editwright.evaluator.line_columns import LineColumns
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.lines_to_columns import CODES, DAYS, LISTS, NUMBERS, lines_of

DECLARED = {"plan": "code", "note": "text", "score": "number", "since": "date"}
EVERYTHING = frozenset(
    (*CODES, *LISTS, *NUMBERS, *DAYS, *(f"declared {name}" for name in DECLARED))
)
MEMBERS = {"M1": (date(1950, 1, 2), "F"), "2": (None, "M"), "m 3": (date(1960, 1, 1), None)}


def all_lines(batches: Iterable[LineColumns]) -> list[ServiceLine]:
    """The lines of batches, each rebuilt from its columns."""
    return [line for batch in batches for line in lines_of(batch, range(batch.count))]


def facts(line: ServiceLine) -> dict[str, object]:
    """Everything that a line says; of numbers how they are written, too."""
    said = asdict(line, recurse=False)
    return {**said, "declared": dict(line.declared), "numbers": (str(line.units), str(line.charge))}


def account(claims: ClaimsIn) -> dict[str, object]:
    """What reading has left behind beside the lines."""
    bad = claims.bad_lines
    return {
        "bad": bad.kept,
        "count": bad.count,
        "by problem": bad.by_problem,
        "lines": claims.line_count,
        "notes": claims.notes,
        "columns": claims.columns,
        "missing": claims.missing_columns,
        "unread": claims.unread_columns,
    }


def expect_the_same(
    read: Callable[[], ClaimsIn], wanted: Collection[str] = EVERYTHING
) -> list[LineColumns]:
    """Read row by row and in columns, and compare all of it."""
    by_rows, by_columns = read(), read()
    try:
        lines = list(by_rows)
    except ClaimsError as error:
        with pytest.raises(ClaimsError) as caught:
            list(by_columns.in_columns(wanted))
        assert str(caught.value) == str(error)
        return []
    batches = list(by_columns.in_columns(wanted))
    assert account(by_columns) == account(by_rows)
    assert [*map(facts, all_lines(batches))] == [*map(facts, lines)]
    for batch in batches:
        expect_sound(batch)
    return batches


def expect_sound(columns: LineColumns) -> None:
    """Shapes, types and positions are what `LineColumns` says."""
    count = columns.count
    ids = columns.claim_ids.to_pylist()
    by_claim = dict(zip(columns.claim.tolist(), ids, strict=True))
    assert [by_claim[number] for number in columns.claim.tolist()] == ids
    assert len(by_claim) == len(set(ids))
    expect_array(columns.claim, "int32", count)
    expect_array(columns.line_number, "int32", count)
    expect_array(columns.history, "uint8", count)
    for codes in (columns.member_id, *columns.codes.values()):
        expect_array(codes.numbers, "int32", count)
        assert len(set(codes.texts)) == len(codes.texts)
        assert ((codes.numbers >= -1) & (codes.numbers < len(codes.texts))).all()
    for lists in columns.lists.values():
        expect_array(lists.offsets, "int32", count + 1)
        expect_array(lists.numbers, "int32", int(lists.offsets[-1]))
    for numbers in columns.numbers.values():
        expect_array(numbers, "int64", count)
    for days in columns.days.values():
        expect_array(days, "int32", count)


def expect_array(array: NDArray[Any], kind: str, count: int) -> None:
    assert (str(array.dtype), array.shape) == (kind, (count,))
    assert array.flags.c_contiguous


# -- generated tables ------------------------------------------------------------------------------

texts = st.sampled_from(
    ["", " ", "A", "a", " a ", "A1", "1", "01", "2", "1.5", "1.50", "-3", ".", "g80.1", "G801",
     "2025-03-01", "20250301", "03/01/2025", "1,2", "2 1 2", "RT 59", "rt", "F", "male", "U",
     "NaN", "1e3", "1.2E+11", "NULL", "null", "\\N", "nulL", "M1", "m 3", "é", "\u0661", "[1, 2]",
     "0131", "131", "99999999999", "0.12345", "1234567.1234567", "x\ty", "+1"]
)  # fmt: skip
dates = st.sampled_from([date(2025, 3, 1), date(2025, 3, 2), date(1799, 12, 31), date(2200, 1, 1)])
times = st.sampled_from(
    [datetime(2025, 3, 1, 23, 30), datetime(1969, 12, 31, 1), datetime(1500, 1, 1)]
)
wholes = st.sampled_from([0, 1, 2, 3, 11, 450, 20250301, -1])
huge = st.sampled_from([0, 1, 10**9, 10**10, 10**12, 2**63 - 1, -(10**9)])
floats = st.sampled_from(
    [0.0, -0.0, 1.0, 1.5, 0.1, 0.12345, 1e9, 1e10, 1e12, 1e300, -2.25, float("nan"), float("inf")]
)  # fmt: skip
decimals = st.sampled_from(
    [*map(Decimal, ("0", "1.5", "-1.25", "3.00", "12345678901.5", "0.0001"))]
)
fine_decimals = st.sampled_from([*map(Decimal, ("0.000001", "1.1", "2", "-0.5"))])

CELLS: Sequence[tuple[pa.DataType, st.SearchStrategy[Any]]] = (
    *((kind, texts) for kind in (pa.string(), pa.large_string(), pa.string_view())),
    (pa.dictionary(pa.int8(), pa.string()), texts),
    (pa.dictionary(pa.int32(), pa.large_string()), texts),
    (pa.binary(), texts.map(str.encode)),
    (pa.date32(), dates),
    (pa.date64(), dates),
    (pa.timestamp("us"), times),
    (pa.timestamp("ms", "America/New_York"), times.map(lambda time: time.replace(tzinfo=UTC))),
    (pa.int8(), st.sampled_from([0, 1, 2, 3, -1])),
    (pa.int32(), wholes),
    (pa.int64(), wholes | huge),
    (pa.uint64(), st.sampled_from([0, 1, 2, 2**64 - 1])),
    (pa.float64(), floats),
    (pa.float32(), st.sampled_from([0.0, 1.0, 2.5, 0.1, float("nan")])),
    (pa.decimal128(16, 4), decimals),
    (pa.decimal128(38, 10), decimals | fine_decimals),
    (pa.decimal256(50, 2), st.sampled_from([*map(Decimal, ("1.5", "2", "-1"))])),
    (pa.bool_(), st.booleans()),
    (pa.null(), st.none()),
    (pa.time32("s"), st.none()),
    (pa.list_(pa.string()), st.lists(st.none() | texts, max_size=3)),
    (pa.large_list(pa.int64()), st.lists(st.none() | wholes, max_size=3)),
    (pa.list_(pa.bool_()), st.lists(st.none() | st.booleans(), max_size=2)),
    (pa.list_(pa.list_(pa.string())), st.lists(st.none() | st.lists(texts), max_size=2)),
    (pa.list_(pa.float64()), st.lists(floats, max_size=2)),
    (pa.struct([pa.field("code", pa.string())]), st.fixed_dictionaries({"code": texts})),
)  # fmt: skip

COLUMNS = (
    "line_number", "member_id", "person_id", "birth_date", "sex", "service_from", "service_to",
    "claim_start_date", "claim_end_date", "procedure_code", "modifiers", "modifier_1",
    "modifier_2", "modifier_4", "units", "charge", "place_of_service", "revenue_code",
    "bill_type", "diagnoses", "diagnosis_1", "diagnosis_2", "diagnosis_4", "diagnosis_pointers",
    "diagnosis_pointer_1", "diagnosis_pointer_2", "rendering_provider", "billing_provider",
    "group_id", "specialty", "authorization", "received_date", "frequency_code", "status",
    "plan", "note", "score", "since", "nothing of ours",
)  # fmt: skip
LIKELY: Mapping[str, pa.DataType] = {
    **dict.fromkeys(("service_from", "service_to", "claim_start_date", "birth_date"), pa.date32()),
    **dict.fromkeys(("units", "line_number", "diagnosis_pointer_1"), pa.int32()),
    "charge": pa.decimal128(16, 4),
}


@st.composite
def tables(draw: st.DrawFn) -> pa.Table:
    """Tables with some of our columns, most of a likely type, in one to three batches."""
    count = draw(st.integers(0, 8))
    names = ["claim_id", *draw(st.lists(st.sampled_from(COLUMNS), max_size=10, unique=True))]
    columns = {}
    for name in names:
        kind, cells = draw(
            st.sampled_from(CELLS)
            if draw(st.integers(0, 2)) == 0
            else st.just((pa.string(), texts))
            if name not in LIKELY
            else st.sampled_from([each for each in CELLS if each[0] == LIKELY[name]])
        )
        if name == "claim_id" and draw(st.integers(0, 9)):
            kind, cells = pa.string(), st.sampled_from(["A", "B", "C", "A ", "", "1.2E+11"])
        columns[name] = pa.array(
            draw(st.lists(st.none() | cells, min_size=count, max_size=count)), kind
        )
    table = pa.table(columns)
    cut = draw(st.integers(0, count))
    return pa.concat_tables([table.slice(0, cut), table.slice(cut)])


@given(table=tables(), with_members=st.booleans())
@settings(settings.get_profile("laws"), max_examples=300)
def test_arrow_data_give_the_same_in_columns(table: pa.Table, with_members: bool) -> None:
    members = MEMBERS if with_members else {}
    expect_the_same(
        lambda: read_table(table, declared_fields=DECLARED, members=members, history=with_members)
    )
