"""Claim input to service lines, one at a time, whatever the format.

Nothing is lost silently: every row of the input becomes a service line or a bad line. Nothing
is held but what tells repeated lines apart (see `seen`).
"""

import io
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from attrs import frozen

from editwright.evaluator.formats.choice import (
    Choice,
    Chosen,
    Wanted,
    chosen,
    claimless,
    format_of,
)
from editwright.evaluator.formats.column_map import checked_column_map
from editwright.evaluator.formats.column_notes import column_notes
from editwright.evaluator.formats.column_plan import has_column, narrowed, plan_columns
from editwright.evaluator.formats.fields import DECLARED_TYPES, FieldMemos
from editwright.evaluator.formats.format import Format, read_lines
from editwright.evaluator.formats.intake import SourceIntake, Where
from editwright.evaluator.formats.members import read_companions
from editwright.evaluator.formats.ndjson import lines_in, refuse_length
from editwright.evaluator.formats.objects import ObjectRows
from editwright.evaluator.formats.problems import (
    KEPT_BAD_LINES,
    BadLine,
    BadLines,
    ClaimsError,
    Warnings,
)
from editwright.evaluator.formats.rows import MemberFacts, Reading, RowReader, RowShape, Shapes
from editwright.evaluator.formats.seen import SeenLately, SeenLines
from editwright.evaluator.formats.source_columns import (
    columns_missing,
    columns_read,
    columns_unread,
)
from editwright.evaluator.formats.sources import Source, find_sources
from editwright.evaluator.lines.frequency import ORIGINAL
from editwright.evaluator.lines.service_line import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.lines.columns import LineColumns
    from editwright.evaluator.lines.texts import TextArray

T = TypeVar("T")

NO_FIELDS: Mapping[str, str] = MappingProxyType({})
NO_MEMBERS: Mapping[str, MemberFacts] = MappingProxyType({})
TABLE = "the table"
"""What messages call data that came from no file."""

_MOST_SHAPES = 1_000


class ClaimsIn:
    """The service lines of an input, to be iterated over once.

    Iterating raises `ClaimsError` for a source that cannot be read. The counts grow while
    reading and are final after it.
    """

    def __init__(self, reading: Reading, sources: Sequence[Source], data: "_Data") -> None:
        self._reading = reading
        self._sources = sources
        self._data: _Data | None = data
        self._shared: ColumnsReading | None = None

    def __iter__(self) -> Iterator[ServiceLine]:
        """The lines. Raises `RuntimeError` the second time: there would be none left."""
        return self._taken().lines()

    def in_columns(self, wanted: Iterable[str]) -> "Iterator[LineColumns]":
        """The lines in batches of columns; instead of iterating over them, and as often.

        `wanted` are the columns that rules read, as `LineColumns` names them. Other columns are
        not looked at: a cell there that cannot be read sets no line aside.
        """
        from editwright.evaluator.formats.columnar import ColumnsReading  # only here is it needed

        data = self._taken()
        self._shared = shared = ColumnsReading(self._reading, frozenset(wanted))
        return data.columns(shared)

    def let_go(self) -> "TextArray":
        """The ids of the claims by the numbers that they have in columns, when all batches have
        been read. What told their lines apart is forgotten: it takes more memory than the ids."""
        assert self._shared is not None, "claims have numbers only in columns"
        claim_ids = self._shared.seen.claim_ids
        self._shared, self._reading.seen = None, SeenLines()
        return claim_ids

    def standing_together(self) -> "ClaimsIn":
        """The same lines, of which those of a claim stand together: no more is held than what
        tells the lines of one claim apart."""
        self._reading.seen = SeenLately()
        return self

    def _taken(self) -> "_Data":
        data, self._data = self._data, None
        if data is None:
            raise RuntimeError("these claims have been read; read them again from their source")
        return data

    @property
    def bad_lines(self) -> BadLines:
        """The lines set aside so far: their number, the number of each problem, the first few."""
        return self._reading.bad_lines

    @property
    def line_count(self) -> int:
        """Service lines so far."""
        return self._reading.line_count

    @property
    def bytes_read(self) -> int:
        """How far reading has come, in bytes on disk."""
        return sum(source.bytes_read for source in self._sources)

    @property
    def bytes_total(self) -> int | None:
        """The size of the input in bytes on disk; `None` where it is unknown."""
        sizes = [source.size for source in self._sources if source.size is not None]
        return sum(sizes) if sizes and len(sizes) == len(self._sources) else None

    @property
    def notes(self) -> Sequence[str]:
        """Remarks about the sources, for the summary."""
        return (
            *self._reading.notes,
            *self._reading.warnings.texts(),
            *column_notes(self._reading),
        )

    @property
    def warnings(self) -> Warnings:
        """What is odd about the input and stops nothing; the notes tell it."""
        return self._reading.warnings

    @property
    def columns(self) -> Mapping[str, frozenset[str]]:
        """The sources' column names behind each of our columns, lists and declared fields."""
        return columns_read(self._reading)

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """Our columns, lists and declared fields that no source has: missing on every line."""
        return columns_missing(self._reading)

    @property
    def unread_columns(self) -> tuple[str, ...]:
        """The sources' columns that nothing reads: of no use here, or spelled in another way."""
        return columns_unread(self._reading)


