"""The small things, timed by pytest-benchmark: `pytest benchmarks --benchmark-only`.

Each takes seconds. The large sizes, and memory, are in `python -m benchmarks`.
"""

import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TypeVar

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from benchmarks.claim_files import FORMATS, write_claims
from benchmarks.claim_lines import claim_table
from benchmarks.claim_scenarios import (
    made_up_claims,
    made_up_lines,
    made_up_rules,
    repeated_findings,
    shipped_rules,
)
from benchmarks.job import ROOT
from benchmarks.rule_texts import plain_rules, rich_rules
from editwright.evaluator.findings.out import FINDING_FORMATS, write_findings
from editwright.evaluator.formats.read import read_claims, read_table
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar.check import check_sources
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse
from editwright.grammar.source import Source
from editwright.rules import Rules

T = TypeVar("T")

RULES = pytest.mark.parametrize("rules", [100, 1_000, 10_000])


def timed(benchmark: BenchmarkFixture, run: Callable[[], T], rounds: int = 3) -> T:
    """Time a few runs after one that does not count, and return what they return."""
    result: T = benchmark.pedantic(  # type: ignore[no-untyped-call]
        run, rounds=rounds, warmup_rounds=1
    )
    return result


@cache
def plain_source(rules: int) -> Source:
    return Source("made up", plain_rules(rules))


@cache
def loaded(rules: int) -> Rules:
    """So many made-up rules; the shipped ones for 0."""
    return made_up_rules(rules) if rules else shipped_rules()


@cache
def lines_in_memory(count: int) -> tuple[ServiceLine, ...]:
    return tuple(made_up_lines(count))


@RULES
def test_parse(benchmark: BenchmarkFixture, rules: int) -> None:
    source = plain_source(rules)
    file, _ = timed(benchmark, lambda: parse(source))
    assert len(file.statements) == rules


@RULES
def test_check(benchmark: BenchmarkFixture, rules: int) -> None:
    source = plain_source(rules)
    assert timed(benchmark, lambda: check_sources([source])).rules is not None


def test_check_rules_with_clauses(benchmark: BenchmarkFixture) -> None:
    source = Source("made up", rich_rules(1_000))
    assert timed(benchmark, lambda: check_sources([source])).rules is not None


@RULES
def test_format(benchmark: BenchmarkFixture, rules: int) -> None:
    file, _ = parse(plain_source(rules))
    assert timed(benchmark, lambda: format_file(file)).count("\n") >= rules


def test_start_of_check(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    path = tmp_path / "one.edits"
    path.write_text(plain_rules(1), encoding="utf-8")
    command = [sys.executable, "-m", "editwright", "check", str(path)]

    def start() -> int:
        done = subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        return done.returncode

    assert timed(benchmark, start, rounds=5) == 0


@pytest.mark.parametrize("rules", [0, 10_000], ids=["shipped", "10000"])
def test_evaluate_one_claim(benchmark: BenchmarkFixture, rules: int) -> None:
    (claim,) = made_up_claims(1)
    benchmark(loaded(rules).evaluate_claim, claim)


@pytest.mark.parametrize("lines", [1_000, 5_000])
def test_evaluate_by_lines(benchmark: BenchmarkFixture, lines: int) -> None:
    rules, claims = loaded(0), lines_in_memory(lines)
    findings = timed(benchmark, lambda: rules.evaluate(claims), rounds=1)
    assert findings.summary.lines == lines


@pytest.mark.parametrize("rules", [10, 1_000, 10_000])
def test_evaluate_by_rules(benchmark: BenchmarkFixture, rules: int) -> None:
    ready, claims = loaded(rules), lines_in_memory(1_000)
    findings = timed(benchmark, lambda: ready.evaluate(claims))
    assert findings.summary.lines == 1_000


@pytest.mark.parametrize("format", FORMATS)
def test_read_file(benchmark: BenchmarkFixture, tmp_path: Path, format: str) -> None:
    path = write_claims(claim_table(10_000), tmp_path / "claims", format)
    assert len(timed(benchmark, lambda: list(read_claims(path)))) == 10_000


def test_read_table(benchmark: BenchmarkFixture) -> None:
    table = claim_table(10_000)
    assert len(timed(benchmark, lambda: list(read_table(table)))) == 10_000


@pytest.mark.parametrize("format", list(FINDING_FORMATS))
def test_write_findings(benchmark: BenchmarkFixture, tmp_path: Path, format: str) -> None:
    findings = repeated_findings(5_000)
    path = tmp_path / "findings"
    assert timed(benchmark, lambda: write_findings(findings, path, format=format)) == 5_000
