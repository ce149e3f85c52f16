"""FHIR text to resources: Bundles are opened, and every resource says its type."""

import io
import re
from collections.abc import Iterator

from attrs import define, evolve, frozen

from editwright.evaluator.formats.fhir_decode import JsonError, ShapeError, decode
from editwright.evaluator.formats.fhir_pieces import Piece, entries, member, pieces
from editwright.evaluator.formats.fhir_shapes import Kind

_KIND = re.compile(rb'\s*\{\s*"resourceType"\s*:\s*"([A-Za-z0-9]{1,64})"')
_NAME = re.compile(r"[A-Z][A-Za-z0-9]{1,63}")
_URL = re.compile(rb'"fullUrl"\s*:\s*"([^"\\]{1,2000})"')
_DEEPEST_BUNDLE = 8


@define(slots=True)
class Resource:
    """One resource as text."""

    kind: str
    row: int
    where: str
    raw: bytes
    url: str | None = None
    """The address that its Bundle gives it."""


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
        yield from _opened(piece, None, 0)


def _opened(piece: Piece, url: str | None, depth: int) -> Iterator[Resource | Unreadable]:
    row, where, raw = piece.row, piece.where, piece.raw
    if piece.problem:
        yield Unreadable(row, where, piece.problem, piece.reason)
        return
    if piece.is_entry:
        inner = member(raw, b"resource")
        if inner is None:
            return  # an entry may hold no more than what a server answered
        start, end = inner
        address = _URL.search(raw, 0, start) or _URL.search(raw, end)
        url = None if address is None else address[1].decode("utf-8", "replace")
        raw = raw[start:end]
    match = _KIND.match(raw)
    try:
        kind = match[1].decode() if match is not None else decode(Kind, raw).resource_type
    except (JsonError, ShapeError) as error:
        yield Unreadable(row, where, "a resource is not JSON", str(error))
        return
    if kind is None or not _NAME.fullmatch(kind):
        reason = "a FHIR resource says its type in `resourceType`"
        yield Unreadable(row, where, "an object is no FHIR resource", reason)
    elif kind != "Bundle":
        yield Resource(kind, row, where, raw, url)
    elif depth < _DEEPEST_BUNDLE:
        for entry in entries(raw):
            place = ", ".join(filter(None, (where, entry.where)))
            yield from _opened(evolve(entry, row=row, where=place), None, depth + 1)
    else:
        reason = f"they are followed {_DEEPEST_BUNDLE} deep"
        yield Unreadable(row, where, "Bundles hold each other too deep", reason)
