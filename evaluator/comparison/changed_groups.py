"""Changed lines by code, provider, specialty, place of service and month."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.comparison.changed_lines import CODED
from editwright.evaluator.comparison.figures import CHANGES, Breakdown, Change, Group, Measure
from editwright.evaluator.comparison.outcome_changes import MEASURES, Numbers, Part, measured
from editwright.evaluator.judging.findings_columns import decimals_of, texts_of
from editwright.evaluator.lines.columns import NO_DAY, SCALE

pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""

MONTH = "month"
BREAKDOWNS = (*CODED, MONTH)
"""What changed lines are broken down by."""
EVERY_CHANGE = len(CHANGES)
"""The number of changes of every kind together."""
_SUMS = ("lines", "claims", "members", "charge", "denied_charge")
_MANY_ROWS = 1_000_000
"""So many rows of groups are added up before more come."""


def zeros(groups: int) -> Numbers:
    """Measures of nothing."""
    return np.zeros((groups, MEASURES), np.int64)


def measure_of(sums: NDArray[np.int64]) -> Measure:
    """Sums as a measure."""
    lines, claims, members, charge, denied = sums.tolist()
    return Measure(lines, claims, members, Decimal(charge) / SCALE, Decimal(denied) / SCALE)


def by_change(part: Part, changed: NDArray[Any], group: NDArray[Any], groups: int) -> Numbers:
    """The measures of groups of changed lines: for each group those of each change and, behind
    them, of every change. `changed` are positions among the changed lines."""
    at, change = part.at[changed], part.change[changed]
    each = group.astype(np.int64) * (EVERY_CHANGE + 1)
    keys = np.append(each + change, each + EVERY_CHANGE)
    count = groups * (EVERY_CHANGE + 1)
    return measured(part, np.append(at, at), keys, count, part.denied_change)


def measures_of(sums: NDArray[np.int64]) -> tuple[Measure, dict[Change, Measure]]:
    """What `by_change` says of one group: of every change, and of each that occurs."""
    by_kind: dict[Change, Measure] = {
        change: measure_of(sums[number]) for number, change in enumerate(CHANGES) if sums[number, 0]
    }
    return measure_of(sums[EVERY_CHANGE]), by_kind


@define(eq=False)
class ChangedGroups:
    """Counts the groups of changed lines, part after part."""

    _rows: dict[str, list[pa.Table]] = field(factory=dict)

    def add(self, part: Part) -> None:
        """Count a part."""
        for name in BREAKDOWNS:
            rows = [*self._rows.get(name, ()), _rows_of(part, name)]
            if sum(each.num_rows for each in rows) > _MANY_ROWS:
                rows = [_added(rows)]
            self._rows[name] = rows

    def table(self, name: str) -> pa.Table:
        """All groups of a breakdown, those with the largest charge first, months in their order:
        value, change (`all` for every kind of change together), lines, claims, members, charge,
        denied_charge."""
        rows: Any = self._ordered(name)
        changes = pa.array([*CHANGES, "all"])
        cells = {
            "value": rows.column("value"),
            "change": changes.take(rows.column("change").combine_chunks()),
            **{each: rows.column(each) for each in ("lines", "claims", "members")},
            **{each: decimals_of(rows.column(each).to_numpy()) for each in _SUMS[3:]},
        }
        return pa.table(cells)

    def breakdown(self, name: str, most: int) -> Breakdown:
        """The groups with the largest charge; of months all, unless none are wanted."""
        rows: Any = self._ordered(name)
        whole = pc.equal(rows.column("change"), EVERY_CHANGE)
        groups = rows.filter(whole)
        shown = groups if name == MONTH and most else groups.slice(0, most)
        wanted = pc.is_in(rows.column("value"), value_set=shown.column("value").combine_chunks())
        found: dict[str | None, NDArray[np.int64]] = {
            value: zeros(EVERY_CHANGE + 1) for value in shown.column("value").to_pylist()
        }
        for row in rows.filter(wanted).to_pylist():
            found[row["value"]][row["change"]] = [row[each] for each in _SUMS]
        made = [Group(value, *measures_of(sums)) for value, sums in found.items()]
        return Breakdown(name, tuple(made), groups.num_rows - len(made))

    def _ordered(self, name: str) -> pa.Table:
        """All rows of a breakdown: groups by charge, lines and value; months by value alone."""
        rows: Any = _added(self._rows.get(name, [_no_rows()]))
        whole = rows.filter(pc.equal(rows.column("change"), EVERY_CHANGE))
        keys = [("charge", "descending"), ("lines", "descending"), ("value", "ascending")]
        order = pc.sort_indices(whole, keys[-1:] if name == MONTH else keys)
        place = whole.take(order).column("value").combine_chunks()
        at = pc.index_in(rows.column("value"), value_set=place)
        ordered = rows.append_column("place", at)
        found: pa.Table = ordered.sort_by([("place", "ascending"), ("change", "ascending")])
        return found


def _rows_of(part: Part, name: str) -> pa.Table:
    """The groups of one part."""
    at = part.at
    if not len(at):
        return _no_rows()
    if name == MONTH:
        days = part.columns.days["service_from"][at]
        months = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        keys, first, which = np.unique(
            np.where(days == NO_DAY, NO_DAY, months), return_index=True, return_inverse=True
        )
        texts: Any = pa.array([_month(key) for key in keys.tolist()], pa.string())
    else:
        codes = part.columns.codes[name]
        _, first, which = np.unique(codes.numbers[at], return_index=True, return_inverse=True)
        texts = texts_of(codes, at[first])
    sums = by_change(part, np.arange(len(at)), which, len(first))
    there = np.flatnonzero(sums[:, 0])
    return pa.table(
        {
            "value": texts.take(pa.array(there // (EVERY_CHANGE + 1))),
            "change": pa.array(there % (EVERY_CHANGE + 1), pa.int8()),
            **{each: pa.array(sums[there, number]) for number, each in enumerate(_SUMS)},
        }
    )


def _month(months: int) -> str | None:
    return None if months == NO_DAY else str(np.datetime64(months, "M"))


def _no_rows() -> pa.Table:
    kinds: dict[str, pa.DataType] = {"value": pa.string(), "change": pa.int8()}
    kinds.update(dict.fromkeys(_SUMS, pa.int64()))
    return pa.schema(kinds).empty_table()


def _added(rows: Iterable[pa.Table]) -> pa.Table:
    """Rows of the same group and change as one."""
    table: Any = pa.concat_tables(rows)
    sums = table.group_by(["value", "change"]).aggregate([(each, "sum") for each in _SUMS])
    found: pa.Table = sums.rename_columns(["value", "change", *_SUMS])
    return found
