"""What is known while the segments of an 837 go by: who bills, who is the patient, the claim."""

from typing import TYPE_CHECKING

from attrs import define, field

from editwright.evaluator.formats.x12_parts import Dates

if TYPE_CHECKING:
    from editwright.evaluator.formats.x12_cursor import Place

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
    """The number of its ST among the segments of the file, from 1."""
    version: str = ""
    """GS08 or ST03."""
    label: str = ""
    """The control number of its interchange, made distinct within the file."""
    digest: int = 0
    """Of the segments above its claims."""
    created: str | None = None
    """BHT04, the day on which it was made."""


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
    place: "Place"
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
    place: "Place"
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
