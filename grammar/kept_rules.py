"""Rule files to the checked rules that claims are judged by: of many rules, they are checked once
and then kept in the user's cache.

What is kept is named by the texts and by the code that checks them, and is used where the files
that these texts name (used files and tables) are what they were. Nothing can come out of a kept
file but the values that rules consist of: no other class is known to its reader.
"""

import pickle
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from hashlib import sha256
from io import BytesIO
from operator import attrgetter
from pathlib import Path
from typing import Any

from attrs import evolve, fields

from editwright.grammar import checked, codes, diagnostics
from editwright.grammar.cache import Kept, cache_folder, code_digest, keep, kept
from editwright.grammar.check import Checked, check_with
from editwright.grammar.checked import CheckedRules
from editwright.grammar.codes import Kind
from editwright.grammar.collector import collection_paused
from editwright.grammar.declarations import Library, text_digest
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.parse import read_source
from editwright.grammar.source import Source, Span
from editwright.grammar.tables import TableData

MANY_CHARACTERS = 100_000
"""Shorter texts are checked about as fast as they would be found again."""

Shared = Source | TableData
"""What rules are not made of, but belong to."""
_KINDS = {each.noun: each for each in vars(codes).values() if isinstance(each, Kind)}
_CLASSES: tuple[type[Any], ...] = (
    checked.FieldRef, checked.RowValue, checked.Values, checked.Comparison, checked.Member,
    checked.Missing, checked.Negation, checked.Both, checked.Either, checked.Lines,
    checked.Moment, checked.Likeness, checked.Relation, checked.Partners, checked.Needs,
    checked.Excludes, checked.Violates, checked.Limit, checked.Exemption,
    checked.PartnerExemption, checked.Interval, checked.Ruleset, checked.Rule,
    checked.GivenLine, checked.Expected, checked.Example, checked.CheckedFile,
    checked.CheckedRules, codes.CodeSet, diagnostics.Diagnostic, diagnostics.Label,
    diagnostics.Claim, Span,
)  # fmt: skip
_OTHERS: tuple[type[Any], ...] = (checked.Written, Decimal, date)


def rules_to_judge_by(sources: Sequence[Source | Diagnostic]) -> Checked:
    """What `check_sources` finds, without the nodes of the rules."""
    texts = [each for each in sources if isinstance(each, Source)]
    digest = _digest(texts) if len(texts) == len(sources) else None
    found = kept("rules", digest) if digest is not None else None
    if found is not None:
        with collection_paused():
            whole = _from_kept(found, texts)
        if whole is not None:
            return whole
    library = Library()
    new = check_with(library, sources)
    if new.rules is None:
        return new
    new = evolve(new, rules=new.rules.without_nodes())
    if digest is not None:
        with collection_paused():
            _keep(digest, new, texts, library)
    return new


def _digest(texts: Sequence[Source]) -> str | None:
    """What tells these texts and where they stand from all others; nothing where they are not
    kept."""
    if cache_folder() is None or sum(len(each.text) for each in texts) < MANY_CHARACTERS:
        return None
    code = _code()
    if code is None:
        return None
    named = [(str(each.path and each.path.absolute()), text_digest(each.text)) for each in texts]
    return sha256(f"{code} {named}".encode(errors="surrogatepass")).hexdigest()


@cache
def _code() -> str | None:
    return code_digest(Path(__file__).parent)


def _keep(digest: str, whole: Checked, texts: Sequence[Source], library: Library) -> None:
    import numpy as np

    tables = [each for each in library.tables.values() if isinstance(each, TableData)]
    if len(tables) < len(library.tables) or not all(each.digest for each in tables):
        return
    try:
        shared: list[Shared] = [*texts, *library.used.values(), *tables]
        data = to_bytes((whole.rules, tuple(whole.diagnostics)), shared)
    except (pickle.PicklingError, RecursionError):
        return
    words = {
        "used": [
            [str(path), used.name, text_digest(used.text)] for path, used in library.used.items()
        ],
        "tables": [
            [str(path), table.digest] for path, table in zip(library.tables, tables, strict=True)
        ],
    }
    keep("rules", digest, words, {"rules": np.frombuffer(data, np.uint8)})


