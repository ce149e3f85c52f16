"""Examples to coverage: every rule's questions asked of every line of every example."""

from collections.abc import Callable, Iterator, Sequence

from attrs import define, field

from editwright.evaluator.coverage.points import Coverage, Point, RuleCoverage
from editwright.evaluator.coverage.probes import Probe, dates, probes_of
from editwright.evaluator.coverage.situation import Situation
from editwright.evaluator.examples.run_examples import lines_of, only
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.limits import Counted, counted_in_order
from editwright.evaluator.meaning.reference import (
    denied_by,
    in_order,
    judge_member,
    says_denied,
)  # fmt: skip
from editwright.evaluator.meaning.relations import rows_in_force
from editwright.evaluator.meaning.rule_index import RuleIndex
from editwright.evaluator.meaning.truth import Rows, among
from editwright.grammar import nodes
from editwright.grammar.checked import CheckedFile, CheckedRules, Limit, Rule
from editwright.grammar.declarations import Library


def coverage(
    rules: CheckedRules,
    *,
    samples: bool = True,
    only_rule: str | None = None,
    report: Callable[[float, float | None], None] = lambda _done, _total: None,
) -> Coverage:
    """What the examples of some files reach of their rules, or of the one of this name."""
    library = Library(samples)
    found: list[RuleCoverage] = []
    files = [file for file in rules.files if file.rules]
    for done, file in enumerate(files):
        report(done, len(files))
        found += _File.of(Workshop.of(file, library)).covered()
    return Coverage(tuple(each for each in found if only_rule in (None, each.rule)))


@define(eq=False)
class _Asked:
    """A question, and the first example for each of its answers."""

    probe: Probe
    seen: dict[bool, str] = field(factory=dict)

    def ask(self, at: Situation, title: str) -> None:
        """Hear the answers of one situation."""
        wanted = [answer for answer, _, _ in self.probe.answers if answer not in self.seen]
        if wanted:
            for truth in self.probe.ask(at):
                if truth in wanted:
                    self.seen.setdefault(truth is True, title)


@define(eq=False)
class _File:
    file: CheckedFile
    asked: dict[Rule, list[_Asked]]
    of_heading: list[_Asked]
    heading: nodes.Ruleset | None

    @classmethod
    def of(cls, shop: Workshop) -> "_File":
        asked = {
            rule: [_Asked(probe) for probe in probes_of(rule, shop)] for rule in shop.file.rules
        }
        heading = next((s for s in shop.written.statements if isinstance(s, nodes.Ruleset)), None)
        of_heading: list[_Asked] = []
        bounds = shop.heading_interval
        if heading is not None and heading.effective is not None and bounds is not None:
            of_heading = [_Asked(probe) for probe in dates(heading.effective, bounds)]
        return cls(shop.file, asked, of_heading, heading)

    def covered(self) -> Iterator[RuleCoverage]:
        """The coverage of the heading's dates, and of every rule."""
        alone = only(self.file)
        index = RuleIndex(alone.strata)
        for example in self.file.examples:
            lines = in_order(lines_of(example))
            for at in situations(index, lines):
                for asked in (*self.asked[at.rule], *self.of_heading):
                    asked.ask(at, example.title)
        if self.heading is not None and self.of_heading:
            yield self._rule(
                f"ruleset {self.heading.name.text}", self.heading.span.start, self.of_heading
            )
        for rule, questions in self.asked.items():
            yield self._rule(rule.name, rule.span.start, questions)

    def _rule(self, name: str, start: int, asked: Sequence[_Asked]) -> RuleCoverage:
        source = self.file.source
        line, _ = source.line_and_column(start)
        points = tuple(
            Point(
                each.probe.clause,
                source.line_and_column(each.probe.span.start)[0],
                what,
                answer in each.seen,
                missing,
                each.seen.get(answer),
            )
            for each in asked
            for answer, what, missing in each.probe.answers
        )
        return RuleCoverage(name, source.name, line, points)


def situations(index: RuleIndex, lines: Sequence[ServiceLine]) -> Iterator[Situation]:
    """Every line of a member, in order, before every rule whose subject has its code."""
    codes = {line.procedure_code for line in lines if line.procedure_code is not None}
    verdicts = judge_member(index.applicable(codes), lines, index.cases)
    denied = {line for line in lines if line.history and says_denied(line.status)}
    for rule, found in verdicts.items():
        if rule.denies:
            denied |= denied_by(rule, found, lines)
    for rule, found in verdicts.items():
        fired = {verdict.line for verdict in found}
        for rows in index.instances(rule, codes):
            yield from _of_instance(rule, rows, lines, denied, fired)


def _of_instance(
    rule: Rule,
    rows: Rows,
    lines: Sequence[ServiceLine],
    denied: set[ServiceLine],
    fired: set[ServiceLine],
) -> Iterator[Situation]:
    counted: dict[ServiceLine, Counted] = {}
    if isinstance(rule.core, Limit):
        in_turn = counted_in_order(rule, rule.core, rows, lines, denied)
        counted = {each.line: each for each in in_turn}
    for line in lines:
        if line.history or not _has_its_code(rule, line, rows):
            continue
        in_force = rows_in_force(rule, rows, line.service_from)
        yield Situation(
            rule,
            line,
            rows if in_force is None else in_force,
            rows,
            in_force is not None,
            lines,
            denied,
            line in fired,
            counted.get(line),
        )


def _has_its_code(rule: Rule, line: ServiceLine, rows: Rows) -> bool:
    code, subject = line.procedure_code, rule.subject
    if subject.excluded is not None and code is not None and among(subject.excluded, code, rows):
        return False
    return subject.codes is None or (code is not None and among(subject.codes, code, rows))
