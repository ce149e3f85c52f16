"""Why a rule fires on a line, or does not: clause by clause, by the reference's own judgement.

Every rule that could touch the line has a trace: what was asked, whether it held, and, where the
rule does not fire, the one thing that keeps it from firing. Of a rule over a table there is a
trace for each row that concerns the line's code and another line of the member, the nearest first.
"""

from collections.abc import Iterable, Sequence

from attrs import frozen

from editwright.evaluator.explaining.denials import Denials, denials_of
from editwright.evaluator.explaining.few_rows import FewRows
from editwright.evaluator.explaining.other_lines import NO_DAYS, days_apart, of_codes
from editwright.evaluator.explaining.step import Question, Step
from editwright.evaluator.explaining.steps import steps_of
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.of_verdicts import finding_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import Case, in_order, judge, judge_member
from editwright.evaluator.meaning.relations import matches, related, rows_in_force
from editwright.evaluator.meaning.rule_index import RuleIndex
from editwright.evaluator.meaning.truth import Rows, among
from editwright.grammar import checked as c
from editwright.grammar.checked import CheckedRules, Rule
from editwright.grammar.format import sentence

MOST_ROWS = 5
"""Of the rows of a table that do not fire, so many are explained; of one rule alone, more."""
MOST_ROWS_OF_ONE = 50


@frozen(slots=True)
class Trace:
    """What one rule said of one line."""

    rule: str
    ruleset: str | None
    place: str
    """`file:line` of the rule."""
    sentence: str
    fires: bool
    finding: Finding | None
    why_not: str | None
    """What keeps the rule from firing."""
    steps: tuple[Step, ...]
    table: str | None = None
    """The file of the rule's table."""
    table_row: int | None = None
    """From 1, where the rule stands for one row."""
    source: str | None = None

    def as_dict(self) -> dict[str, object]:
        """The trace as plain values."""
        found = self.finding
        return {
            "rule": self.rule,
            "ruleset": self.ruleset,
            "place": self.place,
            "sentence": self.sentence,
            "fires": self.fires,
            "disposition": found and found.disposition,
            "scope": found and found.scope,
            "group_code": found and found.group_code,
            "carc": found and found.carc,
            "rarc": list(found.rarc) if found else [],
            "message": found and found.message,
            "why_not": self.why_not,
            "table": self.table,
            "table_row": self.table_row,
            "source": self.source,
            "steps": [step.as_dict() for step in self.steps],
        }


@frozen(slots=True)
class LineExplanation:
    """What every rule that could touch a line said of it."""

    line: ServiceLine
    traces: tuple[Trace, ...]
    """Those that fire first."""
    rows_left_out: dict[str, int]
    """By rule, how many more rows of its table do not fire."""
    by_claim: tuple[str, ...]
    """The rules that deny the line with its whole claim, and which line has their finding."""

    def as_dict(self) -> dict[str, object]:
        """The explanation as plain values; no member id is in it."""
        line = self.line
        return {
            "claim_id": line.claim_id,
            "line_number": line.line_number,
            "procedure_code": line.procedure_code,
            "modifiers": list(line.modifiers),
            "service_from": line.service_from.isoformat() if line.service_from else None,
            "rules": [each.as_dict() for each in self.traces],
            "rows_left_out": self.rows_left_out,
            "by_claim": list(self.by_claim),
        }


def explain_lines(
    rules: CheckedRules,
    member: Sequence[ServiceLine],
    wanted: Iterable[ServiceLine],
    only: str | None = None,
) -> list[LineExplanation]:
    """What every rule that could touch these lines says of them, or `only` one rule. `member` are
    all lines of the lines' member."""
    return [_Member(rules, member).explanation(line, only) for line in wanted]


