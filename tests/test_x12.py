"""X12 837 to service lines: what senders do, one made-up file for each."""

import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from editwright.evaluator.formats import x12_warnings
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.to_columns import CODES, DAYS, LISTS, NUMBERS, lines_of
from tests.x12_writing import (
    ABOVE,
    BILLING,
    CLAIM,
    LINES,
    SUBSCRIBER,
    D,
    I,
    file_of,
    group,
    interchange,
    transaction,
    written,
)

DAY = "DTP*472*D8*20250301"
COLUMNS = (*CODES, *LISTS, *NUMBERS, *DAYS)


def read(folder: Path, text: str | bytes, **options: object) -> tuple[list[ServiceLine], ClaimsIn]:
    """The lines of a file; those that columns give must be the same."""
    path = folder / "claims.837"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    claims = read_claims(path)
    lines = list(claims)
    again = read_claims(path)
    in_columns = [
        line for batch in again.in_columns(COLUMNS) for line in lines_of(batch, range(batch.count))
    ]
    assert list(map(_content, in_columns)) == list(map(_content, lines))
    assert again.bad_lines.kept == claims.bad_lines.kept
    assert again.warnings.texts() == claims.warnings.texts()
    return lines, claims


def _content(line: ServiceLine) -> tuple[object, ...]:
    names = (*COLUMNS, "claim_id", "line_number", "member_id")
    return tuple(getattr(line, name) for name in names)


def one(folder: Path, text: str | bytes) -> ServiceLine:
    """The one line of a file in which nothing is wrong."""
    lines, claims = read(folder, text)
    assert [str(bad) for bad in claims.bad_lines.kept] == []
    (line,) = lines
    return line


def warned(claims: ClaimsIn) -> dict[str, int]:
    return {name.removeprefix("X12: "): n for name, n in claims.warnings.by_problem.items()}


def codes(lines: Iterable[ServiceLine]) -> list[str | None]:
    return [line.procedure_code for line in lines]


# -- what a line says -----------------------------------------------------------------------------


def test_a_professional_line(tmp_path: Path) -> None:
    line = one(
        tmp_path,
        file_of(
            "CLM*A1*100***11:B:1*Y*A*Y*Y",
            "REF*G1*AUTH1",
            "REF*F8*ORIGINAL1",
            "HI*ABK:E119*ABF:I10",
            "NM1*82*1*ROE*JO****XX*2222222228",
            "PRV*PE*PXC*207Q00000X",
            "LX*1",
            "SV1*HC:99213:25:59:::a description*100*UN*2*22**2:1",
            "DTP*472*D8*20250301",
        ),
    )
    assert line.procedure_code == "99213"
    assert line.modifiers == ("25", "59")
    assert line.units == 2
    assert line.charge == 100
    assert line.place_of_service == "22"
    assert line.service_from == line.service_to
    assert str(line.service_from) == "2025-03-01"
    assert line.diagnoses == ("E119", "I10")
    assert line.pointed_diagnoses == ("I10", "E119")
    assert line.principal_diagnosis == "E119"
    assert line.rendering_provider == "2222222228"
    assert line.billing_provider == "1111111112"
    assert line.specialty == "207Q00000X"
    assert line.group_id == "123456789"
    assert line.authorization == "AUTH1"
    assert line.frequency_code == "1"
    assert line.member_id == "M100"
    assert line.sex == "F"
    assert str(line.birth_date) == "1960-02-29"
    assert line.bill_type is None
    assert line.received_date is None


