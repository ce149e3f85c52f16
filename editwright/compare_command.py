"""The command that compares two sets of rules: what a change does to claims before it is made."""

import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING

from editwright.claim_inputs import claim_inputs, expect_other_output, members_of
from editwright.console import complain, print_json, progress
from editwright.correction_words import corrected_text
from editwright.evaluator.corrections.in_lines import Corrected
from editwright.evaluator.formats.read import ClaimsIn
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.checked import CheckedRules
from editwright.quarantine import Quarantine
from editwright.reports import write_comparison_report
from editwright.rule_files import checked_rules
from editwright.run_summary import notes_on_memory
from editwright.set_aside import aside_text, set_aside_by_problem

if TYPE_CHECKING:
    import pyarrow as pa

    from editwright.evaluator.comparison.figures import Comparison
    from editwright.evaluator.comparison.run import Changes


def compare(options: Namespace) -> int:
    """`editwright compare`: the figures to standard output, the changed lines to a file; 0 when
    it ran, or with --fail-on-change 1 where a line changes."""
    sides, code = _rules(options)
    if not sides:
        return code
    expect_other_output(options)
    comparison, inputs, corrected = _compared(options, *sides)
    _print(options, comparison)
    set_aside = _say_what_was_odd(options, inputs, corrected)
    if set_aside and not comparison.lines:
        return UNUSABLE
    return PROBLEMS if options.fail_on_change and comparison.changed.lines else DONE


def _rules(options: Namespace) -> tuple[Sequence[CheckedRules], int]:
    """The old rules and the new ones; none, and the exit code, where they have problems."""
    sides = []
    codes = [DONE]
    for name in options.rules:
        rules, code = checked_rules([name, *options.beside], options.color)
        codes.append(code)
        if rules is not None:
            sides.append(rules)
    return (sides if len(sides) == 2 else ()), max(codes)


def _compared(
    options: Namespace, old: CheckedRules, new: CheckedRules
) -> "tuple[Comparison, Sequence[ClaimsIn], Corrected]":
    from editwright.evaluator.comparison.changed_lines import changes_schema
    from editwright.evaluator.comparison.changes_out import expect_format, write_changes
    from editwright.evaluator.comparison.run import Comparing
    from editwright.evaluator.memory import default_limit, room_in

    if options.output:
        expect_format(options.output)
    comparing = Comparing.of(old, new, most=options.top, member_ids=options.show_members)
    with Quarantine(options.quarantine, strict=options.strict) as quarantine, ExitStack() as files:
        fields = comparing.declared_fields
        inputs = claim_inputs(options, fields, members_of(options), quarantine.add)
        comparing.prepare()
        room = room_in(options.memory or default_limit())
        with progress("reading claims", quiet=options.quiet) as bar:
            reading = comparing.read_parts(*inputs, room=room, report=bar)
            parts = files.enter_context(reading)
        with progress("sorting claims", quiet=options.quiet) as bar:
            parts.sort(bar)
        with progress("comparing", quiet=options.quiet) as bar:
            changes = comparing.changes(parts, threads=options.threads, report=bar)
            if options.output:
                schema = changes_schema(member_ids=options.show_members)
                write_changes(_tables(changes), schema, options.output)
            else:
                for each in changes:
                    del each  # it is counted; the next part takes its memory
    if options.report:
        write_comparison_report(options, comparing, inputs)
    return comparing.comparison(), inputs, parts.corrected


def _tables(changes: "Iterable[Changes]") -> "Iterator[pa.Table]":
    for each in changes:
        table = each.table()
        del each  # the next part takes its memory
        yield table
        del table


def _print(options: Namespace, comparison: "Comparison") -> None:
    if options.format == "json":
        print_json(comparison.as_dict())
        return
    from editwright.evaluator.comparison.text import comparison_text

    for line in comparison_text(comparison):
        print(line)
    sys.stdout.flush()


def _say_what_was_odd(options: Namespace, inputs: Sequence[ClaimsIn], corrected: Corrected) -> int:
    """Notes on the claims, and how many lines were set aside."""
    set_aside = sum(each.bad_lines.count for each in inputs)
    if set_aside:
        problems = sorted(set_aside_by_problem(inputs).items())
        listed = ", ".join(f"{problem} {count:,}" for problem, count in problems)
        complain(f"{aside_text(inputs)} set aside: {listed}")
    if not options.quiet:
        for text in corrected_text(corrected):
            print(text, file=sys.stderr)
        notes = [*(note for each in inputs for note in each.notes), *notes_on_memory(options)]
        for note in dict.fromkeys(notes):
            print(f"note: {note}", file=sys.stderr)
    return set_aside
