"""Checked rules to a plan.

After this stage every code is a number, every window is counted in days, months or years, and
every rule is one or more instances that lines are led to by their codes. What no kernel can judge
is named, with the reason, and left to the reference.
"""

from array import array
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from editwright.evaluator.compile_conditions import (
    EPOCH,
    FALSE,
    TRUE,
    Fragment,
    Instruction,
    UnplannedError,
    instruction,
)
from editwright.evaluator.compile_rows import RuleRows
from editwright.evaluator.compile_rule import CORES, RULE_NUMBERS, PlannedRule, asks
from editwright.evaluator.kernels.judge import ALWAYS_TRUE, NEVER_TRUE
from editwright.evaluator.lexicon import Lexicon, Patterns
from editwright.evaluator.line_columns import SCALE
from editwright.evaluator.plan import Access, Layout, Plan, Step
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet, Kind
from editwright.grammar.collector import collection_paused
from editwright.grammar.fields import FIELDS

END: Instruction = instruction("END")
MOST_PAIRS = 64
"""Of so many pairs of codes a rule is found by pair; of more, by the subject's code."""
MANY_ROWS = 1_000
"""A table of so many rows is found by pair whatever its relation."""


def compile_rules(rules: c.CheckedRules) -> Plan:
    """The plan of checked rules."""
    maker = _Maker()
    level = {rule: at for at, stratum in enumerate(rules.strata) for rule in stratum}
    with collection_paused():
        for rule in rules.rules:
            maker.add(rule, level[rule])
        return maker.plan(max(len(rules.strata), 1))


