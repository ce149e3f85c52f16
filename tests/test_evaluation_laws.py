"""Laws of evaluation: what may be changed in rules and lines, and what that may change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.of_verdicts import finding_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import judge_member
from editwright.evaluator.run import Evaluator
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.source import Source
from tests.evaluation_strategies import Author, Case, cases, expect_checked, members

profile = settings.get_profile("laws")
laws = settings(profile, max_examples=max(150, profile.max_examples))

Key = tuple[str, str, int]
"""A rule's name and the line that it fires on."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


def findings(folder: Path, case: Case) -> list[Finding]:
    """What the case's rules find on all its lines."""
    return list(Evaluator(expect_checked(case, folder)).findings(case.lines))


def of_rules(found: Iterable[Finding], names: Iterable[str]) -> set[Finding]:
    """The findings of some rules."""
    wanted = set(names)
    return {each for each in found if each.rule in wanted}


def bare(found: Iterable[Finding]) -> set[tuple[object, ...]]:
    """What findings say, in whatever words: not the message, which quotes the rule."""
    return {
        (each.rule, each.claim_id, each.line_number, each.partners, each.disposition,
         each.units_allowed, each.units_total)
        for each in found
    }  # fmt: skip


def keys(found: Iterable[Finding]) -> set[Key]:
    """Which rules fire on which lines."""
    return {(each.rule, each.claim_id, each.line_number) for each in found}


def named(rules: Sequence[str]) -> tuple[str, ...]:
    """The rules, each with a name of its own, so that no name hangs on a place."""
    return tuple(
        each if each.startswith("rule ") else f"rule NAMED-{number}:\n    {each}"
        for number, each in enumerate(rules, 1)
    )


# ---- the order of things


@laws
@given(case=cases(), data=st.data())
def test_order_of_lines_is_nothing(folder: Path, case: Case, data: st.DataObject) -> None:
    """Findings, and their order, do not depend on the order of the lines."""
    evaluator = Evaluator(expect_checked(case, folder))
    shuffled = data.draw(st.permutations(case.lines))
    assert list(evaluator.findings(shuffled)) == list(evaluator.findings(case.lines))


@laws
@given(case=cases(), data=st.data())
def test_order_of_rules_is_nothing(folder: Path, case: Case, data: st.DataObject) -> None:
    """Findings do not depend on the order of the rules."""
    rules = named(case.rules)
    before = findings(folder, evolve(case, rules=rules))
    after = findings(folder, evolve(case, rules=tuple(data.draw(st.permutations(rules)))))
    assert set(before) == set(after)
    assert len(before) == len(after)


@laws
@given(case=cases(), data=st.data())
def test_members_may_be_evaluated_apart(folder: Path, case: Case, data: st.DataObject) -> None:
    """Members together, or in batches of any size, give the same."""
    text = "\n".join(case.rules)
    more = tuple(data.draw(members(text, most=3, name=name)) for name in "345")
    evaluator = Evaluator(expect_checked(case, folder))
    batches: dict[int, list[ServiceLine]] = {}
    for lines in (*case.members, *more):
        batches.setdefault(data.draw(st.integers(1, 3)), []).extend(lines)
    apart = [each for lines in batches.values() for each in evaluator.findings(lines)]
    together = list(evaluator.findings([line for lines in batches.values() for line in lines]))
    assert set(apart) == set(together)
    assert len(apart) == len(together)


@laws
@given(case=cases())
def test_line_without_a_member_has_its_claim(folder: Path, case: Case) -> None:
    """A line without a member is judged with the lines of its claim alone."""
    evaluator = Evaluator(expect_checked(case, folder))
    anonymous = [evolve(line, member_id=None) for line in case.lines]
    by_claim = [evolve(line, member_id=line.claim_id) for line in case.lines]
    assert [evolve(each, member_id=None) for each in evaluator.findings(by_claim)] == list(
        evaluator.findings(anonymous)
    )


