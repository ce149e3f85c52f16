"""`editwright import`: files that CMS publishes, to one Parquet table."""

from argparse import Namespace

from editwright.console import complain, counted, print_json, progress
from editwright.evaluator.tables.importer import import_table
from editwright.evaluator.tables.report import Report
from editwright.exit_codes import DONE, PROBLEMS


def import_files(options: Namespace) -> int:
    """Import the files; 1 where every row was set aside."""
    with progress(f"importing {options.table}", quiet=False) as report:
        done = import_table(options.table, options.files, options.output, on_progress=report)
    if options.format == "json":
        print_json(done.as_dict())
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
