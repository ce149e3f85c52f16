"""Why a rule fires on a line, or does not: clause by clause, by the reference's own judgement."""

from collections.abc import Callable, Iterator, Sequence

from attrs import frozen

from editwright.evaluator.exemptions import exempt
from editwright.evaluator.line_fields import read_field
from editwright.evaluator.lines import ServiceLine
from editwright.evaluator.message import number_text
from editwright.evaluator.reference import (
    denied_by,
    in_order,
    judge,
    judge_member,
    says_denied,
)
from editwright.evaluator.relations import alike, at_moment, matches, partners_of, rows_in_force
from editwright.evaluator.rule_index import RuleIndex
from editwright.evaluator.run import finding_of
from editwright.evaluator.summary import fields_of
from editwright.evaluator.truth import Rows, Truth, among, both, either, holds
from editwright.evaluator.verdicts import Verdict
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.checked import CheckedRules, Rule
from editwright.grammar.format import condition, narrowing, selection, sentence

MOST_PARTNERS = 20
"""A step names at most so many lines; a member may have thousands."""


@frozen(slots=True)
class Step:
    """One thing that was asked, and whether it held (`None`: the claim does not say)."""

    text: str
    truth: Truth
    depth: int = 0


@frozen(slots=True)
class Trace:
    """What one rule said of one line."""

    rule: str
    ruleset: str | None
    place: str
    """`file:line` of the rule."""
    sentence: str
    fires: bool
    message: str | None
    steps: tuple[Step, ...]
    table_row: int | None = None

    def as_dict(self) -> dict[str, object]:
        """The trace as plain values."""
        return {
            "rule": self.rule,
            "ruleset": self.ruleset,
            "place": self.place,
            "sentence": self.sentence,
            "fires": self.fires,
            "message": self.message,
            "table_row": self.table_row,
            "steps": [
                {"text": step.text, "holds": step.truth, "depth": step.depth} for step in self.steps
            ],
        }


def explain_line(
    rules: CheckedRules, member: Sequence[ServiceLine], line: ServiceLine, only: str | None = None
) -> list[Trace]:
    """What every rule whose subject has the line's code says of it. `member` are all lines of
    the line's member."""
    ordered = in_order(member)
    codes = {each.procedure_code for each in ordered if each.procedure_code is not None}
    index = RuleIndex(rules.strata)
    denied = _denied(rules, ordered, index, codes)
    own_code = {line.procedure_code} if line.procedure_code is not None else set()
    traces: list[Trace] = []
    for stratum in index.applicable(own_code):
        for rule in stratum:
            if only is not None and rule.name != only:
                continue
            traces.extend(_traces(rule, index.instances(rule, codes), line, ordered, denied))
    return traces


def _denied(
    rules: CheckedRules, ordered: Sequence[ServiceLine], index: RuleIndex, codes: set[str]
) -> set[ServiceLine]:
    """The lines that are not payable once all is judged."""
    verdicts = judge_member(index.applicable(codes), ordered, index.cases)
    denied = {line for line in ordered if line.history and says_denied(line.status)}
    for rule, found in verdicts.items():
        if rule.denies:
            denied |= denied_by(rule, found, ordered)
    return denied


def _traces(
    rule: Rule,
    instances: Sequence[Rows],
    line: ServiceLine,
    lines: Sequence[ServiceLine],
    denied: set[ServiceLine],
) -> Iterator[Trace]:
    """One trace for each of the rule's instances that the line's code belongs to."""
    for rows in instances:
        codes = rule.subject.codes
        if codes is not None and (
            line.procedure_code is None or not among(codes, line.procedure_code, rows)
        ):
            continue
        verdict = next((v for v in judge(rule, [(rows, lines)], denied) if v.line is line), None)
        number, _ = rule.source.line_and_column(rule.node.span.start)
        yield Trace(
            rule.name,
            rule.ruleset.name if rule.ruleset else None,
            f"{rule.source.name}:{number}",
            sentence(rule.node.sentence),
            verdict is not None,
            finding_of(rule, verdict).message if verdict else None,
            tuple(_steps(rule, rows, line, lines, denied, verdict)),
            rows[0].number + 1 if len(rows) == 1 else None,
        )


