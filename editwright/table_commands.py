"""The command that brings in CMS tables: import."""

import json
from argparse import Namespace

from editwright.command_line import DONE, PROBLEMS, UNUSABLE
from editwright.console import complain, counted, progress
from editwright.evaluator.tables.importer import import_table
from editwright.evaluator.tables.problems import TableFileError
from editwright.evaluator.tables.report import Report
from editwright.rule_commands import SCHEMA_VERSION


def import_files(options: Namespace) -> int:
    """`editwright import`: CMS files to one Parquet table; 1 where every row was set aside."""
    try:
        with progress(f"importing {options.table}", quiet=False) as report:
            done = import_table(options.table, options.files, options.output, on_progress=report)
    except TableFileError as error:
        complain(error.message, error.help)
        return UNUSABLE
    if options.format == "json":
        print(json.dumps({"schema_version": SCHEMA_VERSION, **done.as_dict()}, indent=2))
    else:
        print(_closing(done))
    if done.rows:
        return DONE
    complain(f"every row was set aside; {done.output} is not written")
    return PROBLEMS


def _closing(done: Report) -> str:
    rows = counted(done.rows, "interval" if done.pairs is not None else "row")
    of_pairs = f" of {counted(done.pairs, 'pair')}" if done.pairs is not None else ""
    files = counted(len(done.parts), "file")
    out = [
        f"{counted(done.rows_read, 'row')} in {files}: "
        f"{rows}{of_pairs} of {counted(done.codes, 'code')}"
        + (f" written to {done.output}" if done.rows else "")
    ]
    aside = done.ledger.set_aside
    if aside:
        out.append(f"{counted(sum(aside.values()), 'row')} set aside")
        width = max(len(f"{count:,}") for count in aside.values())
        out += [f"  {count:>{width},}  {reason}" for reason, count in sorted(aside.items())]
    if done.ledger.repeated:
        out.append(f"{counted(done.ledger.repeated, 'row')} left out as repeats of another")
    out += [f"note: {note}" for note in done.ledger.notes]
    return "\n".join(out)
