"""Two sets of rules over the same lines: what the one does that the other does not.

Lines are read once and put in order once, with the columns that both sets of rules read and those
by which changes are broken down.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import pyarrow as pa
from attrs import define, frozen

from editwright.evaluator.comparison.changed_lines import CODED, changed_table
from editwright.evaluator.comparison.figures import Breakdown, Comparison
from editwright.evaluator.comparison.outcome_changes import Part, Reasons, part_of
from editwright.evaluator.comparison.outcomes import Outcomes, facts_of, outcomes_of
from editwright.evaluator.comparison.rule_pairs import rule_pairs
from editwright.evaluator.comparison.tally import Tally, reasons_of
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.gathering.incoming import Incoming
from editwright.evaluator.gathering.line_parts import Parts, Room, line_parts
from editwright.evaluator.judging.column_batch import line_order
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.run import Evaluator
from editwright.grammar.checked import CheckedRules

if TYPE_CHECKING:
    from editwright.evaluator.formats.read import ClaimsIn
    from editwright.evaluator.lines.service_line import ServiceLine

Report = Callable[[float, float | None], None]
READ = frozenset((*CODED, "service_from", "units", "charge", "modifiers"))
"""The columns that a comparison reads beside those of the rules."""
OF_BOTH = 0.6
"""Two sets of rules take more memory than one beside columns: these may take so much less."""


def _nowhere(_done: float, _total: float | None) -> None:
    """Reports to nobody."""


@frozen(slots=True)
class _RoomOfBoth:
    """The room that two sets of rules leave for columns."""

    room: Room

    def for_columns(self, tables: int) -> int:
        """The bytes of columns that can be judged at once, beside tables of this size."""
        return int(self.room.for_columns(tables) * OF_BOTH)


@define(eq=False)
class Comparing:
    """Compares two sets of rules on lines, part after part. `most`: how many groups of each
    breakdown, and lines of each change, the figures name."""

    old: Evaluator
    new: Evaluator
    declared_fields: Mapping[str, str]
    """Those of both sets of rules."""
    _most: int
    _member_ids: bool
    _reasons: Reasons
    _tally: Tally
    _claims: int = 0

    @classmethod
    def of(
        cls, old: CheckedRules, new: CheckedRules, *, most: int = 10, member_ids: bool = False
    ) -> "Comparing":
        """Ready to compare. Raises `ClaimsError` where both declare a field, but otherwise."""
        pairs = rule_pairs(old.rules, new.rules)
        return cls(
            Evaluator(old),
            Evaluator(new),
            _declared_in_both(old.declared_fields, new.declared_fields),
            most,
            member_ids,
            reasons_of(pairs, old, new),
            Tally.of(pairs, old, new, most=most, member_ids=member_ids),
        )

    def prepare(self) -> None:
        """Make the plans now, so that their memory counts as in use when lines are read."""
        self.old.prepare()
        self.new.prepare()

    def read_parts(
        self,
        claims: "ClaimsIn | Sequence[ServiceLine]",
        history: "ClaimsIn | Sequence[ServiceLine]" = (),
        *,
        room: Room,
        report: Report = _nowhere,
    ) -> AbstractContextManager[Parts]:
        """All lines in parts that the memory holds; see `run.read_parts`."""
        wanted = READ | self.old.columns_read | self.new.columns_read
        judged, past = (Incoming(each, wanted, self.declared_fields) for each in (claims, history))
        return line_parts(judged, past, _RoomOfBoth(room), report=report)

    def changes(
        self, parts: Parts, *, threads: int | None = None, report: Report = _nowhere
    ) -> "Iterator[Changes]":
        """The changes on part after part, in the order of all; they are counted as they come."""
        done = 0
        self._claims += parts.claims
        for columns in parts:

            def of_all(share: float, before: int = done, lines: int = columns.count) -> None:
                report(before + lines * share, parts.lines)

            done += columns.count
            part = self._part(columns, threads or os.cpu_count() or 1, of_all)
            del columns
            self._tally.add(part)
            yield Changes(part, self.old.rules, self.new.rules, self._member_ids)
            del part

    def _part(self, columns: LineColumns, threads: int, report: Callable[[float], None]) -> Part:
        with ThreadPoolExecutor(threads) as pool:
            lines = line_order(columns, pool, threads)
            facts = facts_of(columns, lines)
            sides: list[Outcomes] = []
            for at, side in enumerate((self.old, self.new)):

                def of_side(done: float, total: float | None, before: int = at) -> None:
                    report((before + done / (total or 1)) / 2)

                findings = side.before_words(columns, lines, pool, threads=threads, report=of_side)
                sides.append(outcomes_of(findings, side.rules.rules, facts))
        old, new = sides
        return part_of(columns, facts, old, new, self._reasons)

    def comparison(self) -> Comparison:
        """The figures, when all parts have been gone through."""
        return self._tally.comparison(self._claims, self._most)

    def breakdown(self, name: str, most: int) -> Breakdown:
        """The largest groups of a breakdown, however many the figures name."""
        return self._tally.groups.breakdown(name, most)

    def groups(self, name: str) -> pa.Table:
        """Every group of a breakdown; see `ChangedGroups.table`."""
        return self._tally.groups.table(name)


@frozen(slots=True, eq=False)
class Changes:
    """The changed lines of a part."""

    _part: Part
    _old: CheckedRules
    _new: CheckedRules
    _member_ids: bool

    def table(self) -> pa.Table:
        """The table of changed lines; see `changed_lines.changes_schema`."""
        rules = self._old.rules, self._new.rules
        return changed_table(self._part, rules, member_ids=self._member_ids)


def _declared_in_both(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    for name in old.keys() & new.keys():
        if old[name] != new[name]:
            raise ClaimsError(
                f"the field `{name}` is a {old[name]} in the old rules and a {new[name]} in the "
                "new ones",
                "declare it the same way in both",
            )
    return {**old, **new}
