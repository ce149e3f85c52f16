"""CMS Research Identifiable Files: each column against a slow reading of its own."""

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.members import read_members
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import read_claims
from tests.research_files import CORPORA, day, fact, facts, needs_corpora, number, text, written
from tests.test_columns_in import expect_the_same

CARRIER = {
    "BENE_ID": "-101", "CLM_ID": "-9", "CLM_FROM_DT": "30-May-2015", "CLM_THRU_DT": "31-May-2015",
    "NCH_WKLY_PROC_DT": "05-JUN-2015", "CARR_CLM_ENTRY_CD": "1", "PRNCPAL_DGNS_CD": "I4891",
    "ICD_DGNS_CD1": "I4891", "ICD_DGNS_CD2": "E119", "ICD_DGNS_CD3": " ", "LINE_NUM": "1",
    "CARR_CLM_BLG_NPI_NUM": "1000000012", "PRF_PHYSN_NPI": "1000000004", "TAX_NUM": "T1",
    "PRVDR_SPCLTY": "8", "LINE_SRVC_CNT": "2.0", "LINE_PLACE_OF_SRVC_CD": "11",
    "LINE_1ST_EXPNS_DT": "30-May-2015", "LINE_LAST_EXPNS_DT": "30-MAY-2015", "HCPCS_CD": "g0444",
    "HCPCS_1ST_MDFR_CD": "25", "HCPCS_2ND_MDFR_CD": " ", "LINE_SBMTD_CHRG_AMT": "120.50",
    "LINE_ICD_DGNS_CD": "E119",
}  # fmt: skip
OUTPATIENT = {
    "BENE_ID": "-101", "CLM_ID": "-20", "CLM_FROM_DT": "01-Oct-2015", "CLM_THRU_DT": "03-Oct-2015",
    "NCH_WKLY_PROC_DT": "16-Oct-2015", "CLM_FAC_TYPE_CD": "1", "CLM_SRVC_CLSFCTN_TYPE_CD": "3",
    "CLM_FREQ_CD": "7", "ORG_NPI_NUM": "1000000020", "AT_PHYSN_NPI": "1000000038",
    "PRNCPAL_DGNS_CD": "C50911", "ICD_DGNS_CD1": "C50911", "ICD_DGNS_CD2": " ",
    "ICD_DGNS_CD25": "Z8546", "CLM_LINE_NUM": "1", "REV_CNTR": "1", "REV_CNTR_DT": "02-Oct-2015",
    "HCPCS_CD": "99241", "HCPCS_1ST_MDFR_CD": "X1", "REV_CNTR_UNIT_CNT": "3",
    "REV_CNTR_TOT_CHRG_AMT": "84888.88", "RNDRNG_PHYSN_NPI": "1000000046",
}  # fmt: skip
BENEFICIARY = {"BENE_ID": "-101", "BENE_BIRTH_DT": "17-Jan-1942", "BENE_SEX_IDENT_CD": "2"}

CARRIER_LINE = fact(
    claim_id="-9", line_number=1, member_id="-101", procedure_code="G0444", modifiers=("25",),
    units=Decimal(2), charge=Decimal("120.5"), service_from=date(2015, 5, 30),
    service_to=date(2015, 5, 30), place_of_service="11", diagnoses=("I4891", "E119"),
    pointed_diagnoses=("E119",), principal_diagnosis="I4891", rendering_provider="1000000004",
    billing_provider="1000000012", group_id="T1", specialty="08",
    received_date=date(2015, 6, 5), frequency_code="1",
)  # fmt: skip


def read(*paths: Path, **options: Any) -> list[dict[str, Any]]:
    """The lines, read row by row and in columns."""
    expect_the_same(lambda: read_claims(list(paths), **options))
    return facts(read_claims(list(paths), **options))


def test_a_carrier_line(tmp_path: Path) -> None:
    assert read(written(tmp_path, "carrier.csv", [CARRIER])) == [CARRIER_LINE]


def test_a_line_diagnosis_that_the_claim_does_not_list(tmp_path: Path) -> None:
    path = written(tmp_path, "carrier.csv", [{**CARRIER, "LINE_ICD_DGNS_CD": "R05"}])
    (line,) = read(path)
    assert line["diagnoses"] == ("I4891", "E119", "R05")
    assert (line["pointed_diagnoses"], line["principal_diagnosis"]) == (("R05",), "I4891")


