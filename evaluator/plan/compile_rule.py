"""One checked rule to numbers: its programs, its dates, its limit and what exempts from it."""

import numpy as np
from attrs import define, field

from editwright.evaluator.kernels.judge import CORE, COUNTED, PERIOD, UNIT
from editwright.evaluator.lines.columns import NO_NUMBER
from editwright.evaluator.plan.compile_conditions import Conditions
from editwright.evaluator.plan.compile_pools import Pools
from editwright.evaluator.plan.compile_rows import RuleRows
from editwright.evaluator.plan.plan_numbers import EPOCH, scaled, whole_number
from editwright.evaluator.plan.programs import (
    PARTNER,
    SUBJECT,
    TRUE,
    Fragment,
    UnplannedError,
    all_of,
    any_of,
)
from editwright.grammar import checked as c

FIRST_DAY = np.iinfo(np.int32).min + 1
LAST_DAY = np.iinfo(np.int32).max
RULE_NUMBERS = (
    "core", "level", "asking", "denies", "keyed", "first_day", "last_day", "dated", "row_first",
    "row_last", "subject", "plain", "exempt", "pair_exempt", "pair_test", "any_pair_test",
    "violation", "rule_partners", "needed",
    "needed_row", "needed_all", "limit_row", "counted", "period", "period_count", "period_row",
    "period_unit", "period_like", "together", "every", "reduces",
)  # fmt: skip
"""What is known of each rule as a number; -1 where there is nothing to know."""
NOT_KNOWN = dict.fromkeys(RULE_NUMBERS, -1)
CORES = {
    c.Violates: "violates",
    c.Needs: "needs",
    c.Excludes: "excludes",
    c.Limit: "limit",
}
"""What the kernels call what a rule says of its subject line."""


