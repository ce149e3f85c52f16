"""An explanation says of every rule what the evaluator says, and why."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings

from editwright.command_line import main
from editwright.evaluator.examples.run_examples import lines_of
from editwright.evaluator.explaining.explain import MOST_ROWS, LineExplanation, Trace, explain_lines
from editwright.evaluator.explaining.few_rows import FewRows
from editwright.evaluator.explaining.text import explanation_text
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.by_reference import ByReference
from editwright.evaluator.meaning.reference import in_order
from editwright.evaluator.meaning.rule_index import RuleIndex
from editwright.exit_codes import DONE
from editwright.grammar.check import check_paths, expect_rules
from editwright.grammar.checked import CheckedRules
from tests.evaluation_strategies import Case, cases, expect_checked
from tests.judging import checked
from tests.judging_strategies import checked_or_none, edge_cases

ROOT = Path(__file__).parents[1]

laws = settings.get_profile("laws")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


def assert_explained(rules: CheckedRules, lines: list[ServiceLine]) -> None:
    """Every finding is explained as one, every other rule has a reason not to fire."""
    member = in_order(lines)
    found = {
        (rule.name, verdict.line.claim_id, verdict.line.line_number)
        for rule, verdict in ByReference(rules).verdicts(member)
    }
    wanted = [line for line in member if not line.history]
    for explained in explain_lines(rules, member, wanted):
        line = explained.line
        fires = {each.rule for each in explained.traces if each.fires}
        assert fires == {name for name, *key in found if key == [line.claim_id, line.line_number]}
        for trace in explained.traces:
            assert trace.fires == (trace.finding is not None) == (trace.why_not is None)
            assert trace.fires == (not any(each.prevents for each in trace.steps if not each.depth))
        assert "\n".join(explanation_text(explained, lambda _kind, text: text))
        assert explained.as_dict()


@laws
@given(case=cases())
def test_explanations_agree_with_the_reference(folder: Path, case: Case) -> None:
    """A rule is said to fire where the reference says so; else something prevents it."""
    rules = expect_checked(case, folder)
    for member in case.members:
        assert_explained(rules, list(member))


@laws
@given(case=edge_cases())
def test_explanations_agree_at_the_edges(folder: Path, case: Case) -> None:
    """The same where tables, columns and odd numbers are common."""
    rules = checked_or_none(case, folder)
    for member in case.members:
        assert_explained(rules, list(member))


@laws
@given(case=edge_cases(pairs=True))
def test_few_rows_are_those_of_the_index(folder: Path, case: Case) -> None:
    """Going through a table finds the rows that the prepared index finds."""
    rules = checked_or_none(case, folder)
    prepared, at_once = RuleIndex(rules.strata), RuleIndex(rules.strata, lookup=FewRows.of)
    for member in case.members:
        codes = {line.procedure_code for line in member if line.procedure_code is not None}
        for rule in rules.rules:
            assert at_once.instances(rule, codes) == prepared.instances(rule, codes)


SHIPPED = sorted(
    {"rulesets/chemodenervation.edits", "rulesets/starter.edits"}
    | {str(each.relative_to(ROOT)) for each in (ROOT / "rulesets" / "ncci").rglob("*/*.edits")}
)


@pytest.mark.parametrize("name", SHIPPED)
def test_the_examples_of_shipped_rules_are_explained(name: str) -> None:
    """On every example that ships, each rule is explained as the reference judges it."""
    rules = expect_rules(check_paths([ROOT / name], samples=True))
    examples = [each for file in rules.files for each in file.examples]
    assert examples
    for example in examples:
        assert_explained(rules, list(lines_of(example)))


# ---- by hand

PAIRS = """column_1,column_2,effective,deletion,modifier_indicator
45378,36000,2005-01-01,2019-12-31,1
45378,36000,2020-01-01,,0
45380,36000,2005-01-01,,1
45385,36000,2026-01-01,,1
45390,36000,2005-01-01,2020-01-01,9
"""
PTP = """table ptp from "ptp.csv"
modifiers separate = 59, XU

rule PTP for each row of ptp:
    row.column_2 not allowed with row.column_1 same date, same provider
    unless modifier separate on either line when row.modifier_indicator = 1
    effective row.effective to row.deletion
    source "the pair table"
