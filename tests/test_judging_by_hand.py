"""Single cases in which a plan could easily say something else than the reference."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.plan import compile_instances
from tests.judging import Said, by_kernels, by_reference, checked

LAST_DAY = date(9999, 12, 31)
DAY = date(2024, 2, 29)


def lines(*given: tuple[str | None, date | None], **fields: Any) -> list[ServiceLine]:
    """Lines on claims of their own, A, B, C, in the order in which they are given."""
    return [
        ServiceLine(claim, 1, procedure_code=code, service_from=day, **fields)
        for claim, (code, day) in zip("ABCDEF", given, strict=False)
    ]


def found(folder: Path, text: str, given: Sequence[ServiceLine], **tables: str) -> list[Said]:
    """What the kernels find: the same as the reference."""
    rules = checked(text, folder, **tables)
    machine = Machine.of(rules)
    assert not machine.plan.by_reference
    kernels = by_kernels(machine, given)
    assert kernels is not None
    assert kernels == by_reference(rules, given)
    return kernels


def assert_left_to_reference(
    folder: Path, text: str, given: Sequence[ServiceLine], **tables: str
) -> None:
    """The kernels say that they cannot."""
    assert by_kernels(Machine.of(checked(text, folder, **tables)), given) is None


# ---- codes


def test_lines_without_a_code_count_with_no_other(tmp_path: Path) -> None:
    """Nobody knows whether their codes are the same."""
    day = date(2025, 3, 1)
    given = [
        ServiceLine("A", number, "M", code, service_from=day)
        for number, code in enumerate((None, None, "64643", "64643"), 1)
    ]
    said = found(tmp_path, "each of any line at most 1 line per day", given)
    assert len(said) == 1


# ---- days


@pytest.mark.parametrize(
    ("rule", "firing"),
    [
        ("36000 not allowed with 45378 same date", "A"),
        ("36000 requires 45378 same date", ""),
        ("45378 requires 36000 same date", ""),
        ("36000, 45378 together at most 1 line per day", "C"),
        ("36000, 45378 together at most 1 time per calendar year", ""),
        ("36000 not allowed\n    unless with 45378 same date", ""),
        ("36000 not allowed within 1 day before 45378 same date", ""),
        ("36000 not allowed on or within 1 day before 45378", "A"),
    ],
)
def test_lines_without_a_date_come_behind_the_last_day(
    tmp_path: Path, rule: str, firing: str
) -> None:
    """A line without a date does not come between two lines of the calendar's last day."""
    given = lines(("36000", LAST_DAY), ("64643", None), ("45378", LAST_DAY))
    assert "".join(each.line[0] for each in found(tmp_path, rule, given)) == firing


