"""The meaning of the language, written a second time: slowly, and for the eye.

From the syntax tree and the lines of one member to what the rules find, by trying every line,
every pair and every set of partners. It shares no code with `evaluator/`, nor with the checks of
`grammar/`: what both get wrong in the same way, two readers of the contract got wrong.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import TypeVar, assert_never

from attrs import evolve, frozen

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import nodes

Identity = tuple[str, int]
"""A line's claim and number."""

Row = Mapping[str, str | None]
Scalar = str | Decimal | date
C = TypeVar("C", nodes.Otherwise, nodes.Effective)

NOT_PAID = {"denied", "deny", "d", "rejected", "reject"}
"""What the status of a history line says where it was not paid."""


@frozen
class Found:
    """What a rule finds on a line."""

    rule: str
    claim_id: str
    line_number: int
    partners: frozenset[Identity]
    disposition: str
    units_allowed: Decimal | None


def findings(file: nodes.RuleFile, lines: Sequence[ServiceLine]) -> set[Found]:
    """What the rules of a file find on the lines of one member."""
    return Member(file, lines).findings()


# ---- three-valued truth: what the claim surely shows, and what it does not rule out


@frozen
class Truth:
    """`surely` implies `possibly`; between the two lies the unknown."""

    surely: bool
    possibly: bool

    def __and__(self, other: "Truth") -> "Truth":
        return Truth(self.surely and other.surely, self.possibly and other.possibly)

    def __or__(self, other: "Truth") -> "Truth":
        return Truth(self.surely or other.surely, self.possibly or other.possibly)

    def __invert__(self) -> "Truth":
        return Truth(not self.possibly, not self.surely)


YES, NO, UNKNOWN = Truth(True, True), Truth(False, False), Truth(False, True)


def known(fact: bool) -> Truth:
    """A truth without doubt."""
    return YES if fact else NO


def every(truths: Iterable[Truth]) -> Truth:
    """Whether all hold; of none, they do."""
    together = YES
    for each in truths:
        together = together & each
    return together


def some(truths: Iterable[Truth]) -> Truth:
    """Whether at least one holds."""
    together = NO
    for each in truths:
        together = together | each
    return together


# ---- days


def shifted(day: date, count: int, unit: nodes.TimeUnit) -> date:
    """So many days, months or years later: the same day of the month, or its last day."""
    if unit == "days":
        number = min(max(day.toordinal() + count, date.min.toordinal()), date.max.toordinal())
        return date.fromordinal(number)
    months = day.year * 12 + day.month - 1 + count * (12 if unit == "years" else 1)
    year, month = divmod(months, 12)
    if not date.min.year <= year <= date.max.year:
        return date.min if year < date.min.year else date.max
    for day_of_month in range(day.day, 27, -1):
        try:
            return date(year, month + 1, day_of_month)
        except ValueError:
            continue
    return date(year, month + 1, min(day.day, 27))


def completed(born: date, day: date, unit: nodes.TimeUnit) -> Decimal:
    """How many whole days, months or years of life are over: counted one by one."""
    if unit == "days":
        return Decimal((day - born).days)
    age = 0
    while shifted(born, age + 1, unit) <= day:
        age += 1
    return Decimal(age)


# ---- codes


def spelled(kind: str, text: str) -> str:
    """The one spelling of a code of a kind."""
    match kind:
        case "text":
            return text
        case "status":
            return text.lower()
        case "diagnosis":
            return text.replace(".", "").upper()
        case "bill type":
            return text.upper().removeprefix("0")
        case _:
            return text.upper()


def shape(code: str) -> str:
    """Where a code has digits; a letter behind them names a series, and stands for itself."""
    pattern = re.sub("[A-Z]", "A", re.sub("[0-9]", "9", code))
    return pattern if code[-1].isdigit() else pattern[:-1] + code[-1]


# ---- fields

NUMBERS = {"age", "age in months", "age in days", "units", "charge", "number of modifiers"}
DATES = {"date", "received"}
DIAGNOSES = {"diagnosis", "principal diagnosis", "claim diagnosis"}
CELL_VALUE = re.compile(r"([^\s,]+)\s+to\s+([^\s,]+)|[^\s,]+")
BETWEEN = re.compile(r"days from (\S+) to (\S+)")


