"""What the tests of research files share: the corpora, and lines as plain facts."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.lines.service_line import ServiceLine

CORPORA = Path(__file__).parents[2] / "shared" / "data" / "claims" / "flat"
needs_corpora = pytest.mark.skipif(not CORPORA.exists(), reason="the claim corpora are not here")

FACTS = (
    "claim_id", "line_number", "member_id", "procedure_code", "modifiers", "units", "charge",
    "service_from", "service_to", "place_of_service", "revenue_code", "bill_type", "diagnoses",
    "pointed_diagnoses", "principal_diagnosis", "rendering_provider", "billing_provider",
    "group_id", "specialty", "received_date", "frequency_code", "birth_date", "sex",
)  # fmt: skip


def facts(lines: Iterable[ServiceLine]) -> list[dict[str, Any]]:
    """What lines say, as plain values."""
    return [{name: getattr(line, name) for name in FACTS} for line in lines]


def fact(**known: Any) -> dict[str, Any]:
    """A line that says this, and nothing else."""
    empty = dict.fromkeys(FACTS) | {"modifiers": (), "diagnoses": (), "pointed_diagnoses": ()}
    return empty | known


def written(folder: Path, name: str, rows: Sequence[dict[str, str]], delimiter: str = "|") -> Path:
    """A table with the columns that any of the rows has."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [delimiter.join(names), *(delimiter.join(r.get(n, "") for n in names) for r in rows)]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def day(text: str) -> date | None:
    """A date as research files have it."""
    text = text.strip()
    for form in ("%d-%b-%Y", "%Y%m%d", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    assert not text
    return None


def number(text: str) -> Decimal | None:
    return Decimal(text).normalize() + 0 if text.strip() else None


def text(cell: str) -> str | None:
    return cell.strip() or None
