"""The Python interface: what it takes, what it refuses, and what it shows of itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import editwright

RULES = "64643 requires 64642 same date\n"
LINE = {
    "claim_id": "C1",
    "line_number": 1,
    "member_id": "MEMBER-7",
    "service_from": "2025-03-01",
    "procedure_code": "64643",
}


class LazyFrame:
    """Not a table before it is collected; it has items only to say so."""

    def __getitem__(self, at: int) -> None:
        raise TypeError("LazyFrame is not subscriptable")


@pytest.fixture(scope="module")
def rules() -> editwright.Rules:
    return editwright.load_text(RULES)


@pytest.mark.parametrize(
    "lines", [None, 5, "claims.csv", b"", Path("claims.csv"), LINE, LazyFrame()]
)
@pytest.mark.parametrize(
    "ask",
    [
        lambda rules, lines: rules.evaluate(lines),
        lambda rules, lines: rules.evaluate([LINE], history=lines),
        lambda rules, lines: rules.evaluate_claim([LINE], history=lines),
        lambda rules, lines: rules.evaluate_claim({"claim_id": "C1", "lines": lines}),
        lambda rules, lines: editwright.compare(rules, rules, lines),
    ],
)
def test_what_is_no_lines_is_refused(
    rules: editwright.Rules, lines: Any, ask: Callable[[editwright.Rules, Any], object]
) -> None:
    with pytest.raises(editwright.ClaimsError, match="expected service lines, not one value"):
        ask(rules, lines)


def test_a_line_that_is_no_dictionary_is_refused(rules: editwright.Rules) -> None:
    with pytest.raises(editwright.ClaimsError, match="an item is no dictionary"):
        rules.evaluate_claim({"claim_id": "C1", "lines": [1]})


def test_any_iterable_of_dictionaries_will_do(rules: editwright.Rules) -> None:
    assert len(rules.evaluate(dict(LINE) for _ in range(1))) == 1


def test_no_member_is_shown_by_accident(rules: editwright.Rules) -> None:
    findings = rules.evaluate([LINE])
    assert repr(findings) == "<Findings: 1 on 1 line>"
    for each in (findings, findings[0], findings[:1], findings.summary):
        assert "MEMBER-7" not in f"{each} {each!r}"


def test_a_folder_stands_for_its_rule_files(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    with pytest.raises(editwright.EditError, match=r"there are no \.edits files in this folder"):
        editwright.load(tmp_path)
    (tmp_path / "one.edits").write_text(RULES, encoding="utf-8")
    (tmp_path / "below" / "two.edits").write_text("rule TWO:\n    " + RULES, encoding="utf-8")
    assert sorted(editwright.load(tmp_path).names) == ["R1", "TWO"]


def test_findings_that_cannot_be_written_are_an_error_with_a_public_name(
    rules: editwright.Rules,
) -> None:
    with pytest.raises(editwright.OutputError, match="says no findings format"):
        rules.evaluate([LINE]).write("findings.odd")
