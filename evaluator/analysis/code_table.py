"""The codes that there are, by their kinds and dates: a table that the user gives.

Columns: `code`, and optionally `kind` (`procedure`, when there is none), `effective` and `ended`.
"""

from datetime import date
from pathlib import Path

from attrs import frozen

from editwright.grammar import codes as kinds
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.tables import (
    TableError,
    cell_date,
    expect_table_name,
    read_bytes,
    read_table,
)

Dates = tuple[date, date]

_KINDS = {
    word: kind
    for kind in (
        kinds.PROCEDURE, kinds.DIAGNOSIS, kinds.MODIFIER, kinds.PLACE, kinds.SPECIALTY,
        kinds.REVENUE_CODE, kinds.BILL_TYPE,
    )
    for word in (kind.noun, kind.list_kind or "", kind.noun.split()[0])
}  # fmt: skip
_KINDS |= {"hcpcs": kinds.PROCEDURE, "cpt": kinds.PROCEDURE, "icd-10-cm": kinds.DIAGNOSIS}


@frozen
class CodeTable:
    """The dates on which each code of a kind is valid. A kind without any code is not judged."""

    name: str
    valid: dict[Kind, dict[str, list[Dates]]]

    def knows(self, kind: Kind | None) -> bool:
        """Whether the table has codes of a kind."""
        return kind in self.valid

    def dates(self, kind: Kind, code: str) -> list[Dates] | None:
        """The dates on which a code is valid; nothing where there is no such code."""
        return self.valid[kind].get(code)

    def matching(self, kind: Kind, codes: CodeSet) -> list[str]:
        """The table's codes that are in a set."""
        return [code for code in self.valid[kind] if code in codes]


def read_code_table(path: Path) -> CodeTable:
    """The table in a file. Raises TableError where it cannot be used."""
    expect_table_name(path)
    table = read_table(path, read_bytes(path))
    names = {name: name for name in table.columns}
    column = next((each for each in ("code", "hcpcs", "procedure_code") if each in names), None)
    if column is None:
        known = ", ".join(f"`{name}`" for name in list(table.columns)[:8])
        raise TableError(f"the table of codes has no column `code`; its columns are {known}")
    starts = next((x for x in ("effective", "effective_date", "added") if x in names), None)
    ends = next((x for x in ("ended", "end", "terminated", "deletion") if x in names), None)
    blank = [None] * table.rows
    valid: dict[Kind, dict[str, list[Dates]]] = {}
    rows = zip(
        table.columns[column],
        table.columns["kind"] if "kind" in names else blank,
        table.columns[starts] if starts else blank,
        table.columns[ends] if ends else blank,
        strict=True,
    )
    for number, (code, kind_word, start, end) in enumerate(rows, 1):
        if code is None:
            continue
        kind = kinds.PROCEDURE if kind_word is None else _KINDS.get(kind_word.lower())
        if kind is None:
            raise TableError(
                f"row {number} of the table of codes has the kind `{kind_word}`;"
                " kinds are procedure, diagnosis, modifier, place, specialty, revenue and bill type"
            )
        dates = (_day(start, number) or date.min, _day(end, number) or date.max)
        valid.setdefault(kind, {}).setdefault(kind.normalize(code), []).append(dates)
    return CodeTable(path.name, valid)


def _day(cell: str | None, row: int) -> date | None:
    try:
        return cell_date(cell)
    except ValueError:
        raise TableError(
            f"row {row} of the table of codes has `{cell}` where a date belongs; write 2025-03-01"
        ) from None
