"""The commands that rewrite and copy rule files: fmt and copy."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from difflib import unified_diff
from importlib import resources
from pathlib import Path
from typing import TextIO

from editwright.command_line import DONE, PROBLEMS, UNUSABLE
from editwright.console import Paint, complain, counted
from editwright.grammar.check import Checked
from editwright.grammar.checked import CheckedRules
from editwright.grammar.diagnostics import Diagnostic, as_json, did_you_mean, render
from editwright.grammar.parse import decode, parse, read_rule_files
from editwright.grammar.source import Source

SCHEMA_VERSION = 1
STANDARD_INPUT = "-"


def fmt(options: Namespace) -> int:
    """`editwright fmt`: rewrite the files; with --check and --diff, 1 where that would change
    one."""
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


def rewrite(source: Source, text: str, done: str) -> int:
    """Put a text in the place of a file's, whole or not at all."""
    assert source.path is not None
    partial = source.path.with_name(source.path.name + ".partial")
    try:
        partial.write_text(text, encoding="utf-8", newline="\n")
        partial.replace(source.path)
    except OSError as error:
        complain(f"cannot write {source.name}: {(error.strerror or 'an output error').lower()}")
        return UNUSABLE
    print(f"{done} {source.name}")
    return DONE


def copy(options: Namespace) -> int:
    """`editwright copy`: rule files that ship, with the samples of their tables, to a folder."""
    shipped = Path(str(resources.files("editwright.rulesets")))
    found = {each.stem: each for each in sorted(shipped.iterdir()) if _rule_files(each)}
    name = options.name.removesuffix(".edits")
    if name not in found:
        complain(f"no rule files called {name} ship", f"there are {', '.join(found)}")
        return UNUSABLE
    source, folder = found[name], Path(options.folder)
    copied = [source] if source.is_file() else [*_rule_files(source), *source.rglob("*.csv")]
    targets = {each: folder / each.relative_to(shipped) for each in sorted(copied)}
    if folder.exists() and not folder.is_dir():
        complain(f"{folder} is not a folder", "name a folder, or none for this one")
        return UNUSABLE
    taken = [target for target in targets.values() if target.exists()]
    if taken:
        complain(f"{taken[0]} is there already; nothing is copied", "name another folder")
        return UNUSABLE
    for each, target in targets.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(each.read_bytes())
        print(f"copied {target}")
    return DONE


def _rule_files(path: Path) -> list[Path]:
    return [path] if path.suffix == ".edits" else list(path.rglob("*.edits"))


# ---- shared with the commands that need claims


def read_sources(names: Sequence[str]) -> list[Source | Diagnostic]:
    """The rule files that the names stand for: files, folders of them, standard input."""
    sources: list[Source | Diagnostic] = []
    for name in dict.fromkeys(names):
        if name == STANDARD_INPUT:
            sources.append(decode(sys.stdin.buffer.read(), "<standard input>"))
        else:
            sources.extend(read_rule_files(Path(name)))
    return sources


def expect_rule(name: str | None, rules: CheckedRules) -> bool:
    """Whether there is a rule of that name, if one is asked for; says so where there is none."""
    names = [rule.name for rule in rules.rules]
    if name is None or name in names:
        return True
    shown = ", ".join(f"`{each}`" for each in names[:12]) + (", ..." if len(names) > 12 else "")
    hint = f"the rules are {shown}" if names else "name a file with rules"
    complain(f"no file has a rule `{name}`", did_you_mean(name, names) or hint)
    return False


def exit_code(sources: Sequence[Source | Diagnostic], checked: Checked) -> int:
    """2 where a file could not be read at all or there was none, 1 where one has an error."""
    unreadable = [each for each in sources if isinstance(each, Diagnostic) and not each.source.text]
    if unreadable or not sources:
        return UNUSABLE
    return PROBLEMS if checked.has_errors else DONE


def print_as_json(checked: Checked) -> None:
    """Every problem, for programs."""
    problems = [as_json(each) for each in checked.diagnostics]
    print(json.dumps({"schema_version": SCHEMA_VERSION, "diagnostics": problems}, indent=2))


def complain_of_rules(checked: Checked, color: str) -> None:
    """Every problem, where what was asked for is not the problems: standard output stays clean."""
    print_diagnostics(checked, Paint(color, sys.stderr), sys.stderr)


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
