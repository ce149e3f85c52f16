"""Members of odd shapes: thousands of lines, all on one date, windows that hold them all."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import evolve, frozen

from editwright.evaluator.judging.column_batch import Batches, line_order
from editwright.evaluator.judging.findings_columns import found_of
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.kernels import judge
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import columns_of
from editwright.evaluator.run import Evaluator
from tests.judging import by_kernels, by_reference, checked

SECONDS = 30
"""What a member may take where several of these tests run at once; alone it takes a few."""
FIRST = date(2015, 1, 1)
CODES = ("36000", "45378", "64643", "64642", "J0585", "99213")
PAIRS = "code,partner\n" + "".join(f"{one},{two}\n" for one in CODES for two in CODES)


@frozen
class Shape:
    """Rules, how many lines, and on which days they lie."""

    rules: str
    lines: int
    day: Callable[[int], date | None]


def one_date(_: int) -> date:
    """All on one date."""
    return FIRST


def days(each: int) -> Callable[[int], date]:
    """So many lines on each day."""
    return lambda number: FIRST + timedelta(number // each)


SHAPES = {
    "pairs of one date": Shape(
        "36000 not allowed with 45378 same date\n64643 not allowed with 64642 same date,"
        " same provider\n",
        3_000, one_date,
    ),
    "pairs of a table": Shape(
        "rule T for each row of t: row.code not allowed with row.partner same date\n",
        2_000, one_date,
    ),
    "partners of one date": Shape(
        "64643 requires 2 of 6464*, J* same date, same provider\n"
        "64642 requires payable 64643 same date\n36000 not allowed when units > 2\n",
        3_000, one_date,
    ),
    "units of one date": Shape(
        "any line together at most 5000 units per day\n"
        "each of CODES at most 200 units per day, same provider\n    otherwise reduce\n",
        3_000, one_date,
    ),
    "windows that hold all": Shape(
        "36000 not allowed with 45378 within 100 years, same provider, same modifier\n"
        "64643 requires 99213 within 3650 days before, different provider\n",
        10_000, days(4),
    ),
    "windows that roll": Shape(
        "each of CODES at most 700 units per 10 years\n"
        "any line together at most 300 dates per 365 days\n"
        "64643, 64642 together at most 30 lines per 3 months, same provider\n",
        10_000, days(4),
    ),
    "a lifetime": Shape(
        "each of CODES at most 300 units per lifetime\nany line together at most 2 lines per day\n",
        10_000, days(3),
    ),
    "no dates": Shape(
        "36000 not allowed with 45378 same date\n64643 requires 64642 same date\n"
        "any line together at most 2 lines per day\neach of CODES at most 9 units per lifetime\n",
        10_000, lambda number: None if number % 3 else FIRST,
    ),
    "a claim that is denied whole": Shape(
        "99213 not allowed when units = 3\n    otherwise deny claim\n"
        "64643 requires payable 64642 same claim\n    otherwise reject claim\n"
        "36000 requires payable 64643 ever\n",
        3_000, days(1),
    ),
}  # fmt: skip


def lines_of(shape: Shape, count: int) -> list[ServiceLine]:
    """The lines of a member, from the last to the first."""
    return [
        ServiceLine(
            f"C{number // 7}",
            number + 1,
            "M",
            procedure_code=CODES[number * number % 7 % 6],
            modifiers=("59",) if number % 5 == 0 else (),
            units=Decimal(number % 4),
            service_from=shape.day(number),
            rendering_provider=f"P{number % 3}" if number % 11 else None,
            history=number % 13 == 0,
        )
        for number in reversed(range(count))
    ]


def text_of(shape: Shape) -> str:
    """The rule file of a shape."""
    table = 'table t from "t.csv"\n' if "for each" in shape.rules else ""
    return table + shape.rules.replace("CODES", ", ".join(CODES))


@pytest.mark.parametrize("name", SHAPES)
def test_small_ones_agree_with_the_reference(tmp_path: Path, name: str) -> None:
    """Of a hundred lines kernels and reference say the same."""
    shape = SHAPES[name]
    rules = checked(text_of(shape), tmp_path, t=PAIRS)
    lines = lines_of(shape, 100)
    assert by_kernels(Machine.of(rules), lines) == by_reference(rules, lines)


@pytest.mark.skipif(not judge.COMPILED, reason="interpreted kernels take minutes")
@pytest.mark.parametrize("name", SHAPES)
def test_large_ones_end(tmp_path: Path, name: str) -> None:
    """Thousands of lines are judged in seconds, and another member beside them as if alone."""
    shape = SHAPES[name]
    evaluator = Evaluator(checked(text_of(shape), tmp_path, t=PAIRS))
    lines = lines_of(shape, shape.lines)
    start = time.perf_counter()
    large = evaluator.machine.verdicts(sorted(lines, key=place))
    assert time.perf_counter() - start < SECONDS
    assert large
    small = [evolve(line, member_id="N", claim_id=f"N{line.claim_id}") for line in lines[-60:]]
    both = (*lines, *small)
    columns = columns_of(both, evaluator.columns_read, declared={})
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        order = line_order(columns, pool, 2)
        batch = Batches(columns, evaluator.machine.plan, order).between(0, 2)
        hits, partners = evaluator.machine.judged(batch.batch, 0, 2)
        found = found_of(hits, partners, evaluator.machine.plan, batch)
    assert time.perf_counter() - start < SECONDS
    assert len(found) == len(large) + len(evaluator.of_member(small))


def place(line: ServiceLine) -> tuple[bool, date, bool, str, int]:
    """A line's place among those of its member."""
    day = line.service_from
    return day is None, day or date.min, not line.history, line.claim_id, line.line_number
