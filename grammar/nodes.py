"""What an author wrote, construct by construct.

A node's docstring is its concrete syntax. Spans stand outside equality, so that the same rule
written elsewhere is equal. Codes, names, numbers and dates are still the author's words here;
check.py holds each to its place.
"""

from typing import Literal

from attrs import field as attribute
from attrs import frozen

from editwright.grammar.source import Source, Span

NOWHERE = Span(0, 0)


def _span() -> Span:
    return attribute(kw_only=True, eq=False, repr=False, default=NOWHERE)


# ---- words and sets of words


@frozen(slots=True)
class One:
    """`64643`, `G80.*`, `office_visits`, `2025-03-01`, `row.column_1`"""

    text: str
    span: Span = _span()

    @property
    def row_column(self) -> str | None:
        """The column, where this is `row.column`."""
        if self.text[:4].lower() != "row.":
            return None
        return self.text[4:]


@frozen(slots=True)
class Range:
    """`99202 to 99215`"""

    first: One
    last: One
    span: Span = _span()


@frozen(slots=True)
class Text:
    """`"a text in quotes"`, without its quotes"""

    text: str
    span: Span = _span()


Value = One | Range | Text


@frozen(slots=True)
class ValueSet:
    """`99202 to 99215, 99381 except 99211`"""

    members: tuple[Value, ...]
    excluded: tuple[Value, ...] = ()
    span: Span = _span()


# ---- conditions


@frozen(slots=True)
class Field:
    """`units`, `principal diagnosis`, `days from date to received`, `plan`, `row.column`"""

    name: str
    span: Span = _span()


Operator = Literal["=", "!=", "<", "<=", ">", ">="]


@frozen(slots=True)
class Compare:
    """`units > 3`"""

    field: Field
    operator: Operator
    value: Value
    span: Span = _span()


@frozen(slots=True)
class CompareFields:
    """`received < date`"""

    field: Field
    operator: Operator
    other: Field
    span: Span = _span()


@frozen(slots=True)
class In:
    """`modifier 24, 25`, `place in 11, 19`, `place not in facility`"""

    field: Field
    values: ValueSet
    negated: bool = False
    with_word_in: bool = attribute(default=False, eq=False, kw_only=True)
    span: Span = _span()


@frozen(slots=True)
class IsMissing:
    """`authorization is missing`, `authorization is not missing`"""

    field: Field
    negated: bool = False
    span: Span = _span()


@frozen(slots=True)
class Present:
    """`authorization`, standing alone"""

    field: Field
    span: Span = _span()


@frozen(slots=True)
class Not:
    """`not CONDITION`"""

    condition: "Condition"
    span: Span = _span()


@frozen(slots=True)
class AllOf:
    """`CONDITION and CONDITION`"""

    conditions: tuple["Condition", ...]
    span: Span = _span()


@frozen(slots=True)
class AnyOf:
    """`CONDITION or CONDITION`"""

    conditions: tuple["Condition", ...]
    span: Span = _span()


Condition = Compare | CompareFields | In | IsMissing | Present | Not | AllOf | AnyOf


# ---- subjects, partners and their relations


@frozen(slots=True)
class Narrowing:
    """`with modifier 50`, `without modifier 25`, `when units > 3`"""

    kind: Literal["with", "without", "when"]
    condition: Condition
    span: Span = _span()