def test_a_line_without_diagnosis_points_to_all(tmp_path: Path) -> None:
    (line,) = read(written(tmp_path, "carrier.csv", [{**CARRIER, "LINE_ICD_DGNS_CD": " "}]))
    assert line["pointed_diagnoses"] == line["diagnoses"] == ("I4891", "E119")


def test_line_dates_that_are_blank_are_the_claims(tmp_path: Path) -> None:
    row = {**CARRIER, "LINE_1ST_EXPNS_DT": "", "LINE_LAST_EXPNS_DT": " "}
    (line,) = read(written(tmp_path, "carrier.csv", [row]))
    assert (line["service_from"], line["service_to"]) == (date(2015, 5, 30), date(2015, 5, 31))


def test_columns_of_line_dates_that_are_not_there(tmp_path: Path) -> None:
    row = {name: cell for name, cell in CARRIER.items() if "EXPNS_DT" not in name}
    (line,) = read(written(tmp_path, "carrier.csv", [row]))
    assert (line["service_from"], line["service_to"]) == (date(2015, 5, 30), date(2015, 5, 31))


def test_a_suppliers_line(tmp_path: Path) -> None:
    """DME lines have four modifiers, and the supplier in the place of physicians."""
    own = {"CARR_CLM_BLG_NPI_NUM", "PRF_PHYSN_NPI"}
    row = {name: cell for name, cell in CARRIER.items() if name not in own}
    row |= {"PRVDR_NPI": "1000000053", "HCPCS_3RD_MDFR_CD": "KX", "HCPCS_4TH_MDFR_CD": "RR"}
    (line,) = read(written(tmp_path, "dme.csv", [row]))
    both = {"rendering_provider": "1000000053", "billing_provider": "1000000053"}
    assert line == CARRIER_LINE | both | {"modifiers": ("25", "KX", "RR")}


def test_an_institutional_line(tmp_path: Path) -> None:
    assert read(written(tmp_path, "outpatient.csv", [OUTPATIENT])) == [
        fact(
            claim_id="-20", line_number=1, member_id="-101", procedure_code="99241",
            modifiers=("X1",), units=Decimal(3), charge=Decimal("84888.88"),
            service_from=date(2015, 10, 2), service_to=date(2015, 10, 2), revenue_code="0001",
            bill_type="137", diagnoses=("C50911", "Z8546"),
            pointed_diagnoses=("C50911", "Z8546"), principal_diagnosis="C50911",
            rendering_provider="1000000046", billing_provider="1000000020",
            received_date=date(2015, 10, 16), frequency_code="7",
        )
    ]  # fmt: skip


@pytest.mark.parametrize("nothing", [" ", "NA"])
def test_half_a_type_of_bill_is_none(tmp_path: Path, nothing: str) -> None:
    (line,) = read(written(tmp_path, "hha.csv", [{**OUTPATIENT, "CLM_FAC_TYPE_CD": nothing}]))
    assert line["bill_type"] is None


@pytest.mark.parametrize(("entry", "frequency"), [("1", "1"), ("3", "8"), ("5", "7"), (" ", None)])
def test_frequency_of_carrier_claims(tmp_path: Path, entry: str, frequency: str | None) -> None:
    (line,) = read(written(tmp_path, "carrier.csv", [{**CARRIER, "CARR_CLM_ENTRY_CD": entry}]))
    assert line["frequency_code"] == frequency


def test_beneficiaries_beside_the_claims(tmp_path: Path) -> None:
    written(tmp_path, "carrier.csv", [CARRIER, {**CARRIER, "BENE_ID": "-102", "LINE_NUM": "2"}])
    written(tmp_path, "beneficiary_2015.csv", [BENEFICIARY])
    written(tmp_path, "beneficiary_2016.csv", [BENEFICIARY])
    written(tmp_path, "pde.csv", [{"PDE_ID": "1", "BENE_ID": "-101", "SRVC_DT": "30-May-2015"}])
    lines = read(tmp_path)
    assert [(line["birth_date"], line["sex"]) for line in lines] == [
        (date(1942, 1, 17), "F"), (None, None),
    ]  # fmt: skip
    claims = read_claims(tmp_path)
    assert list(claims.notes) == [
        "passed over pde.csv: drug events",
        "birth dates and sex of 1 member come from beneficiary_2015.csv, beneficiary_2016.csv",
    ]


