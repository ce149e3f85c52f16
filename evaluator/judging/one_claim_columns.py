"""What a plan makes of the columns of a claim's dictionaries: the numbers that kernels know their
cells by.

A text that rules name, or match, has one number for good. Any other stays a text: it gets a number
for the time of one claim.
"""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from editwright.evaluator.formats.fields import IDENTITIES, FieldMemos
from editwright.evaluator.formats.lists import read_diagnoses, read_modifiers
from editwright.evaluator.formats.read import Known
from editwright.evaluator.formats.rows import PLAIN
from editwright.evaluator.judging.batch import EPOCH, plain_number
from editwright.evaluator.judging.machine import Machine
from editwright.evaluator.kernels import one_claim as kernel
from editwright.evaluator.lines.columns import NO_DAY
from editwright.evaluator.lines.field_columns import CODE_COLUMNS, VALUE_COLUMNS
from editwright.evaluator.lines.frequency import ORIGINAL, correction_of
from editwright.evaluator.meaning.reference import says_denied
from editwright.grammar.checked import FieldRef
from editwright.grammar.codes import DIAGNOSIS, MODIFIER, PROCEDURE

Convert = Callable[[Any], Any]

_DECLARED = "declared "
_CHECKED_TOO = (*PLAIN, "birth_date", "sex", "bill_type")
"""Columns that must be readable wherever they are read."""
_NUMBERS = {name: column for name, column in VALUE_COLUMNS.items() if name != "date"}
"""The columns behind the numbers that take one column alone."""


@frozen(eq=False)
class Columns:
    """The columns that a plan reads, and what it makes of them."""

    singles: tuple[tuple[str, kernel.Column], ...]
    """By the name of the column; that of a declared field has `declared` before it."""
    lists: tuple[kernel.Column, ...]
    own: tuple[kernel.Column, ...]
    """Line numbers, days, frequencies and types of bill."""
    computed: tuple[tuple[int, FieldRef], ...]
    """The numbers, by their row, that take a whole line: ages, days between two dates."""


def columns_of_plan(machine: Machine, known: Known) -> Columns:
    """The columns that a machine's plan reads, and those that must be readable all the same."""
    layout, cells = machine.plan.layout, _Cells(machine, known.memos)
    singles: list[tuple[str, kernel.Column]] = []
    lists: list[kernel.Column] = []
    computed: list[tuple[int, FieldRef]] = []

    def single(name: str, convert: Convert, becomes: int, row: int = -1) -> None:
        keeps = name not in IDENTITIES and not name.startswith(_DECLARED)
        singles.append((name, kernel.Column(convert, becomes, row, keeps=keeps)))

    def listed(name: str, becomes: int, row: int = -1) -> None:
        convert, of_diagnoses = cells.listed(name), name != "modifier"
        lists.append(kernel.Column(convert, becomes, row, of_diagnoses=of_diagnoses))

    single("procedure_code", cells.procedure, kernel.PROCEDURE)
    single("status", cells.denied, kernel.DENIED)
    for row, each in enumerate(layout.codes):
        if each.name == "principal diagnosis":
            listed(each.name, kernel.FIRST, row)
        else:
            assert each.kind is not None
            name = _DECLARED + each.name if each.declared else CODE_COLUMNS[each.name]
            single(name, cells.code(name, each.kind.noun), kernel.CODE, row)
    for row, each in enumerate(layout.numbers):
        if each.name == "number of modifiers":
            listed("modifier", kernel.COUNT, row)
        elif each.days is None and (each.declared or each.name in _NUMBERS):
            name = _DECLARED + each.name if each.declared else _NUMBERS[each.name]
            single(name, cells.number(name), kernel.NUMBER, row)
        else:
            computed.append((row, each))
    for row, each in enumerate(layout.lists):
        listed(each.name, kernel.LIST, row)
    read = {name for name, _ in singles}
    for name in (*_CHECKED_TOO, *(_DECLARED + each for each in known.declared_fields)):
        if name not in read:
            single(name, cells.converted(name), kernel.CHECKED)
    read_lists = {column.of_diagnoses for column in lists}
    if False not in read_lists:
        listed("modifier", kernel.CHECKED)
    if True not in read_lists:
        listed("diagnosis", kernel.CHECKED)
    return Columns(tuple(singles), tuple(lists), cells.own(), tuple(computed))


