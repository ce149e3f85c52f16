"""Claims read in columns: the same lines, and the same lines set aside, as row by row."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import asdict
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from editwright.evaluator.corrections.in_lines import lines_to_judge
from editwright.evaluator.formats import columnar_sources, parquet
from editwright.evaluator.formats.columns import NUMBERED
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims, read_table
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.frequency import FREQUENCIES, LINKS, TELLING, correction_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.takes import concatenated, with_history
from editwright.evaluator.lines.to_columns import CODES, DAYS, LISTS, NUMBERS, columns_of, lines_of

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
    """What reading has left behind beside the lines. Codes of lines that were set aside for
    something else may be remarked on: whole columns are converted, and rows only so far."""
    bad = claims.bad_lines
    notes = [each for each in claims.notes if not (bad.count and "no rule will find them" in each)]
    return {
        "bad": bad.kept,
        "count": bad.count,
        "by problem": bad.by_problem,
        "lines": claims.line_count,
        "notes": notes,
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
    corrections = [int(each) for batch in batches for each in batch.correction]
    assert corrections == [correction_of(line.frequency_code, line.bill_type) for line in lines]
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
    expect_array(columns.correction, "uint8", count)
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
     "0131", "131", "137", "8", "99999999999", "0.12345", "1234567.1234567", "x\ty", "+1",
     "NA", "n/a", "None", "NAS", "#N/A", "<NA>", "'01", '"A1"', "$1,234.50", "(3.50)", "1,234",
     "12-", "25-59", "2559", "-", "11 - Office", "E119|I10", "3/1/2025 12:00:00 AM", "20250301.0"]
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
    "claim_start_date", "claim_end_date", "procedure_code", "cpt_code", "modifiers", "modifier_1",
    "modifier_2", "modifier_4", "units", "charge", "place_of_service", "revenue_code",
    "bill_type", "diagnoses", "diagnosis_1", "diagnosis_2", "diagnosis_4", "diagnosis_pointers",
    "diagnosis_pointer_1", "diagnosis_pointer_2", "rendering_provider", "billing_provider",
    "group_id", "specialty", "authorization", "received_date", "frequency_code", "status",
    "original_claim_id", "claim_number", "plan", "note", "score", "since", "nothing of ours",
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
    drawn = draw(st.lists(st.sampled_from(COLUMNS), max_size=10, unique=True))
    stems = {group.name: group.stem for group in NUMBERED}
    beside = {f"{stems[name]}_{number}" for name in drawn if name in stems for number in range(5)}
    names = ["claim_id", *(name for name in drawn if name not in beside)]  # a list stands alone
    columns = {}
    for name in names:
        kind, cells = draw(
            st.sampled_from(CELLS)
            if draw(st.integers(0, 2)) == 0
            else st.just((pa.string(), texts))
            if name not in LIKELY
            else st.sampled_from([each for each in CELLS if each[0] == LIKELY[name]])
        )
        cells = st.none() | cells
        if name == "claim_id" and draw(st.integers(0, 9)):
            kind, cells = pa.string(), st.sampled_from([*"ABCABC", "A ", "", "1.2E+11"])
        columns[name] = pa.array(draw(st.lists(cells, min_size=count, max_size=count)), kind)
    table = pa.table(columns)
    cut = draw(st.integers(0, count))
    return pa.concat_tables([table.slice(0, cut), table.slice(cut)])


@given(table=tables(), with_members=st.booleans(), spellings=st.sampled_from([0, 2, 1 << 16]))
@settings(settings.get_profile("laws"), max_examples=300)
def test_arrow_data_give_the_same_in_columns(
    table: pa.Table, with_members: bool, spellings: int
) -> None:
    """However many spellings are remembered."""
    members = MEMBERS if with_members else {}
    with patch("editwright.evaluator.lines.texts._MOST_SPELLINGS", spellings):
        expect_the_same(
            lambda: read_table(
                table, declared_fields=DECLARED, members=members, history=with_members
            )
        )


@given(
    table=tables(),
    group=st.integers(1, 5),
    at_once=st.sampled_from([2, 7, 1 << 16]),
    dictionary=st.booleans(),
)
@settings(settings.get_profile("laws"), max_examples=150)
def test_parquet_gives_the_same_in_columns(
    tmp_path_factory: pytest.TempPathFactory,
    table: pa.Table,
    group: int,
    at_once: int,
    dictionary: bool,
) -> None:
    odd = [name for name in table.column_names if is_unwritable(table.schema.field(name).type)]
    path = tmp_path_factory.mktemp("parquet") / "claims.parquet"
    pq.write_table(table.drop(odd), path, row_group_size=group, use_dictionary=dictionary)
    if "claim_id" not in odd:
        with patch.object(columnar_sources, "PARQUET_ROWS", at_once):
            expect_the_same(lambda: read_claims([path], declared_fields=DECLARED, members=MEMBERS))


def is_unwritable(kind: pa.DataType) -> bool:
    return str(kind) == "string_view" or pa.types.is_decimal256(kind)


@given(table=tables())
@settings(settings.get_profile("laws"))
def test_dictionaries_give_the_same_in_columns(table: pa.Table) -> None:
    """Rows that are read one by one become the columns that the law asks for."""
    rows = table.to_pylist()
    expect_the_same(lambda: read_table(rows, declared_fields=DECLARED, members=MEMBERS))


@given(
    table=tables(),
    wanted=st.sets(st.sampled_from(sorted(EVERYTHING)), max_size=6),
    folder=st.sampled_from(["arrow", "rows", "parquet"]),
)
@settings(settings.get_profile("laws"), max_examples=200)
def test_what_is_not_wanted_is_not_looked_at(
    tmp_path_factory: pytest.TempPathFactory,
    table: pa.Table,
    wanted: set[str],
    folder: str,
) -> None:
    """The same lines as if the source lacked what is not wanted, whatever the format."""
    linked = not LINKS.isdisjoint(table.column_names)
    telling = FREQUENCIES | LINKS | (TELLING if linked else set())
    kept = [name for name in table.column_names if is_read(name, wanted | telling)]
    narrow = read_table(table.select(kept), declared_fields=DECLARED, members=MEMBERS)
    if folder == "rows":
        rows = table.to_pylist()
        claims = read_table(rows, declared_fields=DECLARED, members=MEMBERS)
        narrow = read_table(
            [{name: row[name] for name in kept} for row in rows],
            declared_fields=DECLARED,
            members=MEMBERS,
        )
    elif folder == "arrow" or any(map(is_unwritable, table.schema.types)):
        claims = read_table(table, declared_fields=DECLARED, members=MEMBERS)
    else:
        path = tmp_path_factory.mktemp("parquet") / "claims.parquet"
        pq.write_table(table, path, row_group_size=3)
        claims = read_claims([path], declared_fields=DECLARED, members=MEMBERS)
    try:
        expected = list(narrow)
    except ClaimsError:
        with pytest.raises(ClaimsError):
            list(claims.in_columns(wanted))
        return
    batches = list(claims.in_columns(wanted))
    names = {*wanted, "claim_id", "line_number", "member_id"}
    assert [shown(line, names) for line in all_lines(batches)] == [
        shown(line, names) for line in expected
    ]
    assert claims.bad_lines.by_problem == narrow.bad_lines.by_problem
    for batch in batches:
        found = {*batch.codes, *batch.lists, *batch.numbers, *batch.days}
        assert wanted <= found <= wanted | LINKS | TELLING


def is_read(name: str, wanted: Collection[str]) -> bool:
    """Whether a source's column is one that is read for the sake of these of ours."""
    always = ("claim_id", "line_number", "member_id", "person_id", "service_from", "service_to")
    if name in (*always, "claim_start_date", "claim_end_date") or name in wanted:
        return True
    if name == "cpt_code":
        return "procedure_code" in wanted
    if name in DECLARED:
        return f"declared {name}" in wanted
    if name.startswith("modifier"):
        return "modifiers" in wanted
    if name.startswith("diagnosis_pointer"):
        return "pointed_diagnoses" in wanted
    if name.startswith("diagnos"):
        return not {"diagnoses", "pointed_diagnoses", "principal_diagnosis"}.isdisjoint(wanted)
    return False


