"""Lines beyond the memory: the same findings, in the same order, as from all lines at once."""

import csv
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from attrs import evolve, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.claim_lines import claim_table
from benchmarks.claim_stream import write_claim_lines
from editwright.command_line import main
from editwright.evaluator import memory
from editwright.evaluator.findings.out import FINDING_FORMATS, OutputError
from editwright.evaluator.findings.table import one_table
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.gathering import incoming
from editwright.evaluator.judging.column_run import Judged
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.lines.columns import LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import lines_of
from editwright.evaluator.meaning.fields_read import fields_read
from editwright.evaluator.run import Evaluator, judged_parts, read_parts
from editwright.exit_codes import DONE, UNUSABLE
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.source import Source
from editwright.rules import load_text
from tests.evaluation_strategies import Case, cases, expect_checked

profile = settings.get_profile("laws")

REPOSITORY = Path(__file__).parents[1]
RULES = """\
ruleset trial version "1"

80053, 80048 together at most 1 time per calendar month
    otherwise pend

99213 not allowed with 99214 same date
99214 not allowed with 99213 within 30 days before
    otherwise warn

any line when units > 3 not allowed
    otherwise deny as CO-151
"""
COLUMNS = (
    "claim_id", "line_number", "member_id", "service_from", "procedure_code", "units",
    "rendering_provider", "modifier_1",
)  # fmt: skip


@frozen
class Fixed:
    """Room for columns of so many bytes."""

    size: int

    def for_columns(self, tables: int) -> int:
        assert tables >= 0
        return self.size


Source_ = ClaimsIn | Sequence[ServiceLine]


def judged(
    evaluator: Evaluator, claims: Source_, history: Source_ = (), *, room: int
) -> tuple[pa.Table, Summary, int]:
    """The findings, the summary, and in how many parts they came."""
    summary = Summary(fields_read(evaluator.rules.rules), frozenset(["M1", "M3"]))
    with read_parts(evaluator, claims, history, room=Fixed(room)) as parts:
        parts.sort(lambda _done, _total: None)
        tables = list(judged_parts(evaluator, parts, summary, threads=2, look=_at_nothing))
    return one_table(tables), summary, len(tables)


def _at_nothing(_columns: LineColumns, _judged: Judged) -> None:
    """With something that looks, all findings of a part come together."""


def expect_same(evaluator: Evaluator, claims: Source_, history: Source_ = (), *, room: int) -> int:
    """Judge lines at once and in parts, and compare; in how many parts they came."""
    table, summary, parts = judged(evaluator, claims, history, room=1 << 60)
    assert parts == 1
    by_parts, summary_of_parts, parts = judged(evaluator, claims, history, room=room)
    assert by_parts.to_pylist() == table.to_pylist()
    assert summary_of_parts.as_dict() == summary.as_dict()
    assert summary_of_parts.members_known == summary.members_known
    return parts


ENDINGS = ("parquet", "csv", "json", "txt", "fhir.ndjson", "status.csv")
"""One of each format of findings."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the tables of all examples stand, one after the other."""
    return tmp_path_factory.mktemp("parts")


MEMBER_IDS = st.sampled_from([None, None, "M1", "M2", "M3", "m1", "é", "漢字", "Ω", "z", ""])


@st.composite
def scattered(draw: st.DrawFn) -> tuple[Case, list[ServiceLine], list[ServiceLine]]:
    """Rules, and lines whose claims and members cross in any way; some are in the history, which
    may repeat what is judged."""
    case = draw(cases())
    lines: dict[tuple[str, int], ServiceLine] = {}
    past: dict[tuple[str, int], ServiceLine] = {}
    for each in draw(st.permutations([*case.lines, *case.lines])):
        line = evolve(
            each,
            member_id=draw(MEMBER_IDS),
            claim_id=draw(st.sampled_from([each.claim_id, "é", "B1"])),
            line_number=draw(st.integers(1, 6)),
        )
        key = (line.claim_id, line.line_number)
        if draw(st.integers(0, 2)) == 0:
            past.setdefault(key, evolve(line, history=True))
        else:
            lines.setdefault(key, line)
    return case, list(lines.values()), list(past.values())


