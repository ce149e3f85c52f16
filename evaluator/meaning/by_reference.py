"""Members judged by the reference itself, rule by rule: for what no kernel can judge, and for
examples, which start at once because nothing is compiled.

Which rules can touch a member's lines is looked up, never searched.
"""

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import Case, judge_member
from editwright.evaluator.meaning.rule_index import RuleIndex
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar.checked import CheckedRules, Rule

Counting = Mapping[Rule, Mapping[ServiceLine, ServiceLine | None]]
"""Of a rule, lines that count as others, or not at all."""
AS_THEY_ARE: Counting = MappingProxyType({})


class ByReference:
    """Judges members by checked rules; made once for many. Holds no claim between calls."""

    def __init__(self, rules: CheckedRules) -> None:
        self._index = RuleIndex(rules.strata)

    def verdicts(
        self, lines: Sequence[ServiceLine], counting: Counting = AS_THEY_ARE
    ) -> list[tuple[Rule, Verdict]]:
        """The verdicts on all lines of one member, history included."""

        def cases(rule: Rule, ordered: Sequence[ServiceLine]) -> Sequence[Case]:
            others = counting.get(rule)
            if others:
                counted = (others.get(line, line) for line in ordered)
                ordered = [line for line in counted if line is not None]
            return self._index.cases(rule, ordered)

        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        found = judge_member(self._index.applicable(codes), lines, cases)
        return [(rule, verdict) for rule, verdicts in found.items() for verdict in verdicts]

    def may_fire(self, rules: Collection[Rule], lines: Sequence[ServiceLine]) -> bool:
        """Whether one of the rules may fire on one of the lines."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        return any(rule in rules for stratum in self._index.applicable(codes) for rule in stratum)
