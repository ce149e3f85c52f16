"""Delimited tables in a known layout to service lines: what each of our columns is made of.

A layout names the parts that columns are made of; rows that hold several lines become as many
lines. It works on batches of columns, so that reading in columns and row by row are one.
"""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from attrs import field, frozen
from numpy.typing import NDArray

from editwright.evaluator.formats.arrow import AnyArray, cells
from editwright.evaluator.formats.columnar import Batch, ColumnsReading, read_batches
from editwright.evaluator.formats.columns import OTHER_NAMES, plain_name
from editwright.evaluator.formats.csv_blocks import CsvTable
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.values import MISSING
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine

compute: Any = pc
"""The functions of pyarrow, whose stubs know no texts beside arrays."""

_MISSING = pa.array(sorted(MISSING), pa.string())
_LONGEST_MISSING = max(map(len, MISSING))

EACH = "*"
"""In a name: the numbers of columns that stand beside each other, one for each line of a row.
Alone it is a column of these numbers."""


class Table(Protocol):
    """Rows of a source, or the lines that they become; columns go by their names in lower case."""

    @property
    def rows(self) -> int: ...

    def column(self, name: str) -> "AnyArray | None":
        """A column of texts; `None` if the source lacks it."""


class Part(Protocol):
    """What one of our columns is made of."""

    @property
    def names(self) -> Sequence[str]:
        """The source's columns that are read."""
        ...

    def made(self, table: Table) -> AnyArray:
        """The column, of texts."""
        ...


@frozen(slots=True)
class Lines:
    """Which lines the rows of a table become, in order."""

    rows: NDArray[np.intp]
    """The row of each line."""
    slots: NDArray[np.intp] | None = None
    """Which of the columns that stand beside each other each line has, from 0."""


@frozen(slots=True)
class Layout:
    """A table whose columns are not ours."""

    columns: Mapping[str, Part]
    """The parts of our columns; those whose names a source lacks are missing."""
    names: tuple[str, ...] = ()
    """Columns that `lines` reads."""
    lines: Callable[[Table], Lines] | None = None
    """The lines that rows become; each row is one line without it."""
    spare: bool = False
    """Whether rows may end in an empty cell that the header does not have."""


def of(*names: str) -> Part:
    """The first of these columns that is not blank."""
    return _First(names)


def joined(*names: str) -> Part:
    """The texts of these columns behind each other, where none of them is blank."""
    return _Joined(names)


def coded(name: str, meanings: Mapping[str, str | None]) -> Part:
    """A column of codes, each replaced by what it means; others stay as they are."""
    return _Coded((name,), meanings)


def diagnoses(names: Sequence[str], of_line: str) -> Mapping[str, Part]:
    """The claim's diagnoses in columns, and the line's as a code: a pointer to it, and where the
    claim does not list it one diagnosis more, behind the others."""
    both = (*names, of_line)
    return {
        **{f"diagnosis_{number}": of(name) for number, name in enumerate(names, 1)},
        f"diagnosis_{len(names) + 1}": _Unlisted(both),
        "diagnosis_pointer_1": _Pointer(both),
    }


def slots_filled(table: Table, names: Sequence[str], slots: int) -> Lines:
    """A line for each place in a row where one of these columns (`HCPCS_CD_*`) holds something;
    a row without any is one line all the same, or its claim would be lost."""
    filled: NDArray[np.bool_] = np.zeros((table.rows, slots), dtype=bool)
    for slot in range(slots):
        for name in names:
            column = table.column(name.replace(EACH, str(slot + 1)))
            if column is not None:
                filled[:, slot] |= ~is_blank(column)
    filled[:, 0] |= ~filled.any(axis=1)
    return Lines(*np.nonzero(filled))


def is_blank(column: AnyArray) -> NDArray[np.bool_]:
    """Where a column of texts holds no value: bool of shape (rows,)."""
    trimmed = compute.utf8_trim_whitespace(column)
    lengths = compute.binary_length(trimmed).fill_null(0).to_numpy(zero_copy_only=False)
    blank: NDArray[np.bool_] = lengths == 0
    short = np.flatnonzero(~blank & (lengths <= _LONGEST_MISSING))
    if len(short):
        words = trimmed.take(pa.array(short, pa.int64()))
        blank[short] = compute.is_in(words, _MISSING).to_numpy(zero_copy_only=False)
    return blank


