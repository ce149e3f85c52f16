"""The service line: one row of a claim, the only thing that rules are judged on.

Every field that a source lacks is `None` (or an empty tuple): a missing value, never a guess.
Codes are upper case without blanks, diagnoses carry no dot, and dates are calendar dates.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from attrs import field, frozen

DeclaredValue = str | Decimal | date

NOTHING_DECLARED: Mapping[str, DeclaredValue] = MappingProxyType({})


@frozen(slots=True, eq=False)
class ServiceLine:
    """One service line of one claim. Identity, not content, makes two lines equal."""

    claim_id: str
    line_number: int
    member_id: str | None = field(default=None, repr=False)
    procedure_code: str | None = None
    modifiers: tuple[str, ...] = ()
    units: Decimal | None = None
    charge: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    place_of_service: str | None = None
    revenue_code: str | None = None
    bill_type: str | None = None
    diagnoses: tuple[str, ...] = ()
    """The claim's diagnoses in their order; the first is the principal one."""
    pointed_diagnoses: tuple[str, ...] = ()
    """Those that the line points to; all of them where the claim has no pointers."""
    principal_diagnosis: str | None = None
    rendering_provider: str | None = None
    billing_provider: str | None = None
    group_id: str | None = None
    specialty: str | None = None
    authorization: str | None = None
    received_date: date | None = None
    frequency_code: str | None = None
    original_claim_id: str | None = None
    """The claim that this one replaces or voids."""
    claim_number: str | None = None
    """The provider's own number of the claim."""
    status: str | None = None
    birth_date: date | None = field(default=None, repr=False)
    age_in_years: int | None = None
    """The member's age, where it is known and the birth date is not."""
    sex: str | None = None
    declared: Mapping[str, DeclaredValue] = NOTHING_DECLARED
    """Values of the fields that rule files declare, by name; only those that are present."""
    history: bool = False
    """A line of the member's past: it counts and serves as a partner, but never fires."""
