"""A comparison of two sets of rules is the difference of their findings, whatever the parts."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

import editwright
from benchmarks.claim_stream import write_claim_lines
from benchmarks.code_pool import ncci_pool
from benchmarks.ncci import read_ncci, write_ncci
from benchmarks.ncci_made_up import Size
from editwright.command_line import main
from editwright.evaluator.comparison.changed_groups import BREAKDOWNS
from editwright.evaluator.comparison.figures import (
    CHANGES,
    DENYING,
    DISPOSITIONS,
    Change,
    Comparison,
    Measure,
)
from editwright.evaluator.comparison.run import Comparing
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.memory import NO_LIMIT
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.checked import CheckedRules
from tests.evaluation_strategies import Case, below, cases, expect_checked
from tests.judging import findings_by_reference

laws = settings.get_profile("laws")

CHARGES = (None, Decimal(0), Decimal(10), Decimal("99.99"), Decimal("0.33"), Decimal("0.00001"))


# ---- the difference, as one would take it by hand


@frozen
class Outcome:
    """What becomes of a line: the findings that decide, its disposition, and what is denied."""

    disposition: str
    findings: tuple[Finding, ...]
    allowed: Decimal | None
    denied: Decimal


def claim_of(line: ServiceLine | Finding) -> tuple[str | None, str]:
    return line.member_id, line.claim_id


def outcome_by_hand(line: ServiceLine, findings: Sequence[Finding]) -> Outcome:
    """The outcome of a line, of all findings."""
    on_it = [
        each
        for each in findings
        if not line.history
        and claim_of(each) == claim_of(line)
        and (each.line_number == line.line_number or each.scope == "claim")
        and each.disposition != "monitor"
    ]
    disposition = min((each.disposition for each in on_it), key=DISPOSITIONS.index, default="none")
    deciding: dict[str, Finding] = {}
    for each in sorted(on_it, key=lambda each: each.line_number != line.line_number):
        if each.disposition == disposition:
            deciding.setdefault(each.rule, each)
    charge = line.charge or Decimal(0)
    denied = charge if disposition in DENYING else Decimal(0)
    allowed = None
    if disposition == "reduce":
        left = [each.units_allowed for each in deciding.values()]
        allowed = min(each for each in left if each is not None)
        units = line.units or Decimal(0)
        share = max(units - allowed, Decimal(0)) / units if units > 0 else Decimal(allowed <= 0)
        denied = (charge * share).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return Outcome(disposition, tuple(deciding.values()), allowed, denied)


def change_by_hand(old: Outcome, new: Outcome) -> Change | None:
    def reasons(outcome: Outcome) -> set[object]:
        return {
            (each.rule, each.group_code, each.carc, each.rarc) for each in outcome.findings
        }  # fmt: skip

    if (old.disposition in DENYING) != (new.disposition in DENYING):
        return "newly_denied" if new.disposition in DENYING else "no_longer_denied"
    if old.disposition != new.disposition:
        return "disposition"
    if old.allowed != new.allowed:
        return "units"
    return "reason" if reasons(old) != reasons(new) else None


@frozen
class Changed:
    """A line with both of its outcomes."""

    line: ServiceLine
    old: Outcome
    new: Outcome
    change: Change | None


def by_hand(old: CheckedRules, new: CheckedRules, lines: Sequence[ServiceLine]) -> list[Changed]:
    before, after = findings_by_reference(old, lines), findings_by_reference(new, lines)
    found = []
    for line in lines:
        one, two = outcome_by_hand(line, before), outcome_by_hand(line, after)
        found.append(Changed(line, one, two, change_by_hand(one, two)))
    return found


def measure_by_hand(changed: Iterable[Changed]) -> Measure:
    all_of = list(changed)
    return Measure(
        len(all_of),
        len({claim_of(each.line) for each in all_of}),
        len({each.line.member_id for each in all_of} - {None}),
        sum((in_places(each.line.charge) for each in all_of), Decimal(0)),
        sum((in_places(each.new.denied) - in_places(each.old.denied) for each in all_of),
            Decimal(0)),
    )  # fmt: skip


def in_places(number: Decimal | None) -> Decimal:
    return round(number or Decimal(0), 4)


# ---- drawn

SENTENCES = (
    "97530 not allowed",
    "97110 when units > 1 not allowed",
    "97110 not allowed with 97530 same date",
    "99213 requires payable 97530 same claim",
    "any line not allowed when charge > 50",
    "97530 at most 1 unit per day",
    "97110 at most 2 units per lifetime",
    "each of 97530, 97110 at most 1 line per day",
)
OUTCOMES = ("deny", "deny", "reject", "pend", "warn", "monitor", "reduce", "deny as CO-97")
DAYS = (None, date(2025, 1, 31), date(2025, 2, 1))


@st.composite
def busy_rules(draw: st.DrawFn, most: int = 6) -> tuple[str, ...]:
    """Rules of which several fire on many lines, each with its name."""
    made = []
    for number in range(1 + draw(below(most))):
        sentence, outcome = draw(st.sampled_from(SENTENCES)), draw(st.sampled_from(OUTCOMES))
        if outcome == "reduce" and "at most" not in sentence:
            outcome = "pend"
        if draw(below(3)) == 0:
            word, _, adjustment = outcome.partition(" ")
            outcome = f"{word} claim {adjustment}".strip()
        made.append(f"rule R-{number}:\n    {sentence}\n    otherwise {outcome}\n")
    return tuple(made)


@st.composite
def busy_lines(draw: st.DrawFn) -> tuple[ServiceLine, ...]:
    """Lines of few members, claims, codes and days, some of the past."""
    made = []
    for number in range(1 + draw(below(9))):
        member = draw(st.sampled_from((None, "M1", "M1", "M2")))
        made.append(
            ServiceLine(
                claim_id=f"C-{member}-{draw(below(2))}",
                line_number=number,
                member_id=member,
                procedure_code=draw(st.sampled_from(("97530", "97530", "97110", "99213"))),
                units=draw(st.sampled_from((None, Decimal(0), Decimal(1), Decimal(2), Decimal(3)))),
                charge=draw(st.sampled_from(CHARGES)),
                service_from=draw(st.sampled_from(DAYS)),
                specialty=draw(st.sampled_from((None, "65", "67"))),
                history=draw(below(6)) == 0,
            )
        )
    return tuple(made)


@st.composite
def changed_rules(draw: st.DrawFn) -> tuple[Case, Case]:
    """A rule file, and another one made of it; the lines have charges."""
    if draw(below(4)):
        lines = (draw(busy_lines()),)
        case = Case(draw(busy_rules()), lines)
        others = draw(busy_rules())
        kept = [draw(below(2)) for _ in case.rules]
        rules = [rule for rule, keep in zip(case.rules, kept, strict=True) if keep]
        names = {rule.split(":")[0] for rule in rules}
        rules += [rule for rule in others if rule.split(":")[0] not in names]
        return case, evolve(case, rules=tuple(rules or case.rules))
    case = draw(cases())
    priced = tuple(
        tuple(evolve(line, charge=draw(st.sampled_from(CHARGES))) for line in member)
        for member in case.members
    )
    case = evolve(case, members=priced)
    return case, evolve(case, rules=case.rules[draw(below(len(case.rules))) :])


def compared(
    old: CheckedRules, new: CheckedRules, lines: Sequence[ServiceLine], room: Any = NO_LIMIT,
    most: int = 100,
) -> tuple[Comparison, list[dict[str, Any]]]:  # fmt: skip
    """The comparison and the table of changed lines."""
    comparing = Comparing.of(old, new, most=most, member_ids=True)
    with comparing.read_parts(lines, room=room) as parts:
        parts.sort(lambda _done, _total: None)
        rows = [row for each in comparing.changes(parts) for row in each.table().to_pylist()]
    return comparing.comparison(), rows


class NoRoom:
    """Room for no line, so that each member is a part."""

    def for_columns(self, tables: int) -> int:
        return 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


@settings(laws, max_examples=2 * laws.max_examples)
@given(drawn=changed_rules())
def test_a_comparison_is_the_difference_of_findings(folder: Path, drawn: tuple[Case, Case]) -> None:
    """Every figure is what one counts by hand in the reference's findings under both rules."""
    case, other = drawn
    old, new = expect_checked(case, folder), expect_checked(other, folder)
    lines = case.lines
    comparison, rows = compared(old, new, lines)
    expected = by_hand(old, new, lines)
    changed = [each for each in expected if each.change]

    assert comparison.changed == measure_by_hand(changed)
    assert comparison.by_change == {
        change: measure_by_hand(each for each in changed if each.change == change)
        for change in CHANGES
        if any(each.change == change for each in changed)
    }
    assert_rows_agree(rows, changed)
    assert_transitions_agree(comparison, expected)
    assert_sides_agree(comparison, expected)
    assert_breakdowns_agree(comparison, changed)
    assert_largest_agree(comparison, changed)
    assert_monitored_agree(comparison, old, new, expected)


