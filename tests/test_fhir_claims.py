"""What a line is read from in a FHIR claim, trap by trap."""

import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats.fhir_claim import CLAIM_COLUMNS, ClaimRows
from editwright.evaluator.formats.fhir_decode import decode_claim
from editwright.evaluator.formats.fhir_parties import Parties
from editwright.evaluator.formats.fhir_resources import Resource, resources
from tests.fhir_made_up import (
    CPT,
    HCPCS,
    ICD10,
    NPI,
    Json,
    bundle,
    claim,
    concept,
    item,
    line,
    lines,
    patient,
    read,
)

BFD = "https://bluebutton.cms.gov/resources/"
VARIABLE = f"{BFD}variables/"
TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"


def codings(*pairs: tuple[str | None, str]) -> Json:
    return {"coding": [concept(code, system)["coding"][0] for system, code in pairs]}


def extension(name: str, **value: Any) -> Json:
    return {"url": VARIABLE + name} | value


# -- the code --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "code"),
    [
        ([("http://snomed.info/sct", "410620009"), (CPT, "99213")], "99213"),
        ([(HCPCS, "G0283"), (CPT, "97014")], "97014"),
        ([("http://snomed.info/sct", "185349003"), (HCPCS, "g0283")], "G0283"),
        ([(f"{VARIABLE}hcpcs_cd", "92999"), (f"{BFD}codesystem/hcpcs", "92999")], "92999"),
        ([("http://www.ada.org/cdt", "D1110")], "D1110"),
        ([("http://snomed.info/sct", "99213")], None),
        ([("http://hl7.org/fhir/sid/ndc", "00777310502")], None),
        ([(None, "99213")], "99213"),
        ([(None, "1200")], None),
        ([(None, "exam")], None),
        (
            [("http://terminology.hl7.org/CodeSystem/data-absent-reason", "not-applicable")],
            None,
        ),
    ],
)
def test_the_code_is_chosen_by_its_system(
    tmp_path: Path, pairs: list[tuple[str | None, str]], code: str | None
) -> None:
    made = claim(item(productOrService=codings(*pairs)))
    assert line(tmp_path, made).procedure_code == code


def test_codes_that_no_edit_speaks_are_noted_and_an_absent_code_is_not(tmp_path: Path) -> None:
    absent = concept("not-applicable", "http://terminology.hl7.org/CodeSystem/data-absent-reason")
    claims = read(
        tmp_path,
        claim(
            item(1, productOrService=concept("185349003", "http://snomed.info/sct")),
            item(2, productOrService=absent),
            item(3, productOrService=None),
        ),
    )
    assert [each.procedure_code for each in claims] == [None] * 3
    assert list(claims.warnings.by_problem.values()) == [1]
    assert "CPT, HCPCS or CDT" in claims.notes[0]


def test_modifiers_are_those_of_known_systems(tmp_path: Path) -> None:
    made = claim(
        item(
            modifier=[
                concept("25", f"{BFD}codesystem/hcpcs", version="1"),
                concept("GG", "http://unitsofmeasure.org"),
                concept("lt", HCPCS),
                concept("59", CPT),
                concept("XS", None),
                concept("rooh", "http://terminology.hl7.org/CodeSystem/modifiers"),
            ]
        )
    )
    assert line(tmp_path, made).modifiers == ("25", "LT", "59", "XS")


# -- numbers of sequence ---------------------------------------------------------------------------


def diagnosis(sequence: int, code: str, *types: str) -> Json:
    made: Json = {"sequence": sequence, "diagnosisCodeableConcept": concept(code, ICD10)}
    return made | ({"type": [concept(each, "http://x.test") for each in types]} if types else {})


def test_diagnoses_stand_in_order_of_sequence_the_principal_one_first(tmp_path: Path) -> None:
    made = claim(
        item(1, diagnosisSequence=[7, 4]),
        item(2),
        diagnosis=[
            diagnosis(7, "M54.5"),
            diagnosis(2, "R07.9", "admitting"),
            diagnosis(9, "E11.9", "principal"),
            diagnosis(4, "I10"),
            diagnosis(5, "W19.XXXA", "externalcauseofinjury"),
        ],
    )
    first, second = lines(tmp_path, made)
    assert first.diagnoses == ("E119", "I10", "M545")
    assert first.principal_diagnosis == "E119"
    assert first.pointed_diagnoses == ("M545", "I10")
    assert second.pointed_diagnoses == ("E119", "I10", "M545")


def test_a_pointer_to_what_is_left_out_or_not_coded_is_no_error(tmp_path: Path) -> None:
    made = claim(
        item(diagnosisSequence=[2, 3, 1]),
        diagnosis=[
            diagnosis(1, "I10"),
            diagnosis(2, "R07.9", "admitting"),
            {"sequence": 3, "diagnosisReference": {"reference": "urn:uuid:elsewhere"}},
        ],
    )
    assert line(tmp_path, made).pointed_diagnoses == ("I10",)


