"""Text to statements, and a statement to tokens.

A statement begins on a line that starts in the first column and takes in every following line
that is indented, blank or a comment. A token knows which terminals of the grammar it could be,
the likeliest first; the parser takes the first that fits where it stands. Two statements whose
tokens have the same keys therefore have the same parse tree. A keyword in upper case keeps its
case in its key: it may also be a code (the modifier `AS`).
"""

import re
from collections.abc import Iterator

from attrs import frozen

from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source, Span
from editwright.grammar.wrong_characters import what_to_do

WRONG = "?"
"""The key of what is no token."""
LONGEST_STATEMENT = 4 * 1024 * 1024
LONGEST_WORD = 200
DEEPEST_NESTING = 100

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_TOKEN = re.compile(
    r"""[ \t\r\n\f]+ | \#[^\r\n]*
      | (?P<word> [A-Za-z0-9_](?:[A-Za-z0-9_.\-]*(?:[A-Za-z0-9_]|(?=\*)))?\*? )
      | (?P<punctuation> <= | >= | != | [=<>(),:] )
      | (?P<string> "(?:[^"\\\r\n]|\\[^\r\n])*" )
      | (?P<wrong> . )""",
    re.VERBOSE | re.DOTALL,
)
_COMMENT = re.compile(r'"(?:[^"\\\r\n]|\\[^\r\n])*"|(?P<comment>#[^\r\n]*)')

_SLASHED_DATE = re.compile(r"(?<!\d)\d{1,2}/\d{1,2}/\d{2,4}")

_AFTER_RELATION_COMMA = {"same", "different", "within", "on", "ever"}
_AFTER_WHEN_OR = {"within", "on", "ever"}
_MOMENTS_OF_SAME = {"date", "claim", "calendar"}


@frozen(slots=True)
class Statement:
    """A stretch of the source that holds one statement (trailing blank lines left out)."""

    start: int
    end: int


@frozen(slots=True)
class Comment:
    """A comment, `text` from its `#` on. `alone`: nothing else stands on its line."""

    text: str
    start: int
    alone: bool


class Token:
    """A word, a text in quotes or a mark. `key` decides, with its neighbours, how it parses."""

    __slots__ = ("end", "key", "start", "text")

    def __init__(self, key: str, text: str, start: int, end: int) -> None:
        self.key = key
        self.text = text
        self.start = start
        self.end = end

    @property
    def span(self) -> Span:
        """Where the token stands."""
        return Span(self.start, self.end)


def split_statements(source: Source) -> Iterator[Statement | Diagnostic]:
    """The statements of a file in order; an indented line with nothing above is a problem."""
    text = source.text
    start = end = -1
    homeless = False
    position = 0
    while position < len(text):
        line = _LINE.match(text, position)
        assert line is not None
        next_position = line.end()
        content = text[position:next_position]
        stripped = content.strip(" \t\r\n\f")
        if stripped and not stripped.startswith("#"):
            if content[0] not in " \t\f":
                if start >= 0:
                    yield Statement(start, end)
                start, homeless = position, False
            elif start < 0 and not homeless:
                homeless = True
                at = position + len(content) - len(content.lstrip(" \t\f"))
                yield Diagnostic(
                    "E104",
                    "this line is indented, but there is no statement above it to continue",
                    source,
                    Span(at, at + 1),
                    here="a statement starts in the first column",
                    help="remove the blanks in front of the line",
                )
            end = position + len(content.rstrip(" \t\r\n\f"))
        position = next_position
    if start >= 0:
        yield Statement(start, end)


def begins_line(source: Source, position: int) -> bool:
    """Whether nothing but blanks stands before an offset on its line."""
    text = source.text
    start = max(text.rfind("\n", 0, position), text.rfind("\r", 0, position)) + 1
    return not text[start:position].strip(" \t\f")


def find_comments(text: str, start: int, end: int) -> list[Comment]:
    """The comments between two offsets."""
    comments: list[Comment] = []
    for match in _COMMENT.finditer(text, start, end):
        if match["comment"] is not None:
            at = match.start("comment")
            line_start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
            alone = not text[line_start:at].strip(" \t\f")
            comments.append(Comment(match["comment"].rstrip(), at, alone))
    return comments


