"""The shapes in which people write claims in JSON: the same lines as one flat object a line."""

import gzip
import json
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from editwright import load_text
from editwright.evaluator.formats import json_text, ndjson_columns
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims, read_table
from tests.test_columns_in import DECLARED, expect_the_same, facts

ROOT = Path(__file__).parent.parent
Item = Mapping[str, Any]

values = st.sampled_from(
    [None, "", "A", "25", "M1", "é", "99213", 99213, 1, 2.5, True, "2025-03-01", "11", "x\ty", "]}",
     '"', "\\", ["25"], ["I10", "E119"], [], "two\nlines"]
)  # fmt: skip
own_names = st.sampled_from(
    ["line_number", "procedure_code", "units", "charge", "service_from", "modifiers", "plan",
     "place_of_service", "nothing", "Größe"]
)  # fmt: skip
common_names = st.sampled_from(
    ["member_id", "birth_date", "diagnoses", "bill_type", "service_from", "place_of_service",
     "note", "units", "nothing"]
)  # fmt: skip
lines = st.lists(st.dictionaries(own_names, values, max_size=5), min_size=1, max_size=4)
claims = st.lists(
    st.tuples(
        st.fixed_dictionaries({"claim_id": st.sampled_from(["A", "B", 3, ""])}),
        st.dictionaries(common_names, values, max_size=4),
        lines,
    ),
    min_size=1,
    max_size=6,
)
laws = settings(
    settings.get_profile("laws"),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson_columns, "_BLOCK", 600)
    monkeypatch.setattr(ndjson_columns, "_MANY_LINES", 4)


def read(path: Path, raw: str | bytes, *, history: bool = False) -> ClaimsIn:
    """The claims in a file, after both readings of it have been compared."""
    path.write_bytes(raw.encode() if isinstance(raw, str) else raw)

    def claims_in() -> ClaimsIn:
        return read_claims(path, declared_fields=DECLARED, history=history)

    expect_the_same(claims_in)
    return claims_in()


def account(claims: ClaimsIn) -> tuple[list[dict[str, object]], list[tuple[str, str]]]:
    """The lines, and why others were set aside, wherever they stand."""
    found = [*map(facts, claims)]
    return found, [(bad.problem, bad.reason) for bad in claims.bad_lines.kept]


def ndjson(items: Sequence[Item]) -> str:
    return "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def pretty(items: Sequence[Item], indent: int | str = 2) -> str:
    """Objects one after the other, each on many lines."""
    return "\n".join(json.dumps(item, indent=indent, ensure_ascii=False) for item in items)


# -- Claims with their lines inside ----------------------------------------------------------------


@given(claims, st.sampled_from(["lines", "service_lines", "claimLines", "LINES"]), st.booleans())
@laws
def test_lines_in_their_claim_are_lines(
    tmp_path: Path, given: list[tuple[Item, Item, list[Item]]], name: str, history: bool
) -> None:
    nested = [{**ids, **common, name: inner} for ids, common, inner in given]
    flat = [{**ids, **common, **line} for ids, common, inner in given for line in inner]
    expected = account(read(tmp_path / "flat.ndjson", ndjson(flat), history=history))
    for raw in (ndjson(nested), json.dumps(nested), pretty(nested)):
        assert account(read(tmp_path / "nested.json", raw, history=history)) == expected
    assert account(read_table(nested, declared_fields=DECLARED, history=history)) == expected


def test_a_claim_in_a_file_is_judged_like_a_claim_in_python(tmp_path: Path) -> None:
    rules = load_text("64643 allowed only with place 11, 22")
    claim = {
        "claim_id": "C1",
        "place_of_service": "31",
        "lines": [{"procedure_code": "64643"}, {"procedure_code": "64643", "place_of_service": 11}],
    }
    path = tmp_path / "claims.ndjson"
    path.write_text(json.dumps(claim))
    found = list(rules.evaluate([*read_claims(path)]))
    assert [each.line_number for each in found] == [1]
    assert found == list(rules.evaluate([claim])) == rules.evaluate_claim(claim)


