"""Claims that arrive without end: judged in turn, kept over crashes, never read ahead."""

import csv
import json
import os
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from editwright.command_line import main
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.following.claim_in_turn import ClaimJudge
from editwright.evaluator.following.follow import remember_all
from editwright.evaluator.following.member_store import MemberStore
from editwright.evaluator.following.stored_lines import PastLine, from_bytes, to_bytes
from editwright.evaluator.formats.arriving import Arrivals
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reach import Reach, reach_of
from editwright.evaluator.run import Evaluator
from editwright.exit_codes import DONE, UNUSABLE
from editwright.rules import Rules, load_text
from tests.evaluation_strategies import Case, cases, expect_checked

profile = settings.get_profile("laws")
ROOT = Path(__file__).parents[1]
RULES = """\
ruleset stream version "1"

rule YEAR: 80053 at most 3 units per calendar year

rule ROLLING: 85025 at most 2 units per 30 days
    otherwise reduce

rule BEFORE: 99213 not allowed with 99214 within 30 days before
    otherwise pend

rule PRIMARY: 64643 requires payable 64642 same claim

rule NEVER: 64642 when units > 2 not allowed

rule PAID-BEFORE: 64644 requires payable 64643 within 60 days before
"""


# ---- lines in turn, against one batch


def in_turn(rules: Rules, claims: Iterable[Sequence[ServiceLine]], late: int = 0) -> list[Finding]:
    """The findings of a stream of claims."""
    evaluator = Evaluator(rules.checked)
    with MemberStore(None) as store:
        judge = ClaimJudge(evaluator, store, reach_of(rules.checked.rules), late)
        return [each for claim in claims for each in judge.judge(claim).findings]


@st.composite
def claims_in_order(draw: st.DrawFn) -> list[list[ServiceLine]]:
    """Claims of few members, each of one day, in the order of their days."""
    day, claims = date(2024, 12, 1), list[list[ServiceLine]]()
    for number in range(draw(st.integers(1, 14))):
        day += timedelta(days=draw(st.sampled_from([0, 1, 9, 20, 30, 31, 45])))
        lines = [
            ServiceLine(
                claim_id=f"C{number:02}",
                line_number=at,
                member_id=draw(st.sampled_from(["M1", "M1", "M2"])) if at == 1 else None,
                procedure_code=draw(st.sampled_from(
                    ["80053", "85025", "99213", "99214", "64642", "64643", "64644"]
                )),
                units=Decimal(draw(st.integers(1, 3))),
                service_from=day,
                modifiers=draw(st.sampled_from([(), ("RT",)])),
            )
            for at in range(1, draw(st.integers(1, 3)) + 1)
        ]  # fmt: skip
        claims.append([evolve(line, member_id=lines[0].member_id) for line in lines])
    return claims


def shown(findings: Iterable[Finding]) -> list[Any]:
    return sorted(
        (each.claim_id, each.line_number, each.rule, each.message, each.partners,
         each.units_allowed, each.units_total)
        for each in findings
    )  # fmt: skip


@settings(profile, max_examples=max(150, profile.max_examples))
@given(claims=claims_in_order())
def test_claims_in_the_order_of_their_days_are_judged_as_in_one_batch(
    claims: list[list[ServiceLine]],
) -> None:
    """Rules that look at the claim and at the past give the same findings, with the same totals
    and partners, though the stream keeps no more of the past than they need."""
    rules = load_text(RULES)
    batch = rules.evaluate([line for claim in claims for line in claim])
    assert shown(in_turn(rules, claims)) == shown(batch)


@settings(profile)
@given(claims=claims_in_order(), order=st.randoms(use_true_random=False))
def test_what_came_before_is_history(claims: list[list[ServiceLine]], order: Any) -> None:
    """In any order of arrival: the findings of a claim alone with what came before it."""
    rules = load_text(
        "99213 not allowed with 99214 within 30 days\n64644 requires 64643 within 60 days\n"
        "80053 not allowed with 80053 same date\n"
    )
    order.shuffle(claims)
    past: list[ServiceLine] = []
    expected: list[Finding] = []
    for claim in claims:
        member = [line for line in past if line.member_id == claim[0].member_id]
        denied = {(each.claim_id, each.line_number) for each in expected}
        expected += rules.evaluate_claim(claim, history=[
            evolve(line, status="denied") if (line.claim_id, line.line_number) in denied else line
            for line in member
        ])  # fmt: skip
        past += claim
    assert shown(in_turn(rules, claims, late=5000)) == shown(expected)


