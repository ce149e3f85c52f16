"""Laws of reading claims: no row is lost, and no message gives a member away."""

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats.read import read_claims, read_table

FIELDS = (
    "claim_id", "line_number", "member_id", "birth_date", "sex", "service_from", "service_to",
    "procedure_code", "modifier_1", "modifier_2", "units", "charge", "bill_type", "diagnosis_1",
    "diagnosis_2", "diagnosis_pointers", "revenue_code", "plan",
)  # fmt: skip
plausible = st.sampled_from(
    [
        "",
        "A",
        "1",
        "2",
        "01",
        "1.5",
        "2025-03-01",
        "20250301",
        "G80.1",
        "1,2",
        "F",
        "NaN",
        "1e3",
        "NULL",
    ]
)
cells = st.one_of(plausible, st.text(max_size=12))
rows = st.lists(st.tuples(*[cells for _ in FIELDS]), max_size=8)
json_cells = st.recursive(
    st.one_of(cells, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(rows=rows)
def test_no_csv_row_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    """Lines out and bad lines add up to the rows in."""
    text = io.StringIO()
    csv.writer(text).writerows([FIELDS, *rows])
    path = tmp_path_factory.mktemp("csv") / "claims.csv"
    path.write_bytes(text.getvalue().encode("utf-8", "replace"))
    claims = read_claims(path, declared_fields={"plan": "text"})
    assert sum(1 for _ in claims) + claims.bad_lines.count == len(rows)


@settings(max_examples=300, deadline=None)
@given(rows=st.lists(st.dictionaries(st.sampled_from(FIELDS), json_cells, max_size=8), max_size=8))
def test_no_json_line_is_lost(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    """Lines out and bad lines add up to the rows in, whatever the objects hold."""
    path = tmp_path_factory.mktemp("json") / "claims.ndjson"
    everything = [{"claim_id": "first", "line_number": 1}, *rows]
    path.write_text("\n".join(map(json.dumps, everything)), encoding="ascii")
    from_file = read_claims(path, declared_fields={"plan": "text"})
    assert sum(1 for _ in from_file) + from_file.bad_lines.count == len(everything)
    from_table = read_table(everything, declared_fields={"plan": "text"})
    assert sum(1 for _ in from_table) + from_table.bad_lines.count == len(everything)


CANARY_MEMBER, CANARY_BIRTH = "ZQ-771-canary", "1931-07-23"


@settings(max_examples=300, deadline=None)
@given(
    bad=st.dictionaries(
        st.sampled_from([name for name in FIELDS if name not in ("member_id", "birth_date")]),
        st.sampled_from(
            [
                CANARY_MEMBER,
                CANARY_BIRTH,
                f"x{CANARY_MEMBER}",
                "07/23/1931",
                "19310723",
                f"{CANARY_BIRTH}T99",
                "Jane Canary",
                [CANARY_MEMBER],
                {"id": CANARY_MEMBER},
            ]
        ),
        min_size=1,
    ),
    private=st.sampled_from(
        [
            {"member_id": CANARY_MEMBER, "birth_date": CANARY_BIRTH},
            {"patient_id": CANARY_MEMBER, "birth_date": CANARY_BIRTH + "x"},
            {"member_id": [CANARY_MEMBER], "birth_date": "07/23/1931"},
            {"member_id": CANARY_MEMBER, "birth_date": date(1931, 7, 23)},
        ]
    ),
)
def test_no_reason_gives_a_member_away(bad: dict[str, object], private: dict[str, object]) -> None:
    """No member id, name or birth date is in a reason, even where cells have slipped."""
    claims = read_table([{"claim_id": "C1", **private, **bad}])
    list(claims)
    for line in claims.bad_lines.kept:
        for shown in (str(line), repr(line)):
            assert "canary" not in shown.lower()
            assert "1931" not in shown