def test_an_institutional_line(tmp_path: Path) -> None:
    lines, claims = read(
        tmp_path,
        file_of(
            "CLM*A1*150***13:A:7*Y*A*Y*Y",
            "DTP*434*RD8*20250301-20250305",
            "REF*F8*ORIGINAL1",
            "HI*ABF:I10*ABF:E785",
            "HI*ABJ:R079",
            "HI*ABK:E119",
            "HI*ABN:W19XXXA*APR:R0602*DR:470*BE:80:::4",
            "NM1*71*1*ROE*JO****XX*2222222228",
            "PRV*AT*PXC*207R00000X",
            "LX*1",
            "SV2*450*HC:99284:25*100*UN*1",
            "DTP*472*D8*20250302",
            "LX*2",
            "SV2*0250**50*UN*3",
            "LX*3",
            "SV2*0120**0*DA*4",
            version=I,
        ),
    )
    assert not claims.bad_lines.count
    assert not warned(claims)
    first, drugs, room = lines
    assert codes(lines) == ["99284", None, None]
    assert [line.revenue_code for line in lines] == ["0450", "0250", "0120"]
    assert (room.units, drugs.units) == (Decimal(4), Decimal(3))
    assert {line.bill_type for line in lines} == {"137"}
    assert {line.place_of_service for line in lines} == {None}
    assert first.diagnoses == ("E119", "I10", "E785")
    assert first.pointed_diagnoses == first.diagnoses
    assert first.rendering_provider is None
    assert first.specialty == "207R00000X"
    assert str(first.service_from) == "2025-03-02"
    assert (str(drugs.service_from), str(drugs.service_to)) == ("2025-03-01", "2025-03-05")


def test_a_dental_line(tmp_path: Path) -> None:
    line = one(
        tmp_path,
        file_of(
            "CLM*A1*80***11:B:1*Y*A*Y*Y",
            "DTP*472*D8*20250301",
            "HI*ABK:K0262",
            "LX*1",
            "SV3*AD:D2391*80**10**1*****1",
            "TOO*JP*12*B",
            version=D,
        ),
    )
    assert line.procedure_code == "D2391"
    assert line.units == 1
    assert str(line.service_from) == "2025-03-01"
    assert line.place_of_service == "11"
    assert line.pointed_diagnoses == ("K0262",)


def test_a_dentists_predetermination_says_so(tmp_path: Path) -> None:
    asks = "CLM*A1*100***11:B:1*Y*A*Y*Y" + "*" * 10 + "PB"
    lines, claims = read(tmp_path, file_of(asks, "LX*1", "SV3*AD:D2391*100****1", version=D))
    assert [(line.status, line.service_from) for line in lines] == [("predetermination", None)]
    assert list(warned(claims)) == [x12_warnings.ESTIMATE.removeprefix("X12: ")]


@pytest.mark.parametrize(
    ("clm05", "bill_type", "place"),
    [
        ("13:A:1", "131", None),
        ("013:A:1", "131", None),
        ("131:A:1", "131", None),
        ("21:A:I", "21I", None),
        ("13::7", "137", None),
        ("22:B:1", None, "22"),
        ("", None, None),
        ("13", "13", None),
    ],
)
def test_types_of_bill(
    tmp_path: Path, clm05: str, bill_type: str | None, place: str | None
) -> None:
    text = file_of(f"CLM*A1*9***{clm05}", "LX*1", "SV2*0450*HC:99284*9*UN*1", version=I)
    line = one(tmp_path, text)
    assert (line.bill_type, line.place_of_service) == (bill_type, place)


def test_minutes_are_no_units(tmp_path: Path) -> None:
    path = tmp_path / "c.837"
    text = file_of(CLAIM, "LX*1", "SV1*HC:00142:QK*100*MJ*61", "DTP*472*D8*20250301")
    path.write_text(text, encoding="utf-8")
    fields = {"minutes": "number", "claim_number": "code"}
    (line,) = read_claims(path, declared_fields=fields)
    assert line.units is None
    assert line.declared == {"minutes": Decimal(61), "claim_number": "A1"}


@pytest.mark.parametrize(
    ("sv1", "units"),
    [("UN*1.00", "1"), ("UN*0", "0"), ("UN*", None), ("F2*5", None), ("*3", "3"), ("UN", None)],
)
def test_units(tmp_path: Path, sv1: str, units: str | None) -> None:
    text = file_of(CLAIM, "LX*1", f"SV1*HC:99213*100*{sv1}", "DTP*472*D8*20250301")
    (line,), _ = read(tmp_path, text)
    assert line.units == (None if units is None else Decimal(units))


