"""The guide to Python is run: each block of it in its order, and prints what stands below it."""

import io
import re
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest

GUIDE = Path(__file__).parents[1] / "docs" / "python.md"
BLOCK = re.compile(r"^```(edits|python|text)(?: (\S+))?\n(.*?)^```$\n", re.M | re.S)


@pytest.fixture
def scope(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Any:
    """What the blocks have made; what they print is compared, or written with --update."""
    monkeypatch.chdir(tmp_path)
    made: dict[str, Any] = {}
    said = ""

    def block(match: re.Match[str]) -> str:
        nonlocal said
        kind, name, body = match.groups()
        if kind == "edits":
            Path(name).write_text(body, encoding="utf-8")
        elif kind == "python":
            with redirect_stdout(io.StringIO()) as printed:
                exec(compile(body, GUIDE.name, "exec"), made)
            said = printed.getvalue()
        else:
            return f"```text\n{said}```\n"
        return match[0]

    page = GUIDE.read_text(encoding="utf-8")
    shown = BLOCK.sub(block, page)
    if request.config.getoption("--update"):
        GUIDE.write_text(shown, encoding="utf-8", newline="\n")
    assert GUIDE.read_text(encoding="utf-8") == shown
    return made


def test_the_service_answers(scope: dict[str, Any]) -> None:
    application: Callable[..., list[bytes]] = scope["application"]
    status: list[str] = []

    def ask(body: bytes) -> bytes:
        given = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        (answer,) = application(given, lambda line, _headers: status.append(line))
        return answer

    found = ask(b'{"claim": {"claim_id": "C1", "lines": [{"procedure_code": "64643"}]}}')
    assert b"ADD-ON" in found
    assert b"service_from" in ask(b'{"claim": {"claim_id": "C1", "service_from": "soon"}}')
    assert b"error" in ask(b"{")
    assert [each[:3] for each in status] == ["200", "400", "400"]
