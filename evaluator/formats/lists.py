"""Modifiers, diagnoses and diagnosis pointers: the columns that hold several values.

A list is handed over as a hashable key: the tuple of its numbered cells, the tuple of a list
cell, or the text of a list cell as it stands.
"""

from collections.abc import Callable, Sequence
from operator import itemgetter

from attrs import frozen

from editwright.evaluator.formats import values
from editwright.evaluator.formats.column_plan import ABSENT, Positions
from editwright.evaluator.formats.problems import BadValue


@frozen(slots=True)
class Diagnoses:
    """A line's diagnoses as `ServiceLine` has them."""

    all: tuple[str, ...]
    pointed: tuple[str, ...]
    principal: str | None


def list_key(name: str, positions: Positions) -> Callable[[Sequence[object]], object]:
    """The function that takes a list's key out of a row.

    It raises `BadValue` for a list with booleans in it, which would be taken for numbers.
    """
    columns = positions.columns
    if not columns:
        return lambda _row: ()
    if not positions.is_list:
        return itemgetter(*columns, ABSENT)
    column = columns[0]
    return lambda row: cell_key(name, row[column])


def cell_key(name: str, cell: object) -> object:
    """The key of a list cell. Raises `BadValue` for booleans in it."""
    if not isinstance(cell, list | tuple):
        return cell
    if bool in map(type, cell):
        raise BadValue("holds true or false", "a list of codes or numbers", field=name)
    return tuple(cell)


def read_modifiers(key: object) -> tuple[str, ...]:
    """The modifiers, each once, in their order. Raises `BadValue`."""
    return values.distinct(_each("modifier", values.list_items(key), values.modifier))


def read_diagnoses(key: object) -> Diagnoses:
    """The diagnoses behind a pair of keys, diagnoses and pointers. Raises `BadValue`."""
    assert isinstance(key, tuple)
    cells, pointers = key
    by_position = _each("diagnosis", values.list_items(cells), values.diagnosis)
    present = tuple(code for code in by_position if code is not None)
    return Diagnoses(
        all=present,
        pointed=_pointed(by_position, pointers) or present,
        principal=by_position[0] if by_position else None,
    )


def _pointed(by_position: Sequence[str | None], pointers: object) -> tuple[str, ...]:
    found = []
    for item in values.list_items(pointers):
        pointer = read_pointer(item)
        if pointer is None:
            continue
        code = by_position[pointer - 1] if pointer <= len(by_position) else None
        if code is None:
            raise BadValue(
                "points to a diagnosis that is not there",
                "the numbers of diagnoses that the claim has",
                field="diagnosis_pointers",
                raw=pointer,
            )
        found.append(code)
    return values.distinct(found)


def read_pointer(item: object) -> int | None:
    """A diagnosis pointer, 1 or more. Raises `BadValue`."""
    try:
        pointer = values.line_number(item)
    except BadValue:
        pointer = 0
    if pointer == 0:
        raise BadValue(
            "is not a diagnosis pointer",
            "numbers of diagnoses such as `1,2`, counted from 1",
            field="diagnosis_pointers",
            raw=item,
        )
    return pointer


def _each(
    stem: str, cells: Sequence[object], convert: Callable[[object], str | None]
) -> list[str | None]:
    found = []
    for number, cell in enumerate(cells, 1):
        try:
            found.append(convert(cell))
        except BadValue as bad:
            bad.field, bad.raw = f"{stem}_{number}", cell
            raise
    return found
