"""Editwright: claim edits for health-care payers, written as sentences and run over claims.

>>> import editwright
>>> rules = editwright.load_text("64643 requires 64642 same date")
>>> claim = [{"claim_id": "C1", "procedure_code": "64643", "service_from": "2025-03-08"}]
>>> for finding in rules.evaluate_claim(claim):
...     print(finding.rule, finding.disposition, finding.message)
R1 deny 64643 on 2025-03-08 requires 64642 same date; none was found.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from editwright.comparing import Compared, compare
    from editwright.evaluator.findings.finding import Finding
    from editwright.evaluator.findings.out import OutputError
    from editwright.evaluator.formats.problems import ClaimsError
    from editwright.evaluator.lines.service_line import ServiceLine
    from editwright.grammar.diagnostics import Diagnostic, EditError
    from editwright.rules import Findings, Rules, load, load_text

__version__ = "0.1.0"

_HOME = {
    "ClaimsError": "editwright.evaluator.formats.problems",
    "Compared": "editwright.comparing",
    "Diagnostic": "editwright.grammar.diagnostics",
    "EditError": "editwright.grammar.diagnostics",
    "Finding": "editwright.evaluator.findings.finding",
    "Findings": "editwright.rules",
    "OutputError": "editwright.evaluator.findings.out",
    "Rules": "editwright.rules",
    "ServiceLine": "editwright.evaluator.lines.service_line",
    "compare": "editwright.comparing",
    "load": "editwright.rules",
    "load_text": "editwright.rules",
}
"""Where each public name lives: it is imported when it is first asked for, so that
`editwright check` starts without what only claims need."""

__all__ = [
    "ClaimsError",
    "Compared",
    "Diagnostic",
    "EditError",
    "Finding",
    "Findings",
    "OutputError",
    "Rules",
    "ServiceLine",
    "__version__",
    "compare",
    "load",
    "load_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module `editwright` has no attribute `{name}`")
    return getattr(import_module(_HOME[name]), name)
