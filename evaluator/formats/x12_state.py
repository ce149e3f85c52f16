"""The segments of an 837 by their names, and the transaction that they stand in."""

import re

from attrs import define

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
