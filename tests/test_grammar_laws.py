"""Laws of reading and writing rule files, for every file that the language can say."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import fields, has
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.grammar.check import check_sources
from editwright.grammar.diagnostics import Diagnostic, render
from editwright.grammar.format import format_file, format_statement, wrapped
from editwright.grammar.nodes import One, RuleFile, Text
from editwright.grammar.parse import decode, parse
from editwright.grammar.parse_table import load_parse_table
from editwright.grammar.source import Source, Span
from editwright.grammar.syntax import Misfit, Syntax, Tree, syntax
from editwright.grammar.tokens import Statement, Token, find_comments, split_statements, tokenize
from editwright.grammar.tree_to_nodes import TreeToNodes
from tests.strategies import FILES, rule_files

laws = settings.get_profile("laws")
texts = rule_files().map(format_file)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the files stand that drawn rule files name."""
    folder = tmp_path_factory.mktemp("drawn")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def read(text: str) -> RuleFile:
    file, problems = parse(Source("drawn.edits", text))
    assert [render(each) for each in problems] == []
    return file


def statements(text: str) -> Iterator[tuple[Source, list[Token]]]:
    """The tokens of each statement of a sound file."""
    source = Source("drawn.edits", text)
    for statement in split_statements(source):
        assert isinstance(statement, Statement)
        tokens = tokenize(source, statement, syntax().keywords)
        assert isinstance(tokens, list)
        yield source, tokens


def leaves(tree: Tree) -> Iterator[int]:
    for child in tree.children:
        yield from leaves(child) if isinstance(child, Tree) else [child]


def plain(tree: Tree | Misfit | int) -> object:
    if isinstance(tree, Tree):
        return tree.name, tree.first, tree.last, [plain(child) for child in tree.children]
    return tree


def replaced(text: str, spans: dict[Span, str]) -> str:
    for span in sorted(spans, key=lambda each: -each.start):
        text = text[: span.start] + spans[span] + text[span.end :]
    return text


# ---- the formatter


@laws
@given(rule_files())
def test_what_is_written_is_read_again(file: RuleFile) -> None:
    """parse(format(file)) == file"""
    assert read(format_file(file)) == file


@laws
@given(texts)
def test_formatting_is_idempotent(text: str) -> None:
    """format(parse(format(file))) == format(file)"""
    assert format_file(read(text)) == text


@laws
@given(texts, st.randoms(use_true_random=False))
def test_comments_survive(text: str, random: Random) -> None:
    """Wherever comments and blank lines stand, they change no meaning; formatting loses no
    comment, and a second time it changes nothing."""
    lines: list[str] = []
    for number, line in enumerate(text.splitlines()):
        for kind in random.choices(("", "    ", "blank", "none"), (1, 1, 1, 5), k=2):
            comment = f'{kind}# above {number}, "say\\'
            lines += [] if kind == "none" else [""] if kind == "blank" else [comment]
        lines.append(line + (f"  # beside {number}" if random.random() < 0.3 else ""))
    commented = "\n".join([*lines, "# at the end"] if lines else lines)
    file = read(commented)
    assert file == read(text)
    formatted = format_file(file)
    assert comments(formatted) == comments(commented)
    assert read(formatted) == file
    assert format_file(read(formatted)) == formatted


@laws
@given(rule_files(), st.randoms(use_true_random=False))
def test_comments_stay_where_they_stand(file: RuleFile, random: Random) -> None:
    """A comment above a line stays above that line, and one beside it beside it, in their order;
    a line that had to be broken is one with what continues it."""
    lines: list[str] = []
    for statement in file.statements:
        for piece in format_statement(statement):
            first, *rest = wrapped(piece)
            indent = random.choice(("", "    ", "        "))
            above = random.choice((0, 0, 0, 1, 2))
            lines += [f"{indent}# above {len(lines)}, {each}" for each in range(above)]
            beside = not rest and random.random() < 0.3
            lines += [first + (f"  # beside {len(lines)}" if beside else ""), *rest]
    commented = "\n".join([*lines, "# at the end", ""])
    formatted = format_file(read(commented))
    assert [each.strip() for each in formatted.splitlines()] == [each.strip() for each in lines] + [
        "# at the end"
    ]


def comments(text: str) -> Counter[str]:
    return Counter(each.text for each in find_comments(text, 0, len(text)))


# ---- places


def words(node: Any) -> Iterator[One | Text]:
    """The words and texts of a node, at any depth."""
    if isinstance(node, tuple):
        for each in node:
            yield from words(each)
    elif isinstance(node, One | Text):
        yield node
    elif has(type(node)):
        for attribute in fields(type(node)):
            yield from words(getattr(node, attribute.name))


@laws
@given(texts)
def test_every_word_knows_its_place(text: str) -> None:
    """A word's span is where the author wrote it, and lies in its statement."""
    for statement in read(text).statements:
        for word in words(statement):
            written = text[word.span.start : word.span.end]
            assert statement.span.start <= word.span.start < word.span.end <= statement.span.end
            assert (
                written == word.text if isinstance(word, One) else written[0] == written[-1] == '"'
            )


