"""A workbook to sheets: every sheet in it that has the headings. Needs python-calamine."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING

import pyarrow as pa

from editwright.evaluator.tables.layouts import LINES_WITH_HEADINGS, Header, Layout, find_header
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.sheet import Sheet, not_this_table, without_rows

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

REPORT_EVERY = 10_000


def read_workbook(
    name: str, data: bytes, layout: Layout, report: Callable[[float], None]
) -> list[Sheet]:
    """The sheets of a workbook that are the table. `report` is told which share is read."""
    try:
        from python_calamine import CalamineError
    except ImportError:
        raise TableFileError(
            f"`{name}` is a workbook, and the package that reads those is not installed",
            "install it with `pip install 'editwright[excel]'`, or give the text file of the same "
            "table",
        ) from None
    try:
        return _read(name, data, layout, report)
    except CalamineError as error:
        cause = str(error).strip().split("\n", 1)[0][:100]
        raise TableFileError(
            f"`{name}` is not a readable workbook: {cause}", "download it again"
        ) from None


def _read(name: str, data: bytes, layout: Layout, report: Callable[[float], None]) -> list[Sheet]:
    from python_calamine import load_workbook

    workbook = load_workbook(io.BytesIO(data))
    sheets: list[Sheet] = []
    first: Sequence[Sequence[str]] = ()
    for title in workbook.sheet_names:
        head, rows = _rows(workbook, title, report)
        header = find_header(head, layout)
        if header is not None:
            sheets.append(_sheet(name, layout, header, chain(head[header.data_starts :], rows)))
        first = first or head
    if not sheets:
        raise not_this_table(name, layout, first)
    return sheets


def _rows(
    workbook: "CalamineWorkbook", title: str, report: Callable[[float], None]
) -> tuple[list[list[str]], Iterator[list[str]]]:
    sheet = workbook.get_sheet_by_name(title)
    height = max(sheet.total_height, 1)

    def texts() -> Iterator[list[str]]:
        for number, row in enumerate(sheet.iter_rows()):
            if number % REPORT_EVERY == 0:
                report(number / height)
            yield [_text(cell) for cell in row]

    rows = texts()
    return list(islice(rows, LINES_WITH_HEADINGS)), rows


def _sheet(name: str, layout: Layout, header: Header, rows: Iterator[list[str]]) -> Sheet:
    columns: dict[str, list[str]] = {column: [] for column in header.positions}
    cells = [(columns[column], position) for column, position in header.positions.items()]
    for row in rows:
        for column, position in cells:
            column.append(row[position])
    if not any(columns.values()):
        raise without_rows(name, layout)
    arrays = [pa.array(column, pa.string()).dictionary_encode() for column in columns.values()]
    return Sheet(name, header.headings, pa.table(arrays, names=list(columns)))


def _text(cell: object) -> str:
    """A cell as CMS's text files write it: a number loses the `.0` that workbooks give it."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)
