"""Batches of service lines to one set of columns that grows: a batch can go once it is taken, and
its memory serves the next one."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.growing_memory import GrowingMemory
from editwright.evaluator.lines.columns import Coded, CodedLists, LineColumns

LINES_OF_BATCH = 1 << 17
"""In batches of so many lines columns are given away."""
NO_IDS: "pa.Array[Any]" = pa.nulls(0, pa.large_string())


class GrowingColumns:
    """The lines of batches that have the same columns, one after the other. All are of one
    reading, so that their texts and claims are numbered alike; claim ids are left out, since the
    claims' numbers say the same."""

    def __init__(self) -> None:
        self.count = 0
        self._arrays: dict[tuple[str, str], _Growing] = {}
        """Each array by its kind and the name of its column."""
        self._texts: dict[tuple[str, str], Sequence[str]] = {}
        self._inexact: dict[str, dict[int, Decimal]] = {}

    def add(self, batch: LineColumns) -> None:
        """Take the lines of a batch."""
        for name in ("claim", "line_number", "history", "correction"):
            self._add("", name, getattr(batch, name))
        for name, coded in {"": batch.member_id, **batch.codes}.items():
            self._add("codes", name, coded.numbers)
            self._texts["codes", name] = coded.texts
        for name, lists in batch.lists.items():
            before = self._arrays.get(("items", name), ())
            first = int(("offsets", name) in self._arrays)  # a start is the end of the batch before
            self._add("offsets", name, lists.offsets[first:] + np.int32(len(before)))
            self._add("items", name, lists.numbers)
            self._texts["lists", name] = lists.texts
        for name, numbers in batch.numbers.items():
            self._add("numbers", name, numbers)
        for name, days in batch.days.items():
            self._add("days", name, days)
        for name, values in batch.inexact.items():
            found = self._inexact.setdefault(name, {})
            found.update({self.count + line: value for line, value in values.items()})
        self.count += batch.count

    def whole(self) -> LineColumns:
        """All lines, of one batch at least."""
        return self._between(0, self.count)

    def batches(self) -> Iterator[LineColumns]:
        """All lines again, batch by batch."""
        for start in range(0, self.count, LINES_OF_BATCH):
            yield self._between(start, min(start + LINES_OF_BATCH, self.count))

    def _add(self, kind: str, name: str, values: NDArray[Any]) -> None:
        if (kind, name) not in self._arrays:
            self._arrays[kind, name] = _Growing(values.dtype)
        self._arrays[kind, name].add(values)

    def _between(self, start: int, end: int) -> LineColumns:
        def of_lines(kind: str) -> dict[str, NDArray[Any]]:
            return {
                name: array.values[start:end]
                for (of_kind, name), array in self._arrays.items()
                if of_kind == kind
            }

        codes = {
            name: Coded(self._texts["codes", name], numbers)
            for name, numbers in of_lines("codes").items()
        }
        inexact = {
            name: {line - start: value for line, value in values.items() if start <= line < end}
            for name, values in self._inexact.items()
        }
        return LineColumns(
            count=end - start,
            claim_ids=NO_IDS,
            **of_lines(""),
            member_id=codes.pop(""),
            codes=codes,
            lists={
                name: self._lists_between(name, start, end)
                for kind, name in self._texts
                if kind == "lists"
            },
            numbers=of_lines("numbers"),
            days=of_lines("days"),
            inexact=inexact,
        )

    def _lists_between(self, name: str, start: int, end: int) -> CodedLists:
        offsets = self._arrays["offsets", name].values[start : end + 1]
        first, last = int(offsets[0]), int(offsets[-1])
        numbers = self._arrays["items", name].values[first:last]
        shifted = offsets - np.int32(first) if first else offsets
        return CodedLists(self._texts["lists", name], shifted, numbers)


class _Growing:
    """An array that grows at its end."""

    def __init__(self, kind: Any) -> None:
        self._count = 0
        self._memory = GrowingMemory(kind)

    def __len__(self) -> int:
        return self._count

    def add(self, values: NDArray[Any]) -> None:
        end = self._count + len(values)
        self._memory.reserve(end)
        self._memory.room[self._count : end] = values
        self._count = end

    @property
    def values(self) -> NDArray[Any]:
        """What has been added."""
        return self._memory.room[: self._count]
