"""What a rule asks of other lines, and which of them are its partners."""

from collections.abc import Iterator, Mapping, Sequence

from attrs import evolve

from editwright.evaluator.explaining.denials import Denials
from editwright.evaluator.explaining.line_steps import (
    cells_said,
    exemptions,
    test_step,
    unless_text,
)
from editwright.evaluator.explaining.other_lines import days_apart, line_text, of_codes
from editwright.evaluator.explaining.step import MOST_LINES, Question, Step
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.exemptions import pair_exempt
from editwright.evaluator.meaning.reference import needed_codes
from editwright.evaluator.meaning.relations import alike, at_moment, matches, related
from editwright.evaluator.meaning.truth import Truth, both, either, holds
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.checked import Rule
from editwright.grammar.format import selection

MOST_LINKS = 8
"""A chain of denials is followed so far."""


def excludes_steps(asked: Question, partners: c.Partners) -> Iterator[Step]:
    """Which lines are partners that are not allowed."""
    found = dict(asked.partners(partners))
    counts = {
        other: both([truth, _negated(pair_exempt(asked.rule, asked.line, other, asked.rows))])
        for other, truth in found.items()
    }
    truth = either(counts.values())
    near = _near(asked, partners, counts)
    yield from _no_other_line(asked.rule, near, fires_without=False)
    for at, other in enumerate(near[:MOST_LINES]):
        parts = [
            *_relation_parts(asked, partners, other),
            *_pair_exemption_parts(asked, other),
        ]
        step = Step(f"partner: {line_text(other)}", counts.get(other, False))
        if at == 0 and truth is not True:
            failing = next((each for each in parts if each.prevents), None)
            said = f": {failing.why}" if failing else ""
            step = evolve(step, prevents=True, reason=f"{line_text(other)} does not count{said}")
        yield step
        yield from parts
    yield from _more(near)


def needs_steps(
    asked: Question, partners: c.Partners, count: int | c.RowValue | None
) -> Iterator[Step]:
    """Which lines are the partners that are required, and whether they are enough."""
    found = dict(asked.partners(partners))
    near = _near(asked, partners, found)
    yield from _no_other_line(asked.rule, near, fires_without=True)
    needed = needed_codes(partners, count, asked.rows)
    different = {other.procedure_code or other for other in found}
    enough = needed is not None and len(different) >= needed
    for at, other in enumerate(near[:MOST_LINES]):
        step = Step(f"partner: {line_text(other)}", found.get(other, False))
        if at == 0 and enough and needed == 1:
            word = "may be the partner" if step.truth is None else "is the partner"
            step = evolve(step, prevents=True, reason=f"{line_text(other)} {word}")
        yield step
        yield from _relation_parts(asked, partners, other)
    yield from _more(near)
    if needed is None:
        yield Step("the row says how many codes are needed", False, prevents=True)
    elif needed != 1:
        text = f"{len(different)} of the {needed} different codes that are needed were found"
        yield Step(text, enough, prevents=enough)


def _near(
    asked: Question, partners: c.Partners, truths: Mapping[ServiceLine, Truth]
) -> list[ServiceLine]:
    """The other lines that have a partner's code: partners first, then the nearest in time."""
    others = [
        other
        for other in asked.lines
        if other is not asked.line and matches(of_codes(partners.lines), other, asked.rows)
    ]
    rank = {True: 0, None: 1, False: 2}
    return sorted(
        others,
        key=lambda other: (rank[truths.get(other, False)], other not in truths,
                           days_apart(asked.line, other)),
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


def _relation_parts(asked: Question, partners: c.Partners, other: ServiceLine) -> Iterator[Step]:
    if partners.lines.condition != c.ALWAYS:
        test = partners.lines.condition
        step = test_step("it is narrowed as the rule says", test, other, asked.rows)
        yield _part(step.text, step.truth, "it is not narrowed as the rule says")
    for group in partners.relation.moments:
        texts = " or ".join(_moment_text(each) for each in group)
        truth = either([at_moment(each, asked.line, other, asked.rows) for each in group])
        yield _part(texts, truth, f"not {texts}")
    for likeness in partners.relation.likenesses:
        word, opposite = ("different", "same") if likeness.different else ("same", "another")
        name = likeness.field.name
        truth = alike(likeness, asked.line, other)
        unknown = f"{name} is not stated on both lines"
        yield _part(f"{word} {name}", truth, unknown if truth is None else f"{opposite} {name}")
    if partners.payable:
        denied = asked.denials.get(other)
        if denied is None:
            yield _part("payable", True, "")
        else:
            yield _part("payable", False, "it is not payable")
            yield from _chain(other, asked.denials, (asked.line, other))


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


def _pair_exemption_parts(asked: Question, other: ServiceLine) -> Iterator[Step]:
    """The exemptions of a pair, with what both lines have."""
    rule, line, rows = asked.rule, asked.line, asked.rows
    for clause, checked in exemptions(rule):
        if not isinstance(checked, c.Exemption) or checked.side is None:
            continue
        assert isinstance(clause, nodes.Unless)
        sides = [("the other line", holds(checked.condition, other, rows))]
        if checked.side == "either":
            sides.insert(0, ("this line", holds(checked.condition, line, rows)))
        truth = both([either(each for _, each in sides), holds(checked.when, line, rows)])
        where = " on either line" if checked.side == "either" else " on the other line"
        text = f"exempt: {unless_text(clause, where)}{cells_said(checked.when, rows)}"
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