@pytest.mark.parametrize(
    ("date", "days"),
    [
        ("D8*20250301", ("2025-03-01", "2025-03-01")),
        ("RD8*20250301-20250303", ("2025-03-01", "2025-03-03")),
        ("RD8*20250301-20250301", ("2025-03-01", "2025-03-01")),
        ("RD9*20250301-20250303", ("2025-03-01", "2025-03-03")),
        ("DT*202503011230", ("2025-03-01", "2025-03-01")),
    ],
)
def test_dates(tmp_path: Path, date: str, days: tuple[str, str]) -> None:
    line = one(tmp_path, file_of(CLAIM, *LINES[:2], f"DTP*472*{date}"))
    assert (str(line.service_from), str(line.service_to)) == days


def test_a_line_without_a_date_takes_the_claims(tmp_path: Path) -> None:
    line = one(tmp_path, file_of(CLAIM, "DTP*434*RD8*20250301-20250303", *LINES[:2]))
    assert (str(line.service_from), str(line.service_to)) == ("2025-03-01", "2025-03-03")
    assert one(tmp_path, file_of(CLAIM, *LINES[:2])).service_from is None


def test_order_of_diagnoses_over_several_segments(tmp_path: Path) -> None:
    line = one(
        tmp_path,
        file_of(CLAIM, "HI*ABK:A000*ABF:B000", "HI*ABK:C000", "HI*BG:17", "LX*1",
                "SV1*HC:99213*100*UN*1***3:1", "DTP*472*D8*20250301"),
    )  # fmt: skip
    assert line.diagnoses == ("A000", "B000", "C000")
    assert line.pointed_diagnoses == ("C000", "A000")


def test_a_gap_keeps_its_place(tmp_path: Path) -> None:
    lines, claims = read(
        tmp_path,
        file_of(CLAIM, "HI*ABK:A000*ABF:*ABF:C000", "LX*1", "SV1*HC:99213*100*UN*1***3:2",
                "DTP*472*D8*20250301"),
    )  # fmt: skip
    assert lines[0].pointed_diagnoses == ("C000",)
    assert warned(claims) == {"diagnosis pointers that lead to no diagnosis were passed over": 1}


def test_an_empty_element_is_a_gap_too(tmp_path: Path) -> None:
    text = file_of(CLAIM, "HI*ABK:A000**ABF:C000**", "LX*1", "SV1*HC:99213*100*UN*1***1:3", DAY)
    assert one(tmp_path, text).pointed_diagnoses == ("A000", "C000")


@pytest.mark.parametrize("hi", ["HI*A000*B000", "HI*ABX:A000", "HI*ABK A000*ABF B000"])
def test_codes_from_no_list_are_told(tmp_path: Path, hi: str) -> None:
    lines, claims = read(tmp_path, file_of(CLAIM, hi, *LINES))
    assert lines[0].diagnoses == ()
    assert warned(claims) == {"codes in HI that are from no list of an 837 were passed over": 1}


@pytest.mark.parametrize(("isa11", "read_as"), [("^", ("I10", "E119")), (".", ("I10^ABF",))])
def test_diagnoses_that_are_repeated_within_an_element(
    tmp_path: Path, isa11: str, read_as: tuple[str, ...]
) -> None:
    text = file_of(CLAIM, "HI*ABK:I10^ABF:E11.9", *LINES).replace("*^*00501", f"*{isa11}*00501")
    assert one(tmp_path, text).diagnoses == read_as


def test_a_repetition_separator_that_is_the_component_separator_counts_as_that(
    tmp_path: Path,
) -> None:
    text = file_of(CLAIM, "HI*ABK:I10*ABF:E11.9", *LINES).replace("*^*00501", "*:*00501")
    assert one(tmp_path, text).diagnoses == ("I10", "E119")


def test_qualifiers_and_codes_in_two_elements(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of(CLAIM, "HI*BK*8901*BF*87200*BF:5559", *LINES))
    assert lines[0].diagnoses == ("8901", "87200", "5559")
    assert warned(claims) == {
        "diagnoses stand with their qualifiers in two elements, and were read as pairs": 1
    }


# -- whose it is ----------------------------------------------------------------------------------


