"""FHIR text to resources: Bundles and Parameters are opened, and every resource says its type."""

import io
import json
import re
from collections.abc import Iterator

from attrs import define, evolve, frozen

from editwright.evaluator.formats.fhir_decode import JsonError, ShapeError, decode, parse
from editwright.evaluator.formats.fhir_pieces import Piece, entries, member, pieces
from editwright.evaluator.formats.fhir_shapes import Kind, KindEntry

_KIND = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z0-9]{1,64})"')
_KIND_IN_ENTRY = re.compile(rb'"resource"\s*:\s*\{\s*"resourceType"\s*:\s*"([A-Za-z0-9]{1,64})"')
_NAME = re.compile(r"[A-Z][A-Za-z0-9]{1,63}")
_DEEPEST_BUNDLE = 8
CLAIM_KINDS = frozenset(("Claim", "ExplanationOfBenefit"))
PARTY_KINDS = frozenset(
    ("Patient", "Coverage", "Practitioner", "PractitionerRole", "Organization", "Condition")
)
"""The types of the resources that claims are joined with."""
_KNOWN_KINDS = {kind.encode(): kind for kind in CLAIM_KINDS | PARTY_KINDS}


@define(slots=True)
class Resource:
    """One resource as text."""

    kind: str
    row: int
    where: str
    raw: bytes
    in_entry: bool = False
    """Whether the text is the Bundle's entry, which holds it."""


@frozen(slots=True)
class Unreadable:
    """What stands where a resource should."""

    row: int
    where: str
    problem: str
    reason: str


def resources(stream: io.BufferedReader) -> Iterator[Resource | Unreadable]:
    """The resources of a text, those in Bundles one by one."""
    for piece in pieces(stream):
        kind = _known_kind(piece)
        if kind is None:
            yield from _opened(piece, 0)
        else:
            yield Resource(kind, piece.row, piece.where, piece.raw, piece.is_entry)


def _known_kind(piece: Piece) -> str | None:
    """The type of a resource that needs no second look: most are such."""
    match = (_KIND_IN_ENTRY.search if piece.is_entry else _KIND.match)(piece.raw)
    return None if match is None else _KNOWN_KINDS.get(match[1])


def _opened(piece: Piece, depth: int) -> Iterator[Resource | Unreadable]:
    row, where, raw = piece.row, piece.where, piece.raw
    if piece.problem:
        yield Unreadable(row, where, piece.problem, piece.reason)
        return
    try:
        kind = _kind_in_entry(raw) if piece.is_entry else _kind(raw)
    except (JsonError, ShapeError) as error:
        yield Unreadable(row, where, "a resource is not JSON", str(error))
        return
    if kind is None or not _NAME.fullmatch(kind):
        if piece.is_entry and kind is None and member(raw, b"resource") is None:
            if _kind(raw) is not None:  # else it may hold no more than what a server answered
                reason = "an entry has its resource under the name `resource`"
                yield Unreadable(
                    row, where, "a Bundle has a resource in the place of an entry", reason
                )
            return
        reason = "a FHIR resource says its type in `resourceType`"
        yield Unreadable(row, where, "an object is no FHIR resource", reason)
    elif kind == "Parameters" and depth < _DEEPEST_BUNDLE:
        yield from _of_parameters(piece, depth)
    elif kind != "Bundle":
        yield Resource(kind, row, where, raw, piece.is_entry)
    elif depth < _DEEPEST_BUNDLE:
        inner = member(raw, b"resource") if piece.is_entry else (0, len(raw))
        bundle = raw[slice(*inner)] if inner is not None else b""
        is_empty = True
        for entry in entries(bundle):
            is_empty = False
            place = ", ".join(filter(None, (where, entry.where)))
            yield from _opened(evolve(entry, row=row, where=place), depth + 1)
        if is_empty and member(bundle, b"entry") is not None:
            reason = "a Bundle's `entry` is a list, of one resource as well"
            yield Unreadable(row, where, "a Bundle's `entry` is no list", reason)
    else:
        reason = f"they are followed {_DEEPEST_BUNDLE} deep"
        yield Unreadable(row, where, "Bundles hold each other too deep", reason)


def _of_parameters(piece: Piece, depth: int) -> Iterator[Resource | Unreadable]:
    """The resources that somebody has submitted: operations such as `$submit` are asked so."""
    try:
        found = parse(piece.raw)
    except JsonError as error:
        yield Unreadable(piece.row, piece.where, "a resource is not JSON", str(error))
        return
    parameters = found.get("resource") if piece.is_entry else found
    given = parameters.get("parameter") if isinstance(parameters, dict) else None
    for index, each in enumerate(given if isinstance(given, list) else []):
        resource = each.get("resource") if isinstance(each, dict) else None
        if isinstance(resource, dict):
            place = ", ".join(filter(None, (piece.where, f"parameter[{index}]")))
            raw = json.dumps(resource).encode()
            yield from _opened(Piece(piece.row, place, raw), depth + 1)


def _kind(raw: bytes) -> str | None:
    match = _KIND.match(raw)
    return decode(Kind, raw).resource_type if match is None else match[1].decode()


def _kind_in_entry(raw: bytes) -> str | None:
    match = _KIND_IN_ENTRY.search(raw)
    if match is not None:
        return match[1].decode()
    resource = decode(KindEntry, raw).resource
    return None if resource is None else resource.resource_type
