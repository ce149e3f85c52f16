"""W823: rules that no line can keep, since what they ask for cannot be: they fire on every line on
which nothing is unknown.

A rule that plainly forbids is none of them. As with rules that never fire, what is impossible is
proved, and each finding shows claims on which the rule fires.
"""

from collections.abc import Iterator
from itertools import islice

from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.near_claims import firing
from editwright.evaluator.analysis.nearness import is_never
from editwright.evaluator.analysis.never_fires import asked_too_much
from editwright.evaluator.analysis.one_line import Demand, is_impossible
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.diagnostics import Diagnostic


def never_kept(run: Run) -> Iterator[Diagnostic]:
    """The findings."""
    for party in run.book.written:
        reason = why_it_is_never_kept(party.plain)
        if reason is None or party.rule in run.silent:
            continue
        if claims := [claim([party], lines) for lines in islice(_shown(party), 2)]:
            yield finding(
                "W823",
                party,
                f"no line can keep {party.name}: {reason}",
                help="correct what it asks for; to allow nothing, write `not allowed`",
                claims=claims,
            )


def why_it_is_never_kept(rule: c.Rule) -> str | None:
    """Why no line can keep a rule, for certain; nothing where one may."""
    verb = rule.node.sentence.verb
    match rule.core:
        case c.Violates(condition) if isinstance(verb, nodes.AllowedOnly | nodes.RequiresField):
            kept: list[Demand] = [(condition, "false")]
            return asked_too_much(kept, "a line") if is_impossible(kept) else None
        case c.Needs(partners):
            if is_never(partners.relation):
                return "no two lines are related like this in time"
            there: list[Demand] = [(partners.lines.condition, "true")]
            return asked_too_much(there, "the other line") if is_impossible(there) else None
        case _:
            return None


def _shown(party: Party) -> Iterator[list[ServiceLine]]:
    """Claims on which the rule fires, of each number of lines the first."""
    seen: set[int] = set()
    for lines in firing(party):
        if len(lines) not in seen:
            seen.add(len(lines))
            yield lines
