"""DE-SynPUF files: rows of many lines, each column against a slow reading of its own."""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.read import read_claims
from tests.research_files import CORPORA, day, fact, facts, needs_corpora, text, written
from tests.test_columns_in import expect_the_same


def carrier_row(lines: int = 13, diagnoses: int = 8, **cells: str) -> dict[str, str]:
    """A carrier claim with all the columns that such files have, of which these are filled."""
    names = ["DESYNPUF_ID", "CLM_ID", "CLM_FROM_DT", "CLM_THRU_DT"]
    names += [f"ICD9_DGNS_CD_{n}" for n in range(1, diagnoses + 1)]
    for stem in ("PRF_PHYSN_NPI", "TAX_NUM", "HCPCS_CD", "LINE_ALOWD_CHRG_AMT",
                 "LINE_PRCSG_IND_CD", "LINE_ICD9_DGNS_CD"):  # fmt: skip
        names += [f"{stem}_{n}" for n in range(1, lines + 1)]
    claim = {
        "DESYNPUF_ID": "00A1", "CLM_ID": "7001", "CLM_FROM_DT": "20080229",
        "CLM_THRU_DT": "20080301", "ICD9_DGNS_CD_1": "V0751", "ICD9_DGNS_CD_2": "4011",
    }  # fmt: skip
    amounts = {name: "0" for name in names if name.startswith("LINE_ALOWD")}
    return dict.fromkeys(names, "") | amounts | claim | cells


def facility_row(codes: int = 45, **cells: str) -> dict[str, str]:
    names = ["DESYNPUF_ID", "CLM_ID", "SEGMENT", "CLM_FROM_DT", "CLM_THRU_DT", "AT_PHYSN_NPI"]
    names += [f"ICD9_DGNS_CD_{n}" for n in range(1, 11)]
    names += [f"HCPCS_CD_{n}" for n in range(1, codes + 1)]
    claim = {
        "DESYNPUF_ID": "00A1", "CLM_ID": "8001", "SEGMENT": "1", "CLM_FROM_DT": "2009-04-25",
        "CLM_THRU_DT": "2009-04-26", "AT_PHYSN_NPI": "1000000061", "ICD9_DGNS_CD_1": "4019",
    }  # fmt: skip
    return dict.fromkeys(names, "") | claim | cells


def read(*paths: Path) -> list[dict[str, Any]]:
    """The lines, read row by row and in columns."""
    expect_the_same(lambda: read_claims(list(paths)))
    return facts(read_claims(list(paths)))


@pytest.mark.parametrize("lines", [5, 13])
def test_a_carrier_claim_of_two_lines(tmp_path: Path, lines: int) -> None:
    row = carrier_row(
        lines, HCPCS_CD_1="99213", PRF_PHYSN_NPI_1="1000000079", TAX_NUM_1="433177117",
        LINE_ICD9_DGNS_CD_1="4011", LINE_PRCSG_IND_CD_3="A", LINE_ICD9_DGNS_CD_3="78052",
        LINE_ALOWD_CHRG_AMT_1="90",
    )  # fmt: skip
    claim = {
        "claim_id": "7001", "member_id": "00A1", "service_from": date(2008, 2, 29),
        "service_to": date(2008, 3, 1), "principal_diagnosis": "V0751",
    }  # fmt: skip
    assert read(written(tmp_path, "carrier.csv", [row], ",")) == [
        fact(
            **claim, line_number=1, procedure_code="99213", diagnoses=("V0751", "4011"),
            pointed_diagnoses=("4011",), rendering_provider="1000000079", group_id="433177117",
        ),
        fact(
            **claim, line_number=3, diagnoses=("V0751", "4011", "78052"),
            pointed_diagnoses=("78052",),
        ),
    ]  # fmt: skip


def test_a_facility_claim(tmp_path: Path) -> None:
    rows = [
        facility_row(HCPCS_CD_1="80048", HCPCS_CD_45="83880"),
        facility_row(SEGMENT="2", HCPCS_CD_1="0269"),
    ]
    lines = read(written(tmp_path, "outpatient.csv", rows, ","))
    assert [(line["line_number"], line["procedure_code"]) for line in lines] == [
        (1, "80048"), (45, "83880"), (46, "0269"),
    ]  # fmt: skip
    assert {line["rendering_provider"] for line in lines} == {None}


