"""Findings to text that is read in a terminal or a mail: grouped by claim, plain ASCII.

No member id is in it. Control characters are spelled out, so that nothing in a claim can drive
the terminal.
"""

import textwrap
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from editwright.evaluator.findings.finding import Finding

_WIDTH = 100
_INDENT = " " * 6


def findings_text(findings: Iterable[Finding]) -> Iterator[str]:
    """The lines of text, without line ends: a heading where the claim changes, and a total."""
    count = 0
    for claim_id, group in groupby(findings, key=lambda finding: finding.claim_id):
        yield f"claim {ascii_text(claim_id)}"
        for finding in group:
            count += 1
            yield from _finding_lines(finding)
        yield ""
    yield "no findings" if not count else f"{count:,} finding{'s' if count > 1 else ''}"


def _finding_lines(finding: Finding) -> Iterator[str]:
    codes = "-".join(code for code in (finding.group_code, finding.carc) if code)
    as_codes = " ".join(code for code in (codes, *finding.rarc) if code)
    outcome = f"{finding.disposition} {finding.scope}" + (f" as {as_codes}" if as_codes else "")
    yield f"  line {finding.line_number}  {ascii_text(finding.rule)}: {ascii_text(outcome)}"
    yield from wrapped(finding.message)
    if finding.units_allowed is not None and finding.units_total is not None:
        allowed, total = _number(finding.units_allowed), _number(finding.units_total)
        yield f"{_INDENT}units: {total}, of which {allowed} allowed"
    if finding.partners:
        yield from wrapped(f"partners: {partners_text(finding)}")
    if finding.source:
        row = "" if finding.table_row is None else f", row {finding.table_row:,} of its table"
        yield from wrapped(f"source: {finding.source}{row}")


def partners_text(finding: Finding) -> str:
    """The partner lines in words."""
    return ", ".join(
        f"line {number}" if claim_id == finding.claim_id else f"line {number} of claim {claim_id}"
        for claim_id, number in finding.partners
    )


def wrapped(text: str) -> list[str]:
    """The lines of a sentence, indented, in plain printable characters."""
    return textwrap.wrap(
        ascii_text(" ".join(text.split())),
        _WIDTH,
        initial_indent=_INDENT,
        subsequent_indent=_INDENT,
        break_long_words=False,
        break_on_hyphens=False,
    )


def ascii_text(text: str) -> str:
    """A text in printable ASCII: nothing that stands in a claim can drive the terminal."""
    plain = text.encode("ascii", "backslashreplace").decode("ascii")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in plain)


def _number(units: Decimal) -> str:
    return f"{units.normalize():f}"
