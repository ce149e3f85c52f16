"""NDJSON and other JSON to columns: blocks of lines whose objects are flat, value by value.

Objects with other names are rows of one table all the same: each shape of objects says which of its
values is which of our columns. Lines that a block cannot take (an object in an object, a name that
stands twice, no JSON), and a block with objects whose names do not go together with those before,
are read one by one; so both readings give the same lines, and set aside the same ones.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.formats.ahead import ahead
from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.block_bytes import BlockBytes, lines_in_utf8
from editwright.evaluator.formats.columnar import Batch, ColumnsReading, read_batch
from editwright.evaluator.formats.columnar_rows import line_columns
from editwright.evaluator.formats.delimited import LONGEST_LINE
from editwright.evaluator.formats.intake import ColumnIntake
from editwright.evaluator.formats.json_documents import ITEM, ItemLines
from editwright.evaluator.formats.json_values import json_values
from editwright.evaluator.formats.ndjson import (
    LINE,
    Holder,
    lines_in,
    parse_object,
    refuse_length,
)
from editwright.evaluator.formats.object_layout import ObjectLayout
from editwright.evaluator.formats.objects import ObjectRows, plain_cells
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.utf16 import in_utf8
from editwright.evaluator.kernels.delimited_cells import cell_texts
from editwright.evaluator.kernels.json_cells import (
    COMPILED,
    OTHER,
    PLAIN,
    WHOLE,
    Objects,
    ObjectShapes,
    values_in_slots,
)
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine

_BLOCK = 1 << 22
_MOST_ROWS = 1 << 15
_MANY_LINES = 1 << 14
_SHORTEST = len('"":1,')
"""What a value takes at least, with its name."""


def json_columns(
    source: Source, stream: io.BufferedReader, intake: ColumnIntake, shared: ColumnsReading
) -> Iterator[LineColumns]:
    """The service lines of a JSON text. Raises `ClaimsError` where it breaks off, and if it holds
    no claim."""
    lines: Any = io.BufferedReader(ItemLines(source, stream, intake), _BLOCK)
    yield from ndjson_columns(source, lines, intake, shared, ITEM)


def ndjson_columns(
    source: Source,
    stream: io.BufferedReader,
    intake: ColumnIntake,
    shared: ColumnsReading,
    holder: Holder = LINE,
) -> Iterator[LineColumns]:
    """The service lines of an NDJSON file. Raises `ClaimsError` if nothing in it is a claim."""
    rows = ObjectRows(intake)
    shapes = ObjectShapes()
    layout = ObjectLayout(intake, shapes)
    for piece in ahead(_pieces(in_utf8(stream), shapes)):
        if isinstance(piece, _Block) and rows.readable and layout.takes(piece.shapes):
            batch = piece.batch(layout)
            yield read_batch(batch, layout.names, layout.plan, shared)
        else:
            yield from line_columns(_lines_of(piece, rows, intake, holder), shared)
    rows.expect_readable()


@frozen(slots=True)
class _Lines:
    """Lines to be read with care."""

    first: int
    """The number of the first, from 1."""
    raw: Sequence[bytes]

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        return enumerate(self.raw, self.first)


class _Block:
    """The objects of a block of lines."""

    def __init__(self, block: bytes, objects: Objects, lines_before: int) -> None:
        self._bytes = block
        self._objects = objects
        self._lines_before = lines_before
        self.shapes = np.unique(objects.shapes[: objects.rows])
        """The shapes that occur."""

    def numbered(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their numbers."""
        raw = self._bytes[: self._objects.end].split(b"\n")[:-1]
        return enumerate((each + b"\n" for each in raw), self._lines_before + 1)

    def batch(self, layout: ObjectLayout) -> Batch:
        """The objects as a batch with the columns of the layout."""
        objects = self._objects
        dense = np.searchsorted(self.shapes, objects.shapes[: objects.rows]).astype(np.int32)
        slots = layout.slots(self.shapes)
        places = values_in_slots(objects, dense, slots, len(layout.names))
        numbers = objects.lines[: objects.rows].astype(np.int64) + (self._lines_before + 1)
        return Batch(
            self._lines_before + 1,
            objects.rows,
            _Columns(self._bytes, places, layout.procedure_codes),
            numbers=numbers,
            row=lambda row: self._row(row, layout),
        )

    def _row(self, row: int, layout: ObjectLayout) -> tuple[RowReader, Sequence[object]]:
        objects = self._objects
        item = parse_object(self._bytes[objects.starts[row] : objects.ends[row]])
        return layout.reader(int(objects.shapes[row])), plain_cells(item)


