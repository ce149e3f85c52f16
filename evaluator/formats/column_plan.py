"""A source's header to a plan: which position of a row holds which column of a service line.

A position of `ABSENT` is the last place of a row, which every reader fills with `None`; so a
column that the source lacks is read like any other and is missing.
"""

from collections.abc import Container, Iterable, Mapping, Sequence

from attrs import define, evolve, field, frozen

from editwright.evaluator.formats.column_map import ColumnMap
from editwright.evaluator.formats.columns import (
    COLUMNS,
    DIAGNOSES,
    MODIFIERS,
    NUMBERED,
    POINTERS,
    Column,
    NumberedColumns,
    nearest_heading,
    plain_name,
    stem_names,
    worded_name,
)
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.lines.frequency import FREQUENCIES, LINKS, TELLING

ABSENT = -1

ALWAYS_READ = frozenset(("claim_id", "line_number", "member_id", "service_from", "service_to"))
"""The columns that every rule needs."""

_SINGLE_NAMES = {column.name: (column.name, *column.also) for column in COLUMNS}
_NUMBERED_NAMES = {
    group.name: [
        [name for stem in (group.stem, *group.other_stems) for name in stem_names(stem, number)]
        for number in range(1, group.count + 1)
    ]
    for group in NUMBERED
}
"""The names that each of our columns may have: put together once, since every shape of objects is
looked through for all of them."""
_STEMS = {group.name: (group.stem, *group.other_stems) for group in NUMBERED}
"""What the first of numbered columns is called where it has no number: `dx`, `dx2`, `dx3`."""

MAP_HINT = "name the source's columns in a column map (`--columns map.toml`)"


@frozen(slots=True)
class Positions:
    """Where the values of a list stand: in numbered columns, or in one list column."""

    columns: tuple[int, ...] = ()
    is_list: bool = False


@frozen(slots=True)
class ColumnPlan:
    """Where each column of a service line stands in the rows of one source."""

    single: Mapping[str, int]
    fallback: Mapping[str, int]
    modifiers: Positions
    diagnoses: Positions
    pointers: Positions
    declared: tuple[tuple[str, int], ...]
    found: Mapping[str, tuple[str, ...]]
    """The source's column names behind each of ours; ours that are absent are not in it."""
    used: tuple[str, ...]
    """The source's column names that are read, in the source's order."""
    unread: tuple[str, ...]

    @property
    def positions(self) -> frozenset[int]:
        """The positions of all columns that are read."""
        lists = (self.modifiers, self.diagnoses, self.pointers)
        every = {
            *self.single.values(),
            *self.fallback.values(),
            *(position for each in lists for position in each.columns),
            *(position for _, position in self.declared),
        }
        return frozenset(every - {ABSENT})

    @property
    def correcting(self) -> frozenset[str]:
        """The columns that the source has of those that tell which claims are corrected."""
        there = {name for name, position in self.single.items() if position != ABSENT}
        found = there & (FREQUENCIES | LINKS)
        return frozenset(found | (there & TELLING if found & LINKS else set()))

    def has(self, name: str) -> bool:
        """Whether the source has this single-valued column, or its fallback."""
        return self.single[name] != ABSENT or self.fallback.get(name, ABSENT) != ABSENT


