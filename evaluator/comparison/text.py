"""A comparison to text that is read in a terminal or a mail: plain ASCII, tables and sentences."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from editwright.evaluator.comparison.figures import (
    CHANGES,
    Breakdown,
    Change,
    ChangedLine,
    Comparison,
    Group,
    Measure,
    Monitored,
    Outcome,
    Reason,
    RuleChange,
    Side,
)
from editwright.evaluator.findings.text import ascii_text, wrapped

WORDS: Mapping[Change, str] = {
    "newly_denied": "newly denied",
    "no_longer_denied": "no longer denied",
    "disposition": "another disposition",
    "units": "other units allowed",
    "reason": "another reason",
}
"""How a change is called."""
TITLES: Mapping[str, str] = {
    "procedure_code": "code",
    "rendering_provider": "rendering provider",
    "billing_provider": "billing provider",
    "specialty": "specialty",
    "place_of_service": "place of service",
    "month": "month of service",
}
"""How a breakdown is called."""
NOT_STATED = "(not stated)"

Row = Sequence[str]


def comparison_text(comparison: Comparison) -> Iterator[str]:
    """The lines of text, without line ends."""
    yield from _heading(comparison)
    if not comparison.changed.lines:
        yield ""
        yield "no line has another outcome"
    else:
        yield from _section(
            "changed lines",
            ("", *_MEASURE),
            [
                *((WORDS[change], *_measure(comparison.by_change[change]))
                  for change in CHANGES if change in comparison.by_change),
                ("in all", *_measure(comparison.changed)),
            ],
        )  # fmt: skip
        yield from _section(
            "what becomes of lines",
            ("old", "new", *_MEASURE),
            [(each.old, each.new, *_measure(each.measure)) for each in comparison.transitions],
            texts=2,
        )
    yield from _rules(comparison.rules)
    for breakdown in comparison.breakdowns:
        yield from _breakdown(breakdown)
    yield from _monitored(comparison.monitored)
    for change, lines in comparison.largest.items():
        yield ""
        yield f"{WORDS[change]}: the largest" if len(lines) > 1 else WORDS[change]
        for line in lines:
            yield from _line(line)


def _heading(comparison: Comparison) -> Iterator[str]:
    past = comparison.history_lines
    lines = ", ".join(
        (
            _counted(comparison.lines, "line"),
            _counted(comparison.claims, "claim"),
            _counted(comparison.members, "member"),
            *([f"{_counted(past, 'line')} of history"] if past else []),
        )
    )
    yield lines
    for word, side in (("old", comparison.old), ("new", comparison.new)):
        yield f"{word}: {_side(side)}"
    if comparison.lines_without_charge:
        missing = comparison.lines_without_charge
        yield f"note: {_counted(missing, 'line')} without a charge; charges leave them out"


def _side(side: Side) -> str:
    files = ", ".join(ascii_text(each) for each in side.files)
    rules, denied = _counted(side.rules, "rule"), side.denied
    return (
        f"{files}, {rules}: {_counted(denied.lines, 'line')} of "
        f"{_counted(denied.claims, 'claim')} denied, {_money(denied.charge)}"
    )


_MEASURE = ("lines", "claims", "members", "charge", "change in denied")


def _measure(measure: Measure) -> Row:
    return (
        f"{measure.lines:,}",
        f"{measure.claims:,}",
        f"{measure.members:,}",
        _money(measure.charge),
        _signed(measure.denied_charge),
    )


_BY_CHANGE = ("newly denied", "no longer", "other", "charge", "change in denied")


def _by_change(group: Group | RuleChange) -> Row:
    newly, no_longer = (
        group.by_change.get(each, Measure()).lines for each in ("newly_denied", "no_longer_denied")
    )
    changed = group.changed
    return (
        f"{newly:,}",
        f"{no_longer:,}",
        f"{changed.lines - newly - no_longer:,}",
        _money(changed.charge),
        _signed(changed.denied_charge),
    )


def _rules(rules: Sequence[RuleChange]) -> Iterator[str]:
    shown = [each for each in rules if each.changed.lines or each.text != "same"]
    rows = [
        (
            _name(each.ruleset, each.rule),
            each.text,
            f"{each.old.findings:,}" if each.old else "",
            f"{each.new.findings:,}" if each.new else "",
            *_by_change(each),
        )
        for each in shown
    ]
    yield from _section("by rule", ("rule", "", "findings old", "new", *_BY_CHANGE), rows, texts=2)


def _breakdown(breakdown: Breakdown) -> Iterator[str]:
    groups = breakdown.groups
    if all(each.value is None for each in groups):
        return
    title = TITLES[breakdown.name]
    rows = [
        (NOT_STATED if each.value is None else ascii_text(each.value), *_by_change(each))
        for each in groups
    ]
    if breakdown.left_out:
        rows.append((f"and {breakdown.left_out:,} more", *[""] * len(_BY_CHANGE)))
    yield from _section(f"by {title}", (title, *_BY_CHANGE), rows)


def _monitored(rules: Sequence[Monitored]) -> Iterator[str]:
    rows = [
        (
            _name(each.ruleset, each.rule),
            "" if each.in_new else "in the old rules only",
            f"{each.fires.lines:,}",
            *_measure(each.alone)[:4],
        )
        for each in rules
    ]
    yield from _section(
        "monitored rules, if they denied: lines that nothing else denies",
        ("rule", "", "fires on", *_MEASURE[:4]),
        rows,
        texts=2,
    )


def _section(title: str, heading: Row, rows: Sequence[Row], texts: int = 1) -> Iterator[str]:
    """A titled table, its first columns to the left and the others to the right."""
    if not rows:
        return
    yield ""
    yield title
    cells = [heading, *rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for row in cells:
        placed = [
            cell.ljust(width) if at < texts else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ]
        yield "  " + "  ".join(placed).rstrip()


def _line(line: ChangedLine) -> Iterator[str]:
    code = "-".join([line.procedure_code or "no code", *line.modifiers])
    said = [
        f"claim {line.claim_id} line {line.line_number}: {code}",
        f"on {line.service_from}" if line.service_from else "",
        f"x {_number(line.units)}" if line.units is not None else "",
        f"for {_money(line.charge)}" if line.charge is not None else "",
        f"of member {line.member_id}" if line.member_id is not None else "",
    ]
    yield "  " + ascii_text(" ".join(filter(None, said)))
    for word, outcome in (("old", line.old), ("new", line.new)):
        yield f"    {word}: {_outcome(outcome)}"
        for reason in outcome.reasons:
            yield from wrapped(_reason(reason, line.line_number))


def _outcome(outcome: Outcome) -> str:
    if outcome.disposition == "none":
        return "no finding decides"
    if outcome.units_allowed is None:
        return outcome.disposition
    return f"{outcome.disposition} to {_number(outcome.units_allowed)}"


def _reason(reason: Reason, line_number: int) -> str:
    adjustment = f" ({reason.adjustment})" if reason.adjustment else ""
    on_line = "" if reason.on_line == line_number else f", for line {reason.on_line}"
    return f"{_name(reason.ruleset, reason.rule)}{adjustment}{on_line}: {reason.message}"


def _name(ruleset: str | None, rule: str) -> str:
    return f"{ruleset}/{rule}" if ruleset else rule


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _money(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _signed(amount: Decimal) -> str:
    return f"{amount:+,.2f}" if amount else "0.00"


def _number(number: Decimal) -> str:
    return f"{number.normalize():f}"
