"""A statement that does not parse, to all that is wrong with it and what can still be read of it.

Its first misfit is explained. Then the part that holds it (a clause, a line of an example) is
mended or left out, and the rest is read on: a slip in one clause hides none in another. What is
read so is checked for further problems and never used.
"""

from attrs import define, evolve, field, frozen

from editwright.grammar import nodes
from editwright.grammar.diagnostics import Diagnostic, nearest
from editwright.grammar.misfits import explain_misfit, mended_word
from editwright.grammar.source import Source
from editwright.grammar.syntax import Misfit, Syntax, Tree
from editwright.grammar.tokens import WRONG, Token, begins_line
from editwright.grammar.tree_to_nodes import TreeToNodes

LONGEST_READ_ON = 4000
"""Tokens of a statement, above which nothing but its first misfit is told."""
MOST_MISFITS = 20

_CLAUSE_WORDS = {"unless", "otherwise", "because", "source", "effective"}
_PART_WORDS = {
    "ruleset": {"version", "source", "effective"},
    "example": {"patient", "given", "expect"},
}
_WHOLE = {
    "codes", "diagnoses", "modifiers", "places", "specialties", "revenue", "bill", "table", "use",
    "field",
}  # fmt: skip
"""Statements without parts."""


@frozen(slots=True)
class _Lost:
    """What was left out of a statement."""

    sentence: bool = False
    heading: bool = False
    lines: bool = False
    ends: tuple[int, ...] = ()
    guesses: tuple[int, ...] = ()


def read_on(
    source: Source, tokens: list[Token], misfit: Misfit, syntax: Syntax
) -> tuple[list[Diagnostic], nodes.DamagedStatement | None]:
    """Everything that is wrong with the statement, and what is left of it."""
    return _Reading(source, tokens, misfit, syntax).read()


def _at_clause_without_sentence(tokens: list[Token], misfit: Misfit) -> bool:
    """Whether a rule begins with a clause: the sentence may stand behind it."""
    before, at = tokens[: misfit.position], tokens[misfit.position : misfit.position + 1]
    return bool(before and at and before[-1].key == ":" and at[0].key.lower() in _CLAUSE_WORDS)


