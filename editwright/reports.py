"""What commands share about `--report`: where the page goes, and what it says of the command."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from editwright.console import counted, progress
from editwright.evaluator.findings.out import STANDARD_OUTPUT, OutputError
from editwright.evaluator.formats.read import ClaimsIn
from editwright.evaluator.judging.summary import Summary
from editwright.grammar.checked import CheckedRules
from editwright.set_aside import set_aside_by_problem

if TYPE_CHECKING:
    from editwright.evaluator.comparison.run import Comparing
    from editwright.evaluator.report.origin import Origin
    from editwright.examples_run import ExamplesRun


def expect_report_target(target: str | None) -> None:
    """Raises OutputError where no report could be written, before any work is done for it."""
    if target is None:
        return
    if target == STANDARD_OUTPUT:
        raise OutputError("a report is a file to be opened; name one, like report.html")
    path = Path(target)
    if path.suffix.lower() not in (".html", ".htm"):
        raise OutputError(f"a report is a web page; end {target} in .html")
    if not path.resolve().parent.is_dir():
        raise OutputError(f"cannot write {target}: there is no such folder")


class RunReport:
    """Counts what `editwright run` finds, and writes the page in the end."""

    def __init__(self, options: Namespace, rules: CheckedRules) -> None:
        from editwright.evaluator.report.impact import COLUMNS, Impact  # only here is numpy needed
        from editwright.evaluator.report.run_report import samples_of_rule

        self.options = options
        self.rules = rules
        self.columns = COLUMNS
        self.impact = Impact(rules.rules, samples_of_rule(rules))

    def write(self, summary: Summary, inputs: Sequence[ClaimsIn], notes: Sequence[str]) -> None:
        """Write the page. Raises OutputError."""
        from editwright.evaluator.report.page import write_page
        from editwright.evaluator.report.run_report import run_report

        options = self.options
        origin = _origin(options, {"Rules": _rules_of(self.rules)}, inputs, notes)
        with progress("writing the report", quiet=options.quiet):
            write_page(run_report(self.rules, summary, self.impact, origin), options.report)


def write_comparison_report(
    options: Namespace, comparing: "Comparing", inputs: Sequence[ClaimsIn]
) -> None:
    """Write the page of `editwright compare`. Raises OutputError."""
    from editwright.evaluator.report.comparison_data import Compared
    from editwright.evaluator.report.comparison_report import breakdowns_of, comparison_report
    from editwright.evaluator.report.page import write_page

    old, new = comparing.old.rules, comparing.new.rules
    compared = Compared(old, new, comparing.comparison(), breakdowns_of(comparing))
    rules = {"Old rules": _rules_of(old), "New rules": _rules_of(new)}
    with progress("writing the report", quiet=options.quiet):
        page = comparison_report(compared, _origin(options, rules, inputs, ()))
        write_page(page, options.report)


def write_examples_report(options: Namespace, rules: CheckedRules, run: "ExamplesRun") -> None:
    """Write the page of `editwright test`. Raises OutputError."""
    from editwright import __version__
    from editwright.evaluator.coverage.measure import coverage
    from editwright.evaluator.report.examples_data import Tested
    from editwright.evaluator.report.examples_report import examples_report
    from editwright.evaluator.report.origin import Origin
    from editwright.evaluator.report.page import write_page

    samples = ", ".join(run.samples)
    origin = Origin(
        made=datetime.now().astimezone(),
        version=__version__,
        rules={"Rules": _rules_of(rules)},
        notes=[f"These samples were read, not their tables: {samples}."] if samples else [],
    )
    covered = run.coverage
    if covered is None:
        with progress("measuring", quiet=options.format == "json") as bar:
            covered = coverage(rules, only_rule=options.rule, report=bar)
    tested = Tested(rules, run.results, covered, run.survey)
    write_page(examples_report(tested, origin), options.report)


def _origin(
    options: Namespace,
    rules: Mapping[str, Sequence[str]],
    inputs: Sequence[ClaimsIn],
    notes: Sequence[str],
) -> "Origin":
    from editwright import __version__
    from editwright.evaluator.report.origin import Origin

    return Origin(
        made=datetime.now().astimezone(),
        version=__version__,
        rules=rules,
        claims=options.claims,
        history=options.history,
        set_aside=set_aside_by_problem(inputs),
        bad_lines=[each for claims in inputs for each in claims.bad_lines.kept],
        notes=[*(note for claims in inputs for note in claims.notes), *notes],
        missing_columns=sorted({name for each in inputs for name in each.missing_columns}),
        show_members=options.show_members,
    )


def _rules_of(rules: CheckedRules) -> list[str]:
    """The files with their rulesets: `policy.edits: chemodenervation 2024.3, 23 rules`"""
    said = []
    for file in rules.files:
        ruleset = next((rule.ruleset for rule in file.rules if rule.ruleset), None)
        heading = " ".join(filter(None, (ruleset.name, ruleset.version))) if ruleset else ""
        what = ", ".join(filter(None, (heading, counted(len(file.rules), "rule"))))
        said.append(f"{file.source.name}: {what}")
    return said
