"""Scenarios with claims: reading them, judging them, judging one at a time, writing findings."""

from collections.abc import Callable, Iterable
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.claim_files import write_claims
from benchmarks.job import SHIPPED, Job, Scenario
from benchmarks.rule_texts import plain_rules

if TYPE_CHECKING:
    from editwright.evaluator.findings.finding import Finding
    from editwright.evaluator.lines.service_line import ServiceLine
    from editwright.rules import Rules

LINES_FOR_RULES = 1_000
LINES_FOR_FINDINGS = 500
CLAIMS_IN_TURN = 500
LINES_OF_CLAIM = 6


def made_up_rules(count: int) -> "Rules":
    """Checked rules of one sentence each."""
    from editwright.rules import load_text

    return load_text(plain_rules(count))


def shipped_rules() -> "Rules":
    """The rule files that ship, checked."""
    from editwright.rules import load

    return load(*SHIPPED)


def made_up_lines(count: int) -> "list[ServiceLine]":
    """Service lines in memory."""
    from benchmarks.claim_lines import claim_table
    from editwright.evaluator.formats.read import read_table

    return list(read_table(claim_table(count)))


def made_up_claims(count: int) -> "list[list[ServiceLine]]":
    """Claims of six lines, each of one member and day."""
    from attrs import evolve

    lines = sorted(made_up_lines(count * LINES_OF_CLAIM), key=lambda line: str(line.member_id))
    groups = [lines[at : at + LINES_OF_CLAIM] for at in range(0, len(lines), LINES_OF_CLAIM)]
    return [
        [
            evolve(
                line,
                claim_id=group[0].claim_id,
                line_number=number,
                member_id=group[0].member_id,
                service_from=group[0].service_from,
                service_to=group[0].service_from,
            )
            for number, line in enumerate(group, 1)
        ]
        for group in groups
    ]


def _by_lines(count: int, _folder: Path) -> Job:
    rules, lines = shipped_rules(), made_up_lines(count)
    size = f"{count:,} lines, {len(rules.names)} rules"
    return Job(size, count, "lines", lambda: rules.evaluate(lines))


def _by_rules(count: int, _folder: Path) -> Job:
    rules, lines = made_up_rules(count), made_up_lines(LINES_FOR_RULES)
    size = f"{LINES_FOR_RULES:,} lines, {count:,} rules"
    return Job(size, LINES_FOR_RULES, "lines", lambda: rules.evaluate(lines))


def _one_claim(rules: "Rules") -> Job:
    claims = cycle(made_up_claims(CLAIMS_IN_TURN))
    return Job(
        f"{LINES_OF_CLAIM} lines, {len(rules.names):,} rules",
        1,
        "claims",
        lambda: rules.evaluate_claim(next(claims)),
        percentiles=(50, 99),
        runs=2 * CLAIMS_IN_TURN,
    )


def _one_claim_shipped(_size: int, _folder: Path) -> Job:
    return _one_claim(shipped_rules())


def _one_claim_made_up(count: int, _folder: Path) -> Job:
    return _one_claim(made_up_rules(count))


def _reading(format: str) -> Callable[[int, Path], Job]:
    def prepare(count: int, folder: Path) -> Job:
        from benchmarks.claim_lines import claim_table
        from editwright.evaluator.formats.read import read_claims

        path = write_claims(claim_table(count), folder / f"claims.{format}", format)

        def run() -> None:
            assert sum(1 for _ in read_claims(path)) == count

        return Job(f"{count:,} lines", count, "lines", run)

    return prepare


def _reading_table(count: int, _folder: Path) -> Job:
    from benchmarks.claim_lines import claim_table
    from editwright.evaluator.formats.read import read_table

    table = claim_table(count)

    def run() -> None:
        assert sum(1 for _ in read_table(table)) == count

    return Job(f"{count:,} lines", count, "lines", run)


def repeated_findings(count: int) -> "list[Finding]":
    """Findings of the shipped rules, again and again until there are so many."""
    found = list(shipped_rules().evaluate(made_up_lines(LINES_FOR_FINDINGS)))
    again: Iterable[Finding] = cycle(found)
    return [finding for finding, _ in zip(again, range(count), strict=False)]


def _writing(format: str) -> Callable[[int, Path], Job]:
    def prepare(count: int, folder: Path) -> Job:
        from editwright.evaluator.findings.out import write_findings

        findings, path = repeated_findings(count), folder / "findings"

        def run() -> None:
            write_findings(findings, path, format=format)

        return Job(f"{count:,} findings", count, "findings", run)

    return prepare


READ, WRITTEN = (100_000,), (100_000,)
CHAPTER = "Claims and findings"
SCENARIOS = (
    Scenario("read: CSV", _reading("csv"), READ, (5_000,), CHAPTER),
    Scenario("read: NDJSON", _reading("ndjson"), READ, (5_000,), CHAPTER),
    Scenario("read: Parquet", _reading("parquet"), READ, (5_000,), CHAPTER),
    Scenario("read: Arrow table", _reading_table, READ, (5_000,), CHAPTER),
    Scenario("evaluate: by lines", _by_lines, (1_000, 10_000, 100_000), (200, 500), CHAPTER),
    Scenario("evaluate: by rules", _by_rules, (10, 1_000, 10_000, 100_000), (10, 1_000), CHAPTER),
    Scenario("one claim", _one_claim_shipped, (0,), (0,), CHAPTER),
    Scenario("one claim, many rules", _one_claim_made_up, (10_000, 100_000), (1_000,), CHAPTER),
    Scenario("write: Parquet", _writing("parquet"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: CSV", _writing("csv"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: JSON", _writing("json"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: text", _writing("text"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: FHIR ClaimResponse", _writing("fhir"), WRITTEN, (5_000,), CHAPTER),
    Scenario("write: claim status", _writing("claim-status"), WRITTEN, (5_000,), CHAPTER),
)
