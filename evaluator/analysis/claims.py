"""Claims made up to show what rules do, and what the reference says of them.

In: a rule and what its lines should hold. Out: lines, and the findings that the reference gives
them. Nobody trusts a claim before the reference has judged it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from attrs import evolve, frozen

from editwright.evaluator.analysis.code_sets import a_code
from editwright.evaluator.analysis.nearness import days_of_partners
from editwright.evaluator.analysis.one_line import Demand, FieldValue, Held, lines_for
from editwright.evaluator.analysis.rows_as_rules import NEVER, dates_of
from editwright.evaluator.dates import shift
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.reference import judge_member
from editwright.evaluator.truth import Rows
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet
from editwright.grammar.fields import FIELDS
from editwright.grammar.strata import stratify

MEMBER = "example"
USUAL_DAY = date(2025, 3, 3)
DATE = FIELDS["date"]
MOST_TRIES = 24

Fired = frozenset[tuple[c.Rule, int]]
"""Rules, and the numbers of the lines on which they fire."""

_USUAL: Mapping[str, FieldValue] = {
    "provider": "1111111112",
    "billing provider": "9999999994",
    "group": "777",
    "specialty": "13",
    "place": "11",
    "modifier": frozenset(),
    "diagnosis": frozenset({"R69"}),
}
_COLUMNS = {
    "units": "units",
    "charge": "charge",
    "place": "place_of_service",
    "principal diagnosis": "principal_diagnosis",
    "specialty": "specialty",
    "provider": "rendering_provider",
    "billing provider": "billing_provider",
    "group": "group_id",
    "revenue code": "revenue_code",
    "bill type": "bill_type",
    "authorization": "authorization",
    "status": "status",
    "received": "received_date",
    "date": "service_from",
    "sex": "sex",
}
_OTHER_MODIFIERS = ("76", "77", "GC", "LT", "RT", "Q1", "Q2")


@frozen(eq=False)
class Party:
    """A rule as one of those that a finding is about: for a table's rule, with some of its rows."""

    rule: c.Rule
    plain: c.Rule
    """The rule with its row put in."""
    rows: Rows = ()
    turned: bool = False
    """Whether `plain` is a pair rule seen from the other line, the one that it does not touch."""
    with_file: bool = False
    """Whether another file has a rule of this name, so that messages say which file is meant."""

    @property
    def codes(self) -> CodeSet | None:
        """The subject's codes; nothing stands for any line."""
        return self.plain.subject.codes.codes if self.plain.subject.codes else None

    @property
    def dates(self) -> tuple[date, date] | None:
        """The first and the last day on which it is in force."""
        return dates_of(self.plain.intervals)

    @property
    def name(self) -> str:
        """How messages call it."""
        name = f"`{self.rule.name}`" + (f" of {self.rule.source.name}" * self.with_file)
        if not self.rows:
            return name
        numbers = [row.number + 1 for row in self.rows]
        shown = ", ".join(map(str, numbers[:3])) + (", ..." if len(numbers) > 3 else "")
        table = self.rule.node.each.table.text if self.rule.node.each else "table"
        return f"{name} (row{'s' * (len(numbers) > 1)} {shown} of `{table}`)"


def judged(parties: Sequence[Party], lines: Sequence[ServiceLine]) -> Fired:
    """What the reference says of one member's lines."""
    rows: dict[c.Rule, list[Rows]] = {}
    for each in parties:
        instances = rows.setdefault(each.rule, [])
        if each.rows not in instances:
            instances.append(each.rows)
    strata = stratify(list(rows))
    assert isinstance(strata, tuple)
    verdicts = judge_member(strata, lines, lambda rule, seen: [(one, seen) for one in rows[rule]])
    return frozenset(
        (rule, verdict.line.line_number) for rule, found in verdicts.items() for verdict in found
    )


# ---- what a rule asks of its lines


def subject_demands(rule: c.Rule) -> list[Demand]:
    """What a line must hold for the rule to fire on it, its code and its partners apart."""
    demands: list[Demand] = [(rule.subject.condition, "true"), *date_demands(rule)]
    for each in rule.exemptions:
        if isinstance(each, c.Exemption) and not is_of_pairs(rule, each):
            demands.append((as_one_condition(each), "false"))
    if isinstance(rule.core, c.Violates):
        demands.append((rule.core.condition, "true"))
    return demands


