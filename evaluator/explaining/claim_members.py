"""The lines of the members of one claim, picked out of all lines in columns."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from editwright.evaluator.lines.columns import NO_CODE, LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import lines_of

pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""


def members_of_claim(parts: Iterable[LineColumns], claim_id: str) -> list[list[ServiceLine]]:
    """All lines, history included, of each member that has a line of the claim; of a line without
    a member the lines of its claim. All lines of a member are in one part."""
    found: list[list[ServiceLine]] = []
    for columns in parts:
        ids: Any = columns.claim_ids.cast(pa.large_string())
        same = pc.equal(ids, pa.scalar(claim_id, ids.type)).to_numpy(zero_copy_only=False)
        here = same & (columns.history == 0)
        members = columns.member_id.numbers
        for member in np.unique(members[here]).tolist():
            theirs = same & (members == NO_CODE) if member == NO_CODE else members == member
            found.append(lines_of(columns, np.flatnonzero(theirs)))
    return found