@define(slots=True)
class Header:
    """The column names of a source, and which of them have been asked for."""

    names: Sequence[str]
    source: str
    column_map: ColumnMap
    complete: bool
    """Whether these are all the columns the source has; an NDJSON object may lack some."""
    positions: dict[str, int] = field(factory=dict)
    twice: set[str] = field(factory=set)
    found: dict[str, tuple[str, ...]] = field(factory=dict)

    def __attrs_post_init__(self) -> None:
        for position, name in enumerate(self.names):
            plain = plain_name(name)
            if plain in self.positions:
                self.twice.add(plain)
            else:
                self.positions[plain] = position
        for position, name in enumerate(self.names):
            self.positions.setdefault(worded_name(name), position)

    def first(self, ours: str, names: Iterable[str]) -> int:
        """The position of the first of these names that the source has."""
        for name in names:
            if (position := self.positions.get(name, ABSENT)) != ABSENT:
                return self._took(ours, name, position)
        return ABSENT

    def mapped(self, ours: str, theirs: str) -> int:
        """The position of the name that the column map gives; blank stands for no column."""
        if not theirs:
            return ABSENT
        if theirs in self.names:
            return self._took(ours, plain_name(theirs), self.names.index(theirs), exact=theirs)
        if (position := self.positions.get(plain_name(theirs), ABSENT)) != ABSENT:
            return self._took(ours, plain_name(theirs), position)
        if not self.complete:
            return ABSENT
        near = nearest_heading(theirs, self.names)
        raise ClaimsError(
            f"{self.source} has no column `{theirs}`, which the column map gives for `{ours}`",
            f"did you mean `{near}`?" if near else "correct the column map",
        )

    def _took(self, ours: str, plain: str, position: int, exact: str | None = None) -> int:
        ambiguous = plain in self.twice if exact is None else list(self.names).count(exact) > 1
        if ambiguous:
            raise ClaimsError(
                f"{self.source} has two columns named `{self.names[position]}`",
                "rename one of them, or name the right one in a column map (`--columns map.toml`)",
            )
        names = self.found.get(ours, ())
        self.found[ours] = (*names, self.names[position])
        return position


def plan_columns(
    names: Sequence[str],
    *,
    source: str,
    column_map: ColumnMap,
    declared: Iterable[str] = (),
    complete: bool = True,
    key: str = "claim_id",
) -> ColumnPlan:
    """The plan for rows with these column names.

    `complete` says that the source has no other columns. Raises `ClaimsError` if a column is
    ambiguous, or if a complete header lacks a column that the map names or the `key`.
    """
    header = Header(names, source, column_map, complete)
    single = {column.name: _single(header, column) for column in COLUMNS}
    if single["claim_number"] == single["claim_id"]:
        single["claim_number"] = ABSENT  # a claim's only number is its id
        header.found.pop("claim_number", None)
    plan = ColumnPlan(
        single=single,
        fallback={
            column.name: _fallback(header, column, single[column.name])
            for column in COLUMNS
            if column.fallback
        },
        modifiers=_positions(header, MODIFIERS),
        diagnoses=_positions(header, DIAGNOSES),
        pointers=_positions(header, POINTERS),
        declared=tuple((name, _declared(header, name)) for name in declared),
        found=header.found,
        used=(),
        unread=(),
    )
    if complete and not plan.has(key):
        raise _without_key(key, header)
    return _with_use(plan, header)


def has_column(names: Sequence[str], ours: str, column_map: ColumnMap) -> bool:
    """Whether one of these column names is ours, or may be: if they are ambiguous, reading says
    so."""
    try:
        return plan_columns(names, source="", column_map=column_map, complete=False).has(ours)
    except ClaimsError:
        return True


def narrowed(plan: ColumnPlan, wanted: Container[str]) -> ColumnPlan:
    """The plan with those columns alone that every rule needs or that are wanted, and those that
    tell which claims are corrected.

    `wanted` are names of columns as `LineColumns` has them.
    """
    diagnoses = any(
        name in wanted for name in ("diagnoses", "pointed_diagnoses", "principal_diagnosis")
    )
    always = ALWAYS_READ | plan.correcting

    def kept(places: Mapping[str, int]) -> dict[str, int]:
        return {
            name: position if name in always or name in wanted else ABSENT
            for name, position in places.items()
        }

    return evolve(
        plan,
        single=kept(plan.single),
        fallback=kept(plan.fallback),
        modifiers=plan.modifiers if "modifiers" in wanted else Positions(),
        diagnoses=plan.diagnoses if diagnoses else Positions(),
        pointers=plan.pointers if "pointed_diagnoses" in wanted else Positions(),
        declared=tuple(
            (name, position if f"declared {name}" in wanted else ABSENT)
            for name, position in plan.declared
        ),
    )


_CELLS_HINT = (
    "the first row must hold the names of the columns, and commas, tabs, semicolons or `|` must "
    "stand between them"
)


