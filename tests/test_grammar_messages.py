"""The messages that people read.

Each page in `golden/messages` holds small rule files, each with what is said about it; `--update`
writes the answers.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from editwright.grammar.check import check_paths, check_sources
from editwright.grammar.diagnostics import MEANING_OF_CODE, Diagnostic, as_json, render
from editwright.grammar.source import Source

PAGES = sorted((Path(__file__).parent / "golden" / "messages").glob("*.md"))
CASE = re.compile(r"^## .*\n(?:(?!## ).*\n)*", re.MULTILINE)
BLOCK = re.compile(r"^```(\w+) ?(\S*)\n((?:(?!```).*\n)*)```\n", re.MULTILINE)


def cases_of(page: Path) -> list[str]:
    return [match[0] for match in CASE.finditer(page.read_text(encoding="utf-8"))]


def problems_of(case: str, folder: Path) -> list[Diagnostic]:
    """Puts the files of a case into a folder (a block without a name is `rules.edits`) and
    checks its rules there."""
    folder.mkdir(parents=True)
    for kind, name, body in BLOCK.findall(case):
        data = body.encode()
        if kind == "bytes":
            data = data.decode("unicode_escape").encode("latin-1")
        if kind != "text":
            (folder / (name or "rules.edits")).write_bytes(data)
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        return check_paths([Path("rules.edits")]).diagnostics


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_messages(page: Path, tmp_path: Path, expect_golden: Callable[[str, str], None]) -> None:
    """Every case of a page is answered as the page says."""
    parts = [page.read_text(encoding="utf-8").split("\n## ")[0].strip()]
    for number, case in enumerate(cases_of(page)):
        said = "\n".join(render(each) for each in problems_of(case, tmp_path / str(number)))
        parts += [case.split("```text\n")[0].strip(), f"```text\n{said}\n```"]
    expect_golden(f"messages/{page.name}", "\n\n".join(parts) + "\n")


def test_every_code_has_a_case() -> None:
    """Whoever adds a code shows what it says."""
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    said = set(re.findall(r": (?:error|warning) ([EW]\d{3}): ", shown))
    assert sorted(MEANING_OF_CODE.keys() - said) == []


def test_messages_keep_the_style(tmp_path: Path) -> None:
    """Lower case, no full stop, one line, quotes in pairs; and always what to do next."""
    for page in PAGES:
        for number, case in enumerate(cases_of(page)):
            for problem in problems_of(case, tmp_path / page.stem / str(number)):
                for text in (problem.message, problem.here, problem.help):
                    assert "\n" not in text
                    assert not re.match(r"[A-Z][a-z]", text), text
                    assert text == text.strip()
                    assert not text.endswith(".") or text.endswith("..."), text
                    assert text.count("`") % 2 == 0 or "```" in text, text
                assert problem.here or problem.help, render(problem)


# ---- all problems at once, and each only once

ONE_ROOT = {
    "a list that cannot be read": """
        cods first = 64642
        64643 requires first same date
        64645 requires first same date""",
    "a list with a code that is none": """
        codes first = 64642, 6464
        codes both = first, 64644
        64643 requires both same date""",
    "a list whose name is refused": """
        codes First = 64642
        64643 requires First same date""",
    "a field whose name is refused": """
        field Plan is code
        any line not allowed when Plan = gold
        64643 requires 64642 same date, same Plan""",
    "a table whose name is refused": """
        table AOC from "none.csv"
        rule R1 for each row of AOC: row.add_on requires row.primary same date""",
    "a rule whose name is refused": """
        rule chemo-addon: 64643 requires 64642 same date
        example "none"
            given 64643 on 2025-03-01
            expect chemo-addon on 64643""",
    "a list whose file is missing": """
        codes first from "none.csv" column hcpcs
        64643 requires first same date""",
    "a used file that is missing": """
        use "none.edits"
        64643 requires first same date, same plan
            unless modifier separate""",
    "a table that is missing": """
        table aoc from "none.csv"
        rule R1 for each add_on of aoc:
            row.add_on requires row.primary same date
            effective row.effective""",
    "a table that nobody names": """
        rule R1 for each add_on of aoc:
            row.add_on requires row.primary same date
            effective row.effective""",
    "a field that cannot be read": """
        feild plan is code
        any line not allowed when plan = gold
        64643 requires 64642 same date, same plan""",
    "a rule that cannot be read": """
        rule CHEMO-ADDON "first": 64643 requries 64642 same date
        example "none"
            given 64643 on 2025-03-01
            expect CHEMO-ADDON on 64643""",
    "a rule with a code that is none": """
        rule CHEMO-ADDON: 64643 requires 6464 same date
        example "none"
            given 64643 on 2025-03-01
            expect CHEMO-ADDON on 64643, CHEMO-ADDON on line 1""",
    "an unnamed rule that cannot be read": """
        64643 requries 64642 same date
        64645 requires 64644 same date
        example "none"
            given 64645 on 2025-03-01
            expect R2 on 64645""",
    "a heading that cannot be read": """
        ruleset one verson "1" effective 2025-01-01
        64643 requires 64642 same date""",
    "an example that cannot be read": """
        64643 not allowed
        exmaple "none"
            given 64643 on 2025-03-01
            and   64643 on 2025-03-02
            expect R1 on 64643""",
    "a text that does not end": """
        64643 requires 64642 same date
            because "no end
            otherwise deny as CO-107 N122
        64645 requires 64644 same date""",
    "a text that ends three lines later": """
        64643 requires 64642 same date
            because "no end
              on this line and
              not on this one"
            otherwise deny""",
    "a clause before its sentence": """
        rule R1:
            unless modifier 59
            64643 requires 64642 same date
            otherwise deny""",
    "a rule in a cycle whose action cannot be read": """
        rule ONE: 36000 not allowed with payable 36010 same date
        rule TWO:
            36010 not allowed with payable 36000 same date
            otherwise wran""",
    "a sentence that cannot be read, whose clauses need it": """
        rule R1:
            64643 must be billed with 64642 same date
            unless modifier 59 on the other line
            otherwise deny all""",
    "a list that goes on without being indented": """
        codes first = 64642,
        64644,
        64646
        64643 requires first same date""",
    "a line of an example whose code is none": """
        64643 not allowed
        example "none"
            given 6464 on 2025-03-01
            expect R1 on 64643""",
    "a line of an example that cannot be read": """
        64643 not allowed
        example "none"
            given 64643 at 11 on 2025-03-01
            and   64644 on 2025-03-01
            expect R1 on 64643, R1 on line 1""",
    "a file that is indented": """
            64643 requires 64642 same date
            64645 requires 64644 same date""",
}


SEVERAL_SLIPS = {
    "in the sentence and every clause": (
        """
        rule chemo: 64643 requries 6464 same date
            unless modifier 5
            otherwise dney as CO-107
            because "{procedure}"
            effective 2025-02-30""",
        [(1, "E305"), (1, "E201"), (1, "E301"), (2, "E301"), (3, "E201"), (4, "E308"), (5, "E303")],
    ),
    "in clauses behind a sentence that cannot be guessed": (
        """
        64643 must be billed with 64642
            unlss modifier 59
            otherwise deny as 107""",
        [(1, "E201"), (2, "E201"), (3, "E307")],
    ),
    "behind a missing colon": (
        """
        rule R1 "first"
            64643 requires 64642
            otherwize deny""",
        [(1, "E201"), (2, "E501"), (3, "E201")],
    ),
    "behind a heading that cannot be read": (
        """
        rule R1 first leg:
            64643 requires 64642
            otherwise deny as 97""",
        [(1, "E201"), (2, "E501"), (3, "E307")],
    ),
    "behind a character that does not belong": (
        """
        64643 requires 64642 same date
            because “no end”
            otherwise dney as CO-107
            effective 2025-02-30""",
        [(2, "E102"), (3, "E201"), (4, "E303")],
    ),
    "in one line": (
        "\n        64643 at mots 3 unts per day",
        [(1, "E201"), (1, "E201")],
    ),
    "in a heading": (
        '\n        ruleset One verson "1" efective 2025-13-01',
        [(1, "E305"), (1, "E201"), (1, "E201"), (1, "E303")],
    ),
    "in an example": (
        """
        64643 not allowed
        example "none"
            patient aeg 46
            givn 64643 on 2025-13-01 x two at 11
            and  64643 on 2025-03-01 with plan gold
            expct R1 on 64643""",
        [(3, "E201"), (4, "E201"), (4, "E303"), (4, "E201"), (5, "E401"), (6, "E201")],
    ),
}


@pytest.mark.parametrize(("text", "expected"), SEVERAL_SLIPS.values(), ids=SEVERAL_SLIPS)
def test_every_slip_of_one_statement(
    text: str, expected: list[tuple[int, str]], tmp_path: Path
) -> None:
    """A slip in one part of a statement hides none in another."""
    found = [(as_json(each)["line"], each.code) for each in check(text, tmp_path)]
    assert found == expected


def check(text: str, folder: Path) -> list[Diagnostic]:
    lines = text.removeprefix("\n").splitlines()
    unindented = "\n".join(line.removeprefix(" " * 8) for line in lines)
    return check_sources([Source("rules.edits", unindented, folder / "rules.edits")]).diagnostics


@pytest.mark.parametrize("text", ONE_ROOT.values(), ids=ONE_ROOT)
def test_one_message_for_one_slip(text: str, tmp_path: Path) -> None:
    """What follows from a slip is not reported again."""
    assert len(check(text, tmp_path)) == 1


def test_all_problems_in_one_run_in_their_order(tmp_path: Path) -> None:
    """Slips of every stage, from characters to examples, come together and from top to bottom."""
    text = """
        codes first = 64642, 6464
        table aoc from "none.csv"
        64643 requires 64642
        64645 requries 64644 same date
        64645 requires 64644; same date
        example "none"
            given 64643 on 2025-02-30
            expect R7 on line 2
        codes same = 64642
            64643 = 1
        rule R7: 64643 not allowed
        rule R7: 64643 not allowed"""
    found = check(text, tmp_path)
    lines = [as_json(each)["line"] for each in found]
    assert [(line, each.code) for line, each in zip(lines, found, strict=True)] == [
        (1, "E301"), (2, "E601"), (3, "E501"), (4, "E201"), (5, "E102"), (7, "E303"), (8, "E701"),
        (10, "E201"), (12, "E403"),
    ]  # fmt: skip


@pytest.mark.parametrize("names", ["a", "a b", "a lists", "lists b"])
def test_a_used_file_is_reported_in_order_and_once(
    names: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the file that is used is checked itself, before or after, under any path."""
    lists = "codes first = 6464\ncodes second = = 64642\ncodes third = 6\n"
    (tmp_path / "lists.edits").write_text(lists, encoding="utf-8")
    (tmp_path / "a.edits").write_text('use "lists.edits"\n', encoding="utf-8")
    (tmp_path / "b.edits").write_text('use "./lists.edits"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    for folder in (tmp_path, Path(), Path("..") / tmp_path.name):
        found = check_paths([folder / f"{name}.edits" for name in names.split()]).diagnostics
        assert [as_json(each)["line"] for each in found] == [1, 2, 3]


def test_problems_as_json(tmp_path: Path) -> None:
    """An editor and a person are told the same."""
    (problem,) = check("\n        64643 requires\n          6464 same date", tmp_path)
    plain = json.loads(json.dumps(as_json(problem)))
    assert plain == {
        "code": "E301",
        "severity": "error",
        "message": "`6464` is not a procedure code",
        "file": "rules.edits",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 7,
        "expected": "expected five characters, as in `64643`, `J0585` or `0213T`",
        "help": "is a digit missing? four digits are a revenue code",
        "related": [],
        "claims": [],
    }
    assert render(problem).splitlines()[0] == (
        "rules.edits:2:3: error E301: `6464` is not a procedure code"
    )
