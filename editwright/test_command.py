"""`editwright test`: the examples in rule files, held against what they expect."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence

from editwright.command_line import DONE, PROBLEMS, UNUSABLE
from editwright.console import Paint, complain, counted
from editwright.evaluator.examples import ExampleResult, run_examples
from editwright.evaluator.formats.findings_out import OutputError
from editwright.grammar.check import Checked, check_sources
from editwright.reports import expect_report_target, write_examples_report
from editwright.rule_commands import (
    SCHEMA_VERSION,
    closing,
    exit_code,
    print_as_json,
    print_diagnostics,
    read_sources,
)


def test(options: Namespace) -> int:
    """`editwright test`: the examples in the files; 1 where one does not hold."""
    sources = read_sources(options.files)
    checked = check_sources(sources, samples=True)
    paint = Paint(options.color, sys.stdout)
    if checked.rules is None:
        if options.format == "json":
            print_as_json(checked)
            return exit_code(sources, checked)
        print_diagnostics(checked, paint)
        print(closing(checked, len(sources), paint))
        return exit_code(sources, checked)
    if not sources:
        return UNUSABLE
    results = list(run_examples(checked.rules))
    if not _reported(options, checked, results):
        return UNUSABLE
    failed = [result for result in results if not result.holds]
    samples = list(dict.fromkeys(each.name for each in checked.samples))
    if options.format == "json":
        examples = [
            {
                "file": result.source.name,
                "line": result.line,
                "title": result.title,
                "holds": result.holds,
                "missing": result.missing,
                "unexpected": result.unexpected,
            }
            for result in results
        ]
        printed = {"schema_version": SCHEMA_VERSION, "samples": samples, "examples": examples}
        print(json.dumps(printed, indent=2))
        return PROBLEMS if failed else DONE
    if samples:
        print(f"note: these samples were read, not their tables: {', '.join(samples)}")
    for result in failed:
        print(paint("place", f"{result.source.name}:{result.line}: ") + f'example "{result.title}"')
        for expected in result.missing:
            print(paint("error", "  expected, but not found: ") + expected)
        for found in result.unexpected:
            print(paint("error", "  found, but not expected: ") + found)
    files = counted(len(checked.rules.files), "file")
    if not results:
        print(f'There are no examples in {files}; write `example "..."` below a rule.')
        return DONE
    if failed:
        print(
            paint(
                "error", f"{len(failed)} of {counted(len(results), 'example')} in {files} failed."
            )
        )
        return PROBLEMS
    print(paint("ok", f"All {counted(len(results), 'example')} in {files} hold."))
    return DONE


def _reported(options: Namespace, checked: Checked, results: Sequence[ExampleResult]) -> bool:
    """Write the page that was asked for; false where that cannot be done."""
    if options.report is None:
        return True
    samples = dict.fromkeys(each.name for each in checked.samples)
    notes = [f"These samples were read, not their tables: {', '.join(samples)}."] if samples else []
    assert checked.rules is not None
    try:
        expect_report_target(options.report)
        write_examples_report(options, checked.rules, results, notes)
    except OutputError as error:
        complain(str(error))
        return False
    return True
