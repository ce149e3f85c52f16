"""`editwright test --mutate`: changed rules, and the examples that would notice."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings

from editwright.command_line import main
from editwright.evaluator.examples.run_examples import run_examples
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.mutation.change import changes_of
from editwright.evaluator.mutation.operators import slips
from editwright.evaluator.mutation.run import Bench, survey
from editwright.evaluator.mutation.survey import Survey
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar import nodes
from editwright.grammar.check import check_paths, check_sources, expect_rules
from editwright.grammar.checked import CheckedRules
from editwright.grammar.declarations import Library
from editwright.grammar.format import format_statement, statement_text
from editwright.grammar.parse import parse
from editwright.grammar.source import Source
from tests.evaluation_strategies import Case, cases, expect_checked

_LAWS = settings.get_profile("laws")
laws = settings(_LAWS, max_examples=_LAWS.max_examples // 5)
RULES = Path(__file__).parent / "golden" / "testing" / "clinic.edits"
RULESETS = Path(__file__).parents[1] / "rulesets"

MOST_SURVIVORS = 5.0
"""Of the changes of the rule files that ship, in percent."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


def rules_of(text: str) -> CheckedRules:
    return expect_rules(check_sources([Source("trial.edits", text)]))


def survey_of(text: str) -> Survey:
    return survey(rules_of(text), samples=False)


def changes(sentence: str) -> list[str]:
    """The changes of a rule, each as its text."""
    (rule,) = parse(Source("trial.edits", sentence + "\n"))[0].statements
    return [
        " ".join(piece.text for piece in format_statement(change.node))
        for change in changes_of(rule, slips)
    ]


# ---- laws


@laws
@given(case=cases(most_rules=2))
def test_an_example_that_is_missing_tells_the_two_apart(folder: Path, case: Case) -> None:
    """Pasted below the rules it holds; below the rules with the change written into their text
    it does not."""
    rules = expect_checked(case, folder)
    (file,) = rules.files
    bench = Bench.of(Workshop.of(file, Library()), every_value=False)
    for changed in bench.changes(None):
        mutant = bench.judged(changed)
        if mutant is None or mutant.example is None:
            continue
        assert mutant.fate == "survived"
        span = changed.old.span
        new = statement_text(changed.change.node)
        texts = (case.text, case.text[: span.start] + new + case.text[span.end :])
        held = []
        for text in texts:
            pasted = text + "\n" + mutant.example + "\n"
            checked = check_sources([Source("trial.edits", pasted, folder / "trial.edits")])
            (result,) = run_examples(expect_rules(checked))
            held.append(result.holds)
        assert held == [True, False], (mutant.change, mutant.after, mutant.example)


@laws
@given(case=cases(most_rules=2))
def test_examples_that_notice_are_not_asked_for_again(folder: Path, case: Case) -> None:
    """With every example that is missing pasted in, no change survives that survived before."""
    rules = expect_checked(case, folder)
    before = survey(rules, samples=False)
    texts = dict.fromkeys(each.example for each in before.survivors if each.example)
    pasted = case.text + "\n" + "\n\n".join(texts) + "\n"
    checked = check_sources([Source("trial.edits", pasted, folder / "trial.edits")])
    after = survey(expect_rules(checked), samples=False)
    earlier = {(each.rule, each.before, each.after) for each in before.survivors}
    assert not earlier & {(each.rule, each.before, each.after) for each in after.survivors}


# ---- what is changed


