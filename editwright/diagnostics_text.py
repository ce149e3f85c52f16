"""The problems of rule files, for people."""

import sys
from typing import TextIO

from editwright.console import Paint, counted
from editwright.grammar.check import Checked
from editwright.grammar.diagnostics import render


def print_diagnostics(checked: Checked, paint: Paint, stream: TextIO | None = None) -> None:
    """Every problem, in the order of the files; to standard output, unless a stream is named."""
    for each in checked.diagnostics:
        head, *rest = render(each).splitlines()
        place, _, message = head.partition(f" {each.severity} ")
        severity = paint(each.severity, each.severity)
        print(f"{paint('place', place)} {severity} {message}", file=stream)
        for line in rest:
            print(paint("help", line) if line.startswith("  help:") else line, file=stream)
        print(file=stream)


def complain_of_rules(checked: Checked, color: str) -> None:
    """Every problem, where what was asked for is not the problems: standard output stays clean."""
    print_diagnostics(checked, Paint(color, sys.stderr), sys.stderr)


def closing(checked: Checked, files: int, paint: Paint) -> str:
    """The last line: how much was checked, and how it went."""
    count = {
        severity: sum(each.severity == severity for each in checked.diagnostics)
        for severity in ("error", "warning", "info")
    }
    in_files = f"in {counted(files, 'file')}"
    if count["error"]:
        return paint("error", f"{counted(count['error'], 'error')} {in_files}.")
    rules = len(checked.rules.rules) if checked.rules else 0
    examples = sum(len(file.examples) for file in checked.rules.files) if checked.rules else 0
    said = f"{counted(rules, 'rule')} and {counted(examples, 'example')} {in_files}: "
    remarks = [counted(count["warning"], "warning")] if count["warning"] else []
    remarks += [counted(count["info"], "remark")] if count["info"] else []
    if not remarks:
        return paint("ok", said + "nothing wrong.")
    return paint("warning", said + f"no errors, {' and '.join(remarks)}.")
