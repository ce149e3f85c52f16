"""Column names, column maps and members files: which column of a source is which of ours."""

import re
from datetime import date
from pathlib import Path

import pytest

from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.members import read_members
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_table
from editwright.evaluator.lines.to_columns import lines_of
from tests.claim_reading import error_of, read_csv

CLAIM = {"claim_id": "C1", "line_number": "1", "member_id": "M1"}


# -- columns ---------------------------------------------------------------------------------------


def test_headings_are_compared_without_case_blanks_and_hyphens(tmp_path: Path) -> None:
    (line,) = read_csv(tmp_path, "Claim ID,Claim-Line-Number,HCPCS Code\nA,1,99213\n")
    assert (line.claim_id, line.procedure_code) == ("A", "99213")


def test_headings_may_be_words_that_begin_with_capitals(tmp_path: Path) -> None:
    text = "claimId,lineNumber,memberID,serviceFromDate,HCPCSCode,placeOfService,modifier1\n"
    (line,) = read_csv(tmp_path, text + "A,2,M1,2025-03-01,99213,11,25\n")
    assert (line.claim_id, line.line_number, line.member_id) == ("A", 2, "M1")
    assert (line.service_from, line.procedure_code) == (date(2025, 3, 1), "99213")
    assert (line.place_of_service, line.modifiers) == ("11", ("25",))


def test_a_heading_that_is_known_as_it_stands_goes_before_one_in_words(tmp_path: Path) -> None:
    (line,) = read_csv(tmp_path, "claimLine,claim_id,procedureCode,procedure_code\n1,A,1,99213\n")
    assert (line.claim_id, line.procedure_code) == ("A", "99213")


def test_a_table_without_a_column_of_codes_is_told(tmp_path: Path) -> None:
    text = "claim_id,procedure_cde,units\nA,99213,1\n"
    claims, others = read_csv(tmp_path, text), read_csv(tmp_path, text)
    assert len(list(claims.in_columns(["procedure_code"]))) == 1
    (note,) = claims.notes
    assert 'if `procedure_cde` is it, write `procedure_code = "procedure_cde"` in a column' in note
    assert len(list(others.in_columns(["units"]))) == 1
    assert others.notes == ()


def test_a_second_column_of_codes_is_read_where_the_first_is_blank(tmp_path: Path) -> None:
    text = "claim_id,cpt_code,HCPCS,proc_cd\nA,99213,G0008,1\nB,,G0008,2\nC,,,3\n"
    by_rows, by_columns = read_csv(tmp_path, text), read_csv(tmp_path, text)
    batches = by_columns.in_columns(["procedure_code"])
    lines = [*by_rows], [line for each in batches for line in lines_of(each, range(each.count))]
    for claims, found in zip((by_rows, by_columns), lines, strict=True):
        assert [line.procedure_code for line in found] == ["99213", "G0008", None]
        assert claims.notes == (
            "`HCPCS` was read for procedure codes where `cpt_code` is blank",
            "`proc_cd` was not read for procedure codes, since there is `cpt_code`: a line has one;"
            " if codes stand in both, make one column of them",
        )


def test_a_column_map_says_which_codes_alone_are_read(tmp_path: Path) -> None:
    text = "claim_id,cpt_code,HCPCS\nA,99213,G0008\nB,,G0008\n"
    claims = read_csv(tmp_path, text, column_map={"procedure_code": "cpt_code"})
    assert [line.procedure_code for line in claims] == ["99213", None]


def test_a_table_of_one_column_is_told_what_stands_between_columns(tmp_path: Path) -> None:
    with pytest.raises(ClaimsError) as caught:
        list(read_csv(tmp_path, "claim_id~procedure_code\nA~99213\n"))
    assert "commas, tabs, semicolons or `|` must stand between them" in str(caught.value.help)


def test_a_source_without_a_claim_id_is_an_error(tmp_path: Path) -> None:
    text = error_of(lambda: read_csv(tmp_path, "claim_idd,units\nA,1\n"))
    assert "has no column `claim_id`" in text
    assert 'if `claim_idd` is it, write `claim_id = "claim_idd"`' in text
    assert "--columns map.toml" in text


def test_data_in_place_of_a_header_is_never_quoted(tmp_path: Path) -> None:
    text = error_of(lambda: read_csv(tmp_path, "MEMBER-77-SMITH,1950-01-02\nA,1\n"))
    assert "SMITH" not in text
    assert "1950" not in text


def test_a_column_map_names_any_layout(tmp_path: Path) -> None:
    path = tmp_path / "map.toml"
    path.write_text(
        '[columns]\nclaim_id = "ClaimNo"\ndiagnoses = ["DxA", "DxB"]\n'
        'modifiers = "Mods"\nmodifier_1 = ""\nunits = ""\nplan = "Plan Name"\n',
        encoding="utf-8",
    )
    claims = read_csv(
        tmp_path,
        "ClaimNo,DxA,DxB,Mods,units,Plan Name\nA,G80.1,,25 59,x,gold\n",
        column_map=read_column_map(path, ("plan",)),
        declared_fields={"plan": "code"},
    )
    (line,) = claims
    assert (line.claim_id, line.diagnoses, line.modifiers) == ("A", ("G801",), ("25", "59"))
    assert (line.units, line.declared) == (None, {"plan": "GOLD"})
    assert claims.columns["diagnoses"] == {"DxA", "DxB"}
    assert claims.unread_columns == ("units",)


