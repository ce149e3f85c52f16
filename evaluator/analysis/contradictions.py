"""W811: what one rule requires, another does not allow.

For a line that a rule judges, every partner that the rule asks for is one with which another rule
denies the line. Relations, dates and conditions must leave no way out: a partner on another date of
the claim, a modifier that frees the pair, or another code of the list, and nothing is said.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from itertools import islice
from typing import Literal

from attrs import evolve, frozen

from editwright.evaluator.analysis.claims import (
    DATE,
    USUAL_DAY,
    Party,
    as_one_condition,
    as_one_member,
    hints_for,
    is_of_pairs,
    judged,
    line_of,
    partner_lines,
    subject_demands,
)  # fmt: skip
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.nearness import is_within, of_two_codes, turned
from editwright.evaluator.analysis.one_line import Demand, Held, fields_of, implies, lines_for
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run, Scenario, Unpayable
from editwright.evaluator.lines import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic

MOST_SUBJECTS = 200
MOST_PARTNERS = 500
CHOSEN_BY_BILLER = frozenset({
    "modifier", "number of modifiers", "diagnosis", "claim diagnosis", "principal diagnosis",
    "units", "charge", "authorization",
})  # fmt: skip
"""Fields by which the same service may be billed in another way. Where a rule hangs on one of
them, there is a way out."""
SETTING = frozenset({"bill type"})
"""Fields that both lines of a pair share in one setting."""


@frozen(eq=False)
class Wish:
    """A rule of the kind `requires`, with the codes of its subjects and partners."""

    party: Party
    subjects: tuple[str, ...]
    partners: frozenset[str]
    count: int

    @property
    def core(self) -> c.Needs:
        core = self.party.plain.core
        assert isinstance(core, c.Needs)
        return core


Forbidding = dict[str, list[Party]]
"""The rules that do not allow a subject with a code, for each code."""


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
    yield from _chains(run, open_wishes)


def wishes_of(run: Run) -> list[Wish]:
    """The rules of the kind `requires` that deny, those of tables as far as all of their partners
    stand in pairs that some rule speaks of."""
    return [*_written_wishes(run), *_table_wishes(run)]


def _written_wishes(run: Run) -> Iterator[Wish]:
    for party in run.live:
        if isinstance(party.plain.core, c.Needs) and party.rule.denies:
            wish = _wish(party)
            if wish is not None:
                yield wish


def _wish(party: Party) -> Wish | None:
    core = party.plain.core
    assert isinstance(core, c.Needs)
    if any(isinstance(each, c.PartnerExemption) for each in party.plain.exemptions):
        return None
    subjects, partners = codes_of(party.plain.subject), codes_of(core.partners.lines)
    if not subjects or partners is None or len(partners) > MOST_PARTNERS:
        return None
    if core.partners.lines.excluded is not None or isinstance(core.count, c.RowValue):
        return None
    count = len(partners) if core.count is None else core.count
    return Wish(party, tuple(sorted(subjects)[:MOST_SUBJECTS]), partners, count)


def _table_wishes(run: Run) -> Iterator[Wish]:
    """Rules `for each add_on of` a table of which every partner is forbidden by codes alone."""
    for table in run.book.of_tables:
        rule = table.rule
        if not isinstance(rule.core, c.Needs) or not rule.denies:
            continue
        if table.subject is None or table.partner is None or table.table.rows > 100_000:
            continue
        cells = zip(
            table.table.columns[table.subject], table.table.columns[table.partner], strict=True
        )
        pairs = [
            (str(one).upper(), str(two).upper()) if one and two else None for one, two in cells
        ]
        known = {pair for pair in pairs if pair is not None}
        forbidden = _forbidden(run, known)
        if rule.core.partners.payable:
            forbidden |= {(two, one) for one, two in _forbidden(run, {(b, a) for a, b in known})}
        if not forbidden:
            continue
        groups: dict[str, list[int]] = {}
        keys = table.table.columns[rule.key_column] if rule.key_column else None
        for number in range(table.table.rows):
            key = keys[number] if keys is not None else str(number)
            if key is not None:
                groups.setdefault(key, []).append(number)
        for numbers in groups.values():
            if all(pairs[number] in forbidden for number in numbers):
                party = table.party_of(numbers)
                wish = _wish(party) if party is not None else None
                if wish is not None:
                    yield wish


def _forbidden(run: Run, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs of codes of which some rule speaks."""
    found = {pair for pair in pairs if pair in run.book.by_pair}
    return found.union(*(each.rows_of_pairs(pairs) for each in _pair_tables(run)))