def test_dependents_are_members_of_their_own(tmp_path: Path) -> None:
    def patient(first: str, born: str) -> tuple[str, ...]:
        return (
            "HL*3*2*23*0",
            "PAT*19",
            f"NM1*QC*1*QUILL*{first}",
            f"DMG*D8*{born}*M",
        )

    lines, _ = read(
        tmp_path,
        file_of(
            CLAIM, *LINES, *patient("ARLO", "20150101"), CLAIM, *LINES, CLAIM, *LINES,
            *patient("OTIS", "20150101"), CLAIM, *LINES, *SUBSCRIBER, CLAIM, *LINES,
        ),
    )  # fmt: skip
    own, arlo, arlo_again, otis, own_again = (line.member_id for line in lines)
    assert own == own_again == "M100"
    assert arlo == arlo_again != otis
    assert arlo is not None
    assert arlo.startswith("M100-")
    assert [str(line.birth_date) for line in lines[:2]] == ["1960-02-29", "2015-01-01"]
    assert [line.sex for line in lines] == ["F", "M", "M", "M", "F"]


@pytest.mark.parametrize(
    ("born", "first", "member"),
    [
        ("19600229*F", "Imogen", "M100"),
        ("19600229*F", "IMOGEN****MI*M100", "M100"),
        ("19600229*F", "IMOGEN****MI*M101", "M101"),
        ("19600229*M", "IMOGEN", None),
        ("19600229*F", "IDA", None),
        ("19840229*F", "IMOGEN", None),
    ],
)
def test_a_patient_who_is_the_subscriber(
    tmp_path: Path, born: str, first: str, member: str | None
) -> None:
    patient = ("HL*3*2*23*0", "PAT*G8", f"NM1*QC*1*QUILL*{first}", f"DMG*D8*{born}")
    line = one(tmp_path, file_of(*patient, CLAIM, *LINES))
    assert line.member_id is not None
    assert line.member_id == member or (member is None and line.member_id.startswith("M100-"))


def test_the_insured_in_the_loop_of_a_patient(tmp_path: Path) -> None:
    again = ("HL*3*2*23*0", "SBR*P*18", "NM1*IL*1*QUILL*IMOGEN****MI*M100", "DMG*D8*19600229*F")
    lines, claims = read(tmp_path, file_of(CLAIM, *LINES, *again, CLAIM, *LINES, CLAIM, *LINES))
    assert [line.member_id for line in lines] == ["M100", "M100", "M100"]
    assert [line.sex for line in lines] == ["F", "F", "F"]
    assert warned(claims) == {
        "a patient's loop names the insured and nobody else, who was taken for the patient": 1
    }


def test_another_insured_in_the_loop_of_a_patient(tmp_path: Path) -> None:
    other = ("HL*3*2*23*0", "NM1*IL*1*QUILL*OTIS****MI*M200", "DMG*D8*20150101*M")
    line = one(tmp_path, file_of(*other, CLAIM, *LINES))
    assert (line.member_id, str(line.birth_date), line.sex) == ("M200", "2015-01-01", "M")


def test_the_insured_and_the_patient_in_one_loop(tmp_path: Path) -> None:
    insured = "NM1*IL*1*QUILL*IMOGEN****MI*M100"
    patient = ("NM1*QC*1*QUILL*OTIS", "DMG*D8*20150101*M")
    lines, claims = read(
        tmp_path,
        file_of("HL*3*2*23*0", "PAT*19", insured, *patient, CLAIM, *LINES)
        + file_of("HL*3*2*23*0", "PAT*19", *patient, CLAIM, *LINES),
    )
    assert lines[0].member_id == lines[1].member_id != "M100"
    assert warned(claims) == {}


def test_other_payers_are_kept_apart(tmp_path: Path) -> None:
    line = one(
        tmp_path,
        file_of(
            CLAIM,
            "REF*G1*OURS",
            "NM1*82*1*ROE*JO****XX*2222222228",
            "REF*EI*999999999",
            "SBR*S*01*******CI",
            "DMG*D8*19010101*M",
            "NM1*IL*1*OTHER*PAT****MI*X999",
            "REF*SY*888888888",
            "NM1*PR*2*OTHER*****PI*9",
            "REF*F8*THEIRS",
            "REF*G1*THEIRS",
            "NM1*82*1*X*Y****XX*3333333334",
            "NM1*85*2*X*****XX*4444444444",
            *LINES,
            "REF*G1*ANOTHER PAYER**2U:77777",
            "REF*G1*LINE",
            "NM1*77*2*SITE*****XX*5555555550",
            "REF*G1*SITE",
            "SVD*9*50*HC:11111:99**1",
            "DTP*573*D8*20250401",
            "NM1*82*1*X*Y****XX*3333333334",
        ),
    )
    assert line.member_id == "M100"
    assert str(line.birth_date) == "1960-02-29"
    assert line.rendering_provider == "2222222228"
    assert line.billing_provider == "1111111112"
    assert line.group_id == "123456789"
    assert line.authorization == "LINE"
    assert line.procedure_code == "99213"


