"""Hits of the kernels to the findings table, column by column.

What `hits` and `run.finding_of` say of one verdict is said here of all at once; the two are held
to each other by a test.
"""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define, field, frozen
from numpy.typing import NDArray

from editwright.evaluator.column_batch import EPOCH, OrderedBatch
from editwright.evaluator.formats.findings_table import UNIT_DIGITS, UNIT_PLACES, findings_schema
from editwright.evaluator.line_columns import NO_CODE, NO_DAY, NO_NUMBER, SCALE, Coded, LineColumns
from editwright.evaluator.message import (
    NO_CODE_TEXT,
    NOT_STATED,
    Piece,
    Pieces,
    cells_text,
    code_and_date,
    counted_text,
    found_text,
    listed,
    modifiers_text,
    number_text,
    pieces_of,
)
from editwright.evaluator.plan import Plan
from editwright.evaluator.relations import rows_in_force
from editwright.grammar.checked import Limit, RowValue, Rule

Column: TypeAlias = Any
"""An array of pyarrow, whose stubs are too narrow for what is done here."""
Numbers: TypeAlias = NDArray[np.int64]

assert SCALE == 10**UNIT_PLACES
pc: Any = pyarrow.compute
"""The functions of pyarrow, whose stubs do not know all of them."""


@frozen(slots=True, eq=False)
class Found:
    """Findings before they are words: all int64 of shape (findings,) but the partners.

    `line` and `partners` are positions in the columns; the partners of finding i are
    `partners[partner_start[i]:partner_start[i + 1]]`.
    """

    rule: Numbers
    inst: Numbers
    line: Numbers
    total: Numbers
    limit: Numbers
    allowed: Numbers
    partner_start: Numbers
    partners: Numbers

    def __len__(self) -> int:
        return len(self.rule)

    def where(self, chosen: Numbers) -> "Found":
        """Some of the findings, in another order."""
        sizes = np.diff(self.partner_start)[chosen]
        start = np.append(0, np.cumsum(sizes))
        within = np.arange(int(start[-1])) - np.repeat(start[:-1], sizes)
        partners = self.partners[np.repeat(self.partner_start[:-1][chosen], sizes) + within]
        return Found(
            self.rule[chosen], self.inst[chosen], self.line[chosen], self.total[chosen],
            self.limit[chosen], self.allowed[chosen], start, partners,
        )  # fmt: skip


def found_of(hits: Numbers, partners: NDArray[np.int32], plan: Plan, batch: OrderedBatch) -> Found:
    """The findings of a batch: hits of several rows of one rule on one line are one. They come
    by line and rule."""
    position = hits[:, 1]
    rule = plan.arrays["inst_rule"][hits[:, 0]].astype(np.int64)
    order = np.lexsort((hits[:, 2], hits[:, 0], rule, position))
    hits, rule, position = hits[order], rule[order], position[order]
    sizes = hits[:, 3]
    start = np.append(0, np.cumsum(sizes))
    within = np.arange(int(start[-1])) - np.repeat(start[:-1], sizes)
    theirs = partners[np.repeat(hits[:, 2], sizes) + within].astype(np.int64)
    first = np.append(True, (position[1:] != position[:-1]) | (rule[1:] != rule[:-1]))
    first = first[: len(hits)]
    chosen = np.flatnonzero(first)
    if len(chosen) < len(hits):
        finding = np.cumsum(first) - 1
        theirs, of_finding = _each_once(theirs, np.repeat(finding, sizes))
        chosen = _strictest(hits, chosen, finding)
        start = np.searchsorted(of_finding, np.arange(len(chosen) + 1))
    return Found(
        rule[chosen], hits[chosen, 0], batch.order[position[chosen]].astype(np.int64),
        hits[chosen, 4], hits[chosen, 5], hits[chosen, 6],
        start, batch.order[theirs].astype(np.int64),
    )  # fmt: skip


def _each_once(partners: Numbers, finding: Numbers) -> tuple[Numbers, Numbers]:
    """The partners of each finding, each of them once, as they first come."""
    _, first = np.unique((finding << 32) | partners, return_index=True)
    first.sort()
    return partners[first], finding[first]