def read_claims(
    paths: str | Path | Iterable[str | Path],
    *,
    column_map: Mapping[str, object] | None = None,
    declared_fields: Mapping[str, str] = NO_FIELDS,
    history: bool = False,
    members: Mapping[str, MemberFacts] = NO_MEMBERS,
    on_bad_line: Callable[[BadLine], None] | None = None,
    keep_bad_lines: int = KEPT_BAD_LINES,
    format: str | None = None,
) -> ClaimsIn:
    """The service lines of files, folders, patterns, or standard input (`-`).

    `declared_fields` gives the type (code, text, number, date) of each field that rule files
    declare. `members` fills in birth date and sex where a claim lacks them (see `read_members`).
    `history` marks every line as the member's past. `on_bad_line` is called with each bad line;
    the first `keep_bad_lines` are kept besides. `format` is the name of a format (see `registry`)
    that the claims must have; without it each file's content tells.

    Tables of members that lie among the claims are read at once; what `members` says goes before.

    Raises `ClaimsError` at once for paths that lead nowhere, for a wrong column map and for files
    that hold no claims, and while iterating for a source that cannot be read.
    """
    bad_lines = BadLines(keep_bad_lines, on_bad_line)
    reading = _reading(column_map or {}, declared_fields, members, bad_lines, history=history)
    wanted = Wanted(column_map=reading.column_map, name=format)
    choice = chosen(find_sources(paths), wanted)
    reading.notes += choice.notes
    if choice.members:
        reading.members = read_companions(choice.members, reading.members, reading.notes)
    sources = [each.source for each in choice.claims]
    return ClaimsIn(reading, sources, _Files(choice, wanted, reading))


class Known:
    """What was learnt of columns and values while claims were read one by one: nothing of it tells
    one claim or member from another. Threads may share it."""

    def __init__(
        self, declared_fields: Mapping[str, str], wanted: Callable[[], Container[str]]
    ) -> None:
        """`wanted` gives the columns that rules read: no others are looked at."""
        self.wanted = wanted
        self.declared_fields = declared_fields
        self.memos = FieldMemos(declared_fields)
        self.shapes: Shapes = {}

    def shape_of(self, names: Sequence[str]) -> RowShape:
        """Where dictionaries with these names have what. Raises `ClaimsError` if two of them say
        the same."""
        return ClaimsIntake(TABLE, self._reading(history=False)).rows(names, complete=False).shape

    def reader(self, shape: RowShape, *, history: bool) -> RowReader:
        """What reads rows of a shape that are known to be good. Threads may share it: it holds
        nothing of them."""
        return RowReader(TABLE, shape, self._reading(history=history))

    def _reading(self, *, history: bool) -> Reading:
        fields, bad_lines = self.declared_fields, BadLines(0, None)
        reading = _reading({}, fields, NO_MEMBERS, bad_lines, history=history, known=self)
        reading.memos = self.memos.keeping_no_identities()
        return reading


