"""What a claim file format is: how it is recognised, and what reads it."""

import io
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from attrs import frozen

from editwright.evaluator.formats.head import Head
from editwright.evaluator.formats.intake import ColumnIntake, Intake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.lines.service_line import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.columnar import ColumnsReading
    from editwright.evaluator.lines.columns import LineColumns


class Use(Enum):
    """What a file of a format is read for."""

    CLAIMS = "claims"
    MEMBERS = "members"
    """Birth dates and sex, for the claims that lie beside it."""
    BESIDE = "beside"
    """What claims of the format of the same name need to be read: `Intake.beside`."""
    NOTHING = "nothing"


@frozen(slots=True)
class Format:
    """A claim file format, or a file that often lies among claims."""

    name: str
    """What `--claims-format` calls it."""
    title: str
    """What messages call it: `an X12 interchange`."""
    recognises: Callable[[Head], bool]
    """Whether a file that starts like this has the format. The first that says so reads it."""
    lines: Callable[[Source, io.BufferedReader, Intake], Iterator[ServiceLine]] | None
    """The service lines of a file; nothing if there are none in such files."""
    columns: (
        Callable[
            [Source, io.BufferedReader, ColumnIntake, "ColumnsReading"], "Iterator[LineColumns]"
        ]
        | None
    ) = None
    """The lines as columns, for a format that has columns; the others are read row by row."""
    names: Callable[[Source, Head], Sequence[str] | None] | None = None
    """The column names of a table, where anybody may choose them: among other files such a table
    holds claims only if it has a claim id. `None` if they cannot be told from its start."""
    use: Use = Use.CLAIMS


def read_lines(
    known: Format, source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of a source in a format. Raises `ClaimsError`."""
    if known.lines is None:
        raise ClaimsError(f"{source.name} holds {known.title}, and no claims", "give the claims")
    yield from known.lines(source, stream, intake)
