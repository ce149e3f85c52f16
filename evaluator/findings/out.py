"""Findings to a file or to standard output: the findings table in Parquet, CSV or NDJSON, text to
read, FHIR ClaimResponses, or a claim status table.

Findings are written as they come. A file appears under its name only when it is whole: it is
written beside it and renamed at the end, so that nobody ever reads half of it.
"""

import csv
import io
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from editwright.evaluator.findings.fhir import claim_responses
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.status import STATUS_COLUMNS, status_rows
from editwright.evaluator.findings.table import (
    COLUMNS,
    finding_batches,
    finding_row,
    findings_schema,
)
from editwright.evaluator.findings.text import findings_text
from editwright.evaluator.unusable import UnusableError

STANDARD_OUTPUT = "-"

_REPEATING = [
    "member_id", "rule", "ruleset", "ruleset_version", "disposition", "scope", "group_code",
    "carc", "rarc.list.element", "source",
]  # fmt: skip
"""What Parquet has a dictionary of: looking for repetitions in the other columns takes time."""
_FILTERED_BY = ["claim_id", "line_number", "member_id", "rule", "disposition", "carc"]
"""What Parquet says the extremes of, for readers that skip by them."""
_FREE_TEXT = frozenset(("message", "source"))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class OutputError(UnusableError):
    """Findings that cannot be written: no such folder, no such format, a full disk."""


def write_findings(
    findings: Iterable[Finding],
    target: str | Path = STANDARD_OUTPUT,
    *,
    format: str | None = None,
) -> None:
    """Write the findings.

    `target` is a path, or `-` for standard output; `format` one of `FINDING_FORMATS`, by default
    the one that the path's ending says, and text on standard output. Raises `OutputError`; what
    the findings themselves raise passes through, and then no file is left.
    """
    write = _writer(format if format is not None else _format_of(target))
    with opened(target) as stream:
        write(findings, stream)


def write_parquet(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """The findings table in Parquet."""
    import pyarrow.parquet as pq  # the other formats need no pyarrow

    with _from_position_0(stream) as whole:
        writer_of: Any = pq.ParquetWriter  # the stubs know no columns of dictionaries
        with writer_of(
            whole,
            findings_schema(),
            compression="zstd",
            use_dictionary=_REPEATING,
            write_statistics=_FILTERED_BY,
        ) as writer:
            for batch in finding_batches(findings):
                writer.write_batch(batch)


def write_csv(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """The findings table in CSV, in UTF-8; lists are joined with `;`.

    Messages and sources that a spreadsheet would take for a formula get an apostrophe first.
    """
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        for finding in findings:
            row = zip(COLUMNS, finding_row(finding), strict=True)
            writer.writerow([_csv_cell(name, value) for name, value in row])
    finally:
        text.detach()


def write_ndjson(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """The findings table with one JSON object a line, all of its columns in each."""
    for finding in findings:
        row = zip(COLUMNS, map(_json_value, finding_row(finding)), strict=True)
        stream.write(json.dumps(dict(row)).encode("ascii") + b"\n")


def write_fhir(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """FHIR ClaimResponse resources, one for each claim with findings, in NDJSON."""
    for response in claim_responses(findings):
        stream.write(json.dumps(response, separators=(",", ":")).encode("ascii") + b"\n")


def write_claim_status(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """The claim status table in CSV, in UTF-8."""
    text = io.TextIOWrapper(stream, "utf-8", newline="")
    try:
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(STATUS_COLUMNS)
        writer.writerows(status_rows(findings))
    finally:
        text.detach()


def write_text(findings: Iterable[Finding], stream: BinaryIO) -> None:
    """The findings for people to read, in ASCII, without member ids."""
    for line in findings_text(findings):
        stream.write(line.encode("ascii") + b"\n")


FINDING_FORMATS: Mapping[str, Callable[[Iterable[Finding], BinaryIO], None]] = {
    "parquet": write_parquet,
    "csv": write_csv,
    "json": write_ndjson,
    "text": write_text,
    "fhir": write_fhir,
    "claim-status": write_claim_status,
}

TABLE_ENDINGS: Mapping[str, str] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".json": "json",
    ".ndjson": "json",
    ".jsonl": "json",
}
"""What the ending of a file with a table says."""

_ENDINGS: Mapping[str, str] = {
    ".fhir.ndjson": "fhir",
    ".fhir.jsonl": "fhir",
    ".status.csv": "claim-status",
    **TABLE_ENDINGS,
    ".txt": "text",
}


def _writer(name: str) -> Callable[[Iterable[Finding], BinaryIO], None]:
    if name not in FINDING_FORMATS:
        known = ", ".join(FINDING_FORMATS)
        raise OutputError(f"there is no findings format `{name}`; there are {known}")
    return FINDING_FORMATS[name]


def _format_of(target: str | Path) -> str:
    if str(target) == STANDARD_OUTPUT:
        return "text"
    name = Path(target).name.lower()
    ending = next((ending for ending in _ENDINGS if name.endswith(ending)), None)
    if ending is None:
        raise OutputError(
            f"the ending of {target} says no findings format; end it in {', '.join(_ENDINGS)}, "
            "or give a format"
        )
    return _ENDINGS[ending]


@contextmanager
def opened(target: str | Path) -> Iterator[BinaryIO]:
    """The stream to write to; a file is put in its place when it is whole. Raises OutputError."""
    if str(target) == STANDARD_OUTPUT:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    path = Path(target).resolve()
    if path.is_dir():
        raise OutputError(f"{target} is a folder; name a file in it")
    # A pipe or a device must be written to, never replaced.
    in_place = path.exists() and not path.is_file()
    partial = path if in_place else path.with_name(f".{path.name}.{uuid4().hex[:8]}.partial")
    try:
        with partial.open("wb") as stream:
            yield stream
        if not in_place:
            partial.replace(path)
    except BrokenPipeError:
        raise
    except OSError as error:
        cause = (error.strerror or "an output error").lower()
        raise OutputError(f"cannot write {target}: {cause}") from None
    finally:
        if not in_place:
            partial.unlink(missing_ok=True)


@contextmanager
def _from_position_0(stream: BinaryIO) -> Iterator[BinaryIO]:
    """A file that starts at position 0, for a writer that notes positions in what it writes."""
    if stream.seekable() and stream.tell() == 0:
        yield stream
        return
    with tempfile.TemporaryFile() as whole:
        yield whole
        whole.seek(0)
        shutil.copyfileobj(whole, stream)


def _csv_cell(name: str, value: object) -> object:
    if isinstance(value, list):
        return ";".join(map(str, value))
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, str) and name in _FREE_TEXT and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _json_value(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
