"""One rule, or one file with some rules changed, judged on a few lines: by the reference, as
examples are."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from attrs import define, field, frozen

from editwright.evaluator.examples.run_examples import Found
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import judge_member
from editwright.evaluator.meaning.rule_index import (
    RowIndex,
    RuleIndex,
    key_column,
    only_column,
    partner_column,
)
from editwright.grammar.checked import CheckedFile, Rule
from editwright.grammar.strata import stratify
from editwright.grammar.tables import TableData


@define(eq=False)
class Rowwise:
    """Indexes of tables, which judges of much the same rules share."""

    _indexes: dict[tuple[object, ...], RowIndex] = field(factory=dict)

    def __call__(self, rule: Rule, table: TableData) -> RowIndex:
        """The index of a rule's table."""
        columns = (only_column(rule.subject.codes), partner_column(rule), key_column(rule))
        key = (id(table), *columns)
        if key not in self._indexes:
            self._indexes[key] = RowIndex.of(rule, table)
        return self._indexes[key]


Said = frozenset[tuple[int, Decimal | None]]
"""The numbers of the lines that a rule fires on, each with the units still allowed."""


@define(eq=False)
class RuleJudge:
    """Judges by one rule alone."""

    rule: Rule
    shared: Rowwise = field(factory=Rowwise)
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
