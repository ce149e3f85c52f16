"""Service lines as columns: some of them, or several batches one after the other."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.kernels.code_lists import gathered
from editwright.evaluator.lines.columns import Coded, CodedLists, LineColumns
from editwright.evaluator.lines.frequency import REPLACEMENT, VOID
from editwright.evaluator.lines.texts import TextColumn, Texts, spread

T = TypeVar("T")
Positions = NDArray[np.intp]
Numbers = TypeVar("Numbers", bound=np.generic)


def taken(columns: LineColumns, at: Positions) -> LineColumns:
    """The lines at these positions, which ascend."""
    inexact = {
        name: {int(new): values[int(old)] for new, old in enumerate(at) if int(old) in values}
        for name, values in columns.inexact.items()
        if values
    }
    return LineColumns(
        count=len(at),
        claim_ids=columns.claim_ids.take(pa.array(at, pa.int64())),
        claim=columns.claim[at],
        line_number=columns.line_number[at],
        history=columns.history[at],
        correction=columns.correction[at],
        member_id=_taken_codes(columns.member_id, at),
        codes={name: _taken_codes(codes, at) for name, codes in columns.codes.items()},
        lists={name: _taken_lists(lists, at) for name, lists in columns.lists.items()},
        numbers={name: numbers[at] for name, numbers in columns.numbers.items()},
        days={name: days[at] for name, days in columns.days.items()},
        inexact=inexact,
    )


def concatenated(batches: Sequence[LineColumns]) -> LineColumns:
    """The lines of one or more batches that have the same columns, in their order.

    Claims are numbered anew, unless all batches are of one reading.
    """
    if len(batches) == 1:
        return batches[0]
    claim_ids = [_large(chunk) for batch in batches for chunk in _chunks(batch.claim_ids)]
    first = batches[0]
    return LineColumns(
        count=sum(batch.count for batch in batches),
        claim_ids=pa.concat_arrays(claim_ids),
        claim=_claim_numbers(batches),
        line_number=np.concatenate([batch.line_number for batch in batches]),
        history=np.concatenate([batch.history for batch in batches]),
        correction=np.concatenate([batch.correction for batch in batches]),
        member_id=_joined_codes([batch.member_id for batch in batches]),
        codes=_by_name(first.codes, lambda name: _joined_codes([b.codes[name] for b in batches])),
        lists=_by_name(first.lists, lambda name: _joined_lists([b.lists[name] for b in batches])),
        numbers=_by_name(
            first.numbers, lambda name: np.concatenate([b.numbers[name] for b in batches])
        ),
        days=_by_name(first.days, lambda name: np.concatenate([b.days[name] for b in batches])),
        inexact=_joined_inexact(batches),
    )


def with_history(judged: LineColumns, history: LineColumns) -> LineColumns:
    """All lines, those of the history first. A year's history often holds the claims that are
    being judged as well: such a line is left out of the history, or it would count twice."""
    both = concatenated([history, judged])
    keys = line_keys(both.claim, both.correction, both.line_number)
    past, here = keys[: history.count], keys[history.count :]
    repeated = np.isin(past, here)
    if not repeated.any():
        return both
    kept = np.concatenate([~repeated, np.ones(judged.count, dtype=bool)])
    return taken(both, np.flatnonzero(kept))


def line_keys(
    claim: NDArray[np.int32], correction: NDArray[np.uint8], line_number: NDArray[np.int32]
) -> NDArray[np.int64]:
    """What tells lines apart: their claim, what it does to others (whether or not it still
    stands), and their number."""
    kind = (correction & np.uint8(VOID | REPLACEMENT)).astype(np.int64)
    return (claim.astype(np.int64) * 3 + kind) << 31 | line_number


def _by_name(names: Mapping[str, Any], join: Callable[[str], T]) -> dict[str, T]:
    return {name: join(name) for name in names}


def _chunks(ids: Any) -> Sequence[Any]:
    return ids.chunks if isinstance(ids, pa.ChunkedArray) else [ids]


def _large(ids: Any) -> Any:
    return ids if pa.types.is_large_string(ids.type) else ids.cast(pa.large_string())


def _claim_numbers(batches: Sequence[LineColumns]) -> NDArray[np.int32]:
    if _of_one_reading([batch.member_id.texts for batch in batches]):
        return np.concatenate([batch.claim for batch in batches])
    claims = TextColumn()
    found = [
        claims.number(_large(chunk)) for batch in batches for chunk in _chunks(batch.claim_ids)
    ]
    return np.concatenate([np.zeros(0, dtype=np.int32), *found])


def _joined_inexact(batches: Sequence[LineColumns]) -> dict[str, dict[int, Any]]:
    joined: dict[str, dict[int, Any]] = {}
    start = 0
    for batch in batches:
        for name, values in batch.inexact.items():
            found = joined.setdefault(name, {})
            found.update({start + line: value for line, value in values.items()})
        start += batch.count
    return joined


def _taken_codes(codes: Coded, at: Positions) -> Coded:
    return Coded(codes.texts, codes.numbers[at])


def _taken_lists(lists: CodedLists, at: Positions) -> CodedLists:
    return CodedLists(lists.texts, *gathered(at.astype(np.int32), lists.offsets, lists.numbers))


def _joined_codes(batches: Sequence[Coded]) -> Coded:
    texts, numbers = _joined_texts(batches, [batch.numbers for batch in batches])
    return Coded(texts, numbers)


def _joined_lists(batches: Sequence[CodedLists]) -> CodedLists:
    texts, numbers = _joined_texts(batches, [batch.numbers for batch in batches])
    offsets = [np.zeros(1, dtype=np.int32)]
    end = 0
    for batch in batches:
        offsets.append(batch.offsets[1:] + np.int32(end))
        end += int(batch.offsets[-1])
    return CodedLists(texts, np.concatenate(offsets), numbers)


def _joined_texts(
    batches: Sequence[Coded | CodedLists], numbers: Sequence[NDArray[np.int32]]
) -> tuple[Sequence[str], NDArray[np.int32]]:
    """The texts of all batches, each once, and the batches' numbers into them."""
    all_texts = [batch.texts for batch in batches]
    if _of_one_reading(all_texts):
        return max(all_texts, key=len), np.concatenate(numbers)
    column = TextColumn()
    joined = []
    for batch, each in zip(batches, numbers, strict=True):
        texts = batch.texts
        known = (
            column.number(texts.array) if isinstance(texts, Texts) else column.number_each(texts)
        )
        joined.append(spread(known, each))
    return column.texts, np.concatenate(joined)


def _of_one_reading(texts: Sequence[Sequence[str]]) -> bool:
    """Whether one column of one reading numbered all of these texts."""
    numberings = {id(each.numbered_by) if isinstance(each, Texts) else None for each in texts}
    return len(numberings) == 1 and None not in numberings
