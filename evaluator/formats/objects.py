"""Objects (of NDJSON, or Python dictionaries) to service lines.

Objects with the same names in the same order share one plan; sparse files have a few dozen such
shapes, not one a line.
"""

from collections.abc import Container, Mapping

from editwright.evaluator.formats.intake import Intake, Rows
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.lines.service_line import ServiceLine

_MOST_SHAPES = 1_000
_PATIENCE = 100
NESTED = (
    "an object holds a list of objects that nothing reads; if they are service lines, give each "
    "of them as an object of its own, with its claim's values"
)
_TRUTH = {True: "true", False: "false"}


class ObjectRows:
    """Takes in objects, whose names may differ from one to the next."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._shapes: dict[tuple[object, ...], Rows] = {}
        self._objects = 0
        self._names: tuple[object, ...] = ()
        self._readable = False

    def line(self, number: int, item: Mapping[object, object]) -> ServiceLine | None:
        """Take in one object. Raises `ClaimsError` if none of the first 100 can be read."""
        self._objects += 1
        self._names = names = tuple(item)
        try:
            rows = self._shapes.get(names) or self._rows(names)
        except ClaimsError as error:
            self._intake.refuse(number, "an object's names are ambiguous", error.message)
            return None
        if self._objects == _PATIENCE:
            self.expect_readable()
        if list in map(type, item.values()) and _holds_objects(item, rows.plan.unread):
            self._intake.warn(NESTED, f"row {number:,}")
        return rows.line(number, plain_cells(item))

    @property
    def readable(self) -> bool:
        """Whether there was an object that had the column that all need."""
        return self._readable

    def expect_readable(self) -> None:
        """Raise `ClaimsError` if there were objects and none had the column that all need."""
        if self._objects and not self._readable:
            self._intake.rows([str(name) for name in self._names])

    def _rows(self, names: tuple[object, ...]) -> Rows:
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
        rows = self._intake.rows([str(name) for name in names], complete=False)
        self._readable = self._readable or rows.plan.has(self._intake.key)
        self._shapes[names] = rows
        return rows


def plain_cells(item: Mapping[object, object]) -> list[object]:
    """The cells of an object as rows have them."""
    cells = [*item.values(), None]
    return [*map(plain_cell, cells)] if bool in map(type, cells) else cells


def plain_cell(cell: object) -> object:
    """A cell, of which `true` and `false` are texts."""
    return _TRUTH[cell] if isinstance(cell, bool) else cell


def _holds_objects(item: Mapping[object, object], unread: Container[object]) -> bool:
    return any(
        isinstance(cell, list) and any(isinstance(each, dict) for each in cell) and name in unread
        for name, cell in item.items()
    )
