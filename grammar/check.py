"""Rule files to checked rules, or every problem they have.

A file is checked in the order in which its parts depend on each other: names, rules, examples,
and at last the order in which rules wait for each other's denials.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import define, evolve, field

from editwright.grammar import nodes
from editwright.grammar.check_examples import check_examples
from editwright.grammar.check_rule import check_rule
from editwright.grammar.checked import CheckedFile, CheckedRules, Interval, Rule, Ruleset
from editwright.grammar.collector import collection_paused
from editwright.grammar.declarations import Library, declare
from editwright.grammar.diagnostics import Diagnostic, EditError, Label
from editwright.grammar.literals import Literals
from editwright.grammar.names import Names
from editwright.grammar.parse import parse, read_rule_files
from editwright.grammar.problems import Problems
from editwright.grammar.source import Source
from editwright.grammar.strata import stratify


@define(eq=False)
class Checked:
    """What a check found: the rules where there is no error, and every problem."""

    rules: CheckedRules | None
    diagnostics: list[Diagnostic]
    samples: list[Path] = field(factory=list)
    """The samples that were read in the place of tables."""

    @property
    def has_errors(self) -> bool:
        """Whether a problem stands in the way of using the rules."""
        return any(each.severity == "error" for each in self.diagnostics)


def check_paths(paths: Sequence[Path], *, samples: bool = False) -> Checked:
    """Check rule files, and all in folders, together; messages call them by the paths as given."""
    sources = [source for path in paths for source in read_rule_files(path)]
    return check_sources(sources, samples=samples)


def check_sources(
    sources: Sequence[Source | Diagnostic], *, samples: bool = False, stand_ins: bool = False
) -> Checked:
    """Check the texts of rule files together; with `samples` over the samples of their tables,
    where there are some: for running examples, not claims. With `stand_ins` over the samples of
    tables that are not there: for a look at the rules alone."""
    return check_with(Library(samples, stand_ins=stand_ins), sources)


def check_with(library: Library, sources: Sequence[Source | Diagnostic]) -> Checked:
    """Check the texts of rule files together; the library holds what they use."""
    with collection_paused():
        return _check(sources, library)


def _check(sources: Sequence[Source | Diagnostic], library: Library) -> Checked:
    diagnostics: list[Diagnostic] = []
    files: list[CheckedFile] = []
    for source in sources:
        if isinstance(source, Diagnostic):
            diagnostics.append(source)
            continue
        library.note_text(source.text)
        file, found = parse(source)
        problems = Problems(source, found)
        files.append(_check_file(file, library, problems))
        problems.found.sort(key=lambda each: each.span.start)
        diagnostics.extend(problems.found)
    diagnostics = _each_once([*diagnostics, *library.problems])
    rules = [rule for file in files for rule in file.rules]
    strata = stratify(rules)
    if isinstance(strata, Diagnostic):
        diagnostics.append(strata)
        return Checked(None, diagnostics)
    checked = Checked(None, diagnostics, library.samples_read())
    if not checked.has_errors:
        fields = {name: kind for file in files for name, kind in file.declared_fields.items()}
        checked.rules = CheckedRules(tuple(files), strata, fields, library.digest())
    return checked


def _each_once(diagnostics: Sequence[Diagnostic]) -> list[Diagnostic]:
    """A file may be checked for itself and be used by another; its problems count once."""
    return list(
        {
            (each.code, _identity(each.source), each.span.start): each
            for each in reversed(diagnostics)
        }.values()
    )[::-1]


def _identity(source: Source) -> Path | str:
    try:
        return source.path.resolve() if source.path else source.name
    except (OSError, RuntimeError, ValueError):
        return source.name


def expect_rules(checked: Checked) -> CheckedRules:
    """The checked rules. Raises EditError with every problem where there are none."""
    if checked.rules is None:
        raise EditError(checked.diagnostics)
    return checked.rules


def _check_file(file: nodes.RuleFile, library: Library, problems: Problems) -> CheckedFile:
    names = declare(file, library, problems)
    heading = _heading(file, names, problems)
    rules = _check_rules(file, names, heading, problems)
    examples = check_examples(file, names, rules, problems)
    _check_damaged(file, names, rules, problems)
    sound = tuple(rule for rule in rules.values() if rule is not None)
    return CheckedFile(file.source, sound, examples, names.fields(), file)


_OF_WORDS = {
    "E301", "E302", "E303", "E304", "E305", "E306", "E307", "E308", "E401", "E402", "E507",
}  # fmt: skip
"""Problems that lie in a word and not in what stands around it."""
_OF_CLAUSES = {"E504", "E505", "E506"}
_OF_SENTENCES = {"E501", "E502", "E503", "E504", "E505", "E506"}


def _check_damaged(
    file: nodes.RuleFile, names: Names, rules: Mapping[str, Rule | None], problems: Problems
) -> None:
    """Problems in what is left of statements that could not be read."""
    for damaged in file.damaged:
        if problems.full:
            break
        apart = Problems(file.source)
        told = set(_OF_WORDS)
        match damaged.statement:
            case nodes.Rule() as rule:
                check_rule(rule, "", names, (None, None), file.source, apart)
                if not damaged.sentence_lost:
                    told |= _OF_SENTENCES
                if not damaged.heading_lost:
                    told.add("E405")
            case nodes.Example() as example:
                alone = evolve(file, statements=(example,))
                check_examples(alone, names, rules, apart)
                told |= _OF_SENTENCES if damaged.lines_lost else {*_OF_SENTENCES, "E701"}
            case nodes.Ruleset() as heading:
                _heading(evolve(file, statements=(heading,)), names, apart)
            case _:
                pass
        for each in apart.found:
            whole = not any(each.span.start < end <= each.span.end for end in damaged.ends)
            guessed = each.code in _OF_CLAUSES and any(
                each.span.start <= guess < each.span.end for guess in damaged.guesses
            )
            if each.code in told and whole and not guessed:
                problems.repeat(each)


Heading = tuple[Ruleset | None, Interval | None]


def _heading(file: nodes.RuleFile, names: Names, problems: Problems) -> Heading:
    headings = [each for each in file.statements if isinstance(each, nodes.Ruleset)]
    for again in headings[1:]:
        problems.add(
            "E505",
            "a file has one `ruleset` statement, and this is another",
            again.span,
            help="give the second ruleset a file of its own",
            labels=(Label(file.source, headings[0].span, "the first is here"),),
        )
    if not headings:
        return None, None
    written = headings[0]
    literals = Literals(problems, names)
    name = literals.name(written.name, "a ruleset")
    interval = _effective(written.effective, literals) if written.effective else None
    source = None
    if written.source is not None:
        if isinstance(written.source.text, nodes.Text):
            source = written.source.text.text
        else:
            literals.row_value(written.source.text, "code", None)
    version = written.version.text if written.version else None
    return Ruleset(name or written.name.text, version, source), interval


def _effective(written: nodes.Effective, literals: Literals) -> Interval | None:
    if written.first.row_column is not None or (written.last and written.last.row_column):
        word = written.first if written.first.row_column is not None else written.last
        assert word is not None
        literals.row_value(word, "date", None)
        return None
    first = literals.date(written.first)
    last = literals.date(written.last) if written.last else None
    if first is not None and last is not None and first > last:
        literals.problems.add(
            "E507",
            "these dates run backwards",
            written.span,
            help=f"write `effective {last} to {first}`",
        )
        return None
    return Interval(first, last)


def _check_rules(
    file: nodes.RuleFile, names: Names, heading: Heading, problems: Problems
) -> dict[str, Rule | None]:
    """The rules by name, in order; a rule with a problem, or lost to one, is there as nothing."""
    lost = [each for each in file.lost if each.kind == "rule"]
    rules: dict[str, Rule | None] = {each.name: None for each in lost if each.name}
    written = [each for each in file.statements if isinstance(each, nodes.Rule)]
    given = {rule.name.text for rule in written if rule.name} | rules.keys()
    first_of: dict[str, nodes.Rule] = {}
    ordinal = 0
    for position, statement in enumerate(file.statements):
        if not isinstance(statement, nodes.Rule) or problems.full:
            continue
        ordinal += 1
        unnamed_lost = sum(1 for each in lost if each.after <= position)
        name = (
            statement.name.text
            if statement.name
            else _name_of_unnamed(ordinal + unnamed_lost, given)
        )
        if name in first_of:
            assert statement.name is not None
            problems.add(
                "E403",
                f"there are two rules `{name}`",
                statement.name.span,
                help="rename one of the two",
                labels=(Label(file.source, first_of[name].span, "the first is here"),),
            )
            check_rule(statement, name, names, heading, file.source, problems)
            continue
        first_of[name] = statement
        rules[name] = check_rule(statement, name, names, heading, file.source, problems)
    return rules


def _name_of_unnamed(ordinal: int, given: set[str]) -> str:
    """`R` and the rule's number in its file; a name that is taken moves on."""
    name = f"R{ordinal}"
    return name if name not in given else f"UNNAMED-{ordinal}"
