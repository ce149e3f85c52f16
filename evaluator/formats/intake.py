"""What a format hands its rows to. Claims and members are read through the same formats."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from editwright.evaluator.formats.column_plan import ColumnPlan
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.lines import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.registry import Format
    from editwright.evaluator.formats.sources import Source


class Rows(Protocol):
    """The rows of one header of one source."""

    @property
    def plan(self) -> ColumnPlan: ...

    def line(self, number: int, row: Sequence[object]) -> ServiceLine | None:
        """Take in one row; the cells stand as in the header, and a last `None` after them."""


class Intake(Protocol):
    """What takes in the rows of one source."""

    @property
    def source(self) -> str:
        """The source's name for messages."""
        ...

    @property
    def key(self) -> str:
        """The column without which nothing can be read."""
        ...

    @property
    def beside(self) -> "Sequence[tuple[Format, Source]]":
        """The other files of the source's format that hold what its claims need."""
        ...

    def rows(self, names: Sequence[str], *, complete: bool = True) -> Rows:
        """The reader of rows with these column names.

        `complete` says that the source has no other columns. Raises `ClaimsError` if a complete
        header lacks the key, or if a name is ambiguous.
        """
        ...

    def refuse(self, number: int, problem: str, reason: str) -> None:
        """Set aside row `number`, which cannot be taken apart into cells."""

    def note(self, text: str) -> None:
        """Keep a remark about the source for the summary; the same remark once."""


class ColumnIntake(Intake, Protocol):
    """What takes in the columns of one source: of claims alone."""

    def rows(self, names: Sequence[str], *, complete: bool = True) -> RowReader: ...
