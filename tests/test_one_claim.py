"""One claim as dictionaries: the quick way says what the slow way says, or leaves it to that."""

import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import editwright
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.formats.seen import Seen
from editwright.evaluator.judging.one_claim import OneClaim
from editwright.evaluator.lines.service_line import ServiceLine

SAME_DATE = """
77063 requires payable 77067 same date, same provider

85027 not allowed with 85025 same date, same provider
    unless modifier 59 on either line

97110 at most 4 units per day, same provider
"""
LONG_AGO = """
99203 not allowed with 99202 to 99215 within 30 days before, same group

97110 at most 3 units per calendar month
    otherwise deny all

77067 at most 2 times per 60 days

64643 requires 64642 same claim
"""
EVER = """
85025 at most 1 time per lifetime

96372 not allowed with 77067 ever
    unless modifier 25
"""
FIELDS = """
field plan is code
field copay is number
field admitted is date
field desk is text

85027 allowed only with diagnosis G80.*, M54.*

85025 not allowed with claim diagnosis Z00.*

77067 allowed only with principal diagnosis Z12.*

97110 not allowed when age < 18

96372 not allowed when charge > 100 and sex = F

99213 not allowed when number of modifiers > 1

99203 not allowed when days from date to received > 30 and plan = HMO

64643 not allowed when copay > 5 and desk = "North" and admitted is missing and status = open

97112 not allowed when bill type = 131 and specialty = 08 and revenue code = 0450
"""
RULES: Mapping[str, tuple[str, ...]] = {
    SAME_DATE: ("77063", "77067", "85027", "85025", "97110"),
    LONG_AGO: ("99203", "99213", "97110", "77067", "64643"),
    EVER: ("85025", "96372", "77067"),
    FIELDS: ("85027", "85025", "77067", "97110", "96372", "99213", "99203", "64643", "97112"),
}
"""Rules that look no further than a date, some way back, and without end; and fields of all kinds.
Each with codes that they name."""

PLAIN: Mapping[str, st.SearchStrategy[object]] = {
    "claim_id": st.sampled_from(["C1", "C1", "C1", "C2", "H7"]),
    "line_number": st.integers(1, 70),
    "member_id": st.just("M1"),
    "service_from": st.sampled_from(
        [date(2024, 3, 1), date(2024, 3, 1), date(2024, 3, 20), "2024-02-20", "20230405", None]
    ),
    "procedure_code": st.none(),
    "modifier_1": st.sampled_from([None, None, "59", "25"]),
    "modifier_2": st.sampled_from([None, "LT"]),
    "units": st.sampled_from([1, 2, 5, "3", 1.5, Decimal("0.5"), None]),
    "charge": st.sampled_from([125.25, 80, "99.99", None]),
    "place_of_service": st.sampled_from(["11", "31", 22, None]),
    "rendering_provider": st.sampled_from(["1000000074", "P2", 1000000074, None]),
    "group_id": st.sampled_from(["T1", "T2", None]),
    "diagnosis_1": st.sampled_from(["G80.1", "Z00.00", "Z12.31", None]),
    "diagnosis_2": st.sampled_from(["M54.5", None]),
    "diagnosis_pointers": st.sampled_from(["1", "2", None, 1]),
    "birth_date": st.sampled_from([date(2017, 3, 28), "1960-01-02", None]),
    "sex": st.sampled_from(["F", "M", None]),
    "frequency_code": st.sampled_from(["1", "1", None]),
    "status": st.sampled_from([None, "open", "denied"]),
    "plan": st.sampled_from(["HMO", "ppo", None]),
    "copay": st.sampled_from([10, "20", None]),
}  # fmt: skip
ODD: Mapping[str, st.SearchStrategy[object]] = {
    "claim_id": st.sampled_from([None, "", "NULL", 7, 7.0, "7", True, "1.2E+5", [1], " C1 "]),
    "line_number": st.sampled_from([None, "", "2", 2.0, True, 2, -1, "x", 1.5, 10**9, []]),
    "member_id": st.sampled_from(["", None, 5, True, "1.23E+11", {}]),
    "patient_id": st.sampled_from(["M1", None, "1.23E+11"]),
    "service_to": st.sampled_from([date(2024, 3, 20), date(2024, 1, 1), "never", None]),
    "service_from": st.sampled_from(["never", datetime(2024, 3, 1, 9), 20240301, True, date.max]),
    "statement_from": st.sampled_from([date(2024, 3, 2), "20240301", None]),
    "procedure_code": st.sampled_from([85025, 85025.0, "85025 ", "9.92E+04", True, ["85025"]]),
    "hcpcs_code": st.sampled_from(["77067", "85025", None, 85025, []]),
    "modifier_1": st.sampled_from([True, 59, "59.0", "", [59], "9.9E+1"]),
    "modifiers": st.sampled_from(["59,25", ["59", None], ["59", True], [["59"]], (59,), 59, None]),
    "diagnoses": st.sampled_from(["G801;M545", ["Z12.31", "M54.5"], [None, "Z00"], "", [True]]),
    "diagnosis_pointers": st.sampled_from(["2,1", [1, 2], "9", True, 0, ["1", True], None]),
    "units": st.sampled_from([-1, 10**9, True, float("nan"), "1e3", 0.000001, 10**11, []]),
    "charge": st.sampled_from([0.00001, 10**13, True, "-5"]),
    "birth_date": st.sampled_from([date(2030, 1, 1), "0001-01-01", [], True]),
    "frequency_code": st.sampled_from(["7", "8", 7, "", True, "7.0", []]),
    "bill_type": st.sampled_from(["131", "137", "0131", "13", 131, "", True, []]),
    "original_claim_id": st.sampled_from(["H7", "C1", None, True, []]),
    "claim_number": st.sampled_from(["N1", None, []]),
    "billing_provider": st.sampled_from(["B1", None, []]),
    "received_date": st.sampled_from([date(2024, 5, 1), "never", None]),
    "revenue_code": st.sampled_from(["0450", 450, None, []]),
    "specialty": st.sampled_from(["08", 8, None, True]),
    "authorization": st.sampled_from(["A1", True, []]),
    "admitted": st.sampled_from([date(2024, 3, 1), "never", None, True]),
    "desk": st.sampled_from(["North", " North", None, True]),
    "copay": st.sampled_from([True, "much", 10**14]),
    "plan": st.sampled_from([True, [], "hmo "]),
    "Units": st.just(3),
    "other": st.sampled_from([None, True, [{"a": 1}], {"b": 2}]),
    "5": st.none(),
}


