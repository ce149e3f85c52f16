"""The 837 files of the corpora: all their claims and lines, held against a slow reading."""

import re
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import CODES, DAYS, LISTS, NUMBERS, lines_of
from tests.claim_reading import error_of
from tests.x12_slow import slow_lines

CLAIMS = Path(__file__).parents[2] / "shared" / "data" / "claims"
COLUMNS = (*CODES, *LISTS, *NUMBERS, *DAYS)

needs_corpora = pytest.mark.skipif(not CLAIMS.is_dir(), reason="the claim corpora are not here")


def counts() -> list[tuple[str, int, int]]:
    """The files with their claims and lines, by the table that lies beside them."""
    if not CLAIMS.is_dir():
        return []
    text = (CLAIMS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\S+/.+?\.\S+) \| (\S) \| (\d*) \| (\d+) \|", text, re.MULTILINE)
    return [
        (name, int(claims or 0), int(lines)) for name, kind, claims, lines in rows if kind != "?"
    ]


def said(line: ServiceLine) -> dict[str, Any]:
    """What the slow reading says of a line, by the line."""
    member = line.member_id or ""
    days = {
        name: None if day is None else day.strftime("%Y%m%d")
        for name, day in (
            ("service_from", line.service_from),
            ("service_to", line.service_to),
            ("birth_date", line.birth_date),
        )
    }
    names = (
        "line_number", "procedure_code", "modifiers", "charge", "units", "place_of_service",
        "bill_type", "revenue_code", "diagnoses", "pointed_diagnoses", "rendering_provider",
        "billing_provider", "group_id", "authorization", "frequency_code", "sex",
    )  # fmt: skip
    return {
        "account": line.claim_id.rsplit("-", 3)[0],
        **{name: getattr(line, name) for name in names},
        **days,
        "member": re.sub(r"-[0-9a-f]{8}$", "", member) or None,
        "shares_its_id": re.search(r"-[0-9a-f]{8}$", member) is not None,
    }


@needs_corpora
def test_the_table_names_every_file() -> None:
    assert len(counts()) == 95


@needs_corpora
@pytest.mark.parametrize(("name", "claim_count", "line_count"), counts())
def test_claims_and_lines_of_a_file(name: str, claim_count: int, line_count: int) -> None:
    path = CLAIMS / "x12" / name
    expected = slow_lines(path.read_bytes())
    assert len(expected) == line_count
    if not claim_count:
        assert "and no claims" in error_of(lambda: read_claims(path))
        return
    claims = read_claims(path)
    lines = list(claims)
    if name == "pyx12/elements.source.837":  # born on a day that is none
        assert claims.bad_lines.by_problem == {"birth_date is not a date": 1}
        expected, claim_count, line_count = [], 0, 0
    else:
        assert claims.bad_lines.count == 0
    assert [said(line) for line in lines] == [_readable(each) for each in expected]
    assert len({line.claim_id for line in lines}) == claim_count
    in_columns = read_claims(path)
    assert _of_columns(in_columns) == [(line.claim_id, line.line_number) for line in lines]


def _readable(expected: dict[str, Any]) -> dict[str, Any]:
    """What the columns of a service line make of the texts."""
    return {
        **expected,
        "shares_its_id": expected["shares_its_id"] and expected["member"] is not None,
        **{name: _plain_codes(expected[name]) for name in ("diagnoses", "pointed_diagnoses")},
        "sex": expected["sex"] if expected["sex"] in ("F", "M") else None,
    }


def _plain_codes(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(code.replace(".", "") for code in codes if code)


def _of_columns(claims: ClaimsIn) -> list[tuple[str, int]]:
    return [
        (line.claim_id, line.line_number)
        for batch in claims.in_columns(COLUMNS)
        for line in lines_of(batch, range(batch.count))
    ]


@needs_corpora
def test_all_files_at_once() -> None:
    claims = read_claims(CLAIMS / "x12")
    lines = sum(1 for _ in claims)
    copies = 57  # lines of files that are there twice
    assert claims.bad_lines.by_problem["line_number repeats a line of its claim"] == copies
    assert lines == sum(count for _, _, count in counts()) - copies - 1
    assert claims.bad_lines.by_unit == {"line": copies + 1, "interchange": 1}


@needs_corpora
@pytest.mark.parametrize("name", [name for name, claims, _ in counts() if claims])
def test_ids_do_not_depend_on_names_or_neighbours(name: str, tmp_path: Path) -> None:
    path = CLAIMS / "x12" / name
    other = tmp_path / "renamed.txt"
    other.write_bytes(path.read_bytes())
    found = [line.claim_id for line in read_claims(path)]
    assert [line.claim_id for line in read_claims(other)] == found
