"""The state of a stream on disk: members' past, how far inputs were read, what was written.

One SQLite file. SQLite is in Python's standard library, is embedded, and commits all of it at
once: after a crash the file says what it said after the last commit, and nothing of what came
later. Whoever has the file open alone writes to it.
"""

import os
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from editwright.evaluator.corrections.in_lines import key_of
from editwright.evaluator.following.stored_lines import PastLine, from_bytes, to_bytes
from editwright.evaluator.unusable import UnusableError

LAYOUT = "1"
"""What the tables look like: another layout cannot be read."""
LineKey = tuple[str, int, int]
"""A line: its claim's id and correction, and its number."""
MOST_LINES_HELD = 20_000
"""Lines of the members last seen that stay in memory."""

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE inputs (name TEXT PRIMARY KEY, position INTEGER NOT NULL, row INTEGER NOT NULL,
    version TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE outputs (name TEXT PRIMARY KEY, length INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE claims (id TEXT, correction INTEGER, lines TEXT NOT NULL, PRIMARY KEY (id, correction))
    WITHOUT ROWID;
CREATE TABLE past (number INTEGER PRIMARY KEY, member TEXT NOT NULL, newest INTEGER,
    lines BLOB NOT NULL);
CREATE INDEX past_by_member ON past (member, newest);
"""


class StateError(UnusableError):
    """A state file that cannot be used."""


class MemberStore:
    """What a stream remembers. Changes count from the next `commit` on."""

    def __init__(self, path: Path | None) -> None:
        """Open or begin a state file; without a path, one that goes at the end. Raises
        StateError."""
        self._held: OrderedDict[str, dict[LineKey, PastLine]] = OrderedDict()
        self._lines_held = 0
        self._path = path
        if path is not None and not path.exists():
            with _expect_usable(path):
                os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))  # it holds members' data
        with _expect_usable(path):
            self._file = sqlite3.connect(
                "" if path is None else path, isolation_level=None, timeout=1
            )
        try:
            self._begin(path)
        except StateError:
            self._file.close()
            raise

    def _begin(self, path: Path | None) -> None:
        """Take the state for this process alone, and make its tables where it is new."""
        with _expect_usable(path):
            for setting in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL"):
                self._file.execute(f"PRAGMA {setting}")
            self._file.execute("BEGIN IMMEDIATE")
            self.is_new = not self._file.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
            if self.is_new:
                for statement in _TABLES.split(";"):
                    self._file.execute(statement)
                self.note("layout", LAYOUT)
            self._expect_layout(path)

    def _expect_layout(self, path: Path | None) -> None:
        layout = self.noted("layout")
        if layout != LAYOUT:
            raise StateError(
                f"{path} is the state of another version of editwright",
                "begin a new state with another file",
            )

    # ---- what the state is about

    def note(self, name: str, value: str) -> None:
        """Keep a text by its name."""
        self._do("INSERT OR REPLACE INTO about VALUES (?, ?)", name, value)

    def noted(self, name: str) -> str | None:
        """A text that was kept."""
        found = self._do("SELECT value FROM about WHERE name = ?", name)
        return str(found[0][0]) if found else None

    # ---- inputs and outputs

    def positions(self) -> dict[str, tuple[int, int, str]]:
        """How far each input was read: a position, a number of rows, and which version of it."""
        found = self._do("SELECT name, position, row, version FROM inputs")
        return {name: (position, row, version) for name, position, row, version in found}

    def set_position(self, name: str, position: int, row: int, version: str) -> None:
        """Note how far an input has been read."""
        self._do("INSERT OR REPLACE INTO inputs VALUES (?, ?, ?, ?)", name, position, row, version)

    def lengths(self) -> dict[str, int]:
        """How long each output was."""
        return dict(self._do("SELECT name, length FROM outputs"))

    def set_lengths(self, lengths: Mapping[str, int]) -> None:
        """Note how long outputs are."""
        for name, length in lengths.items():
            self._do("INSERT OR REPLACE INTO outputs VALUES (?, ?)", name, length)

    # ---- claims

    def known_lines(self, claim_id: str, correction: int) -> set[int]:
        """The numbers of the lines of a claim that have been judged."""
        found = self._do(
            "SELECT lines FROM claims WHERE id = ? AND correction = ?", claim_id, correction
        )
        with self._expect_whole():
            return {int(each) for (numbers,) in found for each in numbers.split()}

    def set_known_lines(self, claim_id: str, correction: int, numbers: set[int]) -> None:
        """Note which lines of a claim have been judged."""
        lines = " ".join(map(str, sorted(numbers)))
        self._do("INSERT OR REPLACE INTO claims VALUES (?, ?, ?)", claim_id, correction, lines)

    # ---- members' past

    def past(self, member: str) -> list[PastLine]:
        """The lines of a member's past, as they came; of one that came twice, the later."""
        held = self._held.get(member)
        if held is not None:
            self._held.move_to_end(member)
            return list(held.values())
        found = self._do("SELECT lines FROM past WHERE member = ? ORDER BY number", member)
        with self._expect_whole():
            held = {_key(line): line for (data,) in found for line in from_bytes(data)}
        self._held[member] = held
        self._lines_held += len(held) + 1
        while self._lines_held > MOST_LINES_HELD and len(self._held) > 1:
            _, gone = self._held.popitem(last=False)
            self._lines_held -= len(gone) + 1
        return list(held.values())

    def add(self, member: str, lines: Sequence[PastLine], newest: int | None) -> None:
        """Add lines to a member's past; `newest` is their newest day."""
        self._do(
            "INSERT INTO past (member, newest, lines) VALUES (?, ?, ?)",
            member, newest, to_bytes(lines),
        )  # fmt: skip
        held = self._held.get(member)
        if held is not None:
            self._lines_held -= len(held)
            held |= {_key(line): line for line in lines}
            self._lines_held += len(held)

    def newest(self, member: str, upto: int) -> int | None:
        """The newest day of a member's past, up to a day."""
        ((newest,),) = self._do(
            "SELECT max(newest) FROM past WHERE member = ? AND newest <= ?", member, upto
        )
        return None if newest is None else int(newest)

    def forget(self, member: str, before: int) -> None:
        """Drop the lines of a member's past of which all are older than a day."""
        self._do("DELETE FROM past WHERE member = ? AND newest < ?", member, before)
        ((gone,),) = self._do("SELECT changes()")
        if gone:
            self._lines_held -= len(self._held.pop(member, ())) + 1

    def counts(self) -> tuple[int, int]:
        """How many members there are, and how many claims of theirs are kept."""
        ((members, claims),) = self._do("SELECT count(DISTINCT member), count(*) FROM past")
        return int(members), int(claims)

    # ---- transactions

    def commit(self) -> None:
        """Make all changes since the last commit hold, or none."""
        self._do("COMMIT")
        self._do("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Close the file; what was not committed is forgotten."""
        self._file.close()

    def _do(self, statement: str, *values: object) -> list[Any]:
        """The rows that a statement gives. Raises StateError, for files can be damaged anywhere."""
        with _expect_usable(self._path):
            return self._file.execute(statement, values).fetchall()

    @contextmanager
    def _expect_whole(self) -> Iterator[None]:
        """What was kept reads as it was written."""
        try:
            yield
        except (ValueError, TypeError, AttributeError, LookupError, ArithmeticError):
            raise _damaged(self._path) from None

    def __enter__(self) -> "MemberStore":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _key(past: PastLine) -> LineKey:
    return *key_of(past.line), past.line.line_number


@contextmanager
def _expect_usable(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "no such table" in str(error):
            raise _other(path) from None
        if "locked" in str(error):
            raise StateError(
                f"{path} is in use", "another run follows with this state; end that one first"
            ) from None
        raise StateError(
            f"cannot keep the state in {path or 'a temporary file'}: {error}",
            "name a file on a local disk with room in it: --state FILE",
        ) from None
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise _other(path) from None
        raise _damaged(path) from None
    except OSError as error:
        cause = (error.strerror or "an input or output error").lower()
        raise StateError(
            f"cannot keep the state in {path}: {cause}", "name another file: --state FILE"
        ) from None


def _other(path: Path | None) -> StateError:
    return StateError(f"{path} is no state of a stream", "name another file: --state FILE")


def _damaged(path: Path | None) -> StateError:
    return StateError(
        f"{path or 'the temporary file of the state'} is damaged: it is not as it was written",
        "put back a copy of it and of the findings, or begin a new state with another file",
    )