def test_a_pointer_to_no_diagnosis_sets_its_line_aside_alone(tmp_path: Path) -> None:
    claims = read(
        tmp_path,
        claim(item(1, diagnosisSequence=[3]), item(2), diagnosis=[diagnosis(1, "I10")]),
    )
    assert [each.line_number for each in claims] == [2]
    (bad,) = claims.bad_lines.kept
    assert bad.place == "line 1, item[0]"
    assert bad.field == "diagnosis_pointers"
    assert "`3`" in bad.reason


def test_a_contained_condition_is_a_diagnosis(tmp_path: Path) -> None:
    made = claim(
        contained=[{"resourceType": "Condition", "id": "d", "code": concept("J45.20", ICD10)}],
        diagnosis=[{"sequence": 1, "diagnosisReference": {"reference": "#d"}}],
    )
    assert line(tmp_path, made).diagnoses == ("J4520",)


def member(sequence: int, npi: str, role: str | None = None, **more: Any) -> Json:
    made: Json = {
        "sequence": sequence,
        "provider": {"identifier": {"type": concept("npi", "http://x.test"), "value": npi}},
    }
    return made | ({} if role is None else {"role": concept(role, "http://x.test")}) | more


def test_who_rendered_is_the_pointed_member_of_the_team(tmp_path: Path) -> None:
    taxonomy = concept("207R00000X", "http://nucc.org/provider-taxonomy")
    specialty = codings(
        ("http://nucc.org/provider-taxonomy", "390200000X"), (f"{VARIABLE}prvdr_spclty", "41")
    )
    team = [
        member(5, "1111111111", "referring"),
        member(2, "2222222222", "performing", qualification=specialty),
        member(3, "3333333333", "rendering", specialty=taxonomy),
        member(4, "4444444444", "primary"),
        member(6, "5555555555"),
    ]
    made = claim(
        item(1, careTeamSequence=[5, 3]),
        item(2, careTeamSequence=[2, 4]),
        item(3, careTeamSequence=[6]),
        item(4, careTeamSequence=[4]),
        careTeam=team,
        provider={"identifier": {"system": NPI, "value": "9999999999"}},
    )
    found = lines(tmp_path, made)
    assert [each.rendering_provider for each in found] == [
        "3333333333",
        "2222222222",
        "5555555555",
        None,
    ]
    assert [each.specialty for each in found] == ["207R00000X", "41", None, None]
    assert {each.billing_provider for each in found} == {"9999999999"}


@pytest.mark.parametrize(
    ("npis", "rendering", "is_told"),
    [
        (["2222222222", "2222222222"], "2222222222", False),
        (["2222222222", "3333333333"], None, True),
    ],
)
def test_who_rendered_is_not_guessed_where_several_did(
    tmp_path: Path, npis: list[str], rendering: str | None, is_told: bool
) -> None:
    team = [member(place, npi, "rendering") for place, npi in enumerate(npis, 1)]
    provider = {"identifier": {"system": NPI, "value": "9999999999"}}
    claims = read(
        tmp_path,
        claim(item(careTeamSequence=[1]), item(2), careTeam=team, provider=provider),
    )
    assert [each.rendering_provider for each in claims] == ["2222222222", rendering]
    assert ["several rendering" in note for note in claims.notes] == [True] * is_told


def test_on_professional_claims_without_one_the_billing_provider_rendered(tmp_path: Path) -> None:
    provider = {"identifier": {"system": NPI, "value": "9999999999"}}
    institutional = concept("institutional", "http://x.test")
    assert line(tmp_path, claim(provider=provider)).rendering_provider == "9999999999"
    made = claim(provider=provider, type=institutional)
    assert line(tmp_path, made).rendering_provider is None


# -- providers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("provider", "npi", "tin"),
    [
        ({"identifier": {"system": NPI, "value": "1234567893"}}, "1234567893", None),
        ({"identifier": {"system": "http://npid.org/id", "value": "NJ12345"}}, None, None),
        ({"identifier": {"system": f"{VARIABLE}carr_clm_blg_npi_num", "value": "1"}}, "1", None),
        ({"identifier": {"type": concept("TAX", TYPE), "value": "12-3"}}, None, "12-3"),
        ({"reference": f"Practitioner?identifier={NPI}|1234567893"}, "1234567893", None),
        ({"reference": "Practitioner/unknown"}, None, None),
        ({"reference": "#org"}, "1234567893", "060101507"),
        ({"display": "Somebody"}, None, None),
    ],
)
def test_npis_are_told_from_other_identifiers(
    tmp_path: Path, provider: Json, npi: str | None, tin: str | None
) -> None:
    organization = {
        "resourceType": "Organization",
        "id": "org",
        "identifier": [
            {"type": concept("PRN", TYPE), "value": "999999"},
            {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "060101507"},
            {"type": concept("NPI", TYPE), "value": "1234567893"},
        ],
    }
    found = line(tmp_path, claim(provider=provider, contained=[organization]))
    assert (found.billing_provider, found.group_id) == (npi, tin)