"""


def line(code: str, number: int, *modifiers: str, **values: object) -> ServiceLine:
    known = {
        "claim_id": "C1", "line_number": number, "member_id": "M1", "procedure_code": code,
        "modifiers": modifiers, "service_from": date(2025, 3, 1), "units": Decimal(1),
        "rendering_provider": "1111111112",
    }  # fmt: skip
    return ServiceLine(**{**known, **values})  # type: ignore[arg-type]


def explained(
    text: str, folder: Path, *lines: ServiceLine, only: str | None = None, **tables: str
) -> LineExplanation:
    """The explanation of the last line."""
    rules = checked(text, folder, **tables)
    (found,) = explain_lines(rules, lines, [lines[-1]], only)
    return found


def row(found: LineExplanation, number: int) -> Trace:
    (trace,) = [each for each in found.traces if each.table_row == number]
    return trace


def test_a_row_that_is_not_in_force_says_since_when(tmp_path: Path) -> None:
    lines = [line(code, at) for at, code in enumerate(("45378", "45385", "45390", "36000"))]
    found = explained(PTP, tmp_path, *lines, ptp=PAIRS)
    assert [each.table_row for each in found.traces if each.fires] == [2]
    assert row(found, 1).why_not == "the row ended 2019-12-31"
    assert row(found, 4).why_not == "the row begins 2026-01-01"
    assert row(found, 5).why_not == "the row ended 2020-01-01"
    assert row(found, 1).table == "ptp.csv"
    assert row(found, 1).source == "the pair table"
    assert "row 1 of ptp.csv: column_1 45378, column_2 36000" in row(found, 1).steps[0].text


def test_an_exemption_says_whose_modifier_it_is_and_what_the_row_allows(tmp_path: Path) -> None:
    other, own = line("45380", 1, "59"), line("36000", 2)
    found = explained(PTP, tmp_path, other, own, ptp=PAIRS)
    assert row(found, 3).why_not == (
        "claim C1 line 1: 45380-59 on 2025-03-01 does not count: exempt: modifier separate on "
        "either line when row.modifier_indicator = 1 (row.modifier_indicator is 1) (by the other "
        "line)"
    )
    found = explained(PTP, tmp_path, line("45378", 1, "59"), line("36000", 2, "XU"), ptp=PAIRS)
    exemption = row(found, 2).steps[-1]
    assert row(found, 2).fires
    assert exemption.text.endswith(
        "(row.modifier_indicator is 0) (by this line and the other line)"
    )
    assert exemption.truth is False


def test_a_pair_that_no_row_has_is_said(tmp_path: Path) -> None:
    found = explained(PTP, tmp_path, line("99213", 1), line("36000", 2), ptp=PAIRS)
    (trace,) = found.traces
    assert trace.why_not == "no row of ptp.csv has 36000 with another code of the member"
    assert explained(PTP, tmp_path, line("99213", 1), ptp=PAIRS).traces == ()
    (trace,) = explained(PTP, tmp_path, line("99213", 1), only="PTP", ptp=PAIRS).traces
    assert trace.why_not == "no row of ptp.csv has 99213 with another code of the member"


def test_of_many_rows_the_nearest_are_explained(tmp_path: Path) -> None:
    codes = [f"4{number:04}" for number in range(20)]
    cells = "column_1,column_2,effective,deletion,modifier_indicator\n"
    cells += "".join(f"{code},36000,2005-01-01,,1\n" for code in codes)
    lines = [
        line(code, at, service_from=date(2025, 2, 1) if at != 7 else date(2025, 3, 1), charge=None,
             rendering_provider="1" if at == 7 else "1111111112")
        for at, code in enumerate(codes)
    ]  # fmt: skip
    found = explained(PTP, tmp_path, *lines, line("36000", 99), ptp=cells)
    assert len(found.traces) == MOST_ROWS
    assert found.traces[0].table_row == 8
    assert found.rows_left_out == {"PTP": 20 - MOST_ROWS}
    text = "\n".join(explanation_text(found, lambda _kind, text: text))
    assert "and 15 more rows of ptp.csv on which PTP does not fire" in text


def test_a_limit_lists_what_counts_and_what_does_not(tmp_path: Path) -> None:
    text = "97530 at most 3 units per day, same provider\n"
    lines = [
        line("97530", 1, units=Decimal(2), claim_id="C0", history=True),
        line("97530", 2, units=Decimal(9), service_from=date(2025, 3, 2)),
        line("97530", 3, units=Decimal(9), rendering_provider="2"),
        line("97530", 4),
    ]
    (trace,) = explained(text, tmp_path, *lines).traces
    assert trace.why_not == "the total of 3 units stays within the limit of 3"
    assert [each.text for each in trace.steps if each.depth] == [
        "counted: claim C1 line 4: 97530 on 2025-03-01, 1 unit",
        "counted with it: history, claim C0 line 1: 97530 on 2025-03-01, 2 units",
        "not counted: claim C1 line 3: 97530 on 2025-03-01 (not the same provider)",
        "not counted: claim C1 line 2: 97530 on 2025-03-02 (not in the same period)",
    ]


def test_a_chain_of_denials_is_followed_to_its_end(tmp_path: Path) -> None:
    text = (
        "rule FIRST:\n    64642 allowed only with place 11\n"
        "rule SECOND:\n    64643 requires payable 64642 same date\n"
        "rule THIRD:\n    64645 requires payable 64643 same date\n"
    )
    lines = [line("64642", 1, place_of_service="31"), line("64643", 2), line("64645", 3)]
    (trace,) = explained(text, tmp_path, *lines).traces
    assert trace.fires
    assert [(each.depth, each.text.partition(":")[0]) for each in trace.steps] == [
        (0, "partner"),
        (1, "same date"),
        (1, "payable"),
        (2, "denied by SECOND"),
        (2, "not payable"),
        (3, "denied by FIRST"),
    ]
    past = line("64643", 4, claim_id="C0", history=True, status="denied")
    (trace,) = explained(text, tmp_path, past, line("64645", 5)).traces
    assert trace.steps[-1].text == "its status is denied"


def test_a_line_that_is_denied_with_its_claim_says_so(tmp_path: Path) -> None:
    text = "rule WHOLE:\n    A9270 not allowed\n    otherwise deny claim\n"
    found = explained(text, tmp_path, line("A9270", 1), line("99213", 2))
    assert found.by_claim == ("WHOLE on line 1",)


def test_a_partner_that_is_there_is_the_reason(tmp_path: Path) -> None:
    lines = line("64642", 1), line("64643", 2)
    (trace,) = explained("64643 requires 64642 same date", tmp_path, *lines).traces
    assert trace.why_not == "claim C1 line 1: 64642 on 2025-03-01 is the partner"
    (trace,) = explained(
        "64643 requires 2 of 64642, 64644, 64645 same date", tmp_path, *lines
    ).traces
    assert trace.fires
    assert trace.steps[-1].text == "1 of the 2 different codes that are needed were found"


def test_what_the_line_has_stands_beside_what_is_asked(tmp_path: Path) -> None:
    text = "64643 when age >= 18 allowed only with place 11, 22\n"
    own = line("64643", 1, place_of_service="22", birth_date=date(1980, 1, 1))
    (trace,) = explained(text, tmp_path, own).traces
    assert trace.why_not == "the line keeps `allowed only with place 11 or 22` (place: 22)"
    assert trace.steps[0].text == "the line is one when age >= 18 (age: 45)"
    assert "1980" not in str(trace.as_dict())
    (trace,) = explained(text, tmp_path, evolve(own, birth_date=None)).traces
    assert trace.why_not == (
        "the line is not known to be one when age >= 18 (the claim does not state: age)"
    )


def test_a_rule_that_is_asked_for_is_explained_even_for_another_code(tmp_path: Path) -> None:
    text = "rule A:\n    64643 not allowed\n"
    assert explained(text, tmp_path, line("64642", 1)).traces == ()
    (trace,) = explained(text, tmp_path, line("64642", 1), only="A").traces
    assert trace.why_not == "the rule does not speak of 64642"


def test_the_command_reads_only_the_claims_member(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Lines of the member, of history too, are read wherever they stand, and of nobody else."""
    (tmp_path / "r.edits").write_text("77067 at most 1 time per calendar year\n", encoding="utf-8")
    head = "claim_id,line_number,member_id,service_from,procedure_code\n"
    (tmp_path / "now.csv").write_text(
        head + "C1,1,M1,2025-09-01,77067\nC2,1,M2,2025-03-01,77067\n"
        "C3,1,,2025-01-01,77067\nC3,2,,2025-01-02,77067\n", encoding="utf-8",
    )  # fmt: skip
    (tmp_path / "past.csv").write_text(head + "C0,1,M1,2025-02-01,77067\n", encoding="utf-8")
    command = ["explain", str(tmp_path / "r.edits"), "--claims", str(tmp_path / "now.csv"),
               "--history", str(tmp_path / "past.csv"), "--format", "json"]  # fmt: skip
    assert main([*command, "--claim", "C1"]) == DONE
    ((explained_line,),) = [json.loads(capsys.readouterr().out)["lines"]]
    (rule,) = explained_line["rules"]
    assert rule["fires"]
    assert [each["text"] for each in rule["steps"] if each["fact"]] == [
        "counted: claim C1 line 1: 77067 on 2025-09-01",
        "counted with it: history, claim C0 line 1: 77067 on 2025-02-01",
    ]
    assert main([*command, "--claim", "C3"]) == DONE
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert [each["rules"][0]["fires"] for each in lines] == [False, True]