def assert_rows_agree(rows: list[dict[str, Any]], changed: list[Changed]) -> None:
    def shown(each: Changed) -> dict[str, Any]:
        sides: dict[str, Any] = {}
        for name, side in (("old", each.old), ("new", each.new)):
            sides[f"{name}_disposition"] = side.disposition
            sides[f"{name}_rules"] = {finding.rule for finding in side.findings}
            sides[f"{name}_units_allowed"] = side.allowed
            sides[f"{name}_denied_charge"] = in_places(side.denied)
        line = each.line
        key = {"claim_id": line.claim_id, "line_number": line.line_number,
               "member_id": line.member_id, "charge": line.charge and in_places(line.charge),
               "change": each.change}  # fmt: skip
        return {**key, **sides}

    keys = ("claim_id", "line_number", "member_id", "charge", "change")
    found = []
    for row in rows:
        of_row = {key: row[key] for key in keys}
        for name in ("old", "new"):
            of_row[f"{name}_rules"] = {each.rsplit("/")[-1] for each in row[f"{name}_rules"]}
            for key in ("disposition", "units_allowed", "denied_charge"):
                of_row[f"{name}_{key}"] = row[f"{name}_{key}"]
        found.append(of_row)
        for name, rules in (("old", row["old_rules"]), ("new", row["new_rules"])):
            assert (row[f"{name}_message"] is not None) == bool(rules)
    in_their_order = sorted(
        changed, key=lambda each: (each.line.member_id or "", each.line.claim_id,
                                   each.line.line_number)
    )  # fmt: skip
    assert found == [shown(each) for each in in_their_order]


