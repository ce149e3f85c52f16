"""Made-up FHIR resources for tests."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.evaluator.lines.service_line import ServiceLine

Json = dict[str, Any]

CPT = "http://www.ama-assn.org/go/cpt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"
NPI = "http://hl7.org/fhir/sid/us-npi"
CANARY = ("canary-member", "Canarysson", "1961-07-13", "canary-mrn")
"""What no message may ever hold: the member's id, name, birth date and record number."""


def concept(code: str, system: str | None = CPT, **more: Any) -> Json:
    coding = {"code": code} if system is None else {"system": system, "code": code}
    return {"coding": [coding | more]}


def item(sequence: int = 1, code: str = "99213", **more: Any) -> Json:
    return {"sequence": sequence, "productOrService": concept(code)} | more


def claim(*items: Json, id: str = "c1", **more: Any) -> Json:
    made: Json = {
        "resourceType": "Claim",
        "id": id,
        "status": "active",
        "use": "claim",
        "type": concept("professional", "http://terminology.hl7.org/CodeSystem/claim-type"),
        "patient": {"reference": "Patient/canary-member", "display": "Canarysson"},
        "created": "2025-03-09",
        "billablePeriod": {"start": "2025-03-01", "end": "2025-03-02"},
        "item": list(items) or [item()],
    }
    return {name: value for name, value in (made | more).items() if value is not None}


def patient(id: str = "canary-member", **more: Any) -> Json:
    return {
        "resourceType": "Patient",
        "id": id,
        "name": [{"family": "Canarysson"}],
        "birthDate": "1961-07-13",
        "gender": "female",
        "identifier": [{"type": concept("MB", None), "value": "canary-mrn"}],
    } | more


def bundle(*resources: Json, urls: bool = False) -> Json:
    entries = [
        {"fullUrl": f"urn:uuid:{each['id']}", "resource": each} if urls else {"resource": each}
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def ndjson(resources: Iterable[Json]) -> str:
    return "".join(json.dumps(each) + "\n" for each in resources)


def write(folder: Path, text: str | Json | list[Json], name: str = "claims.json") -> Path:
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return path


def read(folder: Path, text: str | Json | list[Json], **options: Any) -> ClaimsIn:
    return read_claims(write(folder, text), **options)


def lines(folder: Path, text: str | Json | list[Json], **options: Any) -> list[ServiceLine]:
    claims = read(folder, text, **options)
    found = list(claims)
    assert [str(bad) for bad in claims.bad_lines.kept] == []
    return found


def line(folder: Path, text: str | Json | list[Json]) -> ServiceLine:
    (only,) = lines(folder, text)
    return only
