"""Checked rules to what a report says of each, whatever it meets: plain values.

A rule is told by its place among all rules, an example by its place among all examples.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import date
from textwrap import dedent
from typing import Any

from editwright.grammar.checked import CheckedRules, Example, Interval, RowValue, Rule
from editwright.grammar.source import Source, Span
from editwright.grammar.syntax import syntax

Facts = dict[str, Any]


def rule_facts(rules: CheckedRules) -> list[Facts]:
    """What is to be said of each rule."""
    examples = _examples_of(rules)
    return [_facts(rule, examples[rule]) for rule in rules.rules]


def example_facts(rules: CheckedRules) -> list[Facts]:
    """What is to be said of each example."""
    return [
        {
            "title": example.title,
            "text": written(example.source, example.span),
            "place": place(example.source, example.span),
        }
        for file in rules.files
        for example in file.examples
    ]


def written(source: Source, span: Span) -> str:
    """A statement as its author wrote it."""
    line, column = source.line_and_column(span.start)
    before = source.line_text(line)[: column - 1]
    return dedent(before + source.text[span.start : span.end]).replace("\r\n", "\n")


def place(source: Source, span: Span) -> str:
    """`rules.edits:12`"""
    return f"{source.name}:{source.line_and_column(span.start)[0]}"


def full_name(rule: Rule) -> str:
    """The rule's name, with its ruleset before it where it has one."""
    return f"{rule.ruleset.name}/{rule.name}" if rule.ruleset else rule.name


def codes_of(rule: Rule) -> str:
    """`CO-107 N122`"""
    adjustment = "-".join(each for each in (rule.group_code, rule.carc) if each)
    return " ".join(each for each in (adjustment, *rule.rarcs) if each)


def keywords() -> list[str]:
    """The words of the language, to be told from codes and names."""
    return sorted(syntax().keywords)


def _facts(rule: Rule, examples: Sequence[int]) -> Facts:
    return {
        "name": rule.name,
        "title": rule.title or "",
        "ruleset": rule.ruleset.name if rule.ruleset else "",
        "version": (rule.ruleset.version if rule.ruleset else None) or "",
        "disposition": rule.disposition,
        "scope": rule.scope,
        "codes": codes_of(rule),
        "message": _words(rule.because),
        "source": _words(rule.cites) or (rule.ruleset.source if rule.ruleset else None) or "",
        "text": written(rule.source, rule.span),
        "place": place(rule.source, rule.span),
        "rows": rule.table.rows if rule.table else 0,
        **_in_force(rule.intervals),
        "examples": list(examples),
    }


def _words(said: str | RowValue | None) -> str:
    return f"(column {said.column} of the row)" if isinstance(said, RowValue) else said or ""


def _in_force(intervals: Sequence[Interval]) -> Facts:
    """The days from which and to which the rule is in force, an open end as nothing; and whether
    its rows have days of their own beside."""
    firsts = [each.first for each in intervals]
    lasts = [each.last for each in intervals]
    first = max((each for each in firsts if isinstance(each, date)), default=None)
    last = min((each for each in lasts if isinstance(each, date)), default=None)
    return {
        "from": first.isoformat() if first else None,
        "to": last.isoformat() if last else None,
        "datedByRow": any(isinstance(each, RowValue) for each in (*firsts, *lasts)),
    }


def _examples_of(rules: CheckedRules) -> Mapping[Rule, Sequence[int]]:
    """The examples of each rule: those that expect it, and those that stand beneath it."""
    found: dict[Rule, list[int]] = {rule: [] for rule in rules.rules}
    number = 0
    for file in rules.files:
        by_name = {rule.name: rule for rule in file.rules}
        starts = [rule.span.start for rule in file.rules]
        for example in file.examples:
            at = bisect_right(starts, example.span.start)
            above = [file.rules[at - 1]] if at else []
            for rule in dict.fromkeys([*above, *_expected(example, by_name)]):
                found[rule].append(number)
            number += 1
    return found


def _expected(example: Example, by_name: Mapping[str, Rule]) -> list[Rule]:
    return [by_name[each.rule] for each in example.expected if each.rule in by_name]
