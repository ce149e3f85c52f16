"""The fields of the service line that rules read."""

from collections.abc import Iterable, Iterator

from editwright.grammar.checked import (
    Both,
    Comparison,
    Either,
    Excludes,
    Exemption,
    FieldRef,
    Likeness,
    Limit,
    Lines,
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
    for rule in rules:
        for each in fields_of_rule(rule):
            if each.row_column is None and not each.many:
                found.setdefault(each.name, each)
    built_in = [name for name in FIELDS if name in found]
    return tuple(found[name] for name in (*built_in, *sorted(found.keys() - FIELDS.keys())))


def fields_of_rule(rule: Rule) -> Iterator[FieldRef]:
    """The fields of the service line, and columns of the row, that a rule reads."""
    yield from _of_lines(rule.subject)
    if rule.intervals:
        yield FIELDS["date"]
    match rule.core:
        case Violates(condition):
            yield from fields_of(condition)
        case Needs(partners) | Excludes(partners):
            yield from _of_partners(partners)
        case Limit():
            if rule.core.counted == "units":
                yield FIELDS["units"]
            if rule.core.period not in ("line", "claim", "lifetime"):
                yield FIELDS["date"]
            yield from _of_likenesses(rule.core.likenesses)
    for each in rule.exemptions:
        if isinstance(each, Exemption):
            yield from fields_of(each.condition)
        else:
            yield from _of_partners(each.partners)
        yield from fields_of(each.when)


def _of_lines(lines: Lines) -> Iterator[FieldRef]:
    yield from fields_of(lines.condition)


def _of_partners(partners: Partners) -> Iterator[FieldRef]:
    yield from _of_lines(partners.lines)
    if any(
        each.kind not in ("claim", "ever") for group in partners.relation.moments for each in group
    ):
        yield FIELDS["date"]
    yield from _of_likenesses(partners.relation.likenesses)


def _of_likenesses(likenesses: Iterable[Likeness]) -> Iterator[FieldRef]:
    for each in likenesses:
        yield each.field


def fields_of(test: Test) -> Iterator[FieldRef]:
    """The fields that a condition reads, in its order."""
    match test:
        case Both(tests) | Either(tests):
            for each in tests:
                yield from fields_of(each)
        case Negation(inner):
            yield from fields_of(inner)
        case Member(subject) | Missing(subject):
            yield from _flat(subject)
        case Comparison(subject, _, right):
            yield from _flat(subject)
            if isinstance(right, FieldRef):
                yield from _flat(right)


def _flat(subject: FieldRef) -> Iterator[FieldRef]:
    yield from subject.days or (subject,)
