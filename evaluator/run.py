"""Checked rules and service lines to findings, member by member.

The kernels judge by the plan. A member with something that they cannot say exactly is judged by
the reference, all of it, so that no answer is ever part one and part the other.
"""

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from attrs import evolve

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.message import Pieces
from editwright.evaluator.findings.of_verdicts import findings_in_order
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.by_reference import AS_THEY_ARE, ByReference, Counting
from editwright.evaluator.meaning.reference import in_order
from editwright.evaluator.meaning.relations import partners_named
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar.checked import (
    CheckedRules,
    Limit,
    Rule,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from editwright.evaluator.formats.read import ClaimsIn
    from editwright.evaluator.gathering.line_parts import Parts, Room
    from editwright.evaluator.judging.column_batch import LineOrder
    from editwright.evaluator.judging.column_run import Judged, LineFindings
    from editwright.evaluator.judging.machine import Machine
    from editwright.evaluator.judging.summary import Summary
    from editwright.evaluator.lines.columns import LineColumns


class Evaluator:
    """Evaluates checked rules; made once for many claims. Holds no claim between calls, so
    threads may share it."""

    def __init__(self, rules: CheckedRules) -> None:
        self.rules = rules
        self._position = {rule: at for at, rule in enumerate(rules.rules)}
        self._pieces: dict[Rule, Pieces] = {}

    @cached_property
    def machine(self) -> "Machine":
        """The plan and the kernels, made when they are first needed."""
        from editwright.evaluator.judging.machine import Machine  # only here is numpy needed

        return Machine.of(self.rules)

    def prepare(self) -> None:
        """Make the plan now, so that its memory counts as in use when lines are read."""
        assert self.machine

    @cached_property
    def _by_reference(self) -> ByReference:
        return ByReference(self.rules)

    @cached_property
    def _limits(self) -> ByReference:
        """The limits alone: an index of large tables of pairs would take long to make."""
        limits = (
            tuple(rule for rule in stratum if isinstance(rule.core, Limit))
            for stratum in self.rules.strata
        )
        return ByReference(evolve(self.rules, strata=tuple(limits)))

    @cached_property
    def _some_payable(self) -> bool:
        return any(each.payable for rule in self.rules.rules for each in partners_named(rule))

    @cached_property
    def columns_read(self) -> frozenset[str]:
        """The columns of claims that the rules and their messages read."""
        from editwright.evaluator.judging.column_batch import columns_read

        return columns_read(self.rules.rules)

    def of_columns(
        self,
        columns: "LineColumns",
        *,
        threads: int | None = None,
        report: Callable[[float, float | None], None] = lambda _done, _total: None,
    ) -> "Iterator[Judged]":
        """The findings on lines in columns, of any members in any order: by member, claim, line
        and rule, piece after piece; one piece at least. As many threads as there are processors,
        or as told."""
        from editwright.evaluator.judging.column_run import judge_columns

        return judge_columns(
            columns,
            self.machine,
            self._position,
            lambda: self._by_reference,
            threads=threads or os.cpu_count() or 1,
            report=report,
        )

    def before_words(
        self,
        columns: "LineColumns",
        lines: "LineOrder",
        pool: "Executor",
        *,
        threads: int,
        report: Callable[[float, float | None], None] = lambda _done, _total: None,
    ) -> "LineFindings":
        """The findings on lines that are in order already, before they are words."""
        from editwright.evaluator.judging.column_run import findings_in

        return findings_in(
            columns,
            self.machine,
            self._position,
            lambda: self._by_reference,
            lines=lines,
            pool=pool,
            threads=threads,
            report=report,
        )

    def findings(self, lines: Iterable[ServiceLine]) -> Iterator[Finding]:
        """The findings on lines of any members in any order: by member, claim, line and rule."""
        for _, member_lines in sorted(by_member(lines).items()):
            yield from self.of_member(member_lines)

    def of_member(self, lines: Sequence[ServiceLine]) -> list[Finding]:
        """The findings on all lines of one member, history included."""
        return self.in_order(self.verdicts(lines, lines))

    def verdicts(
        self,
        lines: Sequence[ServiceLine],
        judged: Sequence[ServiceLine],
        counting: Counting = AS_THEY_ARE,
    ) -> list[tuple[Rule, Verdict]]:
        """The verdicts on all lines of one member, of which some are judged now and the others
        are history; `counting` says which of those count otherwise than they stand."""
        ordered = in_order(lines)
        found = self.machine.verdicts(ordered)
        if found is None:
            return self._by_reference.verdicts(ordered, counting)
        if not counting or not self._limits.may_fire(counting.keys(), judged):
            return found
        again = [each for each in self._limits.verdicts(ordered, counting) if each[0] in counting]
        if self._some_payable and _denied(again) != _denied(
            each for each in found if each[0] in counting
        ):  # other lines are payable than the kernels thought
            return self._by_reference.verdicts(ordered, counting)
        return [*(each for each in found if each[0] not in counting), *again]

    def in_order(self, verdicts: Iterable[tuple[Rule, Verdict]]) -> list[Finding]:
        """The findings of verdicts on one member, by claim, line and rule."""
        return findings_in_order(verdicts, self._position, self._pieces)


def _denied(verdicts: Iterable[tuple[Rule, Verdict]]) -> set[tuple[Rule, ServiceLine]]:
    return {(rule, verdict.line) for rule, verdict in verdicts if rule.denies}


def read_columns(
    evaluator: Evaluator,
    claims: "ClaimsIn | Sequence[ServiceLine]",
    history: "ClaimsIn | Sequence[ServiceLine]" = (),
) -> "LineColumns":
    """All lines of the claims and of the history, in columns. Raises `ClaimsError`."""
    from editwright.evaluator.memory import NO_LIMIT

    with read_parts(evaluator, claims, history, room=NO_LIMIT) as parts:
        (columns,) = parts
    return columns


def read_parts(
    evaluator: Evaluator,
    claims: "ClaimsIn | Sequence[ServiceLine]",
    history: "ClaimsIn | Sequence[ServiceLine]" = (),
    *,
    room: "Room",
    also: Collection[str] = (),
    report: Callable[[float, float | None], None] = lambda _done, _total: None,
) -> "AbstractContextManager[Parts]":
    """All lines of the claims and of the history, in parts that the memory holds, with the
    columns that the rules read, and `also` some that they do not. Entering it raises
    `ClaimsError`, and `OutputError` where temporary files cannot be written."""
    from editwright.evaluator.gathering.incoming import Incoming
    from editwright.evaluator.gathering.line_parts import line_parts

    wanted, declared = evaluator.columns_read.union(also), evaluator.rules.declared_fields
    judged, past = (Incoming(each, wanted, declared) for each in (claims, history))
    return line_parts(judged, past, room, report=report)


def judged_parts(
    evaluator: Evaluator,
    parts: "Parts",
    summary: "Summary",
    *,
    threads: int | None = None,
    look: "Callable[[LineColumns, Judged], None] | None" = None,
    report: Callable[[float, float | None], None] = lambda _done, _total: None,
) -> "Iterator[pa.Table]":
    """The findings on part after part, in the order of all; the summary counts them, and `look`
    sees all those of a part with its lines."""
    from editwright.evaluator.judging.column_run import joined  # only here is numpy needed

    done = 0
    summary.claims += parts.claims
    for columns in parts:
        summary.count_lines(columns, claims=0)

        def of_all(
            share: float, shares: float | None, before: int = done, lines: int = columns.count
        ) -> None:
            report(before + lines * share / (shares or 1), parts.lines)

        done += columns.count
        pieces: Iterable[Judged] = evaluator.of_columns(columns, threads=threads, report=of_all)
        if look:
            pieces = [joined(pieces)]
            look(columns, pieces[0])
        del columns
        for judged in pieces:
            summary.count_findings(judged)
            table = judged.table
            del judged
            yield table
            del table
        del pieces  # or it would be held while the next part is read
    summary.corrected = parts.corrected


def by_member(lines: Iterable[ServiceLine]) -> dict[tuple[str, str], list[ServiceLine]]:
    """Lines by member. A line without a member shares one with the lines of its claim alone."""
    groups: dict[tuple[str, str], list[ServiceLine]] = {}
    for line in lines:
        key = ("member", line.member_id) if line.member_id else ("claim", line.claim_id)
        groups.setdefault(key, []).append(line)
    return groups
