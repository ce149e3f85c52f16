"""What was set aside, to a file that somebody can go through."""

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path

from editwright.evaluator.findings.out import OutputError
from editwright.evaluator.formats.problems import BadLine, ClaimsError

_COLUMNS: tuple[str, ...] = ("file", "row", "where", "unit", "column", "problem", "reason")


def heading(path: str) -> str:
    """What such a file begins with."""
    return "" if _is_json(path) else _csv_row(dict(zip(_COLUMNS, _COLUMNS, strict=True)))


def row(path: str, bad: BadLine) -> str:
    """What such a file says of one line, claim or whatever was set aside: a row of CSV, or JSON
    where the file's name ends so."""
    return json.dumps(bad.as_dict()) + "\n" if _is_json(path) else _csv_row(bad.as_dict())


def _is_json(path: str) -> bool:
    return path.lower().endswith((".ndjson", ".jsonl", ".json"))


def _csv_row(cells: Mapping[str, object]) -> str:
    text = io.StringIO()
    csv.DictWriter(text, _COLUMNS, lineterminator="\n").writerow(cells)
    return text.getvalue()


class Quarantine:
    """Writes what was set aside, where the user wants it; `strict`: what cannot be read ends the
    run."""

    def __init__(self, path: str | None, *, strict: bool) -> None:
        self.path = path
        self._strict = strict

    def __enter__(self) -> "Quarantine":
        if self.path is not None:
            try:
                self._file = Path(self.path).open("w", encoding="utf-8", newline="")
            except OSError as error:
                cause = (error.strerror or "an output error").lower()
                raise OutputError(f"cannot write {self.path}: {cause}") from None
            self._file.write(heading(self.path))
        return self

    def add(self, bad: BadLine) -> None:
        """Write what was set aside. Raises ClaimsError in a strict run."""
        if self.path is not None:
            self._file.write(row(self.path, bad))
        if self._strict:
            remedy = f"correct it, or run without --strict to set this {bad.unit} aside"
            raise ClaimsError(str(bad), remedy)

    def __exit__(self, *_: object) -> None:
        if self.path is not None:
            self._file.close()