def test_the_line_has_its_own_rendering_provider(tmp_path: Path) -> None:
    lines, _ = read(
        tmp_path,
        file_of(
            "CLM*A1*200***11:B:1",
            "NM1*82*1*ROE*JO****XX*2222222228",
            "PRV*PE*PXC*207Q00000X",
            *LINES,
            "NM1*82*1*DOE*AL****XX*3333333334",
            "PRV*PE*PXC*208000000X",
            "LX*2",
            "SV1*HC:99214*100*UN*1",
            "DTP*472*D8*20250301",
        ),
    )
    assert [line.rendering_provider for line in lines] == ["3333333334", "2222222228"]
    assert [line.specialty for line in lines] == ["208000000X", "207Q00000X"]


def test_who_bills_renders_if_nobody_else_is_named(tmp_path: Path) -> None:
    above = (BILLING[0], "PRV*BI*PXC*207L00000X", *BILLING[1:], *SUBSCRIBER)
    line = one(tmp_path, file_of(CLAIM, *LINES, above=above))
    assert line.rendering_provider == "1111111112"
    assert line.specialty == "207L00000X"
    named = one(tmp_path, file_of(CLAIM, "NM1*82*1*ROE*JO****34*123123123", *LINES, above=above))
    assert named.rendering_provider is None


def test_a_tax_id_where_the_npi_stands(tmp_path: Path) -> None:
    above = ("HL*1**20*1", "NM1*85*2*CLINIC*****24*123456789", *SUBSCRIBER)
    line = one(tmp_path, file_of(CLAIM, *LINES, above=above, version="004010X098A1"))
    assert line.billing_provider is None
    assert line.rendering_provider is None
    assert line.group_id == "123456789"


@pytest.mark.parametrize("written_as", ["12-3456789", "123-45-6789"])
def test_a_tax_id_may_have_hyphens(tmp_path: Path, written_as: str) -> None:
    above = (BILLING[0], BILLING[1], f"REF*EI*{written_as}", *SUBSCRIBER)
    line = one(tmp_path, file_of(CLAIM, *LINES, above=above))
    assert line.group_id == "123456789"


def test_the_pay_to_and_the_subscriber_numbers_are_no_tax_ids(tmp_path: Path) -> None:
    above = ("HL*1**20*1", "NM1*85*2*CLINIC*****XX*1111111112", "NM1*87*2", "REF*EI*777777777",
             *SUBSCRIBER, "REF*SY*666666666")  # fmt: skip
    assert one(tmp_path, file_of(CLAIM, *LINES, above=above)).group_id is None


def test_loops_without_hl(tmp_path: Path) -> None:
    nobody = [each for each in ABOVE if not each.startswith("HL")]
    other = "NM1*IL*1*QUILL*ODO****MI*M200"
    lines, claims = read(
        tmp_path, file_of(CLAIM, *LINES, "SBR*P*18", other, CLAIM, *LINES, above=nobody)
    )
    assert [line.member_id for line in lines] == ["M100", "M200"]
    assert [line.billing_provider for line in lines] == ["1111111112", "1111111112"]
    assert warned(claims) == {"a loop begins without its HL": 1}


def test_a_claim_right_under_who_bills(tmp_path: Path) -> None:
    line = one(tmp_path, file_of(CLAIM, *LINES, above=BILLING))
    assert line.member_id is None
    assert line.billing_provider == "1111111112"