def _steps(
    rule: Rule,
    rows: Rows,
    line: ServiceLine,
    lines: Sequence[ServiceLine],
    denied: set[ServiceLine],
    verdict: Verdict | None,
) -> Iterator[Step]:
    for row in rows[:MOST_PARTNERS]:
        cells = ", ".join(f"{name} {row[name]}" for name in row.table.columns if row[name])
        yield Step(f"row {row.number + 1} of the table: {cells}", True)
    in_force = rows_in_force(rule, rows, line.service_from)
    if rule.intervals:
        day = line.service_from.isoformat() if line.service_from else "a day that is not stated"
        yield Step(f"in force on {day}", in_force is not None)
    in_force = in_force or rows
    yield from _narrowing_steps(rule, line, in_force)
    yield from _exemption_steps(rule, line, in_force, lines, denied)
    match rule.core:
        case c.Violates(test):
            yield _test_step(f"the line breaks `{_verb_of(rule)}`", test, line, in_force)
        case c.Needs(partners) | c.Excludes(partners):
            yield from _partner_steps(rule, partners, line, in_force, lines, denied)
        case c.Limit():
            yield from _limit_steps(rule.core, verdict)


def _test_step(text: str, test: c.Test, line: ServiceLine, rows: Rows) -> Step:
    truth = holds(test, line, rows)
    return Step(text + _not_stated(truth, test, line), truth)


def _not_stated(truth: Truth, test: c.Test, line: ServiceLine) -> str:
    """Which fields leave a condition unknown."""
    if truth is not None:
        return ""
    fields = dict.fromkeys(each for each in fields_of(test) if each.row_column is None)
    missing = [each.name for each in fields if read_field(each, line) is None]
    return f" (the claim does not state: {', '.join(missing)})" if missing else ""


def _verb_of(rule: Rule) -> str:
    whole = sentence(rule.node.sentence)
    return whole[len(selection(rule.node.sentence.subject.selection)) :].strip()


def _narrowing_steps(rule: Rule, line: ServiceLine, rows: Rows) -> Iterator[Step]:
    written = rule.node.sentence.subject.selection.narrowings
    test = rule.subject.condition
    tests = test.conditions if isinstance(test, c.Both) and len(written) != 1 else (test,)
    for each, part in zip(written, tests, strict=False):
        yield _test_step(f"the line is one {narrowing(each)}", part, line, rows)


def _exemption_steps(
    rule: Rule,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denied: set[ServiceLine],
) -> Iterator[Step]:
    clauses = [
        clause
        for clause in rule.node.clauses
        if isinstance(clause, nodes.Unless | nodes.UnlessPartner)
    ]
    for clause, checked in zip(clauses, rule.exemptions, strict=True):
        if isinstance(checked, c.Exemption):
            assert isinstance(clause, nodes.Unless)
            truth = both([holds(checked.condition, line, rows), holds(checked.when, line, rows)])
            side = " (on this line)" if checked.side else ""
            text = f"exempt: {condition(clause.condition)}{side}"
            yield Step(text + _not_stated(truth, checked.condition, line), truth)
        else:
            assert isinstance(clause, nodes.UnlessPartner)
            found = partners_of(checked.partners, line, rows, lines, denied)
            truth = both([either(each for _, each in found), holds(checked.when, line, rows)])
            yield Step(f"exempt: with {selection(clause.partner.selection, ' or ')}", truth)
    if len(clauses) > 1:
        yield Step("exempt by one of these", exempt(rule, line, rows, lines, denied))


