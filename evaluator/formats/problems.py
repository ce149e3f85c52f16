"""What can be wrong with claim input: the whole of it, one part of it, or nothing that stops it.

Nothing here ever carries a member id, a name or a birth date: these texts end up in logs,
tickets and e-mail.
"""

from collections import Counter
from collections.abc import Callable

from attrs import define, field, frozen

from editwright.evaluator.unusable import UnusableError

KEPT_BAD_LINES = 100


class ClaimsError(UnusableError):
    """An input that cannot be read at all."""


class BadValue(Exception):  # noqa: N818 - never leaves the room: it becomes a BadLine
    """One cell that cannot be read; whoever knows the row turns it into a `BadLine`."""

    def __init__(
        self,
        problem: str,
        expected: str,
        *,
        field: str | None = None,
        raw: object = None,
        quotable: bool = False,
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        """What is wrong, without the value: `is not a date`."""
        self.expected = expected
        """What would be right: `a date such as 2025-03-01`."""
        self.field = field
        self.raw = raw
        self.quotable = quotable
        """Whether the raw value may be shown even if it has words in it, which may be names."""


@frozen(slots=True)
class BadLine:
    """One part of the input that was set aside: it is not judged and serves as no partner.

    Mostly it is a service line; what cannot be taken apart into lines is set aside whole.
    """

    source: str
    """The file's name as it was given."""
    row: int
    """The 1-based data row; in NDJSON the 1-based line number of the file."""
    field: str | None
    """The service-line column at fault, or `None` where the whole row is."""
    problem: str
    """What is wrong, the same text for every line with this problem."""
    reason: str
    """What is wrong with this line, what was expected, and why it matters."""
    where: str | None = None
    """Where it stands, for people, in formats that have no rows."""
    unit: str = "line"
    """What was set aside: a line, a claim, a transaction, an interchange."""

    @property
    def place(self) -> str:
        """Where it stands in its file."""
        return self.where or f"row {self.row}"

    def as_dict(self) -> dict[str, str | int | None]:
        """The bad line in plain data."""
        return {
            "file": self.source,
            "row": self.row,
            "where": self.where,
            "unit": self.unit,
            "column": self.field,
            "problem": self.problem,
            "reason": self.reason,
        }

    def __str__(self) -> str:
        return f"{self.source}, {self.place}: {self.reason}"


@define(slots=True)
class BadLines:
    """The lines set aside so far: all of them counted, the first few kept."""

    keep: int = KEPT_BAD_LINES
    on_bad_line: Callable[[BadLine], None] | None = None
    count: int = 0
    by_problem: Counter[str] = field(factory=Counter)
    by_unit: Counter[str] = field(factory=Counter)
    kept: list[BadLine] = field(factory=list)

    def add(self, bad: BadLine) -> None:
        self.count += 1
        self.by_problem[bad.problem] += 1
        self.by_unit[bad.unit] += 1
        if len(self.kept) < self.keep:
            self.kept.append(bad)
        if self.on_bad_line is not None:
            self.on_bad_line(bad)


@define(slots=True)
class Warnings:
    """What is odd about the input and stops nothing: all counted, the first of each kind kept."""

    by_problem: Counter[str] = field(factory=Counter)
    first: dict[str, str] = field(factory=dict)

    def add(self, problem: str, example: str) -> None:
        """Count a problem; its text is the same each time and quotes nothing of the input."""
        self.by_problem[problem] += 1
        self.first.setdefault(problem, example)

    def texts(self) -> list[str]:
        """One sentence for each problem."""
        return [
            f"{problem} ({_times(count)}: {self.first[problem]})"
            for problem, count in self.by_problem.items()
        ]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times, first"
