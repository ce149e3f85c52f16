"""`editwright test --watch`: what changes is tested again."""

import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.exit_codes import DONE, UNUSABLE
from editwright.watch import Watched, inputs_of, watch

RULE = "64643 requires 64642 same date\n"


def options(*files: Path) -> Namespace:
    return Namespace(files=[str(each) for each in files])


def rounds(*actions: Callable[[], object]) -> Callable[[float], None]:
    """One action for each time that is waited, then the interruption."""
    left = list(actions)

    def wait(_seconds: float) -> None:
        if not left:
            raise KeyboardInterrupt
        left.pop(0)()

    return wait


def write(path: Path, text: str) -> Callable[[], object]:
    """Something that saves a file, later than it was saved before."""

    def save() -> None:
        path.write_text(text, encoding="utf-8")
        later = path.stat().st_mtime_ns + 10**9
        os.utime(path, ns=(later, later))

    return save


def ran(files: Namespace, *actions: Callable[[], object]) -> list[list[str]]:
    """The files of every run, by name."""
    seen: list[list[str]] = []

    def run(now: Namespace) -> int:
        seen.append([Path(each).name for each in now.files])
        return DONE

    assert watch(files, run, rounds(*actions)) == DONE
    return seen


def test_only_what_changed_runs_again(tmp_path: Path) -> None:
    one, two = tmp_path / "one.edits", tmp_path / "two.edits"
    one.write_text(RULE, encoding="utf-8")
    two.write_text(RULE, encoding="utf-8")
    nothing: Callable[[], object] = lambda: None  # noqa: E731
    assert ran(options(one, two), nothing, write(two, RULE + "# more\n"), nothing) == [
        ["one.edits", "two.edits"],
        ["two.edits"],
    ]


def test_what_a_file_uses_belongs_to_it(tmp_path: Path) -> None:
    lists, rules, table = (tmp_path / name for name in ("l.edits", "r.edits", "t.csv"))
    lists.write_text("codes some = 64642\n", encoding="utf-8")
    table.write_text("code\n64643\n", encoding="utf-8")
    text = 'use "l.edits"\ntable t from "t.csv"\ncodes more from "m.csv" column code\n'
    rules.write_text(text + RULE, encoding="utf-8")
    named = {each.name for each in inputs_of(rules)}
    assert {"l.edits", "r.edits", "t.csv", "m.csv", "t.sample.csv"} <= named
    assert ran(options(rules), write(lists, "codes some = 64644\n"),
               write(table, "code\n64644\n")) == [["r.edits"]] * 3  # fmt: skip


def test_a_folder_may_gain_and_lose_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = tmp_path / "one.edits"
    one.write_text(RULE, encoding="utf-8")
    two = tmp_path / "two.edits"
    assert ran(options(tmp_path), write(two, RULE), two.unlink) == [
        [tmp_path.name],
        ["two.edits"],
    ]
    out = capsys.readouterr().err
    assert f"{two} is gone" in out
    assert "Watching 1 file; Ctrl-C ends." in out
    assert "Watching 2 files; Ctrl-C ends." in out


def test_a_file_that_cannot_be_read_is_watched_too(tmp_path: Path) -> None:
    path = tmp_path / "rules.edits"
    path.write_bytes(b"\xff\xfe\x00")
    assert ran(options(path), write(path, RULE)) == [["rules.edits"], ["rules.edits"]]


def test_nothing_changes_without_a_change(tmp_path: Path) -> None:
    path = tmp_path / "rules.edits"
    path.write_text(RULE, encoding="utf-8")
    names = [str(path)]
    assert Watched.of(names).changed_since(Watched.of(names)) == []


def test_standard_input_is_not_watched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "-", "--watch"]) == UNUSABLE
    assert "standard input cannot be watched" in capsys.readouterr().err
