"""`editwright test --coverage`: which points of a rule the examples reach."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from editwright.command_line import main
from editwright.evaluator.coverage.measure import coverage
from editwright.exit_codes import DONE, PROBLEMS
from editwright.grammar.check import check_paths, check_sources, expect_rules
from editwright.grammar.source import Source
from tests.evaluation_strategies import Case, cases, expect_checked
from tests.test_examples_command import shown_of

RULES = Path(__file__).parent / "golden" / "testing" / "clinic.edits"
RULESETS = Path(__file__).parents[1] / "rulesets"
laws = settings(settings.get_profile("laws"), max_examples=25)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


def missing(rules: str, *examples: str) -> list[str]:
    """What no example of one rule shows."""
    text = rules + "\n" + "\n\n".join(examples) + "\n"
    found = coverage(expect_rules(check_sources([Source("trial.edits", text)])), samples=False)
    return [point.missing for rule in found.rules for point in rule.points if not point.seen]


def example(*lines: str, expect: str = "no findings") -> str:
    """An example of these lines; what it expects is nothing to coverage."""
    given = "\n    and ".join(lines)
    return f'example "e"\n    given {given}\n    expect {expect}'


@laws
@given(case=cases(most_rules=2))
def test_more_examples_never_cover_less(folder: Path, case: Case) -> None:
    """Without examples no point is seen, and examples that are made for the rules add some."""
    rules = expect_checked(case, folder)
    none = coverage(rules, samples=False)
    assert all(rule.seen == 0 for rule in none.rules)
    shown = [each for several in shown_of(rules).values() for each in several]
    pasted = case.text + "\n\n".join(each.text for each in shown) + "\n"
    checked = check_sources([Source("trial.edits", pasted, folder / "trial.edits")])
    some = coverage(expect_rules(checked), samples=False)
    assert [len(rule.points) for rule in some.rules] == [len(rule.points) for rule in none.rules]
    assert sum(rule.seen for rule in some.rules) >= len({each.rule for each in shown})


@pytest.mark.parametrize(
    ("rule", "shown", "left"),
    [
        (
            "64643 requires 64642 or 64644 same date, same provider",
            [example("64643 on 2025-03-04 by 1", "64642 on 2025-03-04 by 1")],
            [
                "no example where the rule fires",
                "no example has a partner `64644`",
                "no example where `same date` does not hold",
                "no example where `same provider` does not hold",
            ],
        ),
        (
            "99213 not allowed within 10 days after 27447",
            [example("99213 on 2025-03-14", "27447 on 2025-03-04", expect="R1 on 99213")],
            [
                "no example with its code where the rule does not fire",
                "no example where `within 10 days after` does not hold",
                "no example with a partner one day outside `within 10 days after`",
            ],
        ),
        (
            "99213 not allowed within 10 days after 27447",
            [example("99213 on 2025-03-15", "27447 on 2025-03-04")],
            [
                "no example where the rule fires",
                "no example where `within 10 days after` holds",
                "no example with a partner on the last day of `within 10 days after`",
            ],
        ),
        (
            "97110 at most 6 units per day",
            [example("97110 x 6 on 2025-03-04"), example("97110 x 8 on 2025-03-05",
                                                         expect="R1 on 97110")],
            [
                "no example where the limit is exceeded by one",
                "no example where `per day` holds",
                "no example where `per day` does not hold",
            ],
        ),
        (
            "97110 at most 6 units per 7 days",
            [example("97110 x 6 on 2025-03-04", "97110 on 2025-03-11")],
            [
                "no example where the rule fires",
                "no example where the limit is exceeded by one",
                "no example where `per 7 days` holds",
                "no example with a line on the first day of `per 7 days`",
            ],
        ),
        (
            "64643 not allowed when units > 3 and sex = F",
            [example("64643 x 4 on 2025-03-04")],
            [
                "no example where the rule fires",
                "no example where `units > 3` does not hold",
                "no example where `sex = F` holds",
                "no example where `sex = F` does not hold",
            ],
        ),
        (
            "64643 not allowed\n    unless modifier 59, 76\n    effective 2025-01-01 to 2025-12-31",
            [example("64643-59 on 2025-01-01"), example("64643-59 on 2026-01-01")],
            [
                "no example where the rule fires",
                "no example that `unless modifier 59, 76` does not exempt",
                "no example where `modifier 76` holds",
                "no example has a line the day before 2025-01-01",
                "no example has a line on 2025-12-31",
            ],
        ),
        (
            "64643 not allowed with 64642 same date\n    unless modifier 59 on either line",
            [example("64643 on 2025-03-04", "64642-59 on 2025-03-04")],
            [
                "no example where the rule fires",
                "no example where `same date` does not hold",
                "no example that `unless modifier 59 on either line` does not exempt",
            ],
        ),
        ("64643 not allowed", [example("64643", expect="R1 on 64643")], []),
    ],
)  # fmt: skip
def test_what_is_missing_is_said(rule: str, shown: list[str], left: list[str]) -> None:
    assert missing(rule, *shown) == left


def test_a_payable_partner_and_a_denied_one() -> None:
    rule = "64643 requires payable 64642 same date"
    paid = example("64643 on 2025-03-04", "64642 on 2025-03-04")
    denied = example(
        "64643 on 2025-03-04",
        "history 64642 on 2025-03-04 with status denied",
        expect="R1 on 64643",
    )
    assert "no example where the partner is denied" in missing(rule, paid)
    assert "no example where the partner is payable" in missing(rule, denied)
    assert "denied" not in " ".join(missing(rule, paid, denied))


def test_dates_of_a_ruleset_are_asked_about_once() -> None:
    found = missing("ruleset trial effective 2025-01-01\n64643 not allowed\n64642 not allowed")
    assert found.count("no example has a line on 2025-01-01") == 1


def test_what_the_shipped_rules_leave_open() -> None:
    """Only days of rows of tables."""
    found = coverage(expect_rules(check_paths(sorted(RULESETS.rglob("*.edits")), samples=True)))
    left = [point.missing for rule in found.rules for point in rule.points if not point.seen]
    assert all("row." in each for each in left), left
    assert found.percent > 98


# ---- the command


def test_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    expect_golden: Callable[[str, str], None],
) -> None:
    monkeypatch.chdir(RULES.parent)
    assert main(["test", "clinic.edits", "--coverage"]) == DONE
    expect_golden("testing/coverage.txt", capsys.readouterr().out)


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(RULES), "--coverage", "--format", "json"]) == DONE
    found = json.loads(capsys.readouterr().out)["coverage"]
    assert found["points"] == sum(rule["points"] for rule in found["rules"])
    assert found["seen"] == sum(rule["seen"] for rule in found["rules"])
    for rule in found["rules"]:
        for point in rule["details"]:
            assert (point["missing"] is None) == point["seen"] == (point["example"] is not None)


def test_too_little_is_an_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(RULES), "--fail-under", "30"]) == DONE
    assert main(["test", str(RULES), "--fail-under", "99.5"]) == PROBLEMS
    assert "That is less than 99.5 %." in capsys.readouterr().out


def test_one_rule_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["test", str(RULES), "--coverage", "--rule", "ADD-ON", "--format", "json"])
    rules = json.loads(capsys.readouterr().out)["coverage"]["rules"]
    assert [rule["rule"] for rule in rules] == ["ADD-ON"]