@settings(profile)
@given(claims=claims_in_order(), split=st.integers(0, 14), repeated=st.integers(0, 3))
def test_history_from_before_the_stream(
    claims: list[list[ServiceLine]], split: int, repeated: int
) -> None:
    """It counts as in a batch; what it holds of the claims that come is counted once."""
    rules = load_text(RULES.replace("payable ", ""))
    past = [line for claim in claims[: split + repeated] for line in claim]
    batch = rules.evaluate([line for claim in claims[split:] for line in claim], history=past)
    evaluator = Evaluator(rules.checked)
    with MemberStore(None) as store:
        judge = ClaimJudge(evaluator, store, reach_of(rules.checked.rules), 5000)
        assert remember_all(judge, past) == len(past)
        found = [each for claim in claims[split:] for each in judge.judge(claim).findings]
    if not repeated:  # else the history shows claims before they come
        assert shown(found) == shown(batch)
    assert {each.claim_id for each in found} <= {claim[0].claim_id for claim in claims[split:]}


@settings(profile)
@given(case=cases())
def test_past_lines_come_back_as_they_were(case: Case) -> None:
    lines = [PastLine.of(line) for line in case.lines]
    back = from_bytes(to_bytes(lines))
    names = [name for name in ServiceLine.__slots__ if name != "__weakref__"]
    for one, other in zip(lines, back, strict=True):
        assert [getattr(one.line, name) for name in names] == [
            getattr(other.line, name) for name in names
        ]
        assert other.line.history


@settings(profile)
@given(case=cases())
def test_any_rules_judge_claims_in_turn(
    tmp_path_factory: pytest.TempPathFactory, case: Case
) -> None:
    """A stream of one claim with all lines is a batch of it."""
    checked = expect_checked(case, tmp_path_factory.mktemp("rules"))
    evaluator = Evaluator(checked)
    claim = [
        evolve(line, claim_id="C", line_number=at, member_id="M", history=False,
               frequency_code=None, bill_type=None)
        for at, line in enumerate(case.lines, 1)
    ]  # fmt: skip
    if not claim:
        return
    with MemberStore(None) as store:
        judge = ClaimJudge(evaluator, store, reach_of(checked.rules), 0)
        found = judge.judge(claim).findings
        assert shown(found) == shown(evaluator.findings(claim))
        again = judge.judge(claim)
    assert (again.findings, again.lines, again.repeated) == ([], 0, len(claim))


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        ("99213 not allowed", 0),
        ("64643 requires 64642 same date", 0),
        ("64643 requires 64642 same claim", 0),
        ("64643 requires 64642 within 10 days", 10),
        ("64643 requires 64642 within 10 days after", 10),
        ("99203 not allowed with 99213 within 3 years before", 3 * 366),
        ("64643 requires 64642 within 2 months before, same claim", 0),
        ("80053 at most 1 time per calendar month", 31),
        ("80053 at most 1 time per calendar year", 366),
        ("80053 at most 1 unit per 90 days", 90),
        ("80053 at most 1 time per lifetime", None),
        ("99213 not allowed with 99214 ever", None),
        ("99213 not allowed\n    unless with 99214 within 5 days", 5),
    ],
)
def test_rules_say_how_far_they_look_back(rule: str, days: int | None) -> None:
    rules = load_text(rule).checked.rules
    assert reach_of(rules).days == days
    both = reach_of([*rules, *load_text("85025 at most 1 unit per 7 days").checked.rules])
    assert both.days == (None if days is None else max(days, 7))


def test_history_is_kept_as_long_as_rules_need_it() -> None:
    """Of a member that comes back, lines that no rule can need any more are dropped."""
    rules = load_text("80053 at most 1 unit per 30 days")
    with MemberStore(None) as store:
        judge = ClaimJudge(Evaluator(rules.checked), store, Reach(30, "R1"), 10)
        for number in range(200):
            day = date(2020, 1, 1) + timedelta(days=10 * number)
            judge.judge([ServiceLine(f"C{number}", 1, "M1", "80053", service_from=day)])
            assert len(store.past("member M1")) <= 5
        assert store.counts() == (1, 5)


