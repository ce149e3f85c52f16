"""Rules as those that a finding is about, and what the reference says of them on a claim."""

from collections.abc import Sequence
from datetime import date

from attrs import frozen

from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import judge_member
from editwright.evaluator.meaning.truth import Rows
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.strata import stratify

Fired = frozenset[tuple[c.Rule, int]]
"""Rules, and the numbers of the lines on which they fire."""


@frozen(eq=False)
class Party:
    """A rule as one of those that a finding is about: for a table's rule, with some of its rows."""

    rule: c.Rule
    plain: c.Rule
    """The rule with its row put in."""
    rows: Rows = ()
    turned: bool = False
    """Whether `plain` is a pair rule seen from the other line, the one that it does not touch."""
    with_file: bool = False
    """Whether another file has a rule of this name, so that messages say which file is meant."""

    @property
    def codes(self) -> CodeSet | None:
        """The subject's codes; nothing stands for any line."""
        return self.plain.subject.codes.codes if self.plain.subject.codes else None

    @property
    def dates(self) -> tuple[date, date] | None:
        """The first and the last day on which it is in force."""
        return dates_of(self.plain.intervals)

    @property
    def name(self) -> str:
        """How messages call it."""
        name = f"`{self.rule.name}`" + (f" of {self.rule.source.name}" * self.with_file)
        if not self.rows:
            return name
        numbers = [row.number + 1 for row in self.rows]
        shown = ", ".join(map(str, numbers[:3])) + (", ..." if len(numbers) > 3 else "")
        table = self.rule.node.each.table.text if self.rule.node.each else "table"
        return f"{name} (row{'s' * (len(numbers) > 1)} {shown} of `{table}`)"


def judged(parties: Sequence[Party], lines: Sequence[ServiceLine]) -> Fired:
    """What the reference says of one member's lines."""
    rows: dict[c.Rule, list[Rows]] = {}
    for each in parties:
        instances = rows.setdefault(each.rule, [])
        if each.rows not in instances:
            instances.append(each.rows)
    strata = stratify(list(rows))
    assert isinstance(strata, tuple)
    verdicts = judge_member(strata, lines, lambda rule, seen: [(one, seen) for one in rows[rule]])
    return frozenset(
        (rule, verdict.line.line_number) for rule, found in verdicts.items() for verdict in found
    )
