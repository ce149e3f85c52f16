"""The guides in docs/, followed step by step: their files are written, their commands are run.

The fences of a guide say what happens to a block, one after the other, in a folder of its own:

    ```edits NAME   becomes the file NAME; it is in canonical format
    ```edits        a rule file without a name: it checks without a problem, is in canonical format,
                    and its examples hold
    ```edits-draft NAME   becomes the file NAME, whatever is wrong with it
    ```csv NAME     becomes the file NAME
    ```console      `$ editwright ...` is run, and prints what stands below it
    ```json, ```python, ```sh   only shown

`pytest --update` rewrites what commands print, and rules that are not in canonical format.
"""

import io
import json
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from editwright.command_line import main
from editwright.evaluator.examples.run_examples import run_examples
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse
from editwright.grammar.source import Source

DOCS = Path(__file__).parents[1] / "docs"
GUIDES = ("tutorial.md", "how-to.md", "comparing.md", "explaining.md")

_BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"^\$ (.*(?:\\\n.*)*)\n", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)#]+\.md)?(?:#([^)]+))?\)")


def printed(command: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a command prints on the terminal, output and errors as they come."""
    words = shlex.split(command.replace("\\\n", " "))
    assert words[0] == "editwright"
    terminal = io.TextIOWrapper(io.BytesIO(), "utf-8", newline="\n", write_through=True)
    with monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", terminal)
        patched.setattr(sys, "stderr", terminal)
        main(words[1:])
    terminal.flush()
    terminal.seek(0)
    return terminal.read()


def followed(page: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The page as it is when its commands have been run."""

    def block(match: re.Match[str]) -> str:
        fence, text = match[1], match[2]
        kind, _, name = fence.partition(" ")
        match kind:
            case "edits" | "edits-draft" | "csv":
                if kind == "edits":
                    text = canonical(text)
                if name:
                    Path(name).write_text(text, encoding="utf-8")
                if kind == "edits" and not name:
                    assert_holds(text)
            case "console":
                text = "".join(
                    f"$ {command}\n{printed(command, monkeypatch)}"
                    for command in _COMMAND.findall(text)
                )
            case _:
                assert kind in ("json", "python", "sh"), fence
        return f"```{fence}\n{text}```"

    return _BLOCK.sub(block, page)


def canonical(text: str) -> str:
    return format_file(parse(Source("guide.edits", text))[0])


def assert_holds(text: str) -> None:
    """Rules without a problem, whose examples hold; their tables lie in the guide's folder."""
    checked = check_sources([Source("guide.edits", text, Path("guide.edits").resolve())])
    assert [str(each) for each in checked.diagnostics] == [], text
    results = list(run_examples(expect_rules(checked)))
    assert results, f"there is no example in:\n{text}"
    failed = [(each.title, each.missing, each.unexpected) for each in results if not each.holds]
    assert failed == [], text


@pytest.mark.parametrize("guide", GUIDES)
def test_a_guide_shows_what_happens(
    guide: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    path = DOCS / guide
    page = path.read_text(encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    found = followed(page, monkeypatch)
    if request.config.getoption("--update"):
        path.write_text(found, encoding="utf-8", newline="\n")
        page = found
    assert found == page


def headings(page: str) -> Iterator[str]:
    """The anchors of a page's headings."""
    for heading in re.findall(r"^#+ (.*)$", page, flags=re.MULTILINE):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("guide", GUIDES)
def test_links_lead_somewhere(guide: str) -> None:
    page = (DOCS / guide).read_text(encoding="utf-8")
    for file, anchor in _LINK.findall(page):
        target = (DOCS / (file or guide)).resolve()
        assert target.exists(), file
        if anchor:
            assert anchor in set(headings(target.read_text(encoding="utf-8"))), anchor


def test_json_that_guides_show_is_json() -> None:
    for guide in GUIDES:
        page = (DOCS / guide).read_text(encoding="utf-8")
        for fence, text in _BLOCK.findall(page):
            if fence == "json":
                assert json.loads(text)
