"""Lines in columns to the findings table: the kernels over shares of the members, on threads."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.by_reference import ByReference
from editwright.evaluator.column_batch import OrderedBatch, ordered_batch, shares
from editwright.evaluator.findings import Finding
from editwright.evaluator.findings_columns import Found, Words, found_of, in_order
from editwright.evaluator.formats.findings_table import findings_to_arrow
from editwright.evaluator.line_columns import LineColumns
from editwright.evaluator.lines_to_columns import lines_of
from editwright.evaluator.machine import Machine
from editwright.evaluator.memory import give_back
from editwright.evaluator.run import finding_of
from editwright.grammar.checked import Rule

Report = Callable[[float, float | None], None]
SHARES = 32
"""In so many parts members are judged, so that threads end together and progress can be told."""
LINES_WORTH_TRIMMING = 1_000_000
"""For more lines, memory that is no longer needed is handed back in between."""
ROWS_FOR_A_THREAD = 50_000
"""Findings for which another thread is worth its while."""


@frozen(slots=True, eq=False)
class Judged:
    """The findings on some lines, and how many lines have one."""

    table: pa.Table
    lines_with_findings: int


def judge_columns(
    columns: LineColumns,
    machine: Machine,
    position: Mapping[Rule, int],
    by_reference: Callable[[], ByReference],
    *,
    threads: int,
    report: Report = lambda _done, _total: None,
) -> Judged:
    """The findings on lines of any members in any order: by member, claim, line and rule.

    `position` is each rule's place among all rules, `by_reference` gives what judges the members
    whom kernels cannot judge.
    """
    with ThreadPoolExecutor(threads) as pool:
        batch = ordered_batch(columns, machine.plan, pool, threads)
        hits, partners = _hits(machine, batch, pool, report)
        apart = _judged_apart(columns, machine, batch)
        if len(apart):
            member = np.searchsorted(batch.batch.members, hits[:, 1], side="right") - 1
            hits = hits[~np.isin(member, apart)]
        found = found_of(hits, partners, machine.plan, batch)
        del hits, partners
        words = Words(machine.plan, columns)
        places = np.array([position[each] for each in machine.plan.rules], np.int64)
        slow, slow_places = _by_reference(columns, batch, apart, by_reference, position)
        del batch  # findings take the memory that it took
        if columns.count > LINES_WORTH_TRIMMING:
            give_back()
        lines = len(np.unique(found.line))
        if slow:
            table = _both(words, found, places[found.rule], slow, slow_places)
        else:
            found = found.where(words.order(found, pool, threads))
            table = pa.concat_tables(pool.map(words.table, _pieces(found)))
    touched = {(each.claim_id, each.line_number) for each in slow}
    return Judged(table, lines + len(touched))


def _hits(
    machine: Machine, batch: OrderedBatch, pool: Executor, report: Report
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The hits on all members; each points into the partners of all."""
    parts = shares(batch.batch.members, SHARES)
    hits: list[NDArray[np.int64]] = [np.empty((0, 7), np.int64)]
    partners: list[NDArray[np.int32]] = [np.empty(0, np.int32)]
    base = 0
    pairs = machine.pairs_of(batch.batch)
    found = pool.map(lambda part: machine.judged(batch.batch, part[0], part[1], pairs), parts)
    for done, (of_part, theirs) in enumerate(found, 1):
        of_part[:, 2] += base
        base += len(theirs)
        hits.append(of_part)
        partners.append(theirs)
        report(done, len(parts))
    return np.concatenate(hits), np.concatenate(partners)


def _judged_apart(columns: LineColumns, machine: Machine, batch: OrderedBatch) -> NDArray[np.int64]:
    """The members whom only the reference can judge."""
    apart = batch.by_reference
    if machine.plan.by_reference:
        code = columns.codes["procedure_code"]
        led = [machine.leads_to_unplanned(text) for text in code.texts]
        touched = np.array([*led, machine.leads_to_unplanned(None)], np.bool_)[code.numbers]
        members = np.searchsorted(
            batch.batch.members, np.flatnonzero(touched[batch.order]), side="right"
        )
        apart = np.union1d(apart, members - 1)
    return apart.astype(np.int64)


def _by_reference(
    columns: LineColumns,
    batch: OrderedBatch,
    members: NDArray[np.int64],
    by_reference: Callable[[], ByReference],
    position: Mapping[Rule, int],
) -> tuple[list[Finding], list[int]]:
    """The findings on members judged by the reference, and the places of their rules."""
    findings: list[Finding] = []
    places: list[int] = []
    for member in members.tolist():
        first, last = batch.batch.members[member : member + 2].tolist()
        lines = lines_of(columns, batch.order[first:last])
        for rule, verdict in by_reference().verdicts(lines):
            findings.append(finding_of(rule, verdict))
            places.append(position[rule])
    return findings, places


def _both(
    words: Words,
    found: Found,
    places: NDArray[np.int64],
    slow: Sequence[Finding],
    slow_places: Sequence[int],
) -> pa.Table:
    """Findings of kernels and of the reference in their order."""
    both: Any = pa.concat_tables([words.table(found), findings_to_arrow(slow)])
    order = in_order(
        _whole(both, "member_id"), _whole(both, "claim_id"),
        both.column("line_number").to_numpy(), np.append(places, slow_places),
    )  # fmt: skip
    table: pa.Table = both.take(pa.array(order))
    return table


def _pieces(found: Found) -> list[Found]:
    """Findings in pieces for threads, in their order."""
    count = len(found)
    pieces = max(1, min(SHARES, count // ROWS_FOR_A_THREAD))
    cuts = [count * piece // pieces for piece in range(pieces + 1)]
    return [found.between(one, two) for one, two in pairwise(cuts)]


def _whole(table: pa.Table, name: str) -> Any:
    column: Any = table.column(name)
    return column.combine_chunks()