def assert_transitions_agree(comparison: Comparison, expected: list[Changed]) -> None:
    groups = defaultdict(list)
    for each in expected:
        groups[each.old.disposition, each.new.disposition].append(each)
    groups.pop(("none", "none"), None)
    found = {(each.old, each.new): each.measure for each in comparison.transitions}
    assert found == {key: measure_by_hand(each) for key, each in groups.items()}


def assert_sides_agree(comparison: Comparison, expected: list[Changed]) -> None:
    for side, name in ((comparison.old, "old"), (comparison.new, "new")):
        denied = [each for each in expected if getattr(each, name).disposition in DENYING]
        charges = sum((in_places(each.line.charge) for each in denied), Decimal(0))
        assert (side.denied.lines, side.denied.charge) == (len(denied), charges)
        assert side.denied.denied_charge == charges


def assert_breakdowns_agree(comparison: Comparison, changed: list[Changed]) -> None:
    for breakdown in comparison.breakdowns:
        groups = defaultdict(list)
        for each in changed:
            groups[value_of(each.line, breakdown.name)].append(each)
        found = {group.value: group for group in breakdown.groups}
        assert breakdown.left_out == 0
        if breakdown.name == "month":
            months = [group.value for group in breakdown.groups]
            assert months == sorted(months, key=lambda month: (month is None, month))
        assert {value: group.changed for value, group in found.items()} == {
            value: measure_by_hand(lines) for value, lines in groups.items()
        }
        for value, group in found.items():
            for change, measure in group.by_change.items():
                lines = [each for each in groups[value] if each.change == change]
                assert measure == measure_by_hand(lines)


