"""Conditions and relations to programs of the kernels.

A condition that asks about a row alone is decided here, once for each different cell.
"""

from collections.abc import Callable
from typing import Protocol, assert_never

from attrs import frozen

from editwright.evaluator.kernels.judge import AFTER, BEFORE, FROM_PARTNER, ON, OPERATOR, UNIT
from editwright.evaluator.meaning.truth import holds
from editwright.evaluator.plan.compile_pools import Pools
from editwright.evaluator.plan.plan_numbers import plain, whole_number
from editwright.evaluator.plan.programs import (
    SUBJECT,
    TRUE,
    Fragment,
    Instruction,
    UnplannedError,
    all_of,
    any_of,
    instruction,
    negated,
)
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet
from editwright.grammar.nodes import Operator


class RowPools(Protocol):
    """The columns of a rule's table, in the order of its instances."""

    def codes(self, value: c.RowValue) -> int:
        """Where the codes of a column are."""
        ...

    def numbers(self, value: c.RowValue) -> int:
        """Where the numbers or days of a column are."""
        ...

    def truths(self, test: c.Test, column: str) -> int:
        """Where it stands whether a condition on a column holds, for each row."""
        ...


@frozen(slots=True)
class Conditions:
    """Makes the programs of one rule."""

    pools: Pools
    rows: RowPools | None

    def test(self, test: c.Test, side: int = SUBJECT) -> Fragment:
        """A condition on one line."""
        match test:
            case c.Both(tests):
                return all_of([self.test(each, side) for each in tests])
            case c.Either(tests):
                return any_of([self.test(each, side) for each in tests])
            case c.Negation(inner):
                return negated(self.test(inner, side))
            case c.Missing(field):
                return self._missing(field, test, side)
            case c.Member(field, values):
                return self._member(field, values, test, side)
            case c.Comparison(field, operator, right):
                return self._comparison(field, operator, right, test, side)
            case _:
                assert_never(test)

    def _missing(self, field: c.FieldRef, test: c.Test, side: int) -> Fragment:
        if field.row_column is not None:
            return self._of_rows(test, every=True)
        if field.many:
            return [instruction("NO_LIST", side, self.pools.list_field(field))]
        if field.type == "code":
            return [instruction("NO_TEXT", side, self.pools.code_field(field))]
        return [instruction("NO_NUMBER", side, self.pools.number_field(field))]

    def _of_rows(self, test: c.Test, *, every: bool = False) -> Fragment:
        """What asks about a cell alone, decided by the reference."""
        column = decided_by(test)
        if column is None or self.rows is None:
            raise UnplannedError("a column of a row held against another, or against a field")
        return [instruction("ROW_TRUTH", a=self.rows.truths(test, column), b=int(every))]

    def _member(self, field: c.FieldRef, values: c.Values, test: c.Test, side: int) -> Fragment:
        if field.row_column is not None:
            return self._of_rows(test)
        if field.type != "code":
            return self._among_numbers(field, values, side)
        if field.many and values.minus is not None:
            raise UnplannedError("a list field held against a row's codes with `except`")
        assert field.kind is not None
        parts = []
        if not _is_nothing(values.codes):
            number = self.pools.code_set(values.codes, field.kind)
            parts.append(
                [instruction("LIST_IN_SET", side, self.pools.list_field(field), number)]
                if field.many
                else [instruction("IN_SET", side, self.pools.code_field(field), number)]
            )
        for each in values.row_values:
            assert self.rows is not None
            column = self.rows.codes(each)
            parts.append(
                [instruction("LIST_IN_ROWS", side, self.pools.list_field(field), column)]
                if field.many
                else [instruction("TEXT_IN_ROWS", side, self.pools.code_field(field), column)]
            )
        inside = any_of(parts)
        if values.minus is None:
            return inside
        return all_of([inside, negated(self._member(field, values.minus, test, side))])

    def _among_numbers(self, field: c.FieldRef, values: c.Values, side: int) -> Fragment:
        at = self.pools.number_field(field)

        def compared(operator: Operator, value: c.Scalar) -> Fragment:
            constant = self.pools.constant(plain(value))
            return [instruction("COMPARE", side, at, OPERATOR[operator], constant)]

        parts = [
            all_of([compared(">=", first), compared("<=", last)])
            for first, last in values.intervals
        ]
        for each in values.row_values:
            assert self.rows is not None
            column = self.rows.numbers(each)
            parts.append([instruction("COMPARE_ROWS", side, at, OPERATOR["="], column, 1)])
        inside = any_of(parts)
        if values.minus is None:
            return inside
        return all_of([inside, negated(self._among_numbers(field, values.minus, side))])

    def _comparison(
        self,
        field: c.FieldRef,
        operator: Operator,
        right: c.Scalar | c.RowValue | c.FieldRef,
        test: c.Test,
        side: int,
    ) -> Fragment:
        if field.row_column is not None:
            return self._of_rows(test)
        if isinstance(right, c.FieldRef):
            if field.type == "code":
                kind = field.kind
                both = self.pools.code_field(field), self.pools.code_field(right, kind)
                return [instruction("SAME_TEXTS", side, *both, int(operator == "!="))]
            at, other = self.pools.number_field(field), self.pools.number_field(right)
            return [instruction("COMPARE_FIELD", side, at, OPERATOR[operator], other)]
        if field.type == "code":
            raise UnplannedError("a text compared")
        at = self.pools.number_field(field)
        if isinstance(right, c.RowValue):
            assert self.rows is not None
            column = self.rows.numbers(right)
            return [instruction("COMPARE_ROWS", side, at, OPERATOR[operator], column)]
        constant = self.pools.constant(plain(right))
        return [instruction("COMPARE", side, at, OPERATOR[operator], constant)]

    # ---- which lines, and how two are related

    def procedure(self, values: c.Values, side: int) -> Fragment:
        """Whether a line's procedure code is among some; a line without one is not."""
        parts = []
        if not _is_nothing(values.codes):
            number = self.pools.code_set(values.codes, PROCEDURE)
            parts.append([instruction("CODE_IN_SET", side, number)])
        for each in values.row_values:
            assert self.rows is not None
            parts.append([instruction("CODE_IN_ROWS", side, self.rows.codes(each))])
        inside = any_of(parts)
        if values.minus is None:
            return inside
        return all_of([inside, negated(self.procedure(values.minus, side))])

    def lines(self, lines: c.Lines, side: int, *, known_code: bool = False) -> Fragment:
        """Whether a line is one of those; `known_code`: that its code is, is known already."""
        parts = []
        if lines.codes is not None and not known_code:
            parts.append(self.procedure(lines.codes, side))
        if lines.excluded is not None:
            parts.append(negated(self.procedure(lines.excluded, side)))
        return all_of([*parts, self.test(lines.condition, side)])

    def related(self, relation: c.Relation) -> Fragment:
        """Whether a line stands in a relation to the subject."""
        moments = [any_of([self._moment(each) for each in group]) for group in relation.moments]
        return all_of([*moments, *(self.alike(each) for each in relation.likenesses)])

    def _moment(self, moment: c.Moment) -> Fragment:
        match moment.kind:
            case "date":
                return [instruction("SAME_DATE")]
            case "claim":
                return [instruction("SAME_CLAIM")]
            case "calendar month":
                return [instruction("SAME_MONTH", a=1)]
            case "calendar year":
                return [instruction("SAME_MONTH", a=12)]
            case "ever":
                return TRUE
            case "window":
                return [self._window(moment)]
            case _:
                assert_never(moment.kind)

    def _window(self, moment: c.Moment) -> Instruction:
        how = BEFORE * (moment.direction != "after") + AFTER * (moment.direction != "before")
        how += ON * (moment.on or moment.direction is None)
        how += FROM_PARTNER * (moment.anchor == "partner")
        count, column = 0, -1
        if isinstance(moment.count, c.RowValue):
            assert self.rows is not None
            column = self.rows.numbers(moment.count)
        else:
            count = whole_number(moment.count)
        return instruction("WINDOW", a=count, b=column, c=UNIT[moment.unit], d=how)

    def alike(self, likeness: c.Likeness) -> Fragment:
        """Whether two lines share a field."""
        field, different = likeness.field, int(likeness.different)
        if field.many:
            op = "SHARE" if field.name == "diagnosis" else "SAME_SET"
            return [instruction(op, a=self.pools.list_field(field), b=different)]
        if field.type == "code":
            return [instruction("SAME_TEXT", a=self.pools.code_field(field), b=different)]
        return [instruction("SAME_NUMBER", a=self.pools.number_field(field), b=different)]


def decided_by(test: c.Test) -> str | None:
    """The column of a row whose cell alone decides a simple condition; nothing for others, nor
    where a cell is held against those of all rows."""
    match test:
        case c.Missing(field):
            return field.row_column
        case c.Member(field, values):
            return None if _row_values(values) else field.row_column
        case c.Comparison(field, _, right):
            alone = not isinstance(right, c.FieldRef | c.RowValue)
            return field.row_column if alone else None
        case _:
            return None


def cell_truth(test: c.Test, column: str) -> Callable[[str | None], int]:
    """What a condition that a cell decides comes to, by the reference: 2 is unknown."""

    def truth(cell: str | None) -> int:
        found = holds(test, None, ({column: cell},))  # type: ignore[arg-type]
        return 2 if found is None else int(found)

    return truth


def _is_nothing(codes: CodeSet) -> bool:
    return not (codes.exact or codes.prefixes or codes.ranges or codes.parts)


def _row_values(values: c.Values) -> list[c.RowValue]:
    inner = _row_values(values.minus) if values.minus is not None else []
    return [*values.row_values, *inner]
