"""Findings as FHIR ClaimResponses, valid by the R4 definition, and as a claim status table."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from fhir.resources.R4B.claimresponse import ClaimResponse
from hypothesis import given
from hypothesis import strategies as st

from editwright.evaluator.findings.fhir import (
    CARC_SYSTEM,
    GROUP_SYSTEM,
    RARC_SYSTEM,
    claim_responses,
)
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.out import write_findings
from editwright.evaluator.findings.status import STATUS_COLUMNS
from tests.findings import FINDING

AT = datetime(2025, 3, 1, 12, tzinfo=UTC)
BARE = evolve(
    FINDING,
    line_number=3,
    disposition="warn",
    group_code=None,
    carc=None,
    rarc=(),
    partners=(),
    units_allowed=None,
    units_total=None,
    source=None,
)
REJECT = evolve(FINDING, disposition="reject", line_number=1)


def responses(*findings: Finding) -> list[dict[str, Any]]:
    made = list(claim_responses(findings, created=AT))
    for each in made:
        expect_valid(each)
    return made


def expect_valid(response: dict[str, Any]) -> None:
    """Valid by the definition; and the numbers, texts and values that the model lets pass."""
    ClaimResponse.model_validate_json(json.dumps(response))
    required = {"status", "type", "use", "patient", "created", "insurer", "outcome"}
    assert required <= response.keys()
    assert response["outcome"] in ("queued", "complete", "error", "partial")
    assert ("error" in response) == (response["outcome"] == "error")
    notes = {note["number"] for note in response["processNote"]}
    for item in response.get("item", []):
        assert item["itemSequence"] > 0
        assert item["adjudication"]
        assert set(item["noteNumber"]) <= notes
    assert len({item["itemSequence"] for item in response.get("item", [])}) == len(
        response.get("item", [])
    )
    for node in _nodes(response):
        assert node not in ("", [], {}, None)


def _nodes(node: Any) -> list[Any]:
    children = node.values() if isinstance(node, dict) else node if isinstance(node, list) else []
    return [node, *[each for child in children for each in _nodes(child)]]


def test_a_claim_has_one_response_with_an_item_for_each_line() -> None:
    first, second = responses(FINDING, BARE, evolve(FINDING, claim_id="C2", rule="OTHER"))
    assert first["request"] == {"type": "Claim", "identifier": {"value": "C1"}}
    assert first["patient"] == {"identifier": {"value": "canary-member"}}
    assert first["created"] == "2025-03-01T12:00:00+00:00"
    assert first["outcome"] == "partial"
    assert first["disposition"] == "1 line denied, 1 line with a warning"
    assert [item["itemSequence"] for item in first["item"]] == [2, 3]
    assert second["request"]["identifier"]["value"] == "C2"


def test_reasons_are_coded_in_their_official_systems() -> None:
    (response,) = responses(FINDING)
    reasons = [each.get("reason") for each in response["item"][0]["adjudication"]]
    assert reasons == [
        {
            "coding": [
                {"system": CARC_SYSTEM, "code": "151"},
                {"system": GROUP_SYSTEM, "code": "CO"},
            ]
        },
        {"coding": [{"system": RARC_SYSTEM, "code": "N362"}]},
        {"coding": [{"system": RARC_SYSTEM, "code": "M80"}]},
        None,
        None,
    ]
    values = [each["value"] for each in response["item"][0]["adjudication"] if "value" in each]
    assert values == [3, 4.5]
    (note,) = response["processNote"]
    assert note["text"] == (
        "line 2, deny by CHEMO-UNITS: 64643 on 2025-03-01 is over the limit of 3 units a day. "
        "(with line 1, line 4 of claim C0)"
    )


def test_a_rejected_claim_has_errors_and_no_items() -> None:
    (response,) = responses(REJECT, FINDING)
    assert response["outcome"] == "error"
    assert "item" not in response
    (error,) = response["error"]
    assert error["itemSequence"] == 1
    assert error["code"]["coding"][0] == {"system": CARC_SYSTEM, "code": "151"}
    assert len(response["processNote"]) == 2
    assert response["disposition"] == "1 line denied, 1 line rejected"


def test_what_fhir_cannot_number_is_told_with_the_claim() -> None:
    (response,) = responses(evolve(FINDING, line_number=0, member_id=None))
    assert "item" not in response
    assert response["adjudication"]
    (rejected,) = responses(evolve(REJECT, line_number=0))
    assert "itemSequence" not in rejected["error"][0]


TEXT = st.text(max_size=12)


@given(
    st.lists(
        st.builds(
            Finding,
            claim_id=TEXT.filter(lambda text: bool(text.strip())),
            line_number=st.integers(0, 3),
            member_id=st.none() | TEXT.filter(lambda text: bool(text.strip())),
            rule=st.just("R1"),
            ruleset=st.none(),
            ruleset_version=st.none(),
            disposition=st.sampled_from(["deny", "reject", "pend", "warn", "monitor", "reduce"]),
            scope=st.sampled_from(["line", "all", "claim"]),
            group_code=st.none() | st.just("CO"),
            carc=st.none() | st.just("97"),
            rarc=st.lists(st.just("N1"), max_size=2).map(tuple),
            message=TEXT,
            partners=st.lists(st.tuples(TEXT, st.integers(0, 9)), max_size=2).map(tuple),
            units_allowed=st.none() | st.decimals(0, 9, places=2),
            units_total=st.none() | st.decimals(0, 9, places=2),
            source=st.none() | TEXT,
            table_row=st.none(),
        ),
        max_size=4,
    )
)
def test_whatever_was_found_the_responses_are_valid(findings: list[Finding]) -> None:
    findings = sorted(
        findings, key=lambda each: (each.claim_id, each.member_id or "", each.line_number)
    )
    told = [note for each in responses(*findings) for note in each["processNote"]]
    assert len(told) == len(findings)


def test_files_are_told_by_their_endings(tmp_path: Path) -> None:
    write_findings([FINDING], tmp_path / "out.fhir.ndjson")
    (row,) = (tmp_path / "out.fhir.ndjson").read_text().splitlines()
    assert json.loads(row)["resourceType"] == "ClaimResponse"
    write_findings([FINDING], tmp_path / "out.status.csv")
    assert (tmp_path / "out.status.csv").read_text().startswith("claim,line,disposition")
    write_findings([FINDING], tmp_path / "out.ndjson")
    assert "resourceType" not in (tmp_path / "out.ndjson").read_text()


def status(tmp_path: Path, *findings: Finding) -> list[dict[str, str]]:
    target = tmp_path / "out.csv"
    write_findings(findings, target, format="claim-status")
    with target.open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_claim_status_is_a_row_for_each_finding(tmp_path: Path) -> None:
    first, second = status(tmp_path, FINDING, BARE)
    assert tuple(first) == STATUS_COLUMNS
    assert first == {
        "claim": "C1",
        "line": "2",
        "disposition": "deny",
        "applies_to": "the line",
        "group_code": "CO",
        "carc": "151",
        "rarcs": "N362 M80",
        "message": "64643 on 2025-03-01 is over the limit of 3 units a day.",
        "partner_lines": "line 1, line 4 of claim C0",
        "rule": "CHEMO-UNITS",
        "source": FINDING.source,
    }
    assert (second["carc"], second["rarcs"], second["partner_lines"]) == ("", "", "")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_cell_is_a_formula(tmp_path: Path, start: str) -> None:
    text = f"{start}cmd|x"
    (row,) = status(tmp_path, evolve(FINDING, claim_id=text, message=text, rule=text, source=text))
    for cell in row.values():
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    (negative,) = status(tmp_path, evolve(FINDING, claim_id="-10000931038951"))
    assert negative["claim"] == "-10000931038951"


def test_standard_output_takes_both(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for name, start in (("fhir", b'{"resourceType":"ClaimResponse"'), ("claim-status", b"claim,")):
        write_findings([FINDING], format=name)
        assert capfdbinary.readouterr().out.startswith(start)


def test_no_member_is_in_a_claim_status() -> None:
    stream = io.BytesIO()
    from editwright.evaluator.findings.out import FINDING_FORMATS

    FINDING_FORMATS["claim-status"]([FINDING], stream)
    assert b"canary-member" not in stream.getvalue()
