"""A rule file taken apart, so that one of its rules, lists or its heading can be changed and what
hangs on it checked again, and nothing else."""

from collections.abc import Iterator, Mapping
from os.path import normpath
from pathlib import Path

from attrs import define, evolve, field

from editwright.grammar import nodes
from editwright.grammar.check_examples import check_examples
from editwright.grammar.check_rule import check_rule
from editwright.grammar.checked import (
    CheckedFile,
    Example,
    FieldRef,
    Interval,
    Rule,
    Ruleset,
    Values,
)
from editwright.grammar.declarations import Library, declare
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.literals import Literals, RowScope
from editwright.grammar.names import Names
from editwright.grammar.parse import parse, read_source
from editwright.grammar.problems import Problems
from editwright.grammar.source import Source

_MEANING = (
    "subject", "core", "exemptions", "disposition", "scope", "intervals", "ruleset",
)  # fmt: skip
"""What of a rule an example can ever show."""


@define(eq=False)
class Workshop:
    """One checked file with everything that its rules were made from."""

    file: CheckedFile
    written: nodes.RuleFile
    library: Library
    names: Names
    used: dict[Path, nodes.RuleFile] = field(factory=dict)
    """The files that it uses, and those that they use, by their paths."""

    @classmethod
    def of(cls, file: CheckedFile, library: Library) -> "Workshop":
        """A file that has no errors, with a library that has its tables."""
        written, _ = parse(file.source)
        names = declare(written, library, Problems(file.source))
        shop = cls(file, written, library, names)
        shop._read_used(written)
        return shop

    def _read_used(self, written: nodes.RuleFile) -> None:
        folder = written.source.path.parent if written.source.path else Path()
        for statement in written.statements:
            if not isinstance(statement, nodes.Use):
                continue
            path = (folder / statement.path.text).resolve()
            if path in self.used:
                continue
            beside = Path(written.source.name).parent / statement.path.text
            source = read_source(path, Path(normpath(beside)).as_posix())
            if not isinstance(source, Diagnostic):
                self.used[path], _ = parse(source)
                self._read_used(self.used[path])

    # ---- rules

    def changed(self, rule: Rule, node: nodes.Rule) -> Rule | None:
        """A rule with another node; nothing where that is no rule."""
        return self._checked(rule, node, self.names, _heading_of(rule))

    def with_heading(self, heading: nodes.Ruleset) -> dict[Rule, Rule]:
        """What all rules become under another heading: those that it changes."""
        interval = None
        if heading.effective is not None:
            literals = Literals(Problems(self.file.source), self.names)
            first = literals.date(heading.effective.first)
            last = literals.date(heading.effective.last) if heading.effective.last else None
            if first is not None and last is not None and first > last:
                return {}
            interval = Interval(first, last)
        found = {
            rule: self._checked(rule, rule.node, self.names, (rule.ruleset, interval))
            for rule in self.file.rules
        }
        return _other_rules(found)

    @property
    def heading_interval(self) -> Interval | None:
        """The dates of the heading, which bound every rule."""
        return _heading_of(self.file.rules[0])[1] if self.file.rules else None

    # ---- sets

    def values(self, rule: Rule, written: nodes.ValueSet, of: FieldRef) -> Values | None:
        """A set of values, as a rule of this file reads it."""
        return self._literals(rule).values(written, of)

    def procedure_codes(self, rule: Rule, written: nodes.ValueSet) -> Values | None:
        """A set of procedure codes, as a rule of this file reads it."""
        return self._literals(rule).procedure_codes(written)

    def _literals(self, rule: Rule) -> Literals:
        each = rule.node.each
        row = RowScope(each.table.text, rule.table) if each is not None else None
        return Literals(Problems(self.file.source), self.names, row)

    # ---- lists

    def lists(self) -> Iterator[tuple[nodes.RuleFile, nodes.ListOf]]:
        """The lists that the rules may name, each with the file that it stands in."""
        for written in (self.written, *self.used.values()):
            for statement in written.statements:
                if isinstance(statement, nodes.ListOf):
                    yield written, statement

    def with_list(
        self, home: nodes.RuleFile, old: nodes.ListOf, new: nodes.ListOf
    ) -> dict[Rule, Rule]:
        """What the rules become with another list: those that it changes."""
        names = self._names_with(home, old, new)
        if names is None:
            return {}
        found = {
            rule: self._checked(rule, rule.node, names, _heading_of(rule))
            for rule in self.file.rules
        }
        return _other_rules(found)

    def _names_with(
        self, home: nodes.RuleFile, old: nodes.ListOf, new: nodes.ListOf
    ) -> Names | None:
        changed = evolve(
            home, statements=tuple(new if each is old else each for each in home.statements)
        )
        library = Library(self.library.samples, tables=self.library.tables)
        problems = Problems(home.source)
        if home is self.written:
            names = declare(changed, library, problems)
        else:
            path = next(path for path, each in self.used.items() if each is home)
            library.names[path] = declare(changed, library, problems)
            names = declare(self.written, library, problems)
        return None if any(each.severity == "error" for each in problems.found) else names

    def _checked(
        self,
        rule: Rule,
        node: nodes.Rule,
        names: Names,
        heading: tuple[Ruleset | None, Interval | None],
    ) -> Rule | None:
        problems = Problems(rule.source)
        return check_rule(node, rule.name, names, heading, rule.source, problems)

    # ---- examples

    def example(self, text: str) -> Example | None:
        """The example of a text, as it would be below the rules of this file; nothing where it
        has a problem."""
        source = Source(self.file.source.name, text, self.file.source.path)
        written, found = parse(source)
        problems = Problems(source, found)
        rules: Mapping[str, Rule | None] = {rule.name: rule for rule in self.file.rules}
        examples = check_examples(written, self.names, rules, problems)
        return examples[0] if len(examples) == 1 and not problems.found else None


def _other_rules(found: Mapping[Rule, Rule | None]) -> dict[Rule, Rule]:
    return {
        rule: changed
        for rule, changed in found.items()
        if changed is not None and not same_meaning(rule, changed)
    }


def same_meaning(one: Rule, two: Rule) -> bool:
    """Whether two rules say the same, as far as an example can tell."""
    return all(getattr(one, name) == getattr(two, name) for name in _MEANING)


def _heading_of(rule: Rule) -> tuple[Ruleset | None, Interval | None]:
    """The heading that a rule was checked under: its ruleset, and the dates that bound it."""
    own = any(isinstance(each, nodes.Effective) for each in rule.node.clauses)
    bounds = rule.intervals[:-1] if own else rule.intervals
    return rule.ruleset, bounds[0] if bounds else None
