"""What a run saw and found, on standard error: for people, or as JSON."""

import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Iterable, Sequence

from editwright.console import counted, print_json
from editwright.correction_words import corrected_text
from editwright.evaluator.formats.members import Members
from editwright.evaluator.formats.read import ClaimsIn
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.memory import most_taken
from editwright.set_aside import aside_text, set_aside_by_problem


def print_summary(
    options: Namespace, summary: Summary, inputs: Iterable[ClaimsIn], notes: Sequence[str]
) -> None:
    """The closing lines of a run, with notes on its sources and on the table of members."""
    sources = list(inputs)
    bad = set_aside_by_problem(sources)
    if options.summary == "json":
        counts = {
            **summary.as_dict(),
            "quarantined": bad,
            "warnings": _warned(sources),
            "notes": [*(note for claims in sources for note in claims.notes), *notes],
            "missing_columns": sorted(
                {name for claims in sources for name in claims.missing_columns}
            ),
        }
        print_json(counts, sys.stderr)
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


def notes_on_members(options: Namespace, members: Members, summary: Summary) -> list[str]:
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


def notes_on_memory(options: Namespace) -> list[str]:
    """That a run took more memory than it was allowed to: some goes to no file."""
    taken = most_taken()
    if not options.memory or taken <= options.memory:
        return []
    return [
        f"the run took {taken / 10**6:,.0f} MB of memory, and --memory allows "
        f"{options.memory / 10**6:,.0f} MB: the program, the rules and what tells claims apart "
        "come before lines"
    ]
