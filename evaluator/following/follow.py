"""Claims that arrive without end to findings, claim by claim.

A claim is judged when its last line is in: when a line of another claim follows from the same
source, when the source ends, or when none has come for a while. Findings, what is known of members
and how far the sources were read are committed together, at most a moment after a claim was judged:
after a crash all of it goes on from the last commit. One line is read, judged and written before
the next, so nothing is read faster than it is judged.
"""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Protocol

from attrs import define, field

from editwright.evaluator.corrections.in_lines import Corrected, key_of
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.out import write_ndjson
from editwright.evaluator.following.claim_in_turn import ClaimJudge
from editwright.evaluator.following.member_store import MemberStore
from editwright.evaluator.formats.arriving import Arrivals, Arrived
from editwright.evaluator.formats.problems import BadLine
from editwright.evaluator.lines.service_line import ServiceLine

COMMIT_SECONDS = 0.1
COMMIT_CLAIMS = 256
"""A commit is due this long after the first claim since the last one, or after so many."""
MOST_LINES = 10_000
"""A claim of more lines is judged in parts: no source can make memory grow."""


class Output(Protocol):
    """Where bytes go; `length` bytes so far, where that is known."""

    name: str
    length: int

    def write(self, data: bytes) -> None: ...

    def secure(self) -> None:
        """See to it that what was written stays."""
        ...


@define
class StreamSummary:
    """Counts of one run over a stream."""

    lines: int = 0
    claims: int = 0
    repeated_lines: int = 0
    """Lines that had been judged before, and were not judged again."""
    findings: int = 0
    lines_with_findings: int = 0
    by_rule: Counter[tuple[str, str]] = field(factory=Counter)
    set_aside: Counter[str] = field(factory=Counter)
    corrected: Corrected = field(factory=Corrected)
    unreadable: int = 0
    """Files that could not be read."""
    seconds: float = 0.0
    """What judging took, reading and writing aside."""

    def count(self, findings: Sequence[Finding]) -> None:
        """Count the findings on one claim."""
        self.findings += len(findings)
        self.lines_with_findings += len({each.line_number for each in findings})
        for each in findings:
            name = f"{each.ruleset}/{each.rule}" if each.ruleset else each.rule
            self.by_rule[name, each.disposition] += 1

    def as_dict(self) -> dict[str, object]:
        """The counts as plain values."""
        return {
            "lines": self.lines,
            "claims": self.claims,
            "repeated_lines": self.repeated_lines,
            "corrections": {
                name: count for name, count in self.corrected.as_dict().items()
                if name.endswith("claims")
            },
            "findings": self.findings,
            "lines_with_findings": self.lines_with_findings,
            "by_rule": [
                {"rule": rule, "disposition": disposition, "findings": count}
                for (rule, disposition), count in sorted(self.by_rule.items())
            ],
            "quarantined": dict(sorted(self.set_aside.items())),
            "unreadable_files": self.unreadable,
        }  # fmt: skip


@define
class _Open:
    """The claim of a source that is not complete yet, and what was read with it."""

    lines: list[ServiceLine] = field(factory=list)
    bad: list[BadLine] = field(factory=list)
    end: tuple[int, int, str] = (0, 0, "")
    """How far the source has been read."""
    noted: tuple[int, int, str] = (0, 0, "")
    """How far all of it has been judged."""
    touched: float = 0.0


