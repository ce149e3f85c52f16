"""Checked rules: what the evaluator gets.

Every word has become a code set, a number, a date or a table column; every list is resolved,
every default is filled in, and every rule is in its stratum. What cannot be evaluated is no
checked rule.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Literal

from attrs import evolve, field, frozen

from editwright.grammar import nodes
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.source import Source, Span
from editwright.grammar.tables import Row, TableData

FieldType = Literal["code", "number", "date"]
Scalar = str | Decimal | date


@frozen(slots=True)
class FieldRef:
    """A field of the service line, or a column of the rule's table.

    `many`: the field is a set (modifiers, diagnoses), and a set is never unknown.
    """

    name: str
    type: FieldType
    kind: Kind | None = field(default=None, eq=False, repr=False)
    many: bool = False
    declared: bool = False
    row_column: str | None = None
    days: "tuple[FieldRef, FieldRef] | None" = None
    """The two date fields between which `days from ... to ...` counts."""


@frozen(slots=True)
class RowValue:
    """`row.column`: the cell of the row, read as the kind, number or date that its place asks
    for. `lists` are the lists that a cell may name."""

    column: str
    type: FieldType
    kind: Kind | None = field(default=None, eq=False, repr=False)
    lists: dict[str, CodeSet] = field(factory=dict, eq=False, repr=False)


@frozen(slots=True)
class Values:
    """Codes, or stretches of numbers or dates, with the row's own and without some."""

    codes: CodeSet = CodeSet()
    intervals: tuple[tuple[Scalar, Scalar], ...] = ()
    row_values: tuple[RowValue, ...] = ()
    minus: "Values | None" = None


# ---- conditions


@frozen(slots=True)
class Comparison:
    """A field against one value, a column of the row, or another field."""

    field: FieldRef
    operator: nodes.Operator
    value: Scalar | RowValue | FieldRef


@frozen(slots=True)
class Member:
    """Whether a field's value, or one of its values, is among some."""

    field: FieldRef
    values: Values


@frozen(slots=True)
class Missing:
    """Whether a field has no value; this is never unknown."""

    field: FieldRef


@frozen(slots=True)
class Negation:
    """Whether a condition does not hold."""

    condition: "Test"


@frozen(slots=True)
class Both:
    """Whether all conditions hold; of none, they do."""

    conditions: tuple["Test", ...] = ()


@frozen(slots=True)
class Either:
    """Whether one of the conditions holds."""

    conditions: tuple["Test", ...]


Test = Comparison | Member | Missing | Negation | Both | Either
ALWAYS = Both()


# ---- which lines, and how they are related


@frozen(slots=True)
class Lines:
    """Which lines a rule speaks of: `codes` of nothing means any line, but for `excluded`."""

    codes: Values | None
    condition: Test = ALWAYS
    excluded: Values | None = None


@frozen(slots=True)
class Moment:
    """One relation in time. Its kind is one of date, claim, calendar month, calendar year, ever
    and window; the rest is for windows.

    A window is counted from its anchor, the line that the sentence does not place.
    """

    kind: Literal["date", "claim", "calendar month", "calendar year", "ever", "window"]
    count: int | RowValue = 0
    unit: nodes.TimeUnit = "days"
    direction: Literal["before", "after"] | None = None
    on: bool = False
    anchor: Literal["subject", "partner"] = "subject"


@frozen(slots=True)
class Likeness:
    """`same provider`, `different group`"""

    field: FieldRef
    different: bool = False


@frozen(slots=True)
class Relation:
    """How a partner is related to its subject: one moment of each group, and every likeness."""

    moments: tuple[tuple[Moment, ...], ...]
    likenesses: tuple[Likeness, ...] = ()


@frozen(slots=True)
class Partners:
    """Which lines are partners of a subject line."""

    lines: Lines
    relation: Relation
    payable: bool = False


# ---- what a rule says of its subject line


@frozen(slots=True)
class Needs:
    """Fires with fewer than `count` different codes among the partners.

    A count of nothing stands for all the codes that `partners` names.
    """

    partners: Partners
    count: int | RowValue | None = 1


@frozen(slots=True)
class Excludes:
    """Fires with a partner."""

    partners: Partners


@frozen(slots=True)
class Violates:
    """Fires where the condition definitely holds."""

    condition: Test


@frozen(slots=True)
class Limit:
    """Fires where the counted total goes over the number."""

    number: Decimal | RowValue
    counted: Literal["units", "lines", "dates"]
    period: nodes.PeriodKind
    count: int | RowValue = 0
    unit: nodes.TimeUnit = "days"
    likenesses: tuple[Likeness, ...] = ()
    together: bool = False
    """Whether several codes count together; else each by itself."""


Core = Needs | Excludes | Violates | Limit


