"""Service lines as columns, in the order of their source: what large inputs are read into.

A column is called like the attribute of `ServiceLine` that it stands for, a declared field's
`declared NAME`, and says the same about every line. What repeats is held once: a code is a number
into the list of its texts.
"""

from collections.abc import Mapping, Sequence
from decimal import Context, Decimal, Inexact
from typing import TYPE_CHECKING, Any

import numpy as np
from attrs import field, frozen
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

NO_CODE = -1
"""The number of a missing code."""
NO_NUMBER = int(np.iinfo(np.int64).min)
"""What stands for a missing number."""
NO_DAY = int(np.iinfo(np.int32).min)
"""What stands for a missing date."""
SCALE = 10_000
"""Numbers (units, charges) are counted in ten-thousandths."""

_EXACT = Context(prec=40, Emin=-50, Emax=50, traps=[Inexact])


def in_ten_thousandths(number: Decimal) -> int | None:
    """A number in ten-thousandths; nothing where they cannot say it exactly."""
    try:
        scaled = _EXACT.multiply(number, Decimal(SCALE))
    except Inexact:
        return None
    whole = int(scaled)
    return whole if whole == scaled else None


@frozen(slots=True, eq=False)
class Coded:
    """A column of texts: `numbers`, int32 of shape (lines,), are positions in `texts`, or
    `NO_CODE`. No text occurs twice."""

    texts: Sequence[str]
    numbers: NDArray[np.int32]


@frozen(slots=True, eq=False)
class CodedLists:
    """A column of lists of texts: line i has `numbers[offsets[i]:offsets[i + 1]]`, in order."""

    texts: Sequence[str]
    offsets: NDArray[np.int32]
    numbers: NDArray[np.int32]


@frozen(slots=True, eq=False)
class LineColumns:
    """Service lines as columns; only those columns that were asked for are there.

    `claim_ids` are the texts, one a line, or with a dictionary of them; `claim` numbers them: two
    lines have the same number if they have the same claim id. `history` is 1 on lines of the past,
    `correction` says what the line's claim does to another (see `frequency`). `days` are counted
    from 1970-01-01. `inexact` holds the numbers that ten-thousandths cannot say, by column and
    line.
    """

    count: int
    claim_ids: "pa.Array[Any] | pa.ChunkedArray[Any]" = field(repr=False)
    claim: NDArray[np.int32] = field(repr=False)
    line_number: NDArray[np.int32] = field(repr=False)
    history: NDArray[np.uint8] = field(repr=False)
    correction: NDArray[np.uint8] = field(repr=False)
    member_id: Coded = field(repr=False)
    codes: Mapping[str, Coded] = field(repr=False)
    """procedure_code, sex, place_of_service, revenue_code, bill_type, principal_diagnosis,
    rendering_provider, billing_provider, group_id, specialty, authorization, frequency_code,
    original_claim_id, claim_number, status, and declared codes and texts."""
    lists: Mapping[str, CodedLists] = field(repr=False)
    """modifiers, diagnoses, pointed_diagnoses."""
    numbers: Mapping[str, NDArray[np.int64]] = field(repr=False)
    """units, charge, and declared numbers."""
    days: Mapping[str, NDArray[np.int32]] = field(repr=False)
    """service_from, service_to, received_date, birth_date, and declared dates."""
    inexact: Mapping[str, Mapping[int, Decimal]] = field(factory=dict, repr=False)
