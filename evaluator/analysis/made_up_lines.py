"""What a line should hold, to a service line; and lines, to those of one claim of one member."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from attrs import evolve

from editwright.evaluator.analysis.one_line import FieldValue, Held
from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.evaluator.lines.field_columns import CODE_COLUMNS, VALUE_COLUMNS
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.grammar import checked as c
from editwright.grammar.fields import FIELDS

MEMBER = "example"
USUAL_DAY = date(2025, 3, 3)
DATE = FIELDS["date"]
_USUAL: Mapping[str, FieldValue] = {
    "provider": "1111111112",
    "billing provider": "9999999994",
    "group": "777",
    "specialty": "13",
    "place": "11",
    "modifier": frozenset(),
    "diagnosis": frozenset({"R69"}),
}
_COLUMNS = {name: column for name, column in CODE_COLUMNS.items() if name != "code"} | VALUE_COLUMNS
_OTHER_MODIFIERS = ("76", "77", "GC", "LT", "RT", "Q1", "Q2")


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


def moved_to(lines: Sequence[ServiceLine], day: date, at: int = 0) -> list[ServiceLine]:
    """The same lines later or earlier, one of them on a given day; where it has none, as they
    are."""
    start = lines[at].service_from
    gap = day - start if start else timedelta()
    return [
        evolve(
            each,
            service_from=each.service_from and each.service_from + gap,
            service_to=each.service_to and each.service_to + gap,
        )
        for each in lines
    ]
