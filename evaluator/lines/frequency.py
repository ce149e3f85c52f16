"""What a claim does to an earlier one, by its frequency: replace it, void it, or nothing."""

ORIGINAL, REPLACEMENT, VOID = 0, 1, 2
"""Corrections: a claim that stands for itself, one that replaces another, one that voids it."""

FREQUENCIES = frozenset(("frequency_code", "bill_type"))
"""The columns that say whether a claim is a correction: read wherever they are."""
LINKS = frozenset(("original_claim_id", "claim_number"))
"""The columns that say which claim it corrects: read wherever they are."""
TELLING = frozenset(("billing_provider", "received_date"))
"""The columns that tell linked claims apart: read beside those that link them."""

_BY_DIGIT = {"7": REPLACEMENT, "8": VOID}


def correction_of(frequency_code: str | None, bill_type: str | None) -> int:
    """The correction that a claim is: by the last digit of its frequency code, or of its type of
    bill where it has no frequency code."""
    if frequency_code == "1":  # nearly all claims
        return ORIGINAL
    if frequency_code is not None:
        whole, _, _ = frequency_code.partition(".")  # `7.00` is written too
        return _BY_DIGIT.get(whole[-1:], ORIGINAL)
    if bill_type is None or len(bill_type) == 2:  # without its frequency
        return ORIGINAL
    return _BY_DIGIT.get(bill_type[-1:], ORIGINAL)
