"""All scenarios. Run it at the root of the repository: `python -m benchmarks`.

Prints one table, and writes `docs/benchmarks.md` with its plots; `--quick` only prints.
"""

import argparse
import sys
import tempfile
from pathlib import Path

from benchmarks.document import write_document
from benchmarks.job import ROOT
from benchmarks.measuring import Settings, measured
from benchmarks.ncci import shared_folder
from benchmarks.report import LeftOut, Measured, differing, machine, table_text
from benchmarks.results import Results, merged, read_results, write_results
from benchmarks.scenarios import SCENARIOS


def main() -> int:
    """Measure, print the table, and write the document."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        results = _results(options, options.inputs or Path(folder))
    print(table_text(results.measured, cpu=options.cpu))
    for missing in results.left_out:
        print(
            f"left out: {missing.scenario}, {missing.amount:,}, {missing.engine}: {missing.reason}"
        )
    print()
    print("\n".join(f"{name}: {value}" for name, value in results.about.items()))
    if options.json:
        write_results(results, options.json)
    if not options.quick:
        kept = options.document.with_suffix("") / "results.json"
        kept.parent.mkdir(parents=True, exist_ok=True)
        results = merged(read_results(kept), results)
        write_results(results, kept)
        write_document(results, options.document)
    problems = differing(results.measured)
    for each in problems:
        print(f"engines differ: {each}", file=sys.stderr)
    return 1 if problems else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, in a minute")
    parser.add_argument(
        "--only", default="", metavar="WORD", help="scenarios or chapters like this"
    )
    parser.add_argument("--runs", type=int, help="runs behind each median (default: 3, quick: 1)")
    parser.add_argument("--most", type=int, metavar="SIZE", help="no size above this")
    parser.add_argument(
        "--limit", type=float, default=900, help="seconds a measurement may take (default: 900)"
    )
    parser.add_argument(
        "--inputs",
        type=Path,
        metavar="FOLDER",
        help="keep the made-up files here, for the next run",
    )
    parser.add_argument(
        "--cpu", action="store_true", help="processor time: for machines busy with other work"
    )
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        default=ROOT / "docs" / "benchmarks.md",
        help="the document to write (default: docs/benchmarks.md)",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    return parser.parse_args()


def _results(options: argparse.Namespace, folder: Path) -> Results:
    folder.mkdir(parents=True, exist_ok=True)
    runs = options.runs or (1 if options.quick else 3)
    settings = Settings(folder.resolve(), runs, options.limit, options.cpu)
    wanted = [
        (each, size)
        for each in SCENARIOS.values()
        for size in (each.quick_sizes if options.quick else each.sizes)
        if options.only.lower() in f"{each.chapter}: {each.key}".lower()
        and size <= (options.most or size)
    ]
    found: list[Measured] = []
    left_out: list[LeftOut] = []
    for number, (scenario, size) in enumerate(wanted, 1):
        print(f"{number}/{len(wanted)} {scenario.key} {size:,}", file=sys.stderr)
        answer = measured(scenario, size, settings)
        if isinstance(answer, LeftOut):
            left_out.append(answer)
        else:
            found += answer
    about = {
        "NCCI tables": "made up" if shared_folder() is None else "CMS, practitioners, 2024 Q3",
        "clock": "processor time" if options.cpu else "wall time",
    }
    return Results(machine() | about, found, left_out)


if __name__ == "__main__":
    sys.exit(main())
