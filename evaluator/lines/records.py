"""Lines in columns to Arrow record batches and back, for files that are read again soon.

What repeats is written as its number alone: the texts stay with the reading. Lines that come back
have texts and claims of their own, only those that occur.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_CODE, Coded, CodedLists, LineColumns
from editwright.evaluator.lines.texts import TextArray, Texts, coded_ids

CODE, LIST, NUMBER, DAYS = "code ", "list ", "number ", "days "
INEXACT = "inexact"
"""The column of numbers that ten-thousandths cannot say: as JSON, on the lines that have some."""
_SPARSE = 4
"""Numbers that are so many times fewer than the texts are sorted to find which occur."""


_SLOTS = 24
"""The bytes that find a text."""


@define
class ReadingTexts:
    """The texts of one reading by the names of their columns, as many as its batches show."""

    columns: dict[str, TextArray] = field(factory=dict)

    def add(self, columns: LineColumns) -> None:
        """Note the texts of a batch of the reading, which has no fewer than the ones before."""
        self._note("member_id", columns.member_id.texts)
        for name, coded in columns.codes.items():
            self._note(CODE + name, coded.texts)
        for name, lists in columns.lists.items():
            self._note(LIST + name, lists.texts)

    def of(self, name: str) -> TextArray:
        """The texts of a column."""
        return self.columns.get(name, _NO_TEXTS)

    @property
    def size(self) -> int:
        """The bytes of the texts and of the tables that find them."""
        return sum(map(size_of_texts, self.columns.values()))

    def _note(self, name: str, texts: Sequence[str]) -> None:
        if len(texts) > len(self.columns.get(name, ())):
            self.columns[name] = _array(texts)


def size_of_texts(texts: TextArray) -> int:
    """The bytes of texts and of the table that finds them."""
    return int(texts.nbytes) + _SLOTS * len(texts)


_NO_TEXTS: TextArray = pa.nulls(0, pa.large_string())


def _array(texts: Sequence[str]) -> TextArray:
    return texts.array if isinstance(texts, Texts) else pa.array(texts, pa.large_string())


def size_of(columns: LineColumns) -> int:
    """The bytes of a batch, without its texts and the ids of claims."""
    arrays: list[NDArray[Any]] = [
        columns.claim, columns.line_number, columns.history, columns.correction,
        columns.member_id.numbers,
        *(each.numbers for each in columns.codes.values()),
        *(each.numbers for each in columns.lists.values()),
        *(each.offsets for each in columns.lists.values()),
        *columns.numbers.values(),
        *columns.days.values(),
    ]  # fmt: skip
    return sum(each.nbytes for each in arrays)


def records_of(columns: LineColumns) -> pa.RecordBatch:
    """The lines as records; claims and texts are numbers. The columns stand in the same order
    whatever format the lines came from."""
    found: dict[str, Any] = {
        "claim": pa.array(columns.claim),
        "line_number": pa.array(columns.line_number),
        "history": pa.array(columns.history),
        "correction": pa.array(columns.correction),
        "member_id": pa.array(columns.member_id.numbers),
    }
    found |= {CODE + name: pa.array(each.numbers) for name, each in columns.codes.items()}
    make: Any = pa.ListArray.from_arrays
    for name, lists in columns.lists.items():
        found[LIST + name] = make(pa.array(lists.offsets), pa.array(lists.numbers))
    found |= {NUMBER + name: pa.array(each) for name, each in columns.numbers.items()}
    found |= {DAYS + name: pa.array(each) for name, each in columns.days.items()}
    found[INEXACT] = _inexact_of(columns)
    names = sorted(found)
    return pa.RecordBatch.from_arrays([found[name] for name in names], names=names)


def columns_from(
    records: Sequence[pa.RecordBatch], texts: ReadingTexts, claims: TextArray
) -> LineColumns:
    """The lines of one or more record batches, one after the other; `claims` are the ids of the
    reading's claims by their numbers."""

    def whole(name: str) -> NDArray[Any]:
        return _joined(each.column(name) for each in records)

    ids, claim = _occurring(whole("claim"), claims)
    codes: dict[str, Coded] = {}
    lists: dict[str, CodedLists] = {}
    numbers: dict[str, NDArray[np.int64]] = {}
    days: dict[str, NDArray[np.int32]] = {}
    for name in records[0].schema.names:
        kind, _, plain = name.partition(" ")
        match kind + " ":
            case "code ":
                codes[plain] = Coded(*_occurring(whole(name), texts.of(name)))
            case "list ":
                lists[plain] = _lists_from([each.column(name) for each in records], texts.of(name))
            case "number ":
                numbers[plain] = whole(name)
            case "days ":
                days[plain] = whole(name)
    return LineColumns(
        count=len(claim),
        claim_ids=coded_ids(claim, ids.array),
        claim=claim,
        line_number=whole("line_number"),
        history=whole("history"),
        correction=whole("correction"),
        member_id=Coded(*_occurring(whole("member_id"), texts.of("member_id"))),
        codes=codes,
        lists=lists,
        numbers=numbers,
        days=days,
        inexact=_inexact_from([each.column(INEXACT) for each in records]),
    )


