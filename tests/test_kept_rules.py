"""Checked rules without what their authors wrote, as bytes, and from one run to the next."""

import os
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from attrs import asdict, fields

import editwright
from editwright.grammar import cache, kept_rules
from editwright.grammar.check import Checked, check_paths, check_with, expect_rules
from editwright.grammar.checked import CheckedRules, Example, Rule
from editwright.grammar.declarations import Library
from editwright.grammar.diagnostics import Diagnostic, render
from editwright.grammar.parse import read_rule_files
from editwright.grammar.source import Source

RULESETS = Path(__file__).parent.parent / "rulesets"
FILES = {
    "rules.edits": """\
ruleset kept version "1" effective 2025-01-01
use "lists.edits"
table pairs from "pairs.csv"
codes listed from "listed.csv" column code
field plan is text

rule PAIR for each row of pairs:
    row.two not allowed with row.one same date, same provider
    unless modifier separate on either line  # a comment
    effective row.first

listed at most 1.5 units per 3 days
    unless age in 3 to 5
    otherwise reduce as CO-151 N362

rule COVERED "Covered": 80061 allowed only with diagnosis F20 to F29 when plan = HMO
rule FIRST: 64643 requires payable 64642 same date or within 1 day before, same plan
    because "{code} alone"
    source "a policy"

example "two"
    patient born 1960-02-29 sex F
    given 64643 on 2025-03-01 with plan "PPO"
    expect FIRST denies 64643
""",
    "lists.edits": "modifiers separate = 59, XE\ndiagnoses broad = G80 to G83\n",
    "pairs.csv": "one,two,first\n45378,36000,2020-01-01\n11010,36592,2020-01-01\n",
    "listed.csv": "code\n97110\n",
}
LINES = [
    {"claim_id": "C1", "line_number": number, "procedure_code": code, "units": 2,
     "service_from": "2025-03-01", "rendering_provider": "1111111112", "birth_date": "1960-01-01"}
    for number, code in enumerate(["45378", "36000", "97110", "97112", "64643"], 1)
]  # fmt: skip


