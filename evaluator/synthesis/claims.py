"""All claims that are worth judging a rule on, the plainest first.

They come from the rule's own words and from the examples of its file, and whether a rule fires on
one is for the evaluator to say: nothing here is trusted to be what it was made for.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from editwright.evaluator.meaning.relations import rows_in_force
from editwright.evaluator.synthesis.bases import bases
from editwright.evaluator.synthesis.draft import Draft
from editwright.evaluator.synthesis.rows import rows_to_try
from editwright.evaluator.synthesis.seeds import seeds
from editwright.evaluator.synthesis.variations import Focus, variations, with_each
from editwright.grammar.checked import Example, Rule

MOST_BASES = 40
MOST_IN_FOCUS = 12


def claims_for(
    rule: Rule,
    examples: Iterable[Example] = (),
    *,
    beside: Rule | None = None,
    focus: Sequence[Focus] = (),
) -> Iterator[Draft]:
    """Claims as the rule's words describe them, those of examples, and each with one thing
    changed; none of them twice. Where rules are compared, the other stands `beside`, and `focus`
    are the values in which they differ."""
    known: set[str] = set()
    for draft in _claims(rule, examples, beside, focus):
        lines = repr((draft.lines, draft.born, draft.age, draft.sex))
        if lines not in known:
            known.add(lines)
            yield draft


def _claims(
    rule: Rule, examples: Iterable[Example], beside: Rule | None, focus: Sequence[Focus]
) -> Iterator[Draft]:
    instances = rows_to_try(rule, beside)
    found = [(rows, base) for rows in instances for base in bases(rule, rows)][:MOST_BASES]
    found += [(instances[0], seed) for seed in seeds(rule, examples)] if instances else []
    yield from (base for _, base in found)
    for each in focus:
        for _, base in islice(found, MOST_IN_FOCUS):
            yield from with_each(base, each)
    for rows, base in found:
        in_force = rows_in_force(rule, rows, base.lines[0].day) or rows
        yield from variations(rule, in_force, base)
