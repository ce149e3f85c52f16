"""One document's table: its known columns as texts, and the errors of one that is another."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from attrs import field, frozen

from editwright.evaluator.tables.layouts import Layout, recognised
from editwright.evaluator.tables.problems import NotThisTable, TableFileError, shown

if TYPE_CHECKING:
    import pyarrow as pa


@frozen(slots=True, eq=False)
class Sheet:
    """The rows of one document; every column is dictionary-encoded text, blank cells are null."""

    name: str
    headings: Mapping[str, str]
    table: "pa.Table" = field(repr=False)
    ends: bool = True
    """Whether its last line has an end; that of a file that was cut off has none."""


def not_this_table(name: str, layout: Layout, records: Sequence[Sequence[str]]) -> TableFileError:
    """What a document is that does not have the headings of the table that is imported."""
    other = recognised(records)
    if other is not None:
        return NotThisTable(
            f"`{name}` is {other.title}, expected {layout.title}",
            f"import it with `editwright import {other.kind}`",
        )
    wanted = ", ".join(each.name.replace("_", " ") for each in layout.columns if each.required)
    return NotThisTable(
        f"`{name}` is not {layout.title}: {_beginning(records)}, "
        f"and no headings of the columns {wanted}",
        "give the file as CMS hands it out; a fixed-width text has no headings: take the workbook",
    )


def without_rows(name: str, layout: Layout) -> TableFileError:
    """A document with headings and nothing below them."""
    return TableFileError(
        f"`{name}` has the headings of {layout.title} and no rows", "download it again"
    )


def _beginning(records: Sequence[Sequence[str]]) -> str:
    filled = (" ".join(filter(None, (cell.strip() for cell in each))) for each in records)
    text = " ".join(next(filter(None, filled), "").split())
    if not text:
        return "it is blank"
    return f"it begins with `{shown(text)}`"
