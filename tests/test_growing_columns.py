"""Batches put one after the other say what they said."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pyarrow as pa
from attrs import asdict, evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.evaluator import growing_memory
from editwright.evaluator.formats.seen_columns import SeenColumns
from editwright.evaluator.gathering import growing_columns
from editwright.evaluator.gathering.growing_columns import GrowingColumns
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.texts import TextColumn
from editwright.evaluator.lines.to_columns import columns_of, lines_of

laws = settings.get_profile("laws")
WANTED = ("procedure_code", "modifiers", "diagnoses", "units", "service_from", "sex", "status")
texts = st.sampled_from(["A", "B", "C", "1", "25"])
lines = st.builds(
    ServiceLine,
    claim_id=texts,
    line_number=st.integers(1, 9),
    member_id=st.none() | texts,
    procedure_code=st.none() | texts,
    modifiers=st.lists(texts, max_size=3, unique=True).map(tuple),
    diagnoses=st.lists(texts, max_size=3, unique=True).map(tuple),
    units=st.none() | st.sampled_from([*map(Decimal, ("1.00000", "0.00001", "3"))]),
    service_from=st.none() | st.just(date(2025, 3, 1)),
    history=st.booleans(),
)


@settings(laws)
@given(
    batches=st.lists(st.lists(lines, max_size=5), min_size=1, max_size=6),
    large=st.sampled_from([0, 1 << 20]),
    given_away=st.integers(1, 7),
)
def test_what_comes_in_goes_out(
    batches: list[list[ServiceLine]], large: int, given_away: int
) -> None:
    """All together, and in batches of another size."""
    every = [asdict(line, recurse=False) for batch in batches for line in batch]
    numbered: defaultdict[str, TextColumn] = defaultdict(TextColumn)
    seen = SeenColumns()
    growing = GrowingColumns()
    with (
        patch.object(growing_memory, "LARGE", max(large, 1)),
        patch.object(growing_columns, "LINES_OF_BATCH", given_away),
    ):
        for batch in batches:
            growing.add(columns_of(batch, WANTED, texts=numbered, claims=seen.claims))
        ids = seen.claim_ids
        assert said(growing.whole(), ids) == every
        pieces = [said(each, ids) for each in growing.batches()]
    assert [line for piece in pieces for line in piece] == every
    assert all(len(piece) == given_away for piece in pieces[:-1])


def said(columns: LineColumns, ids: Any) -> list[dict[str, object]]:
    """What the lines say, with the ids that are left out of the columns."""
    with_ids = evolve(columns, claim_ids=ids.take(pa.array(columns.claim)))
    lines = lines_of(with_ids, range(columns.count))
    return [asdict(each, recurse=False) for each in lines]