class Folder:
    """A folder with rule files and a cache; `checked` counts how often rules were checked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.checked = 0
        for name, text in FILES.items():
            self.write(name, text)

    def write(self, name: str, text: str) -> None:
        (self.path / name).write_text(text, encoding="utf-8", newline="")

    def load(self) -> editwright.Rules:
        return editwright.load(self.path / "rules.edits")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    made = Folder(tmp_path)

    def counting(library: Library, sources: Sequence[Source | Diagnostic]) -> Checked:
        made.checked += 1
        return check_with(library, sources)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("EDITWRIGHT_NO_CACHE", raising=False)
    monkeypatch.setattr(kept_rules, "MANY_CHARACTERS", 1)
    monkeypatch.setattr(kept_rules, "check_with", counting)
    return made


def held_by(rules: CheckedRules) -> list[Any]:
    """The values of all rules and examples, but for what they share."""
    whole: list[Rule | Example] = [
        *rules.rules,
        *(each for file in rules.files for each in file.examples),
    ]
    apart = {"written", "table", "source"}
    return [
        [getattr(each, part.name) for part in fields(type(each)) if part.name not in apart]
        for each in whole
    ]


def said_of(rules: editwright.Rules) -> list[Any]:
    """All that rules hold."""
    checked = rules.checked
    return [
        held_by(checked),
        checked.strata and [[rule.name for rule in stratum] for stratum in checked.strata],
        checked.declared_fields,
        checked.digest,
        [(rule.source.name, rule.span, asdict(rule.node)) for rule in checked.rules],
        [render(each) for each in rules.warnings],
        list(rules.evaluate(LINES)),
    ]


@pytest.mark.parametrize("name", ["starter.edits", "chemodenervation.edits"])
def test_nodes_are_read_again_as_they_were(name: str) -> None:
    """Each word of a rule and its place; comments and clauses in between do not matter."""
    rules = expect_rules(check_paths([RULESETS / name]))
    before = [asdict(rule.node) for rule in rules.rules]
    forgotten = rules.without_nodes()
    assert all(file.written is None for file in forgotten.files)
    assert [asdict(rule.node) for rule in forgotten.rules] == before
    assert [rule.span for rule in forgotten.rules] == [rule.node.span for rule in forgotten.rules]


@pytest.mark.parametrize("path", sorted(RULESETS.rglob("*.edits")), ids=lambda path: path.stem)
def test_shipped_rules_come_back_from_bytes(path: Path) -> None:
    sources = read_rule_files(path)
    library = Library(stand_ins=True)
    rules = expect_rules(check_with(library, sources)).without_nodes()
    shared = kept_rules.shared_by(rules, ())
    again = kept_rules.from_bytes(kept_rules.to_bytes(rules, shared), shared)
    assert held_by(again) == held_by(rules)
    assert [each.span for each in again.rules] == [each.span for each in rules.rules]


# ---- from one run to the next


def test_rules_are_checked_once(folder: Folder) -> None:
    first = said_of(folder.load())
    assert {finding.rule for finding in first[-1]} == {"PAIR", "R2", "FIRST"}
    assert len(first[-2]) == 2  # of the file, and of the one that it uses
    assert said_of(folder.load()) == first
    assert folder.checked == 1


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("rules.edits", "80061", "80062"),
        ("rules.edits", "# a comment", "# another"),
        ("lists.edits", "XE", "XS"),
        ("pairs.csv", "36592", "36593"),
        ("listed.csv", "97110", "97112"),
    ],
)
def test_every_change_is_noticed(folder: Folder, name: str, old: str, new: str) -> None:
    before = said_of(folder.load())
    folder.write(name, FILES[name].replace(old, new))
    after = said_of(folder.load())
    assert after != before
    assert said_of(folder.load()) == after
    assert folder.checked == 2


def test_a_file_that_is_gone_is_noticed(folder: Folder) -> None:
    folder.load()
    (folder.path / "lists.edits").unlink()
    with pytest.raises(editwright.EditError, match=r"lists\.edits"):
        folder.load()


def test_the_same_text_elsewhere_has_other_files_beside_it(folder: Folder) -> None:
    before = said_of(folder.load())
    other = folder.path / "other"
    other.mkdir()
    for name, text in FILES.items():
        (other / name).write_text(text.replace("XE", "XP"), encoding="utf-8")
    assert said_of(editwright.load(other / "rules.edits")) != before
    assert folder.checked == 2


def test_rules_with_errors_are_not_kept(folder: Folder) -> None:
    folder.write("rules.edits", "64643 requires 64642\n")
    for _ in range(2):
        with pytest.raises(editwright.EditError, match="does not say when"):
            folder.load()
    assert folder.checked == 2


def test_nothing_but_rules_comes_out_of_a_kept_file(folder: Folder) -> None:
    """Not even where somebody who may write to the cache puts it there."""
    before = said_of(folder.load())
    ran = folder.path / "ran"
    (path,) = folder.path.glob("cache/editwright/rules-*")
    found = cache.kept("rules", path.name.removeprefix("rules-").removesuffix(cache.ENDING))
    assert found is not None
    evil = pickle.dumps(_Evil(f"touch {ran}"))
    pickle.loads(evil)  # it would do what it says
    assert ran.exists()
    ran.unlink()
    digest = path.name.removeprefix("rules-").removesuffix(cache.ENDING)
    cache.keep("rules", digest, found.words, {"rules": np.frombuffer(evil, np.uint8)})
    assert said_of(folder.load()) == before
    assert folder.checked == 2
    assert not ran.exists()


class _Evil:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> Any:
        return os.system, (self.command,)


# ---- to other processes


def test_rules_may_be_pickled(folder: Folder) -> None:
    rules = folder.load()
    assert said_of(pickle.loads(pickle.dumps(rules))) == said_of(rules)
    assert repr(rules) == "<Rules: 4 in 1 file>"


def test_rules_of_a_text_may_be_pickled() -> None:
    rules = editwright.load_text("64643 requires 64642 same date")
    again = pickle.loads(pickle.dumps(rules))
    assert [each.message for each in again.evaluate_claim(LINES)] == [
        "64643 on 2025-03-01 requires 64642 same date; none was found."
    ]
