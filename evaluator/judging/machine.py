"""A plan with its kernels: members' lines to verdicts."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.judging.batch import Batch, InexactError, batch_of
from editwright.evaluator.judging.hits import verdicts_of
from editwright.evaluator.kernels.judge import Judge
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.rule_index import RuleIndex
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.evaluator.plan.pairs import Pairs
from editwright.evaluator.plan.plan import Plan
from editwright.evaluator.plan.plan_cache import plan_of
from editwright.grammar.checked import CheckedRules, Rule

WORTH_PAIRS = 100_000
"""Lines of a batch for which its own pairs are picked out."""
MOST_KEPT = 10_000
"""A judge keeps the lines that it had last; of more lines than this it is thrown away."""


@define(eq=False)
class Machine:
    """Judges by a plan. Threads may share it: each takes a judge for the time of a call."""

    plan: Plan
    _unplanned: RuleIndex
    """The rules that no kernel can judge."""
    _pairs: Pairs = field(repr=False)
    _judges: list[tuple[int, Any]] = field(factory=list, repr=False)
    """Judges that nobody uses, each with the version of the lexicon that it has learnt."""

    @classmethod
    def of(cls, rules: CheckedRules) -> "Machine":
        """The machine for checked rules."""
        plan = plan_of(rules)
        return cls(plan, RuleIndex([[rule for rule, _ in plan.by_reference]]), Pairs.of(plan))

    def verdicts(self, lines: Sequence[ServiceLine]) -> list[tuple[Rule, Verdict]] | None:
        """The verdicts on one member's lines in order; nothing where only the reference can
        judge this member."""
        if self.plan.by_reference and self.touches_unplanned(lines):
            return None
        try:
            batch = batch_of(lines, (0, len(lines)), self.plan)
        except InexactError:
            return None
        hits, partners = self.judged(batch, 0, 1)
        found = verdicts_of(hits, partners, self.plan, lines)
        return [(self.plan.rules[number], verdict) for (_, number), verdict in found.items()]

    def touches_unplanned(self, lines: Sequence[ServiceLine]) -> bool:
        """Whether a rule that no kernel can judge may fire on one of the lines."""
        codes = {line.procedure_code for line in lines if line.procedure_code is not None}
        return any(self._unplanned.applicable(codes))

    def leads_to_unplanned(self, code: str | None) -> bool:
        """Whether a rule that no kernel can judge may fire on a line with a code."""
        return any(self._unplanned.applicable([] if code is None else [code]))

    def pairs_among(self, codes: NDArray[np.int32], lines: int) -> Pairs | None:
        """The pairs of the codes of so many lines, where that is worth its while."""
        return self._pairs.among(codes) if lines >= WORTH_PAIRS else None

    def new_judge(self) -> Judge:
        """A judge that has the plan and its pairs before it, and no batch."""
        judge = Judge(self.plan.arrays, self.plan.numbers)
        judge.look(self._pairs)
        return judge

    def judged(
        self, batch: Batch, first: int, last: int, pairs: Pairs | None = None
    ) -> tuple[Any, Any]:
        """The hits on members of a batch, from one to before another, and their partners.

        `pairs`: those of the batch's codes, where that is worth its while.
        """
        version = self.plan.lexicon.version
        try:
            learnt, judge = self._judges.pop()
        except IndexError:
            learnt, judge = -1, Judge(self.plan.arrays, self.plan.numbers)
        if learnt != version:
            judge.learn(self.plan.lexicon.arrays)
        judge.look(pairs or self._pairs)
        judge.load(batch)
        judge.judge(first, last)
        found: tuple[Any, Any] = judge.found()
        if len(batch.day) <= MOST_KEPT:
            self._judges.append((version, judge))
        return found