def _pair_tables(run: Run) -> list[TableRule]:
    return [each for each in run.book.of_tables if isinstance(each.rule.core, c.Excludes)]


def rows_of_pairs(
    run: Run, wishes: Iterable[Wish]
) -> list[tuple[TableRule, dict[tuple[str, str], list[int]]]]:
    """The rows of tables that forbid what rules ask for: all of them are looked up at once."""
    tables = [each for each in _pair_tables(run) if each.rule.denies]
    if not tables:
        return []
    pairs: set[tuple[str, str]] = set()
    for wish in wishes:
        pairs |= {(one, two) for one in wish.subjects for two in wish.partners}
        if wish.core.partners.payable:
            pairs |= {(two, one) for one in wish.subjects for two in wish.partners}
    return [(each, each.rows_of_pairs(pairs)) for each in tables]


TableRows = Sequence[tuple[TableRule, dict[tuple[str, str], list[int]]]]


def _of_wish(run: Run, wish: Wish, rows: TableRows) -> Iterator[Diagnostic]:
    by_cause: dict[tuple[int, ...], tuple[list[str], Diagnostic]] = {}
    for subject in wish.subjects:
        forbidding = _forbidding(run, wish, subject, rows)
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


def _forbidding(run: Run, wish: Wish, subject: str, rows: TableRows) -> Forbidding:
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
    of_subject, of_partner = _demands_of(rule, core)
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


def _demands_of(rule: c.Rule, core: c.Excludes) -> tuple[list[Demand] | None, list[Demand]]:
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


def _confirmed(
    run: Run, wish: Wish, subject: str, causes: dict[str, Party], day: date
) -> Diagnostic | None:
    """The finding, where the reference denies the subject alone and with every partner."""
    involved = list({id(each.plain): each for each in causes.values()}.values())
    parties = [wish.party, *involved]
    demands = [*subject_demands(wish.party.plain), *on_day(day)]
    for each in involved:
        assert isinstance(each.plain.core, c.Excludes)
        demands += _demands_of(each.plain, each.plain.core)[0] or []
    hints = hints_for(wish.party.plain, day)
    for each in involved:
        hints.update({k: v for k, v in hints_for(each.plain, day).items() if k not in hints})
    for held in islice(lines_for(demands, hints), 4):
        line = line_of(held, subject, 1)
        if line is None or not _fires(parties, [line], wish.party):
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
            _note(run, wish, subject, involved, claims)
            return _finding(wish, subject, causes, claims, involved)
    return None


def on_day(day: date) -> list[Demand]:
    """That a line is of a day."""
    return [(c.Comparison(DATE, "=", day), "true")]


def _fires(parties: Sequence[Party], lines: Sequence[ServiceLine], party: Party) -> bool:
    return (party.rule, 1) in judged(parties, lines)


def _with_partner(
    wish: Wish, cause: Party, line: ServiceLine, held: Held, code: str
) -> list[ServiceLine] | None:
    """The subject with this partner, which serves the wish and makes the other rule fire."""
    assert isinstance(cause.plain.core, c.Excludes)
    more = _demands_of(cause.plain, cause.plain.core)[1]
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


