"""The headings by which each CMS table is known, and where they are in a file.

CMS puts notices above the headings and wraps headings over several lines, above the line with the
first column's heading (MPFS) or below it (PTP). A heading here is all of its lines in one, in lower
case, with one blank for everything that is no letter or digit.
"""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

LINES_WITH_HEADINGS = 40
"""How many records of a file are searched for the headings."""


@frozen(slots=True)
class Column:
    """One column: our name of it, and the pattern that its heading matches."""

    name: str
    heading: str
    required: bool = True


@frozen(slots=True)
class Layout:
    """One CMS table."""

    kind: str
    """What the command line calls it."""
    title: str
    """What a message calls it, with its article."""
    columns: tuple[Column, ...]


@frozen(slots=True)
class Header:
    """Where the headings are: the first data record, and each column's position and heading."""

    data_starts: int
    positions: Mapping[str, int]
    headings: Mapping[str, str]


PTP = Layout(
    "ncci-ptp",
    "an NCCI procedure-to-procedure table",
    (
        Column("column_1", r"^column ?1\b"),
        Column("column_2", r"^column ?2\b"),
        Column("effective", r"^effective\b"),
        Column("deletion", r"^deletion\b"),
        Column("modifier_indicator", r"^modifier\b"),
        Column("rationale", r"\brationale$", required=False),
    ),
)
MUE = Layout(
    "mue",
    "an MUE table",
    (
        Column("hcpcs", r"^hcpcs\b"),
        Column("units", r"\bmue values?$"),
        Column("adjudication_indicator", r"\badjudication indicator$"),
        Column("rationale", r"^mue rationale$", required=False),
    ),
)
ADD_ON = Layout(
    "add-on",
    "an add-on code table",
    (
        Column("edit_type", r"^aoc edit type$"),
        Column("add_on", r"^add on code$"),
        Column("add_on_deletion", r"^(aoc|add on code) deldt( julian)?$", required=False),
        Column("primary", r"^primary code$"),
        Column("primary_deletion", r"^primary code deldt( julian)?$", required=False),
        Column("effective", r"^aoc edit effdt( julian)?$"),
        Column("edit_deletion", r"^aoc edit deldt( julian)?$"),
        Column("notes", r"^special instruction", required=False),
    ),
)
MPFS = Layout(
    "mpfs",
    "a physician fee schedule table (PPRRVU)",
    (
        Column("hcpcs", r"^hcpcs\b"),
        Column("modifier", r"^mod(ifier)?$"),
        Column("status", r"^status\b"),
        Column("pctc", r"^pc ?tc\b"),
        Column("glob", r"^glob\b"),
        Column("pre", r"^pre( op)?$", required=False),
        Column("intra", r"^intra( op)?$", required=False),
        Column("post", r"^post( op)?$", required=False),
        Column("mult", r"^mult\b"),
        Column("bilat", r"^bilat\b"),
        Column("asst", r"^asst\b"),
        Column("cosurg", r"^co( surg)?$"),
        Column("team", r"^team\b"),
        Column("endo_base", r"^endo\b", required=False),
        Column("supervision", r"^phys(ician)? super", required=False),
        Column("imaging_family", r"^diag(nostic)? (imaging|img) family\b", required=False),
        Column("work_rvu", r"^work rvu$", required=False),
        Column("nonfacility_total", r"^non ?fac(ility)? total$", required=False),
        Column("facility_total", r"^fac(ility)? total$", required=False),
    ),
)
LAYOUTS: Mapping[str, Layout] = {each.kind: each for each in (PTP, MUE, ADD_ON, MPFS)}


def find_header(records: Sequence[Sequence[str]], layout: Layout) -> Header | None:
    """Where the headings of this table are among a file's first records, or None."""
    for at, record in enumerate(records):
        if _filled(record) < 2:
            continue
        first = at
        while first > 0 and _filled(records[first - 1]) > 1 and not records[first - 1][0].strip():
            first -= 1
        end = at + 1
        while end < len(records) and _filled(records[end]) and not records[end][0].strip():
            end += 1
        headings = [
            _plain(" ".join(line[column] for line in records[first:end] if column < len(line)))
            for column in range(len(record))
        ]
        positions = _positions(headings, layout)
        if positions is not None:
            named = {name: headings[position] for name, position in positions.items()}
            return Header(end, positions, named)
    return None


def recognised(records: Sequence[Sequence[str]]) -> Layout | None:
    """The CMS table that a file's first records are of, if we know it."""
    return next((each for each in LAYOUTS.values() if find_header(records, each)), None)


def _positions(headings: Sequence[str], layout: Layout) -> dict[str, int] | None:
    positions: dict[str, int] = {}
    for column in layout.columns:
        found = (at for at, text in enumerate(headings) if re.search(column.heading, text))
        position = next(found, None)
        if position is not None:
            positions[column.name] = position
        elif column.required:
            return None
    return positions


def _filled(record: Sequence[str]) -> int:
    return sum(1 for cell in record if cell.strip())


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", " ", heading.lower()).strip()
