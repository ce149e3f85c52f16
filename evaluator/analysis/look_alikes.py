"""W851: characters that look like others, or that change the order in which a text is shown.

A Cyrillic letter in a Latin word, a blank of no width, a mark that turns the direction of writing:
what a person reads is not what the file says.
"""

import re
import unicodedata
from collections.abc import Iterator

from editwright.evaluator.analysis.run import Run
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source, Span

_INVISIBLE = frozenset(
    "\u061c\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad"
)
_CYRILLIC = (
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0423"
    "\u0406\u0408\u0405\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458"
    "\u0455\u04bb\u0501\u051b\u051d"
)
_GREEK = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4"
    "\u03a5\u03a7\u03bf\u03c1\u03bd"
)
_LOOKS_LATIN = dict(
    zip(
        _CYRILLIC + _GREEK,
        "ABEKMHOPCTXYIJSaeopcyxijshdqw" + "ABEZHIKMNOPTYXopv",
        strict=True,
    )
)
MU = "\u03bc"
"""The letter of micrograms, which stands in Latin words."""
_PIECE = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"|#[^\r\n]*')
_WORD = re.compile(r"[^\W_]+")


def look_alikes(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each piece of text."""
    for file in run.rules.files:
        if not file.source.text.isascii():
            yield from _of_source(file.source)


def _of_source(source: Source) -> Iterator[Diagnostic]:
    for piece in _PIECE.finditer(source.text):
        text = piece[0]
        if text.isascii():
            continue
        start = piece.start()
        hidden = next((at for at, each in enumerate(text) if each in _INVISIBLE), None)
        if hidden is not None:
            yield _finding(
                source, start + hidden, start + hidden + 1, text[hidden], "cannot be seen"
            )
            continue
        foreign = _is_foreign(text)
        for word in _WORD.finditer(text):
            at = _look_alike(word[0], foreign=foreign)
            if at is not None:
                character = word[0][at]
                place = start + word.start()
                yield _finding(
                    source, place, place + len(word[0]), character,
                    f"looks like `{_LOOKS_LATIN[character]}`",
                )  # fmt: skip
                break


def _is_foreign(text: str) -> bool:
    """Whether a text has letters of another script that look like no Latin ones: then it is
    written in that script."""
    return any(
        each not in _LOOKS_LATIN and _script(each) in ("CYRILLIC", "GREEK") and each != MU
        for each in text
    )


def _script(character: str) -> str:
    return unicodedata.name(character, "").partition(" ")[0]


def _look_alike(word: str, *, foreign: bool) -> int | None:
    """Where a word has a letter that is taken for a Latin one."""
    at = next((at for at, each in enumerate(word) if each in _LOOKS_LATIN), None)
    if at is None:
        return None
    latin = any("a" <= each.lower() <= "z" for each in word)
    if latin:
        return at
    alone = all(each in _LOOKS_LATIN or each.isdigit() for each in word)
    return at if alone and not foreign else None


def _finding(source: Source, start: int, end: int, character: str, how: str) -> Diagnostic:
    name = unicodedata.name(character, "a character without a name").lower()
    return Diagnostic(
        "W851",
        f"U+{ord(character):04X} ({name}) {how}",
        source,
        Span(start, end),
        help="type the word again",
    )
