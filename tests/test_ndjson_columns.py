"""NDJSON and JSON arrays read in columns: the same lines, and the same lines set aside, as object
by object."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import json_text, ndjson_columns
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import read_claims
from tests.test_columns_in import COLUMNS, DECLARED, EVERYTHING, MEMBERS, expect_the_same

texts = st.sampled_from(
    ["", " ", "A", "a", "A1", "1", "01", "1.5", "-3", "g80.1", "2025-03-01", "20250301", "1,2",
     "2 1 2", "RT 59", "F", "male", "NaN", "1e3", "1.2E+11", "NULL", "M1", "é", "漢", "[1, 2]",
     "0131", "137", "8", "400", "99999999999", "x\ty", 'say "a"', "a\\b", "two\nlines", "\u2028"]
).map(lambda text: json.dumps(text, ensure_ascii=len(text) % 2 == 0))  # fmt: skip
numbers = st.sampled_from(
    ["0", "1", "2", "3", "11", "137", "400", "450", "0450", "64643", "20250301", "-1", "-0", "1.0",
     "1.5", "2.50", "85.25", "0.123456789", "1e3", "1E-2", "1e400", "1e99999999999999999999", ".5",
     "5.", "+1", "999999999999999999", "1234567890123456789", "9" * 40, "0." + "1" * 40, "1" * 5000,
     "NaN", "Infinity", "-Infinity", "99999999999"]
)  # fmt: skip
words = st.sampled_from(["null", "true", "false", "True", "nul", "undefined", ""])
scalars = texts | texts | numbers | words
lists = st.lists(scalars | st.sampled_from(["[]", "{}", '{"code": "A"}']), max_size=3).map(
    lambda items: f"[{', '.join(items)}]"
)
objects = st.sampled_from(["{}", '{"a": 1}', '{"a": 1, "a": 2}', '{"a": [1, {"b": 2}]}'])
escapes = st.sampled_from(
    ['"\\u0041"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\x"', '"\\u12"', '"\\', '"a\tb"', '"open']
)
values = st.one_of(scalars, scalars, scalars, lists, objects, escapes)

names = st.sampled_from(
    [*COLUMNS, "claim_id", "Claim ID", "patient_control_number", "dos", "from_date", "hcpcs_code",
     "modifier", "mod1", "dx_1", "diagnosis_codes", "dx_pointers", "nothing", 'q"uote', "Größe"]
)  # fmt: skip
ids = st.sampled_from(['"A"', '"B"', '"C"', '"A "', '""', "1", "2.0", "1.5", "null", '"\\u0041"'])
blanks = st.sampled_from(["", "", "", "", " ", "\t", "\r"])


@st.composite
def written_objects(draw: st.DrawFn, shape: Sequence[str]) -> str:
    """An object with these names, mostly; and mostly one that can be read."""
    found = [*shape]
    if draw(st.integers(0, 7)) == 0:
        found.append(draw(names))
    usual = draw(st.integers(0, 3))
    pairs = [("claim_id", draw(ids))] if draw(st.integers(0, 9)) else []
    pairs += [(name, draw(scalars if usual else values)) for name in found]
    gap = draw(blanks)
    return "{" + ",".join(f"{gap}{json.dumps(n)}:{v}{gap}" for n, v in pairs) + f"}}{gap}"


others = st.sampled_from(
    ["", " ", "\r", "\f", "[]", "1", "null", "{", "}", "{}", "{} {}", "{,}", '{"claim_id": "A",}',
     '\ufeff{"claim_id": "A"}', '{"claim_id" "A"}', '{claim_id: "A"}', "\x00", "[" * 70,
     '{"claim_id": "A"} x', '{"claim_id": "D", "note": "\r"}', "{'claim_id': 'A'}"]
)  # fmt: skip


@st.composite
def files(draw: st.DrawFn) -> bytes:
    shapes = draw(st.lists(st.lists(names, max_size=8, unique=True), min_size=1, max_size=3))
    lines = draw(
        st.lists(
            st.one_of(*[written_objects(shape) for shape in shapes for _ in range(3)], others),
            max_size=14,
        )
    )
    text = "".join(line + draw(st.sampled_from(["\n", "\n", "\n", "\r\n"])) for line in lines)
    raw = text.encode()
    if draw(st.integers(0, 5)) == 0:
        raw = raw.replace("é".encode(), b"\xe9")
    return raw if draw(st.booleans()) else raw.rstrip(b"\n")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson_columns, "_BLOCK", 600)
    monkeypatch.setattr(ndjson_columns, "_MANY_LINES", 4)


@given(files(), st.booleans())
@example(b'{"claim_id": "A"}\n{"claim_id": "A", "procedure_code": 400}\n', False)
@example(b'{"claim_id": "A"}\n{"claim_id": "B", "claim_id": "C"}\n{"claim_id": "D"}', False)
@example(b'{"claim_id": "A", "charge": 1}\n{"claim_id": "A", "charge": 1.2345678}\n', False)
@example(b'{"claim_id": "A"}\n{"claim_id": "A", "units": 0450}\n{"claim_id": "A"}\n', False)
@example(b'{"claim_id": "A"}\n{"claim_id": "A", "dos": "2025-03-01"}\n{"claim_id": "B", '
         b'"from_date": "2025-03-02", "dos": "x"}\n', False)  # fmt: skip
@example(b'{"claim_id": "A"}\n{"claim_id": "B", "modifiers": ["25"]}\n{"claim_id": "B", '
         b'"modifier_1": "59"}\n', False)  # fmt: skip
@settings(
    settings.get_profile("laws"),
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_blocks_and_objects_are_read_the_same(tmp_path: Path, raw: bytes, history: bool) -> None:
    """Whatever the text, its lines and what is set aside do not depend on how it is read."""
    path = written(tmp_path, raw)
    expect_the_same(
        lambda: read_claims(
            [path],
            declared_fields=DECLARED,
            members=MEMBERS if history else {},
            history=history,
        )
    )


items = st.sampled_from(
    ["null", "3", '"A"', "[]", "[{}]", "{}", '{"claim_id": "A", }', "{'a': 1}",
     '{"claim_id": "A\n"}', '{"a": {"b": "]"}, "claim_id": "A"}', '{"claim_id": "A" "B"}']
)  # fmt: skip
ends = st.sampled_from(["]", "]", "]", "]", "]\n", "] ", "", ",]", "]]", "}", "] x"])


@st.composite
def arrays(draw: st.DrawFn) -> bytes:
    """Arrays of such objects, on one line or on many, which mostly end as they should."""
    shape = draw(st.lists(names, max_size=6, unique=True))
    objects = st.one_of(*[written_objects(shape) for _ in range(5)], items)
    gap = st.sampled_from(["", " ", "\n", "\r\n  "])
    found = [draw(gap) + each + draw(gap) for each in draw(st.lists(objects, max_size=14))]
    if draw(st.booleans()):
        found = [each.replace(",", ",\n\t") for each in found]
    text = f"{','.join(found)}{draw(ends)}"
    return text.encode().replace("é".encode(), draw(st.sampled_from(["é".encode(), b"\xe9"])))


@given(arrays(), st.integers(1, 700))
@example(b'{"claim_id": "A"},\n{"claim_id": "A"}]', 600)
@example(b'{"claim_id": "A"},\n{"claim_id": \n"\nA"}, 5]', 600)
@settings(
    settings.get_profile("laws"),
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_arrays_are_read_the_same_in_columns(tmp_path: Path, raw: bytes, chunk: int) -> None:
    """Whatever is in them and wherever they break off."""
    path = tmp_path / "claims.json"
    path.write_bytes(b'[{"member_id": "M1", "claim_id": "Z"},' + raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_text, "_CHUNK", chunk)
        expect_the_same(lambda: read_claims([path], declared_fields=DECLARED, members=MEMBERS))


def test_an_item_longer_than_any_may_be(tmp_path: Path) -> None:
    """A little less is a line that is read; more ends the reading, with the same words."""
    path = tmp_path / "claims.json"
    for size, is_read in (((1 << 24) - 1, True), (1 << 24, False)):
        item = '{"claim_id": "A", "note": "'
        item += "x" * (size - len(item) - 2) + '"}'
        path.write_text(f'[{{"claim_id": "B"}},{item},{{"claim_id": "C"}}]', encoding="utf-8")
        if is_read:
            claims = read_claims([path])
            assert sum(batch.count for batch in claims.in_columns(())) == 3
        else:
            with pytest.raises(ClaimsError, match="behind item 1 an item has more than 16 MiB"):
                list(read_claims([path]).in_columns(()))


@given(files(), st.sets(st.sampled_from(sorted(EVERYTHING)), max_size=6))
@settings(
    settings.get_profile("laws"),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_what_is_wanted_alone_is_read_the_same(
    tmp_path: Path, raw: bytes, wanted: set[str]
) -> None:
    """Which lines are set aside does not depend on how objects are read either."""
    path = written(tmp_path, raw)
    found: list[tuple[str, Sequence[BadLine], int]] = []
    for in_blocks in (True, False):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ndjson_columns, "COMPILED", in_blocks)
            claims = read_claims([path], declared_fields=DECLARED)
            try:
                count = sum(batch.count for batch in claims.in_columns(wanted))
            except ClaimsError as error:
                found.append((str(error), [], 0))
            else:
                found.append(("", claims.bad_lines.kept, count))
    assert found[0] == found[1]


def written(folder: Path, raw: bytes) -> Path:
    """A file that is taken for NDJSON whatever follows its first line."""
    path = folder / "claims.ndjson"
    path.write_bytes(b'{"member_id": "M1"}\n' + raw)
    return path