class _Member:
    """One member's lines, judged."""

    def __init__(self, rules: CheckedRules, lines: Sequence[ServiceLine]) -> None:
        self.rules = rules
        self.lines = in_order(lines)
        self.codes = {each.procedure_code for each in self.lines if each.procedure_code is not None}
        self.index = RuleIndex(rules.strata, lookup=FewRows.of)
        verdicts = judge_member(self.index.applicable(self.codes), self.lines, self.index.cases)
        self.denials: Denials = denials_of(verdicts, self.lines)

    def explanation(self, line: ServiceLine, only: str | None) -> LineExplanation:
        """All that is said of one line."""
        own_code = () if line.procedure_code is None else (line.procedure_code,)
        traces: list[Trace] = []
        left_out: dict[str, int] = {}
        of_line = {rule for stratum in self.index.applicable(own_code) for rule in stratum}
        for rule in self.rules.rules:
            if only is not None and rule.name != only:
                continue
            if rule in of_line:
                found, more = self._traces(rule, line, only is not None)
                traces += found
                if more:
                    left_out[rule.name] = more
            elif only is not None:
                traces.append(self._of_other_code(rule, line))
        traces.sort(key=lambda each: not each.fires)
        whole = [
            f"{each.rule.name} on line {each.by.line_number}"
            for each in self.denials.get(line, ())
            if each.rule is not None and each.by is not None and each.by is not line
        ]
        return LineExplanation(line, tuple(traces), left_out, tuple(whole))

    def _traces(self, rule: Rule, line: ServiceLine, alone: bool) -> tuple[list[Trace], int]:
        """The traces of a rule: of its rows those that fire and the nearest of the others, and
        how many others there are."""
        if rule.table is None:
            return [self._trace(rule, ((), self.lines), line)], 0
        found = FewRows.of(rule, rule.table)
        subjects = [line.procedure_code] if line.procedure_code is not None else []
        cases: list[Case] = [
            (rows, self.lines)
            for rows in found.of_subject(subjects, self.codes)
            if self._is_subject(rule, rows, line)
        ]
        if not cases:
            speaks = line.procedure_code is not None and found.speaks_of(line.procedure_code)
            return ([self._of_no_row(rule, line)] if alone or speaks else []), 0
        firing = [case for case in cases if self._fires(rule, case, line)]
        others = [case for case in cases if case not in firing]
        most = MOST_ROWS_OF_ONE if alone else MOST_ROWS
        others.sort(key=lambda case: self._distance(rule, case[0], line))
        shown_cases = [*firing, *others[:most]]
        return [self._trace(rule, case, line) for case in shown_cases], len(others[most:])

    def _is_subject(self, rule: Rule, rows: Rows, line: ServiceLine) -> bool:
        codes = rule.subject.codes
        return codes is None or (
            line.procedure_code is not None and among(codes, line.procedure_code, rows)
        )

    def _fires(self, rule: Rule, case: Case, line: ServiceLine) -> bool:
        return any(each.line is line for each in judge(rule, [case], self.denials.keys()))

    def _distance(self, rule: Rule, rows: Rows, line: ServiceLine) -> tuple[bool, int, bool]:
        """How near a row is to firing: whether it has a partner, how far away the nearest line
        with a partner's code is, and whether it is in force."""
        near = (False, 0)
        if isinstance(rule.core, c.Needs | c.Excludes):
            partners = rule.core.partners
            apart = [
                (related(partners.relation, line, other, rows) is not True, days_apart(line, other))
                for other in self.lines
                if other is not line and matches(of_codes(partners.lines), other, rows)
            ]
            near = min(apart, default=(True, NO_DAYS))
        stranger, days = near
        return stranger, days, rows_in_force(rule, rows, line.service_from) is None

    def _trace(self, rule: Rule, case: Case, line: ServiceLine) -> Trace:
        rows, lines = case
        verdict = next(
            (each for each in judge(rule, [case], self.denials.keys()) if each.line is line), None
        )
        steps = tuple(steps_of(Question(rule, rows, line, lines, self.denials)))
        finding = finding_of(rule, verdict) if verdict else None
        why_not = next((each.why for each in steps if each.prevents), None)
        return Trace(
            rule=rule.name,
            ruleset=rule.ruleset.name if rule.ruleset else None,
            place=_place(rule),
            sentence=sentence(rule.node.sentence),
            fires=verdict is not None,
            finding=finding,
            why_not=None if verdict else why_not,
            steps=steps,
            table=rule.table.path.name if rule.table else None,
            table_row=rows[0].number + 1 if len(rows) == 1 else None,
            source=finding.source if finding else _source(rule, rows),
        )

    def _of_no_row(self, rule: Rule, line: ServiceLine) -> Trace:
        assert rule.table is not None
        name = rule.table.path.name
        pairs = isinstance(rule.core, c.Excludes)
        said = f"no row of {name} has {line.procedure_code or 'a line without a code'}"
        why = f"{said} with another code of the member" if pairs else said
        return self._untouched(rule, why, Step(why, False, prevents=True))

    def _of_other_code(self, rule: Rule, line: ServiceLine) -> Trace:
        why = f"the rule does not speak of {line.procedure_code or 'a line without a code'}"
        return self._untouched(rule, why, Step("the rule speaks of the line's code", False))

    def _untouched(self, rule: Rule, why: str, step: Step) -> Trace:
        return Trace(
            rule.name,
            rule.ruleset.name if rule.ruleset else None,
            _place(rule),
            sentence(rule.node.sentence),
            False,
            None,
            why,
            (step,),
            rule.table.path.name if rule.table else None,
            None,
            _source(rule, ()),
        )


def _place(rule: Rule) -> str:
    number, _ = rule.source.line_and_column(rule.span.start)
    return f"{rule.source.name}:{number}"


def _source(rule: Rule, rows: Rows) -> str | None:
    cites = rule.cites
    if isinstance(cites, c.RowValue):
        cites = rows[0][cites.column] if rows else None
    return cites or (rule.ruleset.source if rule.ruleset else None)
