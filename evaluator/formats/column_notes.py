"""What the columns of the sources, and the codes in them, leave to be remarked on.

Codes that no edit has are told here: nothing is wrong with their lines, but no rule finds them.
"""

import re
from collections.abc import Iterator

from editwright.evaluator.formats.columns import COLUMNS, names_of, nearest_heading
from editwright.evaluator.formats.rows import Reading
from editwright.evaluator.formats.source_columns import (
    columns_missing,
    columns_read,
    columns_unread,
)
from editwright.evaluator.formats.values import MODIFIER_LENGTH

_SHORT_CODE = re.compile(r"[0-9]{3,4}")
_LONGEST_CODE = 5
_WITH_MODIFIER = re.compile(r"([0-9]{4}[0-9A-Z]|[A-Z][0-9]{4})[-: ,/]{1,3}[0-9A-Z]{2}")
"""A code and a modifier, which is no name."""
_USUAL = "procedure_code"
"""The column that nearly every rule reads."""
_CODE_NAMES = frozenset(
    name for each in COLUMNS if each.name == _USUAL for name in (_USUAL, *each.also)
)
"""What columns of procedure codes are called."""


def column_notes(reading: Reading) -> Iterator[str]:
    """Remarks about the columns and codes of what has been read."""
    yield from _unmatched(reading)
    yield from _without_codes(reading)
    yield from _other_codes(reading)
    yield from _short(reading)
    yield from _long(reading)
    yield from _odd_modifiers(reading)


def _codes(reading: Reading) -> list[str]:
    """The procedure codes that were read, in their order."""
    return sorted({each for each in reading.memos.procedure_code.values() if each})


def _short(reading: Reading) -> Iterator[str]:
    """Codes that no edit has, as spreadsheets leave `00400` behind."""
    short = [each for each in _codes(reading) if _SHORT_CODE.fullmatch(each)]
    if short:
        yield (
            f"procedure codes of three or four digits, such as {short[0]}: a spreadsheet takes "
            "zeros from the beginning of codes like 00400, and no rule will find them; give "
            "the codes as they were"
        )


def _long(reading: Reading) -> Iterator[str]:
    """Codes that no edit has, since more than a code stands in the cell."""
    long = [each for each in _codes(reading) if len(each) > _LONGEST_CODE]
    if long:
        shown = next((f", such as {each}" for each in long if _WITH_MODIFIER.fullmatch(each)), "")
        yield (
            f"procedure codes of more than five characters{shown}: no rule will find them; "
            "give codes alone, and their modifiers in columns of their own"
        )


def _odd_modifiers(reading: Reading) -> Iterator[str]:
    """Modifiers that no edit has."""
    memos = reading.memos
    found = {each for several in memos.modifiers.values() for each in several}
    found.update(each for each in memos.each_modifier.values() if each)
    odd = sorted(each for each in found if len(each) != MODIFIER_LENGTH)
    if odd:
        shown = next((f", such as {each}" for each in odd if _SHORT_CODE.fullmatch(each)), "")
        yield (
            f"modifiers that have not two characters{shown}: no rule will find them; give each "
            "modifier by itself"
        )


def _without_codes(reading: Reading) -> Iterator[str]:
    """A table without a column that rules hardly do without is read in vain."""
    wanted, unread = reading.wanted, columns_unread(reading)
    if (wanted is None or _USUAL in wanted) and unread and _USUAL in columns_missing(reading):
        near = nearest_heading(_USUAL, unread)
        hint = f'if `{near}` is it, write `{_USUAL} = "{near}"`' if near else "name it"
        yield (
            f"no source has a column that is known for `{_USUAL}`, and no line has a code; "
            f"{hint} in a column map (`--columns map.toml`)"
        )


def _other_codes(reading: Reading) -> Iterator[str]:
    """Columns of codes beside the first one: some exports have two."""
    plans = [shape.plan for shape in reading.met.values()]
    read = sorted({plan.found[_USUAL] for plan in plans if _USUAL in plan.found})
    for first, *second in read:
        yield from (
            f"`{each}` was read for procedure codes where `{first}` is blank" for each in second
        )
    others = [each for each in columns_unread(reading) if _CODE_NAMES.intersection(names_of(each))]
    if read and others:
        yield (
            f"`{others[0]}` was not read for procedure codes, since there is `{read[0][0]}`: a "
            "line has one; if codes stand in both, make one column of them"
        )


def _unmatched(reading: Reading) -> Iterator[str]:
    """Objects have no header to check a column map against; this is what it gave in vain."""
    found = columns_read(reading)
    for ours, theirs in reading.column_map.items():
        if theirs and ours not in found and ours.rpartition("_")[2].isalpha():
            yield f"no row has the column that the column map gives for `{ours}`"
