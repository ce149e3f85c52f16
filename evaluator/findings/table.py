"""Findings to the findings table: one row a finding, in Arrow or as plain values.

Units are decimals of 18 digits, 4 of them after the point: exact (a limit of 1.1 units is not
1.1000000000000001), of one width in every engine, and more places than a claim's units have.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Context, Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

from attrs import field, frozen

from editwright.evaluator.findings.finding import Finding

if TYPE_CHECKING:
    import pyarrow as pa

UNIT_DIGITS, UNIT_PLACES = 18, 4
BATCH_ROWS = 16_384

_UNITS = Context(prec=UNIT_DIGITS, rounding=ROUND_HALF_EVEN)
_PLACE = Decimal(1).scaleb(-UNIT_PLACES)

COLUMNS: tuple[str, ...] = (
    "claim_id",
    "line_number",
    "member_id",
    "rule",
    "ruleset",
    "ruleset_version",
    "disposition",
    "scope",
    "group_code",
    "carc",
    "rarc",
    "message",
    "partner_claim_ids",
    "partner_line_numbers",
    "units_allowed",
    "units_total",
    "source",
    "table_row",
)


def finding_row(finding: Finding) -> tuple[object, ...]:
    """The finding's values in the order of `COLUMNS`; lists are lists."""
    return (
        finding.claim_id,
        finding.line_number,
        finding.member_id,
        finding.rule,
        finding.ruleset,
        finding.ruleset_version,
        finding.disposition,
        finding.scope,
        finding.group_code,
        finding.carc,
        list(finding.rarc),
        finding.message,
        [claim_id for claim_id, _ in finding.partners],
        [line_number for _, line_number in finding.partners],
        _units(finding.units_allowed),
        _units(finding.units_total),
        finding.source,
        finding.table_row,
    )


def findings_schema() -> "pa.Schema":
    """The Arrow schema of the findings table."""
    import pyarrow as pa  # text formats need no pyarrow

    units = pa.decimal128(UNIT_DIGITS, UNIT_PLACES)
    types: Mapping[str, pa.DataType] = {
        "line_number": pa.int32(),
        "rarc": pa.list_(pa.string()),
        "partner_claim_ids": pa.list_(pa.string()),
        "partner_line_numbers": pa.list_(pa.int32()),
        "units_allowed": units,
        "units_total": units,
        "table_row": pa.int64(),
    }
    required = ("claim_id", "line_number", "rule", "disposition", "scope", "message")
    return pa.schema(
        [
            pa.field(name, types.get(name, pa.string()), nullable=name not in required)
            for name in COLUMNS
        ]
    )


@frozen(slots=True, eq=False)
class FindingTable(Sequence[Finding]):
    """Findings that are a table already; each becomes a `Finding` when it is asked for."""

    table: "pa.Table" = field(repr=False)  # it would show members

    def __len__(self) -> int:
        return self.table.num_rows

    def __iter__(self) -> Iterator[Finding]:
        for batch in self.table.to_batches(BATCH_ROWS):
            columns = [column.to_pylist() for column in batch.columns]
            yield from (_finding(row) for row in zip(*columns, strict=True))

    @overload
    def __getitem__(self, at: int) -> Finding: ...

    @overload
    def __getitem__(self, at: slice) -> "FindingTable": ...

    def __getitem__(self, at: int | slice) -> "Finding | FindingTable":
        if isinstance(at, slice):
            return FindingTable(self.table.take(list(range(len(self))[at])))
        row = self.table.slice(range(len(self))[at], 1)
        return _finding(tuple(column.to_pylist()[0] for column in row.columns))


@frozen(slots=True, eq=False)
class FindingTables(Iterable[Finding]):
    """Findings that come as one table after the other; to be gone through once."""

    tables: "Iterable[pa.Table]"

    def __iter__(self) -> Iterator[Finding]:
        for table in self.tables:
            yield from FindingTable(table)
            del table


def _finding(row: tuple[Any, ...]) -> Finding:
    """The finding of a row of the table."""
    values: dict[str, Any] = dict(zip(COLUMNS, row, strict=True))
    claim_ids, line_numbers = values.pop("partner_claim_ids"), values.pop("partner_line_numbers")
    values["rarc"] = tuple(values["rarc"])
    values["partners"] = tuple(zip(claim_ids, line_numbers, strict=True))
    return Finding(**values)


def findings_to_arrow(findings: Iterable[Finding]) -> "pa.Table":
    """The findings table in memory, its rows in the order of the findings."""
    import pyarrow as pa  # text formats need no pyarrow

    if isinstance(findings, FindingTable):
        return findings.table
    return pa.Table.from_batches(list(finding_batches(findings)), findings_schema())


def one_table(tables: "Iterable[pa.Table]") -> "pa.Table":
    """Tables of findings as one."""
    import pyarrow as pa  # text formats need no pyarrow

    return pa.concat_tables([*tables, findings_schema().empty_table()])


def finding_batches(findings: Iterable[Finding]) -> "Iterator[pa.RecordBatch]":
    """The findings table in batches, as the findings come."""
    import pyarrow as pa  # text formats need no pyarrow

    if isinstance(findings, FindingTable):
        yield from findings.table.to_batches()
        return
    if isinstance(findings, FindingTables):
        for table in findings.tables:
            yield from table.to_batches()
            del table  # or it would be held while the next one is made
        return
    schema = findings_schema()
    rest = iter(findings)
    while batch := [finding_row(finding) for finding in islice(rest, BATCH_ROWS)]:
        columns = zip(*batch, strict=True)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)
        ]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _units(units: Decimal | None) -> Decimal | None:
    return None if units is None else units.quantize(_PLACE, context=_UNITS)
