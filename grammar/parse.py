"""A rule file's text to its nodes: every statement that can be read, and every problem.

Statements are read one by one, so a slip in one costs no other.
"""

import codecs
from pathlib import Path

from editwright.grammar import nodes
from editwright.grammar.collector import collection_paused
from editwright.grammar.diagnostics import Diagnostic, nearest
from editwright.grammar.problems import MOST_PROBLEMS
from editwright.grammar.recover import read_on
from editwright.grammar.source import Source, Span
from editwright.grammar.syntax import Misfit, Syntax, syntax
from editwright.grammar.tokens import Statement, Token, split_statements, tokenize
from editwright.grammar.tree_to_nodes import TreeToNodes

LARGEST_FILE = 64 * 1024 * 1024

_LIST_WORDS = {"codes", "diagnoses", "modifiers", "places", "specialties", "revenue", "bill"}
_GOING_ON = {"W", ",", "or", "to", "except"}
_RULE_VERBS = {"requires", "not", "allowed", "at"}


def read_source(path: Path, name: str) -> Source | Diagnostic:
    """The text of a rule file, or why it has none."""
    nothing = Source(name, "", path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)  # a device may have no end, and says size 0
        if len(data) > LARGEST_FILE:
            return _unreadable(nothing, f"the file is larger than {LARGEST_FILE:,} bytes")
    except FileNotFoundError:
        return _unreadable(nothing, "there is no such file", _file_meant(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        return _unreadable(nothing, f"the file cannot be read: {(reason or 'a bad path').lower()}")
    return decode(data, name, path)


def read_rule_files(path: Path) -> list[Source | Diagnostic]:
    """The texts of a rule file or of all rule files below a folder, which must have one."""
    try:
        is_folder = path.is_dir()
    except OSError:  # a name that is too long: reading says so
        is_folder = False
    if not is_folder:
        return [read_source(path, str(path))]
    found = sorted(each for each in path.rglob("*.edits") if not each.is_dir())
    if not found:
        return [
            _unreadable(Source(str(path), "", path), "there are no .edits files in this folder")
        ]
    return [read_source(each, str(each)) for each in found]


_DOCUMENTS = {
    b"PK\x03\x04": "a document of Word or Excel, or a zip file",
    b"\xd0\xcf\x11\xe0": "a document of an older Word or Excel",
    b"%PDF-": "a PDF",
    b"{\\rtf": "a document in RTF",
}
"""What is taken for a rule file by mistake, by its first bytes."""


def decode(data: bytes, name: str, path: Path | None = None) -> Source | Diagnostic:
    """The text of a rule file's bytes, or where they stop being UTF-8."""
    data = data.removeprefix(codecs.BOM_UTF8)
    for beginning, what in _DOCUMENTS.items():
        if data.startswith(beginning):
            return _unreadable(Source(name, "", path), f"the file is {what}, not plain text")
    try:
        return Source(name, data.decode("utf-8"), path)
    except UnicodeDecodeError as error:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            readable = data.decode("utf-16", errors="replace")
            return Diagnostic(
                "E101",
                "the file is UTF-16, not UTF-8",
                Source(name, readable, path),
                Span(0, 1),
                help="save the file as UTF-8 (in Excel or Notepad: Save as, encoding UTF-8)",
            )
        readable = data.decode("utf-8", errors="replace")
        at = len(data[: error.start].decode("utf-8"))
        return Diagnostic(
            "E101",
            f"the file is not UTF-8: byte 0x{data[error.start]:02X} cannot stand here",
            Source(name, readable, path),
            Span(at, at + 1),
            help="save the file as UTF-8 (in Excel or Notepad: Save as, encoding UTF-8)",
        )


def parse(source: Source) -> tuple[nodes.RuleFile, list[Diagnostic]]:
    """The nodes of a file and its problems, in the order of the file."""
    statements: list[nodes.Statement] = []
    lost: list[nodes.LostStatement] = []
    damaged: list[nodes.DamagedStatement] = []
    problems: list[Diagnostic] = []
    unfinished = False
    language = syntax()
    with collection_paused():
        for piece in split_statements(source):
            if len(problems) > MOST_PROBLEMS:
                break
            if isinstance(piece, Diagnostic):
                problems.append(piece)
                continue
            wrong: list[Diagnostic] = []
            tokens = tokenize(source, piece, language.keywords, wrong)
            if isinstance(tokens, Diagnostic):
                wrong.append(tokens)
            if wrong:
                found, rest = wrong, None
                if not isinstance(tokens, Diagnostic):
                    misfit = language.parse(tokens)
                    assert isinstance(misfit, Misfit)
                    more, rest = read_on(source, tokens, misfit, language)
                    found = sorted([*wrong, *more], key=lambda each: each.span.start)
                problems.extend(found)
                damaged.extend([rest] if rest else [])
                first = tokenize_salvage(source.text[piece.start : piece.start + 200])
                lost.append(_salvage(first, len(statements)))
                continue
            assert not isinstance(tokens, Diagnostic)
            goes_on = unfinished and all(each.key in _GOING_ON for each in tokens)
            unfinished = tokens[-1].key in (",", "=")
            if goes_on:
                lost.append(_salvage([], len(statements)))
                continue  # the list above, not indented: what is unfinished there is reported
            read = _read_statement(source, tokens, language, problems)
            if isinstance(read, Misfit):
                more, rest = read_on(source, tokens, read, language)
                problems.extend(more)
                damaged.extend([rest] if rest else [])
                words = [token.text for token in tokens[:12]]
                lost.append(_salvage(words, len(statements)))
            else:
                statements.append(read)
    return nodes.RuleFile(source, tuple(statements), tuple(lost), tuple(damaged)), problems


def parse_rule(source: Source, span: Span) -> nodes.Rule:
    """The node of a rule that was read from this place before."""
    language = syntax()
    tokens = tokenize(source, Statement(span.start, span.end), language.keywords)
    assert not isinstance(tokens, Diagnostic)
    tree = language.parse(tokens)
    assert not isinstance(tree, Misfit)
    node = TreeToNodes(tokens).statement(tree)
    assert isinstance(node, nodes.Rule)
    return node


def tokenize_salvage(text: str) -> list[str]:
    """The first words of a statement that has no tokens."""
    return text.replace(":", " : ").replace("=", " = ").split()[:12]


def _read_statement(
    source: Source, tokens: list[Token], language: Syntax, problems: list[Diagnostic]
) -> nodes.Statement | Misfit:
    tree = language.parse(tokens)
    if isinstance(tree, Misfit):
        return tree
    builder = TreeToNodes(tokens)
    node = builder.statement(tree)
    for span, what in builder.repeated:
        problems.append(
            Diagnostic("E505", f"`{what}` stands twice", source, span, help="keep one of the two")
        )
    return node


def _salvage(words: list[str], after: int) -> nodes.LostStatement:
    lower = [word.lower() for word in words] or [""]
    name = words[1] if len(words) > 1 else None
    if lower[0] in _LIST_WORDS:
        two_words = lower[0] in ("revenue", "bill")
        return nodes.LostStatement(
            "list", words[2] if two_words and len(words) > 2 else name, after
        )
    if lower[0] in ("table", "field", "rule", "use"):
        return nodes.LostStatement(lower[0], name, after)  # type: ignore[arg-type]
    if "=" in words[1:4] or "from" in lower[2:4]:
        return nodes.LostStatement(
            "list", words[min(words.index("=") - 1, 2)] if "=" in words else name, after
        )
    if ":" in words:
        return nodes.LostStatement("rule", name, after)
    if _RULE_VERBS & set(lower):
        return nodes.LostStatement("rule", None, after)
    return nodes.LostStatement("other", name, after)


def _file_meant(path: Path) -> str:
    """What to do about a file that is not there."""
    try:
        near = nearest(path.name, [each.name for each in path.parent.iterdir()])
    except OSError:
        return f"there is no folder `{path.parent}` either"
    return f"did you mean `{path.with_name(near)}`?" if near else "check the name"


def _unreadable(
    source: Source, message: str, help: str = "a rule file is plain text in UTF-8"
) -> Diagnostic:
    return Diagnostic("E101", message, source, Span(0, 0), help=help)