@frozen(slots=True)
class Selection:
    """`99202 to 99215 except 99211 with modifier 25`; without members: `any line`"""

    codes: ValueSet
    narrowings: tuple[Narrowing, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class Subject:
    """`each of 64643, 64645`, `office_visits together`"""

    selection: Selection
    mode: Literal["each", "together"] | None = None
    span: Span = _span()


@frozen(slots=True)
class Partner:
    """`payable 64642 or 64644`"""

    selection: Selection
    payable: bool = False
    span: Span = _span()


@frozen(slots=True)
class Same:
    """`same date`, `same claim`, `same calendar month`, `same calendar year`"""

    what: Literal["date", "claim", "calendar month", "calendar year"]
    span: Span = _span()


@frozen(slots=True)
class Ever:
    """`ever`"""

    span: Span = _span()


TimeUnit = Literal["days", "months", "years"]


@frozen(slots=True)
class Window:
    """`within 3 days`, `on or within 12 months before`"""

    count: One
    unit: TimeUnit
    direction: Literal["before", "after"] | None = None
    on: bool = False
    span: Span = _span()


Moment = Same | Ever | Window


@frozen(slots=True)
class When:
    """`same date or within 3 days before`"""

    moments: tuple[Moment, ...]
    span: Span = _span()


@frozen(slots=True)
class Who:
    """`same provider`, `different group`, `same plan`"""

    what: str
    different: bool = False
    span: Span = _span()


@frozen(slots=True)
class Relations:
    """`same date, same provider`; several "when"s behind commas must all hold"""

    whens: tuple[When, ...] = ()
    whos: tuple[Who, ...] = ()
    span: Span = _span()


# ---- the four verbs


@frozen(slots=True)
class RequiresPartner:
    """`requires 3 of chem_panel same date`; `count` is `all`, a number or nothing"""

    partner: Partner
    count: One | Literal["all"] | None
    relations: Relations
    span: Span = _span()


@frozen(slots=True)
class RequiresField:
    """`requires modifier LT or RT`, `requires authorization`"""

    condition: Condition
    span: Span = _span()


@frozen(slots=True)
class NotAllowed:
    """`not allowed`, `not allowed with modifier 50`, `not allowed when units = 0`"""

    narrowings: tuple[Narrowing, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class NotAllowedWith:
    """`not allowed with 45378 same date`, `not allowed within 90 days after 27447`

    `windows` stand before the partner and place the subject; one of them must hold.
    """

    partner: Partner
    relations: Relations
    windows: tuple[Window, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class AllowedOnly:
    """`allowed only with place 11, 19`, `allowed only when age >= 65`"""

    narrowings: tuple[Narrowing, ...]
    span: Span = _span()


PeriodKind = Literal[
    "line", "day", "claim", "calendar month", "calendar year", "lifetime", "rolling"
]


@frozen(slots=True)
class Period:
    """`per day`, `per calendar year`, `per 11 months`"""

    kind: PeriodKind
    count: One | None = None
    unit: TimeUnit | None = None
    span: Span = _span()


@frozen(slots=True)
class AtMost:
    """`at most 3 units per day, same provider`"""

    number: One
    counted: Literal["units", "lines", "times", "dates"]
    period: Period
    relations: Relations
    span: Span = _span()


Verb = RequiresPartner | RequiresField | NotAllowed | NotAllowedWith | AllowedOnly | AtMost


@frozen(slots=True)
class Sentence:
    """`64643 requires 64642 same date`"""

    subject: Subject
    verb: Verb
    span: Span = _span()


# ---- clauses


@frozen(slots=True)
class Unless:
    """`unless modifier in separate on either line when row.modifier_indicator = 1`"""

    condition: Condition
    side: Literal["either", "other"] | None = None
    when: Condition | None = None
    span: Span = _span()


@frozen(slots=True)
class UnlessPartner:
    """`unless with G0463 same date`"""

    partner: Partner
    relations: Relations
    when: Condition | None = None
    span: Span = _span()


Disposition = Literal["deny", "reject", "pend", "warn", "monitor", "reduce"]
Scope = Literal["line", "all", "claim"]


@frozen(slots=True)
class Otherwise:
    """`otherwise deny claim as CO-107 N122`"""

    disposition: Disposition
    scope: Scope | None = None
    reasons: tuple[One, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class Because:
    """`because "{code} on {date} is an add-on code."`"""

    text: Text | One
    span: Span = _span()


@frozen(slots=True)
class Cites:
    """`source "NCCI add-on code edits, type 1"`"""

    text: Text | One
    span: Span = _span()


@frozen(slots=True)
class Effective:
    """`effective 2025-01-01 to 2025-12-31`"""

    first: One
    last: One | None = None
    span: Span = _span()


Clause = Unless | UnlessPartner | Otherwise | Because | Cites | Effective


# ---- statements


@frozen(slots=True)
class Each:
    """`for each row of ptp`; with a column: `for each add_on of aoc`"""

    table: One
    column: One | None = None
    span: Span = _span()


@frozen(slots=True)
class Rule:
    """`rule NAME "title" for each row of TABLE: SENTENCE` and its clauses; or only a sentence"""

    name: One | None
    title: Text | None
    each: Each | None
    sentence: Sentence
    clauses: tuple[Clause, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class Ruleset:
    """`ruleset chemodenervation version "2025.1" effective 2025-01-01 to 2025-12-31`"""

    name: One
    version: Text | None = None
    effective: Effective | None = None
    source: Cites | None = None
    span: Span = _span()


@frozen(slots=True)
class Use:
    """`use "ncci/modifiers.edits"`"""

    path: Text
    span: Span = _span()


ListKind = Literal[
    "codes", "diagnoses", "modifiers", "places", "specialties", "revenue codes", "bill types"
]


@frozen(slots=True)
class ListOf:
    """`codes office_visits = 99202 to 99215 except 99211`"""

    kind: ListKind
    name: One
    values: ValueSet
    span: Span = _span()


@frozen(slots=True)
class ListFromFile:
    """`codes minor from "mpfs.csv" column hcpcs when glob = "000"`"""

    kind: ListKind
    name: One
    path: Text
    column: One
    when: Condition | None = None
    span: Span = _span()


@frozen(slots=True)
class Table:
    """`table ptp from "ptp.parquet"`"""

    name: One
    path: Text
    span: Span = _span()


@frozen(slots=True)
class DeclaredField:
    """`field plan is code`"""

    name: One
    type: One
    span: Span = _span()


@frozen(slots=True)
class Patient:
    """`patient age 46 sex F`, `patient born 1960-02-29`"""

    age: One | None = None
    born: One | None = None
    sex: One | None = None
    span: Span = _span()


@frozen(slots=True)
class GivenLine:
    """`history claim A 64643-LT x 4 on 2025-03-01 by 1111111112 at place 11 with charge 120.00`"""

    code: One
    history: bool = False
    claim: One | None = None
    first: One | None = None
    last: One | None = None
    units: One | None = None
    provider: One | None = None
    place: One | None = None
    details: tuple[Condition, ...] = ()
    span: Span = _span()


@frozen(slots=True)
class Expected:
    """`CHEMO-ADDON on 64643`, `R1 on line 3`, `R1 reduces line 2 to 1`, `R1 pends 73721`"""

    rule: One
    line: One | None = None
    code: One | None = None
    disposition: Disposition | None = None
    allowed: One | None = None
    span: Span = _span()


@frozen(slots=True)
class Example:
    """`example "title"`, `given ...`, `and ...`, `expect ...`; expecting nothing: no findings"""

    title: Text
    patient: Patient | None
    lines: tuple[GivenLine, ...]
    expected: tuple[Expected, ...]
    span: Span = _span()


Statement = Ruleset | Use | ListOf | ListFromFile | Table | DeclaredField | Rule | Example


@frozen(slots=True)
class RuleFile:
    """A whole rule file. Statements that could not be read are not in it, but in `lost`."""

    source: Source = attribute(eq=False)
    statements: tuple[Statement, ...]
    lost: tuple["LostStatement", ...] = attribute(default=(), eq=False)
    damaged: tuple["DamagedStatement", ...] = attribute(default=(), eq=False)


@frozen(slots=True)
class LostStatement:
    """What can still be told of a statement that could not be read: what kind, which name, and
    after how many statements it stood. It keeps one slip from being reported many times."""

    kind: Literal["list", "table", "field", "rule", "use", "other"]
    name: str | None
    after: int


@frozen(slots=True)
class DamagedStatement:
    """What is left of a statement that could not be read, to be searched for more problems: the
    lost sentence of a rule is `any line not allowed`, a lost line of an example `99999`."""

    statement: Statement
    sentence_lost: bool
    heading_lost: bool
    lines_lost: bool
    ends: tuple[int, ...] = ()
    """Offsets at which a part of it was cut off: what ends there may not be whole."""
    guesses: tuple[int, ...] = ()
    """Offsets of words that are guessed: what is said of them may not be meant."""
