"""The tokens of a statement to its parse tree.

A parse tree's leaves are positions in the statement's tokens, not the tokens themselves. All
statements of one shape (the same token keys) so share one tree, and a file of 100,000 similar
rules is parsed a handful of times.
"""

from attrs import frozen

from editwright.grammar.parse_table import GrammarRule, ParseTable, load_parse_table
from editwright.grammar.tokens import WRONG, Token

LONGEST_REMEMBERED_SHAPE = 64
MOST_REMEMBERED_SHAPES = 4096

_CANDIDATES = {
    "W": ("WORD",),
    "S": ("STRING",),
    "modifier-at": ("WORD", "AT"),
    ",relation": ("_COMMA_REL", "COMMA"),
    "or-when": ("_OR_WHEN", "OR"),
    "not-in": ("_NOT_IN",),
    "age-in-unit": ("AGE_IN_UNIT",),
    WRONG: (),
}
_NAMES = {
    "ruleset_name", "list_name", "table_name", "column_name", "field_name", "field_type",
    "rule_name", "claim_name", "cell",
}  # fmt: skip
"""Constructs whose word may be a keyword too: nothing else can stand where they do."""
_VALUES = {"value", "item"}


class Tree:
    """A node of the parse tree: its children are trees or positions of tokens.

    `first` and `last` are the positions of its first and last token, keywords included.
    """

    __slots__ = ("children", "first", "last", "name")

    def __init__(self, name: str, children: "list[Tree | int]", first: int, last: int) -> None:
        self.name = name
        self.children = children
        self.first = first
        self.last = last


@frozen(slots=True)
class Misfit:
    """Where a statement stops being one: the token at `position` (the end, where there is none)
    does not fit behind the parser's `stack` of states."""

    position: int
    stack: tuple[int, ...]


class Syntax:
    """The grammar, ready to parse statements; one for the whole program (`syntax()`)."""

    def __init__(self, table: ParseTable) -> None:
        self.table = table
        self.keywords = frozenset(word for word in table.keywords if word.isalpha())
        self.reserved = frozenset(
            word
            for word in self.keywords - {"x"}  # `x 4` stands only in examples, behind a code
            if any(
                "WORD" in actions and table.keywords[word] in actions for actions in table.states
            )
        )
        """Keywords that cannot be names: somewhere both a name and they may stand. The others
        are words like any where they are no keyword."""
        self._terminals = dict(_CANDIDATES)
        for word, terminal in table.keywords.items():
            self._terminals[word] = (terminal,)
            if word in self.keywords:
                self._terminals[word.upper()] = (terminal, "WORD")
            if word in self.keywords - self.reserved:
                self._terminals[word] = (terminal, "WORD")
        self._name_states = {
            number
            for number, actions in enumerate(table.states)
            if not _NAMES.isdisjoint(actions.keys()) and not _VALUES & actions.keys()
        }
        self._trees: dict[tuple[str, ...], Tree] = {}

    def parse(self, tokens: list[Token]) -> Tree | Misfit:
        """The parse tree of a statement, remembered by its shape."""
        if len(tokens) > LONGEST_REMEMBERED_SHAPE:
            return self.parse_afresh(tokens)
        shape = tuple([token.key for token in tokens])
        known = self._trees.get(shape)
        if known is not None:
            return known
        tree = self.parse_afresh(tokens)
        if isinstance(tree, Tree) and len(self._trees) < MOST_REMEMBERED_SHAPES:
            self._trees[shape] = tree
        return tree

    def parse_afresh(self, tokens: list[Token]) -> Tree | Misfit:
        """The parse tree of a statement, by the grammar alone."""
        states = self.table.states
        stack = [self.table.start]
        values: list[Tree | int] = []
        for position, token in enumerate(tokens):
            terminal = self.terminal(token.key, stack)
            if terminal is None or not self._advance(stack, values, terminal):
                return self._misfit(tokens, position)
            stack.append(states[stack[-1]][terminal])
            values.append(position)
        if not self._advance(stack, values, "$END"):
            return self._misfit(tokens, len(tokens))
        (tree,) = values
        assert isinstance(tree, Tree)
        return tree

    def terminal(self, key: str, stack: list[int]) -> str | None:
        """The terminal that a token with this key is behind `stack`; none where it fits not."""
        actions = self.table.states[stack[-1]]
        for terminal in self._terminals[key]:
            if terminal in actions and not (key == "x" and self._shifts_not(stack, terminal)):
                return terminal
        if key not in self.keywords:
            return None
        reduced = self.stack_before_shift(stack, "WORD")
        return "WORD" if reduced is not None and reduced[-1] in self._name_states else None

    def stack_after(self, tokens: list[Token]) -> list[int]:
        """The parser's states after tokens that are known to fit."""
        stack = [self.table.start]
        for token in tokens:
            terminal = self.terminal(token.key, stack)
            assert terminal is not None
            assert self._advance(stack, None, terminal)
            stack.append(self.table.states[stack[-1]][terminal])
        return stack

    def stack_before_shift(self, stack: list[int], terminal: str) -> list[int] | None:
        """The states once all is reduced that `terminal` reduces; none where it fits not."""
        reduced = list(stack)
        return reduced if self._advance(reduced, None, terminal) else None

    def _shifts_not(self, stack: list[int], terminal: str) -> bool:
        """Whether a terminal only seems to fit: merged states reduce before they know."""
        return self.stack_before_shift(stack, terminal) is None

    def _misfit(self, tokens: list[Token], position: int) -> Misfit:
        return Misfit(position, tuple(self.stack_after(tokens[:position])))

    def _advance(self, stack: list[int], values: list[Tree | int] | None, terminal: str) -> bool:
        """Reduce until `terminal` can be shifted (at the end: until all is one statement)."""
        states = self.table.states
        while True:
            action = states[stack[-1]].get(terminal)
            if action is None:
                return False
            if action >= 0:
                return True
            rule = self.table.rules[-1 - action]
            size = len(rule.symbols)
            del stack[-size:]
            stack.append(states[stack[-1]][rule.origin])
            if values is not None:
                children = values[-size:]
                del values[-size:]
                values.append(_tree(rule, children))
            if terminal == "$END" and stack[-1] == self.table.end:
                return True


def _tree(rule: GrammarRule, children: list[Tree | int]) -> Tree:
    """The tree of a rule's children: those of inlined ones take their place."""
    first, last = children[0], children[-1]
    end = last.last if isinstance(last, Tree) else last
    kept: list[Tree | int]
    if isinstance(first, Tree) and first.name == rule.name and rule.inlined:
        # A repetition grows by one: its list is taken over, or long lists would take ages.
        kept, rest = first.children, 1
    else:
        kept, rest = [], 0
    for child, stays in zip(children[rest:], rule.keep[rest:], strict=True):
        if isinstance(child, Tree) and child.name.startswith("_"):
            kept.extend(child.children)
        elif stays:
            kept.append(child)
    return Tree(rule.name, kept, first.first if isinstance(first, Tree) else first, end)


_SYNTAX: list[Syntax] = []


def syntax() -> Syntax:
    """The grammar, loaded at the first call."""
    if not _SYNTAX:
        _SYNTAX.append(Syntax(load_parse_table()))
    return _SYNTAX[0]