def _strictest(hits: Numbers, chosen: Numbers, finding: Numbers) -> Numbers:
    """Of each finding the first hit, or a later one with a lower limit."""
    limits = hits[:, 5]
    if (limits == NO_NUMBER).all():
        return chosen
    order = np.lexsort((np.arange(len(hits)), limits, finding))
    return order[np.append(True, np.diff(finding[order]) > 0)]


@define(eq=False)
class Words:
    """Makes the columns of findings out of those of lines."""

    plan: Plan
    columns: LineColumns
    position: dict[Rule, int]
    """Each rule's place among all rules of the run."""
    _days: dict[int, str] = field(factory=dict)

    def table(self, found: Found) -> pa.Table:
        """The findings table, its rows as the findings come."""
        rules, plan = self.plan.rules, self.plan
        rule: Any = pa.array(found.rule)

        def of_rule(values: Sequence[object], kind: Any = None) -> Column:
            return _of_type(values, kind or pa.string()).take(rule)

        list_of: Any = pa.ListArray.from_arrays
        starts = pa.array(found.partner_start.astype(np.int32))
        columns: dict[str, Column] = {
            "claim_id": self._claims(found.line),
            "line_number": pa.array(self.columns.line_number[found.line]),
            "member_id": _texts(self.columns.member_id, found.line),
            "rule": of_rule([each.name for each in rules]),
            "ruleset": of_rule([each.ruleset.name if each.ruleset else None for each in rules]),
            "ruleset_version": of_rule(
                [each.ruleset.version if each.ruleset else None for each in rules]
            ),
            "disposition": of_rule([each.disposition for each in rules]),
            "scope": of_rule([each.scope for each in rules]),
            "group_code": of_rule([each.group_code for each in rules]),
            "carc": of_rule([each.carc for each in rules]),
            "rarc": of_rule([list(each.rarcs) for each in rules], pa.list_(pa.string())),
            "message": self._in_parts(found, self._messages),
            "partner_claim_ids": list_of(starts, self._claims(found.partners)),
            "partner_line_numbers": list_of(
                starts, pa.array(self.columns.line_number[found.partners])
            ),
            "units_allowed": _decimals(found.allowed),
            "units_total": _decimals(found.total),
            "source": self._in_parts(found, self._sources),
            "table_row": self._in_parts(found, self._rows, pa.int64()),
        }
        schema = findings_schema()
        assert plan.rules is rules
        return pa.table([columns[each.name] for each in schema], schema=schema)

    def order(self, found: Found) -> Numbers:
        """The findings by member, claim, line and rule: as positions."""
        if not len(found):
            return np.empty(0, np.int64)
        places = np.array([self.position[each] for each in self.plan.rules], np.int64)
        member = _rank(_texts(self.columns.member_id, found.line))
        claim = _rank(self._claims(found.line))
        line = self.columns.line_number[found.line]
        order: Numbers = np.lexsort((places[found.rule], line, claim, member))
        return order

    # ---- parts that differ from rule to rule

    def _in_parts(
        self, found: Found, make: Callable[[Rule, int, Found], Column], kind: Any = None
    ) -> Column:
        """A column that each rule makes in its own way."""
        if not len(found):
            return pa.array([], kind or pa.string())
        order = np.argsort(found.rule, kind="stable")
        edges = np.flatnonzero(np.diff(found.rule[order], prepend=-1, append=-1))
        parts = []
        for one, two in pairwise(edges.tolist()):
            number = int(found.rule[order[one]])
            part = found.where(order[one:two])
            parts.append(make(self.plan.rules[number], number, part).cast(kind or pa.string()))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(pa.array(back))

    def _sources(self, rule: Rule, number: int, found: Found) -> Column:
        general = rule.ruleset.source if rule.ruleset else None
        if isinstance(rule.cites, RowValue):
            cells = self._first_cells(number, found, rule.cites.column)
            return pc.fill_null(cells, pa.scalar(general, pa.string()))
        return pa.array([rule.cites or general], pa.string()).take(_zeros(found))

    def _rows(self, rule: Rule, number: int, found: Found) -> Column:
        if rule.table is None or rule.key_column is not None:
            return pa.nulls(len(found), pa.int64())
        return pa.array(self._first_rows(number, found) + 1, pa.int64())

    def _first_rows(self, number: int, found: Found) -> Numbers:
        """The row of the table behind each finding."""
        first = self.plan.arrays["inst_first"][found.inst]
        return self.plan.rows[number][first].astype(np.int64)

    def _first_cells(self, number: int, found: Found, column: str) -> Column:
        table = self.plan.rules[number].table
        assert table is not None
        cells = table.columns[column]
        numbers = np.asarray(cells.numbers, np.int32)[self._first_rows(number, found)]
        return _taken(cells.texts, numbers)

    def _messages(self, rule: Rule, number: int, found: Found) -> Column:
        if not isinstance(rule.because, RowValue):
            return self._sentence(rule, number, found, pieces_of(rule, rule.because))
        cells = self._first_cells(number, found, rule.because.column).dictionary_encode()
        which = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        parts, order = [], np.argsort(which, kind="stable")
        for each in np.unique(which).tolist():
            text = None if each < 0 else cells.dictionary[each].as_py()
            part = found.where(order[which[order] == each])
            parts.append(self._sentence(rule, number, part, pieces_of(rule, text)))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(pa.array(back))

    # ---- sentences

    def _sentence(self, rule: Rule, number: int, found: Found, pieces: Pieces) -> Column:
        filled = [
            each if isinstance(each, str) else self._filled(each, rule, number, found)
            for each in pieces
        ]
        if all(isinstance(each, str) for each in filled):
            return pa.array(["".join(map(str, filled))]).take(_zeros(found))
        parts = [pa.scalar(each) if isinstance(each, str) else each for each in filled]
        return pc.binary_join_element_wise(*parts, "")

    def _filled(self, piece: Piece, rule: Rule, number: int, found: Found) -> Column:
        match piece.slot:
            case "code":
                return self._codes(found.line, NO_CODE_TEXT)
            case "plain_code":
                return self._codes(found.line, "a line without a code")
            case "date":
                return self._dates(found.line, "", NOT_STATED)
            case "on_date":
                return self._dates(found.line, " on ", "")
            case "units":
                return _number_texts(self.columns.numbers["units"][found.line])
            case "modifiers":
                return self._modifiers(found.line)
            case "limit":
                return _number_texts(found.limit)
            case "total":
                return _number_texts(found.total)
            case "counted":
                texts = [counted_text(rule, Decimal(each)) for each in (1, 2)]
                return _taken(texts, (found.total != SCALE).astype(np.int32))
            case "cells":
                return self._cells(piece.column, rule, number, found)
            case "rule":
                return pa.array([rule.name]).take(_zeros(found))
            case _:
                return self._of_partners(piece.slot, found)

    def _codes(self, lines: Numbers, missing: str) -> Column:
        return pc.fill_null(_texts(self.columns.codes["procedure_code"], lines), missing)

    def _dates(self, lines: Numbers, before: str, missing: str) -> Column:
        days, which = np.unique(self.columns.days["service_from"][lines], return_inverse=True)
        texts = [missing if day == NO_DAY else before + self._day(day) for day in days.tolist()]
        return _taken(texts, which)

    def _day(self, day: int) -> str:
        text = self._days.get(day)
        if text is None:
            text = self._days[day] = date.fromordinal(day + EPOCH).isoformat()
        return text

    def _modifiers(self, lines: Numbers) -> Column:
        column = self.columns.lists["modifiers"]
        starts, ends = column.offsets[lines].tolist(), column.offsets[lines + 1].tolist()
        known: dict[tuple[int, ...], str] = {}
        found = []
        for start, end in zip(starts, ends, strict=True):
            key = tuple(column.numbers[start:end].tolist()) if end > start else ()
            if key not in known:
                known[key] = modifiers_text([column.texts[each] for each in key])
            found.append(known[key])
        return pa.array(found, pa.string())

    def _cells(self, name: str, rule: Rule, number: int, found: Found) -> Column:
        if rule.table is not None and not self.plan.arrays["keyed"][number]:
            return pc.fill_null(self._first_cells(number, found, name), NOT_STATED)
        assert rule.table is not None
        known: dict[tuple[int, int], str] = {}
        texts = []
        days = self.columns.days["service_from"][found.line].tolist()
        for inst, day in zip(found.inst.tolist(), days, strict=True):
            if (inst, day) not in known:
                rows = self._keyed_rows(rule, number, inst, day)
                known[inst, day] = cells_text([row[name] for row in rows])
            texts.append(known[inst, day])
        return pa.array(texts, pa.string())

    def _keyed_rows(self, rule: Rule, number: int, inst: int, day: int) -> Sequence[Any]:
        assert rule.table is not None
        arrays = self.plan.arrays
        numbers = self.plan.rows[number][arrays["inst_first"][inst] : arrays["inst_last"][inst]]
        rows = [rule.table.row(each) for each in numbers.tolist()]
        if isinstance(rule.core, Limit):
            return rows
        on = None if day == NO_DAY else date.fromordinal(day + EPOCH)
        return rows_in_force(rule, rows, on) or ()

    def _of_partners(self, slot: str, found: Found) -> Column:
        codes = _texts(self.columns.codes["procedure_code"], found.partners)
        days = self.columns.days["service_from"][found.partners].tolist()
        starts = found.partner_start.tolist()
        sizes = np.diff(found.partner_start)
        if slot == "partner" and (sizes == 1).all():
            return pc.fill_null(codes, NOT_STATED)
        texts = codes.to_pylist()

        def said(one: int, two: int) -> str:
            match slot:
                case "partner":
                    return listed([each or NOT_STATED for each in texts[one:two]], ", ") or "none"
                case "partner_date":
                    shown = [
                        NOT_STATED if each == NO_DAY else self._day(each) for each in days[one:two]
                    ]
                    return listed(shown, ", ") or "none"
                case "found":
                    return found_text([each or "" for each in texts[one:two]])
                case _:
                    shown = [
                        code_and_date(code, None if day == NO_DAY else self._day(day))
                        for code, day in zip(texts[one:two], days[one:two], strict=True)
                    ]
                    return listed(shown, "; ")

        filled = [said(one, two) for one, two in pairwise(starts)]
        return pa.array(filled, pa.string())

    def _claims(self, lines: Numbers) -> Column:
        taken: Any = self.columns.claim_ids.take(pa.array(lines))
        whole = taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
        return whole.cast(pa.string())


