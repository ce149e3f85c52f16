"""A step of an explanation."""

from attrs import frozen

from editwright.evaluator.truth import Truth

MOST_LINES = 20
"""A step names at most so many lines; a member may have thousands."""


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
