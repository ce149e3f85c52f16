"""What an author reads wherever a statement may stop or go wrong.

A walk over the parse table finds every place where an author can stand. At each the statement
is ended and, once more, continued with something that cannot stand there.
"""

from collections import deque
from collections.abc import Callable, Iterator
from functools import cache
from importlib.resources import files

import pytest
from attrs import evolve, field, frozen
from lark.exceptions import GrammarError

from editwright.grammar import misfits, parse_table
from editwright.grammar.diagnostics import Diagnostic, render
from editwright.grammar.parse import parse
from editwright.grammar.source import Source
from editwright.grammar.syntax import Syntax, syntax
from editwright.grammar.tokens import Statement, tokenize

WORDS = {
    "item": "64643", "any_field": "plan", "value": "11", "number": "3", "day": "2025-03-01",
    "ruleset_name": "chemo", "list_name": "visits", "table_name": "aoc", "column_name": "add_on",
    "field_name": "plan", "field_type": "text", "rule_name": "R1", "reason": "CO-97",
    "claim_name": "A", "sex_code": "F", "who": "plan", "day_field": "plan", "line_code": "64643",
    "provider_number": "1111111112", "place_code": "11", "target": "64643", "text": "row.why",
}  # fmt: skip
"""What an author would write for the constructs that are one word."""

STRINGS = {"file_name": '"file.csv"', "quoted": '"a title"', "text": '"a text"', "value": '"A1"'}
MARKS = {"_COMMA_REL": ",", "_OR_WHEN": "or", "_NOT_IN": "not in", "AGE_IN_UNIT": "age in months"}
LOOKING_AHEAD = ((), ("_COMMA_REL",), ("_OR_WHEN",), ("_OR_WHEN", "SAME"))
"""Behind these the words to come decide what the words before them were."""
WRONG = {"banana": "WORD", "=": "EQUAL", ":": "COLON"}


@frozen
class Place:
    """Where an author stands behind `words`, with the terminals that they are."""

    stack: tuple[int, ...]
    words: tuple[str, ...] = field(default=(), eq=False)
    terminals: tuple[str, ...] = field(default=(), eq=False)

    @property
    def sentence(self) -> str:
        text = " ".join(self.words)
        for written, printed in ((" ,", ","), (" :", ":"), ("( ", "("), (" )", ")")):
            text = text.replace(written, printed)
        return text

    def fits(self, terminal: str) -> bool:
        return syntax().stack_before_shift(list(self.stack), terminal) is not None

    @property
    def phrases(self) -> tuple[str, ...]:
        """What may stand here, in words."""
        return tuple(misfits.what_fits(syntax(), list(self.stack)))

    @property
    def gone_wrong(self) -> str:
        """The sentence and something that cannot stand behind it."""
        return next(
            text
            for word, terminal in WRONG.items()
            if not self.fits(terminal) and problems_of(text := f"{self.sentence} {word}".strip())
        )

    def next_places(self) -> Iterator["Place"]:
        states = syntax().table.states
        for terminal in sorted(states[self.stack[-1]]):
            reduced = syntax().stack_before_shift(list(self.stack), terminal)
            if is_terminal(terminal) and reduced is not None:
                word = word_for(terminal, set(states[reduced[-1]]))
                stack = (*reduced, states[reduced[-1]][terminal])
                yield Place(stack, (*self.words, word), (*self.terminals, terminal))


def is_terminal(symbol: str) -> bool:
    return symbol.isupper() and symbol != "$END"


def word_for(terminal: str, constructs: set[str]) -> str:
    if terminal in MARKS:
        return MARKS[terminal]
    if terminal in ("WORD", "STRING"):
        samples = WORDS if terminal == "WORD" else STRINGS
        return next((sample for name, sample in samples.items() if name in constructs), "64645")
    return next(word for word, each in syntax().table.keywords.items() if each == terminal)


@cache
def walk() -> tuple[Place, ...]:
    """Places with the shortest sentence for each: two are taken for one if neither the upper nor
    the lower end of their parser stacks tells them apart."""
    start = Place((syntax().table.start,))
    seen: set[tuple[object, ...]] = set()
    found: list[Place] = []
    waiting = deque([start])
    while waiting:
        place = waiting.popleft()
        found.append(place)
        for following in place.next_places():
            stack = following.stack
            ends: set[tuple[object, ...]] = {stack[-4:], (stack[:4], stack[-1])}
            if not ends <= seen:
                seen |= ends
                waiting.append(following)
    return tuple(found)


@cache
def places() -> tuple[Place, ...]:
    """The places of the walk, each parser state once for everything that it may say."""
    distinct: dict[tuple[object, ...], Place] = {}
    for place in walk():
        distinct.setdefault((place.stack[-1], place.phrases), place)
    return tuple(distinct.values())


