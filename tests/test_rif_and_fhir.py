"""The same claims as research files and as FHIR: both readings say the same.

The corpora hold claims of one beneficiary in both forms. What one form lacks is listed here.
"""

from typing import Any

import pytest

from editwright.evaluator.formats.read import read_claims
from tests.research_files import CORPORA, facts, needs_corpora

BOTH = [
    ("eobReadCarrierWithTaxNumbers", "sample-a-bcarrier", 1, ()),
    ("eobReadCarrier", "sample-a-bcarrier", 1, ("group_id",)),
    ("eobReadCarrierWithMultipleLines", "sample-a-bcarrier-multiple-lines", 7, ("group_id",)),
    ("eobReadDmeWithTaxNumbers", "sample-a-dme", 1, ()),
    ("eobReadOutpatient", "sample-a-outpatient", 1, ("specialty",)),
    ("eobReadInpatient", "sample-a-inpatient", 1, ("specialty", "units")),
    ("eobReadHospice", "sample-a-hospice", 1, ("specialty",)),
    ("eobReadHha", "sample-a-hha", 1, ("specialty", "diagnoses", "pointed_diagnoses")),
    ("eobReadSnf", "sample-a-snf", 1, ("specialty", "diagnoses", "pointed_diagnoses")),
]
"""The FHIR file, the research file, their lines, and what only one of them has: tax numbers are
left out of FHIR unless they are asked for, research files have no taxonomies, and this FHIR calls
some external causes secondary."""


@needs_corpora
@pytest.mark.parametrize(("fhir", "rif", "count", "apart"), BOTH)
def test_both_say_the_same(fhir: str, rif: str, count: int, apart: tuple[str, ...]) -> None:
    of_fhir = read_claims(CORPORA.parent / "fhir" / "bfd-r4-v2" / f"{fhir}.json")
    of_rif = read_claims(CORPORA / "bfd-rif-static" / f"{rif}.txt")
    lines = _without(facts(of_rif), apart)
    assert _without(facts(of_fhir), apart) == lines
    assert len(lines) == count


def _without(lines: list[dict[str, Any]], apart: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: line[name] for name in line if name not in apart} for line in lines]
