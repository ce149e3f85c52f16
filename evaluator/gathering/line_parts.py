"""All lines of a run in parts that memory holds: one part, or ranges of members one by one.

As long as the lines fit, they stay in memory and are one part. When they no longer do, they go
to temporary files: first as they come, and when all have been read and counted, sorted by ranges of
members. Part after part then has the findings of all lines in their order.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from attrs import evolve

from editwright.evaluator.corrections.in_columns import ClaimFacts, Corrections
from editwright.evaluator.corrections.in_lines import Corrected
from editwright.evaluator.gathering.growing_columns import GrowingColumns
from editwright.evaluator.gathering.incoming import Incoming
from editwright.evaluator.gathering.member_ranges import LineCounts, RangesOfReading, ranges
from editwright.evaluator.gathering.record_files import RecordFile
from editwright.evaluator.gathering.repeats import Repeats, range_of
from editwright.evaluator.judging.column_counts import claims_of
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.records import (
    ReadingTexts,
    columns_from,
    records_of,
    size_of,
)
from editwright.evaluator.lines.takes import with_history
from editwright.evaluator.lines.texts import TextArray, coded_ids
from editwright.evaluator.memory import give_back

Report = Callable[[float, float | None], None]

BESIDE_ID = 32
"""What the tables of a reading hold of a claim beside its id."""


class Room(Protocol):
    """How much memory there is."""

    def for_columns(self, tables: int) -> int:
        """The bytes of columns that can be judged at once, beside tables of this size."""
        ...


class Parts(Protocol):
    """Lines part after part, to be gone through once; all lines of a member are in one part."""

    lines: int
    """How many there are; history lines that are judged as well may be counted in it."""
    claims: int
    """How many claims are judged."""
    corrected: Corrected
    """What was left out because of later claims; all of it when the last part has come."""

    def sort(self, report: Report) -> None:
        """Bring the lines into parts, where they are not yet; before going through them."""
        ...

    def __iter__(self) -> Iterator[LineColumns]: ...


@contextmanager
def line_parts(
    claims: Incoming,
    history: Incoming,
    room: Room,
    *,
    report: Report = lambda _done, _total: None,
) -> Iterator[Parts]:
    """All lines, in parts; temporary files are gone at the end. Raises `ClaimsError`, and
    `OutputError` where temporary files cannot be written."""
    with ExitStack() as files:
        judged, past = _Reading(claims), _Reading(history)
        in_files = False
        for each in (judged, past):
            for batch in each.incoming:
                each.add(batch)
                report(*each.incoming.done)
                most = room.for_columns(judged.tables + past.tables)
                if not in_files and judged.held + past.held > most:
                    in_files = True
                    judged.to_file(files)
                    past.to_file(files)
            each.claim_ids = each.incoming.let_go()
        if in_files:
            most = room.for_columns(judged.tables + past.tables)
            yield _Sorted(judged, past, most, files)
        else:
            yield _Whole(judged, past)


class _Reading:
    """The lines of one reading, in memory until they are told to go to a file."""

    def __init__(self, incoming: Incoming) -> None:
        self.incoming = incoming
        self.texts = ReadingTexts()
        self.counts = LineCounts()
        self.facts = ClaimFacts()
        self.held = self.size = self.lines = 0
        """The bytes in memory, the bytes of all lines, and how many lines there are."""
        self.claim_ids: TextArray | None = None
        """The ids of the claims by their numbers, when all lines have come."""
        self.file: RecordFile | None = None
        self._columns = GrowingColumns()
        self._judged = np.zeros(0, np.bool_)
        self._claim_tables = 0

    @property
    def tables(self) -> int:
        """The bytes of the tables that tell texts and claims apart."""
        return self.texts.size + self._claim_tables

    @property
    def claims(self) -> int:
        """How many claims the lines in the file judge."""
        return int(np.count_nonzero(self._judged))

    def add(self, batch: LineColumns) -> None:
        """Take a batch."""
        self.facts.add(batch)
        batch = self.incoming.narrowed(batch)
        size = size_of(batch)
        self.size += size
        self.lines += batch.count
        self.texts.add(batch)
        if batch.count:
            ids: Any = batch.claim_ids
            of_each = BESIDE_ID + ids.nbytes // batch.count
            self._claim_tables = max(self._claim_tables, (int(batch.claim.max()) + 1) * of_each)
        if self.file is None:
            self.held += size
            self._columns.add(batch)
        else:
            self._write(batch)

    def to_file(self, files: ExitStack) -> None:
        """Write what is held, and from now on what comes, to a temporary file."""
        self.file = files.enter_context(RecordFile())
        for batch in self._columns.batches():
            self._write(batch)
        self._columns = GrowingColumns()
        self.held = 0

    def whole(self) -> LineColumns:
        """All lines, where they are in memory; to be called once."""
        if not self._columns.count:
            return self.incoming.nothing()
        columns = self._columns.whole()
        self._columns = GrowingColumns()
        ids = coded_ids(columns.claim, claim_ids_of(self))
        self.claim_ids = None
        return evolve(columns, claim_ids=ids)

    def _write(self, batch: LineColumns) -> None:
        assert self.file is not None
        self.counts.add(batch)
        now = batch.claim[batch.history == 0]
        most = int(now.max(initial=-1)) + 1
        if most > len(self._judged):
            longer = np.zeros(max(most, 2 * len(self._judged)), np.bool_)
            longer[: len(self._judged)] = self._judged
            self._judged = longer
        self._judged[now] = True
        self.file.add(records_of(batch))


class _Whole:
    """All lines as one part."""

    def __init__(self, judged: _Reading, past: _Reading) -> None:
        corrections = _corrections(judged, past)
        columns, history = judged.whole(), past.whole()
        if corrections is not None:
            columns = corrections.marked_columns(0, columns)
            history = corrections.marked_columns(1, history)
            corrections.count_claims()
        if history.count:
            columns = with_history(columns, history)
        if corrections is not None:
            columns = corrections.left(columns)
        self._columns: LineColumns | None = columns
        self.lines = columns.count
        self.claims = claims_of(columns)
        self.corrected = corrections.corrected if corrections is not None else Corrected()

    def sort(self, report: Report) -> None:
        """There is nothing to do."""

    def __iter__(self) -> Iterator[LineColumns]:
        if self._columns is not None:
            yield self._columns
            self._columns = None


class _Sorted:
    """Lines in files, by ranges of members."""

    def __init__(self, judged: _Reading, past: _Reading, most: int, files: ExitStack) -> None:
        self._readings = (judged, past)
        self._most_bytes = most
        self._files = files
        self._sorted: list[_SortedFile] = []
        self._parts = 0
        self._corrections = _corrections(judged, past)
        self.lines = judged.lines + past.lines
        self.claims = judged.claims
        self.corrected = Corrected()

    def sort(self, report: Report) -> None:
        """Write the lines anew, range by range."""
        give_back()
        judged, past = self._readings
        size = max(1, (judged.size + past.size) // max(1, self.lines))
        ids = [claim_ids_of(each) for each in self._readings]
        found, self._parts = ranges(
            [
                (each.counts, each.texts.of("member_id"), claims)
                for each, claims in zip(self._readings, ids, strict=True)
            ],
            max(1, self._most_bytes // size),
        )
        assert judged.file is not None and past.file is not None
        judged.file.finish()
        past.file.finish()
        repeats = None
        if past.lines:
            repeats = Repeats(judged.file, found[0], ids[0], past.file, found[1], ids[1])
        done = 0
        for number, (each, of_each) in enumerate(zip(self._readings, found, strict=True)):
            assert each.file is not None
            target = _SortedFile(self._files.enter_context(RecordFile()), self._parts)
            for records in each.file:
                kept = repeats.kept(records) if repeats and each is past else records
                if self._corrections is not None:
                    kept = self._corrections.marked_records(number, kept)
                target.add(kept, of_each)
                done += records.num_rows
                report(done, self.lines)
            each.file.close()
            target.file.finish()
            self._sorted.append(target)
        if self._corrections is not None:
            self._corrections.count_claims()
            self.corrected = self._corrections.corrected
            self.claims = self._corrections.standing(0)

    def __iter__(self) -> Iterator[LineColumns]:
        for part in range(self._parts):
            give_back()
            yield self._part(part)  # not held here

    def _part(self, part: int) -> LineColumns:
        judged, past = (
            _columns(target.part(part), each)
            for target, each in zip(self._sorted, self._readings, strict=True)
        )
        if judged is None:
            judged = self._readings[0].incoming.nothing()
        both = judged if past is None else with_history(judged, past)
        return both if self._corrections is None else self._corrections.left(both)


def _corrections(judged: _Reading, past: _Reading) -> Corrections | None:
    """What has become of claims through others; nothing where none corrects another."""
    if not judged.facts.some_correct and not past.facts.some_correct:
        return None
    return Corrections([(each.facts, claim_ids_of(each)) for each in (judged, past)])


def _columns(records: Sequence[pa.RecordBatch], reading: _Reading) -> LineColumns | None:
    if not records:
        return None
    return columns_from(records, reading.texts, claim_ids_of(reading))


def claim_ids_of(reading: _Reading) -> TextArray:
    """The ids of a reading's claims by their numbers."""
    assert reading.claim_ids is not None, "all lines have come"
    return reading.claim_ids


class _SortedFile:
    """Batches cut by ranges, and which of them are of which range."""

    def __init__(self, file: RecordFile, parts: int) -> None:
        self.file = file
        self._places: list[list[int]] = [[] for _ in range(parts)]

    def add(self, records: pa.RecordBatch, of_reading: RangesOfReading) -> None:
        """Write a batch, cut by the ranges of its lines."""
        part = range_of(records, of_reading)
        order = np.argsort(part, kind="stable")
        whole: Any = records
        together: pa.RecordBatch = whole.take(pa.array(order))
        edges = np.flatnonzero(np.diff(part[order], prepend=-1, append=-1))
        for start, end in pairwise(edges.tolist()):
            self._places[int(part[order[start]])].append(len(self.file))
            self.file.add(together.slice(start, end - start))

    def part(self, number: int) -> list[pa.RecordBatch]:
        """The batches of a range."""
        return [self.file.batch(place) for place in self._places[number]]
