"""The pages in docs/, executed: whatever they print is checked, formatted, run and compared.

The fences of a page say what holds for a block:

    ```edits              checks without a problem, stands in canonical format, examples hold
    ```edits names        the same, and its names may be used by the sentences in tables and prose
    ```edits-unformatted  the same, but the `edits` block after it is its canonical format
    ```edits-fails        checks without a problem, and none of its examples holds
    ```edits-error        has the problems that the `text` block after it shows
    ```findings           the findings of the examples of the block before it
    ```csv NAME           the file docs/tables/NAME; the same with `edits NAME`

Every back-ticked piece in a column of a table that SENTENCE_OF_COLUMN knows is checked as well,
and so is every sentence in back-ticks in the prose. `pytest --update` rewrites the `text` and
`findings` blocks.
"""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from attrs import frozen

from editwright.evaluator.examples.run_examples import lines_of, run_examples
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.fields_read import fields_read
from editwright.evaluator.run import Evaluator, read_columns
from editwright.grammar.check import Checked, check_sources, expect_rules
from editwright.grammar.codes import LISTED_KINDS
from editwright.grammar.diagnostics import MEANING_OF_CODE, Diagnostic, render
from editwright.grammar.fields import FIELDS, LIKENESS_FIELDS
from editwright.grammar.format import format_file
from editwright.grammar.nodes import Example, Rule, Statement
from editwright.grammar.parse import decode, parse
from editwright.grammar.source import Source
from editwright.grammar.syntax import syntax

DOCS = Path(__file__).parent.parent / "docs"
PAGES = ("language.md", "messages.md")

SENTENCE_OF_COLUMN = {
    "sentence": "{}",
    "statement": "{}",
    "subject": "{} not allowed",
    "condition": "any line not allowed when {}",
    "relation in time": "64643 requires 64642 {}",
    "relation of who and what": "64643 requires 64642 same date, {}",
    "limit": "64643 {}",
    "clause": "64643 not allowed with 64642 same date\n    {}",
    "exemption": "64643 not allowed with 64642 same date\n    {}",
    "otherwise": "64643 at most 3 units per day\n    {}",
    "line of an example": '64643 not allowed\nexample "e"\n    {}\n    expect no findings',
    "expectation": '64643 at most 3 units per day\nexample "e"\n    given 64643\n    {}',
}
"""What a back-ticked piece in a column stands in."""

NAMES_NOT_USED = {"statement"}
"""Columns whose pieces give names themselves."""


@frozen
class Block:
    """A fenced block: its page, the line on which its text begins, its fence, its text."""

    page: str
    line: int
    fence: str
    text: str

    @property
    def kind(self) -> str:
        """The first word of the fence."""
        return self.fence.split(" ")[0]


@frozen
class Piece:
    """A back-ticked piece: its page, its line, the column it stands in (none in prose), itself."""

    page: str
    line: int
    column: str | None
    text: str


_BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_TICKED = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
_VERB = re.compile(r"\S (requires|not allowed|allowed only|at most) \S")