def value_of(line: ServiceLine, name: str) -> str | None:
    if name == "month":
        return f"{line.service_from:%Y-%m}" if line.service_from else None
    value: str | None = getattr(line, name)
    return value


def assert_largest_agree(comparison: Comparison, changed: list[Changed]) -> None:
    for change, lines in comparison.largest.items():
        found = [(each.claim_id, each.line_number) for each in lines]
        expected = [each for each in changed if each.change == change]
        assert sorted(found) == sorted(
            (each.line.claim_id, each.line.line_number) for each in expected
        )
        sizes = [abs(each.new.denied_charge - each.old.denied_charge) for each in lines]
        assert sizes == sorted(sizes, reverse=True)
        outcomes = {(each.line.claim_id, each.line.line_number): each for each in expected}
        for line in lines:
            by_hand_ = outcomes[line.claim_id, line.line_number]
            for side, other in ((line.old, by_hand_.old), (line.new, by_hand_.new)):
                assert side.disposition == other.disposition
                assert {(each.rule, each.message, each.on_line) for each in side.reasons} >= {
                    (each.rule, each.message, each.line_number)
                    for each in other.findings
                    if each.line_number == line.line_number
                }


def assert_monitored_agree(
    comparison: Comparison, old: CheckedRules, new: CheckedRules, expected: list[Changed]
) -> None:
    lines = {(*claim_of(each.line), each.line.line_number): each for each in expected}
    for rule in comparison.monitored:
        rules, name = (new, "new") if rule.in_new else (old, "old")
        findings = [
            each
            for each in findings_by_reference(rules, [each.line for each in expected])
            if each.rule == rule.rule
        ]
        fires = {
            key
            for each in findings
            for key, line in lines.items()
            if key[:2] == claim_of(each)
            and (each.scope == "claim" or key[2] == each.line_number)
            and not line.line.history
        }
        assert rule.fires.lines == len(fires)
        paid = [key for key in fires if getattr(lines[key], name).disposition not in DENYING]
        assert rule.alone.lines == len(paid)
        assert rule.alone.charge == sum(
            (in_places(lines[key].line.charge) for key in paid), Decimal(0)
        )


@laws
@given(drawn=changed_rules())
def test_rules_compared_with_themselves_change_nothing(
    folder: Path, drawn: tuple[Case, Case]
) -> None:
    """The same rules, read twice, leave every line as it is."""
    case, _ = drawn
    comparison, rows = compared(
        expect_checked(case, folder), expect_checked(case, folder), case.lines
    )
    assert rows == []
    assert comparison.changed == Measure()
    assert comparison.by_change == {} == comparison.largest
    assert {each.text for each in comparison.rules} == {"same"}
    assert comparison.old == comparison.new