@settings(profile, max_examples=max(150, profile.max_examples))
@given(drawn=scattered(), room=st.integers(0, 400), batch=st.integers(1, 5))
def test_parts_are_as_good_as_the_whole(
    folder: Path,
    drawn: tuple[Case, list[ServiceLine], list[ServiceLine]],
    room: int,
    batch: int,
) -> None:
    case, lines, past = drawn
    evaluator = Evaluator(expect_checked(case, folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "LINES_OF_BATCH", batch)
        expect_same(evaluator, lines, past, room=room)
        expect_same(evaluator, lines, room=room)


@settings(profile)
@given(drawn=scattered(), batch=st.integers(1, 5))
def test_lines_come_back_as_they_were(
    folder: Path, drawn: tuple[Case, list[ServiceLine], list[ServiceLine]], batch: int
) -> None:
    """Each line is in one part, and says what it said; numbers of any size too."""
    case, lines, _ = drawn
    evaluator = Evaluator(expect_checked(case, folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(incoming, "LINES_OF_BATCH", batch)
        came: list[list[ServiceLine]] = []
        for room in (1 << 60, 0):
            with read_parts(evaluator, lines, room=Fixed(room)) as parts:
                parts.sort(lambda _done, _total: None)
                came.append([each for part in parts for each in lines_of(part, range(part.count))])
    whole, in_parts = (sorted(map(_facts, each)) for each in came)
    assert whole == in_parts


def _facts(line: ServiceLine) -> str:
    names = [each for each in ServiceLine.__slots__ if each not in ("declared", "__weakref__")]
    return str([*((name, getattr(line, name)) for name in names), sorted(line.declared.items())])


# ---- files


@pytest.fixture(scope="module")
def rules() -> Evaluator:
    return Evaluator(expect_rules(check_sources([Source("trial.edits", RULES)])))


def rows_of(lines: int, seed: int = 1) -> list[dict[str, Any]]:
    """Rows of a claim file, odd ones among them: no member, a member from afar, bad cells."""
    rows = claim_table(lines, seed).select(COLUMNS).to_pylist()
    for number, row in enumerate(rows):
        if number % 7 == 0:
            row["member_id"] = None
        if number % 31 == 0:
            row["member_id"] = f"Ünï-{number % 5}"
        if number % 97 == 0:
            row["units"] = "many"
        if number % 101 == 0:
            row["units"] = "1.00001"
        if number % 211 == 0:
            row["line_number"] = 1
    return rows


def write_csv(path: Path, rows: Iterable[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """Files of claims, members spread over all of them, and of history, some of it repeated."""
    folder = tmp_path_factory.mktemp("files")
    rows = rows_of(4000)
    now, past = rows[1000:], rows[:1200]
    for row in past[1100:]:
        row["member_id"] = "M1"  # repeats a claim line, but with another member
    claims = [write_csv(folder / f"claims{at}.csv", now[at::3]) for at in range(3)]
    history = [write_csv(folder / f"history{at}.csv", past[at::2]) for at in range(2)]
    return [*map(str, claims)], [*map(str, history)]


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of temporary files, empty afterwards."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    yield folder
    assert list(folder.iterdir()) == []


def test_files_of_several_formats_in_parts(tmp_path: Path, temporary: Path) -> None:
    """Rows that are read one by one and columns that are read whole go to one file."""
    evaluator = load_text(
        "99213 with place 11 not allowed with 99214 same date, same provider, same group\n"
        "any line when units > 3 and charge > 5 and sex = F not allowed\n"
    )._evaluator
    rows = [
        {"claim_id": f"C{at}", "line_number": 1, "member_id": f"M{at % 5}", "sex": "F",
         "procedure_code": "99213" if at % 2 else "99214", "service_from": "2025-03-01",
         "units": at % 6, "charge": 10.0, "place_of_service": "11", "group_id": "2",
         "rendering_provider": "1", "frequency_code": "7" if at % 9 == 8 else "1",
         "original_claim_id": f"C{200 - at}"}
        for at in range(200)
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(rows[:100]), tmp_path / "a.parquet")
    (tmp_path / "b.ndjson").write_text("".join(json.dumps(row) + "\n" for row in rows[100:150]))
    with (tmp_path / "c.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows[150:])
    files = [tmp_path / name for name in ("a.parquet", "b.ndjson", "c.csv")]
    whole, _, _ = judged(evaluator, read_claims(files), room=1 << 60)
    parts, summary, _ = judged(evaluator, read_claims(files), room=0)
    assert parts.to_pylist() == whole.to_pylist() != []
    assert summary.corrected.replaced_claims > 10


@pytest.mark.parametrize("room", [0, 20_000, 60_000])
def test_files_in_parts(
    rules: Evaluator, files: tuple[list[str], list[str]], temporary: Path, room: int
) -> None:
    claims, history = files

    def run(room: int) -> Any:
        now, past = read_claims(claims), read_claims(history, history=True)
        table, summary, parts = judged(rules, now, past, room=room)
        bad = [each.bad_lines for each in (now, past)]
        kept = [(each.kept, each.count, each.by_problem) for each in bad]
        return table.to_pylist(), summary.as_dict(), kept, parts

    *whole, parts = run(1 << 60)
    assert whole[0] and whole[1]["history_lines"] and parts == 1
    *in_parts, parts = run(room)
    assert in_parts == whole
    assert parts > 2


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_command_writes_the_same(
    files: tuple[list[str], list[str]],
    tmp_path: Path,
    temporary: Path,
    ending: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    claims, history = files
    (tmp_path / "rules.edits").write_text(RULES, encoding="utf-8")

    def run(name: str) -> tuple[Any, str, str]:
        target, quarantine = tmp_path / f"{name}.{ending}", tmp_path / f"{name}-bad.csv"
        command = ["run", str(tmp_path / "rules.edits"), "--claims", *claims, "--history"]
        command += [*history, "-o", str(target), "--quarantine", str(quarantine)]
        assert main([*command, "--summary", "json", "--memory", "2GB"]) == DONE
        made = rb'"created":"[^"]*"'  # of a ClaimResponse; to the second
        text = re.sub(made, b"", target.read_bytes())
        whole = pq.read_table(target) if ending == "parquet" else text
        return whole, quarantine.read_text(encoding="utf-8"), capsys.readouterr().err

    at_once = run("whole")
    monkeypatch.setattr(memory, "SMALLEST_COLUMNS", 20_000)
    monkeypatch.setattr(memory, "resident", lambda: 3 * 10**9)
    in_parts = run("parts")
    assert in_parts == at_once
    assert json.loads(in_parts[2])["findings"]


def test_no_format_is_forgotten() -> None:
    assert len(ENDINGS) == len(FINDING_FORMATS)


def test_in_python(files: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(3000)
    rules = load_text(RULES)
    whole = rules.evaluate(rows[500:], history=rows[:600], memory="2GB")
    monkeypatch.setattr(memory, "SMALLEST_COLUMNS", 20_000)
    in_parts = rules.evaluate(rows[500:], history=rows[:600], memory=1)
    assert in_parts.to_arrow().equals(whole.to_arrow())
    assert in_parts.to_arrow().column("claim_id").num_chunks > 2
    assert in_parts.summary.as_dict() == whole.summary.as_dict()
    assert in_parts.bad_lines == whole.bad_lines


def test_no_lines(rules: Evaluator) -> None:
    assert expect_same(rules, [], room=0) == 1


# ---- temporary files


def test_an_error_leaves_no_file(
    rules: Evaluator, files: tuple[list[str], list[str]], temporary: Path
) -> None:
    """Whatever happens while lines are in files."""
    with (
        pytest.raises(RuntimeError, match="stop"),
        read_parts(rules, read_claims(files[0]), room=Fixed(0)) as parts,
    ):
        parts.sort(lambda _done, _total: None)
        for _ in parts:
            raise RuntimeError("stop")


def test_an_error_while_reading_leaves_no_file(
    rules: Evaluator, files: tuple[list[str], list[str]], temporary: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "z.parquet"
    broken.write_bytes(b"PAR1 and no more")
    target = tmp_path / "findings.csv"
    (tmp_path / "rules.edits").write_text(RULES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(memory, "SMALLEST_COLUMNS", 1000)
        command = ["run", str(tmp_path / "rules.edits"), "--claims", *files[0], str(broken)]
        assert main([*command, "-o", str(target), "--memory", "50MB"]) == UNUSABLE
    assert not target.exists()


def test_a_full_disk_is_said(
    rules: Evaluator,
    files: tuple[list[str], list[str]],
    temporary: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    with (
        pytest.raises(OutputError, match="no space left on device; TMPDIR names another folder"),
        read_parts(rules, read_claims(files[0]), room=Fixed(0)),
    ):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="/proc says when there is a file")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_run_that_is_stopped_leaves_no_file(tmp_path: Path, sent: signal.Signals) -> None:
    """Ctrl-C and worse, while lines are in temporary files."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    program = (
        "import sys\n"
        "from editwright.evaluator import memory\n"
        "from editwright.command_line import main\n"
        "memory.SMALLEST_COLUMNS = 1\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    (tmp_path / "rules.edits").write_text(RULES, encoding="utf-8")
    command = ["run", str(tmp_path / "rules.edits"), "--claims", "-", "--memory", "50MB"]
    rows = write_csv(tmp_path / "rows.csv", rows_of(60_000)).read_bytes()
    with subprocess.Popen(
        [sys.executable, "-c", program, *command],
        stdin=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert process.stdin is not None
        until = time.monotonic() + 60
        while not _has_file_in(temporary, process.pid):
            assert process.poll() is None and time.monotonic() < until
            process.stdin.write(rows)
            process.stdin.flush()
        process.send_signal(sent)
    assert process.returncode in (130, -sent)
    assert list(temporary.iterdir()) == []


def _has_file_in(folder: Path, process: int) -> bool:
    """Whether a process has a file open in a folder, be it one without a name."""
    return any(str(folder) in _target(link) for link in Path(f"/proc/{process}/fd").iterdir())


def _target(link: Path) -> str:
    """Where a link leads; nowhere if its file was closed since it was listed."""
    try:
        return str(link.readlink())
    except FileNotFoundError:
        return ""


# ---- memory

PEAK = (
    "import sys\n"
    "from pathlib import Path\n"
    "from editwright.command_line import main, set_up_arrow\n"
    "set_up_arrow()\n"
    "code = main(sys.argv[1:])\n"
    "status = Path('/proc/self/status').read_text()\n"
    "print(status.split('VmHWM:')[1].split()[0])\n"
    "sys.exit(code)"
)
"""A run that prints its peak. Its `ru_maxrss` would count what this process takes, too."""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells the peak")
def test_memory_stays_under_its_limit(tmp_path: Path) -> None:
    """Two million lines within a limit that they exceed when they are judged at once."""
    path = write_claim_lines(tmp_path / "claims.parquet", 2_000_000, order="date")
    (tmp_path / "rules.edits").write_text(RULES, encoding="utf-8")

    def peak(memory: str) -> tuple[int, pa.Table]:
        target = tmp_path / f"{memory}.parquet"
        command = ["run", str(tmp_path / "rules.edits"), "--claims", str(path), "-q"]
        done = subprocess.run(
            [sys.executable, "-c", PEAK, *command, "-o", str(target), "--memory", memory],
            capture_output=True,
            text=True,
            check=True,
            cwd=REPOSITORY,
        )
        return int(done.stdout) * 1024, pq.read_table(target).combine_chunks()

    unlimited, whole = peak("100GB")
    limited, in_parts = peak("220MB")
    assert in_parts.equals(whole)
    assert limited < 240 * 10**6 < unlimited
