"""All scenarios, one table. Run it at the root of the repository: `python -m benchmarks`."""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from benchmarks.job import ROOT
from benchmarks.report import Measured, machine, table_text
from benchmarks.scenarios import SCENARIOS


def main() -> int:
    """Measure, and print the table."""
    options = _options()
    wanted = [
        (each.name, size)
        for each in SCENARIOS.values()
        for size in (each.quick_sizes if options.quick else each.sizes)
        if options.only.lower() in each.name.lower()
    ]
    measured: list[Measured] = []
    for number, (name, size) in enumerate(wanted, 1):
        print(f"{number}/{len(wanted)} {name}", file=sys.stderr)
        measured += _measured(name, size, options.runs, cpu=options.cpu)
    print(table_text(measured, cpu=options.cpu))
    print()
    about = machine()
    print("\n".join(f"{name}: {value}" for name, value in about.items()))
    if options.json:
        results = {
            **about,
            "clock": "cpu" if options.cpu else "wall",
            "results": [each.as_dict() for each in measured],
        }
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, in half a minute")
    parser.add_argument("--only", default="", metavar="WORD", help="scenarios named like this")
    parser.add_argument("--runs", type=int, default=3, help="runs behind each median (default: 3)")
    parser.add_argument(
        "--cpu", action="store_true", help="processor time: for machines busy with other work"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results here as well")
    return parser.parse_args()


def _measured(name: str, size: int, runs: int, *, cpu: bool) -> list[Measured]:
    what = [name, str(size), str(runs), "cpu" if cpu else "wall"]
    command = [sys.executable, "-m", "benchmarks.worker", *what]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return [Measured(**json.loads(line)) for line in done.stdout.splitlines()]


if __name__ == "__main__":
    sys.exit(main())