@laws
@given(case=cases())
def test_rules_may_stand_in_several_files(folder: Path, case: Case) -> None:
    """Rules in one file, or each in a file of its own, find the same, `payable` included."""
    rules = named(case.rules)
    before = findings(folder, evolve(case, rules=rules))
    files = [evolve(case, rules=(rule,)).text for rule in rules]
    path = folder / "trial.edits"
    checked = check_sources([Source(str(at), text, path) for at, text in enumerate(files)])
    assert list(Evaluator(expect_rules(checked)).findings(case.lines)) == before


# ---- what is unrelated


@laws
@given(case=cases())
def test_lines_of_another_member_change_nothing(folder: Path, case: Case) -> None:
    """A member's findings do not depend on the lines of another, even on a claim of one name."""
    evaluator = Evaluator(expect_checked(case, folder))
    one, other = (
        [evolve(line, claim_id=line.claim_id[0]) for line in lines] for lines in case.members
    )
    together = [each for each in evaluator.findings([*one, *other]) if each.member_id == "M1"]
    assert together == list(evaluator.findings(one))


@laws
@given(case=cases(), data=st.data())
def test_line_that_no_rule_names_changes_nothing(
    folder: Path, case: Case, data: st.DataObject
) -> None:
    """A line with a code that no rule names changes nothing, on a claim of its own and where no
    rule speaks of any line."""
    assume("any line" not in case.text)
    assume(all("*" not in cells for cells in case.table.values()))
    (drawn,) = data.draw(members("\n".join(case.rules), most=1))
    stranger = evolve(drawn, procedure_code="97110", claim_id="X")
    evaluator = Evaluator(expect_checked(case, folder))
    assert list(evaluator.findings([*case.lines, stranger])) == list(evaluator.findings(case.lines))


@laws
@given(case=cases(), other=cases(most_rules=1))
def test_another_rule_changes_no_findings(folder: Path, case: Case, other: Case) -> None:
    """A rule changes no other rule's findings, except through `payable`: where no other rule asks
    for it, or where the rule itself denies nothing."""
    assume(not other.table)
    rules = named(case.rules)
    body = named(other.rules)[0].split(":\n", 1)[1]
    if "payable" in case.text:
        body = re.sub(r"otherwise \w+", "otherwise pend", body)
        body += "" if "otherwise" in body else "\n    otherwise pend"
    before = findings(folder, evolve(case, rules=rules))
    after = findings(folder, evolve(case, rules=(*rules, f"rule ADDED:\n    {body}")))
    assert [each for each in after if each.rule != "ADDED"] == before


@laws
@given(case=cases())
def test_disposition_changes_no_more_than_itself(folder: Path, case: Case) -> None:
    """Where no rule asks for `payable`, a milder disposition changes only the disposition."""
    assume("payable" not in case.text)
    milder = {"deny": "warn", "reject": "pend", "pend": "monitor"}
    rules = tuple(
        re.sub("otherwise (deny|reject|pend)", lambda found: f"otherwise {milder[found[1]]}", each)
        for each in case.rules
    )
    before = findings(folder, case)
    after = findings(folder, evolve(case, rules=rules))
    assert [evolve(each, disposition="") for each in after] == [
        evolve(each, disposition="") for each in before
    ]


# ---- other words for the same


@laws
@given(case=cases())
def test_list_is_its_codes(folder: Path, case: Case) -> None:
    """The name of a list says what its codes say in its place."""
    lists = {"primaries": "64642, 64644", "blocks": "64642, 64644, J0585"}
    assert_same_meaning(folder, case, lists)


