"""`editwright test --report`: the examples, how they went and how much of the rules they show, as
a page."""

from collections.abc import Sequence

from editwright.evaluator.coverage.points import RuleCoverage
from editwright.evaluator.examples.run_examples import ExampleResult
from editwright.evaluator.report.examples_data import NOTICED, SURVIVED, Tested, examples_data
from editwright.evaluator.report.figures import share, tiles
from editwright.evaluator.report.html import Child, Html, element, table, together
from editwright.evaluator.report.listing import Heading, chart, listing, time_line
from editwright.evaluator.report.origin import Origin, about
from editwright.evaluator.report.page import RULE_SCRIPTS, page
from editwright.evaluator.report.run_report import rulesets_of
from editwright.grammar.checked import CheckedFile

Row = Sequence[Child]
MOST_FAILURES = 20
"""So many failures stand at the head of the page."""


def examples_report(tested: Tested, origin: Origin) -> str:
    """The page."""
    sections = [
        ("result", "Result", _result(tested, origin)),
        ("coverage", "Rules, and what examples show of them", _rules(tested)),
        *_others(tested),
        ("examples", "Examples", _examples()),
        ("time-line", "Rules in force", time_line()),
        ("about", "About this report", about(origin, "")),
    ]
    failed = len(tested.failed)
    said = f"{failed:,} of them fail" if failed else "all of them hold"
    return page(
        title=f"Examples: {rulesets_of(tested.rules)}",
        subtitle=element("p", f"{len(tested.results):,} examples, {said}, {origin.day}"),
        sections=sections,
        data=examples_data(tested),
        scripts=(*RULE_SCRIPTS, "examples.js"),
    )


def _result(tested: Tested, origin: Origin) -> Html:
    results, rules = tested.results, tested.rules.rules
    held = len(results) - len(tested.failed)
    points = sum(len(each.points) for each in tested.coverage.rules)
    seen = sum(each.seen for each in tested.coverage.rules)
    more = len(tested.failed) - MOST_FAILURES
    whole = sum(each.seen == len(each.points) for each in tested.coverage.rules)
    return together(
        tiles(
            [
                ("Examples that hold", held, f"of {len(results):,}"),
                ("Examples that fail", len(tested.failed), None),
                ("Rules", len(rules), f"{whole:,} shown in full"),
                ("What examples show", share(seen, points), f"{seen:,} of {points:,} points"),
                *_noticed(tested),
            ]
        ),
        [_failure(each) for each in tested.failed[:MOST_FAILURES]],
        element("p", f"And {more:,} more, which stand first among the examples below.")
        if more > 0
        else None,
        _files(tested),
        element("p", _POINTS, class_="remark"),
        [element("p", each, class_="remark") for each in origin.notes],
    )


_POINTS = (
    "A point is one thing that a rule says and an example can show: that it fires and that it does "
    "not, a relation that holds and one that does not, the first and the last day in force."
)


def _noticed(tested: Tested) -> list[tuple[str, Child, Child]]:
    if tested.survey is None:
        return []
    noticed, survived = (len(tested.survey.of_fate(fate)) for fate in (NOTICED, SURVIVED))
    both = noticed + survived
    return [("Slips that examples notice", share(noticed, both), f"{noticed:,} of {both:,}")]


def _failure(result: ExampleResult) -> Html:
    said = [
        *(element("li", f"expected, but not found: {each}") for each in result.missing),
        *(element("li", f"found, but not expected: {each}") for each in result.unexpected),
    ]
    return element(
        "div",
        element(
            "p",
            element("span", "✗ fails", class_="fails"),
            f" {result.title} ({result.source.name}:{result.line})",
        ),
        element("ul", said),
    )


def _files(tested: Tested) -> Html:
    rows = [_file(tested, each) for each in tested.rules.files]
    heads = ["File", "Rules", "Examples", "Fail", "Points shown", "Share"]
    return table("Files", heads, rows, numbers=range(1, 6))


def _file(tested: Tested, file: CheckedFile) -> Row:
    name = file.source.name
    covered = [each for each in tested.coverage.rules if each.file == name]
    points, seen = sum(len(each.points) for each in covered), sum(each.seen for each in covered)
    failed = sum(each.source is file.source for each in tested.failed)
    shown = f"{seen:,} of {points:,}"
    return (
        name,
        len(file.rules),
        len(file.examples),
        failed,
        shown if points else "none",
        share(seen, points) if points else "",
    )


def _rules(tested: Tested) -> Html:
    return listing(
        "rule-list",
        noun="rules",
        headings=[
            Heading("name", "Rule"),
            Heading("disposition", "Disposition"),
            Heading("count", "Examples", number=True),
            Heading("unseen", "Points not shown", number=True),
            Heading("percent", "Shown", number=True),
            *([Heading("survived", "Slips unnoticed", number=True)] if tested.survey else []),
        ],
        choices=[("shown", "Examples", ["show all of it", "leave something out", "none at all"])],
        before=chart("by-rule", "The rules of the list of which examples show least"),
    )


def _examples() -> Html:
    return listing(
        "example-list",
        noun="examples",
        headings=[
            Heading("name", "Example"),
            Heading("result", "Result"),
            Heading("place", "Written in"),
        ],
        choices=[("result", "Result", ["holds", "fails"])],
    )


def _others(tested: Tested) -> list[tuple[str, str, Html]]:
    """What is said of rulesets and lists, where anything is."""
    headings, lists = tested.of_headings(), tested.of_lists()
    if not headings and not lists:
        return []
    content = together(
        table(
            "What examples show of rulesets' dates",
            ["Ruleset", "Clause", "What", "Shown"],
            [row for each in headings for row in _heading_rows(each)],
        )
        if headings
        else None,
        table(
            "Changes of lists and rulesets that no example notices",
            ["Where", "Change", "Before", "After"],
            [(f"{each.rule} ({each.file}:{each.line})", each.change, each.before, each.after)
             for each in lists],
        )
        if lists
        else None,
    )  # fmt: skip
    return [("headings", "Rulesets and lists", content)]


def _heading_rows(coverage: RuleCoverage) -> list[Row]:
    return [
        (
            coverage.rule,
            point.clause,
            point.what,
            together(
                element("span", "✓ shown" if point.seen else "✗ not shown",
                        class_="holds" if point.seen else "fails"),
                f": {point.example if point.seen else point.missing}",
            ),
        )
        for point in coverage.points
    ]  # fmt: skip
