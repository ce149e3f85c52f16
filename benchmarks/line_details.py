"""What one made-up service line says beside its code: modifiers, units, charge, place.

Modifiers and units hang on what kind of service the code is, or rules that read them would
never (or always) fire.
"""

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[np.str_]

_PLACES = {
    "11": 45, "81": 29, "22": 7, "21": 5, "23": 4, "12": 2, "19": 2, "24": 2, "31": 2, "02": 2,
}  # fmt: skip

_MODIFIERS = {
    "visit": {"": 70, "25": 27, "GC": 2, "24": 1},
    "imaging": {"": 38, "26": 54, "TC": 4, "LT": 2, "RT": 2},
    "laboratory": {"": 87, "QW": 5, "90": 5, "91": 2, "59": 1},
    "therapy": {"": 8, "GP": 80, "GO": 9, "59": 3},
    "medicine": {"": 78, "26": 14, "59": 4, "GC": 4},
    "surgery": {"": 70, "51": 9, "59": 9, "LT": 6, "RT": 6},
    "supply": {"": 90, "JZ": 5, "KX": 3, "JW": 2},
}
"""By kind of service, how often each modifier stands first."""


def kind_of(code: str) -> str:
    """The kind of service of a code, by the chapter that it stands in."""
    if code[0].isalpha():
        return "supply"
    if code in ("93010", "36415"):
        return "imaging" if code == "93010" else "laboratory"
    chapters = {"992": "visit", "993": "visit", "97": "therapy", "7": "imaging", "8": "laboratory"}
    other = "medicine" if code[0] == "9" else "surgery"
    return next((kind for start, kind in chapters.items() if code.startswith(start)), other)


def modifier_columns(kinds: Texts, chance: np.random.Generator) -> tuple[Texts, Texts]:
    """The first and the second modifier of services of these kinds, blank where there is none."""
    first = np.full(len(kinds), "", dtype="<U2")
    for kind, weights in _MODIFIERS.items():
        there = kinds == kind
        first[there] = _drawn(weights, int(there.sum()), chance)
    second = _drawn({"": 89, "59": 4, "LT": 2, "RT": 2, "GC": 2, "KX": 1}, len(kinds), chance)
    second[(first == "") | (first == second)] = ""
    return first, second


def units_and_charges(
    kinds: Texts, chance: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Units, mostly one, and charges in dollars and cents."""
    units = np.ones(len(kinds), dtype=np.int64)
    timed = (kinds == "therapy") & (chance.random(len(kinds)) < 0.5)
    units[timed] = chance.integers(2, 6, int(timed.sum()))
    drugs = (kinds == "supply") & (chance.random(len(kinds)) < 0.12)
    units[drugs] = np.minimum(chance.lognormal(2.0, 1.4, int(drugs.sum())).astype(int) + 1, 400)
    price = chance.lognormal(4.4, 1.1, len(kinds))
    return units, np.round(price * np.sqrt(units), 2)


def places(count: int, chance: np.random.Generator) -> Texts:
    """Places of service."""
    return _drawn(_PLACES, count, chance)


def _drawn(weights: dict[str, int], count: int, chance: np.random.Generator) -> Texts:
    shares = np.array(list(weights.values()), dtype=float)
    return chance.choice(np.array(list(weights)), count, p=shares / shares.sum())
