"""An object that is a claim with its service lines in a list: the lines, each with the claim's
values beside its own.

A line's own value goes before its claim's, also where the two call it by other names.
"""

from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from editwright.evaluator.formats.column_plan import ABSENT, ColumnPlan, Positions
from editwright.evaluator.formats.columns import names_of
from editwright.evaluator.formats.delimited import Refusal

LISTS = ("lines", "service_lines", "claim_lines")
"""What the list of a claim's lines is called."""
_CODES = ("procedure_code", "revenue_code")
_GIVE_LINES = "give its service lines as a list of objects"


@frozen(slots=True)
class ClaimObject:
    """Objects with the same names, of which one or more may be a list of lines."""

    lists: Sequence[object]
    """The names that a list of lines may have here."""
    has_code: bool
    """Whether the object has a code of its own: without a list it is a line then."""

    def lines(self, item: Mapping[object, object]) -> Sequence[object] | Refusal | None:
        """What stands in the list of an object with these names; why it is a claim without lines;
        `None` if it is itself a line."""
        given = [name for name in self.lists if isinstance(item[name], list | tuple)]
        if len(given) > 1:
            names = f"`{given[0]}` and `{given[1]}`"
            return Refusal("a claim has two lists of lines", f"{names}; give one list")
        if given:
            found = item[given[0]]
            assert isinstance(found, list | tuple)
            return found or Refusal("a claim has no lines", f"`{given[0]}` is empty; {_GIVE_LINES}")
        for name in self.lists:
            value = item[name]
            if isinstance(value, Mapping) or not (value is None or self.has_code):
                return Refusal("the lines of a claim are no list", f"`{name}`; {_GIVE_LINES}")
        if self.has_code:
            return None
        return Refusal("a claim has no lines", f"`{self.lists[0]}` is null; {_GIVE_LINES}")


def claim_object(names: Sequence[object], plan: ColumnPlan) -> ClaimObject | None:
    """What objects with these names are, if one of the names may be that of a list of lines: one
    that nothing else reads."""
    lists = [name for name in names if is_list_of_lines(str(name)) and str(name) in plan.unread]
    if not lists:
        return None
    return ClaimObject(lists, any(plan.single[name] != ABSENT for name in _CODES))


def is_list_of_lines(name: str) -> bool:
    """Whether a list of this name holds a claim's lines."""
    return not set(LISTS).isdisjoint(names_of(name))


def values_of_claim(
    item: Mapping[object, object], lists: Collection[object]
) -> dict[object, object]:
    """What a claim says of all its lines."""
    return {name: value for name, value in item.items() if name not in lists}


def line_object(
    common: Mapping[object, object], own: Mapping[object, object]
) -> dict[object, object]:
    """A line with what its claim says of all its lines."""
    return {**common, **own}


def names_overruled(
    names: Sequence[object], claim: ColumnPlan, line: ColumnPlan
) -> frozenset[object]:
    """Those of a claim's names for which a line has a value, whatever it calls it."""
    pairs = [
        *((claim.single[name], place) for name, place in line.single.items()),
        *((claim.fallback[name], place) for name, place in line.fallback.items()),
        *zip(
            (place for _, place in claim.declared),
            (place for _, place in line.declared),
            strict=True,
        ),
        *_list_pairs(claim.modifiers, line.modifiers),
        *_list_pairs(claim.diagnoses, line.diagnoses),
        *_list_pairs(claim.pointers, line.pointers),
    ]
    return frozenset(names[theirs] for theirs, ours in pairs if ABSENT not in (theirs, ours))


def _list_pairs(claim: Positions, line: Positions) -> list[tuple[int, int]]:
    """Of each value of a list that the line has, where the claim has it. A list goes before
    numbered columns as a whole, and these before a list."""
    if claim.is_list or line.is_list:
        there = [place for place in line.columns if place != ABSENT]
        return [(place, there[0]) for place in claim.columns] if there else []
    return list(zip(claim.columns, line.columns, strict=False))