@settings(laws, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(case=cases())
def test_range_is_its_codes(folder: Path, case: Case) -> None:
    """A range says what its codes say one by one."""
    ranges = {
        "64642 to 64644": "64642, 64643, 64644",
        "64642 to 64645": "64642, 64643, 64644, 64645",
    }
    assert_same_meaning(folder, case, ranges)


def assert_same_meaning(folder: Path, case: Case, words: Mapping[str, str]) -> None:
    """Other words in the rules change no finding but for its message."""
    pattern = re.compile("|".join(rf"\b{each}\b" for each in words))
    assume(pattern.search("\n".join(case.rules)))
    rules = tuple(pattern.sub(lambda found: words[found[0]], each) for each in case.rules)
    after = findings(folder, evolve(case, rules=rules))
    assert bare(after) == bare(findings(folder, case))


@st.composite
def limits_of_each(draw: st.DrawFn) -> tuple[Case, Case]:
    """`each of` some codes, and one limit for each."""
    author = Author(draw)
    periods = ("day", "claim", "calendar month", "lifetime", "line", "2 days", "1 month")
    narrowing, limit = author.maybe(30, author.narrowing), author.at_most(*periods)
    clauses = author.exemptions(payable=False) + author.consequence()
    each = f"rule EACH:\n    each of 64642 to 64644{narrowing} {limit}{clauses}"
    apart = tuple(
        f"rule ONLY-{code}:\n    {code}{narrowing} {limit}{clauses}"
        for code in ("64642", "64643", "64644")
    )
    lines = (draw(members(each)),)
    return Case((each,), lines), Case(apart, lines)


@laws
@given(pair=limits_of_each())
def test_each_of_is_a_limit_for_each_code(folder: Path, pair: tuple[Case, Case]) -> None:
    """`each of` several codes says what one limit for each of them says."""
    together, apart = (
        bare(evolve(each, rule="") for each in findings(folder, case)) for case in pair
    )
    assert together == apart


ONE_BY_ONE: Mapping[str, Sequence[str]] = {
    "code": ("64643", "64642", "64645"),
    "partner": ("64642", "64643", "blocks", "64643,64644", "6464*"),
    "both": ("64642", "64642, 64644", "blocks"),
    "place": ("11", "19", "facility"),
    "modifier": ("59", "25", "separate"),
    "number": ("1", "2", "3"),
    "first": ("2024-01-01", "2024-02-28", "2024-02-29"),
    "last": ("2025-12-31", "2024-12-31", "2024-02-29"),
}


@st.composite
def rules_of_a_table(draw: st.DrawFn) -> tuple[Case, Case]:
    """A rule for a table, and one for each row that says what is in it."""
    table = {
        name: draw(st.lists(st.sampled_from(cells), min_size=2, max_size=2))
        for name, cells in ONE_BY_ONE.items()
    }
    body = Author(draw, by_row=True).body()
    assume("row." in body and "row.flag" not in body)
    assume(not re.search("row.number [!<>=]", body))
    written = []
    for row in range(2):
        cells = {f"row.{name}": column[row] for name, column in table.items()}
        own = re.sub(r"row\.\w+", lambda found, cells=cells: cells[found[0]], body)  # type: ignore[misc]
        written.append(f"rule ROW-{row + 1}:\n    {own}")
    assume("2024-02-29 to 2024-01-01" not in written)
    lines = (draw(members(body)),)
    in_table = Case((f"rule TABLE for each row of t:\n    {body}",), lines, table=table)
    return in_table, Case(tuple(written), lines)


@laws
@given(pair=rules_of_a_table())
def test_table_is_its_rows(folder: Path, pair: tuple[Case, Case]) -> None:
    """A rule for a table says what its rows say written out; what several say of one line is one
    finding with the partners of all."""
    of_table, by_hand = (findings(folder, case) for case in pair)
    united: dict[Key, set[tuple[str, int]]] = {}
    for each in by_hand:
        key = ("TABLE", each.claim_id, each.line_number)
        united.setdefault(key, set()).update(each.partners)
    assert len(of_table) == len(united)
    assert {
        (each.rule, each.claim_id, each.line_number): set(each.partners) for each in of_table
    } == united


# ---- days


@laws
@given(case=cases())
def test_calendar_repeats(folder: Path, case: Case) -> None:
    """All dates 28 years later, when the calendar repeats, nothing else is different."""

    def later(text: str) -> str:
        return re.sub(
            r"\b20(\d\d)(-?\d\d-?\d\d)\b", lambda day: f"20{int(day[1]) + 28}{day[2]}", text
        )

    rules = tuple(map(later, case.rules))
    table = {name: [later(cell) for cell in cells] for name, cells in case.table.items()}
    lines = tuple(tuple(map(years_later, member)) for member in case.members)
    after = findings(folder, Case(rules, lines, later(case.heading), table))
    assert bare(after) == bare(findings(folder, case))


def years_later(line: ServiceLine) -> ServiceLine:
    """A line 28 years later in every date."""

    def later(value: Any) -> Any:
        return value.replace(year=value.year + 28) if isinstance(value, date) else value

    return evolve(
        line,
        service_from=later(line.service_from),
        received_date=later(line.received_date),
        birth_date=later(line.birth_date),
        declared={name: later(value) for name, value in line.declared.items()},
    )


# ---- more lines, fewer values


@st.composite
def partner_rules(draw: st.DrawFn, requires: bool) -> Case:
    """One rule about partners, and a member with one line more than the rule needs to see."""
    author = Author(draw)
    sentence = author.requires_partner() if requires else author.excludes_partner()
    rule = sentence.replace("requires payable", "requires") + author.consequence()
    return Case((f"rule PARTNERS:\n    {rule}",), (draw(members(rule, least=2)),))


@laws
@given(case=partner_rules(requires=True), data=st.data())
def test_more_partners_satisfy_requires(folder: Path, case: Case, data: st.DataObject) -> None:
    """Another line adds no finding of `requires` on the lines that were there."""
    evaluator = Evaluator(expect_checked(case, folder))
    left_out = data.draw(st.sampled_from(case.lines))
    fewer = [line for line in case.lines if line is not left_out]
    own = ("PARTNERS", left_out.claim_id, left_out.line_number)
    assert keys(evaluator.findings(case.lines)) - {own} <= keys(evaluator.findings(fewer))


@laws
@given(case=partner_rules(requires=False), data=st.data())
def test_more_partners_offend_not_allowed_with(
    folder: Path, case: Case, data: st.DataObject
) -> None:
    """Another line takes away no finding of `not allowed with`, nor a partner of one."""
    evaluator = Evaluator(expect_checked(case, folder))
    left_out = data.draw(st.sampled_from(case.lines))
    fewer = [line for line in case.lines if line is not left_out]
    more = {key: each for each in evaluator.findings(case.lines) for key in keys([each])}
    for each in evaluator.findings(fewer):
        (key,) = keys([each])
        assert key in more
        assert set(each.partners) <= set(more[key].partners)


ONE_VALUE = (
    "units", "charge", "place_of_service", "principal_diagnosis", "rendering_provider",
    "billing_provider", "group_id", "specialty", "authorization", "revenue_code", "bill_type",
    "received_date", "status", "sex", "service_from",
)  # fmt: skip


@st.composite
def comparisons(draw: st.DrawFn) -> Case:
    """One rule that compares the fields of a line, and asks for no field's presence."""
    author = Author(draw, presence=False)
    rule = author.alone() + author.exemptions(payable=False) + author.consequence()
    return Case((f"rule COMPARES:\n    {rule}",), (draw(members(rule, most=4)),))


@laws
@given(case=comparisons(), data=st.data())
def test_missing_value_adds_no_finding(folder: Path, case: Case, data: st.DataObject) -> None:
    """Taking away a value adds no finding of a rule that compares values."""
    evaluator = Evaluator(expect_checked(case, folder))
    lost = data.draw(st.sets(st.sampled_from(ONE_VALUE), min_size=1))
    nothing: dict[str, Any] = dict.fromkeys(lost)
    less = [evolve(line, birth_date=None, declared={}, **nothing) for line in case.lines]
    assert keys(evaluator.findings(less)) <= keys(evaluator.findings(case.lines))


# ---- the index


@laws
@given(case=cases())
def test_index_leaves_out_nothing_that_fires(folder: Path, case: Case) -> None:
    """The evaluator, which looks up rules and rows by their codes, finds what the reference finds
    with all of them."""
    rules = expect_checked(case, folder)
    for lines in case.members:
        everything = {
            finding_of(rule, verdict)
            for rule, verdicts in judge_member(rules.strata, lines).items()
            for verdict in verdicts
        }
        assert set(Evaluator(rules).of_member(lines)) == everything