@frozen(slots=True)
class Given:
    """Knows nothing of other lines, and gives the number that a line has already."""

    number: int

    def add(self, claim_id: str, line_number: int, correction: int = ORIGINAL) -> bool:
        return True

    def add_next(self, claim_id: str, correction: int = ORIGINAL) -> int:
        return self.number


def read_table(
    data: Any,
    *,
    column_map: Mapping[str, object] | None = None,
    declared_fields: Mapping[str, str] = NO_FIELDS,
    history: bool = False,
    members: Mapping[str, MemberFacts] = NO_MEMBERS,
    on_bad_line: Callable[[BadLine], None] | None = None,
    keep_bad_lines: int = KEPT_BAD_LINES,
    known: Known | None = None,
) -> ClaimsIn:
    """The service lines of anything with the Arrow C stream interface, or of dictionaries.

    The options are those of `read_claims`; `known` is for reading many small tables with the same
    fields declared and no column map. Raises `ClaimsError` if `data` is neither, and while
    iterating if nothing in it can be the claim id.
    """
    bad_lines = BadLines(keep_bad_lines, on_bad_line)
    reading = _reading(
        column_map or {}, declared_fields, members, bad_lines, history=history, known=known
    )
    intake = ClaimsIntake(TABLE, reading)
    if hasattr(data, "__arrow_c_stream__"):
        return ClaimsIn(reading, (), _Arrow(data, intake))
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise ClaimsError(
            "these claims are no table",
            "give a list of dictionaries, or anything with the Arrow C stream interface; for "
            "files there is read_claims",
        )
    return ClaimsIn(reading, (), _Objects(data, intake))


class ClaimObjects:
    """Takes in objects of NDJSON one by one, for as long as they come, from any sources. Holds
    nothing of them but what tells the lines of one claim apart."""

    def __init__(
        self,
        *,
        column_map: Mapping[str, object] | None = None,
        declared_fields: Mapping[str, str] = NO_FIELDS,
        members: Mapping[str, MemberFacts] = NO_MEMBERS,
    ) -> None:
        self._bad: list[BadLine] = []
        bad_lines = BadLines(0, self._bad.append)
        self._reading = _reading(
            column_map or {}, declared_fields, members, bad_lines, history=False
        )

    def source(self, name: str) -> "ObjectLines":
        """What takes in the objects of one source."""
        return ObjectLines(ClaimsIntake(name, self._reading), self._bad)


class ObjectLines:
    """Takes in the lines of one source of NDJSON."""

    def __init__(self, intake: "ClaimsIntake", bad: list[BadLine]) -> None:
        self._intake = intake
        self._bad = bad
        self._rows = ObjectRows(intake)
        self._seen = SeenLately()

    def take(self, number: int, raw: bytes) -> "list[ServiceLine | BadLine]":
        """The service lines in a line of the source, and those set aside; none in a blank one.
        Raises `ClaimsError` if none of the first 100 objects can be read."""
        self._intake.reading.seen = self._seen
        found: list[ServiceLine | BadLine] = []
        for line in lines_in(self._rows, self._intake, number, raw):
            found += self._set_aside()
            found.append(line)
        return found + self._set_aside()

    def too_long(self, number: int) -> BadLine:
        """The bad line for one that is longer than any may be."""
        refuse_length(self._intake, number)
        return self._bad.pop()

    def _set_aside(self) -> list[BadLine]:
        """The bad lines since the last time."""
        found = [*self._bad]
        self._bad.clear()
        return found


@frozen(slots=True)
class ClaimsIntake(SourceIntake[Reading]):
    """Takes in the rows of one source of claims."""

    key: str = "claim_id"
    beside: Sequence[tuple[Format, Source]] = ()
    sources: Sequence[Source] = ()
    """All the sources of the input."""

    def rows(
        self, names: Sequence[str], *, complete: bool = True, where: Where | None = None
    ) -> RowReader:
        shapes, key = self.reading.shapes, (tuple(names), complete)
        if (shape := shapes.get(key)) is None:
            shape = self._shape(names, complete=complete)
            if len(shapes) < _MOST_SHAPES:
                shapes[key] = shape
        if len(self.reading.met) < _MOST_SHAPES:
            self.reading.met[key] = shape
        return RowReader(self.source, shape, self.reading, where)

    def _shape(self, names: Sequence[str], *, complete: bool) -> RowShape:
        wanted = self.reading.wanted
        plan = plan_columns(
            names,
            source=self.source,
            column_map=self.reading.column_map,
            declared=self.reading.declared_fields,
            complete=complete,
            key=self.key,
        )
        return RowShape(plan, plan if wanted is None else narrowed(plan, wanted))

    def is_key(self, name: str) -> bool:
        return has_column((name,), self.key, self.reading.column_map)

    def claimless(self, what: str) -> None:
        self.reading.claimless[self.source] = what

    def learn(self, lesson: Callable[[Sequence[Source]], T]) -> T:
        learnt = self.reading.learnt
        if lesson not in learnt:
            learnt[lesson] = lesson(self.sources)
        found: T = learnt[lesson]
        return found


