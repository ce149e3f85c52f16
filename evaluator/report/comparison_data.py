"""The data of a comparison's report: what its scripts list and draw, as plain values."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Any

from attrs import frozen

from editwright.evaluator.comparison.figures import (
    Breakdown,
    Change,
    Comparison,
    Measure,
    RuleChange,
)
from editwright.evaluator.comparison.text import WORDS
from editwright.evaluator.report.rule_facts import Facts, example_facts, keywords, rule_facts
from editwright.grammar.checked import CheckedRules

KINDS: Mapping[Change, str] = WORDS
"""How a change is called."""


@frozen(slots=True)
class Compared:
    """The two sets of rules, and what the new ones do that the old ones do not."""

    old: CheckedRules
    new: CheckedRules
    figures: Comparison
    breakdowns: Sequence[Breakdown]
    """Changed lines by each column, as many groups as are drawn."""


def comparison_data(compared: Compared) -> Facts:
    """Everything that the page lists and draws."""
    old, new = rule_facts(compared.old), rule_facts(compared.new)
    first_new = sum(len(file.examples) for file in compared.old.files)
    for each in new:
        each["examples"] = [first_new + example for example in each["examples"]]
    by_place = [{facts["place"]: facts for facts in side} for side in (old, new)]
    return {
        "rules": [_rule(each, *by_place) for each in compared.figures.rules],
        "examples": [*example_facts(compared.old), *example_facts(compared.new)],
        "charged": bool(compared.figures.lines > compared.figures.lines_without_charge),
        "breakdowns": {each.name: _groups(each) for each in compared.breakdowns},
        "kinds": list(KINDS.values()),
        "keywords": keywords(),
    }


def signed(measure: Measure) -> float:
    """The change in denied charges."""
    return float(measure.denied_charge)


def _rule(change: RuleChange, old: Mapping[str, Facts], new: Mapping[str, Facts]) -> Facts:
    before = old[change.old.place] if change.old else None
    after = new[change.new.place] if change.new else None
    lines = {each: measure.lines for each, measure in change.by_change.items()}
    newly, no_longer = lines.get("newly_denied", 0), lines.get("no_longer_denied", 0)
    facts: Facts = {**(after or before or {})}
    return {
        **facts,
        "change": change.text,
        "oldFindings": change.old.findings if change.old else None,
        "newFindings": change.new.findings if change.new else None,
        "newly": newly,
        "noLonger": no_longer,
        "other": change.changed.lines - newly - no_longer,
        "changed": change.changed.lines,
        "charge": float(change.changed.charge),
        "denied": signed(change.changed),
        "byChange": _by_change(change.by_change),
        "difference": _difference(before, after),
    }


def _by_change(measures: Mapping[Change, Measure]) -> list[list[object]]:
    return [
        [KINDS[each], one.lines, one.claims, one.members, float(one.charge), signed(one)]
        for each, one in measures.items()
    ]


def _difference(before: Facts | None, after: Facts | None) -> list[list[str]] | None:
    """The lines of both texts with `-`, `+` or nothing before them; none where they are equal."""
    if before is None or after is None or before["text"] == after["text"]:
        return None
    one, two = before["text"].splitlines(), after["text"].splitlines()
    found: list[list[str]] = []
    for tag, first, end, start, stop in SequenceMatcher(None, one, two, False).get_opcodes():
        if tag == "equal":
            found += _marked(" ", one[first:end])
        else:
            found += _marked("-", one[first:end])
            found += _marked("+", two[start:stop])
    return found


def _marked(mark: str, lines: Iterable[str]) -> list[list[str]]:
    return [[mark, line] for line in lines]


def _groups(breakdown: Breakdown) -> list[list[Any]]:
    """Value, kind of change, lines, charges and change in denied charges."""
    return [
        [group.value, KINDS[each], one.lines, float(one.charge), signed(one)]
        for group in breakdown.groups
        for each, one in group.by_change.items()
    ]
