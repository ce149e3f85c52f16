"""What a reading or a run held is freed when it is done with, not when the collector comes."""

import gc
import json
from collections.abc import Callable
from pathlib import Path

import pytest

import editwright
from benchmarks.reader_files import KINDS, write_reader_file
from benchmarks.reader_scenarios import FIELDS
from editwright.evaluator.formats.read import read_claims

LINES = 40
RULES = "99213 at most 1 unit per calendar month"


def left_by(work: Callable[[], object]) -> list[object]:
    """The objects of ours that only the collector frees after the work is done again."""
    work()  # imports and what is kept for good
    gc.collect()
    gc.disable()
    flags = gc.get_debug()
    try:
        work()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        return [each for each in gc.garbage if type(each).__module__.startswith("editwright")]
    finally:
        gc.set_debug(flags)
        gc.garbage.clear()
        gc.enable()


@pytest.mark.parametrize("kind", KINDS)
def test_a_reading_leaves_nothing(kind: str, tmp_path: Path) -> None:
    claims = tmp_path / "claims"
    write_reader_file(kind, LINES, claims)

    def in_columns() -> None:
        assert sum(batch.count for batch in read_claims(claims).in_columns(FIELDS)) == LINES

    def by_lines() -> None:
        assert len(list(read_claims(claims))) == LINES

    assert left_by(in_columns) == []
    assert left_by(by_lines) == []


def test_claims_with_their_lines_leave_nothing(tmp_path: Path) -> None:
    claims = tmp_path / "claims.json"
    lines = [{"procedure_code": "99213"}, {"procedure_code": "99214"}, "no line"]
    claims.write_text(json.dumps({"claims": [{"claim_id": "A", "lines": lines}]}))

    def in_columns() -> None:
        assert sum(batch.count for batch in read_claims(claims).in_columns(FIELDS)) == 2

    def by_lines() -> None:
        assert len(list(read_claims(claims))) == 2

    assert left_by(in_columns) == []
    assert left_by(by_lines) == []


def test_a_run_leaves_nothing(tmp_path: Path) -> None:
    claims = tmp_path / "claims.csv"
    write_reader_file("CSV", LINES, claims)
    rules = editwright.load_text(RULES)

    def run() -> None:
        assert rules.evaluate(read_claims(claims)).summary.lines == LINES

    assert left_by(run) == []