def test_state_is_inherited_and_replaced(tmp_path: Path) -> None:
    second = ("HL*7**20*1", "NM1*85*2*OTHER*****XX*9999999995")
    third = ("HL*8*7*22*0", "NM1*IL*1*QUILL*ODO****MI*M200")
    lines, _ = read(tmp_path, file_of(CLAIM, *LINES, *second, CLAIM, *LINES, *third, CLAIM, *LINES))
    assert [line.member_id for line in lines] == ["M100", None, "M200"]
    assert [line.group_id for line in lines] == ["123456789", None, None]
    assert [line.birth_date is None for line in lines] == [False, True, True]


# -- delimiters and envelopes ---------------------------------------------------------------------

USUAL = interchange(group(transaction(*ABOVE, CLAIM, "HI*ABK:E119", *LINES)))


@pytest.mark.parametrize("line_end", ["", "\n", "\r\n", "\n   \t"])
@pytest.mark.parametrize(
    ("element", "component", "terminator"),
    [
        ("*", ":", "~"),
        ("*", ">", "~"),
        ("*", "^", "\n"),
        ("~", "^", "_"),
        ("|", "~", "'"),
        ("*", ":", "\r"),
        ("|", ">", "\n"),
        ("\x1d", "\x1f", "\x1c"),
        ("*", "\x1f", "\x1e"),
        ("+", ":", "!"),
    ],
)
def test_delimiters(
    tmp_path: Path, element: str, component: str, terminator: str, line_end: str
) -> None:
    text = written(
        USUAL, element=element, component=component, terminator=terminator, line_end=line_end
    )
    line = one(tmp_path, text)
    assert (line.procedure_code, line.diagnoses) == ("99213", ("E119",))
    assert line.place_of_service == "11"
    assert line.authorization is None


@pytest.mark.parametrize("declared", [">", "^", "*", "5"])
def test_isa16_lies(tmp_path: Path, declared: str) -> None:
    segments = interchange(group(transaction(*ABOVE, CLAIM, "HI*ABK:E119", *LINES)), isa16=declared)
    lines, claims = read(tmp_path, written(segments))
    assert codes(lines) == ["99213"]
    assert lines[0].diagnoses == ("E119",)
    assert list(warned(claims)) == [
        "ISA16 is not the component separator that the data uses; what it uses was taken"
    ]


def test_one_claim_with_two_separators(tmp_path: Path) -> None:
    line = one(tmp_path, file_of(CLAIM, "LX*1", "SV1*HC>99213>25*100*UN*1", DAY))
    assert (line.procedure_code, line.modifiers) == ("99213", ("25",))
    assert (line.place_of_service, line.frequency_code) == ("11", "1")


def test_isa16_is_missing(tmp_path: Path) -> None:
    for line_end in ("", "\n"):
        segments = interchange(group(transaction(*ABOVE, CLAIM, *LINES)), isa16="")
        assert one(tmp_path, written(segments, line_end=line_end)).procedure_code == "99213"


@pytest.mark.parametrize("gap", ["\n", "\r", "\r\n", " \n", "\n\n", "\n:", "\n:\n"])
def test_a_line_end_stands_where_isa16_belongs(tmp_path: Path, gap: str) -> None:
    segments = interchange(group(transaction(*ABOVE, CLAIM, *LINES)), isa16="")
    isa, *rest = written(segments, terminator="").splitlines()
    line_end = "\n" if "\n" in gap else "\r"
    line = one(tmp_path, isa + gap + "".join(f"{each}{line_end}" for each in rest))
    assert line.procedure_code == "99213"


@pytest.mark.parametrize("line_end", ["", "\n"])
def test_isa_has_lost_its_terminator(tmp_path: Path, line_end: str) -> None:
    """The separator that stands last is not taken for it: that would read no claim at all."""
    for component, terminator in ((":", "~"), (">", "'"), ("^", "!")):
        text = written(USUAL, component=component, terminator=terminator)
        isa, mark, rest = text.partition(terminator)
        assert isa.endswith(component)
        assert mark
        line = one(tmp_path, isa + line_end + rest.replace(terminator, terminator + line_end))
        assert (line.procedure_code, line.diagnoses) == ("99213", ("E119",))


def test_a_terminator_that_is_declared_and_not_used(tmp_path: Path) -> None:
    text = written(USUAL, terminator="", line_end="\n").replace("P*:\n", "P*:~\n")
    assert one(tmp_path, text).procedure_code == "99213"


