"""W811: what one rule requires, another does not allow.

For a line that a rule judges, every partner that the rule asks for is one with which another rule
denies the line. Relations, dates and conditions must leave no way out: a partner on another date of
the claim, a modifier that frees the pair, or another code of the list, and nothing is said.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import partner_lines
from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.forbidding import (
    day_without_way_out,
    demands_of,
    in_force,
    rules_that_forbid,
)
from editwright.evaluator.analysis.made_up_lines import as_one_member, hints_for, line_of
from editwright.evaluator.analysis.never_paid import (
    fires_on_first,
    named_with_rows,
    note_unpayable,
    on_day,
    when_all_hold,
    where_all_hold,
)
from editwright.evaluator.analysis.one_line import Held, lines_for
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.unpaid_chains import unpaid_chains
from editwright.evaluator.analysis.wishes import TableRows, Wish, rows_of_pairs, wishes_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic


def contradictions(run: Run) -> Iterator[Diagnostic]:
    """The findings, those first that others follow from."""
    wishes = wishes_of(run)
    rows = rows_of_pairs(run, wishes)
    open_wishes = []
    for wish in wishes:
        found = list(_of_wish(run, wish, rows))
        yield from found
        if not found and wish.core.partners.payable:
            open_wishes.append(wish)
    yield from unpaid_chains(run, open_wishes)


def _of_wish(run: Run, wish: Wish, rows: TableRows) -> Iterator[Diagnostic]:
    by_cause: dict[tuple[int, ...], tuple[list[str], Diagnostic]] = {}
    for subject in wish.subjects:
        forbidding = rules_that_forbid(run, wish, subject, rows)
        if len(wish.partners) - len(forbidding) >= wish.count:
            continue
        day = day_without_way_out(wish, forbidding)
        if day is None:
            continue
        chosen = {code: in_force(each, day) for code, each in forbidding.items()}
        causes = {code: each[0] for code, each in chosen.items() if each}
        key = tuple(sorted({id(each.rule) for each in causes.values()}))
        if key in by_cause and len(by_cause[key][0]) > 20:
            by_cause[key][0].append(subject)
            continue
        found = _confirmed(run, wish, subject, causes, day)
        if found is not None:
            by_cause.setdefault(key, ([], found))[0].append(subject)
    for subjects, first in by_cause.values():
        if len(subjects) > 1:
            more = f"{listed(subjects)} can never be paid"
            yield evolve(first, message=more + first.message.partition("can never be paid")[2])
        else:
            yield first


def _confirmed(
    run: Run, wish: Wish, subject: str, causes: dict[str, Party], day: date
) -> Diagnostic | None:
    """The finding, where the reference denies the subject alone and with every partner."""
    involved = list({id(each.plain): each for each in causes.values()}.values())
    parties = [wish.party, *involved]
    demands = [*subject_demands(wish.party.plain), *on_day(day)]
    for each in involved:
        assert isinstance(each.plain.core, c.Excludes)
        demands += demands_of(each.plain, each.plain.core)[0] or []
    hints = hints_for(wish.party.plain, day)
    for each in involved:
        hints.update({k: v for k, v in hints_for(each.plain, day).items() if k not in hints})
    for held in islice(lines_for(demands, hints), 4):
        line = line_of(held, subject, 1)
        if line is None or not fires_on_first(parties, [line], wish.party):
            continue
        claims = [[line]]
        for code, cause in causes.items():
            pair = _with_partner(wish, cause, line, held, code)
            if pair is None:
                break
            claims.append(pair)
        else:
            for each in involved:
                run.tell(wish.party, each)
            note_unpayable(run, wish, subject, involved, claims)
            return _finding(wish, subject, causes, claims, involved)
    return None


def _with_partner(
    wish: Wish, cause: Party, line: ServiceLine, held: Held, code: str
) -> list[ServiceLine] | None:
    """The subject with this partner, which serves the wish and makes the other rule fire."""
    assert isinstance(cause.plain.core, c.Excludes)
    more = demands_of(cause.plain, cause.plain.core)[1]
    for other in islice(partner_lines(wish.core.partners, line, held, code, more), 8):
        lines = as_one_member([line, other])
        if lines is None:
            continue
        fired = judged([wish.party, cause], lines)
        if cause.turned and {(cause.rule, 2), (wish.party.rule, 1)} <= fired:
            return lines
        served = (wish.party.rule, 1) not in fired or wish.count > 1
        if not cause.turned and (cause.rule, 1) in fired and served:
            return lines
    return None


def _finding(
    wish: Wish,
    subject: str,
    causes: dict[str, Party],
    claims: Sequence[list[ServiceLine]],
    involved: Sequence[Party],
) -> Diagnostic:
    parties = [wish.party, *involved]
    rules = {id(each.rule): each for each in involved}
    names = " and ".join(named_with_rows(each, involved) for each in rules.values())
    what = listed(wish.partners, "or" if wish.count == 1 else "and")
    if 1 < wish.count < len(wish.partners):
        what = f"{wish.count} of {what}"
    with_what = (
        "the two together" if len(wish.partners) == 1
        else "it with any of them" if len(causes) == len(wish.partners) and wish.count == 1
        else f"it with {listed(causes, 'or')}"
    )  # fmt: skip
    if wish.core.partners.payable:
        what = f"a payable {what}"
    message = (
        f"`{subject}` can never be paid"
        f"{where_all_hold(wish, involved)}{when_all_hold(wish.party, involved)}:"
        f" {wish.party.name} requires"
        f" {what}, and {names} {'does' if len(rules) == 1 else 'do'} not allow {with_what}"
    )
    return finding(
        "W811",
        wish.party,
        message,
        help="take one of the two rules back, or say when each of them holds",
        others=involved,
        claims=[claim(parties, lines) for lines in claims[:3]],
    )
