"""Lines in columns to the findings table: the kernels over shares of the members, on threads."""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import field, frozen
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
    """The findings on some lines, and how many lines have one. `line` and `rule`, in the order of
    the table, are each finding's line, a position in the columns, and its rule's place among all
    rules."""

    table: pa.Table
    lines_with_findings: int
    line: NDArray[np.int32]
    rule: NDArray[np.int32]


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
        slow = _by_reference(columns, batch, apart, by_reference, position)
        del batch  # findings take the memory that it took
        if columns.count > LINES_WORTH_TRIMMING:
            give_back()
        lines = len(np.unique(found.line))
        if slow.findings:
            table, order = _both(words, found, places[found.rule], slow)
            line = np.append(found.line, slow.lines)[order]
            rule = np.append(places[found.rule], slow.places)[order]
        else:
            found = found.where(words.order(found, pool, threads))
            table = pa.concat_tables(pool.map(words.table, _pieces(found)))
            line, rule = found.line, places[found.rule]
    return Judged(table, lines + len(set(slow.lines)), line.astype(np.int32), rule.astype(np.int32))


@frozen(slots=True)
class _Slow:
    """Findings of the reference, with the positions of their lines and the places of their
    rules."""

    findings: list[Finding] = field(factory=list)
    lines: list[int] = field(factory=list)
    places: list[int] = field(factory=list)


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
) -> _Slow:
    """The findings on members judged by the reference."""
    slow = _Slow()
    for member in members.tolist():
        first, last = batch.batch.members[member : member + 2].tolist()
        at = batch.order[first:last]
        lines = lines_of(columns, at)
        position_of = dict(zip(lines, at.tolist(), strict=True))
        for rule, verdict in by_reference().verdicts(lines):
            slow.findings.append(finding_of(rule, verdict))
            slow.lines.append(position_of[verdict.line])
            slow.places.append(position[rule])
    return slow


def _both(
    words: Words,
    found: Found,
    places: NDArray[np.int64],
    slow: _Slow,
) -> tuple[pa.Table, NDArray[np.int64]]:
    """Findings of kernels and of the reference in their order; and where each comes from, those
    of kernels counted first."""
    both: Any = pa.concat_tables([words.table(found), findings_to_arrow(slow.findings)])
    order = in_order(
        _whole(both, "member_id"), _whole(both, "claim_id"),
        both.column("line_number").to_numpy(), np.append(places, slow.places),
    )  # fmt: skip
    table: pa.Table = both.take(pa.array(order))
    return table, order


def _pieces(found: Found) -> list[Found]:
    """Findings in pieces for threads, in their order."""
    count = len(found)
    pieces = max(1, min(SHARES, count // ROWS_FOR_A_THREAD))
    cuts = [count * piece // pieces for piece in range(pieces + 1)]
    return [found.between(one, two) for one, two in pairwise(cuts)]


def _whole(table: pa.Table, name: str) -> Any:
    column: Any = table.column(name)
    return column.combine_chunks()
