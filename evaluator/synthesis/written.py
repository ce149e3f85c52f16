"""A draft as an example of the language: its statement, and its text ready to paste."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from editwright.evaluator.examples.run_examples import Found
from editwright.evaluator.findings.message import number_text
from editwright.evaluator.synthesis.draft import FIRST_CLAIM, Draft
from editwright.evaluator.synthesis.values import spelled
from editwright.grammar import nodes
from editwright.grammar.checked import GivenLine
from editwright.grammar.fields import FIELDS
from editwright.grammar.format import statement_text
from editwright.grammar.nodes import One

_ELSEWHERE = ("provider", "place")
"""Fields that have a place of their own in a line."""


def example_of(
    draft: Draft, title: str, found: Iterable[Found], says: str | None = None
) -> nodes.Example:
    """The example that expects what was found; of the rule that `says` names, also what it does
    with the line."""
    lines = tuple(_given(line.given) for line in draft.lines)
    expected = tuple(
        expectation(lines, each, with_disposition=each.rule == says)
        for each in sorted(found, key=lambda each: (each.line, each.rule))
    )
    return nodes.Example(nodes.Text(title), _patient(draft), lines, expected)


def text_of(example: nodes.Example) -> str:
    """The text of an example."""
    return statement_text(example)


def expectation(
    lines: tuple[nodes.GivenLine, ...], found: Found, *, with_disposition: bool = False
) -> nodes.Expected:
    """What an example says to expect a finding: on its code, where one line alone has that."""
    code = lines[found.line - 1].code.text.split("-")[0]
    same = [each for each in lines if each.code.text.split("-")[0] == code and not each.history]
    disposition: nodes.Disposition | None = None
    if with_disposition or found.allowed is not None:
        disposition = found.disposition  # type: ignore[assignment]
    return nodes.Expected(
        One(found.rule),
        line=One(str(found.line)) if len(same) > 1 or found.allowed is not None else None,
        code=One(code) if len(same) == 1 and found.allowed is None else None,
        disposition=disposition,
        allowed=None if found.allowed is None else One(number_text(found.allowed)),
    )


def _patient(draft: Draft) -> nodes.Patient | None:
    if draft.born is None and draft.age is None and draft.sex is None:
        return None
    return nodes.Patient(
        One(str(draft.age)) if draft.age is not None else None,
        One(draft.born.isoformat()) if draft.born is not None else None,
        One(draft.sex) if draft.sex is not None else None,
    )


def _given(given: GivenLine) -> nodes.GivenLine:
    values = given.values
    return nodes.GivenLine(
        One("-".join([given.code, *given.modifiers])),
        history=given.history,
        claim=None if given.claim == FIRST_CLAIM else One(given.claim),
        first=One(given.first.isoformat()) if given.first else None,
        last=One(given.last.isoformat()) if given.last else None,
        units=One(number_text(given.units)) if given.units != 1 else None,
        provider=One(str(values["provider"])) if "provider" in values else None,
        place=One(str(values["place"])) if "place" in values else None,
        details=tuple(
            _detail(name, value) for name, value in values.items() if name not in _ELSEWHERE
        ),
    )


def _detail(name: str, value: object) -> nodes.Condition:
    words = value if isinstance(value, tuple) else (value,)
    members = tuple(One(_word(name, each)) for each in words)
    return nodes.In(nodes.Field(name), nodes.ValueSet(members))


def _word(name: str, value: object) -> str:
    match value:
        case Decimal():
            return number_text(value)
        case date():
            return value.isoformat()
        case _:
            return spelled(FIELDS[name], str(value)) if name in FIELDS else str(value)