def layout_lines(
    layout: Layout, source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of a table in this layout. Raises `ClaimsError`."""
    table = CsvTable(source, stream, intake.note, spare=layout.spare)
    shape = _Shape(layout, table.header.names)
    rows = intake.rows(shape.headings)
    used = frozenset(rows.plan.used)
    wanted = [place for place, name in enumerate(shape.headings) if name in used]
    for batch in table.batches(shape.positions(wanted)):
        made = shape.batch(batch)
        refused = iter((*made.refused, None))
        waiting = next(refused)
        columns = [
            cells(name, made.column(place)) if name in used else [None] * made.rows
            for place, name in enumerate(shape.headings)
        ]
        for row in range(made.rows):
            while waiting is not None and waiting.number < made.number(row):
                intake.refuse(waiting.number, waiting.problem, waiting.reason)
                waiting = next(refused)
            line = rows.line(made.number(row), [*(column[row] for column in columns), None])
            if line is not None:
                yield line
        while waiting is not None:
            intake.refuse(waiting.number, waiting.problem, waiting.reason)
            waiting = next(refused)


def layout_columns(
    layout: Layout,
    source: Source,
    stream: io.BufferedReader,
    intake: ColumnIntake,
    shared: ColumnsReading,
) -> Iterator[LineColumns]:
    """The service lines of a table in this layout, as columns. Raises `ClaimsError`."""
    table = CsvTable(source, stream, intake.note, spare=layout.spare)
    shape = _Shape(layout, table.header.names)
    rows = intake.rows(shape.headings)
    used = shape.positions(sorted(rows.narrow_plan.positions))
    batches = (shape.batch(batch) for batch in table.batches(used))
    yield from read_batches(batches, shape.headings, rows, shared)


class _Shape:
    """A layout for a header: our columns that there are, and the source's others behind them,
    which declared fields and column maps may ask for."""

    def __init__(self, layout: Layout, names: Sequence[str]) -> None:
        self._layout = layout
        self._at = {name.strip().lower(): position for position, name in enumerate(names)}
        parts = {
            ours: part
            for ours, part in layout.columns.items()
            if any(name == EACH or _first_name(name) in self._at for name in part.names)
        }
        taken = {*OTHER_NAMES, *map(plain_name, parts)}
        others = {name: of(name.strip().lower()) for name in names if plain_name(name) not in taken}
        self.headings = (*parts, *others)
        self._parts: tuple[Part, ...] = (*parts.values(), *others.values())

    def positions(self, wanted: Sequence[int]) -> list[int]:
        """The source's columns that these of ours are made of."""
        names = [*self._layout.names, *(n for place in wanted for n in self._parts[place].names)]
        found = set()
        for name in names:
            if EACH not in name:
                found |= {self._at[name]} if name in self._at else set()
            else:
                slot = 1
                while (at := self._at.get(name.replace(EACH, str(slot)))) is not None:
                    found.add(at)
                    slot += 1
        return sorted(found)

    def batch(self, batch: Batch) -> Batch:
        """The lines that the rows of a batch become."""
        table: Table = _Rows(batch, self._at)
        numbers = batch.all_numbers()
        if self._layout.lines is not None:
            lines = self._layout.lines(table)
            table, numbers = _Selected(table, lines), numbers[lines.rows]
        made: dict[int, AnyArray] = {}

        def column(position: int) -> AnyArray:
            if position not in made:
                made[position] = self._parts[position].made(table)
            return made[position]

        return Batch(batch.first_row, table.rows, column, numbers=numbers, refused=batch.refused)


def _first_name(name: str) -> str:
    return name.replace(EACH, "1")


@frozen(slots=True)
class _Rows:
    """The rows of a batch."""

    batch: Batch
    at: Mapping[str, int]

    @property
    def rows(self) -> int:
        return self.batch.rows

    def column(self, name: str) -> "AnyArray | None":
        return None if name not in self.at else self.batch.column(self.at[name])


@frozen(slots=True)
class _Selected:
    """The lines of a table. Of columns beside each other (`HCPCS_CD_*`) each has its own."""

    table: Table
    lines: Lines
    _made: "dict[str, AnyArray | None]" = field(factory=dict)

    @property
    def rows(self) -> int:
        return len(self.lines.rows)

    def column(self, name: str) -> "AnyArray | None":
        if name not in self._made:
            self._made[name] = self._column(name)
        return self._made[name]

    def _column(self, name: str) -> "AnyArray | None":
        rows, slots = self.lines.rows, self.lines.slots
        if name == EACH:
            return None if slots is None else pa.array(slots + 1, pa.int64()).cast(pa.string())
        if slots is None or EACH not in name:
            whole = self.table.column(name)
            return None if whole is None else whole.take(pa.array(rows, pa.int64()))
        beside: list[AnyArray] = []
        while (one := self.table.column(name.replace(EACH, str(len(beside) + 1)))) is not None:
            beside.append(one)
        if not beside:
            return None
        there = slots < len(beside)
        places = pa.array(slots * self.table.rows + rows, pa.int64(), mask=~there)
        return pa.concat_arrays(beside).take(places)


@frozen(slots=True)
class _First:
    names: tuple[str, ...]

    def made(self, table: Table) -> AnyArray:
        columns = [each for name in self.names if (each := table.column(name)) is not None]
        found = columns[0]
        for other in columns[1:]:
            found = compute.if_else(pa.array(is_blank(found)), other, found)
        return found


@frozen(slots=True)
class _Joined:
    names: tuple[str, ...]

    def made(self, table: Table) -> AnyArray:
        columns = [each for name in self.names if (each := table.column(name)) is not None]
        if len(columns) < len(self.names):
            return pa.nulls(table.rows, pa.string())
        texts = [
            compute.if_else(pa.array(is_blank(each)), None, compute.utf8_trim_whitespace(each))
            for each in columns
        ]
        found: AnyArray = compute.binary_join_element_wise(*texts, "", null_handling="emit_null")
        return found


@frozen(slots=True)
class _Coded:
    names: tuple[str, ...]
    meanings: Mapping[str, str | None]

    def made(self, table: Table) -> AnyArray:
        column = table.column(self.names[0])
        assert column is not None
        known = compute.utf8_trim_whitespace(column).dictionary_encode()
        meant = [self.meanings.get(code, code) for code in known.dictionary.to_pylist()]
        return pa.array(meant, pa.string()).take(known.indices)


@frozen(slots=True)
class _Unlisted:
    """A line's diagnosis that its claim does not list."""

    names: tuple[str, ...]

    def made(self, table: Table) -> AnyArray:
        return _pointed(table, self.names)[1]


@frozen(slots=True)
class _Pointer:
    """Where in its claim's list a line's diagnosis stands, from 1."""

    names: tuple[str, ...]

    def made(self, table: Table) -> AnyArray:
        return _pointed(table, self.names)[0]


def _pointed(table: Table, names: Sequence[str]) -> tuple[AnyArray, AnyArray]:
    """The pointers of lines, and their diagnoses that are not listed. The last name is the
    line's diagnosis, the others the claim's."""
    *listed, of_line = names
    own = table.column(of_line)
    if own is None:
        return pa.nulls(table.rows, pa.string()), pa.nulls(table.rows, pa.string())
    claims = [table.column(name) for name in listed]
    places = _places(own, claims)
    left = np.flatnonzero((places == 0) & ~is_blank(own))
    if len(left):  # they may be written in another way
        at = pa.array(left, pa.int64())
        plain = [None if each is None else _plain_code(each.take(at)) for each in claims]
        found = _places(_plain_code(own.take(at)), plain)
        places[left] = np.where(found == 0, len(listed) + 1, found)
    pointers = pa.array(places, mask=places == 0).cast(pa.string())
    unlisted = compute.if_else(pa.array(places == len(listed) + 1), own, None)
    return pointers, unlisted


def _places(own: AnyArray, claims: "Sequence[AnyArray | None]") -> NDArray[np.int32]:
    """In which of the columns each code stands first, from 1; 0 where it stands in none."""
    places: NDArray[np.int32] = np.zeros(len(own), dtype=np.int32)
    for place in range(len(claims), 0, -1):
        column = claims[place - 1]
        if column is not None:
            same = compute.equal(column, own).fill_null(False)
            places[same.to_numpy(zero_copy_only=False)] = place
    places[is_blank(own)] = 0
    return places


def _plain_code(column: AnyArray) -> AnyArray:
    plain: AnyArray = compute.replace_substring(
        compute.ascii_upper(compute.utf8_trim_whitespace(column)), ".", ""
    ).fill_null("")
    return plain