def test_a_claim_outside_of_transactions(tmp_path: Path) -> None:
    segments = [each for each in USUAL if each.split("*")[0] not in ("GS", "ST", "SE", "GE")]
    lines, claims = read(tmp_path, written(segments))
    assert codes(lines) == ["99213"]
    assert warned(claims) == {"IEA01 is not the number of groups": 1}


def test_an_isa_that_is_too_short_or_too_long(tmp_path: Path) -> None:
    text = written(USUAL)
    assert one(tmp_path, text.replace("          *00", "*00", 1)).procedure_code == "99213"
    assert one(tmp_path, text.replace("*ZZ*SENDER", "*ZZ*SENDER     ", 1)).procedure_code == "99213"


def test_what_stands_before_isa(tmp_path: Path) -> None:
    text = written(USUAL)
    assert one(tmp_path, "\ufeff\r\n  " + text).procedure_code == "99213"
    lines, claims = read(tmp_path, "TRANSFER OK\n" + text)
    assert codes(lines) == ["99213"]
    assert warned(claims) == {"text outside of interchanges was passed over": 1}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig", "latin-1"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = written(USUAL).replace("QUILL", "QUÍLL")
    (line,), _ = read(tmp_path, text.encode(encoding))
    assert line.procedure_code == "99213"
    assert line.member_id == "M100"


def test_lower_case_names_and_blank_segments(tmp_path: Path) -> None:
    segments = [
        each.replace("SV1", "sv1").replace("NM1", "nm1").replace("HL", "hl") for each in USUAL
    ]
    text = written(segments).replace("~\n", "~\n~\n \n~", 12)
    assert one(tmp_path, text).rendering_provider == "1111111112"


def test_a_patient_has_an_id_and_the_subscriber_none(tmp_path: Path) -> None:
    patient = ["HL*3*2*23*0", "PAT*19", "NM1*QC*1*ROE*KIM****MI*P7", "DMG*D8*20150101*F"]
    above = [re.sub(r"^(NM1\*IL.*)\*MI\*.*", r"\1", each) for each in ABOVE]
    text = file_of(CLAIM, "HI*ABK:E119", *LINES, above=[*above, *patient])
    assert one(tmp_path, text).member_id == "P7"
    patient[2] = "NM1*QC*1*ROE*KIM"
    text = file_of(CLAIM, "HI*ABK:E119", *LINES, above=[*above, *patient])
    assert one(tmp_path, text).member_id is None


def test_a_file_all_in_lower_case(tmp_path: Path) -> None:
    usual = one(tmp_path, written(USUAL))
    line = one(tmp_path, written(USUAL).lower())
    assert line.rendering_provider == usual.rendering_provider == "1111111112"
    assert line.billing_provider == usual.billing_provider
    assert line.group_id == usual.group_id
    assert line.specialty == usual.specialty
    assert (line.procedure_code, line.diagnoses) == (usual.procedure_code, usual.diagnoses)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("length", [64, 72, 80, 100, 128])
def test_records_of_a_fixed_length(tmp_path: Path, length: int, line_end: str) -> None:
    usual, _ = read(tmp_path, written(USUAL * 2, line_end=""))
    text = written(USUAL * 2, line_end="")
    records = [text[start : start + length] for start in range(0, len(text), length)]
    lines, claims = read(tmp_path, line_end.join(records))
    assert claims.bad_lines.count == 0
    named = ("claim_id", "claim_number", "member_id")
    for line, same in zip(lines, usual, strict=True):
        expected = [name for name in COLUMNS if getattr(line, name) != getattr(same, name)]
        assert expected == []
        assert [getattr(line, name) for name in named[1:]] == [
            getattr(same, name) for name in named[1:]
        ]
    assert set(warned(claims)) == {"line breaks stand within segments, and were taken out"}


def test_blanks_and_tabs_around_elements(tmp_path: Path) -> None:
    text = written(USUAL).replace("~\n", " ~\t\r\n\t").replace("*HC:99213*", "*HC : 99213 *")
    line = one(tmp_path, text.replace("D8*20250301", "D8 * 20250301 ").replace("M100", "M100  "))
    assert (line.procedure_code, line.member_id) == ("99213", "M100")
    assert str(line.service_from) == "2025-03-01"


