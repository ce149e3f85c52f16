"""Verdicts to findings: of one line, or of a member in the order that findings have."""

from collections.abc import Iterable

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.message import Pieces, citation_of, message_of
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar.checked import Rule


def findings_in_order(
    verdicts: Iterable[tuple[Rule, Verdict]],
    position: dict[Rule, int],
    pieces: dict[Rule, Pieces] | None = None,
) -> list[Finding]:
    """The findings on one member, by claim, line and rule. `pieces` keeps those of messages."""
    found = [
        (verdict.line.claim_id, verdict.line.line_number, position[rule], rule, verdict)
        for rule, verdict in verdicts
    ]
    found.sort(key=lambda each: each[:3])
    return [finding_of(rule, verdict, pieces) for *_, rule, verdict in found]


def finding_of(rule: Rule, verdict: Verdict, pieces: dict[Rule, Pieces] | None = None) -> Finding:
    """A verdict with everything that a reader of findings needs. `pieces` keeps those of
    messages."""
    line = verdict.line
    one_row = rule.table is not None and rule.key_column is None
    return Finding(
        claim_id=line.claim_id,
        line_number=line.line_number,
        member_id=line.member_id,
        rule=rule.name,
        ruleset=rule.ruleset.name if rule.ruleset else None,
        ruleset_version=rule.ruleset.version if rule.ruleset else None,
        disposition=rule.disposition,
        scope=rule.scope,
        group_code=rule.group_code,
        carc=rule.carc,
        rarc=rule.rarcs,
        message=message_of(rule, verdict, pieces),
        partners=tuple((each.claim_id, each.line_number) for each in verdict.partners),
        units_allowed=verdict.allowed,
        units_total=verdict.total,
        source=citation_of(rule, verdict),
        table_row=verdict.rows[0].number + 1 if one_row and verdict.rows else None,
    )