@laws
@given(drawn=changed_rules())
def test_the_way_back_is_the_mirror(folder: Path, drawn: tuple[Case, Case]) -> None:
    """New rules compared with old ones: what was newly denied no longer is, and so on."""
    case, other = drawn
    old, new = expect_checked(case, folder), expect_checked(other, folder)
    there, rows = compared(old, new, case.lines)
    back, rows_back = compared(new, old, case.lines)

    def mirrored(measure: Measure) -> Measure:
        return evolve(measure, denied_charge=-measure.denied_charge)

    names: Mapping[Change, Change] = {
        "newly_denied": "no_longer_denied",
        "no_longer_denied": "newly_denied",
    }
    assert back.by_change == {
        names.get(change, change): mirrored(measure) for change, measure in there.by_change.items()
    }
    assert {(each.old, each.new, each.measure) for each in back.transitions} == {
        (each.new, each.old, mirrored(each.measure)) for each in there.transitions
    }
    assert (back.old, back.new) == (there.new, there.old)
    sides = ("disposition", "rules", "adjustments", "units_allowed", "denied_charge", "message")
    for row, row_back in zip(rows, rows_back, strict=True):
        assert all(row[f"old_{each}"] == row_back[f"new_{each}"] for each in sides)
        assert all(row[f"new_{each}"] == row_back[f"old_{each}"] for each in sides)
    of_rules = {each.rule: each for each in there.rules}
    for rule in back.rules:
        assert rule.changed == mirrored(of_rules[rule.rule].changed)


@laws
@given(drawn=changed_rules(), most=st.integers(0, 3))
def test_parts_of_lines_come_to_the_same_figures(
    folder: Path, drawn: tuple[Case, Case], most: int
) -> None:
    """Where no memory holds the lines, they come to the same comparison, member by member."""
    case, other = drawn
    old, new = expect_checked(case, folder), expect_checked(other, folder)
    at_once = compared(old, new, case.lines, most=most)
    assert compared(old, new, case.lines, NoRoom(), most=most) == at_once
    assert all(len(lines) <= most for lines in at_once[0].largest.values())


@laws
@given(drawn=changed_rules())
def test_a_rule_takes_part_in_the_changes_that_its_findings_make(
    folder: Path, drawn: tuple[Case, Case]
) -> None:
    """What is newly denied counts for the rules that deny it now, what no longer is for those
    that did, and anything else for those that decide about it on one side, or otherwise."""
    case, other = drawn
    old, new = expect_checked(case, folder), expect_checked(other, folder)
    comparison, _ = compared(old, new, case.lines)
    expected = defaultdict(list)
    for each in by_hand(old, new, case.lines):
        before, after = (
            {(finding.rule, finding.disposition, finding.carc) for finding in side.findings}
            for side in (each.old, each.new)
        )
        rules: Mapping[Change | None, set[tuple[str, str, str | None]]] = {
            "newly_denied": after - before,
            "no_longer_denied": before - after,
            "units": before | after,
            None: set(),
        }
        for rule in {name for name, *_ in rules.get(each.change, before ^ after)}:
            expected[rule].append(each)
    found = {each.rule: each.changed for each in comparison.rules if each.changed.lines}
    assert found == {rule: measure_by_hand(lines) for rule, lines in expected.items()}


