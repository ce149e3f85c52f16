"""The columns of an 837's service lines, and the id of the member.

The lists are tuples, the line number is a number, all else is text.
"""

import hashlib

CLAIM_NAMES: tuple[str, ...] = (
    "claim_id",
    "claim_number",  # CLM01
    "original_claim_id",  # what the claim replaces or voids: REF*F8 of loop 2300
    "frequency_code",
    "member_id",
    "subscriber_id",
    "birth_date",
    "sex",
    "bill_type",
    "diagnoses",
    "billing_provider",
    "group_id",
    "created_date",  # BHT04: when the transaction was made
)
"""What is the same on all lines of a claim."""
LINE_NAMES: tuple[str, ...] = (
    "line_number",
    "service_from",
    "service_to",
    "procedure_code",
    "modifiers",
    "units",
    "minutes",  # of anesthesia: quantities in minutes are no units
    "charge",
    "place_of_service",
    "revenue_code",
    "diagnosis_pointers",
    "rendering_provider",
    "specialty",
    "authorization",
)
NAMES = CLAIM_NAMES + LINE_NAMES


def member_id(insured: str, patient: str, birth_date: str, sex: str, first_name: str) -> str:
    """The id of a patient who is a dependent. Dependents have their subscriber's, and are told
    apart by what else is known of them: rules look at one member at a time."""
    if patient and patient != insured:
        return patient
    if not insured:
        return ""
    known = f"{birth_date}|{sex}|{first_name.upper()}"
    digest = hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=4)
    return f"{insured}-{digest.hexdigest()}"
