"""Members judged by the reference itself, rule by rule: for what no kernel can judge, and for
examples, which start at once because nothing is compiled.

Which rules can touch a member's lines is looked up, never searched.
"""

from collections.abc import Sequence

from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.reference import judge_member
from editwright.evaluator.rule_index import RuleIndex
from editwright.evaluator.verdicts import Verdict
from editwright.grammar.checked import CheckedRules, Rule


class ByReference:
    """Judges members by checked rules; made once for many. Holds no claim between calls."""

    def __init__(self, rules: CheckedRules) -> None:
        self._index = RuleIndex(rules.strata)

    def verdicts(self, lines: Sequence[ServiceLine]) -> list[tuple[Rule, Verdict]]:
        """The verdicts on all lines of one member, history included."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        found = judge_member(self._index.applicable(codes), lines, self._index.cases)
        return [(rule, verdict) for rule, verdicts in found.items() for verdict in verdicts]
