"""Service lines made up for benchmarks, with the shape that real ones have.

How lines cluster decides what a rule set costs: lines per member and day, how often a code
repeats, how many claims share a day. Those follow what was measured on Medicare samples (66 % of
claims have one line; a member-day has 3.6 lines, one in a hundred has 30 to 80; a member has some
50 lines in two years, one in a hundred 240). The same count and seed always give the same lines.
Members and providers are made up: the providers' numbers fail the check that real ones pass.
"""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from benchmarks.codes import BILLED, DIAGNOSES, LAB_PANEL, VISITS, procedure_codes
from benchmarks.line_details import modifier_columns, places, units_and_charges

Numbers: TypeAlias = npt.NDArray[np.int64]
Cells: TypeAlias = "pa.Array[Any]"

FIRST_DAY = np.datetime64("2024-01-01")
DAYS = 730
_ZIPF_SLOPE = 0.89
_MOST_DIAGNOSES = 12


def claim_table(lines: int, seed: int = 1) -> pa.Table:
    """As many service lines as asked for, by date; a member's lines lie far apart."""
    chance = np.random.default_rng(seed)
    member, day, sizes = _member_days(lines, chance)
    day_of = np.repeat(np.arange(len(sizes)), sizes)
    place_in_day = np.arange(lines) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    repeats = (chance.random(lines) < 0.02) & (place_in_day > 0)

    codes = _codes(sizes, day_of, place_in_day, chance)
    provider, visit = _providers(member, sizes, day_of, chance)
    for column in (codes, provider, visit):
        column[repeats] = column[np.flatnonzero(repeats) - 1]
    claim, number = _claims(visit * 2 + repeats)
    first, second = modifier_columns(codes, chance)
    units, charges = units_and_charges(codes, chance)
    for cells in (first, second, units):
        cells[repeats] = cells[np.flatnonzero(repeats) - 1]

    of_line = member[day_of]
    born = np.datetime64("1934-01-01") + chance.integers(0, 365 * 85, int(member.max()) + 1)
    sexes = chance.choice(np.array(["F", "M"]), len(born))
    served = FIRST_DAY + day[day_of]
    claims = int(claim.max()) + 1
    received = served + chance.lognormal(2.6, 0.9, claims).astype(np.int64)[claim]
    authorized = chance.random(lines) < 0.05
    columns: dict[str, Cells] = {
        "claim_id": _named("C", claim + 1),
        "line_number": pa.array(number),
        "member_id": _named("M", of_line + 1),
        "birth_date": pa.array(born[of_line]),
        "sex": pa.array(sexes[of_line]),
        "service_from": pa.array(served),
        "service_to": pa.array(served),
        "procedure_code": pa.array(codes),
        "modifier_1": _blank_as_missing(first),
        "modifier_2": _blank_as_missing(second),
        "units": pa.array(units, mask=chance.random(lines) < 0.017),
        "charge": pa.array(charges),
        "place_of_service": pa.array(places(claims, chance)[claim]),
        **_diagnoses(claim, chance),
        "rendering_provider": pa.array([_npi(each) for each in provider.tolist()]),
        "billing_provider": pa.array([_npi(each // 5) for each in provider.tolist()]),
        "group_id": _named("T", provider // 5),
        "specialty": pa.array(np.array(["11", "08", "06", "13", "25", "69"])[provider % 6]),
        "authorization": pa.array(
            [f"A{row}" if there else None for row, there in enumerate(authorized.tolist())]
        ),
        "received_date": pa.array(received),
        "frequency_code": pa.array(np.full(lines, "1")),
    }
    return pa.table(columns).take(np.argsort(served, kind="stable"))


def _member_days(lines: int, chance: np.random.Generator) -> tuple[Numbers, Numbers, Numbers]:
    """Of each day on which a member is treated: the member, the day, and its number of lines."""
    sizes = chance.geometric(0.31, lines)
    crowded = chance.random(lines) < 0.01
    sizes[crowded] = chance.integers(30, 81, int(crowded.sum()))
    count = int(np.searchsorted(np.cumsum(sizes), lines)) + 1
    sizes = sizes[:count]
    sizes[-1] -= int(sizes.sum()) - lines
    days_of_member = np.maximum(chance.lognormal(math.log(15), 0.62, count), 1).astype(np.int64)
    member = np.repeat(np.arange(count), days_of_member)[:count]
    return member, chance.integers(0, DAYS, count), sizes


def _codes(
    sizes: Numbers, day_of: Numbers, place_in_day: Numbers, chance: np.random.Generator
) -> npt.NDArray[np.str_]:
    """Procedure codes: a visit on two days of five, lab work drawn together, else as Zipf says."""
    known = np.array(procedure_codes(BILLED))
    codes = known[chance.choice(BILLED, len(day_of), p=_zipf(BILLED, _ZIPF_SLOPE))]
    with_visit = (chance.random(len(sizes)) < 0.40)[day_of]
    weights = np.array(list(VISITS.values()), dtype=float)
    visits = chance.choice(np.array(list(VISITS)), len(codes), p=weights / weights.sum())
    codes = np.where(with_visit & (place_in_day == 0), visits, codes)
    with_panel = ((chance.random(len(sizes)) < 0.10) & (sizes > len(LAB_PANEL)))[day_of]
    for place, code in enumerate(LAB_PANEL, 1):
        codes[with_panel & (place_in_day == place)] = code
    return codes


def _providers(
    member: Numbers, sizes: Numbers, day_of: Numbers, chance: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """The provider of each line, and a number for the line's visit: one provider's share of the
    member's day."""
    alone = chance.random(len(sizes)) < 0.46
    several = np.maximum(sizes * chance.uniform(0.6, 2.0, len(sizes)), 2).astype(np.int64)
    of_day = np.where(alone | (sizes == 1), 1, several)
    first = np.cumsum(of_day) - of_day
    pool = max(20, len(sizes) // 40)
    usual = chance.choice(pool, int(member.max()) + 1)
    others = chance.choice(pool, int(of_day.sum()), p=_zipf(pool, 0.7))
    at_home = chance.random(len(others)) < 0.5
    of_visit = np.where(at_home, usual[np.repeat(member, of_day)], others)
    visit = first[day_of] + chance.integers(0, of_day[day_of])
    return of_visit[visit], visit


def _claims(key: Numbers) -> tuple[Numbers, Numbers]:
    """Claim and line numbers of lines with the same key."""
    claim = np.unique(key, return_inverse=True)[1].astype(np.int64)
    order = np.argsort(claim, kind="stable")
    starts = np.searchsorted(claim[order], np.arange(int(claim.max()) + 1))
    number = np.empty_like(claim)
    number[order] = np.arange(len(claim)) - starts[claim[order]] + 1
    return claim, number


def _diagnoses(claim: Numbers, chance: np.random.Generator) -> dict[str, Cells]:
    """One to twelve different diagnoses a claim, the frequent ones first."""
    claims = int(claim.max()) + 1
    known = np.array(DIAGNOSES)
    counts = chance.choice(np.array([1, 2, 3, 4, 5]), claims, p=[0.43, 0.19, 0.12, 0.11, 0.15])
    more = np.minimum(chance.geometric(0.45, claims) - 1, _MOST_DIAGNOSES - 5)
    counts = counts + np.where(counts == 5, more, 0)
    start = chance.choice(len(known), claims, p=_zipf(len(known), 0.9))
    step = chance.integers(1, len(known), claims)
    return {
        f"diagnosis_{number + 1}": pa.array(
            known[(start + step * number) % len(known)][claim], mask=(counts <= number)[claim]
        )
        for number in range(_MOST_DIAGNOSES)
    }


def _zipf(count: int, slope: float) -> npt.NDArray[np.float64]:
    weights = np.arange(1, count + 1) ** -slope
    chances: npt.NDArray[np.float64] = weights / weights.sum()
    return chances


def _named(letter: str, numbers: Numbers) -> Cells:
    return pa.array([f"{letter}{number:07}" for number in numbers.tolist()])


def _blank_as_missing(cells: npt.NDArray[np.str_]) -> Cells:
    return pa.array(cells, mask=cells == "")


def _npi(number: int) -> str:
    """Ten digits that look like a provider's number and fail its check digit."""
    stem = f"1{number:08}"
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in stem[::-2])
    right = -(24 + doubled + sum(int(digit) for digit in stem[-2::-2])) % 10
    return f"{stem}{(right + 5) % 10}"