def test_a_line_goes_before_its_claim_whatever_it_calls_its_values(tmp_path: Path) -> None:
    claim = {
        "claim_id": "A",
        "member_id": "M",
        "service_from": "2025-01-01",
        "diagnosis_1": "I10",
        "diagnosis_2": "E119",
        "Units": 1,
        "claim_start_date": "2024-12-31",
        "lines": [
            {"dos": "2025-01-02", "units": 2, "diagnoses": ["G80.1"], "Member ID": "N"},
            {"dx1": "G80.1"},
            {},
        ],
    }
    first, second, third = read(tmp_path / "claims.ndjson", json.dumps(claim))
    assert (str(first.service_from), first.member_id, str(first.units)) == ("2025-01-02", "N", "2")
    assert (first.diagnoses, second.diagnoses) == (("G801",), ("G801", "E119"))
    assert (third.diagnoses, third.line_number) == (("I10", "E119"), 3)
    assert third.units == 1


def test_nothing_of_a_claim_is_lost_in_silence(tmp_path: Path) -> None:
    claims = read(
        tmp_path / "claims.ndjson",
        ndjson(
            [
                {"claim_id": "A", "lines": []},
                {"claim_id": "B", "lines": None},
                {"claim_id": "C", "lines": 3},
                {"claim_id": "D", "lines": {"procedure_code": "99213"}},
                {"claim_id": "E", "lines": [], "service_lines": [{}]},
                {"claim_id": "F", "lines": [5, {"procedure_code": "99213"}, None]},
                {"claim_id": "G", "lines": [{"units": "x"}, {"units": 1, "Units ": 2}]},
                {"claim_id": "H", "lines": [{"extras": [{"a": 1}]}]},
            ]
        ),
    )
    assert [(line.claim_id, line.procedure_code) for line in claims] == [
        ("F", "99213"),
        ("H", None),
    ]
    assert [(bad.place, bad.unit, bad.problem) for bad in claims.bad_lines.kept] == [
        ("row 1", "claim", "a claim has no lines"),
        ("row 2", "claim", "a claim has no lines"),
        ("row 3", "claim", "the lines of a claim are no list"),
        ("row 4", "claim", "the lines of a claim are no list"),
        ("row 5", "claim", "a claim has two lists of lines"),
        ("row 6, line 1 of its claim", "line", "a line of a claim is no object"),
        ("row 6, line 3 of its claim", "line", "a line of a claim is no object"),
        ("row 7, line 1 of its claim", "line", "units is not a plain number"),
        ("row 7, line 2 of its claim", "line", "an object's names are ambiguous"),
    ]
    assert any("row 8, line 1 of its claim" in note for note in claims.notes)


def test_a_column_that_is_called_lines_is_no_list(tmp_path: Path) -> None:
    """A count beside a code, or a field of that name."""
    flat = [{"claim_id": "A", "procedure_code": "99213", "lines": n} for n in (1, 2, None, "3")]
    claims = read(tmp_path / "claims.ndjson", ndjson(flat))
    assert len(list(claims)) == 4
    path = tmp_path / "fields.ndjson"
    path.write_text(ndjson([{"claim_id": "A", "lines": 3}]))
    (line,) = read_claims(path, declared_fields={"lines": "number"})
    assert line.declared == {"lines": 3}


def test_claims_without_lines_do_not_make_a_file_unreadable(tmp_path: Path) -> None:
    empty = [{"claim_id": str(number), "lines": []} for number in range(150)]
    last = {"lines": [{"claim_id": "Z"}], "member_id": "M"}
    claims = read(tmp_path / "claims.ndjson", ndjson([*empty, last]))
    assert [line.claim_id for line in claims] == ["Z"]
    assert claims.bad_lines.count == 150