def page_text(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def blocks_of(page: str) -> list[Block]:
    text = page_text(page)
    return [
        Block(page, text.count("\n", 0, match.start(2)) + 1, match[1], match[2])
        for match in _BLOCK.finditer(text)
    ]


def pieces_of(page: str) -> Iterator[Piece]:
    """The back-ticked pieces outside blocks."""
    blanked = _BLOCK.sub(lambda match: "\n" * match[0].count("\n"), page_text(page))
    columns: list[str] = []
    for number, line in enumerate(blanked.splitlines(), 1):
        cells = re.split(r"(?<!\\)\|", line)[1:-1] if line.startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = [cell.strip() for cell in cells]
        for at, cell in enumerate(cells or [line]):
            column = columns[at] if cells else None
            for ticked in _TICKED.findall(cell):
                yield Piece(page, number, column, ticked.replace("\\|", "|"))


BLOCKS = [block for page in PAGES for block in blocks_of(page)]
RULE_BLOCKS = [block for block in BLOCKS if block.kind == "edits"]
PIECES = [piece for page in PAGES for piece in pieces_of(page)]
SENTENCES = [
    piece
    for piece in PIECES
    if piece.column in SENTENCE_OF_COLUMN
    or (piece.page == "language.md" and _VERB.search(piece.text))
]


def names() -> str:
    """The block whose names may be used everywhere on the pages."""
    (block,) = (block for block in BLOCKS if block.fence == "edits names")
    return block.text


def source_of(text: str, encoding: str = "utf-8") -> Source | Diagnostic:
    """A text as a file in docs/tables, where the pages' tables lie."""
    return decode(text.encode(encoding), "rules.edits", DOCS / "tables" / "rules.edits")


def check(text: str) -> Checked:
    return check_sources([source_of(text)])


def canonical(text: str) -> str:
    source = source_of(text)
    assert isinstance(source, Source)
    return format_file(parse(source)[0])


def statements(text: str) -> tuple[Statement, ...]:
    source = source_of(text)
    assert isinstance(source, Source)
    return parse(source)[0].statements


def of_kind(kind: str) -> pytest.MarkDecorator:
    found = [block for block in BLOCKS if block.kind == kind]
    return pytest.mark.parametrize(
        "block", found, ids=[f"{block.page}:{block.line}" for block in found]
    )


# ---- blocks


@of_kind("edits")
def test_a_block_of_rules_is_sound_and_canonical_and_its_examples_hold(block: Block) -> None:
    checked = check(block.text)
    assert checked.diagnostics == []
    assert canonical(block.text) == block.text
    assert [result for result in run_examples(expect_rules(checked)) if not result.holds] == []


@of_kind("edits-unformatted")
def test_an_unformatted_block_is_followed_by_its_canonical_format(block: Block) -> None:
    assert check(block.text).diagnostics == []
    following = BLOCKS[BLOCKS.index(block) + 1]
    assert following.fence == "edits"
    assert canonical(block.text) == following.text != block.text
    assert canonical(following.text) == following.text


@of_kind("edits-fails")
def test_the_examples_of_a_failing_block_fail(block: Block) -> None:
    checked = check(block.text)
    assert checked.diagnostics == []
    results = list(run_examples(expect_rules(checked)))
    assert results
    assert [result for result in results if result.holds] == []


@of_kind("edits-error")
def test_an_error_is_followed_by_its_message(block: Block) -> None:
    assert BLOCKS[BLOCKS.index(block) + 1].fence == "text"


SHOWN_FILES = [block for block in BLOCKS if re.search(r"[a-z]+\.[a-z]+$", block.fence)]


@pytest.mark.parametrize("block", SHOWN_FILES, ids=[block.fence for block in SHOWN_FILES])
def test_a_file_is_shown_as_it_is(block: Block) -> None:
    name = block.fence.split(" ")[1]
    assert block.text == (DOCS / "tables" / name).read_text("utf-8")


def test_every_fence_is_known() -> None:
    kinds = {"edits", "edits-unformatted", "edits-fails", "edits-error", "findings", "csv", "text"}
    assert {block.kind for block in BLOCKS} == kinds


@pytest.mark.parametrize("page", PAGES)
def test_messages_and_findings_are_shown_as_they_are(
    page: str, request: pytest.FixtureRequest
) -> None:
    before: list[Block] = []

    def printed(match: re.Match[str]) -> str:
        previous = before[-1] if before else None
        before.append(Block(page, 0, match[1], match[2]))
        if previous is not None and match[1] == "text" and previous.kind == "edits-error":
            return f"```text\n{shown_problems(previous)}\n```"
        if previous is not None and match[1] == "findings":
            return f"```findings\n{shown_findings(previous.text)}\n```"
        return match[0]

    written = page_text(page)
    current = _BLOCK.sub(printed, written)
    if request.config.getoption("--update"):
        (DOCS / page).write_text(current, "utf-8")
    else:
        assert written == current


def shown_problems(block: Block) -> str:
    encoding = block.fence.partition(" ")[2] or "utf-8"
    problems = check_sources([source_of(block.text, encoding)]).diagnostics
    assert problems, f"the block has no problem:\n{block.text}"
    return "\n".join(render(problem) for problem in problems)


def shown_findings(text: str) -> str:
    rules = expect_rules(check(text))
    evaluator = Evaluator(rules)
    lines: list[str] = []
    for file in rules.files:
        for example in file.examples:
            found = [shown_finding(each) for each in evaluator.of_member(lines_of(example))]
            lines += [f'"{example.title}"', *found] if found else []
    return "\n".join(lines)


def shown_finding(finding: Finding) -> str:
    reasons = [f"{finding.group_code}-{finding.carc}", *finding.rarc] if finding.carc else []
    says = " ".join([finding.disposition, finding.scope, *(["as"] if reasons else []), *reasons])
    lines = [f"{finding.rule} on line {finding.line_number}: {says}", finding.message]
    if finding.ruleset:
        lines.append(f"ruleset: {finding.ruleset} {finding.ruleset_version}")
    if finding.source:
        lines.append(f"source: {finding.source}")
    if finding.units_allowed is not None:
        lines.append(f"units allowed: {finding.units_allowed}")
    return "\n    ".join(lines)


# ---- sentences in tables and prose


@pytest.mark.parametrize(
    "piece", SENTENCES, ids=[f"{each.line}: {each.text}" for each in SENTENCES]
)
def test_a_sentence_in_a_table_or_in_prose_is_sound(piece: Piece) -> None:
    text = SENTENCE_OF_COLUMN.get(piece.column or "sentence", "{}").format(piece.text)
    given = "" if piece.column in NAMES_NOT_USED else names()
    checked = check(given + text)
    assert [render(problem) for problem in checked.diagnostics] == []
    assert checked.rules is not None


def test_the_reference_names_every_field_likeness_and_list() -> None:
    conditions = {piece.text for piece in SENTENCES if piece.column == "condition"}
    for field in FIELDS.keys() - {"code"}:
        assert any(re.search(rf"\b{field}\b", each) for each in conditions), field
    likenesses = {piece.text for piece in PIECES if piece.column == "relation of who and what"}
    assert {f"same {name}" for name in LIKENESS_FIELDS} <= likenesses
    given = {piece.text.partition(" =")[0] for piece in PIECES if piece.column == "statement"}
    for kind in LISTED_KINDS:
        assert any(each.startswith(f"{kind} ") for each in given), kind


def test_the_reference_lists_the_reserved_words() -> None:
    _, _, after = page_text("language.md").partition("Reserved words: ")
    paragraph = after.partition("\n\n")[0]
    assert _TICKED.findall(paragraph) == sorted(syntax().reserved)


# ---- what blocks cannot show


def test_a_byte_order_mark_and_windows_line_ends_are_accepted() -> None:
    data = (
        b"\xef\xbb\xbfrule A:\r\n    64643 requires 64642 same date\r\n    unless modifier KX\r\n"
    )
    source = decode(data, "rules.edits")
    assert check_sources([source]).diagnostics == []
    assert isinstance(source, Source)
    plain = Source("rules.edits", data.decode("utf-8-sig").replace("\r\n", "\n"))
    assert parse(source)[0].statements == parse(plain)[0].statements


def test_a_tab_is_an_indent() -> None:
    tabbed = "64643 requires 64642\n\tsame date\n"
    assert statements(tabbed) == statements("64643 requires 64642 same date\n")


def fired(rules: str, *lines: ServiceLine) -> list[tuple[str, int]]:
    """The findings of rules on lines that an example cannot give."""
    evaluator = Evaluator(expect_rules(check(rules)))
    return [(each.rule, each.line_number) for each in evaluator.findings(lines)]


def test_a_line_without_a_procedure_code_has_none_of_the_codes() -> None:
    line = ServiceLine("A", 1, "M", revenue_code="0450", units=Decimal(1))
    assert fired("64643, 992*, G0463 not allowed\n", line) == []
    assert fired("64643 requires 64642 same claim\n", line) == []
    assert fired("any line not allowed when revenue code 0450\n", line) == [("R1", 1)]


def test_missing_units_count_as_none() -> None:
    day = date(2025, 3, 1)
    lines = [ServiceLine("A", 1, "M", "64643", service_from=day)]
    lines += [ServiceLine("A", 2, "M", "64643", units=Decimal(3), service_from=day)]
    assert fired("64643 at most 3 units per day\n", *lines) == []
    assert fired("64643 at most 2 units per day\n", *lines) == [("R1", 2)]


def test_lines_are_taken_in_order_of_date_claim_and_line_number_history_first() -> None:
    def line(claim: str, number: int, day: int, history: bool = False) -> ServiceLine:
        return ServiceLine(
            claim, number, "M", "64643", service_from=date(2025, 3, day), history=history
        )

    lines = [line("A", 2, 1), line("A", 1, 1), line("B", 3, 1), line("A", 4, 2)]
    assert fired("64643 at most 1 line per lifetime\n", *lines) == [("R1", 2), ("R1", 4), ("R1", 3)]
    past = line("Z", 9, 1, history=True)
    assert fired("64643 at most 1 line per day\n", *lines[1:2], past) == [("R1", 1)]


def test_payable_asks_the_rules_of_all_files_that_are_run() -> None:
    denies = Source("one.edits", "rule COVERED:\n    64642 allowed only with diagnosis G80.*\n")
    asks = Source("two.edits", "rule ADDON:\n    64643 requires payable 64642 same claim\n")
    lines = [ServiceLine("A", number, "M", f"6464{number + 1}") for number in (1, 2)]
    both = Evaluator(expect_rules(check_sources([asks, denies])))
    assert [each.rule for each in both.findings(lines)] == ["COVERED", "ADDON"]
    alone = Evaluator(expect_rules(check_sources([asks])))
    assert list(alone.findings(lines)) == []


def test_the_summary_counts_the_missing_values_of_fields_that_rules_read() -> None:
    rules = expect_rules(check("64643 not allowed when place 11 and age > 3\n"))
    summary = Summary(fields_read(rules.rules))
    lines = [ServiceLine("A", 1, "M", "64643"), ServiceLine("A", 2, "M", place_of_service="11")]
    summary.count_lines(read_columns(Evaluator(rules), lines))
    assert summary.missing == {"age": 2, "place": 1}


# ---- the contract

CONTRACT_ROWS = """\
| verb | sentence | fires on |
| --- | --- | --- |
| `requires` | `64643 requires 64642 or 64644 same date, same provider` | each 64643 line with no such partner line |
| | `77063 requires all of 77067 same date` · `80048 requires 3 of chem_panel same date` | fewer than that many *different* listed codes present |
| | `64643 requires payable 64642 same date` | as `requires`, and the partner must itself be payable (see Payable) |
| | `64643 requires modifier LT or RT` · `73721 requires authorization` · `97110 requires modifier GP, GO, GN` | each line lacking it |
| `not allowed` | `36000 not allowed with 45378 same date, same provider` | each 36000 line that has such a partner (the partner line is not touched) |
| | `64642 not allowed with modifier 50` · `A9270 not allowed` · `any line not allowed when units = 0` | each such line |
| | `99213 not allowed within 90 days after major_surgery, same group` | a 99213 dated 1 to 90 days after such a surgery |
| | `99203 not allowed with office_visits within 3 years before, same group` | a 99203 that has a visit in the 3 years before it |
| `allowed only` | `64643 allowed only with place 11, 19, 22, 24` · `80061 allowed only with diagnosis lipid` · `58150 allowed only when sex = F` · `G0402 allowed only when age >= 65` | each line outside it |
| `at most` | `64643 at most 3 units per day` · `77067 at most 1 time per calendar year` · `G0439 at most 1 time per 11 months` · `44950 at most 1 time per lifetime` · `97597 at most 1 unit per line` · `99213 at most 1 line per day, same provider` | see Limits |
"""  # noqa: E501
"""The four verbs."""

CONTRACT_SENTENCES = (
    "64643 requires 64642 same date",
    "36430 requires 86900 within 3 days before",
    "99213 not allowed within 90 days after 27447",
)
"""Sentences of the contract's prose."""

CONTRACT_BLOCKS = (
    """\
ruleset chemodenervation version "2025.1" effective 2025-01-01 to 2025-12-31
    source "CPT 2025; NCCI 2025 Q1"

use "ncci/modifiers.edits"                      # brings in another file's lists and tables

codes first_extremity = 64642, 64644
codes office_visits   = 99202 to 99215 except 99211
diagnoses spasticity  = G80.*, G81.*, G82.*, G83.*
modifiers separate    = 59, XE, XP, XS, XU
places facility       = 19, 21, 22, 24

table ptp from "ncci_ptp_practitioner.parquet"  # CSV, TSV, Parquet; relative to the rule file
""",
    """\
rule CHEMO-ADDON "An additional extremity needs its first extremity":
    64643 requires payable 64642 or 64644 same date, same provider
    unless modifier KX
    otherwise deny as CO-107 N122
    because "{code} on {date} is an add-on code; no 64642 or 64644 was found on that date."
    source "NCCI add-on code edits, type 1"
    effective 2025-01-01 to 2025-12-31

rule NCCI-PTP for each row of ptp:
    row.column_2 not allowed with row.column_1 same date, same provider
    unless modifier in separate on either line when row.modifier_indicator = 1
    effective row.effective to row.deletion
    otherwise deny as CO-236
""",
    """\
rule NCCI-AOC for each add_on of aoc:
    row.add_on requires payable row.primary same date, same provider
    effective row.effective to row.deletion
""",
    """\
example "both legs on one day"
    given 64642-RT on 2025-03-01 with diagnosis G80.1
    and   64643-LT on 2025-03-01 with diagnosis G80.1
    expect no findings

example "the card's third example: the left arm is treated later"
    given 64642-RT on 2025-03-01
    and   64643-LT on 2025-03-08
    expect CHEMO-ADDON on 64643

example "four additional extremities"
    patient age 46 sex F
    given 64642 on 2025-03-01 by 1111111112
    and   64643 x 4 on 2025-03-01 by 1111111112 at place 11
    expect CHEMO-UNITS on line 2
""",
)
"""Its blocks: statements, clauses, a rule for each value of a column, examples."""


def test_the_table_of_verbs_is_the_contract() -> None:
    assert CONTRACT_ROWS in page_text("language.md")


def test_the_sentences_of_the_contract_are_in_the_reference() -> None:
    shown = {statement for block in RULE_BLOCKS for statement in statements(block.text)}
    shown |= {
        statement
        for piece in SENTENCES
        if piece.column in (None, "sentence")
        for statement in statements(piece.text)
    }
    wanted = [*CONTRACT_SENTENCES, *CONTRACT_BLOCKS]
    missing = [each for text in wanted for each in statements(text) if each not in shown]
    assert missing == []


def test_every_verb_has_a_rule_and_an_example() -> None:
    found = [each for block in RULE_BLOCKS for each in statements(block.text)]
    verbs = {type(each.sentence.verb) for each in found if isinstance(each, Rule)}
    assert len(verbs) == 6
    assert sum(isinstance(each, Example) for each in found) > 100


# ---- messages


def test_every_message_has_its_section_and_no_other() -> None:
    headings = re.findall(r"^## (\w+): (.+)$", page_text("messages.md"), re.MULTILINE)
    assert dict(headings) == MEANING_OF_CODE
    assert [code for code, _ in headings] == list(MEANING_OF_CODE)


@pytest.mark.parametrize("code", MEANING_OF_CODE)
def test_the_section_of_a_message_shows_it(code: str) -> None:
    _, _, section = page_text("messages.md").partition(f"## {code}: ")
    section = section.partition("\n## ")[0]
    assert re.search(rf"^rules\.edits:\d+:\d+: (error|warning) {code}: ", section, re.MULTILINE)
    for part in ("What to do", "```edits-error"):
        assert part in section
