"""NDJSON (one JSON object a line: a service line, or a claim with its lines) to service lines.

A line is looked over for its nesting before it is parsed, so that no line can exhaust the
stack. Numbers with a point become decimals; `NaN` is no JSON and is refused.
"""

import io
import json
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from attrs import frozen

from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.objects import ObjectRows
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.utf16 import in_utf8
from editwright.evaluator.lines.service_line import ServiceLine

DEEPEST = 64
_LONGEST_LINE = 1 << 24


@frozen(slots=True)
class Holder:
    """What holds an object in a file, as messages name it, and what is expected of it."""

    name: str
    rule: str


LINE = Holder("a line", "NDJSON has one object on each line")


def ndjson_lines(
    source: Source, stream: io.BufferedReader, intake: Intake
) -> Iterator[ServiceLine]:
    """The service lines of an NDJSON file. Raises `ClaimsError` if nothing in it is a claim."""
    rows = ObjectRows(intake)
    stream = in_utf8(stream)
    number = 0
    while raw := stream.readline(_LONGEST_LINE):
        number += 1
        if len(raw) == _LONGEST_LINE and not raw.endswith(b"\n"):
            _skip_line(stream)
            refuse_length(intake, number)
        else:
            yield from lines_in(rows, intake, number, raw)
    rows.expect_readable()


def lines_in(
    rows: ObjectRows, intake: Intake, number: int, raw: bytes, holder: Holder = LINE
) -> Iterable[ServiceLine]:
    """The service line in a line of NDJSON, or those of the claim in it; none in a blank one, and
    in one set aside."""
    if raw.isspace():
        return ()
    try:
        item = parse_object(raw, holder)
    except ValueError as error:
        intake.refuse(number, f"{holder.name} is not a JSON object", str(error))
        return ()
    return rows.lines(number, item)


def refuse_length(intake: Intake, number: int) -> None:
    """Set a line aside that is longer than any may be."""
    intake.refuse(number, "a line has more than 16 MiB", LINE.rule)


def parse_object(raw: bytes, holder: Holder = LINE) -> dict[object, object]:
    """The JSON object in a line of bytes.

    Raises `ValueError` with a reason that quotes nothing of the line.
    """
    if raw.count(b"{") + raw.count(b"[") > DEEPEST and _depth(raw) > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} deep")
    try:
        item = DECODER.decode(raw.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise ValueError(f"it goes wrong at character {error.colno}; {holder.rule}") from None
    except UnicodeDecodeError:
        raise ValueError("it is not UTF-8") from None
    except InvalidOperation:
        raise ValueError("it holds a number that is out of reach") from None
    except _RefusedError as error:
        raise ValueError(str(error)) from None
    except ValueError:
        raise ValueError("it holds a number of too many digits") from None
    if not isinstance(item, dict):
        raise ValueError(holder.rule)
    return item


class _RefusedError(Exception):
    """JSON as Python reads it, but not what we take."""


def _refuse_constant(_name: str) -> NoReturn:
    raise _RefusedError("NaN and Infinity are no JSON; a missing value is null")


def _distinct_names(pairs: list[tuple[Any, Any]]) -> dict[object, object]:
    item = dict(pairs)
    if len(item) != len(pairs):
        raise _RefusedError("a name stands twice in an object")
    return item


DECODER = json.JSONDecoder(
    parse_float=Decimal, parse_constant=_refuse_constant, object_pairs_hook=_distinct_names
)
"""Made once: to make one takes longer than to read a line."""


def _depth(raw: bytes) -> int:
    """How deep brackets are nested outside of strings."""
    depth = deepest = 0
    in_string = escaped = False
    for character in raw:
        if in_string:
            if escaped:
                escaped = False
            elif character == 0x5C:
                escaped = True
            elif character == 0x22:
                in_string = False
        elif character == 0x22:
            in_string = True
        elif character in b"{[":
            depth += 1
            deepest = max(deepest, depth)
        elif character in b"}]":
            depth -= 1
    return deepest


def _skip_line(stream: io.BufferedReader) -> None:
    while (rest := stream.readline(_LONGEST_LINE)) and not rest.endswith(b"\n"):
        pass
