"""One line of an example before one rule: what the reference says of it, part by part."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from attrs import evolve, field, frozen

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.exemptions import exempt
from editwright.evaluator.meaning.limits import Counted
from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.relations import Denied, matches, partners_of, related
from editwright.evaluator.meaning.truth import Rows, Truth, among, both, either, holds
from editwright.grammar import checked as c


@frozen(slots=True, eq=False)
class Situation:
    """A line that has a code of a rule's subject, among the lines of its member."""

    rule: c.Rule
    line: ServiceLine
    rows: Rows
    """What `row.` stands for on the line's date; where the rule is not in force, on any."""
    all_rows: Rows
    in_force: bool
    lines: Sequence[ServiceLine]
    denied: Denied
    fires: bool
    counted: Counted | None = field(default=None)
    """For a limit: what counts with the line in its turn."""

    # ---- the line itself

    def has_code(self, values: c.Values) -> Truth:
        """Whether the line has one of some codes."""
        code = self.line.procedure_code
        return self.in_force and code is not None and among(values, code, self.rows)

    def holds(self, test: c.Test) -> Iterator[Truth]:
        """Whether a condition holds on the line."""
        if self.in_force:
            yield holds(test, self.line, self.rows)

    def is_near(self, day: object, step: int) -> Truth:
        """Whether the line is so many days after a day, or after a row's."""
        cells = [day]
        if isinstance(day, c.RowValue):
            cells = [read_cell(day, row) for row in self.all_rows]
        own = self.line.service_from
        return own is not None and any(
            isinstance(cell, date) and own - cell == timedelta(days=step) for cell in cells
        )

    # ---- exemptions

    def exempts(self, exemption: c.Exemption | c.PartnerExemption) -> Iterator[Truth]:
        """Whether an exemption holds, for the line or for one of its pairs."""
        if not self.in_force or matches(self.rule.subject, self.line, self.rows) is not True:
            return
        if isinstance(exemption, c.Exemption) and exemption.side is not None:
            when = holds(exemption.when, self.line, self.rows)
            for truth in self.holds_on_side(exemption.condition, exemption.side):
                yield both([truth, when])
            return
        alone = evolve(self.rule, exemptions=(exemption,))
        yield exempt(alone, self.line, self.rows, self.lines, self.denied)

    def holds_on_side(self, test: c.Test, side: str | None) -> Iterator[Truth]:
        """Whether a condition holds on the line, on a partner of it, or on either."""
        if not self.in_force:
            return
        own = holds(test, self.line, self.rows)
        if side is None or not isinstance(self.rule.core, c.Excludes):
            yield own
            return
        for other in self.partners(self.rule.core.partners):
            theirs = holds(test, other, self.rows)
            yield either([theirs, own]) if side == "either" else theirs

    # ---- partners

    def others(self, partners: c.Partners) -> list[ServiceLine]:
        """The other lines that have a code of a partner."""
        if not self.in_force:
            return []
        wanted = c.Lines(partners.lines.codes, excluded=partners.lines.excluded)
        return [
            other
            for other in self.lines
            if other is not self.line
            and any(matches(wanted, other, rows) is True for rows in self.choices)
        ]

    @property
    def choices(self) -> list[Rows]:
        """What `row.` stands for, row by row."""
        return [(row,) for row in self.rows] or [()]

    def partners(self, partners: c.Partners) -> list[ServiceLine]:
        """The partners of the line, payable or not."""
        if not self.in_force:
            return []
        found = partners_of(
            c.Partners(partners.lines, partners.relation),
            self.line,
            self.rows,
            self.lines,
            self.denied,
        )
        return [other for other, truth in found if truth]

    def partner_has(self, partners: c.Partners, values: c.Values) -> Iterator[Truth]:
        """Whether a partner has one of some codes."""
        for other in self.partners(partners):
            code = other.procedure_code
            yield code is not None and among(values, code, self.rows)

    def holds_on_partners(self, partners: c.Partners, test: c.Test) -> Iterator[Truth]:
        """Whether a condition holds on the lines that are related as a partner is."""
        for other in self.others(partners):
            if any(related(partners.relation, self.line, other, rows) for rows in self.choices):
                yield holds(test, other, self.rows)

    def partners_payable(self, partners: c.Partners) -> Iterator[Truth]:
        """Whether the line's partners are payable."""
        for other in self.partners(partners):
            yield other not in self.denied

    # ---- limits

    def total_is_over_by(self, step: int) -> Truth:
        """Whether the total is over the limit by so much."""
        if self.counted is None or self.counted.limit is None:
            return None
        return self.counted.total - self.counted.limit == Decimal(step)
