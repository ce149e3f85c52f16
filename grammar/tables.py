"""The tables that rule files name: CSV, TSV or Parquet, every cell a text or missing.

A column holds each of its texts once: millions of rows have a few thousand codes and dates. Codes
keep their leading zeros: nothing is read as a number. Column names are compared in lower
case with `_` for everything that is no letter or digit.
"""

import csv
import re
from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any, overload

from attrs import field, frozen

from editwright.grammar.codes import CodeSet, Kind

_CELL_WORD = re.compile(r"[^\s,;|]+")

Cell = str | None
MISSING = -1
"""The number of a missing cell."""
PARQUET = (".parquet", ".pq")
TEXT = (".csv", ".tsv", ".txt", ".tab")


class TableError(Exception):
    """A table that cannot be read; the text says why and what to do."""


@frozen(slots=True, eq=False)
class Column(Sequence[Cell]):
    """The cells of a column. `numbers` are 32-bit positions in `texts`, or `MISSING`."""

    texts: Sequence[str]
    numbers: Any

    @classmethod
    def of(cls, cells: Sequence[Cell]) -> "Column":
        """A column of cells."""
        known: dict[str, int] = {}
        numbers = array("i")
        for cell in cells:
            numbers.append(MISSING if cell is None else known.setdefault(cell, len(known)))
        return cls(tuple(known), numbers)

    def __len__(self) -> int:
        return len(self.numbers)

    @overload
    def __getitem__(self, at: int) -> Cell: ...

    @overload
    def __getitem__(self, at: slice) -> Sequence[Cell]: ...

    def __getitem__(self, at: int | slice) -> Cell | Sequence[Cell]:
        if isinstance(at, slice):
            return [self[each] for each in range(*at.indices(len(self)))]
        number = self.numbers[at]
        return None if number == MISSING else self.texts[number]

    def __iter__(self) -> Iterator[Cell]:
        texts = self.texts
        numbers: list[int] = self.numbers.tolist()
        return (None if each == MISSING else texts[each] for each in numbers)

    def distinct(self) -> list[Cell]:
        """The different cells, a missing one last."""
        return [*self.texts, *([None] if MISSING in self.numbers else [])]


@frozen(slots=True, eq=False)
class TableData:
    """A table's columns, each with the same number of cells."""

    path: Path
    columns: Mapping[str, Column] = field(repr=False)
    rows: int
    digest: str | None = field(default=None, repr=False)
    """What tells this table from every other; nothing where that is not known."""

    def row(self, number: int) -> "Row":
        """The row with a 0-based number."""
        return Row(self, number)


@frozen(slots=True)
class Row:
    """One row of a table."""

    table: TableData = field(repr=False)
    number: int

    def __getitem__(self, column: str) -> Cell:
        return self.table.columns[column][self.number]


def column_name(heading: str) -> str:
    """How a rule file spells a column's heading: `Column 1` is `column_1`."""
    return re.sub(r"[^a-z0-9]+", "_", heading.strip().lower()).strip("_")


def cell_number(cell: Cell) -> Decimal | None:
    """A cell as a number; nothing where it is missing. Raises ValueError where it is none."""
    if cell is None:
        return None
    try:
        number = Decimal(cell)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not number.is_finite():
        raise ValueError("not a number")
    return number


def cell_date(cell: Cell) -> date | None:
    """A cell as a date (`2025-03-01` or `20250301`); `*` and a missing one are none. Raises
    ValueError where it is no date."""
    if cell is None or cell == "*":
        return None
    if len(cell) == 8 and cell.isdigit():
        cell = f"{cell[:4]}-{cell[4:6]}-{cell[6:]}"
    return date.fromisoformat(cell)


@lru_cache(maxsize=65536)
def cell_codes(cell: str, kind: Kind, lists: Sequence[tuple[str, CodeSet]]) -> CodeSet:
    """The codes of a cell: one or several behind blanks or commas, prefixes, ranges (`A to B`),
    and names of lists."""
    named = dict(lists)
    exact: set[str] = set()
    prefixes: list[str] = []
    ranges: list[tuple[str, str]] = []
    parts: list[CodeSet] = []
    words = _CELL_WORD.findall(cell)
    while words:
        word = words.pop(0)
        if len(words) > 1 and words[0].lower() == "to":
            ranges.append((kind.normalize(word.upper()), kind.normalize(words[1].upper())))
            del words[:2]
        elif word in named:
            parts.append(named[word])
        elif word.endswith("*"):
            prefixes.append(kind.normalize(word[:-1].upper()))
        else:
            exact.add(kind.normalize(word.upper()))
    return CodeSet(frozenset(exact), tuple(prefixes), tuple(ranges), tuple(parts))