def _of_type(values: Sequence[object], kind: Any) -> Column:
    return pa.array(values, kind)


def _texts(column: Coded, lines: Numbers) -> Column:
    """A column's texts on some lines; null where there is none."""
    return _taken(column.texts, column.numbers[lines])


def _taken(texts: Sequence[str], numbers: NDArray[Any]) -> Column:
    """Texts by their numbers; below zero there is none."""
    used, which = np.unique(numbers, return_inverse=True)
    shown = [None if each < 0 else texts[each] for each in used.tolist()]
    return pa.array(shown, pa.string()).take(pa.array(which))


def _rank(texts: Column) -> Numbers:
    """Numbers in the order of texts; without one first."""
    coded = texts.dictionary_encode()
    by_text = pc.sort_indices(coded.dictionary).to_numpy()
    rank = np.empty(len(by_text) + 1, np.int64)
    rank[by_text] = np.arange(len(by_text))
    rank[-1] = -1
    found: Numbers = rank[coded.indices.fill_null(NO_CODE).to_numpy(zero_copy_only=False)]
    return found


def _zeros(found: Found) -> NDArray[np.int32]:
    return np.zeros(len(found), np.int32)


def _number_texts(numbers: Numbers) -> Column:
    different, which = np.unique(numbers, return_inverse=True)
    texts = [
        number_text(None if each == NO_NUMBER else Decimal(each) / SCALE)
        for each in different.tolist()
    ]
    return _taken(texts, which)


def _decimals(numbers: Numbers) -> Column:
    """Ten-thousandths as decimals."""
    missing = numbers == NO_NUMBER
    low = np.where(missing, 0, numbers)
    words = np.stack([low, low >> 63], axis=1)
    valid = np.packbits(~missing, bitorder="little")
    kind = pa.decimal128(UNIT_DIGITS, UNIT_PLACES)
    buffers: list[Any] = [pa.py_buffer(valid.tobytes()), pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(kind, len(numbers), buffers)