@pytest.mark.parametrize(
    "many", ["", "\nrule PAIRS for each row of t:\n    row.a not allowed with"]
)
def test_two_lines_without_a_date_are_on_no_date(
    tmp_path: Path, many: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two lines without a date nobody knows that their dates are the same."""
    monkeypatch.setattr(compile_instances, "MANY_ROWS", 1)
    text = 'table t from "t.csv"\n36000 not allowed with 45378 same date'
    if many:
        text += f"{many} row.b same claim"
    given = lines(("36000", None), ("45378", None))
    assert found(tmp_path, text, given, t="a,b\n64642,64643\n") == []


def test_pairs_of_one_date_beside_pairs_of_any(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rule for one date stays one where another rule's pairs are looked for on all dates."""
    monkeypatch.setattr(compile_instances, "MANY_ROWS", 1)
    text = (
        'table t from "t.csv"\n'
        "rule DATE: 36000 not allowed with 45378 same date\n"
        "rule CLAIM for each row of t: row.a not allowed with row.b same claim\n"
    )
    given = [
        evolve(each, claim_id="A", line_number=at)
        for at, each in enumerate(
            lines(("36000", DAY), ("45378", date(2024, 3, 1)), ("64643", DAY)), 1
        )
    ]
    names = [each.rule for each in found(tmp_path, text, given, t="a,b\n45378,64643\n")]
    assert names == ["CLAIM"]


# ---- rows


@pytest.mark.parametrize(
    "values", ["59 except row.m", "row.m except 59", "59, row.m except LT", "59 except LT, row.m"]
)
def test_one_of_several_modifiers_is_excepted(tmp_path: Path, values: str) -> None:
    """`except` takes values away, not lines: another modifier of the line may be left."""
    rule = f"rule R for each row of t:\n    row.a not allowed with modifier {values}"
    text = f'table t from "t.csv"\n{rule}\n'
    given = lines(("36000", DAY), modifiers=("59", "25"))
    rules = checked(text, tmp_path, t="a,m\n36000,25\n")
    kernels = by_kernels(Machine.of(rules), given)
    assert len(by_reference(rules, given)) == 1
    assert kernels is None or len(kernels) == 1


@pytest.mark.parametrize("test", ["row.n < row.n", "row.n >= row.n", "row.n != row.n"])
def test_a_column_against_itself_over_several_rows(tmp_path: Path, test: str) -> None:
    """Of several rows, one may be less than another."""
    text = f'table t from "t.csv"\nrule R for each a of t:\n    row.a not allowed when {test}\n'
    rules = checked(text, tmp_path, t="a,n\n36000,1\n36000,2\n")
    given = lines(("36000", DAY))
    kernels = by_kernels(Machine.of(rules), given)
    assert kernels is None or kernels == by_reference(rules, given)


@pytest.mark.parametrize("each", ["row", "c"])
def test_numbers_among_those_of_rows(tmp_path: Path, each: str) -> None:
    """A blank cell is no number among others; compared, it is unknown."""
    text = (
        'table t from "t.csv"\n'
        f"rule IN for each {each} of t: row.c not allowed when units in row.n, 3\n"
        f"rule OUT for each {each} of t: row.c not allowed when units not in row.n\n"
        f"rule MORE for each {each} of t: row.c not allowed when not (units <= row.n)\n"
    )
    given = [
        evolve(line, line_number=number, units=units)
        for number, units in enumerate((None, *map(Decimal, range(4))))
        for line in lines(("36000", DAY), ("45378", DAY))
    ]
    assert found(tmp_path, text, given, t="c,n\n36000,\n36000,2\n36000,1\n45378,\n")


def test_fields_of_two_kinds(tmp_path: Path) -> None:
    """Fields of two kinds are the same where their texts are."""
    text = (
        "field plan is code\n"
        "field remark is text\n"
        "rule EQUAL: 36000 not allowed when plan = provider and remark = provider\n"
        "rule OTHER: 36000 not allowed when place != revenue code or provider != group\n"
        "rule BOTH: 36000 not allowed when plan = P1 and plan = billing provider\n"
    )
    same = {"plan": "P1", "remark": "P1"}
    given = lines(("36000", DAY), rendering_provider="P1", billing_provider="P1", declared=same)
    given += lines(("36000", None), rendering_provider="P2", declared=same, group_id="P1")
    given = [evolve(each, line_number=at) for at, each in enumerate(given)]
    assert [(each.rule, each.line[1]) for each in found(tmp_path, text, given)] == [
        ("BOTH", 0), ("EQUAL", 0), ("OTHER", 1),
    ]  # fmt: skip


@pytest.mark.parametrize("cell", ["64642 to 64644", "64641;64643", "64641|64643", "6464*", "w*"])
def test_cells_that_deny_what_others_wait_for(tmp_path: Path, cell: str) -> None:
    """A rule waits for what any code of a cell may deny, however the cell names it."""
    code = "W4643" if cell == "w*" else "64643"
    text = (
        'table t from "t.csv"\n'
        "rule DENIES for each row of t: row.c not allowed with modifier 59\n"
        f"rule WAITS: 36000 not allowed with payable {code} same date\n    otherwise warn\n"
    )
    given = lines(("36000", DAY), (code, DAY), modifiers=("59",))
    assert [each.rule for each in found(tmp_path, text, given, t=f"c\n{cell}\n")] == ["DENIES"]


def test_what_one_row_excepts_another_may_name(tmp_path: Path) -> None:
    """A partner that one row of a group takes away is one by another row, looked up or not."""
    text = (
        'table t from "t.csv"\n'
        "rule R for each c of t: row.c requires 64642 to 64645 except row.p same date\n"
    )
    given = lines(("64642", DAY), ("64643", DAY), ("36000", DAY))
    assert found(tmp_path, text, given, t="c,p\n64642,64643\n64642,64642\n") == []


def test_a_group_of_many_rows(tmp_path: Path) -> None:
    """A hundred rows are one rule, and ask for a hundred codes."""
    text = 'table t from "t.csv"\nrule R for each c of t: row.c requires all of row.p same date\n'
    codes = [f"10{number:03}" for number in range(100)]
    cells = "c,p\n" + "".join(f"36000,{code}\n" for code in codes)
    (subject,) = lines(("36000", DAY))
    partners = [evolve(subject, line_number=10 + at, procedure_code=code)
                for at, code in enumerate(codes)]  # fmt: skip
    assert found(tmp_path, text, [subject, *partners], t=cells) == []
    (fired,) = found(tmp_path, text, [subject, *partners[:70], *partners[71:]], t=cells)
    assert len(fired.partners) == 99
    assert len(fired.rows) == 100


def test_all_of_cells_some_of_them_blank(tmp_path: Path) -> None:
    """A blank cell asks for nothing, and a code that two rows have is asked for once."""
    text = 'table t from "t.csv"\nrule R for each c of t: row.c requires all of row.p same date\n'
    cells = "c,p\n36000,64642\n36000,\n36000,64643\n36000,64642\n45378,\n"
    codes = ("36000", "45378", "64642", "64643")
    assert found(tmp_path, text, lines(*((code, DAY) for code in codes)), t=cells) == []
    (fired,) = found(tmp_path, text, lines(*((code, DAY) for code in codes[:3])), t=cells)
    assert fired.partners == (("C", 1),)


def test_pairs_that_a_modifier_exempts(tmp_path: Path) -> None:
    """Of pairs found by their codes each is exempt by itself."""
    text = (
        "rule OTHER: 36000 not allowed with 45378, 64643 same date\n"
        "    unless modifier 59 on the other line\n"
        "rule EITHER: 36000 not allowed with 45378, 64643 same date\n"
        "    unless modifier 59 on either line when place 11\n"
    )
    given = lines(("36000", DAY), ("45378", DAY), ("64643", DAY), place_of_service="11")
    given[1] = evolve(given[1], modifiers=("59",))
    fired = found(tmp_path, text, given)
    assert [each.partners for each in fired] == [(("C", 1),), (("C", 1),)]


# ---- limits


def test_limits_of_every_kind(tmp_path: Path) -> None:
    """Every period, what it counts, what follows, and what lines share."""
    months = ("calendar month", "calendar year", "1 month", "2 days", "1 year")
    consequences = ("otherwise reduce", "otherwise warn", "otherwise deny all")
    written = [
        f"{subject} at most {number} {counted} per {period}{shared}\n    {after}"
        for subject in ("each of 36000, 45378", "36000, 45378 together")
        for number, counted in ((2, "units"), (3, "units"), (1, "lines"), (1, "dates"))
        for period in ("line", "day", "claim", "lifetime", *months)
        for shared in ("", ", same provider", ", different modifier")
        for after in consequences
        if not (after.endswith("all") and period[0] in "12")
    ]
    days = (DAY, DAY, DAY, date(2024, 3, 1), date(2024, 3, 29), date(2025, 2, 28), None, None)
    given = [
        ServiceLine(
            "AB"[at % 2],
            at,
            procedure_code=("36000", "45378", "36000")[at % 3],
            service_from=day,
            units=Decimal(at % 4),
            modifiers=("59",) * (at % 2),
            rendering_provider="P1" if at % 5 else None,
            history=at == 1,
        )
        for at, day in enumerate(days)
    ]
    fired = found(tmp_path, "\n".join(written), given)
    assert {each.rule for each in fired if each.allowed}
    assert len({each.rule for each in fired}) > len(written) / 2


# ---- denials


@pytest.mark.parametrize("period", ["day", "lifetime", "2 days"])
def test_a_limit_waits_for_denials(tmp_path: Path, period: str) -> None:
    """What exempts from a limit must be payable once all denials are known."""
    text = (
        f"rule LIMIT: 36000 at most 1 line per {period}\n"
        "    unless with payable 45378 same date\n"
        "rule DENIES: 45378 not allowed with modifier 59\n"
    )
    twice = (("36000", DAY), ("36000", DAY), ("45378", DAY))
    assert found(tmp_path, text, lines(*twice)) == []
    denied = found(tmp_path, text, lines(*twice, modifiers=("59",)))
    assert [(each.rule, each.line[0]) for each in denied] == [("DENIES", "C"), ("LIMIT", "B")]


# ---- numbers

FINE = "1." + 30 * "0" + "1"
NUMBERS = ("1.00001", FINE, "1E+30", "1E+2000", "1E-2000", "-0.00001", "10000000000.5")


@pytest.mark.parametrize("number", NUMBERS)
def test_units_that_kernels_cannot_say(tmp_path: Path, number: str) -> None:
    """A number finer than ten-thousandths, or huge, leaves its member to the reference."""
    text = "36000 not allowed when units > 1"
    assert_left_to_reference(tmp_path, text, lines(("36000", DAY), units=Decimal(number)))


@pytest.mark.parametrize("number", [each for each in NUMBERS if each != "10000000000.5"])
def test_cells_that_kernels_cannot_say(tmp_path: Path, number: str) -> None:
    """A cell finer than ten-thousandths, or huge, leaves the rule to the reference."""
    text = 'table t from "t.csv"\nrule R for each row of t: row.c at most row.n units per day'
    given = lines(("36000", DAY), units=Decimal(1))
    assert_left_to_reference(tmp_path, text, given, t=f"c,n\n36000,{number}\n")
    other = lines(("36001", DAY), units=Decimal(1))
    machine = Machine.of(checked(text, tmp_path, t=f"c,n\n36000,{number}\n36001,0\n"))
    assert [reason for _, reason in machine.plan.by_reference] == [
        f"the number {number}, finer or larger than ten-thousandths say"
    ] or by_kernels(machine, other) is None


@pytest.mark.parametrize("number", ["0.0001", "9999999999.9999", "1E+3", "-2.5", "1.50000000"])
def test_units_that_kernels_can_say(tmp_path: Path, number: str) -> None:
    """Numbers of any notation that ten-thousandths say exactly."""
    text = "rule MORE: 36000 not allowed when units > 1.5\n36000 at most 999 units per lifetime"
    given = lines(("36000", DAY), ("36000", DAY), ("36000", None), units=Decimal(number))
    found(tmp_path, text, given)


def test_counts_in_cells(tmp_path: Path) -> None:
    """Counts of days in cells are cut to whole ones; below zero, or huge, they stay what they
    are."""
    text = (
        'table t from "t.csv"\n'
        "rule NEAR for each row of t: row.c not allowed with 45378 within row.n days\n"
        "rule MONTHS for each row of t: row.c not allowed with 45378 within row.n months before\n"
        "rule YEARS for each row of t: row.c not allowed with 45378 within row.n years after\n"
        "rule ROLLS for each row of t: row.c at most 1.5 units per row.n days\n"
        "rule MANY for each row of t: row.c requires row.n of 45378, 64643 same claim\n"
    )
    cells = "c,n\n" + "".join(
        f"36000,{each}\n"
        for each in ("-1.5", "-0.5", "0", "0.5", "1.9999", "2.0001", "400000000000000", "", "1e3")
    )
    days = (date(1, 1, 1), date(1, 1, 2), DAY, date(2024, 3, 1), date(9999, 12, 30), LAST_DAY)
    for mine in days:
        given = lines(*[("36000", mine), ("45378", mine)] + [("36000", each) for each in days])
        given += [evolve(each, claim_id="X") for each in lines(*[("45378", day) for day in days])]
        given = [evolve(each, line_number=at, units=Decimal(1)) for at, each in enumerate(given)]
        found(tmp_path, text, given, t=cells)


def test_nested_conditions(tmp_path: Path) -> None:
    """Conditions may be nested as deeply as the language lets them."""
    depth = 99
    condition = "units = 1 or place = 11 and ("
    text = f"36000 not allowed when {depth * condition}units = 2{depth * ')'}\n"
    given = lines(("36000", DAY), ("36000", None), units=Decimal(2), place_of_service="11")
    assert len(found(tmp_path, text, given)) == 2