def as_one_condition(exemption: c.Exemption) -> c.Test:
    """An exemption's condition, as narrowed by its `when`."""
    if exemption.when == c.ALWAYS:
        return exemption.condition
    return c.Both((exemption.condition, exemption.when))


def is_of_pairs(rule: c.Rule, exemption: c.Exemption) -> bool:
    """Whether an exemption is judged pair by pair."""
    return exemption.side is not None and isinstance(rule.core, c.Excludes)


def date_demands(rule: c.Rule) -> list[Demand]:
    """The rule's dates, as a condition on the line."""
    if not rule.intervals:
        return []
    dates = dates_of(rule.intervals)
    if dates is None:
        return [(NEVER, "true")]
    return [
        (c.Comparison(DATE, operator, day), "true")  # type: ignore[arg-type]
        for operator, day in ((">=", dates[0]), ("<=", dates[1]))
        if day not in (date.min, date.max)
    ]


def pair_ways(rule: c.Rule) -> list[tuple[list[Demand], list[Demand]]]:
    """The ways in which no pairwise exemption holds: what the subject and the partner must hold."""
    ways: list[tuple[list[Demand], list[Demand]]] = [([], [])]
    for each in rule.exemptions:
        if not isinstance(each, c.Exemption) or not is_of_pairs(rule, each):
            continue
        both: tuple[list[Demand], list[Demand]] = (
            [(each.condition, "false")] if each.side == "either" else [],
            [(each.condition, "false")],
        )
        options = [both]
        if each.when != c.ALWAYS:
            options.append(([(each.when, "false")], []))
        ways = [([*s, *ss], [*p, *pp]) for s, p in ways for ss, pp in options][:16]
    return ways


# ---- lines


def usual_day(rule: c.Rule) -> date:
    """A day on which the rule is in force, where there is one."""
    dates = dates_of(rule.intervals)
    return USUAL_DAY if dates is None else min(max(USUAL_DAY, dates[0]), dates[1])


def hints_for(rule: c.Rule, day: date | None = None) -> Held:
    """What lines hold where nothing is asked: a day, and what the rule's lines share."""
    held: Held = {DATE: day or usual_day(rule), FIELDS["units"]: Decimal(1)}
    for likeness in _likenesses(rule):
        held.setdefault(likeness.field, _usual_value(likeness.field))
    return held


def _likenesses(rule: c.Rule) -> Iterator[c.Likeness]:
    match rule.core:
        case c.Needs(partners) | c.Excludes(partners):
            yield from partners.relation.likenesses
        case c.Limit():
            yield from rule.core.likenesses
        case c.Violates():
            pass
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            yield from each.partners.relation.likenesses


def _usual_value(of: c.FieldRef) -> FieldValue:
    if of.name in _USUAL and not of.declared:
        return _USUAL[of.name]
    if of.many:
        return frozenset()
    usual: dict[str, FieldValue] = {"number": Decimal(1), "date": USUAL_DAY}
    return usual.get(of.type, "A1")


def line_of(held: Held, code: str | None, number: int) -> ServiceLine | None:
    """A line that holds this; nothing where its fields do not go together."""
    columns: dict[str, Any] = {}
    declared: dict[str, Any] = {}
    by_name = {of.name: value for of, value in held.items() if not of.declared}
    for of, value in held.items():
        if of.days is not None or value is None:
            continue
        if of.declared:
            declared[of.name] = value
        elif of.name in _COLUMNS:
            columns[_COLUMNS[of.name]] = value
    day = columns.get("service_from")
    for of, value in held.items():
        if of.days is not None and isinstance(value, Decimal):
            first, last = of.days
            start = day if first.name == "date" else held.get(first)
            if not isinstance(start, date):
                return None
            end = shift(start, int(value), "days")
            if last.declared:
                declared[last.name] = end
            elif last.name in _COLUMNS:
                columns[_COLUMNS[last.name]] = end
    modifiers = sorted(_texts(by_name.get("modifier")))
    wanted = by_name.get("number of modifiers")
    if isinstance(wanted, Decimal):
        spare = (each for each in _OTHER_MODIFIERS if each not in modifiers)
        modifiers += islice(spare, max(0, int(wanted) - len(modifiers)))
        if len(modifiers) != wanted:
            return None
    pointed = sorted(_texts(by_name.get("diagnosis")))
    principal = columns.get("principal_diagnosis")
    diagnoses = [*([principal] if principal else []), *pointed]
    diagnoses += sorted(_texts(by_name.get("claim diagnosis")))
    born = _birth_date(by_name, columns.get("service_from"))
    age = by_name.get("age")
    return ServiceLine(
        claim_id="A",
        line_number=number,
        member_id=MEMBER,
        procedure_code=code,
        modifiers=tuple(modifiers),
        pointed_diagnoses=tuple(pointed),
        diagnoses=tuple(dict.fromkeys(diagnoses)),
        birth_date=born,
        age_in_years=int(age) if born is None and isinstance(age, Decimal) else None,
        declared=declared,
        service_to=columns.get("service_from"),
        **columns,
    )


