"""Delimited text to batches of columns: blocks of rows, every cell a text.

Blocks are taken apart by a kernel that reads what the row reader reads. Where a row is odd (a
stray quote or line end, bytes that are no UTF-8, a cell without end) the row reader reads some
rows instead of it, and then blocks are tried again. So both readings give the same rows, and set
aside the same ones for the same reasons. Without compiled kernels all rows are read one by one.
"""

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.block_bytes import BlockBytes, lines_in_utf8
from editwright.evaluator.formats.columnar import Batch, Refused
from editwright.evaluator.formats.delimited import (
    UTF_16,
    Header,
    Refusal,
    decoded,
    expect_text,
    read_header,
    read_rows,
    read_texts,
    unfit,
)
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.kernels.delimited_cells import COMPILED, Cells, cell_texts, split_cells

_BLOCK = 1 << 22
_MANY_ROWS = 1 << 14
_LINE_FEED = ord("\n")


class CsvTable:
    """A delimited text of which the header has been read."""

    def __init__(
        self,
        source: Source,
        stream: io.BufferedReader,
        note: Callable[[str], None],
        *,
        spare: bool = False,
    ) -> None:
        """With `spare` rows may end in an empty cell that the header does not have.

        Raises `ClaimsError` if there is no header row.
        """
        self._spare = spare
        self._source = source
        self._note = note
        self._bytes = BlockBytes(stream)
        self._blocks = COMPILED
        head = stream.peek(1)
        if head.startswith(UTF_16):
            self._blocks = False
            self._texts = read_texts(source, stream, note)
        else:
            expect_text(source, head)
            self._bytes.skip(len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0, 0)
            self._texts = self._lines()
        self.header = read_header(source, self._texts)
        self._lines_of_header = self._bytes.lines - self.header.lines

    def batches(self, used: Sequence[int]) -> Iterator[Batch]:
        """The rows: the columns at these positions, and others when they are asked for.

        Raises `ClaimsError` where the text cannot be read on.
        """
        done, care = 0, 1
        while self._blocks and (bytes_ := self._bytes.block(_BLOCK)):
            block = self._read_block(bytes_, used)
            if block.rows:
                yield block.batch(done)
                done += block.rows
            self._bytes.skip(block.end, block.lines)
            care = 1 if block.rows > _MANY_ROWS else min(2 * care, _MANY_ROWS)
            if block.is_odd or not block.end:
                rows = list(islice(self._careful_rows(), care))
                yield _batch_of(rows, done)
                done += len(rows)
        careful = self._careful_rows()
        while rows := list(islice(careful, _MANY_ROWS)):
            yield _batch_of(rows, done)
            done += len(rows)

    def _read_block(self, block: bytes, used: Sequence[int]) -> "_Block":
        ends_here = self._bytes.ends_with(block)
        return _Block(block, self.header, used, ends_here=ends_here, spare=self._spare)

    def _careful_rows(self) -> Iterator[list[str] | Refusal]:
        before = self._bytes.lines - self._lines_of_header
        return read_rows(self._source, self._texts, self.header, before, spare=self._spare)

    def _lines(self) -> Iterator[str]:
        while raw := self._bytes.line():
            yield decoded(self._source, raw, self._note)


class _Block:
    """The rows of a block up to its first odd one."""

    def __init__(
        self,
        block: bytes,
        header: Header,
        used: Sequence[int],
        *,
        ends_here: bool,
        spare: bool,
    ) -> None:
        self._header = header
        self._spare = spare
        valid, is_odd = lines_in_utf8(block)
        whole = ends_here and valid == len(block) and not block.endswith(b"\n")
        self._bytes = block[:valid] + b"\n" if whole else block[:valid]
        # `bytes.count` looks for one after the other, and takes three times as long
        self._most_rows = int(np.count_nonzero(np.frombuffer(self._bytes, np.uint8) == _LINE_FEED))
        self._slots = {position: slot for slot, position in enumerate(used)}
        self._cells = self._split(used)
        self._made: dict[int, AnyArray] = {}
        self.rows = self._cells.rows + self._cells.misfit_rows
        self.end = min(self._cells.end, len(block))
        self.lines = self._cells.lines
        self.is_odd = self._cells.is_odd or (is_odd and self._cells.end == valid)
        """Whether what follows must be read with care."""

    def batch(self, done: int) -> Batch:
        """The rows as a batch that follows on as many."""
        cells, width = self._cells, len(self._header.names)
        misfits = [
            Refused(done + 1 + ordinal, refusal.problem, refusal.reason)
            for ordinal, refusal in zip(
                cells.misfits[: cells.misfit_rows].tolist(),
                [unfit(count, width) for count in cells.misfit_cells[: cells.misfit_rows].tolist()],
                strict=True,
            )
        ]
        numbers = cells.ordinals[: cells.rows].astype(np.int64) + (done + 1)
        return Batch(done + 1, cells.rows, self._column, numbers=numbers, refused=misfits)

    def _column(self, position: int) -> AnyArray:
        if position not in self._made:
            slot = self._slots.get(position)
            cells = self._split([position]) if slot is None else self._cells
            self._made[position] = self._texts(cells, slot or 0)
        return self._made[position]

    def _split(self, used: Sequence[int]) -> Cells:
        slots: NDArray[np.int32] = np.full(len(self._header.names), -1, dtype=np.int32)
        slots[list(used)] = np.arange(len(used))
        longest = csv.field_size_limit()
        data = np.frombuffer(self._bytes, dtype=np.uint8)
        delimiter = ord(self._header.delimiter)
        return split_cells(data, delimiter, slots, longest, self._most_rows, self._spare)

    def _texts(self, cells: Cells, slot: int) -> AnyArray:
        data = np.frombuffer(self._bytes, dtype=np.uint8)
        offsets, texts = cell_texts(data, cells.starts[slot], cells.ends[slot], cells.rows)
        buffers = [None, pa.py_buffer(offsets.data), pa.py_buffer(texts.data)]
        return pa.Array.from_buffers(pa.string(), cells.rows, buffers)


def _batch_of(rows: Sequence[list[str] | Refusal], done: int) -> Batch:
    """Rows that were read one by one, as a batch that follows on as many."""
    numbered = list(enumerate(rows, done + 1))
    good = [(number, row) for number, row in numbered if isinstance(row, list)]
    return Batch(
        done + 1,
        len(good),
        lambda position: pa.array([row[position] for _, row in good], pa.string()),
        numbers=np.array([number for number, _ in good], dtype=np.int64),
        refused=[
            Refused(number, row.problem, row.reason)
            for number, row in numbered
            if isinstance(row, Refusal)
        ],
    )
