"""The rule files that a command is given: read, checked, and rewritten."""

import sys
from collections.abc import Sequence
from pathlib import Path

from editwright.console import complain
from editwright.diagnostics_text import complain_of_rules
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import Checked
from editwright.grammar.checked import CheckedRules
from editwright.grammar.diagnostics import Diagnostic, did_you_mean
from editwright.grammar.kept_rules import rules_to_judge_by
from editwright.grammar.parse import decode, read_rule_files
from editwright.grammar.source import Source

STANDARD_INPUT = "-"


def read_sources(names: Sequence[str]) -> list[Source | Diagnostic]:
    """The rule files that the names stand for: files, folders of them, standard input."""
    sources: list[Source | Diagnostic] = []
    for name in dict.fromkeys(names):
        if name == STANDARD_INPUT:
            sources.append(decode(sys.stdin.buffer.read(), "<standard input>"))
        else:
            sources.extend(read_rule_files(Path(name)))
    return sources


def checked_rules(names: Sequence[str], color: str) -> tuple[CheckedRules | None, int]:
    """The rules of files; or nothing, where they have problems, and the exit code."""
    sources = read_sources(names)
    checked = rules_to_judge_by(sources)
    if checked.rules is None or not sources:
        complain_of_rules(checked, color)
        return None, exit_code(sources, checked) or UNUSABLE
    return checked.rules, DONE


def exit_code(sources: Sequence[Source | Diagnostic], checked: Checked) -> int:
    """2 where a file could not be read at all or there was none, 1 where one has an error."""
    unreadable = [each for each in sources if isinstance(each, Diagnostic) and not each.source.text]
    if unreadable or not sources:
        return UNUSABLE
    return PROBLEMS if checked.has_errors else DONE


def expect_rule(name: str | None, rules: CheckedRules) -> bool:
    """Whether there is a rule of that name, if one is asked for; says so where there is none."""
    names = [rule.name for rule in rules.rules]
    if name is None or name in names:
        return True
    shown = ", ".join(f"`{each}`" for each in names[:12]) + (", ..." if len(names) > 12 else "")
    hint = f"the rules are {shown}" if names else "name a file with rules"
    complain(f"no file has a rule `{name}`", did_you_mean(name, names) or hint)
    return False


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