class _Columns:
    """The columns of a block, each made when it is asked for."""

    def __init__(
        self,
        block: bytes,
        places: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]],
        procedure_codes: tuple[int, ...],
    ) -> None:
        self._bytes = np.frombuffer(block, dtype=np.uint8)
        self._starts, self._ends, self._kinds = places
        self._procedure_codes = procedure_codes

    def __call__(self, position: int) -> AnyArray:
        """A column of texts; of JSON values, where one of them may not be read as a text.

        Whole numbers may, but for procedure codes: those have lost their leading zeros.
        """
        starts, ends, kinds = (each[position] for each in (self._starts, self._ends, self._kinds))
        highest = kinds.max(initial=0)
        if highest < (WHOLE if position in self._procedure_codes else OTHER):
            return self._texts(starts, ends)
        in_quotes = kinds == PLAIN
        return json_values(self._texts(starts - in_quotes, ends + in_quotes))

    def _texts(self, starts: NDArray[np.int32], ends: NDArray[np.int32]) -> AnyArray:
        offsets, texts = cell_texts(self._bytes, starts, ends, len(starts))
        buffers = [None, pa.py_buffer(offsets.data), pa.py_buffer(texts.data)]
        return pa.Array.from_buffers(pa.string(), len(starts), buffers)


def _pieces(stream: io.BufferedReader, shapes: ObjectShapes) -> Iterator[_Block | _Lines]:
    """The lines of a file: the first one with care, then blocks wherever that can be done."""
    source = BlockBytes(stream)
    done, care = 0, 1
    while raw := _careful_lines(source, care):
        yield _Lines(done + 1, raw)
        done += len(raw)
        is_odd = not COMPILED
        while not is_odd:
            block, is_odd, lines = _read_block(source, shapes, done)
            done += lines
            if block.shapes.size:
                care = 1 if lines > _MANY_LINES else care
                yield block
        care = min(2 * care, _MANY_LINES)


def _read_block(
    source: BlockBytes, shapes: ObjectShapes, lines_before: int
) -> tuple[_Block, bool, int]:
    """The next objects, whether the line behind them must be read with care (or there is none),
    and how many lines they stand on."""
    raw = source.block(_BLOCK)
    valid, is_odd = lines_in_utf8(raw)
    ends_here = source.ends_with(raw) and valid == len(raw)
    whole = valid if ends_here else raw.rfind(b"\n", 0, valid) + 1
    text = raw[:whole]
    if text and not text.endswith(b"\n"):
        text += b"\n"
    most_values = len(text) // _SHORTEST + 1
    objects = shapes.read(np.frombuffer(text, dtype=np.uint8), _MOST_ROWS, most_values)
    source.skip(min(objects.end, len(raw)), objects.line_ends)
    stuck = objects.is_odd or objects.end == 0 or (is_odd and objects.end == valid)
    return _Block(text, objects, lines_before), stuck, objects.line_ends


def _careful_lines(source: BlockBytes, most: int) -> list[bytes]:
    """Some of the next lines; of one that is longer than any may be, its beginning."""
    found: list[bytes] = []
    size = 0
    while len(found) < most and size < _BLOCK and (raw := source.line()):
        found.append(raw)
        size += len(raw)
        while _is_too_long(raw) and (rest := source.line()) and not rest.endswith(b"\n"):
            pass
    return found


def _lines_of(
    piece: _Block | _Lines, rows: ObjectRows, intake: ColumnIntake, holder: Holder
) -> Iterator[ServiceLine]:
    """The service lines in lines that are read one by one."""
    for number, raw in piece.numbered():
        if _is_too_long(raw):
            refuse_length(intake, number)
        else:
            yield from lines_in(rows, intake, number, raw, holder)


def _is_too_long(raw: bytes) -> bool:
    return len(raw) >= LONGEST_LINE and not raw.endswith(b"\n")