@define(eq=False)
class PlannedRule:
    """What a rule has become."""

    rows: RuleRows | None
    numbers: dict[str, int]
    limit: int = NO_NUMBER
    freed: list[tuple[int, int]] = field(factory=list)
    on_date: bool = False

    @classmethod
    def of(cls, rule: c.Rule, pools: Pools) -> "PlannedRule":
        """Plan a rule. Raises UnplannedError."""
        rows = RuleRows.of(rule, pools) if rule.table is not None else None
        conditions = Conditions(pools, rows)
        planned = cls(rows, {**NOT_KNOWN, "core": CORE[CORES[type(rule.core)]]})
        numbers = planned.numbers
        numbers["keyed"] = int(rows is not None and rows.keyed)
        numbers["denies"] = (2 if rule.scope == "claim" else 1) if rule.denies else 0
        numbers["asking"] = int(asks(rule))
        planned._dates(rule)
        codes = rule.subject.codes
        known_code = codes is not None and codes.minus is None and not (rows and rows.keyed)
        subject = conditions.lines(rule.subject, SUBJECT, known_code=known_code)
        numbers["subject"] = pools.program(subject)
        planned._exemptions(rule, conditions, pools)
        alone = [
            each
            for each in rule.exemptions
            if isinstance(each, c.PartnerExemption) or each.side is None
        ]
        pairs = isinstance(rule.core, c.Excludes)
        numbers["plain"] = int(subject == TRUE and not (alone if pairs else rule.exemptions))
        match rule.core:
            case c.Violates(condition):
                numbers["violation"] = pools.program(conditions.test(condition))
            case c.Needs(partners, count):
                numbers["rule_partners"] = planned._partners(partners, conditions, pools)
                planned._needed(partners, count)
            case c.Excludes(partners):
                numbers["rule_partners"] = planned._partners(partners, conditions, pools)
                for name, on_date in (("pair_test", True), ("any_pair_test", False)):
                    test = planned._pair_test(partners, conditions, on_date=on_date)
                    numbers[name] = pools.program(test)
            case c.Limit():
                planned._limit(rule, rule.core, conditions, pools)
        return planned

    def _dates(self, rule: c.Rule) -> None:
        first, last = FIRST_DAY, LAST_DAY
        for each in rule.intervals:
            if not (isinstance(each.first, c.RowValue) or isinstance(each.last, c.RowValue)):
                first = max(first, each.first.toordinal() - EPOCH if each.first else FIRST_DAY)
                last = min(last, each.last.toordinal() - EPOCH if each.last else LAST_DAY)
        self.numbers |= {
            "dated": int(bool(rule.intervals)), "first_day": first, "last_day": last
        }  # fmt: skip
        if self.rows is not None:
            self.numbers["row_first"], self.numbers["row_last"] = self.rows.days

    def _exemptions(self, rule: c.Rule, conditions: Conditions, pools: Pools) -> None:
        alone: list[Fragment] = []
        of_pairs: list[Fragment] = []
        for each in rule.exemptions:
            when = conditions.test(each.when)
            if isinstance(each, c.PartnerExemption):
                partners = self._partners(each.partners, conditions, pools)
                self.freed.append((partners, pools.program(when)))
            elif each.side is None or not isinstance(rule.core, c.Excludes):
                alone.append(all_of([when, conditions.test(each.condition)]))
            else:
                sides = [conditions.test(each.condition, PARTNER)]
                if each.side == "either":
                    sides.append(conditions.test(each.condition))
                of_pairs.append(all_of([when, any_of(sides)]))
        self.numbers["exempt"] = pools.program(any_of(alone))
        self.numbers["pair_exempt"] = pools.program(any_of(of_pairs))

    def _partners(self, partners: c.Partners, conditions: Conditions, pools: Pools) -> int:
        relation = partners.relation
        on_date = any(all(each.kind == "date" for each in group) for group in relation.moments)
        self.on_date = on_date
        test = all_of([conditions.lines(partners.lines, PARTNER), conditions.related(relation)])
        column = self._only_column(partners.lines.codes)
        pools.partners.append((pools.program(test), int(partners.payable), int(on_date), column))
        return len(pools.partners) - 1

    def _only_column(self, codes: c.Values | None) -> int:
        """Where the column is that alone gives the partners' codes; -1 where none does."""
        if codes is None or self.rows is None or len(codes.row_values) != 1:
            return -1
        return self.rows.codes(codes.row_values[0]) if codes.codes.is_empty else -1

    def _pair_test(
        self, partners: c.Partners, conditions: Conditions, *, on_date: bool
    ) -> Fragment:
        """What is left to ask of a pair of lines that was found by its codes; `on_date`: and on
        one date, where the relation asks for that."""
        moments = tuple(
            group
            for group in partners.relation.moments
            if not (on_date and all(each.kind == "date" for each in group))
        )
        left = c.Relation(moments, partners.relation.likenesses)
        codes = partners.lines.codes
        known = codes is not None and codes.minus is None
        lines = conditions.lines(partners.lines, PARTNER, known_code=known)
        return all_of([conditions.related(left), lines])

    def _needed(self, partners: c.Partners, count: int | c.RowValue | None) -> None:
        if isinstance(count, c.RowValue):
            assert self.rows is not None
            self.numbers["needed_row"] = self.rows.numbers(count)
        elif count is not None:
            self.numbers["needed"] = whole_number(count)
        else:
            values = partners.lines.codes
            assert values is not None
            if len(values.row_values) != 1 or not values.codes.is_empty or self.rows is None:
                raise UnplannedError("`all of` the codes of several columns")
            self.numbers["needed"] = 0
            self.numbers["needed_all"] = self.rows.plain_codes(values.row_values[0])

    def _limit(self, rule: c.Rule, core: c.Limit, conditions: Conditions, pools: Pools) -> None:
        numbers = self.numbers
        if isinstance(core.number, c.RowValue):
            assert self.rows is not None
            numbers["limit_row"] = self.rows.numbers(core.number)
        else:
            self.limit = scaled(core.number)
        numbers["counted"] = COUNTED[core.counted]
        numbers["period"] = PERIOD[core.period]
        numbers["period_unit"] = UNIT[core.unit]
        if isinstance(core.count, c.RowValue):
            assert self.rows is not None
            numbers["period_row"] = self.rows.numbers(core.count)
        else:
            numbers["period_count"] = whole_number(core.count)
        if core.likenesses:
            alike = all_of([conditions.alike(each) for each in core.likenesses])
            numbers["period_like"] = pools.program(alike)
        numbers["together"] = int(core.together)
        numbers["every"] = int(rule.scope == "all")
        numbers["reduces"] = int(rule.disposition == "reduce")
        self.on_date = core.period in ("line", "day")


def asks(rule: c.Rule) -> bool:
    """Whether a rule fires more as denials spread, so that it is judged until nothing changes."""
    if isinstance(rule.core, c.Limit):
        return False
    through_exemption = any(
        isinstance(each, c.PartnerExemption) and each.partners.payable for each in rule.exemptions
    )
    return through_exemption or (isinstance(rule.core, c.Needs) and rule.core.partners.payable)
