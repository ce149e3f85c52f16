"""The start of a file to what formats look at when they recognise theirs.

Text is decoded whatever its encoding: UTF-8, UTF-16 with or without a byte order mark, or
something that keeps ASCII as it is.
"""

import codecs
import csv
import json
import re
from collections.abc import Sequence

from attrs import frozen

DELIMITERS = ",\t|;"
_ENCODINGS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FIRST_CHARACTERS = 64
_NESTED = re.compile(r"[\[{]")
_DEEPEST = 64
_DECODER = json.JSONDecoder(parse_int=str)
"""Takes numbers of any length: they are looked at when they are read."""
_DECLARED = re.compile(rf"\"?sep=([{re.escape(DELIMITERS)}])\"?", re.IGNORECASE)


@frozen(slots=True)
class Head:
    """The first 64 KiB of a file, or all of a shorter one; the text that they are, without byte
    order mark and leading blanks; and the cells of its first line, if it is a delimited text."""

    raw: bytes
    text: str
    header: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        """The cells of the first line in lower case: what layouts are recognised by."""
        return frozenset(name.strip().lower() for name in self.header)


def head_of(raw: bytes) -> Head:
    """The head of a file that starts with these bytes."""
    text = _text(raw).lstrip("\ufeff \t\r\n")
    return Head(raw, text, _header(text))


def object_names(text: str) -> Sequence[str] | None:
    """The names in the JSON object that a text starts with; `None` where none can be told.

    An object that goes beyond the text has the names that are seen.
    """
    if len(_NESTED.findall(text)) > _DEEPEST:
        return names_within(text)
    try:
        item, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return names_within(text)
    return list(item) if isinstance(item, dict) else None


def is_multiline_object(text: str) -> bool:
    """Whether a text starts with a JSON object that takes more than one line; or with what is one
    as far as the text goes.

    A first line of NDJSON that is broken is none: the second one starts another object.
    """
    first, _, rest = text.partition("\n")
    if not text.startswith("{") or not rest.strip():
        return False
    try:
        return _DECODER.raw_decode(text)[1] > len(first)
    except RecursionError:
        return not _is_object(first) and not rest.startswith("{")
    except ValueError:
        seen = text[: text.rfind("\n")].rstrip()  # the last line may be cut off
    try:
        return _DECODER.raw_decode(seen)[1] > len(first)
    except json.JSONDecodeError as error:
        wrong = error.pos
    if wrong >= len(seen):
        return not _is_object(rest.partition("\n")[0])
    return wrong > len(first) and not seen.startswith("\n{", wrong - 1)


def _is_object(line: str) -> bool:
    """Whether a line is a whole object, or too deep to say."""
    try:
        return isinstance(_DECODER.decode(line), dict)
    except ValueError:
        return False
    except RecursionError:
        return True


def names_within(text: str) -> Sequence[str] | None:
    """The names in a text that starts with a JSON object, however deep they stand."""
    names = re.findall(r'"([^"\\]{1,100})"\s*:', text)
    return list(dict.fromkeys(names)) if text.startswith("{") and names else None


def _text(raw: bytes) -> str:
    for mark, encoding in _ENCODINGS:
        if raw.startswith(mark):
            return raw.decode(encoding, "replace")
    first = raw[: 2 * _FIRST_CHARACTERS]
    if first.count(0) * 3 > len(first):
        return raw.decode("utf-16-be" if first[:1] == b"\0" else "utf-16-le", "replace")
    return raw.decode("utf-8", "replace")


def delimiter_of(line: str) -> str:
    """What separates the cells of a header: the delimiter that it has most of."""
    return max(DELIMITERS, key=line.count)


def declared_delimiter(line: str) -> str | None:
    """What a first line such as `sep=;`, which Excel writes and understands, says of the others."""
    found = _DECLARED.fullmatch(line.strip("\ufeff\r\n "))
    return None if found is None else found[1]


def _header(text: str) -> tuple[str, ...]:
    line, _, rest = text.partition("\n")
    if declared_delimiter(line) is not None:
        line = rest.lstrip("\r\n").partition("\n")[0]
    line = line.rstrip("\r")
    try:
        return tuple(next(csv.reader([line], delimiter=delimiter_of(line)), ()))
    except csv.Error:
        return ()
