"""The words of a rule file by what they stand for: codes of a kind, and names."""

from collections.abc import Iterator

import attrs

from editwright.grammar import nodes
from editwright.grammar.codes import LISTED_KINDS, PROCEDURE, Kind
from editwright.grammar.fields import FIELDS

Word = nodes.One | nodes.Range
Node = object


def children(node: Node) -> Iterator[Node]:
    """The nodes right inside a node."""
    for name in _parts(type(node)):
        value = getattr(node, name)
        for one in value if isinstance(value, tuple) else (value,):
            if _parts(type(one)):
                yield one


_KNOWN: dict[type, tuple[str, ...]] = {}


def _parts(kind: type) -> tuple[str, ...]:
    """The names of a node's parts; none of what is no node."""
    if kind not in _KNOWN:
        _KNOWN[kind] = tuple(attrs.fields_dict(kind)) if attrs.has(kind) else ()
    return _KNOWN[kind]


def sets_in(node: Node) -> Iterator[tuple[nodes.ValueSet, Kind]]:
    """Every set of codes of a statement, with the kind that its place asks for."""
    match node:
        case nodes.Selection(codes, narrowings):
            yield codes, PROCEDURE
            for each in narrowings:
                yield from sets_in(each)
        case nodes.ListOf(kind, _, values):
            yield values, LISTED_KINDS[kind]
        case nodes.In(of, values):
            kind_of = _kind(of)
            if kind_of is not None:
                yield values, kind_of
        case nodes.Example() | nodes.ListFromFile():
            return
        case _:
            for child in children(node):
                yield from sets_in(child)


def codes_in(node: Node) -> Iterator[tuple[Word, Kind]]:
    """Every code, prefix and range of a statement, with the kind that its place asks for."""
    for values, kind in sets_in(node):
        yield from ((each, kind) for each in values.members if not isinstance(each, nodes.Text))
    yield from _compared(node)


def _compared(node: Node) -> Iterator[tuple[Word, Kind]]:
    """The codes that fields are compared with."""
    match node:
        case nodes.Compare(of, _, value):
            kind_of = _kind(of)
            if kind_of is not None and not isinstance(value, nodes.Text):
                yield from ((value, kind_of),)
        case nodes.Example() | nodes.ListFromFile():
            return
        case _:
            for child in children(node):
                yield from _compared(child)


def _kind(of: nodes.Field) -> Kind | None:
    found = FIELDS.get(of.name)
    return found.kind if found is not None else None


def names_in(node: Node) -> Iterator[str]:
    """Every word of a statement that may be the name of a list, a table or a field."""
    match node:
        case nodes.One(text):
            yield text
        case nodes.Field(name):
            yield from name.split()
        case nodes.Who(what):
            yield what
        case _:
            for child in children(node):
                yield from names_in(child)
