"""CMS files as downloaded to one Parquet table that rule files can name."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from attrs import frozen

from editwright.evaluator.tables import add_on, mpfs, mue, ptp
from editwright.evaluator.tables.documents import Document, documents_of, is_workbook
from editwright.evaluator.tables.layouts import LAYOUTS, Layout
from editwright.evaluator.tables.parquet_out import check_output, write_table
from editwright.evaluator.tables.problems import NotThisTable, TableFileError
from editwright.evaluator.tables.report import Ledger, Part, Report
from editwright.evaluator.tables.rows import Rows, distinct, how_many, row_ids
from editwright.evaluator.tables.sheet import Sheet
from editwright.evaluator.tables.text_files import read_text
from editwright.evaluator.tables.workbooks import read_workbook

Progress = Callable[[float, float | None], None]


@frozen(slots=True)
class Importer:
    """How the sheets of one kind become rows."""

    rows: Callable[[Sequence[Sheet], Ledger], Rows]
    codes: tuple[str, ...]
    """The columns that hold codes; two of them make a pair."""


IMPORTERS: Mapping[str, Importer] = {
    "ncci-ptp": Importer(ptp.pairs, ptp.CODES),
    "mue": Importer(mue.limits, mue.CODES),
    "add-on": Importer(add_on.add_ons, add_on.CODES),
    "mpfs": Importer(mpfs.indicators, mpfs.CODES),
}


def import_table(
    kind: str,
    paths: Sequence[str | Path],
    output: str | Path,
    *,
    on_progress: Progress = lambda _done, _total: None,
) -> Report:
    """Join CMS files of one kind to a Parquet table, and report what was done.

    `kind` is one of `IMPORTERS`. Raises `TableFileError`, and then writes nothing. Nothing is
    written either where every row was set aside: then the report's `rows` are 0.
    """
    layout, importer = LAYOUTS[kind], IMPORTERS[kind]
    target = Path(output)
    check_output(target)
    files = [Path(path) for path in paths]
    if target.resolve() in {path.resolve() for path in files}:
        raise TableFileError(f"`{target}` is to be read; the table cannot be written over it")
    total = len(files) + 2  # the last two are the rows of all files, and writing them
    sheets: list[Sheet] = []
    for done, path in enumerate(files):
        on_progress(done, total)
        sheets += _sheets(path, layout, partial(_report, on_progress, done, total))
    on_progress(len(files), total)
    ledger = Ledger()
    ledger.notes += [
        f"the last line of `{sheet.name}` has no end: see whether the file was cut off"
        for sheet in sheets
        if not sheet.ends
    ]
    rows = importer.rows(sheets, ledger)
    on_progress(total - 1, total)
    if rows.table.num_rows:
        write_table(rows.table, target)
    pairs = how_many(row_ids(rows, importer.codes)) if len(importer.codes) > 1 else None
    return Report(
        kind=kind,
        output=str(output),
        parts=tuple(Part(sheet.name, sheet.table.num_rows) for sheet in sheets),
        rows=rows.table.num_rows,
        pairs=pairs,
        codes=len(distinct(rows, *importer.codes)),
        ledger=ledger,
    )


def _report(on_progress: Progress, done: int, total: int, share: float) -> None:
    on_progress(done + share, total)


def _sheets(path: Path, layout: Layout, report: Callable[[float], None]) -> list[Sheet]:
    """The table's sheets in a file: of a zip, the members with the best ending that have it."""
    others: list[NotThisTable] = []
    for group in documents_of(path):
        sheets: list[Sheet] = []
        for document in group:
            try:
                sheets += _read(document, layout, report)
            except NotThisTable as other:
                others.append(other)
        if sheets:
            return sheets
    if len(others) == 1:
        raise others[0]
    raise TableFileError(
        f"`{path.name}` does not hold {layout.title}: " + "; ".join(map(_briefly, others[:5])),
        others[0].help,
    )


def _read(document: Document, layout: Layout, report: Callable[[float], None]) -> list[Sheet]:
    data = document.read()
    if is_workbook(document.name, data):
        return read_workbook(document.name, data, layout, report)
    return [read_text(document.name, data, layout)]


def _briefly(other: NotThisTable) -> str:
    return other.message.split(", expected ")[0].split(", and no headings")[0]
