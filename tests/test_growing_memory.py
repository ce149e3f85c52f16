"""Memory that grows keeps what was written, wherever it goes; and the texts and lines in it."""

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from editwright.evaluator import growing_memory
from editwright.evaluator.growing_memory import GrowingMemory
from editwright.evaluator.kernels import text_numbers
from editwright.evaluator.kernels.claim_lines import ClaimLines
from editwright.evaluator.lines.texts import TextColumn

laws = settings.get_profile("laws")
places = st.sampled_from([(1 << 20, 1 << 22), (4096, 1 << 22), (4096, 8192)])
"""From where on memory is mapped and in files: never, one of them, both."""
needs_files = pytest.mark.skipif(
    not hasattr(os, "posix_fallocate"), reason="room in files cannot be had for sure"
)


def patched(place: tuple[int, int]) -> ExitStack:
    stack = ExitStack()
    stack.enter_context(patch.object(growing_memory, "LARGE", place[0]))
    stack.enter_context(patch.object(growing_memory, "VERY_LARGE", place[1]))
    return stack


@settings(laws)
@given(
    sizes=st.lists(st.integers(0, 6000), max_size=12),
    place=places,
    to_file=st.booleans(),
    looked_at=st.sets(st.integers(0, 11)),
)
def test_what_was_written_stays(
    sizes: list[int], place: tuple[int, int], to_file: bool, looked_at: set[int]
) -> None:
    """Also for those who look at it from before it grew."""
    views = []
    with patched(place):
        memory = GrowingMemory(np.int64, to_file=to_file)
        written = 0
        for number, size in enumerate(sizes):
            memory.reserve(size)
            assert len(memory) == len(memory.room) >= size
            assert not memory.room[written:].any()
            if size > written:
                memory.room[written:size] = np.arange(written, size)
                written = size
            if number in looked_at:
                views.append((memory.room, written))
            assert memory.room[:written].tolist() == list(range(written))
        for view, count in views:
            assert view[:count].tolist() == list(range(count))


@needs_files
def test_a_disk_without_room() -> None:
    """Then memory serves, before a file was begun and after."""
    with patched((1024, 4096)):
        for first in (100, 5000):
            memory = GrowingMemory(np.uint8, to_file=True)
            memory.reserve(first)
            memory.room[:first] = 7
            with patch.object(os, "posix_fallocate", side_effect=OSError(28, "No space left")):
                memory.reserve(100_000)
            assert memory.room[:first].tolist() == [7] * first
            assert len(memory) >= 100_000
            memory.reserve(300_000)
            assert len(memory) >= 300_000
            with patch.object(tempfile, "TemporaryFile", side_effect=OSError(2, "No such folder")):
                other = GrowingMemory(np.uint8, to_file=True)
                other.reserve(10_000)
                assert len(other) >= 10_000


@needs_files
def test_memory_in_a_file_is_let_go() -> None:
    """What was written long ago is not in memory until it is read."""
    with patched((1024, 1 << 16)):
        memory = GrowingMemory(np.uint8, to_file=True)
        written = 0
        for _ in range(64):
            memory.reserve(written + (1 << 16))
            memory.room[written : written + (1 << 16)] = 1
            written += 1 << 16
        assert len(memory) == written, "no more than a step ahead"
        assert memory.room.sum() == written


@settings(laws)
@given(
    batches=st.lists(st.lists(st.integers(0, 5000), max_size=400), max_size=12),
    place=places,
    block=st.sampled_from([1, 3, 64, 1 << 16]),
)
@example(batches=[list(range(5000))], place=(4096, 8192), block=1)
@example(batches=[[*range(2000), *range(1000)], [*range(3000)]], place=(4096, 8192), block=64)
def test_equal_texts_have_equal_numbers(
    batches: list[list[int]], place: tuple[int, int], block: int
) -> None:
    """In the order in which they first occur, however the slots are moved."""
    known: dict[str, int] = {}
    with patched(place) as stack:
        stack.enter_context(patch.object(text_numbers, "_BLOCK", block))
        stack.enter_context(patch.object(text_numbers, "_SPAN", 4 * block))
        stack.enter_context(patch.object(text_numbers, "_LOOKS", block))
        most_bits = 10 if place[1] < 1 << 20 else 22
        stack.enter_context(patch.object(text_numbers, "_MOST_BITS", most_bits))
        column = TextColumn()
        for batch in batches:
            texts = [f"{number:x}" * (number % 5) for number in batch]
            numbers = column.number_each(texts)
            assert numbers.tolist() == [known.setdefault(text, len(known)) for text in texts]
        assert list(column.texts) == list(known)


@settings(laws)
@given(
    rows=st.lists(st.tuples(st.integers(0, 3000), st.integers(1, 3)), max_size=300),
    ends=st.lists(st.integers(1, 299), max_size=5),
    place=places,
)
def test_a_line_is_new_once(
    rows: Sequence[tuple[int, int]], ends: list[int], place: tuple[int, int]
) -> None:
    with patched(place):
        seen: set[tuple[int, int]] = set()
        lines = ClaimLines()
        for start, end in pairwise([0, *sorted(ends), len(rows)]):
            some = rows[start:end]
            states = np.zeros(len(some), np.uint8)
            claims, numbers = (
                np.array([row[at] for row in some], np.int32).reshape(-1) for at in (0, 1)
            )
            lines.take(claims, numbers, states)
            repeated = []
            for row in some:
                repeated.append(row in seen)
                seen.add(row)
            assert (states != 0).tolist() == repeated


@needs_files
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems say otherwise what is in memory")
def test_memory_does_not_grow_with_the_texts() -> None:
    """However many texts there are, and however far apart they recur."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    rows, batches = 1 << 16, 100
    with patch.object(text_numbers, "_MOST_BITS", 16):
        column, lines = TextColumn(), ClaimLines()
        before, most = resident(), 0
        for batch in range(batches):
            known = rows * batch // 2
            numbers = np.arange(known, known + rows)
            numbers[::4] = numbers[::4] * 7919 % (known + 1)
            digits = numbers[:, None] // 10 ** np.arange(9, -1, -1) % 10 + ord("0")
            offsets = np.arange(0, 10 * rows + 1, 10)
            data = digits.astype(np.uint8).tobytes()
            texts = pa.Array.from_buffers(
                pa.large_string(), rows, [None, pa.py_buffer(offsets.data), pa.py_buffer(data)]
            )
            found = column.number(texts)
            lines.take(found, np.full(rows, -1, np.int32), np.zeros(rows, np.uint8))
            del numbers, digits, offsets, data, texts, found
            most = max(most, resident() - before)
    kept = len(column.texts) * (10 + 8 + 8 + 12)
    assert kept > 100e6
    assert most < 64e6
