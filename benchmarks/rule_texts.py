"""Rule files made up for benchmarks: the same count and seed always give the same text.

Subjects and partners are drawn evenly from 10,000 codes, of which the generated claims bill a
fifth: most rules of a large rule set touch no line of most claims.
"""

import random
from collections.abc import Iterator, Sequence

from benchmarks.codes import DIAGNOSES, procedure_codes, unbilled_codes

CODES = 10_000

_SENTENCES = (
    "{a} requires {b} same date",
    "{a} requires {b} or {c} same date, same provider",
    "{a} requires {b} within 30 days before",
    "{a} requires 2 of {b}, {c}, {d} same claim",
    "{a} requires modifier LT or RT",
    "{a} requires authorization",
    "{a} not allowed with {b} same date, same provider",
    "{a}, {b} not allowed with {c} same claim",
    "{a} with place 21 not allowed with {b} without modifier 25 same date, same provider",
    "{a} not allowed within 90 days after {b}, same group",
    "{a} not allowed with modifier 50",
    "{a} not allowed when units > {n}",
    "{range} not allowed with {b}, {c} same date",
    "{a} allowed only with place 11, 19, 22, 24",
    "{a} allowed only with diagnosis {dx}, {category}.*",
    "{a} allowed only when sex = F and age >= {n}",
    "{prefix}* except {a} allowed only with specialty 13, 25",
    "{a} at most {n} units per day",
    "{a} at most 1 time per calendar year",
    "each of {a}, {b} at most {n} units per day, same provider",
    "{a}, {b} together at most {n} lines per 30 days",
)

_CLAUSES = (
    "unless modifier separate on either line",
    "otherwise deny as CO-97 N122",
    'because "{{code}} on {{date}} is part of {{partner}}."',
    'source "payer policy example {n}"',
    "effective 2024-01-01 to 2026-12-31",
)

_RICH = (
    "{a} not allowed with {b}, {c} same date, same provider",
    "{a} not allowed within {n} days after {b}, same group",
    "visits not allowed with {a} same date, same provider",
    "{a}, {b} not allowed with {range} same claim",
)

_HEADING = """\
# Made up for benchmarks.
ruleset made_up version "1" effective 2020-01-01
    source "no source: made up"

codes visits = 99211 to 99215, 99202 to 99205 except 99211
modifiers separate = 59, XE, XP, XS, XU
"""


def plain_rules(count: int, seed: int = 1) -> str:
    """Rules of one sentence, a line each: every verb, in the shapes that payers write most."""
    return "\n".join(_filled(_SENTENCES, count, seed)) + "\n"


def untouched_rules(count: int, seed: int = 1) -> str:
    """The same over codes that the generated claims never bill."""
    return "\n".join(_filled(_SENTENCES, count, seed, unbilled_codes())) + "\n"


def rich_rules(count: int, seed: int = 1) -> str:
    """Named rules with a title and up to five clauses, below a heading and two lists."""
    chance = random.Random(seed)
    rules = []
    for number, sentence in enumerate(_filled(_RICH, count, seed), 1):
        clauses = [each.format(n=number) for each in _CLAUSES if chance.random() < 0.6]
        head = f'rule MADE-UP-{number} "Made up, number {number}":'
        rules.append("\n    ".join((head, sentence, *clauses)))
    return _HEADING + "\n" + "\n\n".join(rules) + "\n"


def payable_rules(count: int, seed: int = 1) -> str:
    """Rules of one sentence, a tenth of which ask for a payable partner."""
    payable = ("{a} requires payable {b} same date, same provider",)
    every = 10
    return "".join(
        (asking if number % every == 0 else plain) + "\n"
        for number, (plain, asking) in enumerate(
            zip(_filled(_SENTENCES, count, seed), _filled(payable, count, seed), strict=True)
        )
    )


def _filled(
    templates: Sequence[str], count: int, seed: int, codes: Sequence[str] = procedure_codes(CODES)
) -> Iterator[str]:
    chance = random.Random(seed)
    for number in range(count):
        a, b, c, d = chance.sample(codes, 4)
        diagnosis = chance.choice(DIAGNOSES)
        yield templates[number % len(templates)].format(
            a=a,
            b=b,
            c=c,
            d=d,
            n=chance.randint(1, 90),
            range=_range_from(c),
            prefix=a[:4] if a[4].isdigit() else a[:3],
            dx=diagnosis,
            category=diagnosis[:3],
        )


def _range_from(code: str) -> str:
    """A short range around a code: `64640 to 64645`."""
    at = 4 if code[4].isdigit() else 3
    return f"{code[:at]}0{code[at + 1 :]} to {code[:at]}5{code[at + 1 :]}"