def shown(line: ServiceLine, names: Collection[str]) -> dict[str, object]:
    declared = {f"declared {name}": value for name, value in line.declared.items()}
    found = {**asdict(line, recurse=False), **declared}
    return {name: found.get(name) for name in names}


# -- several sources and readings ------------------------------------------------------------------


def columns_in(rows: Sequence[Mapping[str, object]], **options: Any) -> LineColumns:
    claims = read_table(pa.Table.from_pylist(list(rows)), **options)
    return concatenated(list(claims.in_columns(EVERYTHING)))


def test_a_line_repeated_in_another_file_is_set_aside(tmp_path: Path) -> None:
    """Across Parquet, where columns are read whole, and CSV, which is read row by row."""
    first = pa.table({"claim_id": ["A", "B"], "line_number": [1, 1], "charge": [1, 2]})
    pq.write_table(first, tmp_path / "1.parquet")
    (tmp_path / "2.csv").write_text("claim_id,line_number\nA,1\nA,\nC,100\n")
    pq.write_table(
        pa.table({"claim_id": ["C", "C", "A", "A"], "line_number": [100, None, 2, None]}),
        tmp_path / "3.parquet",
    )
    batches = expect_the_same(lambda: read_claims(tmp_path))
    whole = concatenated(batches)
    assert whole.claim_ids.to_pylist() == ["A", "B", "A", "C", "C", "A"]
    assert whole.line_number.tolist() == [1, 1, 2, 100, 101, 3]
    assert whole.claim.tolist() == [0, 1, 0, 2, 2, 0]
    assert whole.claim.tolist() == [n for batch in batches for n in batch.claim.tolist()]


