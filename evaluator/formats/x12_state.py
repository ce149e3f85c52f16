"""What is known while the segments of an 837 go by: who bills, who is the patient, the claim."""

import re

from attrs import define, field

from editwright.evaluator.formats.x12_envelope import Block
from editwright.evaluator.formats.x12_parts import Dates

_CONTROL_NUMBER = re.compile(r"(?!(?:18|19|20)[0-9]{6}$)[0-9]{1,9}")
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


@define(slots=True, eq=False)
class Billing:
    """The billing provider, loops 2000A and 2010AA. What is empty is missing."""

    named: bool = False
    used: bool = False
    """Whether a claim stands under it already."""
    npi: str = ""
    tax_id: str = ""
    second_tax_id: str = ""
    """A social security number, in its place."""
    taxonomy: str = ""


@define(slots=True, eq=False)
class Person:
    """A subscriber (2010BA) or a patient who is a dependent (2010CA).

    What is empty is missing.
    """

    named: bool = False
    used: bool = False
    """Whether a claim stands under this person already."""
    id: str = field(default="", repr=False)
    first_name: str = field(default="", repr=False)
    birth_date: str = field(default="", repr=False)
    sex: str = field(default="", repr=False)


@define(slots=True, eq=False)
class Transaction:
    """One ST to SE, or what stands outside of any."""

    interchange: str | None
    """ISA13."""
    number: str | None
    """ST02."""
    start: int
    """The number of its ST among the segments of the file, from 1."""
    version: str = ""
    """GS08 or ST03."""
    label: str = ""
    """The control number of its interchange, made distinct within the file."""
    digest: int = 0
    """Of the segments above its claims."""
    created: str = ""
    """BHT04, the day on which it was made."""

    def __str__(self) -> str:
        """`interchange 000000905, transaction 0021`

        A control number that is none, or a day, is not shown: in damaged files anything may stand
        there.
        """
        if self.interchange is None:
            return "outside of interchanges"
        text = f"interchange {_number(self.interchange)}"
        return text if self.number is None else f"{text}, transaction {_number(self.number)}"


def _number(text: str) -> str:
    return text if _CONTROL_NUMBER.fullmatch(text) else "?"


@define(slots=True, eq=False)
class Provider:
    """A rendering or attending provider who is named; the NPI may be missing all the same."""

    npi: str
    taxonomy: str = ""


@define(slots=True, eq=False)
class Line:
    """A service line, loop 2400. What is empty is missing."""

    kind: str
    """P, I or D: professional, institutional or dental, by its service segment."""
    number: int
    block: Block
    index: int
    """Where its service segment stands in the block."""
    code: str | None = None
    modifiers: tuple[str, ...] = ()
    charge: str = ""
    units: str = ""
    minutes: str = ""
    place_of_service: str = ""
    revenue_code: str = ""
    pointers: tuple[str, ...] = ()
    dates: Dates | None = None
    rendering: Provider | None = None
    authorization: str = ""
    problem: tuple[str, str] | None = None
    """Why it cannot be read: the problem, and what was expected."""


@define(slots=True, eq=False)
class Claim:
    """A claim, loop 2300. What is empty is missing."""

    number: int
    """In its interchange, from 1."""
    transaction: Transaction
    block: Block
    index: int
    """Where CLM stands in the block."""
    billing: Billing
    subscriber: Person | None
    patient: Person | None
    account: str
    """CLM01, the provider's own number."""
    total: str
    facility: str
    lines: list[Line] = field(factory=list)
    diagnoses: tuple[str | None, ...] = ()
    """In their order; where one is missing, nothing stands in its place."""
    principal: tuple[bool, ...] = ()
    """Of each diagnosis, whether it is a principal one."""
    original: str = ""
    authorization: str = ""
    service_dates: Dates | None = None
    statement_dates: Dates | None = None
    rendering: Provider | None = None
    attending: Provider | None = None
    size: int = 0
    """The characters of the blocks that end in it."""
    skipped: int = 0
    """Service lines that are not kept because there are too many."""
    spoilt: tuple[str, str] | None = None
    """Why it cannot be read: the problem, and what was expected."""
    digest: int = 0
    """Of its segments and of those above it."""