def _reading(
    column_map: Mapping[str, object],
    declared_fields: Mapping[str, str],
    members: Mapping[str, MemberFacts],
    bad_lines: BadLines,
    *,
    history: bool,
    known: Known | None = None,
) -> Reading:
    for name, kind in declared_fields.items():
        if kind not in DECLARED_TYPES:
            raise ValueError(f"the field {name} is declared as {kind}, which is no type")
    return Reading(
        column_map=checked_column_map(column_map, declared_fields),
        declared_fields=declared_fields,
        members=members,
        history=history,
        bad_lines=bad_lines,
        memos=known.memos.without_identities() if known else FieldMemos(declared_fields),
        shapes=known.shapes if known else {},
        wanted=known.wanted() if known else None,
    )


class _Data(Protocol):
    """Where lines come from."""

    def lines(self) -> Iterator[ServiceLine]: ...

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]": ...


@frozen(slots=True)
class _Files:
    choice: Choice
    wanted: Wanted
    reading: Reading

    def lines(self) -> Iterator[ServiceLine]:
        for each in self.choice.claims:
            with each.source.open() as stream:
                known, intake = self._begun(each, stream)
                yield from read_lines(known, each.source, stream, intake)
        self._expect_claims()

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]":
        from editwright.evaluator.formats.columnar_rows import line_columns

        for each in self.choice.claims:
            with each.source.open() as stream:
                known, intake = self._begun(each, stream)
                if known.columns is not None:
                    yield from known.columns(each.source, stream, intake, shared)
                else:
                    lines = read_lines(known, each.source, stream, intake)
                    yield from line_columns(lines, shared)
        self._expect_claims()

    def _expect_claims(self) -> None:
        """Raise `ClaimsError` if none of the files held claims: an empty table is none of those."""
        if len(self.reading.claimless) == len(self.choice.claims):
            raise claimless(self.reading.claimless)

    def _begun(self, each: Chosen, stream: io.BufferedReader) -> tuple[Format, ClaimsIntake]:
        """The format of a source that has been opened, and what takes in its rows."""
        known = each.format or format_of(each.source, stream.peek(1), self.wanted)
        beside = tuple(
            (other.format, other.source)
            for other in self.choice.beside
            if other.format is not None and other.format.name == known.name
        )
        sources = [claims.source for claims in self.choice.claims]
        return known, ClaimsIntake(each.source.name, self.reading, beside=beside, sources=sources)


@frozen(slots=True)
class _Arrow:
    data: Any
    intake: ClaimsIntake

    def lines(self) -> Iterator[ServiceLine]:
        from editwright.evaluator.formats.arrow import arrow_lines  # only here is it needed

        return arrow_lines(self.data, self.intake)

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]":
        from editwright.evaluator.formats.columnar_sources import arrow_columns

        return arrow_columns(self.data, self.intake, shared)


@frozen(slots=True)
class _Objects:
    data: Iterable[object]
    intake: ClaimsIntake

    def lines(self) -> Iterator[ServiceLine]:
        rows = ObjectRows(self.intake)
        for number, item in enumerate(self.data, 1):
            if not isinstance(item, Mapping):
                reason = "each line is one dictionary"
                self.intake.refuse(number, "an item is no dictionary", reason)
            else:
                yield from rows.lines(number, item)
        rows.expect_readable()

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]":
        from editwright.evaluator.formats.columnar_rows import line_columns

        return line_columns(self.lines(), shared)
