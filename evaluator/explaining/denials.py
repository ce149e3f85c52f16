"""Which of a member's lines are not payable, and why."""

from collections.abc import Iterable, Mapping, Sequence

from attrs import frozen

from editwright.evaluator.findings.message import message_of
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reference import denied_by, says_denied
from editwright.evaluator.meaning.truth import Rows
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar.checked import Rule


@frozen(slots=True, eq=False)
class Denial:
    """Why a line is not payable: a rule's finding, on it or on another line of its claim, or the
    status of a line of the past."""

    rule: Rule | None = None
    by: ServiceLine | None = None
    """The line that has the finding."""
    message: str | None = None
    rows: Rows = ()

    def text(self, line: ServiceLine) -> str:
        """`denied by R: ...`"""
        if self.rule is None or self.by is None:
            return f"its status is {line.status}"
        word = "rejected" if self.rule.disposition == "reject" else "denied"
        claim = "" if self.by is line else f" with its claim, for line {self.by.line_number},"
        return f"{word}{claim} by {self.rule.name}: {self.message}"


Denials = Mapping[ServiceLine, Sequence[Denial]]


def denials_of(verdicts: Mapping[Rule, Iterable[Verdict]], lines: Sequence[ServiceLine]) -> Denials:
    """The lines that are not payable once all is judged."""
    found: dict[ServiceLine, list[Denial]] = {
        line: [Denial()] for line in lines if line.history and says_denied(line.status)
    }
    for rule, of_rule in verdicts.items():
        if not rule.denies:
            continue
        for verdict in of_rule:
            denial = Denial(rule, verdict.line, message_of(rule, verdict), verdict.rows)
            for line in denied_by(rule, [verdict], lines):
                found.setdefault(line, []).append(denial)
    return found