def test_totals_are_those_of_two_findings_tables(tmp_path: Path) -> None:
    """Old and new rules run one by one, their findings written, and the difference taken by
    another engine: the same lines, claims, members and charges."""
    write_ncci(tmp_path, Size(codes=300, pairs=6_000, limits=320, add_on_rows=150))
    pool = ncci_pool(read_ncci(tmp_path))
    claims = write_claim_lines(
        tmp_path / "claims.parquet", 3_000, order="date", pool=pool, over=0.2
    )
    old = tmp_path / "ncci.edits"
    new = tmp_path / "new.edits"
    text = old.read_text(encoding="utf-8").replace("XE, XP, XS, XU", "XE, XP")
    new.write_text(
        text.replace("deny as CO-236", "deny as CO-97").replace("deny all", "pend all")
        + "\nrule VISITS:\n    each of 99202 to 99215 at most 1 line per day\n"
        + "    otherwise deny as CO-18\n"
        + "\nrule DEAR:\n    any line not allowed when charge > 900\n    otherwise pend\n",
        encoding="utf-8",
    )
    for rules in (old, new):
        target = str(rules.with_suffix(".parquet"))
        assert main(["run", str(rules), "--claims", str(claims), "-o", target, "-q"]) == DONE
    diff = tmp_path / "diff.parquet"
    arguments = ["--claims", str(claims), "-o", str(diff), "--show-members"]
    assert main(["compare", str(old), str(new), *arguments]) == DONE
    figures = editwright.compare(old, new, pq.read_table(claims)).figures
    assert set(figures.by_change) >= {"newly_denied", "no_longer_denied", "reason"}

    def denied(name: str) -> str:
        return (
            f"select distinct claim_id, line_number from '{tmp_path / name}.parquet' "
            "where disposition in ('deny', 'reject')"
        )

    changes: Sequence[tuple[Change, str, str]] = (
        ("newly_denied", "new", "ncci"),
        ("no_longer_denied", "ncci", "new"),
    )
    engine: Any = duckdb.connect()
    for change, one, two in changes:
        found = engine.execute(
            "select count(*), count(distinct claim_id), count(distinct member_id), "
            f"sum(charge::decimal(18,4)) from '{claims}' semi join "
            f"(({denied(one)}) except ({denied(two)})) using (claim_id, line_number)"
        ).fetchone()
        measure = figures.by_change[change]
        assert found == (measure.lines, measure.claims, measure.members, measure.charge)
        in_diff = engine.execute(
            f"select count(*) from '{diff}' where change = '{change}'"
        ).fetchone()
        assert in_diff == (measure.lines,)


# ---- by hand


def rules_of(text: str) -> editwright.Rules:
    return editwright.load_text(text)


LINES = [
    {"claim_id": "C1", "line_number": 1, "member_id": "M1", "procedure_code": "97530", "units": 4,
     "charge": "100.00", "service_from": "2025-03-01", "rendering_provider": "1111111112"},
    {"claim_id": "C1", "line_number": 2, "member_id": "M1", "procedure_code": "97110", "units": 2,
     "charge": "80.00", "service_from": "2025-03-01", "rendering_provider": "1111111112"},
    {"claim_id": "C2", "line_number": 1, "member_id": "M2", "procedure_code": "97110", "units": 1,
     "charge": "40.00", "service_from": "2025-04-01", "specialty": "65"},
]  # fmt: skip


def test_a_reduced_line_loses_the_share_of_its_units() -> None:
    old = rules_of("97530 at most 3 units per day\n    otherwise reduce\n")
    new = rules_of("97530 at most 1 unit per day\n    otherwise reduce\n")
    figures = editwright.compare(old, new, LINES).figures
    (line,) = figures.largest["units"]
    assert (line.old.units_allowed, line.new.units_allowed) == (Decimal(3), Decimal(1))
    assert (line.old.denied_charge, line.new.denied_charge) == (Decimal(25), Decimal(75))
    assert figures.changed == Measure(1, 1, 1, Decimal(100), Decimal(50))
    assert figures.new.by_disposition["reduce"].denied_charge == 75
    assert figures.new.denied == Measure()


def test_a_finding_on_a_claim_is_on_its_lines() -> None:
    """The denial of a claim takes all of its lines with it, each by the finding of one."""
    old, new = (
        rules_of(f"97530 not allowed\n    otherwise deny {scope}\n") for scope in ("line", "claim")
    )
    figures = editwright.compare(old, new, LINES).figures
    (line,) = figures.largest["newly_denied"]
    assert (line.claim_id, line.line_number, line.new.reasons[0].on_line) == ("C1", 2, 1)
    assert "for line 1: 97530" in str(editwright.compare(old, new, LINES))


def test_the_strongest_disposition_is_the_outcome() -> None:
    """A line that is denied already is not changed by a pend, and what denies it stays."""
    both = "97110 not allowed\n97110 not allowed\n    otherwise pend\n"
    compared_ = editwright.compare(rules_of("97110 not allowed"), rules_of(both), LINES)
    assert compared_.figures.changed == Measure()
    twice = "97110 not allowed\n97110 not allowed\n    otherwise deny as CO-97\n"
    compared_ = editwright.compare(rules_of("97110 not allowed"), rules_of(twice), LINES)
    assert {each.rule: each.changed.lines for each in compared_.figures.rules} == {"R1": 0, "R2": 2}
    assert set(compared_.figures.by_change) == {"reason"}


