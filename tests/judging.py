"""The plan and its kernels beside the reference, on one member; and the reference on many."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path

from attrs import frozen

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.of_verdicts import findings_in_order
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.by_reference import ByReference
from editwright.evaluator.meaning.reference import in_order, judge_member
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.evaluator.run import by_member
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.checked import CheckedRules, Rule
from editwright.grammar.source import Source

Identity = tuple[str, int]


@frozen
class Said:
    """What a rule says of a line: everything that a verdict holds."""

    rule: str
    line: Identity
    partners: tuple[Identity, ...]
    rows: tuple[int, ...]
    total: Decimal | None
    limit: Decimal | None
    allowed: Decimal | None


def said(verdicts: Iterable[tuple[Rule, Verdict]]) -> list[Said]:
    """Verdicts as values, by rule and line."""
    found = [
        Said(
            rule.name,
            identity(verdict.line),
            tuple(map(identity, verdict.partners)),
            tuple(row.number for row in verdict.rows),
            verdict.total,
            verdict.limit,
            verdict.allowed,
        )
        for rule, verdict in verdicts
    ]
    return sorted(found, key=lambda each: (each.rule, each.line))


def identity(line: ServiceLine) -> Identity:
    """A line's claim and number."""
    return line.claim_id, line.line_number


def by_kernels(machine: Machine, lines: Sequence[ServiceLine]) -> list[Said] | None:
    """What the kernels say of a member; nothing where they cannot."""
    verdicts = machine.verdicts(in_order(lines))
    return None if verdicts is None else said(verdicts)


def by_reference(rules: CheckedRules, lines: Sequence[ServiceLine]) -> list[Said]:
    """What the reference says of a member, with all rules and rows: the same as with those that
    are looked up."""
    everything = judge_member(rules.strata, lines)
    found = said((rule, verdict) for rule, all_of in everything.items() for verdict in all_of)
    assert said(ByReference(rules).verdicts(in_order(lines))) == found
    return found


def checked(text: str, folder: Path, **tables: str) -> CheckedRules:
    """The checked rules of a file, its tables beside it."""
    for name, cells in tables.items():
        (folder / f"{name}.csv").write_text(cells, encoding="utf-8")
    return expect_rules(check_sources([Source("trial.edits", text, folder / "trial.edits")]))


def findings_by_reference(rules: CheckedRules, lines: Iterable[ServiceLine]) -> list[Finding]:
    """The findings on lines of any members, by the reference."""
    reference = ByReference(rules)
    position = {rule: at for at, rule in enumerate(rules.rules)}
    return [
        finding
        for _, member in sorted(by_member(lines).items())
        for finding in findings_in_order(reference.verdicts(in_order(member)), position)
    ]
