"""All claims that are worth judging a rule on, the plainest first.

They come from the rule's own words, and whether a rule fires on one is for the evaluator to say:
nothing here is trusted to be what it was made for.
"""

from collections.abc import Iterator

from editwright.evaluator.relations import rows_in_force
from editwright.evaluator.synthesis.bases import bases
from editwright.evaluator.synthesis.draft import Draft
from editwright.evaluator.synthesis.rows import rows_to_try
from editwright.evaluator.synthesis.variations import variations
from editwright.grammar.checked import Rule

MOST_BASES = 40


def claims_for(rule: Rule) -> list[Draft]:
    """Claims as the rule's words describe them, and each of them with one thing changed."""
    known: dict[str, Draft] = {}
    for draft in _claims(rule):
        known.setdefault(repr((draft.lines, draft.born, draft.age, draft.sex)), draft)
    return list(known.values())


def _claims(rule: Rule) -> Iterator[Draft]:
    found = [(rows, base) for rows in rows_to_try(rule) for base in bases(rule, rows)]
    found = found[:MOST_BASES]
    yield from (base for _, base in found)
    for rows, base in found:
        in_force = rows_in_force(rule, rows, base.lines[0].day) or rows
        yield from variations(rule, in_force, base)
