"""Every text of a plan and of the claims as a number.

A space holds the texts of one kind of code. The texts that rules name one by one get their numbers
when the plan is made; a text that a claim brings along gets one if a prefix or a range of the plan
matches it. Any other text matches no set whatever: it gets a number for the time of one batch
alone, so that a lexicon does not grow with the claims.
"""

from collections.abc import Iterable, Sequence
from threading import Lock

import numpy as np
from attrs import define, field
from numpy.typing import NDArray

from editwright.grammar.codes import CodeSet

Words = dict[str, int]
_MOST_UNMATCHED = 50_000
FOR_ONE_BATCH = 2**30
"""The least number of a text that matches no set."""


@define(eq=False)
class Patterns:
    """The sets of one space that prefixes or ranges are part of, found by how codes begin."""

    sets: dict[int, CodeSet] = field(factory=dict)
    """By their number in the plan."""
    by_start: dict[str, list[int]] = field(factory=dict)

    def add(self, number: int, codes: CodeSet) -> None:
        """Enter a set."""
        self.sets[number] = codes
        for start in dict.fromkeys(_starts(codes)):
            self.by_start.setdefault(start, []).append(number)

    def matching(self, text: str) -> list[int]:
        """The sets that a text is in, in the order of their numbers."""
        starts = (text[:length] for length in range(len(text) + 1))
        found = {number for start in starts for number in self.by_start.get(start, ())}
        return sorted(number for number in found if text in self.sets[number])


def _starts(codes: CodeSet) -> Iterable[str]:
    """Of each code in a set, a beginning that is among these."""
    yield from codes.exact
    yield from codes.prefixes
    for first, last in codes.ranges:
        same = next(
            (at for at, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]),
            min(len(first), len(last)),
        )
        yield first[:same]
    for part in codes.parts:
        yield from _starts(part)


@define(eq=False)
class Lexicon:
    """The numbers of texts, by space; and for each number the pattern sets that it is in and the
    instances of rules that it leads to, as stretches of growing arrays."""

    spaces: dict[str, Words]
    patterns: dict[str, Patterns]
    led_by_set: dict[int, NDArray[np.int32]]
    """The instances of rules whose subject a pattern set is."""
    arrays: dict[str, NDArray[np.int32]]
    """by_code_start, by_code_end, by_code, sets_start, sets_end, sets: see `judge`."""
    count: int
    """Texts that have a lasting number."""
    used: dict[str, int]
    """How much of `by_code` and `sets` is in use."""
    version: int = 0
    """Changes when an array was replaced by a larger one."""
    _lock: Lock = field(factory=Lock, repr=False)
    _unmatched: set[str] = field(factory=set, repr=False)
    """Texts, each behind its space, that are known to be in no pattern's set: claims bring the
    same ones again and again."""

    def knows(self, space: str) -> bool:
        """Whether rules name a text of a space, or match some."""
        return bool(self.spaces.get(space)) or space in self.patterns

    def numbers(self, space: str, texts: Sequence[str | None], local: Words) -> list[int]:
        """The numbers of texts, -1 for a missing one. `local` keeps those for one batch."""
        words = self.spaces.get(space)
        if words is None:
            words = self.spaces.setdefault(space, {})
        found = []
        for text in texts:
            number = -1 if text is None else words.get(text)
            found.append(self._new(space, str(text), local) if number is None else number)
        return found

    def number(self, space: str, text: str | None, local: Words) -> int:
        """The number of one text."""
        if text is None:
            return -1
        number = self.spaces[space].get(text) if space in self.spaces else None
        return self._new(space, text, local) if number is None else number

    def lasting(self, space: str, text: str) -> int | None:
        """The number of a text that rules name or match; nothing for any other text."""
        number = self.spaces[space].get(text) if space in self.spaces else None
        if number is None and (patterns := self.patterns.get(space)):
            sets = patterns.matching(text)
            number = self._lasting(space, text, sets) if sets else None
        return number

    def _new(self, space: str, text: str, local: Words) -> int:
        key = f"{space} {text}"
        number = local.get(key)
        if number is not None:
            return number
        patterns = self.patterns.get(space)
        if patterns and key not in self._unmatched:
            if sets := patterns.matching(text):
                return self._lasting(space, text, sets)
            self._remember_unmatched(key)
        with self._lock:  # threads share what is kept for a batch
            return local.setdefault(key, FOR_ONE_BATCH + len(local))

    def _remember_unmatched(self, key: str) -> None:
        if len(self._unmatched) >= _MOST_UNMATCHED:
            self._unmatched.clear()
        self._unmatched.add(key)

    def _lasting(self, space: str, text: str, sets: list[int]) -> int:
        with self._lock:
            words = self.spaces.setdefault(space, {})
            if text not in words:
                led = [self.led_by_set[each] for each in sets if each in self.led_by_set]
                instances = np.unique(np.concatenate(led)) if led else np.empty(0, np.int32)
                self._enter(self.count, "by_code", instances)
                self._enter(self.count, "sets", np.array(sets, np.int32))
                self.count += 1
                words[text] = self.count - 1
            return words[text]

    def _enter(self, number: int, name: str, values: NDArray[np.int32]) -> None:
        """Write what a number stands for behind what is in use: no reader looks there yet."""
        start = self.used[name]
        end = start + len(values)
        self._make_room(name, end)
        self._make_room(f"{name}_start", number + 1)
        self._make_room(f"{name}_end", number + 1)
        self.arrays[name][start:end] = values
        self.arrays[f"{name}_start"][number] = start
        self.arrays[f"{name}_end"][number] = end
        self.used[name] = end

    def _make_room(self, name: str, size: int) -> None:
        array = self.arrays[name]
        if size > len(array):
            larger = np.zeros(2 * size + 1024, array.dtype)
            larger[: len(array)] = array
            self.arrays[name] = larger
            self.version += 1