ids = st.sampled_from("ABC")
lines = st.lists(
    st.fixed_dictionaries(
        {
            "claim_id": ids,
            "line_number": st.integers(1, 3) | st.integers(60, 70),
            "member_id": st.none() | ids,
            "procedure_code": st.none() | ids,
            "modifiers": st.lists(st.sampled_from(["25", "59", "RT"]), max_size=3),
            "units": st.none() | st.sampled_from([*map(Decimal, ("1.00000", "0.00001"))]),
            "service_from": st.just(date(2025, 3, 1)),
        }
    ),
    min_size=1,
    max_size=8,
)


@given(judged=lines, past=lines)
@settings(settings.get_profile("laws"))
def test_history_that_is_judged_is_left_out(
    judged: list[dict[str, object]], past: list[dict[str, object]]
) -> None:
    expected = lines_to_judge(read_table(judged), read_table(past, history=True)).lines
    found = with_history(columns_in(judged), columns_in(past, history=True))
    assert [*map(facts, lines_of(found, range(found.count)))] == [*map(facts, expected)]
    expect_sound(found)


@given(batches=st.lists(lines, min_size=1, max_size=3))
@settings(settings.get_profile("laws"))
def test_lines_become_columns_and_columns_lines(batches: list[list[dict[str, object]]]) -> None:
    given_lines = [list(read_table(rows)) for rows in batches]
    whole = concatenated([columns_of(each, EVERYTHING - declared()) for each in given_lines])
    expect_sound(whole)
    every = [line for each in given_lines for line in each]
    assert [*map(facts, lines_of(whole, range(whole.count)))] == [*map(facts, every)]
    some = list(range(0, whole.count, 2))
    assert [*map(facts, lines_of(whole, some))] == [facts(every[at]) for at in some]


def declared() -> set[str]:
    return {f"declared {name}" for name in DECLARED}


@pytest.mark.parametrize("table", [pd.DataFrame, pl.DataFrame, pa.Table.from_pylist])
def test_frames_are_read_in_columns(table: Callable[[Any], Any]) -> None:
    rows = [
        {"claim_id": "A", "procedure_code": "64643", "units": 1.5, "modifiers": ["25", "59"]},
        {"claim_id": "A", "procedure_code": None, "units": None, "modifiers": None},
    ]
    (batch,) = expect_the_same(lambda: read_table(table(rows)))
    assert batch.numbers["units"].tolist()[0] == 15_000