def test_the_tax_number_of_a_line_goes_before_the_claims(tmp_path: Path) -> None:
    made = claim(
        item(extension=[extension("tax_num", valueCoding={"code": "204299999"})]),
        provider={"identifier": {"type": concept("TAX", TYPE), "value": "111111111"}},
    )
    assert line(tmp_path, made).group_id == "204299999"


# -- dates -----------------------------------------------------------------------------------------

MARCH = date(2025, 3, 1)


@pytest.mark.parametrize(
    ("when", "first", "last"),
    [
        ({"servicedDate": "2025-03-05"}, (2025, 3, 5), (2025, 3, 5)),
        (
            {"servicedPeriod": {"start": "2025-03-05", "end": "2025-03-06"}},
            (2025, 3, 5),
            (2025, 3, 6),
        ),
        ({"servicedPeriod": {"start": "2025-03-05"}}, (2025, 3, 5), (2025, 3, 5)),
        (
            {"servicedPeriod": {"start": "2025-03-05T23:30:00-05:00"}},
            (2025, 3, 5),
            (2025, 3, 5),
        ),
        ({"servicedDate": "0999-12-27"}, (2025, 3, 1), (2025, 3, 2)),
        ({"servicedPeriod": {"end": "2025-03-02"}}, (2025, 3, 1), (2025, 3, 2)),
        ({}, (2025, 3, 1), (2025, 3, 2)),
    ],
)
def test_dates_are_the_lines_own_else_the_claims(
    tmp_path: Path, when: Json, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    found = line(tmp_path, claim(item(**when)))
    assert (found.service_from, found.service_to) == (date(*first), date(*last))


@pytest.mark.parametrize("when", ["2025-03", "2025", "03/05/25", "yesterday"])
def test_a_date_without_a_day_sets_its_line_aside(tmp_path: Path, when: str) -> None:
    claims = read(tmp_path, claim(item(1, servicedDate=when), item(2)))
    assert [each.line_number for each in claims] == [2]
    assert claims.bad_lines.kept[0].field == "service_from"


@pytest.mark.parametrize("created", ["IGNORED_FIELD", "0999-12-27", "9999-12-31", None])
def test_fillers_are_missing(tmp_path: Path, created: str | None) -> None:
    assert line(tmp_path, claim(created=created)).received_date is None


def test_a_claim_is_received_when_it_says_so_else_when_it_was_made(tmp_path: Path) -> None:
    received = {
        "sequence": 1,
        "category": concept("clmrecvddate", "http://x.test"),
        "timingDate": "2025-03-11",
    }
    assert line(tmp_path, claim()).received_date == date(2025, 3, 9)
    assert line(tmp_path, claim(supportingInfo=[received])).received_date == date(2025, 3, 11)
    eob = claim(resourceType="ExplanationOfBenefit")
    assert line(tmp_path, eob).received_date is None
    made = eob | {"supportingInfo": [received]}
    assert line(tmp_path, made).received_date == date(2025, 3, 11)


# -- quantities and amounts ------------------------------------------------------------------------


def mtus(count: float, kind: str) -> list[Json]:
    return [
        extension("carr_line_mtus_cnt", valueQuantity={"value": count}),
        extension("carr_line_mtus_cd", valueCoding={"code": kind}),
    ]


@pytest.mark.parametrize(
    ("more", "units"),
    [
        ({"quantity": {"value": 2}}, Decimal(2)),
        ({"quantity": {"value": 1.5}}, Decimal("1.5")),
        ({"quantity": {"value": 1.0}, "extension": mtus(7, "3")}, Decimal(1)),
        ({"extension": mtus(7, "3")}, Decimal(7)),
        ({"extension": mtus(7, "2")}, None),
        ({"quantity": {"value": 90, "code": "min"}}, None),
        ({"quantity": {"unit": "TAB"}}, None),
        (
            {
                "revenue": concept("0250", f"{VARIABLE}rev_cntr"),
                "quantity": {"value": 77},
                "extension": [extension("rev_cntr_unit_cnt", valueQuantity={"value": 3})],
            },
            Decimal(3),
        ),
        ({"revenue": concept("0250", f"{VARIABLE}rev_cntr"), "quantity": {"value": 77}}, None),
        ({}, None),
    ],
)
def test_units_are_services_not_drugs_or_minutes(
    tmp_path: Path, more: Json, units: Decimal | None
) -> None:
    assert line(tmp_path, claim(item(**more))).units == units


def submitted(amount: float, *others: str) -> Json:
    names = ("submitted", *others)
    category = {"coding": [{"code": name} for name in names]}
    return {"category": category, "amount": {"value": amount}}


@pytest.mark.parametrize(
    ("more", "charge"),
    [
        ({"net": {"value": 125.5}}, "125.5"),
        ({"unitPrice": {"value": 0.1}, "quantity": {"value": 3}}, "0.3"),
        ({"unitPrice": {"value": 10}, "quantity": {"value": 3}, "factor": 0.5}, "15"),
        ({"unitPrice": {"value": 12.5}}, "12.5"),
        ({"net": {"value": 1}, "adjudication": [submitted(75)]}, "75"),
        (
            {"adjudication": [submitted(5, "x"), submitted(9, f"{VARIABLE}rev_cntr_tot_chrg_amt")]},
            "9",
        ),
    ],
)
def test_the_charge_is_what_was_submitted(tmp_path: Path, more: Json, charge: str) -> None:
    assert line(tmp_path, claim(item(**more))).charge == Decimal(charge)


# -- places, bills, claims -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "place"),
    [
        (
            "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
            "11",
            "11",
        ),
        (
            "https://www.cms.gov/medicare/coding/place-of-service-codes/"
            "place_of_service_code_set.html",
            "22",
            "22",
        ),
        (f"{VARIABLE}line_place_of_srvc_cd", "12", "12"),
        ("http://terminology.hl7.org/CodeSystem/ex-serviceplace", "19", "19"),
        (None, "21", "21"),
        ("http://snomed.info/sct", "22", None),
        (None, "OFFICE", None),
    ],
)
def test_the_place_of_service_is_two_digits_of_a_known_system(
    tmp_path: Path, system: str | None, code: str, place: str | None
) -> None:
    made = claim(item(locationCodeableConcept=concept(code, system)))
    assert line(tmp_path, made).place_of_service == place


