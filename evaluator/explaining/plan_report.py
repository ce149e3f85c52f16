"""A plan to a report: how its rules find their lines, what they read and what they cost."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from attrs import asdict, frozen

from editwright.evaluator.judging.column_batch import ALWAYS_READ, columns_of
from editwright.evaluator.meaning.fields_read import fields_of_rule
from editwright.evaluator.plan.plan import Plan, Step
from editwright.grammar.checked import FieldRef, Rule

KEYS = ("claim_id", "line_number", "member_id")
"""The columns that say which line a line is."""
MOST_RULES, MOST_ARRAYS = 20, 8
"""So many of a kind a text names one by one."""
WIDTH = 96

_WORDS = {
    "violates": "a line alone",
    "needs": "requires",
    "excludes": "not allowed with",
    "limit": "at most",
    "pair": "by pair of codes",
    "code": "by code",
    "scan": "every line",
    "date": "one date",
    "member": "all dates",
}
_COLUMNS_OF_LISTS = {"pointed_diagnoses": ("diagnoses", "diagnosis_pointers")}


@frozen(slots=True)
class NamedRule:
    """A rule and where it stands, with what there is to say of it."""

    rule: str
    file: str
    line: int
    note: str

    @classmethod
    def of(cls, rule: Rule, note: str) -> "NamedRule":
        """A rule with a note."""
        line, _ = rule.source.line_and_column(rule.span.start)
        return cls(rule.name, rule.source.name, line, note)


@frozen(slots=True)
class PlanReport:
    """What there is to know of a plan before it meets claims."""

    rules: int
    instances: int
    steps: tuple[Step, ...]
    every_line: tuple[NamedRule, ...]
    """Rules that are tried on every line, for no code leads to them."""
    by_reference: tuple[NamedRule, ...]
    """Rules that no kernel judges, and why."""
    always_read: tuple[str, ...]
    """Columns of claims that are read whatever the rules."""
    read: tuple[str, ...]
    """Columns of claims that are read for these rules."""
    bytes: dict[str, int]
    """By array, the largest first."""

    def as_dict(self) -> dict[str, object]:
        """The same in plain values."""
        return asdict(self)


def plan_report(plan: Plan) -> PlanReport:
    """What there is to know of a plan."""
    slow = [rule for rule, _ in plan.by_reference]
    return PlanReport(
        rules=len(plan.rules) + len(slow),
        instances=sum(each.instances for each in plan.steps),
        steps=tuple(sorted(plan.steps, key=lambda each: (each.level, -each.instances))),
        every_line=tuple(_scanning(plan)),
        by_reference=tuple(NamedRule.of(rule, reason) for rule, reason in plan.by_reference),
        always_read=(*KEYS, *sorted(ALWAYS_READ)),
        read=_read(plan, slow),
        bytes=_bytes(plan),
    )


def _scanning(plan: Plan) -> Iterator[NamedRule]:
    counts: dict[int, int] = {}
    for number in plan.arrays["inst_rule"][plan.arrays["scanned"]].tolist():
        counts[number] = counts.get(number, 0) + 1
    for number, count in counts.items():
        yield NamedRule.of(plan.rules[number], "" if count == 1 else f"{count:,} times")


def _read(plan: Plan, slow: Iterable[Rule]) -> tuple[str, ...]:
    fields: list[FieldRef] = [*plan.layout.numbers, *plan.layout.codes, *plan.layout.lists]
    fields += [each for rule in slow for each in fields_of_rule(rule) if each.row_column is None]
    found = {column for each in fields for column in columns_of(each)} - ALWAYS_READ
    shown = {name for column in found for name in _COLUMNS_OF_LISTS.get(column, (column,))}
    return tuple(sorted(each.removeprefix("declared ") for each in shown))


def _bytes(plan: Plan) -> dict[str, int]:
    sizes = {name: each.nbytes for name, each in {**plan.arrays, **plan.lexicon.arrays}.items()}
    sizes["rows"] = sum(each.nbytes for each in plan.rows.values())
    sizes["led_by_set"] = sum(each.nbytes for each in plan.lexicon.led_by_set.values())
    return dict(sorted(sizes.items(), key=lambda each: (-each[1], each[0])))


# ---- to a text


def plan_text(report: PlanReport) -> str:
    """A report for people."""
    total = sum(report.bytes.values())
    out = [
        f"rules: {report.rules:,}, as {report.instances:,} instances; arrays: {_size(total)}",
        "",
        "How rules find their lines, in the order of judging:",
        *_table(
            ("level", "what", "found", "looks at", "rules", "instances"),
            [
                (
                    f"{each.level + 1}", _WORDS[each.core], _WORDS[each.access],
                    "the line" if each.core == "violates" else _WORDS[each.scope],
                    f"{each.rules:,}", f"{each.instances:,}",
                )
                for each in report.steps
            ],
        ),
    ]  # fmt: skip
    if report.every_line:
        out += ["", "Tried on every line, which costs most; name codes where you can:"]
        out += _rules(report.every_line)
    if report.by_reference:
        out += ["", "Judged slowly, with everything else of a member whom they may touch:"]
        out += _rules(report.by_reference)
    out += ["", "Columns of claims that are read, always:", *_wrapped(report.always_read)]
    out += ["", "Columns of claims that are read for these rules:"]
    out += _wrapped(report.read or ("no others",))
    largest = list(report.bytes.items())[:MOST_ARRAYS]
    out += ["", "The largest arrays:", *_table((), [(name, _size(size)) for name, size in largest])]
    return "\n".join(out)


def _rules(named: Sequence[NamedRule]) -> list[str]:
    shown = [(each.rule, f"{each.file}:{each.line}", each.note) for each in named[:MOST_RULES]]
    more = len(named) - len(shown)
    return [*_table((), shown), *([f"  and {more:,} more"] if more else [])]


def _wrapped(names: Sequence[str]) -> list[str]:
    return wrap(", ".join(names), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _size(count: int) -> str:
    if count < 1_000:
        return f"{count} bytes"
    return f"{count / 1_000:,.1f} kB" if count < 1_000_000 else f"{count / 1_000_000:,.1f} MB"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows with their columns under each other; numbers to the right."""
    whole = [head, *rows] if head else list(rows)
    widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
    right = [all(row[at][:1].isdigit() for row in rows) for at in range(len(widths))]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in whole
    ]
