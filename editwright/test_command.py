"""`editwright test`: the examples in rule files, held against what they expect; how much of the
rules they reach, and which slips in the rules they would notice."""

import sys
from argparse import Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from editwright.console import Paint, counted, print_json, progress
from editwright.diagnostics_out import print_as_json
from editwright.diagnostics_text import closing, print_diagnostics
from editwright.examples_run import ExamplesRun
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import Checked, check_sources
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source
from editwright.reports import expect_report_target, write_examples_report
from editwright.rule_files import exit_code, expect_rule, read_sources

if TYPE_CHECKING:
    from editwright.grammar.checked import CheckedRules


def test(options: Namespace) -> int:
    """`editwright test`: 1 where an example does not hold, or too little is reached."""
    if options.update:
        from editwright.update_command import update

        return update(options)
    if options.watch:
        from editwright.watch import watch

        return watch(options, test_once)
    return test_once(options)


def test_once(options: Namespace) -> int:
    """One test run of the files."""
    sources = read_sources(options.files)
    checked = check_sources(sources, samples=True)
    paint = Paint(options.color, sys.stdout)
    if checked.rules is None:
        return _with_errors(sources, checked, options, paint)
    if not sources:
        return UNUSABLE
    if not expect_rule(options.rule, checked.rules):
        return UNUSABLE
    expect_report_target(options.report)
    run = _run(checked, checked.rules, options)
    if options.report:
        write_examples_report(options, checked.rules, run)
    if options.format == "json":
        print_json(run.as_dict())
    else:
        _print(run, options, paint)
    return _exit_code(run, options)


def _with_errors(
    sources: Sequence[Source | Diagnostic], checked: Checked, options: Namespace, paint: Paint
) -> int:
    if options.format == "json":
        print_as_json(checked.diagnostics)
    else:
        print_diagnostics(checked, paint)
        print(closing(checked, len(sources), paint))
    return exit_code(sources, checked)


def _run(checked: Checked, rules: "CheckedRules", options: Namespace) -> ExamplesRun:
    from editwright.evaluator.examples.run_examples import run_examples

    samples = list(dict.fromkeys(each.name for each in checked.samples))
    run = ExamplesRun(samples, list(run_examples(rules)), len(rules.files))
    quiet = options.format == "json"
    if options.coverage or options.fail_under is not None:
        from editwright.evaluator.coverage.measure import coverage

        with progress("measuring", quiet=quiet) as bar:
            run.coverage = coverage(rules, only_rule=options.rule, report=bar)
    if options.mutate and not run.failed:
        from editwright.evaluator.mutation.run import survey

        with progress("changing the rules", quiet=quiet) as bar:
            run.survey = survey(
                rules, only=options.rule, every_value=options.every_value, report=bar
            )
    return run


def _exit_code(run: ExamplesRun, options: Namespace) -> int:
    too_little = (
        run.coverage is not None
        and options.fail_under is not None
        and run.coverage.percent < options.fail_under
    )
    too_many = run.survey is not None and 100.0 - run.survey.score > options.allow
    return PROBLEMS if run.failed or too_little or too_many else DONE


# ---- as text


def _print(run: ExamplesRun, options: Namespace, paint: Paint) -> None:
    if run.samples:
        print(f"note: these samples were read, not their tables: {', '.join(run.samples)}")
    for result in run.failed:
        print(paint("place", f"{result.source.name}:{result.line}: ") + f'example "{result.title}"')
        for expected in result.missing:
            print(paint("error", "  expected, but not found: ") + expected)
        for found in result.unexpected:
            print(paint("error", "  found, but not expected: ") + found)
    print(_said_of_examples(run, paint))
    if run.coverage is not None:
        from editwright.coverage_text import coverage_text

        print("\n" + coverage_text(run.coverage, paint))
        if options.fail_under is not None and run.coverage.percent < options.fail_under:
            print(paint("error", f"That is less than {options.fail_under:g} %."))
    if run.survey is not None:
        from editwright.mutation_text import mutation_text

        print("\n" + mutation_text(run.survey, paint))
        if options.allow and 100.0 - run.survey.score > options.allow:
            print(paint("error", f"That is more than the {options.allow:g} % that may survive."))
    elif options.mutate:
        print("The rules were not changed: first all examples must hold.")


def _said_of_examples(run: ExamplesRun, paint: Paint) -> str:
    files, failed, of_all = counted(run.files, "file"), len(run.failed), len(run.results)
    if not run.results:
        return f'There are no examples in {files}; write `example "..."` below a rule.'
    if failed:
        return paint("error", f"{failed} of {counted(of_all, 'example')} in {files} failed.")
    if of_all == 1:
        return paint("ok", f"The 1 example in {files} holds.")
    return paint("ok", f"All {counted(of_all, 'example')} in {files} hold.")