def test_a_claim_without_any_code_is_one_line(tmp_path: Path) -> None:
    (line,) = read(written(tmp_path, "inpatient.csv", [facility_row(codes=5)], ","))
    assert (line["line_number"], line["procedure_code"]) == (1, None)
    assert line["diagnoses"] == ("4019",)


def test_what_stands_for_no_value_makes_no_line(tmp_path: Path) -> None:
    row = {name: cell or "NA" for name, cell in carrier_row(HCPCS_CD_1="99213").items()}
    (line,) = read(written(tmp_path, "carrier.csv", [row], ","))
    assert (line["line_number"], line["procedure_code"]) == (1, "99213")
    assert line["pointed_diagnoses"] == line["diagnoses"] == ("V0751", "4011")


def test_lines_of_a_row_that_cannot_be_read(tmp_path: Path) -> None:
    rows = [carrier_row(CLM_THRU_DT="20080230", HCPCS_CD_1="99213", HCPCS_CD_2="99214")]
    path = written(tmp_path, "carrier.csv", rows, ",")
    assert read(path) == []
    claims = read_claims(path)
    list(claims)
    assert [(each.row, each.field) for each in claims.bad_lines.kept] == [(1, "service_to")] * 2


def test_beneficiaries_beside_the_claims(tmp_path: Path) -> None:
    written(tmp_path, "carrier.csv", [carrier_row(HCPCS_CD_1="99213")], ",")
    row = {"DESYNPUF_ID": "00A1", "BENE_BIRTH_DT": "19201001", "BENE_SEX_IDENT_CD": "2"}
    written(tmp_path, "bene.csv", [row], ",")
    written(tmp_path, "pde.csv", [{"DESYNPUF_ID": "00A1", "PDE_ID": "1"}], ",")
    (line,) = read(tmp_path)
    assert (line["birth_date"], line["sex"]) == (date(1920, 10, 1), "F")
    assert "passed over pde.csv: drug events" in read_claims(tmp_path).notes


# -- the corpora, against a slow reading -----------------------------------------------------------


def slow_reading(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a SynPUF file, cell by cell."""
    for row in csv.DictReader(path.read_text(encoding="utf-8").splitlines()):
        is_carrier = "PRF_PHYSN_NPI_1" in row
        slots = []
        for slot in range(1, 46):
            names = [f"{name}_{slot}" for name in ("HCPCS_CD", "PRF_PHYSN_NPI", "TAX_NUM",
                     "LINE_PRCSG_IND_CD", "LINE_ICD9_DGNS_CD")]  # fmt: skip
            cells = [row.get(name, "").strip() for name in names]
            if any(cells):
                slots.append((slot, cells))
        for slot, (code, npi, group, _, own) in slots or [(1, [""] * 5)]:
            listed = [row.get(f"ICD9_DGNS_CD_{n}", "").strip() for n in range(1, 11)]
            diagnoses = [each for each in listed if each]
            diagnoses += [own] if own and own not in diagnoses else []
            segment = 1 if is_carrier else int(float(row["SEGMENT"]))
            first, last = day(row["CLM_FROM_DT"]), day(row["CLM_THRU_DT"])
            yield fact(
                claim_id=row["CLM_ID"], line_number=45 * (segment - 1) + slot,
                member_id=row["DESYNPUF_ID"], procedure_code=text(code), service_from=first,
                service_to=last or first, diagnoses=tuple(diagnoses),
                pointed_diagnoses=(own,) if own else tuple(diagnoses),
                principal_diagnosis=listed[0] or None, rendering_provider=text(npi),
                group_id=text(group),
            )  # fmt: skip


FILES = sorted(
    path
    for folder in ("claimsdb-synpuf", "ohdsi-etl-cms-synpuf")
    for path in (CORPORA / folder).glob("*.csv")
    if "HCPCS_CD_1" in path.read_text(encoding="utf-8").partition("\n")[0]
)


@needs_corpora
@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_the_corpora(path: Path) -> None:
    assert read(path) == list(slow_reading(path))


@needs_corpora
@pytest.mark.parametrize(
    ("name", "lines", "coded", "claims"),
    [
        ("carrier", 30_680, 28_922, 16_677),
        ("outpatient", 7_119, 6_968, 2_827),
        ("inpatient", 225, 0, 225),
    ],
)
def test_how_many_there_are(name: str, lines: int, coded: int, claims: int) -> None:
    found = list(read_claims(CORPORA / "claimsdb-synpuf" / f"{name}.csv"))
    assert len(found) == lines
    assert sum(line.procedure_code is not None for line in found) == coded
    assert len({line.claim_id for line in found}) == claims
