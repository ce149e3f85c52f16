"""Claims that arrive without end to service lines: standard input and files that grow, as they are
written; files of any other format, when they stand there whole.

Nothing is read before it is asked for, and no more is held than one line of NDJSON that is not yet
complete.
"""

import os
import select
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from zlib import crc32

from attrs import define, evolve, field, frozen

from editwright.evaluator.formats.choice import Wanted, format_of
from editwright.evaluator.formats.ndjson import parse_object
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import ClaimObjects
from editwright.evaluator.formats.sources import STANDARD_INPUT, Source, is_visible_file
from editwright.evaluator.formats.utf16 import is_utf_16
from editwright.evaluator.lines.service_line import ServiceLine

_CHUNK = 1 << 16
_LONGEST_LINE = 1 << 24
_GROWING = (".ndjson", ".jsonl")
_ENDING = 64
"""So many of the last bytes that were read of a growing file tell whether it is still the same."""
_AT_ITS_END = " whole"
"""Behind the version of a file of which all has been read."""
LOOK_SECONDS = 0.2
"""How often folders are looked into."""


@frozen(slots=True)
class Arrived:
    """One row of a source: a service line, a bad line, or neither (a blank one).

    `position` and `row` say how far the source has been read behind it, and `version` of which
    content. `whole`: the source ends here, and nothing more comes from it.
    """

    source: str
    line: ServiceLine | None = None
    bad: BadLine | None = None
    position: int = 0
    row: int = 0
    version: str = ""
    whole: bool = False


OpenFile = Callable[[Path, Callable[[BadLine], None]], Iterable[ServiceLine]]
"""Reads a whole file, and hands on the lines that were set aside."""
Positions = Mapping[str, tuple[int, int, str]]
"""How far sources were read before: a position, a number of rows, which version of the source."""


@define
class Arrivals:
    """What arrives from standard input, from files and in folders."""

    paths: Sequence[str]
    objects: ClaimObjects
    open_file: OpenFile
    on_unreadable: Callable[[ClaimsError], None]
    positions: Positions
    _sources: dict[str, "_Growing | _Whole"] = field(factory=dict)
    _given_up: dict[str, str] = field(factory=dict)
    _look: float = 0.0
    """How long it takes to look through all files."""
    ended: bool = False
    """Whether no more can arrive."""

    def ready(self) -> Iterator[Arrived]:
        """What has arrived and can be read without waiting. Raises `ClaimsError` where standard
        input cannot be read."""
        if self.paths == [STANDARD_INPUT]:
            source = self._sources.get(STANDARD_INPUT)
            if source is None:
                source = _Growing(STANDARD_INPUT, self.objects, _Pipe(sys.stdin.fileno()))
                self._sources[STANDARD_INPUT] = source
            yield from source.rows()
            self.ended = source.ended
            return
        begun, came = time.monotonic(), False
        for path in self._files():
            try:
                for arrived in self._rows_of(path):
                    came = True
                    yield arrived
            except ClaimsError as error:
                self._given_up[str(path)] = _version(path)
                self._sources.pop(str(path), None)
                self.on_unreadable(error)
        self._look = 0.0 if came else time.monotonic() - begun

    def settle(self, name: str) -> Iterator[Arrived]:
        """The last line of a source that has not grown for a while, if it is whole."""
        source = self._sources.get(name)
        if isinstance(source, _Growing):
            yield from source.settle()

    def unfinished(self) -> list[str]:
        """The sources whose last line is not complete."""
        return [
            name for name, each in self._sources.items()
            if isinstance(each, _Growing) and each.is_unfinished
        ]  # fmt: skip

    def wait(self, seconds: float) -> None:
        """Wait until more may have arrived, no longer than this."""
        if self.paths == [STANDARD_INPUT]:
            select.select([sys.stdin.fileno()], [], [], seconds)
        else:
            time.sleep(max(min(seconds, LOOK_SECONDS), 2 * self._look))  # mostly wait

    def _files(self) -> Iterator[Path]:
        for given in map(Path, self.paths):
            if given.is_dir():
                files = sorted(given.rglob("*"))
                yield from (file for file in files if is_visible_file(file, given))
            elif given.is_file():
                yield given

    def _rows_of(self, path: Path) -> Iterator[Arrived]:
        name, version = str(path), _version(path)
        source = self._sources.get(name)
        if self._given_up.get(name) == version or (source is not None and source.is_done(version)):
            return
        if isinstance(source, _Growing) and not source.goes_on(path, version):
            source = None  # another file has taken its place
        if source is None:
            if _is_empty(path):
                return
            source = self._opened(path, version)
            self._sources[name] = source
        if not source.is_done(version):
            yield from source.rows()

    def _opened(self, path: Path, version: str) -> "_Growing | _Whole":
        name = str(path)
        position, row, before = self.positions.get(name, (0, 0, ""))
        if path.name.lower().endswith(_GROWING) and _is_ndjson(path):
            if not _goes_on(path, position, before):
                position = row = 0  # another file has taken its place
            return _Growing(name, self.objects, _File(path, position), position, row)
        if before == version + _AT_ITS_END:
            return _Whole(name, path, version, self.open_file, 0, ended=True)
        done = position if before == version else 0
        return _Whole(name, path, version, self.open_file, done)


