"""A change in the author's own words: the clause as written, and as changed."""

from editwright.grammar import nodes
from editwright.grammar.format import format_statement


def before_and_after(old: nodes.Statement, new: nodes.Statement) -> tuple[str, str]:
    """The clauses of a statement that a change makes differ, without what they have in common at
    the far ends; of one that is dropped, nothing is left."""
    one = [piece.text for piece in format_statement(old)]
    two = [piece.text for piece in format_statement(new)]
    while one and two and one[0] == two[0]:
        one, two = one[1:], two[1:]
    while one and two and one[-1] == two[-1]:
        one, two = one[:-1], two[:-1]
    return _shortened(" ".join(one), " ".join(two))


KEPT_WORDS = 6
LONGEST = 90


def _shortened(one: str, two: str) -> tuple[str, str]:
    """Two long clauses around the words in which they differ."""
    if max(len(one), len(two)) <= LONGEST:
        return one, two
    first, second = one.split(), two.split()
    ahead = 0
    while ahead < min(len(first), len(second)) and first[ahead] == second[ahead]:
        ahead += 1
    behind = 0
    while (
        behind < min(len(first), len(second)) - ahead and first[-1 - behind] == second[-1 - behind]
    ):
        behind += 1
    start = max(0, ahead - KEPT_WORDS)
    cut = max(0, behind - KEPT_WORDS)
    return _cut(first, start, cut), _cut(second, start, cut)


def _cut(words: list[str], start: int, cut: int) -> str:
    kept = words[start : len(words) - cut]
    return " ".join([*(["..."] if start else []), *kept, *(["..."] if cut else [])])
