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
import pyarrow.compute as pc

from benchmarks.code_pool import CodePool, usual_pool
from benchmarks.codes import DIAGNOSES, LAB_PANEL, VISITS
from benchmarks.line_details import kind_of, modifier_columns, places, units_and_charges

Numbers: TypeAlias = npt.NDArray[np.int64]
Cells: TypeAlias = Any
"""An array of pyarrow, whose stubs are too narrow."""

FIRST_DAY = np.datetime64("2024-01-01")
A_DAY = "timedelta64[D]"
"""Numbers of this type are days."""
DAYS = 730
_ZIPF_SLOPE = 0.89
_MOST_DIAGNOSES = 12
_OVER = 999_999
"""Units that are over every limit."""


def claim_table(
    lines: int,
    seed: int = 1,
    *,
    pool: CodePool | None = None,
    over: float = 0.0,
    start: int = 0,
) -> pa.Table:
    """As many service lines as asked for, by date; a member's lines lie far apart.

    `over` is the share of lines whose units exceed every limit. `start` is how many lines other
    parts of the same file have had: their members, claims and authorizations are others.
    """
    pool = pool or usual_pool()
    known = np.concatenate((list(VISITS), LAB_PANEL, pool.codes))
    chance = np.random.default_rng((seed, start) if start else seed)
    member, day, sizes = _member_days(lines, chance)
    day_of = np.repeat(np.arange(len(sizes)), sizes)
    place_in_day = np.arange(lines) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    repeats = (chance.random(lines) < 0.02) & (place_in_day > 0)

    codes = _codes(pool, sizes, day_of, place_in_day, chance)
    provider, visit = _providers(member, sizes, day_of, chance)
    _primaries_first(pool, codes, provider, visit, place_in_day, chance)
    for column in (codes, provider, visit):
        column[repeats] = column[np.flatnonzero(repeats) - 1]
    claim, number = _claims(visit * 2 + repeats)
    of_kind = np.array([kind_of(code) for code in known.tolist()])[codes]
    first, second = modifier_columns(of_kind, chance)
    units, charges = units_and_charges(of_kind, chance)
    for cells in (first, second, units):
        cells[repeats] = cells[np.flatnonzero(repeats) - 1]
    units_missing = chance.random(lines) < 0.017
    of_line = member[day_of]
    _fit_units(pool, codes, units, (of_line, day[day_of]), chance)
    if over:
        exceeding = chance.random(lines) < over
        units[exceeding] = _OVER
        units_missing &= ~exceeding

    ages = chance.integers(0, 365 * 85, int(member.max()) + 1)
    born = np.datetime64("1934-01-01") + ages.astype(A_DAY)
    sexes = chance.integers(0, 2, len(born))
    served = FIRST_DAY + day[day_of].astype(A_DAY)
    claims = int(claim.max()) + 1
    waited = chance.lognormal(2.6, 0.9, claims).astype(np.int64)
    received = served + waited.astype(A_DAY)[claim]
    authorized = chance.random(lines) < 0.05
    npi, place = _npi(np.arange(int(provider.max()) + 1)), places(claims, chance)
    columns: dict[str, Cells] = {
        "claim_id": _named("C", claim + 1 + start),
        "line_number": pa.array(number),
        "member_id": _named("M", of_line + 1 + start),
        "birth_date": pa.array(born[of_line]),
        "sex": _texts(["F", "M"], sexes[of_line]),
        "service_from": pa.array(served),
        "service_to": pa.array(served),
        "procedure_code": _texts(known, codes),
        "modifier_1": _blank_as_missing(first),
        "modifier_2": _blank_as_missing(second),
        "units": pa.array(units, mask=units_missing),
        "charge": pa.array(charges),
        "place_of_service": pa.array(place).take(claim),
        **_diagnoses(claim, chance),
        "rendering_provider": _texts(npi, provider, missing=_unnamed(visit, chance)),
        "billing_provider": _texts(npi, provider // 5),
        "group_id": _named("T", provider // 5),
        "specialty": _texts(["11", "08", "06", "13", "25", "69"], provider % 6),
        "authorization": _named("A", np.arange(lines) + start, missing=~authorized),
        "received_date": pa.array(received),
        "frequency_code": _texts(["1"], np.zeros(lines, dtype=np.int64)),
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
    pool: CodePool,
    sizes: Numbers,
    day_of: Numbers,
    place_in_day: Numbers,
    chance: np.random.Generator,
) -> Numbers:
    """Procedure codes, as places among visits, laboratory panel and pool: a visit on two days of
    five, laboratory work drawn together, else as Zipf says. A quiet pool's codes stand alone."""
    count = len(pool.codes)
    before = len(VISITS) + len(LAB_PANEL)
    codes = before + chance.choice(count, len(day_of), p=_zipf(count, _ZIPF_SLOPE))
    if pool.quiet:
        return codes
    with_visit = (chance.random(len(sizes)) < 0.40)[day_of]
    weights = np.array(list(VISITS.values()), dtype=float)
    visits = chance.choice(len(VISITS), len(codes), p=weights / weights.sum())
    codes = np.where(with_visit & (place_in_day == 0), visits, codes)
    with_panel = ((chance.random(len(sizes)) < 0.10) & (sizes > len(LAB_PANEL)))[day_of]
    in_panel = with_panel & (place_in_day > 0) & (place_in_day <= len(LAB_PANEL))
    codes[in_panel] = len(VISITS) + place_in_day[in_panel] - 1
    return codes


def _primaries_first(
    pool: CodePool,
    codes: Numbers,
    provider: Numbers,
    visit: Numbers,
    place_in_day: Numbers,
    chance: np.random.Generator,
) -> None:
    """Let most add-on codes follow one of their primaries, at the same provider."""
    before = len(VISITS) + len(LAB_PANEL)
    primary = np.concatenate((np.full(before, -1), pool.primary))
    asking = (primary[codes] >= 0) & (chance.random(len(codes)) < 0.95)
    codes[asking & (place_in_day == 0)] = 0
    at = np.flatnonzero(asking & (place_in_day > 0))
    codes[at - 1] = before + primary[codes[at]]
    for column in (provider, visit):
        column[at] = column[at - 1]


def _fit_units(
    pool: CodePool,
    codes: Numbers,
    units: Numbers,
    days: tuple[Numbers, Numbers],
    chance: np.random.Generator,
) -> None:
    """Keep most units within the limits; of a quiet pool all, a day's further lines with none."""
    before = len(VISITS) + len(LAB_PANEL)
    most = np.concatenate((np.full(before, np.iinfo(np.int64).max), pool.most_units))[codes]
    if pool.quiet:
        member, day = days
        key = (member * DAYS + day) * (before + len(pool.codes)) + codes
        first = np.zeros(len(codes), dtype=bool)
        first[np.unique(key, return_index=True)[1]] = True
        units[:] = first
        return
    fitting = (chance.random(len(codes)) < 0.99) & (most > 0)
    units[fitting] = np.minimum(units, most)[fitting]


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


def _named(letter: str, numbers: Numbers, missing: npt.NDArray[np.bool_] | None = None) -> Cells:
    """Texts like `C0000001`."""
    digits: Cells = pc.utf8_lpad(pc.cast(pa.array(numbers, mask=missing), pa.string()), 7, "0")
    return pc.binary_join_element_wise(letter, digits, "")


def _texts(
    known: "list[str] | npt.NDArray[np.str_]",
    which: Numbers,
    missing: npt.NDArray[np.bool_] | None = None,
) -> Cells:
    places: Cells = pa.array(which, mask=missing)
    return pa.array(known).take(places)


def _unnamed(visit: Numbers, chance: np.random.Generator) -> npt.NDArray[np.bool_]:
    """One visit in five hundred names no rendering provider."""
    unnamed: npt.NDArray[np.bool_] = (chance.random(int(visit.max()) + 1) < 0.002)[visit]
    return unnamed


def _blank_as_missing(cells: npt.NDArray[np.str_]) -> Cells:
    known, which = np.unique(cells, return_inverse=True)
    return pa.array([text or None for text in known.tolist()]).take(which)


def _npi(numbers: Numbers) -> npt.NDArray[np.str_]:
    """Ten digits that look like a provider's number and fail its check digit."""
    stem = 100_000_000 + numbers
    total = np.full(len(stem), 24)
    for place in range(9):
        digit = stem // 10**place % 10
        total += np.where(place % 2 == 0, 2 * digit // 10 + 2 * digit % 10, digit)
    npi: npt.NDArray[np.str_] = (stem * 10 + (-total % 10 + 5) % 10).astype("<U10")
    return npi
