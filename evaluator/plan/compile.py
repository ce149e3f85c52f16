"""Checked rules to a plan.

After this stage every code is a number, every window is counted in days, months or years, and
every rule is one or more instances that lines are led to by their codes. What no kernel can judge
is named, with the reason, and left to the reference.
"""

from typing import Any

import numpy as np
from attrs import Factory, define, field
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import SCALE
from editwright.evaluator.plan.compile_instances import Instances
from editwright.evaluator.plan.compile_lexicon import lexicon_of
from editwright.evaluator.plan.compile_pools import Pools
from editwright.evaluator.plan.compile_rule import RULE_NUMBERS, PlannedRule
from editwright.evaluator.plan.plan import Plan
from editwright.evaluator.plan.plan_numbers import EPOCH
from editwright.evaluator.plan.programs import UnplannedError
from editwright.grammar import checked as c
from editwright.grammar.collector import collection_paused


def compile_rules(rules: c.CheckedRules) -> Plan:
    """The plan of checked rules."""
    maker = _Maker()
    level = {rule: at for at, stratum in enumerate(rules.strata) for rule in stratum}
    with collection_paused():
        for rule in rules.rules:
            maker.add(rule, level[rule])
        return maker.plan(max(len(rules.strata), 1))


@define(eq=False)
class _Maker:
    """A plan in the making."""

    pools: Pools = field(factory=Pools)
    instances: Instances = Factory(lambda self: Instances(self.pools), takes_self=True)
    rules: list[c.Rule] = field(factory=list)
    by_reference: list[tuple[c.Rule, str]] = field(factory=list)
    of_rules: list[list[int]] = field(factory=list)
    """The numbers of each rule, in the order of `RULE_NUMBERS`."""
    limits: list[int] = field(factory=list)
    exempt_start: list[int] = field(factory=list)
    freed: list[tuple[int, int]] = field(factory=list)

    def add(self, rule: c.Rule, level: int) -> None:
        """Plan a rule, or leave it to the reference."""
        try:
            planned = PlannedRule.of(rule, self.pools)
        except UnplannedError as reason:
            self.by_reference.append((rule, str(reason)))
            return
        number = len(self.rules)
        self.rules.append(rule)
        planned.numbers["level"] = level
        self.of_rules.append(list(planned.numbers.values()))
        self.limits.append(planned.limit)
        self.exempt_start.append(len(self.freed))
        self.freed += planned.freed
        self.instances.add(rule, number, planned, level)

    def plan(self, levels: int) -> Plan:
        """The whole plan."""
        base, count = self.pools.starts()
        arrays = self._rule_arrays() | self.pools.arrays(base) | self.instances.arrays()
        if (
            self.instances.pair_whole
        ):  # then all pairs of a member are looked at, whatever their dates
            arrays["pair_test"] = arrays["any_pair_test"]
        lexicon = lexicon_of(self.pools, self.instances.led(), base, count)
        numbers = {
            "levels": levels,
            "pair_codes": len(arrays["pair_row"]),
            "pair_width": max(1, -(-len(arrays["pair_row"]) // 8)),
            "pair_whole": int(self.instances.pair_whole),
            "pair_like": self.instances.pair_like(),
            "scale": SCALE,
            "first_calendar_day": 1 - EPOCH,
            "last_calendar_day": 3652059 - EPOCH,
        }
        return Plan(
            rules=tuple(self.rules),
            by_reference=tuple(self.by_reference),
            layout=self.pools.layout(),
            arrays=arrays,
            numbers=numbers,
            lexicon=lexicon,
            rows=self.instances.rows,
            steps=self.instances.steps(),
        )

    def _rule_arrays(self) -> dict[str, NDArray[Any]]:
        of_rules = np.array(self.of_rules, np.int32).reshape(-1, len(RULE_NUMBERS))
        freed = np.array(self.freed, np.int32).reshape(-1, 2)
        return {
            **{name: np.ascontiguousarray(of_rules[:, at]) for at, name in enumerate(RULE_NUMBERS)},
            "limit": np.array(self.limits, np.int64),
            "exempt_start": np.array([*self.exempt_start, len(self.freed)], np.int32),
            "freed_partners": np.ascontiguousarray(freed[:, 0]),
            "freed_when": np.ascontiguousarray(freed[:, 1]),
        }