def test_a_damaged_file_is_an_error_in_columns(tmp_path: Path) -> None:
    path = tmp_path / "claims.parquet"
    path.write_bytes(b"PAR1" + bytes(100))
    with pytest.raises(ClaimsError, match="its footer cannot be read"):
        list(read_claims(path).in_columns(()))


def test_rows_that_are_set_aside_from_any_batch_of_a_parquet_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What reasons may not show is looked up in columns that are not read otherwise."""
    monkeypatch.setattr(columnar_sources, "PARQUET_ROWS", 3)
    monkeypatch.setattr(parquet, "BATCH_ROWS", 4)
    born = [f"19{year}-07-23" for year in range(10, 50)]
    odd = (2, 3, 9, 17, 31, 39)
    rows = pa.table(
        {
            "claim_id": [f"C{row}" for row in range(40)],
            "birth_date": born,
            "service_to": [f"{born[row]}x" if row in odd else "2025-03-01" for row in range(40)],
        }
    )
    path = tmp_path / "claims.parquet"
    pq.write_table(rows, path, row_group_size=11)
    claims, by_rows = read_claims(path), read_claims(path)
    assert sum(batch.count for batch in claims.in_columns(())) == len(list(by_rows)) == 34
    assert [bad.row for bad in claims.bad_lines.kept] == [row + 1 for row in odd]
    assert claims.bad_lines.kept == by_rows.bad_lines.kept
    assert not any("19" in bad.reason for bad in claims.bad_lines.kept)


def test_small_row_groups_are_read_together(tmp_path: Path) -> None:
    """Those of a writer that gave away rows as they came; and large ones in equal parts."""
    path = tmp_path / "claims.parquet"
    codes = pa.array(["64643", "64642", None] * 40)
    with pq.ParquetWriter(path, pa.schema({"code": pa.string()})) as writer:
        for start, end in pairwise([0, 9, 12, 20, 23, 25, 60, 61, 100, 120]):
            writer.write_table(pa.table({"code": codes.slice(start, end - start)}))
    with parquet.open_parquet(Source(path.name, path, None), ["code"]) as file:
        batches = list(parquet.in_batches(file, ["code"], 20))
    assert [batch.num_rows for batch in batches] == [20, 5, 18, 17, 1, 20, 19, 20]
    found = pa.concat_arrays([batch.column("code").cast(pa.string()) for batch in batches])
    assert found.equals(codes)


def test_texts_that_do_not_repeat_are_not_read_as_dictionaries(tmp_path: Path) -> None:
    """A dictionary of them would hold all texts of a row group."""
    path = tmp_path / "claims.parquet"
    count = 200_000
    table = pa.table({"id": [f"A{row:020}" for row in range(count)], "code": ["64643"] * count})
    pq.write_table(table, path)
    with pq.ParquetFile(path) as file:
        assert parquet.repeating_texts(file, ["id", "code"]) == ["code"]


def test_claims_are_read_once_in_columns_as_well() -> None:
    claims = read_table([{"claim_id": "A"}])
    assert sum(batch.count for batch in claims.in_columns(())) == 1
    with pytest.raises(RuntimeError, match="have been read"):
        claims.in_columns(())


def test_a_birth_date_that_is_not_read_is_not_shown_either(tmp_path: Path) -> None:
    rows = {"claim_id": ["A"], "birth_date": ["1931-07-23"], "service_to": ["1931-07-23x"]}
    path = tmp_path / "claims.parquet"
    pq.write_table(pa.table(rows), path)
    for claims in (read_claims(path), read_table(pa.table(rows))):
        assert list(claims.in_columns(())) == [] or claims.line_count == 0
        assert claims.bad_lines.count == 1
        assert "1931" not in claims.bad_lines.kept[0].reason
