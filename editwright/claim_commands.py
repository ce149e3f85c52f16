"""The command that runs rules over claims."""

import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from editwright.command_line import DONE, UNUSABLE
from editwright.console import Bar, complain, counted, progress
from editwright.correction_words import corrected_text
from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.findings_out import OutputError, write_findings
from editwright.evaluator.formats.members import Members, read_members
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.run import (
    Evaluator,
    judged_parts,
    read_parts,
)
from editwright.evaluator.summary import Summary, fields_read
from editwright.grammar.checked import CheckedRules
from editwright.grammar.kept_rules import rules_to_judge_by
from editwright.quarantine import Quarantine
from editwright.reports import RunReport, expect_report_target, set_aside
from editwright.rule_commands import SCHEMA_VERSION, complain_of_rules, exit_code, read_sources

if TYPE_CHECKING:
    import pyarrow as pa


def run(options: Namespace) -> int:
    """`editwright run`: findings to the output, a summary to standard error; 0 when it ran."""
    rules, code = rules_of(options)
    if rules is None:
        return code
    try:
        expect_other_output(options)
        if options.follow:
            from editwright.follow_command import follow

            return follow(options, rules, members_of(options))
        return _run(options, rules)
    except ClaimsError as error:
        complain(error.message, error.help)
    except OutputError as error:
        complain(str(error))
    return UNUSABLE


def expect_other_output(options: Namespace) -> None:
    """Raises OutputError where an output would replace an input."""
    given = [*options.rules, *options.claims, *options.history, options.members, options.columns]
    inputs = {Path(each).resolve() for each in given if each}
    expect_report_target(options.report)
    for target in (options.output, options.quarantine, options.report):
        if target and target != "-" and Path(target).resolve() in inputs:
            raise OutputError(f"{target} is an input, and would be overwritten; name another file")


def rules_of(options: Namespace) -> tuple[CheckedRules | None, int]:
    """The rules; or nothing, where they have problems, and the exit code."""
    sources = read_sources(options.rules)
    checked = rules_to_judge_by(sources)
    if checked.rules is None or not sources:
        complain_of_rules(checked, options.color)
        return None, exit_code(sources, checked) or UNUSABLE
    return checked.rules, DONE


def _run(options: Namespace, rules: CheckedRules) -> int:
    from editwright.evaluator.formats.findings_table import FindingTables
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
        report.write(summary, inputs, _notes(options, members, summary))
    aside = sum(each.bad_lines.count for each in inputs)
    if not options.quiet:
        _print_summary(options, summary, inputs, _notes(options, members, summary))
    elif aside:
        complain(f"{aside_text(inputs)} set aside; run without -q to see why")
    return UNUSABLE if aside and not summary.lines else DONE


def _without_bar(tables: "Iterable[pa.Table]", bar: Bar) -> "Iterator[pa.Table]":
    """The tables, each handed on while no bar is shown: findings may go to the terminal too."""
    for table in tables:
        bar.clear()
        yield table
        del table  # or it would be held while the next one is made


def claim_inputs(
    options: Namespace,
    fields: Mapping[str, str],
    members: Members,
    on_bad_line: Callable[[BadLine], None] | None,
) -> list[ClaimsIn]:
    """The claims, and the history where there is one."""
    column_map = read_column_map(options.columns, fields) if options.columns else None
    return [
        read_claims(
            paths,
            column_map=column_map,
            declared_fields=fields,
            history=history,
            members=members,
            on_bad_line=on_bad_line,
            format=None if history else options.claims_format,
        )
        for paths, history in ((options.claims, False), (options.history, True))
        if paths
    ]


def members_of(options: Namespace) -> Members:
    """The table of members, or an empty one."""
    return read_members(options.members) if options.members else Members()


def _notes(options: Namespace, members: Members, summary: Summary) -> list[str]:
    """What is odd about the table of members."""
    if not options.members:
        return []
    notes = [*members.notes, *members.warnings.texts()]
    if not summary.members_known:
        notes.append(f"no member of the claims is in {options.members}")
    if members.contradictions:
        values = counted(members.contradictions, "value")
        notes.append(f"{values} of {options.members} contradict each other and were left out")
    notes += [f"set aside: {each}" for each in members.bad_lines.kept[:3]]
    if members.bad_lines.count > 3:
        notes.append(f"{counted(members.bad_lines.count, 'row')} of {options.members} set aside")
    return notes


def _print_summary(
    options: Namespace, summary: Summary, inputs: Iterable[ClaimsIn], notes: Sequence[str]
) -> None:
    sources = list(inputs)
    bad = set_aside(sources)
    if options.summary == "json":
        counts = {
            "schema_version": SCHEMA_VERSION,
            **summary.as_dict(),
            "quarantined": bad,
            "warnings": _warned(sources),
            "notes": [*(note for claims in sources for note in claims.notes), *notes],
            "missing_columns": sorted(
                {name for claims in sources for name in claims.missing_columns}
            ),
        }
        print(json.dumps(counts, indent=2), file=sys.stderr)
        return
    print(_summary_text(summary, sources, bad), file=sys.stderr)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)


def _warned(sources: Iterable[ClaimsIn]) -> dict[str, int]:
    """How often each thing that is odd and stops nothing was seen."""
    odd: Counter[str] = Counter()
    for claims in sources:
        odd.update(claims.warnings.by_problem)
    return dict(odd)


def aside_text(sources: Iterable[ClaimsIn]) -> str:
    """`2 lines, 1 claim`"""
    units: Counter[str] = Counter()
    for claims in sources:
        units.update(claims.bad_lines.by_unit)
    return ", ".join(counted(count, unit) for unit, count in units.items()) or counted(0, "line")


def _summary_text(summary: Summary, sources: Sequence[ClaimsIn], bad: dict[str, int]) -> str:
    lines, claims, members = (
        counted(summary.lines, "line"),
        counted(summary.claims, "claim"),
        counted(summary.members, "member"),
    )
    past = f", and {counted(summary.history_lines, 'line')} of history"
    out = [f"{lines} of {claims} of {members}" + (past if summary.history_lines else "")]
    touched = counted(summary.lines_with_findings, "line")
    out += corrected_text(summary.corrected)
    out.append(f"{counted(summary.findings, 'finding')} on {touched}")
    by_rule = sorted(summary.by_rule.items())
    out += _columns([(rule, action, f"{count:,}") for (rule, action), count in by_rule])
    out.append(f"{aside_text(sources)} set aside")
    out += _columns([(problem, f"{count:,}") for problem, count in sorted(bad.items())])
    if summary.missing:
        out.append("fields that rules read, and on how many lines they were missing")
        missing = sorted(summary.missing.items())
        out += _columns([(name, f"{n:,}", f"{n / summary.lines:.0%}") for name, n in missing])
    out += [f"note: {note}" for each in sources for note in each.notes]
    return "\n".join(out)


def _columns(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their columns under each other; numbers to the right."""
    if not rows:
        return []
    widths = [max(len(cell) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if cell[:1].isdigit() else cell.ljust(width)
            for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
