"""What `editwright explain --plan` says of rules."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE

RULES = """\
table pairs from "pairs.csv"
field risk is number

rule PAIR for each row of pairs:
    row.two not allowed with row.one same date, same provider
    unless modifier 59 on either line

rule FEW for each row of pairs:
    row.two at most row.units units per day

64643 requires payable 64642 same date
64642 not allowed with 64644 within 30 days before
each of 7* at most 1 time per calendar year
any line not allowed when charge > 10000 and place = 21

rule FINE:
    64645 not allowed when units > 1.00001 and risk > 2
"""
PAIRS = "one,two,units\n64640,64642,1\n64641,64642,2\n64641,64643,2\n"


@pytest.fixture(autouse=True)
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The rule file's name, in the working folder."""
    monkeypatch.chdir(tmp_path)
    Path("plan.edits").write_text(RULES, encoding="utf-8")
    Path("pairs.csv").write_text(PAIRS, encoding="utf-8")
    return "plan.edits"


@pytest.mark.parametrize(("form", "golden"), [("text", "plan.txt"), ("json", "plan.json")])
def test_a_plan_prints_itself(
    rules: str,
    form: str,
    golden: str,
    capsys: pytest.CaptureFixture[str],
    expect_golden: Callable[[str, str], None],
) -> None:
    assert main(["explain", "--plan", rules, "--format", form]) == DONE
    expect_golden(golden, capsys.readouterr().out)


def test_many_rules_are_counted(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"any line not allowed when charge > {number}\n" for number in range(1, 26)]
    Path(rules).write_text("".join(lines), encoding="utf-8")
    assert main(["explain", "--plan", rules]) == DONE
    shown = capsys.readouterr().out
    assert "plan.edits:20\n  and 5 more\n" in shown
    assert main(["explain", "--plan", rules, "--format", "json"]) == DONE
    assert len(json.loads(capsys.readouterr().out)["every_line"]) == 25


def test_rules_with_problems_have_no_plan(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path(rules).write_text("64643 require 64642 same date", encoding="utf-8")
    assert main(["explain", "--plan", rules]) == PROBLEMS
    assert "did you mean `requires`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--plan", "--claims", "c.csv"], "leave out --claims"),
        (["--plan", "--claim", "C1"], "leave out --claim"),
        (["--claims", "c.csv"], "name a claim: --claim ID"),
        (["--claim", "C1"], "name a claim file behind --claims"),
        ([], "name a claim file behind --claims"),
    ],
)
def test_one_explanation_at_a_time(
    rules: str, given: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["explain", rules, *given])
    assert stopped.value.code == UNUSABLE
    assert said in capsys.readouterr().err
