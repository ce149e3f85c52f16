"""Which columns of the sources were read, which were not, and which of ours no source had."""

from collections.abc import Mapping

from editwright.evaluator.formats.columns import COLUMNS, NUMBERED
from editwright.evaluator.formats.rows import Reading


def columns_read(reading: Reading) -> Mapping[str, frozenset[str]]:
    """The sources' column names behind each of our columns, lists and declared fields."""
    found: dict[str, set[str]] = {}
    for shape in reading.met.values():
        for ours, theirs in shape.plan.found.items():
            found.setdefault(ours, set()).update(theirs)
    return {name: frozenset(theirs) for name, theirs in found.items()}


def columns_missing(reading: Reading) -> tuple[str, ...]:
    """Our columns, lists and declared fields that no source has: missing on every line."""
    ours = (
        *(column.name for column in COLUMNS),
        *(group.name for group in NUMBERED),
        *reading.declared_fields,
    )
    found = {*columns_read(reading), *(("birth_date", "sex") if reading.members else ())}
    return tuple(name for name in ours if name not in found)


def columns_unread(reading: Reading) -> tuple[str, ...]:
    """The sources' columns that nothing reads: of no use here, or spelled in another way."""
    read = {name for names in columns_read(reading).values() for name in names}
    unread = {name for shape in reading.met.values() for name in shape.plan.unread}
    return tuple(sorted(unread - read))
