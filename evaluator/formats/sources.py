"""What was asked for on the command line to the files that are read.

A path names a file, a folder (every claim file below it), a pattern (`claims/*.csv`) or, as
`-`, standard input. Gzip is recognised by its content.
"""

import glob
import gzip
import io
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from attrs import define, field

from editwright.evaluator.formats.columns import nearest
from editwright.evaluator.formats.problems import ClaimsError

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"
_BUFFER = 1 << 16


@define(slots=True)
class Source:
    """One file, or standard input."""

    name: str
    path: Path | None
    size: int | None
    """Bytes on disk; `None` where that is unknown."""
    _raw: io.BufferedReader | None = field(default=None, repr=False)
    _bytes_read: int = 0

    @contextmanager
    def open(self) -> Iterator[io.BufferedReader]:
        """The bytes of the file, unzipped. Raises `ClaimsError` if they cannot be read."""
        self._raw = self._opened()
        try:
            if self._raw.peek(2)[:2] == _GZIP:
                with gzip.GzipFile(fileobj=self._raw) as unzipped:
                    yield io.BufferedReader(unzipped, _BUFFER)
            else:
                yield self._raw
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise ClaimsError(f"{self.name} is a damaged gzip file", "fetch it again") from None
        except OSError as error:
            raise ClaimsError(f"cannot read {self.name}: {_cause(error)}") from None
        finally:
            self._close(self._raw)

    @property
    def bytes_read(self) -> int:
        """How far reading has come, in bytes of the file on disk."""
        if self._raw is not None and not self._raw.closed and self.path is not None:
            self._bytes_read = max(self._bytes_read, self._raw.tell())
        return self._bytes_read

    def report(self, done: float) -> None:
        """For formats that read the file by themselves: the part of it that is done, 0 to 1."""
        self._bytes_read = int(done * (self.size or 0))

    def _opened(self) -> io.BufferedReader:
        try:
            if self.path is None:
                file = io.FileIO(sys.stdin.fileno(), "rb", closefd=False)
            else:
                file = io.FileIO(self.path, "rb")
        except OSError as error:
            raise ClaimsError(f"cannot read {self.name}: {_cause(error)}") from None
        return io.BufferedReader(file, _BUFFER)

    def _close(self, raw: io.BufferedReader) -> None:
        self._bytes_read = self.bytes_read
        raw.close()


def find_sources(
    paths: str | Path | Iterable[str | Path], suffixes: tuple[str, ...]
) -> list[Source]:
    """The sources behind the paths, each file once, folders and patterns in order of name.

    `suffixes` are the endings of the files that are taken from a folder.
    Raises `ClaimsError` if a path leads to nothing.
    """
    asked = [paths] if isinstance(paths, str | Path) else list(paths)
    if not asked:
        raise ClaimsError("no claim file was given", "give a file, a folder, a pattern or `-`")
    if [str(path) for path in asked].count(STANDARD_INPUT) > 1:
        raise ClaimsError("standard input was given twice", "give `-` once")
    found: dict[object, Source] = {}
    for path in asked:
        if str(path) == STANDARD_INPUT:
            found[STANDARD_INPUT] = Source("standard input", None, None)
            continue
        for file in _files(Path(path), suffixes):
            found.setdefault(file.resolve(), Source(str(file), file, _size(file)))
    return list(found.values())


def _files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    if path.is_dir():
        files = [file for file in sorted(path.rglob("*")) if is_claim_file(file, path, suffixes)]
        if not files:
            raise ClaimsError(
                f"the folder {path} holds no claim files",
                f"claim files end in {', '.join(suffixes)}",
            )
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


def is_claim_file(file: Path, folder: Path, suffixes: tuple[str, ...]) -> bool:
    """Whether a file below a folder is taken from it: by its ending, and not a hidden one."""
    hidden = any(part.startswith((".", "_")) for part in file.relative_to(folder).parts)
    return not hidden and file.is_file() and file.name.lower().endswith(suffixes)


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