@frozen(slots=True)
class Exemption:
    """The rule does not fire where the condition holds on the subject line, on the partner line
    (`other`) or on one of the two (`either`), as long as `when` holds on the subject line."""

    condition: Test
    side: Literal["either", "other"] | None = None
    when: Test = ALWAYS


@frozen(slots=True)
class PartnerExemption:
    """The rule does not fire where the line has one of these other partners."""

    partners: Partners
    when: Test = ALWAYS


@frozen(slots=True)
class Interval:
    """Days from `first` to `last`, both in it; a missing end is open."""

    first: date | RowValue | None = None
    last: date | RowValue | None = None


@frozen(slots=True)
class Ruleset:
    """The file's own heading."""

    name: str
    version: str | None = None
    source: str | None = None


class Written:
    """What the author of a rule wrote, and where. Nodes take most of a rule's memory, and only a
    rule that is explained or that fires needs its own: they may be forgotten, and are read from
    the text again."""

    __slots__ = ("_node", "source", "span")

    def __init__(self, source: Source, span: Span, node: nodes.Rule | None = None) -> None:
        self.source = source
        self.span = span
        self._node = node

    @property
    def node(self) -> nodes.Rule:
        """The rule's node."""
        if self._node is None:
            from editwright.grammar.parse import parse_rule  # only here are words read again

            self._node = parse_rule(self.source, self.span)
        return self._node

    def forget(self) -> None:
        """Keep the place alone: a copy, since the numbers of the node's own lie among nodes, whose
        memory could not be given back."""
        self._node = None
        self.span = Span(self.span.start + 0, self.span.end + 0)


@frozen(slots=True, eq=False)
class Rule:
    """One checked rule."""

    name: str
    title: str | None
    ruleset: Ruleset | None
    subject: Lines
    core: Core
    exemptions: tuple[Exemption | PartnerExemption, ...]
    disposition: nodes.Disposition
    scope: nodes.Scope
    group_code: str | None
    carc: str | None
    rarcs: tuple[str, ...]
    because: str | RowValue | None
    cites: str | RowValue | None
    intervals: tuple[Interval, ...]
    table: TableData | None
    key_column: str | None
    """The column of `for each COLUMN`: rows with one value of it are one rule."""
    written: "Written" = field(repr=False)

    @property
    def source(self) -> Source:
        """The file that the rule stands in."""
        return self.written.source

    @property
    def node(self) -> nodes.Rule:
        """What its author wrote."""
        return self.written.node

    @property
    def span(self) -> Span:
        """Where in its file the rule stands."""
        return self.written.span

    @property
    def denies(self) -> bool:
        """Whether a finding makes lines not payable."""
        return self.disposition in ("deny", "reject")


@frozen(slots=True)
class GivenLine:
    """One line of an example, `values` by field name (see `Field` in nodes)."""

    code: str
    modifiers: tuple[str, ...]
    claim: str
    history: bool
    first: date | None
    last: date | None
    units: Decimal
    values: dict[str, Scalar | tuple[str, ...]]


@frozen(slots=True)
class Expected:
    """One expected finding; `lines` are the 1-based numbers of the lines that it may be on."""

    rule: str
    lines: tuple[int, ...]
    disposition: nodes.Disposition | None
    allowed: Decimal | None
    written: str
    span: Span


@frozen(slots=True, eq=False)
class Example:
    """One checked example."""

    title: str
    source: Source = field(repr=False)
    span: Span
    age: int | None
    born: date | None
    sex: str | None
    lines: tuple[GivenLine, ...]
    expected: tuple[Expected, ...]


@frozen(slots=True, eq=False)
class CheckedFile:
    """One file's rules and examples, in its order."""

    source: Source
    rules: tuple[Rule, ...]
    examples: tuple[Example, ...]
    declared_fields: dict[str, str]
    written: nodes.RuleFile | None = field(default=None, repr=False)
    """All statements as they were written."""


@frozen(slots=True, eq=False)
class CheckedRules:
    """All files of one run. `strata`: rules in the order in which they must be judged, those of
    one stratum together."""

    files: tuple[CheckedFile, ...]
    strata: tuple[tuple[Rule, ...], ...]
    declared_fields: dict[str, str]
    digest: str | None = field(default=None, repr=False)
    """A digest of all texts and tables that these rules were made from; nothing where that is
    not known."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of all files, in the order of the files."""
        return tuple(rule for file in self.files for rule in file.rules)

    def without_nodes(self) -> "CheckedRules":
        """The same rules, whose nodes are read again when they are asked for."""
        for rule in self.rules:
            rule.written.forget()
        return evolve(self, files=tuple(evolve(file, written=None) for file in self.files))


def rows_of(rule: Rule) -> Sequence[Row]:
    """The rows of the rule's table; none where it stands for itself."""
    return [rule.table.row(number) for number in range(rule.table.rows)] if rule.table else []
