"""I811: what one rule requires, another allows only by a way round.

The pair is denied as one bills it at first, and paid with a modifier, say, or with the partner of
another provider. For information: often this is what is meant.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import partner_lines
from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.forbidding import day_without_way_out, in_force
from editwright.evaluator.analysis.made_up_lines import as_one_member, hints_for, line_of
from editwright.evaluator.analysis.nearness import is_within
from editwright.evaluator.analysis.never_paid import on_day
from editwright.evaluator.analysis.one_line import lines_for
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.wishes import TableRows, Wish, rows_of_pairs, wishes_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic


def ways_round(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each rule at most."""
    wishes = wishes_of(run)
    rows = rows_of_pairs(run, wishes)
    for wish in wishes:
        found = _by_a_way_round(run, wish, rows)
        if found is not None:
            yield found


def _by_a_way_round(run: Run, wish: Wish, rows: TableRows) -> Diagnostic | None:
    """Whether every partner that a rule asks for is denied at first, and one of them can be paid
    with after all."""
    subject = wish.subjects[0]
    parties = {
        partner: [
            each for each in _forbidding_by_codes(run, subject, partner, rows)
            if each.rule not in run.silent and _forbids_at_first(wish, each)
        ]
        for partner in sorted(wish.partners)
    }  # fmt: skip
    day = day_without_way_out(wish, {code: each for code, each in parties.items() if each})
    if day is None:
        return None
    causes = {code: in_force(each, day) for code, each in parties.items()}
    for code, found in causes.items():
        for cause in found:
            if run.is_told(wish.party, cause):
                return None
            claims = _first_and_round(wish, cause, subject, code, day)
            if claims is not None:
                return finding(
                    "I811",
                    wish.party,
                    f"`{subject}` is paid only by a way round: {wish.party.name} requires"
                    f" {listed(wish.partners, 'or')}, and {cause.name} does not allow `{code}`"
                    " with it as such",
                    help="where this is not meant, take one of the two rules back",
                    others=[cause],
                    claims=[claim([wish.party, cause], lines) for lines in claims],
                )
    return None


def _forbidding_by_codes(run: Run, subject: str, partner: str, rows: TableRows) -> list[Party]:
    """The rules that speak of a pair of codes, whatever else they ask."""
    parties = list(run.book.of_pair(subject, partner))
    for table, numbers in rows:
        made = (table.party(number) for number in numbers.get((subject, partner), ()))
        parties += [each for each in made if each is not None]
    return [each for each in parties if each.rule.denies and each.dates is not None]


def _forbids_at_first(wish: Wish, other: Party) -> bool:
    """Whether a rule denies the pair where the two lines share whatever it asks them to share."""
    core = other.plain.core
    assert isinstance(core, c.Excludes)
    wanted = wish.core.partners
    if core.partners.payable and not wanted.payable:
        return False
    shared = (*wanted.relation.likenesses, *core.partners.relation.likenesses)
    return is_within(evolve(wanted.relation, likenesses=shared), core.partners.relation)


def _first_and_round(
    wish: Wish, cause: Party, subject: str, code: str, day: date
) -> list[list[ServiceLine]] | None:
    """The pair as it is denied, and the pair as it is paid."""
    core = cause.plain.core
    assert isinstance(core, c.Excludes)
    demands = [*subject_demands(wish.party.plain), *on_day(day)]
    hints = {**hints_for(cause.plain, day), **hints_for(wish.party.plain, day)}
    shared = (*wish.core.partners.relation.likenesses, *core.partners.relation.likenesses)
    close = evolve(
        wish.core.partners,
        relation=evolve(wish.core.partners.relation, likenesses=tuple(dict.fromkeys(shared))),
    )
    exempt = [
        each.condition
        for each in cause.plain.exemptions
        if isinstance(each, c.Exemption) and each.when == c.ALWAYS
    ]
    for held in islice(lines_for(demands, hints), 2):
        line = line_of(held, subject, 1)
        if line is None:
            continue
        parties = [wish.party, cause]
        first = _first(parties, partner_lines(close, line, held, code), line, {(cause.rule, 1)})
        if first is None:
            continue
        others = [partner_lines(close, line, held, code, [(each, "true")]) for each in exempt]
        apart = [
            c.Likeness(each.field, True)
            for each in core.partners.relation.likenesses
            if each not in wish.core.partners.relation.likenesses
        ]
        if apart:
            relation = wish.core.partners.relation
            away = evolve(relation, likenesses=(*relation.likenesses, *apart))
            far = evolve(wish.core.partners, relation=away)
            others.append(partner_lines(far, line, held, code))
        for options in others:
            round_about = _first(parties, options, line, set())
            if round_about is not None:
                return [first, round_about]
        for each in exempt:
            for freed in islice(lines_for([*demands, (each, "true")], hints), 2):
                other = line_of(freed, subject, 1)
                if other is not None:
                    options = partner_lines(close, other, freed, code)
                    round_about = _first(parties, options, other, set())
                    if round_about is not None:
                        return [first, round_about]
    return None


def _first(
    parties: Sequence[Party],
    options: Iterable[ServiceLine],
    line: ServiceLine,
    wanted: set[tuple[c.Rule, int]],
) -> list[ServiceLine] | None:
    """The first pair of which the reference says exactly what is wanted."""
    for other in islice(options, 8):
        lines = as_one_member([line, other])
        if lines is not None and judged(parties, lines) == wanted:
            return lines
    return None
