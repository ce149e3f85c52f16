"""What a run saw and found, in counts: the closing lines of every run."""

from collections import Counter
from collections.abc import Container, Iterable, Iterator

from attrs import define, field

from editwright.evaluator.findings import Finding
from editwright.evaluator.line_fields import read_field
from editwright.evaluator.lines import ServiceLine
from editwright.grammar.checked import (
    Both,
    Comparison,
    Either,
    Excludes,
    Exemption,
    FieldRef,
    Likeness,
    Limit,
    Lines,
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


@define
class Summary:
    """Counts of one run. `missing` counts, for each field that a rule read, the service lines
    (history aside) where it had no value."""

    fields: tuple[FieldRef, ...] = ()
    lines: int = 0
    history_lines: int = 0
    findings: int = 0
    by_rule: Counter[tuple[str, str]] = field(factory=Counter)
    """Findings by (rule, disposition); the rule with its ruleset before it, where it has one."""
    missing: Counter[str] = field(factory=Counter)
    _claims: set[str] = field(factory=set, repr=False)
    _members: set[str] = field(factory=set, repr=False)
    _touched: set[tuple[str, int]] = field(factory=set, repr=False)

    @property
    def claims(self) -> int:
        """How many claims, history aside."""
        return len(self._claims)

    @property
    def members(self) -> int:
        """How many members; those without an id are not counted."""
        return len(self._members)

    def members_among(self, ids: Container[str]) -> int:
        """How many of the members are among these."""
        return sum(member in ids for member in self._members)

    @property
    def lines_with_findings(self) -> int:
        """How many service lines have at least one finding."""
        return len(self._touched)

    def count_lines(self, lines: Iterable[ServiceLine]) -> Iterator[ServiceLine]:
        """Pass lines on and count them."""
        for line in lines:
            if line.history:
                self.history_lines += 1
            else:
                self.lines += 1
                self._claims.add(line.claim_id)
                if line.member_id:
                    self._members.add(line.member_id)
                for each in self.fields:
                    if read_field(each, line) is None:
                        self.missing[each.name] += 1
            yield line

    def count_findings(self, findings: Iterable[Finding]) -> Iterator[Finding]:
        """Pass findings on and count them."""
        for finding in findings:
            self.findings += 1
            name = f"{finding.ruleset}/{finding.rule}" if finding.ruleset else finding.rule
            self.by_rule[name, finding.disposition] += 1
            self._touched.add((finding.claim_id, finding.line_number))
            yield finding

    def as_dict(self) -> dict[str, object]:
        """The counts as plain values."""
        return {
            "lines": self.lines,
            "claims": self.claims,
            "members": self.members,
            "history_lines": self.history_lines,
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
    for rule in rules:
        for each in fields_of_rule(rule):
            if each.row_column is None and not each.many:
                found.setdefault(each.name, each)
    built_in = [name for name in FIELDS if name in found]
    return tuple(found[name] for name in (*built_in, *sorted(found.keys() - FIELDS.keys())))


def fields_of_rule(rule: Rule) -> Iterator[FieldRef]:
    """The fields that a rule reads, of lines and of its rows, some of them several times."""
    yield from _of_lines(rule.subject)
    if rule.intervals:
        yield FIELDS["date"]
    match rule.core:
        case Violates(condition):
            yield from fields_of(condition)
        case Needs(partners) | Excludes(partners):
            yield from _of_partners(partners)
        case Limit():
            if rule.core.counted == "units":
                yield FIELDS["units"]
            if rule.core.period not in ("line", "claim", "lifetime"):
                yield FIELDS["date"]
            yield from _of_likenesses(rule.core.likenesses)
    for each in rule.exemptions:
        if isinstance(each, Exemption):
            yield from fields_of(each.condition)
        else:
            yield from _of_partners(each.partners)
        yield from fields_of(each.when)


def _of_lines(lines: Lines) -> Iterator[FieldRef]:
    yield from fields_of(lines.condition)


def _of_partners(partners: Partners) -> Iterator[FieldRef]:
    yield from _of_lines(partners.lines)
    if any(
        each.kind not in ("claim", "ever") for group in partners.relation.moments for each in group
    ):
        yield FIELDS["date"]
    yield from _of_likenesses(partners.relation.likenesses)


def _of_likenesses(likenesses: Iterable[Likeness]) -> Iterator[FieldRef]:
    for each in likenesses:
        yield each.field


def fields_of(test: Test) -> Iterator[FieldRef]:
    """The fields that a condition reads, in its order."""
    match test:
        case Both(tests) | Either(tests):
            for each in tests:
                yield from fields_of(each)
        case Negation(inner):
            yield from fields_of(inner)
        case Member(subject) | Missing(subject):
            yield from _flat(subject)
        case Comparison(subject, _, right):
            yield from _flat(subject)
            if isinstance(right, FieldRef):
                yield from _flat(right)


def _flat(subject: FieldRef) -> Iterator[FieldRef]:
    yield from subject.days or (subject,)