@pytest.mark.parametrize(
    ("toml", "text"),
    [
        ('[columns]\nclaimid = "x"\n', "did you mean `claim_id`?"),
        ('[columns]\nclaim_id = "ClaimNum"\n', "did you mean `ClaimNo`?"),
        ("[columns]\nclaim_id = 3\n", "not a column name"),
        ('[columns]\nclaim_id = ["a"]\n', "several columns"),
        ('[colums]\nclaim_id = "a"\n', "has no `[columns]` table"),
        ('[columns]\nclaim_id = "a"\n[more]\n', "unknown table `more`"),
        ("[columns\n", "is not TOML"),
    ],
)
def test_a_wrong_column_map_names_the_right_word(tmp_path: Path, toml: str, text: str) -> None:
    path = tmp_path / "map.toml"
    path.write_text(toml, encoding="utf-8")

    def read() -> ClaimsIn:
        return read_csv(tmp_path, "ClaimNo\nA\n", column_map=read_column_map(path))

    assert text in error_of(read)


def test_two_columns_of_one_name_are_an_error_only_if_they_are_read(tmp_path: Path) -> None:
    assert "two columns named `units`" in error_of(
        lambda: read_csv(tmp_path, "claim_id,units,units\nA,1,2\n")
    )
    assert len(list(read_csv(tmp_path, "claim_id,note,note\nA,1,2\n"))) == 1


@pytest.mark.parametrize(
    ("header", "modifiers"),
    [
        ("modifier,modifier_2,modifier_3", ("59", "LT", "RT")),
        ("mod,Mod2,mod 3", ("59", "LT", "RT")),
        ("modifier_1,modifier_2,modifier_3", ("59", "LT", "RT")),
        ("modifier_1,other,modifier_3", ("59", "RT")),
        ("modifier,other,another", ("59",)),
    ],
)
def test_the_first_of_numbered_columns_may_lack_its_number(
    tmp_path: Path, header: str, modifiers: tuple[str, ...]
) -> None:
    (line,) = read_csv(tmp_path, f"claim_id,{header}\nA,59,LT,RT\n")
    assert line.modifiers == modifiers


@pytest.mark.parametrize("header", ["diagnosis", "Dx", "diagnosis_code", "diagnosis,diagnosis_2"])
def test_a_diagnosis_without_a_number_is_the_principal_one(tmp_path: Path, header: str) -> None:
    blanks = "," * header.count(",")
    (line,) = read_csv(tmp_path, f"claim_id,{header}\nA,G80.1{blanks}\n")
    assert line.principal_diagnosis == "G801"


@pytest.mark.parametrize(
    "header",
    ["modifiers,modifier_1", "modifier,modifier_1", "mods,Mod 2", "modifier_2,hcpcs_modifiers"],
)
def test_a_list_beside_numbered_columns_is_an_error_that_asks(tmp_path: Path, header: str) -> None:
    """To read one of the two without a word would lose the modifiers in the other."""
    said = error_of(lambda: read_csv(tmp_path, f"claim_id,{header}\nA,59,LT\n"))
    assert re.search("modifiers twice: the list `.*mod.*numbered.*`[Mm]od", said)


def test_a_column_map_says_whether_the_list_or_numbered_columns_are_read(tmp_path: Path) -> None:
    text = "claim_id,modifiers,modifier_1\nA,59,LT\n"
    for column_map, modifier in (
        ({"modifiers": "modifiers"}, "59"),
        ({"modifiers": ["modifier_1"]}, "LT"),
        ({"modifier_1": "modifier_1"}, "LT"),
    ):
        (line,) = read_csv(tmp_path, text, column_map=column_map)
        assert line.modifiers == (modifier,)


def test_columns_are_accounted_for(tmp_path: Path) -> None:
    claims = read_csv(tmp_path, "claim_id,modifier_1,unitz\nA,,1\n")
    assert len(list(claims)) == 1
    assert claims.columns == {"claim_id": {"claim_id"}, "modifiers": {"modifier_1"}}
    assert claims.unread_columns == ("unitz",)
    assert {"units", "diagnoses", "birth_date"} <= set(claims.missing_columns)


# -- members ---------------------------------------------------------------------------------------


def test_members_fill_in_birth_date_and_sex(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text(
        "member_id,birth_date,gender\nM1,1950-01-02,female\nM1,,F\nM2,1960-01-01,M\n"
        "M2,1961-01-01,M\nM3,,\nM4,1900-99-99,F\n,1950-01-01,M\n",
        encoding="utf-8",
    )
    members = read_members(path)
    assert dict(members) == {
        "M1": (date(1950, 1, 2), "F"),
        "M2": (None, "M"),
        "M3": (None, None),
    }
    assert (members.contradictions, members.bad_lines.count) == (1, 2)
    rows = [
        {**CLAIM, "sex": "M"},
        {**CLAIM, "line_number": 2},
        {"claim_id": "C2", "member_id": "X"},
    ]
    claims = read_table(rows, members=members)
    assert [(line.birth_date, line.sex) for line in claims] == [
        (date(1950, 1, 2), "M"),
        (date(1950, 1, 2), "F"),
        (None, None),
    ]
    assert "birth_date" not in claims.missing_columns


def test_a_members_file_needs_a_member_id(tmp_path: Path) -> None:
    path = tmp_path / "members.csv"
    path.write_text("name,sex\nx,F\n", encoding="utf-8")
    with pytest.raises(ClaimsError, match="has no column `member_id`"):
        read_members(path)
