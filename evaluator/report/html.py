"""Elements of HTML as text: what is no HTML yet is escaped, whoever wrote it.

Goes in: names, attributes, and children that are texts or elements. Comes out: `Html`, which alone
is put into a page as it stands.
"""

from collections.abc import Iterable, Sequence
from html import escape


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]
"""A text (escaped unless it is `Html`), a number, nothing, or several of them."""

_EMPTY = frozenset(("br", "col", "input", "meta"))


def element(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Html:
    """An element. An attribute that is true stands without a value, one that is false or nothing
    not at all; `class_` and `for_` are called so because Python has taken their names.

    >>> element("td", "a < b", class_="number")
    '<td class="number">a &lt; b</td>'
    >>> element("input", type="checkbox", checked=True)
    '<input type="checkbox" checked>'
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}"
        + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _EMPTY:
        return Html(f"<{name}{given}>")
    return Html(f"<{name}{given}>{_inside(children)}</{name}>")


def together(*children: Child) -> Html:
    """Elements and texts one after the other."""
    return Html(_inside(children))


def _inside(children: Iterable[Child]) -> str:
    return "".join(map(_one, children))


def _one(child: Child) -> str:
    match child:
        case None:
            return ""
        case Html():
            return child
        case str():
            return escape(child)
        case int():
            return f"{child:,}"
        case _:
            return _inside(child)


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Child]],
    *,
    numbers: Iterable[int] = (),
    tight: Iterable[int] = (),
) -> Html:
    """A table in a frame that scrolls where it is too wide; the first cell of each row is its
    heading, the columns `numbers` stand to the right, and those that are `tight` on one line."""
    right, narrow = set(numbers), set(tight)

    def kind(at: int) -> str | None:
        return "number" if at in right else "tight" if at in narrow else None

    head = [element("th", each, scope="col", class_=kind(at)) for at, each in enumerate(heads)]
    body = [
        element(
            "tr",
            [
                element("td", each, class_=kind(at))
                if at
                else element("th", each, scope="row", class_=kind(at))
                for at, each in enumerate(row)
            ],
        )
        for row in rows
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", head)),
        element("tbody", body),
    )
    return element("div", whole, class_="wide", role="group", aria_label=caption, tabindex=0)
