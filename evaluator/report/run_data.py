"""The data of a run's report: what its scripts list and draw, as plain values."""

from collections.abc import Callable, Sequence

from editwright.evaluator.findings.message import number_text
from editwright.evaluator.lines.columns import SCALE
from editwright.evaluator.report.impact import DISPOSITIONS, Impact, Sample, month_text
from editwright.evaluator.report.rule_facts import Facts, example_facts, keywords, rule_facts
from editwright.evaluator.report.tally import Crossed, crossed
from editwright.grammar.checked import CheckedRules

MOST_CODES = 25
"""How many codes are drawn of all findings."""
MOST_CODES_OF_RULE = 10


def run_data(rules: CheckedRules, impact: Impact, *, show_members: bool) -> Facts:
    """Everything that the page lists and draws."""
    codes = impact.codes()
    found = _found(rules, impact, codes)
    return {
        "rules": [
            {**facts, **found[at], "lines": _lines(impact, at, facts["source"], show_members)}
            for at, facts in enumerate(rule_facts(rules))
        ],
        "examples": example_facts(rules),
        "charged": impact.charged,
        "months": _drawn(crossed(impact.by_month), month_text),
        "codes": _drawn(top_codes(impact), lambda code: code_text(codes, code)),
        "keywords": keywords(),
    }


def top_codes(impact: Impact) -> Crossed:
    """Lines by code and disposition, of the codes with the most of them."""
    by_code = crossed(impact.by_code)
    most = sorted(by_code, key=lambda code: (-sum(n for n, _ in by_code[code].values()), code))
    return {code: by_code[code] for code in most[:MOST_CODES]}


def code_text(codes: Sequence[str], code: int) -> str:
    """A code by its number."""
    return codes[code - 1] if code else "no code"


def _found(rules: CheckedRules, impact: Impact, codes: Sequence[str]) -> list[Facts]:
    """What was found by each rule."""
    totals = {rule: (count, charge) for rule, count, charge in impact.by_rule}
    months, by_code = crossed(impact.by_month_and_rule), crossed(impact.by_code_and_rule)
    found: list[Facts] = [
        {
            "findings": totals.get(at, (0, 0))[0],
            "claims": impact.claims_of_rule(at),
            "charge": totals.get(at, (0, 0))[1] / SCALE,
            "months": [],
            "byCode": [],
        }
        for at in range(len(rules.rules))
    ]
    for month, of_rules in sorted(months.items()):
        for rule, (count, charge) in of_rules.items():
            found[rule]["months"].append([month_text(month), count, charge / SCALE])
    for code, of_rules in by_code.items():
        for rule, (count, charge) in of_rules.items():
            found[rule]["byCode"].append([code_text(codes, code), count, charge / SCALE])
    for each in found:
        each["differentCodes"] = len(each["byCode"])
        each["byCode"].sort(key=lambda one: (-one[1], one[0]))
        del each["byCode"][MOST_CODES_OF_RULE:]
    return found


def _drawn(counts: Crossed, text: Callable[[int], str | None]) -> list[list[object]]:
    """Month or code, disposition, lines and charges."""
    return [
        [text(key), DISPOSITIONS[each], count, charge / SCALE]
        for key, of_dispositions in counts.items()
        for each, (count, charge) in sorted(of_dispositions.items())
    ]


def _lines(impact: Impact, rule: int, source: str, show_members: bool) -> list[Facts]:
    return [_line(each, source, show_members) for each in impact.samples.get(rule, ())]


def _line(sample: Sample, source: str, show_members: bool) -> Facts:
    """A line that was caught; its source where that is not the rule's own."""
    line, finding = sample.line, sample.finding
    shown: Facts = {
        "claim": line.claim_id,
        "number": line.line_number,
        "code": "-".join((line.procedure_code or "no code", *line.modifiers)),
        "date": line.service_from.isoformat() if line.service_from else None,
        "place": line.place_of_service,
        "units": None if line.units is None else number_text(line.units),
        "charge": None if line.charge is None else float(line.charge),
        "message": finding.message,
        "partners": [list(each) for each in finding.partners],
        "source": None if finding.source == source else finding.source,
        "row": finding.table_row,
        "allowed": None if finding.units_allowed is None else number_text(finding.units_allowed),
    }
    if show_members:
        shown["member"] = line.member_id
    return {key: value for key, value in shown.items() if value not in (None, [])}
