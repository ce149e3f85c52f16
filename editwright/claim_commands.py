"""The commands that read claims: run and explain."""

import csv
import json
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from editwright.command_line import DONE, PROBLEMS, UNUSABLE
from editwright.console import Bar, Paint, complain, counted, progress
from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.findings_out import OutputError, write_findings
from editwright.evaluator.formats.members import Members, read_members
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.run import (
    Evaluator,
    by_member,
    judged_parts,
    read_parts,
    without_repeats,
)
from editwright.evaluator.summary import Summary, fields_read
from editwright.grammar.check import check_sources
from editwright.grammar.checked import CheckedRules
from editwright.grammar.diagnostics import nearest
from editwright.rule_commands import SCHEMA_VERSION, exit_code, print_diagnostics, read_sources

if TYPE_CHECKING:
    import pyarrow as pa


def run(options: Namespace) -> int:
    """`editwright run`: findings to the output, a summary to standard error; 0 when it ran."""
    rules, code = _rules(options)
    if rules is None:
        return code
    try:
        _expect_other_output(options)
        return _run(options, rules)
    except ClaimsError as error:
        complain(error.message, error.help)
    except OutputError as error:
        complain(str(error))
    return UNUSABLE


def explain(options: Namespace) -> int:
    """`editwright explain`: clause by clause why rules fire or not; 1 where the claim is not
    there."""
    from editwright.evaluator.explain import explain_line, explanation_text

    rules, code = _rules(options)
    if rules is None:
        return code
    try:
        inputs = _inputs(options, rules, _members(options), None)
        claims, *history = inputs
        lines = without_repeats(claims, history[0] if history else ())
    except ClaimsError as error:
        complain(error.message, error.help)
        return UNUSABLE
    wanted = [
        line
        for line in lines
        if line.claim_id == options.claim
        and not line.history
        and options.line in (None, line.line_number)
    ]
    if not wanted:
        which = f"line {options.line} of claim" if options.line is not None else "claim"
        aside = sum(each.bad_lines.count for each in inputs)
        hint = f"check the id; {_set_aside(inputs)} set aside" if aside else "check the id"
        complain(f"there is no {which} {options.claim} in these claims", hint)
        return PROBLEMS
    if options.rule is not None and options.rule not in [each.name for each in rules.rules]:
        near = nearest(options.rule, [each.name for each in rules.rules])
        complain(f"there is no rule {options.rule}", f"did you mean {near}?" if near else None)
        return PROBLEMS
    groups = by_member(lines)
    member = next(group for group in groups.values() if wanted[0] in group)
    explained = [(line, explain_line(rules, member, line, only=options.rule)) for line in wanted]
    if options.format == "json":
        plain = [
            {"claim_id": line.claim_id, "line_number": line.line_number,
             "rules": [each.as_dict() for each in traces]}
            for line, traces in explained
        ]  # fmt: skip
        print(json.dumps({"schema_version": SCHEMA_VERSION, "lines": plain}, indent=2))
        return DONE
    for line, traces in explained:
        print(explanation_text(line, traces, Paint(options.color, sys.stdout)))
    return DONE


def explain_plan(options: Namespace) -> int:
    """`editwright explain --plan`: what the rules have become, before they meet any claim."""
    from editwright.evaluator.plan_cache import plan_of
    from editwright.evaluator.plan_report import plan_report, plan_text

    rules, code = _rules(options)
    if rules is None:
        return code
    report = plan_report(plan_of(rules))
    if options.format == "json":
        print(json.dumps({"schema_version": SCHEMA_VERSION, **report.as_dict()}, indent=2))
    else:
        print(plan_text(report))
    return DONE


def _expect_other_output(options: Namespace) -> None:
    """Raises OutputError where an output would replace an input."""
    given = [*options.rules, *options.claims, *options.history, options.members, options.columns]
    inputs = {Path(each).resolve() for each in given if each}
    for target in (options.output, options.quarantine):
        if target and target != "-" and Path(target).resolve() in inputs:
            raise OutputError(f"{target} is an input, and would be overwritten; name another file")


def _rules(options: Namespace) -> tuple[CheckedRules | None, int]:
    sources = read_sources(options.rules)
    checked = check_sources(sources)
    if checked.rules is None or not sources:
        print_diagnostics(checked, Paint(options.color, sys.stdout))
        return None, exit_code(sources, checked) or UNUSABLE
    return checked.rules, DONE


