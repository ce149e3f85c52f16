"""A character that the language does not use, to one line that says what to do about it."""

import re
import unicodedata

_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212"
_REPLACED_AS_ONE_TYPES = {
    **dict.fromkeys("\u201c\u201d\u201e\u2033\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2018\u2019", "'"),
    **dict.fromkeys(_DASHES, "-"),
    "\u2265": ">=",
    "\u2264": "<=",
    "\u2260": "!=",
}
_OTHER_ALPHABETS = dict(
    zip(
        "АВЕКМНОРСТУХІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",  # noqa: RUF001
        "ABEKMHOPCTYXIJSABEZHIKMNOPTYX",
        strict=True,
    )
)
"""Letters that look like ours, Cyrillic and Greek."""

_CODE = r"[0-9A-Z]{5}"
_SIGNED = re.compile(r"-\d")
_QUOTED = re.compile(r"'([0-9A-Za-z.]+\*?)'")


def what_to_do(text: str, at: int) -> str:
    """What the author of a text should do about the character at an offset."""
    character, before, behind = text[at], text[max(0, at - 20) : at], text[at + 1 : at + 21]
    between_words = before.rstrip()[-1:].isalnum() and behind.strip()[:1].isalnum()
    if character in _DASHES and between_words:
        return "write `to` instead: a range is `99202 to 99215`"
    if meant := _REPLACED_AS_ONE_TYPES.get(character):
        return f"write `{meant}` instead; word processors replace it as you type"
    if meant := _OTHER_ALPHABETS.get(character):
        return f"this letter only looks like `{meant}`: it is of another alphabet; type it again"
    if (plain := unicodedata.normalize("NFKC", character)).isascii() and plain.isalnum():
        return f"write `{plain}`: this is another character, only as wide as two"
    if unicodedata.category(character) in ("Zs", "Zl", "Zp") and character != "\u00a0":
        return "this is a blank of another kind; replace it by an ordinary one"
    if unicodedata.category(character) == "Cf":
        return (
            "remove this character, which cannot be seen; text copied from a web page may hold it"
        )
    match character:
        case "\u00a0":
            return "this is a non-breaking space; replace it by an ordinary one"
        case "\x00":
            return "the file holds NUL bytes; save it as plain text in UTF-8"
        case "'":
            quoted = _QUOTED.match(text, at)
            return (
                f"write `{quoted[1]}` without quotes"
                if quoted
                else ('texts stand in double quotes: `"`')
            )
        case "*":
            return "a prefix is written directly behind its digits, as in `992*`"
        case "%" if before[-1:].isalnum() and not re.search(r"[<>=] *[\d.]+$", before):
            return "a prefix is written with `*`: `992*`"
        case "&":
            return "write `and`"
        case "|":
            return "write `or`"
        case ";" if not behind.split("\n")[0].strip():
            return "remove it: a statement ends at the end of its line"
        case ";":
            return "separate codes with `,` or `or`"
        case "[" | "]" | "{" | "}":
            return "remove it; a list needs no brackets: `codes visits = 99202, 99203`"
        case "/" | "-" | "+":
            return _of_a_sign(character, before, behind)
        case _ if character.isalpha():
            return (
                "codes, names and keywords are written with the letters A to Z; a text in quotes"
                " may hold any character"
            )
        case _:
            return "remove it"


def _of_a_sign(character: str, before: str, behind: str) -> str:
    """What to do about `/`, `-` or `+`."""
    around = before[-1:] + behind[:1]
    if before[-1:] in ("", "\n") and behind[:1] in (character, "*"):
        return "a comment begins with `#`"
    if around == "  " and character != "/":
        return (
            "nothing is added or subtracted; days between two dates are written"
            " `days from date to received`"
        )
    if character == "-" and _SIGNED.match(character + behind):
        if re.search(r"within\s+$", before, re.IGNORECASE):
            return "a window has no sign: write `before` or `after` behind its days"
        return "numbers have no sign: none of the language is below 0"
    if character == "+" and (number := re.search(r"(\d+)$", before)):
        return f"write `>= {number[1]}`"
    if character == "/" and re.search(_CODE + "$", before) and re.match(_CODE, behind):
        return "separate codes with `,` or `or`"
    if len(around) == 2 and around.isdigit():
        return "a date is written `2025-03-01`, a range `99202 to 99215`"
    if len(around) == 2 and around.isalnum():
        return "put the name of a file in double quotes"
    return "remove it; codes are joined with `,` or `or`, a range with `to`"
