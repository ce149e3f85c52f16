"""What the benchmarks make up, compare and write."""

import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import editwright
from benchmarks.claim_lines import claim_table
from benchmarks.claim_stream import write_claim_lines
from benchmarks.code_pool import ncci_pool, quiet_pool
from benchmarks.document import write_document
from benchmarks.job import ROOT
from benchmarks.ncci import read_ncci, write_ncci
from benchmarks.ncci_made_up import Size
from benchmarks.odd_claims import odd_claims
from benchmarks.one_claim_scenarios import claims_in_turn
from benchmarks.peers import plain_python
from benchmarks.report import LeftOut, Measured, differing
from benchmarks.results import Results, merged, read_results, write_results
from benchmarks.scenarios import MODULES, SCENARIOS

SMALL = Size(codes=300, pairs=6_000, limits=320, add_on_rows=150)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_ncci(tmp_path_factory.mktemp("ncci"), SMALL).parent


def measurement(engine: str, seconds: float = 1.0, outcome: str = "") -> Measured:
    return Measured(
        "Batch", "NCCI, by date", engine, 100, "100 lines", seconds, 100, "lines", 9, 1, outcome
    )


def test_every_scenario_has_a_key_and_a_chapter_of_its_own() -> None:
    assert len(SCENARIOS) == sum(len(module.SCENARIOS) for module in MODULES)


def test_made_up_tables_and_claims_are_the_same_each_time(folder: Path, tmp_path: Path) -> None:
    write_ncci(tmp_path, SMALL)
    again = read_ncci(tmp_path)
    assert again == read_ncci(folder)
    pool = ncci_pool(again)
    assert claim_table(300, pool=pool) == claim_table(300, pool=ncci_pool(read_ncci(folder)))


def test_parts_of_a_claims_file_share_no_claim_and_no_member() -> None:
    one, two = claim_table(500), claim_table(500, start=500)
    for name in ("claim_id", "member_id"):
        assert not set(one[name].to_pylist()) & set(two[name].to_pylist())


def test_a_file_in_either_order_has_the_same_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.claim_stream.LINES_OF_PART", 240)
    by_date = pq.read_table(write_claim_lines(tmp_path / "1.parquet", 700, order="date"))
    by_member = pq.read_table(write_claim_lines(tmp_path / "2.parquet", 700, order="member"))
    assert by_date.num_rows == 700
    assert by_date == by_date.sort_by("service_from")
    assert by_member == by_member.sort_by("member_id")
    names = ("claim_id", "line_number", "procedure_code", "units")
    assert set(zip(*(by_date[name].to_pylist() for name in names), strict=True)) == set(
        zip(*(by_member[name].to_pylist() for name in names), strict=True)
    )


@pytest.mark.parametrize(("over", "share"), [(0.0, 0.0), (1.0, 1.0)])
def test_claims_can_have_no_finding_or_one_on_every_line(
    over: float, share: float, folder: Path
) -> None:
    rules = editwright.load(folder / "ncci.edits")
    pool = quiet_pool(read_ncci(folder))
    findings = rules.evaluate(claim_table(400, pool=pool, over=over))
    assert len({(each.claim_id, each.line_number) for each in findings}) == share * 400


def test_plain_python_finds_on_a_claim_what_the_rules_find(folder: Path) -> None:
    rules, peer = editwright.load(folder / "ncci.edits"), plain_python.Ncci(folder)
    past = [
        {**line, "claim_id": f"H{number}", "member_id": "M1"}
        for number, (line,) in enumerate(claims_in_turn(folder, 1, 30))
    ]
    total = 0
    for lines in claims_in_turn(folder, 6, 60):
        claim = [
            {**line, "member_id": "M1", "units": number * 2} for number, line in enumerate(lines)
        ]
        expected = {
            (each.rule, each.line_number) for each in rules.evaluate_claim(claim, history=past)
        }
        assert peer.judge(claim, past) == expected
        total += len(expected)
    assert total > 60


def test_odd_claims_have_their_shape() -> None:
    usual = claim_table(200)
    assert len(set(odd_claims(usual, "one-member")["member_id"].to_pylist())) == 1
    assert len(set(odd_claims(usual, "one-date")["service_from"].to_pylist())) == 1
    crowded = odd_claims(usual, "crowded-days")
    names = ("member_id", "service_from", "rendering_provider")
    visits = list(zip(*(crowded[name].to_pylist() for name in names), strict=True))
    assert [visits.count(each) for each in dict.fromkeys(visits)] == [80, 80, 40]


def test_engines_that_differ_are_named() -> None:
    same = [measurement("editwright", outcome="a 1"), measurement("duckdb", outcome="a 1")]
    assert not differing(same)
    (problem,) = differing([*same, measurement("polars", outcome="a 2")])
    assert "NCCI, by date, 100 lines" in problem


def test_results_are_replaced_one_by_one_and_written(tmp_path: Path) -> None:
    left_out = LeftOut("Batch", "NCCI, by date", "pandas", 100, "pandas is not installed")
    old = Results({"python": "3.11"}, [measurement("duckdb"), measurement("polars")], [left_out])
    new = Results({"python": "3.12"}, [measurement("polars", 2), measurement("pandas", 3)], [])
    results = merged(old, new)
    assert [(each.engine, each.seconds) for each in results.measured] == [
        ("duckdb", 1.0), ("polars", 2), ("pandas", 3)
    ]  # fmt: skip
    assert not results.left_out
    (tmp_path / "speed").mkdir()
    write_results(results, tmp_path / "speed" / "results.json")
    assert read_results(tmp_path / "speed" / "results.json") == results
    write_document(results, tmp_path / "speed.md")
    text = (tmp_path / "speed.md").read_text(encoding="utf-8")
    assert "| NCCI, by date | 100 lines | polars | 2 | 50 lines/s | 9 MB |" in text


def test_arrow_is_set_up_before_it_is_imported() -> None:
    """Scenarios import what they measure by themselves."""
    code = "import sys, benchmarks.scenarios; sys.exit('pyarrow' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
