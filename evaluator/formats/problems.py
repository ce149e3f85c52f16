"""What can be wrong with claim input: the whole of it, or one line.

Nothing here ever carries a member id, a name or a birth date: these texts end up in logs,
tickets and e-mail.
"""

from collections import Counter
from collections.abc import Callable

from attrs import define, field, frozen

KEPT_BAD_LINES = 100


class ClaimsError(Exception):
    """An input that cannot be read at all.

    `message` says what is wrong with which input, `help` what to do next (or is `None`).
    """

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message if help is None else f"{message}\n  help: {help}")
        self.message = message
        self.help = help


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
    """One line of the input that was set aside: it is not judged and serves as no partner."""

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

    def __str__(self) -> str:
        return f"{self.source}, row {self.row}: {self.reason}"


@define(slots=True)
class BadLines:
    """The lines set aside so far: all of them counted, the first few kept."""

    keep: int = KEPT_BAD_LINES
    on_bad_line: Callable[[BadLine], None] | None = None
    count: int = 0
    by_problem: Counter[str] = field(factory=Counter)
    kept: list[BadLine] = field(factory=list)

    def add(self, bad: BadLine) -> None:
        self.count += 1
        self.by_problem[bad.problem] += 1
        if len(self.kept) < self.keep:
            self.kept.append(bad)
        if self.on_bad_line is not None:
            self.on_bad_line(bad)