def test_a_date_in_the_future_drops_nothing() -> None:
    rules = load_text("80053 at most 1 unit per 30 days")
    lines = [("A", date(2025, 3, 1)), ("B", date(2199, 1, 1)), ("C", date(2025, 3, 2))]
    claims = [
        [ServiceLine(name, 1, "M1", "80053", units=Decimal(1), service_from=day)]
        for name, day in lines
    ]
    assert [each.claim_id for each in in_turn(rules, claims)] == ["C"]


def test_corrections_in_a_stream() -> None:
    """A replacement takes the place of what came before; a void takes it away."""
    rules = load_text("80053 at most 1 unit per calendar year")

    def claim(name: str, **more: Any) -> list[ServiceLine]:
        return [ServiceLine(name, 1, "M1", "80053", units=Decimal(1),
                            service_from=date(2025, 3, 1), **more)]  # fmt: skip

    replaced = claim("B", frequency_code="7", original_claim_id="A")
    voided = claim("C", frequency_code="8", original_claim_id="B")
    assert in_turn(rules, [claim("A"), replaced]) == []
    assert [each.claim_id for each in in_turn(rules, [claim("A"), replaced, claim("D")])] == ["D"]
    assert in_turn(rules, [claim("A"), replaced, voided, claim("D")]) == []
    assert in_turn(rules, [replaced, claim("A")]) == []


# ---- the command


