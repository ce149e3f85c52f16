"""Checked rules to the findings of all checks that are asked for."""

from collections.abc import Callable
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.code_table import CodeTable
from editwright.evaluator.analysis.registry import CHECKS
from editwright.evaluator.analysis.rule_book import RuleBook
from editwright.evaluator.analysis.run import Run
from editwright.grammar.checked import CheckedRules
from editwright.grammar.collector import collection_paused
from editwright.grammar.diagnostics import Diagnostic

MOST_FINDINGS = 200
"""A check with more findings than this has one cause for many; the rest would help nobody."""


def analyse(
    rules: CheckedRules,
    wanted: Callable[[str], bool] = lambda code: code.startswith("W"),
    code_table: CodeTable | None = None,
    progress: Callable[[float, float], object] = lambda done, total: None,
) -> list[Diagnostic]:
    """The findings whose codes are wanted, in the order of the files and in each of its text.
    `progress` is told how many checks are done, of how many."""
    with collection_paused():
        run = Run(rules, RuleBook(rules), code_table)
        found: list[Diagnostic] = []
        last = max(
            (at for at, each in enumerate(CHECKS) if any(map(wanted, each.codes))), default=-1
        )
        for at, check in enumerate(CHECKS[: last + 1]):
            progress(at, last + 1)
            if check.needed_by_others or any(map(wanted, check.codes)):
                findings = (each for each in check.findings(run) if wanted(each.code))
                kept = list(islice(findings, MOST_FINDINGS + 1))
                found += kept[:MOST_FINDINGS]
                found += [_many_more(each) for each in kept[MOST_FINDINGS:]]
    place = {id(file.source): at for at, file in enumerate(rules.files)}
    found.sort(key=lambda each: (place.get(id(each.source), -1), each.span.start, each.code))
    return found


def _many_more(finding: Diagnostic) -> Diagnostic:
    """The remark that there are more, in the place of the first that is too many."""
    return evolve(
        finding,
        message=f"there are more than {MOST_FINDINGS} findings like this; the others are not shown",
        help="answer these first",
        labels=(),
        claims=(),
    )
