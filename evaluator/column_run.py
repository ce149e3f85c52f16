"""Lines in columns to the findings table: the kernels over shares of the members, on threads."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import islice, pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.by_reference import ByReference
from editwright.evaluator.column_batch import (
    LineOrder,
    OrderedBatch,
    line_order,
    ordered_batch,
    shares,
)
from editwright.evaluator.findings import Finding
from editwright.evaluator.findings_columns import Found, Words, found_of, in_order
from editwright.evaluator.findings_of_verdicts import finding_of
from editwright.evaluator.formats.findings_table import findings_to_arrow
from editwright.evaluator.line_columns import LineColumns
from editwright.evaluator.lines_to_columns import lines_of
from editwright.evaluator.machine import Machine
from editwright.evaluator.memory import give_back
from editwright.grammar.checked import Rule

Report = Callable[[float, float | None], None]
SHARES = 32
"""In so many parts members are judged, so that threads end together and progress can be told."""
LINES_WORTH_TRIMMING = 1_000_000
"""For more lines, memory that is no longer needed is handed back in between."""
ROWS_OF_A_PIECE = 32_768
"""About so many findings are made at once, while those before them are written."""


@frozen(slots=True, eq=False)
class Judged:
    """Findings, and how many lines have them. `line` and `rule`, in the order of the table, are
    each finding's line, a position in the columns, and its rule's place among all rules."""

    table: pa.Table
    lines_with_findings: int
    line: NDArray[np.int32]
    rule: NDArray[np.int32]


@frozen(slots=True, eq=False)
class LineFindings:
    """The findings on some lines before they are words: `found` by the kernels, by line and rule,
    and `slow` by the reference."""

    words: Words
    found: Found
    places: NDArray[np.int64]
    """Of each finding in `found` the place of its rule among all rules."""
    slow: Sequence[Finding]
    slow_places: NDArray[np.int64]
    slow_lines: NDArray[np.int64]
    """Of each finding in `slow` the position of its line in the columns."""


def judge_columns(
    columns: LineColumns,
    machine: Machine,
    position: Mapping[Rule, int],
    by_reference: Callable[[], ByReference],
    *,
    threads: int,
    report: Report = lambda _done, _total: None,
) -> Iterator[Judged]:
    """The findings on lines of any members in any order: by member, claim, line and rule, piece
    after piece, with all findings of a line in one piece. There is at least one piece.

    `position` is each rule's place among all rules, `by_reference` gives what judges the members
    whom kernels cannot judge.
    """
    with ThreadPoolExecutor(threads) as pool:
        lines = line_order(columns, pool, threads)
        findings = findings_in(
            columns, machine, position, by_reference, lines=lines, pool=pool, report=report
        )
        del lines  # findings take the memory that it took
        if columns.count > LINES_WORTH_TRIMMING:
            give_back()
        if findings.slow:
            touched = _stretches(findings.found.line) + len(set(findings.slow_lines.tolist()))
            yield _both(findings, touched)
            return
        words = findings.words
        order = words.order(findings.found, pool, threads)
        found, places = findings.found.where(order), findings.places[order].astype(np.int32)
        del findings, order  # the findings in their order take its place

        def judged(edges: tuple[int, int]) -> Judged:
            piece, rule = found.between(*edges), places[slice(*edges)]
            lines = _stretches(piece.line)
            return Judged(words.table(piece), lines, piece.line.astype(np.int32), rule)

        yield from _made_ahead(judged, _pieces(found), pool, threads)


def joined(pieces: Iterable[Judged]) -> Judged:
    """Pieces as one."""
    each = list(pieces)
    return Judged(
        pa.concat_tables([piece.table for piece in each]),
        sum(piece.lines_with_findings for piece in each),
        np.concatenate([piece.line for piece in each]),
        np.concatenate([piece.rule for piece in each]),
    )


def _made_ahead(
    make: Callable[[tuple[int, int]], Judged],
    pieces: Sequence[tuple[int, int]],
    pool: Executor,
    threads: int,
) -> Iterator[Judged]:
    """What is made of pieces, in their order, a few ahead of what is asked for: findings wait to
    be written in less memory than all of them take."""
    rest = iter(pieces)
    waiting = deque(pool.submit(make, each) for each in islice(rest, threads + 1))
    while waiting:
        judged = waiting.popleft().result()
        if (each := next(rest, None)) is not None:
            waiting.append(pool.submit(make, each))
        yield judged
        del judged


def findings_in(
    columns: LineColumns,
    machine: Machine,
    position: Mapping[Rule, int],
    by_reference: Callable[[], ByReference],
    *,
    lines: LineOrder,
    pool: Executor,
    report: Report = lambda _done, _total: None,
) -> LineFindings:
    """The findings on lines that are in order, before they are words."""
    batch = ordered_batch(columns, machine.plan, lines, pool)
    hits, partners = _hits(machine, batch, pool, report)
    apart = _judged_apart(columns, machine, batch)
    if len(apart):
        member = np.searchsorted(batch.batch.members, hits[:, 1], side="right") - 1
        hits = hits[~np.isin(member, apart)]
    found = found_of(hits, partners, machine.plan, batch)
    del hits, partners
    present, which = np.unique(found.rule, return_inverse=True)
    rules = [machine.plan.rules[each] for each in present.tolist()]
    places = np.array([position[each] for each in rules], np.int64)[which]
    slow, slow_places, slow_lines = _by_reference(columns, batch, apart, by_reference, position)
    return LineFindings(Words(machine.plan, columns), found, places, slow, slow_places, slow_lines)


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
) -> tuple[list[Finding], NDArray[np.int64], NDArray[np.int64]]:
    """The findings on members judged by the reference, the places of their rules, and the
    positions of their lines."""
    findings: list[Finding] = []
    places: list[int] = []
    positions: list[int] = []
    for member in members.tolist():
        first, last = batch.batch.members[member : member + 2].tolist()
        lines = lines_of(columns, batch.order[first:last])
        position_of = dict(zip(map(id, lines), batch.order[first:last].tolist(), strict=True))
        for rule, verdict in by_reference().verdicts(lines):
            findings.append(finding_of(rule, verdict))
            places.append(position[rule])
            positions.append(position_of[id(verdict.line)])
    return findings, np.array(places, np.int64), np.array(positions, np.int64)


def _both(findings: LineFindings, touched: int) -> Judged:
    """Findings of kernels and of the reference in their order."""
    words, found = findings.words, findings.found
    both: Any = pa.concat_tables([words.table(found), findings_to_arrow(findings.slow)])
    line = np.append(found.line, findings.slow_lines)
    places = np.append(findings.places, findings.slow_places)
    order = in_order(
        _whole(both, "member_id"), _whole(both, "claim_id"),
        both.column("line_number").to_numpy(), places,
    )  # fmt: skip
    return Judged(
        both.take(pa.array(order)),
        touched,
        line[order].astype(np.int32),
        places[order].astype(np.int32),
    )


def _stretches(numbers: NDArray[np.int64]) -> int:
    """How many different numbers there are, where equal ones stand together."""
    return int(np.count_nonzero(np.diff(numbers))) + bool(len(numbers))


def _pieces(found: Found) -> list[tuple[int, int]]:
    """Findings in pieces, each from one to before another; those of one line stay together."""
    count = len(found)
    starts = np.flatnonzero(np.diff(found.line, prepend=-1))
    wanted = np.arange(ROWS_OF_A_PIECE, count, ROWS_OF_A_PIECE)
    cuts = np.unique(starts[np.searchsorted(starts, wanted, side="right") - 1])
    return list(pairwise([0, *cuts[cuts > 0].tolist(), count]))


def _whole(table: pa.Table, name: str) -> Any:
    column: Any = table.column(name)
    return column.combine_chunks()