def test_a_monitored_rule_is_measured_and_denies_nothing() -> None:
    text = "rule {name}:\n    97110 not allowed\n    otherwise {how}\n"
    deny_one = "97110 when units = 2 not allowed\n"
    old = rules_of(deny_one)
    new = rules_of(deny_one + text.format(name="TRIAL", how="monitor"))
    figures = editwright.compare(old, new, LINES).figures
    assert figures.changed == Measure()
    (rule,) = figures.monitored
    assert (rule.rule, rule.in_old, rule.in_new) == ("TRIAL", False, True)
    assert rule.fires == Measure(2, 2, 2, Decimal(120), Decimal(40))
    assert rule.alone == Measure(1, 1, 1, Decimal(40), Decimal(40))


def test_rules_are_the_same_by_name_in_a_ruleset_with_another_name() -> None:
    text = 'ruleset {name} version "1"\n\nrule A:\n    97110 not allowed\n'
    old, new = (rules_of(text.format(name=name)) for name in ("y2025", "y2026"))
    figures = editwright.compare(old, new, LINES).figures
    assert figures.changed == Measure()
    assert [(each.rule, each.ruleset, each.text) for each in figures.rules] == [
        ("A", "y2026", "same")
    ]


@pytest.mark.parametrize(
    ("old", "new", "text"),
    [
        ("rule A:\n    97110 not allowed\n", "rule A: 97110 not allowed # why\n", "same"),
        ("codes c = 97110\nrule A: c not allowed", "codes c = 97112\nrule A: c not allowed",
         "changed"),
        ("rule A: 97110 not allowed", "rule A: 97110 not allowed\n    otherwise pend\n", "changed"),
    ],
)  # fmt: skip
def test_a_rule_is_changed_when_it_says_something_else(old: str, new: str, text: str) -> None:
    (rule,) = editwright.compare(rules_of(old), rules_of(new), LINES).figures.rules
    assert rule.text == text


def test_a_field_that_both_declare_is_of_one_type() -> None:
    old = rules_of("field risk is code\nany line not allowed when risk = A\n")
    new = rules_of("field risk is number\nany line not allowed when risk > 3\n")
    with pytest.raises(editwright.ClaimsError, match="a code in the old rules and a number in the"):
        editwright.compare(old, new, LINES)


def test_breakdowns_are_tables() -> None:
    compared_ = editwright.compare(rules_of("97530 not allowed"), rules_of("97110 not allowed"),
                                   LINES)  # fmt: skip
    assert set(compared_.by) == set(BREAKDOWNS)
    months = compared_.by["month"].to_pylist()
    assert [(row["value"], row["change"], row["lines"], row["charge"]) for row in months] == [
        ("2025-03", "newly_denied", 1, 80),
        ("2025-03", "no_longer_denied", 1, 100),
        ("2025-03", "all", 2, 180),
        ("2025-04", "newly_denied", 1, 40),
        ("2025-04", "all", 1, 40),
    ]
    specialties = compared_.by["specialty"].to_pylist()
    assert [row["value"] for row in specialties if row["change"] == "all"] == [None, "65"]


# ---- the command


