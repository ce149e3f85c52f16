"""Runs workers: one process a measurement, with a limit on its time."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

from attrs import frozen

from benchmarks.job import ROOT, Scenario
from benchmarks.peers import THREADS, installed
from benchmarks.report import LeftOut, Measured

_THREAD_SETTINGS = ("POLARS_MAX_THREADS", "OMP_NUM_THREADS")


@frozen(slots=True)
class Settings:
    """How to measure."""

    folder: Path
    """Keeps the files that scenarios read."""
    runs: int
    limit: float
    """Seconds that one measurement may take, its preparation included."""
    cpu: bool


def measured(scenario: Scenario, size: int, settings: Settings) -> list[Measured] | LeftOut:
    """What a scenario takes at one size, or why there is no answer."""
    if scenario.needs is not None and not installed(scenario.needs):
        return _left_out(scenario, size, f"{scenario.needs} is not installed")
    clock = "cpu" if settings.cpu else "wall"
    what = [scenario.key, str(size), str(settings.runs), clock, str(settings.folder)]
    worker = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.worker", *what],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | dict.fromkeys(_THREAD_SETTINGS, str(THREADS)),
        start_new_session=True,
    )
    try:
        answer, _ = worker.communicate(timeout=settings.limit)
    except subprocess.TimeoutExpired:
        return _left_out(scenario, size, f"not done in {settings.limit:,.0f} seconds")
    finally:
        _end(worker)
    if worker.returncode != 0:
        return _left_out(scenario, size, "ended with an error")
    return [Measured(**json.loads(line)) for line in answer.splitlines()]


def _end(worker: subprocess.Popen[str]) -> None:
    """End a worker that still runs, and what it started."""
    if worker.poll() is None:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _left_out(scenario: Scenario, size: int, reason: str) -> LeftOut:
    return LeftOut(scenario.chapter, scenario.name, scenario.engine, size, reason)
