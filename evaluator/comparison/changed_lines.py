"""Changed lines as readers see them: all of them in a table, the largest with their findings."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.comparison.figures import (
    CHANGES,
    DISPOSITIONS,
    Change,
    ChangedLine,
    Outcome,
    Reason,
)
from editwright.evaluator.comparison.outcome_changes import Numbers, Part, of_lines
from editwright.evaluator.comparison.outcomes import Outcomes, rounded, rows_of
from editwright.evaluator.findings.table import UNIT_DIGITS, UNIT_PLACES
from editwright.evaluator.judging.findings_columns import decimals_of, in_order, texts_of
from editwright.evaluator.lines.columns import NO_DAY, NO_NUMBER, SCALE
from editwright.evaluator.lines.to_columns import lines_of
from editwright.grammar.checked import Rule

Column: TypeAlias = Any
pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""

CODED = (
    "procedure_code", "rendering_provider", "billing_provider", "specialty", "place_of_service",
)  # fmt: skip
"""The columns of a changed line that are codes."""
_TEXTS = pa.list_(pa.string())
_AMOUNT = pa.decimal128(UNIT_DIGITS, UNIT_PLACES)


def rule_name(rule: Rule) -> str:
    """`ruleset/RULE`"""
    return f"{rule.ruleset.name}/{rule.name}" if rule.ruleset else rule.name


def adjustment_of(group: str | None, carc: str | None, rarcs: Sequence[str]) -> str | None:
    """`CO-107 N122`, as far as it is given."""
    code = "-".join(each for each in (group, carc) if each)
    return " ".join(each for each in (code, *rarcs) if each) or None


# ---- all of them


def changes_schema(*, member_ids: bool) -> pa.Schema:
    """The schema of the table of changed lines."""
    of_side: dict[str, pa.DataType] = {
        "disposition": pa.string(),
        "rules": _TEXTS,
        "adjustments": _TEXTS,
        "units_allowed": _AMOUNT,
        "denied_charge": _AMOUNT,
        "message": pa.string(),
    }
    columns: dict[str, pa.DataType] = {"claim_id": pa.string(), "line_number": pa.int32()}
    if member_ids:
        columns["member_id"] = pa.string()
    columns.update(dict.fromkeys(CODED, pa.string()))
    columns.update(service_from=pa.date32(), units=_AMOUNT, charge=_AMOUNT, change=pa.string())
    columns.update(
        {f"{side}_{name}": kind for name, kind in of_side.items() for side in ("old", "new")}
    )
    return pa.schema(columns)


def changed_table(
    part: Part, rules: tuple[Sequence[Rule], Sequence[Rule]], *, member_ids: bool
) -> pa.Table:
    """The changed lines of a part, by member, claim and line."""
    columns, at = part.columns, part.at
    claims = _claim_ids(part)
    members = texts_of(columns.member_id, at)
    cells: dict[str, Column] = {
        "claim_id": claims,
        "line_number": columns.line_number[at],
        "member_id": members,
        **{name: texts_of(columns.codes[name], at) for name in CODED},
        "service_from": _dates(columns.days["service_from"][at]),
        "units": decimals_of(columns.numbers["units"][at]),
        "charge": decimals_of(np.where(part.facts.no_charge, NO_NUMBER, part.facts.charge)[at]),
        "change": _taken(CHANGES, part.change),
    }
    for side, outcomes, of_side in (("old", part.old, rules[0]), ("new", part.new, rules[1])):
        for name, column in _of_side(part, outcomes, of_side).items():
            cells[f"{side}_{name}"] = column
    schema = changes_schema(member_ids=member_ids)
    table: Any = pa.table([cells[each.name] for each in schema], schema=schema)
    nothing = np.zeros(len(at), np.int64)
    order = in_order(members, claims, columns.line_number[at], nothing)
    found: pa.Table = table.take(pa.array(order))
    return found


def _of_side(part: Part, outcomes: Outcomes, rules: Sequence[Rule]) -> dict[str, Column]:
    line, here = of_lines(outcomes.deciding, part)
    place = outcomes.deciding.place[here]
    starts = pa.array(np.searchsorted(line, np.arange(len(part.at) + 1)).astype(np.int32))
    adjusted = [adjustment_of(rule.group_code, rule.carc, rule.rarcs) for rule in rules]
    has_one, first = np.unique(line, return_index=True)
    messages = rows_of(outcomes, outcomes.deciding.finding[here][first]).column("message")
    which = np.full(len(part.at), -1)
    which[has_one] = np.arange(len(has_one))
    make: Any = pa.ListArray.from_arrays
    return {
        "disposition": _taken(DISPOSITIONS, outcomes.disposition[part.at]),
        "rules": make(starts, _taken([rule_name(rule) for rule in rules], place)),
        "adjustments": make(starts, _taken(adjusted, place)),
        "units_allowed": decimals_of(outcomes.allowed[part.at]),
        "denied_charge": decimals_of(outcomes.denied[part.at]),
        "message": pc.take(messages, pa.array(which, mask=which < 0)),
    }


def _taken(texts: Sequence[str | None], numbers: NDArray[Any]) -> Column:
    array: Any = pa.array(texts, pa.string())
    return array.take(pa.array(numbers))


def _claim_ids(part: Part) -> Column:
    ids: Any = part.columns.claim_ids
    taken = ids.take(pa.array(part.at))
    whole = taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
    return whole.cast(pa.string())


def _dates(days: NDArray[np.int32]) -> Column:
    there: Any = pa.array(days, mask=days == NO_DAY)
    return there.cast(pa.date32())


# ---- the largest


@define(eq=False)
class LargestLines:
    """Of each change the lines with the most denied charge changed, then the most charge."""

    most: int
    member_ids: bool
    found: dict[Change, list[ChangedLine]] = field(factory=dict)

    def add(self, part: Part) -> None:
        """Take those of a part."""
        for number, change in enumerate(CHANGES):
            lines = self._chosen(part, np.flatnonzero(part.change == number))
            if not len(lines):
                continue
            both = [*self.found.get(change, ()), *self._changed(part, lines, change)]
            both.sort(key=_size)
            self.found[change] = both[: self.most]

    def _chosen(self, part: Part, lines: Numbers) -> Numbers:
        """The largest of some changed lines."""
        at = part.at[lines]
        size, charge = -np.abs(part.denied_change[at]), -part.facts.charge[at]
        if len(lines) > self.most > 0:
            last = np.lexsort((charge, size))[self.most - 1]
            as_large = (size < size[last]) | ((size == size[last]) & (charge <= charge[last]))
            lines, size, charge = lines[as_large], size[as_large], charge[as_large]
        table: Any = pa.table(
            {
                "size": pa.array(size),
                "charge": pa.array(charge),
                "claim": _claim_ids(part).take(pa.array(lines)),
                "line": pa.array(part.columns.line_number[part.at[lines]]),
            }
        )
        order = pc.sort_indices(table, [(name, "ascending") for name in table.column_names])
        chosen: Numbers = lines[order.to_numpy()[: self.most]]
        return chosen

    def _changed(self, part: Part, lines: Numbers, change: Change) -> list[ChangedLine]:
        at = part.at[lines]
        old = _outcomes(part, part.old, lines)
        new = _outcomes(part, part.new, lines)
        return [
            ChangedLine(
                change=change,
                claim_id=line.claim_id,
                line_number=line.line_number,
                member_id=line.member_id if self.member_ids else None,
                procedure_code=line.procedure_code,
                modifiers=line.modifiers,
                service_from=line.service_from,
                units=line.units,
                charge=line.charge,
                old=old[number],
                new=new[number],
            )
            for number, line in enumerate(lines_of(part.columns, at))
        ]


def _size(line: ChangedLine) -> tuple[Decimal, int, str, int]:
    change = abs(line.new.denied_charge - line.old.denied_charge)
    charge = rounded(line.charge or Decimal(0)) or 0
    return -change, -charge, line.claim_id, line.line_number


def _outcomes(part: Part, outcomes: Outcomes, lines: Numbers) -> list[Outcome]:
    """The outcomes of some changed lines, in words."""
    line, here = of_lines(outcomes.deciding, part)
    chosen = here[np.isin(line, lines)]
    rows = rows_of(outcomes, outcomes.deciding.finding[chosen]).to_pylist()
    positions = outcomes.deciding.line[chosen].tolist()
    reasons: dict[int, list[Reason]] = {}
    for position, row in zip(positions, rows, strict=True):
        reasons.setdefault(position, []).append(_reason(row))
    return [
        Outcome(
            disposition=DISPOSITIONS[outcomes.disposition[position]],
            units_allowed=_amount(int(outcomes.allowed[position])),
            denied_charge=_amount(int(outcomes.denied[position])) or Decimal(0),
            reasons=tuple(reasons.get(position, ())),
        )
        for position in part.at[lines].tolist()
    ]


def _reason(row: Mapping[str, Any]) -> Reason:
    return Reason(
        rule=row["rule"],
        ruleset=row["ruleset"],
        disposition=row["disposition"],
        adjustment=adjustment_of(row["group_code"], row["carc"], row["rarc"]),
        message=row["message"],
        on_line=row["line_number"],
        units_allowed=row["units_allowed"],
        source=row["source"],
        table_row=row["table_row"],
    )


def _amount(number: int) -> Decimal | None:
    return None if number == NO_NUMBER else Decimal(number) / SCALE
