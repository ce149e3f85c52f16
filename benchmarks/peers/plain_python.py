"""The NCCI edits on one claim in plain Python: what a developer writes by hand, over dictionaries.

It takes the claim's lines and the member's history as dictionaries, and answers with the line
numbers that each rule finds.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeAlias

import pyarrow.parquet as pq

from benchmarks.ncci import NCCI_MODIFIERS

Line: TypeAlias = Mapping[str, Any]
Found: TypeAlias = set[tuple[str, int]]
"""Rule and line number."""

_MODIFIERS = frozenset(NCCI_MODIFIERS)


class Ncci:
    """The NCCI edits, with the tables in dictionaries."""

    def __init__(self, tables: Path) -> None:
        self._ptp: dict[tuple[str, str], list[tuple[date, date, int]]] = defaultdict(list)
        self._mue: dict[str, list[tuple[date, date, int, int]]] = defaultdict(list)
        self._aoc: dict[str, list[tuple[date, date, str, str]]] = defaultdict(list)
        for one, two, first, last, indicator in _rows(
            tables / "ptp.parquet", "column_1", "column_2", "modifier_indicator"
        ):
            self._ptp[one, two].append((first, last, indicator))
        for code, units, first, last, indicator in _rows(
            tables / "mue.parquet", "hcpcs", "units", "adjudication_indicator"
        ):
            self._mue[code].append((first, last, units, indicator))
        for add_on, primary, first, last, is_open in _rows(
            tables / "aoc.parquet", "add_on", "primary", "contractor_defined"
        ):
            self._aoc[add_on].append((first, last, primary, is_open))

    def judge(self, claim: Sequence[Line], history: Sequence[Line] = ()) -> Found:
        """What the rules find on a claim's lines."""
        on_day: dict[date, list[Line]] = defaultdict(list)
        for line in (*history, *claim):
            on_day[line["service_from"]].append(line)
        found: Found = set()
        for line in claim:
            others = [each for each in on_day[line["service_from"]] if each is not line]
            if any(self._is_pair(other, line) for other in others):
                found.add(("NCCI-PTP", line["line_number"]))
            found |= self._over_limits(line, others)
        self._spread(claim, on_day, found)
        return found

    def _is_pair(self, one: Line, two: Line) -> bool:
        if (one["procedure_code"], two["procedure_code"]) not in self._ptp:
            return False
        if not two["rendering_provider"] or two["rendering_provider"] != one["rendering_provider"]:
            return False
        freed = any(
            line[name] in _MODIFIERS for line in (one, two) for name in ("modifier_1", "modifier_2")
        )
        return any(
            first <= two["service_from"] <= last and not (freed and indicator == 1)
            for first, last, indicator in self._ptp[one["procedure_code"], two["procedure_code"]]
        )

    def _over_limits(self, line: Line, others: Sequence[Line]) -> Found:
        code, provider = line["procedure_code"], line["rendering_provider"]
        alike = [
            other["units"] or 0
            for other in others
            if other["procedure_code"] == code and provider == other["rendering_provider"]
        ]
        by_line = line["units"] or 0
        by_day = by_line + (sum(alike) if provider else 0)
        return {
            ("MUE-LINE" if indicator == 1 else "MUE-DAY", line["line_number"])
            for first, last, units, indicator in self._mue.get(code, ())
            if first <= line["service_from"] <= last
            and (by_line if indicator == 1 else by_day) > units
        }

    def _spread(
        self, claim: Sequence[Line], on_day: Mapping[date, Sequence[Line]], found: Found
    ) -> None:
        """Add the add-on codes without a payable primary, until nothing changes."""
        denied = {number for rule, number in found}
        before = -1
        while len(denied) > before:
            before = len(denied)
            for line in claim:
                rows = [
                    (primary, is_open)
                    for first, last, primary, is_open in self._aoc.get(line["procedure_code"], ())
                    if first <= line["service_from"] <= last
                ]
                if not rows or self._has_primary(
                    line, {primary for primary, _ in rows}, on_day[line["service_from"]], denied
                ):
                    continue
                is_open = rows[0][1] == "Y"
                found.add(("NCCI-AOC-OPEN" if is_open else "NCCI-AOC", line["line_number"]))
                if not is_open:
                    denied.add(line["line_number"])

    def _has_primary(
        self, line: Line, primaries: set[str], day: Sequence[Line], denied: set[int]
    ) -> bool:
        provider = line["rendering_provider"]
        return any(
            other["procedure_code"] in primaries
            and other is not line
            and not (other["claim_id"] == line["claim_id"] and other["line_number"] in denied)
            and (
                not provider
                or not other["rendering_provider"]
                or provider == other["rendering_provider"]
            )
            for other in day
        )


def _rows(path: Path, *names: str) -> "zip[tuple[Any, ...]]":
    """The rows of a table: two columns, the first and the last day, and one more column."""
    table = pq.read_table(path)
    first = [each or date.min for each in table["effective"].to_pylist()]
    last = [each or date.max for each in table["deletion"].to_pylist()]
    one, two, three = (table[name].to_pylist() for name in names)
    return zip(one, two, first, last, three, strict=True)
