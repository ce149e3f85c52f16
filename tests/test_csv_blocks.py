"""Delimited text read in blocks: the same lines, and the same rows set aside, as row by row."""

import gzip
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from editwright.evaluator.formats import csv_blocks
from editwright.evaluator.formats.read import read_claims
from editwright.evaluator.kernels.delimited_cells import COMPILED
from tests.test_columns_in import expect_the_same

NAMES = ("claim_id", "line_number", "member_id", "service_from", "procedure_code", "units", "note")

cells = st.sampled_from(
    (
        "", "A", "B1", "1", "2", "2025-03-01", "20250302", "x", "64642", "1.5", " 1", "NULL",
        '"A"', '"A,B"', '"say ""hi"""', '"two\nlines"', '"two\r\nlines"', '""', '"a', 'a"b', '"a"b',
        "Å", "漢字", "a\0b", "a\rb", "\r", '"', '""""', "-", "|", ";", "\t",
    )
)  # fmt: skip
rows = st.lists(cells, min_size=5, max_size=9)
ends = st.sampled_from(("\n", "\n", "\n", "\r\n", "\n\n", "\r\n\r\n", "\n \n", "\r"))
tables = st.lists(st.tuples(rows, ends), max_size=12)


def text_of(table: list[tuple[list[str], str]], delimiter: str, header: str) -> str:
    first = delimiter.join(NAMES) + header
    return first + "".join(delimiter.join(row) + end for row, end in table)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_blocks, "_BLOCK", 160)
    monkeypatch.setattr(csv_blocks, "_MANY_ROWS", 4)


@given(
    tables,
    st.sampled_from(",\t|;"),
    st.sampled_from(("\n", "\r\n", "\n\n")),
    st.sampled_from(("utf-8", "utf-8-sig", "latin-1", "utf-16")),
    st.booleans(),
)
@example([(["A", "1", "", "", '"a', "", "b"], "\n")], ",", "\n", "utf-8", False)
@example([(["A"] * 7, "\r")], ",", "\n", "utf-8", False)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_blocks_and_rows_read_the_same(
    tmp_path: Path,
    table: list[tuple[list[str], str]],
    delimiter: str,
    header: str,
    encoding: str,
    cut: bool,
) -> None:
    """Whatever the text, its lines and what is set aside do not depend on how it is read."""
    path = tmp_path / "claims.csv"
    raw = text_of(table, delimiter, header).encode(encoding, "replace")
    path.write_bytes(raw[:-1] if cut else raw)
    expect_the_same(lambda: read_claims(path, declared_fields={"note": "text"}))


@given(st.binary(max_size=400), st.sampled_from((b"claim_id,units\n", b"claim_id\r\n", b"")))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_are_read_the_same(tmp_path: Path, raw: bytes, header: bytes) -> None:
    path = tmp_path / "claims.csv"
    path.write_bytes(header + raw)
    try:
        claims = read_claims(path)
        del claims
    except Exception:
        return
    expect_the_same(lambda: read_claims(path))


def test_a_row_in_ten_thousand_is_set_aside_alone(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    good = [f"C{number},64642,1\n" for number in range(3_000)]
    good[700] = "C700,64642\n"
    good[1_500] = 'C1500,"64"642,1\n'
    good[2_000] = "C2000,64642,many\n"
    path.write_text("claim_id,procedure_code,units\n" + "".join(good), encoding="utf-8")
    expect_the_same(lambda: read_claims(path))
    claims = read_claims(path)
    assert sum(batch.count for batch in claims.in_columns({"units"})) == 2_997
    assert [bad.row for bad in claims.bad_lines.kept] == [701, 1501, 2001]


def test_a_quote_that_is_never_closed_says_where(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv"
    path.write_text('claim_id,units\nA,1\n"B,1\n' + "C,1\n" * 60_000, encoding="utf-8")
    expect_the_same(lambda: read_claims(path))


def test_gzip_in_blocks(tmp_path: Path) -> None:
    path = tmp_path / "claims.csv.gz"
    path.write_bytes(gzip.compress(b"claim_id,units\n" + b"A,1\n" * 500))
    expect_the_same(lambda: read_claims(path))


@pytest.mark.skipif(not COMPILED, reason="the kernels are not compiled")
def test_plain_text_is_not_read_row_by_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "claims.csv"
    path.write_text('claim_id,units\n"A",1\r\n' + 'B,"1"\n' * 500, encoding="utf-8")
    monkeypatch.setattr(csv_blocks.CsvTable, "_careful_rows", lambda _table: iter(()))
    claims = read_claims(path)
    assert sum(batch.count for batch in claims.in_columns({"units"})) == 501
