"""The command line: what it prints, and with which exit code."""

import io
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE

ADD_ON = "64643 requires 64642 same date\n"
HELD = ADD_ON + 'example "alone"\n    given 64643 on 2025-03-01\n    expect R1 on 64643\n'
BROKEN = "64643 require 64642 same date\n"
CLAIMS = """claim_id,line_number,member_id,service_from,procedure_code
C1,1,M1,2025-03-01,64642
C1,2,M1,2025-03-01,64643
C2,1,M1,2025-03-08,64643
C2,2,M1,2025-13-08,64643
"""


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.edits"
    path.write_text(HELD, encoding="utf-8")
    return path


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    path = tmp_path / "claims.csv"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


def written(tmp_path: Path, text: str, name: str = "file.edits") -> str:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_no_command_shows_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == UNUSABLE
    assert "usage: editwright" in capsys.readouterr().out


def test_check_of_a_sound_file(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(rules)]) == DONE
    assert capsys.readouterr().out == "1 rule and 1 example in 1 file: nothing wrong.\n"


def test_check_reports_every_problem(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, BROKEN + "64645 requires 64644\n")
    assert main(["check", path]) == PROBLEMS
    out = capsys.readouterr().out
    assert f"{path}:1:7: error E201" in out
    assert f"{path}:2:1: error E501" in out
    assert out.endswith("2 errors in 1 file.\n")


def test_check_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, BROKEN)
    assert main(["check", path, "--format", "json"]) == PROBLEMS
    (problem,) = json.loads(capsys.readouterr().out)["diagnostics"]
    assert (problem["code"], problem["line"], problem["column"]) == ("E201", 1, 7)


def test_a_missing_file_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(tmp_path / "absent.edits")]) == UNUSABLE
    assert "there is no such file" in capsys.readouterr().out


def test_a_misspelt_file_is_guessed_and_shows_no_line(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = rules.with_suffix(".edit")
    assert main(["check", str(missing)]) == UNUSABLE
    assert capsys.readouterr().out.splitlines()[:3] == [
        f"{missing}:1:1: error E101: there is no such file",
        f"  help: did you mean `{rules}`?",
        "",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["chek"], "there is no command `chek`; did you mean `check`?"),
        (["zzz"], "there is no command `zzz`; there are check, test,"),
        (["--verson"], "there is no option `--verson`; did you mean `--version`?"),
        (["test", "R", "--covarage"], "no option `--covarage`; did you mean `--coverage`?"),
        (["copy", "ncci", "here", "there"], "`there` is one word too many"),
        (["import", "muee", "R", "-o", "t.parquet"], "did you mean `mue`?"),
        (["run", "R", "--claims", "C", "--threads", "0"], "`0` is not a whole number from 1"),
        (["run", "R", "--claims", "C", "--late", "soon"], "`soon` is not a whole number from 0"),
        (["run", "R", "--claims", "C", "--claim-timeout", "nan"], "`nan` is not a number from 0"),
        (["run", "R", "--claims", "C", "--late", "9"], "--late goes with --follow"),
        (["run", "R", "--claims", "C", "--claim-timeout", "9"], "--claim-timeout goes with"),
        (["run", "R", "--claims", "C", "--show-members"], "--show-members goes with --report"),
        (["run", "-", "--claims", "-"], "standard input can be read once"),
        (["compare", "R", "-", "--claims", "C", "--history", "-"], "input can be read once"),
        (["compare", "-", "-", "--claims", "C"], "input can be read once"),
        (["compare", "R", "S", "--with", "-", "--claims", "C"], "input can be read once"),
        (["explain", "R", "--claims", "C", "--claim", "1", "--line", "x"], "`x` is not a whole"),
    ],
)
def test_slips_on_the_command_line_are_named_in_a_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == UNUSABLE
    said, help = capsys.readouterr().err.splitlines()
    assert said.startswith("editwright: ")
    assert message in said
    assert help.startswith("  help: `editwright ")


