"""A members file (eligibility) to the birth date and sex of each member.

Claims often carry neither. Where the rows of a member contradict each other the value is
missing: nobody can tell which is right.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from attrs import define, field, frozen

from editwright.evaluator.formats import values
from editwright.evaluator.formats.choice import Chosen, Wanted, chosen, format_of, listed
from editwright.evaluator.formats.column_map import ColumnMap, checked_column_map
from editwright.evaluator.formats.column_plan import ColumnPlan, has_column, plan_columns
from editwright.evaluator.formats.format import Format, read_lines
from editwright.evaluator.formats.intake import SourceIntake, Where
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.formats.problems import BadLines, BadValue, ClaimsError, Warnings
from editwright.evaluator.formats.reasons import bad_line, private_texts
from editwright.evaluator.formats.rows import NO_FACTS, MemberFacts
from editwright.evaluator.formats.sources import Source, find_sources
from editwright.evaluator.lines.service_line import ServiceLine

T = TypeVar("T")


@define(slots=True, eq=False)
class Members(Mapping[str, MemberFacts]):
    """Birth date and sex (`F`, `M`) by member id, either `None` where it is not known."""

    bad_lines: BadLines = field(factory=BadLines)
    contradictions: int = 0
    """How many values are missing because a member's rows contradict each other."""
    notes: list[str] = field(factory=list)
    warnings: Warnings = field(factory=Warnings)
    _facts: dict[str, MemberFacts] = field(factory=dict, repr=False)
    _contradicted: set[tuple[str, int]] = field(factory=set, repr=False)

    def __getitem__(self, member_id: str) -> MemberFacts:
        return self._facts[member_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def add(self, member_id: str, facts: MemberFacts) -> None:
        """Join what one row says of a member with what the rows before it said."""
        known = self._facts.get(member_id)
        if known is None:
            self._facts[member_id] = facts
        elif known != facts:
            birth_date = self._joined((member_id, 0), known[0], facts[0])
            sex = self._joined((member_id, 1), known[1], facts[1])
            self._facts[member_id] = (birth_date, sex)

    def _joined(self, value: tuple[str, int], known: T | None, new: T | None) -> T | None:
        if new is None or value in self._contradicted:
            return known
        if known is None or known == new:
            return new
        self._contradicted.add(value)
        self.contradictions += 1
        return None


def read_members(
    paths: str | Path | Iterable[str | Path], *, column_map: Mapping[str, object] | None = None
) -> Members:
    """The members in files of any claim format, with `member_id`, `birth_date` and `sex`.

    The whole map is held in memory. A row that cannot be read becomes a bad line of the result.
    Raises `ClaimsError` if a file cannot be read or has no member id.
    """
    members = Members()
    checked = checked_column_map(column_map or {}, where="the members' column map")
    wanted = Wanted("member_id", checked)
    choice = chosen(find_sources(paths), wanted)
    for each in choice.members or choice.claims:
        _read(each, wanted, members)
    members.notes += choice.notes
    return members


def read_companions(
    tables: Sequence[Chosen], known: Mapping[str, MemberFacts], notes: list[str]
) -> Mapping[str, MemberFacts]:
    """What is known of members, and behind it what the tables say that lie among their claims.

    Adds notes for the summary. Raises `ClaimsError` if a table cannot be read.
    """
    members = Members()
    for each in tables:
        _read(each, Wanted("member_id"), members)
    names = listed([each.source.name for each in tables])
    known_members = "1 member" if len(members) == 1 else f"{len(members):,} members"
    notes.append(f"birth dates and sex of {known_members} come from {names}")
    if members.contradictions:
        notes.append(
            f"birth dates or sexes that contradict each other in {names} were left out: "
            f"{members.contradictions:,}"
        )
    notes += members.notes
    notes += [f"set aside: {each}" for each in members.bad_lines.kept[:3]]
    if members.bad_lines.count > 3:
        notes.append(f"rows of {names} that were set aside: {members.bad_lines.count:,}")
    return _Behind(known, members) if known else members


def _read(each: Chosen, wanted: Wanted, members: Members) -> None:
    intake = MembersIntake(each.source.name, members, wanted.column_map)
    with each.source.open() as stream:
        known = each.format or format_of(each.source, stream.peek(1), wanted)
        for _ in read_lines(known, each.source, stream, intake):
            pass


@frozen(slots=True, eq=False)
class _Behind(Mapping[str, MemberFacts]):
    """What one table says of members, and where it says nothing, what another does."""

    first: Mapping[str, MemberFacts]
    second: Mapping[str, MemberFacts]

    def __getitem__(self, member_id: str) -> MemberFacts:
        birth_date, sex = self.first.get(member_id, NO_FACTS)
        other_birth_date, other_sex = self.second.get(member_id, NO_FACTS)
        return birth_date or other_birth_date, sex or other_sex

    def get(self, member_id: str, default: object = None) -> MemberFacts:
        return self[member_id]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self.first), **dict.fromkeys(self.second)})

    def __len__(self) -> int:
        return len({*self.first, *self.second})


@frozen(slots=True)
class MembersIntake(SourceIntake[Members]):
    """Takes in the rows of one source of members."""

    column_map: ColumnMap
    key: str = "member_id"
    beside: Sequence[tuple[Format, Source]] = ()

    def rows(
        self, names: Sequence[str], *, complete: bool = True, where: Where | None = None
    ) -> "MemberRows":
        plan = plan_columns(
            names,
            source=self.source,
            column_map=self.column_map,
            complete=complete,
            key=self.key,
        )
        if complete and not {"birth_date", "sex"} & plan.found.keys():
            raise ClaimsError(
                f"{self.source} has neither birth dates nor sex",
                "name its columns member_id, birth_date and sex",
            )
        return MemberRows(self.source, plan, self.reading, where)

    def is_key(self, name: str) -> bool:
        return has_column((name,), self.key, self.column_map)

    def claimless(self, what: str) -> None:
        """Members are none the worse for standing without claims."""

    def learn(self, lesson: Callable[[Sequence[Source]], T]) -> T:
        """Members refer to nothing, so there is nothing to learn."""
        return lesson(())


class MemberRows:
    """Reads the rows of one header; they become members, never service lines."""

    def __init__(
        self, source: str, plan: ColumnPlan, members: Members, where: Where | None = None
    ) -> None:
        self.plan = plan
        self._source = source
        self._where = where
        self._members = members
        self._ids = Memo("member_id", values.identifier)
        self._birth_dates = Memo("birth_date", values.calendar_date)
        self._sexes = Memo("sex", values.sex)
        self._positions = (
            plan.single["member_id"],
            plan.fallback["member_id"],
            plan.single["birth_date"],
            plan.single["sex"],
        )

    def line(self, number: int, row: Sequence[object]) -> ServiceLine | None:
        """Take in one row."""
        member, person, birth_date, sex = (row[position] for position in self._positions)
        try:
            member_id = self._ids[values.single(member)] or self._ids[values.single(person)]
            if member_id is None:
                raise BadValue("is blank", "the member's id", field="member_id")
            facts = self._birth_dates[values.single(birth_date)], self._sexes[values.single(sex)]
        except BadValue as bad:
            private = (*private_texts("member_id", member), *private_texts("member_id", person))
            born = private_texts("birth_date", birth_date)
            where = None if self._where is None else self._where(number)
            unreadable = bad_line(self._source, number, bad, (*private, *born), (), where)
            self._members.bad_lines.add(unreadable)
        else:
            self._members.add(member_id, facts)
        return None
