"""Where the checks of one file report what they find."""

from attrs import define, field

from editwright.grammar.diagnostics import Diagnostic, Label
from editwright.grammar.source import Source, Span

MOST_PROBLEMS = 200
"""A file with more problems than this has one cause for many; the rest would help nobody."""


@define
class Problems:
    """The problems of one source, each reported once."""

    source: Source
    found: list[Diagnostic] = field(factory=list)
    _known: set[tuple[str, int]] = field(factory=set)

    def __attrs_post_init__(self) -> None:
        self._known.update((each.code, each.span.start) for each in self.found)
        self._close()

    @property
    def full(self) -> bool:
        """Whether there are too many problems to look for more."""
        return len(self.found) > MOST_PROBLEMS

    def add(
        self,
        code: str,
        message: str,
        span: Span,
        *,
        here: str = "",
        help: str = "",
        labels: tuple[Label, ...] = (),
    ) -> None:
        """Report a problem; the same one at the same place counts once."""
        key = (code, span.start)
        if self.full or key in self._known:
            return
        self._known.add(key)
        self.found.append(Diagnostic(code, message, self.source, span, here, help, labels))
        self._close()

    def repeat(self, problem: Diagnostic) -> None:
        """Report a problem that was found apart."""
        self.add(
            problem.code,
            problem.message,
            problem.span,
            here=problem.here,
            help=problem.help,
            labels=problem.labels,
        )

    def _close(self) -> None:
        """Put the remark that there are more in the place of the first that is too many."""
        if self.full:
            span = self.found[MOST_PROBLEMS].span
            self.found[MOST_PROBLEMS:] = [
                Diagnostic(
                    "E105",
                    f"there are more than {MOST_PROBLEMS} problems; the others are not shown",
                    self.source,
                    span,
                    help="correct these first",
                )
            ]
