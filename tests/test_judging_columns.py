"""Lines in columns come to the table that the reference comes to, member by member."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from unittest.mock import patch

import pyarrow as pa
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.table import findings_to_arrow
from editwright.evaluator.judging import column_run as running
from editwright.evaluator.judging import machine as judging
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.takes import concatenated
from editwright.evaluator.lines.to_columns import columns_of
from editwright.evaluator.plan import compile_instances
from editwright.evaluator.run import Evaluator
from tests.evaluation_strategies import Case, Kind, below, cases
from tests.judging import checked, findings_by_reference
from tests.judging_strategies import checked_or_none, edge_cases

profile = settings.get_profile("laws")
laws = settings(profile, max_examples=2 * profile.max_examples)

CLAIM_IDS = ("C", "C1", "C10", "C1-", "CÉ", "É", "é1", "C\U0001d538", "\U0001d538", "1", "c", "Cz")
"""Ids that are the beginning of others, and ids whose order in UTF-16 is not that of characters."""
SAID = (
    'because "{code} on {date}: {units} units, {modifiers}; {partner} on {partner_date}, {rule}"',
    'because "{{limit}} {limit}, {total}"',
    'because "as it is"\n    source "a book"',
    "otherwise deny as CO-97 N122 M15",
)
SAID_OF_ROWS = ("because row.dx\n    source row.modifier", "because row.number", "source row.last")


def judged_in_columns(
    evaluator: Evaluator, columns: LineColumns, threads: int | None = None
) -> running.Judged:
    """All findings on lines in columns, whose pieces may not share a line."""
    return running.joined(evaluator.of_columns(columns, threads=threads))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


@st.composite
def worded(draw: st.DrawFn, rule: str) -> str:
    """A rule that says in its own words what it finds."""
    said = [*SAID, *SAID_OF_ROWS * ("row." in rule), "", ""]
    words = said[draw(below(len(said)))]
    if "otherwise" in words and "otherwise" in rule:
        return rule
    return f"{rule}\n    {words}".rstrip()


@st.composite
def columnar_cases(draw: st.DrawFn) -> tuple[Case, list[ServiceLine]]:
    """A case, and its lines in any order: some without a member, claims with all kinds of ids."""
    kinds: Sequence[Kind] = ("any", "alone", "partners", "limits")
    kind = kinds[draw(below(4))]
    case = draw((cases(kind=kind), edge_cases(kind=kind), edge_cases(pairs=True))[draw(below(3))])
    ids = draw(st.permutations(CLAIM_IDS))
    names = dict(zip(sorted({line.claim_id for line in case.lines}), ids, strict=False))
    unknown = {draw(st.sampled_from([None, *case.members])) for _ in range(2)}
    lines = [
        evolve(
            line,
            claim_id=names[line.claim_id],
            member_id=None if member in unknown else line.member_id,
            age_in_years=None,
        )
        for member in case.members
        for line in member
    ]
    rules = tuple(draw(worded(rule)) for rule in case.rules)
    return evolve(case, rules=rules), draw(st.permutations(lines))


def in_columns(evaluator: Evaluator, lines: Sequence[ServiceLine]) -> LineColumns:
    """The columns of lines that the rules read."""
    return columns_of(lines, evaluator.columns_read, declared=evaluator.rules.declared_fields)


def assert_tables_agree(table: pa.Table, findings: Sequence[Finding]) -> None:
    """A table holds these findings, in their order."""
    expected = findings_to_arrow(findings)
    assert table.schema == expected.schema
    assert table.to_pylist() == expected.to_pylist()
    table.validate(full=True)


@laws
@given(
    drawn=columnar_cases(), threads=st.integers(1, 3), small=st.booleans(), cut=st.integers(0, 9)
)
def test_columns_agree_with_reference(
    folder: Path, drawn: tuple[Case, list[ServiceLine]], threads: int, small: bool, cut: int
) -> None:
    """Lines in columns, in one batch or in two, on any number of threads, come to the table that
    the reference comes to. `small`: where what is for large tables and batches is done for all."""
    case, lines = drawn
    with (
        patch.object(compile_instances, "MANY_ROWS", 1 if small else compile_instances.MANY_ROWS),
        patch.object(judging, "WORTH_PAIRS", 0 if small else judging.WORTH_PAIRS),
        patch.object(running, "ROWS_OF_A_PIECE", 2 if small else running.ROWS_OF_A_PIECE),
    ):
        evaluator = Evaluator(checked_or_none(case, folder))
        columns = in_columns(evaluator, lines)
        if cut < len(lines):
            halves = (in_columns(evaluator, part) for part in (lines[:cut], lines[cut:]))
            columns = concatenated(list(halves))
        judged = judged_in_columns(evaluator, columns, threads)
    expected = findings_by_reference(evaluator.rules, lines)
    assert_tables_agree(judged.table, expected)
    touched = {(each.claim_id, each.line_number) for each in expected}
    assert judged.lines_with_findings == len(touched)
    assert list(evaluator.findings(lines)) == expected


@pytest.mark.parametrize("sentence", ["row.c not allowed", "row.c at most 0 units per day"])
def test_words_of_the_first_row_in_force(tmp_path: Path, sentence: str) -> None:
    """Of several rows the first that is in force on the line's date gives the words."""
    text = (
        f'table t from "t.csv"\nrule R for each c of t:\n    {sentence}\n'
        "    effective row.first to row.last\n    because row.said\n    source row.book\n"
    )
    cells = "c,first,last,said,book\n36000,2024-03-01,*,one,A\n36000,*,2024-03-01,,B\n"
    evaluator = Evaluator(checked(text, tmp_path, t=cells))
    days = (date(2024, 2, 29), date(2024, 3, 1), date(2024, 3, 2), None)
    lines = [
        ServiceLine("C", at, "M", "36000", units=Decimal(1), service_from=day)
        for at, day in enumerate(days)
    ]
    expected = findings_by_reference(evaluator.rules, lines)
    assert len(expected) == 3
    assert_tables_agree(judged_in_columns(evaluator, in_columns(evaluator, lines)).table, expected)


