"""Made-up tables with the size and the shape of CMS's practitioner tables of 2024 Q3.

The shape is what decides the cost: how many codes a code is paired with (as column one some 200; as
column two mostly fewer than ten, and a few with nearly every code), how many pairs changed their
indicator or were deleted, how many primaries an add-on code has. The same size and seed always
give the same tables.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from attrs import frozen

from benchmarks.codes import VISITS, procedure_codes

Cells: TypeAlias = npt.NDArray[Any]

_SINCE = np.datetime64("1996-01-01")
_ONE_DAY = np.timedelta64(1, "D")
_PTP_REASONS = ("Standards of practice", "Misuse of column two code", "Manual coding instruction")
_MUE_REASONS = ("Clinical: data", "Anatomic consideration", "Nature of service")


@frozen(slots=True)
class Size:
    """How many rows the tables have, about, and over how many codes they range."""

    codes: int
    pairs: int
    limits: int
    add_on_rows: int


FULL_SIZE = Size(codes=10_858, pairs=2_447_000, limits=14_677, add_on_rows=7_421)
SMALL_SIZE = Size(codes=1_000, pairs=25_000, limits=1_200, add_on_rows=300)


def made_up_tables(size: Size, seed: int = 1) -> dict[str, pa.Table]:
    """The three tables by name, in the columns that `editwright import` writes."""
    chance = np.random.default_rng(seed)
    codes = np.array((*VISITS, *procedure_codes(size.codes)))[: size.codes]
    return {
        "ptp": _ptp(size, codes, chance),
        "mue": _mue(size, chance),
        "aoc": _aoc(size, codes, chance),
    }


def _ptp(size: Size, codes: Cells, chance: np.random.Generator) -> pa.Table:
    one, two = _pairs(size, chance)
    count = len(one)
    changed = chance.random(count) < 0.25
    deleted = chance.random(count) < 0.20
    change = _quarter_ends(count, 2005, 2025, chance)
    end = _quarter_ends(count, 2015, 2025, chance)
    indicator = (chance.random(count) < 0.70).astype(np.int8)
    reason = chance.integers(0, len(_PTP_REASONS), count)
    earlier = np.flatnonzero(changed)
    now = ~(changed & deleted & (end <= change))
    after = np.where(changed, change + _ONE_DAY, _SINCE)
    table = _columns(
        {
            "column_1": codes[np.concatenate((one[earlier], one[now]))],
            "column_2": codes[np.concatenate((two[earlier], two[now]))],
            "effective": np.concatenate((np.full(len(earlier), _SINCE), after[now])),
            "deletion": pa.array(
                np.concatenate((change[earlier], end[now])),
                mask=np.concatenate((np.zeros(len(earlier), bool), ~deleted[now])),
            ),
            "modifier_indicator": np.concatenate((1 - indicator[earlier], indicator[now])),
            "rationale": np.array(_PTP_REASONS)[np.concatenate((reason[earlier], reason[now]))],
        }
    )
    return table.sort_by([("column_1", "ascending"), ("column_2", "ascending")])


def _pairs(size: Size, chance: np.random.Generator) -> tuple[Cells, Cells]:
    """Numbers of the codes in column one and two. A changed pair is two rows."""
    wanted = int(size.pairs / 1.25)
    times = np.minimum(chance.lognormal(np.log(8), 2.8, size.codes), 0.97 * size.codes)
    times = np.ceil(times * wanted * 1.25 / times.sum()).astype(np.int64)
    times = np.minimum(times, int(0.97 * size.codes))
    two = np.repeat(np.arange(size.codes), times)
    one = (size.codes * chance.random(len(two)) ** 1.3).astype(np.int64)
    one = chance.permutation(size.codes)[one]
    keys = np.unique((one * size.codes + two)[one != two])
    keys = chance.permutation(keys)[:wanted]
    return keys // size.codes, keys % size.codes


def _mue(size: Size, chance: np.random.Generator) -> pa.Table:
    count = size.limits
    known = np.array((*VISITS, *procedure_codes(count)))[:count]
    units = chance.choice(np.array([0, 1, 2, 3, 4, 6, 10, 100]), count, p=_UNIT_SHARES)
    shares = [0.05, 0.34, 0.61]
    indicator = chance.choice(np.array([1, 2, 3], dtype=np.int8), count, p=shares)
    rationale = np.array(_MUE_REASONS)[chance.integers(0, len(_MUE_REASONS), count)]
    return _columns(
        {
            "hcpcs": known,
            "units": units.astype(np.int32),
            "adjudication_indicator": indicator,
            "rationale": rationale,
            "setting": np.full(count, "practitioner"),
            "effective": np.full(count, _SINCE),
            "deletion": pa.nulls(count, pa.date32()),
        }
    )


_UNIT_SHARES = (0.10, 0.46, 0.16, 0.10, 0.07, 0.05, 0.04, 0.02)


def _aoc(size: Size, codes: Cells, chance: np.random.Generator) -> pa.Table:
    primaries = np.minimum(chance.lognormal(0.6, 1.7, size.add_on_rows).astype(np.int64) + 1, 276)
    add_ons = min(int(np.searchsorted(np.cumsum(primaries), size.add_on_rows)) + 1, size.codes // 8)
    primaries = np.minimum(primaries[:add_ons], size.codes // 4)
    places = len(VISITS) + chance.permutation(size.codes - len(VISITS))[:add_ons]
    add_on = np.repeat(places, primaries)
    primary = chance.integers(0, size.codes, len(add_on))
    keys = np.unique((add_on * size.codes + primary)[add_on != primary])
    add_on, primary = keys // size.codes, keys % size.codes
    open_ended = np.isin(add_on, places[chance.random(add_ons) < 0.15])
    count = len(keys)
    return _columns(
        {
            "add_on": codes[add_on],
            "primary": codes[primary],
            "edit_type": np.where(open_ended, 3, 1).astype(np.int8),
            "effective": np.full(count, _SINCE),
            "deletion": pa.array(
                _quarter_ends(count, 2020, 2025, chance), mask=chance.random(count) > 0.05
            ),
            "contractor_defined": np.where(open_ended, "Y", "N"),
            "notes": pa.nulls(count, pa.string()),
        }
    )


def _quarter_ends(count: int, first: int, last: int, chance: np.random.Generator) -> Cells:
    quarters = chance.integers((first - 1970) * 4 + 1, (last - 1970) * 4 + 4, count)
    starts: Cells = (quarters * 3).astype("datetime64[M]").astype("datetime64[D]")
    return starts - _ONE_DAY


def _columns(cells: Mapping[str, Any]) -> pa.Table:
    return pa.table({name: pa.array(each) for name, each in cells.items()})
