"""The rule files that ship: sound, canonical, and tested by examples that can fail."""

from pathlib import Path

import pytest
from attrs import evolve

from editwright.evaluator.examples.run_examples import ExampleResult, run_examples
from editwright.grammar.check import check_paths, expect_rules
from editwright.grammar.checked import CheckedFile, CheckedRules, Example, Expected
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse, read_source
from editwright.grammar.source import Source

RULESETS = Path(__file__).parents[1] / "rulesets"
FILES = sorted(RULESETS.rglob("*.edits"))


def name_of(path: Path) -> str:
    return path.relative_to(RULESETS).as_posix()


def checked(path: Path) -> CheckedRules:
    found = check_paths([path], samples=True)
    assert not found.diagnostics
    return expect_rules(found)


def test_there_are_rule_files() -> None:
    assert {name_of(path) for path in FILES} >= {
        "chemodenervation.edits",
        "starter.edits",
        *(f"ncci/{setting}/{table}.edits" for setting in ("hospital", "practitioner")
          for table in ("add-on", "mue", "ptp")),
    }  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_examples_hold(path: Path) -> None:
    assert not [result for result in run_examples(checked(path)) if not result.holds]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_file_is_in_its_canonical_form(path: Path) -> None:
    source = read_source(path, path.name)
    assert isinstance(source, Source)
    assert format_file(parse(source)[0]) == source.text


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_rule_says_what_and_why_and_fires_in_an_example(path: Path) -> None:
    rules = checked(path)
    fired = {
        each.rule for file in rules.files for example in file.examples for each in example.expected
    }
    for rule in rules.rules:
        assert rule.title, rule.name
        assert rule.cites, rule.name
        assert rule.name in fired, rule.name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_flipping_an_expectation_makes_its_example_fail(path: Path) -> None:
    """An expected finding that is left out, put on another line or another rule, or expected
    where nothing is: each is noticed."""
    (file,) = checked(path).files
    names = [rule.name for rule in file.rules]
    flipped = 0
    for example in file.examples:
        for changed in flips(example, names):
            flipped += 1
            assert not result_of(file, changed).holds, (example.title, changed.expected)
    assert flipped >= len(file.examples)


def flips(example: Example, names: list[str]) -> list[Example]:
    if not example.expected:
        anything = Expected(names[0], (1,), None, None, "flipped", example.span)
        return [evolve(example, expected=(anything,))]
    changed: list[Example] = []
    for at, each in enumerate(example.expected):
        others = example.expected[:at] + example.expected[at + 1 :]
        other_rule = next((name for name in names if name != each.rule), "NO-SUCH-RULE")
        changed.append(evolve(example, expected=others))
        changed.append(evolve(example, expected=(*others, evolve(each, rule=other_rule))))
        elsewhere = tuple(n for n in range(1, len(example.lines) + 2) if n not in each.lines)
        changed.append(evolve(example, expected=(*others, evolve(each, lines=elsewhere))))
    return changed


def result_of(file: CheckedFile, example: Example) -> ExampleResult:
    only = evolve(file, examples=(example,))
    (result,) = run_examples(CheckedRules((only,), (), {}))
    return result
