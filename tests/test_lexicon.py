"""The numbers of texts, and the order of lines: whatever claims bring along, from any thread."""

import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.judging.column_batch import Batches, line_order, shares
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import columns_of
from editwright.evaluator.meaning.reference import in_order
from editwright.evaluator.plan.lexicon import FOR_ONE_BATCH, Words
from editwright.evaluator.run import Evaluator, by_member
from tests.judging import by_kernels, by_reference, checked

laws = settings.get_profile("laws")

RULES = """\
codes visits = 99202 to 99215 except 99211
diagnoses spasticity = G80.*, M54.1
field plan is code
rule PREFIX: 6464* not allowed with 9921* same date, same provider
rule RANGE: each of visits at most 1 line per calendar year, same provider
rule DIAGNOSIS: any line not allowed with diagnosis spasticity, E11.*
rule LIST: 64640 to 64649 requires 64642, visits same claim, same diagnosis
rule SAME: any line not allowed with any line same date, same code, same plan
rule OTHER: 6464* not allowed when provider != billing provider and plan != A1
"""
DAY = date(2024, 2, 29)


def members(count: int, start: int = 0) -> Iterator[list[ServiceLine]]:
    """Members, each with codes that no other has, beside codes that the rules know."""
    for number in range(start, start + count):
        new = f"{64640 + number % 10}", f"{99200 + number % 20}", f"{10000 + number % 80000:05}"
        yield [
            ServiceLine(
                f"C{number}",
                at,
                f"M{number}",
                procedure_code=code,
                service_from=DAY,
                pointed_diagnoses=(f"E11{number % 1000}", f"Z{number:04}"),
                rendering_provider=f"P{number + at % 2}",
                billing_provider=f"P{number}",
                declared={"plan": f"PLAN-{number - at % 2}"},
            )
            for at, code in enumerate((*new, f"9921{number % 10}", new[2], f"6464{number % 7}"), 1)
        ]


# ---- numbers


def test_texts_that_match_nothing_leave_no_trace(tmp_path: Path) -> None:
    """The lexicon grows with what patterns match, each text once, and with nothing else."""
    machine = Machine.of(checked(RULES, tmp_path))
    lexicon = machine.plan.lexicon
    strangers = [
        ServiceLine("C", number, "M", f"{70000 + number}", (f"{number % 90 + 10}",),
                    pointed_diagnoses=(f"Z{number}",), rendering_provider=f"P{number}",
                    declared={"plan": f"P{number}"})
        for number in range(500)
    ]  # fmt: skip
    before = lexicon.count, dict(lexicon.used), lexicon.version
    by_kernels(machine, strangers)
    assert (lexicon.count, lexicon.used, lexicon.version) == before
    known = [ServiceLine("C", at, "M", "36000", pointed_diagnoses=(f"E11{at}",)) for at in range(9)]
    by_kernels(machine, known)
    by_kernels(machine, known)
    assert lexicon.count == before[0] + 9
    assert all(number < FOR_ONE_BATCH for number in lexicon.numbers("diagnosis", ["E110"], {}))


def test_codes_known_by_patterns_alone(tmp_path: Path) -> None:
    """A code that only prefixes and ranges match is judged the first time as the tenth."""
    rules = checked(RULES, tmp_path)
    machine = Machine.of(rules)
    for lines in members(60):
        for _ in range(2):
            assert by_kernels(machine, lines) == by_reference(rules, lines)


