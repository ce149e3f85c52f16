"""What a mutation run found: every change, and what became of it.

Plain values from here on: a report needs nothing else.
"""

from collections import Counter
from typing import Literal

from attrs import frozen

Fate = Literal["noticed", "survived", "no difference found", "not shown by examples"]
"""`noticed`: an example failed. `survived`: none did, though a claim tells the two apart.
`no difference found`: no claim was found on which the changed rule says anything else.
`not shown by examples`: what changed is nothing that `expect` can say, such as a reason code."""


@frozen(slots=True)
class Mutant:
    """One change of one rule, list or heading, and what became of it."""

    rule: str
    """The rule, or the list or heading that was changed."""
    file: str
    line: int
    change: str
    """What was changed, in words: `the window is a day longer`."""
    before: str
    after: str
    """The clause as written, and as changed."""
    fate: Fate
    noticed_by: str | None = None
    """The title of the example that fails."""
    example: str | None = None
    """For one that survived: the example that would fail, ready to paste."""

    def as_dict(self) -> dict[str, object]:
        """The change as plain values."""
        return {
            "rule": self.rule,
            "file": self.file,
            "line": self.line,
            "change": self.change,
            "before": self.before,
            "after": self.after,
            "fate": self.fate,
            "noticed_by": self.noticed_by,
            "example": self.example,
        }


@frozen(slots=True)
class Survey:
    """All changes, in the order of the files."""

    mutants: tuple[Mutant, ...]

    def of_fate(self, fate: Fate) -> tuple[Mutant, ...]:
        """The changes with this fate."""
        return tuple(each for each in self.mutants if each.fate == fate)

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """The changes that no example notices, though one could."""
        return self.of_fate("survived")

    @property
    def score(self) -> float:
        """The share, in percent, of the changes that examples notice among those that one
        could; of none, all."""
        noticed, survived = len(self.of_fate("noticed")), len(self.survivors)
        return 100.0 * noticed / (noticed + survived) if noticed + survived else 100.0

    def as_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        counts = Counter(each.fate for each in self.mutants)
        return {
            "score": round(self.score, 1),
            "noticed": counts["noticed"],
            "survived": counts["survived"],
            "no_difference_found": counts["no difference found"],
            "not_shown_by_examples": counts["not shown by examples"],
            "mutants": [each.as_dict() for each in self.mutants],
        }