@frozen
class Content:
    """What a field or a column holds. `whole`: there is nothing more in it that we do not see."""

    values: tuple[Scalar, ...]
    whole: bool

    def has(self, test: Callable[[Scalar], Truth]) -> Truth:
        """Whether one of the values passes."""
        return some(map(test, self.values)) | (NO if self.whole else UNKNOWN)


def single(value: Scalar | None) -> Content:
    """Of a field with one value: where that is missing, it could be anything."""
    return Content((), False) if value is None else Content((value,), True)


def several(values: Iterable[str]) -> Content:
    """Of a field that is a set: what is not in it is definitely not in it."""
    return Content(tuple(values), True)


ORDER: Mapping[nodes.Operator, Callable[[bool, bool], bool]] = {
    "=": lambda less, equal: equal,
    "!=": lambda less, equal: not equal,
    "<": lambda less, equal: less,
    "<=": lambda less, equal: less or equal,
    ">": lambda less, equal: not less and not equal,
    ">=": lambda less, equal: not less,
}


def compared(left: Content, operator: nodes.Operator, right: Content) -> Truth:
    """`!=` denies `=`; any other operator holds with one value on each side."""
    if operator == "!=":
        return ~compared(left, "=", right)

    def holds(one: Scalar, other: Scalar) -> Truth:
        return known(ORDER[operator](one < other, one == other))  # type: ignore[operator]

    return left.has(lambda one: right.has(lambda other: holds(one, other)))


# ---- one member


@frozen
class Verdict:
    """A rule fires on a line."""

    line: ServiceLine
    partners: frozenset[Identity]
    allowed: Decimal | None = None

    def joined(self, other: "Verdict") -> "Verdict":
        """What two rows of a table say of one line."""
        allowed = [each for each in (self.allowed, other.allowed) if each is not None]
        return Verdict(self.line, self.partners | other.partners, min(allowed, default=None))


