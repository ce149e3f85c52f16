"""Claims of shapes that are rare and that cost most: each a change to usual ones.

`one-member`: members of 10,000 lines. `crowded-days`: 80 lines of one member, date and provider,
which are some 3,000 pairs of lines. `one-date`: all lines on one date.
"""

from typing import Any

import numpy as np
import pyarrow as pa

LINES_OF_MEMBER = 10_000
LINES_OF_DAY = 80


def odd_claims(usual: pa.Table, kind: str) -> pa.Table:
    """The same lines, with other members, dates or providers."""
    place = np.arange(usual.num_rows)
    changes: dict[str, Any] = {}
    if kind == "one-member":
        changes["member_id"] = usual["member_id"].take(place - place % LINES_OF_MEMBER)
    elif kind == "crowded-days":
        day = place - place % LINES_OF_DAY
        for name in ("member_id", "service_from", "service_to", "rendering_provider"):
            changes[name] = usual[name].take(day)
    else:
        for name in ("service_from", "service_to"):
            changes[name] = usual[name].take(np.zeros_like(place))
    for name, column in changes.items():
        usual = usual.set_column(usual.column_names.index(name), name, column)
    return usual
