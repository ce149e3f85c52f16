"""Changed rules, held against the examples of their file.

A change whose examples all still hold is looked at more closely: is there a claim on which the
changed rule says anything else? Then the claim is the example that is missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice, tee

from attrs import define, field, frozen

from editwright.evaluator.examples.run_examples import Found, held_against, lines_of
from editwright.evaluator.examples.workshop import Workshop, same_meaning
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.mutation.change import Change, changes_of
from editwright.evaluator.mutation.focus import differences
from editwright.evaluator.mutation.operators import fewer_values, sayable, slips
from editwright.evaluator.mutation.shown import before_and_after
from editwright.evaluator.mutation.survey import Fate, Mutant, Survey
from editwright.evaluator.synthesis.claims import claims_for
from editwright.evaluator.synthesis.draft import Draft
from editwright.evaluator.synthesis.judging import (
    FileJudge,
    Rowwise,
    RuleJudge,
    Said,
    with_changed,
)  # fmt: skip
from editwright.evaluator.synthesis.written import example_of, text_of
from editwright.grammar import nodes
from editwright.grammar.checked import (
    CheckedRules,
    Example,
    Excludes,
    Needs,
    PartnerExemption,
    Rule,
)
from editwright.grammar.declarations import Library
from editwright.grammar.format import statement_text

MOST_DIFFERENCES = 8
"""So many claims that tell two rules apart are tried as an example, the plainest first."""

LOOKED_AT_AFTER = 40
"""After the first claim that tells two rules apart, so many that do not end the search."""


@frozen(slots=True, eq=False)
class Changed:
    """A change, the statement it was made in, and the rules that it changes."""

    name: str
    old: nodes.Statement
    change: Change
    rules: Mapping[Rule, Rule]
    source_name: str
    line: int


def survey(
    rules: CheckedRules,
    *,
    samples: bool = True,
    every_value: bool = False,
    only: str | None = None,
    report: Callable[[float, float | None], None] = lambda _done, _total: None,
) -> Survey:
    """What becomes of every change of the rules; `only` those of the rule of this name."""
    library = Library(samples)
    benches = [
        Bench.of(Workshop.of(file, library), every_value=every_value)
        for file in rules.files
        if file.rules
    ]
    wanted = [(bench, changed) for bench in benches for changed in bench.changes(only)]
    found: dict[tuple[str, int, str], Mutant] = {}
    for done, (bench, changed) in enumerate(wanted):
        report(done, len(wanted))
        mutant = bench.judged(changed)
        if mutant is None:
            continue
        node = changed.change.node
        key = (changed.source_name, changed.old.span.start, statement_text(node))
        # A list that several files use is tested where any of them notices.
        if key not in found or _better(mutant, found[key]):
            found[key] = mutant
    return Survey(tuple(found.values()))


_ORDER: tuple[Fate, ...] = (
    "noticed", "survived", "no difference found", "not shown by examples",
)  # fmt: skip


def _better(one: Mutant, two: Mutant) -> bool:
    return _ORDER.index(one.fate) < _ORDER.index(two.fate)


@define(eq=False)
class Bench:
    """One file's rules and examples, and what is known of them already."""

    shop: Workshop
    judge: FileJudge
    every_value: bool
    shared: Rowwise = field(factory=Rowwise)
    lines: list[tuple[Example, list[ServiceLine]]] = field(factory=list)
    _said: dict[Rule, list[Said]] = field(factory=dict)
    _claims: dict[Rule, list[tuple[Draft, list[ServiceLine]]]] = field(factory=dict)
    _said_of_claims: dict[Rule, list[Said]] = field(factory=dict)
    _proposed: list[tuple[Example, list[ServiceLine], str]] = field(factory=list)
    """Examples that are missing: one may be missing for many changes."""

    @classmethod
    def of(cls, shop: Workshop, *, every_value: bool) -> "Bench":
        shared = Rowwise()
        judge = FileJudge.of(shop.file.rules, shared)
        assert judge is not None, "a checked file's rules have their strata"
        lines = [(example, lines_of(example)) for example in shop.file.examples]
        return cls(shop, judge, every_value, shared, lines)

    # ---- changes

    def changes(self, only: str | None) -> Iterator[Changed]:
        """Every change of the file that gives other rules."""
        for rule in self.shop.file.rules:
            if only is None or rule.name == only:
                yield from self._of_rule(rule)
        if only is None:
            yield from self._of_heading()
            yield from self._of_lists()

    def _of_rule(self, rule: Rule) -> Iterator[Changed]:
        known: list[Rule] = []
        for change in changes_of(rule.node, slips):
            if not sayable(change.node):
                continue
            changed = self.shop.changed(rule, change.node)
            if changed is None or any(same_meaning(changed, each) for each in known):
                continue
            rules = {} if same_meaning(changed, rule) else {rule: changed}
            if not rules and _reasons(changed) == _reasons(rule):
                continue
            if rules:
                known.append(changed)
            line, _ = rule.source.line_and_column(change.span.start)
            yield Changed(rule.name, rule.node, change, rules, rule.source.name, line)

    def _of_heading(self) -> Iterator[Changed]:
        for statement in self.shop.written.statements:
            if not isinstance(statement, nodes.Ruleset):
                continue
            for change in changes_of(statement, slips):
                rules = self.shop.with_heading(change.node)
                if rules:
                    yield self._changed(
                        statement.name.text, self.shop.written, statement, change, rules
                    )

    def _of_lists(self) -> Iterator[Changed]:
        for home, statement in self.shop.lists():
            for values, told in fewer_values(statement.values, every=self.every_value):
                new = nodes.ListOf(statement.kind, statement.name, values, span=statement.span)
                rules = self.shop.with_list(home, statement, new)
                if rules:
                    change = Change(new, told, statement.span)
                    yield self._changed(statement.name.text, home, statement, change, rules)

    def _changed(
        self,
        name: str,
        home: nodes.RuleFile,
        old: nodes.Statement,
        change: Change,
        rules: Mapping[Rule, Rule],
    ) -> Changed:
        line, _ = home.source.line_and_column(change.span.start)
        return Changed(name, old, change, rules, home.source.name, line)

    # ---- what becomes of them

    def judged(self, changed: Changed) -> Mutant | None:
        """What becomes of one change; nothing where the rules would wait for each other in a
        circle, which `check` refuses."""
        if not changed.rules:
            return self._mutant(changed, "not shown by examples")
        judge = FileJudge.of(with_changed(self.shop.file, changed.rules), self.shared)
        if judge is None:
            return None
        by = self._noticed_by(changed.rules, judge)
        if by is not None:
            return self._mutant(changed, "noticed", noticed_by=by)
        example = self._example_for(changed, judge)
        if example is None:
            return self._mutant(changed, "no difference found")
        return self._mutant(changed, "survived", example=example)

    def _mutant(
        self,
        changed: Changed,
        fate: Fate,
        *,
        noticed_by: str | None = None,
        example: str | None = None,
    ) -> Mutant:
        before, after = before_and_after(changed.old, changed.change.node)
        return Mutant(
            changed.name,
            changed.source_name,
            changed.line,
            changed.change.told,
            before,
            after,
            fate,
            noticed_by,
            example,
        )

    def _noticed_by(self, rules: Mapping[Rule, Rule], judge: FileJudge) -> str | None:
        """The first example that fails with some rules changed."""
        changed = {rule: RuleJudge(new, self.shared) for rule, new in rules.items()}
        for at, (example, lines) in enumerate(self.lines):
            if any(self._differs(rule, new, at, lines) for rule, new in changed.items()):
                missing, unexpected = held_against(example, judge.found(lines))
                if missing or unexpected:
                    return example.title
        return None

    def _differs(self, rule: Rule, judge: RuleJudge, at: int, lines: list[ServiceLine]) -> bool:
        """Whether a changed rule may give an example other findings."""
        said = self._said_of_examples(rule)[at]
        if waits(rule) or waits(judge.rule):
            return bool(said or judge.could_say(lines))
        if acts_alike(rule, judge.rule):
            return judge.said(lines) != said
        return bool(said or judge.said(lines))

    def _said_of_examples(self, rule: Rule) -> list[Said]:
        if rule not in self._said:
            judge = RuleJudge(rule, self.shared)
            self._said[rule] = [judge.said(lines) for _, lines in self.lines]
        return self._said[rule]

    # ---- the example that is missing

    def _example_for(self, changed: Changed, judge: FileJudge) -> str | None:
        for example, lines, text in reversed(self._proposed):
            if any(held_against(example, judge.found(lines))):
                return text
        for rule, new in list(changed.rules.items())[:3]:
            for differing in self._differences(rule, new):
                found = [
                    (draft, one, two)
                    for draft, lines in differing
                    if (one := self.judge.found(lines)) != (two := judge.found(lines))
                ]
                for draft, one, two in sorted(found, key=_plainness):
                    written = self._written(rule, draft, one, two)
                    if written is not None:
                        return written
        return None

    def _differences(
        self, rule: Rule, new: Rule
    ) -> Iterator[list[tuple[Draft, list[ServiceLine]]]]:
        """The first claims of which two rules say different things: claims made from the one, and
        then, with more care, from the other. Where a value of a set makes the difference, that one
        knows it better."""
        focus = differences(rule, new)
        if not focus:
            known = self._claims_of(rule), self._of_claims(rule)
            yield _some(self._that_differ(rule, new, *known))
        judge = RuleJudge(rule, self.shared)
        made = claims_for(new, self.shop.file.examples, beside=rule, focus=focus)
        claims, again = tee((draft, draft.service_lines()) for draft in made)
        said = (judge.said(lines) for _, lines in again)
        yield _some(self._that_differ(rule, new, claims, said))
        if focus:
            known = self._claims_of(rule), self._of_claims(rule)
            yield _some(self._that_differ(rule, new, *known))

    def _that_differ(
        self,
        rule: Rule,
        new: Rule,
        claims: Iterable[tuple[Draft, list[ServiceLine]]],
        said: Iterable[Said],
    ) -> Iterator[tuple[Draft, list[ServiceLine]]]:
        judge = RuleJudge(new, self.shared)
        alike = acts_alike(rule, new)
        since: int | None = None
        for (draft, lines), before in zip(claims, said, strict=False):
            after = judge.said(lines)
            if after != before or (not alike and after):
                yield draft, lines
                since = since or 0
            elif since is not None:
                since += 1
                if since > LOOKED_AT_AFTER:
                    return

    def _claims_of(self, rule: Rule) -> list[tuple[Draft, list[ServiceLine]]]:
        if rule not in self._claims:
            made = claims_for(rule, self.shop.file.examples)
            self._claims[rule] = [(draft, draft.service_lines()) for draft in made]
        return self._claims[rule]

    def _of_claims(self, rule: Rule) -> list[Said]:
        if rule not in self._said_of_claims:
            judge = RuleJudge(rule, self.shared)
            self._said_of_claims[rule] = [judge.said(lines) for _, lines in self._claims_of(rule)]
        return self._said_of_claims[rule]

    def _written(
        self, rule: Rule, draft: Draft, one: Sequence[Found], two: Sequence[Found]
    ) -> str | None:
        """The example, if it holds by the rules as they are and fails by the changed ones."""
        quiet = {(each.rule, each.line, each.allowed) for each in one} == {
            (each.rule, each.line, each.allowed) for each in two
        }
        title = f"{rule.name}: {draft.told}"
        text = text_of(example_of(draft, title, one, rule.name if quiet else None))
        example = self.shop.example(text)
        if example is None:
            return None
        lines = lines_of(example)
        if any(held_against(example, self.judge.found(lines))):
            return None
        if not any(held_against(example, two)):
            return None
        self._proposed.append((example, lines, text))
        return text


def _some(
    found: Iterator[tuple[Draft, list[ServiceLine]]],
) -> list[tuple[Draft, list[ServiceLine]]]:
    return list(islice(found, MOST_DIFFERENCES))


def _plainness(difference: tuple[Draft, Sequence[Found], Sequence[Found]]) -> tuple[int, int]:
    """Few findings of other rules and few lines make an example plain."""
    draft, one, two = difference
    return len({each.rule for each in (*one, *two)}), len(draft.lines)


def _reasons(rule: Rule) -> tuple[object, ...]:
    return rule.group_code, rule.carc, rule.rarcs


def acts_alike(one: Rule, two: Rule) -> bool:
    """Whether two rules do the same with the lines that they fire on."""
    return (one.disposition, one.scope) == (two.disposition, two.scope)


def waits(rule: Rule) -> bool:
    """Whether what a rule says hangs on what others deny."""
    asked = [rule.core.partners] if isinstance(rule.core, Needs | Excludes) else []
    asked += [each.partners for each in rule.exemptions if isinstance(each, PartnerExemption)]
    return any(partners.payable for partners in asked)
