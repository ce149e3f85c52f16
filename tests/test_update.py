"""`editwright test --update`: expectations become what is found; nothing else of a file changes."""

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from editwright.command_line import main
from editwright.evaluator.examples.run_examples import run_examples
from editwright.evaluator.synthesis.update import updated
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.source import Source
from tests.evaluation_strategies import Case, cases, expect_checked
from tests.test_examples_command import shown_of

laws = settings(settings.get_profile("laws"), max_examples=25)

BEFORE = """# the rules
64643 requires 64642 same date   # the rule

example "alone"   # why
    given 64643 on 2025-03-01 # x
    # above
    expect no findings # after

EXAMPLE "two"
  given 64643 on 2025-03-01
  and   64643 on 2025-03-02
  and   64642 on 2025-03-02
  EXPECT R1 on line 1,  # first
     R1 on line 2

example "as expected"
    given 64642 on 2025-03-01
    Expect   no   findings
# the end
"""
AFTER = (
    BEFORE.replace("    expect no findings # after", "    expect R1 on 64643 # after")
    .replace("  EXPECT R1 on line 1,  # first\n     R1 on line 2\n", "  # first\n"
             "  expect R1 on line 1\n")
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("laws")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "rules.edits"
    path.write_text(BEFORE, encoding="utf-8")
    return path


@laws
@given(case=cases(most_rules=2))
def test_examples_hold_after_it_and_lines_stay(folder: Path, case: Case) -> None:
    """Whatever an example expected, it holds afterwards; only `expect` changed; and a second
    update finds nothing to do."""
    rules = expect_checked(case, folder)
    shown = [each for several in shown_of(rules).values() for each in several]
    wrong = [each.text.rpartition("    expect ")[0] + "    expect no findings" for each in shown]
    text = case.text + "\n\n".join(wrong) + "\n"
    checked = expect_rules(check_sources([Source("trial.edits", text, folder / "trial.edits")]))
    (file,) = checked.files
    failing = sum(not each.holds for each in run_examples(checked))
    found = updated(file, samples=False)
    assert found.examples == failing
    again = expect_rules(check_sources([Source("trial.edits", found.text, folder / "trial.edits")]))
    assert all(each.holds for each in run_examples(again))
    assert updated(again.files[0], samples=False).text == found.text
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("expect")]
    assert [line for line in found.text.splitlines() if line in kept] == kept


def test_only_what_is_expected_changes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(path), "--update"]) == DONE
    assert path.read_text(encoding="utf-8") == AFTER
    out = capsys.readouterr().out
    assert "-    expect no findings # after" in out
    assert "+    expect R1 on 64643 # after" in out
    assert out.endswith(f"updated 2 examples in {path}\n")
    assert main(["test", str(path)]) == DONE


def test_nothing_to_update(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.write_text(AFTER, encoding="utf-8")
    assert main(["test", str(path), "--update"]) == DONE
    assert path.read_text(encoding="utf-8") == AFTER
    assert capsys.readouterr().out == f"{path}: nothing to update\n"


def test_a_file_with_an_error_is_left_as_it_is(
    path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.edits"
    text = BEFORE.replace("requires 64642", "require 64642")
    broken.write_text(text, encoding="utf-8")
    assert main(["test", str(broken), str(path), "--update"]) == PROBLEMS
    assert broken.read_text(encoding="utf-8") == text
    assert path.read_text(encoding="utf-8") == AFTER
    assert "broken.edits is left as it is: it has problems" in capsys.readouterr().err


def test_standard_input_comes_out_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stream: Any = io.TextIOWrapper(io.BytesIO(BEFORE.encode()))
    monkeypatch.setattr("sys.stdin", stream)
    assert main(["test", "-", "--update"]) == DONE
    assert capsys.readouterr().out == AFTER


def test_windows_line_ends_stay(path: Path) -> None:
    path.write_bytes(BEFORE.replace("\n", "\r\n").encode())
    assert main(["test", str(path), "--update"]) == DONE
    assert path.read_bytes() == AFTER.replace("\n", "\r\n").encode()


def test_what_is_met_stays_as_it_is_written(path: Path) -> None:
    path.write_text(
        "rule A:\n    64643 at most 1 unit per day\n    otherwise reduce\n"
        'rule B:\n    64643 not allowed with modifier 50\nexample "e"\n'
        "    given 64643-50 x 3 on 2025-03-01\n    expect B denies line 1, A on 64643, B on 64643\n"
        'example "f"\n    given 64643-50 x 3 on 2025-03-01\n    expect B denies line 1\n'
        'example "g"\n    given 64643-50 x 3 on 2025-03-01\n    expect A reduces line 1 to 2\n',
        encoding="utf-8",
    )
    main(["test", str(path), "--update"])
    expected = [line.strip() for line in path.read_text().splitlines() if "expect" in line]
    assert expected == [
        "expect B denies line 1, A on 64643, B on 64643",
        "expect B denies line 1, A reduces line 1 to 1",
        "expect A reduces line 1 to 1, B on 64643",
    ]


@pytest.mark.parametrize("more", [["--mutate"], ["--coverage"], ["--format", "json"]])
def test_update_stands_alone(
    path: Path, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["test", str(path), "--update", *more]) == UNUSABLE
    assert path.read_text(encoding="utf-8") == BEFORE
    assert "--update rewrites the examples and does nothing else" in capsys.readouterr().err
