"""What is known while the segments of an 837 go by: who bills, who is the patient, the claim."""

import re

from attrs import define, field, frozen

from editwright.evaluator.formats.x12_parts import Dates

ENVELOPE = ("ISA", "GS", "ST", "SE", "GE", "IEA")
READ = (
    "BHT", "HL", "SBR", "NM1", "REF", "PRV", "DMG", "CLM", "DTP", "HI", "LX", "SV1", "SV2", "SV3",
    "SVD",
)  # fmt: skip
PASSED_OVER = (
    "AMT", "CAS", "CL1", "CN1", "CR1", "CR2", "CR3", "CR4", "CR5", "CR6", "CR7", "CR8", "CRC",
    "CTP", "CUR", "DMA", "DN1", "DN2", "DSB", "FRM", "HCP", "HSD", "IMM", "K3", "LE", "LIN", "LQ",
    "LS", "MEA", "MIA", "MOA", "N2", "N3", "N4", "NTE", "OI", "OOI", "PAT", "PER", "PS1", "PWK",
    "QTY", "STC", "SV4", "SV5", "SV6", "SV7", "TA1", "TOO", "TRN", "UR", "VEH", "WP",
)  # fmt: skip
"""Segments of the 837 that say nothing which rules read."""
SEGMENT_NAMES = frozenset((*ENVELOPE, *READ, *PASSED_OVER))
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{1,2}")


@define(slots=True)
class Billing:
    """The billing provider, loops 2000A and 2010AA."""

    named: bool = False
    used: bool = False
    """Whether a claim stands under it already."""
    npi: str | None = None
    tax_id: str | None = None
    second_tax_id: str | None = None
    """A social security number, in its place."""
    taxonomy: str | None = None


@define(slots=True)
class Person:
    """A subscriber (2010BA) or a patient who is a dependent (2010CA)."""

    named: bool = False
    used: bool = False
    """Whether a claim stands under this person already."""
    id: str | None = field(default=None, repr=False)
    first_name: str = field(default="", repr=False)
    birth_date: str | None = field(default=None, repr=False)
    sex: str | None = field(default=None, repr=False)


@define(slots=True)
class Transaction:
    """One ST to SE, or what stands outside of any."""

    interchange: str
    """For people: `interchange 000000905`."""
    name: str | None
    """For people: `transaction 0021`."""
    start: int
    """The number of its ST among the segments of its interchange, from 1."""
    version: str = ""
    """GS08 or ST03."""
    label: str = ""
    """The control number of its interchange, made distinct within the file."""
    digest: int = 0
    """Of the segments above its claims."""
    created: str | None = None
    """BHT04, the day on which it was made."""


@frozen(slots=True)
class Place:
    """Where a segment stands."""

    transaction: Transaction
    claim: int | None
    """The number of its claim in the interchange, from 1."""
    segment: int
    """Its number in the interchange; ISA is 1."""
    name: str
    """The three characters that it begins with."""
    byte: int

    def __str__(self) -> str:
        """`interchange 000000905, transaction 0021, claim 2, segment 35 (SV1), byte 2,345`

        Segments are counted from their ST, as acknowledgements count them. Control numbers and
        names that are none are not shown: in damaged files anything may stand in their place.
        """
        parts = [self.transaction.interchange]
        number = self.segment - self.transaction.start + 1
        if self.transaction.name is not None:
            parts.append(self.transaction.name)
        if self.claim is not None:
            parts.append(f"claim {self.claim:,}")
        name = _SEGMENT_NAME.match(self.name.upper())
        known = f" ({name[0]})" if name and name[0] in SEGMENT_NAMES else ""
        parts.append(f"segment {number:,}{known}")
        parts.append(f"byte {self.byte:,}")
        return ", ".join(parts)


@define(slots=True)
class Provider:
    """A rendering or attending provider who is named; the id may be missing all the same."""

    npi: str | None
    taxonomy: str | None = None


@define(slots=True)
class Line:
    """A service line, loop 2400."""

    kind: str
    """P, I or D: professional, institutional or dental, by its service segment."""
    number: int
    place: Place
    code: str | None = None
    modifiers: tuple[str, ...] = ()
    charge: str = ""
    units: str | None = None
    minutes: str | None = None
    place_of_service: str | None = None
    revenue_code: str | None = None
    pointers: tuple[str, ...] = ()
    dates: Dates | None = None
    rendering: Provider | None = None
    authorization: str | None = None
    problem: tuple[str, str] | None = None
    """Why it cannot be read: the problem, and what was expected."""


@define(slots=True)
class Claim:
    """A claim, loop 2300."""

    number: int
    """In its interchange, from 1."""
    place: Place
    billing: Billing
    subscriber: Person | None
    patient: Person | None
    account: str
    """CLM01, the provider's own number."""
    total: str
    facility: str
    lines: list[Line] = field(factory=list)
    codes: list[tuple[bool, str | None]] = field(factory=list)
    """Diagnoses in their order, each with whether it is a principal one."""
    original: str | None = None
    authorization: str | None = None
    service_dates: Dates | None = None
    statement_dates: Dates | None = None
    rendering: Provider | None = None
    attending: Provider | None = None
    skipped: int = 0
    """Service lines that are not kept because there are too many."""
    spoilt: tuple[str, str] | None = None
    """Why it cannot be read: the problem, and what was expected."""
    digest: int = 0
    """Of its segments and of those above it."""
