"""The texts of a plan in the making to its lexicon: what each text leads to, and its sets."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.plan.compile_instances import distinct
from editwright.evaluator.plan.compile_pools import Pools
from editwright.evaluator.plan.lexicon import Lexicon, Patterns


def lexicon_of(
    pools: Pools, led: NDArray[np.int64], base: Mapping[str, int], count: int
) -> Lexicon:
    """The lexicon; `led` are the codes and pattern sets with the instances that they lead to,
    `base` is where the numbers of each kind of texts start, `count` how many there are in all."""
    patterns: dict[str, Patterns] = {}
    for number, (space, codes) in enumerate(pools.set_kinds):
        if codes.enumerable is None:
            patterns.setdefault(space, Patterns()).add(number, codes)
    spaces = {
        space: {word: number + base[space] for word, number in words.items()}
        for space, words in pools.words.items()
    }
    led_by_set = _led_by_set(led[led[:, 0] < -1])
    matches = [
        (number, matched)
        for space, known in patterns.items()
        for word, number in spaces.get(space, {}).items()
        for matched in known.matching(word)
    ]
    sets = [np.array(matches, np.int64).reshape(-1, 2)]
    exact = [led[led[:, 0] >= 0]]
    exact += [
        _crossed_with(number, led_by_set[matched])
        for number, matched in matches
        if matched in led_by_set
    ]
    arrays: dict[str, NDArray[np.int32]] = {}
    used = {}
    for name, entries in (("by_code", exact), ("sets", sets)):
        sorted_entries = distinct(entries)
        starts = np.searchsorted(sorted_entries[:, 0], np.arange(count + 1)).astype(np.int32)
        arrays[name] = sorted_entries[:, 1].astype(np.int32)
        arrays[f"{name}_start"], arrays[f"{name}_end"] = starts[:-1].copy(), starts[1:].copy()
        used[name] = len(sorted_entries)
    return Lexicon(spaces, patterns, led_by_set, arrays, count, used)


def _crossed_with(number: int, values: NDArray[np.int32]) -> NDArray[np.int64]:
    pairs = np.empty((len(values), 2), np.int64)
    pairs[:, 0], pairs[:, 1] = number, values
    return pairs


def _led_by_set(led: NDArray[np.int64]) -> dict[int, NDArray[np.int32]]:
    """By its number, the instances that each pattern set leads to."""
    led = led[np.argsort(led[:, 0], kind="stable")]
    codes, starts = np.unique(led[:, 0], return_index=True)
    instances = np.split(led[:, 1].astype(np.int32), starts[1:]) if len(codes) else []
    return {-2 - code: each for code, each in zip(codes.tolist(), instances, strict=True)}
