"""Lines in columns to the findings table: the kernels over shares of the members, on threads.

A share goes all the way, from its lines in the order of the kernels to its findings in words, so
that what is made in between is small. Members are in the order in which findings are given.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from itertools import islice, pairwise
from threading import Lock
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.of_verdicts import finding_of
from editwright.evaluator.findings.table import findings_to_arrow
from editwright.evaluator.judging.column_batch import (
    Batches,
    LineOrder,
    OrderedBatch,
    line_order,
    shares,
)
from editwright.evaluator.judging.findings_columns import Found, Words, found_of, in_order
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.to_columns import lines_of
from editwright.evaluator.meaning.by_reference import ByReference
from editwright.grammar.checked import Rule

Report = Callable[[float, float | None], None]
Share = tuple[int, int]
"""Members, from one to before another."""
Made = TypeVar("Made")
LINES_OF_A_SHARE = 131_072
"""A share has about so many lines: enough that it costs little by itself, and few enough that
what is made of it stays near the processor."""
ROWS_OF_A_PIECE = 32_768
"""A table has about so many findings."""


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
        judging = _Judging(columns, machine, position, by_reference, lines)
        parts = judging.shares(threads)
        for done, pieces in enumerate(_made_ahead(judging.pieces, parts, pool, threads), 1):
            yield from pieces
            report(done, len(parts))
            del pieces


def findings_in(
    columns: LineColumns,
    machine: Machine,
    position: Mapping[Rule, int],
    by_reference: Callable[[], ByReference],
    *,
    lines: LineOrder,
    pool: Executor,
    threads: int,
    report: Report = lambda _done, _total: None,
) -> LineFindings:
    """The findings on lines that are in order, before they are words."""
    judging = _Judging(columns, machine, position, by_reference, lines)
    parts = judging.shares(threads)
    found = []
    for done, of_share in enumerate(pool.map(judging.findings, parts), 1):
        found.append(of_share)
        report(done, len(parts))
    return LineFindings(
        judging.words,
        Found.together([each.found for each in found]),
        np.concatenate([each.places for each in found]),
        [finding for each in found for finding in each.slow],
        np.concatenate([each.slow_places for each in found]),
        np.concatenate([each.slow_lines for each in found]),
    )


class _Judging:
    """Judges the members of columns, share by share. Threads share it."""

    def __init__(
        self,
        columns: LineColumns,
        machine: Machine,
        position: Mapping[Rule, int],
        by_reference: Callable[[], ByReference],
        lines: LineOrder,
    ) -> None:
        plan = machine.plan
        self.words = Words(plan, columns)
        self._columns = columns
        self._machine = machine
        self._position = position
        self._by_reference = by_reference
        self._one_at_a_time = Lock()
        self._batches = Batches(columns, plan, lines)
        self._pairs = machine.pairs_among(self._batches.codes_at_hand, columns.count)
        self._unplanned = _leading_to_unplanned(columns, machine)

    def shares(self, threads: int) -> list[Share]:
        """All members, in shares of about as many lines each; a single one has no member if
        there is none."""
        members = self._batches.lines.members
        parts = max(threads, round(self._columns.count / LINES_OF_A_SHARE))
        return shares(members, parts) or [(0, 0)]

    def pieces(self, share: Share) -> list[Judged]:
        """The findings on a share's members, in order."""
        findings = self.findings(share)
        if findings.slow:
            return [_both(findings)]
        words = findings.words
        order = words.order(findings.found)
        found, places = findings.found.where(order), findings.places[order].astype(np.int32)
        pieces = []
        for first, last in _pieces(found):
            piece = found.between(first, last)
            touched = _stretches(piece.line)
            line = piece.line.astype(np.int32)
            pieces.append(Judged(words.table(piece), touched, line, places[first:last]))
        return pieces

    def findings(self, share: Share) -> LineFindings:
        """The findings on a share's members, by line and rule."""
        machine, batch = self._machine, self._batches.between(*share)
        hits, partners = machine.judged(batch.batch, 0, share[1] - share[0], self._pairs)
        apart = self._judged_apart(batch)
        if len(apart):
            member = np.searchsorted(batch.batch.members, hits[:, 1], side="right") - 1
            hits = hits[~np.isin(member, apart)]
        found = found_of(hits, partners, machine.plan, batch)
        present, which = np.unique(found.rule, return_inverse=True)
        rules = [machine.plan.rules[each] for each in present.tolist()]
        places = np.array([self._position[each] for each in rules], np.int64)[which]
        return LineFindings(self.words, found, places, *self._slowly(batch, apart))

    def _judged_apart(self, batch: OrderedBatch) -> NDArray[np.int64]:
        """The members whom only the reference can judge."""
        apart = batch.by_reference
        if self._unplanned is not None:
            code = self._columns.codes["procedure_code"].numbers[batch.order]
            touched = np.flatnonzero(self._unplanned[code])
            members = np.searchsorted(batch.batch.members, touched, side="right")
            apart = np.union1d(apart, members - 1)
        return apart.astype(np.int64)

    def _slowly(
        self, batch: OrderedBatch, members: NDArray[np.int64]
    ) -> tuple[list[Finding], NDArray[np.int64], NDArray[np.int64]]:
        """The findings on members judged by the reference, the places of their rules, and the
        positions of their lines."""
        findings: list[Finding] = []
        places: list[int] = []
        positions: list[int] = []
        for member in members.tolist():
            first, last = batch.batch.members[member : member + 2].tolist()
            at = batch.order[first:last]
            lines = lines_of(self._columns, at)
            position_of = dict(zip(map(id, lines), at.tolist(), strict=True))
            with self._one_at_a_time:
                verdicts = self._by_reference().verdicts(lines)
            for rule, verdict in verdicts:
                findings.append(finding_of(rule, verdict))
                places.append(self._position[rule])
                positions.append(position_of[id(verdict.line)])
        return findings, np.array(places, np.int64), np.array(positions, np.int64)


def _leading_to_unplanned(columns: LineColumns, machine: Machine) -> NDArray[np.bool_] | None:
    """Of which procedure codes a rule that no kernel can judge may fire on a line; the last is
    that of none."""
    if not machine.plan.by_reference:
        return None
    texts = columns.codes["procedure_code"].texts
    return np.array([machine.leads_to_unplanned(each) for each in (*texts, None)], np.bool_)


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
    make: Callable[[Share], Made], parts: Sequence[Share], pool: Executor, threads: int
) -> Iterator[Made]:
    """What is made of the shares, in their order, a few ahead of what is asked for: findings wait
    to be written in less memory than all of them take."""
    rest = iter(parts)
    waiting = deque(pool.submit(make, each) for each in islice(rest, threads + 1))
    while waiting:
        made = waiting.popleft().result()
        if (each := next(rest, None)) is not None:
            waiting.append(pool.submit(make, each))
        yield made
        del made


def _both(findings: LineFindings) -> Judged:
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
        len(np.unique(line)),
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
