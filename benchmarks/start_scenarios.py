"""Scenarios of starting: commands, the import, loading rules and tables cold and from the cache.

Each run is a process of its own, whose whole time and memory count.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.children import run_child
from benchmarks.inputs import FULL, SMALL, ncci_rules
from benchmarks.job import ROOT, SHIPPED, Job, Scenario
from benchmarks.peers import PEERS
from benchmarks.rule_texts import plain_rules

CHAPTER = "Start"


def _start_up(size: str, arguments: list[str], cache: Callable[[], str] | None = None) -> Job:
    def run() -> float:
        environment = {**os.environ, "XDG_CACHE_HOME": cache()} if cache else None
        return run_child([sys.executable, *arguments], environment)

    return Job(size, 1, "starts", run, in_child=True)


def _version(_size: int, _folder: Path) -> Job:
    return _start_up("no file", ["-m", "editwright", "--version"])


def _import(_size: int, _folder: Path) -> Job:
    return _start_up("no file", ["-c", "import editwright; editwright.load"])


def _check_one(rules: int, folder: Path) -> Job:
    path = folder / "one.edits"
    path.write_text(plain_rules(rules), encoding="utf-8")
    return _start_up(f"{rules:,} rule", ["-m", "editwright", "check", str(path)])


def _run_sample(_size: int, _folder: Path) -> Job:
    sample = ROOT / "rulesets" / "sample-claims.csv"
    shipped = [str(path) for path in SHIPPED]
    arguments = ["-m", "editwright", "run", "--quiet", *shipped, "--claims", str(sample)]
    return _start_up("shipped rules", arguments)


def _load_written(*, cached: bool) -> Callable[[int, Path], Job]:
    def prepare(rules: int, folder: Path) -> Job:
        path = folder / f"written-{rules}.edits"
        path.write_text(plain_rules(rules), encoding="utf-8")
        return _load(f"{rules:,} rules", path, folder, cached=cached)

    return prepare


def _load_ncci(*, cached: bool) -> Callable[[int, Path], Job]:
    def prepare(quick: int, folder: Path) -> Job:
        path = ncci_rules(folder, SMALL if quick else FULL)
        return _load("small tables" if quick else "complete tables", path, folder, cached=cached)

    return prepare


def _load(size: str, rules: Path, folder: Path, *, cached: bool) -> Job:
    code = f"import editwright; editwright.load({str(rules)!r}).evaluate_claim([])"
    warm = mkdtemp(dir=folder)
    job = _start_up(size, ["-c", code], (lambda: warm) if cached else (lambda: mkdtemp(dir=folder)))
    if cached:
        job.run()
    return job


def _load_tables(engine: str) -> Callable[[int, Path], Job]:
    def prepare(quick: int, folder: Path) -> Job:
        tables = ncci_rules(folder, SMALL if quick else FULL).parent
        code = (
            "from pathlib import Path; from benchmarks.peers import load_peer; "
            f"load_peer({engine!r}, Path({str(tables)!r}))"
        )
        return _start_up("small tables" if quick else "complete tables", ["-c", code])

    return prepare


_WRITTEN = (1_000, 10_000, 100_000)
SCENARIOS = (
    Scenario("start: --version", _version, (0,), (0,), CHAPTER),
    Scenario("start: import", _import, (0,), (0,), CHAPTER),
    Scenario("start: check", _check_one, (1,), (1,), CHAPTER),
    Scenario("start: run on sample claims", _run_sample, (0,), (0,), CHAPTER),
    Scenario("load rules, cold", _load_written(cached=False), _WRITTEN, (100,), CHAPTER),
    Scenario("load rules, again", _load_written(cached=True), _WRITTEN, (100,), CHAPTER),
    Scenario("load NCCI, cold", _load_ncci(cached=False), (0,), (1,), CHAPTER),
    Scenario("load NCCI, again", _load_ncci(cached=True), (0,), (1,), CHAPTER),
    *(
        Scenario("load NCCI, again", _load_tables(each), (0,), (1,), CHAPTER, each, each)
        for each in PEERS
    ),
)