def test_a_rule_that_is_not_there_is_said_alike_everywhere(
    rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    of_claims = ["--claims", str(claims), "--claim", "C1"]
    for command, more in (("test", []), ("examples", []), ("explain", of_claims)):
        assert main([command, str(rules), *more, "--rule", "NO-SUCH"]) == UNUSABLE
        assert "no file has a rule `NO-SUCH`" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        ["run", "{broken}", "--claims", "{claims}", "--format", "csv"],
        ["explain", "{broken}", "--claims", "{claims}", "--claim", "C1", "--format", "json"],
        ["explain", "{broken}", "--plan"],
        ["compare", "{broken}", "{broken}", "--claims", "{claims}"],
        ["examples", "{broken}"],
    ],
)
def test_problems_of_rules_do_not_go_where_results_go(
    command: list[str], claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = written(tmp_path, BROKEN, "broken.edits")
    assert main([each.format(broken=broken, claims=claims) for each in command]) == PROBLEMS
    out, err = capsys.readouterr()
    assert out == ""
    assert "error E201" in err


def test_rule_files_are_not_copied_into_a_file(
    rules: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["copy", "starter", str(rules)]) == UNUSABLE
    assert f"{rules} is not a folder" in capsys.readouterr().err


def test_a_folder_stands_for_its_rule_files(rules: Path) -> None:
    assert main(["test", str(rules.parent)]) == DONE


def test_an_empty_folder_is_unusable(tmp_path: Path) -> None:
    assert main(["check", str(tmp_path)]) == UNUSABLE


def test_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(ADD_ON.upper().encode())))
    assert main(["fmt", "-"]) == DONE
    assert capsys.readouterr().out == ADD_ON


def test_examples_that_fail(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, HELD.replace("expect R1 on 64643", "expect no findings"))
    assert main(["test", path]) == PROBLEMS
    out = capsys.readouterr().out
    assert f'{path}:2: example "alone"' in out
    assert "found, but not expected: R1 on line 1" in out
    assert out.endswith("1 of 1 example in 1 file failed.\n")


def test_test_as_json(rules: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", str(rules), "--format", "json"]) == DONE
    (example,) = json.loads(capsys.readouterr().out)["examples"]
    assert example["holds"] is True


def test_fmt_rewrites_checks_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "64643  REQUIRES 64642 same date # why\n")
    assert main(["fmt", "--check", path]) == PROBLEMS
    assert main(["fmt", "--diff", path]) == PROBLEMS
    assert "+64643 requires 64642 same date  # why" in capsys.readouterr().out
    assert main(["fmt", path]) == DONE
    assert Path(path).read_text(encoding="utf-8") == "64643 requires 64642 same date  # why\n"
    assert main(["fmt", "--check", path]) == DONE


def test_fmt_leaves_a_broken_file_alone(tmp_path: Path) -> None:
    path = written(tmp_path, BROKEN)
    assert main(["fmt", path]) == PROBLEMS
    assert Path(path).read_text(encoding="utf-8") == BROKEN


def test_run_prints_findings_and_a_summary(
    rules: Path, claims: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    quarantine = tmp_path / "bad.csv"
    command = ["run", str(rules), "--claims", str(claims), "--quarantine", str(quarantine)]
    assert main(command) == DONE
    printed = capsys.readouterr()
    assert "64643 on 2025-03-08 requires 64642 same date; none was found." in printed.out
    assert "3 lines of 2 claims of 1 member" in printed.err
    assert "1 line set aside" in printed.err
    assert "2025-13-08" in quarantine.read_text(encoding="utf-8")


def test_quarantine_as_ndjson(rules: Path, claims: Path, tmp_path: Path) -> None:
    quarantine = tmp_path / "bad.ndjson"
    command = ["run", str(rules), "--claims", str(claims), "--quarantine", str(quarantine)]
    assert main(command) == DONE
    (bad,) = [json.loads(line) for line in quarantine.read_text(encoding="utf-8").splitlines()]
    assert (bad["row"], bad["where"], bad["unit"]) == (4, None, "line")
    assert bad["column"] == "service_from"


def test_a_strict_run_stops_at_the_first_bad_line(
    rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    claims.write_text(CLAIMS + "C3,1,M1,2025-02-30,64643\n", encoding="utf-8")
    assert main(["run", str(rules), "--claims", str(claims), "--strict"]) == UNUSABLE
    printed = capsys.readouterr()
    assert not printed.out
    assert "row 4: service_from is not a date: `2025-13-08`" in printed.err
    assert "2025-02-30" not in printed.err
    assert "run without --strict to set this line aside" in printed.err


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "txt"])
def test_run_writes_findings(rules: Path, claims: Path, tmp_path: Path, ending: str) -> None:
    target = tmp_path / f"findings.{ending}"
    assert main(["run", str(rules), "--claims", str(claims), "-o", str(target), "-q"]) == DONE
    assert target.stat().st_size > 0


