"""What the programs of a plan refer to, each thing once and by its number.

In: fields, codes, constants, columns of tables and fragments, as rules are compiled. Out: arrays.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from attrs import define, evolve, field
from numpy.typing import NDArray

from editwright.evaluator.kernels.judge import ALWAYS_TRUE, NEVER_TRUE
from editwright.evaluator.plan.plan import Layout
from editwright.evaluator.plan.programs import FALSE, TRUE, Fragment, Instruction, instruction
from editwright.grammar import checked as c
from editwright.grammar.codes import PROCEDURE, CodeSet, Kind
from editwright.grammar.fields import FIELDS

END: Instruction = instruction("END")
COLUMNS = {"row_codes": np.int32, "row_numbers": np.int64, "row_truths": np.uint8}
"""The pools that columns of rows stand in, and how their cells are kept."""


@define(eq=False)
class Pools:
    """The pools of a plan in the making."""

    words: dict[str, dict[str, int]] = field(factory=lambda: {PROCEDURE.noun: {}})
    """The texts of each kind, numbered from 0 in each."""
    set_kinds: list[tuple[str, CodeSet]] = field(factory=list)
    """Each set of codes, with its kind."""
    partners: list[tuple[int, int, int, int]] = field(factory=list)
    """Of each: its program, whether it must be payable, whether it is on one date, and where the
    column is that alone gives its codes."""
    _ops: list[int] = field(factory=list)
    _constants: dict[int, int] = field(factory=dict)
    _number_fields: dict[str, c.FieldRef] = field(factory=lambda: {"units": FIELDS["units"]})
    _code_fields: dict[str, c.FieldRef] = field(factory=dict)
    _list_fields: dict[str, c.FieldRef] = field(factory=dict)
    _sets: dict[tuple[str, CodeSet], int] = field(factory=dict)
    _columns: dict[str, list[NDArray[Any]]] = field(factory=lambda: {name: [] for name in COLUMNS})
    _column_sizes: dict[str, int] = field(factory=lambda: dict.fromkeys(COLUMNS, 0))
    _counted_in: list[tuple[str, int, str]] = field(factory=list)
    """Columns of texts' numbers: each of them grows by where its space starts."""

    def number_field(self, field: c.FieldRef) -> int:
        """The number of a field that is a number or a date."""
        return _position(self._number_fields, field)

    def code_field(self, field: c.FieldRef, kind: Kind | None = None) -> int:
        """`kind`: as a field of another kind, with whose texts it is compared."""
        if kind is None or kind is field.kind:
            return _position(self._code_fields, field)
        name = f"{field.name} as {kind.noun}"
        self._code_fields.setdefault(name, evolve(field, kind=kind))
        return list(self._code_fields).index(name)

    def code_field_number(self, name: str) -> int:
        """The number of a field of codes that is in the pool, by its `field_name`."""
        return list(self._code_fields).index(name)

    def list_field(self, field: c.FieldRef) -> int:
        """The number of a field that is a list of codes."""
        return _position(self._list_fields, field)

    def constant(self, value: int) -> int:
        """The number of a constant."""
        return self._constants.setdefault(value, len(self._constants))

    def word(self, kind: Kind, text: str) -> int:
        """The number of a text among those of its kind."""
        words = self.words.setdefault(kind.noun, {})
        return words.setdefault(text, len(words))

    def code_set(self, codes: CodeSet, kind: Kind) -> int:
        """The number of a set; those of its codes that are given one by one get numbers too."""
        key = (kind.noun, codes)
        if key not in self._sets:
            for code in codes.enumerable or ():
                self.word(kind, code)
            self._sets[key] = len(self.set_kinds)
            self.set_kinds.append(key)
        return self._sets[key]

    def put(self, pool: str, values: NDArray[Any], space: str | None = None) -> int:
        """Where a column of rows stands in its pool; `space`: what texts its numbers count."""
        at = self._column_sizes[pool]
        if space is not None:
            self._counted_in.append((pool, len(self._columns[pool]), space))
        self._columns[pool].append(values)
        self._column_sizes[pool] = at + len(values)
        return at

    def program(self, fragment: Fragment) -> int:
        """Where a program starts."""
        if fragment in (TRUE, FALSE):
            return ALWAYS_TRUE if fragment == TRUE else NEVER_TRUE
        at = len(self._ops)
        for each in fragment:
            self._ops.extend(each)
        self._ops.extend(END)
        return at

    def layout(self) -> Layout:
        """The fields that programs read, in the order of their numbers."""
        return Layout(
            tuple(self._number_fields.values()),
            tuple(self._code_fields.values()),
            tuple(self._list_fields.values()),
        )

    def starts(self) -> tuple[dict[str, int], int]:
        """Where the numbers of each kind of texts start, procedure codes first, and how many there
        are in all."""
        base, count = {}, 0
        for space, words in self.words.items():
            base[space] = count
            count += len(words)
        return base, count

    def arrays(self, base: Mapping[str, int]) -> dict[str, NDArray[Any]]:
        """All pools; `base`: where the numbers of each kind of texts start."""
        for pool, at, space in self._counted_in:
            cells = self._columns[pool][at]
            self._columns[pool][at] = np.where(cells >= 0, cells + base.get(space, 0), cells)
        partners = np.array(self.partners, np.int32).reshape(-1, 4)
        return {
            "ops": np.array(self._ops, np.int32),
            "constants": np.array(list(self._constants), np.int64),
            "partner_test": np.ascontiguousarray(partners[:, 0]),
            "partner_payable": np.ascontiguousarray(partners[:, 1]),
            "partner_scope": np.ascontiguousarray(partners[:, 2]),
            "partner_column": np.ascontiguousarray(partners[:, 3]),
            **{name: _joined(self._columns[name], kind) for name, kind in COLUMNS.items()},
            **self._set_arrays(base),
        }

    def _set_arrays(self, base: Mapping[str, int]) -> dict[str, NDArray[Any]]:
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
        return {"set_start": start, "set_values": _joined(values, np.int32)}


def field_name(field: c.FieldRef) -> str:
    """What a field is called in pools, where declared ones may have the name of another."""
    return f"declared {field.name}" if field.declared else field.name


def _position(fields: dict[str, c.FieldRef], field: c.FieldRef) -> int:
    name = field_name(field)
    fields.setdefault(name, field)
    return list(fields).index(name)


def _joined(parts: Sequence[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate([np.empty(0, kind), *parts]).astype(kind, copy=False)
