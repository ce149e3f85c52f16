"""Hits of the kernels to the findings table, column by column.

What `hits` and `finding_of` say of one verdict is said here of all at once; the two are held
to each other by a test.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from attrs import define, field, frozen
from numpy.typing import NDArray

from editwright.evaluator.findings.message import (
    NO_CODE_TEXT,
    NOT_STATED,
    Pieces,
    cells_text,
    counted_text,
    modifiers_text,
    number_text,
    pieces_of,
)
from editwright.evaluator.findings.table import UNIT_DIGITS, UNIT_PLACES, findings_schema
from editwright.evaluator.judging.column_batch import EPOCH, OrderedBatch, ids_to_compare
from editwright.evaluator.kernels.order import Order
from editwright.evaluator.lines.columns import NO_CODE, NO_DAY, NO_NUMBER, SCALE, Coded, LineColumns
from editwright.evaluator.lines.texts import Texts
from editwright.evaluator.meaning.relations import rows_in_force
from editwright.evaluator.plan.plan import Plan
from editwright.grammar.checked import RowValue, Rule

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

    @classmethod
    def together(cls, parts: "Sequence[Found]") -> "Found":
        """Findings one after the other."""
        sizes = np.concatenate([np.diff(each.partner_start) for each in parts])
        whole = {
            name: np.concatenate([getattr(each, name) for each in parts])
            for name in ("rule", "inst", "line", "total", "limit", "allowed", "partners")
        }
        return cls(**whole, partner_start=np.append(0, np.cumsum(sizes)))

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

    def between(self, first: int, end: int) -> "Found":
        """The findings from one to before another."""
        start = self.partner_start[first : end + 1]
        return Found(
            self.rule[first:end], self.inst[first:end], self.line[first:end],
            self.total[first:end], self.limit[first:end], self.allowed[first:end],
            start - start[0], self.partners[start[0] : start[-1]],
        )  # fmt: skip


def found_of(hits: Numbers, partners: NDArray[np.int32], plan: Plan, batch: OrderedBatch) -> Found:
    """The findings of a batch: hits of several rows of one rule on one line are one. They come
    by line and rule."""
    position = hits[:, 1]
    rule = plan.arrays["inst_rule"][hits[:, 0]].astype(np.int64)
    key = position * max(len(plan.rules), 1) + rule
    order = np.argsort(key, kind="stable")  # nearly in order, which this kind of sort likes
    if (np.diff(key[order]) == 0).any():
        order = np.lexsort((hits[:, 2], hits[:, 0], key))
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
    first = _first_of_each((finding << 32) | partners, finding)
    return partners[first], finding[first]


def _first_of_each(keys: Numbers, group: Numbers) -> Numbers:
    """Where each key first comes. Equal keys are of one group, and groups stand together: a
    group of one is not looked at."""
    alone = np.append(True, group[1:] != group[:-1])[: len(group)]
    alone[:-1] &= alone[1:]
    together = np.flatnonzero(~alone)
    kept = alone
    kept[together[np.unique(keys[together], return_index=True)[1]]] = True
    return np.flatnonzero(kept)


def _strictest(hits: Numbers, chosen: Numbers, finding: Numbers) -> Numbers:
    """Of each finding the first hit, or a later one with a lower limit."""
    limits = hits[:, 5]
    if (limits == NO_NUMBER).all():
        return chosen
    order = np.lexsort((np.arange(len(hits)), limits, finding))
    strictest: Numbers = order[np.append(True, np.diff(finding[order]) > 0)]
    return strictest


@define(eq=False)
class Words:
    """Makes the columns of findings out of those of lines."""

    plan: Plan
    columns: LineColumns
    _days: dict[int, str] = field(factory=dict)
    _pieces_of: dict[int, Pieces] = field(factory=dict)

    def table(self, found: Found) -> pa.Table:
        """The findings table, its rows as the findings come."""
        present, which = _distinct(found.rule)
        rules = [self.plan.rules[each] for each in present.tolist()]
        rule: Any = pa.array(which)

        def of_rule(values: Sequence[object], kind: Any = None) -> Column:
            return _of_type(values, kind or pa.string()).take(rule)

        starts = found.partner_start.astype(np.int32)
        columns: dict[str, Column] = {
            "claim_id": self._claims(found.line),
            "line_number": pa.array(self.columns.line_number[found.line]),
            "member_id": texts_of(self.columns.member_id, found.line),
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
            "message": self._by_shape(found, self._shape_of_message, self._messages),
            "partner_claim_ids": _list_of(starts, self._claims(found.partners)),
            "partner_line_numbers": _list_of(
                starts, pa.array(self.columns.line_number[found.partners])
            ),
            "units_allowed": decimals_of(found.allowed),
            "units_total": decimals_of(found.total),
            "source": self._by_shape(found, self._shape_of_source, self._sources),
            "table_row": self._by_shape(found, self._shape_of_row, self._rows, pa.int64()),
        }
        schema = findings_schema()
        return pa.table([columns[each.name] for each in schema], schema=schema)

    def order(self, found: Found) -> Numbers:
        """The findings by member, claim, line and rule, as positions: their members' findings
        stand together already, in order, and each member's come by rule on each line."""
        members = self.columns.member_id.numbers[found.line]
        claim = self.columns.claim[found.line]
        group = np.where(members == NO_CODE, -1 - claim, members)
        starts = np.flatnonzero(np.append(True, group[1:] != group[:-1])[: len(group)])
        stretches = np.append(starts, len(group)).astype(np.int32)
        order: Numbers = np.arange(len(found), dtype=np.int64)
        work = Order(
            order,
            claim,
            self.columns.line_number[found.line],
            np.zeros(len(found), np.uint8),
            ids_to_compare(self._claims(found.line)),
        )
        work.sort(stretches, 0, len(starts))
        return order

    # ---- parts that differ from rule to rule

    def _by_shape(
        self,
        found: Found,
        shape_of: Callable[[int], Hashable],
        make: Callable[[Found], Column],
        kind: Any = None,
    ) -> Column:
        """A column that rules of one shape make together: of thousands of rules there are a few
        dozen shapes."""
        kind = kind or pa.string()
        present, which = _distinct(found.rule)
        numbers: dict[Hashable, int] = {}
        shapes = [numbers.setdefault(shape_of(each), len(numbers)) for each in present.tolist()]
        if not shapes:
            return pa.array([], kind)
        if len(numbers) == 1:
            return make(found).cast(kind)
        shape = np.array(shapes)[which]
        order = np.argsort(shape, kind="stable")
        edges = np.flatnonzero(np.diff(shape[order], prepend=-1, append=-1))
        parts = [make(found.where(order[one:two])).cast(kind) for one, two in pairwise(edges)]
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(pa.array(back))

    def _shape_of_source(self, number: int) -> int | None:
        """A rule that cites its row has a shape of its own."""
        return number if isinstance(self.plan.rules[number].cites, RowValue) else None

    def _sources(self, found: Found) -> Column:
        present, which = _distinct(found.rule)
        rules = [self.plan.rules[each] for each in present.tolist()]
        general = [rule.ruleset.source if rule.ruleset else None for rule in rules]
        if isinstance(rules[0].cites, RowValue):
            cells = self._first_cells(int(present[0]), found, rules[0].cites.column)
            return pc.fill_null(cells, pa.scalar(general[0], pa.string()))
        cited = [rule.cites or other for rule, other in zip(rules, general, strict=True)]
        return _of_type(cited, pa.string()).take(pa.array(which))

    def _shape_of_row(self, number: int) -> int | None:
        """A rule for each row of a table has a shape of its own."""
        rule = self.plan.rules[number]
        return None if rule.table is None or rule.key_column is not None else number

    def _rows(self, found: Found) -> Column:
        number = int(found.rule[0])
        if self._shape_of_row(number) is None:
            return pa.nulls(len(found), pa.int64())
        return pa.array(self._first_rows(number, found) + 1, pa.int64())

    def _first_rows(self, number: int, found: Found) -> Numbers:
        """The row of the table behind each finding; of several, the first in force."""
        arrays = self.plan.arrays
        dated = max(arrays["row_first"][number], arrays["row_last"][number]) >= 0
        if arrays["keyed"][number] and dated:
            return self._first_in_force(number, found)
        first = arrays["inst_first"][found.inst]
        rows: Numbers = self.plan.rows[number][first].astype(np.int64)
        return rows

    def _first_in_force(self, number: int, found: Found) -> Numbers:
        rule = self.plan.rules[number]
        days = self.columns.days["service_from"][found.line]
        keys, which = np.unique(
            np.stack([found.inst, days.astype(np.int64)]), axis=1, return_inverse=True
        )
        first = [self._keyed_rows(rule, number, *key)[0].number for key in keys.T.tolist()]
        rows: Numbers = np.array(first, np.int64)[which.reshape(-1)]
        return rows

    def _first_cells(self, number: int, found: Found, column: str) -> Column:
        table = self.plan.rules[number].table
        assert table is not None
        cells = table.columns[column]
        numbers = np.asarray(cells.numbers, np.int32)[self._first_rows(number, found)]
        return _taken(cells.texts, numbers)

    def _pieces(self, number: int) -> Pieces:
        """The pieces of a message that is the same for all rows."""
        rule = self.plan.rules[number]
        assert not isinstance(rule.because, RowValue)
        if number not in self._pieces_of:
            self._pieces_of[number] = pieces_of(rule, rule.because)
        return self._pieces_of[number]

    def _shape_of_message(self, number: int) -> Hashable:
        """Where a message has which slots; a rule that speaks of its rows has a shape of its
        own."""
        if isinstance(self.plan.rules[number].because, RowValue):
            return number
        slots = tuple("" if isinstance(each, str) else each.slot for each in self._pieces(number))
        return number if "cells" in slots else slots

    def _messages(self, found: Found) -> Column:
        number = int(found.rule[0])
        rule = self.plan.rules[number]
        if not isinstance(rule.because, RowValue):
            present, _ = _distinct(found.rule)
            return self._sentences(found, {each: self._pieces(each) for each in present.tolist()})
        cells = self._first_cells(number, found, rule.because.column).dictionary_encode()
        which = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        parts, order = [], np.argsort(which, kind="stable")
        for each in np.unique(which).tolist():
            text = None if each < 0 else cells.dictionary[each].as_py()
            part = found.where(order[which[order] == each])
            parts.append(self._sentences(part, {number: pieces_of(rule, text)}))
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return pa.concat_arrays(parts).take(pa.array(back))

    # ---- sentences

    def _sentences(self, found: Found, pieces: Mapping[int, Pieces]) -> Column:
        """The sentences of rules whose pieces have the same slots in the same places."""
        numbers = sorted(pieces)
        rules = [self.plan.rules[each] for each in numbers]
        which = np.searchsorted(np.array(numbers), found.rule)
        columns: list[Column] = []
        for of_rules in zip(*(pieces[each] for each in numbers), strict=True):
            texts = [each for each in of_rules if isinstance(each, str)]
            if not texts:
                columns.append(self._filled(of_rules[0], rules, which, found))
            elif len(set(texts)) == 1:
                columns.append(pa.scalar(texts[0]))
            else:
                columns.append(_taken(texts, which))
        if all(isinstance(each, pa.Scalar) for each in columns):
            return pa.array(["".join(each.as_py() for each in columns)]).take(_zeros(found))
        return pc.binary_join_element_wise(*columns, "")

    def _filled(self, piece: Any, rules: Sequence[Rule], which: Numbers, found: Found) -> Column:
        """A slot on each line; `which` of the rules each finding is of."""
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
                texts = [counted_text(rule, Decimal(each)) for rule in rules for each in (1, 2)]
                return _taken(texts, (2 * which + (found.total != SCALE)).astype(np.int32))
            case "cells":
                return self._cells(piece.column, rules[0], int(found.rule[0]), found)
            case "rule":
                return _taken([rule.name for rule in rules], which)
            case _:
                return self._of_partners(piece.slot, found)

    def _codes(self, lines: Numbers, missing: str) -> Column:
        return pc.fill_null(texts_of(self.columns.codes["procedure_code"], lines), missing)

    def _dates(self, lines: Numbers, before: str, missing: str) -> Column:
        days, which = _distinct(self.columns.days["service_from"][lines])
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
                known[key] = modifiers_text([str(column.texts[each]) for each in key])
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
        on = None if day == NO_DAY else date.fromordinal(day + EPOCH)
        return rows_in_force(rule, rows, on) or ()

    def _of_partners(self, slot: str, found: Found) -> Column:
        """What is said of partners, each thing once, as they come."""
        finding = np.repeat(np.arange(len(found)), np.diff(found.partner_start))
        said = self._said(slot, found.partners)
        first = _first_of_each((finding << 32) | said, finding)
        lines, finding = found.partners[first], finding[first]
        match slot:
            case "partner":
                texts = self._codes(lines, NOT_STATED)
            case "found":
                texts = self._codes(lines, "")
            case "partner_date":
                texts = self._dates(lines, "", NOT_STATED)
            case _:
                code = self._codes(lines, "a line without a code")
                texts = pc.binary_join_element_wise(code, self._dates(lines, " on ", ""), "")
        starts = np.searchsorted(finding, np.arange(len(found) + 1)).astype(np.int32)
        lists = _list_of(starts, texts)
        if slot == "found":
            joined = pc.binary_join(lists, ", ")
            some = pc.binary_join_element_wise("only ", joined, " was found.", "")
            return pc.if_else(pc.equal(joined, ""), "none was found.", some)
        joined = pc.binary_join(lists, "; " if slot == "others" else ", ")
        return joined if slot == "others" else pc.if_else(pc.equal(joined, ""), "none", joined)

    def _said(self, slot: str, lines: Numbers) -> Numbers:
        """Numbers below 2**32, the same for partners of which the same is said."""
        codes = self.columns.codes["procedure_code"].numbers[lines].astype(np.int64) - NO_CODE
        if slot not in ("partner_date", "others"):
            return codes
        days = self.columns.days["service_from"][lines].astype(np.int64) - NO_DAY
        if slot == "partner_date":
            return days
        which: Numbers = np.unique(codes << 32 | days, return_inverse=True)[1]
        return which

    def _claims(self, lines: Numbers) -> Column:
        ids: Any = self.columns.claim_ids
        taken = ids.take(pa.array(lines))
        whole = taken.combine_chunks() if isinstance(taken, pa.ChunkedArray) else taken
        return whole.cast(pa.string())


