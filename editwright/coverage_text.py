"""Coverage as a person reads it: a line for each rule, and below it what no example shows."""

from editwright.console import Paint, counted
from editwright.evaluator.coverage.points import Coverage, RuleCoverage


def coverage_text(coverage: Coverage, paint: Paint) -> str:
    """The whole table. Of a rule whose every point is reached there is only the line."""
    width = max((len(rule.rule) for rule in coverage.rules), default=0)
    out: list[str] = []
    for rule in coverage.rules:
        kind = "ok" if rule.seen == len(rule.points) else "warning"
        out.append(f"{paint('place', rule.rule.ljust(width))}  {paint(kind, _share(rule))}")
        out += [
            f"    {rule.file}:{point.line}: {point.missing}"
            for point in rule.points
            if not point.seen
        ]
    seen = sum(rule.seen for rule in coverage.rules)
    points = sum(len(rule.points) for rule in coverage.rules)
    out += ["", f"Coverage: {coverage.percent:.1f} %, {seen:,} of {counted(points, 'point')}."]
    return "\n".join(out)


def _share(rule: RuleCoverage) -> str:
    return f"{rule.percent:5.0f} %  {rule.seen:>3} of {len(rule.points)}"
