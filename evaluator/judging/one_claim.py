"""One claim's dictionaries to verdicts, without an object for lines that none is about.

Only what is ordinary goes this way. For everything else there is no answer here: then the lines
are read and judged one by one, and whatever is wrong with them is said there.
"""

from collections.abc import Sequence
from typing import Any, overload

from attrs import define, field

from editwright.evaluator.formats.column_plan import ABSENT, Positions
from editwright.evaluator.formats.problems import BadValue, ClaimsError
from editwright.evaluator.formats.read import Given, Known
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.formats.values import identifier
from editwright.evaluator.judging.batch import InexactError, plain_number
from editwright.evaluator.judging.hits import verdicts_of
from editwright.evaluator.judging.machine import MOST_KEPT, Machine
from editwright.evaluator.judging.one_claim_columns import Columns, columns_of_plan
from editwright.evaluator.kernels.judge import Judge
from editwright.evaluator.kernels.one_claim import Shape, Sheet, UnusualError
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.line_fields import read_field
from editwright.evaluator.meaning.reach import reach_of
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar.checked import Rule

_MOST_SHAPES = 1_000


@define(eq=False)
class _Desk:
    """What one thread works with: a claim's arrays, and a judge that has them before it."""

    sheet: Sheet
    judge: Judge
    learnt: int = -1
    """The version of the lexicon that the judge has learnt."""


@define(eq=False)
class OneClaim:
    """Judges claims by a machine's plan. Threads may share it: each takes a desk for a call."""

    _machine: Machine
    _known: Known
    _columns: Columns
    _reach: int
    """How many days from a claim its member's past may matter; below 0 all of it does."""
    _shapes: dict[tuple[object, ...], Shape] = field(factory=dict, repr=False)
    _desks: list[_Desk] = field(factory=list, repr=False)
    """Those that nobody uses."""

    @classmethod
    def of(cls, machine: Machine, known: Known) -> "OneClaim":
        """What judges by a machine, and reads what is wanted by the rules."""
        days = reach_of(machine.plan.rules).days
        return cls(machine, known, columns_of_plan(machine, known), -1 if days is None else days)

    def verdicts(self, lines: list[Any], past: list[Any]) -> list[tuple[Rule, Verdict]] | None:
        """The verdicts on a claim's lines, beside lines of its member's past; nothing where that
        takes the way that is slower and can say more."""
        try:
            desk = self._desks.pop()
        except IndexError:
            desk = _Desk(self._new_sheet(), self._machine.new_judge())
        try:
            return self._verdicts(desk, lines, past)
        except (UnusualError, BadValue, ClaimsError, InexactError, TypeError):
            return None
        finally:
            desk.sheet.forget()
            if len(lines) + len(past) <= MOST_KEPT:
                self._desks.append(desk)

    def _verdicts(
        self, desk: _Desk, lines: list[Any], past: list[Any]
    ) -> list[tuple[Rule, Verdict]]:
        plan, sheet, judge = self._machine.plan, desk.sheet, desk.judge
        ordered = _Lines(sheet, sheet.read(lines, past, self._reach))
        for row, each in self._columns.computed:
            for at, line in enumerate(ordered):
                sheet.put_number(row, at, plain_number(read_field(each, line)))
        version = plan.lexicon.version
        if desk.learnt != version:
            judge.learn(plan.lexicon.arrays)
            desk.learnt = version
        if (arrays := sheet.new_arrays()) is not None:
            judge.load(arrays)
        if not judge.judge_anew(0, 1):
            return []
        hits, partners = judge.found()
        found = verdicts_of(hits, partners, plan, ordered)
        return [(plan.rules[number], verdict) for (_, number), verdict in found.items()]

    def _new_sheet(self) -> Sheet:
        columns, layout = self._columns, self._machine.plan.layout
        return Sheet(
            tuple(column for _, column in columns.singles),
            columns.lists,
            columns.own,
            identifier,
            self._shapes,
            self._shape_of,
            (len(layout.codes), len(layout.numbers), len(layout.lists)),
        )

    def _shape_of(self, names: tuple[object, ...]) -> Shape:
        """The shape of dictionaries with these names. Raises ClaimsError where two of them are
        one, and UnusualError where none is the claim's id or codes stand in two."""
        rows = self._known.shape_of([str(name) for name in names])
        plan = rows.narrow_plan
        single, fallback = plan.single, plan.fallback
        declared = {f"declared {name}": place for name, place in plan.declared}
        if single["claim_id"] == ABSENT or fallback["procedure_code"] != ABSENT:
            raise UnusualError

        def named(place: int) -> object:
            return None if place == ABSENT else names[place]

        def listed(places: Positions) -> tuple[object, ...]:
            return (places.is_list, *map(named, places.columns))

        own = (
            single["claim_id"],
            single["line_number"],
            single["member_id"],
            fallback["member_id"],
            single["service_from"],
            fallback["service_from"],
            single["service_to"],
            fallback["service_to"],
            single["frequency_code"],
            single["bill_type"],
        )
        singles = (
            declared[name] if name in declared else single[name]
            for name, _ in self._columns.singles
        )
        shape = Shape(
            names,
            [named(place) for place in own],
            tuple(named(place) for place in singles),
            [listed(places) for places in (plan.modifiers, plan.diagnoses, plan.pointers)],
            [self._known.reader(rows, history=is_past) for is_past in (False, True)],
        )
        if len(self._shapes) < _MOST_SHAPES:
            self._shapes[names] = shape
        return shape


class _Lines(Sequence[ServiceLine]):
    """The lines of a sheet, each made when it is asked for."""

    def __init__(self, sheet: Sheet, count: int) -> None:
        self._sheet = sheet
        self._count = count
        self._made: dict[int, ServiceLine] = {}

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> ServiceLine: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[ServiceLine]: ...

    def __getitem__(self, at: int | slice) -> ServiceLine | Sequence[ServiceLine]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(self._count))]
        if not 0 <= at < self._count:
            raise IndexError(at)
        line = self._made.get(at)
        if line is None:
            item, readers, number, is_past = self._sheet.line(at)
            reader: RowReader = readers[is_past]
            line = self._made[at] = reader.read([*item.values(), None], Given(number))
        return line