def numbers_in(records: pa.RecordBatch, name: str) -> NDArray[Any]:
    """A column of numbers, as it stands in the records."""
    return records.column(name).to_numpy(zero_copy_only=False)


def _joined(columns: Iterable[Any]) -> NDArray[Any]:
    """A copy of columns one after the other, which may be written to."""
    return np.concatenate([each.to_numpy(zero_copy_only=False) for each in columns])


def _occurring(numbers: NDArray[np.int32], texts: TextArray) -> tuple[Texts, NDArray[np.int32]]:
    """The texts that numbers stand for, each once and in their order, and numbers into them."""
    if len(texts) > _SPARSE * len(numbers):
        used, found = np.unique(numbers, return_inverse=True)
        missing = int(len(used) > 0 and used[0] == NO_CODE)
        renumbered: Any = (found - missing).astype(np.int32)
        used = used[missing:]
    else:
        seen = np.zeros(len(texts) + 1, np.bool_)
        seen[numbers] = True  # a missing one is the last
        used = np.flatnonzero(seen[:-1]).astype(np.int32)
        new: NDArray[np.int32] = np.full(len(texts) + 1, NO_CODE, np.int32)
        new[used] = np.arange(len(used), dtype=np.int32)
        renumbered = new[numbers]
    return Texts(texts.take(pa.array(used, pa.int64())), object()), renumbered


def _lists_from(columns: Sequence[Any], texts: TextArray) -> CodedLists:
    offsets: list[NDArray[np.int32]] = [np.zeros(1, np.int32)]
    end = 0
    for each in columns:
        starts: NDArray[np.int32] = each.offsets.to_numpy()
        offsets.append(starts[1:] + np.int32(end - int(starts[0])))
        end += int(starts[-1]) - int(starts[0])
    occurring, numbers = _occurring(_joined(each.flatten() for each in columns), texts)
    return CodedLists(occurring, np.concatenate(offsets), numbers)


def _inexact_of(columns: LineColumns) -> Any:
    lines: dict[int, dict[str, str]] = {}
    for name, values in columns.inexact.items():
        for line, value in values.items():
            lines.setdefault(line, {})[name] = str(value)
    if not lines:
        return pa.nulls(columns.count, pa.string())
    return pa.array(
        [json.dumps(lines[each]) if each in lines else None for each in range(columns.count)],
        pa.string(),
    )


def _inexact_from(columns: Sequence[Any]) -> Mapping[str, Mapping[int, Decimal]]:
    found: dict[str, dict[int, Decimal]] = {}
    start = 0
    for column in columns:
        if column.null_count < len(column):
            for at in np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False)).tolist():
                for name, text in json.loads(column[at].as_py()).items():
                    found.setdefault(name, {})[start + at] = Decimal(text)
        start += len(column)
    return found
