"""A claim of an 837 to the rows of its service lines.

Claim ids. A provider's own claim number (CLM01) is unique for that provider at best. So the id of
a claim is that number, the control number of its interchange, the claim's number in the
interchange, and eight characters reckoned from the claim's segments and those above it:
`26463774-000000905-1-0f3a9c21`. It depends on nothing but what is in the interchange: neither on
the name of the file nor on what else is read. An interchange that comes again in one file has `.2`
behind its control number.
"""

import hashlib

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
    """The rows of the lines that can be read."""
    kind = claim.lines[0].kind
    billing, transaction, subscriber = claim.billing, claim.place.transaction, claim.subscriber
    person = claim.patient or subscriber
    account = claim.account or "claim"
    claim_id = f"{account}-{transaction.label}-{claim.number}-{claim.digest:08x}"
    is_bill = facility.qualifier == "A" or (facility.qualifier != "B" and kind == "I")
    bill_type = f"{facility.code}{facility.frequency or ''}" if is_bill and facility.code else None
    place = None if is_bill else facility.code
    claim_dates = claim.service_dates or claim.statement_dates or NO_DATES
    rendering, specialty = _rendering(claim, kind)
    shared = (
        claim.account or None,
        claim.original,
        facility.frequency,
    )
    member = (
        member_id(subscriber, claim.patient),
        None if subscriber is None else subscriber.id,
        None if person is None else person.birth_date,
        None if person is None else person.sex,
    )
    diagnoses = _diagnoses(claim, kind)
    group_id = billing.tax_id or billing.second_tax_id
    found: list[Row] = []
    for line in claim.lines:
        if line.problem is not None:
            continue
        dates = line.dates or claim_dates
        own = line.rendering
        found.append(
            (
                claim_id,
                *shared,
                line.number,
                *member,
                dates.first or None,
                dates.last,
                line.code,
                line.modifiers,
                line.units,
                line.minutes,
                line.charge or None,
                line.place_of_service or place,
                line.revenue_code,
                bill_type,
                diagnoses,
                line.pointers,
                rendering if own is None else own.npi,
                billing.npi,
                group_id,
                specialty if own is None else own.taxonomy,
                line.authorization or claim.authorization,
                transaction.created,
            )
        )
    return found


def member_id(subscriber: Person | None, patient: Person | None) -> str | None:
    """The member's id. Dependents have their subscriber's, and are told apart by what else is
    known of them: rules look at one member at a time."""
    if subscriber is None or subscriber.id is None or patient is None:
        return None if subscriber is None else subscriber.id
    if patient.id is not None and patient.id != subscriber.id:
        return patient.id
    known = (patient.birth_date, patient.sex, patient.first_name.upper())
    digest = hashlib.blake2b("|".join(each or "" for each in known).encode(), digest_size=4)
    return f"{subscriber.id}-{digest.hexdigest()}"


def _rendering(claim: Claim, kind: str) -> tuple[str | None, str | None]:
    """The NPI of the claim's rendering provider, and the taxonomy.

    Who bills has rendered, unless somebody else is named; in hospitals nobody is taken to have.
    """
    billing = claim.billing
    if kind == "I":
        attending = claim.attending.taxonomy if claim.attending is not None else None
        npi = claim.rendering.npi if claim.rendering is not None else None
        own = claim.rendering.taxonomy if claim.rendering is not None else None
        return npi, own or attending or billing.taxonomy
    if claim.rendering is not None:
        return claim.rendering.npi, claim.rendering.taxonomy
    return billing.npi, billing.taxonomy


def _diagnoses(claim: Claim, kind: str) -> tuple[str | None, ...]:
    """In the order of the claim, to which pointers point; in 837I the principal one is first."""
    if kind == "I":
        return tuple(code for _, code in sorted(claim.codes, key=lambda each: not each[0]))
    return tuple(code for _, code in claim.codes)
