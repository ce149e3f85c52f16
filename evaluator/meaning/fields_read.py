"""The fields of the service line that rules read."""

from collections.abc import Iterable

from editwright.grammar.checked import (
    Both,
    Comparison,
    Either,
    Excludes,
    Exemption,
    FieldRef,
    Limit,
    Member,
    Missing,
    Needs,
    Negation,
    Partners,
    Rule,
    Test,
    Violates,
)
from editwright.grammar.fields import FIELDS


def fields_read(rules: Iterable[Rule]) -> tuple[FieldRef, ...]:
    """The single-valued fields of the service line that rules read, in a stable order."""
    found: dict[str, FieldRef] = {}
    for each in different_fields(rules):
        if each.row_column is None and not each.many:
            found.setdefault(each.name, each)
    built_in = [name for name in FIELDS if name in found]
    return tuple(found[name] for name in (*built_in, *sorted(found.keys() - FIELDS.keys())))


def different_fields(rules: Iterable[Rule]) -> list[FieldRef]:
    """The fields and columns of rows that rules read; of many rules most read the same few."""
    by_identity = {id(each): each for rule in rules for each in fields_of_rule(rule)}
    return list(by_identity.values())


def fields_of_rule(rule: Rule) -> list[FieldRef]:
    """The fields of the service line, and columns of the row, that a rule reads."""
    found: list[FieldRef] = []
    _add_fields(rule.subject.condition, found)
    if rule.intervals:
        found.append(FIELDS["date"])
    core = rule.core
    match core:
        case Violates():
            _add_fields(core.condition, found)
        case Needs() | Excludes():
            _add_partners(core.partners, found)
        case Limit():
            if core.counted == "units":
                found.append(FIELDS["units"])
            if core.period not in ("line", "claim", "lifetime"):
                found.append(FIELDS["date"])
            found += [each.field for each in core.likenesses]
    for each in rule.exemptions:
        if isinstance(each, Exemption):
            _add_fields(each.condition, found)
        else:
            _add_partners(each.partners, found)
        _add_fields(each.when, found)
    return found


def _add_partners(partners: Partners, found: list[FieldRef]) -> None:
    _add_fields(partners.lines.condition, found)
    for group in partners.relation.moments:
        if any(each.kind not in ("claim", "ever") for each in group):
            found.append(FIELDS["date"])
            break
    found += [each.field for each in partners.relation.likenesses]


def fields_of(test: Test) -> list[FieldRef]:
    """The fields that a condition reads, in its order."""
    found: list[FieldRef] = []
    _add_fields(test, found)
    return found


def _add_fields(test: Test, found: list[FieldRef]) -> None:
    match test:
        case Both() | Either():
            for each in test.conditions:
                _add_fields(each, found)
        case Negation():
            _add_fields(test.condition, found)
        case Member() | Missing():
            found += test.field.days or (test.field,)
        case Comparison():
            found += test.field.days or (test.field,)
            if isinstance(test.value, FieldRef):
                found += test.value.days or (test.value,)