# -- Objects over several lines, and wrappers ------------------------------------------------------


simple = st.dictionaries(
    st.sampled_from(["count", "page", "status", "next", "meta", 'q"', "items"]),
    st.sampled_from([1, "x", None, True, {"a": [1]}, [1, 2], "]}", []]),
    max_size=3,
)
wrappers = st.sampled_from(["claims", "data", "records", "items", "rows", "results", "Claims"])
indents = st.sampled_from([None, 0, 1, "\t"])


@given(claims, wrappers, simple, simple, indents, st.integers(1, 300))
@laws
def test_a_wrapper_has_the_lines_of_its_items(
    tmp_path: Path,
    given: list[tuple[Item, Item, list[Item]]],
    name: str,
    before: Item,
    behind: Item,
    indent: int | str | None,
    chunk: int,
) -> None:
    nested = [{**ids, **common, "lines": inner} for ids, common, inner in given]
    expected = account(read(tmp_path / "flat.ndjson", ndjson(nested)))
    wrapped = {**{key: before[key] for key in before if key != name}, name: nested}
    wrapped |= {key: behind[key] for key in behind if key not in wrapped}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_CHUNK", chunk)
        raw = json.dumps(wrapped, indent=indent, ensure_ascii=False)
        assert account(read(tmp_path / "wrapped.json", raw)) == expected


