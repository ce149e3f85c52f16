"""The steps of an explanation: what a rule asks of a line, clause by clause, and what held."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import assert_never

from attrs import evolve, frozen

from editwright.evaluator.exemptions import exempt, pair_exempt
from editwright.evaluator.explaining.denials import Denials
from editwright.evaluator.limits import Counted, counted_in_order, counts_together, in_period
from editwright.evaluator.line_fields import read_cell, read_field
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.message import number_text
from editwright.evaluator.reference import needed_codes
from editwright.evaluator.relations import (
    alike,
    at_moment,
    matches,
    partners_of,
    related,
    rows_in_force,
)
from editwright.evaluator.summary import fields_of
from editwright.evaluator.truth import Rows, Truth, among, both, either, holds
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.checked import Rule
from editwright.grammar.format import condition, narrowing, selection, sentence

MOST_LINES = 20
"""A step names at most so many lines; a member may have thousands."""
NO_DAYS = 10**9
"""How far apart two lines are of which one has no date."""
MOST_LINKS = 8
"""A chain of denials is followed so far."""


@frozen(slots=True)
class Step:
    """One thing that was asked, and whether it held (`None`: the claim does not say); or a fact
    that stands below what was asked."""

    text: str
    truth: Truth
    depth: int = 0
    prevents: bool = False
    """Whether this keeps the rule from firing."""
    reason: str | None = None
    """The step as a reason not to fire, where its text alone does not say it."""
    fact: bool = False

    @property
    def why(self) -> str:
        """The step as a reason not to fire."""
        return self.reason or self.text

    def as_dict(self) -> dict[str, object]:
        """The step as plain values."""
        return {
            "text": self.text,
            "holds": self.truth,
            "depth": self.depth,
            "prevents": self.prevents,
            "fact": self.fact,
        }


def steps_of(
    rule: Rule, rows: Rows, line: ServiceLine, lines: Sequence[ServiceLine], denials: Denials
) -> Iterator[Step]:
    """Everything that a rule asks, with `row.` standing for these rows. Of the steps that prevent
    it from firing, the first is the reason."""
    for row in rows[:MOST_LINES]:
        cells = ", ".join(f"{name} {row[name]}" for name in row.table.columns if row[name])
        yield Step(f"row {row.number + 1} of {row.table.path.name}: {cells}", True, fact=True)
    in_force = rows_in_force(rule, rows, line.service_from)
    if rule.intervals:
        yield _force_step(rule, rows, line, in_force is not None)
    in_force = in_force or rows
    yield from _narrowing_steps(rule, line, in_force)
    yield from _exemption_steps(rule, line, in_force, lines, denials)
    match rule.core:
        case c.Violates(test):
            step = _test_step(f"the line breaks `{_verb_of(rule)}`", test, line, in_force)
            says = _line_says(test, line)
            kept = f"the line keeps `{_verb_of(rule)}`{says}"
            yield evolve(
                step,
                text=step.text if step.truth is None else step.text + says,
                prevents=step.truth is not True,
                reason=kept if step.truth is False else None,
            )
        case c.Needs(partners, count):
            yield from _needs_steps(rule, partners, count, line, in_force, lines, denials)
        case c.Excludes(partners):
            yield from _excludes_steps(rule, partners, line, in_force, lines, denials)
        case c.Limit():
            yield from _limit_steps(rule, rule.core, line, rows, lines, denials)
        case _:
            assert_never(rule.core)


# ---- the line itself


def _force_step(rule: Rule, rows: Rows, line: ServiceLine, in_force: bool) -> Step:
    if line.service_from is None:
        text = "in force on a day that is not stated"
        return Step(text, False, prevents=True, reason="the line has no date of service")
    text = f"in force on {line.service_from.isoformat()}"
    if in_force:
        return Step(text, True)
    why = _not_in_force(rule, rows, line.service_from)
    return Step(f"{text} ({why})", False, prevents=True, reason=why)


def _not_in_force(rule: Rule, rows: Rows, day: date) -> str:
    """`the row ended 2019-12-31`"""
    said: dict[str, None] = {}
    for interval in rule.intervals:
        of_rows = isinstance(interval.first, c.RowValue) or isinstance(interval.last, c.RowValue)
        for row in rows if of_rows else [None]:
            first, last = (
                (read_cell(end, row) if row is not None else None)
                if isinstance(end, c.RowValue)
                else end
                for end in (interval.first, interval.last)
            )
            word = "the rule" if row is None else "the row"
            if isinstance(first, date) and day < first:
                said[f"{word} begins {first.isoformat()}"] = None
            if isinstance(last, date) and day > last:
                said[f"{word} ended {last.isoformat()}"] = None
    return ", ".join(list(said)[:MOST_LINES]) or "no row is in force"


def _test_step(text: str, test: c.Test, line: ServiceLine, rows: Rows) -> Step:
    truth = holds(test, line, rows)
    return Step(text + _cells_said(test, rows) + _not_stated(truth, test, line), truth)


def _not_stated(truth: Truth, test: c.Test, line: ServiceLine) -> str:
    """Which fields leave a condition unknown."""
    if truth is not None:
        return ""
    fields = dict.fromkeys(each for each in fields_of(test) if each.row_column is None)
    missing = [each.name for each in fields if read_field(each, line) is None]
    return f" (the claim does not state: {', '.join(missing)})" if missing else ""


def _line_says(test: c.Test, line: ServiceLine) -> str:
    """What the line has in the fields that a condition reads."""
    fields = dict.fromkeys(each for each in fields_of(test) if each.row_column is None)
    said = []
    for each in fields:
        value = read_field(each, line)
        if isinstance(value, frozenset):
            listed = ", ".join(sorted(value)) or "none"
            said.append(f"{each.name}: {listed}")
        elif value is not None:
            said.append(f"{each.name}: {_value_text(value)}")
    return f" ({'; '.join(said)})" if said else ""


def _value_text(value: c.Scalar) -> str:
    if isinstance(value, Decimal):
        return number_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _cells_said(test: c.Test, rows: Rows) -> str:
    """What the row says in the columns that a condition reads."""
    columns = dict.fromkeys(each.row_column for each in fields_of(test) if each.row_column)
    said = [
        f"row.{name} is {' or '.join(dict.fromkeys(row[name] or 'blank' for row in rows))}"
        for name in columns
    ]
    return f" ({', '.join(said)})" if said and rows else ""


def _verb_of(rule: Rule) -> str:
    whole = sentence(rule.node.sentence)
    return whole[len(selection(rule.node.sentence.subject.selection)) :].strip()


def _narrowing_steps(rule: Rule, line: ServiceLine, rows: Rows) -> Iterator[Step]:
    excluded, code = rule.subject.excluded, line.procedure_code
    if excluded is not None:
        excepted = code is not None and among(excluded, code, rows)
        text = f"the line is `{selection(rule.node.sentence.subject.selection)}`"
        yield Step(text, not excepted, prevents=excepted, reason=f"{code} is excepted")
    written = rule.node.sentence.subject.selection.narrowings
    test = rule.subject.condition
    tests = test.conditions if isinstance(test, c.Both) and len(written) != 1 else (test,)
    for each, part in zip(written, tests, strict=False):
        step = _test_step(f"the line is one {narrowing(each)}", part, line, rows)
        text = step.text if step.truth is None else step.text + _line_says(part, line)
        word = "not known to be" if step.truth is None else "not"
        reason = text.replace("the line is one", f"the line is {word} one", 1)
        yield evolve(step, text=text, prevents=step.truth is not True, reason=reason)


def _exemption_steps(
    rule: Rule, line: ServiceLine, rows: Rows, lines: Sequence[ServiceLine], denials: Denials
) -> Iterator[Step]:
    """The exemptions that ask about no pair; those of pairs stand below each partner."""
    pairs = isinstance(rule.core, c.Excludes)
    several = 0
    for clause, checked in _exemptions(rule):
        if isinstance(checked, c.Exemption):
            if checked.side is not None and pairs:
                continue
            truth = both([holds(checked.condition, line, rows), holds(checked.when, line, rows)])
            assert isinstance(clause, nodes.Unless)
            text = f"exempt: {_unless_text(clause)}{_cells_said(checked.when, rows)}"
            text += _not_stated(truth, checked.condition, line)
        else:
            assert isinstance(clause, nodes.UnlessPartner)
            found = partners_of(checked.partners, line, rows, lines, denials.keys())
            truth = both([either(each for _, each in found), holds(checked.when, line, rows)])
            text = f"exempt: with {selection(clause.partner.selection, ' or ')}"
            by = [line_text(other) for other, each in found if each][:MOST_LINES]
            text += f" ({'; '.join(by)})" if by else ""
        several += 1
        yield Step(text, truth, prevents=truth is not False)
    if several > 1:
        truth = exempt(rule, line, rows, lines, denials.keys())
        yield Step("exempt by one of these", truth, prevents=truth is not False)


def _exemptions(
    rule: Rule,
) -> Iterator[tuple[nodes.Unless | nodes.UnlessPartner, c.Exemption | c.PartnerExemption]]:
    clauses = [
        clause
        for clause in rule.node.clauses
        if isinstance(clause, nodes.Unless | nodes.UnlessPartner)
    ]
    yield from zip(clauses, rule.exemptions, strict=True)


def _unless_text(clause: nodes.Unless, where: str = "") -> str:
    when = f" when {condition(clause.when)}" if clause.when is not None else ""
    return condition(clause.condition) + where + when


# ---- partners


def _excludes_steps(
    rule: Rule,
    partners: c.Partners,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denials: Denials,
) -> Iterator[Step]:
    found = dict(partners_of(partners, line, rows, lines, denials.keys()))
    counts = {
        other: both([truth, _negated(pair_exempt(rule, line, other, rows))])
        for other, truth in found.items()
    }
    truth = either(counts.values())
    near = _near(partners, line, rows, lines, counts)
    yield from _no_other_line(rule, near, fires_without=False)
    for at, other in enumerate(near[:MOST_LINES]):
        parts = [
            *_relation_parts(partners, line, other, rows, denials),
            *_pair_exemption_parts(rule, line, other, rows),
        ]
        step = Step(f"partner: {line_text(other)}", counts.get(other, False))
        if at == 0 and truth is not True:
            failing = next((each for each in parts if each.prevents), None)
            said = f": {failing.why}" if failing else ""
            step = evolve(step, prevents=True, reason=f"{line_text(other)} does not count{said}")
        yield step
        yield from parts
    yield from _more(near)


def _needs_steps(
    rule: Rule,
    partners: c.Partners,
    count: int | c.RowValue | None,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denials: Denials,
) -> Iterator[Step]:
    found = dict(partners_of(partners, line, rows, lines, denials.keys()))
    near = _near(partners, line, rows, lines, found)
    yield from _no_other_line(rule, near, fires_without=True)
    needed = needed_codes(partners, count, rows)
    different = {other.procedure_code or other for other in found}
    enough = needed is not None and len(different) >= needed
    for at, other in enumerate(near[:MOST_LINES]):
        step = Step(f"partner: {line_text(other)}", found.get(other, False))
        if at == 0 and enough and needed == 1:
            word = "may be the partner" if step.truth is None else "is the partner"
            step = evolve(step, prevents=True, reason=f"{line_text(other)} {word}")
        yield step
        yield from _relation_parts(partners, line, other, rows, denials)
    yield from _more(near)
    if needed is None:
        yield Step("the row says how many codes are needed", False, prevents=True)
    elif needed != 1:
        text = f"{len(different)} of the {needed} different codes that are needed were found"
        yield Step(text, enough, prevents=enough)


def _near(
    partners: c.Partners,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    truths: Mapping[ServiceLine, Truth],
) -> list[ServiceLine]:
    """The other lines that have a partner's code: partners first, then the nearest in time."""
    others = [
        other
        for other in lines
        if other is not line and matches(of_codes(partners.lines), other, rows)
    ]
    rank = {True: 0, None: 1, False: 2}
    return sorted(
        others,
        key=lambda other: (rank[truths.get(other, False)], other not in truths,
                           days_apart(line, other)),
    )  # fmt: skip


