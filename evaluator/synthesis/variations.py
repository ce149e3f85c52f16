"""A claim with one thing changed, for each thing that a rule looks at and each edge of it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import evolve

from editwright.evaluator.findings.message import number_text
from editwright.evaluator.meaning.relations import number
from editwright.evaluator.meaning.truth import Rows
from editwright.evaluator.synthesis.days import days_at_edges, partner_days, period_days
from editwright.evaluator.synthesis.draft import OF_CLAIMS, OTHER_CLAIM, Draft, Role
from editwright.evaluator.synthesis.partners import (
    anything,
    codes_of,
    likened,
    other_than,
    with_partner,
)  # fmt: skip
from editwright.evaluator.synthesis.satisfy import settings
from editwright.evaluator.synthesis.values import fields_of, outside, spelled
from editwright.grammar import checked as c
from editwright.grammar.fields import FIELDS

CODE = FIELDS["code"]
STATUS = FIELDS["status"]

Focus = tuple[c.FieldRef, str]
"""A value of a field that matters above all."""


def variations(rule: c.Rule, rows: Rows, base: Draft) -> Iterator[Draft]:
    """The claim with one thing changed."""
    last = len(base.lines) - 1
    for at in sorted({0, min(1, last), last}):
        yield from _of_line(rule, rows, base, at)
    yield from _moved(rule, rows, base)
    if isinstance(rule.core, c.Limit):
        yield from _of_limit(rule.core, rows, base)
    for partners, role in _asked_for(rule):
        yield from _of_partner(partners, role, rows, base)


def _asked_for(rule: c.Rule) -> Iterator[tuple[c.Partners, Role]]:
    if isinstance(rule.core, c.Needs | c.Excludes):
        yield rule.core.partners, "partner"
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            yield each.partners, "exempting"


def _lines_of_role(rule: c.Rule, role: Role) -> list[c.Lines]:
    if role == "subject":
        return [rule.subject]
    return [partners.lines for partners, each in _asked_for(rule) if each == role]


def _of_line(rule: c.Rule, rows: Rows, base: Draft, at: int) -> Iterator[Draft]:
    """One line with another code, or another value of a field that the rule reads on it."""
    line = base.lines[at]
    name = named(base, at)
    wanted = _lines_of_role(rule, line.role)
    for lines in wanted:
        codes = codes_of(lines, rows)
        excluded = lines.codes if lines.codes is not None else lines.excluded
        others = outside(excluded, CODE, rows) if excluded is not None else []
        for code in dict.fromkeys([*codes, *others]):
            if code != line.given.code:
                yield base.with_given(at, f"{code} instead of {line.given.code}", code=code)
    tests = [lines.condition for lines in wanted]
    for each in rule.exemptions:
        if isinstance(each, c.Exemption):
            tests += [each.condition, each.when]
    if line.role == "subject" and isinstance(rule.core, c.Violates):
        tests.append(rule.core.condition)
    for test in tests:
        for field in dict.fromkeys(fields_of(test)):
            for changed in settings(base, at, test, field, rows):
                told = _told(changed, at, field, name)
                yield evolve(changed, told=told)
                if field.name in OF_CLAIMS and len(base.lines) > 1:
                    yield changed.with_given(at, f"{told}, on another claim", claim=OTHER_CLAIM)
    if line.role != "subject" or at > 0:
        yield base.without_line(at, f"without {name}")


def _told(draft: Draft, at: int, field: c.FieldRef, name: str) -> str:
    if field.days is not None:
        first, last = (draft.value(at, end) for end in field.days)
        if isinstance(first, date) and isinstance(last, date):
            return f"{(last - first).days} {field.name} on {name}"
        return f"no {field.name} on {name}"
    if field.name.startswith("age"):
        if draft.born is None:
            return "the patient's age is not stated"
        return f"a patient born on {draft.born.isoformat()}"
    value = draft.value(at, field) if field.name != "number of modifiers" else None
    if field.name == "number of modifiers":
        return f"{len(draft.lines[at].given.modifiers)} modifiers on {name}"
    if value in (None, ()):
        return f"no {field.name} on {name}"
    return f"{field.name} {shown(field, value)} on {name}"


def with_each(base: Draft, focus: Focus) -> Iterator[Draft]:
    """The claim with one value on each of its lines in turn."""
    field, code = focus
    for at in range(len(base.lines)):
        value = (code,) if field.many else code
        changed = base.with_value(at, field, value)
        if changed is not None and changed != base:
            told = f"{field.name} {spelled(field, code)} on {named(base, at)}"
            if field.name == "code":
                told = f"{code} instead of {base.lines[at].given.code}"
            yield evolve(changed, told=told)


def shown(field: c.FieldRef, value: object) -> str:
    """A value of a field in words."""
    match value:
        case tuple():
            return " and ".join(shown(field, each) for each in value)
        case Decimal():
            return number_text(value)
        case date():
            return value.isoformat()
        case _:
            return spelled(field, str(value))


def named(draft: Draft, at: int) -> str:
    """How a line is spoken of: by its code, where no other has it."""
    code = draft.lines[at].given.code
    same = sum(line.given.code == code for line in draft.lines)
    return f"the {code}" if same == 1 else f"line {at + 1}"


def _moved(rule: c.Rule, rows: Rows, base: Draft) -> Iterator[Draft]:
    """The whole claim on the days at the edges of the rule's dates."""
    day = base.lines[-1 if isinstance(rule.core, c.Limit) else 0].day
    if day is None:
        return
    for edge, told in days_at_edges(rule, rows).items():
        if edge != day:
            yield base.moved((edge - day).days, told)


