"""Objects (of NDJSON, or Python dictionaries) to service lines.

An object is a service line, or a claim with its lines in a list (see `claim_objects`). Objects with
the same names in the same order share one plan; sparse files have a few dozen such shapes, not one
a line.
"""

from collections.abc import Container, Iterable, Iterator, Mapping

from editwright.evaluator.formats.claim_objects import (
    ClaimObject,
    claim_object,
    line_object,
    names_overruled,
    values_of_claim,
)
from editwright.evaluator.formats.column_plan import MAP_HINT
from editwright.evaluator.formats.delimited import Refusal
from editwright.evaluator.formats.intake import Intake, Rows
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.lines.service_line import ServiceLine

_MOST_SHAPES = 1_000
_PATIENCE = 100
NESTED = (
    "an object holds a list of objects that nothing reads; if they are service lines, call the "
    "list `lines`"
)
AMBIGUOUS = "an object's names are ambiguous"
_TRUTH = {True: "true", False: "false"}


class _Place:
    """Where the line of a claim stands that is being read."""

    def __init__(self) -> None:
        self.text = ""

    def __call__(self, _number: int) -> str:
        return self.text


class ObjectRows:
    """Takes in objects, whose names may differ from one to the next."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._shapes: dict[tuple[object, ...], Rows] = {}
        self._claims: dict[tuple[object, ...], ClaimObject] = {}
        self._lines: dict[tuple[tuple[object, ...], ...], tuple[Rows, tuple[object, ...]]] = {}
        """Of the names of a claim and those of a line of it: what reads them together, and the
        names that the line takes from the claim."""
        self._place = _Place()
        self._objects = 0
        self._names: tuple[object, ...] = ()
        self._readable = False
        self._nested: object | None = None
        """The last list of objects that nothing read."""

    def lines(self, number: int, item: Mapping[object, object]) -> Iterable[ServiceLine]:
        """Take in one object, and give its lines. Raises `ClaimsError` if none of the first 100 can
        be read."""
        self._objects += 1
        self._names = names = tuple(item)
        try:
            rows = self._shapes.get(names) or self._rows(names)
        except ClaimsError as error:
            self._intake.refuse(number, AMBIGUOUS, error.message)
            return ()
        if self._claims and (claim := self._claims.get(names)) is not None:
            inner = claim.lines(item)
            if isinstance(inner, Refusal):
                self._intake.refuse(number, inner.problem, inner.reason, unit="claim")
                return ()
            if inner is not None:
                return self._lines_of_claim(number, claim, item, inner)
        if self._objects == _PATIENCE:
            self.expect_readable()
        if list in map(type, item.values()):
            self._nested = _list_of_objects(item, rows.plan.unread)
            if self._nested is not None:
                self._intake.warn(NESTED, f"row {number:,}")
        line = rows.line(number, plain_cells(item))
        return () if line is None else (line,)

    def _lines_of_claim(
        self,
        number: int,
        claim: ClaimObject,
        item: Mapping[object, object],
        inner: Iterable[object],
    ) -> Iterator[ServiceLine]:
        """The lines in the list of a claim."""
        common = values_of_claim(item, claim.lists)
        for place, own in enumerate(inner, 1):
            self._place.text = f"row {number:,}, line {place:,} of its claim"
            if not isinstance(own, Mapping):
                reason = "the list of a claim's lines holds an object for each of them"
                self._intake.refuse(
                    number, "a line of a claim is no object", reason, where=self._place.text
                )
                continue
            try:
                rows, names = self._rows_of_line(tuple(common), tuple(own))
            except ClaimsError as error:
                self._intake.refuse(number, AMBIGUOUS, error.message, where=self._place.text)
                continue
            line_item = line_object({name: common[name] for name in names}, own)
            if _list_of_objects(line_item, rows.plan.unread) is not None:
                self._intake.warn(NESTED, self._place.text)
            if (line := rows.line(number, plain_cells(line_item))) is not None:
                yield line
        if self._objects >= _PATIENCE:
            self.expect_readable()

    def _rows_of_line(
        self, common: tuple[object, ...], own: tuple[object, ...]
    ) -> tuple[Rows, tuple[object, ...]]:
        """What reads a line with its own names beside those of its claim. Raises `ClaimsError`."""
        key = (common, own)
        if (found := self._lines.get(key)) is None:
            plans = [
                self._intake.rows([str(name) for name in names], complete=False).plan
                for names in key
            ]
            overruled = names_overruled(common, *plans)
            kept = tuple(name for name in common if name not in overruled)
            names = line_object(dict.fromkeys(kept), dict.fromkeys(own))
            rows = self._intake.rows(
                [str(name) for name in names], complete=False, where=self._place
            )
            self._readable = self._readable or rows.plan.has(self._intake.key)
            if len(self._lines) >= _MOST_SHAPES:
                self._lines.clear()
            found = self._lines[key] = rows, kept
        return found

    @property
    def readable(self) -> bool:
        """Whether there was an object that had the column that all need."""
        return self._readable

    def expect_readable(self) -> None:
        """Raise `ClaimsError` if there were objects and none had the column that all need."""
        if self._objects and not self._readable:
            try:
                self._intake.rows([str(name) for name in self._names])
            except ClaimsError as error:
                if self._nested is None or self._intake.key != "claim_id":
                    raise
                hint = f"if `{self._nested}` is the list of the claims, call it `claims`; else "
                raise ClaimsError(error.message, hint + MAP_HINT) from None

    def _rows(self, names: tuple[object, ...]) -> Rows:
        if len(self._shapes) >= _MOST_SHAPES:
            self._shapes.clear()
            self._claims.clear()
        rows = self._intake.rows([str(name) for name in names], complete=False)
        self._readable = self._readable or rows.plan.has(self._intake.key)
        self._shapes[names] = rows
        if self._intake.key == "claim_id" and (claim := claim_object(names, rows.plan)) is not None:
            self._claims[names] = claim
        return rows


def plain_cells(item: Mapping[object, object]) -> list[object]:
    """The cells of an object as rows have them."""
    cells = [*item.values(), None]
    return [*map(plain_cell, cells)] if bool in map(type, cells) else cells


def plain_cell(cell: object) -> object:
    """A cell, of which `true` and `false` are texts."""
    return _TRUTH[cell] if isinstance(cell, bool) else cell


def _list_of_objects(item: Mapping[object, object], unread: Container[object]) -> object | None:
    """The name of a list of objects that nothing reads; `None` where there is none."""
    for name, cell in item.items():
        if isinstance(cell, list) and name in unread and any(isinstance(e, dict) for e in cell):
            return name
    return None