def _without_key(key: str, header: Header) -> ClaimsError:
    near = nearest_heading(key, header.names)
    hint = f'if `{near}` is it, write `{key} = "{near}"` under `[columns]`; ' if near else ""
    is_whole_row = len(header.names) == 1 and not header.names[0].isidentifier()
    return ClaimsError(
        f"{header.source} has no column `{key}`: none of its {len(header.names)} column names is "
        "one that is known for it",
        _CELLS_HINT if is_whole_row else hint + MAP_HINT,
    )


def _with_use(plan: ColumnPlan, header: Header) -> ColumnPlan:
    taken = {name for names in plan.found.values() for name in names}
    return evolve(
        plan,
        used=tuple(name for name in header.names if name in taken),
        unread=tuple(name for name in header.names if name not in taken),
    )


def _single(header: Header, column: Column) -> int:
    theirs = header.column_map.get(column.name)
    if isinstance(theirs, str):
        return header.mapped(column.name, theirs)
    return header.first(column.name, _SINGLE_NAMES[column.name])


def _fallback(header: Header, column: Column, single: int) -> int:
    """The position of a column that serves where the cell at `single` is blank."""
    if column.name in header.column_map:
        return ABSENT
    others = (name for name in column.fallback if header.positions.get(name) != single)
    return header.first(column.name, others)


def _declared(header: Header, name: str) -> int:
    theirs = header.column_map.get(name)
    if isinstance(theirs, str):
        return header.mapped(name, theirs)
    return header.first(name, (plain_name(name),))


def _positions(header: Header, group: NumberedColumns) -> Positions:
    theirs = header.column_map.get(group.name)
    if isinstance(theirs, tuple):
        return Positions(tuple(header.mapped(group.name, name) for name in theirs))
    if isinstance(theirs, str):
        position = header.mapped(group.name, theirs)
        return Positions((position,), is_list=True) if position != ABSENT else Positions()
    whole = [name for name in (group.name, *group.also) if name in header.positions]
    numbered = [each for each in _NUMBERED_NAMES[group.name] if _one_there(header, each)]
    without_number = [name for name in _STEMS[group.name] if name in header.positions]
    if any(name in header.column_map for name in group.numbered()):
        return Positions(_numbered(header, group))
    if numbered and without_number and _NUMBERED_NAMES[group.name][0] not in numbered:
        whole = [name for name in whole if name not in without_number]  # `modifier`, `modifier_2`
    if whole and numbered:
        raise _one_list_or_several(group, whole[0], numbered[0], header)
    if whole:
        return Positions((header.first(group.name, whole),), is_list=True)
    return Positions(_numbered(header, group))


def _one_there(header: Header, names: Iterable[str]) -> bool:
    return any(name in header.positions for name in names)


def _one_list_or_several(
    group: NumberedColumns, whole: str, numbered: Iterable[str], header: Header
) -> ClaimsError:
    """Which of the two was meant nobody knows, and to read one is to lose the other."""
    one = header.names[header.positions[whole]]
    other = next(
        header.names[header.positions[name]] for name in numbered if name in header.positions
    )
    return ClaimsError(
        f"{header.source} has {group.name} twice: the list `{one}`, and numbered columns such as"
        f" `{other}`",
        "leave one of the two out, or say which one to read in a column map (`--columns map.toml`):"
        f' `{group.name} = "{one}"`, or `{group.name} = ["{other}", ...]`',
    )


def _numbered(header: Header, group: NumberedColumns) -> tuple[int, ...]:
    positions = [_one_of(header, group, number) for number in range(1, group.count + 1)]
    while positions and positions[-1] == ABSENT:
        positions.pop()
    if positions and positions[0] == ABSENT:
        positions[0] = header.first(group.name, _STEMS[group.name])
    return tuple(positions)


def _one_of(header: Header, group: NumberedColumns, number: int) -> int:
    theirs = header.column_map.get(f"{group.stem}_{number}")
    if isinstance(theirs, str):
        return header.mapped(group.name, theirs)
    return header.first(group.name, _NUMBERED_NAMES[group.name][number - 1])
