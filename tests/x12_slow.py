"""A second reading of 837 files, slow and plain, to hold the first one against.

It takes a whole file, asks nothing of it, and knows only what the tests compare. It shares no
code with the reader.
"""

import re
from decimal import Decimal
from typing import Any

Segment = list[str]
BLANKS = " \t\r\n"


def slow_lines(data: bytes) -> list[dict[str, Any]]:
    """What each service line of the file says, in the file's order."""
    found: list[dict[str, Any]] = []
    for interchange in re.split(r"(?=\bISA[^\w \t\r\n])", _text(data))[1:]:
        found += _lines_of(*_segments(interchange))
    return found


def _text(data: bytes) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "latin-1")
    return text.replace("\0", "")


def _segments(text: str) -> tuple[list[Segment], str]:
    element = text[3]
    rest = text.split(element, 16)[16]
    component, after = rest[0], rest[1:]
    terminator = after.strip(" ")[0]
    if terminator == "\r" and after.startswith("\r\n"):
        terminator = "\n"
    segments = [
        [part.strip(BLANKS) for part in segment.strip(BLANKS).split(element)]
        for segment in after.split(terminator)
        if segment.strip(BLANKS)
    ]
    used = [
        match[1]
        for segment in segments
        if segment[0] == "CLM" and len(segment) > 5
        for match in re.finditer(r"^\w+([^\w]).?\1", segment[5])
    ]
    return segments, used[0] if used else component


def _lines_of(  # noqa: PLR0915 - plain on purpose
    segments: list[Segment], component: str
) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    in_837 = False
    billing: dict[str, str] = {}
    subscriber: dict[str, str] = {}
    patient: dict[str, str] | None = None
    claim: dict[str, Any] | None = None
    line: dict[str, Any] | None = None
    named, other_payer, adjudication = "", False, False
    for segment in segments:
        name, at = segment[0], [*segment, *[""] * 20]
        if name == "ST":
            in_837 = at[1] == "837"
            billing, subscriber, patient, claim, line = {}, {}, None, None, None
        if not in_837:
            continue
        if name == "HL":
            claim, line, named = None, None, ""
            if at[3] == "20":
                billing, subscriber, patient = {}, {}, None
            elif at[3] == "22":
                subscriber, patient = {}, None
            elif at[3] == "23":
                patient = {}
        elif name == "CLM":
            codes = [*at[5].split(component), "", ""]
            claim = {
                "account": at[1],
                "place": codes[0],
                "kind": codes[1],
                "frequency": codes[2].removesuffix(".00"),
                "diagnoses": [],
                "billing": billing,
                "subscriber": subscriber,
                "patient": patient,
            }
            line, named, other_payer, adjudication = None, "", False, False
        elif name == "SBR" and claim is not None:
            other_payer = True
        elif name == "NM1" and claim is None:
            named = at[1]
            if named == "85":
                billing.setdefault("npi", at[9] if at[8] == "XX" else "")
                billing.setdefault("group", at[9] if at[8] in ("24", "34") else "")
            elif named == "IL":
                subscriber.setdefault("id", at[9])
            elif named == "QC" and patient is not None:
                patient.setdefault("id", at[9])
        elif name == "DMG" and claim is None:
            person = subscriber if patient is None else patient
            person.setdefault("born", at[2])
            person.setdefault("sex", at[3])
        elif name == "REF" and claim is None and named == "85" and at[1] in ("EI", "SY"):
            billing["group"] = billing.get("group") or at[2]
        elif name == "NM1" and claim is not None and not other_payer and not adjudication:
            named = at[1]
            if named == "82":
                (claim if line is None else line).setdefault(
                    "rendering", at[9] if at[8] == "XX" else ""
                )
        elif name == "HI" and claim is not None:
            claim["diagnoses"] += _diagnoses(segment[1:], component)
        elif name == "REF" and claim is not None and at[1] in ("G1", "F8"):
            if line is not None and at[1] == "G1" and named == "" and not adjudication:
                line["authorization"] = at[2]
            if line is None and not other_payer and named == "":
                claim.setdefault(at[1], at[2])
        elif name == "DTP" and claim is not None and at[1] in ("472", "434"):
            days = re.findall(r"\d{8}", at[3])
            if at[1] == "472" and line is not None:
                line.setdefault("days", days)
            elif line is None:
                claim.setdefault(at[1], days)
        elif name == "LX":
            line, named, other_payer, adjudication = {"number": int(at[1])}, "", False, False
        elif name == "SVD":
            adjudication = True
        elif name in ("SV1", "SV2", "SV3") and claim is not None:
            if line is None or "claim" in line:
                line = {"number": line["number"] + 1 if line else 1}
            line.update(_service(name, at, component))
            line["claim"] = claim
            found.append(line)
    return [_said(line) for line in found]