@pytest.mark.parametrize(
    ("sentence", "changed"),
    [
        ("64643 requires 64642 same date", "64643 requires payable 64642 same date"),
        ("64643 requires 64642 same date", "64643 requires 64642 same claim"),
        (
            "64643 requires 64642 same date, same provider",
            "64643 requires 64642 same date, same group",
        ),
        ("64643 requires 64642 same date, same provider", "64643 requires 64642 same date"),
        ("64643 requires 64642 within 3 days before", "64643 requires 64642 within 4 days before"),
        ("64643 requires 64642 within 3 days before", "64643 requires 64642 within 2 days before"),
        ("64643 requires 64642 within 3 days before", "64643 requires 64642 within 3 days after"),
        (
            "64643 requires 64642 within 3 years before",
            "64643 requires 64642 within 1097 days before",
        ),
        ("64643 requires 2 of 64642, 64644 same date", "64643 requires 64642, 64644 same date"),
        ("64643 at most 3 units per day", "64643 at most 4 units per day"),
        ("64643 at most 3 units per day", "64643 at most 3 lines per day"),
        ("64643 at most 3 units per day", "64643 at most 3 units per claim"),
        ("64643 at most 3 units per 7 days", "64643 at most 3 units per 8 days"),
        ("64643 not allowed when units > 3", "64643 not allowed when units >= 3"),
        (
            "64643 not allowed when age < 2 and sex = F",
            "64643 not allowed when age < 2 or sex = F",
        ),
        ("64643 requires modifier LT or RT", "64643 requires modifier LT"),
        ("64643 allowed only with place 11, 19", "64643 allowed only with place 19"),
        ("64642 to 64645 not allowed", "64643 to 64645 not allowed"),
        ("64642 to 64645 except 64644 not allowed", "64642 to 64645 not allowed"),
        (
            "64643 not allowed with 64642 same date\n    unless modifier 59 on either line",
            "64643 not allowed with 64642 same date unless modifier 59",
        ),
        (
            "64643 not allowed with 64642 same date\n    unless modifier 59",
            "64643 not allowed with 64642 same date",
        ),
        (
            "64643 not allowed\n    effective 2025-01-01 to 2025-12-31",
            "64643 not allowed effective 2025-01-01 to 2026-01-01",
        ),
        ("64643 not allowed\n    otherwise deny", "64643 not allowed otherwise pend"),
        (
            "each of 64643, 64645 at most 3 units per day",
            "64643, 64645 together at most 3 units per day",
        ),
    ],
)
def test_a_slip_is_tried(sentence: str, changed: str) -> None:
    if "requires 2 of" in sentence:
        changed = changed.replace("requires ", "requires 1 of ")
    assert changed in changes(sentence)


def test_the_same_meaning_is_no_change() -> None:
    """`>= 50` and `> 49` say one thing; changes that mean the same count once."""
    found = survey_of("81528 not allowed when age >= 50\n")
    meanings = [each.after for each in found.mutants]
    assert sorted(meanings) == [
        "81528 not allowed when age > 50",
        "81528 not allowed when age >= 49",
        "81529 not allowed when age >= 50",
    ]


def test_changes_that_make_no_difference_are_no_survivors() -> None:
    """A code that the other value of the list covers anyway."""
    found = survey_of("codes some = 64643, 6464*\nsome not allowed\n")
    (dropped,) = [each for each in found.mutants if each.change == "`64643` is dropped"]
    assert dropped.fate == "no difference found"
    assert dropped not in found.survivors


def test_reason_codes_are_nothing_that_an_example_says() -> None:
    found = survey_of("64643 not allowed\n    otherwise deny as CO-97\n")
    assert [each.change for each in found.of_fate("not shown by examples")] == [
        "the reason codes are dropped"
    ]


def test_lists_and_headings_are_changed_too() -> None:
    found = survey_of(
        "ruleset trial effective 2025-01-01\nplaces offices = 11, 19\n"
        "64643 allowed only with place offices\n"
    )
    changed = {each.rule for each in found.survivors}
    assert changed == {"trial", "offices", "R1"}


def test_every_value_of_a_list_on_request() -> None:
    rules = rules_of("codes some = 64640, 64641, 64642, 64643\nsome not allowed\n")
    few = survey(rules, samples=False)
    every = survey(rules, samples=False, every_value=True)
    assert (len(few.mutants), len(every.mutants)) == (2, 4)


