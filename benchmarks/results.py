"""The measurements that `docs/benchmarks.md` shows, kept beside it in JSON.

A run of some scenarios replaces theirs and leaves the others, so that long ones can be run by
themselves.
"""

import json
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from benchmarks.report import LeftOut, Measured
from benchmarks.scenarios import SCENARIOS


@frozen(slots=True)
class Results:
    """Measurements, those that are not there, and what they were made on."""

    about: dict[str, str]
    measured: Sequence[Measured]
    left_out: Sequence[LeftOut]


def merged(old: Results | None, new: Results) -> Results:
    """The new results, and the old ones that they do not replace."""
    if old is None:
        return new
    replacing: list[Measured | LeftOut] = [*new.measured, *new.left_out]
    done = {_what(each) for each in replacing}
    known = {(each.name, each.engine) for each in SCENARIOS.values()}
    measured = [
        each for each in old.measured if _what(each) not in done and _what(each)[:2] in known
    ]
    left_out = [
        each for each in old.left_out if _what(each) not in done and _what(each)[:2] in known
    ]
    order = {(each.name, each.engine): place for place, each in enumerate(SCENARIOS.values())}
    together = [*measured, *new.measured]
    together.sort(key=lambda each: (order[_what(each)[:2]], each.amount))
    return Results(new.about, together, [*left_out, *new.left_out])


def read_results(path: Path) -> Results | None:
    """The results of a file, where there is one."""
    if not path.exists():
        return None
    stored = json.loads(path.read_text(encoding="utf-8"))
    return Results(
        stored["about"],
        [Measured(**each) for each in stored["measured"]],
        [LeftOut(**each) for each in stored["left_out"]],
    )


def write_results(results: Results, path: Path) -> None:
    """Write results so that `read_results` reads them."""
    stored = {
        "about": results.about,
        "measured": [each.as_dict() for each in results.measured],
        "left_out": [each.as_dict() for each in results.left_out],
    }
    path.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")


def _what(each: Measured | LeftOut) -> tuple[str, str, int]:
    return each.scenario.partition(", p9")[0], each.engine, each.amount