def test_members_that_were_given_go_before(tmp_path: Path) -> None:
    written(tmp_path, "carrier.csv", [CARRIER])
    written(tmp_path, "beneficiary.csv", [BENEFICIARY])
    (line,) = read(tmp_path, members={"-101": (None, "M")})
    assert (line["birth_date"], line["sex"]) == (date(1942, 1, 17), "M")


@pytest.mark.parametrize("name", ["BENE_SEX_IDENT_CD", "SEX_IDENT_CD"])
@pytest.mark.parametrize(("code", "sex"), [("1", "M"), ("2", "F"), ("0", None), (" ", None)])
def test_beneficiaries_as_members(tmp_path: Path, name: str, code: str, sex: str | None) -> None:
    row = {"BENE_ID": "-101", "BENE_BIRTH_DT": "17-JAN-1942", name: code}
    members = read_members(written(tmp_path, "beneficiary.csv", [row]))
    assert dict(members) == {"-101": (date(1942, 1, 17), sex)}


def test_drug_events_alone_are_no_claims(tmp_path: Path) -> None:
    path = written(tmp_path, "pde.csv", [{"PDE_ID": "1", "BENE_ID": "-101"}])
    with pytest.raises(ClaimsError, match="holds drug events, and no claims"):
        read_claims(path)


def test_beneficiaries_alone_are_no_claims(tmp_path: Path) -> None:
    path = written(tmp_path, "beneficiary.csv", [BENEFICIARY])
    with pytest.raises(ClaimsError, match="holds CMS RIF beneficiaries, and no claims"):
        read_claims(path)


def test_a_byte_order_mark_commas_and_an_empty_cell_too_many(tmp_path: Path) -> None:
    path = written(tmp_path, "carrier.csv", [CARRIER], delimiter=",")
    header, row = path.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{header}\r\n{row},\r\n", encoding="utf-8-sig")
    assert read(path) == [CARRIER_LINE]
    path.write_text(f"{header}\n{row},x\n", encoding="utf-8")
    assert read(path) == []
    claims = read_claims(path)
    list(claims)
    assert claims.bad_lines.by_problem == {"a row does not fit the header": 1}


def test_bad_lines_say_their_row_and_show_nobody(tmp_path: Path) -> None:
    bad = [{**CARRIER, "LINE_SRVC_CNT": "two"}, {**CARRIER, "BENE_ID": "9.1E+12"}]
    path = written(tmp_path, "carrier.csv", [CARRIER, *bad])
    assert read(path) == [CARRIER_LINE]
    claims = read_claims(path)
    list(claims)
    assert [(each.row, each.field) for each in claims.bad_lines.kept] == [
        (2, "units"), (3, "member_id"),
    ]  # fmt: skip
    assert not any("-101" in str(each) or "9.1E" in str(each) for each in claims.bad_lines.kept)


def test_fields_that_rules_declare_and_column_maps(tmp_path: Path) -> None:
    """Columns beside those of the layout can be asked for by their own names."""
    path = written(tmp_path, "carrier.csv", [{**CARRIER, "PLAN": "01", "ORG": "X9"}])
    options: dict[str, Any] = {
        "declared_fields": {"plan": "code"},
        "column_map": {"group_id": "ORG"},
    }
    expect_the_same(lambda: read_claims(path, **options))
    (line,) = read_claims(path, **options)
    assert (dict(line.declared), line.group_id) == ({"plan": "01"}, "X9")


# -- the corpora, against a slow reading -----------------------------------------------------------