def rows(claims: int) -> Iterator[dict[str, Any]]:
    """Lines of claims in the order of their days, one to three lines each."""
    codes = ("80053", "85025", "99213", "99214", "64642", "64643", "64644")
    chance = Random(1)
    for number in range(claims):
        day = date(2024, 1, 1) + timedelta(days=number * 700 // claims)
        member = f"M{chance.randrange(claims // 12 + 1)}"
        for line in range(chance.randint(1, 3)):
            yield {
                "claim_id": f"C{number:06}",
                "line_number": line + 1,
                "member_id": member,
                "service_from": day.isoformat(),
                "procedure_code": chance.choice(codes),
                "units": chance.randint(1, 3),
            }


def ndjson(lines: Iterable[dict[str, Any]]) -> str:
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def rules(tmp_path: Path) -> str:
    path = tmp_path / "rules.edits"
    path.write_text(RULES, encoding="utf-8")
    return str(path)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def once(rules: str, inbox: Path, out: Path, *more: str) -> int:
    return main(["run", rules, "--follow", "--once", "--claims", str(inbox), "-o", str(out), *more])


def findings_in(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@contextmanager
def started(*arguments: str, **options: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """A run; where the test fails it is ended, or the test would wait for it for ever."""
    command = [sys.executable, "-m", "editwright", "run", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, **options) as process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def wait_for(holds: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_a_folder_of_every_format(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Files are taken in the order of their names; what is hidden, or has no known ending, is
    left alone."""
    lines = list(rows(60))
    groups = [list(group) for _, group in groupby(lines, lambda line: line["claim_id"])]
    parts = [[line for group in groups[at : at + 15] for line in group] for at in (0, 15, 30, 45)]
    (inbox / "1.ndjson").write_text(ndjson(parts[0]))
    with (inbox / "2.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows(parts[1])
    pq.write_table(pa.Table.from_pylist(parts[2]), inbox / "3.parquet")
    (inbox / "more").mkdir()
    (inbox / "more" / "4.ndjson").write_text(ndjson(parts[3]).rstrip("\n"))
    for name in (".5.ndjson", "5.ndjson.tmp", "6.txt"):
        (inbox / name).write_text("{not ours")
    out = tmp_path / "out.ndjson"
    assert once(rules, inbox, out) == DONE
    (tmp_path / "all.ndjson").write_text(ndjson(lines))
    assert main(["run", rules, "--claims", str(tmp_path / "all.ndjson"), "-q",
                 "-o", str(tmp_path / "batch.ndjson")]) == DONE  # fmt: skip
    found, batch = findings_in(out), findings_in(tmp_path / "batch.ndjson")
    assert len(found) > 5
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, batch))
    assert f"{len(lines)} lines of 60 claims" in capsys.readouterr().err


def test_claims_with_their_lines_inside(rules: str, inbox: Path, tmp_path: Path) -> None:
    """They are followed as they are read at once, whatever is wrong with their lines."""
    lines = list(rows(60))
    claims = [
        {"claim_id": name, "lines": [5, *group]}
        for name, group in groupby(lines, lambda line: line["claim_id"])
    ]
    (inbox / "1.ndjson").write_text(ndjson(claims[:30]))
    (inbox / "2.json").write_text(json.dumps({"claims": claims[30:]}, indent=1))
    out, aside, flat = tmp_path / "out.ndjson", tmp_path / "aside.csv", tmp_path / "flat.ndjson"
    assert once(rules, inbox, out, "--quarantine", str(aside)) == DONE
    flat.write_text(ndjson(lines))
    assert main(["run", rules, "--claims", str(flat), "-q",
                 "-o", str(tmp_path / "batch.ndjson")]) == DONE  # fmt: skip
    found, batch = findings_in(out), findings_in(tmp_path / "batch.ndjson")
    assert len(found) > 5
    assert sorted(map(json.dumps, found)) == sorted(map(json.dumps, batch))
    with aside.open() as file:
        assert len(list(csv.reader(file))) == len(claims) + 1


def test_standard_input_is_answered_claim_by_claim(rules: str) -> None:
    """A claim is answered when the next one begins, or after a while; long before the end."""
    line = {"member_id": "M1", "procedure_code": "64642", "units": 3, "service_from": "2025-03-01"}
    with started(rules, "--follow", "--claims", "-", "--claim-timeout", "0.5",
                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:  # fmt: skip
        assert run.stdin and run.stdout and run.stderr
        assert b"following" in run.stderr.readline()
        for name in ("A", "A", "B"):
            run.stdin.write(ndjson([{**line, "claim_id": name}]).encode())
            run.stdin.flush()
        begun = time.monotonic()
        answers = [json.loads(run.stdout.readline()) for _ in range(2)]
        assert {each["claim_id"] for each in answers} == {"A"}
        last = json.loads(run.stdout.readline())  # nothing follows B
        assert last["claim_id"] == "B"
        assert time.monotonic() - begun < 10
        run.stdin.write(json.dumps({**line, "claim_id": "C"}).encode())  # no line end
        run.stdin.close()
        assert json.loads(run.stdout.readline())["claim_id"] == "C"
        assert run.wait(30) == DONE
        assert b"4 lines of 3 claims" in run.stderr.read()


def test_an_interrupt_ends_with_a_summary(rules: str) -> None:
    """The claim that is not complete is left."""
    line = {"member_id": "M1", "procedure_code": "64642", "units": 3, "service_from": "2025-03-01"}
    with started(rules, "--follow", "--claims", "-", "--claim-timeout", "600",
                 stdin=subprocess.PIPE, stdout=subprocess.PIPE) as run:  # fmt: skip
        assert run.stdin and run.stdout and run.stderr
        assert b"following" in run.stderr.readline()
        run.stdin.write(ndjson([{**line, "claim_id": name} for name in "AB"]).encode())
        run.stdin.flush()
        assert json.loads(run.stdout.readline())["claim_id"] == "A"
        run.send_signal(signal.SIGINT)
        assert run.wait(30) == DONE
        assert b"1 line of 1 claim\n" in run.stderr.read()


def test_claims_are_not_read_where_findings_are_not_taken(rules: str) -> None:
    """A sender has to wait when nobody reads the findings."""
    lines = ({"claim_id": f"C{at}", "member_id": f"M{at}", "procedure_code": "64642", "units": 3,
              "service_from": "2025-03-01"} for at in range(100_000))  # fmt: skip
    text = ndjson(lines).encode()
    with started(rules, "--follow", "-q", "--claims", "-", stdin=subprocess.PIPE,
                 stdout=subprocess.PIPE) as run:  # fmt: skip
        assert run.stdin and run.stdout
        os.set_blocking(run.stdin.fileno(), False)
        taken, still = 0, time.monotonic()
        while time.monotonic() - still < 3:
            try:
                taken += os.write(run.stdin.fileno(), text[taken : taken + 4096])
                still = time.monotonic()
            except BlockingIOError:
                time.sleep(0.05)
        run.kill()
    assert 0 < taken < 1_000_000 < len(text)


def test_a_sender_may_begin_again(rules: str, tmp_path: Path) -> None:
    """What came before is recognised, and neither judged nor kept twice."""
    text = ndjson(rows(50)).encode()
    state, out = str(tmp_path / "state"), tmp_path / "out.ndjson"
    errors = []
    for sent in (text[: len(text) // 2], text, text):
        with started(rules, "--follow", "--claims", "-", "--state", state, "-o", str(out),
                     "--summary", "json", stdin=subprocess.PIPE) as run:  # fmt: skip
            _, error = run.communicate(sent, timeout=60)
            assert run.returncode == DONE
            errors.append(json.loads(error.decode().partition("\n")[2]))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "all.ndjson").write_bytes(text)
    assert once(rules, tmp_path / "in", tmp_path / "whole.ndjson") == DONE
    assert len(findings_in(out)) == len({json.dumps(each) for each in findings_in(out)})
    # Half a line was sent at the first end: its claim came in two parts, and may differ.
    assert errors[2]["lines"] == 0
    assert errors[2]["repeated_lines"] == len(text.splitlines())
    assert sum(each["lines"] for each in errors) == len(text.splitlines())


def test_bad_lines_are_set_aside_and_the_rest_goes_on(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = ndjson([{"claim_id": "A", "procedure_code": "64642", "units": 3,
                    "member_id": "M1", "service_from": "2025-03-01"}])  # fmt: skip
    (inbox / "1.ndjson").write_text(
        "{\n" + good + '[1]\n\n{"claim_id": "B", "units": "many"}\n' + '{"claim_id": "C", "un'
    )
    (inbox / "2.parquet").write_bytes(b"PAR1 damaged")
    (inbox / "3.csv").write_text("claim_id,units\nD,1\nE,many\nF,1\n")
    out, aside, state = tmp_path / "out.ndjson", tmp_path / "aside.csv", tmp_path / "state"
    more = ("--quarantine", str(aside), "--state", str(state))
    assert once(rules, inbox, out, *more) == DONE
    assert [each["claim_id"] for each in findings_in(out)] == ["A"]
    error = capsys.readouterr().err
    assert "4 lines set aside" in error
    assert "1 file could not be read" in error
    assert "2.parquet is a damaged Parquet file" in error
    assert f"note: the last line of {inbox / '1.ndjson'} is not complete" in error
    with aside.open() as file:
        rows = list(csv.DictReader(file))
    assert sorted((Path(row["file"]).name, row["row"]) for row in rows) == [
        ("1.ndjson", "1"), ("1.ndjson", "3"), ("1.ndjson", "5"), ("3.csv", "2")
    ]  # fmt: skip
    with (inbox / "1.ndjson").open("a") as file:
        file.write('its": 1}\n' + good.replace('"A"', '"G"'))
    assert once(rules, inbox, out, *more) == DONE
    assert [each["claim_id"] for each in findings_in(out)] == ["A", "G"]
    assert "2 lines of 2 claims\n" in capsys.readouterr().err
    assert len(aside.read_text().splitlines()) == 5


def test_a_growing_file_and_files_that_appear(rules: str, inbox: Path, tmp_path: Path) -> None:
    out, state = tmp_path / "out.ndjson", tmp_path / "state"
    line = {"member_id": "M1", "procedure_code": "64642", "units": 3, "service_from": "2025-03-01"}
    with started(rules, "--follow", "--claims", str(inbox), "-o", str(out), "--state", str(state),
                 "--claim-timeout", "0.2") as run:  # fmt: skip
        assert run.stderr and b"following" in run.stderr.readline()

        def seen() -> list[str]:
            return [each["claim_id"] for each in findings_in(out)] if out.exists() else []

        with (inbox / "a.ndjson").open("w", buffering=1) as file:
            text = ndjson([{**line, "claim_id": "A"}])
            file.write(text[:20])
            file.flush()
            time.sleep(0.6)
            assert seen() == []
            file.write(text[20:])
            wait_for(lambda: seen() == ["A"])
            (tmp_path / "b.tmp").write_text(
                "claim_id,member_id,procedure_code,units,service_from\nB,M1,64642,3,2025-03-01\n"
            )
            (tmp_path / "b.tmp").rename(inbox / "b.csv")
            wait_for(lambda: seen() == ["A", "B"])
            file.write(ndjson([{**line, "claim_id": "C"}]))
            wait_for(lambda: seen() == ["A", "B", "C"])
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == DONE
        error = run.stderr.read().decode()
    assert "3 lines of 3 claims" in error
    assert "3 findings on 3 lines" in error


# ---- after any end, it goes on as if nothing had happened


class Crash(Exception):  # noqa: N818 - no error of ours
    """Stands for a process that is gone."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_crash_at_any_commit_changes_nothing(
    rules: str, inbox: Path, tmp_path: Path, moment: str
) -> None:
    """Crashes at every commit, one after the other, each after the one before: with the outputs
    written and not committed, or committed and nothing else done."""
    lines = list(rows(40))
    (inbox / "1.ndjson").write_text(ndjson(lines[:50]) + "bad\n" + ndjson(lines[50:60]))
    with (inbox / "2.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(lines[0]))
        writer.writeheader()
        writer.writerows([*lines[60:70], {**lines[0], "claim_id": ""}, *lines[70:]])
    history = tmp_path / "history.ndjson"
    history.write_text(ndjson({**line, "claim_id": f"H{at}", "service_from": "2023-12-30"}
                              for at, line in enumerate(lines[:20])))  # fmt: skip
    out, aside = tmp_path / "out.ndjson", tmp_path / "aside.csv"
    more = ["--history", str(history)]
    commit_each = pytest.MonkeyPatch()
    commit_each.setattr("editwright.evaluator.following.follow.COMMIT_CLAIMS", 1)
    try:
        assert once(rules, inbox, out, "--quarantine", str(aside), *more) == DONE
        broken, broken_aside = tmp_path / "broken.ndjson", tmp_path / "broken.csv"
        crashes = _crash_at_each_commit(
            moment,
            lambda: once(rules, inbox, broken, "--quarantine", str(broken_aside), *more,
                         "--state", str(tmp_path / "state")),
        )  # fmt: skip
    finally:
        commit_each.undo()
    assert crashes >= 39
    assert broken.read_bytes() == out.read_bytes()
    assert broken_aside.read_bytes() == aside.read_bytes()
    assert len(findings_in(out)) > 5


def _crash_at_each_commit(moment: str, run: Callable[[], int]) -> int:
    """Run again and again, each time with one more claim committed, and crash; how many crashes
    it took to get to the end. (Before any claim a run commits twice, the first one its history
    too: the first runs crash there.)"""
    whole_commit = MemberStore.commit
    for crashes in range(1000):
        left = [min(crashes + 1, 3 + (moment == "before"))]

        def commit(store: MemberStore, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0 and moment == "before":
                raise Crash
            whole_commit(store)
            if left[0] == 0:
                raise Crash

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(MemberStore, "commit", commit)
            try:
                assert run() == DONE
            except Crash:
                continue
            return crashes
    raise AssertionError("it never came to an end")


def is_longer(path: Path, size: int) -> bool:
    return path.exists() and path.stat().st_size > size


def with_their_lines(lines: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Claims with their lines inside."""
    for claim_id, found in groupby(lines, key=lambda line: line["claim_id"]):
        yield {"claim_id": claim_id, "lines": list(found)}


def kill_and_go_on(
    rules: str, tmp_path: Path, claims: Iterable[dict[str, Any]], kills: int
) -> None:
    """Kill a run some times while a file is read, and compare with one that was left in peace."""
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "claims.ndjson").write_text(ndjson(claims))
    whole, broken = tmp_path / "whole.ndjson", tmp_path / "broken.ndjson"
    following = [rules, "--follow", "--once", "-q", "--claims", str(tmp_path / "in")]
    with started(*following, "-o", str(whole), "--state", str(tmp_path / "one")) as run:
        assert run.wait(3600) == DONE
    size = whole.stat().st_size
    for enough in [size * kill // (kills + 1) for kill in range(1, kills + 1)]:
        with started(*following, "-o", str(broken), "--state", str(tmp_path / "two")) as run:
            wait_for(partial(is_longer, broken, enough), 1800)
            run.kill()
        assert run.returncode == -signal.SIGKILL
    with started(*following, "-o", str(broken), "--state", str(tmp_path / "two")) as run:
        assert run.wait(3600) == DONE
    assert broken.read_bytes() == whole.read_bytes()
    batch = tmp_path / "batch.ndjson"
    assert main(["run", rules, "--claims", str(tmp_path / "in"), "-q", "-o", str(batch)]) == DONE
    assert sorted(whole.read_bytes().splitlines()) == sorted(batch.read_bytes().splitlines())


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_killed_and_gone_on(rules: str, tmp_path: Path) -> None:
    kill_and_go_on(rules, tmp_path, rows(3_000), 2)


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_killed_within_claims_and_gone_on(rules: str, tmp_path: Path) -> None:
    kill_and_go_on(rules, tmp_path, with_their_lines(rows(3_000)), 4)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_killed_and_gone_on_with_many_claims(rules: str, tmp_path: Path) -> None:
    kill_and_go_on(rules, tmp_path, rows(100_000), 1)


@pytest.mark.slow
def test_memory_does_not_grow_with_the_stream(rules: str, tmp_path: Path) -> None:
    peaks = []
    for claims in (20_000, 80_000):
        folder = tmp_path / str(claims)
        folder.mkdir()
        (folder / "claims.ndjson").write_text(ndjson(rows(claims)))
        program = (
            "import resource, sys\n"
            "from editwright.command_line import main\n"
            f"main(['run', {rules!r}, '--follow', '--once', '-q', '--claims', {str(folder)!r},"
            f" '-o', {str(folder / 'out.ndjson')!r}, '--state', {str(folder / 'state')!r}])\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True,
                             check=True, timeout=1800)  # fmt: skip
        peaks.append(int(run.stdout) / 1024)
    assert peaks[1] < peaks[0] + 60, peaks


def test_nothing_is_read_faster_than_it_is_judged(rules: str, tmp_path: Path) -> None:
    """What is behind a row has not been read when the row comes."""
    path = tmp_path / "in.ndjson"
    path.write_text(ndjson(rows(3_000)))
    from editwright.evaluator.formats.read import ClaimObjects

    def unused(*_: object) -> Any:
        raise AssertionError

    arrivals = Arrivals([str(path)], ClaimObjects(), unused, unused, {})
    first = next(iter(arrivals.ready()))
    assert first.row == 1
    source = arrivals._sources[str(path)]
    assert source._input.position <= 1 << 16 < path.stat().st_size  # type: ignore[union-attr]


# ---- states


def test_other_rules_need_a_word(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "1.ndjson").write_text(ndjson(rows(5)))
    state = ("--state", str(tmp_path / "state"))
    out = tmp_path / "out.ndjson"
    Path(rules).write_text("80053 at most 1 unit per 30 days\n")
    assert once(rules, inbox, out, *state) == DONE
    Path(rules).write_text("80053 at most 1 unit per 60 days\n")
    assert once(rules, inbox, out, *state) == UNUSABLE
    assert "is the state of other rules or another column map" in capsys.readouterr().err
    assert once(rules, inbox, out, *state, "--new-rules") == DONE
    assert "the rules before looked back 30 days" in capsys.readouterr().err
    assert once(rules, inbox, out, *state) == DONE


def test_a_state_has_one_user_and_is_a_state(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "1.ndjson").write_text(ndjson(rows(5)))
    state, out = tmp_path / "state", tmp_path / "out.ndjson"
    with MemberStore(state):
        assert once(rules, inbox, out, "--state", str(state)) == UNUSABLE
    assert "another run follows with this state" in capsys.readouterr().err
    assert state.stat().st_mode & 0o077 == 0
    wrong = tmp_path / "wrong"
    wrong.write_text("a text of mine that is no database, and longer than any heading of one" * 9)
    assert once(rules, inbox, out, "--state", str(wrong)) == UNUSABLE
    assert "is no state of a stream" in capsys.readouterr().err
    assert once(rules, inbox, out, "--state", str(tmp_path / "no" / "state")) == UNUSABLE
    assert "cannot keep the state" in capsys.readouterr().err


def test_findings_that_were_cut_are_noticed(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "1.ndjson").write_text(ndjson(rows(60)))
    out, state = tmp_path / "out.ndjson", ("--state", str(tmp_path / "state"))
    assert once(rules, inbox, out, *state) == DONE
    out.write_text("")
    assert once(rules, inbox, out, *state) == UNUSABLE
    assert "has become shorter than what was written to it" in capsys.readouterr().err


def test_a_state_that_was_damaged_is_not_trusted(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever pages of it were overwritten: an error that says so, and no traceback."""
    lines = list(rows(3000))
    state, out = tmp_path / "state", tmp_path / "out.ndjson"
    (inbox / "1.ndjson").write_text(ndjson(lines[:2000]))
    assert once(rules, inbox, out, "--state", str(state)) == DONE
    (inbox / "1.ndjson").write_text(ndjson(lines))
    whole, written = state.read_bytes(), out.read_bytes()
    for start in range(4096, len(whole), len(whole) // 5):
        state.write_bytes(whole[:start] + b"\xa5" * 40_000 + whole[start + 40_000 :])
        out.write_bytes(written)
        capsys.readouterr()
        assert once(rules, inbox, out, "--state", str(state)) == UNUSABLE
        assert "is damaged: it is not as it was written" in capsys.readouterr().err


def test_a_database_of_something_else_is_no_state(
    rules: str, inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (inbox / "1.ndjson").write_text(ndjson(rows(5)))
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE accounts (name TEXT)")
    other.close()
    arguments = (rules, inbox, tmp_path / "out.ndjson", "--state", str(tmp_path / "other"))
    assert once(*arguments) == UNUSABLE
    assert "is no state of a stream" in capsys.readouterr().err


@pytest.mark.parametrize("count", [1, 5, 9])
def test_a_file_that_takes_the_place_of_another_is_read_from_its_beginning(
    rules: str, inbox: Path, tmp_path: Path, count: int
) -> None:
    """Whatever its length: a stream that went on in the middle of it would lose lines."""
    line = {"member_id": "M1", "procedure_code": "64642", "units": 3, "service_from": "2025-03-01"}
    out, state = tmp_path / "out.ndjson", tmp_path / "state"
    written: list[str] = []

    def replace(name: str, number: int) -> None:
        ids = [f"{name}{at:02}" for at in range(number)]
        (tmp_path / "new").write_text(ndjson([{**line, "claim_id": each} for each in ids]))
        (tmp_path / "new").rename(inbox / "a.ndjson")
        written.extend(ids)

    def found() -> list[str]:
        return [each["claim_id"] for each in findings_in(out)] if out.exists() else []

    replace("A", 3)
    assert once(rules, inbox, out, "--state", str(state)) == DONE
    replace("B", count)
    with started(rules, "--follow", "--claims", str(inbox), "-o", str(out), "--state", str(state),
                 "--claim-timeout", "0.05", "-q") as run:  # fmt: skip
        wait_for(lambda: found() == written)
        replace("C", count)
        wait_for(lambda: found() == written)
        replace("D", 3)
        wait_for(lambda: found() == written)
        run.send_signal(signal.SIGTERM)
        assert run.wait(30) == DONE


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--claims", "-", "more"], "standard input or files, not both"),
        (["--claims", "nowhere"], "there is no folder nowhere"),
        (["--claims", "/dev/null"], "read it as `--claims - < /dev/null`"),
        (["--claims", ".", "--format", "csv"], "--follow writes NDJSON"),
        (["--claims", "docs", "-o", "x.csv"], "end x.csv in .ndjson"),
        (["--claims", "docs", "-o", "docs/x.ndjson"], "lies in docs, which is followed"),
        (["--claims", "docs", "--state", "docs/a/state"], "lies in docs, which is followed"),
    ],
)
def test_what_cannot_be_followed(
    rules: str,
    arguments: list[str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["run", rules, "--follow", *arguments]) == UNUSABLE
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--follow", "--memory", "1GB"], "leave out --memory"),
        (["--follow", "--threads", "1"], "leave out --threads"),
        (["--state", "x"], "--state goes with --follow"),
        (["--new-rules"], "--new-rules goes with --follow"),
    ],
)
def test_options_of_the_other_way(
    rules: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["run", rules, "--claims", "-", *arguments])
    assert message in capsys.readouterr().err


# ---- the page


def test_the_page_shows_what_happens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its files, and its commands with what they print, one after the other."""
    page = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    commands = 0
    for fence, text in re.findall(r"^```([^\n]*)\n(.*?)^```$", page, re.M | re.S):
        kind, _, name = fence.partition(" ")
        if name:
            with Path(name).open("a", encoding="utf-8") as file:
                file.write(text)
        elif kind == "console":
            command, _, expected = text.partition("\n")
            assert main(shlex.split(command.removeprefix("$ editwright"))) == DONE
            printed = capsys.readouterr()
            assert printed.out + printed.err == expected
            commands += 1
    assert commands == 2
