"""The plan and its kernels say what the reference says."""

from collections import Counter
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator.judging.batch import InexactError, batch_of
from editwright.evaluator.judging.hits import verdicts_of
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.kernels.judge import OP
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import in_order
from editwright.evaluator.plan import compile_instances
from editwright.evaluator.plan.compile import compile_rules
from editwright.grammar.checked import CheckedRules
from tests.evaluation_strategies import Case, Kind, cases, expect_checked
from tests.judging import Said, by_kernels, by_reference, said
from tests.judging_strategies import checked_or_none, edge_cases

profile = settings.get_profile("laws")
laws = settings(profile, max_examples=2 * profile.max_examples)

KINDS: Sequence[Kind] = ("any", "alone", "partners", "limits")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("rules")


@pytest.mark.parametrize("kind", KINDS)
def test_plan_agrees_with_reference(folder: Path, kind: Kind) -> None:
    """On any rule file and any members the kernels say what the reference says: the same lines,
    partners in the same order, rows and numbers."""

    @laws
    @given(case=cases(kind=kind), by_pair=st.booleans())
    def law(case: Case, by_pair: bool) -> None:
        assert_alike(expect_checked(case, folder), case.members, by_pair)

    law()


@pytest.mark.parametrize("kind", KINDS)
def test_plan_agrees_with_reference_at_the_edges(folder: Path, kind: Kind) -> None:
    """The same, where columns, kinds, numbers and days are what they seldom are."""

    @laws
    @given(case=edge_cases(kind=kind), by_pair=st.booleans())
    def law(case: Case, by_pair: bool) -> None:
        assert_alike(checked_or_none(case, folder), case.members, by_pair)

    law()


@laws
@given(case=edge_cases(pairs=True), by_pair=st.booleans())
def test_plan_agrees_with_reference_on_pairs(folder: Path, case: Case, by_pair: bool) -> None:
    """The same, where lines meet by their codes."""
    assert_alike(checked_or_none(case, folder), case.members, by_pair)


def test_generated_rules_reach_every_instruction(folder: Path) -> None:
    """The laws above speak of every instruction, of every way to find lines, and of next to no
    rule that is left to the reference."""
    counted: Counter[str] = Counter()
    steps: set[tuple[str, str]] = set()
    names = {number: name for name, number in OP.items()}

    def count(case: Case) -> None:
        plan = compile_rules(checked_or_none(case, folder))
        counted.update(names[op] for op in plan.arrays["ops"].reshape(-1, 6)[:, 0].tolist())
        steps.update((each.core, each.access) for each in plan.steps)
        counted["planned"] += len(plan.rules)
        counted["left"] += len(plan.by_reference)

    many = settings(profile, max_examples=70)
    for drawn in (*(edge_cases(kind=kind) for kind in KINDS), edge_cases(pairs=True), cases()):
        many(given(case=drawn)(count))()
    assert {name for name in OP if counted[name] < 10} == {"CONSTANT"}  # it is always folded
    found_by_line = product(("needs", "excludes", "violates", "limit"), ("code", "scan"))
    assert steps == {*found_by_line, ("excludes", "pair")}
    assert counted["left"] < counted["planned"] / 20


def assert_alike(
    rules: CheckedRules, members: Sequence[Sequence[ServiceLine]], by_pair: bool
) -> None:
    """Kernels and reference say the same, of each member and of all in one batch. `by_pair`:
    where tables are found by pair of codes whatever their size."""
    with patch.object(
        compile_instances, "MANY_ROWS", 1 if by_pair else compile_instances.MANY_ROWS
    ):
        machine = Machine.of(rules)
    together: list[Said] = []
    judged: list[Sequence[ServiceLine]] = []
    for lines in members:
        expected = by_reference(rules, lines)
        kernels = by_kernels(machine, lines)
        assert kernels is None or kernels == expected
        if not machine.touches_unplanned(lines) and not has_inexact(machine, lines):
            assert kernels is not None
            together += expected
            judged.append(lines)
    assert in_one_batch(machine, judged) == sorted(
        together, key=lambda each: (each.rule, each.line)
    )


def has_inexact(machine: Machine, lines: Sequence[ServiceLine]) -> bool:
    """Whether a line has a number that kernels cannot say."""
    try:
        batch_of(lines, (0, len(lines)), machine.plan)
    except InexactError:
        return True
    return False


def in_one_batch(machine: Machine, members: Sequence[Sequence[ServiceLine]]) -> list[Said]:
    """What the kernels say of members one behind the other."""
    lines = [line for member in members for line in in_order(member)]
    starts = [sum(map(len, members[:at])) for at in range(len(members) + 1)]
    batch = batch_of(lines, starts, machine.plan)
    hits, partners = machine.judged(batch, 0, len(members))
    found = verdicts_of(hits, partners, machine.plan, lines)
    return said((machine.plan.rules[number], verdict) for (_, number), verdict in found.items())
