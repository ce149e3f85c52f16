"""The grammar file to a parse table, built by Lark once and then kept in the user's cache.

The table is plain numbers and names (JSON), bound to the grammar's text by its digest: a cache
that does not fit, or that is damaged, is built again and never trusted.
"""

import hashlib
import json
import os
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from attrs import frozen

from editwright.grammar.cache import cache_folder

TABLE_VERSION = 1
"""Raised whenever what is stored changes."""


@frozen(slots=True)
class GrammarRule:
    """One alternative: `keep` says for each of its symbols whether it stays in the tree."""

    origin: str
    name: str
    symbols: tuple[str, ...]
    keep: tuple[bool, ...]

    @property
    def inlined(self) -> bool:
        """Whether its children take its place in the tree."""
        return self.origin.startswith("_")


@frozen(slots=True, eq=False)
class ParseTable:
    """LALR(1) actions: `states[s][symbol]` is a state to go to (0 and up) or, below zero, the
    rule `-1 - action` to reduce by."""

    states: tuple[dict[str, int], ...]
    rules: tuple[GrammarRule, ...]
    start: int
    end: int
    keywords: dict[str, str]
    """Keyword or mark to its terminal."""


@cache
def load_parse_table() -> ParseTable:
    """The table of `edits.lark`, from the cache where it is there and sound."""
    grammar = files("editwright.grammar").joinpath("edits.lark").read_text(encoding="utf-8")
    digest = hashlib.sha256(f"{TABLE_VERSION}\n{grammar}".encode()).hexdigest()
    cached = _cache_file(digest)
    stored = _read(cached, digest)
    if stored is None:
        stored = _build(grammar, digest)
        _write(cached, stored)
    return _from_plain(stored)


def _cache_file(digest: str) -> Path | None:
    folder = cache_folder()
    return folder / f"grammar-{digest[:16]}.json" if folder is not None else None


def _read(path: Path | None, digest: str) -> dict[str, Any] | None:
    if path is None:
        return None
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        seal = stored.pop("seal")
        if stored["digest"] != digest or seal != _seal(stored):
            return None
        return dict(stored)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _write(path: Path | None, stored: dict[str, Any]) -> None:
    if path is None:
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_suffix(f".{os.getpid()}")
        temporary.write_text(json.dumps({**stored, "seal": _seal(stored)}), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        return  # a read-only home only costs the time to build the table again


def _seal(stored: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(stored, sort_keys=True).encode()).hexdigest()


def _build(grammar: str, digest: str) -> dict[str, Any]:
    from lark import Lark
    from lark.lexer import Lexer
    from lark.parsers.lalr_analysis import Shift

    class TokensComeFromOutside(Lexer):
        def __init__(self, _conf: object) -> None: ...

        def lex(self, lexer_state: object, parser_state: object) -> Any:
            raise NotImplementedError

    parser = Lark(
        grammar,
        parser="lalr",
        lexer=TokensComeFromOutside,
        start="statement",
        strict=True,
        maybe_placeholders=False,
    )
    table = parser.parser.parser._parse_table
    rules: list[list[Any]] = []
    number_of: dict[Any, int] = {}
    states: list[dict[str, int]] = [{} for _ in table.states]
    for state, actions in table.states.items():
        for symbol, (action, argument) in actions.items():
            if action is Shift:
                states[state][str(symbol)] = argument
                continue
            if argument not in number_of:
                number_of[argument] = len(rules)
                rules.append(_plain_rule(argument))
            states[state][str(symbol)] = -1 - number_of[argument]
    return {
        "digest": digest,
        "states": states,
        "rules": rules,
        "start": table.start_states["statement"],
        "end": table.end_states["statement"],
        "keywords": {
            each.pattern.value.replace("\\", ""): each.name
            for each in parser.terminals
            if each.pattern
        },
    }


def _plain_rule(rule: Any) -> list[Any]:
    origin = str(rule.origin.name)
    symbols = [str(each.name) for each in rule.expansion]
    keep = [not getattr(each, "filter_out", False) for each in rule.expansion]
    return [origin, str(rule.alias or origin), symbols, keep]


def _from_plain(stored: dict[str, Any]) -> ParseTable:
    intern = sys.intern
    return ParseTable(
        tuple(
            {intern(symbol): goal for symbol, goal in state.items()} for state in stored["states"]
        ),
        tuple(
            GrammarRule(origin, intern(name), tuple(symbols), tuple(keep))
            for origin, name, symbols, keep in stored["rules"]
        ),
        stored["start"],
        stored["end"],
        {text: intern(name) for text, name in stored["keywords"].items()},
    )