def _no_other_line(
    rule: Rule, near: Sequence[ServiceLine], *, fires_without: bool
) -> Iterator[Step]:
    if not near:
        verb = rule.node.sentence.verb
        assert isinstance(verb, nodes.RequiresPartner | nodes.NotAllowedWith)
        wanted = selection(verb.partner.selection, " or ")
        yield Step(f"no other line of the member is {wanted}", True, prevents=not fires_without)


def _more(near: Sequence[ServiceLine]) -> Iterator[Step]:
    if len(near) > MOST_LINES:
        more = len(near) - MOST_LINES
        yield Step(f"and {more} more lines with a partner's code", False, fact=True)


def _relation_parts(
    partners: c.Partners, line: ServiceLine, other: ServiceLine, rows: Rows, denials: Denials
) -> Iterator[Step]:
    if partners.lines.condition != c.ALWAYS:
        test = partners.lines.condition
        step = _test_step("it is narrowed as the rule says", test, other, rows)
        yield _part(step.text, step.truth, "it is not narrowed as the rule says")
    for group in partners.relation.moments:
        texts = " or ".join(_moment_text(each) for each in group)
        truth = either([at_moment(each, line, other, rows) for each in group])
        yield _part(texts, truth, f"not {texts}")
    for likeness in partners.relation.likenesses:
        word, opposite = ("different", "same") if likeness.different else ("same", "another")
        name = likeness.field.name
        truth = alike(likeness, line, other)
        unknown = f"{name} is not stated on both lines"
        yield _part(f"{word} {name}", truth, unknown if truth is None else f"{opposite} {name}")
    if partners.payable:
        denied = denials.get(other)
        if denied is None:
            yield _part("payable", True, "")
        else:
            yield _part("payable", False, "it is not payable")
            yield from _chain(other, denials, (line, other))