@given(claims, st.sampled_from([0, 1, "\t", 3]), st.integers(1, 300))
@laws
def test_objects_over_several_lines_are_objects(
    tmp_path: Path, given: list[tuple[Item, Item, list[Item]]], indent: int | str, chunk: int
) -> None:
    flat = [{**ids, **common, **line} for ids, common, inner in given for line in inner]
    expected = account(read(tmp_path / "flat.ndjson", ndjson(flat)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_CHUNK", chunk)
        assert account(read(tmp_path / "pretty.json", pretty(flat, indent))) == expected


@pytest.mark.parametrize(
    ("raw", "ids"),
    [
        ('{"claims": []}', []),
        ('{"lines": [{"claim_id": "A"}, {"claim_id": "B"}], "n": 2}', ["A", "B"]),
        ('{"n": 2, "service_lines": [\n{"claim_id": "A"},\n{"claim_id": "B"}\n]}\n', ["A", "B"]),
        ('{"member_id": "M", "lines": [{}, {}], "claim_id": "A"}', ["A", "A"]),
        ('{\n"member_id": "M", "lines": [{}, {}], "claim_id": "A"}', ["A", "A"]),
        ('{"claim_id": "A", "data": [{"x": 1}]}\n{"claim_id": "B"}\n', ["A", "B"]),
        (
            '{"page": 1, "data": [{"claim_id": "A"}]}\n{"page": 2, "data": [{"claim_id": "B"}]}',
            "AB",
        ),
        (
            '{"claims": [{"claim_id": "A"}], "more": {"claims": []}, "rows": [{"claim_id": "B"}]}',
            "AB",
        ),
        ('\ufeff\n{\n"claim_id"\n:\n"A"\n}{"claim_id": "B"}', "AB"),
    ],
)
def test_what_an_object_is_tells_its_content(tmp_path: Path, raw: str, ids: Sequence[str]) -> None:
    claims = read(tmp_path / "claims", raw)
    assert [line.claim_id for line in claims] == list(ids)
    assert claims.bad_lines.count == 0


def test_a_broken_first_line_leaves_ndjson_what_it_is(tmp_path: Path) -> None:
    line = '{"claim_id": "A", "lines": [{"units": 1}]}'
    for end in range(2, len(line)):
        rest = ndjson([{"claim_id": "B"}, {"claim_id": "C"}])
        claims = read(tmp_path / "claims.ndjson", line[:end] + "\n" + rest)
        assert [each.claim_id for each in claims] == ["B", "C"]
        assert [bad.row for bad in claims.bad_lines.kept] == [1]


def test_an_item_that_is_no_json_is_set_aside(tmp_path: Path) -> None:
    raw = '{\n "claim_id": "A"\n}\n{\n "claim_id": "B" "units": 1\n}\n{\n "claim_id": "C"\n}'
    claims = read(tmp_path / "claims.json", raw)
    assert [line.claim_id for line in claims] == ["A", "C"]
    (bad,) = claims.bad_lines.kept
    assert (bad.row, bad.problem) == (2, "an item is not a JSON object")


def test_what_a_wrapper_says_of_its_claims_is_noted(tmp_path: Path) -> None:
    raw = '{"status": "ok", "member_id": "M1", "claims": [{"claim_id": "A"}], "received_date": "x"}'
    claims = read(tmp_path / "claims.json", raw)
    assert len(list(claims)) == 1
    assert [note for note in claims.notes if "was not read" in note] == [
        "`member_id` beside the list `claims` was not read: give it with each item of the list",
        "`received_date` beside the list `claims` was not read: give it with each item of the list",
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('{"claims": [{"claim_id": "A"}, {"claim', "behind item 1 it breaks off within an item"),
        ('{"claims": [{"claim_id": "A"}]', "behind item 1 an object is not closed"),
        ('{"claims": [{"claim_id": "A"}], }', "behind item 1 a name is missing or not closed"),
        ('{"claims": [{"claim_id": "A"}], "a" 1}', "behind item 1 a name has no value"),
        ('{"claims": [{"claim_id": "A"}]}]', "behind item 1 there is something that is no object"),
        ('{\n"claim_id": "A"\n}\n{\n"claim_id": ', "behind item 1 it breaks off within an item"),
        ('{\n"claim_id": "A",\n"x": ' + "[" * 100_000, "it breaks off within an item"),
        ('{\n"claim_id": "A",\n"x": "' + "y" * (1 << 24), "an item has more than 16 MiB"),
        ('{\n"claim_id": "A",\n"x": [' + "1,\n" * (1 << 23), "an item has more than 16 MiB"),
        ('{\n"n": "A"' + f',\n"x": "{"y" * 2000}"' * (1 << 14), "an item has more than 16 MiB"),
        ('{\n"n":\n' + " " * (1 << 24), "an item has more than 16 MiB"),
        ('{"n": 1, "claims": [{"claim_id": "A"}], "x": "' + "y" * (1 << 24), "16 MiB"),
    ],
)
def test_damaged_json_says_so(tmp_path: Path, raw: str, text: str) -> None:
    path = tmp_path / "claims.json"
    path.write_text(raw)
    for way in (list, lambda claims: list(claims.in_columns(()))):
        with pytest.raises(ClaimsError, match=text) as caught:
            way(read_claims(path))
        assert "claims.json is damaged JSON" in str(caught.value)


def test_deep_nesting_is_set_aside(tmp_path: Path) -> None:
    deep = "[" * 5000 + "]" * 5000
    raw = f'{{\n"claim_id": "A",\n"x": {deep}}}\n{{\n"claim_id": "B"\n}}'
    claims = read(tmp_path / "claims.json", raw)
    assert [line.claim_id for line in claims] == ["B"]
    assert "nested more than 64 deep" in claims.bad_lines.kept[0].reason


# -- Other encodings, gzip and standard input ------------------------------------------------------

WRITTEN: Mapping[str, Callable[[Sequence[Item]], str]] = {
    "claims.ndjson": ndjson,
    "array.json": lambda items: json.dumps(items, ensure_ascii=False),
    "pretty.json": pretty,
    "wrapped.json": lambda items: json.dumps({"count": 1, "claims": items}, ensure_ascii=False),
}


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize("name", WRITTEN)
@pytest.mark.parametrize("many", [2, 700])
def test_other_encodings(tmp_path: Path, encoding: str, name: str, many: int) -> None:
    items = [
        {"claim_id": f"é漢😀{number}", "lines": [{"procedure_code": "99213"}, {"note": "ü\n"}]}
        for number in range(many)
    ]
    raw = WRITTEN[name](items)
    expected = account(read(tmp_path / name, raw))
    assert len(expected[0]) == 2 * many
    assert account(read(tmp_path / name, raw.encode(encoding))) == expected


def test_what_is_no_utf_16_is_replaced(tmp_path: Path) -> None:
    raw = '{"claim_id": "A"}\n{"claim_id": "B"}'.encode("utf-16") + b"\xd8"
    claims = read(tmp_path / "claims.ndjson", raw)
    assert [line.claim_id for line in claims] == ["A"]
    assert [bad.row for bad in claims.bad_lines.kept] == [2]


@pytest.mark.parametrize(
    ("name", "encoding"), [*zip(WRITTEN, ["utf-16", "utf-8", "utf-16", "utf-8"], strict=True)]
)
def test_through_gzip_and_standard_input(tmp_path: Path, name: str, encoding: str) -> None:
    claim = {"claim_id": "A", "lines": [{"procedure_code": "64643", "place_of_service": "31"}]}
    raw = gzip.compress(WRITTEN[name]([claim, {**claim, "claim_id": "B"}]).encode(encoding))
    rules = tmp_path / "one.edits"
    rules.write_text("ruleset r\n\n64643 allowed only with place 11, 22\n")
    (tmp_path / name).write_bytes(raw)
    for path in (str(tmp_path / name), "-"):
        run = subprocess.run(
            [sys.executable, "-m", "editwright", "run", str(rules), "--claims", path,
             "-o", str(tmp_path / "out.ndjson")],
            cwd=ROOT, input=raw, capture_output=True, check=False,
        )  # fmt: skip
        found = [*map(json.loads, (tmp_path / "out.ndjson").read_text().splitlines())]
        assert [each["claim_id"] for each in found] == ["A", "B"], run.stderr


# -- Files among others ----------------------------------------------------------------------------


def test_a_folder_of_every_shape(tmp_path: Path) -> None:
    """What holds no claims is passed over; a column map tells what is a claim's id."""
    (tmp_path / "1.json").write_text('{"name": "x",\n "version": [1]}')
    (tmp_path / "2.json").write_text('{"data": [{"x": 1}]}')
    (tmp_path / "3.json").write_text('{"n": 1, "data": [{"No": "A"}]}')
    (tmp_path / "4.json").write_text('{\n"No": "B",\n"lines": [{"Proc": "99213"}, {}]}')
    (tmp_path / "5.json").write_text('{"lines": [{"No": "C"}, {"No": "D"}]}\n')
    columns = {"claim_id": "No", "procedure_code": "Proc"}
    claims = read_claims(tmp_path, column_map=columns)
    assert [line.claim_id for line in claims] == ["A", "B", "B", "C", "D"]
    assert "passed over 1.json, 2.json: no column `claim_id`" in claims.notes


def test_a_wrapper_of_any_size_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    lines = [{"note": "x" * 100}] * 10
    items = [{"claim_id": str(number), "lines": lines} for number in range(4000)]
    path.write_text(json.dumps({"n": 1, "claims": items}))
    list(read_claims(path))  # what is only once needed is imported
    tracemalloc.start()
    count = sum(1 for _ in read_claims(path).standing_together())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (count, path.stat().st_size > 4_000_000) == (40_000, True)
    assert peak < 3_000_000


def test_a_list_of_claims_by_another_name_is_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    path.write_text(json.dumps({"encounters": [{"claim_id": "A", "lines": [{"units": 1}]}]}))
    with pytest.raises(ClaimsError) as caught:
        list(read_claims(path))
    assert "if `encounters` is the list of the claims, call it `claims`" in str(caught.value.help)
