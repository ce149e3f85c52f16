"""What all checks share about a finding: where it stands, and the claims that show it."""

from collections.abc import Iterable, Sequence

from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.written import patient_of, written
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Claim, Diagnostic, Label
from editwright.grammar.source import Span

DOES = {
    "deny": "denies",
    "reject": "rejects",
    "pend": "pends",
    "warn": "warns of",
    "monitor": "monitors",
    "reduce": "reduces",
}
"""What a rule does to a line, by its disposition."""


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
        labels.setdefault((each.rule.source.name, each.rule.span.start), label(each))
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
    said: list[str] = []
    for rule in dict.fromkeys(each.rule for each in parties):
        mine = [each for each in parties if each.rule is rule]
        for number in sorted(at for of, at in fired if of is rule):
            firing = [each for each in mine if len(mine) == 1 or _fires(each, lines, number)]
            name = (firing or mine)[0].name
            said.append(f"{name} {DOES[rule.disposition]} line {number}")
    return Claim(
        tuple(written(line) for line in lines), tuple(said or ["nothing fires"]), patient_of(lines)
    )


def _fires(party: Party, lines: Sequence[ServiceLine], number: int) -> bool:
    """Whether one of the parties of a rule, a row, fires on a line."""
    return (party.rule, number) in judged([party], lines)


def listed(codes: Iterable[str], word: str = "and", most: int = 5) -> str:
    """Codes in a message: the first ones, and how many more."""
    known = [f"`{code}`" for code in sorted(codes)]
    if len(known) > most:
        return ", ".join(known[:most]) + f" {word} {len(known) - most} more"
    return f" {word} ".join([", ".join(known[:-1]), known[-1]] if len(known) > 1 else known)
