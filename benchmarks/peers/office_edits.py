"""Four edits of an office's claims that every engine for one record at a time can express.

Per line, over the codes that the same provider bills on the same date: an add-on code without its
primary, a blood count with a larger one, therapy units over four, an injection at a wrong place.
Engines for records get the other codes as a field, `same_day`, which is prepared for them within
the measured time.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

Line: TypeAlias = Mapping[str, Any]
Judge: TypeAlias = Callable[[Sequence[Line]], int]
"""Takes a claim's lines, and answers with the number of findings."""

RULES = """\
77063 requires 77067 same date, same provider

85027 not allowed with 85025 same date, same provider

97110 not allowed when units > 4

96372 allowed only with place 11, 22
"""

_ZEN = (
    'code == "77063" and not("77067" in same_day)',
    'code == "85027" and "85025" in same_day',
    'code == "97110" and units > 4',
    'code == "96372" and not(place in ["11", "22"])',
)
_RULE_ENGINE = (
    'code == "77063" and not ("77067" in same_day)',
    'code == "85027" and "85025" in same_day',
    'code == "97110" and units > 4',
    'code == "96372" and not (place in ["11", "22"])',
)


def plain_python() -> Judge:
    """A function over dictionaries."""

    def judge(lines: Sequence[Line]) -> int:
        return sum(
            (each["code"] == "77063" and "77067" not in each["same_day"])
            + (each["code"] == "85027" and "85025" in each["same_day"])
            + (each["code"] == "97110" and each["units"] > 4)
            + (each["code"] == "96372" and each["place"] not in ("11", "22"))
            for each in _records(lines)
        )

    return judge


def zen_engine() -> Judge:
    """Compiled expressions of GoRules' zen engine."""
    import zen

    expressions = [zen.compile_expression(each) for each in _ZEN]
    return lambda lines: sum(
        bool(expression.evaluate(record))
        for record in _records(lines)
        for expression in expressions
    )


def rule_engine() -> Judge:
    """Rules of the rule-engine package."""
    import rule_engine as package

    rules = [package.Rule(each) for each in _RULE_ENGINE]
    return lambda lines: sum(rule.matches(record) for record in _records(lines) for rule in rules)


def editwright() -> Judge:
    """The sentences."""
    from editwright import load_text

    rules = load_text(RULES)
    return lambda lines: len(rules.evaluate_claim(lines))


JUDGES: Mapping[str, tuple[Callable[[], Judge], str | None]] = {
    "editwright": (editwright, None),
    "plain Python": (plain_python, None),
    "zen-engine": (zen_engine, "zen"),
    "rule-engine": (rule_engine, "rule_engine"),
}
"""By engine, what makes it ready, and the module that it needs."""


def _records(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Flat records, with the other lines' codes of the same date and provider."""
    return [
        {
            "code": line["procedure_code"],
            "units": line["units"] or 0,
            "place": line["place_of_service"],
            "same_day": [
                other["procedure_code"]
                for other in lines
                if other is not line
                and other["service_from"] == line["service_from"]
                and other["rendering_provider"] == line["rendering_provider"]
            ],
        }
        for line in lines
    ]
