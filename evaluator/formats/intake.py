"""What a format hands its rows to. Claims and members are read through the same formats."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from attrs import frozen

from editwright.evaluator.formats.column_plan import ColumnPlan
from editwright.evaluator.formats.problems import BadLines, Warnings
from editwright.evaluator.formats.reasons import bad_row
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.lines.service_line import ServiceLine

if TYPE_CHECKING:
    from editwright.evaluator.formats.format import Format
    from editwright.evaluator.formats.sources import Source

T = TypeVar("T")

Where = Callable[[int], str]
"""Says for people where the row of a number stands, in formats that have no rows."""


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

    def is_key(self, name: str) -> bool:
        """Whether a column of this name may be that without which nothing can be read."""
        ...

    @property
    def beside(self) -> "Sequence[tuple[Format, Source]]":
        """The other files of the source's format that hold what its claims need."""
        ...

    def rows(
        self, names: Sequence[str], *, complete: bool = True, where: Where | None = None
    ) -> Rows:
        """The reader of rows with these column names.

        `complete` says that the source has no other columns. `where` is asked about rows that
        are set aside, while they are. Raises `ClaimsError` if a complete
        header lacks the key, or if a name is ambiguous.
        """
        ...

    def refuse(
        self,
        number: int,
        problem: str,
        reason: str,
        *,
        where: str | None = None,
        unit: str = "line",
    ) -> None:
        """Set aside row `number`, which cannot be taken apart into cells.

        `where` says for people where it stands, and `unit` what it is, if it is no line: a
        claim, a transaction.
        """

    def warn(self, problem: str, where: str) -> None:
        """Count something odd that stops nothing, and keep where it was first seen.

        `problem` is the same text each time; neither text has anything private in it.
        """

    def note(self, text: str) -> None:
        """Keep a remark about the source for the summary; the same remark once."""

    def claimless(self, what: str) -> None:
        """Say of a source that has been read that it held no claims, but what this says: where no
        source holds any, the input cannot be used."""

    def learn(self, lesson: "Callable[[Sequence[Source]], T]") -> T:
        """What a format learns from all the sources of the input; once for all of them."""
        ...


class ColumnIntake(Intake, Protocol):
    """What takes in the columns of one source: of claims alone."""

    def rows(
        self, names: Sequence[str], *, complete: bool = True, where: Where | None = None
    ) -> RowReader: ...


class Remarks(Protocol):
    """What is wrong with an input, and what is odd about it: of all its sources together."""

    bad_lines: BadLines
    warnings: Warnings
    notes: list[str]


R = TypeVar("R", bound=Remarks)


@frozen(slots=True)
class SourceIntake(Generic[R]):
    """What an `Intake` does alike for claims and for members: it keeps what is said of a source."""

    source: str
    reading: R
    """What the rows of all sources become."""

    def refuse(
        self,
        number: int,
        problem: str,
        reason: str,
        *,
        where: str | None = None,
        unit: str = "line",
    ) -> None:
        self.reading.bad_lines.add(bad_row(self.source, number, problem, reason, where, unit))

    def warn(self, problem: str, where: str) -> None:
        self.reading.warnings.add(problem, f"{self.source}, {where}")

    def note(self, text: str) -> None:
        if text not in self.reading.notes:
            self.reading.notes.append(text)
