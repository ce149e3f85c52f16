"""What a rule asks of the line itself: its dates, what narrows it, and what exempts it."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from attrs import evolve

from editwright.evaluator.explaining.other_lines import line_text
from editwright.evaluator.explaining.step import MOST_LINES, Question, Step
from editwright.evaluator.findings.message import number_text
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.exemptions import exempt
from editwright.evaluator.meaning.fields_read import fields_of
from editwright.evaluator.meaning.line_fields import read_cell, read_field
from editwright.evaluator.meaning.truth import Rows, Truth, among, both, either, holds
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.checked import Rule
from editwright.grammar.format import condition, narrowing, selection, sentence


def force_step(rule: Rule, rows: Rows, line: ServiceLine, in_force: bool) -> Step:
    """Whether the rule is in force on the line's date."""
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


def test_step(text: str, test: c.Test, line: ServiceLine, rows: Rows) -> Step:
    """Whether a condition holds for a line, and which fields leave that open."""
    truth = holds(test, line, rows)
    return Step(text + cells_said(test, rows) + _not_stated(truth, test, line), truth)


def _not_stated(truth: Truth, test: c.Test, line: ServiceLine) -> str:
    """Which fields leave a condition unknown."""
    if truth is not None:
        return ""
    fields = dict.fromkeys(each for each in fields_of(test) if each.row_column is None)
    missing = [each.name for each in fields if read_field(each, line) is None]
    return f" (the claim does not state: {', '.join(missing)})" if missing else ""


def line_says(test: c.Test, line: ServiceLine) -> str:
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


def cells_said(test: c.Test, rows: Rows) -> str:
    """What the row says in the columns that a condition reads."""
    columns = dict.fromkeys(each.row_column for each in fields_of(test) if each.row_column)
    said = [
        f"row.{name} is {' or '.join(dict.fromkeys(row[name] or 'blank' for row in rows))}"
        for name in columns
    ]
    return f" ({', '.join(said)})" if said and rows else ""


def verb_of(rule: Rule) -> str:
    """What the rule says of its subject, in its own words."""
    whole = sentence(rule.node.sentence)
    return whole[len(selection(rule.node.sentence.subject.selection)) :].strip()


def narrowing_steps(rule: Rule, line: ServiceLine, rows: Rows) -> Iterator[Step]:
    """Whether the line is excepted, and whether it is as the subject's conditions say."""
    excluded, code = rule.subject.excluded, line.procedure_code
    if excluded is not None:
        excepted = code is not None and among(excluded, code, rows)
        text = f"the line is `{selection(rule.node.sentence.subject.selection)}`"
        yield Step(text, not excepted, prevents=excepted, reason=f"{code} is excepted")
    written = rule.node.sentence.subject.selection.narrowings
    test = rule.subject.condition
    tests = test.conditions if isinstance(test, c.Both) and len(written) != 1 else (test,)
    for each, part in zip(written, tests, strict=False):
        step = test_step(f"the line is one {narrowing(each)}", part, line, rows)
        text = step.text if step.truth is None else step.text + line_says(part, line)
        word = "not known to be" if step.truth is None else "not"
        reason = text.replace("the line is one", f"the line is {word} one", 1)
        yield evolve(step, text=text, prevents=step.truth is not True, reason=reason)


def exemption_steps(asked: Question) -> Iterator[Step]:
    """The exemptions that ask about no pair; those of pairs stand below each partner."""
    rule, line, rows = asked.rule, asked.line, asked.rows
    pairs = isinstance(rule.core, c.Excludes)
    several = 0
    for clause, checked in exemptions(rule):
        if isinstance(checked, c.Exemption):
            if checked.side is not None and pairs:
                continue
            truth = both([holds(checked.condition, line, rows), holds(checked.when, line, rows)])
            assert isinstance(clause, nodes.Unless)
            text = f"exempt: {unless_text(clause)}{cells_said(checked.when, rows)}"
            text += _not_stated(truth, checked.condition, line)
        else:
            assert isinstance(clause, nodes.UnlessPartner)
            found = asked.partners(checked.partners)
            truth = both([either(each for _, each in found), holds(checked.when, line, rows)])
            text = f"exempt: with {selection(clause.partner.selection, ' or ')}"
            by = [line_text(other) for other, each in found if each][:MOST_LINES]
            text += f" ({'; '.join(by)})" if by else ""
        several += 1
        yield Step(text, truth, prevents=truth is not False)
    if several > 1:
        truth = exempt(rule, line, rows, asked.lines, asked.denials.keys())
        yield Step("exempt by one of these", truth, prevents=truth is not False)


def exemptions(
    rule: Rule,
) -> Iterator[tuple[nodes.Unless | nodes.UnlessPartner, c.Exemption | c.PartnerExemption]]:
    """The exemptions as they are written, each with what it was checked to."""
    clauses = [
        clause
        for clause in rule.node.clauses
        if isinstance(clause, nodes.Unless | nodes.UnlessPartner)
    ]
    yield from zip(clauses, rule.exemptions, strict=True)


def unless_text(clause: nodes.Unless, where: str = "") -> str:
    """An exemption in its own words; `where` says on which of two lines."""
    when = f" when {condition(clause.when)}" if clause.when is not None else ""
    return condition(clause.condition) + where + when