class Member:
    """The rules of a file over all lines of one member."""

    def __init__(self, file: nodes.RuleFile, lines: Sequence[ServiceLine]) -> None:
        self.lines = lines
        self.heading: nodes.Effective | None = None
        self.lists: dict[str, nodes.ListOf] = {}
        self.types: dict[str, str] = {}
        self.tables: dict[str, list[Row]] = {}
        self.rules: list[tuple[str, nodes.Rule]] = []
        for statement in file.statements:
            match statement:
                case nodes.Ruleset():
                    self.heading = statement.effective
                case nodes.ListOf(_, name):
                    self.lists[name.text] = statement
                case nodes.DeclaredField(name, type_name):
                    self.types[name.text] = type_name.text.lower()
                case nodes.Table(name, path):
                    assert file.source.path is not None
                    with (file.source.path.parent / path.text).open(newline="") as cells:
                        self.tables[name.text] = [
                            {column: cell or None for column, cell in row.items()}
                            for row in csv.DictReader(cells)
                        ]
                case nodes.Rule(name):
                    number = len(self.rules) + 1
                    self.rules.append((name.text if name else f"R{number}", statement))
                case nodes.Use() | nodes.ListFromFile() | nodes.Example():
                    raise NotImplementedError("the model reads no other files and no examples")

    def findings(self) -> set[Found]:
        """What all rules find, once every denial is known."""
        denied = self.all_denials()
        return {
            Found(
                name,
                verdict.line.claim_id,
                verdict.line.line_number,
                verdict.partners,
                clause_of(rule, nodes.Otherwise, nodes.Otherwise("deny")).disposition,
                verdict.allowed,
            )
            for name, rule in self.rules
            for verdict in self.verdicts(rule, denied, denied)
        }

    def all_denials(self) -> set[ServiceLine]:
        """The one set of denied lines that brings itself about.

        What `not allowed with payable` must wait for is right after one round more than what it
        waits for, so that rules which can be put into an order come to rest.
        """
        denied: set[ServiceLine] = set()
        for _ in range(len(self.rules) + 2):
            again = self.spread(denied)
            if again == denied:
                return denied
            denied = again
        raise AssertionError("these rules wait for each other's denials")

    def spread(self, assumed: set[ServiceLine]) -> set[ServiceLine]:
        """The denials that follow, one from the other, where those assumed stand fast for rules
        that fire less when more is denied."""
        denied: set[ServiceLine] = set()
        while True:
            wider = {
                line
                for _, rule in self.rules
                for verdict in self.verdicts(rule, denied, assumed)
                for line in self.denied_by(rule, verdict)
            }
            assert denied <= wider, "denials only spread"
            if wider == denied:
                return denied
            denied = wider

    def denied_by(self, rule: nodes.Rule, verdict: Verdict) -> Iterator[ServiceLine]:
        """The lines that one verdict makes not payable."""
        otherwise = clause_of(rule, nodes.Otherwise, nodes.Otherwise("deny"))
        if otherwise.disposition in ("deny", "reject"):
            for line in self.lines:
                same_claim = line.claim_id == verdict.line.claim_id and not line.history
                if line is verdict.line or (otherwise.scope == "claim" and same_claim):
                    yield line

    def verdicts(
        self, rule: nodes.Rule, spreading: set[ServiceLine], assumed: set[ServiceLine]
    ) -> list[Verdict]:
        """What a rule says, all rows of its table together: once for each line."""
        said: dict[ServiceLine, Verdict] = {}
        for rows in self.rows_of(rule):
            for verdict in Reading(self, rule, rows, spreading, assumed).verdicts():
                earlier = said.get(verdict.line)
                said[verdict.line] = verdict.joined(earlier) if earlier else verdict
        return list(said.values())

    def rows_of(self, rule: nodes.Rule) -> list[list[Row]]:
        """The rows that one reading of the rule is about; without a table, an empty one. Of a rule
        about pairs each row is a reading."""
        if rule.each is None:
            return [[{}]]
        rows = self.tables[rule.each.table.text]
        if rule.each.column is None or isinstance(rule.sentence.verb, nodes.NotAllowedWith):
            return [[row] for row in rows]
        key = rule.each.column.text
        values = sorted({row[key] or "" for row in rows} - {""})
        return [[row for row in rows if row[key] == value] for value in values]


def clause_of(rule: nodes.Rule, kind: type[C], default: C) -> C:
    """The rule's one clause of a kind."""
    return next((each for each in rule.clauses if isinstance(each, kind)), default)


# ---- one rule, read for some rows of its table


