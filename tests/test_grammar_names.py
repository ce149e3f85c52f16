"""Names: which words may be one, and that a word which may be one can be used as one."""

from pathlib import Path

import pytest

from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.source import Source
from editwright.grammar.syntax import syntax

KEYWORDS = sorted(syntax().keywords)

USES = {
    "a list": "codes {0} = 64642\n64643 requires {0} same date\n{0} not allowed with 64643 ever",
    "a list of values": "modifiers {0} = 59\n64643 not allowed unless modifier {0}",
    "a field": "field {0} is code\n64643 not allowed when {0} = 11 and {0} in 12, 13",
    "a field in common": "field {0} is code\n64643 requires 64642 same date, same {0}",
    "a date": "field {0} is date\n64643 not allowed when days from date to {0} > 5",
    "a ruleset": "ruleset {0}",
    "a table": 'table {0} from "t.csv"\nrule R for each row of {0}: row.a not allowed',
    "a column": 'table t from "t.csv"\nrule R for each {0} of t: row.{0} not allowed',
    "a list's column": 'codes c from "t.csv" column {0} when a = "64642"\nc not allowed',
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_a_keyword_is_refused_as_a_name_or_works(use: str, tmp_path: Path) -> None:
    """A word of the language that may name something is understood wherever the name is used;
    any other is refused where it is given."""
    heading = ",".join(["a", *KEYWORDS])
    cells = ",".join(["64642"] * (len(KEYWORDS) + 1))
    (tmp_path / "t.csv").write_text(f"{heading}\n{cells}\n", encoding="utf-8")
    wrong: dict[str, list[str]] = {}
    for keyword in KEYWORDS:
        source = Source("names.edits", use.format(keyword), tmp_path / "names.edits")
        problems = check_sources([source]).diagnostics
        if problems and "E403" not in {each.code for each in problems}:
            wrong[keyword] = [each.message for each in problems]
    assert wrong == {}


RULE_NAMES = ["R1", "CHEMO-ADDON", "NCCI.PTP_2", "A1B2", *(word.upper() for word in KEYWORDS)]
NO_NAMES = ("NO", "OR")
"""`expect NO` goes on with `findings`, and `, OR on` is the `or` of two relations."""


def test_rules_may_have_any_name_in_upper_case() -> None:
    """A rule may be called by a word of the language, and expected by it."""
    wrong: dict[str, list[str]] = {}
    for name in RULE_NAMES:
        text = (
            f"rule {name}:\n    64643 not allowed\n"
            'example "one line"\n    given 64643 on 2025-03-01\n'
            f"    expect {name} on 64643, {name} on line 1"
        )
        problems = check_sources([Source("names.edits", text)]).diagnostics
        if problems and name not in NO_NAMES:
            wrong[name] = [each.message for each in problems]
    assert wrong == {}


def test_x_is_a_value_where_no_number_follows(tmp_path: Path) -> None:
    """Behind `x` stand the units of a line; a plan may be called so all the same."""
    text = (
        "field plan is code\n64643 not allowed with plan X\n\n"
        'example "plan X"\n    given 64643 x 2 with plan X on 2025-03-01\n'
        "    and   64643 with plan X x 2\n    and   64643 with authorization X\n"
        "    expect R1 on line 1, R1 on line 2\n"
    )
    checked = check_sources([Source("rules.edits", text, tmp_path / "rules.edits")])
    ((example,),) = (file.examples for file in expect_rules(checked).files)
    assert [each.values for each in example.lines] == [
        {"plan": "X"},
        {"plan": "X"},
        {"authorization": "X"},
    ]
    assert [each.units for each in example.lines] == [2, 2, 1]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_the_heading_shows_what_separates_the_cells_of_a_table(tmp_path: Path, mark: str) -> None:
    """Spreadsheets write `;` where commas mark decimals."""
    rows = (("add_on", "primary"), ("64643", '"64642, 64644"'))
    text = "".join(mark.join(row) + "\n" for row in rows)
    (tmp_path / "aoc.csv").write_text(text, encoding="utf-8")
    source = Source("rules.edits", 'table aoc from "aoc.csv"', tmp_path / "rules.edits")
    rule = "\nrule AOC for each add_on of aoc:\n    row.add_on requires row.primary same date\n"
    (found,) = expect_rules(check_sources([Source("r", source.text + rule, source.path)])).rules
    assert found.table is not None
    assert [found.table.row(0)[name] for name in rows[0]] == ["64643", "64642, 64644"]
