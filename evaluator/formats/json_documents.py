"""JSON that is no NDJSON to service lines, one object at a time; or to lines of NDJSON.

The text is an array of objects, or objects one after the other that may take many lines each. An
object may also be a wrapper: it holds the array under a name such as `claims`, with other values
before and behind it. The text is never held as a whole: its items are cut out of the bytes as they
come in, and each is then read like a line of NDJSON.
"""

import io
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

from editwright.evaluator.formats.claim_objects import is_list_of_lines
from editwright.evaluator.formats.column_plan import has_column, plan_columns
from editwright.evaluator.formats.head import object_names
from editwright.evaluator.formats.intake import Intake
from editwright.evaluator.formats.json_text import JsonText
from editwright.evaluator.formats.ndjson import Holder, lines_in
from editwright.evaluator.formats.objects import ObjectRows
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.utf16 import in_utf8
from editwright.evaluator.lines.service_line import ServiceLine

ITEM = Holder("an item", "each item must be an object: a service line, or a claim with its lines")
_WRAPPERS = frozenset(("claims", "data", "records", "items", "rows", "results"))
"""What the array is called in a wrapper, beside the names that a list of lines has."""
_SAID_OF_ANSWERS = frozenset(("status",))
"""Columns of ours whose names say something else of a wrapper."""


def json_lines(source: Source, stream: io.BufferedReader, intake: Intake) -> Iterator[ServiceLine]:
    """The service lines of a JSON text. Raises `ClaimsError` where it breaks off, and if it holds
    no claim."""
    rows = ObjectRows(intake)
    for number, raw in enumerate(document_items(source.name, stream, intake), 1):
        yield from lines_in(rows, intake, number, raw, ITEM)
    rows.expect_readable()


class ItemLines(io.RawIOBase):
    """The items of a JSON text as lines, each with a line feed behind it. Reading raises
    `ClaimsError` where the text breaks off."""

    def __init__(self, source: Source, stream: io.BufferedReader, intake: Intake) -> None:
        self._items = document_items(source.name, stream, intake)
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        """Fill a buffer, and return how many bytes were put into it: none at the end."""
        lines, size = [self._waiting], len(self._waiting)
        while size < len(buffer) and (item := next(self._items, None)) is not None:
            lines.append(item + b"\n")
            size += len(item) + 1
        text = b"".join(lines)
        count = min(size, len(buffer))
        buffer[:count], self._waiting = text[:count], text[count:]
        return count


def document_items(name: str, stream: io.BufferedReader, intake: Intake) -> Iterator[bytes]:
    """The items of a JSON text, each on one line: between values a tab says the same as a line
    feed, and within a string neither may stand. Raises `ClaimsError` where the text breaks off."""
    text = JsonText(name, in_utf8(stream))
    is_key = lru_cache(maxsize=1000)(intake.is_key)
    if text.is_array:
        yield from _array_items(text)
        if text.next_byte():
            raise text.broken("something follows its closing bracket")
        return
    while start := text.next_byte():
        if start != b"{":
            raise text.broken("there is something that is no object")
        if not text.is_flat_object and (wrapper := _entered(text, is_key)) is not None:
            yield from _wrapped_items(text, wrapper, intake)
        else:
            yield _on_one_line(text.item())
            text.items += 1


def wrapped_text(text: str) -> str | None:
    """If a text starts with a wrapper: the text from the first item in it."""
    if not any(f'"{name}"' in text for name in _WRAPPERS) and "ines" not in text.lower():
        return None
    found = JsonText("", io.BytesIO(text.encode("utf-8", "replace")))
    if found.next_byte() != b"{" or _entered(found, _is_claim_id) is None:
        return None
    found.skip(1)
    found.next_byte()
    return found.held().decode("utf-8", "replace")


def _is_claim_id(name: str) -> bool:
    return has_column((name,), "claim_id", {})


def _array_items(text: JsonText) -> Iterator[bytes]:
    """The items of the array that begins here."""
    text.skip(1)
    if text.next_byte() == b"]":
        text.skip(1)
        return
    while True:
        yield _on_one_line(text.item())
        text.items += 1
        end = text.next_byte()
        if end not in (b",", b"]"):
            raise text.broken("its items are not separated by commas")
        text.skip(1)
        if end == b"]":
            return
        if text.next_byte() in (b"]", b","):
            raise text.broken("a comma has no item after it")


def _on_one_line(item: bytes) -> bytes:
    return item.replace(b"\n", b"\t")


def _entered(text: JsonText, is_key: Callable[[str], bool]) -> list[str] | None:
    """Go to the array in the wrapper that begins here; the names up to it. If the object is none,
    stay where it begins.

    What has a claim's id beside the array is itself a claim, or a line with a list.
    """
    text.mark()
    names: list[str] = []
    try:
        for name in _names(text):
            if is_key(name):
                break
            names.append(name)
            if _starts_items(text, name, is_key):
                text.go_on()
                return names
            text.item()
    except ClaimsError:  # it is no whole object, which taking it says
        pass
    text.back()
    return None


def _wrapped_items(text: JsonText, names: list[str], intake: Intake) -> Iterator[bytes]:
    """The items of the wrapper whose first array begins here, and what stands behind it."""
    array = names.pop()
    yield from _array_items(text)
    for name in _names(text, goes_on=True):
        if _starts_items(text, name, intake.is_key):
            yield from _array_items(text)
        else:
            names.append(name)
            text.item()
    for name in names:
        if plan_columns((name,), source="", column_map={}, complete=False).found.keys() - (
            _SAID_OF_ANSWERS
        ):
            intake.note(
                f"`{name}` beside the list `{array}` was not read: give it with each item of the "
                "list"
            )


def _names(text: JsonText, *, goes_on: bool = False) -> Iterator[str]:
    """The names in the object that begins or goes on here; the text stands before the value of
    each, which must be passed. Raises `ClaimsError` where it is no object."""
    if not goes_on:
        text.skip(1)
        if text.next_byte() == b"}":
            text.skip(1)
            return
    while True:
        if goes_on:
            end = text.next_byte()
            if end not in (b",", b"}"):
                raise text.broken("an object is not closed, or lacks a comma")
            text.skip(1)
            if end == b"}":
                return
            text.next_byte()
        goes_on = True
        name = text.name()
        if text.next_byte() != b":":
            raise text.broken("a name has no value")
        text.skip(1)
        text.next_byte()
        yield name


def _starts_items(text: JsonText, name: str, is_key: Callable[[str], bool]) -> bool:
    """Whether the value that begins here is a wrapper's array. A list that has the name of a
    claim's lines is one if its items have claim ids of their own."""
    is_lines = is_list_of_lines(name)
    if not (is_lines or name.lower() in _WRAPPERS) or text.next_byte() != b"[":
        return False
    return text.ahead(lambda: _holds_items(text, is_key if is_lines else None))


def _holds_items(text: JsonText, is_key: Callable[[str], bool] | None) -> bool:
    text.skip(1)
    start = text.next_byte()
    if is_key is None or start != b"{":
        return start == b"{" or (start == b"]" and is_key is None)
    names = object_names(text.item().decode("utf-8", "replace"))
    return names is not None and any(map(is_key, names))