def _part(text: str, truth: Truth, reason: str) -> Step:
    return Step(text, truth, 1, prevents=truth is not True, reason=reason)


def _chain(line: ServiceLine, denials: Denials, seen: tuple[ServiceLine, ...]) -> Iterator[Step]:
    """Why a line is not payable, and where that is for another line that is not, why that."""
    depth = len(seen)
    for denial in denials[line]:
        yield Step(denial.text(line), True, depth, fact=True)
        rule = denial.rule
        if rule is None or depth > MOST_LINKS or not isinstance(rule.core, c.Needs):
            continue
        partners = rule.core.partners
        if not partners.payable or partners.lines.codes is None:
            continue
        for other in denials:
            if other in seen or matches(partners.lines, other, denial.rows) is not True:
                continue
            if related(partners.relation, line, other, denial.rows) is True:
                yield Step(f"not payable: {line_text(other)}", True, depth, fact=True)
                yield from _chain(other, denials, (*seen, other))


def _pair_exemption_parts(
    rule: Rule, line: ServiceLine, other: ServiceLine, rows: Rows
) -> Iterator[Step]:
    """The exemptions of a pair, with what both lines have."""
    for clause, checked in _exemptions(rule):
        if not isinstance(checked, c.Exemption) or checked.side is None:
            continue
        assert isinstance(clause, nodes.Unless)
        sides = [("the other line", holds(checked.condition, other, rows))]
        if checked.side == "either":
            sides.insert(0, ("this line", holds(checked.condition, line, rows)))
        truth = both([either(each for _, each in sides), holds(checked.when, line, rows)])
        where = " on either line" if checked.side == "either" else " on the other line"
        text = f"exempt: {_unless_text(clause, where)}{_cells_said(checked.when, rows)}"
        holding = [name for name, each in sides if each]
        text += f" (by {' and '.join(holding)})" if holding else ""
        yield Step(text, truth, 1, prevents=truth is not False, reason=text)