def _texts(value: object) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def _birth_date(by_name: Mapping[str, FieldValue], day: date | None) -> date | None:
    for name, unit in (("age in days", "days"), ("age in months", "months")):
        age = by_name.get(name)
        if isinstance(age, Decimal) and day is not None:
            return shift(day, -int(age), unit)
    return None


def as_one_member(lines: Sequence[ServiceLine]) -> list[ServiceLine] | None:
    """The lines of one member, what belongs to the claim on all of them; nothing where they are
    not one person's or one claim's."""
    ages = {(line.birth_date, line.age_in_years) for line in lines}
    sexes = {line.sex for line in lines if line.sex}
    bills = {line.bill_type for line in lines if line.bill_type}
    principals = {line.principal_diagnosis for line in lines if line.principal_diagnosis}
    ages.discard((None, None))
    if max(len(ages), len(sexes), len(bills), len(principals)) > 1:
        return None
    born, age = next(iter(ages), (None, None))
    principal = next(iter(principals), None)
    diagnoses = dict.fromkeys([principal] if principal else [])
    for line in lines:
        diagnoses.update(dict.fromkeys(line.diagnoses))
    return [
        evolve(
            line,
            birth_date=born,
            age_in_years=age,
            sex=next(iter(sexes), None),
            bill_type=next(iter(bills), None),
            principal_diagnosis=principal,
            diagnoses=tuple(each for each in diagnoses if each),
        )
        for line in lines
    ]


def subject_code(rule: c.Rule, code: str | None = None) -> str | None:
    """A code of the rule's subject: this one, where it is one of them."""
    return code_among(rule.subject, code)


def code_among(lines: c.Lines, code: str | None = None) -> str | None:
    """A code of some lines: this one, where it is one of them."""
    inside = [lines.codes.codes] if lines.codes else []
    outside = [lines.excluded.codes] if lines.excluded else []
    if code is not None:
        fits = all(code in x for x in inside) and not any(code in x for x in outside)
        return code if fits else None
    return a_code(inside, outside, PROCEDURE)


def partner_lines(
    partners: c.Partners,
    subject: ServiceLine,
    held: Held,
    code: str | None = None,
    more: Sequence[Demand] = (),
    number: int = 2,
) -> Iterator[ServiceLine]:
    """Lines that should be partners of a subject line that holds this."""
    likenesses = partners.relation.likenesses
    if any(x.field.name == "code" and not x.different for x in likenesses):
        code = subject.procedure_code
    chosen = code_among(partners.lines, code)
    if chosen is None:
        return
    hints: Held = {
        of: held[of] for of in held
        if of.name in ("age", "age in months", "age in days", "sex", "bill type", "units")
    }  # fmt: skip
    demands: list[Demand] = [(partners.lines.condition, "true"), *more]
    for likeness in likenesses:
        of = likeness.field
        value = held.get(of)
        if of.name == "code" or value is None:
            continue
        if likeness.different:
            demands += _another(of, value)
        else:
            hints[of] = value
            if not of.many and of.type == "code":
                demands.append((_is(of, value), "true"))
    start = subject.service_from
    days = days_of_partners(partners.relation, start) if start is not None else [None]
    for day in days:
        hints[DATE] = day
        for found in islice(lines_for(demands, hints), 4):
            line = line_of(found, chosen, number)
            if line is not None:
                yield line


def _is(of: c.FieldRef, value: FieldValue) -> c.Test:
    assert isinstance(value, str)
    return c.Member(of, c.Values(CodeSet(frozenset({value}))))


def _another(of: c.FieldRef, value: FieldValue) -> list[Demand]:
    if isinstance(value, frozenset):
        if not value:
            return [(c.Negation(c.Missing(of)), "true")]
        return [(c.Member(of, c.Values(CodeSet(value))), "false")]
    if isinstance(value, str):
        return [(_is(of, value), "false")]
    assert value is not None
    return [(c.Comparison(of, "!=", value), "true")]


