"""Measures one scenario at one size in a process of its own, so that its peak memory is its own.

`python -m benchmarks.worker KEY SIZE RUNS wall|cpu FOLDER` prints the measurements as JSON, one a
line. The folder keeps the files that scenarios read.
"""

import json
import os
import re
import resource
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from benchmarks.children import megabytes
from benchmarks.job import EDITWRIGHT, Job
from benchmarks.report import Measured
from benchmarks.scenarios import SCENARIOS
from editwright.command_line import set_up_arrow
from editwright.evaluator.memory import give_back

_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def measure(key: str, size: int, runs: int, folder: Path, *, cpu: bool) -> list[Measured]:
    """The scenario's measurements: one for each percentile that it asks for."""
    scenario = SCENARIOS[key]
    if scenario.engine == EDITWRIGHT:
        set_up_arrow()  # as the command does
    job = scenario.prepare(size, folder)
    if scenario.cores is not None and sys.platform == "linux":
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: scenario.cores])
    clock = time.perf_counter if not cpu else _child_cpu if job.in_child else time.process_time
    give_back()  # what was held to prepare it is no memory of the job
    _forget_peak()
    if job.timed is not None:
        seconds, peak = job.timed()
        seconds.sort()
    else:
        runs_done = [_run(job, clock) for _ in range(job.runs or runs)]
        seconds = sorted(each for each, _ in runs_done)
        peak = max(of_child for _, of_child in runs_done) if job.in_child else _peak_megabytes()
    outcome = job.outcome() if job.outcome is not None else ""
    return [
        Measured(
            scenario.chapter,
            scenario.name if percentile == 50 else f"{scenario.name}, p{percentile}",
            scenario.engine,
            size,
            job.size,
            _percentile(seconds, percentile),
            job.units,
            job.unit,
            peak,
            len(seconds),
            outcome,
        )
        for percentile in job.percentiles
    ]


def _run(job: Job, clock: Callable[[], float]) -> tuple[float, float]:
    """The seconds of one run, and the peak of the process that did it, where it is another."""
    start = clock()
    answer = job.run()
    seconds = clock() - start
    return seconds, answer if job.in_child and isinstance(answer, float) else 0.0


def _child_cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _percentile(ordered: list[float], percentile: int) -> float:
    if percentile == 50:
        return statistics.median(ordered)
    return ordered[min(len(ordered) * percentile // 100, len(ordered) - 1)]


def _forget_peak() -> None:
    """Linux: let the peak start again from what is held now."""
    with suppress(OSError):
        _CLEAR.write_text("5")


def _peak_megabytes() -> float:
    if _STATUS.exists():
        peak = re.search(r"VmHWM:\s+(\d+) kB", _STATUS.read_text())
        if peak is not None:
            return int(peak[1]) / 1024
    return megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    scenario_key, how_much, how_often, by, where = sys.argv[1:]
    for each in measure(scenario_key, int(how_much), int(how_often), Path(where), cpu=by == "cpu"):
        print(json.dumps(each.as_dict()))
