"""Findings to FHIR R4 `ClaimResponse` resources: one for each claim that has findings.

Reject findings are errors of the claim, which is then not adjudicated (`outcome` is `error`, and
there are no items); all others are adjudications of its items (`outcome` is `partial`: edits are
a part of what becomes of a claim). What findings do not say and FHIR wants is marked as unknown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.text import partners_text

CARC_SYSTEM = "https://x12.org/codes/claim-adjustment-reason-codes"
RARC_SYSTEM = "https://x12.org/codes/remittance-advice-remark-codes"
GROUP_SYSTEM = "https://x12.org/codes/claim-adjustment-group-codes"
DENIAL_SYSTEM = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator"

Json = dict[str, Any]

_UNKNOWN: Json = {
    "extension": [
        {
            "url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason",
            "valueCode": "unknown",
        }
    ]
}
_REJECT = "reject"
_DENYING = frozenset(("deny", "reduce"))
_DONE = {
    "deny": "denied",
    "reject": "rejected",
    "pend": "pended",
    "warn": "with a warning",
    "monitor": "noted",
    "reduce": "reduced",
}


def claim_responses(
    findings: Iterable[Finding], *, created: datetime | None = None
) -> Iterator[Json]:
    """The resources, as plain data, in the order of the findings.

    `created` is when they say they were made; now, if it is not given.
    """
    at = (created or datetime.now(UTC)).isoformat(timespec="seconds")
    for (claim_id, member_id), group in groupby(
        findings, key=lambda finding: (finding.claim_id, finding.member_id)
    ):
        yield _response(claim_id, member_id, list(group), at)


def _response(
    claim_id: str, member_id: str | None, findings: Sequence[Finding], created: str
) -> Json:
    rejected = [finding for finding in findings if finding.disposition == _REJECT]
    response: Json = {
        "resourceType": "ClaimResponse",
        "status": "active",
        "type": _UNKNOWN,
        "use": "claim",
        "patient": _UNKNOWN if member_id is None else {"identifier": {"value": member_id}},
        "created": created,
        "insurer": _UNKNOWN,
        "request": {"type": "Claim", "identifier": {"value": claim_id}},
        "outcome": "error" if rejected else "partial",
        "disposition": _disposition(findings),
    }
    if not rejected:
        response |= _adjudicated(findings)
    response["processNote"] = [
        {"number": number, "type": "display", "text": _note(finding)}
        for number, finding in enumerate(findings, 1)
    ]
    if rejected:
        response["error"] = [_error(finding) for finding in rejected]
    return response


def _adjudicated(findings: Sequence[Finding]) -> Json:
    """The items; a line that is numbered 0 can be none in FHIR, and is told with the claim."""
    items: list[Json] = []
    of_claim: list[Json] = []
    numbered = enumerate(findings, 1)
    for line_number, group in groupby(numbered, key=lambda each: each[1].line_number):
        of_line = list(group)
        adjudications = [each for _, finding in of_line for each in _adjudications(finding)]
        if line_number < 1:
            of_claim += adjudications
        else:
            notes = [number for number, _ in of_line]
            items.append(
                {"itemSequence": line_number, "noteNumber": notes, "adjudication": adjudications}
            )
    found: Json = {"item": items} if items else {}
    return found | ({"adjudication": of_claim} if of_claim else {})


def _adjudications(finding: Finding) -> Iterator[Json]:
    """What was decided with its CARC, each RARC, and the units of a limit."""
    category = _category(finding)
    carc = _carc(finding)
    yield {"category": category} | ({"reason": {"coding": carc}} if carc else {})
    for rarc in finding.rarc:
        yield {"category": category, "reason": {"coding": [_coding(RARC_SYSTEM, rarc)]}}
    for text, units in (
        ("units allowed", finding.units_allowed),
        ("units counted", finding.units_total),
    ):
        if units is not None:
            yield {"category": {"text": text}, "value": _number(units)}


def _category(finding: Finding) -> Json:
    category: Json = {"text": finding.disposition}
    if finding.disposition in _DENYING:
        category["coding"] = [_coding(DENIAL_SYSTEM, "denialreason")]
    return category


def _error(finding: Finding) -> Json:
    codes = [*_carc(finding), *(_coding(RARC_SYSTEM, rarc) for rarc in finding.rarc)]
    error: Json = {"code": ({"coding": codes} if codes else {}) | {"text": _plain(finding.message)}}
    return error if finding.line_number < 1 else {"itemSequence": finding.line_number} | error


def _carc(finding: Finding) -> list[Json]:
    pairs = ((CARC_SYSTEM, finding.carc), (GROUP_SYSTEM, finding.group_code))
    return [_coding(system, code) for system, code in pairs if code]


def _coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}


def _note(finding: Finding) -> str:
    """The message with the line and the rule that it is about, and the lines it names."""
    partners = f" (with {partners_text(finding)})" if finding.partners else ""
    about = f"line {finding.line_number}, {finding.disposition} by {finding.rule}"
    return _plain(f"{about}: {finding.message}{partners}")


def _disposition(findings: Sequence[Finding]) -> str:
    """How many lines are denied, pended and so on."""
    decided = {(each.disposition, each.line_number) for each in findings}
    lines = Counter(disposition for disposition, _ in decided)
    counted = [
        f"{count:,} line{'' if count == 1 else 's'} {_DONE[disposition]}"
        for disposition, count in sorted(lines.items(), key=lambda each: list(_DONE).index(each[0]))
    ]
    return ", ".join(counted)


def _plain(text: str) -> str:
    """Text as FHIR takes it: without control characters, and not blank."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split()) or "-"


def _number(units: Decimal) -> int | float:
    return int(units) if units == units.to_integral_value() else float(units)
