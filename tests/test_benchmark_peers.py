"""The benchmarks' other engines find exactly what the rules find, partners included."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import editwright
from benchmarks.claim_stream import write_claim_lines
from benchmarks.code_pool import ncci_pool
from benchmarks.ncci import RULE_NAMES, read_ncci, write_ncci
from benchmarks.ncci_made_up import Size
from benchmarks.peers import PEERS, installed, load_peer
from editwright.rules import Rules

SMALL = Size(codes=300, pairs=6_000, limits=320, add_on_rows=150)
TINY = Size(codes=40, pairs=50, limits=40, add_on_rows=10)
LINES = 1_000

Found = dict[tuple[str, int, str], tuple[tuple[str, int], ...]]
"""Claim, line and rule of each finding, and its partners."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ncci")
    write_ncci(folder, SMALL)
    return folder


@pytest.fixture(scope="module")
def rules(folder: Path) -> Rules:
    return editwright.load(folder / "ncci.edits")


@pytest.fixture(scope="module")
def claims(folder: Path) -> Path:
    pool = ncci_pool(read_ncci(folder))
    return write_claim_lines(folder / "claims.parquet", LINES, order="date", pool=pool, over=0.2)


@pytest.fixture(scope="module")
def expected(rules: Rules, claims: Path) -> Found:
    return found_by_rules(rules, claims)


def found_by_rules(rules: Rules, claims: Path) -> Found:
    return {
        (each.claim_id, each.line_number, each.rule): tuple(sorted(each.partners))
        for each in rules.evaluate(pq.read_table(claims))
    }


def found_by_peer(name: str, folder: Path, claims: Path) -> Found:
    findings = folder / f"{name}.parquet"
    load_peer(name, folder).run(claims, findings)
    return {
        (row["claim_id"], row["line_number"], row["rule"]): tuple(
            zip(row["partner_claim_ids"], row["partner_line_numbers"], strict=True)
        )
        for row in pq.read_table(findings).to_pylist()
    }


def test_the_claims_break_every_rule(expected: Found) -> None:
    assert {rule for _, _, rule in expected} == set(RULE_NAMES)


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_what_the_rules_find(
    name: str, folder: Path, claims: Path, expected: Found
) -> None:
    if not installed(name):
        pytest.skip(f"{name} is not installed")
    assert found_by_peer(name, folder, claims) == expected


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_spreads_denials_down_a_chain(name: str, tmp_path: Path) -> None:
    """Add-on codes of add-on codes, of a primary that its units deny."""
    if not installed(name):
        pytest.skip(f"{name} is not installed")
    write_chain_tables(tmp_path)
    rows = [
        {
            "claim_id": claim,
            "line_number": number,
            "member_id": claim,
            "service_from": "2025-03-01",
            "procedure_code": code,
            "modifier_1": None,
            "modifier_2": None,
            "units": units if code == "10000" else 1,
            "rendering_provider": provider,
        }
        for claim, units, provider in (("C1", 9, "P1"), ("C2", 1, "P1"), ("C3", 9, None))
        for number, code in enumerate(("10000", "10001", "10002", "10003", "10004"), 1)
    ]
    table = pa.Table.from_pylist(rows)
    dates = table["service_from"].cast(pa.date32())
    claims = tmp_path / "claims.parquet"
    pq.write_table(table.set_column(3, "service_from", dates), claims)
    found = found_by_peer(name, tmp_path, claims)
    assert found == found_by_rules(editwright.load(tmp_path / "ncci.edits"), claims)
    assert {key for key in found if key[0] == "C1"} == {
        ("C1", 1, "MUE-DAY"),
        ("C1", 2, "NCCI-AOC"),
        ("C1", 3, "NCCI-AOC"),
        ("C1", 4, "NCCI-AOC"),
        ("C1", 5, "NCCI-AOC-OPEN"),
    }


def write_chain_tables(folder: Path) -> None:
    """Five codes, each but the first an add-on code of the one before."""
    write_ncci(folder, TINY)
    chain = ["10000", "10001", "10002", "10003", "10004"]
    aoc = pq.read_table(folder / "aoc.parquet").slice(0, 4)
    aoc = aoc.drop_columns(["add_on", "primary", "deletion", "contractor_defined"])
    aoc = aoc.append_column("add_on", pa.array(chain[1:]))
    aoc = aoc.append_column("primary", pa.array(chain[:-1]))
    aoc = aoc.append_column("deletion", pa.nulls(4, pa.date32()))
    aoc = aoc.append_column("contractor_defined", pa.array(["N", "N", "N", "Y"]))
    pq.write_table(aoc, folder / "aoc.parquet")
    mue = pq.read_table(folder / "mue.parquet").slice(0, 5)
    mue = mue.drop_columns(["hcpcs", "units", "adjudication_indicator"])
    mue = mue.append_column("hcpcs", pa.array(chain))
    mue = mue.append_column("units", pa.array([2] * 5, pa.int32()))
    mue = mue.append_column("adjudication_indicator", pa.array([3] * 5, pa.int8()))
    pq.write_table(mue, folder / "mue.parquet")
