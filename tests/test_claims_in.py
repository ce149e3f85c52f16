"""Claim rows to service lines: every spelling, nothing lost silently, no member given away."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest

from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.members import read_members
from editwright.evaluator.formats.read import read_claims, read_table
from editwright.evaluator.lines.service_line import NOTHING_DECLARED, ServiceLine
from editwright.evaluator.lines.to_columns import lines_of
from tests.claim_reading import read_csv

REPOSITORY = Path(__file__).parents[1]
TUVA = REPOSITORY.parent / "shared" / "data" / "claims" / "flat" / "tuva-demo-2023"

CLAIM = {"claim_id": "C1", "line_number": "1", "member_id": "M1"}


def one(**cells: object) -> ServiceLine:
    """The line that these cells make."""
    claims = read_table([{**CLAIM, **cells}])
    lines = list(claims)
    assert [str(bad) for bad in claims.bad_lines.kept] == []
    return lines[0]


def refused(**cells: object) -> str:
    """The reason why these cells make no line."""
    claims = read_table([{**CLAIM, **cells}])
    assert list(claims) == []
    return claims.bad_lines.kept[0].reason


# -- one cell --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("procedure_code", " j0585 ", "J0585"),
        ("procedure_code", "00100", "00100"),
        ("procedure_code", 100, "00100"),
        ("procedure_code", "99213.0", "99213"),
        ("procedure_code", "400.0", "00400"),
        ("procedure_code", '="00400"', "00400"),
        ("claim_number", '="007"', "007"),
        ("procedure_code", "'00400", "00400"),
        ("procedure_code", ' "99213" ', "99213"),
        ("procedure_code", "'99213'", "99213"),
        ("procedure_code", "400", "400"),
        ("procedure_code", "", None),
        ("procedure_code", "NULL", None),
        ("procedure_code", "\\N", None),
        ("procedure_code", "#N/A", None),
        ("member_id", "NA", None),
        ("member_id", "-", None),
        ("units", ".", None),
        ("charge", "--", None),
        ("member_id", "NAN1", "NAN1"),
        ("member_id", "nan", None),
        ("units", "NaN", None),
        ("service_from", "NaT", None),
        ("authorization", "None", None),
        ("place_of_service", "<NA>", None),
        ("claim_number", "n/a", None),
        ("place_of_service", "2", "02"),
        ("place_of_service", "2.0", "02"),
        ("place_of_service", 11, "11"),
        ("place_of_service", 11.0, "11"),
        ("revenue_code", "450", "0450"),
        ("revenue_code", "0450", "0450"),
        ("revenue_code", "45.0", "0045"),
        ("bill_type", "0131", "131"),
        ("bill_type", "13i", "13I"),
        ("bill_type", "131.0", "131"),
        ("frequency_code", "7.0", "7"),
        ("specialty", "9", "09"),
        ("specialty", "207q00000x", "207Q00000X"),
        ("status", "DENIED", "denied"),
        ("sex", "female", "F"),
        ("sex", "m", "M"),
        ("sex", "U", None),
        ("sex", "other", None),
        ("units", "1.50", Decimal("1.5")),
        ("units", "0", Decimal(0)),
        ("units", ".5", Decimal("0.5")),
        ("units", 3, Decimal(3)),
        ("units", 0.1, Decimal("0.1")),
        ("charge", "-65.00", Decimal(-65)),
        ("charge", "$65", Decimal(65)),
        ("charge", "$1,234.50", Decimal("1234.5")),
        ("charge", "1,234.50", Decimal("1234.5")),
        ("charge", "$1,234", Decimal(1234)),
        ("charge", "-$ 5.00", Decimal(-5)),
        ("charge", "$-5.00", Decimal(-5)),
        ("charge", "($5.00)", Decimal(-5)),
        ("charge", "12.50-", Decimal("-12.5")),
        ("charge", Decimal("65.25"), Decimal("65.25")),
        ("rendering_provider", 1111111112, "1111111112"),
        ("rendering_provider", "1111111112.0", "1111111112"),
        ("claim_id", " c-1 ", "c-1"),
        ("line_number", "007", 7),
        ("line_number", 2.0, 2),
    ],
)
def test_a_cell_is_normalised(field: str, cell: object, value: object) -> None:
    found = getattr(one(**{field: cell}), field)
    assert found == value
    assert str(found) == str(value)


@pytest.mark.parametrize(
    "cell",
    [
        "2025-03-01",
        "2025-03-01T23:30:00Z",
        "2025-03-01T23:30:00.123-05:00",
        "2025-03-01 00:00:00",
        "20250301",
        20250301,
        "03/01/2025",
        "3/1/2025",
        "01-Mar-2025",
        "01-MAR-2025",
        "01MAR2025",
        "2025/03/01",
        "2025-3-1",
        "20250301.0",
        "2025-03-01 12:00:00 AM",
        "3/1/2025 12:00:00 PM",
        "01MAR2025:00:00:00",
        "01MAR2025:00:00:00.000",
        date(2025, 3, 1),
        datetime(2025, 3, 1, 23, 30),
    ],
)
def test_a_date_is_read_in_every_usual_spelling(cell: object) -> None:
    line = one(service_from=cell)
    assert line.service_from == line.service_to == date(2025, 3, 1)


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("units", "1e3", "units is not a plain number: `1e3`; expected a plain number such as"),
        ("units", "1,000", "units is not a plain number"),
        ("units", "\u0661", "units is not a plain number"),
        ("units", "1e3", "units is not a plain number: `1e3`"),
        ("units", "inf", "units is not a plain number"),
        ("units", float("nan"), "units is not a finite number"),
        ("units", Decimal("Infinity"), "units is not a finite number"),
        ("units", -1, "units is negative: `-1`; expected a number of units, 0 or more, because"),
        ("units", "9" * 29, "units is too large"),
        ("units", Decimal("1e999999"), "units is too large or too small"),
        ("units", [1], "units is a list or an object; expected a single value"),
        ("charge", "65 USD", "charge is not a plain number"),
        ("charge", "1,234", "charge is not a plain number"),
        ("charge", "1.234,50", "charge is not a plain number"),
        ("charge", "(5.00", "charge is not a plain number"),
        ("charge", "-5.00-", "charge is not a plain number"),
        ("charge", "1,23.50", "charge is not a plain number"),
        ("units", "$5", "units is not a plain number: `$5`"),
        ("service_from", "03/01/25", "service_from is not a date: `03/01/25`"),
        ("modifier_1", "25-59", "modifier_1 is not a modifier: `25-59`; expected two characters"),
        ("modifier_1", "5-Feb", "modifier_1 is not a modifier"),
        ("place_of_service", "11 - Office", "place_of_service is not a place of service; expected"),
        (
            "diagnosis_1",
            "E11.9 - Type 2",
            "diagnosis_1 is not one diagnosis; expected one code such",
        ),
        ("diagnosis_1", "E119|I10", "diagnosis_1 is not one diagnosis"),
        ("service_from", "2025-02-30", "service_from is not a date: `2025-02-30`"),
        ("service_from", "25-02-03", "service_from is not a date"),
        ("service_from", "0999-12-27", "service_from is a filler, not a date"),
        ("service_to", "99991231", "service_to is a filler, not a date"),
        ("service_from", pd.NaT, "service_from is not a date: `NaT`"),
        ("procedure_code", 992.5, "procedure_code is a fraction: `992.5`"),
        ("procedure_code", "\ud800", "procedure_code is not valid text"),
        ("procedure_code", "9.92E+04", "procedure_code was shortened by a spreadsheet: `9.92E+04`"),
        ("sex", "1", "sex is not a sex: `1`; expected F, M, female, male, U or blank"),
        ("claim_id", "1.23457E+11", "claim_id was shortened by a spreadsheet: `1.23457E+11`"),
        ("claim_id", " ", "claim_id is blank; expected the claim's number, because"),
        ("line_number", "1.5", "line_number is not a line number: `1.5`"),
        ("line_number", -1, "line_number is not a line number"),
        ("diagnosis_pointers", "A", "diagnosis_pointers is not a diagnosis pointer: `A`"),
        ("diagnosis_pointers", "2", "diagnosis_pointers points to a diagnosis that is not there"),
        ("modifiers", [["25"]], "modifiers holds a list or an object"),
        ("modifiers", [True], "modifiers holds true or false"),
        ("diagnosis_2", {"code": "G801"}, "diagnoses holds a list or an object"),
        ("units", True, "units is not a plain number"),
    ],
)
def test_a_bad_cell_says_what_was_expected_and_why(field: str, cell: object, reason: str) -> None:
    assert refused(**{field: cell}).startswith(reason)


def test_a_reason_says_why_it_matters() -> None:
    assert refused(units="1e3") == (
        "units is not a plain number: `1e3`; expected a plain number such as 2 or 1.5, "
        "because limits add units up"
    )


# -- lists -----------------------------------------------------------------------------------------


def test_modifiers_keep_their_order_and_occur_once() -> None:
    cells = {"modifier_1": "", "modifier_2": "rt", "modifier_3": "59", "modifier_5": "RT"}
    assert one(**cells).modifiers == ("RT", "59")


@pytest.mark.parametrize(
    "cell", ["RT 59", "rt,59", "RT; 59", "RT|59|", "RT:59", "RT/59", ["RT", None, "59"], "[RT, 59]"]
)
def test_a_list_stands_in_for_numbered_columns(cell: object) -> None:
    assert one(modifiers=cell).modifiers == ("RT", "59")


def test_diagnoses_are_in_their_order_without_dots() -> None:
    line = one(diagnosis_1="g80.1", diagnosis_2="", diagnosis_3="I69.354")
    assert line.diagnoses == line.pointed_diagnoses == ("G801", "I69354")
    assert line.principal_diagnosis == "G801"


def test_a_blank_first_diagnosis_leaves_the_principal_one_missing() -> None:
    line = one(diagnosis_code_1="", diagnosis_code_2="G801")
    assert (line.principal_diagnosis, line.diagnoses) == (None, ("G801",))


def test_pointers_number_the_columns() -> None:
    cells = {"diagnosis_1": "A000", "diagnosis_2": "", "diagnosis_3": "C000"}
    assert one(**cells, diagnosis_pointers="3,1,3").pointed_diagnoses == ("C000", "A000")
    assert "not there: `2`" in refused(**cells, diagnosis_pointers=[1, 2])


def test_pointers_number_the_positions_of_a_list() -> None:
    assert one(diagnoses="A00.0 C00.0", diagnosis_pointers=2).pointed_diagnoses == ("C000",)
    assert one(diagnoses=[None, "C000"], diagnosis_pointer_1="2").pointed_diagnoses == ("C000",)


# -- one line --------------------------------------------------------------------------------------


def test_a_line_that_ends_before_it_starts_is_bad() -> None:
    reason = refused(service_from="2025-03-02", service_to="2025-03-01")
    assert reason.startswith("service_to is before service_from: `2025-03-01`")


def test_the_dates_of_the_claim_serve_lines_that_have_none() -> None:
    claim = {"claim_start_date": "2025-03-01", "claim_end_date": "2025-03-09"}
    whole = one(**claim, claim_line_start_date="")
    assert (whole.service_from, whole.service_to) == (date(2025, 3, 1), date(2025, 3, 9))
    own = one(**claim, claim_line_start_date="2025-03-05")
    assert (own.service_from, own.service_to) == (date(2025, 3, 5), date(2025, 3, 5))


def test_codes_that_a_spreadsheet_has_spoilt(tmp_path: Path) -> None:
    text = (
        "claim_id,procedure_code,modifier_1,place_of_service\nA,99213.0,25.0,11.0\nB,400,,11\n"
        "C,0012F,,1\nD,12,,11\nE,9921,,11\n"
    )
    claims = read_csv(tmp_path, text)
    first, *others = list(claims)
    assert (first.procedure_code, first.modifiers, first.place_of_service) == (
        "99213",
        ("25",),
        "11",
    )
    assert [line.procedure_code for line in others] == ["400", "0012F", "12", "9921"]
    (note,) = claims.notes
    assert note.startswith("procedure codes of three or four digits, such as 400: a spreadsheet")
    columns = read_csv(tmp_path, text)
    batches = list(columns.in_columns(["procedure_code", "modifiers", "place_of_service"]))
    assert [line.procedure_code for batch in batches for line in lines_of(batch, range(5))] == [
        "99213", "400", "0012F", "12", "9921",
    ]  # fmt: skip
    assert columns.notes == claims.notes


def test_codes_that_hold_more_than_a_code_are_told(tmp_path: Path) -> None:
    text = "claim_id,procedure_code,modifiers\nA,99213-25,\nB,99214,2559\nC,99213,LT RT\n"
    claims, columns = read_csv(tmp_path, text), read_csv(tmp_path, text)
    assert [line.modifiers for line in claims] == [(), ("2559",), ("LT", "RT")]
    assert claims.notes == (
        "procedure codes of more than five characters, such as 99213-25: no rule will find them; "
        "give codes alone, and their modifiers in columns of their own",
        "modifiers that have not two characters, such as 2559: no rule will find them; give each "
        "modifier by itself",
    )
    assert len(list(columns.in_columns(["procedure_code", "modifiers"]))) == 1
    assert columns.notes == claims.notes


def test_a_note_on_codes_quotes_no_words(tmp_path: Path) -> None:
    text = "claim_id,procedure_code,modifiers\nA,Canry-Al,Canarysson\n"
    claims = read_csv(tmp_path, text)
    assert len(list(claims)) == 1
    assert "of more than five characters: no rule" in claims.notes[0]
    assert "that have not two characters: no rule" in claims.notes[1]


def test_texts_that_an_export_wrote_as_formulas(tmp_path: Path) -> None:
    text = (
        "claim_id,line_number,member_id,procedure_code,modifier_1,units,service_from,diagnoses\n"
        '="007",="1",="M1",="00400",="25",="2",="20250301","=""E11.9"""\n'
        '"=""007""",2,"=""M1""","=""99213""",,,,\n'
    )
    names = ["procedure_code", "modifiers", "units", "service_from", "diagnoses"]
    claims, columns = read_csv(tmp_path, text), read_csv(tmp_path, text)
    lines = list(claims)
    batches = columns.in_columns(names)
    for found in (lines, [line for each in batches for line in lines_of(each, range(each.count))]):
        assert [(line.claim_id, line.member_id) for line in found] == [("007", "M1")] * 2
        assert [line.procedure_code for line in found] == ["00400", "99213"]
        assert (found[0].modifiers, found[0].units) == (("25",), Decimal(2))
        assert (found[0].service_from, found[0].diagnoses) == (date(2025, 3, 1), ("E119",))
    assert claims.bad_lines.count == columns.bad_lines.count == 0