def bill(code: Json) -> list[Json]:
    return [{"sequence": 1, "category": concept("typeofbill", "http://x.test"), "code": code}]


def test_the_type_of_bill_is_whole_or_put_together(tmp_path: Path) -> None:
    nubc = "https://www.nubc.org/CodeSystem/TypeOfBill"
    whole = line(tmp_path, claim(supportingInfo=bill(concept("0137", nubc))))
    assert (whole.bill_type, whole.frequency_code) == ("137", "7")
    parts = claim(
        supportingInfo=bill(concept("1", f"{VARIABLE}clm_freq_cd")),
        extension=[extension("clm_srvc_clsfctn_type_cd", valueCoding={"code": "3"})],
        facility={"extension": [extension("clm_fac_type_cd", valueCoding={"code": "1"})]},
    )
    assembled = line(tmp_path, parts)
    assert (assembled.bill_type, assembled.frequency_code) == ("131", "1")
    digit = line(tmp_path, claim(supportingInfo=bill(concept("4", f"{VARIABLE}clm_freq_cd"))))
    assert (digit.bill_type, digit.frequency_code) == (None, "4")
    filler = line(tmp_path, claim(supportingInfo=bill(concept("Dummy", nubc))))
    assert (filler.bill_type, filler.frequency_code) == (None, None)


def test_revenue_codes_are_the_revenue_centers(tmp_path: Path) -> None:
    nubc = "https://www.nubc.org/CodeSystem/RevenueCodes"
    mixed = codings((nubc, "A"), (f"{VARIABLE}rev_cntr", "450"))
    found = lines(
        tmp_path,
        claim(item(1, revenue=mixed), item(2, revenue=concept("Dummy", nubc)), item(3)),
    )
    assert [each.revenue_code for each in found] == ["0450", None, None]


def test_a_claim_is_named_by_its_unique_number_else_by_its_id(tmp_path: Path) -> None:
    provider_number = {"system": "http://clinic.test/claim", "value": "12347"}
    unique = {"type": concept("uc", "http://x.test"), "value": "U-1"}
    group = {"type": concept("uc", "http://x.test"), "system": f"{BFD}identifier/claim-group"}
    bfd = {"system": f"{VARIABLE}clm_id", "value": "-100"}
    assert line(tmp_path, claim(identifier=[provider_number])).claim_id == "c1"
    assert line(tmp_path, claim(identifier=[provider_number, unique])).claim_id == "U-1"
    assert line(tmp_path, claim(identifier=[group | {"value": "9"}, bfd])).claim_id == "-100"
    assert line(tmp_path, claim(identifier=[provider_number]) | {"id": None}).claim_id == "12347"


