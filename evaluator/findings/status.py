"""Findings to a claim status table for a billing office: a finding a row, in words.

Every cell can be opened in a spreadsheet: none is taken for a formula.
"""

import re
from collections.abc import Iterable, Iterator

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.text import partners_text

STATUS_COLUMNS: tuple[str, ...] = (
    "claim",
    "line",
    "disposition",
    "applies_to",
    "group_code",
    "carc",
    "rarcs",
    "message",
    "partner_lines",
    "rule",
    "source",
)

_APPLIES = {"line": "the line", "all": "every line of the group", "claim": "the whole claim"}
_FORMULA = ("=", "+", "-", "@")
_NUMBER = re.compile(r"-?[0-9]+")


def status_rows(findings: Iterable[Finding]) -> Iterator[tuple[str, ...]]:
    """The rows, in the order of the findings."""
    for finding in findings:
        cells = (
            finding.claim_id,
            str(finding.line_number),
            finding.disposition,
            _APPLIES.get(finding.scope, finding.scope),
            finding.group_code or "",
            finding.carc or "",
            " ".join(finding.rarc),
            finding.message,
            partners_text(finding),
            finding.rule,
            finding.source or "",
        )
        yield tuple(map(_harmless, cells))


def _harmless(cell: str) -> str:
    """The cell on one line, with an apostrophe before what a spreadsheet would reckon with."""
    line = " ".join(cell.split())
    return f"'{line}" if line.startswith(_FORMULA) and not _NUMBER.fullmatch(line) else line