def test_a_member_id_may_be_missing() -> None:
    assert one(member_id="").member_id is None
    assert one(member_id="", patient_id="P1").member_id == "P1"
    assert one(patient_id="P1").member_id == "M1"


def test_lines_without_a_number_are_counted_in_their_claim(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, "claim_id,units\nA,1\nB,1\nA,x\nA,2\n")
    assert [(line.claim_id, line.line_number) for line in claims] == [("A", 1), ("B", 1), ("A", 3)]


def test_a_repeated_line_is_set_aside(tmp_path: Path) -> None:
    rows = "claim_id,line_number\nA,1\nA,2\nA,1\nA,5000\nA,5000\nA,\n"
    claims = read_csv(tmp_path, rows)
    assert [line.line_number for line in claims] == [1, 2, 5000, 5001]
    assert [(bad.row, bad.field) for bad in claims.bad_lines.kept] == [
        (3, "line_number"),
        (5, "line_number"),
    ]
    assert "`line 1 of claim A`" in claims.bad_lines.kept[0].reason


def test_a_bad_line_does_not_make_the_good_one_a_repetition(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, "claim_id,line_number,units\nA,1,x\nA,1,2\n")
    assert len(list(claims)) == 1
    assert claims.bad_lines.count == 1


def test_declared_fields_are_columns_of_their_own_name() -> None:
    row = {
        **CLAIM,
        "plan": "gold",
        "note": " as is ",
        "score": "1.50",
        "since": "20250301",
        "x": "",
    }
    types = {"plan": "code", "note": "text", "score": "number", "since": "date", "x": "code"}
    (line,) = read_table([row], declared_fields=types)
    assert line.declared == {
        "plan": "GOLD",
        "note": " as is ",
        "score": Decimal("1.5"),
        "since": date(2025, 3, 1),
    }
    assert one().declared is NOTHING_DECLARED


