"""What the README and the guide to claims show is what the program does."""

import re
import shlex
from pathlib import Path

import pytest

import editwright
from editwright.command_line import main
from editwright.evaluator.findings.table import COLUMNS as FINDING_COLUMNS
from editwright.evaluator.formats.columns import COLUMNS, NUMBERED
from editwright.grammar.check import check_sources
from editwright.grammar.source import Source

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CLAIMS = (ROOT / "docs" / "claims.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.M | re.S)


def test_the_first_screen_shows_what_happens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rules, claims = tmp_path / "rule.edits", tmp_path / "claims.csv"
    rules.write_text(blocks("edits")[0], encoding="utf-8")
    claims.write_text(blocks("csv")[0], encoding="utf-8")
    assert main(["run", str(rules), "--claims", str(claims)]) == 0
    assert capsys.readouterr().out == blocks("text")[0]


@pytest.mark.parametrize("block", blocks("console"))
def test_commands_print_what_is_shown(
    block: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command, _, shown = block.partition("\n")
    monkeypatch.chdir(ROOT)
    main(shlex.split(command)[2:])
    assert capsys.readouterr().out == shown


@pytest.mark.parametrize("text", blocks("edits"))
def test_rule_files_in_the_readme_hold(text: str, tmp_path: Path) -> None:
    path = tmp_path / "readme.edits"
    path.write_text(text, encoding="utf-8")
    assert not check_sources([Source("README.md", text)]).diagnostics
    assert main(["test", str(path)]) == 0
    assert main(["fmt", "--check", str(path)]) == 0


def test_python_interface_of_the_readme() -> None:
    scope = {
        "lines": [{"claim_id": "C1", "procedure_code": "64643", "service_from": "2025-03-08"}],
        "claim": {"claim_id": "C1", "lines": [{"procedure_code": "64643"}]},
        "past_lines": [],
    }
    code = blocks("python")[0].replace('"rulesets/', f'"{ROOT.as_posix()}/rulesets/')
    exec(compile(code, "README.md", "exec"), scope)
    assert isinstance(scope["findings"], editwright.Findings)


def test_guide_names_every_column() -> None:
    singles = {column.name for column in COLUMNS}
    numbered = {name for group in NUMBERED for name in (group.name, f"{group.stem}_1")}
    for name in singles | numbered | set(FINDING_COLUMNS):
        assert f"`{name}`" in CLAIMS, name
