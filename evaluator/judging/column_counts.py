"""What the closing lines of a run say about the lines in columns."""

from collections.abc import Container, Mapping, Sequence
from typing import Any

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.judging.column_batch import number_column
from editwright.evaluator.lines.columns import NO_CODE, NO_NUMBER, LineColumns
from editwright.evaluator.lines.field_columns import CODE_COLUMNS
from editwright.grammar.checked import FieldRef


@frozen(slots=True)
class Counts:
    """Counts of lines, history aside."""

    lines: int
    claims: int
    members: int
    members_known: int
    missing: Mapping[str, int]


def counts_of(
    columns: LineColumns, fields: Sequence[FieldRef], known_members: Container[str]
) -> Counts:
    """Lines, claims and members, and on how many lines each field is missing."""
    now = columns.history == 0
    everything = bool(now.all())

    def of_now(values: NDArray[Any]) -> NDArray[Any]:
        return values if everything else values[now]

    members = _present(of_now(columns.member_id.numbers))
    texts = columns.member_id.texts
    missing = {
        each.name: int(np.count_nonzero(of_now(_is_missing(columns, each)))) for each in fields
    }
    return Counts(
        lines=int(np.count_nonzero(now)),
        claims=len(_present(of_now(columns.claim))),
        members=len(members),
        members_known=sum(str(texts[each]) in known_members for each in members.tolist())
        if known_members
        else 0,
        missing={name: count for name, count in missing.items() if count},
    )


def claims_of(columns: LineColumns) -> int:
    """How many claims there are, history aside."""
    return len(_present(columns.claim[columns.history == 0]))


def _present(numbers: NDArray[np.int32]) -> NDArray[np.int64]:
    """The different numbers, but for missing ones."""
    seen = np.zeros(int(numbers.max(initial=-1)) + 2, np.bool_)
    seen[numbers] = True  # a missing one is the last
    return np.flatnonzero(seen[:-1])


def _is_missing(columns: LineColumns, field: FieldRef) -> NDArray[np.bool_]:
    if field.type == "code":
        name = f"declared {field.name}" if field.declared else CODE_COLUMNS[field.name]
        missing: NDArray[np.bool_] = columns.codes[name].numbers == NO_CODE
    else:
        missing = number_column(columns, field) == NO_NUMBER
    return missing
