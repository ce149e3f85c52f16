"""Made-up claims as FHIR resources: as much in them as in those of a bulk export."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]

LINES_OF_CLAIM = 4

_BLUE_BUTTON = "https://bluebutton.cms.gov/resources/variables/"
_AMOUNTS = (
    "line_sbmtd_chrg_amt",
    "line_alowd_chrg_amt",
    "line_prvdr_pmt_amt",
    "line_coinsrnc_amt",
    "line_bene_ptb_ddctbl_amt",
)


def write_fhir(kind: str, claims: int, folder: Path, *, as_bundle: bool = False) -> None:
    """Write so many resources of a type into a folder, and their patients beside them."""
    from benchmarks.claim_lines import claim_table

    rows = claim_table(claims * LINES_OF_CLAIM).to_pylist()
    groups = [rows[at : at + LINES_OF_CLAIM] for at in range(0, len(rows), LINES_OF_CLAIM)]
    made = (_resource(kind, number, group) for number, group in enumerate(groups))
    members = sorted({str(group[0]["member_id"]) for group in groups})
    with (folder / "Patient.ndjson").open("w", encoding="utf-8") as stream:
        for member in members:
            stream.write(json.dumps(_patient(member)) + "\n")
    if as_bundle:
        _write_bundle(made, folder / f"{kind}.json")
    else:
        with (folder / f"{kind}.ndjson").open("w", encoding="utf-8") as stream:
            for resource in made:
                stream.write(json.dumps(resource, separators=(",", ":")) + "\n")


def _write_bundle(resources: Iterator[Json], path: Path) -> None:
    """A Bundle over many lines, as servers write them."""
    with path.open("w", encoding="utf-8") as stream:
        stream.write('{\n  "resourceType": "Bundle",\n  "type": "collection",\n  "entry": [\n')
        for number, resource in enumerate(resources):
            stream.write(",\n" if number else "")
            stream.write(json.dumps({"resource": resource}, indent=2))
        stream.write("\n  ]\n}\n")


def _patient(member: str) -> Json:
    return {
        "resourceType": "Patient",
        "id": member,
        "birthDate": "1950-02-03",
        "gender": "female",
        "text": {"status": "generated", "div": "<div>made up</div>"},
    }


def _resource(kind: str, number: int, rows: list[Json]) -> Json:
    first = rows[0]
    is_explained = kind == "ExplanationOfBenefit"
    return {
        "resourceType": kind,
        "id": f"{kind.lower()}-{number}",
        "meta": {"profile": ["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB"]},
        "identifier": [{"type": _concept("uc", "C4BBIdentifierType"), "value": f"F{number}"}],
        "status": "active",
        "type": _concept("professional", "claim-type"),
        "use": "claim",
        "patient": {"reference": f"Patient/{first['member_id']}"},
        "billablePeriod": {"start": str(first["service_from"]), "end": str(first["service_from"])},
        "created": str(first["service_from"]),
        "provider": {
            "identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}
        },
        "careTeam": [
            {
                "sequence": 1,
                "provider": {
                    "reference": "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|1234567893"
                },
                "role": _concept("performing", "C4BBClaimCareTeamRole"),
            }
        ],
        "diagnosis": [
            {
                "sequence": sequence,
                "diagnosisCodeableConcept": {
                    "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]
                },
            }
            for sequence, code in enumerate(("I10", "E11.9"), 1)
        ],
        "item": [_item(sequence, row, is_explained) for sequence, row in enumerate(rows, 1)],
    }


def _item(sequence: int, row: Json, is_explained: bool) -> Json:
    item: Json = {
        "sequence": sequence,
        "careTeamSequence": [1],
        "diagnosisSequence": [1],
        "productOrService": {
            "coding": [
                {
                    "system": "http://www.ama-assn.org/go/cpt",
                    "code": row["procedure_code"],
                    "display": "a service that was made up for this measurement",
                }
            ]
        },
        "servicedPeriod": {
            "start": f"{row['service_from']}T09:00:00-05:00",
            "end": f"{row['service_from']}T09:15:00-05:00",
        },
        "locationCodeableConcept": _concept("11", "ex-serviceplace"),
        "quantity": {"value": 1},
    }
    if is_explained:
        item["adjudication"] = [_amount(name) for name in _AMOUNTS]
    else:
        item["net"] = {"value": 125.5, "currency": "USD"}
    return item


def _amount(name: str) -> Json:
    category = {"coding": [{"system": _BLUE_BUTTON + name, "code": _BLUE_BUTTON + name}]}
    return {"category": category, "amount": {"value": 125.5, "currency": "USD"}}


def _concept(code: str, system: str) -> Json:
    address = f"http://terminology.hl7.org/CodeSystem/{system}"
    return {"coding": [{"system": address, "code": code}]}