def _partner_steps(
    rule: Rule,
    partners: c.Partners,
    line: ServiceLine,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denied: set[ServiceLine],
) -> Iterator[Step]:
    """The lines that have a partner's code, and which relation each of them has."""
    found = dict(partners_of(partners, line, rows, lines, denied))
    others = [
        other
        for other in lines
        if other is not line and matches(c.Lines(partners.lines.codes), other, rows)
    ]
    wanted = _shown_partner(rule)
    if not others:
        yield Step(f"no other line of the member is {wanted}", True)
    near = sorted(others, key=lambda other: (other not in found, _days_apart(line, other)))
    for other in near[:MOST_PARTNERS]:
        yield Step(f"partner: {_shown(other)}", found.get(other, False))
        for text, truth in _relation_parts(partners, line, other, rows, denied):
            yield Step(text, truth, 1)
    if len(near) > MOST_PARTNERS:
        yield Step(f"and {len(near) - MOST_PARTNERS} more lines with a partner's code", False)


def _shown_partner(rule: Rule) -> str:
    verb = rule.node.sentence.verb
    assert isinstance(verb, nodes.RequiresPartner | nodes.NotAllowedWith)
    return selection(verb.partner.selection, " or ")


def _relation_parts(
    partners: c.Partners,
    line: ServiceLine,
    other: ServiceLine,
    rows: Rows,
    denied: set[ServiceLine],
) -> Iterator[tuple[str, Truth]]:
    if partners.lines.condition != c.ALWAYS:
        yield "it is narrowed as the rule says", holds(partners.lines.condition, other, rows)
    for group in partners.relation.moments:
        texts = " or ".join(_moment_text(each) for each in group)
        yield texts, either([at_moment(each, line, other, rows) for each in group])
    for likeness in partners.relation.likenesses:
        word = "different" if likeness.different else "same"
        yield f"{word} {likeness.field.name}", alike(likeness, line, other)
    if partners.payable:
        yield "payable", other not in denied


def _moment_text(moment: c.Moment) -> str:
    if moment.kind == "ever":
        return "ever"
    if moment.kind != "window":
        return f"same {moment.kind}"
    count = moment.count if isinstance(moment.count, int) else f"row.{moment.count.column}"
    words = ["on or" if moment.on else "", "within", str(count), moment.unit, moment.direction]
    placed = "this line" if moment.anchor == "partner" else ""
    return " ".join(word for word in [placed, *words] if word)


def _limit_steps(core: c.Limit, verdict: Verdict | None) -> Iterator[Step]:
    if verdict is None:
        yield Step("the total goes over the limit", False)
        return
    total, limit = number_text(verdict.total), number_text(verdict.limit)
    yield Step(f"the total of {total} {core.counted} goes over the limit of {limit}", True)
    for other in verdict.partners[:MOST_PARTNERS]:
        yield Step(f"counted with it: {_shown(other)}", True, 1)


def _days_apart(line: ServiceLine, other: ServiceLine) -> int:
    if line.service_from is None or other.service_from is None:
        return 10**9
    return abs((line.service_from - other.service_from).days)


def _shown(line: ServiceLine) -> str:
    code = "-".join([line.procedure_code or "no code", *line.modifiers])
    day = line.service_from.isoformat() if line.service_from else "no date"
    past = "history, " if line.history else ""
    return f"{past}claim {line.claim_id} line {line.line_number}: {code} on {day}"


def explanation_text(
    line: ServiceLine, traces: Sequence[Trace], paint: Callable[[str, str], str]
) -> str:
    """Traces as a person reads them."""
    out = [paint("place", _shown(line))]
    if not traces:
        out.append("  no rule speaks of a line with this code")
    for trace in sorted(traces, key=lambda each: not each.fires):
        said = paint("error", "fires") if trace.fires else "does not fire"
        name = f"{trace.ruleset}/{trace.rule}" if trace.ruleset else trace.rule
        out += ["", f"  {paint('place', name)} {said}    ({trace.place})", f"    {trace.sentence}"]
        if trace.message:
            out.append(f"    {paint('error', trace.message)}")
        for step in trace.steps:
            answer = {True: "yes", False: "no", None: "not known"}[step.truth]
            out.append(f"    {'  ' * step.depth}- {step.text}: {answer}")
    return "\n".join(out)