def test_authorization_and_lines_numbers_are_read(tmp_path: Path) -> None:
    made = claim(
        item(25),
        insurance=[
            {"focal": False, "coverage": {}, "preAuthRef": ["OTHER"]},
            {"focal": True, "coverage": {}, "preAuthRef": ["PA1", "PA2"]},
        ],
    )
    found = line(tmp_path, made)
    assert (found.authorization, found.line_number) == ("PA1", 25)
    eob = claim(resourceType="ExplanationOfBenefit", preAuthRef=["PA3"])
    assert line(tmp_path, eob).authorization == "PA3"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({}, None),
        ({"status": "cancelled"}, "cancelled"),
        ({"status": "entered-in-error"}, "entered-in-error"),
        ({"use": "preauthorization"}, "preauthorization"),
        ({"use": "complete"}, None),
        ({"use": "proposed"}, "proposed"),
    ],
)
def test_claims_that_bill_nothing_say_so(tmp_path: Path, more: Json, status: str | None) -> None:
    claims = read(tmp_path, claim(**more))
    assert [each.status for each in claims] == [status]
    assert len(claims.notes) == (status is not None)


def test_the_replaced_claim_is_named(tmp_path: Path) -> None:
    related = [
        {"relationship": concept("associated", None), "claim": {"reference": "Claim/other"}},
        {"relationship": concept("prior", None), "claim": {"reference": "Claim/old/_history/2"}},
    ]
    assert line(tmp_path, claim(related=related[:1])).frequency_code is None
    assert line(tmp_path, claim(related=related)).frequency_code == "7"
    assert original(tmp_path, claim(related=related)) == "old"


def test_a_withdrawn_claim_voids_itself(tmp_path: Path) -> None:
    for status in ("cancelled", "entered-in-error"):
        assert line(tmp_path, claim(status=status)).frequency_code == "8"
        assert original(tmp_path, claim(status=status)) == "c1"


def original(tmp_path: Path, made: Json) -> object:
    (resource,) = resources(io.BufferedReader(io.BytesIO(json.dumps(made).encode())))
    assert isinstance(resource, Resource)
    rows = ClaimRows(decode_claim(resource.raw)[0], Parties(), None)
    return rows.head[CLAIM_COLUMNS.index("original_claim_id")]


def test_details_are_no_lines(tmp_path: Path) -> None:
    detail = {"sequence": 1, "productOrService": concept("J1885", HCPCS), "quantity": {"value": 3}}
    claims = read(
        tmp_path,
        claim(item(1, detail=[detail]), item(2, productOrService=None, detail=[detail])),
    )
    assert [each.procedure_code for each in claims] == ["99213", None]
    assert [note for note in claims.notes if "details" in note]


def test_a_claim_without_items_is_noted(tmp_path: Path) -> None:
    claims = read(tmp_path, claim(item=None))
    assert list(claims) == []
    assert "no item" in claims.notes[0]


# -- other versions --------------------------------------------------------------------------------


def test_stu3_is_read_by_its_own_names(tmp_path: Path) -> None:
    made = claim(
        {
            "sequence": 1,
            "service": concept("99213", f"{BFD}codesystem/hcpcs"),
            "diagnosisLinkId": [2],
            "careTeamLinkId": [1],
            "quantity": {"value": 2},
            "servicedPeriod": {"start": "2025-03-05"},
        },
        resourceType="ExplanationOfBenefit",
        subType=[concept("x", None)],
        organization={"identifier": {"system": NPI, "value": "9999999999"}},
        provider={"identifier": {"system": NPI, "value": "7777777777"}},
        information=[
            {
                "sequence": 1,
                "category": concept("clmrecvddate", "http://x.test"),
                "timingDate": "2025-03-11",
            }
        ],
        insurance={"coverage": {"reference": "Coverage/1"}, "preAuthRef": ["PA"]},
        diagnosis=[diagnosis(1, "I10", "principal"), diagnosis(2, "M54.5")],
        careTeam=[member(1, "2222222222", "primary", responsible=True)],
    )
    claims = read(tmp_path, made)
    (found,) = claims
    assert found.procedure_code == "99213"
    assert found.pointed_diagnoses == ("M545",)
    assert found.rendering_provider == "2222222222"
    assert found.billing_provider == "9999999999"
    assert found.received_date == date(2025, 3, 11)
    assert found.authorization == "PA"
    assert "STU3" in claims.notes[0]


def test_dstu2_is_refused_by_name(tmp_path: Path) -> None:
    claims = read(tmp_path, claim(type="institutional"))
    assert list(claims) == []
    (bad,) = claims.bad_lines.kept
    assert "DSTU2" in bad.reason
    assert bad.unit == "claim"


# -- members ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reference", "member_id"),
    [
        ({"reference": "Patient/p1"}, "p1"),
        ({"reference": "https://server.test/fhir/Patient/p1"}, "p1"),
        ({"reference": "Patient/p1/_history/3"}, "p1"),
        ({"reference": "urn:uuid:9808a1c3"}, "9808a1c3"),
        ({"reference": "Patient?identifier=http://x.test|m1"}, "m1"),
        ({"identifier": {"system": "http://x.test", "value": "m1"}}, "m1"),
        ({"reference": "#who"}, "mrn-1"),
        ({"display": "Somebody"}, None),
        (None, None),
    ],
)
def test_the_member_is_who_the_reference_names(
    tmp_path: Path, reference: Json | None, member_id: str | None
) -> None:
    who = patient("who", identifier=[{"type": concept("MB", None), "value": "mrn-1"}])
    found = line(tmp_path, claim(patient=reference, contained=[who]))
    assert found.member_id == member_id


