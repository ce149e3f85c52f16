"""The procedure codes that made-up claims bill, and what must fit them: units and primaries.

Without tables they are those of `codes.py`. With NCCI tables they are codes of the tables, drawn so
that claims look like claims that were coded with the tables at hand: units mostly within the
limits, add-on codes mostly on the line after one of their primaries.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from attrs import frozen

from benchmarks.codes import BILLED, LAB_PANEL, VISITS, procedure_codes

Texts: TypeAlias = npt.NDArray[np.str_]
Numbers: TypeAlias = npt.NDArray[np.int64]

_NO_LIMIT = 1_000_000
_MOST_PAIRED = 8


@frozen(slots=True, eq=False)
class CodePool:
    """Codes, the most billed first."""

    codes: Texts
    most_units: Numbers
    """Of each code, how many units no limit minds."""
    primary: Numbers
    """Of each code, the place of a primary that it needs; -1 where it needs none."""
    quiet: bool = False
    """Whether no two of the codes are a pair and none needs a primary: claims of these, with few
    units, have no findings."""


def usual_pool() -> CodePool:
    """The codes that claims bill most, visits aside, and made-up ones."""
    codes = np.array(procedure_codes(BILLED))
    return CodePool(codes, np.full(len(codes), _NO_LIMIT), np.full(len(codes), -1))


def ncci_pool(tables: dict[str, pa.Table], seed: int = 1) -> CodePool:
    """As many codes of the tables as claims bill, those that claims bill most first."""
    codes, units = _limited(tables, seed)
    aoc = tables["aoc"]
    primary_of: dict[str, str] = dict(
        zip(*(aoc[name].to_pylist() for name in ("add_on", "primary")), strict=True)
    )
    billed = codes.tolist()
    needed = [primary_of[code] for code in billed if code in primary_of]
    more = [code for code in dict.fromkeys(needed) if code not in set(billed)]
    place = {code: number for number, code in enumerate((*billed, *more))}
    return CodePool(
        np.array(list(place)),
        np.concatenate((units, np.ones(len(more), dtype=np.int64))),
        np.array([place.get(primary_of.get(code, ""), -1) for code in place]),
    )


def quiet_pool(tables: dict[str, pa.Table], seed: int = 1) -> CodePool:
    """Codes of the tables of which no two are a pair and none is an add-on code."""
    codes, units = _limited(tables, seed, count=_MOST_PAIRED * BILLED)
    one, two = (_places(tables["ptp"][name], codes) for name in ("column_1", "column_2"))
    inside = (one >= 0) & (two >= 0)
    of, others = np.concatenate((one, two)), np.concatenate((two, one))
    inside = np.concatenate((inside, inside))
    order = np.argsort(of[inside], kind="stable")
    of, others = of[inside][order], others[inside][order]
    starts = np.searchsorted(of, np.arange(len(codes) + 1))
    blocked = np.isin(codes, tables["aoc"]["add_on"].to_numpy()) | (units == 0)
    kept: list[int] = []
    for place in range(len(codes)):
        if not blocked[place]:
            kept.append(place)
            blocked[others[starts[place] : starts[place + 1]]] = True
    chosen = np.array(kept[:BILLED])
    return CodePool(codes[chosen], units[chosen], np.full(len(chosen), -1), quiet=True)


def _rare_kinds(tables: dict[str, pa.Table]) -> list[str]:
    """A few codes of rules that would else judge no line: limits of a line, open add-on codes."""
    kinds = (
        ("mue", "hcpcs", "adjudication_indicator", 1),
        ("aoc", "add_on", "contractor_defined", "Y"),
    )
    found: list[str] = []
    for table, code, column, wanted in kinds:
        cells = zip(*(tables[table][name].to_pylist() for name in (code, column)), strict=True)
        found += list(dict.fromkeys(each for each, cell in cells if cell == wanted))[:3]
    return found


def _places(column: Any, codes: Texts) -> Numbers:
    """Where the cells of a column stand among codes; -1 for the others."""
    places: Any = pc.index_in(column.combine_chunks(), pa.array(codes))
    found: Numbers = pc.fill_null(places, -1).to_numpy()
    return found


def _limited(tables: dict[str, pa.Table], seed: int, count: int = BILLED) -> tuple[Texts, Numbers]:
    """Codes of the tables with their limits; few of those that are never payable."""
    chance = np.random.default_rng(seed)
    mue: dict[str, int] = dict(
        zip(*(tables["mue"][name].to_pylist() for name in ("hcpcs", "units")), strict=True)
    )
    paired = set(pc.unique(tables["ptp"]["column_2"]).to_pylist())
    often = [code for code in (*procedure_codes(BILLED)[:50], *_rare_kinds(tables)) if code in mue]
    rest = sorted(code for code in mue if code in paired and code not in VISITS)
    chance.shuffle(rest)
    never = chance.random(len(rest)) < 0.02
    drawn = [code for code, rare in zip(rest, never.tolist(), strict=True) if mue[code] > 0 or rare]
    codes: Texts = np.array(list(dict.fromkeys((*often, *LAB_PANEL, *drawn)))[:count])
    return codes, np.array([mue.get(code, _NO_LIMIT) for code in codes.tolist()])