def _is_ndjson(path: Path) -> bool:
    """Whether a file has objects of our own columns, and can be read as it grows. Raises
    `ClaimsError`."""
    source = Source(str(path), path, None)
    with source.open() as stream:
        known = format_of(source, stream.peek(1), Wanted())
        return known.name == "ndjson" and not is_utf_16(stream)


def _goes_on(path: Path, position: int, ending: str) -> bool:
    """Whether a file has before a position what ended like this when it was read."""
    length = min(position, _ENDING)
    try:
        with path.open("rb") as file:
            file.seek(position - length)
            found = file.read(length)
    except OSError:
        return False
    return len(found) == length and ending in ("", _mark(found))


def _mark(ending: bytes) -> str:
    return f"{crc32(ending):08x}"


def _version(path: Path) -> str:
    try:
        about = path.stat()
    except OSError:
        return "gone"
    return f"{about.st_size}:{about.st_mtime_ns}"


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return True


class _Pipe:
    """Standard input, as much of it as is there."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.position = 0

    def ending(self) -> bytes:
        """The last bytes before the position."""
        return b""

    def read(self) -> bytes | None:
        """Some bytes; none at the end; nothing where there are none yet."""
        if not select.select([self._descriptor], [], [], 0)[0]:
            return None
        found = os.read(self._descriptor, _CHUNK)
        self.position += len(found)
        return found


class _File:
    """A file that may grow."""

    def __init__(self, path: Path, position: int) -> None:
        self._path = path
        self.position = position

    def ending(self) -> bytes:
        """The last bytes before the position."""
        length = min(self.position, _ENDING)
        return self._bytes(self.position - length, length)

    def read(self) -> bytes | None:
        """Some bytes; nothing where there are none yet."""
        found = self._bytes(self.position, _CHUNK)
        self.position += len(found)
        return found or None

    def _bytes(self, start: int, most: int) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(start)
                return file.read(most)
        except OSError as error:
            cause = (error.strerror or "an input error").lower()
            raise ClaimsError(f"cannot read {self._path}: {cause}") from None


class _Growing:
    """NDJSON as it is written, line by line."""

    def __init__(
        self,
        name: str,
        objects: ClaimObjects,
        input: _Pipe | _File,
        position: int = 0,
        row: int = 0,
    ) -> None:
        self._name = name
        self._lines = objects.source("standard input" if name == STANDARD_INPUT else name)
        self._input = input
        self._position = position
        self._row = row
        self._ending = input.ending()
        self._seen = ""
        self._rest = b""
        self._skipping = False
        self._settled = False
        self.ended = False

    def is_done(self, _version: str) -> bool:
        """Whether nothing more can come from this version of the source."""
        return self.ended

    def rows(self) -> Iterator[Arrived]:
        """The lines that are there and complete."""
        while not self.ended and (chunk := self._input.read()) is not None:
            if not chunk:
                self.ended = True
                if self._rest:
                    yield from self._rows_of(self._rest)
                yield self._arrived(whole=True)
                return
            *complete, self._rest = (self._rest + chunk).split(b"\n")
            for each in complete:
                yield from self._rows_of(each + b"\n")
            if len(self._rest) > _LONGEST_LINE:
                yield self._too_long()

    def _rows_of(self, raw: bytes) -> Iterator[Arrived]:
        """What a line of the source holds: that it has been read stands with the last of it, so
        that no line of a claim is lost if the stream is left in its middle."""
        before = self._arrived()
        self._pass(raw)
        settled, self._settled = self._settled and raw == b"\n", False
        if self._skipping or settled:  # the end of a line that was dealt with
            self._skipping = False
            yield self._arrived()
            return
        self._row += 1
        found = self._lines.take(self._row, raw)
        for each in found[:-1]:
            line, bad = _line_or_bad(each)
            yield evolve(before, line=line, bad=bad)
        line, bad = _line_or_bad(found[-1]) if found else (None, None)
        yield self._arrived(line, bad)

    def _arrived(
        self, line: ServiceLine | None = None, bad: BadLine | None = None, *, whole: bool = False
    ) -> Arrived:
        mark = _mark(self._ending)
        return Arrived(self._name, line, bad, self._position, self._row, mark, whole)

    def _pass(self, raw: bytes) -> None:
        """Go on behind these bytes."""
        self._position += len(raw)
        self._ending = (self._ending + raw[-_ENDING:])[-_ENDING:]

    def _too_long(self) -> Arrived:
        """The beginning of a line that is longer than any; what follows of it is passed over."""
        self._pass(self._rest)
        self._rest = b""
        if self._skipping:
            return self._arrived()
        self._skipping = True
        self._row += 1
        return self._arrived(bad=self._lines.too_long(self._row))

    @property
    def is_unfinished(self) -> bool:
        """Whether all was read, and the last line is not complete."""
        return bool(self._rest) and self._position + len(self._rest) == self._input.position

    def goes_on(self, path: Path, version: str) -> bool:
        """Whether a file of this version still has what was read of it."""
        if version == self._seen:
            return True
        self._seen = version
        return _goes_on(path, self._position, _mark(self._ending))

    def settle(self) -> Iterator[Arrived]:
        """A last line without a line end, where it is a whole object."""
        if self._rest and not self._skipping:
            with suppress(ValueError):
                parse_object(self._rest)
                raw, self._rest = self._rest, b""
                found = [*self._rows_of(raw)]
                self._settled = True
                yield from found


def _line_or_bad(found: ServiceLine | BadLine) -> tuple[ServiceLine | None, BadLine | None]:
    return (None, found) if isinstance(found, BadLine) else (found, None)


class _Whole:
    """A file that is read at once."""

    def __init__(
        self,
        name: str,
        path: Path,
        version: str,
        open_file: OpenFile,
        done: int,
        *,
        ended: bool = False,
    ) -> None:
        self._name = name
        self._path = path
        self._version = version
        self._open_file = open_file
        self._done = done
        self.ended = ended

    def is_done(self, version: str) -> bool:
        """Whether nothing more can come from this version of the source."""
        return self.ended and version == self._version

    def rows(self) -> Iterator[Arrived]:
        """All of its lines but those that were read before."""
        self._version = version = _version(self._path)
        at, bad = 0, list[BadLine]()
        for line in chain(self._open_file(self._path, bad.append), [None]):
            for each in bad:
                at += 1
                if at > self._done:
                    yield Arrived(self._name, None, each, at, at, version)
            bad.clear()
            if line is not None:
                at += 1
                if at > self._done:
                    yield Arrived(self._name, line, None, at, at, version)
        self.ended, self._done = True, 0
        yield Arrived(self._name, None, None, at, at, version + _AT_ITS_END, whole=True)
