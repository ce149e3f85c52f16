"""What was asked for on the command line to the files that are read.

A path names a file, a folder (every file below it), a pattern (`claims/*.csv`) or, as `-`,
standard input. Gzip is recognised by its content, and so are zip files: each file in one is a
source. What comes through a pipe and must be read back and forth is laid down on disk first.
"""

import glob
import gzip
import io
import sys
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from attrs import define, field

from editwright.evaluator.formats.archives import Member, expect_plausible, is_zip, zip_members
from editwright.evaluator.formats.columns import nearest
from editwright.evaluator.formats.laid_down import LaidDown
from editwright.evaluator.formats.problems import ClaimsError

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 16


@define(slots=True)
class Source:
    """One file, one file in a zip file, or standard input."""

    name: str
    path: Path | None
    """Where it lies on disk by itself."""
    size: int | None
    """Bytes on disk; `None` where that is unknown."""
    named: bool = True
    """Whether it was asked for by its name, and not found in a folder, a zip file or by a
    pattern."""
    _member: Member | None = field(default=None, repr=False)
    _begun: io.BufferedReader | None = field(default=None, repr=False)
    """Standard input, of which the beginning has been looked at."""
    _raw: io.BufferedReader | None = field(default=None, repr=False)
    _rest: Path | LaidDown | None = field(default=None, repr=False)
    _bytes_read: int = 0

    @property
    def reopens(self) -> bool:
        """Whether it can be opened more than once: a pipe cannot."""
        return self._member is not None or (self.path is not None and self.path.is_file())

    @contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """The bytes of the file, unzipped. Raises `ClaimsError` if they cannot be read."""
        self._raw = self._opened()
        try:
            if self._raw.peek(2)[:2] == _GZIP:
                with gzip.GzipFile(fileobj=self._raw) as unzipped:
                    yield io.BufferedReader(_Unzipped(unzipped, self._raw, self.name), _BUFFER)
            else:
                yield self._raw
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise ClaimsError(f"{self.name} is a damaged gzip file", "fetch it again") from None
        except zipfile.BadZipFile:
            raise ClaimsError(f"{self.name} is damaged in its zip file", "fetch it again") from None
        except OSError as error:
            raise ClaimsError(f"cannot read {self.name}: {_cause(error)}") from None
        finally:
            self._close(self._raw)

    def begin(self, stream: io.BufferedReader | None = None) -> bytes:
        """Open it, as this stream if one is given, and look at its first bytes, which are still
        there to be read."""
        self._begun = stream or self._opened()
        try:
            return self._begun.peek(1)
        except OSError as error:
            raise ClaimsError(f"cannot read {self.name}: {_cause(error)}") from None

    def at_rest(self, stream: io.BufferedReader | None = None) -> Path | io.BufferedReader:
        """What can be read back and forth: the file where it lies, or what the stream holds, which
        `open` gave and of which nothing has been read. Raises `ClaimsError`.

        It may be asked again, then without the stream.
        """
        if self._rest is None and stream is None:
            with self.open() as opened:
                return self.at_rest(opened)
        if self._rest is None and stream is not None:
            lies_there = self.path is not None and self.path.is_file() and stream is self._raw
            self._rest = self.path if lies_there else LaidDown(stream, self.name)
        assert self._rest is not None
        return self._rest if isinstance(self._rest, Path) else self._rest.open()

    @property
    def bytes_read(self) -> int:
        """How far reading has come, in bytes of the file on disk."""
        if self._raw is not None and not self._raw.closed and self.size is not None:
            done = self._raw.tell()
            if self._member is not None:
                done = done * self.size // max(self._member.unpacked, 1)
            self._bytes_read = max(self._bytes_read, done)
        return self._bytes_read

    def report(self, done: float) -> None:
        """For formats that read the file by themselves: the part of it that is done, 0 to 1."""
        self._bytes_read = int(done * (self.size or 0))

    def _opened(self) -> io.BufferedReader:
        if self._begun is not None:
            begun, self._begun = self._begun, None
            return begun
        try:
            if self._member is not None:
                file: io.RawIOBase = _Filled(self._member.open())
            elif self.path is None:
                file = _Filled(io.FileIO(sys.stdin.fileno(), "rb", closefd=False))
            else:
                file = io.FileIO(self.path, "rb")
                if not self.path.is_file():
                    file = _Filled(file)
        except OSError as error:
            raise ClaimsError(f"cannot read {self.name}: {_cause(error)}") from None
        return io.BufferedReader(file, _BUFFER)

    def _close(self, raw: io.BufferedReader) -> None:
        self._bytes_read = self.bytes_read
        raw.close()


