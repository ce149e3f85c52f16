"""`editwright run`: rules over claims, to findings."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

from editwright.claim_inputs import claim_inputs, expect_other_output, members_of
from editwright.console import Bar, complain, progress
from editwright.evaluator.findings.out import write_findings
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.meaning.fields_read import fields_read
from editwright.evaluator.run import Evaluator, judged_parts, read_parts
from editwright.exit_codes import DONE, UNUSABLE
from editwright.grammar.checked import CheckedRules
from editwright.quarantine import Quarantine
from editwright.reports import RunReport
from editwright.rule_files import checked_rules
from editwright.run_summary import notes_on_members, notes_on_memory, print_summary
from editwright.set_aside import aside_text

if TYPE_CHECKING:
    import pyarrow as pa


def run(options: Namespace) -> int:
    """`editwright run`: findings to the output, a summary to standard error; 0 when it ran."""
    rules, code = checked_rules(options.rules, options.color)
    if rules is None:
        return code
    expect_other_output(options)
    if options.follow:
        from editwright.follow_command import follow

        return follow(options, rules, members_of(options))
    return _run(options, rules)


def _run(options: Namespace, rules: CheckedRules) -> int:
    from editwright.evaluator.findings.table import FindingTables
    from editwright.evaluator.memory import default_limit, room_in

    evaluator = Evaluator(rules)
    report = RunReport(options, rules) if options.report else None
    with Quarantine(options.quarantine, strict=options.strict) as quarantine, ExitStack() as files:
        members = members_of(options)
        summary = Summary(fields_read(rules.rules), members)
        inputs = claim_inputs(options, rules.declared_fields, members, quarantine.add)
        evaluator.prepare()
        room = room_in(options.memory or default_limit())
        with progress("reading claims", quiet=options.quiet) as bar:
            also = report.columns if report else ()
            reading = read_parts(evaluator, *inputs, room=room, also=also, report=bar)
            parts = files.enter_context(reading)
        with progress("sorting claims", quiet=options.quiet) as bar:
            parts.sort(bar)
        with progress("judging claims", quiet=options.quiet) as bar:
            tables = judged_parts(
                evaluator,
                parts,
                summary,
                threads=options.threads,
                look=report.impact.count if report else None,
                report=bar,
            )
            findings = FindingTables(_without_bar(tables, bar))
            write_findings(findings, options.output, format=options.format)
    sys.stdout.flush()
    if report:
        report.write(summary, inputs, notes_on_members(options, members, summary))
    aside = sum(each.bad_lines.count for each in inputs)
    if not options.quiet:
        notes = [*notes_on_members(options, members, summary), *notes_on_memory(options)]
        print_summary(options, summary, inputs, notes)
    elif aside:
        complain(f"{aside_text(inputs)} set aside; run without -q to see why")
    return UNUSABLE if aside and not summary.lines else DONE


def _without_bar(tables: "Iterable[pa.Table]", bar: Bar) -> "Iterator[pa.Table]":
    """The tables, each handed on while no bar is shown: findings may go to the terminal too."""
    for table in tables:
        bar.clear()
        yield table
        del table  # or it would be held while the next one is made
