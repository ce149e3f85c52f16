"""The examples of a file: lines as a claim would have them, and the findings that are expected."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from attrs import define, field

from editwright.grammar import codes, nodes
from editwright.grammar.check_condition import Conditions
from editwright.grammar.checked import Example, Expected, GivenLine, Rule, Scalar
from editwright.grammar.diagnostics import did_you_mean
from editwright.grammar.literals import Literals
from editwright.grammar.names import Names
from editwright.grammar.problems import Problems
from editwright.grammar.source import Source

_LINE_FIELDS_NOT_GIVEN = ("age", "age in months", "age in days", "number of modifiers", "date")
_HOW_TO_GIVE = {
    "age": "write `patient age 46` above the lines",
    "date": "write `on 2025-03-01` behind the code",
    "number of modifiers": "write the modifiers behind the code: `64643-LT-59`",
}


def check_examples(
    file: nodes.RuleFile, names: Names, rules: Mapping[str, Rule | None], problems: Problems
) -> tuple[Example, ...]:
    """The examples that are sound; those that speak of a rule with a problem are left out."""
    checked: list[Example] = []
    for statement in file.statements:
        if isinstance(statement, nodes.Example) and not problems.full:
            example = _ExampleCheck(statement, names, rules, file, problems).example()
            if example is not None:
                checked.append(example)
    return tuple(checked)


@define
class _ExampleCheck:
    written: nodes.Example
    names: Names
    rules: Mapping[str, Rule | None]
    file: nodes.RuleFile
    problems: Problems
    literals: Literals = field(init=False)
    sound: bool = True

    def __attrs_post_init__(self) -> None:
        self.literals = Literals(self.problems, self.names)

    @property
    def source(self) -> Source:
        return self.file.source

    def example(self) -> Example | None:
        before = len(self.problems.found)
        lines = [self._line(number, each) for number, each in enumerate(self.written.lines, 1)]
        expected = [self._expected(each) for each in self.written.expected]
        age, born, sex = self._patient()
        if len(self.problems.found) > before or not self.sound:
            return None
        return Example(
            self.written.title.text,
            self.source,
            self.written.span,
            age,
            born,
            sex,
            tuple(line for line in lines if line is not None),
            tuple(each for each in expected if each is not None),
        )

    def _patient(self) -> tuple[int | None, date | None, str | None]:
        patient = self.written.patient
        if patient is None:
            return None, None, None
        if patient.age is not None and patient.born is not None:
            self.problems.add(
                "E505",
                "a patient has an age or a birth date, not both",
                patient.span,
                help="keep one of the two",
            )
        age = (
            self.literals.number(patient.age, "an age in years", whole=True)
            if patient.age
            else None
        )
        born = self.literals.date(patient.born) if patient.born else None
        sex = self.literals.code(patient.sex, codes.SEX) if patient.sex else None
        return None if age is None else int(age), born, sex

    # ---- lines

    def _line(self, number: int, written: nodes.GivenLine) -> GivenLine | None:
        code, *modifiers = written.code.text.split("-")
        checked = self.literals.code(nodes.One(code, span=written.code.span), codes.PROCEDURE)
        given = [
            self.literals.code(nodes.One(each, span=written.code.span), codes.MODIFIER)
            for each in modifiers
        ]
        first = self.literals.date(written.first) if written.first else None
        last = self.literals.date(written.last) if written.last else None
        if first is not None and last is not None and first > last:
            self.problems.add(
                "E507",
                "these dates run backwards",
                written.span,
                help=f"write `on {last} to {first}`",
            )
        units = (
            self.literals.number(written.units, "a number of units")
            if written.units
            else Decimal(1)
        )
        values = self._values(written)
        if checked is None or units is None:
            return None
        if written.units is not None and "units" in values:
            self.problems.add(
                "E505", "the line's units are given twice", written.span, help="keep one of the two"
            )
        also = values.pop("modifier", ())
        assert isinstance(also, tuple)
        all_modifiers = dict.fromkeys([*(each for each in given if each), *also])
        own_claim = f"history {number}" if written.history else "1"
        return GivenLine(
            checked,
            tuple(all_modifiers),
            written.claim.text if written.claim else own_claim,
            written.history,
            first,
            last,
            units,
            values,
        )

    def _values(self, written: nodes.GivenLine) -> dict[str, Scalar | tuple[str, ...]]:
        values: dict[str, Scalar | tuple[str, ...]] = {}
        if written.provider is not None:
            self._put(values, "provider", written.provider)
        if written.place is not None:
            self._put(values, "place", written.place)
        for detail in written.details:
            self._detail(values, detail)
        return values

    def _detail(self, values: dict[str, Scalar | tuple[str, ...]], detail: nodes.Condition) -> None:
        if not isinstance(detail, nodes.In) or detail.values.excluded:
            self.problems.add(
                "E504",
                "say which value the line has",
                detail.span,
                help="write `with authorization A1`, say",
            )
            return
        name = detail.field.name
        if name in _LINE_FIELDS_NOT_GIVEN or name.startswith("days from"):
            self.problems.add(
                "E504",
                f"`{name}` of a line is not given with `with`",
                detail.span,
                help=_HOW_TO_GIVE.get(name, "give the dates themselves"),
            )
            return
        for value in detail.values.members:
            if isinstance(value, nodes.Range):
                self.problems.add(
                    "E302", "a line has one value, not a range", value.span, help="give the value"
                )
                return
        ones = [value for value in detail.values.members if not isinstance(value, nodes.Range)]
        self._put_all(values, detail.field, ones)

    def _put_all(
        self,
        values: dict[str, Scalar | tuple[str, ...]],
        field_node: nodes.Field,
        words: list[nodes.One | nodes.Text],
    ) -> None:
        ref = Conditions(self.literals).field(field_node)
        if ref is None:
            self.sound = False
            return
        read = [self.literals.scalar(word, ref) for word in words]
        known = [each for each in read if isinstance(each, str | Decimal | date)]
        if len(known) < len(words):
            self.sound = False
            return
        name = field_node.name
        if ref.many:
            earlier = values.get(name, ())
            assert isinstance(earlier, tuple)
            values[name] = (*earlier, *(str(each) for each in known))
        elif len(known) > 1 or name in values:
            self.problems.add(
                "E504",
                f"a line has one `{name}`",
                field_node.span,
                help="give one value, or a line for each",
            )
        else:
            values[name] = known[0]

    def _put(self, values: dict[str, Scalar | tuple[str, ...]], name: str, word: nodes.One) -> None:
        self._put_all(values, nodes.Field(name, span=word.span), [word])

    # ---- expected findings

    def _expected(self, written: nodes.Expected) -> Expected | None:
        rule = self._rule(written.rule)
        lines = self._lines(written)
        allowed = (
            self.literals.number(written.allowed, "the units still allowed")
            if written.allowed
            else None
        )
        if rule is None or not lines:
            self.sound = False
            return None
        shown = " ".join(self.source.text[written.span.start : written.span.end].split())
        return Expected(rule, lines, written.disposition, allowed, shown, written.span)

    def _rule(self, word: nodes.One) -> str | None:
        name = word.text
        if name in self.rules:
            return name if self.rules[name] is not None else None
        near = did_you_mean(name, self.rules)
        if near or not any(each.kind in ("rule", "other") for each in self.file.lost):
            known = ", ".join(f"`{each}`" for each in list(self.rules)[:8])
            self.problems.add(
                "E701",
                f"this file has no rule `{name}`",
                word.span,
                help=near or (f"its rules are {known}" if known else "add the rule"),
            )
        return None

    def _lines(self, written: nodes.Expected) -> tuple[int, ...]:
        lines = self.written.lines
        if written.line is not None:
            number = self.literals.number(written.line, "a line's number", whole=True)
            if number is None:
                return ()
            if not 1 <= number <= len(lines):
                count = f"{len(lines)} line" + ("s" if len(lines) != 1 else "")
                self.problems.add(
                    "E701",
                    f"this example has {count}, so there is no line {number}",
                    written.line.span,
                    help="lines are numbered as written",
                )
                return ()
            chosen = lines[int(number) - 1]
            if chosen.history:
                self.problems.add(
                    "E701",
                    f"line {number} is history, and history never fires",
                    written.line.span,
                    help="expect the finding on another line",
                )
                return ()
            return (int(number),)
        assert written.code is not None
        code, *modifiers = written.code.text.split("-")
        found = tuple(
            number
            for number, line in enumerate(lines, 1)
            if line.code.text.split("-")[0] == code
            and set(modifiers) <= set(line.code.text.split("-")[1:])
            and not line.history
        )
        if not found and all(codes.PROCEDURE.fits(each.code.text.split("-")[0]) for each in lines):
            given = dict.fromkeys(line.code.text.split("-")[0] for line in lines)
            self.problems.add(
                "E701",
                f"no line of this example that could fire has the code `{written.code.text}`",
                written.code.span,
                help="history never fires; expect the finding on another line"
                if code in given
                else did_you_mean(code, given) or "name the code of a line, or `line 2`",
            )
        return found
