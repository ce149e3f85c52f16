"""docs/analysis.md, executed: each flawed block has exactly the findings that are shown behind it.

    ```edits                 checks and is analysed without a finding
    ```edits-flawed          has the findings that the `text` block after it shows
    ```edits-flawed codes    the same, with the table of codes docs/tables/codes.csv
    ```edits-flawed info     the same, with what is for information
    ```csv NAME              the file docs/tables/NAME

`pytest --update` rewrites the `text` blocks.
"""

import re
from collections.abc import Iterator

import pytest
from attrs import frozen

from editwright.check_command import explain
from editwright.diagnostic_codes import known_codes, section_of
from editwright.evaluator.analysis.analyse import analyse
from editwright.evaluator.analysis.code_table import read_code_table
from editwright.evaluator.analysis.meanings import MEANING_OF_FINDING
from editwright.evaluator.analysis.registry import CHECKS
from editwright.evaluator.analysis.suppressions import answered, idle, suppressions_in
from editwright.exit_codes import DONE
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.diagnostics import Diagnostic, render
from editwright.grammar.format import format_file
from editwright.grammar.parse import decode, parse
from editwright.grammar.source import Source

from .test_language_reference import DOCS

PAGE = DOCS / "analysis.md"
_BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@frozen
class Block:
    """A fenced block: its section's code, its fence, its text, and the text block behind it."""

    section: str
    fence: str
    text: str
    shown: str


def blocks() -> Iterator[Block]:
    page = PAGE.read_text("utf-8")
    found = list(_BLOCK.finditer(page))
    for at, match in enumerate(found):
        headings = re.findall(r"^## (\w+): ", page[: match.start()], re.MULTILINE)
        behind = found[at + 1][2] if at + 1 < len(found) and found[at + 1][1] == "text" else ""
        yield Block(headings[-1] if headings else "", match[1], match[2], behind)


FLAWED = [block for block in blocks() if block.fence.startswith("edits-flawed")]


def source_of(text: str) -> Source:
    source = decode(text.encode(), "rules.edits", DOCS / "tables" / "rules.edits")
    assert isinstance(source, Source)
    return source


def findings_of(block: Block) -> list[Diagnostic]:
    """What `editwright check` reports of a block."""
    source = source_of(block.text)
    wanted = ("W", "I") if block.fence.endswith("info") else ("W",)
    table = None
    if block.fence.endswith("codes"):
        table = read_code_table(DOCS / "tables" / "codes.csv")
    checked = check_sources([source])
    found = analyse(expect_rules(checked), lambda code: code.startswith(wanted), table)
    comments = suppressions_in(source)
    left = answered([*checked.diagnostics, *found], comments)
    return [*left, *idle(comments, known_codes(), lambda _: True)]


def test_messages_are_shown_as_they_are(request: pytest.FixtureRequest) -> None:
    page = PAGE.read_text("utf-8")
    shown = page
    for block in FLAWED:
        text = "\n\n".join(render(each) for each in findings_of(block)) + "\n"
        old = f"```{block.fence}\n{block.text}```\n\n```text\n{block.shown}```"
        assert old in shown
        shown = shown.replace(old, f"```{block.fence}\n{block.text}```\n\n```text\n{text}```")
    if request.config.getoption("--update"):
        PAGE.write_text(shown, encoding="utf-8", newline="\n")
        page = shown
    assert page == shown, "docs/analysis.md is out of date; see --update"


@pytest.mark.parametrize("block", FLAWED, ids=[block.section for block in FLAWED])
def test_a_section_shows_its_own_code_alone(block: Block) -> None:
    assert {each.code for each in findings_of(block)} == {block.section}


@pytest.mark.parametrize("block", FLAWED, ids=[block.section for block in FLAWED])
def test_blocks_are_canonical(block: Block) -> None:
    assert format_file(parse(source_of(block.text))[0]) == block.text


def test_the_block_of_a_clean_file_is_clean() -> None:
    (block,) = (block for block in blocks() if block.fence == "edits")
    assert findings_of(block) == []


def test_the_table_of_codes_is_shown_as_it_is() -> None:
    (block,) = (block for block in blocks() if block.fence == "csv codes.csv")
    assert block.text == (DOCS / "tables" / "codes.csv").read_text("utf-8")


def test_every_code_has_a_section_and_stands_in_the_index() -> None:
    page = PAGE.read_text("utf-8")
    assert dict(re.findall(r"^## (\w+): (.*)$", page, re.MULTILINE)) == MEANING_OF_FINDING
    assert dict(re.findall(r"^- \[(\w+): (.*?)\]\(", page, re.MULTILINE)) == MEANING_OF_FINDING
    anchors = re.findall(r"\]\(#([^)]+)\)", page)
    headings = re.findall(r"^## (.*)$", page, re.MULTILINE)
    known = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    assert set(anchors) <= known


def test_every_code_belongs_to_a_check() -> None:
    codes = [code for check in CHECKS for code in check.codes]
    assert sorted([*codes, "W861"]) == sorted(MEANING_OF_FINDING)


@pytest.mark.parametrize("code", known_codes())
def test_every_code_can_be_explained(code: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explain(code.lower()) == DONE
    printed = capsys.readouterr().out
    assert printed.startswith(f"{code}: {known_codes()[code]}")
    assert section_of(code) is not None
    assert "**What to do.**" in printed