def test_numbers_of_one_batch_are_different_on_all_threads(tmp_path: Path) -> None:
    """Two texts never get one number, though threads number them at once."""

    class Slow(Words):
        def __len__(self) -> int:
            length = super().__len__()
            time.sleep(0.001)
            return length

    lexicon = Machine.of(checked(RULES, tmp_path)).plan.lexicon
    local = Slow()
    texts = [f"T{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda text: lexicon.number("provider", text, local), texts))
    assert len(set(numbers)) == len(texts)


def test_threads_share_an_evaluator(tmp_path: Path) -> None:
    """Many threads with new codes all the time find what one thread finds."""
    rules = checked(RULES, tmp_path)
    shared = Evaluator(rules)
    whole = [list(members(40, 40 * part)) for part in range(12)]

    def judge(part: Sequence[list[ServiceLine]]) -> list[list[Finding]]:
        return [shared.of_member(lines) for lines in part]

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            together = list(pool.map(judge, whole))
    finally:
        sys.setswitchinterval(interval)
    alone = Evaluator(rules)
    assert together == [[alone.of_member(lines) for lines in part] for part in whole]


def test_threads_share_a_machine_over_columns(tmp_path: Path) -> None:
    """The same with lines in columns, each thread with a batch of its own."""
    rules = checked(RULES, tmp_path)
    shared = Evaluator(rules)
    parts = [[line for lines in members(60, 60 * part) for line in lines] for part in range(6)]
    wanted, declared = shared.columns_read, rules.declared_fields

    def judge(lines: Sequence[ServiceLine]) -> list[dict[str, object]]:
        columns = columns_of(lines, wanted, declared=declared)
        pieces = shared.of_columns(columns, threads=2)
        return [row for each in pieces for row in each.table.to_pylist()]

    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(judge, parts))
    alone = Evaluator(rules)
    for lines, table in zip(parts, together, strict=True):
        columns = columns_of(lines, wanted, declared=declared)
        (judged,) = alone.of_columns(columns, threads=1)
        assert table == judged.table.to_pylist()


# ---- order

IDS = st.text(st.sampled_from("Aa1-É\u00e9\uffff\U0001d538\U0001f600"), max_size=3)
DAYS = st.sampled_from([None, date.min, date(1969, 12, 31), DAY, date(9999, 12, 30), date.max])


@st.composite
def unordered_lines(draw: st.DrawFn) -> list[ServiceLine]:
    """Lines whose claim ids begin with each other, on the calendar's last day and on none."""
    ids = draw(st.lists(IDS, min_size=1, max_size=6))
    count = draw(st.integers(0, 40))
    lines = [
        ServiceLine(
            draw(st.sampled_from(ids)),
            draw(st.sampled_from([*range(5), 2**31 - 1])),
            draw(st.sampled_from([None, "M1", "M2"])),
            service_from=draw(DAYS),
            history=draw(st.booleans()),
        )
        for _ in range(count)
    ]
    return draw(st.permutations(lines))


@settings(laws, max_examples=4 * laws.max_examples)
@given(lines=unordered_lines(), threads=st.integers(1, 3))
def test_order_is_that_of_the_reference(
    shared_machine: Machine, lines: list[ServiceLine], threads: int
) -> None:
    """Claims without a member come first, then members, by their ids, each one's lines in
    order; shares of members make one after the other what one batch of all would."""
    wanted = ("procedure_code", "service_from", "units", "modifiers", "status")
    with ThreadPoolExecutor(threads) as pool:
        columns = columns_of(lines, wanted)
        order = line_order(columns, pool, threads)
        batches = Batches(columns, shared_machine.plan, order)
        shared = [batches.between(*share) for share in shares(order.members, threads)]
    members = [
        [lines[at] for at in batch.order[first:last].tolist()]
        for batch in shared
        for first, last in pairwise(batch.batch.members.tolist())
    ]
    expected = [in_order(group) for _, group in sorted(by_member(lines).items())]
    assert list(map(ids_of, members)) == list(map(ids_of, expected))


def ids_of(lines: Sequence[ServiceLine]) -> list[int]:
    """Lines by identity."""
    return list(map(id, lines))


@pytest.fixture(scope="module")
def shared_machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine with a plan that reads next to nothing."""
    return Machine.of(checked("36000 not allowed", tmp_path_factory.mktemp("rules")))