class _Cells:
    """What cells mean to a plan."""

    def __init__(self, machine: Machine, memos: FieldMemos) -> None:
        self._machine = machine
        self._lexicon = machine.plan.lexicon
        self._memos = memos

    def own(self) -> tuple[kernel.Column, ...]:
        """What every line has: line number, day, frequency and type of bill."""
        memos = self._memos
        frequency_code, bill_type = memos.frequency_code.convert, memos.bill_type.convert

        def line_number(cell: object) -> int:
            number = memos.line_number.convert(cell)
            return -1 if number is None else number

        def day(cell: object) -> int:
            found = memos.service_from.convert(cell)
            return NO_DAY if found is None else found.toordinal() - EPOCH

        def by_frequency(cell: object) -> int:
            code = frequency_code(cell)
            if code is None:
                return kernel.UNTOLD
            return kernel.ORIGINAL if correction_of(code, None) == ORIGINAL else kernel.CORRECTION

        def by_bill_type(cell: object) -> int:
            is_original = correction_of(None, bill_type(cell)) == ORIGINAL
            return kernel.ORIGINAL if is_original else kernel.CORRECTION

        return tuple(map(kernel.Column, (line_number, day, by_frequency, by_bill_type)))

    def converted(self, name: str) -> Convert:
        """The conversion of a column's cells, for what is in it alone."""
        memo = (
            self._memos.declared[name.removeprefix(_DECLARED)]
            if name.startswith(_DECLARED)
            else getattr(self._memos, name)
        )
        convert = memo.convert
        return lambda cell: (convert(cell),)

    def code(self, name: str, space: str) -> Convert:
        """The numbers of a column of codes or texts."""
        convert = self.converted(name)
        return lambda cell: self._meaning(space, *convert(cell))

    def number(self, name: str) -> Convert:
        """A column of numbers in ten-thousandths, or of dates in days."""
        convert = self.converted(name)
        return lambda cell: plain_number(*convert(cell))

    def procedure(self, cell: object) -> int | str:
        """The number of a procedure code that leads to no rule which kernels cannot judge."""
        code = self._memos.procedure_code.convert(cell)
        if self._machine.plan.by_reference and self._machine.leads_to_unplanned(code):
            raise kernel.UnusualError
        return self._meaning(PROCEDURE.noun, code)

    def denied(self, cell: object) -> int:
        """Whether a line's status says that it was not paid."""
        return int(says_denied(self._memos.status.convert(cell)))

    def listed(self, name: str) -> Convert:
        """The numbers of a list: of modifiers, of a line's or a claim's diagnoses, of the first."""
        read, space = _LISTS[name]
        return lambda key: tuple(self._meaning(space, text) for text in read(key))

    def _meaning(self, space: str, text: str | None) -> int | str:
        if text is None:
            return -1
        number = self._lexicon.lasting(space, text)
        return text if number is None else number


def _principal(key: object) -> tuple[str, ...]:
    principal = read_diagnoses(key).principal
    return () if principal is None else (principal,)


_LISTS: Mapping[str, tuple[Callable[[object], tuple[str, ...]], str]] = {
    "modifier": (read_modifiers, MODIFIER.noun),
    "diagnosis": (lambda key: read_diagnoses(key).pointed, DIAGNOSIS.noun),
    "claim diagnosis": (lambda key: read_diagnoses(key).all, DIAGNOSIS.noun),
    "principal diagnosis": (_principal, DIAGNOSIS.noun),
}
