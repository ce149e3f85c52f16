"""Where reading stands: which segment of which block."""

import zlib

from attrs import define

from editwright.evaluator.formats.x12_envelope import Block
from editwright.evaluator.formats.x12_state import SEGMENT_NAMES, Transaction

_NO_BLOCK = Block([], [], None, 0, 1, "ascii")


@define(slots=True, eq=False)
class Place:
    """Where a segment stands. What it says is found out when it is asked."""

    transaction: Transaction
    claim: int | None
    """The number of its claim in the interchange, from 1."""
    block: Block
    index: int
    """Its place in the block."""

    def __str__(self) -> str:
        """`interchange 000000905, transaction 0021, claim 2, segment 35 (SV1), byte 2,345`

        Segments are counted from their ST, as acknowledgements count them. Names and control
        numbers that are none are not shown: in damaged files anything may stand in their place.
        """
        transaction, segments = self.transaction, self.block.segments
        parts = [str(transaction)]
        if self.claim is not None:
            parts.append(f"claim {self.claim:,}")
        if self.index < len(segments):
            found = segments[self.index][:3].upper()
            names = (found, found[:2])
            name = next((f" ({each})" for each in names if each in SEGMENT_NAMES), "")
            number = self.block.before + self.index + 2 - transaction.start
            parts.append(f"segment {number:,}{name}")
        parts.append(f"byte {self.block.byte(self.index):,}")
        return ", ".join(parts)


class Cursor:
    """The segments of a block, and the one that is being read."""

    __slots__ = ("_digest", "_marked", "block", "index", "transaction")

    def __init__(self) -> None:
        self.transaction = Transaction(None, None, 1)
        self.block = _NO_BLOCK
        self.index = 0
        self._digest = self._marked = 0

    def enter(self, block: Block) -> None:
        """Go to the first segment of a block."""
        block.before = self.block.before + len(self.block.segments)
        self.block, self.index, self._marked = block, 0, 0

    @property
    def number(self) -> int:
        """The segment's number in the file, from 1."""
        return self.block.before + self.index + 1

    def place(self, claim: int | None = None) -> Place:
        """The segment's place."""
        return Place(self.transaction, claim, self.block, self.index)

    def mark(self) -> None:
        """Begin a digest with this segment."""
        self._marked, self._digest = self.index, self.transaction.digest

    def digest(self) -> int:
        """The digest of the segments from the mark up to this one."""
        if self.index > self._marked:
            text = "\n".join(self.block.segments[self._marked : self.index])
            self._digest = zlib.crc32(text.encode("utf-8", "replace"), self._digest)
            self._marked = self.index
        return self._digest
