"""Rules without what their authors wrote: it is read again where it is asked for."""

from pathlib import Path

import pytest
from attrs import asdict

from editwright.grammar.check import check_paths, expect_rules

RULESETS = Path(__file__).parent.parent / "rulesets"


@pytest.mark.parametrize("name", ["starter.edits", "chemodenervation.edits"])
def test_nodes_are_read_again_as_they_were(name: str) -> None:
    """Each word of a rule and its place; comments and clauses in between do not matter."""
    rules = expect_rules(check_paths([RULESETS / name]))
    before = [asdict(rule.node) for rule in rules.rules]
    forgotten = rules.without_nodes()
    assert all(file.written is None for file in forgotten.files)
    assert [asdict(rule.node) for rule in forgotten.rules] == before
    assert [rule.span for rule in forgotten.rules] == [rule.node.span for rule in forgotten.rules]
