"""A downloaded file to the documents in it: a zip's members, a gzip's content, or itself.

No more than MOST_BYTES are ever unpacked, whatever the archive says about itself.
"""

import gzip
import io
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from editwright.evaluator.tables.problems import TableFileError, shown

MOST_BYTES = 1 << 30
"""The largest CMS member, a part of the PTP table as a workbook, is a fourth of this."""
MOST_MEMBERS = 1000

_ENDINGS = ((".txt", ".tsv"), (".csv",), (".xlsx", ".xls"))
"""Which of a zip's members are tables, the best first: text has kept every leading zero."""
_ZIP, _OLD_WORKBOOK, _GZIP = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"\x1f\x8b"


@frozen(slots=True)
class Document:
    """One file that may be a table; it is read when it is asked for."""

    name: str
    """What a message calls it: `a.zip: b.txt` for a member of a zip."""
    read: Callable[[], bytes] = field(repr=False)


def documents_of(path: Path) -> list[list[Document]]:
    """The documents in a file, in groups: the table is in the first group that has one."""
    name = path.name
    if str(path) == "-":
        raise TableFileError(
            "tables are not read from standard input: the name of a file says which one it is",
            "save it under the name that CMS gives it, and name that file",
        )
    if path.is_dir():
        raise TableFileError(f"`{path}` is a folder", f"name the files in it: `{path / '*.zip'}`")
    try:
        with path.open("rb") as file:
            start = file.read(4)
        if path.stat().st_size > MOST_BYTES:
            raise _too_large(name)
        if start[:2] == _GZIP:
            return [[Document(name, lambda: _unpacked(path))]]
        if start == _ZIP:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
            _refuse_bomb(name, members)
            if not any(each.filename == "xl/workbook.xml" for each in members):
                return _members(path, members)
        return [[Document(name, path.read_bytes)]]
    except FileNotFoundError:
        raise TableFileError(f"there is no file `{path}`") from None
    except OSError as error:
        raise TableFileError(f"cannot read `{path}`: {error.strerror or error}") from None
    except zipfile.BadZipFile:
        raise _damaged(name) from None


def is_workbook(name: str, data: bytes) -> bool:
    """Whether a document is a workbook; refuses one that would unpack to too much."""
    if data.startswith(_ZIP):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                _refuse_bomb(name, archive.infolist())
        except zipfile.BadZipFile:
            raise _damaged(name) from None
        return True
    return data.startswith(_OLD_WORKBOOK)


def _members(path: Path, members: Sequence[zipfile.ZipInfo]) -> list[list[Document]]:
    groups = [
        [
            Document(
                f"{path.name}: {shown(PurePosixPath(each.filename).name, 100)}", _reader(path, each)
            )
            for each in members
            if each.filename.lower().endswith(endings) and "__MACOSX" not in each.filename
        ]
        for endings in _ENDINGS
    ]
    if not any(groups):
        held = ", ".join(shown(each.filename) for each in members[:5]) or "nothing"
        raise TableFileError(
            f"`{path.name}` holds no table: it holds {held}, expected a .txt, .csv or .xlsx file",
            "give the zip as CMS hands it out, or the table itself",
        )
    return [group for group in groups if group]


def _reader(path: Path, member: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        try:
            with zipfile.ZipFile(path) as archive:
                return archive.read(member)
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise _damaged(path.name) from None
        except (RuntimeError, NotImplementedError):
            raise TableFileError(
                f"`{path.name}` cannot be unpacked here: it has a password or a rare compression",
                "unpack it, and give the table itself",
            ) from None
        except OSError as error:
            raise TableFileError(f"cannot read `{path}`: {error.strerror or error}") from None

    return read


def _unpacked(path: Path) -> bytes:
    try:
        with gzip.open(path) as file:
            data = file.read(MOST_BYTES + 1)
    except (EOFError, zlib.error, OSError):
        raise _damaged(path.name) from None
    if len(data) > MOST_BYTES:
        raise _too_large(path.name)
    return data


def _refuse_bomb(name: str, members: Sequence[zipfile.ZipInfo]) -> None:
    # zipfile never reads more of a member than the size that is checked here
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > MOST_BYTES:
        raise _too_large(name)


def _too_large(name: str) -> TableFileError:
    return TableFileError(
        f"`{name}` is too large for a CMS table: it unpacks to more than "
        f"{MOST_BYTES / (1 << 20):,.0f} MiB or to more than {MOST_MEMBERS:,} files",
        "unpack it, look into it, and give the table itself",
    )


def _damaged(name: str) -> TableFileError:
    return TableFileError(f"`{name}` is damaged, or is only a part", "download it again")
