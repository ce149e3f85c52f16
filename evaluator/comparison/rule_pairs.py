"""Two sets of rules to pairs: which rule of the one is which of the other, and whether they say
the same.

Rules are the same by their names. Where a name is in several rulesets, the ruleset tells them
apart; else a ruleset may be renamed and its rules stay what they are.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from attrs import frozen

from editwright.evaluator.comparison.figures import RuleText
from editwright.grammar.checked import Rule


@frozen(slots=True, eq=False)
class RulePair:
    """A rule of the old rules, of the new rules, or of both."""

    old: Rule | None
    new: Rule | None

    @property
    def shown(self) -> Rule:
        """The rule by whose name both go."""
        found = self.new or self.old
        assert found is not None
        return found

    @property
    def text(self) -> RuleText:
        """Whether the rule is another one."""
        if self.old is None:
            return "added"
        if self.new is None:
            return "removed"
        return "same" if _said(self.old) == _said(self.new) else "changed"


def rule_pairs(old: Sequence[Rule], new: Sequence[Rule]) -> list[RulePair]:
    """The new rules in their order, then the old ones that are none of them."""
    by_key = dict(zip(_keys(old), old, strict=True))
    found = {rule: by_key.pop(key, None) for key, rule in zip(_keys(new), new, strict=True)}
    by_name = _alone(list(by_key.values()))
    alone = _alone([rule for rule, earlier in found.items() if earlier is None])
    for name, rule in alone.items():
        found[rule] = by_name.get(name)
    pairs = [RulePair(found[rule], rule) for rule in new]
    gone = set(old) - {each for each in found.values() if each is not None}
    return [*pairs, *(RulePair(rule, None) for rule in old if rule in gone)]


def _keys(rules: Sequence[Rule]) -> list[tuple[str | None, str, int]]:
    """Ruleset and name, and which of several with both."""
    seen: Counter[tuple[str | None, str]] = Counter()
    keys = []
    for rule in rules:
        key = (rule.ruleset.name if rule.ruleset else None, rule.name)
        keys.append((*key, seen[key]))
        seen[key] += 1
    return keys


def _alone(rules: Sequence[Rule]) -> dict[str, Rule]:
    """Rules whose name no other of them has."""
    counts = Counter(rule.name for rule in rules)
    return {rule.name: rule for rule in rules if counts[rule.name] == 1}


def _said(rule: Rule) -> tuple[object, ...]:
    """Everything that a rule says, its lists and tables included, without where it says it."""
    table = rule.table
    return (
        rule.subject, rule.core, rule.exemptions, rule.disposition, rule.scope, rule.group_code,
        rule.carc, rule.rarcs, rule.because, rule.cites, rule.intervals, rule.key_column,
        table and (table.digest or table.path),
    )  # fmt: skip


def reason_of(rule: Rule) -> Hashable:
    """What tells the findings of a rule from others of the same rule."""
    return rule.disposition, rule.group_code, rule.carc, rule.rarcs
