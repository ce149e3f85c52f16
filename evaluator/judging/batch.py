"""Service lines of members as the arrays that kernels read."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_DAY, NO_NUMBER, SCALE, in_ten_thousandths
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.line_fields import FieldValue, read_field
from editwright.evaluator.meaning.reference import says_denied
from editwright.evaluator.plan.lexicon import Words
from editwright.evaluator.plan.plan import Plan
from editwright.grammar.checked import FieldRef

EPOCH = date(1970, 1, 1).toordinal()
LARGEST = 10**10 * SCALE
"""A number beyond this is judged by the reference: sums of such could overflow."""


class InexactError(Exception):
    """A number that ten-thousandths cannot say."""


@frozen(slots=True, eq=False)
class Batch:
    """Lines, member by member, each member's in order (see `reference.in_order`).

    `day`, `claim`, `code`: int32 of shape (lines,); `history`, `denied`: uint8; `codes`: int32 of
    shape (fields, lines); `numbers`: int64 of shape (fields, lines); `list_start`: int32 of shape
    (lists, lines + 1), positions in `list_values`; `members`: int32, where each member starts and
    the count of lines at the end.
    """

    day: NDArray[np.int32]
    claim: NDArray[np.int32]
    code: NDArray[np.int32]
    history: NDArray[np.uint8]
    denied: NDArray[np.uint8]
    codes: NDArray[np.int32]
    numbers: NDArray[np.int64]
    list_start: NDArray[np.int32]
    list_values: NDArray[np.int32]
    members: NDArray[np.int32]


def batch_of(lines: Sequence[ServiceLine], members: Sequence[int], plan: Plan) -> Batch:
    """The batch of lines that are in order already. Raises InexactError."""
    layout, lexicon = plan.layout, plan.lexicon
    local: Words = {}
    count = len(lines)
    claims: dict[str, int] = {}
    claim = [claims.setdefault(line.claim_id, len(claims)) for line in lines]
    day = [NO_DAY if line.service_from is None else line.service_from.toordinal() - EPOCH
           for line in lines]  # fmt: skip
    number = lexicon.number
    code = [number("procedure code", line.procedure_code, local) for line in lines]
    codes = np.empty((len(layout.codes), count), np.int32)
    for at, each in enumerate(layout.codes):
        assert each.kind is not None
        space = each.kind.noun
        codes[at] = [number(space, _text(read_field(each, line)), local) for line in lines]
    numbers = np.empty((len(layout.numbers), count), np.int64)
    for at, each in enumerate(layout.numbers):
        numbers[at] = [plain_number(read_field(each, line)) for line in lines]
    list_start = np.empty((len(layout.lists), count + 1), np.int32)
    values: list[int] = []
    for at, each in enumerate(layout.lists):
        assert each.kind is not None
        starts = [len(values)]
        read = list_reader(each)
        for line in lines:
            values += [number(each.kind.noun, text, local) for text in read(line)]
            starts.append(len(values))
        list_start[at] = starts
    history = [line.history for line in lines]
    denied = [line.history and says_denied(line.status) for line in lines]
    return Batch(
        day=np.array(day, np.int32),
        claim=np.array(claim, np.int32),
        code=np.array(code, np.int32),
        history=np.array(history, np.uint8),
        denied=np.array(denied, np.uint8),
        codes=codes,
        numbers=numbers,
        list_start=list_start,
        list_values=np.array(values, np.int32),
        members=np.array(members, np.int32),
    )


LISTS: dict[str, Callable[[ServiceLine], Sequence[str]]] = {
    "modifier": lambda line: line.modifiers,
    "diagnosis": lambda line: line.pointed_diagnoses,
    "claim diagnosis": lambda line: line.diagnoses,
}
"""How the fields that are lists are read off a line."""


def list_reader(field: FieldRef) -> Callable[[ServiceLine], Sequence[str]]:
    """How a field that is a list is read off a line."""
    return LISTS[field.name]


def plain_number(value: FieldValue) -> int:
    """A number in ten-thousandths, a date in days. Raises InexactError."""
    if value is None:
        return NO_NUMBER
    if isinstance(value, date):
        return value.toordinal() - EPOCH
    assert isinstance(value, Decimal)
    number = in_ten_thousandths(value)
    if number is None or abs(number) > LARGEST:
        raise InexactError
    return number


def _text(value: FieldValue) -> str | None:
    assert value is None or isinstance(value, str)
    return value
