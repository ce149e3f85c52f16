"""In which values two rules differ: those on which a claim must turn that tells them apart."""

from collections.abc import Iterator
from typing import Any

import attrs

from editwright.evaluator.synthesis.values import members
from editwright.evaluator.synthesis.variations import CODE, Focus
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet, Kind

MOST = 4


def differences(one: c.Rule, two: c.Rule) -> list[Focus]:
    """Some values that are in a set of one rule and in none of the other's for the same field."""
    mine, theirs = (_sets(rule) for rule in (one, two))
    found: dict[Focus, None] = {}
    for field, values in {*mine, *theirs}:
        others = mine if (field, values) not in mine else theirs
        if (field, values) in others:
            continue
        for code in _edges(values, field.kind):
            if not any(code in each.codes for other, each in others if other == field):
                found[field, code] = None
    return list(found)[:MOST]


def _sets(rule: c.Rule) -> set[tuple[c.FieldRef, c.Values]]:
    found: set[tuple[c.FieldRef, c.Values]] = set()
    for part in _parts((rule.subject, rule.core, rule.exemptions)):
        match part:
            case c.Member(field, values) if not values.row_values and not values.intervals:
                found.add((field, values))
            case c.Lines(values) if values is not None and not values.row_values:
                found.add((CODE, values))
            case _:
                pass
    return found


def _parts(node: Any) -> Iterator[Any]:
    if isinstance(node, tuple):
        for each in node:
            yield from _parts(each)
    elif attrs.has(type(node)) and not isinstance(node, c.Values | c.RowValue):
        yield node
        for each in attrs.fields(type(node)):
            yield from _parts(getattr(node, each.name))


def _edges(values: c.Values, kind: Kind | None) -> Iterator[str]:
    yield from _exact(values.codes)
    yield from members(values, kind, ())


def _exact(codes: CodeSet) -> Iterator[str]:
    yield from sorted(codes.exact)
    for part in codes.parts:
        yield from _exact(part)
