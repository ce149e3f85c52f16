"""What one line must hold so that some conditions have some outcomes: a set of possible lines, one
choice of values for it, or the certainty that there is none.

A condition becomes alternatives, each of which asks something of single fields. Fields are taken
one by one: a condition that compares two fields, or a column of the rule's table, is taken to be
possible. So "there is none" is certain, and a choice of values has to be tried out.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from itertools import pairwise, product
from typing import Literal, assert_never

from attrs import define, frozen
from attrs import field as attribute

from editwright.evaluator.analysis.code_sets import a_code, is_certainly_empty
from editwright.evaluator.meaning import fields_read
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.fields import FIELDS

Outcome = Literal["true", "false", "not true", "not false"]
OPPOSITE: dict[Outcome, Outcome] = {
    "true": "not true",
    "false": "not false",
    "not true": "true",
    "not false": "false",
}
Demand = tuple[c.Test, Outcome]
"""A condition, and what must come of it."""

OUTCOMES: tuple[Outcome, Outcome] = ("true", "false")
MOST_ALTERNATIVES = 256

FieldValue = c.Scalar | frozenset[str] | None
Held = dict[c.FieldRef, FieldValue]
"""What a line holds, field by field."""


class TooManyError(Exception):
    """The conditions have more alternatives than anybody would read."""


@frozen(slots=True)
class Ask:
    """One thing that is asked of one field."""

    field: c.FieldRef
    kind: Literal["in", "out", "compare", "missing", "present"]
    values: c.Values | None = None
    operator: str = ""
    value: c.Scalar | None = None


Alternative = tuple[Ask, ...]

_NOT = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


def alternatives(test: c.Test, outcome: Outcome) -> list[Alternative]:
    """The ways in which a condition has an outcome. Raises TooManyError."""
    match test:
        case c.Both(tests) | c.Either(tests):
            together = isinstance(test, c.Both) == (outcome in ("true", "not false"))
            parts = [alternatives(each, outcome) for each in tests]
            return joined(parts) if together else [way for part in parts for way in part]
        case c.Negation(inner):
            turned: dict[Outcome, Outcome] = {
                "true": "false",
                "false": "true",
                "not true": "not false",
                "not false": "not true",
            }
            return alternatives(inner, turned[outcome])
        case c.Missing(of):
            is_so = outcome in ("true", "not false")
            return [(Ask(of, "missing" if is_so else "present"),)] if _plain(of) else [()]
        case c.Member(of, values):
            if not _plain(of) or values.row_values or (values.minus and values.minus.row_values):
                return [()]
            inside = outcome in ("true", "not false")
            ways: list[Alternative] = [(Ask(of, "in" if inside else "out", values),)]
            unknown = outcome.startswith("not") and not of.many
            return [*ways, (Ask(of, "missing"),)] if unknown else ways
        case c.Comparison(of, operator, right):
            if not _plain(of) or isinstance(right, c.FieldRef | c.RowValue) or of.many:
                return [()]
            asked = operator if outcome in ("true", "not false") else _NOT[operator]
            ways = [(Ask(of, "compare", None, asked, right),)]
            unknown = outcome.startswith("not") and of.name not in NEVER_MISSING
            return [*ways, (Ask(of, "missing"),)] if unknown else ways
        case _:
            assert_never(test)


def _plain(of: c.FieldRef) -> bool:
    return of.row_column is None


def joined(parts: Iterable[Sequence[Alternative]]) -> list[Alternative]:
    """One way of each part, together. Raises TooManyError."""
    whole: list[Alternative] = [()]
    for part in parts:
        if len(whole) * len(part) > MOST_ALTERNATIVES:
            raise TooManyError
        whole = [(*one, *two) for one in whole for two in part]
    return whole


def ways_of(demands: Iterable[Demand]) -> list[Alternative]:
    """The ways in which conditions have the outcomes that are asked for. Raises TooManyError."""
    return joined(alternatives(test, outcome) for test, outcome in demands)


def is_impossible(demands: Iterable[Demand]) -> bool:
    """Whether no line at all has these outcomes, for certain."""
    asked = list(demands)
    if all(outcome == "true" and test == c.ALWAYS for test, outcome in asked):
        return False
    try:
        return all(_contradicts_itself(way) for way in ways_of(asked))
    except TooManyError:
        return False


def implies(given: Sequence[Demand], wanted: Iterable[Demand]) -> bool:
    """Whether every line with the given outcomes has the wanted ones too, for certain."""
    return all(
        (test == c.ALWAYS and outcome == "true")
        or (test, outcome) in given
        or is_impossible([*given, (test, OPPOSITE[outcome])])
        for test, outcome in wanted
    )


def lines_for(demands: Iterable[Demand], hints: Held | None = None) -> Iterable[Held]:
    """Values of fields with which the outcomes should come about; a way each."""
    try:
        ways = ways_of(demands)
    except TooManyError:
        return
    for way in ways:
        held = _choose(way, hints or {})
        if held is not None:
            yield held


def fields_of(test: c.Test) -> frozenset[str]:
    """The names of the fields that a condition reads, those of the row left out."""
    return frozenset(each.name for each in fields_read.fields_of(test) if each.row_column is None)


_KIN = (
    frozenset({"modifier", "number of modifiers"}),
    frozenset({"age", "age in months", "age in days"}),
)


def with_kin(fields: frozenset[str]) -> frozenset[str]:
    """Fields, and those that say something of the same."""
    return fields.union(*(kin for kin in _KIN if kin & fields))


# ---- one field


@define
class _Domain:
    """What is asked of one field, together."""

    field: c.FieldRef
    must_be_missing: bool = False
    must_be_present: bool = False
    inside: list[c.Values] = attribute(factory=list)
    outside: list[c.Values] = attribute(factory=list)
    compared: list[tuple[str, c.Scalar]] = attribute(factory=list)

    def ask(self, asked: Ask) -> None:
        match asked.kind:
            case "missing":
                self.must_be_missing = True
            case "present":
                self.must_be_present = True
            case "in":
                assert asked.values is not None
                self.inside.append(asked.values)
            case "out":
                assert asked.values is not None
                self.outside.append(asked.values)
            case "compare":
                assert asked.value is not None
                self.compared.append((asked.operator, asked.value))

    @property
    def has_value(self) -> bool:
        """Whether the field cannot be missing."""
        definite = bool(self.inside or self.compared or (self.outside and not self.field.many))
        return definite or self.must_be_present

    def is_empty(self) -> bool:
        """Whether no value will do, for certain."""
        if self.must_be_missing:
            return self.has_value
        if self.field.many:
            return any(self._all_forbidden(each) for each in self.inside)
        if not self.has_value:
            return False
        if self.field.type == "code":
            if any(not isinstance(value, str) for _, value in self.compared):
                return False
            inside, outside = self._code_sets()
            assert self.field.kind is not None
            return is_certainly_empty(inside, outside, self.field.kind)
        return not any(self._fits(point) for point in self._points())

    def _all_forbidden(self, needed: c.Values) -> bool:
        """Whether a set has none of what it must have one of, for it may hold none of others."""
        assert self.field.kind is not None
        outside = [each.codes for each in self.outside]
        return is_certainly_empty([needed.codes], outside, self.field.kind)

    def _code_sets(self) -> tuple[list[CodeSet], list[CodeSet]]:
        inside = [each.codes for each in self.inside]
        outside = [each.codes for each in self.outside]
        for operator, value in self.compared:
            (inside if operator == "=" else outside).append(CodeSet(frozenset({str(value)})))
        return inside, outside

    def value(self, hint: FieldValue) -> tuple[bool, FieldValue]:
        """Whether a value is found, and which; the hint where it will do."""
        if self.must_be_missing:
            return not self.has_value, frozenset() if self.field.many else None
        if self.field.many:
            return self._some(hint)
        if not self.has_value:
            return True, hint
        if self.field.type == "code":
            inside, outside = self._code_sets()
            assert self.field.kind is not None
            if isinstance(hint, str) and all(hint in each for each in inside):
                outside_hint = not any(hint in each for each in outside)
                if outside_hint:
                    return True, hint
            code = a_code(inside, outside, self.field.kind)
            return code is not None, code
        points = [] if hint is None or isinstance(hint, frozenset) else [hint]
        found = next((p for p in [*points, *self._points()] if self._fits(p)), None)
        return found is not None, found

    def _some(self, hint: FieldValue) -> tuple[bool, FieldValue]:
        kind = self.field.kind
        assert kind is not None
        outside = [each.codes for each in self.outside]
        chosen: set[str] = set(hint) if isinstance(hint, frozenset) else set()
        chosen = {each for each in chosen if not any(each in codes for codes in outside)}
        for needed in self.inside:
            if any(each in needed.codes for each in chosen):
                continue
            code = a_code([needed.codes], outside, kind)
            if code is None:
                return False, None
            chosen.add(code)
        if self.must_be_present and not chosen:
            code = a_code([], outside, kind)
            if code is None:
                return False, None
            chosen.add(code)
        return True, frozenset(chosen)

    # numbers and dates

    def _fits(self, point: c.Scalar) -> bool:
        return (
            all(_holds(point, operator, value) for operator, value in self.compared)
            and all(_within(point, each) for each in self.inside)
            and not any(_within(point, each) for each in self.outside)
            and not (self.field.name in NEVER_NEGATIVE and isinstance(point, Decimal) and point < 0)
        )

    def _points(self) -> list[c.Scalar]:
        """A value between and beside all values that are named: of everything that can be told
        apart, one."""
        named = [value for _, value in self.compared]
        for values in (*self.inside, *self.outside):
            for one in (values, values.minus) if values.minus else (values,):
                named += [end for interval in one.intervals for end in interval]
        if self.field.type == "date":
            return _around_dates([each for each in named if isinstance(each, date)])
        numbers = sorted({each for each in named if isinstance(each, Decimal)})
        whole = self.field.name in WHOLE_NUMBERS or self.field.days is not None
        return list(_around_whole(numbers) if whole else _around(numbers))


NEVER_NEGATIVE = frozenset({"age", "age in months", "age in days", "number of modifiers"})
WHOLE_NUMBERS = NEVER_NEGATIVE
NEVER_MISSING = frozenset({"number of modifiers"})


def _holds(one: c.Scalar, operator: str, two: c.Scalar) -> bool:
    if operator in ("=", "!="):
        return (one == two) == (operator == "=")
    less, same = one < two, one == two  # type: ignore[operator]
    return {"<": less, "<=": less or same, ">": not (less or same), ">=": not less}[operator]


def _within(point: c.Scalar, values: c.Values) -> bool:
    inside = any(first <= point <= last for first, last in values.intervals)  # type: ignore[operator]
    return inside and not (values.minus is not None and _within(point, values.minus))


def _around_dates(named: Sequence[date]) -> list[c.Scalar]:
    day = timedelta(days=1)
    found = {
        each
        for one in named
        for each in (one, max(one, date.min + day) - day, min(one, date.max - day) + day)
    }
    return sorted(found) or [date(2025, 3, 3)]


def _around_whole(numbers: Sequence[Decimal]) -> list[Decimal]:
    found = {
        whole + step
        for one in numbers
        for whole in (one.to_integral_value(ROUND_FLOOR), one.to_integral_value(ROUND_CEILING))
        for step in (-1, 0, 1)
    }
    return sorted(found) or [Decimal(1)]


def _around(numbers: Sequence[Decimal]) -> list[Decimal]:
    if not numbers:
        return [Decimal(1)]
    between = [(one + two) / 2 for one, two in pairwise(numbers)]
    found = [numbers[-1] + 1, *numbers, *between, numbers[0] - 1]
    return sorted(found, key=lambda each: (each < 0, each != each.to_integral_value(), each))


def _domains(way: Alternative) -> dict[c.FieldRef, _Domain]:
    domains: dict[c.FieldRef, _Domain] = {}
    for asked in way:
        domain = domains.get(asked.field)
        if domain is None:
            domain = domains[asked.field] = _Domain(asked.field)
        domain.ask(asked)
    return domains


def _contradicts_itself(way: Alternative) -> bool:
    domains = _domains(way)
    return (
        any(each.is_empty() for each in domains.values())
        or _ages_disagree(domains)
        or _modifiers_disagree(domains)
    )


def contradicting_fields(demands: Iterable[Demand]) -> list[str]:
    """The fields of which too much is asked in every way that there is; none where it is another
    in each way."""
    try:
        ways = ways_of(demands)
    except TooManyError:
        return []
    found: list[set[str]] = []
    for way in ways:
        domains = _domains(way)
        names = {of.name for of, each in domains.items() if each.is_empty()}
        if not names and _ages_disagree(domains):
            names = {"age"}
        if not names and _modifiers_disagree(domains):
            names = {"number of modifiers"}
        found.append(names)
    return sorted(set[str].intersection(*found)) if found else []


def _modifiers_disagree(domains: dict[c.FieldRef, _Domain]) -> bool:
    """Whether a line must have a modifier, and none by their number."""
    modifiers, number = domains.get(FIELDS["modifier"]), domains.get(FIELDS["number of modifiers"])
    if modifiers is None or number is None or not modifiers.has_value:
        return False
    one = Decimal(1)
    return _Domain(
        number.field,
        inside=number.inside,
        outside=number.outside,
        compared=[*number.compared, (">=", one)],
    ).is_empty()


_MONTHS = FIELDS["age in months"]


def _ages_disagree(domains: dict[c.FieldRef, _Domain]) -> bool:
    """Whether an age in years and an age in months cannot be those of one birth date."""
    years, months = domains.get(FIELDS["age"]), domains.get(_MONTHS)
    if years is None or months is None or not (years.has_value and months.has_value):
        return False
    together = _Domain(_MONTHS, compared=list(months.compared))
    if months.inside or months.outside or years.inside or years.outside:
        return False
    for operator, value in years.compared:
        assert isinstance(value, Decimal)
        if value != value.to_integral_value():
            return False
        match operator:
            case "<":
                together.compared.append(("<", 12 * value))
            case "<=":
                together.compared.append(("<", 12 * (value + 1)))
            case ">":
                together.compared.append((">=", 12 * (value + 1)))
            case ">=":
                together.compared.append((">=", 12 * value))
            case "=":
                together.compared += [(">=", 12 * value), ("<", 12 * (value + 1))]
            case _:
                return False
    return together.is_empty()


def _choose(way: Alternative, hints: Held) -> Held | None:
    held: Held = dict(hints)
    for of, domain in _domains(way).items():
        found, value = domain.value(hints.get(of))
        if not found:
            return None
        held[of] = value
    return held


def every_value_named(tests: Iterable[c.Test]) -> dict[c.FieldRef, list[FieldValue]]:
    """For each field that conditions read, values on all sides of what they say: to try out."""
    domains: dict[c.FieldRef, _Domain] = {}
    for test in tests:
        for outcome in OUTCOMES:
            try:
                ways = alternatives(test, outcome)
            except TooManyError:
                continue
            for way in ways:
                for asked in way:
                    domains.setdefault(asked.field, _Domain(asked.field)).ask(asked)
    return {of: _spread(domain) for of, domain in domains.items()}


def _spread(domain: _Domain) -> list[FieldValue]:
    of = domain.field
    if of.type != "code":
        return [None, *domain._points()[:12]]
    kind = of.kind
    assert kind is not None
    inside, outside = domain._code_sets()
    sets = [*inside, *outside]
    codes = {code for each in sets if (code := a_code([each], [], kind)) is not None}
    for one, two in product(sets, sets):
        codes |= {
            code for code in (a_code([one], [two], kind), a_code([one, two], [], kind)) if code
        }
    other = a_code([], sets, kind)
    ordered = sorted(codes)[:10] + ([other] if other else [])
    if of.many:
        return [
            frozenset[str](),
            *(frozenset({each}) for each in ordered),
            *(frozenset({one, two}) for one, two in pairwise(ordered)),
        ]
    return [None, *ordered]
