"""Rules that require a payable partner where none of the partners is ever paid."""

from collections.abc import Iterator
from datetime import date
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.made_up_lines import USUAL_DAY, as_one_member, hints_for, line_of
from editwright.evaluator.analysis.never_paid import (
    fires_on_first,
    named_with_rows,
    note_unpayable,
    on_day,
    when_all_hold,
)
from editwright.evaluator.analysis.one_line import lines_for
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rule_book import codes_of
from editwright.evaluator.analysis.run import Run, Scenario, Unpayable
from editwright.evaluator.analysis.wishes import Wish
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic


def unpaid_chains(run: Run, wishes: list[Wish]) -> Iterator[Diagnostic]:
    """Rules that require a payable partner where none of the partners is ever paid; down the
    chain, until nothing changes."""
    _note_forbidden_codes(run)
    waiting = wishes
    while waiting:
        left: list[Wish] = []
        for wish in waiting:
            found = _of_unpayable(run, wish)
            if found is None:
                left.append(wish)
            else:
                yield found
        if len(left) == len(waiting):
            return
        waiting = left


def _note_forbidden_codes(run: Run) -> None:
    """Codes that a rule does not allow at all."""
    for party in run.live:
        rule = party.plain
        always = isinstance(rule.core, c.Violates) and rule.core.condition == c.ALWAYS
        if not always or not rule.denies or rule.exemptions or party.dates is None:
            continue
        codes = codes_of(rule.subject)
        if codes is None or rule.subject.condition != c.ALWAYS:
            continue
        for code in codes:
            made = Unpayable(code, *party.dates, (party,), _alone(party, code))
            run.unpayable.setdefault(code, []).append(made)


def _alone(party: Party, code: str) -> Scenario:
    def scenario(day: date) -> list[list[ServiceLine]]:
        line = line_of(hints_for(party.plain, day), code, 1)
        return [[line]] if line is not None else []

    return scenario


def _of_unpayable(run: Run, wish: Wish) -> Diagnostic | None:
    if not wish.partners or not all(code in run.unpayable for code in wish.partners):
        return None
    own = wish.party.dates
    if own is None:
        return None
    days = {own[0], USUAL_DAY} | {u.first for x in wish.partners for u in run.unpayable[x]}
    for day in sorted(days, key=lambda each: abs(each - USUAL_DAY)):
        if not own[0] <= day <= own[1]:
            continue
        chosen = {
            code: next((u for u in run.unpayable[code] if u.first <= day <= u.last), None)
            for code in sorted(wish.partners)
        }
        if all(chosen.values()):
            known = {code: each for code, each in chosen.items() if each is not None}
            return _chain_confirmed(run, wish, known, day)
    return None


def _chain_confirmed(
    run: Run, wish: Wish, chosen: dict[str, Unpayable], day: date
) -> Diagnostic | None:
    subject = wish.subjects[0]
    causes = list({id(p.plain): p for each in chosen.values() for p in each.parties}.values())
    parties = [wish.party, *causes]
    demands = [*subject_demands(wish.party.plain), *on_day(day)]
    for held in islice(lines_for(demands, hints_for(wish.party.plain, day)), 4):
        line = line_of(held, subject, 1)
        if line is None or not fires_on_first(parties, [line], wish.party):
            continue
        claims = [[line]]
        for each in chosen.values():
            for lines in each.scenario(day):
                claims.append([line, *(evolve(x, line_number=at) for at, x in enumerate(lines, 2))])
        members = [as_one_member(lines) for lines in claims]
        known = [each for each in members if each is not None]
        if len(known) < len(members):
            continue
        if all(fires_on_first(parties, lines, wish.party) for lines in known):
            for cause in causes:
                run.tell(wish.party, cause)
            note_unpayable(run, wish, subject, causes, known)
            names = " and ".join(dict.fromkeys(named_with_rows(each, causes) for each in causes))
            return finding(
                "W811",
                wish.party,
                f"{listed(wish.subjects)} can never be paid{when_all_hold(wish.party, causes)}:"
                f" {wish.party.name} requires a payable"
                f" {listed(wish.partners, 'or')}, and {names}"
                f" {'lets' if len(causes) == 1 else 'let'} none be paid",
                help="leave `payable` out, or take one of the rules back",
                others=causes,
                claims=[claim(parties, lines) for lines in known[:3]],
            )
    return None