def expect_table_name(path: Path) -> None:
    """Raises TableError for a file that is no table by its name."""
    if path.suffix.lower() not in (*PARQUET, *TEXT):
        raise TableError("a table is a file that ends in `.csv`, `.tsv` or `.parquet`")


def read_bytes(path: Path) -> bytes:
    """A file's bytes. Raises TableError where it cannot be read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise TableError(
            f"there is no file `{path.name}` where the rule file looks for it"
        ) from None
    except OSError as error:
        raise TableError(f"the table cannot be read: {error.strerror}") from None


def read_table(path: Path, data: bytes) -> TableData:
    """The whole table that a file's bytes are. Raises TableError where they are none."""
    return _read_parquet(path, data) if path.suffix.lower() in PARQUET else _read_text(path, data)


def _read_text(path: Path, data: bytes) -> TableData:
    try:
        with TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline="") as file:
            heading = file.readline()
            file.seek(0)
            reader = csv.reader(file, delimiter=_delimiter(path, heading))
            names = _unique_names(next(reader, []))
            cells: list[list[Cell]] = [[] for _ in names]
            for record in reader:
                if not record:
                    continue
                if len(record) != len(names):
                    raise TableError(
                        f"line {reader.line_num} has {len(record)}"
                        f" cell{'' if len(record) == 1 else 's'}, the heading {len(names)}"
                    )
                for column, text in zip(cells, record, strict=True):
                    column.append(text.strip() or None)
    except UnicodeDecodeError:
        raise TableError("the table is not UTF-8; save it as UTF-8") from None
    except csv.Error as error:
        raise TableError(f"the table is damaged: {error}") from None
    columns = {name: Column.of(each) for name, each in zip(names, cells, strict=True)}
    return TableData(path, columns, len(cells[0]))


def _delimiter(path: Path, heading: str) -> str:
    """What separates cells: tabs, or in CSV the mark that the heading has most of. Where commas
    mark decimals, spreadsheets write `;`."""
    if path.suffix.lower() != ".csv":
        return "\t"
    return max(",", "\t", ";", key=heading.count)


def read_folder(path: Path) -> TableData:
    """The whole table that a folder of Parquet files is. Raises TableError where it is none."""
    import pyarrow.parquet as pq

    return _from_parquet(path, lambda: pq.read_table(path))


def _read_parquet(path: Path, data: bytes) -> TableData:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def read() -> pa.Table:
        schema = pq.read_schema(pa.BufferReader(data))
        texts = [
            each.name
            for each in schema
            if pa.types.is_string(each.type) or pa.types.is_large_string(each.type)
        ]
        with pq.ParquetFile(pa.BufferReader(data), read_dictionary=texts) as file:
            return file.read()

    return _from_parquet(path, read)


def _from_parquet(path: Path, read: Callable[[], Any]) -> TableData:
    import pyarrow as pa

    try:
        table = read()
        names = _unique_names(table.column_names)
        columns = {name: _column(table.column(at)) for at, name in enumerate(names)}
    except (pa.ArrowException, OSError, ValueError, OverflowError):
        raise TableError("the file is not a readable Parquet table") from None
    return TableData(path, columns, table.num_rows)


def _column(cells: Any) -> Column:
    """A column of Parquet: each different value becomes a text once."""
    import pyarrow as pa

    if pa.types.is_nested(cells.type):
        return Column.of([_as_text(value) for value in cells.to_pylist()])
    coded = cells.dictionary_encode().unify_dictionaries().combine_chunks()
    used = coded.indices.unique().drop_null()
    texts = [_as_text(value) for value in coded.dictionary.to_pylist()]
    if len(used) < len(texts):  # values that stand in no row
        kept = set(used.to_pylist())
        texts = [text if number in kept else None for number, text in enumerate(texts)]
    different = [text for text in dict.fromkeys(texts) if text is not None]
    known = {text: number for number, text in enumerate(different)}
    if list(known) == texts:
        numbers = coded.indices.fill_null(MISSING)
    else:  # two values with one text, or blanks
        again = pa.array([known.get(text or "", MISSING) for text in texts], pa.int32())
        numbers = again.take(coded.indices).fill_null(MISSING)
    return Column(tuple(known), numbers.cast(pa.int32()).to_numpy(zero_copy_only=False))


def _unique_names(headings: Sequence[str]) -> list[str]:
    names = [column_name(heading) for heading in headings]
    if not any(names):
        raise TableError("the table has no heading line with the names of its columns")
    doubled = {name for name in names if name and names.count(name) > 1}
    if doubled:
        raise TableError(f"two columns are called `{min(doubled)}`")
    return [name or f"column_{at}" for at, name in enumerate(names, 1)]


def _as_text(value: object) -> Cell:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value).strip() or None
