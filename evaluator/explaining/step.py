"""What an explanation asks, and a step of its answer."""

from collections.abc import Sequence

from attrs import frozen

from editwright.evaluator.explaining.denials import Denials
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.relations import partners_of
from editwright.evaluator.meaning.truth import Rows, Truth
from editwright.grammar import checked as c
from editwright.grammar.checked import Rule

MOST_LINES = 20
"""A step names at most so many lines; a member may have thousands."""


@frozen(slots=True)
class Question:
    """Why a rule fires on a line, or does not."""

    rule: Rule
    rows: Rows
    """What `row.` stands for."""
    line: ServiceLine
    lines: Sequence[ServiceLine]
    """All lines of the member."""
    denials: Denials

    def partners(self, partners: c.Partners) -> list[tuple[ServiceLine, Truth]]:
        """The lines that may be such partners of the line, each with whether it is one."""
        return partners_of(partners, self.line, self.rows, self.lines, self.denials.keys())


@frozen(slots=True)
class Step:
    """One thing that was asked, and whether it held (`None`: the claim does not say); or a fact
    that stands below what was asked."""

    text: str
    truth: Truth
    depth: int = 0
    prevents: bool = False
    """Whether this keeps the rule from firing."""
    reason: str | None = None
    """The step as a reason not to fire, where its text alone does not say it."""
    fact: bool = False

    @property
    def why(self) -> str:
        """The step as a reason not to fire."""
        return self.reason or self.text

    def as_dict(self) -> dict[str, object]:
        """The step as plain values."""
        return {
            "text": self.text,
            "holds": self.truth,
            "depth": self.depth,
            "prevents": self.prevents,
            "fact": self.fact,
        }
