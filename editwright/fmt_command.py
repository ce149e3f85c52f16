"""`editwright fmt`: rule files in their canonical form."""

import sys
from argparse import Namespace
from difflib import unified_diff

from editwright.console import complain
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.diagnostics import Diagnostic, render
from editwright.grammar.parse import parse
from editwright.rule_files import read_sources, rewrite


def fmt(options: Namespace) -> int:
    """Rewrite the files; with --check and --diff, 1 where that would change one."""
    from editwright.grammar.format import format_file

    changed = 0
    code = DONE
    only_look = options.check or options.diff
    for source in read_sources(options.files):
        if isinstance(source, Diagnostic):
            print(render(source), file=sys.stderr)
            code = UNUSABLE
            continue
        file, problems = parse(source)
        if problems:
            for each in problems:
                print(render(each), file=sys.stderr)
            complain(f"{source.name} is left as it is: it has problems")
            code = max(code, PROBLEMS)
            continue
        text = format_file(file)
        differs = text != source.text
        changed += differs
        if options.diff and differs:
            before, after = source.text.splitlines(), text.splitlines()
            name = source.name
            print("\n".join(unified_diff(before, after, name, f"{name} formatted", lineterm="")))
        elif options.check and differs:
            print(f"{source.name} would change")
        elif source.path is None and not only_look:
            sys.stdout.write(text)
        elif differs and not only_look:
            code = max(code, rewrite(source, text, "formatted"))
    if code == DONE and only_look and changed:
        return PROBLEMS
    return code
