"""The memory that users allow: how it is written, and what it is by default."""

from pathlib import Path

import pytest

from editwright import run_summary
from editwright.command_line import main
from editwright.evaluator import memory
from editwright.evaluator.memory import (
    LEAST,
    SMALLEST_COLUMNS,
    Room,
    default_limit,
    machine_memory,
    memory_size,
    resident,
)
from editwright.exit_codes import DONE


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("2GB", 2 * 10**9),
        ("4G", 4 * 10**9),
        ("500MB", 500 * 10**6),
        ("500 mb", 500 * 10**6),
        ("1.5g", 1_500_000_000),
        ("2GiB", 2 << 30),
        ("512MiB", 512 << 20),
        ("3000000000", 3_000_000_000),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert memory_size(text) == size


@pytest.mark.parametrize("text", ["", "much", "2 gallons", "-2GB", "GB", "1e9", "nan", "2GBit"])
def test_no_sizes(text: str) -> None:
    with pytest.raises(ValueError, match="write it like 2GB"):
        memory_size(text)


@pytest.mark.parametrize("text", ["0", "2", "2MB"])
def test_too_little(text: str) -> None:
    with pytest.raises(ValueError, match="too little"):
        memory_size(text)


def test_the_command_line_says_how_sizes_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["run", "rules.edits", "--claims", "claims.csv", "--memory", "lots"])
    assert caught.value.code == 2
    assert "`lots` is no size; write it like 2GB, 1.5G or 500MB" in capsys.readouterr().err


def test_the_machine_tells() -> None:
    assert resident() * 2 > LEAST
    assert machine_memory() >= default_limit() > LEAST


def test_columns_get_a_share_of_the_room() -> None:
    room = Room(2 * 10**9, 5 * 10**8)
    assert room.for_columns(0) > room.for_columns(10**8) > 10**8
    assert room.for_columns(10**10) == SMALLEST_COLUMNS


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_run_says_what_it_took_beyond_its_limit(
    command: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rules, claims = tmp_path / "rules.edits", tmp_path / "claims.csv"
    rules.write_text("36000 not allowed\n", encoding="utf-8")
    claims.write_text("claim_id,procedure_code,service_from\nC,36000,2025-03-01\n", "utf-8")
    files = [str(rules)] * (1 if command == "run" else 2)
    monkeypatch.setattr(run_summary, "most_taken", lambda: 310_400_000)
    said = "the run took 310 MB of memory, and --memory allows 300 MB"
    for limit, is_said in (("300MB", True), ("320MB", False), (None, False)):
        allowed = ["--memory", limit] if limit else []
        assert main([command, *files, "--claims", str(claims), *allowed]) == DONE
        assert (said in capsys.readouterr().err) == is_said


def test_what_was_taken_is_no_less_than_what_is_there() -> None:
    assert memory.most_taken() == 0 or memory.most_taken() >= resident() - LEAST
