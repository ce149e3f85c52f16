"""The frames that scripts fill: a list to search and sort, charts, the time line.

Everything that has a name for a screen reader stands here: labels, captions, headings.
"""

from collections.abc import Sequence

from attrs import frozen

from editwright.evaluator.report.html import Html, element, together


@frozen(slots=True)
class Heading:
    """A column of a list. `key` is the value that is sorted by."""

    key: str
    text: str
    number: bool = False


def listing(
    name: str,
    *,
    noun: str,
    headings: Sequence[Heading],
    choices: Sequence[tuple[str, str, Sequence[str]]],
    before: Html | None = None,
) -> Html:
    """A list that is searched, narrowed, sorted and leafed through. `choices` are key, label and
    values of what narrows it."""
    search = element(
        "div",
        element("label", f"Search the {noun}", for_=f"{name}-search"),
        element(
            "input", type="search", id=f"{name}-search", autocomplete="off", spellcheck="false"
        ),
        class_="field wide-field",
    )
    narrow = [_choice(f"{name}-{key}", label, values) for key, label, values in choices]
    return element(
        "div",
        element(
            "form",
            search,
            narrow,
            class_="controls",
            role="search",
            aria_label=f"Narrow the {noun}",
        ),
        element("p", class_="status", role="status", id=f"{name}-status"),
        before,
        _empty_table(f"{noun.capitalize()}; a heading's button sorts by it", headings),
        element(
            "nav",
            element("button", "Previous", type="button", class_="previous"),
            element("button", "Next", type="button", class_="next"),
            class_="pages",
            aria_label=f"Pages of the {noun}",
        ),
        id=name,
        class_="listing",
    )


def chart(
    name: str, caption: str, data: Html | None = None, *, measures: Sequence[str] = ()
) -> Html:
    """A place for a chart, with the same figures as a table beneath it. `measures`: the reader
    chooses what is drawn."""
    return element(
        "figure",
        element("figcaption", caption),
        _choice(f"{name}-measure", "Shown", measures, every=None) if measures else None,
        element("div", class_="drawing"),
        element("details", element("summary", "The same as a table"), data) if data else None,
        id=name,
        class_="chart",
    )


def time_line() -> Html:
    """The place for the rules' dates: a chart and its table, both filled by the list."""
    data = _empty_table(
        "When rules are in force",
        [Heading("", head) for head in ("Rule", "Disposition", "From", "To")],
    )
    return together(
        element(
            "p",
            "The dated rules of the list above: a bar from the first day in force to the last; an "
            "arrow where there is no end.",
        ),
        element("p", class_="status", id="in-force-status"),
        chart("in-force", "When rules are in force", data),
    )


def _choice(name: str, label: str, values: Sequence[str], every: str | None = "all") -> Html:
    first = [element("option", every, value="")] if every else []
    options = [*first, *(element("option", each) for each in values)]
    return element(
        "div",
        element("label", label, for_=name),
        element("select", options, id=name),
        class_="field",
    )


def _empty_table(caption: str, headings: Sequence[Heading]) -> Html:
    head = [
        element(
            "th",
            element("button", each.text, type="button", data_key=each.key)
            if each.key
            else each.text,
            scope="col",
            class_="number" if each.number else None,
        )
        for each in headings
    ]
    whole = element(
        "table",
        element("caption", caption),
        element("thead", element("tr", head)),
        element("tbody"),
    )
    return element("div", whole, class_="wide", role="group", aria_label=caption, tabindex=0)