def problems_of(text: str) -> list[Diagnostic]:
    return parse(Source("rules.edits", text))[1]


def test_the_walk_stands_in_every_state() -> None:
    """Every state that a word leads to is reached, so no message stays unseen."""
    states = syntax().table.states
    shifted = {goal for state in states for symbol, goal in state.items()
               if goal >= 0 and is_terminal(symbol)}  # fmt: skip
    assert shifted <= {place.stack[-1] for place in walk()}


def test_the_sentences_lead_where_the_walk_says() -> None:
    """Reading a place's sentence as text leads to the same stack of states."""
    for place in places():
        if place.terminals[-1:] in LOOKING_AHEAD or place.terminals[-2:] in LOOKING_AHEAD:
            continue
        text = place.sentence
        tokens = tokenize(Source("", text), Statement(0, len(text)), syntax().keywords)
        assert isinstance(tokens, list)
        assert tuple(syntax().stack_after(tokens)) == place.stack, text


def test_everything_that_fits_has_a_phrase() -> None:
    """No message shows a raw name of the grammar."""
    keywords = {f"`{word}`" for word in syntax().table.keywords}
    known = keywords | set(misfits.NOUNS.values())
    assert {phrase: place.sentence for place in walk() for phrase in place.phrases
            if phrase not in known} == {}  # fmt: skip


def test_every_phrase_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """Taking a phrase away changes a message."""
    shown: set[str] = set()
    noun = misfits.noun

    def record(table: parse_table.ParseTable, name: str) -> str:
        shown.add(name)
        return noun(table, name)

    monkeypatch.setattr(misfits, "noun", record)
    before = {place: place.phrases for place in places()}
    unused = []
    for name in misfits.NOUNS.keys() - shown:
        with monkeypatch.context() as patched:
            patched.delitem(misfits.NOUNS, name)
            if all(place.phrases == phrases for place, phrases in before.items()):
                unused.append(name)
    assert sorted(unused) == []


def test_each_place_has_one_located_message() -> None:
    """Stopping early, or going on with a word that cannot stand there, is one problem on its
    line, with what would fit."""
    for place in places():
        text = place.sentence
        ended = problems_of(text)
        assert len(ended) == (0 if not text or place.fits("$END") else 1), text
        (continued,) = problems_of(place.gone_wrong)
        for problem in (*ended, continued):
            assert problem.code in ("E201", "E202")
            assert problem.here.startswith("expected ")
            assert 0 <= problem.span.start < problem.span.end <= len(place.gone_wrong) + 1


def test_the_help_fits_its_place() -> None:
    """A parenthesis is to be closed where one is open, a text to be quoted where one may stand."""
    for place in places():
        for problem in (*problems_of(place.sentence), *problems_of(place.gone_wrong)):
            if "parenthesis" in problem.help:
                assert place.sentence.count("(") > place.sentence.count(")"), render(problem)
            if "in double quotes" in problem.help:
                assert "in quotes" in problem.here, render(problem)


def test_messages_do_not_hang_on_the_order_of_the_table() -> None:
    """A table that was built elsewhere holds its symbols in another order and says the same."""
    table = syntax().table
    turned = evolve(table, states=tuple(dict(reversed(each.items())) for each in table.states))
    for place in places():
        assert tuple(misfits.what_fits(Syntax(turned), list(place.stack))) == place.phrases


def test_the_messages_read_well(expect_golden: Callable[[str, str], None]) -> None:
    """The messages of all places, for people to read: those that differ only in the author's own
    words stand once, with the other sentences that lead there."""
    groups: dict[tuple[str, ...], list[str]] = {}
    rendered: dict[tuple[str, ...], list[str]] = {}
    for place in places():
        found = [*problems_of(place.sentence), *problems_of(place.gone_wrong)]
        key = tuple(text for each in found for text in (each.code, each.here, each.help))
        rendered.setdefault(key, [render(each) for each in found])
        groups.setdefault(key, []).append(place.sentence)
    blocks = []
    for key, sentences in groups.items():
        title = "=== " + (sentences[0] or "(nothing)")
        title += "" if len(rendered[key]) > 1 else "   (may end here)"
        others = [f"    as behind: {each}" for each in sentences[1:]]
        blocks.append("\n".join([title, *rendered[key], *others]))
    expect_golden("parser-states.txt", "\n\n".join(blocks) + "\n")


def test_the_grammar_is_strictly_lalr() -> None:
    """The grammar has no conflict, and a conflict would be noticed."""
    grammar = files("editwright.grammar").joinpath("edits.lark").read_text(encoding="utf-8")
    built = parse_table._build(grammar, "")
    assert set(parse_table._from_plain(built).rules) == set(syntax().table.rules)
    torn = 'statement: one | two\none: WORD "is"\ntwo: WORD "is"\n%declare WORD'
    with pytest.raises(GrammarError):
        parse_table._build(torn, "")
