"""What all checks share about a finding: where it stands, and the claims that show it."""

from collections.abc import Iterable, Sequence

from editwright.evaluator.analysis.claims import Party, judged, patient_of, written
from editwright.evaluator.lines import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Claim, Diagnostic, Label
from editwright.grammar.source import Span

_DOES = {
    "deny": "denies",
    "reject": "rejects",
    "pend": "pends",
    "warn": "warns of",
    "monitor": "monitors",
    "reduce": "reduces",
}


def span_of(rule: c.Rule) -> Span:
    """Where messages point: the rule's sentence."""
    return rule.node.sentence.span


def label(party: Party, text: str = "is here") -> Label:
    """Another rule that a finding is about."""
    return Label(party.rule.source, span_of(party.rule), f"{party.name} {text}")


def finding(
    code: str,
    party: Party,
    message: str,
    *,
    here: str = "",
    help: str = "",
    others: Iterable[Party] = (),
    claims: Sequence[Claim] = (),
    span: Span | None = None,
) -> Diagnostic:
    """A finding about a rule."""
    labels: dict[tuple[str, int], Label] = {}
    for each in others:
        labels.setdefault((each.rule.source.name, each.rule.node.span.start), label(each))
    return Diagnostic(
        code,
        message,
        party.rule.source,
        span or span_of(party.rule),
        here,
        help,
        tuple(labels.values()),
        tuple(claims),
    )


def claim(parties: Sequence[Party], lines: Sequence[ServiceLine]) -> Claim:
    """A claim, and what the reference says that these rules do with it."""
    fired = judged(parties, lines)
    names = {each.rule: each.name for each in parties}
    said = [
        f"{name} {_DOES[rule.disposition]} line {number}"
        for rule, name in names.items()
        for _, number in sorted((x for x in fired if x[0] is rule), key=lambda x: x[1])
    ]
    return Claim(
        tuple(written(line) for line in lines), tuple(said or ["nothing fires"]), patient_of(lines)
    )


def listed(codes: Iterable[str], most: int = 5) -> str:
    """Codes in a message: the first ones, and how many more."""
    known = sorted(codes)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(f"`{code}`" for code in known[:most]) + more