@st.composite
def odd_lines(draw: st.DrawFn, codes: Sequence[str], claim_id: str) -> list[dict[Any, Any]]:
    """Lines of a few shapes, of which one in three has something odd."""
    lines = []
    lacking = draw(st.sets(st.sampled_from(sorted(PLAIN)), max_size=3))
    for number in range(1, draw(st.integers(1, 6))):
        line = {name: draw(each) for name, each in PLAIN.items() if name not in lacking}
        line |= {"claim_id": claim_id, "procedure_code": draw(st.sampled_from(codes))}
        if "line_number" in line:
            line["line_number"] = number
        if draw(st.integers(0, 2)) == 0:
            for name in draw(st.lists(st.sampled_from(sorted(ODD)), max_size=2)):
                line[name] = draw(ODD[name])
        if draw(st.integers(0, 9)) == 0:
            line = dict(draw(st.permutations(list(line.items()))))
        if draw(st.integers(0, 9)) == 0:
            line.pop(draw(st.sampled_from(sorted(line))))
        lines.append(line)
    return lines


@st.composite
def plain_lines(draw: st.DrawFn, codes: Sequence[str], claim_id: str) -> list[dict[str, Any]]:
    """Lines with nothing odd."""
    each = {**PLAIN, "procedure_code": st.sampled_from(codes), "diagnosis_pointers": st.none()}
    lines = draw(st.lists(st.fixed_dictionaries(each), min_size=1, max_size=8))
    return [
        {**line, "claim_id": claim_id, "line_number": number}
        for number, line in enumerate(lines, 1)
    ]


class SlowWay:
    """Answers nothing, so that lines are read and judged one by one."""

    def verdicts(self, _lines: list[Any], _past: list[Any]) -> None:
        return None


class Noted:
    """The quick way, and what it answered last."""

    def __init__(self, rules: editwright.Rules) -> None:
        self._quick = OneClaim.of(rules._evaluator.machine, rules._known)
        self.answered = False

    def verdicts(self, lines: list[Any], past: list[Any]) -> Any:
        found = self._quick.verdicts(lines, past)
        self.answered = found is not None
        return found


def both_ways(text: str) -> tuple[editwright.Rules, Noted, editwright.Rules]:
    """Rules that know the quick way, and rules that do not."""
    quick, slow = editwright.load_text(text), editwright.load_text(text)
    noted = Noted(quick)
    vars(quick)["_one_claim"] = noted
    vars(slow)["_one_claim"] = SlowWay()
    return quick, noted, slow


WAYS = [(*both_ways(text), codes) for text, codes in RULES.items()]


def said(ask: Callable[[], list[editwright.Finding]]) -> object:
    """The findings, or why there are none."""
    try:
        return ask()
    except editwright.ClaimsError as error:
        return str(error), error.help


