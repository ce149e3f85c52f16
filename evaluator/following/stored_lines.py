"""Service lines of a member's past to bytes and back, with what the stream has found about them.

A line that was denied is not payable any more, and a line that went over a limit does not count
against it (or with the units that were left), just as if all lines were judged at once.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from attrs import define, evolve, field, fields

from editwright.evaluator.lines.service_line import NOTHING_DECLARED, DeclaredValue, ServiceLine
from editwright.evaluator.meaning.reference import says_denied

_NUMBERS = frozenset(("units", "charge"))
_DATES = frozenset(("service_from", "service_to", "received_date", "birth_date"))
_LISTS = frozenset(("modifiers", "diagnoses", "pointed_diagnoses"))
_LEFT_OUT = frozenset(("history", "declared"))
_DEFAULTS: Mapping[str, object] = {
    each.name: each.default for each in fields(ServiceLine) if each.name not in _LEFT_OUT
}
_OVER, _DECLARED = "over", "declared of files"
"""Names that no column of a line has."""
_MAKE: Mapping[str, Callable[[str], DeclaredValue]] = {
    "date": date.fromisoformat,
    "number": Decimal,
    "text": str,
}


@define(slots=True, eq=False)
class PastLine:
    """A line of a member's past."""

    line: ServiceLine
    """It is marked as history; its status says denied where a rule denied it."""
    over: dict[str, Decimal] = field(factory=dict)
    """The limits that it went over, by their rules' names, and the units that still count."""

    @classmethod
    def of(cls, line: ServiceLine, *, denied: bool = False) -> "PastLine":
        """A line that is past from now on."""
        if denied and not says_denied(line.status):
            return cls(evolve(line, history=True, status="denied"))
        return cls(evolve(line, history=True))


def to_bytes(lines: Iterable[PastLine]) -> bytes:
    """Lines as JSON, without what is missing."""
    return json.dumps([_plain(each) for each in lines], separators=(",", ":")).encode()


def from_bytes(data: bytes) -> list[PastLine]:
    """The lines that `to_bytes` has made bytes of."""
    return [_past_line(each) for each in json.loads(data)]


def _plain(past: PastLine) -> dict[str, Any]:
    line = past.line
    found: dict[str, Any] = {}
    for name, default in _DEFAULTS.items():
        value = getattr(line, name)
        if value != default:
            found[name] = value if isinstance(value, str | int | tuple) else str(value)
    if line.declared:
        found[_DECLARED] = {name: _tagged(value) for name, value in line.declared.items()}
    if past.over:
        found[_OVER] = {rule: str(units) for rule, units in past.over.items()}
    return found


def _past_line(plain: dict[str, Any]) -> PastLine:
    over = plain.pop(_OVER, {})
    declared = plain.pop(_DECLARED, None)
    for name in plain.keys() & _NUMBERS:
        plain[name] = Decimal(plain[name])
    for name in plain.keys() & _DATES:
        plain[name] = date.fromisoformat(plain[name])
    for name in plain.keys() & _LISTS:
        plain[name] = tuple(plain[name])
    line = ServiceLine(
        **plain,
        history=True,
        declared=NOTHING_DECLARED if declared is None else _untagged(declared),
    )
    return PastLine(line, {rule: Decimal(units) for rule, units in over.items()})


def _tagged(value: DeclaredValue) -> Sequence[str]:
    kind = "date" if isinstance(value, date) else "text" if isinstance(value, str) else "number"
    return kind, str(value)


def _untagged(plain: Mapping[str, Sequence[str]]) -> dict[str, DeclaredValue]:
    return {name: _MAKE[kind](text) for name, (kind, text) in plain.items()}
