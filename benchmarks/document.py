"""Results to `docs/benchmarks.md`: a chapter with plots and a table for each kind of question."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.plots import write_plots
from benchmarks.report import HEAD, Measured
from benchmarks.results import Results
from benchmarks.scenarios import CHAPTERS

_OPENING = """\
# Benchmarks

Written by `python -m benchmarks`; `--only` measures some scenarios again, and `--quick` takes a
minute and writes nothing. Each measurement is a process of its own: its time is the median of its
runs, its memory the peak of the process. All engines may use two threads, except on one core.
Claims are made up, with the shape of Medicare's (`benchmarks/claim_lines.py`). The tables are CMS's
practitioner tables of 2024 Q3 where they lie beside the repository, else made-up ones of the same
size and shape.
"""

_ABOUT = {
    "Batch": """\
The NCCI edits of [tables](tables.md) (2.4 million pairs, 14,677 limits, 7,421 add-on rows) over a
file of claims. The other engines are hand-written for these edits (`benchmarks/peers/`), read the
same Parquet file, and write the same findings with the same partners; editwright writes a sentence
and the reason codes of each finding as well. Loading rules and tables is not in the time: see
*Start*. The findings are compared, and a difference ends the run with an error.
""",
    "Growth": "What a line costs as rules grow, and as more lines have a finding.\n",
    "One claim": """\
The middle answer, and with `p99` the slowest of a hundred. *NCCI* is all of its tables. *Four
edits* are those that engines for one record at a time can express
(`benchmarks/peers/office_edits.py`): the codes of the other lines are prepared for them within the
time. pyoce judges by all edits of the outpatient code editor and assigns payment groups: more work,
and other rules.
""",
    "Start": "Each run is a process of its own, from its start to its end.\n",
    "Odd shapes": "Shapes that are rare, and that cost most.\n",
    "Language": "Rule files without claims.\n",
    "Claims and findings": "Reading claims, judging them by the shipped rules, writing findings.\n",
    "Reading": """\
The service lines of files of about 200 MB as columns: the fields that ordinary rules read (codes,
modifiers, units, place, provider, diagnoses and what the line points to, birth date and sex), and
what tells claims and their lines apart. *What NCCI needs* is five of them. On one core, all
threads of the process have that one.
""",
    "Streams": """\
`run --follow` with a state file, four rules, two years of claims of members with 24 each. A folder
is followed from an empty state to its end. The delay is the time from the line that completes a
claim to the claim's findings, on a pipe; of each hundred the middle one and, with `p99`, the
slowest.
""",
}


def write_document(results: Results, path: Path) -> None:
    """Write the document, and its plots into the folder beside it."""
    plots = write_plots(results.measured, path.with_suffix(""))
    parts = [_OPENING]
    for chapter in CHAPTERS:
        measured = [each for each in results.measured if each.chapter == chapter]
        if not measured:
            continue
        parts.append(f"## {chapter}\n\n{_ABOUT[chapter]}")
        parts += [
            f"![{title}]({path.stem}/{plot.name})\n"
            for title, plot in plots.items()
            if plot.name.startswith(chapter.lower().replace(" ", "-"))
        ]
        parts += [_table(measured), *_outcomes(measured)]
        missing = [each for each in results.left_out if each.chapter == chapter]
        if missing:
            parts.append(
                "Left out:\n\n"
                + "".join(
                    f"- {each.scenario}, {each.amount:,}, {each.engine}: {each.reason}\n"
                    for each in missing
                )
            )
    about = "".join(f"| {name} | {value} |\n" for name, value in results.about.items())
    parts.append(f"## Where it was measured\n\n| | |\n| --- | --- |\n{about}")
    path.write_text("\n".join(parts), encoding="utf-8")


def _table(measured: Sequence[Measured]) -> str:
    rows = "".join(f"| {' | '.join(each.row())} |\n" for each in measured)
    marks = " | ".join("---" if number < 3 else "---:" for number in range(len(HEAD)))
    return f"| {' | '.join(HEAD)} |\n| {marks} |\n{rows}"


def _outcomes(measured: Sequence[Measured]) -> Iterator[str]:
    found = {
        f"- {each.scenario}, {each.size}: {each.outcome}\n": None
        for each in measured
        if each.outcome and ", p9" not in each.scenario
    }
    if found:
        yield "Found by all engines:\n\n" + "".join(found)