@frozen
class Reading:
    """One rule, with the rows that `row.column` stands for."""

    member: Member
    rule: nodes.Rule
    rows: Sequence[Row]
    spreading: set[ServiceLine]
    assumed: set[ServiceLine]

    @property
    def verb(self) -> nodes.Verb:
        """The rule's verb, with what belongs to it."""
        return self.rule.sentence.verb

    def verdicts(self) -> Iterator[Verdict]:
        """What the rule says."""
        if isinstance(self.verb, nodes.AtMost):
            yield from self.over_the_limit(self.verb)
            return
        for line in self.member.lines:
            today = self.on_the_day_of(line)
            if today.rows and not line.history and today.is_subject(line).surely:
                partners = today.violation(line)
                if partners is not None:
                    yield Verdict(line, partners)

    def violation(self, line: ServiceLine) -> frozenset[Identity] | None:
        """Nothing where the line is in order; else the partners that the finding lists."""
        verb = self.verb
        alone = ~self.is_exempt(line)
        match verb:
            case nodes.RequiresField(condition):
                fires = alone & ~self.holds(condition, line)
                return frozenset() if fires.surely else None
            case nodes.NotAllowed(narrowings):
                fires = alone & self.is_narrowed(line, narrowings)
                return frozenset() if fires.surely else None
            case nodes.AllowedOnly(narrowings):
                fires = alone & ~self.is_narrowed(line, narrowings)
                return frozenset() if fires.surely else None
            case nodes.NotAllowedWith(partner, relations, windows):
                offending = frozenset(
                    identity(other)
                    for other in self.member.lines
                    if (
                        self.is_partner(line, other, partner, relations, windows)
                        & ~self.is_exempt(line, other)
                    ).surely
                )
                return offending or None
            case nodes.RequiresPartner(partner, count, relations):
                present = {
                    other: self.is_partner(line, other, partner, relations, ())
                    for other in self.member.lines
                }
                possible = [other for other, truth in present.items() if truth.possibly]
                wanted = self.how_many(count, partner)
                if not alone.surely or wanted is None or enough(possible, wanted, count is None):
                    return None
                return frozenset(
                    identity(other) for other, truth in present.items() if truth.surely
                )
            case nodes.AtMost():
                raise AssertionError("a limit looks at all lines together")
            case _:
                assert_never(verb)

    def how_many(self, count: nodes.One | str | None, partner: nodes.Partner) -> int | None:
        """How many different codes are asked for; nothing where the table does not say."""
        if count is None:
            return 1
        if isinstance(count, nodes.One):
            numbers = self.column_or_word(count, Decimal)
            return max(int(str(each)) for each in numbers.values) if numbers.values else None
        return len(self.spelled_out(partner.selection.codes))

    def spelled_out(self, codes: nodes.ValueSet) -> set[str]:
        """The codes of a set without prefixes and ranges, one by one."""
        written: list[nodes.Value] = []
        for value in codes.members:
            if isinstance(value, nodes.One) and value.row_column is not None:
                cells = self.column_or_word(value, str).values
                written += [each for cell in cells for each in values_of(str(cell))]
            else:
                written.append(value)
        spelled_out: set[str] = set()
        for value in written:
            assert isinstance(value, nodes.One)
            inner = self.member.lists.get(value.text)
            spelled_out |= self.spelled_out(inner.values) if inner else {value.text}
        excluded = nodes.ValueSet(codes.excluded)
        return {code for code in spelled_out if not self.among(code, excluded, "code").possibly}

    # ---- limits

    def over_the_limit(self, verb: nodes.AtMost) -> Iterator[Verdict]:
        """Line by line in their order, each added to those before it."""
        otherwise = clause_of(self.rule, nodes.Otherwise, nodes.Otherwise("deny"))
        counted = sorted(filter(self.counts, self.member.lines), key=place_in_order)
        taken: list[tuple[ServiceLine, Decimal]] = []
        for line in counted:
            own = amount_of(line, verb.counted)
            before = [each for each in taken if self.share(line, each[0], verb)]
            group = [
                (each, amount_of(each, verb.counted))
                for each in counted
                if each is not line and self.share(line, each, verb)
            ]
            beside = group if otherwise.scope == "all" else before
            limit = self.limit_on(line, verb)
            if limit is None or total([*beside, (line, own)], verb.counted) <= limit:
                taken.append((line, own))
                continue
            allowed: Decimal | None = None
            if otherwise.disposition == "reduce":
                allowed = max(Decimal(0), limit - total(beside, verb.counted)).normalize()
                if allowed > 0:
                    taken.append((line, allowed))
            yield Verdict(line, frozenset(identity(each) for each, _ in beside), allowed)

    def limit_on(self, line: ServiceLine, verb: nodes.AtMost) -> Decimal | None:
        """What a line is held to: the least that the rows say; nothing where it cannot fire."""
        today = self.on_the_day_of(line)
        if line.history or not today.rows:
            return None
        numbers = today.column_or_word(verb.number, Decimal).values
        return min((Decimal(str(each)) for each in numbers), default=None)

    def counts(self, line: ServiceLine) -> bool:
        """Whether a line surely belongs to the lines that are counted."""
        today = self.on_the_day_of(line)
        reading = today if today.rows else self
        return (reading.is_subject(line) & ~reading.is_exempt(line)).surely

    def share(self, line: ServiceLine, other: ServiceLine, verb: nodes.AtMost) -> bool:
        """Whether another line surely counts together with a line."""
        together = self.rule.sentence.subject.mode == "together"
        code = YES if together else self.is_alike(line, other, nodes.Who("code"))
        return (
            code
            & self.in_period(line, other, verb.period)
            & every(self.is_alike(line, other, who) for who in verb.relations.whos)
        ).surely

    def in_period(self, line: ServiceLine, other: ServiceLine, period: nodes.Period) -> Truth:
        """Whether another line lies in the period of a line."""
        match period.kind:
            case "line":
                return NO
            case "day":
                return self.is_when(line, other, nodes.Same("date"))
            case "claim" | "calendar month" | "calendar year":
                return self.is_when(line, other, nodes.Same(period.kind))
            case "lifetime":
                return YES
            case "rolling":
                assert period.count is not None
                assert period.unit is not None
                if line.service_from is None or other.service_from is None:
                    return UNKNOWN
                end, day, unit = line.service_from, other.service_from, period.unit
                counts = self.column_or_word(period.count, Decimal)
                return counts.has(
                    lambda count: known(shifted(end, -int(str(count)), unit) < day <= end)
                )
            case _:
                assert_never(period.kind)

    # ---- when the rule holds

    def on_the_day_of(self, line: ServiceLine) -> "Reading":
        """The rule with the rows that hold on the line's date; where it is not in force, none."""
        clauses = [each for each in self.rule.clauses if isinstance(each, nodes.Effective)]
        clauses += [self.member.heading] if self.member.heading else []
        day = line.service_from
        rows = [
            row
            for row in self.rows
            if all(day is not None and in_force(day, clause, row) for clause in clauses)
        ]
        return evolve(self, rows=rows)

    # ---- exemptions

    def is_exempt(self, line: ServiceLine, other: ServiceLine | None = None) -> Truth:
        """Whether an `unless` holds for a line, or for a line and its partner."""
        return some(
            self.is_excused(line, other, clause)
            for clause in self.rule.clauses
            if isinstance(clause, nodes.Unless | nodes.UnlessPartner)
        )

    def is_excused(
        self,
        line: ServiceLine,
        other: ServiceLine | None,
        clause: nodes.Unless | nodes.UnlessPartner,
    ) -> Truth:
        """One `unless`."""
        when = self.holds(clause.when, line) if clause.when else YES
        if isinstance(clause, nodes.UnlessPartner):
            return when & some(
                self.is_partner(line, each, clause.partner, clause.relations, ())
                for each in self.member.lines
            )
        on_this = self.holds(clause.condition, line)
        on_other = self.holds(clause.condition, other) if other else NO
        match clause.side:
            case "either":
                return when & (on_this | on_other)
            case "other":
                return when & on_other
            case None:
                return when & on_this
            case _:
                assert_never(clause.side)

    # ---- lines and their partners

    def is_subject(self, line: ServiceLine) -> Truth:
        """Whether the rule is about a line."""
        return self.is_selected(line, self.rule.sentence.subject.selection)

    def is_selected(self, line: ServiceLine, selection: nodes.Selection) -> Truth:
        """Whether a line is one of those that a selection names."""
        codes, code = selection.codes, line.procedure_code
        if code is None:
            named = known(not codes.members)
        elif codes.members:
            named = self.among(code, codes, "code")
        else:
            named = ~self.among(code, nodes.ValueSet(codes.excluded), "code")
        return named & self.is_narrowed(line, selection.narrowings)

    def is_narrowed(self, line: ServiceLine, narrowings: Sequence[nodes.Narrowing]) -> Truth:
        """`with` and `when` hold, `without` does not."""
        return every(
            ~self.holds(each.condition, line)
            if each.kind == "without"
            else self.holds(each.condition, line)
            for each in narrowings
        )

    def is_partner(
        self,
        line: ServiceLine,
        other: ServiceLine,
        partner: nodes.Partner,
        relations: nodes.Relations,
        windows: Sequence[nodes.Window],
    ) -> Truth:
        """Whether another line is a partner by one of the rows."""
        if other is line or (partner.payable and not self.is_payable(other, partner)):
            return NO
        return some(
            alone.is_selected(other, partner.selection)
            & alone.is_related(line, other, relations, windows)
            for alone in (evolve(self, rows=[row]) for row in self.rows)
        )

    def is_payable(self, line: ServiceLine, partner: nodes.Partner) -> bool:
        """Whether a line was or will be paid, as far as a partner of the rule is concerned.

        Denials spread before the eyes of a rule that they only make fire more; one that they make
        fire less must be told them beforehand.
        """
        if line.history:
            return (line.status or "").lower() not in NOT_PAID
        own_partner = isinstance(self.verb, nodes.NotAllowedWith) and partner is self.verb.partner
        waits = own_partner or isinstance(self.verb, nodes.AtMost)
        return line not in (self.assumed if waits else self.spreading)

    # ---- relations

    def is_related(
        self,
        line: ServiceLine,
        other: ServiceLine,
        relations: nodes.Relations,
        windows: Sequence[nodes.Window],
    ) -> Truth:
        """Windows before the partner place the line from its partner; all else the partner."""
        placed = some(self.is_when(other, line, each) for each in windows)
        return (
            (placed if windows else YES)
            & every(
                some(self.is_when(line, other, moment) for moment in when.moments)
                for when in relations.whens
            )
            & every(self.is_alike(line, other, who) for who in relations.whos)
        )

    def is_when(self, anchor: ServiceLine, placed: ServiceLine, moment: nodes.Moment) -> Truth:
        """Whether a line lies where a moment places it, seen from its anchor."""
        if isinstance(moment, nodes.Ever):
            return YES
        if isinstance(moment, nodes.Same) and moment.what == "claim":
            return known(anchor.claim_id == placed.claim_id)
        start, day = anchor.service_from, placed.service_from
        if start is None or day is None:
            return UNKNOWN
        if isinstance(moment, nodes.Window):
            counts = self.column_or_word(moment.count, Decimal)
            return counts.has(lambda count: known(in_window(day, start, int(str(count)), moment)))
        match moment.what:
            case "date":
                return known(start == day)
            case "calendar month":
                return known((start.year, start.month) == (day.year, day.month))
            case "calendar year":
                return known(start.year == day.year)
            case _:
                raise AssertionError(moment.what)

    def is_alike(self, line: ServiceLine, other: ServiceLine, who: nodes.Who) -> Truth:
        """`same modifier` compares whole sets; `same diagnosis` asks for one in common."""
        match who.what:
            case "modifier":
                same = known(set(line.modifiers) == set(other.modifiers))
            case "diagnosis":
                shared = set(line.pointed_diagnoses) & set(other.pointed_diagnoses)
                same = known(bool(shared))
            case "code":
                same = compared(single(line.procedure_code), "=", single(other.procedure_code))
            case what:
                field = nodes.Field(what)
                same = compared(self.content(field, line), "=", self.content(field, other))
        return ~same if who.different else same

    # ---- conditions

    def holds(self, condition: nodes.Condition, line: ServiceLine) -> Truth:
        """Whether a condition holds on a line."""
        match condition:
            case nodes.AllOf(parts):
                return every(self.holds(part, line) for part in parts)
            case nodes.AnyOf(parts):
                return some(self.holds(part, line) for part in parts)
            case nodes.Not(inner):
                return ~self.holds(inner, line)
            case nodes.IsMissing(field, negated):
                return known(bool(self.content(field, line).values) == negated)
            case nodes.Present(field):
                return known(bool(self.content(field, line).values))
            case nodes.CompareFields(field, operator, other):
                left, right = (self.content(each, line) for each in (field, other))
                return compared(left, operator, right)
            case nodes.In(field, values, negated):
                inside = self.is_in(field, values, line)
                return ~inside if negated else inside
            case nodes.Compare(field, operator, value):
                return self.is_compared(field, operator, value, line)
            case _:
                assert_never(condition)

    def is_compared(
        self, field: nodes.Field, operator: nodes.Operator, value: nodes.Value, line: ServiceLine
    ) -> Truth:
        """`units > 3`; with a declared field on the right, the two fields."""
        assert not isinstance(value, nodes.Range)
        if value.text in self.member.types:
            other = self.content(nodes.Field(value.text), line)
            return compared(self.content(field, line), operator, other)
        if operator in ("=", "!=") and self.reader(field) is None:
            inside = self.is_in(field, nodes.ValueSet((value,)), line)
            return inside if operator == "=" else ~inside
        content = self.content(field, line)
        read = self.reader(field) or Decimal
        if field.name.startswith("row."):
            content = Content(tuple(Decimal(str(each)) for each in content.values), content.whole)
        return compared(content, operator, self.column_or_word(value, read))

    def is_in(self, field: nodes.Field, values: nodes.ValueSet, line: ServiceLine) -> Truth:
        """Whether the field's value, or one of them, is among some."""
        read, kind = self.reader(field), self.kind(field)
        content = self.content(field, line)
        if read is None:
            return content.has(lambda each: self.among(str(each), values, kind))

        def within(each: Scalar, value: nodes.Value) -> Truth:
            assert read is not None
            first, last = (
                (value.first, value.last) if isinstance(value, nodes.Range) else (value, value)
            )
            return compared(single(each), ">=", self.column_or_word(first, read)) & compared(
                single(each), "<=", self.column_or_word(last, read)
            )

        return content.has(
            lambda each: (
                some(within(each, value) for value in values.members)
                & ~some(within(each, value) for value in values.excluded)
            )
        )

    def among(self, code: str, values: nodes.ValueSet, kind: str) -> Truth:
        """Whether a code is one of the values and none of those left out."""
        return some(self.is_one(code, each, kind) for each in values.members) & ~some(
            self.is_one(code, each, kind) for each in values.excluded
        )

    def is_one(self, code: str, value: nodes.Value, kind: str) -> Truth:
        """Whether a code is what a word, a range, a text or the row's cell says."""
        code = spelled(kind, code)
        match value:
            case nodes.Text(text):
                return known(code == spelled(kind, text))
            case nodes.Range(first, last):
                low, high = spelled(kind, first.text), spelled(kind, last.text)
                return known(low <= code <= high and shape(code) == shape(low))
            case nodes.One(text) if value.row_column is not None:
                return some(
                    self.is_one(code, each, kind)
                    for cell in self.column_or_word(value, str).values
                    for each in values_of(str(cell))
                )
            case nodes.One(text) if text in self.member.lists:
                return self.among(code, self.member.lists[text].values, kind)
            case nodes.One(text) if text.endswith("*"):
                return known(code.startswith(spelled(kind, text[:-1])))
            case nodes.One(text):
                return known(code == spelled(kind, text))
            case _:
                assert_never(value)

    # ---- fields and columns

    def content(self, field: nodes.Field, line: ServiceLine) -> Content:
        """What a field holds on a line, or a column in the rows."""
        name = field.name
        between = BETWEEN.fullmatch(name)
        if between:
            start, end = (self.day(each, line) for each in between.groups())
            return single(None if start is None or end is None else Decimal((end - start).days))
        if name.startswith("row."):
            return self.column_or_word(nodes.One(name), str)
        if name in self.member.types:
            return single(line.declared.get(name))
        match name:
            case "modifier":
                return several(line.modifiers)
            case "diagnosis":
                return several(line.pointed_diagnoses)
            case "claim diagnosis":
                return several(line.diagnoses)
            case "number of modifiers":
                return single(Decimal(len(line.modifiers)))
            case "age" | "age in months" | "age in days":
                return single(age(line, name))
            case "status":
                return single(None if line.status is None else line.status.lower())
            case _:
                return single(SINGLE[name](line))

    def day(self, name: str, line: ServiceLine) -> date | None:
        """A field that holds a day."""
        for value in self.content(nodes.Field(name), line).values:
            assert isinstance(value, date)
            return value
        return None

    def reader(self, field: nodes.Field) -> Callable[[str], Scalar] | None:
        """How a word beside the field is read; nothing where it is a code."""
        name = self.member.types.get(field.name, field.name)
        if name in NUMBERS or name == "number" or BETWEEN.fullmatch(name):
            return Decimal
        return date.fromisoformat if name in DATES else None

    def kind(self, field: nodes.Field) -> str:
        """How the field's codes are spelled."""
        name = self.member.types.get(field.name, field.name)
        return "diagnosis" if name in DIAGNOSES else name

    def column_or_word(
        self, value: nodes.One | nodes.Text, read: Callable[[str], Scalar]
    ) -> Content:
        """What a word says; of `row.column`, what the rows say."""
        if isinstance(value, nodes.Text) or value.row_column is None:
            return Content((read(value.text),), True)
        cells = [row[value.row_column] for row in self.rows]
        if read is date.fromisoformat:
            cells = [None if cell == "*" else cell for cell in cells]
        return Content(tuple(read(cell) for cell in cells if cell is not None), None not in cells)


