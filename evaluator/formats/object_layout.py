"""The shapes of objects to one table: which of an object's values goes to which column.

Each shape has a plan of its own, as if its objects were all there are. A column of the table is
what those plans read a value for, whatever the objects call it; so two names of one of our columns
may stand for it in different objects.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from attrs import evolve
from numpy.typing import NDArray

from editwright.evaluator.formats.claim_objects import is_list_of_lines
from editwright.evaluator.formats.column_plan import ABSENT, ColumnPlan, Positions
from editwright.evaluator.formats.intake import ColumnIntake
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.rows import RowReader
from editwright.evaluator.kernels.json_cells import ObjectShapes

_Use: TypeAlias = tuple[str, str, int]
"""What a value is read for: `single`, `fallback` or `declared` with a name, or a list with its name
and a place in it."""

_SINGLE, _FALLBACK, _DECLARED, _LIST, _NUMBERED = (
    "single",
    "fallback",
    "declared",
    "list",
    "numbered",
)
_LISTS = ("modifiers", "diagnoses", "pointers")


class ObjectLayout:
    """The table that the objects of one source are rows of."""

    def __init__(self, intake: ColumnIntake, shapes: ObjectShapes) -> None:
        self._intake = intake
        self._shapes = shapes
        self._readers: dict[int, RowReader | None] = {}
        self._of_shape: dict[int, list[int]] = {}
        self._slots: dict[tuple[_Use, ...], int] = {}
        self._uses: dict[_Use, int] = {}
        self._plan: ColumnPlan | None = None

    def takes(self, shapes: NDArray[np.int32]) -> bool:
        """Whether objects of these shapes can be rows of the table."""
        for shape in shapes.tolist():
            if shape not in self._readers:
                self._add(shape)
        has_ids = self._plan is not None and self._plan.has(self._intake.key)
        return has_ids and all(shape in self._of_shape for shape in shapes.tolist())

    @property
    def names(self) -> Sequence[str]:
        """The names of the columns, as far as they have some."""
        return [uses[0][1] for uses in self._slots]

    @property
    def plan(self) -> ColumnPlan:
        """Where the columns stand."""
        assert self._plan is not None, "there is a shape"
        return self._plan

    @property
    def procedure_codes(self) -> tuple[int, ...]:
        """Where procedure codes stand."""
        return (self.plan.single["procedure_code"], self.plan.fallback["procedure_code"])

    def reader(self, shape: int) -> RowReader:
        """What reads an object of a shape that is taken."""
        reader = self._readers[shape]
        assert reader is not None, "it is taken"
        return reader

    def slots(self, shapes: NDArray[np.int32]) -> NDArray[np.int32]:
        """Of each shape the column of each of its values, or -1; int32."""
        lists = [self._of_shape[shape] for shape in shapes.tolist()]
        found = np.full((len(lists), max(map(len, lists))), -1, dtype=np.int32)
        for row, each in enumerate(lists):
            found[row, : len(each)] = each
        return found

    def _add(self, shape: int) -> None:
        """Find a shape's place in the table, if it has one."""
        names = [name.decode() for name in self._shapes.names(shape)]
        self._readers[shape] = None
        if any(map(is_list_of_lines, names)):  # a claim, perhaps, which reading row by row says
            return
        try:
            reader = self._intake.rows(names, complete=False)
        except ClaimsError:  # names are ambiguous, which reading row by row says
            return
        uses = _uses(reader.narrow_plan)
        new = {each for each in uses.values() if each not in self._slots}
        kinds = {use[:2] for use in self._uses}
        if any(use in self._uses or _other_kind(use) in kinds for each in new for use in each):
            return
        for each in uses.values():
            if each in new and each not in self._slots:
                slot = self._slots[each] = len(self._slots)
                self._uses |= dict.fromkeys(each, slot)
        self._readers[shape] = reader
        self._of_shape[shape] = [
            self._slots[uses[place]] if place in uses else -1 for place in range(len(names))
        ]
        if new or self._plan is None:
            self._plan = self._planned(reader.narrow_plan)

    def _planned(self, plan: ColumnPlan) -> ColumnPlan:
        """The plan of the table, made of that of a shape."""
        of = self._uses
        return evolve(
            plan,
            single={name: of.get((_SINGLE, name, 0), ABSENT) for name in plan.single},
            fallback={name: of.get((_FALLBACK, name, 0), ABSENT) for name in plan.fallback},
            declared=tuple(
                (name, of.get((_DECLARED, name, 0), ABSENT)) for name, _ in plan.declared
            ),
            modifiers=self._positions("modifiers"),
            diagnoses=self._positions("diagnoses"),
            pointers=self._positions("pointers"),
        )

    def _positions(self, name: str) -> Positions:
        if (slot := self._uses.get((_LIST, name, 0))) is not None:
            return Positions((slot,), is_list=True)
        places = [place for kind, of, place in self._uses if (kind, of) == (_NUMBERED, name)]
        return Positions(
            tuple(
                self._uses.get((_NUMBERED, name, place), ABSENT)
                for place in range(max(places, default=-1) + 1)
            )
        )


def _other_kind(use: _Use) -> tuple[str, str]:
    """What must not stand beside this: one list is a column, or several."""
    kind, name, _ = use
    return {_LIST: _NUMBERED, _NUMBERED: _LIST}.get(kind, ""), name


def _uses(plan: ColumnPlan) -> dict[int, tuple[_Use, ...]]:
    """What each value is read for, by its position."""
    found: dict[int, tuple[_Use, ...]] = {}

    def note(position: int, use: _Use) -> None:
        if position != ABSENT:
            found[position] = (*found.get(position, ()), use)

    for name, position in plan.single.items():
        note(position, (_SINGLE, name, 0))
    for name, position in plan.fallback.items():
        note(position, (_FALLBACK, name, 0))
    for name, position in plan.declared:
        note(position, (_DECLARED, name, 0))
    for name in _LISTS:
        positions: Positions = getattr(plan, name)
        for place, position in enumerate(positions.columns):
            note(position, (_LIST if positions.is_list else _NUMBERED, name, place))
    return found
