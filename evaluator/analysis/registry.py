"""Every check of the analysis, with the codes of its findings: the one place where they stand.

The order matters: what an earlier check has said of two rules, a later one does not say again.
"""

from collections.abc import Callable, Iterator

from attrs import frozen

from editwright.evaluator.analysis.contradictions import contradictions
from editwright.evaluator.analysis.idle_members import idle_members
from editwright.evaluator.analysis.known_codes import known_codes
from editwright.evaluator.analysis.look_alikes import look_alikes
from editwright.evaluator.analysis.missing_parts import missing_parts
from editwright.evaluator.analysis.mutual import mutual
from editwright.evaluator.analysis.never_kept import never_kept
from editwright.evaluator.analysis.redundant import redundant
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.self_reference import self_reference
from editwright.evaluator.analysis.silence import silence
from editwright.evaluator.analysis.unpayable import unpayable
from editwright.evaluator.analysis.unused import unused
from editwright.evaluator.analysis.versions import versions
from editwright.evaluator.analysis.ways_round import ways_round
from editwright.grammar.diagnostics import Diagnostic


@frozen
class Check:
    """A check, and the codes of its findings."""

    codes: tuple[str, ...]
    findings: Callable[[Run], Iterator[Diagnostic]]
    needed_by_others: bool = False
    """Whether later checks rest on what it notes."""


CHECKS = (
    Check(("W814", "W816", "W817"), silence, needed_by_others=True),
    Check(("W823",), never_kept),
    Check(("W821", "W822"), versions, needed_by_others=True),
    Check(("W815",), unpayable, needed_by_others=True),
    Check(("W811",), contradictions, needed_by_others=True),
    Check(("W812", "W813", "W818"), redundant),
    Check(("W819",), self_reference),
    Check(("W820",), mutual),
    Check(("W831", "W832"), known_codes),
    Check(("W833", "W834"), idle_members),
    Check(("W841",), unused),
    Check(("W851",), look_alikes),
    Check(("I811",), ways_round),
    Check(("I871", "I872", "I873"), missing_parts),
)