SINGLE: Mapping[str, Callable[[ServiceLine], Scalar | None]] = {
    "sex": lambda line: line.sex,
    "units": lambda line: line.units,
    "charge": lambda line: line.charge,
    "place": lambda line: line.place_of_service,
    "principal diagnosis": lambda line: line.principal_diagnosis,
    "specialty": lambda line: line.specialty,
    "provider": lambda line: line.rendering_provider,
    "billing provider": lambda line: line.billing_provider,
    "group": lambda line: line.group_id,
    "revenue code": lambda line: line.revenue_code,
    "bill type": lambda line: line.bill_type,
    "authorization": lambda line: line.authorization,
    "received": lambda line: line.received_date,
    "date": lambda line: line.service_from,
}


def age(line: ServiceLine, name: str) -> Decimal | None:
    """The member's age on the day of service; before the day of birth there is none."""
    if line.birth_date is None:
        known_age = line.age_in_years if name == "age" else None
        return None if known_age is None else Decimal(known_age)
    if line.service_from is None or line.service_from < line.birth_date:
        return None
    unit: nodes.TimeUnit = (
        "years" if name == "age" else "months" if name == "age in months" else "days"
    )
    return completed(line.birth_date, line.service_from, unit)


def identity(line: ServiceLine) -> Identity:
    """How a finding names a line."""
    return line.claim_id, line.line_number


