"""Where a report comes from and how good its data is: what every report over claims says last."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from attrs import frozen

from editwright.evaluator.formats.problems import BadLine
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.report.figures import share
from editwright.evaluator.report.html import Child, Html, element, table, together

MOST_NAMED = 3
"""So many files are named under a title."""


@frozen(slots=True)
class Origin:
    """What a report says of the command that made it."""

    made: datetime
    version: str
    """Of editwright."""
    rules: Mapping[str, Sequence[str]]
    """Rule files, and rulesets with their versions, by what they are called."""
    claims: Sequence[str] = ()
    history: Sequence[str] = ()
    set_aside: Mapping[str, int] = {}
    """How often something was set aside, by problem."""
    bad_lines: Sequence[BadLine] = ()
    """The first of them."""
    notes: Sequence[str] = ()
    missing_columns: Sequence[str] = ()
    show_members: bool = False

    @property
    def files(self) -> str:
        """The claim files, not more of them than are read in passing."""
        names = ["standard input" if each == "-" else each for each in self.claims]
        more = len(names) - MOST_NAMED
        return ", ".join(names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")

    @property
    def day(self) -> str:
        """When it was made, as it stands under the title."""
        return f"{self.made.day} {self.made:%B %Y, %H:%M}"


def about(origin: Origin, remark: str) -> Html:
    """What went in, and when and by what the report was made."""
    said: list[tuple[str, Sequence[str]]] = [
        *origin.rules.items(),
        ("Claims", origin.claims),
        ("History", origin.history),
        ("Made", [f"{origin.made:%Y-%m-%d %H:%M %Z}".strip()]),
        ("By", [f"editwright {origin.version}"]),
    ]
    terms = [
        (element("dt", name), [element("dd", each) for each in values])
        for name, values in said
        if values
    ]
    whole = "The file holds everything that it shows and fetches nothing."
    return together(element("dl", terms), element("p", f"{remark} {whole}", class_="remark"))


def members_remark(origin: Origin) -> str:
    """Whether member ids are in the report."""
    if origin.show_members:
        return "Member ids are shown, as was asked for."
    return "No member id is in this file; claim ids are."


def data_quality(origin: Origin, summary: Summary | None = None) -> Html:
    """What was set aside, fields that were missing, and notes."""
    return together(
        _set_aside(origin), _missing(summary) if summary else None, _columns(origin), _notes(origin)
    )


def _set_aside(origin: Origin) -> Html:
    if not origin.set_aside:
        return element("p", "Nothing was set aside: every line was judged.")
    problems = sorted(origin.set_aside.items(), key=lambda each: (-each[1], each[0]))
    shown = [(f"{each.source}, {each.place}", each.reason) for each in origin.bad_lines]
    some = len(shown) < sum(origin.set_aside.values())
    first = f" (the first {len(shown)})" if some else ""
    return together(
        table(
            "What was set aside, by problem: it was not judged",
            ["Problem", "Times"],
            problems,
            numbers=(1,),
        ),
        element(
            "details",
            element("summary", f"Where it stands, and what was expected{first}"),
            table(f"What was set aside{first}", ["Where", "Reason"], shown),
        ),
    )


def _missing(summary: Summary) -> Html | None:
    if not summary.missing:
        return None
    rows: list[Sequence[Child]] = [
        (name, count, share(count, summary.lines))
        for name, count in sorted(summary.missing.items())
    ]
    return together(
        table(
            "Fields that rules read, and on how many lines they were missing",
            ["Field", "Lines", "Share"],
            rows,
            numbers=(1, 2),
        ),
        element(
            "p",
            "A rule fires only on what a claim shows: where a field is missing it is silent.",
            class_="remark",
        ),
    )


def _columns(origin: Origin) -> Html | None:
    if not origin.missing_columns:
        return None
    names = ", ".join(origin.missing_columns)
    return element("p", f"Columns that the claim files do not have: {names}.")


def _notes(origin: Origin) -> Html | None:
    if not origin.notes:
        return None
    notes = dict.fromkeys(origin.notes)
    return together(element("h3", "Notes"), element("ul", [element("li", each) for each in notes]))
