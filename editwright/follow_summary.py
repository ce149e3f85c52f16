"""The closing lines of `run --follow`, on standard error: for people, or as JSON."""

import sys
from argparse import Namespace

from editwright.console import counted, print_json
from editwright.correction_words import corrected_text
from editwright.evaluator.following.follow import StreamSummary


def print_summary(options: Namespace, summary: StreamSummary, notes: list[str]) -> None:
    """What was judged, found and set aside since the beginning of this run."""
    if options.summary == "json":
        print_json({**summary.as_dict(), "notes": notes}, sys.stderr)
        return
    print(
        f"{counted(summary.lines, 'line')} of {counted(summary.claims, 'claim')}", file=sys.stderr
    )
    if summary.repeated_lines:
        print(f"{counted(summary.repeated_lines, 'line')} had been judged before", file=sys.stderr)
    for text in corrected_text(summary.corrected):
        print(text, file=sys.stderr)
    touched = counted(summary.lines_with_findings, "line")
    print(f"{counted(summary.findings, 'finding')} on {touched}", file=sys.stderr)
    for (rule, disposition), count in sorted(summary.by_rule.items()):
        print(f"  {rule}  {disposition}  {count:,}", file=sys.stderr)
    print(f"{counted(sum(summary.set_aside.values()), 'line')} set aside", file=sys.stderr)
    for problem, count in sorted(summary.set_aside.items()):
        print(f"  {problem}  {count:,}", file=sys.stderr)
    if summary.unreadable:
        print(f"{counted(summary.unreadable, 'file')} could not be read", file=sys.stderr)
    for note in notes:
        print(f"note: {note}", file=sys.stderr)