def _negated(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _moment_text(moment: c.Moment) -> str:
    if moment.kind == "ever":
        return "ever"
    if moment.kind != "window":
        return f"same {moment.kind}"
    count = moment.count if isinstance(moment.count, int) else f"row.{moment.count.column}"
    words = ["on or" if moment.on else "", "within", str(count), moment.unit, moment.direction]
    placed = "this line" if moment.anchor == "partner" else ""
    return " ".join(word for word in [placed, *words] if word)


# ---- limits


def _limit_steps(
    rule: Rule,
    core: c.Limit,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denials: Denials,
) -> Iterator[Step]:
    counting = list(counted_in_order(rule, core, rows, lines, denials.keys()))
    found = next((each for each in counting if each.line is line), None)
    if found is None:
        yield Step("the line counts", False, prevents=True)
        return
    total = f"{number_text(found.total)} {core.counted[: -1 if found.total == 1 else None]}"
    if found.limit is None:
        text = f"there is no number to hold the total of {total} to"
        yield Step(text, True, prevents=True)
    else:
        text = f"the total of {total} goes over the limit of {number_text(found.limit)}"
        kept = f"the total of {total} stays within the limit of {number_text(found.limit)}"
        yield Step(text, found.over, prevents=not found.over, reason=kept)
    yield Step(f"counted: {line_text(line)}{_amount(core, line)}", True, 1, fact=True)
    for other in found.others[:MOST_LINES]:
        yield Step(f"counted with it: {line_text(other)}{_amount(core, other)}", True, 1, fact=True)
    if len(found.others) > MOST_LINES:
        yield Step(f"and {len(found.others) - MOST_LINES} more lines", True, 1, fact=True)
    yield from _not_counted(rule, core, line, rows, lines, counting, found)


def _amount(core: c.Limit, line: ServiceLine) -> str:
    if core.counted != "units":
        return ""
    units = "no" if line.units is None else number_text(line.units)
    return f", {units} {'unit' if line.units == 1 else 'units'}"


def _not_counted(
    rule: Rule,
    core: c.Limit,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    counting: Sequence[Counted],
    found: Counted,
) -> Iterator[Step]:
    """Other lines with a code of the rule that do not count with this one, and why."""
    by_line = {each.line: each for each in counting}
    others = [
        other
        for other in lines
        if other is not line
        and other not in found.others
        and matches(of_codes(rule.subject), other, rows)
    ]
    others.sort(key=lambda other: days_apart(line, other))
    for other in others[:MOST_LINES]:
        why = _why_not_counted(core, line, other, rows, by_line.get(other))
        yield Step(f"not counted: {line_text(other)} ({why})", True, 1, fact=True)
    if len(others) > MOST_LINES:
        more = len(others) - MOST_LINES
        yield Step(f"and {more} more lines that are not counted", True, 1, fact=True)


def _why_not_counted(
    core: c.Limit, line: ServiceLine, other: ServiceLine, rows: Rows, total: Counted | None
) -> str:
    if total is None:
        return "the rule leaves it out"
    if in_period(core, line, other, rows) is not True:
        return "every line stands alone" if core.period == "line" else "not in the same period"
    for likeness in core.likenesses:
        if alike(likeness, line, other) is not True:
            return f"not {'different' if likeness.different else 'the same'} {likeness.field.name}"
    if not counts_together(core, line, other, rows):
        return "another code"
    return "it is over the limit itself" if total.over else "it comes after this line"


# ---- lines


def of_codes(wanted: c.Lines) -> c.Lines:
    """The same lines without what narrows them: those with the codes."""
    return evolve(wanted, condition=c.ALWAYS)


def days_apart(line: ServiceLine, other: ServiceLine) -> int:
    """How many days lie between two lines; very many where a date is missing."""
    if line.service_from is None or other.service_from is None:
        return NO_DAYS
    return abs((line.service_from - other.service_from).days)


def line_text(line: ServiceLine) -> str:
    """A line as explanations call it."""
    code = "-".join([line.procedure_code or "no code", *line.modifiers])
    day = line.service_from.isoformat() if line.service_from else "no date"
    past = "history, " if line.history else ""
    return f"{past}claim {line.claim_id} line {line.line_number}: {code} on {day}"
