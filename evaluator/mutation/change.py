"""One change of a node, and how changes deep inside a rule become changes of the rule."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import attrs
from attrs import evolve, frozen

from editwright.grammar.source import Span

N = TypeVar("N")

Operators = Callable[[Any], Iterator[tuple[Any, str, Span | None]]]
"""For a node, the nodes that may stand in its place, each with what was changed in words, and
where, if only a part of it was."""


@frozen(slots=True)
class Change:
    """A changed node, what was changed in words, and where it stands in the text."""

    node: Any
    told: str
    span: Span


def changes_of(node: Any, operators: Operators) -> Iterator[Change]:
    """Every change of a node and of what is inside it, each alone."""
    for changed, told, where in operators(node):
        yield Change(changed, told, where or node.span)
    for name, part in _parts(node):
        if isinstance(part, tuple):
            for at, each in enumerate(part):
                for inner in changes_of(each, operators):
                    tuple_ = (*part[:at], inner.node, *part[at + 1 :])
                    yield Change(evolve(node, **{name: tuple_}), inner.told, inner.span)
        else:
            for inner in changes_of(part, operators):
                yield Change(evolve(node, **{name: inner.node}), inner.told, inner.span)


def _parts(node: Any) -> Iterator[tuple[str, Any]]:
    """What is inside a node and is a node itself, or several."""
    if not attrs.has(type(node)):
        return
    for each in attrs.fields(type(node)):
        part = getattr(node, each.name)
        if isinstance(part, tuple) or (attrs.has(type(part)) and not isinstance(part, Span)):
            yield each.name, part


def parts_of(node: Any) -> Iterator[Any]:
    """The nodes inside a node."""
    for _, part in _parts(node):
        yield from part if isinstance(part, tuple) else (part,)


def without(parts: tuple[N, ...], at: int) -> tuple[N, ...]:
    """The parts without one of them."""
    return (*parts[:at], *parts[at + 1 :])


def other(word: str, others: Mapping[str, Any]) -> Iterator[Any]:
    """The word that a slip would put in the place of one, if there is one."""
    if word in others:
        yield others[word]
