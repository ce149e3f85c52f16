"""Checked rules to the findings of all checks that are asked for."""

from collections.abc import Callable

from editwright.evaluator.analysis.code_table import CodeTable
from editwright.evaluator.analysis.registry import CHECKS
from editwright.evaluator.analysis.rule_book import RuleBook
from editwright.evaluator.analysis.run import Run
from editwright.grammar.checked import CheckedRules
from editwright.grammar.collector import collection_paused
from editwright.grammar.diagnostics import Diagnostic


def analyse(
    rules: CheckedRules,
    wanted: Callable[[str], bool] = lambda code: code.startswith("W"),
    code_table: CodeTable | None = None,
) -> list[Diagnostic]:
    """The findings whose codes are wanted, in the order of the files and in each of its text."""
    with collection_paused():
        run = Run(rules, RuleBook(rules), code_table)
        found: list[Diagnostic] = []
        last = max((at for at, each in enumerate(CHECKS) if any(map(wanted, each.codes))), default=-1)
        for check in CHECKS[: last + 1]:
            if check.needed_by_others or any(map(wanted, check.codes)):
                found += [each for each in check.findings(run) if wanted(each.code)]
    place = {id(file.source): at for at, file in enumerate(rules.files)}
    found.sort(key=lambda each: (place.get(id(each.source), -1), each.span.start, each.code))
    return found
