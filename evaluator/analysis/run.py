"""What one analysis knows while it goes from check to check."""

from collections.abc import Callable
from datetime import date

from attrs import define, field, frozen

from editwright.evaluator.analysis.code_table import CodeTable
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rule_book import RuleBook
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c

Scenario = Callable[[date], list[list[ServiceLine]]]
"""Claims of a day in all situations that there are, the line in question first."""


@frozen(eq=False)
class Unpayable:
    """A code that some rules never let be paid, on some dates."""

    code: str
    first: date
    last: date
    parties: tuple[Party, ...]
    scenario: Scenario


@define(eq=False)
class Run:
    """The rules, and what earlier checks have said of them."""

    rules: c.CheckedRules
    book: RuleBook
    code_table: CodeTable | None = None
    silent: set[c.Rule] = field(factory=set)
    """Rules that never fire: nothing more is to be said of them."""
    told: set[frozenset[int]] = field(factory=set)
    """Pairs of rules of which something has been said: one cause is one finding."""
    unpayable: dict[str, list[Unpayable]] = field(factory=dict)

    def tell(self, one: Party, two: Party) -> None:
        """Something is said of two rules."""
        self.told.add(_pair(one, two))

    def is_told(self, one: Party, two: Party) -> bool:
        """Whether something has been said of two rules."""
        return _pair(one, two) in self.told

    @property
    def live(self) -> list[Party]:
        """The rules written by hand that may fire."""
        if not self.silent:
            return self.book.written
        return [each for each in self.book.written if each.rule not in self.silent]


def _pair(one: Party, two: Party) -> frozenset[int]:
    return frozenset({id(one.rule), id(two.rule)})
