"""One row of a source to one service line, or to the reason why it is bad.

A row is a sequence of cells whose last place is `None` (see `column_plan`). Rows of one header
share a `RowReader`, so that nothing about names is done twice.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, TypeAlias

from attrs import define, field

from editwright.evaluator.formats import values
from editwright.evaluator.formats.column_map import ColumnMap
from editwright.evaluator.formats.column_plan import ABSENT, ColumnPlan
from editwright.evaluator.formats.fields import PRIVATE_FIELDS, FieldMemos
from editwright.evaluator.formats.lists import list_key
from editwright.evaluator.formats.problems import BadLines, BadValue, Warnings
from editwright.evaluator.formats.reasons import bad_line, bad_row, private_texts
from editwright.evaluator.formats.seen import Seen, SeenLines
from editwright.evaluator.lines.frequency import correction_of
from editwright.evaluator.lines.service_line import NOTHING_DECLARED, DeclaredValue, ServiceLine

MemberFacts = tuple[date | None, str | None]
"""A member's birth date and sex."""

NO_FACTS: MemberFacts = (None, None)


PLAIN = (
    "procedure_code", "units", "charge", "place_of_service", "revenue_code",
    "rendering_provider", "billing_provider", "group_id", "specialty", "authorization",
    "received_date", "original_claim_id", "claim_number", "status",
)  # fmt: skip
"""The columns whose cell is converted to the line's value, whatever the others hold."""


class RowShape:
    """Where the rows of one header have what, for as many readings as there are."""

    def __init__(self, plan: ColumnPlan, narrow_plan: ColumnPlan) -> None:
        """`narrow_plan` has the wanted columns alone."""
        self.plan = plan
        self.narrow_plan = read = narrow_plan
        single, fallback = read.single, read.fallback
        self.pick = itemgetter(
            single["claim_id"],
            single["line_number"],
            single["member_id"],
            fallback["member_id"],
            single["service_from"],
            fallback["service_from"],
            single["service_to"],
            fallback["service_to"],
            single["birth_date"],
            single["sex"],
            single["frequency_code"],
            single["bill_type"],
        )
        self.plain = [(name, single[name]) for name in PLAIN if single[name] != ABSENT]
        self.other_code = fallback["procedure_code"]
        self.declared = [(name, place) for name, place in read.declared if place != ABSENT]
        self.modifiers = list_key("modifiers", read.modifiers)
        self.diagnoses = list_key("diagnoses", read.diagnoses)
        self.pointers = list_key("diagnosis_pointers", read.pointers)
        self.private_places = tuple(
            (name, place)
            for places in (plan.single, plan.fallback)
            for name, place in places.items()
            if name in PRIVATE_FIELDS and place != ABSENT
        )


Shapes: TypeAlias = dict[tuple[tuple[str, ...], bool], RowShape]
"""By the names in a header, and whether they are all there are."""


@define(slots=True)
class Reading:
    """What all the rows of one input share, and what is known of the input so far."""

    column_map: ColumnMap
    declared_fields: Mapping[str, str]
    """The type of each field that rule files declare: code, text, number or date."""
    members: Mapping[str, MemberFacts] = field(repr=False)
    history: bool
    bad_lines: BadLines
    memos: FieldMemos
    shapes: Shapes = field(factory=dict, repr=False)
    """What is known of shapes from other readings too."""
    seen: Seen = field(factory=SeenLines)
    wanted: Container[str] | None = None
    """The columns that rules read, as `LineColumns` names them; all of them if it is `None`."""
    line_count: int = 0
    met: Shapes = field(factory=dict, repr=False)
    """The shapes that sources had, up to a thousand."""
    notes: list[str] = field(factory=list)
    warnings: Warnings = field(factory=Warnings)
    claimless: dict[str, str] = field(factory=dict)
    """What sources held that held no claims, by their names."""
    learnt: dict[object, Any] = field(factory=dict, repr=False)
    """What formats have learnt from all the sources, by the function that learnt it."""


