"""One rule, or one file with some rules changed, judged on a few lines: by the reference, as
examples are."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import define, field, frozen

from editwright.evaluator.examples import Found
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.reference import judge_member
from editwright.evaluator.rule_index import RowIndex, RuleIndex
from editwright.grammar.checked import CheckedFile, Rule
from editwright.grammar.strata import stratify

Rowwise = dict[tuple[object, ...], RowIndex]
"""Indexes of tables that judges share."""

Said = frozenset[tuple[int, Decimal | None]]
"""The numbers of the lines that a rule fires on, each with the units still allowed."""


@define(eq=False)
class RuleJudge:
    """Judges by one rule alone."""

    rule: Rule
    shared: Rowwise = field(factory=dict)
    _index: RuleIndex = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._index = RuleIndex([[self.rule]], self.shared)

    def could_say(self, lines: Sequence[ServiceLine]) -> bool:
        """Whether a line has a code that the rule speaks of."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        return any(self._index.applicable(codes))

    def said(self, lines: Sequence[ServiceLine]) -> Said:
        """What the rule says of a member's lines."""
        if not self.could_say(lines):
            return frozenset()
        verdicts = judge_member([[self.rule]], lines, self._index.cases)[self.rule]
        return frozenset((each.line.line_number, each.allowed) for each in verdicts)


@frozen(slots=True, eq=False)
class FileJudge:
    """Judges by all rules of a file. Made of none that wait for each other in a circle."""

    strata: Sequence[Sequence[Rule]]
    index: RuleIndex

    @classmethod
    def of(cls, rules: Iterable[Rule], shared: Rowwise) -> "FileJudge | None":
        """A judge by these rules; nothing where they wait for each other in a circle."""
        strata = stratify(list(rules))
        if not isinstance(strata, tuple):
            return None
        return cls(strata, RuleIndex(strata, shared))

    def found(self, lines: Sequence[ServiceLine]) -> list[Found]:
        """What an example of these lines finds."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        verdicts = judge_member(self.index.applicable(codes), lines, self.index.cases)
        return [
            Found(rule.name, each.line.line_number, rule.disposition, each.allowed)
            for rule, found in verdicts.items()
            for each in found
        ]


def with_changed(file: CheckedFile, changed: Mapping[Rule, Rule]) -> list[Rule]:
    """The rules of a file, some of them changed."""
    return [changed.get(rule, rule) for rule in file.rules]
