"""Claim input to service lines, one at a time, whatever the format.

Nothing is lost silently: every row of the input becomes a service line or a bad line. Nothing
is held but what tells repeated lines apart (see `seen`).
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from attrs import frozen

from editwright.evaluator.formats.column_map import checked_column_map
from editwright.evaluator.formats.column_plan import ColumnPlan, narrowed, plan_columns
from editwright.evaluator.formats.columns import COLUMNS, NUMBERED
from editwright.evaluator.formats.fields import DECLARED_TYPES, FieldMemos
from editwright.evaluator.formats.ndjson import refuse_length, take_object
from editwright.evaluator.formats.objects import ObjectRows
from editwright.evaluator.formats.problems import KEPT_BAD_LINES, BadLine, BadLines, ClaimsError
from editwright.evaluator.formats.reasons import bad_row
from editwright.evaluator.formats.registry import SUFFIXES, source_columns, source_lines
from editwright.evaluator.formats.rows import MemberFacts, Reading, RowReader
from editwright.evaluator.formats.seen import SeenLately, SeenLines
from editwright.evaluator.formats.sources import Source, find_sources
from editwright.evaluator.lines import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.line_columns import LineColumns
    from editwright.evaluator.texts import TextArray

NO_FIELDS: Mapping[str, str] = MappingProxyType({})
NO_MEMBERS: Mapping[str, MemberFacts] = MappingProxyType({})
TABLE = "the table"
"""What messages call data that came from no file."""

_MOST_UNREAD = 1_000
_MOST_PLANS = 1_000


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
        return (*self._reading.notes, *self._unmatched())

    @property
    def columns(self) -> Mapping[str, frozenset[str]]:
        """The sources' column names behind each of our columns, lists and declared fields."""
        return {name: frozenset(theirs) for name, theirs in self._reading.columns.items()}

    @property
    def missing_columns(self) -> tuple[str, ...]:
        """Our columns, lists and declared fields that no source has: missing on every line."""
        ours = (
            *(column.name for column in COLUMNS),
            *(group.name for group in NUMBERED),
            *self._reading.declared_fields,
        )
        filled = {"birth_date", "sex"} if self._reading.members else set()
        return tuple(name for name in ours if name not in {*self._reading.columns, *filled})

    @property
    def unread_columns(self) -> tuple[str, ...]:
        """The sources' columns that nothing reads: of no use here, or spelled in another way."""
        read = {name for names in self._reading.columns.values() for name in names}
        return tuple(sorted(self._reading.unread - read))

    def _unmatched(self) -> Iterator[str]:
        """Objects have no header to check a column map against; this is what it gave in vain."""
        found = self._reading.columns
        for ours, theirs in self._reading.column_map.items():
            if theirs and ours not in found and ours.rpartition("_")[2].isalpha():
                yield f"no row has the column that the column map gives for `{ours}`"


def read_claims(
    paths: str | Path | Iterable[str | Path],
    *,
    column_map: Mapping[str, object] | None = None,
    declared_fields: Mapping[str, str] = NO_FIELDS,
    history: bool = False,
    members: Mapping[str, MemberFacts] = NO_MEMBERS,
    on_bad_line: Callable[[BadLine], None] | None = None,
    keep_bad_lines: int = KEPT_BAD_LINES,
) -> ClaimsIn:
    """The service lines of files, folders, patterns, or standard input (`-`).

    `declared_fields` gives the type (code, text, number, date) of each field that rule files
    declare. `members` fills in birth date and sex where a claim lacks them (see `read_members`).
    `history` marks every line as the member's past. `on_bad_line` is called with each bad line;
    the first `keep_bad_lines` are kept besides.

    Raises `ClaimsError` at once for paths that lead nowhere and for a wrong column map, and
    while iterating for a source that cannot be read.
    """
    bad_lines = BadLines(keep_bad_lines, on_bad_line)
    reading = _reading(column_map or {}, declared_fields, members, bad_lines, history=history)
    sources = find_sources(paths, SUFFIXES)
    return ClaimsIn(reading, sources, _Files(sources, reading))


class Known:
    """What was learnt of columns and values while claims were read one by one: nothing of it tells
    one claim or member from another. Threads may share it."""

    def __init__(
        self, declared_fields: Mapping[str, str], wanted: Callable[[], Container[str]]
    ) -> None:
        """`wanted` gives the columns that rules read: no others are looked at."""
        self.wanted = wanted
        self.memos = FieldMemos(declared_fields)
        self.plans: dict[tuple[tuple[str, ...], bool], tuple[ColumnPlan, ColumnPlan]] = {}


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

    def take(self, number: int, raw: bytes) -> tuple[ServiceLine | None, BadLine | None]:
        """The service line in a line of the source, or why there is none; neither in a blank one.
        Raises `ClaimsError` if none of the first 100 objects can be read."""
        self._intake.reading.seen = self._seen
        line = take_object(self._rows, self._intake, number, raw)
        return line, self._bad.pop() if self._bad else None

    def too_long(self, number: int) -> BadLine:
        """The bad line for one that is longer than any may be."""
        refuse_length(self._intake, number)
        return self._bad.pop()


@frozen(slots=True)
class ClaimsIntake:
    """Takes in the rows of one source of claims."""

    source: str
    reading: Reading
    key: str = "claim_id"

    def rows(self, names: Sequence[str], *, complete: bool = True) -> RowReader:
        plans, shape = self.reading.plans, (tuple(names), complete)
        plan, narrow_plan = plans.get(shape) or self._plans(names, complete=complete)
        if len(plans) < _MOST_PLANS:
            plans[shape] = plan, narrow_plan
        for ours, theirs in plan.found.items():
            self.reading.columns.setdefault(ours, set()).update(theirs)
        if len(self.reading.unread) < _MOST_UNREAD:
            self.reading.unread.update(plan.unread)
        return RowReader(self.source, plan, narrow_plan, self.reading)

    def _plans(self, names: Sequence[str], *, complete: bool) -> tuple[ColumnPlan, ColumnPlan]:
        wanted = self.reading.wanted
        plan = plan_columns(
            names,
            source=self.source,
            column_map=self.reading.column_map,
            declared=self.reading.declared_fields,
            complete=complete,
            key=self.key,
        )
        return plan, plan if wanted is None else narrowed(plan, wanted)

    def refuse(self, number: int, problem: str, reason: str) -> None:
        self.reading.bad_lines.add(bad_row(self.source, number, problem, reason))

    def note(self, text: str) -> None:
        if text not in self.reading.notes:
            self.reading.notes.append(text)


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
        plans=known.plans if known else {},
        wanted=known.wanted() if known else None,
    )


class _Data(Protocol):
    """Where lines come from."""

    def lines(self) -> Iterator[ServiceLine]: ...

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]": ...


@frozen(slots=True)
class _Files:
    sources: Sequence[Source]
    reading: Reading

    def lines(self) -> Iterator[ServiceLine]:
        for source in self.sources:
            yield from source_lines(source, ClaimsIntake(source.name, self.reading))

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]":
        for source in self.sources:
            yield from source_columns(source, ClaimsIntake(source.name, self.reading), shared)


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
            elif (line := rows.line(number, item)) is not None:
                yield line
        rows.expect_readable()

    def columns(self, shared: "ColumnsReading") -> "Iterator[LineColumns]":
        from editwright.evaluator.formats.columnar_rows import line_columns

        return line_columns(self.lines(), shared)
