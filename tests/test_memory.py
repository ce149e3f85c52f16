"""The memory that users allow: how it is written, and what it is by default."""

import pytest

from editwright.command_line import main
from editwright.evaluator.memory import (
    LEAST,
    SMALLEST_COLUMNS,
    Room,
    default_limit,
    machine_memory,
    memory_size,
    resident,
)


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
