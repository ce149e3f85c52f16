"""Scenarios of one claim at a time, as an adjudication system judges: the middle and the slowest
hundredth of its answers."""

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from benchmarks.inputs import FULL, SMALL, ncci_rules
from benchmarks.job import ROOT, Job, Scenario
from benchmarks.peers import pyoce_python
from benchmarks.peers.office_edits import JUDGES

if TYPE_CHECKING:
    from editwright.rules import Rules

Line: TypeAlias = Mapping[str, Any]

CHAPTER = "One claim"
CLAIMS_IN_TURN = 200
USUAL_LINES = 6
LINES_OF_CLAIM = (1, 6, 20, 50)
LINES_OF_HISTORY = (0, 100, 1_000, 10_000)
_PERCENTILES = (50, 99)
_CLAIMS_WITH_HISTORY = 20
_QUICK_LINES = 7
"""With the small tables: another number than those with the complete ones."""


def claims_in_turn(tables: Path, lines: int, claims: int = CLAIMS_IN_TURN) -> list[list[Line]]:
    """Claims of so many lines, each of one member, date and provider."""
    from benchmarks.claim_lines import claim_table
    from benchmarks.code_pool import ncci_pool
    from benchmarks.ncci import read_ncci

    pool = ncci_pool(read_ncci(tables))
    rows: list[dict[str, Any]] = claim_table(claims * lines, pool=pool).to_pylist()
    shared = ("claim_id", "member_id", "service_from", "service_to", "rendering_provider")
    return [
        [
            {**row, **{name: rows[at][name] for name in shared}, "line_number": number}
            for number, row in enumerate(rows[at : at + lines], 1)
        ]
        for at in range(0, len(rows), lines)
    ]


def _tables(folder: Path, *, quick: bool) -> Path:
    return ncci_rules(folder, SMALL if quick else FULL).parent


def _job(size: str, answers: Callable[[], int], claims: int) -> Job:
    """Twice as many runs as there are claims; the outcome is the findings of a whole turn."""
    return Job(
        size,
        1,
        "claims",
        answers,
        percentiles=_PERCENTILES,
        runs=2 * claims,
        outcome=lambda: f"{sum(answers() for _ in range(claims)):,} findings",
    )


def _judge_of(engine: str, tables: Path) -> Callable[[Sequence[Line], Sequence[Line]], int]:
    if engine == "editwright":
        from editwright.rules import load

        rules: Rules = load(tables / "ncci.edits")
        return lambda claim, history: len(rules.evaluate_claim(claim, history=history))
    from benchmarks.peers.plain_python import Ncci

    peer = Ncci(tables)
    return lambda claim, history: len(peer.judge(claim, history))


def _by_lines(engine: str) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        tables = _tables(folder, quick=lines == _QUICK_LINES)
        judge = _judge_of(engine, tables)
        claims = claims_in_turn(tables, lines)
        turn = cycle(claims)
        judge(claims[-1], ())  # the first answer makes ready what all others use
        return _job(f"{lines:,} lines", lambda: judge(next(turn), ()), len(claims))

    return prepare


def _by_history(engine: str) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        tables = _tables(folder, quick=False)
        judge = _judge_of(engine, tables)
        claims = claims_in_turn(tables, USUAL_LINES, _CLAIMS_WITH_HISTORY)
        past = claims_in_turn(tables, 1, lines) if lines else []
        member = {"member_id": "M1"}
        history = [
            {**line, **member, "claim_id": f"H{number}"} for number, (line,) in enumerate(past)
        ]
        turn = cycle([[{**line, **member} for line in claim] for claim in claims])
        judge(next(turn), history)
        size = f"{USUAL_LINES} lines, {lines:,} of history"
        return _job(size, lambda: judge(next(turn), history), len(claims))

    return prepare


def _pyoce(lines: int, folder: Path) -> Job:
    claims = claims_in_turn(_tables(folder, quick=False), lines)
    file = folder / "pyoce-claims.json"
    file.write_text(json.dumps(claims, default=str), encoding="utf-8")
    command = [
        str(pyoce_python()),
        str(ROOT / "benchmarks" / "peers" / "pyoce_claims.py"),
        str(file),
    ]

    def answers() -> tuple[list[float], float]:
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        answer = json.loads(done.stdout)
        return answer["seconds"], answer["peak_megabytes"]

    size = f"{lines} lines, all its edits"
    return Job(size, 1, "claims", lambda: None, _PERCENTILES, timed=answers)


def _office(engine: str) -> Callable[[int, Path], Job]:
    def prepare(lines: int, folder: Path) -> Job:
        judge = JUDGES[engine][0]()
        claims = claims_in_turn(_tables(folder, quick=True), lines)
        turn = cycle(claims)
        judge(claims[-1])
        return _job(f"{lines} lines, 4 rules", lambda: judge(next(turn)), len(claims))

    return prepare


SCENARIOS = (
    *(
        Scenario(
            "one claim, NCCI", _by_lines(engine), LINES_OF_CLAIM, (_QUICK_LINES,), CHAPTER, engine
        )
        for engine in ("editwright", "plain Python")
    ),
    *(
        Scenario(
            "one claim, NCCI, with history", _by_history(engine), LINES_OF_HISTORY, (), CHAPTER,
            engine,
        )
        for engine in ("editwright", "plain Python")
    ),
    Scenario("one claim, outpatient editor", _pyoce, (USUAL_LINES,), (), CHAPTER, "pyoce", "pyoce"),
    *(
        Scenario(
            "one claim, four edits", _office(engine), (USUAL_LINES,), (USUAL_LINES,), CHAPTER,
            engine, needs,
        )
        for engine, (_, needs) in JUDGES.items()
    ),
)  # fmt: skip
