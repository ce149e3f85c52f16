"""One rule's node to a checked rule: what each part may hold, and what fits together."""

from typing import assert_never

from attrs import define, field

from editwright.grammar import nodes
from editwright.grammar.check_clauses import ClauseCheck
from editwright.grammar.check_condition import Conditions
from editwright.grammar.check_partners import PartnerCheck, joined
from editwright.grammar.checked import (
    Core,
    Excludes,
    Interval,
    Limit,
    Lines,
    Needs,
    Negation,
    Partners,
    Rule,
    Ruleset,
    Values,
    Violates,
    Written,
)  # fmt: skip
from editwright.grammar.diagnostics import did_you_mean
from editwright.grammar.literals import Literals, RowScope
from editwright.grammar.names import Names
from editwright.grammar.problems import Problems
from editwright.grammar.source import Source
from editwright.grammar.tables import TableData


def check_rule(
    written: nodes.Rule,
    name: str,
    names: Names,
    heading: tuple[Ruleset | None, Interval | None],
    source: Source,
    problems: Problems,
) -> Rule | None:
    """The checked rule, or nothing where it has a problem."""
    before = len(problems.found)
    rule = _RuleCheck(written, name, names, heading, source, problems).rule()
    errors = any(each.severity == "error" for each in problems.found[before:])
    return None if errors else rule


