"""Changes part after part to the figures of a comparison."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from attrs import define, field

from editwright.evaluator.comparison.changed_groups import (
    BREAKDOWNS,
    EVERY_CHANGE,
    ChangedGroups,
    by_change,
    measure_of,
    measures_of,
    zeros,
)
from editwright.evaluator.comparison.changed_lines import LargestLines
from editwright.evaluator.comparison.figures import (
    CHANGES,
    DISPOSITIONS,
    Comparison,
    Monitored,
    RuleChange,
    RuleSide,
    Side,
    Transition,
)
from editwright.evaluator.comparison.outcome_changes import Numbers, Part, Reasons, measured
from editwright.evaluator.comparison.outcomes import LAST_DENYING, NONE, Outcomes
from editwright.evaluator.comparison.rule_pairs import RulePair, reason_of
from editwright.evaluator.judging.column_counts import counts_of
from editwright.grammar.checked import CheckedRules, Rule

_OUTCOMES = len(DISPOSITIONS)


def reasons_of(pairs: Sequence[RulePair], old: CheckedRules, new: CheckedRules) -> Reasons:
    """Numbers for the reasons of both sets of rules; the same reason has the same one."""
    known: dict[tuple[int, Hashable], int] = {}
    by_rule: dict[Rule, int] = {}
    for at, pair in enumerate(pairs):
        for rule in (pair.old, pair.new):
            if rule is not None:
                by_rule[rule] = known.setdefault((at, reason_of(rule)), len(known))
    return Reasons(
        np.array([by_rule[rule] for rule in old.rules], np.int64),
        np.array([by_rule[rule] for rule in new.rules], np.int64),
        np.array([at for at, _ in known], np.int64),
    )


@define(eq=False)
class SideTally:
    """What is counted of one set of rules."""

    rules: CheckedRules
    monitors: Numbers
    """Of each rule the pair that it measures for, or -1."""
    findings: Numbers = field(init=False)
    _by_disposition: Numbers = field(factory=lambda: zeros(NONE))
    _denied: Numbers = field(factory=lambda: zeros(1))

    def __attrs_post_init__(self) -> None:
        self.findings = np.zeros(len(self.rules.rules), np.int64)

    def add(self, part: Part, outcomes: Outcomes) -> None:
        """Count a part."""
        places = np.append(outcomes.findings.places, outcomes.findings.slow_places)
        self.findings += np.bincount(places, minlength=len(self.findings))
        at = np.flatnonzero(outcomes.disposition < NONE)
        rank = outcomes.disposition[at]
        self._by_disposition += measured(part, at, rank, NONE, outcomes.denied)
        at = at[rank <= LAST_DENYING]
        self._denied += measured(part, at, np.zeros(len(at), np.int8), 1, outcomes.denied)

    def side(self) -> Side:
        """The figures."""
        rulesets = dict.fromkeys(rule.ruleset for rule in self.rules.rules if rule.ruleset)
        return Side(
            files=tuple(file.source.name for file in self.rules.files),
            rulesets=tuple(" ".join(filter(None, (each.name, each.version))) for each in rulesets),
            rules=len(self.rules.rules),
            findings=int(self.findings.sum()),
            by_disposition={
                DISPOSITIONS[rank]: measure_of(sums)
                for rank, sums in enumerate(self._by_disposition)
                if sums[0]
            },
            denied=measure_of(self._denied[0]),
        )


@define(eq=False)
class Tally:
    """Counts parts of lines under two sets of rules."""

    pairs: Sequence[RulePair]
    old: SideTally
    new: SideTally
    groups: ChangedGroups
    largest: LargestLines
    changed: Numbers
    by_rule: Numbers
    transitions: Numbers
    fires: Numbers
    alone: Numbers
    _lines: int = 0
    _members: int = 0
    _history_lines: int = 0
    _lines_without_charge: int = 0

    @classmethod
    def of(
        cls,
        pairs: Sequence[RulePair],
        old: CheckedRules,
        new: CheckedRules,
        *,
        most: int,
        member_ids: bool,
    ) -> "Tally":
        """Nothing, so far. `most`: how many lines of each change are kept."""
        monitoring = {
            rule: at for at, pair in enumerate(pairs) if (rule := _measured_rule(pair)) is not None
        }
        old_side, new_side = (
            SideTally(rules, np.array([monitoring.get(each, -1) for each in rules.rules], np.int64))
            for rules in (old, new)
        )
        return cls(
            pairs,
            old_side,
            new_side,
            ChangedGroups(),
            LargestLines(most, member_ids),
            changed=zeros(EVERY_CHANGE + 1),
            by_rule=zeros(len(pairs) * (EVERY_CHANGE + 1)),
            transitions=zeros(_OUTCOMES * _OUTCOMES),
            fires=zeros(len(pairs)),
            alone=zeros(len(pairs)),
        )

    def add(self, part: Part) -> None:
        """Count a part."""
        counts = counts_of(part.columns, (), frozenset())
        self._lines += counts.lines
        self._members += counts.members
        self._history_lines += part.columns.count - counts.lines
        self._lines_without_charge += int(np.sum(part.facts.no_charge & part.facts.judged))
        changed = np.arange(len(part.at))
        self.changed += by_change(part, changed, np.zeros(len(changed), np.int8), 1)
        self.by_rule += by_change(part, part.involved_line, part.involved_pair, len(self.pairs))
        for side, outcomes in ((self.old, part.old), (self.new, part.new)):
            side.add(part, outcomes)
            self._add_monitored(part, outcomes, side.monitors)
        self._add_transitions(part)
        self.groups.add(part)
        self.largest.add(part)

    def _add_transitions(self, part: Part) -> None:
        old, new = part.old.disposition, part.new.disposition
        at = np.flatnonzero((old < NONE) | (new < NONE))
        key = old[at].astype(np.int64) * _OUTCOMES + new[at]
        self.transitions += measured(part, at, key, _OUTCOMES * _OUTCOMES, part.denied_change)

    def _add_monitored(self, part: Part, outcomes: Outcomes, monitors: Numbers) -> None:
        if not (monitors >= 0).any():
            return
        spread = outcomes.spread
        pair = monitors[spread.place]
        line, pair = spread.line[pair >= 0], pair[pair >= 0]
        more = part.facts.charge - outcomes.denied
        self.fires += measured(part, line, pair, len(self.pairs), more)
        paid = outcomes.disposition[line] > LAST_DENYING
        self.alone += measured(part, line[paid], pair[paid], len(self.pairs), more)

    def comparison(self, claims: int, most: int) -> Comparison:
        """The figures, when all parts are counted."""
        changed, by_kind = measures_of(self.changed)
        return Comparison(
            old=self.old.side(),
            new=self.new.side(),
            lines=self._lines,
            claims=claims,
            members=self._members,
            history_lines=self._history_lines,
            lines_without_charge=self._lines_without_charge,
            changed=changed,
            by_change=by_kind,
            transitions=tuple(
                Transition(old, new, measure_of(sums))
                for (old, new), sums in zip(
                    ((old, new) for old in DISPOSITIONS for new in DISPOSITIONS),
                    self.transitions,
                    strict=True,
                )
                if sums[0]
            ),
            rules=self._rules(),
            breakdowns=tuple(self.groups.breakdown(name, most) for name in BREAKDOWNS),
            monitored=self._monitored(),
            largest={
                change: tuple(self.largest.found[change])
                for change in CHANGES
                if change in self.largest.found
            },
        )

    def _rules(self) -> tuple[RuleChange, ...]:
        findings = {
            rule: int(count)
            for side in (self.old, self.new)
            for rule, count in zip(side.rules.rules, side.findings, strict=True)
        }
        sums = self.by_rule.reshape(len(self.pairs), EVERY_CHANGE + 1, -1)
        made = []
        for pair, of_pair in zip(self.pairs, sums, strict=True):
            shown = pair.shown
            made.append(
                RuleChange(
                    shown.name,
                    shown.ruleset.name if shown.ruleset else None,
                    pair.text,
                    _rule_side(pair.old, findings),
                    _rule_side(pair.new, findings),
                    *measures_of(of_pair),
                )
            )
        return tuple(sorted(made, key=lambda each: (-each.changed.charge, -each.changed.lines)))

    def _monitored(self) -> tuple[Monitored, ...]:
        return tuple(
            Monitored(
                rule.name,
                rule.ruleset.name if rule.ruleset else None,
                place_of(rule),
                _monitors(pair.old),
                _monitors(pair.new),
                measure_of(fires),
                measure_of(alone),
            )
            for pair, fires, alone in zip(self.pairs, self.fires, self.alone, strict=True)
            if (rule := _measured_rule(pair)) is not None
        )


def _measured_rule(pair: RulePair) -> Rule | None:
    """The rule of a pair that only measures; the new one where both do."""
    return next((each for each in (pair.new, pair.old) if each and _monitors(each)), None)


def _monitors(rule: Rule | None) -> bool:
    return rule is not None and rule.disposition == "monitor"


def _rule_side(rule: Rule | None, findings: Mapping[Rule, int]) -> RuleSide | None:
    return None if rule is None else RuleSide(place_of(rule), rule.disposition, findings[rule])


def place_of(rule: Rule) -> str:
    """`file:line`"""
    number, _ = rule.source.line_and_column(rule.span.start)
    return f"{rule.source.name}:{number}"
