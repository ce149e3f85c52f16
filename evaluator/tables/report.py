"""What an import did: rows, codes, what was set aside and what an analyst must know."""

from collections import Counter

from attrs import define, field, frozen


@define(slots=True)
class Ledger:
    """What happens to rows on their way out."""

    set_aside: Counter[str] = field(factory=Counter)
    """How many rows were left out, by reason."""
    notes: list[str] = field(factory=list)
    repeated: int = 0
    """Rows that were there before, the same in every column."""


@frozen(slots=True)
class Part:
    """One document that went into the table."""

    file: str
    rows: int


@frozen(slots=True)
class Report:
    """The closing report of an import."""

    kind: str
    output: str
    parts: tuple[Part, ...]
    rows: int
    """Rows written; each is one interval in which a pair, a limit or a code is in force."""
    pairs: int | None
    """Different pairs of codes, in a table of pairs."""
    codes: int
    ledger: Ledger

    @property
    def rows_read(self) -> int:
        """Rows of all documents."""
        return sum(part.rows for part in self.parts)

    def as_dict(self) -> dict[str, object]:
        """The report for a program."""
        return {
            "table": self.kind,
            "output": self.output if self.rows else None,
            "files": [{"file": part.file, "rows": part.rows} for part in self.parts],
            "rows_read": self.rows_read,
            "rows_written": self.rows,
            "pairs": self.pairs,
            "codes": self.codes,
            "repeated": self.ledger.repeated,
            "set_aside": dict(sorted(self.ledger.set_aside.items())),
            "notes": self.ledger.notes,
        }