def _from_kept(kept: Kept, texts: Sequence[Source]) -> Checked | None:
    """What was found; nothing where a file that the texts name has changed."""
    try:
        shared: list[Shared] = list(texts)
        for path, name, digest in kept.words["used"]:
            used = read_source(Path(path), name)
            if isinstance(used, Diagnostic) or text_digest(used.text) != digest:
                return None
            shared.append(used)
        library = Library()
        for path, digest in kept.words["tables"]:
            table = library.table(Path(path))
            if not isinstance(table, TableData) or table.digest != digest:
                return None
            shared.append(table)
        rules, found = from_bytes(memoryview(kept.columns["rules"]), shared)
    except (
        pickle.UnpicklingError, KeyError, IndexError, TypeError, ValueError, AttributeError,
        EOFError, RecursionError,
    ):  # fmt: skip
        return None
    return Checked(rules, list(found)) if isinstance(rules, CheckedRules) else None


# ---- rules as bytes


def shared_by(rules: CheckedRules, found: Sequence[Diagnostic]) -> tuple[Shared, ...]:
    """The texts and tables that rules, and what was found about them, share."""
    tables = [rule.table for rule in rules.rules if rule.table is not None]
    shared: list[Shared] = [file.source for file in rules.files]
    for each in found:
        shared += [each.source, *(label.source for label in each.labels)]
    return tuple({id(each): each for each in [*shared, *tables]}.values())


def to_bytes(whole: Any, shared: Sequence[Shared]) -> bytes:
    """Rules, and what consists of them, as bytes; what is `shared` is named by its place. Raises
    PicklingError for anything else."""
    data = BytesIO()
    _Writer(data, shared).dump(whole)
    return data.getvalue()


def from_bytes(data: bytes | memoryview, shared: Sequence[Shared]) -> Any:
    """What `to_bytes` was given."""
    return _Reader(data, shared).load()


class _Writer(pickle.Pickler):
    def __init__(self, file: BytesIO, shared: Sequence[Shared]) -> None:
        super().__init__(file, protocol=5)
        self._shared = {id(each): at for at, each in enumerate(shared)}

    def persistent_id(self, obj: Any) -> str | int | None:
        kind = type(obj)
        if kind is Source or kind is TableData:
            at = self._shared.get(id(obj))
            if at is None:
                raise pickle.PicklingError("a file that is not shared")
            return at
        return obj.noun if kind is Kind else None

    def reducer_override(self, obj: Any) -> Any:
        values = _VALUES_OF.get(type(obj))
        if values is not None:
            return type(obj), values(obj)
        if type(obj) in _OTHERS or obj in _CLASSES or obj in _OTHERS:
            return NotImplemented
        raise pickle.PicklingError(f"{type(obj).__name__} is no part of a rule")


class _Reader(pickle.Unpickler):
    def __init__(self, data: bytes | memoryview, shared: Sequence[Shared]) -> None:
        super().__init__(BytesIO(data))
        self._shared = shared

    def persistent_load(self, pid: Any) -> Source | TableData | Kind:
        return _KINDS[pid] if isinstance(pid, str) else self._shared[pid]

    def find_class(self, module: str, name: str) -> Any:
        return _KNOWN[name]


def _values_of(kind: type[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """What the values of a class are made of, in the order in which it takes them."""
    names = [each.name for each in fields(kind)]
    get = attrgetter(*names)
    return get if len(names) > 1 else lambda each: (get(each),)


_VALUES_OF: dict[type[Any], Callable[[Any], tuple[Any, ...]]] = {
    kind: _values_of(kind) for kind in _CLASSES
}
_VALUES_OF[checked.Written] = lambda each: (each.source, each.span)
_KNOWN = {kind.__name__: kind for kind in (*_CLASSES, *_OTHERS)}
