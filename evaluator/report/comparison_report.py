"""`editwright compare --report`: what a change of rules does to claims, as a page."""

from collections.abc import Sequence
from pathlib import Path

from editwright.evaluator.comparison.figures import (
    CHANGES,
    Breakdown,
    Change,
    ChangedLine,
    Comparison,
    Measure,
    Outcome,
    Reason,
    Side,
)
from editwright.evaluator.comparison.run import Comparing
from editwright.evaluator.findings.message import number_text
from editwright.evaluator.report.comparison_data import KINDS, Compared, comparison_data
from editwright.evaluator.report.figures import amount, share, signed_amount, tiles
from editwright.evaluator.report.html import Child, Html, element, table, together
from editwright.evaluator.report.listing import Heading, chart, listing, time_line
from editwright.evaluator.report.origin import Origin, about, data_quality, members_remark
from editwright.evaluator.report.page import RULE_SCRIPTS, page

MOST_GROUPS = 20
"""How many codes, providers, specialties and places are drawn."""
MOST_MONTHS = 600

TITLES = {
    "month": "by month of service",
    "procedure_code": "by procedure code",
    "specialty": "by specialty",
    "place_of_service": "by place of service",
    "rendering_provider": "by rendering provider",
    "billing_provider": "by billing provider",
}
"""The breakdowns in the order in which they are drawn, and how they are called."""

Row = Sequence[Child]


def comparison_report(compared: Compared, origin: Origin) -> str:
    """The page."""
    figures = compared.figures
    sections = [
        ("result", "Result", _result(figures)),
        ("where", "Where lines change", _where(compared.breakdowns)),
        ("rules", "Rules", _rules()),
        *([("monitored", "Monitored rules", _monitored(figures))] if figures.monitored else []),
        ("largest", "The largest changes", _largest(figures, origin)),
        ("time-line", "Rules in force", time_line()),
        ("quality", "Data quality", data_quality(origin)),
        ("about", "About this report", about(origin, members_remark(origin))),
    ]
    return page(
        title=f"Change of rules: {_named(figures.old, figures.new)}",
        subtitle=element("p", f"What it does to {origin.files}, {origin.day}"),
        sections=sections,
        data=comparison_data(compared),
        scripts=(*RULE_SCRIPTS, "comparison.js"),
    )


def breakdowns_of(comparing: Comparing) -> list[Breakdown]:
    """The breakdowns that are drawn, with all months."""
    return [
        comparing.breakdown(name, MOST_MONTHS if name == "month" else MOST_GROUPS)
        for name in TITLES
    ]


def _named(old: Side, new: Side) -> str:
    """Both by their rulesets where that tells them apart, else by their files."""
    told = all(0 < len(each.rulesets) <= 3 for each in (old, new)) and old.rulesets != new.rulesets
    one, two = (
        ", ".join(each.rulesets if told else [Path(name).name for name in each.files[:3]])
        for each in (old, new)
    )
    return f"{one} to {two}"


# ---- result

_MEASURED = ("Lines", "Claims", "Members", "Charges", "Change in denied charges")


def _result(figures: Comparison) -> Html:
    newly, no_longer = (
        figures.by_change.get(each, Measure()) for each in ("newly_denied", "no_longer_denied")
    )
    return together(
        tiles(
            [
                ("Service lines", figures.lines, f"of {figures.claims:,} claims"),
                (
                    "Lines that change",
                    figures.changed.lines,
                    share(figures.changed.lines, figures.lines),
                ),
                ("Newly denied", newly.lines, f"charged {amount(newly.charge)}"),
                ("No longer denied", no_longer.lines, f"charged {amount(no_longer.charge)}"),
                ("Change in denied charges", signed_amount(figures.changed.denied_charge), None),
                ("Members touched", figures.changed.members, f"of {figures.members:,}"),
            ]
        ),
        _changes(figures) if figures.changed.lines else element("p", _NOTHING),
        _sides(figures),
        _transitions(figures) if figures.transitions else None,
        element("p", _REMARK, class_="remark"),
        element(
            "p",
            f"{figures.lines_without_charge:,} of the lines have no charge; sums leave them out.",
            class_="remark",
        )
        if figures.lines_without_charge
        else None,
    )


_NOTHING = "No line has another outcome under the new rules."
_REMARK = (
    "What becomes of a line is the strongest disposition of its findings; a finding on a whole "
    "claim is on each of its lines. Denied stands for denied or rejected. Charges are what was "
    "billed, not what would have been paid."
)


def _measure(measure: Measure) -> Row:
    return (
        measure.lines,
        measure.claims,
        measure.members,
        amount(measure.charge),
        signed_amount(measure.denied_charge),
    )


def _changes(figures: Comparison) -> Html:
    rows: list[Row] = [
        (KINDS[each], *_measure(figures.by_change[each]))
        for each in CHANGES
        if each in figures.by_change
    ]
    rows.append(("in all", *_measure(figures.changed)))
    return table("How lines change", ["Change", *_MEASURED], rows, numbers=range(1, 6))


def _sides(figures: Comparison) -> Html:
    rows: list[Row] = [
        (
            name,
            ", ".join(side.rulesets or side.files),
            side.rules,
            side.findings,
            side.denied.lines,
            side.denied.claims,
            amount(side.denied.charge),
        )
        for name, side in (("Old rules", figures.old), ("New rules", figures.new))
    ]
    heads = ["Side", "Rule sets", "Rules", "Findings", "Denied lines", "Claims", "Denied charges"]
    return table("The old rules and the new ones", heads, rows, numbers=range(2, 7))


