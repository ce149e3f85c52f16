"""CSV and its kin (tabs, pipes, semicolons) to service lines, row by row.

Every cell is read as text, so that `00100` stays `00100`. The delimiter is the one that the
header has most of.
"""

import io
from collections.abc import Iterator

from editwright.evaluator.formats.delimited import Refusal, read_header, read_rows, read_texts
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine


def csv_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a delimited text with a header row. Raises `ClaimsError`."""
    texts = read_texts(source, stream, intake.note)
    header = read_header(source, texts)
    read = intake.rows(header.names).line
    for number, row in enumerate(read_rows(source, texts, header, header.lines), 1):
        if isinstance(row, Refusal):
            intake.refuse(number, row.problem, row.reason)
        elif (line := read(number, [*row, None])) is not None:
            yield line
