"""Codes for generated rules and claims: those that claims bill most, then made-up ones.

The made-up codes have the shapes of real ones; some are real, which means nothing here.
"""

import random
from functools import cache

VISITS = {
    "99214": 30, "99213": 24, "99232": 9, "99215": 5, "99212": 4, "99203": 4, "99204": 4,
    "99223": 4, "99284": 4, "99283": 3, "99285": 3, "99291": 2, "G0439": 3, "99396": 1,
}  # fmt: skip
"""Visits, with how often each is billed."""

LAB_PANEL = ("36415", "80053", "85025", "80061")
"""Drawn together: a blood draw and what it is drawn for."""

_FREQUENT = (
    "36415", "80053", "85025", "93010", "80061", "84443", "97110", "83036", "93000", "71046",
    "97140", "80048", "85610", "81001", "82306", "G0283", "97112", "84153", "87086", "82607",
    "97530", "82570", "82043", "71045", "90471", "96372", "77067", "77063", "88305", "11721",
    "20610", "93306", "J1100", "85027", "84439", "83735", "17000", "69210", "74177", "70450",
    "A0425", "A0427", "J0585", "64642", "64643", "45380", "45385", "66984", "27447", "J3301",
)  # fmt: skip

BILLED = 2_000
"""How many codes the generated claims bill, visits aside."""

DIAGNOSES = (
    "I10", "E11.9", "E78.5", "Z00.00", "Z12.31", "M54.50", "E03.9", "I25.10", "K21.9", "N18.30",
    "I48.91", "J44.9", "F41.9", "E78.2", "M17.11", "R07.9", "Z79.899", "E55.9", "D64.9", "M25.561",
    "I50.9", "N39.0", "G47.33", "F32.A", "Z23", "R53.83", "E66.9", "M79.10", "H25.13", "L57.0",
    "R10.9", "G80.1", "E11.65", "E11.22", "J06.9", "R05.9", "M54.2", "Z13.6", "B35.1", "C61",
    "M62.838",
)  # fmt: skip
"""The most frequent first. A prime number of them: any step through them meets each once."""


@cache
def procedure_codes(count: int) -> tuple[str, ...]:
    """The first codes of a fixed order, the most billed first; visits are not among them."""
    chance = random.Random(20_240_701)
    codes = dict.fromkeys(_FREQUENT)
    while len(codes) < count:
        code = _made_up(chance)
        if code not in VISITS:
            codes[code] = None
    return tuple(codes)[:count]


def unbilled_codes() -> tuple[str, ...]:
    """Codes of the letters that made-up claims do not use: 100,000."""
    return tuple(f"{letter}{number:04}" for letter in "BCDHKMPRSV" for number in range(10_000))


def _made_up(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.80:
        return f"{chance.randint(10_004, 98_970):05}"
    if kind < 0.95:
        return f"{chance.choice('AEGJLQ')}{chance.randint(1, 9_999):04}"
    return f"{chance.randint(1, 999):04}T"
