"""The pages in tests/cases/: each explains how a family of edits is written, and is executed.

A page's blocks are read in order. ```table NAME is a file beside the rules, ```rules a rule file
that holds until the next one, ```claims the service lines of members (by default one, `M`) as CSV,
and ```findings what the rules say of them. `pytest --update` rewrites the findings.

The claims' columns are those of the service line; `modifiers` and the diagnoses are lists behind
blanks, `history` is `yes` or blank, and a column that the service line lacks is a declared field.
What is blank is missing. A line points to all of its claim's diagnoses unless it says to which.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field, fields_dict

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.run import Evaluator
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.checked import CheckedRules
from editwright.grammar.format import format_file
from editwright.grammar.parse import parse
from editwright.grammar.source import Source

CASES = Path(__file__).parent / "cases"
INDEX = CASES / "README.md"
PAGES = sorted(set(CASES.glob("*.md")) - {INDEX})

FAMILIES = range(1, 55)
"""The families of edits that payers run, by their numbers in the index."""

_BLOCK = re.compile(r"^```([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@define
class Page:
    """A page being executed: where its files are, the rules and lines that hold, and which of the
    rules have fired."""

    folder: Path
    rules: CheckedRules | None = None
    lines: list[ServiceLine] | None = None
    fired: set[str] = field(factory=set)

    def printed(self, fence: str, text: str) -> str:
        """What a block should say, once all above it are read."""
        kind, _, name = fence.partition(" ")
        match kind:
            case "table":
                (self.folder / name).write_text(text, "utf-8")
            case "rules":
                self.presume_all_fired()
                source = Source("rules.edits", text, self.folder / "rules.edits")
                self.rules = expect_rules(check_sources([source]))
                return format_file(parse(source)[0])
            case "claims":
                assert self.rules is not None
                self.lines = read_lines(text, self.rules.declared_fields)
            case "findings":
                assert self.rules is not None
                assert self.lines is not None
                found = findings_of(self.rules, self.lines)
                self.fired |= {each.rule for each in found}
                return shown(found)
            case _:
                raise AssertionError(f"a page has no block `{fence}`")
        return text

    def presume_all_fired(self) -> None:
        """Every rule that a page shows fires in one of its findings."""
        rules = self.rules.rules if self.rules else ()
        silent = [rule.name for rule in rules if rule.name not in self.fired]
        assert silent == []
        self.fired = set()


def findings_of(rules: CheckedRules, lines: list[ServiceLine]) -> list[Finding]:
    """The findings; the order in which the lines come must not matter."""
    found = list(Evaluator(rules).findings(lines))
    assert list(Evaluator(rules).findings(reversed(lines))) == found
    return found


@pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
def test_the_page_says_what_the_rules_say(
    path: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    page = Page(tmp_path)
    written = path.read_text("utf-8")
    current = _BLOCK.sub(
        lambda match: f"```{match[1]}\n{page.printed(match[1], match[2])}```", written
    )
    page.presume_all_fired()
    if request.config.getoption("--update"):
        path.write_text(current, "utf-8")
    else:
        assert written == current


def test_the_index_has_every_family_and_every_page() -> None:
    rows = re.findall(r"^\| (\d+) \|.*\|(.*)\|$", INDEX.read_text("utf-8"), re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(FAMILIES)
    linked = {name for _, cell in rows for name in re.findall(r"\((.+?\.md)\)", cell)}
    assert linked == {path.name for path in PAGES}


# ---- claims and findings as CSV

_READ: dict[str, Callable[[str], Any]] = {
    "line_number": int,
    "units": Decimal,
    "charge": Decimal,
    "age_in_years": int,
    "service_from": date.fromisoformat,
    "service_to": date.fromisoformat,
    "received_date": date.fromisoformat,
    "birth_date": date.fromisoformat,
    "modifiers": lambda cell: tuple(cell.split()),
    "diagnoses": lambda cell: tuple(cell.replace(".", "").split()),
    "pointed_diagnoses": lambda cell: tuple(cell.replace(".", "").split()),
    "principal_diagnosis": lambda cell: cell.replace(".", ""),
    "history": lambda cell: {"yes": True}[cell],
}
"""How a cell is read that is not a text."""

_READ_DECLARED: dict[str, Callable[[str], str | Decimal | date]] = {
    "code": str.upper,
    "text": str,
    "number": Decimal,
    "date": date.fromisoformat,
}
_COLUMNS = fields_dict(ServiceLine).keys() - {"declared"}


def read_lines(text: str, declared_fields: dict[str, str]) -> list[ServiceLine]:
    """Service lines from CSV; without line numbers a claim's lines are numbered as they come."""
    lines: list[ServiceLine] = []
    numbers: dict[str, int] = {}
    for row in csv.DictReader(io.StringIO(text), strict=True):
        cells = {name: cell for name, cell in row.items() if cell}
        numbers[cells["claim_id"]] = numbers.get(cells["claim_id"], 0) + 1
        fields: dict[str, Any] = {"member_id": "M", "line_number": numbers[cells["claim_id"]]}
        declared: dict[str, str | Decimal | date] = {}
        for name, cell in cells.items():
            if name in _COLUMNS:
                fields[name] = _READ.get(name, str)(cell)
            else:
                declared[name] = _READ_DECLARED[declared_fields[name]](cell)
        fields.setdefault("pointed_diagnoses", fields.get("diagnoses", ()))
        lines.append(ServiceLine(**fields, declared=declared))
    return lines


def shown(findings: Iterable[Finding]) -> str:
    """Findings as CSV; partners by claim and line number, the disposition with what it adds."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["claim_id", "line_number", "rule", "disposition", "partners", "message"])
    for each in findings:
        partners = " ".join(f"{claim}/{number}" for claim, number in each.partners)
        says = each.disposition
        if each.scope != "line":
            says += f" {each.scope}"
        if each.units_allowed is not None:
            says += f" to {each.units_allowed.normalize():f}"
        row = [each.claim_id, each.line_number, each.rule, says, partners, each.message]
        writer.writerow(row)
    return out.getvalue()