def _of_limit(core: c.Limit, rows: Rows, base: Draft) -> Iterator[Draft]:
    """Other units, an earlier line elsewhere in time, another claim, another provider."""
    limit = core.number if isinstance(core.number, Decimal) else number(core.number, rows)
    last = len(base.lines) - 1
    if core.counted == "units" and limit is not None:
        for units in (limit - 1, limit, limit + 1, limit + 2):
            for at in range(last + 1):
                if units >= 0 and units != base.lines[at].given.units:
                    told = f"{number_text(units)} units on {named(base, at)}"
                    yield base.with_given(at, told, units=units)
    if not last:
        return
    day = base.lines[last].day
    for each in period_days(core, day, rows) if day else []:
        yield base.with_given(0, f"the first of them on {each.isoformat()}", first=each)
        yield base.before(0, f"the first of them in the past, on {each.isoformat()}", first=each)
    yield base.before(0, "the first of them in the past")
    yield base.apart(last, "the last of them on another claim")
    for likeness in core.likenesses:
        yield from _unlike(base, last, likeness)
    for field in (FIELDS["provider"], FIELDS["group"]):
        yield from _apart(base, last, field)


def _of_partner(partners: c.Partners, role: Role, rows: Rows, base: Draft) -> Iterator[Draft]:
    """A partner on another day, on another claim, of another provider, not paid."""
    found = [at for at, line in enumerate(base.lines) if line.role == role]
    if not found and role == "partner":
        return
    if not found:
        yield from (
            evolve(each, told=f"with the {each.lines[-1].given.code}, which exempts")
            for each, _ in zip(with_partner(base, partners, rows, role), range(3), strict=False)
        )
        return
    at = found[0]
    subject = base.lines[0]
    name = named(base, at)
    for day in partner_days(partners.relation, subject.day, rows) if subject.day else []:
        if day != base.lines[at].day:
            yield base.with_given(at, _apart_in_days(name, day, subject.day), first=day)
    yield base.apart(at, f"{name} on another claim")
    if base.lines[at].day != subject.day:
        yield base.apart(at, f"{name} on another claim that day", first=subject.day)
    before = base.before(at, f"{name} was billed before")
    yield before
    denied = before.with_value(at, STATUS, "denied")
    if denied is not None:
        yield evolve(denied, told=f"{name} was denied before")
    for likeness in partners.relation.likenesses:
        yield from _unlike(base, at, likeness)
    for field in (FIELDS["provider"], FIELDS["group"]):
        yield from _apart(base, at, field)
    again = evolve(base, lines=(*base.lines, base.lines[at]))
    yield evolve(again, told=f"{name} twice")


def _apart_in_days(name: str, day: date, own: date | None) -> str:
    assert own is not None
    days = (day - own).days
    if not days:
        return f"{name} on the same date"
    many = "a day" if abs(days) == 1 else f"{abs(days)} days"
    return f"{name} {many} {'after' if days > 0 else 'before'}"


def _unlike(base: Draft, at: int, likeness: c.Likeness) -> Iterator[Draft]:
    """Two lines that share what they must not, that differ where they must not, or that do not
    say it."""
    field, name = likeness.field, named(base, at)
    opposite = evolve(likeness, different=not likeness.different)
    turned = likened(_without(base, at, field), at, [opposite])
    if turned is not None and turned != base:
        word = "the same" if likeness.different else "another"
        yield evolve(turned, told=f"{word} {field.name} on {name}")
    if not field.many and field.name != "code":
        for each in (0, at):
            missing = base.with_value(each, field, None)
            if missing is not None:
                yield evolve(missing, told=f"no {field.name} on {named(base, each)}")


def _without(base: Draft, at: int, field: c.FieldRef) -> Draft:
    if field.name == "code":
        return base
    return base.with_value(at, field, () if field.many else None) or base


def _apart(base: Draft, at: int, field: c.FieldRef) -> Iterator[Draft]:
    """Two lines of different providers or groups, whatever else they share."""
    mine = base.value(0, field)
    start = base if mine is not None else base.with_value(0, field, anything(field)[0])
    if start is None:
        return
    changed = start.with_value(at, field, other_than(field, start.value(0, field)))
    if changed is not None:
        yield evolve(changed, told=f"another {field.name} on {named(base, at)}")
