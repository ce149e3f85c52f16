"""What coverage found: every point of every rule, and whether an example reaches it.

Plain values from here on: a report needs nothing else.
"""

from attrs import frozen


@frozen(slots=True)
class Point:
    """One thing that a rule says and an example can show.

    `clause` is the author's own words, `line` where they stand; `what` completes them: `held`,
    `did not hold`, `on its last day`. `missing` says in words which example would reach it.
    """

    clause: str
    line: int
    what: str
    seen: bool
    missing: str
    example: str | None = None
    """The title of the first example that reaches it."""

    def as_dict(self) -> dict[str, object]:
        """The point as plain values."""
        return {
            "clause": self.clause,
            "line": self.line,
            "what": self.what,
            "seen": self.seen,
            "missing": None if self.seen else self.missing,
            "example": self.example,
        }


@frozen(slots=True)
class RuleCoverage:
    """The points of one rule, in the order in which it is written."""

    rule: str
    file: str
    line: int
    points: tuple[Point, ...]

    @property
    def seen(self) -> int:
        """How many points an example reaches."""
        return sum(point.seen for point in self.points)

    @property
    def percent(self) -> float:
        """The share of its points that examples reach; of none, all."""
        return 100.0 * self.seen / len(self.points) if self.points else 100.0

    def as_dict(self) -> dict[str, object]:
        """The rule's coverage as plain values."""
        return {
            "rule": self.rule,
            "file": self.file,
            "line": self.line,
            "seen": self.seen,
            "points": len(self.points),
            "percent": round(self.percent, 1),
            "details": [point.as_dict() for point in self.points],
        }


@frozen(slots=True)
class Coverage:
    """The coverage of all rules, in the order of their files."""

    rules: tuple[RuleCoverage, ...]

    @property
    def percent(self) -> float:
        """The share of all points that examples reach; of none, all."""
        points = sum(len(rule.points) for rule in self.rules)
        return 100.0 * sum(rule.seen for rule in self.rules) / points if points else 100.0

    def as_dict(self) -> dict[str, object]:
        """All of it as plain values."""
        return {
            "seen": sum(rule.seen for rule in self.rules),
            "points": sum(len(rule.points) for rule in self.rules),
            "percent": round(self.percent, 1),
            "rules": [rule.as_dict() for rule in self.rules],
        }
