"""A rule that others cover: shown by claims, and told as W813, or as W818 of two limits."""

from collections.abc import Sequence
from itertools import islice

from editwright.evaluator.analysis.claims import claims_that_fire
from editwright.evaluator.analysis.finding import DOES, finding
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Claim, Diagnostic

MOST_TRIES = 6


def confirmed(party: Party, others: Sequence[Party]) -> list[ServiceLine] | None:
    """A claim on which a rule fires, and with it one of the others, which are one rule or rows of
    its table; nothing where the reference knows a claim on which only the first does, or none."""
    shown: list[ServiceLine] | None = None
    anywhere = isinstance(party.plain.core, c.Limit)
    for lines in islice(claims_that_fire(party.plain), MOST_TRIES):
        fired = judged([party, *others], lines)
        ours = {number for rule, number in fired if rule is party.rule}
        theirs = {number for rule, number in fired if rule is others[0].rule}
        if not (bool(theirs) if anywhere else ours <= theirs) and ours:
            return None
        if ours and shown is None:
            shown = lines
    return shown


def covered(party: Party, other: Party, shown: Claim, help: str | None = None) -> Diagnostic:
    """The finding that wherever a rule fires, the other one fires too."""
    one, two = party.plain.core, other.plain.core
    if isinstance(one, c.Limit) and isinstance(two, c.Limit) and one.number != two.number:
        return finding(
            "W818",
            party,
            f"no claim goes over the limit of {party.name} without going over that of {other.name}",
            help=help or "delete this limit, or say where the stricter one does not hold",
            others=[other],
            claims=[shown],
        )
    return finding(
        "W813",
        party,
        f"wherever {party.name} fires, {other.name} fires too{_effect(party.rule, other.rule)}",
        help=help or "delete the rule, or say where the other one does not hold",
        others=[other],
        claims=[shown],
    )


def _effect(one: c.Rule, two: c.Rule) -> str:
    return "" if one.disposition == two.disposition else f", and {DOES[two.disposition]} it"
