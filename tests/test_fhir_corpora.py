"""Public FHIR claims: every file gives the lines that a slow, independent reading finds."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import read_claims
from editwright.evaluator.lines.service_line import ServiceLine

CORPORA = Path(__file__).parents[2] / "shared" / "data" / "claims" / "fhir"
FILES = sorted(CORPORA.rglob("*.*json"))
COUNTS = {
    "hl7-r4-examples": {"Claim": 17, "ExplanationOfBenefit": 2, "item": 25},
    "carin-bb-110": {"ExplanationOfBenefit": 7, "item": 23},
    "inferno-fixtures": {"ExplanationOfBenefit": 7, "item": 21},
    "bfd-r4-v2": {"Claim": 11, "ExplanationOfBenefit": 29, "item": 55},
    "synthea-r4": {"Claim": 424, "ExplanationOfBenefit": 424, "item": 3442},
}

pytestmark = pytest.mark.skipif(not CORPORA.is_dir(), reason="the corpora are not here")


def resources(node: Any) -> Iterator[dict[str, Any]]:
    """The resources of a file, one by one."""
    if node.get("resourceType") == "Bundle":
        for entry in node.get("entry", []):
            yield from resources(entry["resource"])
    else:
        yield node


def claims_of(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    tops = map(json.loads, text.splitlines() if path.suffix == ".ndjson" else [text])
    kinds = ("Claim", "ExplanationOfBenefit")
    return [each for top in tops for each in resources(top) if each["resourceType"] in kinds]


def expected(claims: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What a line must have at least, by a second, simpler reading."""
    found = []
    for claim in claims:
        by_type = {
            each["value"]: each
            for each in claim.get("identifier", [])
            if any(c.get("code") == "uc" for c in each.get("type", {}).get("coding", []))
            and not each.get("system", "").endswith("claim-group")
        }
        by_type |= {
            each["value"]: each
            for each in claim.get("identifier", [])
            if each.get("system", "").endswith(("/clm_id", "/pde_id"))
        }
        for item in claim.get("item", []):
            codes = [
                coding["code"].upper()
                for coding in item.get("productOrService", {}).get("coding", [])
                if coding.get("system", "")
                .lower()
                .endswith(("/cpt", "hcpcsreleasecodesets", "/hcpcs", "/hcpcs_cd", "/cdt"))
            ]
            period = item.get("servicedPeriod", {})
            day = (
                item.get("servicedDate")
                or period.get("start")
                or claim.get("billablePeriod", {}).get("start")
            )
            found.append(
                {
                    "claim_ids": set(by_type) or {claim["id"]},
                    "line_number": item["sequence"],
                    "procedure_code": codes[0] if codes else None,
                    "service_from": day and day[:10],
                }
            )
    return found


def agrees(line: ServiceLine, told: dict[str, Any]) -> bool:
    day = line.service_from and line.service_from.isoformat()
    return (
        line.claim_id in told["claim_ids"]
        and line.line_number == told["line_number"]
        and line.procedure_code == told["procedure_code"]
        and day == told["service_from"]
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_item_of_a_file_is_a_line(path: Path) -> None:
    claims = claims_of(path)
    told = expected(claims)
    read = read_claims(path, keep_bad_lines=10_000)
    if not claims:
        with pytest.raises(ClaimsError, match="no Claim"):
            list(read)
        return
    lines = list(read)
    repeats = read.bad_lines.by_problem["line_number repeats a line of its claim"]
    assert read.bad_lines.count == repeats
    assert len(lines) + repeats == len(told)
    unseen = list(told)
    for line in lines:
        match = next((each for each in unseen if agrees(line, each)), None)
        assert match is not None, line
        unseen.remove(match)
    assert len({each.line_number for each in lines if not unseen}) <= len(told)
    assert repeats == 0 or "Search" in path.name or "Patient" in path.name or "bundle" in path.name


@pytest.mark.parametrize("folder", COUNTS)
def test_the_corpora_have_as_many_as_they_say(folder: str) -> None:
    kinds: Counter[str] = Counter()
    for path in sorted((CORPORA / folder).iterdir()):
        for claim in claims_of(path):
            kinds[claim["resourceType"]] += 1
            kinds["item"] += len(claim.get("item", []))
    assert dict(kinds) == COUNTS[folder]


def test_patients_of_another_file_are_joined() -> None:
    lines = list(read_claims(CORPORA / "synthea-r4"))
    assert len(lines) == 1_721
    assert all(line.birth_date and line.sex for line in lines)
    assert len({line.member_id for line in lines}) == 10


@pytest.mark.slow
def test_rows_and_columns_of_the_corpora_are_the_same() -> None:
    for folder in COUNTS:
        rows, columns = read_claims(CORPORA / folder), read_claims(CORPORA / folder)
        wanted = (
            "procedure_code",
            "units",
            "charge",
            "diagnoses",
            "pointed_diagnoses",
            "modifiers",
        )
        count = len(list(rows))
        assert sum(batch.count for batch in columns.in_columns(wanted)) == count
        assert rows.bad_lines.by_problem == columns.bad_lines.by_problem
