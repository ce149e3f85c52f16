"""`editwright run --report`: what a run saw and found, as a page.

Goes in: the rules, the run's summary, its counts (`Impact`) and what was set aside. Member ids are
in no report, unless `show_members` asks for them.
"""

from collections.abc import Callable, Sequence

from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.report.figures import dollars, share, tiles
from editwright.evaluator.report.html import Child, Html, element, table, together
from editwright.evaluator.report.impact import DISPOSITIONS, Impact, month_text
from editwright.evaluator.report.listing import Heading, chart, listing, time_line
from editwright.evaluator.report.origin import Origin, about, data_quality, members_remark
from editwright.evaluator.report.page import RULE_SCRIPTS, page
from editwright.evaluator.report.run_data import MOST_CODES, code_text, run_data, top_codes
from editwright.evaluator.report.tally import Crossed, Tally, crossed
from editwright.grammar.checked import CheckedRules

SAMPLES, ALL_SAMPLES = 10, 10_000
"""How many lines are shown of a rule, and of all rules."""


def samples_of_rule(rules: CheckedRules) -> int:
    """How many lines are shown of each rule: fewer where there are many rules."""
    return max(1, min(SAMPLES, ALL_SAMPLES // max(1, len(rules.rules))))


def run_report(rules: CheckedRules, summary: Summary, impact: Impact, origin: Origin) -> str:
    """The page."""
    sections = [
        ("result", "Result", _result(summary, impact, origin)),
        ("impact", "Impact over time and by code", _impact(impact)),
        ("rules", "Rules", _rules(rules)),
        ("time-line", "Rules in force", time_line()),
        ("quality", "Data quality", data_quality(origin, summary)),
        ("about", "About this report", about(origin, _remark(rules, origin))),
    ]
    return page(
        title=f"Claim edits: {rulesets_of(rules)}",
        subtitle=element("p", f"Findings on {origin.files}, {origin.day}"),
        sections=sections,
        data=run_data(rules, impact, show_members=origin.show_members),
        scripts=(*RULE_SCRIPTS, "run.js"),
    )


def rulesets_of(rules: CheckedRules) -> str:
    """The rule sets with their versions, or how many rules there are."""
    names = dict.fromkeys(
        " ".join(each for each in (rule.ruleset.name, rule.ruleset.version) if each)
        if rule.ruleset
        else ""
        for rule in rules.rules
    )
    said = [each for each in names if each]
    return ", ".join(said) if 0 < len(said) <= 3 else f"{len(rules.rules):,} rules"


# ---- sections


def _result(summary: Summary, impact: Impact, origin: Origin) -> Html:
    set_aside = sum(origin.set_aside.values())
    rows = [_disposition_row(impact, place, *found) for place, *found in impact.by_disposition]
    heads = ["Disposition", "Findings", "Lines", "Claims", *_if(impact.charged, "Charges")]
    return together(
        tiles(
            [
                ("Service lines", summary.lines, f"of {summary.claims:,} claims"),
                ("Members", summary.members, None),
                (
                    "Lines with findings",
                    summary.lines_with_findings,
                    share(summary.lines_with_findings, summary.lines),
                ),
                ("Findings", summary.findings, f"of {len(impact.rules):,} rules"),
                (
                    "Lines not payable",
                    impact.lines_denied,
                    f"charged {dollars(impact.charge_denied)}" if impact.charged else None,
                ),
                ("Set aside", set_aside, "not judged" if set_aside else None),
            ]
        ),
        table(
            "What is done with the lines",
            [*heads, "What it means"],
            rows,
            numbers=range(1, len(heads)),
        )
        if rows
        else element("p", "No rule found anything."),
        element("p", _CHARGES if impact.charged else _NO_CHARGES, class_="remark"),
    )


def _disposition_row(impact: Impact, place: int, lines: int, charge: int) -> Sequence[Child]:
    name = DISPOSITIONS[place]
    findings = {key: count for key, count, _ in impact.findings_of}
    return (
        element("span", name, class_=f"disposition {name}"),
        findings[place],
        lines,
        impact.claims_of_disposition(place),
        *_if(impact.charged, dollars(charge)),
        _MEANING[name],
    )


def _if(condition: bool, text: str) -> list[str]:
    return [text] if condition else []


_MEANING = {
    "deny": "the line is not payable",
    "reject": "the line is sent back to be corrected",
    "pend": "somebody looks at the line",
    "reduce": "fewer units of the line are payable",
    "warn": "the line is payable; the sender is told",
    "monitor": "nothing happens to the line; it is counted",
}
_CHARGES = (
    "Charges are what was billed for the lines that findings stand on, not what would have been "
    "paid. In a row of this table a line counts once, however many rules found it; rule by rule it "
    "counts for each. A rule that denies a whole claim is counted with the line that it stands on."
)
_NO_CHARGES = "The claims carry no charges, so nothing here is in dollars."


def _impact(impact: Impact) -> Html:
    codes = impact.codes()
    by_month = _counts(
        "Month",
        "Lines by month of service",
        impact,
        impact.lines_by_month,
        crossed(impact.by_month),
        month_text,
    )
    by_code = _counts(
        "Code",
        "Lines by procedure code",
        impact,
        impact.lines_by_code,
        top_codes(impact),
        lambda code: code_text(codes, code),
    )
    of_codes = f"Lines with findings, by procedure code (at most {MOST_CODES})"
    return element(
        "div",
        chart("by-month", "Lines with findings, by month of service", by_month),
        chart("by-code", of_codes, by_code),
        class_="charts",
    )


def _counts(
    head: str,
    caption: str,
    impact: Impact,
    every: Tally,
    found: Crossed,
    text: Callable[[int], str | None],
) -> Html:
    """How many lines there are, and of how many of them each disposition was found."""
    all_lines = {key: count for key, count, _ in every}
    shown = impact.by_disposition.keys.tolist()
    rows: list[Sequence[Child]] = [
        (
            text(key) or "no date",
            all_lines[key],
            *(found[key].get(each, (0, 0))[0] for each in shown),
        )
        for key in found
    ]
    heads = [head, "All lines", *(DISPOSITIONS[each] for each in shown)]
    return table(caption, heads, rows, numbers=range(1, len(heads)))


def _rules(rules: CheckedRules) -> Html:
    used = {rule.disposition for rule in rules.rules}
    return listing(
        "rule-list",
        noun="rules",
        headings=[
            Heading("name", "Rule"),
            Heading("disposition", "Disposition"),
            Heading("codes", "CARC, RARC"),
            Heading("findings", "Findings", number=True),
            Heading("claims", "Claims", number=True),
            Heading("charge", "Charges", number=True),
        ],
        choices=[
            ("disposition", "Disposition", [each for each in DISPOSITIONS if each in used]),
            ("found", "Findings", ["with findings", "without findings"]),
        ],
        before=chart(
            "by-rule",
            "The rules of the list with the most impact",
            measures=("findings", "claims", "charges"),
        ),
    )


def _remark(rules: CheckedRules, origin: Origin) -> str:
    lines = samples_of_rule(rules)
    which = f"{lines} lines" if lines > 1 else "line"
    return f"Of each rule the {which} with the highest charges are shown. {members_remark(origin)}"