@define
class _RuleCheck:
    written: nodes.Rule
    name: str
    names: Names
    heading: tuple[Ruleset | None, Interval | None]
    source: Source
    problems: Problems
    literals: Literals = field(init=False)
    conditions: Conditions = field(init=False)
    related: PartnerCheck = field(init=False)
    table: TableData | None = None
    key_column: str | None = None

    def __attrs_post_init__(self) -> None:
        self.literals = Literals(self.problems, self.names, self._row_scope())
        self.conditions = Conditions(self.literals)
        self.related = PartnerCheck(self.literals, self.conditions)

    def rule(self) -> Rule | None:
        if self.written.name is not None:
            self.literals.rule_name(self.written.name)
        self._check_rows()
        sentence = self.written.sentence
        subject = self.related.lines(sentence.subject.selection)
        core = self._core(sentence, subject)
        ruleset, interval = self.heading
        clauses = ClauseCheck(
            self.written.clauses, self.literals, self.conditions, self.related, interval
        )
        otherwise = clauses.one(nodes.Otherwise) or nodes.Otherwise("deny")
        clauses.check_scope(sentence.verb, otherwise)
        group_code, carc, rarcs = clauses.reasons(otherwise)
        exemptions = clauses.exemptions(sentence.verb)
        because, cites = clauses.because(), clauses.cites()
        intervals = clauses.intervals()
        if subject is None or core is None:
            return None
        return Rule(
            self.name,
            self.written.title.text if self.written.title else None,
            ruleset,
            subject,
            core,
            exemptions,
            otherwise.disposition,
            otherwise.scope or "line",
            group_code,
            carc,
            rarcs,
            because,
            cites,
            intervals,
            self.table,
            self.key_column,
            Written(self.source, self.written.span, self.written),
        )

    def _row_scope(self) -> RowScope | None:
        each = self.written.each
        if each is None:
            return None
        found = self.names.table(each.table.text)
        if found is None:
            if not self.names.knows(each.table.text):
                self.problems.add(
                    "E401",
                    f"there is no table `{each.table.text}`",
                    each.table.span,
                    help=did_you_mean(each.table.text, self.names.tables())
                    or f'name its file: `table {each.table.text} from "file.csv"`',
                )
            elif each.table.text in self.names.named:
                self.problems.add(
                    "E402",
                    f"`{each.table.text}` is not a table",
                    each.table.span,
                    help="name a table",
                )
            return RowScope(each.table.text, None)
        if found.data is None:
            return RowScope(each.table.text, None)
        self.table = found.data
        if not found.data.rows:
            self.problems.add(
                "W804",
                f"the table `{each.table.text}` has no rows, so the rule never fires",
                each.table.span,
                help="look whether the file was written to its end",
            )
        scope = RowScope(each.table.text, found.data)
        if each.column is not None:
            self.key_column = each.column.text.lower()
            if not scope.has(self.key_column):
                self.problems.add(
                    "E401",
                    f"the table `{each.table.text}` has no column `{self.key_column}`",
                    each.column.span,
                    help=did_you_mean(self.key_column, scope.columns)
                    or "its columns are " + ", ".join(f"`{name}`" for name in scope.columns[:12]),
                )
        return scope

    def _check_rows(self) -> None:
        each, span = self.written.each, self.written.span
        if each is None or "row." in self.source.text[span.start : span.end].lower():
            return
        known = list(self.table.columns)[:4] if self.table else ["column"]
        columns = ", ".join(f"`row.{name}`" for name in known)
        self.problems.add(
            "E504",
            f"this rule goes through `{each.table.text}` and names none of its columns",
            each.span,
            help=f"name a cell, such as {columns}, or leave `for each` out",
        )

    # ---- verbs

    def _core(self, sentence: nodes.Sentence, subject: Lines | None) -> Core | None:
        verb = sentence.verb
        if sentence.subject.mode is not None and not isinstance(verb, nodes.AtMost):
            word = "each of" if sentence.subject.mode == "each" else "together"
            self.problems.add(
                "E504",
                f"`{word}` belongs to `at most`",
                sentence.subject.span,
                help="leave it out: every line is judged by itself",
            )
        match verb:
            case nodes.RequiresPartner():
                return self._needs(verb, sentence)
            case nodes.RequiresField(condition):
                test = self.conditions.test(condition)
                return Violates(Negation(test)) if test else None
            case nodes.NotAllowed(narrowings):
                together = joined([self.related.narrowing(each) for each in narrowings])
                return Violates(together) if together else None
            case nodes.NotAllowedWith(partner, relations, windows):
                partners = self.related.partners(partner, relations, sentence.span, windows)
                return Excludes(partners) if partners else None
            case nodes.AllowedOnly(narrowings):
                together = joined([self.related.narrowing(each) for each in narrowings])
                return Violates(Negation(together)) if together else None
            case nodes.AtMost():
                return self._limit(verb, sentence, subject)
            case _:
                assert_never(verb)

    def _needs(self, verb: nodes.RequiresPartner, sentence: nodes.Sentence) -> Core | None:
        partners = self.related.partners(verb.partner, verb.relations, sentence.span)
        if verb.count is None:
            return Needs(partners) if partners else None
        if verb.count == "all":
            return self._needs_all(partners, verb)
        count = self.literals.count(verb.count, "how many different codes")
        if partners is None or count is None:
            return None
        values = partners.lines.codes
        listed = values.codes.enumerable if values and not values.row_values else None
        if isinstance(count, int) and listed is not None and count > len(listed):
            self.problems.add(
                "E304",
                f"this set has only {len(listed)} codes, not {count}",
                verb.count.span,
                help="ask for fewer",
            )
            return None
        return Needs(partners, count)

    def _needs_all(self, partners: Partners | None, verb: nodes.RequiresPartner) -> Core | None:
        if partners is None:
            return None
        values = partners.lines.codes
        if values is None or values.codes.enumerable is None or self._has_patterns(values):
            self.problems.add(
                "E504",
                "`all of` needs its codes one by one",
                verb.partner.span,
                help="write `requires 3 of ...`, or list the codes without `*` and `to`",
            )
            return None
        return Needs(partners, None if values.row_values else len(values.codes.enumerable))

    def _has_patterns(self, values: Values) -> bool:
        """Whether a cell of the row's columns is a prefix or a range."""
        columns = (
            [self.table.columns[each.column] for each in values.row_values] if self.table else []
        )
        cells = {cell for column in columns for cell in column.texts}
        return any("*" in cell or " to " in cell.lower() for cell in cells)

    def _limit(
        self, verb: nodes.AtMost, sentence: nodes.Sentence, subject: Lines | None
    ) -> Core | None:
        row = verb.number.row_column is not None
        number = (
            self.literals.row_value(verb.number, "number", None)
            if row
            else self.literals.number(
                verb.number, f"a number of {verb.counted}", whole=verb.counted != "units"
            )
        )
        for when in verb.relations.whens:
            self.problems.add(
                "E504",
                "a limit says its time with `per`, not with a relation",
                when.span,
                help="write `per day`, `per calendar year` or `per 30 days`",
            )
        if verb.counted in ("times", "dates") and verb.period.kind in ("line", "day"):
            self.problems.add(
                "W803",
                f"`{verb.counted}` are dates of service, and a {verb.period.kind} has only one",
                verb.span,
                help=f"count lines or units: `at most {verb.number.text}"
                f" line{'' if verb.number.text == '1' else 's'} per day`",
            )
        likenesses = self.related.likenesses(verb.relations.whos)
        period = verb.period
        count = (
            self.literals.count(period.count, f"a number of {period.unit}") if period.count else 0
        )
        if subject is not None:
            self._check_mode(verb, sentence.subject, subject)
        if number is None or likenesses is None or count is None:
            return None
        return Limit(
            number,
            "dates" if verb.counted == "times" else verb.counted,
            period.kind,
            count,
            period.unit or "days",
            likenesses,
            sentence.subject.mode == "together",
        )

    def _check_mode(self, verb: nodes.AtMost, subject: nodes.Subject, lines: Lines) -> None:
        """A limit on several codes must say how they count; on one line each is alone anyway."""
        if subject.mode is not None or verb.period.kind == "line":
            return
        if lines.codes is not None:
            alone = lines.codes.codes.enumerable
            if alone is not None and len(alone) + len(lines.codes.row_values) <= 1:
                return
        shown = self.related.quote(subject.span)
        self.problems.add(
            "E503",
            f"`{shown}` are several codes: does the limit hold for each or for all together?",
            subject.span,
            help=f"write `each of {shown} at most ...` or `{shown} together at most ...`",
        )
