"""W816 and W817: exemptions that change nothing, or everything."""

from collections.abc import Iterator, Sequence
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import claims_that_fire, code_among
from editwright.evaluator.analysis.comparing import lines_inside
from editwright.evaluator.analysis.demands import as_one_condition, is_of_pairs, subject_demands
from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.near_claims import varied
from editwright.evaluator.analysis.nearness import is_never, is_within
from editwright.evaluator.analysis.never_fires import asked_too_much, why_it_never_fires
from editwright.evaluator.analysis.one_line import Demand, implies, is_impossible
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Span


def exemption_to_blame(rule: c.Rule) -> int | None:
    """The exemption without which the rule would fire."""
    for at in range(len(rule.exemptions)):
        if why_it_never_fires(_without(rule, at)) is None:
            return at
    return None


def _without(rule: c.Rule, at: int) -> c.Rule:
    """The rule without one of its exemptions."""
    return evolve(rule, exemptions=rule.exemptions[:at] + rule.exemptions[at + 1 :])


def always_exempt(party: Party, at: int) -> Diagnostic:
    """The finding that an exemption of a rule, the one at a place, exempts every line."""
    lines = next(iter(claims_that_fire(_without(party.plain, at))), None)
    return finding(
        "W817",
        party,
        f"{party.name} never fires: this `unless` holds on every line that it judges",
        help="correct the exemption, or delete the rule",
        span=_span(party, at),
        claims=[claim([party], lines)] if lines is not None else [],
    )


def idle_exemptions(party: Party) -> Iterator[Diagnostic]:
    """The findings about exemptions of a rule that exempt no line."""
    for at, exemption in enumerate(party.plain.exemptions):
        found = None
        if _never_exempts(party.plain, at):
            found = _never_exempt(party, at, exemption)
        elif (why := _asks_too_much(exemption)) is not None:
            found = _cannot_hold(party, at, why)
        if found is not None:
            yield found


def _never_exempts(rule: c.Rule, at: int) -> bool:
    """Whether an exemption holds on no line on which the rule would fire, for certain."""
    exemption = rule.exemptions[at]
    without = _without(rule, at)
    given = subject_demands(without)
    if isinstance(exemption, c.PartnerExemption):
        return _partner_never_exempts(without, exemption, given)
    if is_impossible([*given, (exemption.when, "not false")]):
        return True
    if not is_of_pairs(rule, exemption):
        return implies(given, [(as_one_condition(exemption), "false")])
    assert isinstance(rule.core, c.Excludes)
    asked: Demand = (exemption.condition, "false")
    on_partner = implies([(rule.core.partners.lines.condition, "true")], [asked])
    return on_partner and (exemption.side == "other" or implies(given, [asked]))


def _partner_never_exempts(
    rule: c.Rule, exemption: c.PartnerExemption, given: Sequence[Demand]
) -> bool:
    partners = exemption.partners
    if is_impossible([*given, (exemption.when, "not false")]):
        return True
    if is_impossible([(partners.lines.condition, "not false")]):
        return True
    # What a rule requires cannot be there where it is missing.
    if not isinstance(rule.core, c.Needs) or rule.core.count != 1:
        return False
    wanted = rule.core.partners
    return (
        (partners.payable or not wanted.payable)
        and lines_inside(partners.lines, wanted.lines)
        and implies(
            [(partners.lines.condition, "not false")], [(wanted.lines.condition, "not false")]
        )
        and is_within(partners.relation, wanted.relation)
    )


def _never_exempt(
    party: Party, at: int, exemption: c.Exemption | c.PartnerExemption
) -> Diagnostic | None:
    """The finding, with a claim on which the rule fires as it would without the exemption."""
    rule = party.plain
    freed = Party(_without(party.rule, at), _without(rule, at), with_file=party.with_file)
    lines_shown: list[ServiceLine] | None = None
    for lines in islice(claims_that_fire(freed.plain), 12):
        without = {number for _, number in judged([freed], lines)}
        with_it = {number for _, number in judged([party], lines)}
        if without != with_it:
            return None
        if without and lines_shown is None:
            lines_shown = lines
    if lines_shown is None:
        return None
    for line in varied(rule, _tests_of(exemption, rule), code_among(rule.subject), 1):
        if {n for _, n in judged([freed], [line])} != {n for _, n in judged([party], [line])}:
            return None
    return finding(
        "W816",
        party,
        f"this `unless` of {party.name} never holds on a line on which the rule would fire",
        help="correct the exemption, or delete it",
        span=_span(party, at),
        claims=[claim([party], lines_shown)],
    )


def _asks_too_much(exemption: c.Exemption | c.PartnerExemption) -> str | None:
    """Why an exemption by itself can hold for no line, whatever the rule; a line of which a field
    is missing it may exempt nevertheless."""
    if isinstance(exemption, c.Exemption):
        demands: list[Demand] = [(as_one_condition(exemption), "true")]
        return asked_too_much(demands, "a line") if is_impossible(demands) else None
    partners = exemption.partners
    for test, what in ((exemption.when, "a line"), (partners.lines.condition, "the other line")):
        if is_impossible([(test, "true")]):
            return asked_too_much([(test, "true")], what)
    never = is_never(partners.relation)
    return "no two lines are related like this in time" if never else None


def _cannot_hold(party: Party, at: int, why: str) -> Diagnostic | None:
    """The finding, with a claim on which the rule fires."""
    for lines in islice(claims_that_fire(party.plain), 12):
        if judged([party], lines):
            return finding(
                "W816",
                party,
                f"this `unless` of {party.name} never holds: {why}",
                help="correct the exemption, or delete it",
                span=_span(party, at),
                claims=[claim([party], lines)],
            )
    return None


def _tests_of(exemption: c.Exemption | c.PartnerExemption, rule: c.Rule) -> list[c.Test]:
    tests = [test for test, _ in subject_demands(rule)]
    return tests + ([exemption.condition] if isinstance(exemption, c.Exemption) else [])


def _span(party: Party, at: int) -> Span:
    """Where the exemption stands."""
    clauses = [
        each for each in party.rule.node.clauses
        if isinstance(each, nodes.Unless | nodes.UnlessPartner)
    ]  # fmt: skip
    return clauses[at].span
