"""X12 837 (professional, institutional, dental; 4010 and 5010) to service lines.

A file is read block by block: what is held of it is one block, the open claim, and the rows that
are on their way. Every claim and service segment becomes a line, is set aside with its place, or
is passed over with a remark.
"""

import io
from collections.abc import Iterator

from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.x12_cursor import Place
from editwright.evaluator.formats.x12_envelope import Block, pieces
from editwright.evaluator.formats.x12_interchange import Interchanges
from editwright.evaluator.formats.x12_problems import Problem
from editwright.evaluator.formats.x12_rows import NAMES
from editwright.evaluator.kernels.claim_loops import ClaimRows
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar.collector import collection_paused

_BATCH_ROWS = 1 << 12
_BATCH_SEGMENTS = 1 << 19
"""The blocks of a batch are held until it is read, for the places of what is set aside."""


def x12_lines(_source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of an X12 file."""
    for batch in x12_batches(stream, intake):
        rows = intake.rows(NAMES, complete=False, where=batch.where)
        for number, row in enumerate(batch.rows.rows(), batch.first_row):
            if (line := rows.line(number, (*row, None))) is not None:
                yield line


def x12_batches(stream: io.BufferedReader, intake: Intake) -> "Iterator[RowBatch]":
    """The rows of an X12 file, some thousands at a time."""
    collected = _Collected(intake)
    interchanges = Interchanges(collected)
    held = 0
    for piece in pieces(stream):
        with collection_paused():
            interchanges.take(piece)
        held += len(piece.raw) if isinstance(piece, Block) else 0
        if len(collected.batch.rows) >= _BATCH_ROWS or held > _BATCH_SEGMENTS:
            held = 0
            if collected.batch.rows:
                yield collected.next_batch()
    interchanges.close()
    if collected.is_empty:
        intake.claimless(interchanges.instead())
    if collected.batch.rows:
        yield collected.next_batch()


class RowBatch:
    """Some rows, and where their lines stand."""

    def __init__(self, first_row: int) -> None:
        self.first_row = first_row
        self.rows = ClaimRows()

    def where(self, number: int) -> str:
        """Where the line with this row number stands."""
        return str(self.rows.place(number - self.first_row))


class _Collected:
    """Collects the rows of claims, and hands everything else to the intake."""

    def __init__(self, intake: Intake) -> None:
        self.batch = RowBatch(1)
        self.is_empty = True
        """Whether there was neither a claim nor a part of one."""
        self._intake = intake
        self._warned: set[str] = set()

    def next_batch(self) -> RowBatch:
        """The rows so far; others are collected from here on."""
        batch = self.batch
        self.batch = RowBatch(batch.first_row + len(batch.rows))
        return batch

    def claim(self, claim: object) -> None:
        """Take in the lines of a claim."""
        self.is_empty = False
        self.batch.rows.add(claim)

    def refuse(self, problem: Problem, place: Place, unit: str) -> None:
        self.is_empty = False
        number = self.batch.first_row + len(self.batch.rows)
        self._intake.refuse(number, *problem, where=str(place), unit=unit)

    def warn(self, problem: str, place: Place, detail: str = "") -> None:
        where = ""
        if problem not in self._warned:  # only the first place is kept
            self._warned.add(problem)
            where = f"{place}: {detail}" if detail else str(place)
        self._intake.warn(problem, where)