def test_run_counts_what_the_claims_lack(
    tmp_path: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "64643 allowed only with place 11\n")
    assert main(["run", path, "--claims", str(claims), "--summary", "json"]) == DONE
    printed = capsys.readouterr()
    counts = json.loads(printed.err)
    assert counts["missing_fields"] == {"place": 3}
    assert counts["findings"] == 0


def test_history_counts_and_never_fires(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "64643 at most 1 time per lifetime\n")
    now = written(tmp_path, CLAIMS.splitlines()[0] + "\nC9,1,M1,2025-04-01,64643\n", "now.csv")
    past = written(tmp_path, CLAIMS.rsplit("C2,2", 1)[0], "past.csv")
    assert main(["run", path, "--claims", now, "--history", past, "--format", "json"]) == DONE
    printed = capsys.readouterr()
    (finding,) = [json.loads(line) for line in printed.out.splitlines()]
    assert (finding["claim_id"], finding["units_total"]) == ("C9", 3)
    assert "3 lines of history" in printed.err


def test_history_that_holds_the_claims_counts_them_once(
    tmp_path: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, "64643 at most 2 lines per lifetime\n")
    both = ["--claims", str(claims), "--history", str(claims)]
    assert main(["run", path, *both, "--format", "json", "-q"]) == DONE
    assert capsys.readouterr().out == ""


def test_explain_says_why_and_why_not(
    rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(rules), "--claims", str(claims), "--claim", "C1"]) == DONE
    out = capsys.readouterr().out
    assert "R1 does not fire" in out
    assert "- partner: claim C1 line 1: 64642 on 2025-03-01: yes" in out
    assert "no rule speaks of a line with this code" in out


def test_explain_as_json(rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["explain", str(rules), "--claims", str(claims), "--claim", "C2", "--format", "json"]
    assert main(command) == DONE
    (line,) = json.loads(capsys.readouterr().out)["lines"]
    assert line["rules"][0]["fires"] is True


def test_explain_of_an_unknown_claim(
    rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", str(rules), "--claims", str(claims), "--claim", "C7"]) == PROBLEMS
    assert "there is no claim C7" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change",
    [
        ["--claims", "absent.csv"],
        ["--claims", "{claims}", "--columns", "absent.toml"],
        ["--claims", "{claims}", "-o", "absent/findings.csv"],
        ["--claims", "{claims}", "-o", "findings.odd"],
    ],
)
def test_unusable_input_is_said_in_a_sentence(
    change: list[str], rules: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [each.format(claims=claims) for each in change]
    assert main(["run", str(rules), *arguments]) == UNUSABLE
    assert capsys.readouterr().err.startswith("editwright: ")


def test_colour_only_where_it_is_wanted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, BROKEN)
    main(["check", path])
    assert "\033[" not in capsys.readouterr().out
    main(["check", path, "--color", "always"])
    assert "\033[31m" in capsys.readouterr().out


def test_check_starts_quickly(tmp_path: Path) -> None:
    """A tenth of a second or two; the limit leaves room for a busy machine."""
    path = written(tmp_path, ADD_ON)
    command = [sys.executable, "-m", "editwright", "check", path]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    times: list[float] = []
    for _ in range(4):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=environment)
        times.append(time.perf_counter() - started)
    assert min(times) < 1.0


def test_examples_read_the_sample_of_a_table_and_claims_the_table(
    tmp_path: Path, claims: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "rule NEVER for each row of never:\n    row.code not allowed\n"
    example = 'example "the sample"\n    given A9270 on 2025-03-01\n    expect NEVER on A9270\n'
    path = written(tmp_path, f'table never from "never.csv"\n{rule}{example}')
    written(tmp_path, "code\nA9270\n", "never.sample.csv")
    assert main(["test", path]) == DONE
    assert "note: these samples were read, not their tables: never.sample.csv\n" in (
        capsys.readouterr().out
    )
    assert main(["check", path]) == DONE
    note = "note: these samples were read, since their tables are not there: never.sample.csv\n"
    assert note in capsys.readouterr().out
    assert main(["run", path, "--claims", str(claims)]) == PROBLEMS
    written(tmp_path, "code\n64642\n", "never.csv")
    assert main(["check", path]) == DONE
    assert main(["test", "--format", "json", path]) == DONE
    printed = json.loads(capsys.readouterr().out.split("nothing wrong.\n")[1])
    assert printed["samples"] == ["never.sample.csv"]
    assert main(["run", path, "--claims", str(claims)]) == DONE
    assert "64642 on 2025-03-01 is not allowed" in capsys.readouterr().out