def slow_reading(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a RIF file, cell by cell."""
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for row in csv.reader(lines[1:], delimiter="|", quoting=csv.QUOTE_NONE):
        yield slow_line(dict(zip(lines[0].split("|"), row, strict=False)))


def slow_line(row: Mapping[str, str]) -> dict[str, Any]:
    listed = [row.get(f"ICD_DGNS_CD{n}", "").strip() for n in range(1, 26)]
    listed[0] = listed[0] or row.get("PRNCPAL_DGNS_CD", "").strip()
    diagnoses = [code for code in listed if code]
    own = row.get("LINE_ICD_DGNS_CD", "").strip()
    if own and own not in diagnoses:
        diagnoses.append(own)
    modifiers = [row.get(f"HCPCS_{n}_MDFR_CD", "").strip() for n in ("1ST", "2ND", "3RD", "4TH")]
    first = day(row.get("LINE_1ST_EXPNS_DT") or row.get("REV_CNTR_DT") or "")
    last = day(row.get("LINE_LAST_EXPNS_DT") or "") or first
    is_line = "LINE_NUM" in row
    frequency = {"1": "1", "3": "8", "5": "7"}.get(row.get("CARR_CLM_ENTRY_CD", ""))
    kind = [row.get(f"CLM_{part}_CD", "") for part in ("FAC_TYPE", "SRVC_CLSFCTN_TYPE", "FREQ")]
    return fact(
        claim_id=row["CLM_ID"],
        line_number=int(row["LINE_NUM"] if is_line else row["CLM_LINE_NUM"]),
        member_id=row["BENE_ID"],
        procedure_code=text(row["HCPCS_CD"]),
        modifiers=tuple(dict.fromkeys(filter(None, modifiers))),
        units=number(row["LINE_SRVC_CNT" if is_line else "REV_CNTR_UNIT_CNT"]),
        charge=number(row["LINE_SBMTD_CHRG_AMT" if is_line else "REV_CNTR_TOT_CHRG_AMT"]),
        service_from=first or day(row["CLM_FROM_DT"]),
        service_to=last if first else day(row["CLM_THRU_DT"]),
        place_of_service=(text(row.get("LINE_PLACE_OF_SRVC_CD", "")) or "").zfill(2)
        if is_line
        else None,
        revenue_code=row["REV_CNTR"].zfill(4) if not is_line else None,
        bill_type=None if is_line else "".join(kind),
        diagnoses=tuple(diagnoses),
        pointed_diagnoses=(own,) if own else tuple(diagnoses),
        principal_diagnosis=listed[0] or None,
        rendering_provider=text(
            row.get("PRF_PHYSN_NPI") or row.get("PRVDR_NPI") or row.get("RNDRNG_PHYSN_NPI") or ""
        ),
        billing_provider=text(
            row.get("CARR_CLM_BLG_NPI_NUM") or row.get("PRVDR_NPI") or row.get("ORG_NPI_NUM") or ""
            if is_line and "PRVDR_NPI" in row
            else row["CARR_CLM_BLG_NPI_NUM" if is_line else "ORG_NPI_NUM"]
        ),
        group_id=text(row.get("TAX_NUM", "")),
        specialty=row["PRVDR_SPCLTY"].zfill(2) if is_line else None,
        received_date=day(row["NCH_WKLY_PROC_DT"]),
        frequency_code=frequency if is_line else row["CLM_FREQ_CD"],
    )


LINES = {
    "carrier.csv": 221, "outpatient.csv": 19, "inpatient.csv": 16, "snf.csv": 67, "hha.csv": 15,
    "hospice.csv": 8, "dme.csv": 1,
}  # fmt: skip
"""How many there are in the files that Synthea wrote."""
RIF = sorted(
    path
    for folder in ("bfd-rif-synthea", "bfd-rif-static")
    for path in (CORPORA / folder).glob("*.*")
    if "|CLM_ID|" in path.read_text(encoding="utf-8-sig").partition("\n")[0]
)


@needs_corpora
@pytest.mark.parametrize("path", RIF, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_file_of_the_corpora(path: Path) -> None:
    found = read(path)
    expected = list(slow_reading(path))
    if path.name == "sample-u-bcarrier.txt":  # its row has a cell more than its header
        expected = []
    assert found == expected
    if path.parent.name == "bfd-rif-synthea":
        assert len(found) == LINES[path.name]


@needs_corpora
def test_a_folder_of_the_corpora() -> None:
    claims = read_claims(CORPORA / "bfd-rif-synthea")
    lines = list(claims)
    assert (len(lines), claims.bad_lines.count) == (347, 0)
    assert {line.member_id for line in lines if line.birth_date is None} == set()
    assert "passed over pde.csv: drug events" in claims.notes
