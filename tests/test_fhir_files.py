"""FHIR files in every form: what is joined, what is passed over, what is set aside and where."""

import gzip
import io
import json
import subprocess
import sys
import tracemalloc
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from editwright.evaluator.formats import fhir_pieces
from editwright.evaluator.formats.fhir_pieces import Piece, pieces
from editwright.evaluator.formats.members import read_members
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from tests.fhir_made_up import (
    CANARY,
    Json,
    bundle,
    claim,
    item,
    lines,
    ndjson,
    patient,
    read,
    write,
)

REPOSITORY = Path(__file__).parents[1]
CLAIMS = [claim(item(1), item(2), id="a"), claim(id="b", resourceType="ExplanationOfBenefit")]
LINES = [("a", 1), ("a", 2), ("b", 1)]


def found(claims: ClaimsIn) -> list[tuple[str, int]]:
    return [(line.claim_id, line.line_number) for line in claims]


def places(claims: ClaimsIn) -> list[str]:
    return [bad.place for bad in claims.bad_lines.kept]


# -- forms -----------------------------------------------------------------------------------------

FORMS: dict[str, str] = {
    "NDJSON": ndjson(CLAIMS),
    "NDJSON with blank lines and a mark": "\ufeff\n\n" + ndjson(CLAIMS).replace("\n", "\r\n\n"),
    "a Bundle on a line": json.dumps(bundle(*CLAIMS)),
    "a Bundle over many lines": json.dumps(bundle(*CLAIMS), indent=2),
    "Bundles on lines": ndjson([bundle(each) for each in CLAIMS]),
    "Bundles one after the other": "\n".join(json.dumps(bundle(each), indent=1) for each in CLAIMS),
    "an array": json.dumps(CLAIMS),
    "an array over many lines": json.dumps(CLAIMS, indent="\t"),
    "an array of Bundles": json.dumps([bundle(each) for each in CLAIMS], indent=1),
    "a Bundle in a Bundle": json.dumps(bundle(CLAIMS[0], bundle(CLAIMS[1])), indent=1),
    "a Bundle that says so last": json.dumps(
        {"entry": bundle(*CLAIMS)["entry"], "resourceType": "Bundle"}, indent=1
    ),
    "resources that say their type last": ndjson(
        [{name: each[name] for name in [*list(each)[1:], "resourceType"]} for each in CLAIMS]
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_gives_the_same_lines(tmp_path: Path, form: str) -> None:
    assert found(read(tmp_path, FORMS[form])) == LINES


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be"])
def test_utf_16_gives_the_same_lines(tmp_path: Path, form: str, encoding: str) -> None:
    (tmp_path / "Patient.ndjson").write_bytes(ndjson([patient()]).encode("utf-16"))
    (tmp_path / "claims.json").write_bytes(FORMS[form].encode(encoding))
    claims = list(read_claims(tmp_path))
    assert [(line.claim_id, line.line_number) for line in claims] == LINES
    assert claims[0].sex == "F"


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("chunk", [1, 7, 100])
def test_forms_do_not_depend_on_where_chunks_end(
    form: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = FORMS[form].replace("Canarysson", r"C\\\"{[anar\\").encode()
    whole = [each.raw for each in _pieces(text)]
    monkeypatch.setattr(fhir_pieces, "_CHUNK", chunk)
    assert [each.raw for each in _pieces(text)] == whole


def _pieces(text: bytes) -> list[Piece]:
    found = list(pieces(io.BufferedReader(io.BytesIO(text))))
    assert [each.problem for each in found if each.problem] == []
    return found


def test_single_files_gzip_and_zip_are_read(tmp_path: Path) -> None:
    assert found(read(tmp_path, json.dumps(CLAIMS[0], indent=2))) == LINES[:2]
    zipped = tmp_path / "claims.ndjson.gz"
    zipped.write_bytes(gzip.compress(ndjson(CLAIMS).encode()))
    assert found(read_claims(zipped)) == LINES
    with zipfile.ZipFile(tmp_path / "claims.zip", "w") as archive:
        archive.writestr("Claim.ndjson", ndjson(CLAIMS[:1]))
        archive.writestr("Patient.ndjson", ndjson([patient()]))
    assert [line.sex for line in read_claims(tmp_path / "claims.zip")] == ["F", "F"]


def test_the_format_can_be_insisted_on(tmp_path: Path) -> None:
    assert found(read(tmp_path, ndjson(CLAIMS), format="fhir")) == LINES


def test_our_own_ndjson_and_json_arrays_are_not_taken_for_fhir(tmp_path: Path) -> None:
    rows = [{"claim_id": "A", "line_number": 1}]
    assert found(read(tmp_path, ndjson(rows))) == [("A", 1)]
    assert found(read(tmp_path, json.dumps(rows))) == [("A", 1)]


def test_rows_and_columns_give_the_same(tmp_path: Path) -> None:
    claims = [
        claim(item(1, quantity={"value": 2}), item(2, servicedDate="2025-13-01"), id="a"),
        claim(item(1), item(1), id="b"),
        {"resourceType": "Claim", "item": [item()]},
        patient(),
    ]
    rows, columns = read(tmp_path, ndjson(claims)), read(tmp_path, ndjson(claims))
    by_rows = found(rows)
    wanted = ("procedure_code", "units", "birth_date", "modifiers", "diagnoses", "charge")
    batches = list(columns.in_columns(wanted))
    assert [each.count for each in batches] == [len(by_rows)]
    assert {str(bad) for bad in rows.bad_lines.kept} == {str(b) for b in columns.bad_lines.kept}
    assert len(rows.bad_lines.kept) == 3


# -- joins -----------------------------------------------------------------------------------------


def test_patients_of_other_files_are_joined(tmp_path: Path) -> None:
    write(tmp_path, ndjson(CLAIMS), "Claim.ndjson")
    write(tmp_path, ndjson([patient("other"), patient()]), "Patient.ndjson")
    claims = read_claims(tmp_path)
    assert {(line.birth_date, line.sex) for line in claims} == {(date(1961, 7, 13), "F")}
    assert claims.notes == ()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_patients_of_a_bundle_are_joined_by_its_addresses(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    who = patient("p-7")
    made = bundle(
        claim(patient={"reference": "urn:uuid:0a1b"}), *[patient(f"x{n}") for n in range(3)]
    )
    made["entry"].append({"fullUrl": "urn:uuid:0a1b", "resource": who})
    made["entry"] = [made["entry"][-order[0]], *made["entry"][1:-1], made["entry"][order[0] - 1]]
    (line,) = lines(tmp_path, made)
    assert (line.member_id, line.sex) == ("p-7", "F")


@pytest.mark.parametrize("patient_first", [True, False])
def test_from_standard_input_patients_are_joined_wherever_they_stand(
    tmp_path: Path, patient_first: bool
) -> None:
    rules = write(tmp_path, "99213 not allowed when sex = F otherwise warn\n", "rules.edits")
    both = [claim(id="a"), claim(id="b", patient={"reference": "x"})]
    text = ndjson([patient(), *both] if patient_first else [*both, patient()])
    command = [sys.executable, "-m", "editwright", "run", str(rules), "--claims", "-"]
    done = subprocess.run(
        [*command, "--format", "claim-status"],
        input=text.encode(),
        capture_output=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert [row.split(b",")[0] for row in done.stdout.splitlines()[1:]] == [b"a"]


def test_providers_of_other_files_are_joined_through_their_roles(tmp_path: Path) -> None:
    npi = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
    tin = {"system": "urn:oid:2.16.840.1.113883.4.4", "value": "060101507"}
    write(
        tmp_path,
        ndjson(
            [
                {"resourceType": "Organization", "id": "o", "identifier": [tin]},
                {"resourceType": "Practitioner", "id": "p", "identifier": [npi]},
                {
                    "resourceType": "PractitionerRole",
                    "id": "r",
                    "practitioner": {"reference": "Practitioner/p"},
                    "organization": {"reference": "https://x.test/Organization/o"},
                },
            ]
        ),
        "providers.ndjson",
    )
    write(tmp_path, claim(provider={"reference": "PractitionerRole/r"}))
    (line,) = read_claims(tmp_path)
    assert (line.billing_provider, line.group_id) == ("1234567893", "060101507")


@pytest.mark.parametrize(
    "reference",
    [
        {"identifier": {"system": "http://x.test", "value": "canary-mrn"}},
        {"reference": "Patient?identifier=http://x.test|canary-mrn"},
    ],
)
def test_patients_are_found_by_their_member_number(tmp_path: Path, reference: Json) -> None:
    (line,) = lines(tmp_path, ndjson([claim(patient=reference), patient()]))
    assert (line.member_id, line.sex) == ("canary-mrn", "F")


def test_contradicting_patients_are_nobody(tmp_path: Path) -> None:
    made = [patient(), patient(birthDate="1961-07-14"), claim()]
    (line,) = lines(tmp_path, ndjson(made))
    assert (line.birth_date, line.sex) == (None, "F")


def test_an_answer_to_a_claim_that_is_there_is_passed_over(tmp_path: Path) -> None:
    answer = claim(id="e", resourceType="ExplanationOfBenefit", claim={"reference": "Claim/a"})
    unasked = claim(id="f", resourceType="ExplanationOfBenefit", claim={"reference": "Claim/gone"})
    claims = read(tmp_path, ndjson([answer, unasked, claim(id="a")]))
    assert found(claims) == [("f", 1), ("a", 1)]
    assert "passed over" in claims.notes[0]


def test_other_resources_are_passed_over_and_counted(tmp_path: Path) -> None:
    others = [{"resourceType": "Observation", "id": str(n), "code": []} for n in range(3)]
    claims = read(tmp_path, ndjson([*others, {"resourceType": "Encounter"}, CLAIMS[0]]))
    assert found(claims) == LINES[:2]
    assert dict(claims.warnings.by_problem) == {
        "a resource of the type Observation was passed over": 3,
        "a resource of the type Encounter was passed over": 1,
    }


def test_patients_are_members(tmp_path: Path) -> None:
    text = ndjson([patient(), patient("p2", birthDate="1990", gender="other")])
    members = read_members(write(tmp_path, text, "Patient.ndjson"))
    assert dict(members) == {"canary-member": (date(1961, 7, 13), "F"), "p2": (None, None)}


def test_files_without_claims_are_refused_and_empty_ones_are_not(tmp_path: Path) -> None:
    with pytest.raises(ClaimsError, match="no Claim"):
        list(read(tmp_path, ndjson([patient(), {"resourceType": "Encounter"}])))
    assert list(read(tmp_path, bundle())) == []
    write(tmp_path, ndjson([patient()]), "Patient.ndjson")
    write(tmp_path, "claim_id,line_number\nA,1\n", "claims.csv")
    assert found(read_claims([tmp_path / "Patient.ndjson", tmp_path / "claims.csv"])) == [("A", 1)]


# -- what is set aside -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"sequence": "one"}, "`sequence`"),
        ({"productOrService": "99213"}, "`productOrService`"),
        ({"productOrService": {"coding": [{"code": 99213}]}}, "`productOrService.coding[0].code`"),
        ({"quantity": {"value": "two"}}, "`quantity.value`"),
        ({"modifier": {"coding": []}}, "`modifier`"),
        ({"adjudication": [[]]}, "`adjudication[0]`"),
        ("nothing", "the item"),
        (None, "the item"),
    ],
)
def test_a_bad_item_spoils_no_other(tmp_path: Path, broken: Any, said: str) -> None:
    bad_item = item(2) | broken if isinstance(broken, dict) else broken
    made = claim(item(1), bad_item, item(3), id="a")
    claims = read(tmp_path, ndjson([made, claim(id="b")]))
    assert found(claims) == [("a", 1), ("a", 3), ("b", 1)]
    (bad,) = claims.bad_lines.kept
    assert bad.place == "line 1, item[1]"
    assert said.strip("`") in bad.reason


@pytest.mark.parametrize(
    "broken",
    [{"patient": "Patient/canary-member"}, {"diagnosis": {}}, {"item": {}}, {"careTeam": [1]}],
)
def test_what_all_items_share_spoils_its_claim_alone(tmp_path: Path, broken: Json) -> None:
    claims = read(tmp_path, bundle(claim(id="a") | broken, claim(id="b")))
    assert found(claims) == [("b", 1)]
    (bad,) = claims.bad_lines.kept
    assert (bad.place, bad.unit) == ("line 1, entry[0]", "claim")
    assert next(iter(broken)) in bad.reason


HOSTILE: dict[str, tuple[str, str]] = {
    "cut off": ('{"resourceType":"Claim","id":', "JSON"),
    "text": ("hello", "JSON"),
    "a list": ("[1]", "JSON"),
    "no type": ('{"id": "1"}', "no FHIR resource"),
    "a strange type": ('{"resourceType": "<b>"}', "no FHIR resource"),
    "NaN": ('{"resourceType":"Claim","item":[{"net":{"value":NaN}}]}', "NaN"),
    "deep": ('{"resourceType":"Claim","a":' + "[" * 100_000, "JSON"),
    "deep and closed": (
        '{"resourceType":"Claim","a":' + "[" * 100_000 + "]" * 100_000 + "}",
        "nested too deep",
    ),
    "two lists of items": (
        '{"resourceType":"Claim","item":[{"sequence":1}],"item":[{"sequence":2}]}',
        "`item` stands twice",
    ),
    "many digits": (
        '{"resourceType":"Claim","item":[{"net":{"value":' + "9" * 5_000 + "}}]}",
        "too many digits",
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_lines_are_set_aside_alone(tmp_path: Path, case: str) -> None:
    text, said = HOSTILE[case]
    claims = read(tmp_path, ndjson(CLAIMS[:1]) + text + "\n" + ndjson(CLAIMS[1:]))
    assert found(claims) == LINES
    (bad,) = claims.bad_lines.kept
    assert bad.place == "line 2"
    assert said in bad.reason


def test_bytes_that_are_no_text_are_set_aside(tmp_path: Path) -> None:
    path = tmp_path / "claims.ndjson"
    bad = json.dumps(claim(id="x", note="?")).encode().replace(b"?", b"\xff")
    path.write_bytes(bad + b"\n" + ndjson(CLAIMS).encode())
    claims = read_claims(path)
    assert found(claims) == LINES
    assert "not UTF-8" in claims.bad_lines.kept[0].reason


def test_large_numbers_are_too_large(tmp_path: Path) -> None:
    made = json.dumps(claim(item(1, net={"value": 77}), item(2)))
    for value in ("1e400", "1e20", "-1e300", str(10**40)):
        claims = read(tmp_path, made.replace("77", value))
        assert found(claims) == [("c1", 2)]
        assert claims.bad_lines.kept[0].field == "charge"


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        (json.dumps(bundle(*CLAIMS), indent=1)[:-400], [("a", 1), ("a", 2)]),
        (json.dumps(CLAIMS, indent=1)[:-3], [("a", 1), ("a", 2), ("b", 1)][:2]),
        (json.dumps(CLAIMS, indent=1)[:-1], LINES),
        (json.dumps(CLAIMS, indent=1).replace("},\n {", "}},\n {", 1), LINES),
        (json.dumps(CLAIMS[0], indent=1)[:-20], []),
        ("[1,\n" + json.dumps(CLAIMS)[1:], LINES),
    ],
)
def test_broken_files_say_so_and_give_what_they_can(
    tmp_path: Path, text: str, entries: list[tuple[str, int]]
) -> None:
    claims = read(tmp_path, text)
    assert found(claims) == entries
    assert claims.bad_lines.count == 1
    assert claims.bad_lines.kept[0].unit == "resource"


def test_a_broken_entry_spoils_no_other(tmp_path: Path) -> None:
    text = json.dumps(bundle(*CLAIMS, CLAIMS[0]), indent=1).replace('"active"', "actve", 1)
    claims = read(tmp_path, text)
    assert found(claims) == [("b", 1), ("a", 1), ("a", 2)]
    assert places(claims) == ["entry[0]"]


def test_too_long_resources_are_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fhir_pieces, "LONGEST", 2_000)
    monkeypatch.setattr(fhir_pieces, "_CHUNK", 300)
    long = claim(id="long", text={"div": "x" * 3_000})
    for text in (
        ndjson([CLAIMS[0], long, CLAIMS[1]]),
        json.dumps(bundle(CLAIMS[0], long, CLAIMS[1]), indent=1),
        "\n".join(json.dumps(each, indent=1) for each in (CLAIMS[0], long, CLAIMS[1])),
    ):
        claims = read(tmp_path, text)
        assert found(claims) == LINES
        assert "more than 16 MiB" in claims.bad_lines.kept[0].problem


def test_a_large_bundle_takes_little_memory(tmp_path: Path) -> None:
    entry = json.dumps({"resource": claim(*[item(n) for n in range(1, 9)])}, indent=1)
    path = tmp_path / "bundle.json"
    with path.open("w") as file:
        file.write('{\n"resourceType": "Bundle",\n"entry": [')
        for number in range(4_000):
            file.write((",\n" if number else "") + entry.replace('"c1"', f'"c{number}"'))
        file.write("]\n}")
    assert path.stat().st_size > 7_000_000
    tracemalloc.start()
    count = sum(len(each.raw) > 0 for each in _open_pieces(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 4_001
    assert peak < 6_000_000


def _open_pieces(path: Path) -> Any:
    with path.open("rb") as stream:
        yield from pieces(stream)


# -- privacy ---------------------------------------------------------------------------------------


def test_no_message_holds_anything_private(tmp_path: Path) -> None:
    bad = [
        claim(item(servicedDate="1961-07-13x"), id="a"),
        claim(item() | {"sequence": "canary-member"}, id="b"),
        claim(id="c", patient="canary-member"),
        claim(id="d", billablePeriod={"start": "Canarysson"}),
        claim(item(unitPrice={"value": "1961-07-13"}), id="e"),
        patient("p", birthDate="canary-mrn", gender="Canarysson"),
        claim(id="f", patient={"reference": "Patient/p"}),
        claim(item(1), item(1), id="g", status="cancelled"),
    ]
    text = (
        ndjson([patient(), *bad])
        + json.dumps(patient())[:-9]
        + "\n"
        + '{"canary-member": Canarysson}\n'
    )
    claims = read(tmp_path, text)
    list(claims)
    members = read_members(write(tmp_path, text, "Patient.ndjson"))
    assert claims.bad_lines.count == 9
    said = "\n".join(
        [
            *(str(each) for each in claims.bad_lines.kept),
            *(str(each.as_dict()) for each in claims.bad_lines.kept),
            *claims.notes,
            *(str(each) for each in members.bad_lines.kept),
            *members.notes,
        ]
    )
    assert not [word for word in CANARY if word in said]


def test_a_damaged_file_is_not_said_to_hold_no_claims(tmp_path: Path) -> None:
    path = tmp_path / "claims.json"
    path.write_text('[{"resourceType": "Patient", "id": "p"}]]')
    reading = read_claims(path)
    assert not list(reading)
    assert [bad.problem for bad in reading.bad_lines.kept] == [
        "a bracket closes that was never opened"
    ]


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ([claim()], "a Bundle has a resource in the place of an entry"),
        ({"resource": claim()}, "a Bundle's `entry` is no list"),
    ],
)
def test_a_bundle_whose_claims_cannot_be_found_says_so(
    tmp_path: Path, entry: object, problem: str
) -> None:
    made = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entry})
    claims = read_claims(write(tmp_path, made, "claims.json"))
    assert not list(claims)
    assert dict(claims.bad_lines.by_problem) == {problem: 1}


def test_parameters_hold_what_is_submitted(tmp_path: Path) -> None:
    parameters = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "note", "valueString": "urgent"},
            {"name": "resource", "resource": bundle(claim(id="a"), patient())},
            {"name": "resource", "resource": claim(item() | {"sequence": "x"}, id="b")},
        ],
    }
    for made in (parameters, bundle(parameters)):
        claims = read(tmp_path, made)
        (line,) = claims
        assert (line.claim_id, line.birth_date) == ("a", date(1961, 7, 13))
        (place,) = places(claims)
        assert place.endswith("parameter[2], item[0]")
