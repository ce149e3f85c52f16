"""Large rule files: a hundred thousand sentences are checked in seconds.

Times are those of the processor, so that a busy machine fails no test; the limits are several
times what was measured.
"""

import gc
from collections.abc import Sequence
from time import process_time

import pytest

from editwright.grammar.check import check_sources
from editwright.grammar.collector import collection_paused
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse
from editwright.grammar.source import Source
from editwright.grammar.syntax import syntax

SHAPES = (
    "{a} requires {b} same date",
    "{a} requires {b} or {c} same date, same provider",
    "{a} not allowed with {b} within {n} days before, same group",
    "{a} not allowed when units > {n} and age < 65",
    "{a} requires modifier LT or RT",
    "{a} allowed only with place 11, 19, 22",
    "{a} at most {n} units per day",
    "{a} not allowed with {b} same date unless modifier 59 on either line otherwise deny as CO-97",
    "{a} with modifier 50 not allowed",
    "{a} to {c} except {b} requires all of {b}, {c} same claim",
)
PAYABLE = ("{a} requires payable {b} same date",)


def rules(count: int, shapes: Sequence[str] = SHAPES) -> str:
    """One rule a line, the shapes in turn, each with codes of its own."""
    return "".join(
        shapes[each % len(shapes)].format(
            a=10_000 + each % 80_000,
            b=10_000 + (each * 7 + 1) % 80_000,
            c=10_003 + each % 80_000,
            n=1 + each % 90,
        )
        + "\n"
        for each in range(count)
    )


def seconds_to_check(count: int, shapes: Sequence[str] = SHAPES) -> float:
    source = Source("large.edits", rules(count, shapes))
    syntax()
    start = process_time()
    checked = check_sources([source])
    seconds = process_time() - start
    assert checked.diagnostics == []
    assert checked.rules is not None
    assert len(checked.rules.rules) == count
    print(f"{count:,} rules in {seconds:.2f} s: {count / seconds:,.0f} a second")
    return seconds


def test_many_rules() -> None:
    """Twenty thousand rules."""
    assert seconds_to_check(20_000) < 10


@pytest.mark.slow
def test_very_many_rules() -> None:
    """A hundred thousand rules."""
    assert seconds_to_check(100_000) < 40


def test_many_rules_that_wait_for_others() -> None:
    """Whether a partner is payable hangs on other rules; finding them must not mean to hold
    every rule against every other."""
    assert seconds_to_check(1_000, PAYABLE) < 2


@pytest.mark.slow
def test_very_many_rules_that_wait_for_others() -> None:
    """Twenty thousand rules, a fifth of which wait."""
    assert seconds_to_check(20_000, (*SHAPES[:4], *PAYABLE)) < 20


def test_formatting_many_rules() -> None:
    """The formatter is as fast as the parser."""
    file, problems = parse(Source("large.edits", rules(5_000)))
    assert problems == []
    start = process_time()
    text = format_file(file)
    assert process_time() - start < 5
    assert parse(Source("large.edits", text))[0] == file


def test_building_leaves_the_collector_as_it_was() -> None:
    """On again, and what the program froze still frozen."""
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with collection_paused():
            assert not gc.isenabled()
        assert gc.isenabled()
        assert gc.get_freeze_count() == frozen
    finally:
        gc.unfreeze()
    with collection_paused():
        built = [[] for _ in range(100_000)]  # type: ignore[var-annotated]
    assert gc.get_count()[0] < len(built), "all of it would be looked at next"
    assert gc.get_freeze_count() == 0
