"""The plan: what rules have become when they are judged. Arrays and numbers only.

A rule, or a row (or a group of rows) of its table, is an instance. Instances of one shape differ
in numbers alone: a million pairs of a table and three rules written by hand run in the same loop.
"""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.plan.lexicon import Lexicon
from editwright.grammar.checked import FieldRef, Rule

Access = Literal["code", "pair", "scan"]


@frozen(slots=True)
class Layout:
    """The columns that a plan reads, beside date, claim, procedure code and history.

    `numbers` starts with the units. Dates are numbers too: days since 1970-01-01.
    """

    numbers: tuple[FieldRef, ...]
    codes: tuple[FieldRef, ...]
    lists: tuple[FieldRef, ...]


@frozen(slots=True)
class Step:
    """Rules of one shape: those that one loop judges, found in one way."""

    core: str
    access: Access
    scope: str
    level: int
    rules: int
    instances: int


@frozen(slots=True, eq=False)
class Plan:
    """Rules as arrays (see `kernels.judge` for each), and the way back from them."""

    rules: tuple[Rule, ...]
    """The rules that the kernels judge, by their numbers in the arrays."""
    by_reference: tuple[tuple[Rule, str], ...]
    """Rules that no kernel can judge, and why: members whom they touch are judged slowly."""
    layout: Layout
    arrays: Mapping[str, NDArray[Any]]
    numbers: Mapping[str, int]
    lexicon: Lexicon
    rows: Mapping[int, NDArray[np.int32]]
    """By rule: the rows of its table, in the order of its instances."""
    steps: tuple[Step, ...]
