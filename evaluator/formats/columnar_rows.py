"""Service lines that come one by one to columns, for the formats that are read row by row."""

from collections.abc import Iterable, Iterator
from itertools import islice

from editwright.evaluator.formats.columnar import ColumnsReading
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import columns_of

_BATCH_LINES = 1 << 14


def line_columns(lines: Iterable[ServiceLine], shared: ColumnsReading) -> Iterator[LineColumns]:
    """The lines as columns, some thousands at a time."""
    lines = iter(lines)
    while batch := list(islice(lines, _BATCH_LINES)):
        yield columns_of(
            batch,
            shared.wanted,
            declared=shared.reading.declared_fields,
            texts=shared.texts,
            claims=shared.seen.claims,
        )