def _transitions(figures: Comparison) -> Html:
    rows: list[Row] = [
        (_outcome_word(each.old), _outcome_word(each.new), *_measure(each.measure))
        for each in figures.transitions
    ]
    return element(
        "details",
        element("summary", "What became of lines, and what becomes of them now"),
        table(
            "Lines by their outcome under the old rules and under the new ones",
            ["Old", "New", *_MEASURED],
            rows,
            numbers=range(2, 7),
        ),
    )


def _outcome_word(word: str) -> str:
    return "no finding decides" if word == "none" else word


# ---- where


def _where(breakdowns: Sequence[Breakdown]) -> Html:
    drawn = [each for each in breakdowns if any(group.value for group in each.groups)]
    if not drawn:
        return element("p", "No line changes.")
    return element("div", [_breakdown(each) for each in drawn], class_="charts")


def _breakdown(breakdown: Breakdown) -> Html:
    title = TITLES[breakdown.name]
    rows: list[Row] = []
    for group in breakdown.groups:
        newly, no_longer = (
            group.by_change.get(each, Measure()).lines
            for each in ("newly_denied", "no_longer_denied")
        )
        rows.append(
            (
                group.value or "not stated",
                newly,
                no_longer,
                group.changed.lines - newly - no_longer,
                amount(group.changed.charge),
                signed_amount(group.changed.denied_charge),
            )
        )
    if breakdown.name == "month":
        rows.sort(key=lambda row: str(row[0]))
    head = title.removeprefix("by ").capitalize()
    heads = [head, "Newly denied", "No longer", "Other", "Charges", "Change in denied charges"]
    caption = f"Lines that change, {title}"
    if breakdown.left_out:
        caption += f" (the largest; {breakdown.left_out:,} more are left out)"
    data = table(caption, heads, rows, numbers=range(1, 6))
    return chart(breakdown.name.replace("_", "-"), caption, data)


# ---- rules


def _rules() -> Html:
    return listing(
        "rule-list",
        noun="rules",
        headings=[
            Heading("name", "Rule"),
            Heading("change", "Text"),
            Heading("oldFindings", "Findings old", number=True),
            Heading("newFindings", "Findings new", number=True),
            Heading("newly", "Newly denied", number=True),
            Heading("noLonger", "No longer", number=True),
            Heading("other", "Other", number=True),
            Heading("denied", "Denied charges", number=True),
        ],
        choices=[
            ("change", "Text of the rule", ["added", "removed", "changed", "same"]),
            ("lines", "Lines", ["that change", "none that change"]),
        ],
        before=chart(
            "by-rule",
            "The rules of the list whose lines change most",
            measures=("lines that change", "change in denied charges"),
        ),
    )


def _monitored(figures: Comparison) -> Html:
    rows: list[Row] = [
        (
            f"{each.ruleset}/{each.rule}" if each.ruleset else each.rule,
            "new rules" if each.in_new else "old rules only",
            each.fires.lines,
            each.alone.lines,
            each.alone.claims,
            each.alone.members,
            amount(each.alone.charge),
        )
        for each in figures.monitored
    ]
    heads = [
        "Rule",
        "Where",
        "Fires on lines",
        "Denied by no other",
        "Claims",
        "Members",
        "Charges",
    ]
    return together(
        element("p", "These rules deny nothing. What they would deny, if they were told to:"),
        table("What monitored rules would deny", heads, rows, numbers=range(2, 7)),
    )


# ---- the largest


def _largest(figures: Comparison, origin: Origin) -> Html:
    if not figures.largest:
        return element("p", "None is listed." if figures.changed.lines else "No line changes.")
    return together(
        [_lines(change, lines, origin) for change, lines in figures.largest.items()],
    )


def _lines(change: Change, lines: Sequence[ChangedLine], origin: Origin) -> Html:
    heads = ["Claim, line", *(["Member"] if origin.show_members else []), "Code", "Date", "Charge"]
    rows: list[Row] = [
        (
            f"{each.claim_id}, {each.line_number}",
            *((each.member_id,) if origin.show_members else ()),
            "-".join([each.procedure_code or "no code", *each.modifiers]),
            str(each.service_from or ""),
            None if each.charge is None else amount(each.charge, cents=True),
            _outcome(each.old, each.line_number),
            _outcome(each.new, each.line_number),
        )
        for each in lines
    ]
    which = "one line" if len(lines) == 1 else f"the {len(lines):,} lines with the most at stake"
    return table(
        f"{KINDS[change].capitalize()}: {which}",
        [*heads, "Under the old rules", "Under the new rules"],
        rows,
        numbers=(len(heads) - 1,),
        tight=range(len(heads)),
    )


def _outcome(outcome: Outcome, line: int) -> Html:
    word = _outcome_word(outcome.disposition)
    allowed = outcome.units_allowed
    return together(
        element("span", word, class_=f"disposition {outcome.disposition}"),
        f" to {number_text(allowed)} units" if allowed is not None else None,
        [element("span", _reason(each, line), class_="reason") for each in outcome.reasons],
    )


def _reason(reason: Reason, line: int) -> str:
    name = f"{reason.ruleset}/{reason.rule}" if reason.ruleset else reason.rule
    adjustment = f" ({reason.adjustment})" if reason.adjustment else ""
    on_line = "" if reason.on_line == line else f", found on line {reason.on_line}"
    return f"{name}{adjustment}{on_line}: {reason.message}"