@define(eq=False)
class _Maker:
    """A plan in the making, and the pools that programs refer to."""

    rules: list[c.Rule] = field(factory=list)
    by_reference: list[tuple[c.Rule, str]] = field(factory=list)
    ops: list[int] = field(factory=list)
    constants: dict[int, int] = field(factory=dict)
    number_fields: dict[str, c.FieldRef] = field(factory=lambda: {"units": FIELDS["units"]})
    code_fields: dict[str, c.FieldRef] = field(factory=dict)
    list_fields: dict[str, c.FieldRef] = field(factory=dict)
    words: dict[str, dict[str, int]] = field(factory=lambda: {PROCEDURE.noun: {}})
    sets: dict[tuple[str, CodeSet], int] = field(factory=dict)
    set_kinds: list[tuple[str, CodeSet]] = field(factory=list)
    columns: dict[str, list[NDArray[Any]]] = field(
        factory=lambda: {"row_codes": [], "row_numbers": [], "row_truths": []}
    )
    column_sizes: dict[str, int] = field(
        factory=lambda: {"row_codes": 0, "row_numbers": 0, "row_truths": 0}
    )
    counted_in: list[tuple[str, int, str]] = field(factory=list)
    """Columns of texts' numbers: each of them grows by where its space starts."""
    of_rules: list[list[int]] = field(factory=list)
    """The numbers of each rule, in the order of `RULE_NUMBERS`."""
    limits: list[int] = field(factory=list)
    exempt_start: list[int] = field(factory=list)
    freed: list[tuple[int, int]] = field(factory=list)
    partners: list[tuple[int, int, int, int]] = field(factory=list)
    instances: "array[int]" = field(factory=lambda: array("i"))
    """Of each: rule, first row and the row behind the last."""
    by_code: "array[int]" = field(factory=lambda: array("q"))
    """Of each entry: code or -2 less a pattern set, and instance."""
    scanned: list[int] = field(factory=list)
    pairs: "array[int]" = field(factory=lambda: array("q"))
    """Of each pair: the subject's code, the partner's code, and instance."""
    pair_whole: bool = False
    pair_likes: list[set[str]] = field(factory=list)
    """Of each rule found by pair: the fields that both lines must share."""
    rows: dict[int, NDArray[np.int32]] = field(factory=dict)
    steps: dict[tuple[str, Access, str, int], list[int]] = field(factory=dict)

    # ---- pools

    def number_field(self, field: c.FieldRef) -> int:
        return _position(self.number_fields, field)

    def code_field(self, field: c.FieldRef, kind: Kind | None = None) -> int:
        """`kind`: as a field of another kind, with whose texts it is compared."""
        if kind is None or kind is field.kind:
            return _position(self.code_fields, field)
        name = f"{field.name} as {kind.noun}"
        self.code_fields.setdefault(name, evolve(field, kind=kind))
        return list(self.code_fields).index(name)

    def list_field(self, field: c.FieldRef) -> int:
        return _position(self.list_fields, field)

    def constant(self, value: int) -> int:
        return self.constants.setdefault(value, len(self.constants))

    def word(self, kind: Kind, text: str) -> int:
        """The number of a text among those of its kind."""
        words = self.words.setdefault(kind.noun, {})
        return words.setdefault(text, len(words))

    def code_set(self, codes: CodeSet, kind: Kind) -> int:
        key = (kind.noun, codes)
        if key not in self.sets:
            for code in codes.enumerable or ():
                self.word(kind, code)
            self.sets[key] = len(self.set_kinds)
            self.set_kinds.append(key)
        return self.sets[key]

    def put(self, pool: str, values: NDArray[Any], space: str | None = None) -> int:
        """Where a column of rows stands in its pool; `space`: what texts its numbers count."""
        at = self.column_sizes[pool]
        if space is not None:
            self.counted_in.append((pool, len(self.columns[pool]), space))
        self.columns[pool].append(values)
        self.column_sizes[pool] = at + len(values)
        return at

    def program(self, fragment: Fragment) -> int:
        """Where a program starts."""
        if fragment in (TRUE, FALSE):
            return ALWAYS_TRUE if fragment == TRUE else NEVER_TRUE
        at = len(self.ops)
        for each in fragment:
            self.ops.extend(each)
        self.ops.extend(END)
        return at

    # ---- rules

    def add(self, rule: c.Rule, level: int) -> None:
        """Plan a rule, or leave it to the reference."""
        try:
            planned = PlannedRule.of(rule, self)
        except UnplannedError as reason:
            self.by_reference.append((rule, str(reason)))
            return
        number = len(self.rules)
        self.rules.append(rule)
        planned.numbers["level"] = level
        self.of_rules.append(list(planned.numbers.values()))
        self.limits.append(planned.limit)
        self.exempt_start.append(len(self.freed))
        self.freed += planned.freed
        self._instances(rule, number, planned, level)

    def _instances(self, rule: c.Rule, number: int, planned: "PlannedRule", level: int) -> None:
        rows = planned.rows
        first = len(self.instances) // 3
        if rows is None:
            self.instances.extend((number, 0, 0))
        else:
            self.rows[number] = rows.order
            self._instances_of_rows(number, rows)
        count = len(self.instances) // 3 - first
        access = self._access(rule, planned, first, count)
        scope = "date" if planned.on_date else "member"
        step = self.steps.setdefault((CORES[type(rule.core)], access, scope, level), [0, 0])
        step[0] += 1
        step[1] += count

    def _instances_of_rows(self, number: int, rows: RuleRows) -> None:
        stretches = rows.stretches()
        block = np.empty((len(stretches), 3), np.int32)
        block[:, 0] = number
        block[:, 1:] = stretches
        self.instances.frombytes(_bytes(block))

    def _access(self, rule: c.Rule, planned: "PlannedRule", first: int, count: int) -> Access:
        """Lead lines to the instances: by pair, by code, or all lines."""
        codes, core = rule.subject.codes, rule.core
        if codes is None:
            self.scanned.extend(range(first, first + count))
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
            self.pair_likes.append(_shared(core.partners.relation))
        return access

    def _lead_to_one(
        self, codes: CodeSet, partners: c.Values | None, planned: "PlannedRule", first: int
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
                self.by_code.extend((subject, first))
            return "code"
        words = [self.word(PROCEDURE, each) for each in sorted(others)]
        for subject, other in product(subjects, words):
            self.pairs.extend((subject, other, first))
        return "pair"

    def _lead_to_rows(
        self, codes: c.Values, partners: c.Values | None, rows: RuleRows, on_date: bool, first: int
    ) -> Access:
        """Lead lines to the instances of a rule that are rows of its table, or groups of them."""
        subjects = self._led(codes, rows)
        found = self._pairs(subjects, partners, rows, on_date) if partners is not None else None
        if found is not None:
            found[:, 2] += first
            self.pairs.frombytes(_bytes(found))
            return "pair"
        subjects[:, 1] += first
        self.by_code.frombytes(_bytes(subjects))
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
                for code in self._listed(self.set_kinds[-2 - cell][1]):
                    there = instances[cells == cell].astype(np.int64)
                    parts.append(np.stack([np.full(len(there), code), there], axis=1))
        return _distinct(parts) if len(parts) > 2 else parts[-1]

    def _listed(self, codes: CodeSet) -> list[int]:
        """The numbers of a set's codes; of a pattern set, -2 less its own."""
        exact = codes.enumerable
        if exact is None:
            return [-2 - self.code_set(codes, PROCEDURE)]
        return [self.word(PROCEDURE, each) for each in sorted(exact)]

    def _pairs(
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

    def plan(self, levels: int) -> Plan:
        """The whole plan."""
        base, count = self._number_words()
        for pool, at, space in self.counted_in:
            cells = self.columns[pool][at]
            self.columns[pool][at] = np.where(cells >= 0, cells + base.get(space, 0), cells)
        arrays = self._rule_arrays()
        arrays |= self._sets(base)
        lexicon = self._lexicon(base, count)
        arrays |= self._pair_arrays()
        numbers = {
            "levels": levels,
            "pair_codes": len(arrays["pair_row"]),
            "pair_width": max(1, -(-len(arrays["pair_row"]) // 8)),
            "pair_whole": int(self.pair_whole),
            "pair_like": self._pair_like(),
            "scale": SCALE,
            "first_calendar_day": 1 - EPOCH,
            "last_calendar_day": 3652059 - EPOCH,
        }
        return Plan(
            rules=tuple(self.rules),
            by_reference=tuple(self.by_reference),
            layout=Layout(
                tuple(self.number_fields.values()),
                tuple(self.code_fields.values()),
                tuple(self.list_fields.values()),
            ),
            arrays=arrays,
            numbers=numbers,
            lexicon=lexicon,
            rows=self.rows,
            steps=tuple(
                Step(core, access, scope, level, *counts)
                for (core, access, scope, level), counts in self.steps.items()
            ),
        )

    def _pair_like(self) -> int:
        """A field that all pairs must share: lines that do not need not be looked up."""
        likes = set.intersection(*self.pair_likes) if self.pair_likes else set()
        return min((list(self.code_fields).index(name) for name in likes), default=-1)

    def _number_words(self) -> tuple[dict[str, int], int]:
        """Where the numbers of each space start: procedure codes come first."""
        base, count = {}, 0
        for space, words in self.words.items():
            base[space] = count
            count += len(words)
        return base, count

    def _rule_arrays(self) -> dict[str, NDArray[Any]]:
        of_rules = np.array(self.of_rules, np.int32).reshape(-1, len(RULE_NUMBERS))
        arrays: dict[str, NDArray[Any]] = {
            name: np.ascontiguousarray(of_rules[:, at]) for at, name in enumerate(RULE_NUMBERS)
        }
        instances = np.frombuffer(self.instances, np.int32).reshape(-1, 3)
        partners = np.array(self.partners, np.int32).reshape(-1, 4)
        freed = np.array(self.freed, np.int32).reshape(-1, 2)
        constants = np.array(list(self.constants), np.int64)
        if self.pair_whole:  # then all pairs of a member are looked at, whatever their dates
            arrays["pair_test"] = arrays["any_pair_test"]
        return arrays | {
            "ops": np.array(self.ops, np.int32),
            "constants": constants,
            "limit": np.array(self.limits, np.int64),
            "exempt_start": np.array([*self.exempt_start, len(self.freed)], np.int32),
            "freed_partners": np.ascontiguousarray(freed[:, 0]),
            "freed_when": np.ascontiguousarray(freed[:, 1]),
            "partner_test": np.ascontiguousarray(partners[:, 0]),
            "partner_payable": np.ascontiguousarray(partners[:, 1]),
            "partner_scope": np.ascontiguousarray(partners[:, 2]),
            "partner_column": np.ascontiguousarray(partners[:, 3]),
            "inst_rule": np.ascontiguousarray(instances[:, 0]),
            "inst_first": np.ascontiguousarray(instances[:, 1]),
            "inst_last": np.ascontiguousarray(instances[:, 2]),
            "scanned": np.array(self.scanned, np.int32),
            "row_codes": _pool(self.columns["row_codes"], np.int32),
            "row_numbers": _pool(self.columns["row_numbers"], np.int64),
            "row_truths": _pool(self.columns["row_truths"], np.uint8),
        }

    def _sets(self, base: Mapping[str, int]) -> dict[str, NDArray[Any]]:
        """The sets whose codes are given one by one, each sorted; others stay empty."""
        start = np.zeros(len(self.set_kinds) + 1, np.int32)
        values: list[NDArray[np.int32]] = []
        for number, (space, codes) in enumerate(self.set_kinds):
            exact = codes.enumerable or frozenset()
            words = self.words.get(space, {})
            found = np.array([words[each] + base[space] for each in exact], np.int32)
            found.sort()
            values.append(found)
            start[number + 1] = start[number] + len(found)
        return {"set_start": start, "set_values": _pool(values, np.int32)}

    def _lexicon(self, base: Mapping[str, int], count: int) -> Lexicon:
        patterns: dict[str, Patterns] = {}
        for number, (space, codes) in enumerate(self.set_kinds):
            if codes.enumerable is None:
                patterns.setdefault(space, Patterns()).add(number, codes)
        spaces = {
            space: {word: number + base[space] for word, number in words.items()}
            for space, words in self.words.items()
        }
        led = np.frombuffer(self.by_code, np.int64).reshape(-1, 2)
        led_by_set = _led_by_set(led[led[:, 0] < -1])
        matches = [
            (number, matched)
            for space, known in patterns.items()
            for word, number in spaces.get(space, {}).items()
            for matched in known.matching(word)
        ]
        sets = [np.array(matches, np.int64).reshape(-1, 2)]
        exact = [led[led[:, 0] >= 0]]
        exact += [
            _crossed_with(number, led_by_set[matched])
            for number, matched in matches
            if matched in led_by_set
        ]
        arrays: dict[str, NDArray[np.int32]] = {}
        used = {}
        for name, entries in (("by_code", exact), ("sets", sets)):
            sorted_entries = _distinct(entries)
            starts = np.searchsorted(sorted_entries[:, 0], np.arange(count + 1)).astype(np.int32)
            arrays[name] = sorted_entries[:, 1].astype(np.int32)
            arrays[f"{name}_start"], arrays[f"{name}_end"] = starts[:-1].copy(), starts[1:].copy()
            used[name] = len(sorted_entries)
        return Lexicon(spaces, patterns, led_by_set, arrays, count, used)

    def _pair_arrays(self) -> dict[str, NDArray[Any]]:
        """The pairs sorted by both codes and instance, and a bit for each pair of codes."""
        codes = len(self.words[PROCEDURE.noun]) if self.pairs else 0
        pairs = np.frombuffer(self.pairs, np.int64).reshape(-1, 3)
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
        _name(each.field)
        for each in relation.likenesses
        if each.field.type == "code" and not (each.field.many or each.different)
    }


def _name(field: c.FieldRef) -> str:
    return f"declared {field.name}" if field.declared else field.name


def _position(fields: dict[str, c.FieldRef], field: c.FieldRef) -> int:
    name = _name(field)
    fields.setdefault(name, field)
    return list(fields).index(name)


def _crossed(codes: Sequence[int], instances: int) -> NDArray[np.int64]:
    """Every code with every instance."""
    pairs = np.empty((len(codes) * instances, 2), np.int64)
    pairs[:, 0] = np.repeat(np.array(codes, np.int64), instances)
    pairs[:, 1] = np.tile(np.arange(instances), len(codes))
    return pairs


def _distinct(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Pairs of numbers, each once, in order; the second is never below zero."""
    pairs = np.concatenate([np.empty((0, 2), np.int64), *parts])
    keys = np.unique((pairs[:, 0] << 32) | pairs[:, 1])
    return np.stack([keys >> 32, keys & 0xFFFFFFFF], axis=1)


def _crossed_with(number: int, values: NDArray[np.int32]) -> NDArray[np.int64]:
    pairs = np.empty((len(values), 2), np.int64)
    pairs[:, 0], pairs[:, 1] = number, values
    return pairs


def _led_by_set(led: NDArray[np.int64]) -> dict[int, NDArray[np.int32]]:
    """By its number, the instances that each pattern set leads to."""
    led = led[np.argsort(led[:, 0], kind="stable")]
    codes, starts = np.unique(led[:, 0], return_index=True)
    instances = np.split(led[:, 1].astype(np.int32), starts[1:]) if len(codes) else []
    return {-2 - code: each for code, each in zip(codes.tolist(), instances, strict=True)}


def _bytes(numbers: NDArray[Any]) -> memoryview:
    return np.ascontiguousarray(numbers).reshape(-1).view(np.uint8).data


def _pool(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind, copy=False)
