"""Conditions as written to tests on known fields, with values of the field's own type."""

import re
from typing import assert_never

from attrs import define

from editwright.grammar import nodes
from editwright.grammar.checked import (
    Both,
    Comparison,
    Either,
    FieldRef,
    FieldType,
    Member,
    Missing,
    Negation,
    Test,
)  # fmt: skip
from editwright.grammar.codes import CODE, PROCEDURE
from editwright.grammar.diagnostics import did_you_mean
from editwright.grammar.fields import FIELDS, field_meant
from editwright.grammar.literals import Literals

_DAYS = re.compile(r"days from (\S+) to (\S+)")


@define
class Conditions:
    """Checks the conditions of one rule."""

    literals: Literals

    def test(self, written: nodes.Condition) -> Test | None:
        """The test, or nothing where a part of it has a problem."""
        match written:
            case nodes.AllOf(parts) | nodes.AnyOf(parts):
                tests = [self.test(part) for part in parts]
                known = tuple(each for each in tests if each is not None)
                if len(known) < len(tests):
                    return None
                return Both(known) if isinstance(written, nodes.AllOf) else Either(known)
            case nodes.Not(inner):
                negated = self.test(inner)
                return Negation(negated) if negated else None
            case nodes.IsMissing(subject, negated):
                field = self.field(subject)
                if field is None:
                    return None
                return Negation(Missing(field)) if negated else Missing(field)
            case nodes.Present(subject):
                return self._present(written, subject)
            case nodes.In():
                return self._member(written)
            case nodes.Compare():
                return self._comparison(written)
            case nodes.CompareFields():
                return self._field_comparison(written)
            case _:
                assert_never(written)

    def field(self, written: nodes.Field, likely_type: str = "code") -> FieldRef | None:
        """The field that is named, built in, declared, or a column of the row."""
        name = written.name
        if name in FIELDS and name != "code":
            return FIELDS[name]
        between = _DAYS.fullmatch(name)
        if between:
            return self._days_between(written, between[1], between[2])
        if name[:4].lower() == "row.":
            cell = self.literals.row_value(written, "code", CODE)
            return FieldRef(name, "code", CODE, row_column=cell.column) if cell else None
        declared = self.literals.names.field(name)
        if declared is None and not self.literals.names.knows(name):
            self._unknown(written, likely_type)
        elif declared is None and name in self.literals.names.named:
            self.literals.problems.add(
                "E402",
                f"`{name}` is not a field",
                written.span,
                help="say which field, as in `modifier in " + name + "`",
            )
        return declared

    def _unknown(self, written: nodes.Field, likely_type: str) -> None:
        name = written.name
        problems = self.literals.problems
        if PROCEDURE.fits(name):
            problems.add(
                "E401",
                f"`{name}` is not a field, and what follows it is no relation",
                written.span,
                help=f"write `{name} same date`, or `{name} within 3 days before`",
            )
            return
        if name[:1].isdigit() or (name.isupper() and len(name) <= 2):
            problems.add(
                "E401",
                f"`{name}` is not a field",
                written.span,
                here="expected a field",
                help="inside a condition, values are joined with commas: `modifier 24, 25`",
            )
            return
        known = [*FIELDS, *self.literals.names.fields()]
        meant = field_meant(name)
        problems.add(
            "E401",
            f"there is no field `{name}`",
            written.span,
            help=(f"did you mean `{meant}`?" if meant else did_you_mean(name, known))
            or f"declare it with `field {name.lower()} is {likely_type}`",
        )

    def _days_between(self, written: nodes.Field, first: str, last: str) -> FieldRef | None:
        ends = [self.field(nodes.Field(name, span=written.span)) for name in (first, last)]
        for name, end in zip((first, last), ends, strict=True):
            if end is not None and end.type != "date":
                self.literals.problems.add(
                    "E506",
                    f"`{name}` is not a date",
                    written.span,
                    help="write `days from date to received`",
                )
                return None
        start, end = ends
        if start is None or end is None:
            return None
        return FieldRef(written.name, "number", days=(start, end))

    def _present(self, written: nodes.Condition, subject: nodes.Field) -> Test | None:
        field = self.field(subject)
        if field is None:
            return None
        if field.type == "number":
            self.literals.problems.add(
                "E506",
                f"`{subject.name}` alone is no condition",
                written.span,
                here="compared with what?",
                help=f"write `{subject.name} > 0`, say",
            )
            return None
        return Negation(Missing(field))

    def _member(self, written: nodes.In) -> Test | None:
        field = self.field(written.field)
        values = written.values
        if field is None:
            return None
        checked = self.literals.values(values, field)
        if checked is None:
            return None
        member = Member(field, checked)
        return Negation(member) if written.negated else member

    def _comparison(self, written: nodes.Compare) -> Test | None:
        field = self.field(written.field, _type_of(written.value))
        if field is None:
            return None
        if field.row_column is not None and written.operator not in ("=", "!="):
            ordered = self._ordered_column(field, written.value)
            if ordered is None:
                return None
            field = ordered
        if field.type == "code" and written.operator not in ("=", "!="):
            self.literals.problems.add(
                "E506",
                f"`{field.name}` has no order, so `{written.operator}` says nothing",
                written.span,
                help=f"write `{field.name} = ...` or `{field.name} in ...`",
            )
            return None
        if not isinstance(written.value, nodes.Range) and field.type == "code":
            return self._is_one_of(written, field)
        other = self._other_field(written)
        if other is not None:
            return self._field_comparison(
                nodes.CompareFields(written.field, written.operator, other, span=written.span)
            )
        value = self.literals.scalar(written.value, field)
        return None if value is None else Comparison(field, written.operator, value)

    def _ordered_column(self, field: FieldRef, value: nodes.Value) -> FieldRef | None:
        """A column of the row as the numbers or dates that it is compared as."""
        assert field.row_column is not None
        type_name: FieldType = "date" if _type_of(value) == "date" else "number"
        if not self.literals.cells_fit(field.row_column, type_name, value.span):
            return None
        return FieldRef(field.name, type_name, row_column=field.row_column)

    def _is_one_of(self, written: nodes.Compare, field: FieldRef) -> Test | None:
        """`place = 11`: as `place in 11`, so that a list or a prefix may stand there too."""
        values = self.literals.values(
            nodes.ValueSet((written.value,), span=written.value.span), field
        )
        if values is None:
            return None
        member = Member(field, values)
        return member if written.operator == "=" else Negation(member)

    def _other_field(self, written: nodes.Compare) -> nodes.Field | None:
        value = written.value
        if isinstance(value, nodes.One) and self.literals.names.field(value.text):
            return nodes.Field(value.text, span=value.span)
        return None

    def _field_comparison(self, written: nodes.CompareFields) -> Test | None:
        field, other = self.field(written.field), self.field(written.other)
        if field is None or other is None:
            return None
        if field.many or other.many or field.type != other.type or field.row_column:
            self.literals.problems.add(
                "E506",
                f"`{field.name}` and `{other.name}` cannot be compared",
                written.span,
                help="compare two dates, two numbers or two codes",
            )
            return None
        if field.type == "code" and written.operator not in ("=", "!="):
            self.literals.problems.add(
                "E506",
                f"`{field.name}` has no order, so `{written.operator}` says nothing",
                written.span,
                help="write `=` or `!=`",
            )
            return None
        return Comparison(field, written.operator, other)


def _type_of(value: nodes.Value) -> str:
    """The type that a value looks like: number, date or code."""
    text = value.first.text if isinstance(value, nodes.Range) else value.text
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return "date"
    return "number" if re.fullmatch(r"[0-9.]+", text) else "code"