def _run(options: Namespace, rules: CheckedRules) -> int:
    from editwright.evaluator.formats.findings_table import FindingTables
    from editwright.evaluator.memory import default_limit, room_in

    evaluator = Evaluator(rules)
    with _Quarantine(options.quarantine) as quarantine, ExitStack() as files:
        members = _members(options)
        summary = Summary(fields_read(rules.rules), members)
        on_bad_line = quarantine.add_and_stop if options.strict else quarantine.add
        inputs = _inputs(options, rules, members, on_bad_line)
        evaluator.prepare()
        room = room_in(options.memory or default_limit())
        with progress("reading claims", quiet=options.quiet) as bar:
            reading = read_parts(evaluator, *inputs, room=room, report=bar)
            parts = files.enter_context(reading)
        with progress("sorting claims", quiet=options.quiet) as bar:
            parts.sort(bar)
        with progress("judging claims", quiet=options.quiet) as bar:
            tables = judged_parts(evaluator, parts, summary, threads=options.threads, report=bar)
            findings = FindingTables(_without_bar(tables, bar))
            write_findings(findings, options.output, format=options.format)
    sys.stdout.flush()
    set_aside = sum(each.bad_lines.count for each in inputs)
    if not options.quiet:
        _print_summary(options, summary, inputs, _notes(options, members, summary))
    elif set_aside:
        complain(f"{_set_aside(inputs)} set aside; run without -q to see why")
    return UNUSABLE if set_aside and not summary.lines else DONE


def _without_bar(tables: "Iterable[pa.Table]", bar: Bar) -> "Iterator[pa.Table]":
    """The tables, each handed on while no bar is shown: findings may go to the terminal too."""
    for table in tables:
        bar.clear()
        yield table
        del table  # or it would be held while the next one is made


def _inputs(
    options: Namespace,
    rules: CheckedRules,
    members: Members,
    on_bad_line: Callable[[BadLine], None] | None,
) -> list[ClaimsIn]:
    fields = rules.declared_fields
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


def _members(options: Namespace) -> Members:
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


_QUARANTINE_COLUMNS: tuple[str, ...] = (
    "file",
    "row",
    "where",
    "unit",
    "column",
    "problem",
    "reason",
)


class _Quarantine:
    """Writes what was set aside, where the user wants it."""

    def __init__(self, path: str | None) -> None:
        self.path = path

    def __enter__(self) -> "_Quarantine":
        if self.path is not None:
            try:
                self._file = Path(self.path).open("w", encoding="utf-8", newline="")
            except OSError as error:
                raise OutputError(f"cannot write {self.path}: {error.strerror}") from None
            self._as_json = self.path.lower().endswith((".ndjson", ".jsonl", ".json"))
            self._writer = csv.DictWriter(self._file, _QUARANTINE_COLUMNS, lineterminator="\n")
            if not self._as_json:
                self._writer.writeheader()
        return self

    def add(self, bad: BadLine) -> None:
        if self.path is None:
            return
        if self._as_json:
            self._file.write(json.dumps(bad.as_dict()) + "\n")
        else:
            self._writer.writerow(bad.as_dict())

    def add_and_stop(self, bad: BadLine) -> None:
        """Raises ClaimsError: what cannot be read ends a strict run."""
        self.add(bad)
        remedy = f"correct it, or run without --strict to set this {bad.unit} aside"
        raise ClaimsError(str(bad), remedy)

    def __exit__(self, *_: object) -> None:
        if self.path is not None:
            self._file.close()


def _print_summary(
    options: Namespace, summary: Summary, inputs: Iterable[ClaimsIn], notes: Sequence[str]
) -> None:
    sources = list(inputs)
    bad: dict[str, int] = {}
    for claims in sources:
        for problem, count in claims.bad_lines.by_problem.items():
            bad[problem] = bad.get(problem, 0) + count
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


def _set_aside(sources: Iterable[ClaimsIn]) -> str:
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
    out.append(f"{counted(summary.findings, 'finding')} on {touched}")
    by_rule = sorted(summary.by_rule.items())
    out += _columns([(rule, action, f"{count:,}") for (rule, action), count in by_rule])
    out.append(f"{_set_aside(sources)} set aside")
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