def _list_of(starts: NDArray[np.int32], values: Column) -> Column:
    make: Any = pa.ListArray.from_arrays
    return make(pa.array(starts), values)


def _of_type(values: Sequence[object], kind: Any) -> Column:
    return pa.array(values, kind)


def texts_of(column: Coded, lines: Numbers) -> Column:
    """A column's texts on some lines; null where there is none."""
    return _taken(column.texts, column.numbers[lines])


def _taken(texts: Sequence[str], numbers: NDArray[Any]) -> Column:
    """Texts by their numbers; below zero there is none."""
    if isinstance(texts, Texts):
        there: Any = pa.array(numbers, mask=numbers < 0)
        return texts.array.take(there).cast(pa.string())
    used, which = np.unique(numbers, return_inverse=True)
    shown = [None if each < 0 else texts[each] for each in used.tolist()]
    return _of_type(shown, pa.string()).take(pa.array(which))


def in_order(member: Column, claim: Column, line: NDArray[Any], place: Numbers) -> Numbers:
    """Findings by member (those without one first), claim, line and the place of their rule: as
    positions."""
    order: Numbers = np.lexsort((place, line, _rank(claim), _rank(member)))
    return order


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


def _distinct(numbers: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """The different numbers, and which of them each is."""
    low, high = int(numbers.min(initial=0)), int(numbers.max(initial=0))
    if high - low > MOST_APART:
        return np.unique(numbers, return_inverse=True)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[numbers - low] = True
    return np.flatnonzero(seen) + low, (np.cumsum(seen) - 1)[numbers - low]


MOST_APART = 1 << 20
"""Numbers no further apart than this are told apart without sorting them."""


def _number_texts(numbers: Numbers) -> Column:
    different, which = _distinct(numbers)
    texts = [
        number_text(None if each == NO_NUMBER else Decimal(each) / SCALE)
        for each in different.tolist()
    ]
    return _taken(texts, which)


def decimals_of(numbers: Numbers) -> Column:
    """Ten-thousandths as decimals."""
    missing = numbers == NO_NUMBER
    low = np.where(missing, 0, numbers)
    words = np.stack([low, low >> 63], axis=1)
    valid = np.packbits(~missing, bitorder="little")
    kind = pa.decimal128(UNIT_DIGITS, UNIT_PLACES)
    buffers: list[Any] = [pa.py_buffer(valid.tobytes()), pa.py_buffer(words.tobytes())]
    return pa.Array.from_buffers(kind, len(numbers), buffers)
