"""A column map: which of a source's columns is which of ours, for layouts we do not know.

[columns]
claim_id = "ClaimNo"
diagnoses = ["DX_A", "DX_B"]     # numbered columns, in their order
status = ""                      # this source has no such column
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from editwright.evaluator.formats.columns import NUMBERED, OUR_NAMES, nearest
from editwright.evaluator.formats.problems import ClaimsError

ColumnMap = Mapping[str, str | tuple[str, ...]]

_LISTS = frozenset(group.name for group in NUMBERED)
_EXAMPLE = 'a column map is a TOML file with lines like `claim_id = "ClaimNo"` under `[columns]`'


def read_column_map(path: str | Path, declared: Iterable[str] = ()) -> ColumnMap:
    """The column map in a TOML file.

    `declared` are the fields that rule files declare: they can be mapped like our own columns.
    Raises `ClaimsError` if the file is missing, is no TOML, or names something unknown.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        cause = (error.strerror or "an input error").lower()
        raise ClaimsError(f"cannot read the column map {path}: {cause}") from None
    except UnicodeDecodeError:
        raise ClaimsError(f"the column map {path} is not UTF-8 text", _EXAMPLE) from None
    except tomllib.TOMLDecodeError as error:
        raise ClaimsError(f"the column map {path} is not TOML: {error}", _EXAMPLE) from None
    columns = content.pop("columns", None)
    if not isinstance(columns, dict):
        raise ClaimsError(f"the column map {path} has no `[columns]` table", _EXAMPLE)
    if content:
        raise ClaimsError(f"the column map {path} has an unknown table `{min(content)}`", _EXAMPLE)
    return checked_column_map(columns, declared, f"the column map {path}")


def checked_column_map(
    columns: Mapping[str, object], declared: Iterable[str] = (), where: str = "the column map"
) -> ColumnMap:
    """The same mapping with every name and value checked. Raises `ClaimsError`."""
    known = (*OUR_NAMES, *declared)
    checked: dict[str, str | tuple[str, ...]] = {}
    for ours, theirs in columns.items():
        if ours not in known:
            near = nearest(ours, known)
            raise ClaimsError(
                f"{where} maps `{ours}`, which is no column of a service line",
                f"did you mean `{near}`?" if near else "the left side is one of our own names",
            )
        checked[ours] = _their_names(ours, theirs, where)
    return checked


def _their_names(ours: str, theirs: object, where: str) -> str | tuple[str, ...]:
    if isinstance(theirs, str):
        return theirs
    if not isinstance(theirs, list | tuple) or not all(isinstance(name, str) for name in theirs):
        raise ClaimsError(f"{where} maps `{ours}` to something that is not a column name", _EXAMPLE)
    if ours not in _LISTS:
        raise ClaimsError(
            f"{where} maps `{ours}` to several columns",
            f"only {', '.join(sorted(_LISTS))} can be made of several columns",
        )
    return tuple(theirs)