@pytest.mark.parametrize(("quick", "noted", "slow", "codes"), WAYS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_odd_dictionaries_mean_the_same_both_ways(
    quick: editwright.Rules,
    noted: Noted,
    slow: editwright.Rules,
    codes: Sequence[str],
    data: st.DataObject,
) -> None:
    lines = data.draw(odd_lines(codes, "C1"))
    history = data.draw(odd_lines(codes, data.draw(st.sampled_from(["C1", "H1", "H2"]))))
    expected = said(lambda: slow.evaluate_claim(lines, history=history))
    assert said(lambda: quick.evaluate_claim(lines, history=history)) == expected
    event(f"quick: {noted.answered}, an error: {isinstance(expected, tuple)}")


@pytest.mark.parametrize(("quick", "noted", "slow", "codes"), WAYS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_plain_dictionaries_go_the_quick_way_and_mean_the_same(
    quick: editwright.Rules,
    noted: Noted,
    slow: editwright.Rules,
    codes: Sequence[str],
    data: st.DataObject,
) -> None:
    lines = data.draw(plain_lines(codes, "C1"))
    history = data.draw(plain_lines(codes, "H1"))
    if data.draw(st.booleans()):
        history += lines[:3]
    expected = slow.evaluate_claim(lines, history=history)
    assert quick.evaluate_claim(lines, history=history) == expected
    assert noted.answered
    event(f"findings: {bool(expected)}, with history: {any(each.partners for each in expected)}")


def test_no_object_is_made_of_a_line_without_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[ServiceLine] = []
    read = RowReader.read

    def noted(self: RowReader, row: Sequence[object], seen: Seen) -> ServiceLine:
        made.append(read(self, row, seen))
        return made[-1]

    monkeypatch.setattr(RowReader, "read", noted)
    rules = editwright.load_text(SAME_DATE)
    claim = [
        {"claim_id": "C1", "line_number": at, "procedure_code": code, "units": 1,
         "service_from": date(2024, 3, 1), "rendering_provider": "P1"}
        for at, code in enumerate(("85025", "97110", "99213", "77063"), 1)
    ]  # fmt: skip
    assert [each.rule for each in rules.evaluate_claim(claim)] == ["R1"]
    assert [each.line_number for each in made] == [4]


def test_many_lines_and_many_claims_at_once() -> None:
    """More lines, modifiers and line numbers than there is room for at first."""
    quick, noted, slow = both_ways(SAME_DATE)
    line = {"procedure_code": "85027", "rendering_provider": "P1"}
    dates = (None, "2024-03-01", "2024-03-01", "2024-02-01", "2024-03-01")
    for count in (1, 40, 200, 3):
        claim = [
            {**line, "claim_id": f"C{at % 50}", "line_number": at, "units": at % 3,
             "service_from": dates[at % 5],
             "procedure_code": ("85027", "85025", "97110")[at % 3],
             "modifiers": ["59", "LT", f"{at % 90:02}"][: at % 4]}
            for at in range(count)
        ]  # fmt: skip
        assert quick.evaluate_claim(claim) == slow.evaluate_claim(claim)
        assert noted.answered


def test_nothing_is_kept_of_a_claim() -> None:
    """Neither its dictionaries nor what tells it and its member from others."""
    rules = editwright.load_text(FIELDS)
    marks = [f"{name}-{id(rules)}" for name in ("CLAIM", "MEMBER", "AUTH", "PLAN")]
    line = dict(zip(("claim_id", "member_id", "authorization", "plan"), marks, strict=True))
    before = [sys.getrefcount(each) for each in (line, *marks)]
    rules.evaluate_claim([{**line, "procedure_code": "85027"}, line], history=[line])
    assert [sys.getrefcount(each) for each in (line, *marks)] == before


def test_threads_share_rules() -> None:
    """Many threads, each with claims of its own: each gets the findings of its claims."""
    rules = editwright.load_text(SAME_DATE)
    codes = ("85025", "85027", "97110", "77063")

    def claim(number: int) -> list[dict[str, Any]]:
        return [
            {"claim_id": f"C{number}", "line_number": at, "procedure_code": code,
             "units": number % 7, "service_from": date(2024, 3, 1 + number % 20),
             "rendering_provider": f"P{number}", "modifier_1": "59" if number % 5 == 0 else None}
            for at, code in enumerate(codes[: 1 + number % 4], 1)
        ]  # fmt: skip

    expected = [rules.evaluate_claim(claim(number)) for number in range(100)]

    def ask(start: int) -> bool:
        order = [(start * 7 + at) % 100 for at in range(300)]
        return all(rules.evaluate_claim(claim(each)) == expected[each] for each in order)

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(ask, range(16)))
