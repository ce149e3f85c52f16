"""Claims in a CSV file of a test's own folder, and the error that reading ends with."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.lines.service_line import ServiceLine


def read_csv(folder: Path, text: str | bytes, **options: Any) -> ClaimsIn:
    path = folder / "claims.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_claims(path, **options)


def error_of(read: Callable[[], Iterable[ServiceLine]]) -> str:
    with pytest.raises(ClaimsError) as caught:
        list(read())
    return str(caught.value)