def test_a_contained_patient_without_number_tells_nobody_apart(tmp_path: Path) -> None:
    who = patient("patient-1", identifier=[])
    found = line(tmp_path, claim(patient={"reference": "#patient-1"}, contained=[who]))
    assert found.member_id is None
    assert (found.birth_date, found.sex) == (date(1961, 7, 13), "F")


def test_the_coverage_names_the_member_where_nothing_else_does(tmp_path: Path) -> None:
    coverage = {
        "resourceType": "Coverage",
        "id": "cov",
        "subscriberId": "S1",
        "dependent": "02",
        "beneficiary": {"display": "Somebody"},
    }
    made = claim(
        patient={"display": "Somebody"},
        contained=[coverage],
        insurance=[{"focal": True, "coverage": {"reference": "#cov"}}],
    )
    assert line(tmp_path, made).member_id == "S1-02"


@pytest.mark.parametrize("born", ["1961", "1961-07", "0999-12-27"])
def test_a_birth_date_without_a_day_is_missing(tmp_path: Path, born: str) -> None:
    who = patient("who", birthDate=born)
    found = line(tmp_path, claim(patient={"reference": "#who"}, contained=[who]))
    assert found.birth_date is None


def test_codes_that_are_left_out_are_remarked_on(tmp_path: Path) -> None:
    absent = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
    resource = claim(
        item(1, modifier=[concept("25", "http://example.org/modifiers"), concept("59", CPT)]),
        item(2, modifier=[concept("not-applicable", absent)]),
        diagnosis=[
            {
                "sequence": 1,
                "diagnosisCodeableConcept": concept("44054006", "http://snomed.info/sct"),
            },
            {"sequence": 2, "diagnosisCodeableConcept": concept("E11.9", ICD10)},
        ],
    )
    claims = read(tmp_path, resource)
    found = list(claims)
    assert [each.modifiers for each in found] == [("59",), ()]
    assert found[0].diagnoses == ("E119",)
    assert dict(claims.warnings.by_problem) == {
        "a claim has diagnoses in a code system that is not ICD-9-CM, ICD-10 or ICD-10-CM; they "
        "were left out": 1,
        "an item has modifiers in a code system that is not CPT or HCPCS; they were left out": 1,
    }


@pytest.mark.parametrize(
    "system",
    [
        "http://www.ama-assn.org/go/cpt/",
        "https://www.ama-assn.org/go/cpt",
        "http://www.ama-assn.org/go/CPT",
        "http://www.ama-assn.org/go/cpt|2025",
        "https://www.cms.gov/medicare/coding/hcpcsreleasecodesets.html",
        "http://terminology.hl7.org/CodeSystem/CD2",
    ],
)
def test_the_address_of_a_system_may_be_written_in_other_ways(tmp_path: Path, system: str) -> None:
    made = claim(item(productOrService=concept("99213", system), modifier=[concept("25", system)]))
    found = line(tmp_path, made)
    assert (found.procedure_code, found.modifiers) == ("99213", ("25",))


def test_other_systems_may_be_written_in_other_ways_too(tmp_path: Path) -> None:
    made = claim(
        item(
            revenue=concept("0450", "http://www.nubc.org/CodeSystem/RevenueCodes"),
            locationCodeableConcept=concept("11", "urn:oid:2.16.840.1.113883.6.50"),
        ),
        diagnosis=[
            {"sequence": 1, "diagnosisCodeableConcept": concept("I10", f"{ICD10}/")},
            {"sequence": 2, "diagnosisCodeableConcept": concept("I11", ICD10.replace("p:", "ps:"))},
        ],
        provider={"identifier": {"system": NPI.upper(), "value": "1234567893"}},
        supportingInfo=[
            {
                "sequence": 1,
                "category": concept("typeofbill", None),
                "code": concept("0131", "http://www.nubc.org/CodeSystem/TypeOfBill"),
            }
        ],
    )
    found = line(tmp_path, made)
    assert (found.revenue_code, found.place_of_service, found.bill_type) == ("0450", "11", "131")
    assert found.diagnoses == ("I10", "I11")
    assert found.billing_provider == "1234567893"


def test_codes_without_a_system_may_be_in_lower_case(tmp_path: Path) -> None:
    made = claim(item(productOrService=concept("j0585", None), modifier=[concept("lt", None)]))
    found = line(tmp_path, made)
    assert (found.procedure_code, found.modifiers) == ("J0585", ("LT",))


def test_modifiers_may_stand_together_in_one_concept(tmp_path: Path) -> None:
    together = {"coding": [*concept("25")["coding"], *concept("59")["coding"]]}
    twice = {"coding": [*concept("LT", HCPCS)["coding"], *concept("LT", HCPCS)["coding"]]}
    assert line(tmp_path, claim(item(modifier=[together, twice]))).modifiers == ("25", "59", "LT")