class _Filled(io.RawIOBase):
    """Bytes that come in pieces of any size, in pieces as large as they are asked for: a file's
    head is seen whole whatever it comes through."""

    def __init__(self, stream: io.RawIOBase | io.BufferedIOBase) -> None:
        self._stream = stream
        self._given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        wanted, done = memoryview(buffer), 0
        while done < len(wanted) and (piece := self._stream.read(len(wanted) - done)):
            wanted[done : done + len(piece)] = piece
            done += len(piece)
        self._given += done
        return done

    def tell(self) -> int:
        return self._given

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Unzipped(_Filled):
    """What a gzip file unpacks to. Raises `ClaimsError` where no claims unpack to as much."""

    def __init__(self, unzipped: gzip.GzipFile, packed: io.BufferedReader, name: str) -> None:
        super().__init__(unzipped)
        self._packed = packed
        self._name = name

    def readinto(self, buffer: "memoryview | bytearray", /) -> int:  # type: ignore[override]
        done = super().readinto(buffer)
        expect_plausible(self._name, self._packed.tell(), self._given)
        return done


def find_sources(paths: str | Path | Iterable[str | Path]) -> list[Source]:
    """The sources behind the paths, each file once, folders and patterns in order of name.

    Raises `ClaimsError` if a path leads to nothing.
    """
    asked = [paths] if isinstance(paths, str | Path) else list(paths)
    if not asked:
        raise ClaimsError("no claim file was given", "give a file, a folder, a pattern or `-`")
    if [str(path) for path in asked].count(STANDARD_INPUT) > 1:
        raise ClaimsError("standard input was given twice", "give `-` once")
    found: dict[object, list[Source]] = {}
    for path in asked:
        if str(path) == STANDARD_INPUT:
            found[STANDARD_INPUT] = _standard_input()
            continue
        for file in _files(Path(path)):
            resolved = file.resolve()
            if resolved not in found or file == path:
                found[resolved] = _sources(file, named=file == Path(path))
    return [source for each in found.values() for source in each]


def _standard_input() -> list[Source]:
    """Standard input, or the files in it: a zip file has its list at the end."""
    source = Source("standard input", None, None)
    if not is_zip(source.begin()):
        return [source]
    with source.open() as stream:
        laid_down = LaidDown(stream, source.name)
    zipped = _zipped(source.name, laid_down.open)
    if zipped is None:
        source.begin(laid_down.open())
    return zipped or [source]


def _sources(file: Path, *, named: bool) -> list[Source]:
    """The file, or the files in it."""
    try:
        zipped = _zipped(str(file), lambda: file.open("rb")) if file.is_file() else None
    except OSError as error:
        raise ClaimsError(f"cannot read {file}: {_cause(error)}") from None
    return zipped or [Source(str(file), file, _size(file), named)]


def _zipped(name: str, opened: Callable[[], IO[bytes]]) -> list[Source] | None:
    """The files in a zip file; `None` for what is none."""
    members = zip_members(name, opened)
    if members is None:
        return None
    if not members:
        raise ClaimsError(f"the zip file {name} is empty", "give one with claim files in it")
    return [
        Source(f"{name}/{member.name}", None, member.packed, False, member) for member in members
    ]


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if is_visible_file(file, path)]
        if not files:
            raise ClaimsError(f"the folder {path} holds no claim files", "it holds no files at all")
        return files
    if path.exists():
        return [path]
    if glob.has_magic(str(path)):
        matches = [Path(match) for match in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207 - the pattern may be absolute
        files = [match for match in matches if match.is_file()]
        if files:
            return files
        raise ClaimsError(f"no file matches {path}", "quote the pattern and check the folder")
    raise ClaimsError(f"there is no file {path}", _did_you_mean(path))


def is_visible_file(file: Path, folder: Path) -> bool:
    """Whether a file below a folder is looked at: not a hidden one."""
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return not hidden and file.is_file()


def _did_you_mean(path: Path) -> str:
    if not path.parent.is_dir():
        return f"there is no folder {path.parent} either"
    near = nearest(path.name, [other.name for other in path.parent.iterdir()])
    return f"did you mean {path.parent / near}?" if near else f"look into {path.parent}"


def _cause(error: OSError) -> str:
    return (error.strerror or "an input error").lower()


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size if file.is_file() else None
    except OSError:
        return None
