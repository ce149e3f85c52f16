"""What a run saw and found, in counts: the closing lines of every run."""

from collections import Counter
from collections.abc import Container
from typing import TYPE_CHECKING

from attrs import define, field

from editwright.evaluator.corrections.in_lines import Corrected
from editwright.grammar.checked import FieldRef

if TYPE_CHECKING:
    from editwright.evaluator.judging.column_run import Judged
    from editwright.evaluator.lines.columns import LineColumns


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
        from editwright.evaluator.judging.column_counts import (
            counts_of,  # only here is numpy needed
        )

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
