"""One claim after another to findings, each with its member's past as it was when the claim came.

Lines that came before are history: they count and serve as partners, and do not fire again. What
was found about them still holds: a denied line is not payable, and a line that went over a limit
does not count against that limit.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from attrs import evolve, frozen

from editwright.evaluator.corrections.in_lines import (
    Corrected,
    Key,
    ToJudge,
    key_of,
    lines_to_judge,
)
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.following.member_store import MemberStore
from editwright.evaluator.following.stored_lines import PastLine
from editwright.evaluator.lines.frequency import VOID
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.reach import Reach
from editwright.evaluator.meaning.reference import denied_by
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.evaluator.run import Evaluator, by_member
from editwright.grammar.checked import Limit, Rule


@frozen(slots=True)
class JudgedClaim:
    """What became of one claim."""

    findings: list[Finding]
    lines: int
    """How many of its lines were judged."""
    repeated: int
    """How many of its lines had come before."""
    corrected: Corrected


class ClaimJudge:
    """Judges the claims of a stream in their order, and keeps what later ones need."""

    def __init__(self, evaluator: Evaluator, store: MemberStore, reach: Reach, late: int) -> None:
        """`late`: how many days after a member's newest line older ones may still come."""
        self._evaluator = evaluator
        self._store = store
        self._kept_days = None if reach.days is None else reach.days + late
        self._limits = {
            _name(rule): rule for rule in evaluator.rules.rules
            if isinstance(rule.core, Limit) and rule.scope != "all"
            and rule.core.period not in ("line", "claim")
        }  # fmt: skip

    def judge(self, lines: Sequence[ServiceLine]) -> JudgedClaim:
        """The findings on the lines of one claim; lines that came before are left out."""
        (key,) = {key_of(line) for line in lines}
        known = self._store.known_lines(*key)
        new = [line for line in lines if line.line_number not in known]
        findings: list[Finding] = []
        corrected = Corrected()
        for (kind, name), of_member in sorted(by_member(new).items()):
            found = self._of_member(f"{kind} {name}", key, of_member)
            findings += found.findings
            corrected = _sum(corrected, found.corrected)
        if new:
            self._store.set_known_lines(*key, known | {line.line_number for line in new})
        return JudgedClaim(findings, len(new), len(lines) - len(new), corrected)

    def remember(self, lines: Sequence[ServiceLine]) -> None:
        """Keep lines of a past before the stream; those of one claim that stand together. A line
        that arrives later as a claim takes their place."""
        for (kind, name), of_member in by_member(lines).items():
            past = [PastLine.of(line) for line in of_member]
            self._store.add(f"{kind} {name}", past, _newest(of_member))

    def _of_member(self, member: str, key: Key, lines: Sequence[ServiceLine]) -> JudgedClaim:
        kept = self._store.past(member)
        past = {each.line: each for each in kept}
        standing = lines_to_judge(lines, past)
        verdicts = self._verdicts(standing.lines, lines, past) if _any(standing, lines) else []
        denied = {
            line for rule, verdict in verdicts if rule.denies
            for line in denied_by(rule, [verdict], lines)
        }  # fmt: skip
        facts = {line: PastLine.of(line, denied=line in denied) for line in lines}
        for rule, verdict in verdicts:
            if _name(rule) in self._limits:
                facts[verdict.line].over[_name(rule)] = verdict.allowed or Decimal(0)
        newest = _newest(lines)
        self._store.add(member, list(facts.values()), newest)
        self._forget(member)
        findings = self._evaluator.in_order(verdicts)
        return JudgedClaim(findings, len(lines), 0, _by_claim(standing, key))

    def _verdicts(
        self,
        standing: Sequence[ServiceLine],
        lines: Sequence[ServiceLine],
        past: Mapping[ServiceLine, PastLine],
    ) -> list[tuple[Rule, Verdict]]:
        counting: dict[Rule, dict[ServiceLine, ServiceLine | None]] = {}
        for line, each in past.items():
            for name, units in each.over.items():
                if (rule := self._limits.get(name)) is not None:
                    counts = evolve(line, units=units) if units else None
                    counting.setdefault(rule, {})[line] = counts
        return self._evaluator.verdicts(standing, lines, counting)

    def _forget(self, member: str) -> None:
        if self._kept_days is None:
            return
        newest = self._store.newest(member, date.today().toordinal())
        if newest is not None:
            self._store.forget(member, newest - self._kept_days)


def _any(standing: ToJudge, lines: Sequence[ServiceLine]) -> bool:
    here = set(standing.lines)
    return any(line in here for line in lines)


def _newest(lines: Sequence[ServiceLine]) -> int | None:
    days = [line.service_from.toordinal() for line in lines if line.service_from is not None]
    return max(days, default=None)


def _name(rule: Rule) -> str:
    return f"{rule.ruleset.name}/{rule.name}" if rule.ruleset else rule.name


def _by_claim(standing: ToJudge, key: Key) -> Corrected:
    """What this claim has corrected, or by what it is corrected itself; no other corrections of
    the past are counted again."""
    found = Corrected(void_claims=int(key[1] == VOID))
    for gone, outcome in standing.outcomes.items():
        if key in (gone, (outcome.by, key[1])):
            found.replaced_claims += outcome.what == "replaced"
            found.voided_claims += outcome.what == "voided"
    return found


def _sum(one: Corrected, other: Corrected) -> Corrected:
    return Corrected(
        replaced_claims=one.replaced_claims + other.replaced_claims,
        voided_claims=one.voided_claims + other.voided_claims,
        void_claims=max(one.void_claims, other.void_claims),
    )