def claims_that_fire(
    rule: c.Rule, code: str | None = None, more: Sequence[Demand] = (), day: date | None = None
) -> Iterator[list[ServiceLine]]:
    """Claims on whose first line (of a limit, on some line) the rule should fire."""
    chosen = subject_code(rule, code)
    if chosen is None:
        return
    hints = hints_for(rule, day)
    for of_subject, of_partner in pair_ways(rule):
        demands = [*subject_demands(rule), *of_subject, *more]
        for held in islice(lines_for(demands, hints), 16):
            line = line_of(held, chosen, 1)
            if line is None:
                continue
            for lines in _with_others(rule, line, held, of_partner):
                member = as_one_member(lines)
                if member is not None:
                    yield member


def _with_others(
    rule: c.Rule, line: ServiceLine, held: Held, of_partner: Sequence[Demand]
) -> Iterator[list[ServiceLine]]:
    match rule.core:
        case c.Violates() | c.Needs():
            yield [line]
        case c.Excludes(partners):
            for other in partner_lines(partners, line, held, more=of_partner):
                yield [line, other]
        case c.Limit():
            yield from lines_over(rule.core, line, held)


def lines_over(core: c.Limit, line: ServiceLine, held: Held) -> Iterator[list[ServiceLine]]:
    """Lines that together go over a limit: one with many units, or many."""
    assert isinstance(core.number, Decimal)
    if core.counted == "units":
        yield [evolve(line, units=core.number + 1)]
        half = core.number + 1 - (line.units or 0)
        yield [line, evolve(line, line_number=2, units=half)]
        if core.number > 50:
            return
    count = int(core.number) + 1
    if count > 60 or line.service_from is None:
        return
    if core.counted != "dates":
        yield [evolve(line, line_number=number) for number in range(1, count + 1)]
        return
    # The line in question comes first, or last: on one of two sides the dates of a rule or the
    # calendar may end.
    for start in (line.service_from, shift(line.service_from, 1 - count, "days")):
        days = [shift(start, at, "days") for at in range(count)]
        yield [
            evolve(line, line_number=number, service_from=day, service_to=day)
            for number, day in enumerate(days, 1)
        ]


# ---- in words


def written(line: ServiceLine) -> str:
    """A line as an example writes it."""
    text = "-".join([line.procedure_code or "99199", *line.modifiers])
    if line.units is not None and line.units != 1:
        text += f" x {plain(line.units)}"
    if line.service_from is not None:
        text += f" on {line.service_from}"
    if line.rendering_provider:
        text += f" by {line.rendering_provider}"
    if line.place_of_service:
        text += f" at place {line.place_of_service}"
    if line.pointed_diagnoses:
        text += f" with diagnosis {', '.join(line.pointed_diagnoses)}"
    others = {
        "principal diagnosis": line.principal_diagnosis,
        "specialty": line.specialty,
        "billing provider": line.billing_provider,
        "group": line.group_id,
        "revenue code": line.revenue_code,
        "bill type": line.bill_type,
        "authorization": line.authorization,
        "status": line.status,
        "received": line.received_date,
        "charge": line.charge,
    }
    claimed = [x for x in line.diagnoses if x not in line.pointed_diagnoses]
    claimed = [x for x in claimed if x != line.principal_diagnosis]
    if claimed:
        text += f" with claim diagnosis {', '.join(claimed)}"
    for name, value in others.items():
        if value is not None:
            text += f" with {name} {_quoted(value, name == 'status')}"
    for name, value in line.declared.items():
        text += f" with {name} {_quoted(value, not str(value).isalnum())}"
    return text


def _quoted(value: object, quote: bool) -> str:
    if isinstance(value, Decimal):
        return plain(value)
    return f'"{value}"' if quote and isinstance(value, str) else str(value)


def plain(number: Decimal) -> str:
    """A number without needless zeros."""
    return format(number.normalize() + 0, "f")


def patient_of(lines: Sequence[ServiceLine]) -> str:
    """The member as an example writes it; nothing where nothing is known."""
    first = lines[0]
    born = f" born {first.birth_date}" if first.birth_date else ""
    age = f" age {first.age_in_years}" if first.age_in_years is not None else ""
    sex = f" sex {first.sex}" if first.sex else ""
    return f"patient{born}{age}{sex}" if born or age or sex else ""
