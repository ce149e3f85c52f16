"""Scenarios of what a line costs as rules grow: written by hand, or as rows of a table."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.job import Job, Scenario
from benchmarks.rule_texts import plain_rules, untouched_rules

LINES = 200_000
QUICK_RULES = 50
"""A size that only the quick run has, with fewer lines."""
QUICK_LINES = 500
_WINDOWS = """\
77067 at most 1 time per 11 months

99213 to 99215 not allowed within 3 years after 99203, 99204, same group

each of 80061, 83036, 84443 at most 2 times per 365 days

97110 at most 60 units per 90 days

93000 not allowed within 30 days before 93306, same provider
"""


def _lines(count: int) -> int:
    return QUICK_LINES if count == QUICK_RULES else LINES


def _written(make: Callable[[int], str]) -> Callable[[int, Path], Job]:
    def prepare(count: int, _folder: Path) -> Job:
        from benchmarks.claim_lines import claim_table
        from editwright.rules import load_text

        lines = _lines(count)
        rules, claims = load_text(make(count)), claim_table(lines)
        rules.evaluate([])  # compiles them
        findings: list[int] = []

        def judge() -> None:
            findings.append(len(rules.evaluate(claims)))

        size = f"{count:,} rules, {lines:,} lines"
        return Job(size, lines, "lines", judge, outcome=lambda: f"{findings[-1]:,} findings")

    return prepare


def _rows(count: int, folder: Path) -> Job:
    from benchmarks.claim_lines import claim_table
    from benchmarks.ncci import write_ncci
    from benchmarks.ncci_made_up import Size
    from editwright.rules import load

    lines = _lines(count)
    size = Size(
        codes=min(10_858, max(50, count)),
        pairs=count,
        limits=min(14_677, count),
        add_on_rows=min(7_421, count),
    )
    rules, claims = load(write_ncci(folder / f"rows-{count}", size)), claim_table(lines)
    rules.evaluate([])  # compiles them
    return Job(f"{count:,} pairs, {lines:,} lines", lines, "lines", lambda: rules.evaluate(claims))


def _windows(lines: int, _folder: Path) -> Job:
    import numpy as np

    from benchmarks.claim_lines import claim_table
    from benchmarks.odd_claims import LINES_OF_MEMBER, odd_claims
    from editwright.rules import load_text

    claims = odd_claims(claim_table(lines), "one-member")
    rules = load_text(_WINDOWS)
    members = int(np.ceil(lines / LINES_OF_MEMBER))
    size = f"{lines:,} lines, {members} members"
    return Job(size, lines, "lines", lambda: rules.evaluate(claims))


SCENARIOS = (
    Scenario(
        "rules written by hand, all about other codes", _written(untouched_rules),
        (10, 100, 1_000, 10_000, 100_000, 1_000_000), (QUICK_RULES,), "Growth",
    ),
    Scenario(
        "rules written by hand, a fifth about codes that are billed", _written(plain_rules),
        (10, 100, 1_000, 10_000), (QUICK_RULES,), "Growth",
    ),
    Scenario(
        "rules as rows of tables", _rows, (10, 100, 1_000, 10_000, 100_000, 1_000_000),
        (QUICK_RULES,), "Growth",
    ),
    Scenario(
        "long windows, members of 10,000 lines", _windows, (20_000,), (200,), "Odd shapes"
    ),
)  # fmt: skip
