"""Pages of every kind of report, made by the command line of rules and claims that mean harm."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from attrs import define, field

from editwright.command_line import main
from editwright.exit_codes import DONE, PROBLEMS

HOSTILE = '</script><script>alert(1)</script><img src="http://evil.example/x" onerror=alert(2)>'
_QUOTED = HOSTILE.replace('"', '\\"')

RULES = f"""ruleset harm version "<b>1</b>" effective 2024-01-01

rule ADD-ON "{_QUOTED}":
    64643 requires 64642 same date
    otherwise deny as CO-107 N122
    because "{{code}} {_QUOTED}"
    source "{_QUOTED}"

example "{_QUOTED}"
    given 64643 on 2025-03-01
    expect ADD-ON on 64643

example "it does not hold"
    given 64643 on 2025-03-01
    expect no findings

rule PLACE "In the office":
    64642 or 99213 allowed only with place 11
    otherwise pend
    effective 2025-01-01 to 2025-12-31

rule WATCHED:
    99213 not allowed
    otherwise monitor
"""
NEW_RULES = RULES.replace("64643 requires 64642", "64643 requires 64642 or 64644").replace(
    "otherwise pend", "otherwise deny as CO-5"
)

_COLUMNS = (
    "claim_id,line_number,member_id,birth_date,service_from,procedure_code,modifier_1,units,"
    "charge,place_of_service\n"
)
_ROWS = """\
C1,1,SECRET-1,1961-07-04,2025-03-01,64642,RT,1,412.00,11
C1,2,SECRET-1,1961-07-04,2025-03-01,64643,,1,251.50,11
C2,1,SECRET-2,1975-02-03,2025-03-08,64643,LT,2,502,11
<i>C3</i>,1,SECRET-3,1980-01-01,2025-06-01,99213,,1,80,12
<i>C3</i>,2,SECRET-3,1980-01-01,,99213,,1,,12
C4,1,SECRET-4,1980-01-01,2025-07-01,64642,,1,412,12
C5,1,SECRET-5,1980-01-01,2025-13-01,64642,,1,412,12
"""
MEMBERS = re.compile(r"SECRET-\d|1961-07-04|1975-02-03")

KINDS = ("run", "compare", "test")


def make_page(kind: str, folder: Path, *more: str) -> Path:
    """The page of a report."""
    rules, new, claims = folder / "old<b>.edits", folder / "new.edits", folder / "claims.csv"
    rules.write_text(RULES, encoding="utf-8")
    new.write_text(NEW_RULES, encoding="utf-8")
    claims.write_text(_COLUMNS + _ROWS, encoding="utf-8")
    page = folder / f"{kind}.html"
    over = ["--claims", str(claims), "--report", str(page), "-q"]
    commands = {
        "run": ["run", str(rules), *over, "-o", str(folder / "findings.csv")],
        "compare": ["compare", str(rules), str(new), *over],
        "test": ["test", str(rules), "--report", str(page)],
    }
    assert main([*commands[kind], *more]) == (PROBLEMS if kind == "test" else DONE)
    return page


def large_page(folder: Path, *, rules: int, lines: int) -> Path:
    """The page of a run of many rules over many lines, each of which one rule finds."""
    text, claims, page = folder / "many.edits", folder / "claims.parquet", folder / "many.html"
    text.write_text(
        "\n".join(
            f"""rule POLICY-{at:05} "Procedure {10_000 + at}, where policy {at % 400} pays it":
    {10_000 + at} allowed only with place 11, 22, 24
    unless modifier 59, KX
    otherwise {"deny as CO-5 M77" if at % 3 else "pend as CO-252"}
    because "{{code}} on {{date}} is paid in an office or a hospital, says policy {at % 400}."
    source "Payment policy {at % 400}, section {at % 12}"
    effective {2018 + at % 6}-01-01

example "in the office ({at})"
    given {10_000 + at} on 2025-03-04 at place 11
    expect no findings

example "elsewhere ({at})"
    given {10_000 + at} on 2025-03-04 at place 31
    expect POLICY-{at:05} on {10_000 + at}
"""
            for at in range(rules)
        ),
        encoding="utf-8",
    )
    numbers = np.arange(lines)
    columns: dict[str, Any] = {
        "claim_id": [f"C{at // 3}" for at in range(lines)],
        "line_number": numbers % 3 + 1,
        "member_id": [f"M{at // 9}" for at in range(lines)],
        "procedure_code": pa.array(10_000 + numbers * 7 % rules).cast(pa.string()),
        "service_from": pa.array(np.datetime64("2024-01-01") + numbers % 730),
        "charge": numbers % 997 + 0.5,
        "place_of_service": ["31"] * lines,
    }
    pq.write_table(pa.table(columns), claims)
    over = ["--claims", str(claims), "--report", str(page), "-q"]
    assert main(["run", str(text), *over, "-o", str(folder / "findings.parquet")]) == DONE
    return page


@define
class Page(HTMLParser):
    """A page taken apart; what is not well-formed is an error."""

    ids: list[str] = field(factory=list)
    pointed: list[str] = field(factory=list)
    """The ids that labels, links and descriptions point to."""
    fetched: list[str] = field(factory=list)
    """What elements would load."""
    texts: dict[str, list[str]] = field(factory=dict)
    """The texts of elements, by the element's name."""
    tags: list[tuple[str, dict[str, str | None]]] = field(factory=list)
    open: list[str] = field(factory=list)

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, text: str) -> "Page":
        page = cls()
        page.feed(text)
        page.close()
        assert page.open == []
        return page

    @property
    def data(self) -> Any:
        """The JSON island."""
        return json.loads(next(each for each in self.texts["script"] if each.startswith("{")))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"{tag} has an attribute twice"
        self.tags.append((tag, given))
        if tag not in ("meta", "input", "br", "link", "img"):
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")
        if given.get("id"):
            self.ids.append(str(given["id"]))
        for name in ("for", "aria-labelledby", "aria-describedby", "aria-controls"):
            self.pointed += str(given.get(name) or "").split()
        for name in ("src", "href", "action", "data", "poster"):
            target = given.get(name)
            if target is not None:
                (self.pointed if target.startswith("#") else self.fetched).append(
                    target.removeprefix("#")
                )

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[self.open[-1]][-1] += data
