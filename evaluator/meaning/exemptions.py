"""What exempts a line, or a pair of lines, from a rule."""

from collections.abc import Sequence

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.relations import Denied, partners_of
from editwright.evaluator.meaning.truth import Rows, Truth, both, either, holds
from editwright.grammar import checked as c


def exempt(
    rule: c.Rule, line: ServiceLine, rows: Rows, lines: Sequence[ServiceLine], denied: Denied
) -> Truth:
    """Whether an exemption that asks about no pair holds."""
    truths: list[Truth] = []
    pairs = isinstance(rule.core, c.Excludes)
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            found = [truth for _, truth in partners_of(each.partners, line, rows, lines, denied)]
            truths.append(both([either(found), holds(each.when, line, rows)]))
        elif each.side is None or not pairs:
            truths.append(both([holds(each.condition, line, rows), holds(each.when, line, rows)]))
    return either(truths)


def pair_exempt(rule: c.Rule, line: ServiceLine, other: ServiceLine, rows: Rows) -> Truth:
    """Whether an exemption `on either line` or `on the other line` holds for a pair."""
    truths: list[Truth] = []
    for each in rule.exemptions:
        if isinstance(each, c.Exemption) and each.side is not None:
            sides = [holds(each.condition, other, rows)]
            if each.side == "either":
                sides.append(holds(each.condition, line, rows))
            truths.append(both([either(sides), holds(each.when, line, rows)]))
    return either(truths)
