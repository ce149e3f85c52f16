"""`editwright examples`: the claims that it makes do what their examples say."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings

from editwright.command_line import main
from editwright.evaluator.examples.run_examples import run_examples
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.synthesis.judging import FileJudge, Rowwise
from editwright.evaluator.synthesis.nearest import Shown, examples_of
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.checked import CheckedRules
from editwright.grammar.declarations import Library
from editwright.grammar.source import Source
from tests.evaluation_strategies import Case, cases, expect_checked

laws = settings(settings.get_profile("laws"), max_examples=40)
RULES = Path(__file__).parent / "golden" / "testing" / "clinic.edits"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


def shown_of(rules: CheckedRules) -> dict[str, list[Shown]]:
    """The examples of every rule."""
    found: dict[str, list[Shown]] = {}
    for file in rules.files:
        shop, judge = Workshop.of(file, Library()), FileJudge.of(file.rules, Rowwise())
        assert judge is not None
        found |= {rule.name: examples_of(rule, shop, judge) for rule in file.rules}
    return found


@laws
@given(case=cases())
def test_examples_hold_where_they_are_pasted(folder: Path, case: Case) -> None:
    """Each stands below the rules without a problem, and holds; the first one fires, and those
    that say that they do not fire expect no finding of the rule."""
    rules = expect_checked(case, folder)
    found = shown_of(rules)
    shown = [each for several in found.values() for each in several]
    pasted = case.text + "\n\n".join(each.text for each in shown) + "\n"
    checked = check_sources([Source("trial.edits", pasted, folder / "trial.edits")])
    results = list(run_examples(expect_rules(checked)))
    assert len(results) == len(shown)
    assert all(result.holds for result in results)
    for name, several in found.items():
        assert not several or several[0].fires
        for each in several:
            assert (f"{name} " in each.text.rpartition("expect ")[2]) == each.fires


def test_what_is_printed(
    capsys: pytest.CaptureFixture[str], expect_golden: Callable[[str, str], None]
) -> None:
    assert main(["examples", str(RULES)]) == DONE
    expect_golden("testing/examples.txt", capsys.readouterr().out)


def test_one_rule_alone_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples", str(RULES), "--rule", "VISIT-GLOBAL", "--format", "json"]) == DONE
    shown = json.loads(capsys.readouterr().out)["examples"]
    assert {each["rule"] for each in shown} == {"VISIT-GLOBAL"}
    assert [each["fires"] for each in shown[:2]] == [True, False]
    assert all(each["example"].startswith("example ") for each in shown)


def test_both_sides_of_a_window_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    main(["examples", str(RULES), "--rule", "VISIT-GLOBAL"])
    out = capsys.readouterr().out
    assert "the 27447 11 days before" in out
    assert "the 27447 on the same date" in out


def test_a_rule_that_no_file_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["examples", str(RULES), "--rule", "NO-SUCH-RULE"]) == UNUSABLE
    assert "no file has a rule `NO-SUCH-RULE`" in capsys.readouterr().err


def test_a_rule_that_cannot_fire(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "never.edits"
    path.write_text("64643 not allowed when units > 3 and units < 2\n", encoding="utf-8")
    assert main(["examples", str(path)]) == PROBLEMS
    assert "no claim was found that 1 rule would fire on: R1" in capsys.readouterr().err


def test_conditions_that_contradict_each_other_come_to_an_end(tmp_path: Path) -> None:
    """Twelve choices, each of which can be met, and a last condition that cannot."""
    choices = " and ".join(f"(units > {n} or charge > {n} or sex = F)" for n in range(12))
    path = tmp_path / "never.edits"
    path.write_text(f"64643 not allowed when {choices} and units < 0\n", encoding="utf-8")
    start = time.process_time()
    assert main(["examples", str(path)]) == PROBLEMS
    assert time.process_time() - start < 10


def test_rules_with_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "broken.edits"
    path.write_text("64643 require 64642\n", encoding="utf-8")
    assert main(["examples", str(path)]) == PROBLEMS
    assert "error E201" in capsys.readouterr().err