@define
class Follower:
    """Follows sources until they end or it is told to stop."""

    arrivals: Arrivals
    judge: ClaimJudge
    store: MemberStore
    findings: Output
    quarantine: Callable[[Iterable[BadLine]], None]
    outputs: Sequence[Output]
    """All outputs whose lengths are kept, that of the findings among them."""
    claim_timeout: float
    stopped: Callable[[], bool]
    once: bool = False
    """Whether to end when all that is there has been judged."""
    summary: StreamSummary = field(factory=StreamSummary)
    _open: dict[str, _Open] = field(factory=dict)
    _positions: dict[str, tuple[int, int, str]] = field(factory=dict)
    _claims: int = 0
    _since: float | None = None

    def run(self) -> None:
        """Judge what comes. Raises `ClaimsError`, `OutputError` and `StateError`."""
        while not self.stopped():
            came = False
            for arrived in self.arrivals.ready():
                came = True
                self._take(arrived)
                if self._is_due():
                    self._close_waiting(self.claim_timeout)
                    self._commit()
                if self.stopped():
                    break
            if self.stopped():
                break
            idle = self.once and not came
            self._close_waiting(0 if idle else self.claim_timeout)
            self._commit()
            if idle or self.arrivals.ended:
                break
            if not came:
                self.arrivals.wait(min(COMMIT_SECONDS, max(self.claim_timeout, 0.01)))
        self._commit()

    def _take(self, arrived: Arrived) -> None:
        now = self._open.get(arrived.source)
        if now is None:
            before = self.arrivals.positions.get(arrived.source, (0, 0, ""))
            now = self._open[arrived.source] = _Open(noted=before)
        line = arrived.line
        if now.lines and line is not None and (
            key_of(line) != key_of(now.lines[0]) or len(now.lines) >= MOST_LINES
        ):  # fmt: skip
            self._close(arrived.source, now)
        now.touched = time.monotonic()
        now.end = arrived.position, arrived.row, arrived.version
        if line is not None:
            now.lines.append(line)
        if arrived.bad is not None:
            now.bad.append(arrived.bad)
        if arrived.whole or not now.lines or len(now.bad) >= MOST_LINES:
            self._close(arrived.source, now)
        if arrived.whole:
            del self._open[arrived.source]

    def _close_waiting(self, patience: float) -> None:
        """Judge the claims for which nothing has come for so long."""
        now = time.monotonic()
        for source, waiting in self._open.items():
            if now - waiting.touched >= patience:
                for arrived in list(self.arrivals.settle(source)):
                    self._take(arrived)
                self._close(source, waiting)

    def _close(self, source: str, now: _Open) -> None:
        """Judge the claim of a source, and note that all of it was read."""
        if now.lines:
            self._judge(now.lines)
            now.lines = []
        if now.bad:
            self.summary.set_aside.update(each.problem for each in now.bad)
            self.quarantine(now.bad)
            now.bad = []
        if now.noted != now.end:
            self._positions[source] = now.noted = now.end
            if self._since is None:
                self._since = time.monotonic()

    def _judge(self, lines: Sequence[ServiceLine]) -> None:
        started = time.perf_counter()
        found = self.judge.judge(lines)
        self.summary.seconds += time.perf_counter() - started
        summary = self.summary
        summary.lines += found.lines
        summary.claims += found.lines > 0
        summary.repeated_lines += found.repeated
        summary.corrected.replaced_claims += found.corrected.replaced_claims
        summary.corrected.voided_claims += found.corrected.voided_claims
        summary.corrected.void_claims += found.corrected.void_claims
        summary.count(found.findings)
        if found.findings:
            out = io.BytesIO()
            write_ndjson(found.findings, out)
            self.findings.write(out.getvalue())
        self._claims += 1

    def _is_due(self) -> bool:
        if self._since is None:
            return False
        return self._claims >= COMMIT_CLAIMS or time.monotonic() - self._since >= COMMIT_SECONDS

    def _commit(self) -> None:
        """Let all of it hold, if anything has happened since the last time."""
        if self._since is None:
            return
        for each in self.outputs:
            each.secure()
        self.store.set_lengths({each.name: each.length for each in self.outputs})
        for source, (position, row, version) in self._positions.items():
            self.store.set_position(source, position, row, version)
        self.store.commit()
        self._positions = {}
        self._claims, self._since = 0, None


def remember_all(judge: ClaimJudge, history: Iterable[ServiceLine]) -> int:
    """Keep all lines of a past before the stream; how many there are."""
    count = 0
    for _, lines in groupby(history, key_of):
        of_claim = list(lines)
        judge.remember(of_claim)
        count += len(of_claim)
    return count