def test_a_list_of_another_file(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    lists, rules = tmp_path / "lists.edits", tmp_path / "sub" / "rules.edits"
    lists.write_text("places offices = 11, 19\n", encoding="utf-8")
    rules.write_text(
        'use "../lists.edits"\n64643 allowed only with place offices\n', encoding="utf-8"
    )
    found = survey(expect_rules(check_paths([rules])), samples=False)
    (first, _) = [each for each in found.survivors if each.rule == "offices"]
    assert first.file == str(lists)
    assert first.example is not None


def test_a_denial_that_spreads_is_noticed() -> None:
    """A rule that changes what another one finds is noticed by that one's example."""
    found = survey_of(
        "rule ADD-ON:\n    64643 requires payable 64642 same date\n"
        "rule PLACE:\n    64642 not allowed with place 21\n"
        'example "both fall"\n    given 64642 on 2025-03-04 at place 21\n'
        "    and   64643 on 2025-03-04\n    expect ADD-ON on 64643, PLACE on 64642\n"
    )
    by = {each.after: each.noticed_by for each in found.mutants}
    assert by["64643 requires 64642 same date"] == "both fall"


# ---- the command


def test_what_is_printed(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    expect_golden: Callable[[str, str], None],
) -> None:
    monkeypatch.chdir(RULES.parent)
    assert main(["test", "clinic.edits", "--mutate"]) == PROBLEMS
    expect_golden("testing/mutate.txt", capsys.readouterr().out)


def test_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    main(["test", str(RULES), "--mutate", "--format", "json"])
    mutation = json.loads(capsys.readouterr().out)["mutation"]
    counts = [mutation[name] for name in ("noticed", "survived", "no_difference_found",
                                          "not_shown_by_examples")]  # fmt: skip
    assert sum(counts) == len(mutation["mutants"])
    for each in mutation["mutants"]:
        assert (each["example"] is not None) == (each["fate"] == "survived")
        assert (each["noticed_by"] is not None) == (each["fate"] == "noticed")


def test_so_many_may_survive(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(RULES), "--mutate", "--allow", "100"]) == DONE
    assert main(["test", str(RULES), "--mutate", "--allow", "10"]) == PROBLEMS
    assert "That is more than the 10 % that may survive." in capsys.readouterr().out


def test_one_rule_alone(capsys: pytest.CaptureFixture[str]) -> None:
    main(["test", str(RULES), "--mutate", "--rule", "THERAPY-UNITS", "--format", "json"])
    mutants = json.loads(capsys.readouterr().out)["mutation"]["mutants"]
    assert {each["rule"] for each in mutants} == {"THERAPY-UNITS"}
    assert main(["test", str(RULES), "--rule", "NONE", "--mutate"]) == UNUSABLE


def test_examples_that_fail_come_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "failing.edits"
    path.write_text(
        '64643 not allowed\nexample "e"\n    given 64643\n    expect no findings\n',
        encoding="utf-8",
    )
    assert main(["test", str(path), "--mutate"]) == PROBLEMS
    assert "The rules were not changed: first all examples must hold." in capsys.readouterr().out


@pytest.mark.parametrize("percent", ["-1", "101", "many"])
def test_percentages(percent: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["test", str(RULES), "--mutate", "--allow", percent])
    assert raised.value.code == UNUSABLE
    assert f"`{percent}` is not a number from 0 to 100" in capsys.readouterr().err


# ---- the rule files that ship


@pytest.mark.parametrize("name", ["starter.edits", "chemodenervation.edits", "ncci"])
def test_few_slips_in_the_shipped_rules_go_unnoticed(name: str) -> None:
    path = RULESETS / name
    paths = [path] if path.is_file() else sorted(path.rglob("*.edits"))
    found = survey(expect_rules(check_paths(paths, samples=True)))
    assert len(found.mutants) > 100
    survivors = [f"{each.file}:{each.line}: {each.change}" for each in found.survivors]
    assert 100.0 - found.score <= MOST_SURVIVORS, "\n".join(survivors)


def test_no_rule_is_changed_in_place() -> None:
    """The rules that were checked are the same after a survey."""
    rules = rules_of("64643 at most 3 units per day\n")
    before = [evolve(rule.node) for rule in rules.rules]
    survey(rules, samples=False)
    assert [rule.node for rule in rules.rules] == before
    assert all(isinstance(each, nodes.Rule) for each in before)
