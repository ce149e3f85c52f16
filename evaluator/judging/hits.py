"""Hits of the kernels to verdicts, as the reference gives them."""

from collections.abc import Sequence
from decimal import Decimal
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.lines.columns import NO_NUMBER, SCALE
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import as_one
from editwright.evaluator.meaning.relations import rows_in_force
from editwright.evaluator.meaning.truth import Rows
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.evaluator.plan.plan import Plan
from editwright.grammar.checked import Rule

Hits = NDArray[np.int64]


def verdicts_of(
    hits: Hits, partners: NDArray[np.int32], plan: Plan, lines: Sequence[ServiceLine]
) -> dict[tuple[int, int], Verdict]:
    """The verdicts by line and rule: hits of several rows of one rule on one line are one."""
    found: dict[tuple[int, int], Verdict] = {}
    rule_of = plan.arrays["inst_rule"]
    for inst, position, first, count, total, limit, allowed in sorted(
        hits.tolist(), key=itemgetter(1, 0, 2)
    ):
        number = int(rule_of[inst])
        rule = plan.rules[number]
        line = lines[position]
        verdict = Verdict(
            line,
            _rows(plan, rule, number, inst, line),
            tuple(lines[each] for each in partners[first : first + count].tolist()),
            _number(total),
            _number(limit),
            _number(allowed),
        )
        earlier = found.get((position, number))
        found[position, number] = as_one(earlier, verdict) if earlier else verdict
    return found


def _rows(plan: Plan, rule: Rule, number: int, inst: int, line: ServiceLine) -> Rows:
    if rule.table is None:
        return ()
    first, last = plan.arrays["inst_first"][inst], plan.arrays["inst_last"][inst]
    rows = [rule.table.row(each) for each in plan.rows[number][first:last].tolist()]
    if len(rows) == 1:
        return tuple(rows)
    return rows_in_force(rule, rows, line.service_from) or ()


def _number(number: int) -> Decimal | None:
    return None if number == NO_NUMBER else Decimal(number) / SCALE