@define
class _Reading:
    source: Source
    tokens: list[Token]
    misfit: Misfit
    syntax: Syntax
    found: list[Diagnostic] = field(factory=list)
    lost: _Lost = _Lost()

    def read(self) -> tuple[list[Diagnostic], nodes.DamagedStatement | None]:
        told = -1
        for _ in range(MOST_MISFITS):
            at = self._at()
            again = at == told
            first, end = self._part(again)
            wrong = any(token.key == WRONG for token in self.tokens[first:end])
            if not again and not wrong:
                self.found.append(
                    explain_misfit(self.source, self.tokens, self.misfit, self.syntax)
                )
            told = at
            if len(self.tokens) > LONGEST_READ_ON or self.tokens[0].key in _WHOLE:
                return self.found, None
            if _at_clause_without_sentence(self.tokens, self.misfit):
                return self.found, None
            parsed = None if wrong else self._mend(end)
            parsed = parsed or self._cut(first, end) or self._leave_out(first, end)
            if parsed is None:
                return self.found, None
            if isinstance(parsed, Tree):
                return self.found, self._damaged(parsed)
            self.misfit = parsed
        return self.found, None

    def _damaged(self, tree: Tree) -> nodes.DamagedStatement:
        lost = self.lost
        node = TreeToNodes(self.tokens).statement(tree)
        return nodes.DamagedStatement(
            node, lost.sentence, lost.heading, lost.lines, lost.ends, lost.guesses
        )

    def _at(self) -> int:
        position = self.misfit.position
        return self.tokens[position].start if position < len(self.tokens) else self._end()

    def _end(self) -> int:
        return self.tokens[-1].end

    # ---- the part that is wrong

    def _starts(self) -> list[int]:
        """The tokens with which a part begins, or was to begin before it was misspelt."""
        first = self.tokens[0].key.lower()
        words = _PART_WORDS.get(first, _CLAUSE_WORDS)
        return [
            position
            for position, token in enumerate(self.tokens)
            if position
            and (
                token.key.lower() in words
                or (first == "example" and token.key == "and" and self._begins_line(position))
                or (
                    token.key == "W"
                    and self._begins_line(position)
                    and nearest(token.text, words) is not None
                )
            )
        ]

    def _begins_line(self, position: int) -> bool:
        return begins_line(self.source, self.tokens[position].start)

    def _part(self, again: bool) -> tuple[int, int]:
        """The part that holds the misfit: its first token and the one behind its last.

        Where a word that begins a part does not fit, the part before it has stopped too early;
        a word that is none and begins a line was to begin a part.
        """
        position = self.misfit.position
        starts = self._starts()
        end = next((each for each in starts if each > position), len(self.tokens))
        if position in starts:
            if again:
                return position, end
            return max((each for each in starts if each < position), default=0), position
        if position < len(self.tokens) and self._begins_line(position) and self._may_begin():
            return position, end
        return max((each for each in starts if each <= position), default=0), end

    def _may_begin(self) -> bool:
        """Whether a part may begin at the misfit."""
        words = _PART_WORDS.get(self.tokens[0].key.lower(), _CLAUSE_WORDS)
        stack = list(self.misfit.stack)
        return any(
            self.syntax.stack_before_shift(stack, self.syntax.table.keywords[word]) is not None
            for word in words
        )

    # ---- going on

    def _mend(self, end: int) -> Tree | Misfit | None:
        """The statement with its missing colon or its misspelt word put right, if that carries
        the parser beyond this part."""
        position = self.misfit.position
        tries: list[tuple[list[Token], int]] = []
        if self.tokens[0].key.lower() == "rule" and 0 < position < len(self.tokens):
            at = self.tokens[position - 1].end
            if not any(token.key == ":" for token in self.tokens):
                rest = self.tokens[position:]
                colon = Token(":", ":", at, at)
                tries.append(([*self.tokens[:position], colon, *rest], position + 1))
        mended = mended_word(self.tokens, self.misfit, self.syntax)
        if mended:
            at, words = mended
            wrong = self.tokens[at]
            right = [Token(word, word, wrong.start, wrong.end) for word in words.split()]
            sure = nearest(wrong.text, [words]) is not None
            tokens = [*self.tokens[:at], *right, *self.tokens[at + 1 :]]
            tries.append((tokens, position + 2 if sure else end))
        for tokens, enough in tries:
            parsed = self.syntax.parse_afresh(tokens)
            longer = len(tokens) - len(self.tokens)
            if isinstance(parsed, Misfit) and parsed.position == len(tokens) == end + longer:
                continue  # what stops too early may do so because of this slip
            if isinstance(parsed, Tree) or parsed.position >= enough + longer:
                if mended:
                    guesses = (*self.lost.guesses, self.tokens[mended[0]].start)
                    self.lost = evolve(self.lost, guesses=guesses)
                self.tokens = tokens
                return parsed
        return None

    def _cut(self, first: int, end: int) -> Tree | Misfit | None:
        """The statement without the rest of this clause or line, if it goes on behind it."""
        position = self.misfit.position
        if not 0 < first < position < end:
            return None
        for cut in range(position, max(first + 1, position - 2) - 1, -1):
            tokens = [*self.tokens[:cut], *self.tokens[end:]]
            parsed = self.syntax.parse_afresh(tokens)
            if isinstance(parsed, Tree) or parsed.position > cut:
                break
        else:
            return None
        ends = (*self.lost.ends, self.tokens[cut - 1].end)
        lines = self.lost.lines or self.tokens[first].key.lower() in ("given", "and")
        self.lost = evolve(self.lost, ends=ends, lines=lines)
        self.tokens = tokens
        return parsed

    def _leave_out(self, first: int, end: int) -> Tree | Misfit | None:
        kind = self.tokens[0].key.lower()
        rest = self.tokens[end:]
        if first > 0:
            if kind == "example":
                tokens = self._without_line(first, rest)
            else:
                tokens = [*self.tokens[:first], *rest]
        elif kind == "example":
            tokens = [*self._words("example"), Token("S", '""', self._at(), self._at()), *rest]
        elif kind == "ruleset":
            tokens = [*self._words("ruleset"), Token("W", "a", self._at(), self._at()), *rest]
        elif rest or self.tokens[0].key == "rule":
            tokens = self._without_sentence(end)
        else:
            return None
        if not tokens:
            return None
        self.tokens = tokens
        return self.syntax.parse_afresh(tokens)

    def _without_line(self, first: int, rest: list[Token]) -> list[Token]:
        """An example without one of its parts. Where that may have been a line, another stands
        for it."""
        before = self.tokens[:first]
        part = self.tokens[first].key.lower()
        stand_in: list[Token] = []
        if part == "expect":
            stand_in = self._words("expect no findings")
        elif part != "patient":
            self.lost = evolve(self.lost, lines=True)
            stand_in = [*self._words("given"), Token("W", "99999", self._at(), self._at())]
        if any(token.key == "expect" for token in before) and part != "expect":
            stand_in = []
        if not rest and not any(token.key.lower() == "expect" for token in [*before, *stand_in]):
            stand_in += self._words("expect no findings")
        return [*before, *stand_in, *rest]

    def _without_sentence(self, end: int) -> list[Token]:
        colon = next((at for at, token in enumerate(self.tokens) if token.key == ":"), None)
        if colon is not None and self.misfit.position <= colon < end:
            self.lost = evolve(self.lost, heading=True)
            return self.tokens[colon + 1 :]
        kept = self.tokens[: colon + 1] if colon is not None else []
        self.lost = evolve(self.lost, sentence=True, heading=self.lost.heading or not kept)
        return [*kept, *self._words("any line not allowed"), *self.tokens[end:]]

    def _words(self, words: str) -> list[Token]:
        return [Token(word, word, self._at(), self._at()) for word in words.split()]