def tokenize(
    source: Source,
    statement: Statement,
    keywords: frozenset[str],
    wrong: list[Diagnostic] | None = None,
) -> list[Token] | Diagnostic:
    """The tokens of one statement, or the first thing in it that is no token.

    With a list for what is `wrong`, each line is read up to the first thing that is no token; a
    token stands for the rest of the line that fits nowhere.
    """
    if statement.end - statement.start > LONGEST_STATEMENT:
        return _too_long(source, statement)
    tokens: list[Token] = []
    depth = negations = 0
    skipped = -1
    open_text = False
    for match in _TOKEN.finditer(source.text, statement.start, statement.end):
        kind = match.lastgroup
        if kind is None or match.start() < skipped:
            continue
        text = match[0]
        if kind == "word":
            if len(text) > LONGEST_WORD:
                return _long_word(source, match.start(), match.end())
            lower = text.lower()
            if lower not in keywords:
                key = "W"
            else:
                key = text if text.isupper() else lower
                negations += lower == "not"
        elif kind == "string":
            key = "S"
        elif kind == "wrong":
            problem = _wrong_character(source, match.start())
            if wrong is None:
                return problem
            line = _LINE.match(source.text, match.start())
            assert line is not None
            if not (open_text and text == line[0].strip()):
                wrong.append(problem)  # else the text that was not closed on its line ends here
            open_text = text == '"'
            skipped = line.end()
            key = WRONG
        else:
            key = text
            depth += (text == "(") - (text == ")")
        tokens.append(Token(key, text, match.start(), match.end()))
        if depth > DEEPEST_NESTING or negations > DEEPEST_NESTING:
            return _too_deep(source, tokens[-1].span)
    return _look_ahead(tokens)


def _look_ahead(tokens: list[Token]) -> list[Token]:
    """Tell apart the tokens whose meaning hangs on the words behind them."""
    merged: list[Token] = []
    count = len(tokens)
    position = 0
    while position < count:
        token = tokens[position]
        key = token.key.lower()
        following = tokens[position + 1].key.lower() if position + 1 < count else ""
        if key == ",":
            if following in _AFTER_RELATION_COMMA:
                token.key = ",relation"
        elif key == "or":
            after = tokens[position + 2].key.lower() if position + 2 < count else ""
            if following in _AFTER_WHEN_OR or (following == "same" and after in _MOMENTS_OF_SAME):
                token.key = "or-when"
        elif key == "at":
            if token.text == "AT" and following not in ("most", "place"):
                token.key = "modifier-at"
        elif token.key == "X" and following != "w":
            token.key = "W"  # a value, as in `with plan X`: behind `x` as a sign stands a number
        elif key == "not" and following == "in":
            token = _join(token, tokens[position + 1], "not-in")
            position += 1
        elif key == "age" and following == "in" and position + 2 < count:
            unit = tokens[position + 2]
            if unit.key.lower() in ("months", "days", "years"):
                token = _join(token, unit, "age-in-unit")
                position += 2
        merged.append(token)
        position += 1
    return merged


def _join(first: Token, last: Token, key: str) -> Token:
    text = last.text.lower() if key == "age-in-unit" else key
    return Token(key, text, first.start, last.end)


def _wrong_character(source: Source, at: int) -> Diagnostic:
    character = source.text[at]
    slashed = _SLASHED_DATE.search(source.text, max(0, at - 2), at + 8)
    if slashed and slashed.start() <= at < slashed.end():
        return Diagnostic(
            "E303",
            f"`{slashed[0]}` is not how dates are written here",
            source,
            Span(*slashed.span()),
            here="expected year-month-day",
            help="write `2025-03-01` for the first of March 2025",
        )
    span = Span(at, at + 1)
    if character == '"':
        line_end = len(source.line_text(source.line_and_column(at)[0]))
        column = source.line_and_column(at)[1]
        return Diagnostic(
            "E103",
            "this text in quotes does not end on its line",
            source,
            Span(at, at + line_end - column + 1),
            here='a closing `"` is missing',
            help='close the text with `"` on the same line; write `\\"` for a quote inside it',
        )
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    advice = what_to_do(source.text, at)
    return Diagnostic("E102", f"unexpected character `{shown}`", source, span, help=advice)


def _too_long(source: Source, statement: Statement) -> Diagnostic:
    return Diagnostic(
        "E105",
        f"this statement is longer than {LONGEST_STATEMENT:,} characters",
        source,
        Span(statement.start, statement.start + 1),
        help='put the codes into a file and write `codes NAME from "file.csv" column COLUMN`',
    )


def _long_word(source: Source, start: int, end: int) -> Diagnostic:
    return Diagnostic(
        "E105",
        f"a word of {end - start:,} characters cannot be a code, a name or a keyword",
        source,
        Span(start, end),
        help="is a blank or a comma missing?",
    )


def _too_deep(source: Source, span: Span) -> Diagnostic:
    return Diagnostic(
        "E105",
        f"conditions are nested more than {DEEPEST_NESTING} deep",
        source,
        span,
        help="split the rule into several, or give the values a list",
    )
