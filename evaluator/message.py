"""A verdict to the sentence that a person reads."""

import re
from collections.abc import Sequence
from decimal import Decimal

from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.verdicts import Verdict
from editwright.grammar import nodes
from editwright.grammar.checked import Excludes, Limit, Needs, RowValue, Rule, Violates
from editwright.grammar.format import narrowing, verb

_SLOT = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")
_ROW_COLUMN = re.compile(r"\brow\.([a-z0-9_]+)")
NOT_STATED = "(not stated)"


def message_of(rule: Rule, verdict: Verdict) -> str:
    """The rule's own message with its slots filled in, or a plain sentence from the rule."""
    template = rule.because
    if isinstance(template, RowValue):
        template = verdict.rows[0][template.column]
    if template is None:
        return _plain_sentence(rule, verdict)

    def fill(match: re.Match[str]) -> str:
        return match[0][0] if match[1] is None else _slot(match[1], rule, verdict, match[0])

    return _SLOT.sub(fill, template)


def citation_of(rule: Rule, verdict: Verdict) -> str | None:
    """The rule's source, or its ruleset's."""
    cites = rule.cites
    if isinstance(cites, RowValue):
        cites = verdict.rows[0][cites.column]
    return cites or (rule.ruleset.source if rule.ruleset else None)


def number_text(number: Decimal | None) -> str:
    """A number without needless zeros."""
    return NOT_STATED if number is None else format(number.normalize() + 0, "f")


def _slot(slot: str, rule: Rule, verdict: Verdict, written: str) -> str:
    line, partners = verdict.line, verdict.partners
    match slot:
        case "code":
            return line.procedure_code or "(no code)"
        case "date":
            return _date(line)
        case "units":
            return number_text(line.units)
        case "modifiers":
            return ", ".join(line.modifiers) or "none"
        case "partner":
            codes = dict.fromkeys(each.procedure_code or NOT_STATED for each in partners)
            return ", ".join(codes) or "none"
        case "partner_date":
            return ", ".join(dict.fromkeys(_date(each) for each in partners)) or "none"
        case "limit":
            return number_text(verdict.limit)
        case "total":
            return number_text(verdict.total)
        case "rule":
            return rule.name
        case _:
            return written


def _code_and_date(line: ServiceLine, narrowings: Sequence[nodes.Narrowing] = ()) -> str:
    code = line.procedure_code or "a line without a code"
    said = [narrowing(each) for each in narrowings if each.kind != "when"]
    words = [code, *(text for text in said if "row." not in text)]
    words += [f"on {line.service_from.isoformat()}"] if line.service_from else []
    return " ".join(words)


def _date(line: ServiceLine) -> str:
    return line.service_from.isoformat() if line.service_from else NOT_STATED


def _plain_sentence(rule: Rule, verdict: Verdict) -> str:
    line = verdict.line
    written = rule.node.sentence

    def of_row(text: str) -> str:
        return _ROW_COLUMN.sub(lambda match: _cells(match[1], verdict), text)

    said = of_row(verb(written.verb))
    head = _code_and_date(line, written.subject.selection.narrowings)
    match rule.core:
        case Needs():
            found = ", ".join(dict.fromkeys(each.procedure_code or "" for each in verdict.partners))
            return f"{head} {said}; " + (f"only {found} was found." if found else "none was found.")
        case Excludes():
            others = "; ".join(dict.fromkeys(_code_and_date(each) for each in verdict.partners))
            return f"{head} is {said}; found: {others}."
        case Limit():
            limit = rule.node.sentence.verb
            assert isinstance(limit, nodes.AtMost)
            what = limit.counted[:-1] if verdict.total == 1 else limit.counted
            return f"{head} is allowed {said}; the total is {number_text(verdict.total)} {what}."
        case Violates():
            requires = isinstance(rule.node.sentence.verb, nodes.RequiresField)
            return f"{head} {'' if requires else 'is '}{said}."


def _cells(column: str, verdict: Verdict) -> str:
    cells = dict.fromkeys(row[column] or NOT_STATED for row in verdict.rows)
    return ", ".join(list(cells)[:12]) + (", ..." if len(cells) > 12 else "")
