"""W815: rules that together deny every line of a code.

One allows it only with what the other, or several others, do not allow. Fields that a claim leaves
out are taken to be known: what is missing is no way to be paid.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from heapq import nsmallest
from itertools import combinations, islice

from attrs import evolve

from editwright.evaluator.analysis.demands import as_one_condition
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.forbidding import CHOSEN_BY_BILLER
from editwright.evaluator.analysis.made_up_lines import DATE, USUAL_DAY, hints_for, line_of
from editwright.evaluator.analysis.one_line import (
    Demand,
    every_value_named,
    fields_of,
    is_impossible,
    lines_for,
    with_kin,
)  # fmt: skip
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rule_book import codes_of
from editwright.evaluator.analysis.run import Run, Unpayable
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.truth import holds
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic

MOST_CODES = 12
"""By so many of a rule's codes others are looked for."""
MOST_TOGETHER = 8
"""More rules of one code than this are not looked at all together."""


def unpayable(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each pair of rules, and for more that deny every line only together."""
    order = {id(party): at for at, party in enumerate(run.book.written)}
    looked_at: set[frozenset[int]] = set()
    for party in run.live:
        if not _denies_by_condition(party):
            continue
        codes = codes_of(party.plain.subject)
        if not codes:
            continue
        fields = _fields(party)
        for code in nsmallest(MOST_CODES, codes):
            for other in run.book.of_code(code):
                pair = frozenset({id(party), id(other)})
                if other is party or pair in looked_at or other.rule in run.silent:
                    continue
                if _denies_by_condition(other) and with_kin(fields) & _fields(other):
                    looked_at.add(pair)
                    earlier, later = sorted((party, other), key=lambda each: order[id(each)])
                    found = None
                    if not run.is_told(party, other):
                        found = _of_two(run, later, earlier, code)
                    if found is not None:
                        yield found
    yield from _of_more_than_two(run)


def _of_more_than_two(run: Run) -> Iterator[Diagnostic]:
    looked_at: set[tuple[Party, ...]] = set()
    for party in run.live:
        if not _denies_by_condition(party):
            continue
        for code in nsmallest(MOST_CODES, codes_of(party.plain.subject) or ()):
            others = dict.fromkeys(run.book.of_code(code))
            group = tuple(x for x in others if x.rule not in run.silent and _is_plain_denial(x))
            if not 3 <= len(group) <= MOST_TOGETHER or group in looked_at:
                continue
            looked_at.add(group)
            found = _of_group(run, _needed(group), code)
            if found is not None:
                yield found


def _is_plain_denial(party: Party) -> bool:
    return _denies_by_condition(party) and not any(
        isinstance(each, c.PartnerExemption) for each in party.plain.exemptions
    )


def _needed(group: Sequence[Party]) -> list[Party]:
    """Of rules that together deny all lines those without which they would not; none where they
    do not."""
    kept = list(group)
    if not _deny_all(kept):
        return []
    for each in group:
        without = [x for x in kept if x is not each]
        kept = without if _deny_all(without) else kept
    return kept


def _deny_all(parties: Iterable[Party]) -> bool:
    return is_impossible([(_fires(each), "false") for each in parties])


def _of_group(run: Run, parties: list[Party], code: str) -> Diagnostic | None:
    if len(parties) < 3:
        return None  # of two it is said already, and of one it is the meaning
    dates = parties[0].dates
    for each in parties[1:]:
        dates = _overlap(dates, each.dates)
    if dates is None:
        return None
    lines = _confirmed(parties, [(c.ALWAYS, "true")], code, dates)
    if lines is None:
        return None
    for one, two in combinations(parties, 2):
        run.tell(one, two)
    *first, last = (each.name for each in parties)
    fields = " and ".join(sorted(frozenset(name for each in parties for name in _fields(each))))
    return finding(
        "W815",
        parties[-1],
        f"`{code}` can never be paid{_when(parties[-1], dates)}: whatever the {fields},"
        f" {', '.join(first)} or {last} denies it",
        help="take one of the rules back, or say when each of them holds",
        others=parties[:-1],
        claims=[claim(parties, [line]) for line in lines],
    )


def _denies_by_condition(party: Party) -> bool:
    core = party.plain.core
    return isinstance(core, c.Violates) and core.condition != c.ALWAYS and party.rule.denies


def _fields(party: Party) -> frozenset[str]:
    core = party.plain.core
    assert isinstance(core, c.Violates)
    return fields_of(core.condition)


def _of_two(run: Run, one: Party, two: Party, code: str) -> Diagnostic | None:
    dates = _overlap(one.dates, two.dates)
    if dates is None or any(
        isinstance(x, c.PartnerExemption) for p in (one, two) for x in p.plain.exemptions
    ):
        return None
    region = next(filter(None, (_everywhere(one, two), _where_both_look(one, two))), None)
    if region is None:
        return None
    lines = _confirmed([one, two], region, code, dates)
    if lines is None:
        return None
    run.tell(one, two)
    if len(region) == 1:
        _note(run, one, two, code, dates, lines)
    listings = [x for each in (one, two) if (x := codes_of(each.plain.subject)) is not None]
    codes = frozenset.intersection(*listings) if listings else frozenset({code})
    everywhere = len(region) == 1 or all(test == c.ALWAYS for test, _ in region)
    where = "" if everywhere else " where both rules hold"
    shared = _fields(one) & _fields(two) or _fields(one) | _fields(two)
    fields = " and ".join(sorted(shared))
    return finding(
        "W815",
        one,
        f"{listed(codes)} can never be paid{where}{_when(one, dates)}: whatever the {fields},"
        f" {one.name} or {two.name} denies it",
        help="take one of the two rules back, or say when each of them holds",
        others=[two],
        claims=[claim([one, two], [line]) for line in lines],
    )


Region = list[Demand]
"""What a line holds of which it is said that it cannot be paid."""


def _everywhere(one: Party, two: Party) -> Region | None:
    """All lines of the code, where the two deny all of them."""
    nobody: list[Demand] = [(_fires(each), "false") for each in (one, two)]
    if not is_impossible(nobody) or any(is_impossible([each]) for each in nobody):
        return None  # where one of them alone denies all, that is its meaning
    return [(c.ALWAYS, "true")]


def _where_both_look(one: Party, two: Party) -> Region | None:
    """The lines that both look at, where the two deny all of these."""
    if not _same_lines(one.plain, two.plain):
        return None
    region: Region = [(each.plain.subject.condition, "true") for each in (one, two)]
    nobody: list[Demand] = [(_fires(each), "false") for each in (one, two)]
    if not is_impossible([*region, *nobody]) or is_impossible(region):
        return None
    return None if any(is_impossible([*region, each]) for each in nobody) else region


def _same_lines(one: c.Rule, two: c.Rule) -> bool:
    """Whether two rules look at the same lines, their codes apart, as far as a biller chooses: a
    line that one of them does not look at may be billed and paid."""
    conditions = (one.subject.condition, two.subject.condition)
    if conditions[0] == conditions[1]:
        return True
    return not any(fields_of(each) & CHOSEN_BY_BILLER for each in conditions)


def _fires(party: Party) -> c.Test:
    """What a line must hold for the rule to fire, its code and date apart."""
    core = party.plain.core
    assert isinstance(core, c.Violates)
    subject = party.plain.subject.condition
    exempt = [
        c.Negation(as_one_condition(each))
        for each in party.plain.exemptions
        if isinstance(each, c.Exemption)
    ]
    narrowed = () if subject == c.ALWAYS else (subject,)
    return c.Both((*narrowed, core.condition, *exempt)) if narrowed or exempt else core.condition


def _overlap(
    one: tuple[date, date] | None, two: tuple[date, date] | None
) -> tuple[date, date] | None:
    if one is None or two is None:
        return None
    first, last = max(one[0], two[0]), min(one[1], two[1])
    return (first, last) if first <= last else None


def _when(party: Party, dates: tuple[date, date]) -> str:
    """The dates in a message, where they are not all those of the rule."""
    assert party.dates is not None
    start = f" from {dates[0]}" if dates[0] > party.dates[0] else ""
    return start + (f" to {dates[1]}" if dates[1] < party.dates[1] else "")


def _confirmed(
    parties: Sequence[Party], region: list[Demand], code: str, dates: tuple[date, date]
) -> list[ServiceLine] | None:
    """A line that each of the rules denies, where the reference finds none that all let pass."""
    day = min(max(USUAL_DAY, dates[0]), dates[1])
    on_day: Demand = (c.Comparison(DATE, "=", day), "true")
    shown: list[ServiceLine] = []
    for party in parties:
        line = _a_line([*region, on_day, (_fires(party), "true")], code, day, party, parties)
        if line is None:
            return None
        shown.append(line)
    tests = [_fires(each) for each in parties]
    for of, values in every_value_named(tests).items():
        for value in values:
            if value is None or of == DATE:
                continue
            for held in islice(
                lines_for([*region, on_day], {**hints_for(parties[0].plain, day)}), 2
            ):
                line = line_of({**held, of: value}, code, 1)
                if line is None or any(holds(test, line, ()) is None for test in tests):
                    continue
                if _is_in(region, line) and not judged(parties, [line]):
                    return None
    return shown


def _a_line(
    demands: list[Demand], code: str, day: date, party: Party, parties: Sequence[Party]
) -> ServiceLine | None:
    for held in islice(lines_for(demands, hints_for(party.plain, day)), 8):
        line = line_of(held, code, 1)
        if line is not None and (party.rule, 1) in judged(parties, [line]):
            return line
    return None


def _is_in(region: Region, line: ServiceLine) -> bool:
    return all(holds(test, line, ()) is True for test, _ in region)


def _note(
    run: Run, one: Party, two: Party, code: str, dates: tuple[date, date], lines: list[ServiceLine]
) -> None:
    def scenario(day: date) -> list[list[ServiceLine]]:
        return [[evolve(line, service_from=day, service_to=day)] for line in lines]

    made = Unpayable(code, dates[0], dates[1], (one, two), scenario)
    run.unpayable.setdefault(code, []).append(made)
