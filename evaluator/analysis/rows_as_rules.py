"""A rule for each row of a table, with one row put in: a rule as if written by hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from attrs import evolve

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.line_fields import read_cell
from editwright.evaluator.meaning.truth import holds
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.tables import Row

NEVER = c.Either(())
"""A condition that never holds."""

_NO_LINE = ServiceLine("", 0)


class NoRuleError(Exception):
    """A row from which no rule can be made: a cell that is needed is blank."""


def with_row(rule: c.Rule, row: Row) -> c.Rule:
    """The rule of one row. Raises NoRuleError."""
    put = _Put(row)
    return evolve(
        rule,
        subject=put.lines(rule.subject),
        core=put.core(rule.core),
        exemptions=tuple(put.exemption(each) for each in rule.exemptions),
        intervals=tuple(c.Interval(put.day(x.first), put.day(x.last)) for x in rule.intervals),
        table=None,
        key_column=None,
    )


class _Put:
    def __init__(self, row: Row) -> None:
        self.row = row

    def values(self, values: c.Values) -> c.Values:
        if not values.row_values and values.minus is None:
            return values
        minus = self.values(values.minus) if values.minus else None
        cells = [read_cell(each, self.row) for each in values.row_values]
        sets = [cell for cell in cells if isinstance(cell, CodeSet)]
        points = [cell for cell in cells if isinstance(cell, Decimal | date)]
        codes = CodeSet.of((), parts=[values.codes, *sets], minus=minus.codes if minus else None)
        intervals = (*values.intervals, *((each, each) for each in points))
        return c.Values(codes, intervals, (), minus if intervals else None)

    def test(self, test: c.Test) -> c.Test:
        match test:
            case c.Both(tests):
                return c.Both(tuple(self.test(each) for each in tests)) if tests else test
            case c.Either(tests):
                return c.Either(tuple(self.test(each) for each in tests))
            case c.Negation(inner):
                return c.Negation(self.test(inner))
            case c.Missing(of) if of.row_column is not None:
                return self._known(test)
            case c.Missing():
                return test
            case c.Member(of, values):
                return (
                    self._known(test) if of.row_column is not None
                    else c.Member(of, self.values(values))
                )  # fmt: skip
            case c.Comparison(of, operator, right):
                if of.row_column is not None:
                    return self._known(test)
                if not isinstance(right, c.RowValue):
                    return test
                cell = read_cell(right, self.row)
                if cell is None or isinstance(cell, CodeSet):
                    raise NoRuleError
                return c.Comparison(of, operator, cell)

    def _known(self, test: c.Test) -> c.Test:
        truth = holds(test, _NO_LINE, (self.row,))
        if truth is None:
            raise NoRuleError
        return c.ALWAYS if truth else NEVER

    def lines(self, lines: c.Lines) -> c.Lines:
        return c.Lines(
            self.values(lines.codes) if lines.codes else None,
            self.test(lines.condition),
            self.values(lines.excluded) if lines.excluded else None,
        )

    def partners(self, partners: c.Partners) -> c.Partners:
        moments = tuple(tuple(self.moment(m) for m in group) for group in partners.relation.moments)
        relation = c.Relation(moments, partners.relation.likenesses)
        return c.Partners(self.lines(partners.lines), relation, partners.payable)

    def moment(self, moment: c.Moment) -> c.Moment:
        return moment if isinstance(moment.count, int) else evolve(moment, count=self.whole(moment))

    def whole(self, of: c.Moment | c.Limit | c.Needs) -> int:
        assert isinstance(of.count, c.RowValue)
        cell = read_cell(of.count, self.row)
        if not isinstance(cell, Decimal):
            raise NoRuleError
        return int(cell)

    def core(self, core: c.Core) -> c.Core:
        match core:
            case c.Violates(condition):
                return c.Violates(self.test(condition))
            case c.Excludes(partners):
                return c.Excludes(self.partners(partners))
            case c.Needs(partners, count):
                known = self.whole(core) if isinstance(count, c.RowValue) else count
                return c.Needs(self.partners(partners), known)
            case c.Limit(number):
                cell = read_cell(number, self.row) if isinstance(number, c.RowValue) else number
                if not isinstance(cell, Decimal):
                    raise NoRuleError
                count = self.whole(core) if isinstance(core.count, c.RowValue) else core.count
                return evolve(core, number=cell, count=count)

    def exemption(self, each: c.Exemption | c.PartnerExemption) -> c.Exemption | c.PartnerExemption:
        if isinstance(each, c.PartnerExemption):
            return c.PartnerExemption(self.partners(each.partners), self.test(each.when))
        return c.Exemption(self.test(each.condition), each.side, self.test(each.when))

    def day(self, end: date | c.RowValue | None) -> date | None:
        if not isinstance(end, c.RowValue):
            return end
        cell = read_cell(end, self.row)
        return cell if isinstance(cell, date) else None


def dates_of(intervals: Sequence[c.Interval]) -> tuple[date, date] | None:
    """The first and the last day of dates that must all hold; nothing where there is no day."""
    first, last = date.min, date.max
    for each in intervals:
        assert not isinstance(each.first, c.RowValue) and not isinstance(each.last, c.RowValue)
        first, last = max(first, each.first or first), min(last, each.last or last)
    return (first, last) if first <= last else None
