"""Findings to files: what is in them, whole or not at all, and safe to open."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.out import FINDING_FORMATS, OutputError, write_findings
from editwright.evaluator.findings.table import (
    COLUMNS,
    findings_schema,
    findings_to_arrow,
)
from editwright.evaluator.findings.text import findings_text
from tests.findings import FINDING

BARE = Finding(
    claim_id="C2",
    line_number=1,
    member_id=None,
    rule="R001",
    ruleset=None,
    ruleset_version=None,
    disposition="warn",
    scope="all",
    group_code=None,
    carc=None,
    rarc=(),
    message="look at it",
    partners=(),
    units_allowed=None,
    units_total=None,
    source=None,
    table_row=None,
)


def test_the_arrow_table_is_the_findings_table() -> None:
    table = findings_to_arrow([FINDING, BARE])
    assert table.schema == findings_schema()
    assert tuple(table.column_names) == COLUMNS
    first, second = table.to_pylist()
    assert first == {
        "claim_id": "C1",
        "line_number": 2,
        "member_id": "canary-member",
        "rule": "CHEMO-UNITS",
        "ruleset": "chemodenervation",
        "ruleset_version": "2025.1",
        "disposition": "deny",
        "scope": "line",
        "group_code": "CO",
        "carc": "151",
        "rarc": ["N362", "M80"],
        "message": FINDING.message,
        "partner_claim_ids": ["C1", "C0"],
        "partner_line_numbers": [1, 4],
        "units_allowed": Decimal("3.0000"),
        "units_total": Decimal("4.5000"),
        "source": FINDING.source,
        "table_row": 12_345,
    }
    assert (second["rarc"], second["partner_claim_ids"], second["units_total"]) == ([], [], None)


def test_no_findings_are_a_table_without_rows(tmp_path: Path) -> None:
    assert findings_to_arrow([]).num_rows == 0
    path = tmp_path / "findings.parquet"
    write_findings([], path)
    assert pq.read_schema(path) == findings_schema()


def test_parquet_holds_what_arrow_holds(tmp_path: Path) -> None:
    path = tmp_path / "findings.parquet"
    many = [evolve(FINDING, line_number=number) for number in range(40_000)]
    write_findings(iter(many), path)
    assert pq.read_table(path) == findings_to_arrow(many)


def test_csv_joins_lists_and_guards_free_text(tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    risky = evolve(FINDING, claim_id="-100", message="=HYPERLINK(1)", source="@x\n\u00e9")
    write_findings([risky, BARE], path)
    with path.open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["claim_id"] == "-100"
    assert (first["message"], first["source"]) == ("'=HYPERLINK(1)", "'@x\n\u00e9")
    assert (first["rarc"], first["partner_claim_ids"]) == ("N362;M80", "C1;C0")
    assert (first["partner_line_numbers"], first["units_total"]) == ("1;4", "4.5")
    assert (second["units_allowed"], second["rarc"], second["carc"]) == ("", "", "")


@pytest.mark.parametrize("name", ["findings.json", "findings.ndjson", "findings.jsonl"])
def test_json_has_one_whole_object_a_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    write_findings([FINDING, BARE], path)
    first, second = map(json.loads, path.read_text(encoding="ascii").splitlines())
    assert tuple(first) == tuple(second) == COLUMNS
    assert (first["units_allowed"], first["units_total"]) == (3, 4.5)
    assert first["partner_claim_ids"] == ["C1", "C0"]
    assert second["carc"] is None


def test_text_is_grouped_by_claim_and_names_no_member() -> None:
    other = evolve(BARE, claim_id="C1", line_number=3, message="caf\u00e9 \x1b[31m" + "long " * 30)
    assert list(findings_text([FINDING, other, BARE])) == [
        "claim C1",
        "  line 2  CHEMO-UNITS: deny line as CO-151 N362 M80",
        "      64643 on 2025-03-01 is over the limit of 3 units a day.",
        "      units: 4.5, of which 3 allowed",
        "      partners: line 1, line 4 of claim C0",
        "      source: NCCI medically unlikely edits, type 1, row 12,345 of its table",
        "  line 3  R001: warn all",
        "      caf\\xe9 \\x1b[31mlong " + "long " * 13 + "long",
        "      " + "long " * 14 + "long",
        "",
        "claim C2",
        "  line 1  R001: warn all",
        "      look at it",
        "",
        "3 findings",
    ]
    assert list(findings_text([])) == ["no findings"]


@given(st.text(), st.text())
def test_text_is_printable_ascii(claim_id: str, message: str) -> None:
    """Nothing in a claim can drive the terminal."""
    for line in findings_text([evolve(BARE, claim_id=claim_id, message=message)]):
        assert line.isascii()
        assert line.isprintable()


@pytest.mark.parametrize("name", FINDING_FORMATS)
def test_every_format_goes_to_standard_output(
    name: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    write_findings([FINDING], "-", format=name)
    out = capsysbinary.readouterr().out
    if name == "parquet":
        assert pq.read_table(io.BytesIO(out)) == findings_to_arrow([FINDING])
    else:
        assert b"CHEMO-UNITS" in out
    assert (b"canary-member" in out) == (name not in ("text", "claim-status"))


def test_standard_output_gets_text_by_default(capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    write_findings([BARE])
    assert capsysbinary.readouterr().out.startswith(b"claim C2\n")


@pytest.mark.parametrize("name", FINDING_FORMATS)
def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    path = tmp_path / "findings.out"
    path.write_bytes(b"as it was")

    def failing() -> Iterator[Finding]:
        yield FINDING
        raise RuntimeError("the evaluator stopped")

    with pytest.raises(RuntimeError):
        write_findings(failing(), path, format=name)
    assert [file.name for file in tmp_path.iterdir()] == ["findings.out"]
    assert path.read_bytes() == b"as it was"
    write_findings([FINDING], path, format=name)
    assert path.read_bytes() != b"as it was"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_link_keeps_pointing_to_the_file(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("", encoding="utf-8")
    link = tmp_path / "link.csv"
    try:
        link.symlink_to("real.csv")
    except OSError:
        pytest.skip("no links here")
    write_findings([FINDING], link)
    assert link.is_symlink()
    assert "CHEMO-UNITS" in (tmp_path / "real.csv").read_text(encoding="utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no /dev/null")
def test_a_device_is_written_to_and_not_replaced() -> None:
    write_findings([FINDING], "/dev/null", format="csv")
    assert Path("/dev/null").is_char_device()


@pytest.mark.parametrize(
    ("name", "format_", "text"),
    [
        ("findings.xlsx", None, "says no findings format"),
        ("findings.csv", "xml", "there is no findings format `xml`"),
        ("none/findings.csv", None, "cannot write .*no such file"),
        (".", "csv", "is a folder"),
    ],
)
def test_what_cannot_be_written_says_so(
    tmp_path: Path, name: str, format_: str | None, text: str
) -> None:
    with pytest.raises(OutputError, match=text):
        write_findings([FINDING], tmp_path / name, format=format_)


def test_units_have_four_places_in_every_engine() -> None:
    precise = evolve(FINDING, units_total=Decimal("1.00005"), units_allowed=Decimal("1E+2"))
    row = findings_to_arrow([precise]).to_pylist()[0]
    assert (row["units_total"], row["units_allowed"]) == (Decimal("1.0000"), Decimal("100.0000"))
    assert findings_schema().field("units_total").type == pa.decimal128(18, 4)