def test_a_revenue_code_may_stand_where_the_service_should(tmp_path: Path) -> None:
    nubc = "https://www.nubc.org/CodeSystem/RevenueCodes"
    claims = read(tmp_path, claim(item(productOrService=concept("0450", nubc))))
    (found,) = claims
    assert (found.procedure_code, found.revenue_code) == (None, "0450")
    assert claims.warnings.texts() == []


@pytest.mark.parametrize("unit", ["mL", "F2", "mg", "ML", "Milliliter", "mcg"])
def test_what_is_measured_like_a_drug_is_no_unit(tmp_path: Path, unit: str) -> None:
    claims = read(tmp_path, claim(item(quantity={"value": 5, "unit": unit})))
    (found,) = claims
    assert (found.units, found.charge) == (None, None)
    assert dict(claims.warnings.by_problem) == {
        "a quantity is measured like a drug, and was not read as units": 1
    }


@pytest.mark.parametrize(
    ("more", "note"),
    [
        (
            {"locationCodeableConcept": concept("11", "http://x.test/places")},
            "an item has a place of service that is no code of CMS; it was left out",
        ),
        (
            {"revenue": concept("0450", "http://x.test/revenue")},
            "an item has a revenue code that is none of NUBC's; it was left out",
        ),
        (
            {"productOrService": {"text": "office visit"}},
            "an item says its service in words alone; its line has no code",
        ),
        (
            {"modifier": [{"text": "left side"}]},
            "an item says a modifier in words alone; it was left out",
        ),
        (
            {"locationCodeableConcept": {"text": "office"}},
            "an item says its place of service in words alone; it was left out",
        ),
        (
            {"revenue": {"text": "laboratory"}},
            "an item says its revenue center in words alone; it was left out",
        ),
        (
            {"productOrService": codings((CPT, "99213"), (CPT, "99214"), (CPT, "99213"))},
            "an item has several codes for one service; its line has the first of CPT, else of "
            "HCPCS, else of CDT",
        ),
    ],
)
def test_what_is_left_out_of_an_item_is_told(tmp_path: Path, more: Json, note: str) -> None:
    claims = read(tmp_path, claim(item(**more)))
    assert len(list(claims)) == 1
    assert dict(claims.warnings.by_problem) == {note: 1}


def test_a_claim_that_another_replaces_says_so(tmp_path: Path) -> None:
    made = claim(
        resourceType="ExplanationOfBenefit",
        related=[{"relationship": concept("replacedby", None), "reference": {"value": "new"}}],
    )
    claims = read(tmp_path, made)
    (found,) = claims
    assert found.original_claim_id is None
    assert dict(claims.warnings.by_problem) == {
        "a claim says that another replaces it; it is left out if that one is among the claims "
        "and names it": 1
    }


def test_a_tax_id_may_have_a_hyphen(tmp_path: Path) -> None:
    given = {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "12-3456789"}
    assert line(tmp_path, claim(provider={"identifier": given})).group_id == "123456789"


