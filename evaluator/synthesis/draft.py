"""A claim in the making: an example's lines before it has a title, changed one field at a time."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, frozen

from editwright.evaluator.examples.run_examples import lines_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.dates import shift
from editwright.grammar.checked import Example, FieldRef, GivenLine, Scalar
from editwright.grammar.source import Source, Span

Role = Literal["subject", "partner", "exempting"]
"""What a line is there for."""

Value = Scalar | tuple[str, ...] | None
"""What a field of a line is set to; nothing is a missing value."""

FIRST_CLAIM = "1"
OTHER_CLAIM = "B"

OF_CLAIMS = ("principal diagnosis", "claim diagnosis", "bill type")
"""Fields of the claim: what one line says of them holds for all of its claim."""

_NOWHERE = Source("", "", Path())


@frozen(slots=True)
class DraftLine:
    """A line and its role."""

    given: GivenLine
    role: Role

    @property
    def day(self) -> date | None:
        """The date of service."""
        return self.given.first


@frozen(slots=True)
class Draft:
    """Some lines of one patient. `told` says what makes it special, in words."""

    lines: tuple[DraftLine, ...]
    born: date | None = None
    age: int | None = None
    sex: str | None = None
    told: str = ""

    def example(self) -> Example:
        """The draft as an example without a title, which expects nothing."""
        given = tuple(_with_claim(line.given, number) for number, line in enumerate(self.lines, 1))
        return Example("", _NOWHERE, Span(0, 0), self.age, self.born, self.sex, given, expected=())

    def service_lines(self) -> list[ServiceLine]:
        """The lines as the evaluator takes them."""
        return lines_of(self.example())

    # ---- lines

    def with_line(self, line: DraftLine, told: str = "") -> "Draft":
        """With one more line at its end."""
        return evolve(self, lines=(*self.lines, line), told=told or self.told)

    def without_line(self, at: int, told: str) -> "Draft":
        """Without a line."""
        return evolve(self, lines=(*self.lines[:at], *self.lines[at + 1 :]), told=told)

    def with_given(self, at: int, told: str | None = None, **changed: Any) -> "Draft":
        """With something of a line changed."""
        line = self.lines[at]
        given = evolve(line.given, **changed)
        lines = (*self.lines[:at], evolve(line, given=given), *self.lines[at + 1 :])
        return evolve(self, lines=lines, told=self.told if told is None else told)

    def apart(self, at: int, told: str, **changed: Any) -> "Draft":
        """With a line taken out of its claim, to another one or to history; what the claim says
        of all its lines is still said of this one."""
        mine = self.lines[at].given
        values = dict(mine.values)
        for line in self.lines:
            for name in OF_CLAIMS:
                if line.given.claim == mine.claim and name in line.given.values:
                    values.setdefault(name, line.given.values[name])
        return self.with_given(at, told, **{"claim": OTHER_CLAIM, "values": values, **changed})

    def before(self, at: int, told: str, **changed: Any) -> "Draft":
        """With a line in the member's past."""
        return self.apart(at, told, claim=FIRST_CLAIM, history=True, **changed)

    def moved(self, days: int, told: str) -> "Draft":
        """With all lines so many days later, the patient as old as before."""
        lines = tuple(
            evolve(line, given=evolve(line.given, first=_later(line.day, days)))
            for line in self.lines
        )
        return evolve(self, lines=lines, born=_later(self.born, days), told=told)

    # ---- fields

    def value(self, at: int, field: FieldRef) -> Value:
        """What a line says for a field that can be set."""
        given = self.lines[at].given
        match field.name:
            case "units":
                return given.units
            case "date":
                return given.first
            case "sex":
                return self.sex
            case "modifier":
                return given.modifiers
            case "code":
                return given.code
            case name:
                return given.values.get(name, () if field.many else None)

    def with_value(self, at: int, field: FieldRef, value: Value) -> "Draft | None":
        """With a field of a line set; nothing where an example cannot say that."""
        name = field.name
        if field.days is not None:
            return self._with_days(at, field.days, value)
        if name in ("age", "age in months", "age in days"):
            return self._with_age(at, name, value)
        if name == "sex":
            return evolve(self, sex=None if value is None else str(value))
        if name == "number of modifiers":
            return self._with_modifiers(at, value)
        if name == "units":
            return self.with_given(at, units=value) if isinstance(value, Decimal) else None
        if name == "code":
            return self.with_given(at, code=value) if isinstance(value, str) else None
        if name == "date":
            return self.with_given(at, first=value)
        if name == "modifier":
            return self.with_given(at, modifiers=value or ())
        values: Mapping[str, object] = {**self.lines[at].given.values, name: value}
        return self.with_given(
            at, values={each: one for each, one in values.items() if one not in (None, ())}
        )

    def _with_days(self, at: int, ends: tuple[FieldRef, FieldRef], value: Value) -> "Draft | None":
        if value is None:
            return self.with_value(at, ends[1], None)
        first = self.value(at, ends[0])
        if not isinstance(value, Decimal) or not isinstance(first, date):
            return None
        return self.with_value(at, ends[1], _later(first, int(value)))

    def _with_age(self, at: int, name: str, value: Value) -> "Draft | None":
        if value is None:
            return evolve(self, age=None, born=None)
        day = self.lines[at].day
        if not isinstance(value, Decimal) or value < 0 or day is None:
            return None
        unit = {"age": "years", "age in months": "months", "age in days": "days"}[name]
        return evolve(self, age=None, born=shift(day, -int(value), unit))

    def _with_modifiers(self, at: int, value: Value) -> "Draft | None":
        some = ("LT", "GA", "KX", "76", "Q6", "GY")
        if not isinstance(value, Decimal) or not 0 <= value <= len(some):
            return None
        return self.with_given(at, modifiers=some[: int(value)])


def line_of(
    code: str, day: date, role: Role, units: Decimal = Decimal(1), *, history: bool = False
) -> DraftLine:
    """A line that says nothing more than it must."""
    return DraftLine(GivenLine(code, (), FIRST_CLAIM, history, day, None, units, {}), role)


def _with_claim(given: GivenLine, number: int) -> GivenLine:
    """History without a claim of its own is one by itself, as examples have it."""
    if given.history and given.claim == FIRST_CLAIM:
        return evolve(given, claim=f"history {number}")
    return given


def _later(day: date | None, days: int) -> date | None:
    if day is None:
        return None
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return day
