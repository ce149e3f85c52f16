"""What of the claims was set aside, in counts and in words."""

from collections import Counter
from collections.abc import Iterable

from editwright.console import counted
from editwright.evaluator.formats.read import ClaimsIn


def set_aside_by_problem(inputs: Iterable[ClaimsIn]) -> dict[str, int]:
    """How often something was set aside, by problem."""
    problems: Counter[str] = Counter()
    for claims in inputs:
        problems.update(claims.bad_lines.by_problem)
    return dict(problems)


def aside_text(sources: Iterable[ClaimsIn]) -> str:
    """`2 lines, 1 claim`"""
    units: Counter[str] = Counter()
    for claims in sources:
        units.update(claims.bad_lines.by_unit)
    return ", ".join(counted(count, unit) for unit, count in units.items()) or counted(0, "line")
