"""The instances of rules, and the codes that lead lines to them.

In: planned rules. Out: arrays of instances, of codes and pairs of codes, and of what a rule without
codes scans.
"""

from array import array
from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from editwright.evaluator.plan.compile_pools import Pools, field_name
from editwright.evaluator.plan.compile_rows import RuleRows
from editwright.evaluator.plan.compile_rule import CORES, PlannedRule, asks
from editwright.evaluator.plan.plan import Access, Step
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet

MOST_PAIRS = 64
"""Of so many pairs of codes a rule is found by pair; of more, by the subject's code."""
MANY_ROWS = 1_000
"""A table of so many rows is found by pair whatever its relation."""


@define(eq=False)
class Instances:
    """The instances of a plan in the making."""

    pools: Pools
    rows: dict[int, NDArray[np.int32]] = field(factory=dict)
    """By rule: the rows of its table, in the order of its instances."""
    pair_whole: bool = False
    """Whether lines of two dates can be such a pair as some rule is found by."""
    _instances: "array[int]" = field(factory=lambda: array("i"))
    """Of each: rule, first row and the row behind the last."""
    _by_code: "array[int]" = field(factory=lambda: array("q"))
    """Of each entry: code or -2 less a pattern set, and instance."""
    _scanned: list[int] = field(factory=list)
    _pairs: "array[int]" = field(factory=lambda: array("q"))
    """Of each pair: the subject's code, the partner's code, and instance."""
    _pair_likes: list[set[str]] = field(factory=list)
    """Of each rule found by pair: the fields that both lines must share."""
    _steps: dict[tuple[str, Access, str, int], list[int]] = field(factory=dict)

    def add(self, rule: c.Rule, number: int, planned: PlannedRule, level: int) -> None:
        """Make the instances of a rule, and lead lines to them."""
        rows = planned.rows
        first = len(self._instances) // 3
        if rows is None:
            self._instances.extend((number, 0, 0))
        else:
            self.rows[number] = rows.order
            self._add_rows(number, rows)
        count = len(self._instances) // 3 - first
        access = self._access(rule, planned, first, count)
        scope = "date" if planned.on_date else "member"
        step = self._steps.setdefault((CORES[type(rule.core)], access, scope, level), [0, 0])
        step[0] += 1
        step[1] += count

    def _add_rows(self, number: int, rows: RuleRows) -> None:
        stretches = rows.stretches()
        block = np.empty((len(stretches), 3), np.int32)
        block[:, 0] = number
        block[:, 1:] = stretches
        self._instances.frombytes(_bytes(block))

    def _access(self, rule: c.Rule, planned: PlannedRule, first: int, count: int) -> Access:
        """Lead lines to the instances: by pair, by code, or all lines."""
        codes, core = rule.subject.codes, rule.core
        if codes is None:
            self._scanned.extend(range(first, first + count))
            return "scan"
        partners = None
        if isinstance(core, c.Excludes) and not (core.partners.payable or asks(rule)):
            partners = core.partners.lines.codes
        if planned.rows is None:
            access = self._lead_to_one(codes.codes, partners, planned, first)
        else:
            access = self._lead_to_rows(codes, partners, planned.rows, planned.on_date, first)
        if access == "pair":
            assert isinstance(core, c.Excludes)
            self.pair_whole |= not planned.on_date
            self._pair_likes.append(_shared(core.partners.relation))
        return access

    def _lead_to_one(
        self, codes: CodeSet, partners: c.Values | None, planned: PlannedRule, first: int
    ) -> Access:
        """Lead lines to the one instance of a rule."""
        subjects = self._listed(codes)
        others = partners.codes.enumerable if partners is not None and planned.on_date else None
        by_pair = (
            others is not None
            and subjects != []
            and subjects[0] >= 0
            and len(subjects) * len(others) <= MOST_PAIRS
        )
        if others is None or not by_pair:
            for subject in subjects:
                self._by_code.extend((subject, first))
            return "code"
        words = [self.pools.word(PROCEDURE, each) for each in sorted(others)]
        for subject, other in product(subjects, words):
            self._pairs.extend((subject, other, first))
        return "pair"

    def _lead_to_rows(
        self, codes: c.Values, partners: c.Values | None, rows: RuleRows, on_date: bool, first: int
    ) -> Access:
        """Lead lines to the instances of a rule that are rows of its table, or groups of them."""
        subjects = self._led(codes, rows)
        found = self._pairs_of(subjects, partners, rows, on_date) if partners is not None else None
        if found is not None:
            found[:, 2] += first
            self._pairs.frombytes(_bytes(found))
            return "pair"
        subjects[:, 1] += first
        self._by_code.frombytes(_bytes(subjects))
        return "code"

    def _led(self, codes: c.Values, rows: RuleRows) -> NDArray[np.int64]:
        """Which codes lead to which instances of a rule, counted from its first."""
        parts = [np.empty((0, 2), np.int64)]
        listed = self._listed(codes.codes)
        if listed:
            parts.append(_crossed(listed, rows.instance_count))
        for each in codes.row_values:
            cells = rows.cells(each)
            instances = rows.instance_of_row()
            plain = cells >= 0
            parts.append(np.stack([cells[plain], instances[plain]], axis=1).astype(np.int64))
            for cell in np.unique(cells[cells < -1]).tolist():
                for code in self._listed(self.pools.set_kinds[-2 - cell][1]):
                    there = instances[cells == cell].astype(np.int64)
                    parts.append(np.stack([np.full(len(there), code), there], axis=1))
        return distinct(parts) if len(parts) > 2 else parts[-1]

    def _listed(self, codes: CodeSet) -> list[int]:
        """The numbers of a set's codes; of a pattern set, -2 less its own."""
        exact = codes.enumerable
        if exact is None:
            return [-2 - self.pools.code_set(codes, PROCEDURE)]
        return [self.pools.word(PROCEDURE, each) for each in sorted(exact)]

    def _pairs_of(
        self, subjects: NDArray[np.int64], partners: c.Values, rows: RuleRows, on_date: bool
    ) -> NDArray[np.int64] | None:
        """The pairs of codes that a rule is about; nothing where it is better found by code."""
        if not on_date and len(rows.order) < MANY_ROWS:
            return None
        if len(subjects) == 0 or (subjects[:, 0] < 0).any():
            return None
        exact = partners.codes.enumerable
        if exact is None or exact or rows.keyed or len(partners.row_values) != 1:
            return None
        cells = rows.cells(partners.row_values[0])
        of_subject = cells[subjects[:, 1]]
        if (of_subject < 0).any():
            return None
        return np.stack([subjects[:, 0], of_subject, subjects[:, 1]], axis=1).astype(np.int64)

    # ---- the arrays

    def steps(self) -> tuple[Step, ...]:
        """How many rules and instances there are of each shape."""
        return tuple(
            Step(core, access, scope, level, *counts)
            for (core, access, scope, level), counts in self._steps.items()
        )

    def led(self) -> NDArray[np.int64]:
        """(entries, 2): the code, or -2 less a pattern set, and the instance that it leads to."""
        return np.frombuffer(self._by_code, np.int64).reshape(-1, 2)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The instances, and those that lines are led to by scanning or by pairs of codes."""
        instances = np.frombuffer(self._instances, np.int32).reshape(-1, 3)
        return {
            "inst_rule": np.ascontiguousarray(instances[:, 0]),
            "inst_first": np.ascontiguousarray(instances[:, 1]),
            "inst_last": np.ascontiguousarray(instances[:, 2]),
            "scanned": np.array(self._scanned, np.int32),
            **self._pair_arrays(),
        }

    def pair_like(self) -> int:
        """A field that all pairs must share: lines that do not need not be looked up."""
        likes = set.intersection(*self._pair_likes) if self._pair_likes else set()
        return min((self.pools.code_field_number(name) for name in likes), default=-1)

    def _pair_arrays(self) -> dict[str, NDArray[Any]]:
        """The pairs sorted by both codes and instance, and a bit for each pair of codes."""
        codes = len(self.pools.words[PROCEDURE.noun]) if self._pairs else 0
        pairs = np.frombuffer(self._pairs, np.int64).reshape(-1, 3)
        # Instances of one pair are in order already.
        pairs = pairs[np.argsort(pairs[:, 0] * max(codes, 1) + pairs[:, 1], kind="stable")]
        subject, partner = pairs[:, 0], pairs[:, 1]
        pair_row = np.full(codes, -1, np.int32)
        with_pairs = np.unique(subject)
        pair_row[with_pairs] = np.arange(len(with_pairs))
        start = np.searchsorted(subject, np.arange(codes + 1))
        return {
            "pair_row": pair_row,
            "pair_bits": _bits(pair_row[subject], partner, len(with_pairs), codes),
            "pair_start": start.astype(np.int32),
            "pair_partner": partner.astype(np.int32),
            "pair_inst": pairs[:, 2].astype(np.int32),
        }


def _bits(
    row: NDArray[np.int32], partner: NDArray[np.int64], rows: int, codes: int
) -> NDArray[np.uint8]:
    """A bit for each partner of each row, a whole number of bytes a row."""
    width = max(1, -(-codes // 8))
    packed = np.zeros((max(rows, 1), width), np.uint8)
    for first in range(0, rows, _ROWS_AT_ONCE):
        start, end = np.searchsorted(row, [first, first + _ROWS_AT_ONCE])
        bits = np.zeros((min(_ROWS_AT_ONCE, rows - first), width * 8), np.bool_)
        bits[row[start:end] - first, partner[start:end]] = True
        packed[first : first + len(bits)] = np.packbits(bits, axis=1, bitorder="little")
    return packed.reshape(-1)


_ROWS_AT_ONCE = 512


def _shared(relation: c.Relation) -> set[str]:
    """The texts that two lines must share to stand in a relation."""
    return {
        field_name(each.field)
        for each in relation.likenesses
        if each.field.type == "code" and not (each.field.many or each.different)
    }


def _crossed(codes: Sequence[int], instances: int) -> NDArray[np.int64]:
    """Every code with every instance."""
    pairs = np.empty((len(codes) * instances, 2), np.int64)
    pairs[:, 0] = np.repeat(np.array(codes, np.int64), instances)
    pairs[:, 1] = np.tile(np.arange(instances), len(codes))
    return pairs


def distinct(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Pairs of numbers, each once, in order; the second is never below zero."""
    pairs = np.concatenate([np.empty((0, 2), np.int64), *parts])
    keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1])
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1)


def _bytes(numbers: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(numbers).reshape(-1).view(np.uint8).data
