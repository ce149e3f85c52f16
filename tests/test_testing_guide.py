"""docs/testing-rules.md: its commands print what it shows; `pytest --update` rewrites that."""

import json
import re
import shlex
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.exit_codes import DONE
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse
from editwright.grammar.source import Source

PAGE = Path(__file__).parents[1] / "docs" / "testing-rules.md"
FENCE = re.compile(r"^```(edits|console)(?: (\S+))?\n(.*?)^```", re.M | re.S)


def test_every_block(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    request: pytest.FixtureRequest,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = PAGE.read_text(encoding="utf-8")

    def executed(block: re.Match[str]) -> str:
        kind, name, body = block.groups()
        if kind == "edits":
            (tmp_path / name).write_text(body, encoding="utf-8")
            assert format_file(parse(Source(name, body))[0]) == body
            return block[0]
        command = body.partition("\n")[0]
        main(shlex.split(command)[2:])
        return f"```console\n{command}\n{capsys.readouterr().out}```"

    found = FENCE.sub(executed, text)
    if request.config.getoption("--update"):
        PAGE.write_text(found, encoding="utf-8", newline="\n")
    assert found == PAGE.read_text(encoding="utf-8")


def test_every_key_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rules.edits"
    path.write_text('64643 not allowed\nexample "e"\n    given 64643\n    expect R1 on 64643\n')
    assert main(["test", str(path), "--coverage", "--mutate", "--format", "json"]) in (DONE, 1)
    printed = json.loads(capsys.readouterr().out)
    keys = {*printed["coverage"], *printed["coverage"]["rules"][0], *printed["mutation"]}
    keys |= {*printed["coverage"]["rules"][0]["details"][0], *printed["mutation"]["mutants"][0]}
    text = PAGE.read_text(encoding="utf-8")
    for key in keys - {"rules", "mutants"}:
        assert re.search(rf"`(?:\w+\.)*{key}`", text), key
