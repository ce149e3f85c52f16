"""What a report counts is what is counted by hand, in one part or in many."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest
from attrs import frozen

from editwright.evaluator.gathering.line_parts import Room
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.lines.columns import SCALE
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.memory import NO_LIMIT
from editwright.evaluator.report.impact import COLUMNS, DISPOSITIONS, Impact
from editwright.evaluator.report.run_data import run_data
from editwright.evaluator.report.tally import OTHERS, Tally, crossed, pairs
from editwright.evaluator.run import Evaluator, judged_parts, read_parts
from editwright.grammar.checked import CheckedRules
from tests.judging import checked

RULES = """
rule DENIED:
    64643 requires 64642 same date
    otherwise deny
rule REJECTED:
    64643 or 99213 allowed only with place 11
    otherwise reject
rule WATCHED:
    99213 at most 1 time per calendar year
    otherwise monitor
"""
SAMPLES = 3


@frozen
class Little:
    """So little memory that lines go to files and come in several parts."""

    def for_columns(self, tables: int) -> int:
        return 20_000


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> CheckedRules:
    return checked(RULES, tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def lines() -> list[ServiceLine]:
    random = Random(4)
    made = []
    for number in range(2_000):
        day = date(2024, 1, 15) + timedelta(days=random.randrange(500))
        made.append(
            ServiceLine(
                claim_id=f"C{number // 3}",
                line_number=number % 3 + 1,
                member_id=f"M{number // 12}" if number % 36 < 30 else None,
                procedure_code=random.choice(["64642", "64643", "99213", None]),
                service_from=day if random.random() < 0.9 else None,
                charge=random.choice([None, Decimal("12.5"), Decimal(random.randrange(500))]),
                units=Decimal(1),
                place_of_service=random.choice(["11", "12", None]),
                history=number // 3 % 5 == 0,
            )
        )
    return made


def impact_of(rules: CheckedRules, lines: Sequence[ServiceLine], room: Room) -> Impact:
    impact = Impact(rules.rules, SAMPLES)
    evaluator = Evaluator(rules)
    judged = [line for line in lines if not line.history]
    past = [line for line in lines if line.history]
    with read_parts(evaluator, judged, past, room=room, also=COLUMNS) as parts:
        parts.sort(lambda _done, _total: None)
        tables = list(judged_parts(evaluator, parts, Summary(), look=impact.count))
    assert (len(tables) > 1) == isinstance(room, Little)
    return impact


def by_hand(rules: CheckedRules, lines: Sequence[ServiceLine]) -> dict[str, Any]:
    of = {(line.claim_id, line.line_number): line for line in lines}
    names = ("rule", "rule and month", "rule and code", "disposition")
    found: dict[str, Any] = {name: defaultdict(lambda: [0, Decimal(0)]) for name in names}
    claims = defaultdict(set)
    touched = set()
    for finding in Evaluator(rules).findings(lines):
        line = of[finding.claim_id, finding.line_number]
        month = f"{line.service_from:%Y-%m}" if line.service_from else None
        keys: list[tuple[str, Any]] = [
            ("rule", finding.rule),
            ("rule and month", (finding.rule, month)),
            ("rule and code", (finding.rule, line.procedure_code or "no code")),
        ]
        if (finding.disposition, line) not in touched:
            touched.add((finding.disposition, line))
            keys.append(("disposition", finding.disposition))
        for name, key in keys:
            found[name][key][0] += 1
            found[name][key][1] += line.charge or 0
        claims[finding.rule].add((line.member_id, line.claim_id))
    denied = {line for disposition, line in touched if disposition in ("deny", "reject")}
    charged = sum((line.charge or Decimal(0) for line in denied), Decimal(0))
    found["denied"] = (len(denied), charged)
    found["claims"] = {rule: len(each) for rule, each in claims.items()}
    return found


@pytest.mark.parametrize("room", [NO_LIMIT, Little()])
def test_it_counts_what_is_counted_by_hand(
    room: Room, rules: CheckedRules, lines: list[ServiceLine]
) -> None:
    impact = impact_of(rules, lines, room)
    expected = by_hand(rules, lines)
    data = run_data(rules, impact, show_members=False)["rules"]
    assert {each["name"]: [each["findings"], each["charge"]] for each in data} == {
        rule: [count, float(charge)] for rule, (count, charge) in expected["rule"].items()
    }
    assert {each["name"]: each["claims"] for each in data} == expected["claims"]
    for name, key in (("months", "rule and month"), ("byCode", "rule and code")):
        assert {
            (each["name"], value): [count, Decimal(str(charge))]
            for each in data
            for value, count, charge in each[name]
        } == expected[key]
    assert {
        DISPOSITIONS[place]: [count, Decimal(charge) / SCALE]
        for place, count, charge in impact.by_disposition
    } == expected["disposition"]
    assert (impact.lines_denied, Decimal(impact.charge_denied) / SCALE) == expected["denied"]


def test_parts_change_nothing(rules: CheckedRules, lines: list[ServiceLine]) -> None:
    """The report of a run that took little memory is the report of any other."""
    whole, parts = (impact_of(rules, lines, room) for room in (NO_LIMIT, Little()))
    assert run_data(rules, whole, show_members=True) == run_data(rules, parts, show_members=True)
    assert whole.lines_denied == parts.lines_denied
    assert whole.charge_denied == parts.charge_denied


def test_the_samples_are_the_dearest(rules: CheckedRules, lines: list[ServiceLine]) -> None:
    impact = impact_of(rules, lines, NO_LIMIT)
    of = {(line.claim_id, line.line_number): line for line in lines}
    findings = sorted(Evaluator(rules).findings(lines), key=lambda each: each.rule)
    assert len(impact.samples) == len(rules.rules)
    for name, group in groupby(findings, key=lambda each: each.rule):
        caught = [of[each.claim_id, each.line_number] for each in group]
        caught.sort(key=lambda each: (-(each.charge or 0), each.claim_id, each.line_number))
        place = next(at for at, rule in enumerate(rules.rules) if rule.name == name)
        assert [(each.line.claim_id, each.line.line_number) for each in impact.samples[place]] == [
            (each.claim_id, each.line_number) for each in caught[:SAMPLES]
        ]


def test_a_tally_adds_up_over_calls() -> None:
    tally = Tally()
    tally.add(np.array([], np.int64), np.array([], np.int64))
    tally.add(np.array([3, 1, 3]), np.array([5, 7, 1]))
    tally.add(np.array([1, 0]), np.array([2, 0]))
    assert list(tally) == [(0, 1, 0), (1, 2, 9), (3, 2, 6)]


def test_pairs_are_taken_apart() -> None:
    tally = Tally()
    tally.add(pairs(np.array([2, 2, 0]), np.array([7, 7, OTHERS - 1])), np.array([1, 2, 3]))
    assert crossed(tally) == {0: {OTHERS - 1: (1, 3)}, 2: {7: (2, 3)}}


def test_members_judged_by_the_reference_count_as_well(tmp_path: Path) -> None:
    """A number that kernels cannot say sends its member to the reference."""
    rules = checked("99213 when units > 1 not allowed\n", tmp_path)
    odd = Decimal("2.00001")
    made = [
        ServiceLine("C1", 1, "M1", "99213", units=odd, charge=Decimal(5)),
        ServiceLine("C2", 1, "M2", "99213", units=Decimal(2), charge=Decimal(7)),
    ]
    (data,) = run_data(rules, impact_of(rules, made, NO_LIMIT), show_members=False)["rules"]
    assert (data["findings"], data["charge"]) == (2, 12)
    assert [each["claim"] for each in data["lines"]] == ["C2", "C1"]