def test_trailing_empty_elements(tmp_path: Path) -> None:
    assert one(tmp_path, written(f"{each}***" if "ISA" not in each else each for each in USUAL))


def test_several_interchanges_groups_and_transactions(tmp_path: Path) -> None:
    usual = transaction(*ABOVE, CLAIM, *LINES)
    hospital = transaction(*ABOVE, "CLM*A2*100***13:A:1", "LX*1", "SV2*0450*HC:99284*100*UN*1",
                           "DTP*472*D8*20250301", version=I)  # fmt: skip
    remittance = transaction("BPR*I*0", "CLP*A1*1*100", "SVC*HC:99213*100", kind="835")
    segments = [
        *interchange(group(usual, hospital, remittance), group(usual)),
        *interchange(group(usual), control="000000906"),
        *interchange(group(usual), control="000000906"),
    ]
    lines, claims = read(tmp_path, written(segments))
    assert codes(lines) == ["99213", "99284", "99213", "99213", "99213"]
    assert len({line.claim_id for line in lines}) == 5
    assert [line.claim_id.rsplit("-", 1)[0] for line in lines] == [
        "A1-000000905-1", "A2-000000905-2", "A1-000000905-3", "A1-000000906-1", "A1-000000906.2-1",
    ]  # fmt: skip
    assert warned(claims) == {"a transaction is no 837 and was passed over": 1}


def test_delimiters_may_change_between_interchanges(tmp_path: Path) -> None:
    text = written(USUAL) + written(USUAL, element="|", component=">", terminator="\n", line_end="")
    text += written(USUAL, element="+", component="^", terminator="'", line_end="") + written(USUAL)
    lines, _ = read(tmp_path, text)
    assert codes(lines) == ["99213"] * 4
    assert len({line.claim_id for line in lines}) == 4


def test_claim_numbers_repeat_and_ids_do_not(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of(*[*[CLAIM, *LINES] * 500]))
    assert len(lines) == len({line.claim_id for line in lines}) == 500
    assert not claims.bad_lines.count


def test_the_type_is_the_service_segments(tmp_path: Path) -> None:
    lines, claims = read(tmp_path, file_of("CLM*A1*100***11:B:1", *LINES, version=I))
    assert lines[0].place_of_service == "11"
    assert warned(claims) == {"GS08 announces claims of another type than the service lines are": 1}
    (line,), _ = read(tmp_path, file_of("CLM*A1*100***13::1", "LX*1", "SV2*0450*HC:99284*100*UN*1"))
    assert line.bill_type == "131"


def test_line_numbers(tmp_path: Path) -> None:
    service = "SV1*HC:99213*10*UN*1"
    lines, claims = read(
        tmp_path,
        file_of("CLM*A1*60***11:B:1", DAY, "LX*3", service, service, "LX*3", service,
                "LX*x", service, "LX*9", service, "LX*10", service),
    )  # fmt: skip
    assert [line.line_number for line in lines] == [3, 4, 5, 6, 9, 10]
    problem = "service lines without a number of their own in LX01 were numbered in their order"
    assert warned(claims) == {problem: 3}


def test_the_ids_of_a_stream_are_those_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines, _ = read(tmp_path, written(USUAL))
    with (tmp_path / "claims.837").open() as stream:
        monkeypatch.setattr("sys.stdin", stream)
        assert [line.claim_id for line in read_claims("-")] == [line.claim_id for line in lines]


def test_a_column_map_may_make_the_providers_number_the_id(tmp_path: Path) -> None:
    path = tmp_path / "c.837"
    path.write_text(written(USUAL), encoding="utf-8")
    (line,) = read_claims(path, column_map={"claim_id": "claim_number"})
    assert line.claim_id == "A1"


def test_the_day_of_creation_may_stand_for_the_day_of_receipt(tmp_path: Path) -> None:
    path = tmp_path / "c.837"
    path.write_text(written(USUAL), encoding="utf-8")
    (line,) = read_claims(path, column_map={"received_date": "created_date"})
    assert str(line.received_date) == "2025-03-05"
