"""The files that were found to what each is read as.

A file that was asked for by its name must be one that can be read. Among the files of a folder, a
pattern or a zip file those that hold no claims are passed over, and a note says so.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from attrs import field, frozen

from editwright.evaluator.formats.column_map import ColumnMap
from editwright.evaluator.formats.column_plan import MAP_HINT, has_column
from editwright.evaluator.formats.columns import nearest, nearest_heading
from editwright.evaluator.formats.format import Format, Use
from editwright.evaluator.formats.head import Head, head_of
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.registry import FORMATS, REFUSED
from editwright.evaluator.formats.sources import Source
from editwright.evaluator.formats.tables import TABLES

_NAMED_IN_A_NOTE = 3


@frozen(slots=True)
class Wanted:
    """What is looked for in a file."""

    key: str = "claim_id"
    """The column that a table must have."""
    column_map: ColumnMap = field(factory=dict)
    name: str | None = None
    """The format that somebody insists on."""


@frozen(slots=True)
class Chosen:
    """A source and its format; `None` for a pipe, which is recognised when it is read."""

    source: Source
    format: Format | None


@frozen(slots=True)
class Choice:
    """What the sources of one input are read as."""

    claims: tuple[Chosen, ...]
    members: tuple[Chosen, ...]
    """Tables with birth dates and sex, in a format that has them."""
    beside: tuple[Chosen, ...]
    """What claims in formats of the same names need besides."""
    notes: tuple[str, ...]
    """Which files were passed over, and why."""


@frozen(slots=True)
class _Unfit:
    """Why a file is not read."""

    what: str
    """What it is, or what it lacks."""
    sentence: str = field(eq=False)
    """The same as the end of a sentence about the file."""
    help: str | None = field(eq=False)
    must_be_read: bool = field(default=True, eq=False)
    """Whether it is a mistake to ask for the file by its name: a file that claims come with is
    passed over whoever gives it."""


def chosen(sources: Iterable[Source], wanted: Wanted) -> Choice:
    """What the sources are read as.

    Raises `ClaimsError` if one that was asked for by its name cannot be read, and if nothing is
    left to read.
    """
    expect_format(wanted.name)
    found: defaultdict[Use, list[Chosen]] = defaultdict(list)
    passed: defaultdict[_Unfit, list[str]] = defaultdict(list)
    for source in sources:
        if not source.reopens:
            found[Use.CLAIMS].append(Chosen(source, None))
            continue
        with source.open() as stream:
            head = head_of(stream.peek(1))
        fit = _fit(source, head, wanted)
        if not isinstance(fit, _Unfit):
            found[fit.use].append(Chosen(source, fit))
        elif source.named and fit.must_be_read:
            raise ClaimsError(f"{source.name} {fit.sentence}", fit.help)
        else:
            passed[fit].append(source.name)
    members = found[Use.MEMBERS]
    if not found[Use.CLAIMS] and (wanted.key == "claim_id" or not members):
        raise _nothing_left(passed, [*members, *found[Use.BESIDE]])
    return Choice(
        claims=tuple(found[Use.CLAIMS]),
        members=tuple(found[Use.MEMBERS]),
        beside=tuple(found[Use.BESIDE]),
        notes=tuple(f"passed over {listed(names)}: {fit.what}" for fit, names in passed.items()),
    )


def format_of(source: Source, start: bytes, wanted: Wanted) -> Format:
    """The format of a source that starts with these bytes. Raises `ClaimsError`."""
    fit = _fit(source, head_of(start), wanted)
    if isinstance(fit, _Unfit):
        raise ClaimsError(f"{source.name} {fit.sentence}", fit.help)
    return fit


def expect_format(name: str | None) -> None:
    """Raise `ClaimsError` if there is no format with this name."""
    known = sorted({each.name for each in FORMATS if each.use is Use.CLAIMS})
    if name is not None and name not in known:
        near = nearest(name, known)
        raise ClaimsError(
            f"there is no claim format `{name}`",
            f"did you mean `{near}`?" if near else f"the formats are {', '.join(known)}",
        )


def _fit(source: Source, head: Head, wanted: Wanted) -> Format | _Unfit:
    """The format that the file is read in, or why it is not."""
    if not head.raw.strip(b"\xef\xbb\xbf \t\r\n"):
        return _Unfit("empty", "is empty", "a claim file has at least a header row")
    known = _recognised(head)
    if known is None:
        start = head.raw.removeprefix(b"\xef\xbb\xbf").lstrip()
        what, remedy = next(
            ((what, remedy) for each, what, remedy in REFUSED if start.startswith(each)),
            ("in no known format", "give CSV, NDJSON or Parquet"),
        )
        return _Unfit(what, f"is {what}, which is no claim file", remedy)
    if known in TABLES and _is_mapped(head, wanted):
        known = next(each for each in FORMATS if each.name == "csv")
    is_other = known.use is Use.NOTHING or known.name != wanted.name
    if wanted.name is not None and is_other and known.use in (Use.CLAIMS, Use.NOTHING):
        insisted = [each for each in FORMATS if each.name == wanted.name and each.recognises(head)]
        if not insisted:
            return _Unfit(
                f"not in the format `{wanted.name}`",
                f"is not in the format `{wanted.name}`: it looks like {known.title}",
                f"leave the format out, or say `--claims-format {known.name}`",
            )
        known = insisted[0]
    if known.use is Use.NOTHING:
        return _Unfit(known.title, f"holds {known.title}, and no claims", "give the claims", False)
    names = None if source.named or known.names is None else known.names(source, head)
    if names is not None and not has_column(names, wanted.key, wanted.column_map):
        near = nearest_heading(wanted.key, names)
        what = f"no column `{wanted.key}`"
        hint = f'if `{near}` is it, write `{wanted.key} = "{near}"` in a column map'
        return _Unfit(what, f"has {what}", hint if near else MAP_HINT)
    return known


def _is_mapped(head: Head, wanted: Wanted) -> bool:
    """Whether somebody has written a column map for this very table: it goes before a layout."""
    theirs = wanted.column_map.get(wanted.key)
    return isinstance(theirs, str) and theirs.strip().lower() in head.names


def _recognised(head: Head) -> Format | None:
    start = head.raw.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(tuple(each for each, _, _ in REFUSED)):
        return None
    return next((each for each in FORMATS if each.recognises(head)), None)


def _nothing_left(passed: Mapping[_Unfit, list[str]], companions: Sequence[Chosen]) -> ClaimsError:
    """What to say where no file holds claims."""
    reasons = {fit.what: names for fit, names in passed.items()}
    for each in companions:
        if each.format is not None:
            reasons.setdefault(each.format.title, []).append(each.source.name)
    if sum(map(len, passed.values())) == 1 and not companions:
        ((fit, (name,)),) = passed.items()
        return ClaimsError(f"{name} {fit.sentence}", fit.help)
    if len(companions) == 1 and not passed:
        ((what, (name,)),) = reasons.items()
        return ClaimsError(f"{name} holds {what}, and no claims", "give the claims too")
    return _none_of(reasons)


def claimless(held: Mapping[str, str]) -> ClaimsError:
    """What to say where files were read that should hold claims, and none of them did; `held` has
    what they hold by their names."""
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for name, what in held.items():
        reasons[what].append(name)
    if len(held) == 1:
        ((name, what),) = held.items()
        return ClaimsError(f"{name} holds {what}, and no claims", "give the claims")
    return _none_of(reasons)


def _none_of(reasons: Mapping[str, Sequence[str]]) -> ClaimsError:
    each_of = "; ".join(f"{listed(names)}: {what}" for what, names in reasons.items())
    return ClaimsError(
        f"none of the files holds claims ({each_of})",
        "give a claim file by its own name to see what it lacks",
    )


def listed(names: Sequence[str]) -> str:
    """The names of files for a note: the first few of them."""
    shown = [Path(name).name for name in names[:_NAMED_IN_A_NOTE]]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more" if more else "")