@pytest.fixture
def files(tmp_path: Path) -> Mapping[str, str]:
    """Rules, old and new, and claims."""
    texts = {
        "old.edits": "rule A:\n    97530 at most 3 units per day\n    otherwise reduce\n",
        "new.edits": "rule A:\n    97530 at most 3 units per day\n    otherwise deny as CO-151\n",
        "beside.edits": "rule B:\n    97110 not allowed\n",
        "claims.csv": "claim_id,line_number,member_id,procedure_code,units,charge,service_from\n"
        "C1,1,M1,97530,4,100.00,2025-03-01\n"
        "C1,2,M1,97110,4,80.00,2025-03-01\n"
        "C2,1,M2,97530,4,60.00,2025-13-01\n",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return {name: str(tmp_path / name) for name in texts}


def test_the_command_prints_figures(
    files: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["compare", files["old.edits"], files["new.edits"], "--claims", files["claims.csv"]]
    assert main(command) == DONE
    printed = capsys.readouterr()
    assert "newly denied      1       1        1  100.00            +75.00" in printed.out
    assert "A (CO-151): " in printed.out
    assert "M1" not in printed.out
    assert "1 line set aside: " in printed.err
    assert main([*command, "--show-members", "-q"]) == DONE
    assert "of member M1" in capsys.readouterr().out
    assert main([*command, "--fail-on-change"]) == PROBLEMS
    same = ["compare", files["old.edits"], files["old.edits"], "--claims", files["claims.csv"]]
    assert main([*same, "--fail-on-change"]) == DONE


def test_the_command_prints_json(
    files: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    rules = [files["old.edits"], files["new.edits"], "--with", files["beside.edits"]]
    assert main(["compare", *rules, "--claims", files["claims.csv"], "--format", "json"]) == DONE
    figures = json.loads(capsys.readouterr().out)
    assert figures["schema_version"] == 1
    assert figures["by_change"]["newly_denied"]["denied_charge"] == 75
    assert figures["old"]["denied"]["lines"] == 1
    assert [each["rule"] for each in figures["rules"]] == ["A", "B"]
    assert figures["largest"]["newly_denied"][0]["service_from"] == "2025-03-01"


@pytest.mark.parametrize("ending", ["parquet", "csv", "ndjson"])
def test_the_command_writes_changed_lines(
    files: Mapping[str, str], tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"diff.{ending}"
    rules = [files["old.edits"], files["new.edits"]]
    assert main(["compare", *rules, "--claims", files["claims.csv"], "-o", str(target)]) == DONE
    if ending == "parquet":
        (row,) = pq.read_table(target).to_pylist()
        assert row["new_adjustments"] == ["CO-151"]
    elif ending == "csv":
        (row,) = pyarrow.csv.read_csv(target).to_pylist()
        assert row["new_adjustments"] == "CO-151"
    else:
        row = json.loads(target.read_text(encoding="utf-8"))
        assert row["new_adjustments"] == ["CO-151"]
    assert (row["claim_id"], row["change"], row["new_denied_charge"]) == ("C1", "newly_denied", 100)
    assert "member_id" not in row


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["{old}"], "name the old rules and the new ones"),
        (["{old}", "{new}", "{beside}"], "name the old rules and the new ones"),
        (["{old}", "{new}", "-o", "diff.odd"], "the ending of diff.odd says no format"),
        (["{old}", "{new}", "-o", "{claims}"], "is an input, and would be overwritten"),
        (["{old}", "{new}", "--top", "few"], "`few` is not a whole number"),
    ],
)
def test_wrong_usage_is_said_in_a_sentence(
    change: list[str], message: str, files: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    names = {name.partition(".")[0]: path for name, path in files.items()}
    arguments = [each.format(**names) for each in change]
    try:
        assert main(["compare", *arguments, "--claims", files["claims.csv"]]) == UNUSABLE
    except SystemExit as stopped:
        assert stopped.code == UNUSABLE
    assert message in capsys.readouterr().err


def test_problems_of_either_side_are_reported(
    files: Mapping[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    Path(files["new.edits"]).write_text("64643 require 64642 same date\n", encoding="utf-8")
    command = ["compare", files["old.edits"], files["new.edits"], "--claims", files["claims.csv"]]
    assert main(command) == PROBLEMS
    assert "E201" in capsys.readouterr().err