def _diagnoses(elements: list[str], component: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for element in elements:
        kind, _, code = element.partition(component)
        if found and found[-1][1] == "" and not code and len(element) > 2:
            found[-1] = (found[-1][0], element)  # the code stands in an element of its own
        else:
            found.append((kind, code.split(component)[0]))
    return [each for each in found if each[0] in ("BK", "ABK", "BF", "ABF")]


def _service(name: str, at: list[str], component: str) -> dict[str, Any]:
    place = {"SV1": 1, "SV2": 2, "SV3": 1}[name]
    code = [*at[place].split(component), *[""] * 6]
    charge, basis, units = {
        "SV1": (at[2], at[3], at[4]),
        "SV2": (at[3], at[4], at[5]),
        "SV3": (at[2], "UN", at[6]),
    }[name]
    return {
        "type": {"SV1": "P", "SV2": "I", "SV3": "D"}[name],
        "code": code[1],
        "modifiers": [each for each in code[2:6] if each],
        "charge": charge,
        "units": units if basis in ("UN", "DA") else "",
        "place": {"SV1": at[5], "SV2": "", "SV3": at[3]}[name],
        "revenue": at[1] if name == "SV2" else "",
        "pointers": at[{"SV1": 7, "SV2": 19, "SV3": 11}[name]].split(component),
    }


def _said(line: dict[str, Any]) -> dict[str, Any]:
    """In the words of a service line."""
    claim = line["claim"]
    person = claim["subscriber"] if claim["patient"] is None else claim["patient"]
    days = line.get("days") or claim.get("472") or claim.get("434") or []
    is_bill = claim["kind"] == "A" or (claim["kind"] == "" and line["type"] == "I")
    diagnoses = [code for _, code in claim["diagnoses"]]
    if line["type"] == "I":
        first = [code for kind, code in claim["diagnoses"] if kind.endswith("BK")]
        diagnoses = first + [code for kind, code in claim["diagnoses"] if kind.endswith("BF")]
    pointed = [
        diagnoses[int(float(each)) - 1]
        for each in line["pointers"]
        if each and int(float(each)) <= len(diagnoses)
    ]
    billing = claim["billing"]
    rendering = claim.get("rendering", "" if line["type"] == "I" else billing.get("npi", ""))
    revenue = line["revenue"]
    return {
        "account": claim["account"],
        "line_number": line["number"],
        "procedure_code": line["code"] or None,
        "modifiers": tuple(dict.fromkeys(line["modifiers"])),
        "charge": Decimal(line["charge"]) if line["charge"] else None,
        "units": Decimal(line["units"]) if line["units"] else None,
        "place_of_service": (line["place"] or ("" if is_bill else claim["place"])) or None,
        "bill_type": (claim["place"] + claim["frequency"]) if is_bill else None,
        "revenue_code": revenue.removesuffix(".00").zfill(4) if revenue else None,
        "service_from": days[0] if days else None,
        "service_to": days[-1] if days else None,
        "diagnoses": tuple(diagnoses),
        "pointed_diagnoses": tuple(dict.fromkeys(pointed)) or tuple(diagnoses),
        "rendering_provider": line.get("rendering", rendering) or None,
        "billing_provider": billing.get("npi") or None,
        "group_id": billing.get("group", "").replace("-", "") or None,
        "authorization": line.get("authorization", claim.get("G1")),
        "frequency_code": claim["frequency"] or None,
        "birth_date": person.get("born") or None,
        "sex": person.get("sex") or None,
        "member": person.get("id") or claim["subscriber"].get("id") or None,
        "shares_its_id": claim["patient"] is not None and not person.get("id"),
    }