class RowReader:
    """Reads the rows of one header of one source."""

    def __init__(
        self,
        source: str,
        shape: RowShape,
        reading: Reading,
        where: Callable[[int], str] | None = None,
    ) -> None:
        self.shape = shape
        self.plan = shape.plan
        self.narrow_plan = shape.narrow_plan
        self.where = where
        """Says where the row of a number stands; without it the number is enough."""
        self._source = source
        self._reading = reading
        memos = reading.memos
        self._pick = shape.pick
        self._plain = [(name, place, getattr(memos, name)) for name, place in shape.plain]
        self._other_code = shape.other_code
        self._declared = [(name, place, memos.declared[name]) for name, place in shape.declared]
        self._modifiers = shape.modifiers
        self._diagnoses = shape.diagnoses
        self._pointers = shape.pointers

    def with_reading(self, reading: Reading) -> "RowReader":
        """The same reader for another reading."""
        return RowReader(self._source, self.shape, reading, self.where)

    def line(self, number: int, row: Sequence[object]) -> ServiceLine | None:
        """The service line in a row, or `None` if it was set aside as a bad line.

        `number` is the row's 1-based number in its source, for the message.
        """
        reading = self._reading
        try:
            try:
                line = self.read(row, reading.seen)
            except TypeError as error:
                raise self._unhashable(row, error) from error
        except BadValue as bad:
            self.refuse(number, row, bad)
            return None
        reading.line_count += 1
        return line

    def refuse(self, number: int, row: Sequence[object], bad: BadValue) -> None:
        """Set a row aside for a bad value."""
        reading, private = self._reading, self._private(row)
        where = None if self.where is None else self.where(number)
        undisclosed = reading.declared_fields
        reading.bad_lines.add(bad_line(self._source, number, bad, private, undisclosed, where))

    def refuse_whole(self, number: int, problem: str, reason: str) -> None:
        """Set aside a row that could not be taken apart into cells."""
        self._reading.bad_lines.add(bad_row(self._source, number, problem, reason))

    def read(self, row: Sequence[object], seen: Seen) -> ServiceLine:
        """The service line in a row, beside the lines that were seen. Raises `BadValue`, and
        `TypeError` for a cell that is a list or an object where a single value belongs."""
        (
            claim_cell,
            number_cell,
            member_cell,
            person_cell,
            from_cell,
            claim_from_cell,
            to_cell,
            claim_to_cell,
            birth_date,
            sex,
            frequency_code,
            bill_type,
        ) = self._pick(row)
        memos = self._reading.memos

        claim_id = memos.claim_id[claim_cell]
        if claim_id is None:
            raise BadValue("is blank", "the claim's number", field="claim_id")
        frequency, bill = memos.frequency_code[frequency_code], memos.bill_type[bill_type]
        correction = correction_of(frequency, bill)
        given_number = memos.line_number[number_cell]
        line_number = given_number
        if line_number is None:
            line_number = seen.add_next(claim_id, correction)

        member_id = memos.member_id[member_cell] or memos.member_id[person_cell]
        own_birth_date, own_sex = memos.birth_date[birth_date], memos.sex[sex]
        if self._reading.members and member_id is not None:
            known_birth_date, known_sex = self._reading.members.get(member_id, NO_FACTS)
            own_birth_date, own_sex = own_birth_date or known_birth_date, own_sex or known_sex
        service_from, service_to = self._dates(from_cell, to_cell, claim_from_cell, claim_to_cell)
        diagnoses = memos.diagnoses[self._diagnoses(row), self._pointers(row)]
        plain = {name: memo[row[place]] for name, place, memo in self._plain}
        if self._other_code != ABSENT and plain["procedure_code"] is None:
            plain["procedure_code"] = memos.procedure_code[row[self._other_code]]
        line = ServiceLine(
            claim_id=claim_id,
            line_number=line_number,
            member_id=member_id,
            modifiers=memos.modifiers[self._modifiers(row)],
            service_from=service_from,
            service_to=service_to,
            diagnoses=diagnoses.all,
            pointed_diagnoses=diagnoses.pointed,
            principal_diagnosis=diagnoses.principal,
            birth_date=own_birth_date,
            sex=own_sex,
            declared=self._declared_values(row) if self._declared else NOTHING_DECLARED,
            history=self._reading.history,
            frequency_code=frequency,
            bill_type=bill,
            **plain,
        )
        if given_number is not None and not seen.add(claim_id, line_number, correction):
            raise repeated(claim_id, line_number)
        return line

    def _dates(
        self, line_from: object, line_to: object, claim_from: object, claim_to: object
    ) -> tuple[date | None, date | None]:
        """The line's own dates; the claim's where the line has none to start on."""
        memos = self._reading.memos
        service_from, service_to = memos.service_from[line_from], memos.service_to[line_to]
        if service_from is None:
            service_from = memos.service_from[claim_from]
            service_to = service_to or memos.service_to[claim_to]
        if service_from is None or service_to is None:
            return service_from, service_to or service_from
        if service_to < service_from:
            raise _ends_before_it_starts(service_to)
        return service_from, service_to

    def _declared_values(self, row: Sequence[object]) -> Mapping[str, DeclaredValue]:
        found = {
            name: value
            for name, position, memo in self._declared
            if (value := memo[row[position]]) is not None
        }
        return found or NOTHING_DECLARED

    def _private(self, row: Sequence[object]) -> tuple[str, ...]:
        """The texts of this row that no message may show, whether or not rules read them."""
        cells = [(name, row[place]) for name, place in self.shape.private_places]
        return tuple(text for name, cell in cells for text in private_texts(name, cell))

    def _unhashable(self, row: Sequence[object], error: TypeError) -> BadValue:
        """The column whose cell is a list or an object where a single value belongs."""
        plan = self.narrow_plan
        single = (
            *(item for places in (plan.single, plan.fallback) for item in places.items()),
            *plan.declared,
        )
        lists = (
            ("modifiers", plan.modifiers),
            ("diagnoses", plan.diagnoses),
            ("diagnosis_pointers", plan.pointers),
        )
        for name, place in single:
            if not _hashable(row[place]):
                return BadValue("is a list or an object", "a single value", field=name)
        for name, places in lists:
            cells = [row[place] for place in places.columns]
            if not all(map(_hashable, values.list_items(cells[0]) if places.is_list else cells)):
                return BadValue("holds a list or an object", "a list of codes", field=name)
        raise error


def _hashable(cell: object) -> bool:
    try:
        hash(cell)
    except TypeError:
        return False
    return True


def _ends_before_it_starts(service_to: date) -> BadValue:
    return BadValue(
        "is before service_from",
        "a date on or after the line's first day",
        field="service_to",
        raw=service_to,
    )


def repeated(claim_id: str, line_number: int) -> BadValue:
    """What is wrong with a line whose number its claim has already."""
    return BadValue(
        "repeats a line of its claim",
        "each line of a claim once, or limits would count it twice",
        field="line_number",
        raw=f"line {line_number} of claim {claim_id}",
        quotable=True,
    )