@pytest.mark.parametrize(
    ("more", "note"),
    [
        (
            {"addItem": [{"itemSequence": [1], "productOrService": concept("99214")}]},
            "an ExplanationOfBenefit has items that the payer has added; they are no lines",
        ),
        (
            {"related": [{"claim": {"reference": "Claim/c0"}}]},
            "a claim is related to another without saying how, or in a way that is not known; it "
            "is not read as its replacement",
        ),
        (
            {"patient": {"display": "Canarysson"}},
            "a claim does not tell its member; its lines are judged with those of the same claim "
            "alone",
        ),
        (
            {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": {"text": "a cold"}}]},
            "a claim says a diagnosis in words alone; it was left out",
        ),
        (
            {"diagnosis": [{"sequence": 1, "diagnosisReference": {"reference": "Condition/x"}}]},
            "a claim refers to a diagnosis that is not there, or is not in ICD; it was left out",
        ),
    ],
)
def test_what_is_left_out_of_a_claim_is_told(tmp_path: Path, more: Json, note: str) -> None:
    claims = read(tmp_path, claim(**more))
    (found,) = claims
    assert (found.original_claim_id, found.diagnoses) == (None, ())
    assert dict(claims.warnings.by_problem) == {note: 1}


def test_a_number_of_two_diagnoses_leads_to_neither(tmp_path: Path) -> None:
    made = claim(
        item(1, diagnosisSequence=[1]),
        item(2, diagnosisSequence=[2]),
        item(3),
        diagnosis=[diagnosis(1, "E11.9"), diagnosis(1, "I10"), diagnosis(2, "J45.20")],
    )
    claims = read(tmp_path, made)
    assert [(each.line_number, each.pointed_diagnoses) for each in claims] == [
        (2, ("J4520",)),
        (3, ("E119", "I10", "J4520")),
    ]
    assert "points to a diagnosis that is not there" in str(claims.bad_lines.kept[0])
    assert "two diagnoses with one number" in claims.notes[0]


def test_all_diagnoses_may_have_one_number(tmp_path: Path) -> None:
    made = claim(
        item(1, diagnosisSequence=[1]), diagnosis=[diagnosis(1, "E11.9"), diagnosis(1, "I10")]
    )
    claims = read(tmp_path, made)
    assert not list(claims)
    assert claims.bad_lines.count == 1


def test_pointing_to_what_was_left_out_alone_is_told(tmp_path: Path) -> None:
    made = claim(
        item(1, diagnosisSequence=[2]),
        item(2, diagnosisSequence=[1, 2]),
        diagnosis=[
            diagnosis(1, "E11.9"),
            {"sequence": 2, "diagnosisCodeableConcept": concept("44", "http://snomed.info/sct")},
        ],
    )
    claims = read(tmp_path, made)
    assert [each.pointed_diagnoses for each in claims] == [("E119",), ("E119",)]
    assert (
        claims.warnings.by_problem[
            "an item points only to diagnoses that were left out; its line is judged on all "
            "diagnoses of its claim"
        ]
        == 1
    )


def test_minutes_may_be_written_in_any_case(tmp_path: Path) -> None:
    for unit in ("min", "MIN", "Minutes", "mj"):
        assert line(tmp_path, claim(item(quantity={"value": 15, "unit": unit}))).units is None


def test_numbers_may_stand_between_quotes(tmp_path: Path) -> None:
    made = claim(
        item(
            "7",  # type: ignore[arg-type]
            careTeamSequence=["1"],
            quantity={"value": "2.50"},
            net={"value": "120.10"},
        ),
        item(2.0),  # type: ignore[arg-type]
        careTeam=[member(1, "2222222222", "rendering") | {"sequence": "1"}],
    )
    first, second = lines(tmp_path, made)
    assert (first.line_number, second.line_number) == (7, 2)
    assert (first.units, first.charge) == (Decimal("2.5"), Decimal("120.1"))
    assert first.rendering_provider == "2222222222"


@pytest.mark.parametrize("value", ["two", "", " 2", "1e3", "1,000", "$5", "NaN", "2.5.1"])
def test_a_text_that_is_no_number_is_set_aside(tmp_path: Path, value: str) -> None:
    claims = read(tmp_path, claim(item(quantity={"value": value})))
    assert not list(claims)
    assert "quantity.value must be a number, and is text" in str(claims.bad_lines.kept[0])


BB3 = "https://bluebutton.cms.gov/fhir/"


@pytest.mark.parametrize(("kind", "frequency"), [("0", "1"), ("1", "8"), ("2", "7"), ("3", None)])
def test_a_claim_of_blue_button_3(tmp_path: Path, kind: str, frequency: str | None) -> None:
    system = f"{BB3}CodeSystem/CLM-PRVDR-SPCLTY-CD"
    specialty = {
        "url": f"{BB3}StructureDefinition/CLM-PRVDR-SPCLTY-CD",
        "valueCoding": {"system": system, "code": "11"},
    }
    made = claim(
        item(extension=[specialty], quantity={"value": 3.0}),
        resourceType="ExplanationOfBenefit",
        id="e1",
        meta={"tag": [{"system": f"{BB3}CodeSystem/Final-Action", "code": "NotFinalAction"}]},
        identifier=[
            {"type": concept("uc", "http://x.test"), "value": "U1"},
            {"system": "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM", "value": "N1"},
        ],
        supportingInfo=[
            {
                "sequence": 1,
                "category": concept("info", "http://x.test"),
                "code": concept(kind, f"{BB3}CodeSystem/CLM-ADJSTMT-TYPE-CD"),
            }
        ],
    )
    claims = read(tmp_path, made)
    (found,) = claims
    assert (found.claim_id, found.claim_number, found.frequency_code) == ("U1", "N1", frequency)
    assert (found.units, found.specialty) == (Decimal(3), "11")
    assert "not the last version of itself" in claims.notes[0]


def test_a_claim_that_is_known_by_its_number_can_be_replaced_by_the_id_of_its_resource(
    tmp_path: Path,
) -> None:
    def numbered(number: str) -> list[Json]:
        return [{"type": concept("uc", "http://x.test"), "value": number}]

    prior = {"relationship": concept("prior", None), "claim": {"reference": "Claim/e1"}}
    old = claim(id="e1", identifier=numbered("U1"))
    new = claim(id="e2", identifier=numbered("U2"), related=[prior])
    first, second = lines(tmp_path, bundle(old, new))
    assert (first.claim_id, first.claim_number) == ("U1", "e1")
    assert (second.claim_id, second.original_claim_id) == ("U2", "e1")
