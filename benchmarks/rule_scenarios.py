"""Scenarios without claims: reading, checking and formatting rules."""

import os
from pathlib import Path

from benchmarks.job import Job, Scenario
from benchmarks.rule_texts import payable_rules, plain_rules, rich_rules


def _check(text: str, rules: int) -> Job:
    from editwright.grammar.check import check_sources
    from editwright.grammar.source import Source

    source = Source("made up", text)

    def run() -> None:
        assert check_sources([source]).rules is not None

    return Job(f"{rules:,} rules", rules, "rules", run)


def _check_plain(rules: int, _folder: Path) -> Job:
    return _check(plain_rules(rules), rules)


def _check_rich(rules: int, _folder: Path) -> Job:
    return _check(rich_rules(rules), rules)


def _check_payable(rules: int, _folder: Path) -> Job:
    return _check(payable_rules(rules), rules)


def _load_again(rules: int, folder: Path) -> Job:
    from editwright.grammar.kept_rules import rules_to_judge_by
    from editwright.grammar.source import Source

    os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
    source = Source("made up", plain_rules(rules))

    def run() -> None:
        assert rules_to_judge_by([source]).rules is not None

    run()
    return Job(f"{rules:,} rules", rules, "rules", run)


def _parse(rules: int, _folder: Path) -> Job:
    from editwright.grammar.parse import parse
    from editwright.grammar.source import Source

    source = Source("made up", plain_rules(rules))
    return Job(f"{rules:,} rules", rules, "rules", lambda: parse(source))


def _format(rules: int, _folder: Path) -> Job:
    from editwright.grammar.format import format_file
    from editwright.grammar.parse import parse
    from editwright.grammar.source import Source

    file, problems = parse(Source("made up", plain_rules(rules)))
    assert not problems
    return Job(f"{rules:,} rules", rules, "rules", lambda: format_file(file))


SCENARIOS = (
    Scenario("parse: one sentence each", _parse, (10_000, 100_000), (5_000,)),
    Scenario("check: one sentence each", _check_plain, (1_000, 10_000, 100_000), (5_000,)),
    Scenario("load again: one sentence each", _load_again, (10_000, 100_000), (5_000,)),
    Scenario("check: named, with clauses", _check_rich, (1_000, 10_000), (1_000,)),
    Scenario("check: a tenth payable", _check_payable, (1_000, 2_000, 4_000), (300,)),
    Scenario("format: one sentence each", _format, (10_000, 100_000), (5_000,)),
)
