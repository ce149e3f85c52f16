"""Rules that forbid what a wish asks for: which they are, and whether they leave a way out."""

from collections.abc import Iterable
from datetime import date
from typing import Literal

from attrs import evolve

from editwright.evaluator.analysis.demands import as_one_condition, is_of_pairs, subject_demands
from editwright.evaluator.analysis.made_up_lines import USUAL_DAY
from editwright.evaluator.analysis.nearness import is_within, of_two_codes, turned
from editwright.evaluator.analysis.one_line import Demand, fields_of, implies
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.wishes import TableRows, Wish
from editwright.grammar import checked as c

CHOSEN_BY_BILLER = frozenset({
    "modifier", "number of modifiers", "diagnosis", "claim diagnosis", "principal diagnosis",
    "units", "charge", "authorization",
})  # fmt: skip
"""Fields by which the same service may be billed in another way. Where a rule hangs on one of
them, there is a way out."""
SETTING = frozenset({"bill type"})
"""Fields that both lines of a pair share in one setting."""
Forbidding = dict[str, list[Party]]
"""The rules that do not allow a subject with a code, for each code."""


def rules_that_forbid(run: Run, wish: Wish, subject: str, rows: TableRows) -> Forbidding:
    """For each partner of a wish that rules do not allow beside this subject, those rules."""
    found: Forbidding = {}
    for partner in sorted(wish.partners):
        parties = list(run.book.of_pair(subject, partner))
        for table, numbers in rows:
            made = (table.party(number) for number in numbers.get((subject, partner), ()))
            parties += [each for each in made if each is not None]
        if wish.core.partners.payable:
            parties += _turned_parties(run, subject, partner, rows)
        kept = [
            each for each in parties
            if each.rule not in run.silent and _forbids(wish, each, subject, partner)
        ]  # fmt: skip
        if kept:
            found[partner] = kept
    return found


def _turned_parties(run: Run, subject: str, partner: str, rows: TableRows) -> list[Party]:
    """Rules that deny the partner beside the subject: then it is not payable."""
    parties = list(run.book.of_pair(partner, subject))
    for table, numbers in rows:
        made = (table.party(number) for number in numbers.get((partner, subject), ()))
        parties += [each for each in made if each is not None]
    turned = (_turned(each) for each in parties if each.rule not in run.silent)
    return [each for each in turned if each is not None]


def _turned(party: Party) -> Party | None:
    """A pair rule seen from its partner; nothing where it can only be told from its subject."""
    rule, core = party.plain, party.plain.core
    assert isinstance(core, c.Excludes)
    relation = turned(core.partners.relation)
    if relation is None or core.partners.payable:
        return None
    exemptions: list[c.Exemption] = []
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            return None
        if implies([], [(each.when, "false")]):
            continue
        if each.when != c.ALWAYS:
            return None
        sides: dict[str | None, Literal["either", "other"] | None] = {
            None: "other", "either": "either",
        }  # fmt: skip
        exemptions.append(c.Exemption(each.condition, sides.get(each.side)))
    seen = evolve(
        rule,
        subject=core.partners.lines,
        core=c.Excludes(c.Partners(rule.subject, relation)),
        exemptions=tuple(exemptions),
    )
    return evolve(party, plain=seen, turned=True)


_SAME_DATE = c.Relation(((c.Moment("date"),),))


def _forbids(wish: Wish, other: Party, subject: str, partner: str) -> bool:
    """Whether a rule denies a subject with whatever partner of this code serves the wish."""
    rule, core = other.plain, other.plain.core
    if not isinstance(core, c.Excludes) or not other.rule.denies or other.dates is None:
        return False
    if not _speaks_of(rule.subject, subject) or not _speaks_of(core.partners.lines, partner):
        return False
    wanted = wish.core.partners
    if core.partners.payable and not wanted.payable:
        return False
    relation = core.partners.relation
    if not is_within(wanted.relation, of_two_codes(relation) if subject != partner else relation):
        return False
    if other.turned and rule.intervals and not is_within(wanted.relation, _SAME_DATE):
        return False  # its dates are those of the partner
    of_subject, of_partner = demands_of(rule, core)
    if of_subject is None:
        return False
    given = subject_demands(wish.party.plain)
    narrowed, *not_exempt = of_subject
    looks_at_less = implies(given, [narrowed]) or not fields_of(narrowed[0]) & CHOSEN_BY_BILLER
    return (
        looks_at_less
        and all(implies(given, [each]) or fields_of(each[0]) <= SETTING for each in not_exempt)
        and all(
            implies([(wanted.lines.condition, "true")], [each]) or fields_of(each[0]) <= SETTING
            for each in of_partner
        )
    )


def _speaks_of(lines: c.Lines, code: str) -> bool:
    inside = lines.codes is None or code in lines.codes.codes
    return inside and not (lines.excluded is not None and code in lines.excluded.codes)


def demands_of(rule: c.Rule, core: c.Excludes) -> tuple[list[Demand] | None, list[Demand]]:
    """What a pair rule asks of its two lines, its dates apart: of the subject first what narrows
    it, then what must not exempt it. Nothing where another partner may exempt from it."""
    of_subject: list[Demand] = [(rule.subject.condition, "true")]
    of_partner: list[Demand] = [(core.partners.lines.condition, "true")]
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            return None, []
        if implies([], [(each.when, "false")]):
            continue
        if not is_of_pairs(rule, each):
            of_subject.append((as_one_condition(each), "false"))
            continue
        of_partner.append((each.condition, "false"))
        if each.side == "either":
            of_subject.append((each.condition, "false"))
    return of_subject, of_partner


def day_without_way_out(wish: Wish, forbidding: Forbidding) -> date | None:
    """A day on which too few of the wanted codes are left, where there is one."""
    own = wish.party.dates
    if own is None:
        return None
    starts = {own[0], USUAL_DAY}
    starts |= {each.dates[0] for parties in forbidding.values() for each in parties if each.dates}
    for day in sorted(starts, key=lambda each: abs(each - USUAL_DAY)):
        if not own[0] <= day <= own[1]:
            continue
        shut = sum(1 for parties in forbidding.values() if in_force(parties, day))
        if len(wish.partners) - shut < wish.count:
            return day
    return None


def in_force(parties: Iterable[Party], day: date) -> list[Party]:
    """Those of some rules that are in force on a day."""
    return [each for each in parties if each.dates and each.dates[0] <= day <= each.dates[1]]
