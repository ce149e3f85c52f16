"""Expectations rewritten to what the evaluator finds, and nothing else of the text.

An expectation that is met stays as it is written; one that is not goes, and what is found and was
not expected comes behind. Comments inside the clause are kept above it.
"""

import re

from attrs import frozen

from editwright.evaluator.examples.run_examples import held_against, lines_of
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.synthesis.judging import FileJudge, Rowwise
from editwright.evaluator.synthesis.written import expectation
from editwright.grammar import nodes
from editwright.grammar.checked import CheckedFile, Example
from editwright.grammar.declarations import Library
from editwright.grammar.format import Piece, expected, wrapped
from editwright.grammar.nodes import NOWHERE
from editwright.grammar.tokens import find_comments

_EXPECT = re.compile(r"expect\b", re.IGNORECASE)


@frozen(slots=True)
class Updated:
    """A file's text with its expectations as they should be, and how many examples changed."""

    text: str
    examples: int


def updated(file: CheckedFile, *, samples: bool = True) -> Updated:
    """The text of a file that has no errors, each of its examples expecting what is found."""
    shop = Workshop.of(file, Library(samples))
    judge = FileJudge.of(file.rules, Rowwise())
    assert judge is not None, "a checked file's rules have their strata"
    written = [each for each in shop.written.statements if isinstance(each, nodes.Example)]
    text = file.source.text
    changed = 0
    for statement, example in reversed(list(zip(written, file.examples, strict=True))):
        wanted = _wanted(statement, example, judge)
        if wanted is not None:
            text = _replaced(text, statement, wanted)
            changed += 1
    return Updated(text, changed)


def _wanted(
    statement: nodes.Example, example: Example, judge: FileJudge
) -> list[nodes.Expected] | None:
    """What an example should expect; nothing where it expects that already."""
    found = judge.found(lines_of(example))
    missing, unexpected = held_against(example, found)
    if not missing and not unexpected:
        return None
    lost = {each.span for each in missing}
    kept = [each for each in statement.expected if each.span not in lost]
    new = sorted((found[at] for at in unexpected), key=lambda each: (each.line, each.rule))
    return [*kept, *(expectation(statement.lines, each) for each in new)]


def _replaced(text: str, statement: nodes.Example, wanted: list[nodes.Expected]) -> str:
    after = max(line.span.end for line in statement.lines)
    end = statement.span.end
    comments = find_comments(text, after, end)
    masked = text[after:end]
    for each in comments:
        at = each.start - after
        masked = masked[:at] + " " * len(each.text) + masked[at + len(each.text) :]
    match = _EXPECT.search(masked)
    assert match is not None, "an example has an `expect`"
    start = after + match.start()
    clause = "expect " + (", ".join(expected(each) for each in wanted) or "no findings")
    first, *rest = wrapped(Piece(clause, NOWHERE, 1))
    indent = text[text.rfind("\n", 0, start) + 1 : start]
    indent = indent if not indent.strip() else "    "
    inside = [each.text for each in comments if each.start > start]
    newline = "\r\n" if "\r\n" in text else "\n"
    above = [each + newline + indent for each in inside]
    return text[:start] + "".join(above) + newline.join([first.strip(), *rest]) + text[end:]