def _note(
    run: Run, wish: Wish, subject: str, involved: Sequence[Party], claims: list[list[ServiceLine]]
) -> None:
    """Remember that the subject is never paid, for rules that ask for it payable."""
    first, last = _common_dates([wish.party, *involved])

    def scenario(day: date) -> list[list[ServiceLine]]:
        moved = []
        for lines in claims:
            start = lines[0].service_from
            gap = day - start if start else day - day
            moved.append([
                evolve(
                    each,
                    service_from=each.service_from and each.service_from + gap,
                    service_to=each.service_to and each.service_to + gap,
                )
                for each in lines
            ])  # fmt: skip
        return moved

    if not _where(wish, involved):
        unpayable = Unpayable(subject, first, last, (wish.party, *involved), scenario)
        run.unpayable.setdefault(subject, []).append(unpayable)


def _common_dates(parties: Iterable[Party]) -> tuple[date, date]:
    dates = [each.dates for each in parties if each.dates]
    return max(each[0] for each in dates), min(each[1] for each in dates)


def _finding(
    wish: Wish,
    subject: str,
    causes: dict[str, Party],
    claims: Sequence[list[ServiceLine]],
    involved: Sequence[Party],
) -> Diagnostic:
    parties = [wish.party, *involved]
    rules = {id(each.rule): each for each in involved}
    names = " and ".join(_named(each, involved) for each in rules.values())
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
        f"`{subject}` can never be paid{_where(wish, involved)}{_when(wish.party, involved)}:"
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


def _named(party: Party, involved: Sequence[Party]) -> str:
    """A rule's name, with the rows of all parties that are its."""
    rows = [row for each in involved if each.rule is party.rule for row in each.rows]
    rows.sort(key=lambda row: row.number)
    return Party(party.rule, party.plain, tuple(rows), with_file=party.with_file).name


def _where(wish: Wish, others: Sequence[Party]) -> str:
    """Whether a line of the code may be one that not all rules judge; a setting apart."""
    own = wish.party.plain
    given = subject_demands(own)
    conditions = [each.plain.subject.condition for each in others]
    whole = own.subject.condition == c.ALWAYS and not own.exemptions
    if whole and all(
        implies(given, [(each, "true")]) or fields_of(each) <= SETTING for each in conditions
    ):
        return ""
    return " where both rules hold"


def _when(own: Party, others: Sequence[Party]) -> str:
    """The dates on which all rules hold, where the own rule holds on more."""
    first, last = _common_dates([own, *others])
    if own.dates is None or (first, last) == own.dates:
        return ""
    start = f" from {first}" if first > own.dates[0] else ""
    return start + (f" to {last}" if last < own.dates[1] else "")


# ---- what asks for a payable partner that is never paid


def _chains(run: Run, wishes: list[Wish]) -> Iterator[Diagnostic]:
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
        if line is None or not _fires(parties, [line], wish.party):
            continue
        claims = [[line]]
        for each in chosen.values():
            for lines in each.scenario(day):
                claims.append([line, *(evolve(x, line_number=at) for at, x in enumerate(lines, 2))])
        members = [as_one_member(lines) for lines in claims]
        known = [each for each in members if each is not None]
        if len(known) < len(members):
            continue
        if all(_fires(parties, lines, wish.party) for lines in known):
            for cause in causes:
                run.tell(wish.party, cause)
            _note(run, wish, subject, causes, known)
            names = " and ".join(dict.fromkeys(_named(each, causes) for each in causes))
            return finding(
                "W811",
                wish.party,
                f"{listed(wish.subjects)} can never be paid{_when(wish.party, causes)}:"
                f" {wish.party.name} requires a payable"
                f" {listed(wish.partners, 'or')}, and {names}"
                f" {'lets' if len(causes) == 1 else 'let'} none be paid",
                help="leave `payable` out, or take one of the rules back",
                others=causes,
                claims=[claim(parties, lines) for lines in known[:3]],
            )
    return None
