"""A claim of an 837 to the rows of its service lines.

Claim ids. A provider's own claim number (CLM01) is unique for that provider at best. So the id of
a claim is that number, the control number of its interchange, the claim's number in the
interchange, and eight characters reckoned from the claim's segments, those above it and the
beginning of the file: `26463774-000000905-1-0f3a9c21`. It depends on what is in the file alone:
neither on its name nor on what else is read. An interchange that comes again in one file has `.2`
behind its control number.
"""

import hashlib

from editwright.evaluator.formats.x12_envelope import BLANKS
from editwright.evaluator.formats.x12_parts import NO_DATES, Facility
from editwright.evaluator.formats.x12_state import Claim, Person

NAMES: tuple[str, ...] = (
    "claim_id",
    "claim_number",  # CLM01
    "original_claim_id",  # what the claim replaces or voids: REF*F8 of loop 2300
    "frequency_code",
    "line_number",
    "member_id",
    "subscriber_id",
    "birth_date",
    "sex",
    "service_from",
    "service_to",
    "procedure_code",
    "modifiers",
    "units",
    "minutes",  # of anesthesia: quantities in minutes are no units
    "charge",
    "place_of_service",
    "revenue_code",
    "bill_type",
    "diagnoses",
    "diagnosis_pointers",
    "rendering_provider",
    "billing_provider",
    "group_id",
    "specialty",
    "authorization",
    "created_date",  # BHT04: when the transaction was made
)
"""The columns of a row. The lists are tuples, the line number is a number, all else is text."""

Row = tuple[object, ...]


def rows_of(claim: Claim, facility: Facility) -> list[Row]:
    """The rows of the lines that can be read. A text that is empty is missing."""
    kind = claim.lines[0].kind
    billing, transaction, subscriber = claim.billing, claim.transaction, claim.subscriber
    person = claim.patient or subscriber
    claim_id = f"{claim.account}-{transaction.label}-{claim.number}-{claim.digest:08x}"
    is_bill = facility.qualifier == "A" or (facility.qualifier != "B" and kind == "I")
    bill_type = _bill_type(facility) if is_bill else ""
    place = "" if is_bill else facility.code
    claim_dates = claim.service_dates or claim.statement_dates or NO_DATES
    rendering, specialty = _rendering(claim, kind)
    member = (
        member_id(subscriber, claim.patient),
        "" if subscriber is None else subscriber.id,
        "" if person is None else person.birth_date,
        "" if person is None else person.sex,
    )
    diagnoses = _principal_first(claim) if kind == "I" else claim.diagnoses
    found: list[Row] = []
    for line in claim.lines:
        if line.problem is not None:
            continue
        dates, own = line.dates or claim_dates, line.rendering
        found.append(
            (
                claim_id,
                claim.account,
                claim.original,
                facility.frequency,
                line.number,
                *member,
                dates.first,
                dates.last,
                line.code,
                line.modifiers,
                line.units,
                line.minutes,
                line.charge,
                line.place_of_service.strip(BLANKS) or place,
                line.revenue_code,
                bill_type,
                diagnoses,
                line.pointers,
                rendering if own is None else own.npi,
                billing.npi,
                billing.tax_id or billing.second_tax_id,
                specialty if own is None else own.taxonomy,
                line.authorization or claim.authorization,
                transaction.created,
            )
        )
    return found


def _bill_type(facility: Facility) -> str:
    """Facility and frequency; some senders have all three characters in CLM05-1."""
    code = facility.code
    is_whole = not code or (len(code) > 2 and code[0] != "0")
    return code if is_whole else code + facility.frequency


def member_id(subscriber: Person | None, patient: Person | None) -> str:
    """The member's id. Dependents have their subscriber's, and are told apart by what else is
    known of them: rules look at one member at a time."""
    insured = "" if subscriber is None else subscriber.id
    if patient is None:
        return insured
    if patient.id and patient.id != insured:
        return patient.id
    if not insured:
        return ""
    known = f"{patient.birth_date}|{patient.sex}|{patient.first_name.upper()}"
    digest = hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=4)
    return f"{insured}-{digest.hexdigest()}"


def _rendering(claim: Claim, kind: str) -> tuple[str, str]:
    """The NPI of the claim's rendering provider, and the taxonomy.

    Who bills has rendered, unless somebody else is named; in hospitals nobody is taken to have.
    """
    billing, rendering, attending = claim.billing, claim.rendering, claim.attending
    if kind == "I":
        own = "" if rendering is None else rendering.taxonomy
        theirs = "" if attending is None else attending.taxonomy
        npi = "" if rendering is None else rendering.npi
        return npi, own or theirs or billing.taxonomy
    if rendering is not None:
        return rendering.npi, rendering.taxonomy
    return billing.npi, billing.taxonomy


def _principal_first(claim: Claim) -> tuple[str | None, ...]:
    """The diagnoses of an 837I, where nothing points to them: the principal one leads."""
    both = zip(claim.principal, claim.diagnoses, strict=True)
    return tuple(code for _, code in sorted(both, key=lambda each: not each[0]))
