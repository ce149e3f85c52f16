"""Synthea's CSV export: charges alone are lines, and what stands beside them is joined."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from editwright.evaluator.formats.read import read_claims
from tests.research_files import CORPORA, day, fact, facts, needs_corpora, written
from tests.test_columns_in import expect_the_same

CHARGE = {
    "ID": "t1", "CLAIMID": "c1", "CHARGEID": "4", "PATIENTID": "p1", "TYPE": "CHARGE",
    "AMOUNT": "85.55", "FROMDATE": "2014-05-06T23:34:30Z", "TODATE": "2014-05-07T01:49:30Z",
    "PLACEOFSERVICE": "a-place", "PROCEDURECODE": "99213", "MODIFIER1": "25",
    "DIAGNOSISREF1": "2", "UNITS": "1", "PROVIDERID": "a-provider",
}  # fmt: skip
CLAIM = {
    "Id": "c1", "PATIENTID": "p1", "DIAGNOSIS1": "160903007", "DIAGNOSIS2": "E11.9",
    "HEALTHCARECLAIMTYPEID1": "1",
}  # fmt: skip
PATIENT = {"Id": "p1", "BIRTHDATE": "1999-03-04", "GENDER": "F", "SSN": "999-00-0000"}
LINE = fact(
    claim_id="c1", line_number=4, member_id="p1", procedure_code="99213", modifiers=("25",),
    units=Decimal(1), charge=Decimal("85.55"), service_from=date(2014, 5, 6),
    service_to=date(2014, 5, 7), rendering_provider="A-PROVIDER",
)  # fmt: skip
JOINED = {
    "diagnoses": ("E119",), "pointed_diagnoses": ("E119",), "birth_date": date(1999, 3, 4),
    "sex": "F",
}  # fmt: skip


def read(*paths: Path) -> list[dict[str, Any]]:
    """The lines, read row by row and in columns."""
    expect_the_same(lambda: read_claims(list(paths)))
    return facts(read_claims(list(paths)))


def test_charges_alone_are_lines(tmp_path: Path) -> None:
    others = [
        {**CHARGE, "ID": kind, "TYPE": kind, "CHARGEID": str(number)}
        for number, kind in enumerate(("PAYMENT", "TRANSFERIN", "TRANSFEROUT"), 5)
    ]
    path = written(tmp_path, "claims_transactions.csv", [others[0], CHARGE, *others], ",")
    assert read(path) == [LINE]


def test_claims_and_patients_beside_the_charges(tmp_path: Path) -> None:
    written(tmp_path, "claims_transactions.csv", [CHARGE], ",")
    written(tmp_path, "claims.csv", [{**CLAIM, "Id": "c0"}, CLAIM], ",")
    written(tmp_path, "patients.csv", [PATIENT], ",")
    assert read(tmp_path) == [LINE | JOINED]


def test_a_reference_to_a_diagnosis_that_was_left_out(tmp_path: Path) -> None:
    written(tmp_path, "claims_transactions.csv", [{**CHARGE, "DIAGNOSISREF1": "1"}], ",")
    written(tmp_path, "claims.csv", [CLAIM], ",")
    assert read(tmp_path) == [LINE | {"diagnoses": ("E119",), "pointed_diagnoses": ("E119",)}]


def test_codes_that_no_edit_means_are_missing(tmp_path: Path) -> None:
    rows = [
        {**CHARGE, "CHARGEID": str(number), "PROCEDURECODE": code}
        for number, code in enumerate(("185345009", "140", "G0444", "0001A", "", "12345"))
    ]
    path = written(tmp_path, "claims_transactions.csv", rows, ",")
    found = [line["procedure_code"] for line in read(path)]
    assert found == [None, None, "G0444", "0001A", None, "12345"]
    assert [note for note in read_claims_and_notes(path) if "SNOMED" in note]


def test_an_end_in_1970_is_none(tmp_path: Path) -> None:
    row = {**CHARGE, "TODATE": "1970-01-01T00:00:00Z"}
    path = written(tmp_path, "claims_transactions.csv", [row], ",")
    assert read(path) == [LINE | {"service_to": date(2014, 5, 6)}]


def test_rows_of_claims_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    written(tmp_path, "claims_transactions.csv", [CHARGE], ",")
    path = written(tmp_path, "claims.csv", [CLAIM], ",")
    path.write_text(path.read_text(encoding="utf-8") + "c2,p1\n", encoding="utf-8")
    assert [note for note in read_claims_and_notes(tmp_path) if note.endswith("diagnoses: 1")]


def read_claims_and_notes(path: Path) -> list[str]:
    claims = read_claims(path)
    list(claims)
    return list(claims.notes)


@needs_corpora
def test_the_corpus() -> None:
    folder = CORPORA / "synthea-csv"
    with (folder / "claims_transactions.csv").open(encoding="utf-8", newline="") as file:
        charges = [row for row in csv.DictReader(file) if row["TYPE"] == "CHARGE"]
    with (folder / "patients.csv").open(encoding="utf-8", newline="") as file:
        patients = {row["Id"]: row for row in csv.DictReader(file)}
    found = read(folder)
    assert len(found) == len(charges) == 1_579
    assert len({line["claim_id"] for line in found}) == 561
    for line, row in zip(found, charges, strict=True):
        first, last = day(row["FROMDATE"][:10]), day(row["TODATE"][:10])
        assert line == fact(
            claim_id=row["CLAIMID"], line_number=int(row["CHARGEID"]), member_id=row["PATIENTID"],
            units=Decimal(row["UNITS"]), charge=line["charge"], service_from=first,
            service_to=first if row["TODATE"].startswith("1970-01-01") else last,
            rendering_provider=row["PROVIDERID"].upper(),
            birth_date=day(patients[row["PATIENTID"]]["BIRTHDATE"]),
            sex=patients[row["PATIENTID"]]["GENDER"],
        )  # fmt: skip
        assert line["charge"] == Decimal(row["AMOUNT"])
