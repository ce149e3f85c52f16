"""JSON text of a resource to its shape (see `fhir_shapes`).

With msgspec a resource of the right shape is read in one pass. What msgspec does not take, and
everything where it is not installed, is read by the standard library and shaped here, which has
the last word: both ways give the same answer. One bad item spoils no other item.
"""

import json
import re
import types
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from editwright.evaluator.formats.fhir_shapes import Claim, ClaimEntry, Item
from editwright.evaluator.kernels.repeated_text import RepeatedText

T = TypeVar("T")

_KINDS: Mapping[type, str] = {
    str: "text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}
_ITEM_LISTS = RepeatedText(b'"item"')
_NUMBER = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
"""Numbers as some senders write them, between quotes."""
_NO_NAME = "(left out)"
_ALL: frozenset[str] = frozenset()
_WITHOUT_AMOUNTS = frozenset(("adjudication",))
_NOTHING_BAD: Mapping[int, "ShapeError"] = {}


class JsonError(ValueError):
    """Text that is no JSON, or JSON beyond the limits; the reason quotes nothing of it."""


class ShapeError(ValueError):
    """A part of a resource that is not what FHIR says it is."""

    def __init__(self, path: str, expected: str, found: object) -> None:
        super().__init__(f"{path} must be {expected}, and is {_found(found)}")


class VersionError(ValueError):
    """A resource of a FHIR version that is not read."""


def decode(shape: type[T], raw: bytes) -> T:
    """The resource of this shape in JSON text. Raises `JsonError` and `ShapeError`."""
    found = _fast(shape, raw, _ALL)
    return shaped(shape, parse(raw), "") if found is None else found


def decode_claim(
    raw: bytes, *, in_entry: bool = False, amounts: bool = True
) -> tuple[Claim, str | None, Mapping[int, ShapeError]]:
    """The claim in JSON text, or in the text of the entry that holds it; the address that the
    entry gives; and what is wrong with those of its items that have no shape.

    Such an item is empty. Without `amounts` what was adjudicated may be left out: it is half of
    an ExplanationOfBenefit. Raises `JsonError`, `VersionError`, and `ShapeError` for what all
    items share.
    """
    if not _ITEM_LISTS.is_in(raw):  # of two lists of items one would be lost
        left_out = _ALL if amounts else _WITHOUT_AMOUNTS
        if not in_entry:
            claim = _fast(Claim, raw, left_out)
            if claim is not None:
                return claim, None, _NOTHING_BAD
        elif (entry := _fast(ClaimEntry, raw, left_out)) is not None and entry.resource:
            return entry.resource, entry.full_url, _NOTHING_BAD
    text = parse(raw)
    url = text.get("fullUrl") if in_entry else None
    found = text.get("resource") if in_entry else text
    if not isinstance(found, dict):
        raise ShapeError("resource", "an object", found)
    claim, bad_items = _claim_and_bad_items(found)
    return claim, url if isinstance(url, str) else None, bad_items


def _claim_and_bad_items(found: dict[str, Any]) -> tuple[Claim, Mapping[int, ShapeError]]:
    if isinstance(found.get("type"), str):
        raise VersionError("it is FHIR DSTU2, which is not read; give R4, or STU3")
    items = found.pop("item", None)
    items = [] if items is None else items
    if not isinstance(items, list):
        raise ShapeError("item", "a list", items)
    claim = shaped(Claim, found, "")
    bad: dict[int, ShapeError] = {}
    read: list[Item] = []
    for index, item in enumerate(items):
        try:
            read.append(shaped(Item, item, ""))
        except ShapeError as error:
            bad[index] = error
            read.append(Item())
    claim.item = tuple(read)
    return claim, bad


def parse(raw: bytes) -> dict[str, Any]:
    """The JSON object in a text. Raises `JsonError`."""
    try:
        found = json.loads(
            raw.decode("utf-8-sig").strip(),
            parse_constant=_refuse_constant,
            object_pairs_hook=_with_one_item_list,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise JsonError(f"it goes wrong at {place}character {error.colno}") from None
    except UnicodeDecodeError:
        raise JsonError("it is not UTF-8") from None
    except RecursionError:
        raise JsonError("it is nested too deep") from None
    except JsonError:
        raise
    except ValueError:
        raise JsonError("it holds a number of too many digits") from None
    if not isinstance(found, dict):
        raise JsonError("it is no JSON object")
    return found


def shaped(shape: type[T], value: object, path: str) -> T:
    """The value as a shape. Raises `ShapeError`."""
    if not isinstance(value, dict):
        raise ShapeError(path or "the item", "an object", value)
    found: dict[str, object] = {}
    hashable: Any = shape
    for ours, (theirs, convert) in _fields(hashable).items():
        if (part := value.get(theirs)) is not None:
            found[ours] = convert(part, f"{path}.{theirs}" if path else theirs)
    return shape(**found)


def _fast(shape: type[T], raw: bytes, left_out: frozenset[str]) -> T | None:
    """What msgspec makes of the text; `None` if that is nothing."""
    hashable: Any = shape
    read = _fast_decoder(hashable, left_out)
    if read is None:
        return None
    try:
        found: T | None = read(raw) if raw.isascii() or raw.decode() else None
    except (ValueError, RecursionError):
        return None
    return found


@cache
def _fast_decoder(shape: Any, left_out: frozenset[str]) -> Callable[[bytes], Any] | None:
    """The decoder of msgspec for a structure like this shape, where msgspec is installed."""
    try:
        import msgspec
    except ImportError:
        return None
    read: Callable[[bytes], Any] = msgspec.json.Decoder(_structure(shape, left_out)).decode
    return read


@cache
def _structure(shape: Any, left_out: frozenset[str]) -> Any:
    """The msgspec structure with the fields of a shape; those left out keep their defaults."""
    import msgspec

    hints = get_type_hints(shape)
    fields = [
        (each.name, _structural(hints[each.name], left_out), each.default)
        for each in attrs.fields(shape)
    ]
    names = {
        each.name: _NO_NAME if each.name in left_out else _camel(each.name)
        for each in attrs.fields(shape)
    }
    can_be_hashed = shape.__hash__ is not None
    return msgspec.defstruct(
        shape.__name__, fields, rename=names, gc=False, frozen=can_be_hashed, eq=can_be_hashed
    )


def _structural(hint: Any, left_out: frozenset[str]) -> Any:
    """A type hint with structures in the place of shapes."""
    if attrs.has(hint):
        return _structure(hint, left_out)
    if get_origin(hint) is tuple:
        return tuple[_structural(get_args(hint)[0], left_out), ...]  # type: ignore[misc]
    if get_origin(hint) in (types.UnionType, Union):
        return Union[tuple(_structural(each, left_out) for each in get_args(hint))]  # noqa: UP007
    return hint


@cache
def _fields(shape: Any) -> Mapping[str, tuple[str, Callable[[object, str], object]]]:
    """The fields of a shape: FHIR's name for each, and what converts its value."""
    hints = get_type_hints(shape)
    return {
        each.name: (_camel(each.name), _converter(hints[each.name])) for each in attrs.fields(shape)
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.title() for part in rest)


def _converter(hint: Any) -> Callable[[object, str], object]:
    if attrs.has(hint):
        return lambda value, path: shaped(hint, value, path)
    if get_origin(hint) is tuple:
        return _list_converter(_converter(get_args(hint)[0]))
    if get_origin(hint) in (types.UnionType, Union):
        return _union_converter([each for each in get_args(hint) if each is not types.NoneType])
    return _plain_converter(hint)


def _list_converter(one: Callable[[object, str], object]) -> Callable[[object, str], object]:
    def convert(value: object, path: str) -> object:
        if not isinstance(value, list):
            raise ShapeError(path, "a list", value)
        return tuple(
            one(each, f"{path}[{index}]") for index, each in enumerate(value) if each is not None
        )

    return convert


def _union_converter(hints: list[Any]) -> Callable[[object, str], object]:
    """A number of either kind, one value, or a list or a single one of the same shape."""
    if set(hints) == {int, float}:
        return _plain_converter(float)
    if len(hints) == 1:
        return _converter(hints[0])
    as_list = next(_converter(each) for each in hints if get_origin(each) is tuple)
    as_one = next(_converter(each) for each in hints if get_origin(each) is not tuple)
    return lambda value, path: (as_list if isinstance(value, list) else as_one)(value, path)


def _plain_converter(kind: type) -> Callable[[object, str], object]:
    accepted: tuple[type, ...] = (int, float) if kind is float else (kind,)

    def convert(value: object, path: str) -> object:
        if kind in (int, float):
            value = _number_in(value, kind)
        if not isinstance(value, accepted) or (isinstance(value, bool) and kind is not bool):
            raise ShapeError(path, _KINDS[kind], value)
        return value

    return convert


def _number_in(value: object, kind: type) -> object:
    """The number that a text is, or a whole number with a point, which lose nothing; else the
    value itself."""
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = float(value) if "." in value else int(value)
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _found(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "true or false"
        case str():
            return "text"
        case None:
            return "null"
        case _:
            return "a number"


def _refuse_constant(_name: str) -> NoReturn:
    raise JsonError("NaN and Infinity are no JSON")


def _with_one_item_list(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object; of names that stand twice the last counts, but no lines may be lost so."""
    found = dict(pairs)
    if len(found) != len(pairs) and [name for name, _ in pairs].count("item") > 1:
        raise JsonError("`item` stands twice in an object")
    return found
