"""What a run saw and found, in counts: the closing lines of every run."""

from collections import Counter
from collections.abc import Container, Iterable
from typing import TYPE_CHECKING

from attrs import define, field

from editwright.evaluator.corrections import Corrected
from editwright.grammar.checked import (
    Both,
    Comparison,
    Either,
    Excludes,
    Exemption,
    FieldRef,
    Limit,
    Member,
    Missing,
    Needs,
    Negation,
    Partners,
    Rule,
    Test,
    Violates,
)
from editwright.grammar.fields import FIELDS

if TYPE_CHECKING:
    from editwright.evaluator.column_run import Judged
    from editwright.evaluator.line_columns import LineColumns


@define
class Summary:
    """Counts of one run. `missing` counts, for each field that a rule read, the service lines
    (history aside) where it had no value."""

    fields: tuple[FieldRef, ...] = ()
    known_members: Container[str] = frozenset()
    lines: int = 0
    claims: int = 0
    """How many claims, history aside."""
    members: int = 0
    """How many members, history aside; those without an id are not counted."""
    members_known: int = 0
    """How many of the members are among `known_members`."""
    history_lines: int = 0
    corrected: Corrected = field(factory=Corrected)
    """What was left out because of later claims; it is in no other count."""
    findings: int = 0
    lines_with_findings: int = 0
    """How many service lines have at least one finding."""
    by_rule: Counter[tuple[str, str]] = field(factory=Counter)
    """Findings by (rule, disposition); the rule with its ruleset before it, where it has one."""
    missing: Counter[str] = field(factory=Counter)

    def count_lines(self, columns: "LineColumns", *, claims: int | None = None) -> None:
        """Count lines; no member may be in two calls, and no claim, unless it is told how many
        `claims` to count with these lines."""
        from editwright.evaluator.column_counts import counts_of  # only here is numpy needed

        found = counts_of(columns, self.fields, self.known_members)
        self.lines += found.lines
        self.history_lines += columns.count - found.lines
        self.claims += found.claims if claims is None else claims
        self.members += found.members
        self.members_known += found.members_known
        self.missing.update(found.missing)

    def count_findings(self, judged: "Judged") -> None:
        """Count findings."""
        self.lines_with_findings += judged.lines_with_findings
        self.findings += judged.table.num_rows
        keys = ["ruleset", "rule", "disposition"]
        counts = judged.table.select(keys).group_by(keys).aggregate([([], "count_all")])
        for row in counts.to_pylist():
            name = f"{row['ruleset']}/{row['rule']}" if row["ruleset"] else row["rule"]
            self.by_rule[name, row["disposition"]] += row["count_all"]

    def as_dict(self) -> dict[str, object]:
        """The counts as plain values."""
        return {
            "lines": self.lines,
            "claims": self.claims,
            "members": self.members,
            "history_lines": self.history_lines,
            "corrections": self.corrected.as_dict(),
            "findings": self.findings,
            "lines_with_findings": self.lines_with_findings,
            "by_rule": [
                {"rule": rule, "disposition": disposition, "findings": count}
                for (rule, disposition), count in sorted(self.by_rule.items())
            ],
            "missing_fields": dict(sorted(self.missing.items())),
        }


def fields_read(rules: Iterable[Rule]) -> tuple[FieldRef, ...]:
    """The single-valued fields of the service line that rules read, in a stable order."""
    found: dict[str, FieldRef] = {}
    for each in different_fields(rules):
        if each.row_column is None and not each.many:
            found.setdefault(each.name, each)
    built_in = [name for name in FIELDS if name in found]
    return tuple(found[name] for name in (*built_in, *sorted(found.keys() - FIELDS.keys())))


def different_fields(rules: Iterable[Rule]) -> list[FieldRef]:
    """The fields and columns of rows that rules read; of many rules most read the same few."""
    by_identity = {id(each): each for rule in rules for each in fields_of_rule(rule)}
    return list(by_identity.values())


def fields_of_rule(rule: Rule) -> list[FieldRef]:
    """The fields of the service line, and columns of the row, that a rule reads."""
    found: list[FieldRef] = []
    _add_fields(rule.subject.condition, found)
    if rule.intervals:
        found.append(FIELDS["date"])
    core = rule.core
    match core:
        case Violates():
            _add_fields(core.condition, found)
        case Needs() | Excludes():
            _add_partners(core.partners, found)
        case Limit():
            if core.counted == "units":
                found.append(FIELDS["units"])
            if core.period not in ("line", "claim", "lifetime"):
                found.append(FIELDS["date"])
            found += [each.field for each in core.likenesses]
    for each in rule.exemptions:
        if isinstance(each, Exemption):
            _add_fields(each.condition, found)
        else:
            _add_partners(each.partners, found)
        _add_fields(each.when, found)
    return found


def _add_partners(partners: Partners, found: list[FieldRef]) -> None:
    _add_fields(partners.lines.condition, found)
    for group in partners.relation.moments:
        if any(each.kind not in ("claim", "ever") for each in group):
            found.append(FIELDS["date"])
            break
    found += [each.field for each in partners.relation.likenesses]


def fields_of(test: Test) -> list[FieldRef]:
    """The fields that a condition reads, in its order."""
    found: list[FieldRef] = []
    _add_fields(test, found)
    return found


def _add_fields(test: Test, found: list[FieldRef]) -> None:
    match test:
        case Both() | Either():
            for each in test.conditions:
                _add_fields(each, found)
        case Negation():
            _add_fields(test.condition, found)
        case Member() | Missing():
            found += test.field.days or (test.field,)
        case Comparison():
            found += test.field.days or (test.field,)
            if isinstance(test.value, FieldRef):
                found += test.value.days or (test.value,)