def test_the_value_of_a_declared_field_is_not_shown() -> None:
    claims = read_table([{**CLAIM, "score": "canary"}], declared_fields={"score": "number"})
    assert list(claims) == []
    assert claims.bad_lines.kept[0].reason.startswith("score is not a plain number; expected")


def test_claims_are_read_once() -> None:
    claims = read_table([CLAIM])
    assert len(list(claims)) == 1
    with pytest.raises(RuntimeError, match="have been read"):
        iter(claims)


def test_history_is_marked() -> None:
    (line,) = read_table([CLAIM], history=True)
    assert line.history


# -- real and shipped files ------------------------------------------------------------------------


@pytest.mark.skipif(not TUVA.is_dir(), reason="the public claim files are not here")
def test_the_tuva_demo_is_read_whole() -> None:
    members = read_members(TUVA / "eligibility.csv")
    claims = read_claims(TUVA / "medical_claim.csv", members=members)
    lines = list(claims)
    assert (len(lines), claims.bad_lines.count) == (6_075, 0)
    assert len({line.claim_id for line in lines}) == 3_106
    assert len({line.member_id for line in lines}) == 87
    assert all(line.service_from and line.service_to and line.birth_date for line in lines)
    assert sum(line.procedure_code is not None for line in lines) == 5_739
    assert sum(line.principal_diagnosis is None and bool(line.diagnoses) for line in lines) > 0


@pytest.mark.skipif(not TUVA.is_dir(), reason="the public claim files are not here")
def test_a_column_map_reads_medicare_rif(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        '[columns]\nclaim_id = "CLM_ID"\nline_number = "LINE_NUM"\nmember_id = "BENE_ID"\n'
        'procedure_code = "HCPCS_CD"\nservice_from = "LINE_1ST_EXPNS_DT"\n'
        'units = "LINE_SRVC_CNT"\nplace_of_service = "LINE_PLACE_OF_SRVC_CD"\n'
        'diagnoses = ["ICD_DGNS_CD1", "ICD_DGNS_CD2"]\n',
        encoding="utf-8",
    )
    claims = read_claims(
        TUVA.parent / "bfd-rif-synthea" / "carrier.csv", column_map=read_column_map(path)
    )
    lines = list(claims)
    assert (len(lines), claims.bad_lines.count) == (221, 0)
    assert lines[0].service_from == date(2015, 5, 30)


def test_the_sample_claims_are_read() -> None:
    claims = read_claims(REPOSITORY / "rulesets" / "sample-claims.csv")
    assert len(list(claims)) == 26
    assert (claims.bad_lines.count, claims.unread_columns) == (0, ())
