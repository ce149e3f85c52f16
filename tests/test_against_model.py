"""The evaluator finds exactly what the model of the language finds."""

from pathlib import Path

import pytest
from hypothesis import given, settings

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.run import Evaluator
from editwright.grammar.parse import parse
from editwright.grammar.source import Source
from tests import model
from tests.evaluation_strategies import Case, cases, expect_checked

laws = settings.get_profile("laws")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


@settings(laws, max_examples=700)
@given(case=cases())
def test_evaluator_agrees_with_model(folder: Path, case: Case) -> None:
    """On any rule file and any members, evaluator and model find the same."""
    assert_agree(folder, case)


@settings(laws, max_examples=700)
@given(case=cases(kind="alone"))
def test_they_agree_on_single_lines(folder: Path, case: Case) -> None:
    """Evaluator and model find the same with rules that look at one line."""
    assert_agree(folder, case)


@settings(laws, max_examples=700)
@given(case=cases(kind="partners"))
def test_they_agree_on_partners(folder: Path, case: Case) -> None:
    """Evaluator and model find the same with `requires` and `not allowed with`."""
    assert_agree(folder, case)


@settings(laws, max_examples=700)
@given(case=cases(kind="limits"))
def test_they_agree_on_limits(folder: Path, case: Case) -> None:
    """Evaluator and model find the same with limits."""
    assert_agree(folder, case)


@pytest.mark.slow
@settings(laws, max_examples=4_000)
@given(case=cases(most_rules=8))
def test_evaluator_agrees_with_model_at_length(folder: Path, case: Case) -> None:
    """The same, over thousands of longer rule files."""
    assert_agree(folder, case)


def assert_agree(folder: Path, case: Case) -> None:
    """Evaluator and model find the same, once each."""
    rules = expect_checked(case, folder)
    found = list(Evaluator(rules).findings(case.lines))
    file, _ = parse(Source("trial.edits", case.text, folder / "trial.edits"))
    expected = {each for lines in case.members for each in model.findings(file, lines)}
    assert {as_model(each) for each in found} == expected
    assert len(found) == len(expected)


def as_model(finding: Finding) -> model.Found:
    """A finding as the model writes it."""
    return model.Found(
        finding.rule,
        finding.claim_id,
        finding.line_number,
        frozenset(finding.partners),
        finding.disposition,
        finding.units_allowed,
    )