def test_a_limit_of_several_rows_speaks_of_those_in_force(tmp_path: Path) -> None:
    """The number and the words are those of the rows in force on the line's date; of several, the
    least number."""
    text = (
        'table t from "t.csv"\nrule R for each c of t:\n    row.c at most row.u units per line\n'
        "    effective row.e to row.d\n    source row.w\n"
    )
    rows = "c,u,e,d,w\n97110,4,2025-01-01,2025-06-30,old\n97110,6,2025-07-01,,new\n"
    evaluator = Evaluator(checked(text, tmp_path, t=rows + "97110,5,2026-01-01,,newest\n"))
    lines = [
        ServiceLine("C", at, "M", "97110", units=Decimal(9), service_from=day)
        for at, day in enumerate((date(2025, 6, 30), date(2025, 7, 1), date(2026, 1, 1)), 1)
    ]
    expected = findings_by_reference(evaluator.rules, lines)
    assert [
        (re.findall(r"most (.*) units per", each.message), each.source) for each in expected
    ] == [
        (["4"], "old"),
        (["6"], "new"),
        (["5"], "new"),
    ]
    assert evaluator.of_member(lines) == expected
    assert_tables_agree(judged_in_columns(evaluator, in_columns(evaluator, lines)).table, expected)


def test_a_batch_of_no_lines_among_others(tmp_path: Path) -> None:
    """A batch all of whose lines were set aside has no lines."""
    evaluator = Evaluator(checked("36000 not allowed with modifier 59", tmp_path))
    one = [ServiceLine("A", 1, "M", "36000", ("59",))]
    batches = [
        in_columns(evaluator, each) for each in ([], one, [], [evolve(one[0], claim_id="B")])
    ]
    judged = judged_in_columns(evaluator, concatenated(batches))
    assert judged.table.column("claim_id").to_pylist() == ["A", "B"]


def test_no_lines(tmp_path: Path) -> None:
    """Of no lines there is an empty table."""
    evaluator = Evaluator(checked("36000 not allowed with 45378 same date", tmp_path))
    assert_tables_agree(judged_in_columns(evaluator, in_columns(evaluator, [])).table, [])


def test_rules_of_several_files_keep_their_places(tmp_path: Path) -> None:
    """Findings on one line come in the order of all rules, whoever judges them."""
    text = (
        'table t from "t.csv"\n'
        "rule Z: 36000 not allowed\n"
        "rule SLOW for each row of t: row.c not allowed with modifier 59 except row.m\n"
        "rule A: any line not allowed when modifier 59\n"
    )
    evaluator = Evaluator(checked(text, tmp_path, t="c,m\n36000,25\n"))
    lines = [
        ServiceLine(claim, number, f"M{claim}", code, ("59", "25"))
        for claim in "BA"
        for number, code in enumerate(("36000", "36001", "36000"), 1)
    ]
    expected = findings_by_reference(evaluator.rules, lines)
    assert [re.sub("[^A-Z]", "", each.rule) for each in expected[:3]] == ["Z", "SLOW", "A"]
    assert_tables_agree(judged_in_columns(evaluator, in_columns(evaluator, lines)).table, expected)
