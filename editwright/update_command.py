"""`editwright test --update`: expectations rewritten to what is found, shown as a difference."""

import sys
from argparse import Namespace
from difflib import unified_diff

from editwright.console import Paint, complain, counted
from editwright.diagnostics_text import print_diagnostics
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import check_sources
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source
from editwright.rule_files import exit_code, read_sources, rewrite


def update(options: Namespace) -> int:
    """Rewrite the files whose examples expect something else; 1 where one has an error, and is
    left as it is."""
    from editwright.evaluator.examples.run_examples import run_examples
    from editwright.evaluator.synthesis.update import updated

    if options.coverage or options.mutate or options.format == "json":
        complain(
            "--update rewrites the examples and does nothing else",
            "leave out --coverage, --mutate and --format, and test again afterwards",
        )
        return UNUSABLE
    code = DONE
    paint = Paint(options.color, sys.stdout)
    sources = read_sources(options.files)
    if not sources:
        return UNUSABLE
    for source in sources:
        checked = check_sources([source], samples=True)
        if checked.rules is None or isinstance(source, Diagnostic):
            print_diagnostics(checked, paint)
            complain(f"{source.source.name if isinstance(source, Diagnostic) else source.name}"
                     " is left as it is: it has problems")  # fmt: skip
            code = max(code, exit_code([source], checked))
            continue
        (file,) = checked.rules.files
        found = updated(file)
        if source.path is None:
            sys.stdout.write(found.text)
            continue
        if not found.examples:
            print(f"{source.name}: nothing to update")
            continue
        again = check_sources([Source(source.name, found.text, source.path)], samples=True)
        if again.rules is None or not all(each.holds for each in run_examples(again.rules)):
            complain(f"{source.name} is left as it is: its examples could not be brought to hold")
            code = max(code, PROBLEMS)
            continue
        _show(source, found.text, paint)
        code = max(
            code, rewrite(source, found.text, f"updated {counted(found.examples, 'example')} in")
        )
    return code


def _show(source: Source, text: str, paint: Paint) -> None:
    before, after = source.text.splitlines(), text.splitlines()
    for line in unified_diff(before, after, source.name, f"{source.name} updated", lineterm=""):
        kind = {"+": "ok", "-": "error", "@": "help"}.get(line[:1])
        print(paint(kind, line) if kind else line)