def values_of(cell: str) -> list[nodes.Value]:
    """The codes, ranges and list names of a cell."""
    return [
        nodes.Range(nodes.One(found[1]), nodes.One(found[2])) if found[1] else nodes.One(found[0])
        for found in CELL_VALUE.finditer(cell)
    ]


def enough(possible: Sequence[ServiceLine], wanted: int, any_code: bool) -> bool:
    """Whether some of these lines have as many different codes as are wanted."""
    if any_code:
        return bool(possible)
    return any(
        len({line.procedure_code for line in some_lines} - {None}) == wanted
        for some_lines in combinations(possible, wanted)
    )


def amount_of(line: ServiceLine, counted: str) -> Decimal:
    """What a line adds to a limit by itself."""
    return (line.units or Decimal(0)) if counted == "units" else Decimal(1)


def total(lines: Sequence[tuple[ServiceLine, Decimal]], counted: str) -> Decimal:
    """What lines come to together."""
    if counted in ("times", "dates"):
        return Decimal(len({line.service_from for line, _ in lines} - {None}))
    return sum((amount for _, amount in lines), Decimal(0))


def place_in_order(line: ServiceLine) -> tuple[bool, date, bool, str, int]:
    """Earlier dates first, no date last; of one date history first, then by claim and line."""
    day = line.service_from
    return day is None, day or date.min, not line.history, line.claim_id, line.line_number


def in_force(day: date, clause: nodes.Effective, row: Row) -> bool:
    """Whether a day lies between the two days of the clause or of the row; an end that is missing
    or `*` is open."""
    first, last = (
        None if word is None else row[word.row_column] if word.row_column is not None else word.text
        for word in (clause.first, clause.last)
    )
    from_first = first in (None, "*") or day >= date.fromisoformat(str(first))
    to_last = last in (None, "*") or day <= date.fromisoformat(str(last))
    return from_first and to_last


def in_window(day: date, start: date, count: int, window: nodes.Window) -> bool:
    """Whether a day lies in a window around another."""
    if day == start:
        return window.on or window.direction is None
    before = shifted(start, -count, window.unit) <= day < start
    after = start < day <= shifted(start, count, window.unit)
    match window.direction:
        case "before":
            return before
        case "after":
            return after
        case None:
            return before or after
        case _:
            assert_never(window.direction)
