"""Scenarios of claims that arrive without end: how many are judged, and how long answers take."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from shutil import rmtree

from benchmarks.children import megabytes, run_child
from benchmarks.job import ROOT, Job, Scenario

CHAPTER = "Streams"
RULES = """\
rule YEAR: 80053 at most 3 units per calendar year

rule BEFORE: 99213 not allowed with 99214 within 30 days before
    otherwise pend

rule PRIMARY: 64643 requires payable 64642 same claim

rule ALWAYS: J0585 not allowed
    otherwise monitor
"""
_CODES = ("80053", "85025", "99213", "99214", "64642", "64643", "J0585")
_CLAIMS_OF_MEMBER = 24
_DAYS = 730


def stream_of(claims: int) -> Iterator[list[dict[str, object]]]:
    """Claims of one to three lines in the order of their days, over two years; the first line of
    each has a finding."""
    chance = Random(1)
    for number in range(claims):
        day = date(2024, 1, 1) + timedelta(days=number * _DAYS // claims)
        member = f"M{chance.randrange(claims // _CLAIMS_OF_MEMBER + 1)}"
        codes = ["J0585", *chance.choices(_CODES, k=chance.randint(0, 2))]
        yield [
            {
                "claim_id": f"C{number:08}",
                "line_number": line,
                "member_id": member,
                "service_from": day.isoformat(),
                "procedure_code": code,
                "units": chance.randint(1, 3),
            }
            for line, code in enumerate(codes, 1)
        ]


def _rules(folder: Path) -> str:
    path = folder / "stream.edits"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


def _following(rules: str) -> list[str]:
    return [sys.executable, "-m", "editwright", "run", rules, "--follow", "-q"]


def _folder(claims: int, folder: Path) -> Job:
    rules, inbox = _rules(folder), folder / f"stream-{claims}"
    inbox.mkdir(exist_ok=True)
    with (inbox / "claims.ndjson").open("w", encoding="utf-8") as file:
        for claim in stream_of(claims):
            file.writelines(json.dumps(line) + "\n" for line in claim)

    def run() -> float:
        state = folder / "state"
        rmtree(state, ignore_errors=True)
        state.mkdir()
        return run_child([
            *_following(rules), "--once", "--claims", str(inbox),
            "--state", str(state / "state"), "-o", str(state / "findings.ndjson"),
        ])  # fmt: skip

    return Job(f"{claims:,} claims of two years", claims, "claims", run, in_child=True)


def _delay(claims: int, folder: Path) -> Job:
    """From the moment when a claim is complete to its findings, each claim sent when the one
    before was answered."""
    rules, lines = _rules(folder), [*stream_of(claims)]

    def timed() -> tuple[list[float], float]:
        state = folder / "state-of-delay"
        state.unlink(missing_ok=True)
        run = subprocess.Popen(
            [*_following(rules), "--claims", "-", "--state", str(state)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert run.stdin is not None and run.stdout is not None
        seconds: list[float] = []
        for number, claim in enumerate(lines):
            first, *others = (json.dumps(line).encode() + b"\n" for line in claim)
            begun = time.perf_counter()
            run.stdin.write(first)  # it says that the claim before is complete
            run.stdin.flush()
            if number:
                before = lines[number - 1][0]["claim_id"]
                while json.loads(run.stdout.readline())["claim_id"] != before:
                    pass
                seconds.append(time.perf_counter() - begun)
            run.stdin.writelines(others)
        run.stdin.close()
        run.stdout.read()
        _, _, usage = os.wait4(run.pid, 0)
        run.returncode = 0
        return seconds, megabytes(usage.ru_maxrss)

    return Job(f"{claims:,} claims", 1, "claims", timed, percentiles=(50, 99), timed=timed)


SCENARIOS = (
    Scenario("stream: a folder", _folder, (10_000, 100_000), (1_000,), CHAPTER),
    Scenario("stream: delay of an answer", _delay, (10_000,), (500,), CHAPTER),
)