# ---- the checks


def by_chance(problem: Diagnostic) -> bool:
    """Whether sound words met so that nothing sound can come of them."""
    return problem.code == "E508" or problem.message.startswith("no row of the file")


@laws
@given(file=rule_files())
def test_what_is_sound_has_no_problem(folder: Path, file: RuleFile) -> None:
    """Sound words in their places are no problem to any check, except where drawn rules happen
    to wait for each other's denials, or a drawn condition happens to leave no row of a file."""
    source = Source("drawn.edits", format_file(file), folder / "drawn.edits")
    found = [each for each in check_sources([source]).diagnostics if not by_chance(each)]
    assert [render(each) for each in found] == []


# ---- spelling that means nothing


@laws
@given(texts, st.randoms(use_true_random=False))
def test_letter_case_of_keywords_means_nothing(text: str, random: Random) -> None:
    """A keyword may be written in any letter case."""
    spelled: dict[Span, str] = {}
    for source, tokens in statements(text):
        tree = syntax().parse_afresh(tokens)
        assert isinstance(tree, Tree)
        words = set(leaves(tree))
        for position, token in enumerate(tokens):
            if position not in words or token.key == "age-in-unit":
                written = source.text[token.start : token.end]
                change = random.choice((str.upper, str.title, str.lower))
                spelled[token.span] = change(written)
    assert read(replaced(text, spelled)) == read(text)


@laws
@given(texts)
def test_line_ends_mean_nothing(text: str) -> None:
    """Files of Windows and of old Macs are read as those of Unix, with a byte order mark too."""
    file = read(text)
    for end in ("\r\n", "\r"):
        assert read(text.replace("\n", end)) == file
    marked = decode(b"\xef\xbb\xbf" + text.encode(), "drawn.edits")
    assert isinstance(marked, Source)
    assert parse(marked) == (file, [])


@laws
@given(texts, st.randoms(use_true_random=False))
def test_blanks_mean_nothing(text: str, random: Random) -> None:
    """Between words may stand any number of blanks and tabs, and an indented new line."""
    spaced: dict[Span, str] = {}
    for _source, tokens in statements(text):
        for token in tokens[1:]:
            blank = random.choice(("", " ", "\t", "\n ", "  # why\n\t\n  "))
            spaced[Span(token.start, token.start)] = blank
    assert read(replaced(text, spaced)) == read(text)


SAME = {
    "requires all of payable 64642, 64644 same date":
        "requires payable all of 64642, 64644 same date",
    "requires 64642 or 64644, 64646 same date": "requires 64642, 64644 or 64646, same date",
    "requires modifier LT or RT": "requires modifier in LT, RT",
    "requires 64642 within 1 day or ever": "requires 64642 within 1 days or ever",
    "at most 1 unit per 1 month": "at most 1 units per 1 months",
    "not allowed unless modifier 25": "not allowed unless with modifier 25",
    "not allowed unless not modifier 25": "not allowed unless without modifier 25",
    "not allowed when age > 1": "not allowed when age in years > 1",
    "not allowed when age = 1 or (age = 2 or sex = F)": "not allowed when (age = 1 or age = 2) or"
        " sex = F",
    "not allowed otherwise deny as CO-97 N122": "not allowed otherwise deny as CO-97, N122",
    'not allowed because "a \\"b\\" c"': 'not allowed\n  because\n    "a \\"b\\" c"',
}  # fmt: skip


@pytest.mark.parametrize(("one", "other"), SAME.items())
def test_two_ways_to_say_the_same(one: str, other: str) -> None:
    assert read(f"64643 {one}") == read(f"64643 {other}")


def test_a_condition_behind_the_sentence_is_one_on_its_subject() -> None:
    for sentence in ("requires 64642 same date", "at most 1 unit per day", "requires modifier LT"):
        behind = read(f"64643 {sentence} when units > 3 and age < 5")
        assert behind == read(f"64643 when units > 3 and age < 5 {sentence}")


# ---- the memory of shapes


@laws
@given(texts, st.randoms(use_true_random=False))
def test_remembered_shapes_change_nothing(text: str, random: Random) -> None:
    """A statement parses as it does by the grammar alone, also when its shape was met before
    with other words."""
    remembering = Syntax(load_parse_table())
    swaps: dict[Span, str] = {}
    for _source, tokens in statements(text):
        for token in tokens:
            if token.key in ("W", "S"):
                others = {"W": ("0", "zz", "A-1*", "row.x"), "S": ('""', '"a # \\" b"')}
                swaps[token.span] = random.choice(others[token.key])
    before, after = list(statements(text)), list(statements(replaced(text, swaps)))
    for (_, tokens), (_, swapped) in zip(before, after, strict=True):
        for each in (tokens, swapped):
            remembered, afresh = remembering.parse(each), syntax().parse_afresh(each)
            assert plain(remembered) == plain(afresh)
            assert isinstance(remembered, Tree)
            assert isinstance(afresh, Tree)
            assert TreeToNodes(each).statement(remembered) == TreeToNodes(each).statement(afresh)
