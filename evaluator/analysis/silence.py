"""W814, W816 and W817: rules that never fire, and exemptions that change nothing or everything.

What is impossible is proved field by field; then the rule is tried on many lines on all sides of
its conditions, and where it fires on one of them nothing is said.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import islice, zip_longest
from random import Random

from attrs import evolve

from editwright.evaluator.analysis.claims import (
    DATE,
    Party,
    as_one_condition,
    as_one_member,
    claims_that_fire,
    code_among,
    date_demands,
    hints_for,
    is_of_pairs,
    judged,
    line_of,
    lines_over,
    pair_ways,
    partner_lines,
    subject_demands,
    usual_day,
)  # fmt: skip
from editwright.evaluator.analysis.code_sets import are_apart
from editwright.evaluator.analysis.comparing import lines_inside
from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.nearness import is_never, is_within
from editwright.evaluator.analysis.one_line import (
    Demand,
    Held,
    contradicting_fields,
    every_value_named,
    implies,
    is_impossible,
    lines_for,
)  # fmt: skip
from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.evaluator.analysis.rule_book import TableRule
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.fields import FIELDS
from editwright.grammar.source import Span

MOST_LINES = 40
MOST_ROWS = 2_000
"""Of larger tables nobody looks at every row."""


def silence(run: Run) -> Iterator[Diagnostic]:
    """The findings; the rules that never fire are noted, so that no other check speaks of them."""
    known: dict[object, bool] = {}
    for party in run.book.written:
        if not _has_conditions(party.plain):
            continue
        key = _key(party.plain)
        if key is not None and known.get(key):
            continue  # a rule with the same conditions was looked at, and is sound
        found = list(_of_rule(run, party))
        if key is not None:
            known[key] = not found
        yield from found
    for table in run.book.of_tables:
        never = _no_row_fires(table)
        if never is not None:
            run.silent.add(table.rule)
            yield never


def _no_row_fires(table: TableRule) -> Diagnostic | None:
    """The finding about a rule of which no row can fire."""
    if not 0 < table.table.rows <= MOST_ROWS:
        return None
    reason = ""
    rows: list[Party] = []
    for number in range(table.table.rows):
        row = table.party(number)
        if row is None:
            return None
        why = _never(row.plain)
        if why is None:
            return None
        reason = reason or why
        rows.append(row)
    if any(_fires_somewhere(row) for row in rows[:20]):
        return None
    claims = [claim([rows[0]], lines) for lines in islice(_nearest(rows[0]), 1)]
    if not claims:
        return None
    shown = Party(table.rule, rows[0].plain, with_file=table.with_file)
    return finding(
        "W814",
        shown,
        f"{shown.name} never fires on any row of its table: {reason}",
        help="correct the rule or the table, or delete the rule",
        claims=claims,
    )


def _has_conditions(rule: c.Rule) -> bool:
    """Whether there is anything in a rule that could be impossible."""
    if rule.subject.condition != c.ALWAYS or rule.exemptions or len(rule.intervals) > 1:
        return True
    match rule.core:
        case c.Violates(condition):
            return condition != c.ALWAYS
        case c.Needs(partners) | c.Excludes(partners):
            relation = partners.relation
            return (
                partners.lines.condition != c.ALWAYS
                or len(relation.moments) > 1
                or any(each.field.name == "code" for each in relation.likenesses)
            )
        case c.Limit(number):
            return number != 0 and (rule.core.period == "line" or rule.core.counted == "dates")


def _key(rule: c.Rule) -> object | None:
    """What decides whether a rule is sound, where its codes do not."""
    if isinstance(rule.core, c.Violates):
        return (rule.subject.condition, rule.core, rule.exemptions, rule.intervals)
    return None


def _of_rule(run: Run, party: Party) -> Iterator[Diagnostic]:
    rule = party.plain
    reason = _never(rule)
    if reason is not None:
        culprit = _exemption_to_blame(rule)
        if _fires_somewhere(party):
            return
        run.silent.add(party.rule)
        if culprit is not None:
            yield _always_exempt(party, culprit)
        else:
            yield _never_fires(party, reason)
        return
    for at, exemption in enumerate(rule.exemptions):
        found = None
        if _never_exempts(rule, at):
            found = _never_exempt(party, at, exemption)
        elif (why := _asks_too_much(exemption)) is not None:
            found = _cannot_hold(party, at, why)
        if found is not None:
            yield found


# ---- never fires


def _never(rule: c.Rule) -> str | None:
    """Why a rule can fire on no line, for certain; nothing where it may."""
    if dates_of(rule.intervals) is None:
        return "its dates lie outside those of its ruleset"
    demands = subject_demands(rule)
    ways = pair_ways(rule)
    if all(is_impossible([*demands, *of_subject]) for of_subject, _ in ways):
        return _asked_too_much([*demands, *ways[0][0]], "a line")
    match rule.core:
        case c.Excludes(partners):
            asked: Demand = (partners.lines.condition, "true")
            if all(is_impossible([asked, *of_partner]) for _, of_partner in ways):
                return _asked_too_much([asked, *ways[0][1]], "the other line")
            return _never_related(rule, partners)
        case c.Limit():
            return _never_over(rule, rule.core)
        case c.Violates() | c.Needs():
            return None


def _asked_too_much(demands: Sequence[Demand], what: str) -> str:
    fields = " and ".join(f"`{name}`" for name in contradicting_fields(demands))
    if fields == "`date`":
        return f"what it asks of the date of {what} cannot be, within the dates of the rule"
    of = f" of the {fields}" if fields else ""
    return f"what it asks{of} of {what} cannot all be"


def _never_related(rule: c.Rule, partners: c.Partners) -> str | None:
    relation = partners.relation
    if is_never(relation):
        return "no two lines are related like this in time"
    subject, other = rule.subject, partners.lines
    for likeness in relation.likenesses:
        if likeness.field.name == "code":
            if subject.codes is None or other.codes is None:
                continue
            one, two = subject.codes.codes, other.codes.codes
            if not likeness.different and are_apart(one, two, PROCEDURE):
                return "no code is among those of both lines"
            listed = (one.enumerable or frozenset()) | (two.enumerable or frozenset())
            single = one.enumerable is not None and two.enumerable is not None
            if likeness.different and single and len(listed) == 1:
                return "both lines have the same code"
        elif not likeness.different and likeness.field.name != "diagnosis":
            conditions = (subject.condition, other.condition)
            both: list[Demand] = [(each, "true") for each in conditions]
            if is_impossible(_about(likeness.field, both)):
                plural = "s" if likeness.field.many else ""
                return f"the two lines cannot have the same {likeness.field.name}{plural}"
    sexes: list[Demand] = [(each.condition, "true") for each in (subject, other)]
    # On one line of a member the sex may be missing, and stand on another.
    told = [x for x in _about(FIELDS["sex"], sexes) if not isinstance(x[0], c.Missing)]
    if is_impossible(told):
        return "both lines are one member's, who has one sex"
    return None


def _about(of: c.FieldRef, demands: Sequence[Demand]) -> list[Demand]:
    """Of what is asked, the parts that ask something of one field alone."""
    found: list[Demand] = []
    for demand in _parts(demands):
        if _reads_only(demand[0], of):
            found.append(demand)
    return found


def _reads_only(test: c.Test, of: c.FieldRef) -> bool:
    match test:
        case c.Member(field, _) | c.Missing(field):
            return field == of
        case c.Comparison(field, _, value):
            return field == of and not isinstance(value, c.FieldRef)
        case c.Negation(inner):
            return _reads_only(inner, of)
        case c.Both(tests) | c.Either(tests):
            return bool(tests) and all(_reads_only(each, of) for each in tests)


def _never_over(rule: c.Rule, limit: c.Limit) -> str | None:
    if isinstance(limit.number, c.RowValue):
        return None
    if limit.counted == "dates":
        most = _most_dates(limit)
        if most is None or limit.number < most:
            return None
        period = f"{limit.count} {limit.unit}" if limit.period == "rolling" else f"a {limit.period}"
        return f"there are at most {most} dates in {period}"
    if limit.period != "line":
        return None
    if limit.counted == "lines" and limit.number >= 1:
        return "a line is one line"
    if limit.counted == "units":
        units = c.FieldRef("units", "number")
        over = c.Comparison(units, ">", limit.number)
        if is_impossible([*subject_demands(rule), (over, "true")]):
            return "no line that it looks at has more units than its limit"
    return None


def _most_dates(limit: c.Limit) -> int | None:
    """The most dates of service that a limit's period may hold, where there is an end to them. Of
    a day it is said elsewhere."""
    match limit.period:
        case "calendar month":
            return 31
        case "calendar year":
            return 366
        case "rolling" if isinstance(limit.count, int):
            return limit.count * {"days": 1, "months": 31, "years": 366}[limit.unit]
        case _:
            return None


def _never_fires(party: Party, reason: str) -> Diagnostic:
    return finding(
        "W814",
        party,
        f"{party.name} never fires: {reason}",
        help="correct the rule, or delete it",
        claims=[claim([party], lines) for lines in islice(_nearest(party), 2)],
    )


def _nearest(party: Party) -> Iterator[list[ServiceLine]]:
    """Claims on which one would have the rule fire: each holds all that it asks for but one
    thing."""
    rule = party.plain
    code = code_among(rule.subject)
    demands = [each for each in subject_demands(rule) if each[0] not in _dates(rule)]
    parts = _parts(demands)
    seen: set[str] = set()
    for left in range(len(parts) + 1):
        kept = [each for at, each in enumerate(parts) if at != left - 1]
        for day in _days_of_interest(rule):
            for held in islice(lines_for(kept, hints_for(rule, day)), 1):
                line = line_of(held, code, 1)
                if line is None:
                    continue
                lines = [line]
                if isinstance(rule.core, c.Excludes):
                    others = partner_lines(rule.core.partners, line, held)
                    loose = c.Partners(c.Lines(rule.core.partners.lines.codes),
                                       c.Relation(((c.Moment("date"),),)))  # fmt: skip
                    other = next(others, None) or next(partner_lines(loose, line, held), None)
                    lines = [line, *([other] if other else [])]
                elif isinstance(rule.core, c.Limit) and rule.core.counted != "dates":
                    lines = next(lines_over(rule.core, line, held), lines)
                member = as_one_member(lines)
                if member is None or judged([party], member):
                    continue
                shown = repr(member)
                if shown not in seen:
                    seen.add(shown)
                    yield member


def _dates(rule: c.Rule) -> list[c.Test]:
    return [test for test, _ in date_demands(rule)]


def _days_of_interest(rule: c.Rule) -> list[date]:
    if dates_of(rule.intervals) is not None:
        return [usual_day(rule)]
    days = [day for each in reversed(rule.intervals) for day in (each.first, each.last)]
    return [day for day in days if isinstance(day, date)][:3]


def _parts(demands: Sequence[Demand]) -> list[Demand]:
    """Demands one by one: of several conditions that must all hold, each for itself."""
    found: list[Demand] = []
    for test, outcome in demands:
        if isinstance(test, c.Both) and outcome == "true":
            found += _parts([(each, outcome) for each in test.conditions])
        elif isinstance(test, c.Negation) and isinstance(test.condition, c.Either):
            found += _parts([(c.Negation(each), outcome) for each in test.condition.conditions])
        elif test != c.ALWAYS:
            found.append((test, outcome))
    return found


def _fires_somewhere(party: Party) -> bool:
    """Whether the rule fires on one of many lines on all sides of what it asks."""
    rule = party.plain
    tests = [test for test, _ in subject_demands(rule)]
    partners = rule.core.partners if isinstance(rule.core, c.Excludes | c.Needs) else None
    subjects = _varied(rule, tests, code_among(rule.subject), 1)
    if any(judged([party], [each]) for each in subjects):
        return True
    if partners is None:
        return any(
            judged([party], lines)
            for each in subjects[:8]
            if isinstance(rule.core, c.Limit)
            for lines in islice(lines_over(rule.core, each, {}), 2)
        )
    of_partner = [partners.lines.condition]
    of_partner += [x.condition for x in rule.exemptions if isinstance(x, c.Exemption)]
    others = _varied(rule, of_partner, code_among(partners.lines), 100)
    for one, two in zip_longest(subjects, others, fillvalue=others[0] if others else None):
        member = as_one_member([each for each in (one, two) if each is not None])
        if member is not None and judged([party], member):
            return True
    return False


def _varied(
    rule: c.Rule, tests: Sequence[c.Test], code: str | None, number: int
) -> list[ServiceLine]:
    values = every_value_named(tests)
    random = Random(0)
    lines: list[ServiceLine] = []
    for _ in range(MOST_LINES):
        held: Held = {**hints_for(rule), **{of: random.choice(x) for of, x in values.items()}}
        if held.get(DATE) is None and random.random() < 0.8:
            held[DATE] = usual_day(rule)
        line = line_of(held, code, number)
        if line is not None:
            lines.append(line)
    return lines


# ---- exemptions


def _exemption_to_blame(rule: c.Rule) -> int | None:
    """The exemption without which the rule would fire."""
    for at in range(len(rule.exemptions)):
        if _never(_without(rule, at)) is None:
            return at
    return None


def _without(rule: c.Rule, at: int) -> c.Rule:
    """The rule without one of its exemptions."""
    return evolve(rule, exemptions=rule.exemptions[:at] + rule.exemptions[at + 1 :])


def _always_exempt(party: Party, at: int) -> Diagnostic:
    lines = next(iter(claims_that_fire(_without(party.plain, at))), None)
    return finding(
        "W817",
        party,
        f"{party.name} never fires: this `unless` holds on every line that it judges",
        help="correct the exemption, or delete the rule",
        span=_span(party, at),
        claims=[claim([party], lines)] if lines is not None else [],
    )


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
    for line in _varied(rule, _tests_of(exemption, rule), code_among(rule.subject), 1):
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
        return _asked_too_much(demands, "a line") if is_impossible(demands) else None
    partners = exemption.partners
    for test, what in ((exemption.when, "a line"), (partners.lines.condition, "the other line")):
        if is_impossible([(test, "true")]):
            return _asked_too_much([(test, "true")], what)
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
