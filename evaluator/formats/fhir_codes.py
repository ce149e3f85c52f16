"""Which of a resource's codings is the code that a service line has.

A concept carries the same thing in several code systems, and sometimes only in one that no edit
speaks (SNOMED, RxNorm). What is wanted is chosen by the system, never by the place.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from editwright.evaluator.formats.fhir_shapes import Coding, Concept, Identifier, Reference
from editwright.evaluator.formats.tax_ids import plain_tax_id

_NOT_ONE = 1_000
"""The rank of a system that is none of those that are looked for."""
_MOST_ADDRESSES = 10_000


class _Systems(dict[str | None, int]):
    """The ranks of code systems by their addresses, however senders write these: the case, http or
    https, `www.`, a version, a slash or `.html` at the end make no other system."""

    def __init__(self, *ranked: tuple[int, str]) -> None:
        super().__init__()
        self.ranked = ranked
        self._ranks = {_bare(address): rank for rank, address in ranked}

    def __missing__(self, address: str | None) -> int:
        rank = _NOT_ONE if address is None else self._ranks.get(_bare(address), _NOT_ONE)
        if len(self) < _MOST_ADDRESSES:
            self[address] = rank
        return rank

    def has(self, address: str | None) -> bool:
        return self[address] != _NOT_ONE


def _bare(address: str) -> str:
    """What tells the address of a system from others."""
    text = address.strip().lower().partition("|")[0]
    text = text.removeprefix("https://").removeprefix("http://").removeprefix("www.")
    return text.rstrip("/").removesuffix(".html")


_BLUE_BUTTON = "https://bluebutton.cms.gov/resources/"
_VARIABLE = f"{_BLUE_BUTTON}variables/"
_BLUE_BUTTON_3 = "https://bluebutton.cms.gov/fhir/"
"""What extensions and code systems have from version 3 on."""

_PROCEDURE_SYSTEMS = _Systems(
    (0, "http://www.ama-assn.org/go/cpt"),
    (0, "urn:oid:2.16.840.1.113883.6.12"),
    (0, "CPT"),
    (1, "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"),
    (1, "https://www.cms.gov/medicare/coding-billing/healthcare-common-procedure-system"),
    (1, "http://hl7.org/fhir/sid/hcpcs"),
    (1, "http://terminology.hl7.org/CodeSystem/HCPCS-all-codes"),
    (1, "http://terminology.hl7.org/CodeSystem/HCPCS"),
    (1, "urn:oid:2.16.840.1.113883.6.285"),
    (1, "urn:oid:2.16.840.1.113883.6.14"),
    (1, "HCPCS"),
    (2, f"{_BLUE_BUTTON}codesystem/hcpcs"),
    (3, f"{_VARIABLE}hcpcs_cd"),
    (4, "http://www.ada.org/cdt"),
    (4, "http://terminology.hl7.org/CodeSystem/CD2"),
    (4, "urn:oid:2.16.840.1.113883.6.13"),
    (4, "CDT"),
    (
        5,
        "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/ProspMedicareFeeSvcPmtGen/"
        "HIPPSCodes",
    ),
    (5, "http://terminology.hl7.org/CodeSystem/hipps"),
)
"""CPT, HCPCS Level II, what the Blue Button services call HCPCS, CDT, HIPPS; the least first."""

_MODIFIER_SYSTEMS = _Systems(
    *_PROCEDURE_SYSTEMS.ranked,
    (6, f"{_VARIABLE}hcpcs_1st_mdfr_cd"),
    (6, f"{_VARIABLE}hcpcs_2nd_mdfr_cd"),
)
_REVENUE_SYSTEMS = _Systems(
    (0, f"{_VARIABLE}rev_cntr"),  # its services put a status indicator under NUBC's name
    (1, f"{_VARIABLE}fiss/rev-cd"),
    (2, "https://www.nubc.org/CodeSystem/RevenueCodes"),
    (2, "urn:oid:2.16.840.1.113883.6.301.3"),
    (3, "http://terminology.hl7.org/CodeSystem/ex-revenue-center"),
)
_PLACE_SYSTEMS = _Systems(
    (0, "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"),
    (0, "https://www.cms.gov/Medicare/Coding/place-of-service-codes"),
    (0, "https://www.cms.gov/medicare/coding-billing/place-of-service-codes/code-sets"),
    (0, "http://terminology.hl7.org/CodeSystem/cmsplaceofservicecodes"),
    (0, "urn:oid:2.16.840.1.113883.6.50"),
    (1, f"{_VARIABLE}line_place_of_srvc_cd"),
    (2, "http://terminology.hl7.org/CodeSystem/ex-serviceplace"),
    (2, "http://hl7.org/fhir/ex-serviceplace"),
)
_DIAGNOSIS_SYSTEMS = _Systems(
    (0, "http://hl7.org/fhir/sid/icd-10-cm"),
    (0, "http://hl7.org/fhir/sid/icd-10-us"),
    (0, "urn:oid:2.16.840.1.113883.6.90"),
    (0, "ICD-10-CM"),
    (1, "http://hl7.org/fhir/sid/icd-10"),
    (1, "ICD-10"),
    (2, "http://hl7.org/fhir/sid/icd-9-cm"),
    (2, "http://hl7.org/fhir/sid/icd-9-cm/diagnosis"),
    (2, "urn:oid:2.16.840.1.113883.6.103"),
)
_BILL_TYPE_SYSTEMS = _Systems(
    (0, "https://www.nubc.org/CodeSystem/TypeOfBill"),
    (0, "https://www.cms.gov/codes/billtype"),
    (0, "urn:oid:2.16.840.1.113883.6.301.1"),
)
_FREQUENCY_SYSTEMS = (
    f"{_VARIABLE}clm_freq_cd",
    f"{_VARIABLE}fiss/freq-cd",
    f"{_BLUE_BUTTON_3}CodeSystem/CLM-BILL-FREQ-CD",
)
_ADJUSTMENT_SYSTEM = f"{_BLUE_BUTTON_3}CodeSystem/CLM-ADJSTMT-TYPE-CD"
_ADJUSTMENT_FREQUENCIES = {"0": "1", "1": "8", "2": "7"}
"""An original, a void and a replacement."""
_SPECIALTY_SYSTEMS = _Systems(
    (0, f"{_VARIABLE}prvdr_spclty"),
    (0, f"{_BLUE_BUTTON_3}CodeSystem/CLM-PRVDR-SPCLTY-CD"),
    (1, "http://nucc.org/provider-taxonomy"),
    (1, "urn:oid:2.16.840.1.113883.6.101"),
)
_CONTROL_NUMBER = "https://bluebutton.cms.gov/identifiers/CLM-CNTL-NUM"
"""What all versions of a claim share, whose unique ids differ."""
_CLAIM_ID_SYSTEMS = frozenset(
    f"{_VARIABLE}{name}" for name in ("clm_id", "pde_id", "fiss/dcn", "mcs/icn")
)
_NPI_SYSTEMS = _Systems(
    (0, "http://hl7.org/fhir/sid/us-npi"),
    (0, "urn:oid:2.16.840.1.113883.4.6"),
    (0, "NPI"),
    (0, f"{_VARIABLE}carr_clm_blg_npi_num"),
    (0, f"{_VARIABLE}prf_physn_npi"),
    (0, f"{_VARIABLE}org_npi_num"),
)
_TIN_SYSTEMS = _Systems(
    (0, "urn:oid:2.16.840.1.113883.4.4"),
    (0, "http://hl7.org/fhir/sid/us-tin"),
    (0, "http://hl7.org/fhir/sid/us-ein"),
    (0, f"{_VARIABLE}tax_num"),
    (0, f"{_VARIABLE}fiss/fed-tax-nb"),
    (0, f"{_VARIABLE}mcs/bill-prov-ein"),
)
_CONDITIONAL = re.compile(r"[A-Za-z]+\?(?:.*&)?identifier=([^|&]*)\|([^&]+)")
_PLACE = re.compile(r"[0-9]{2}")
_PROCEDURE = re.compile(r"[0-9]{4}[0-9AFMTU]|[A-Z][0-9]{4}", re.IGNORECASE)
_MODIFIER = re.compile(r"[0-9A-Z]{2}", re.IGNORECASE)
_ANYTHING = re.compile(r".+")
_UP_TO_FOUR = re.compile(r"[0-9A-Za-z]{1,4}")


def codings(concept: Concept | None) -> tuple[Coding, ...]:
    return () if concept is None else concept.coding


def has_code(concept: Concept | None, *wanted: str) -> bool:
    if concept is not None:
        for coding in concept.coding:
            if coding.code in wanted:
                return True
    return False


def procedure_code(concept: Concept | None) -> str | None:
    """The CPT, HCPCS, CDT or HIPPS code; one without a system if it has the form of one."""
    if concept is None:
        return None
    return _best(concept.coding, _PROCEDURE_SYSTEMS) or _without_system(concept, _PROCEDURE)


def has_several_procedures(concept: Concept | None) -> bool:
    """Whether it has different codes of these systems, of which a line can have but one."""
    if concept is None or len(concept.coding) < 2:
        return False
    known = (each.code for each in concept.coding if _PROCEDURE_SYSTEMS.has(each.system))
    return len({code.upper() for code in known if code}) > 1


def modifiers(concept: Concept) -> Sequence[str]:
    """The modifier; some senders have several in one concept."""
    best = _best(concept.coding, _MODIFIER_SYSTEMS) or _without_system(concept, _MODIFIER)
    if best is None or len(concept.coding) == 1:
        return () if best is None else (best,)
    rank = min(_MODIFIER_SYSTEMS[each.system] for each in concept.coding if each.code)
    found = (each.code for each in concept.coding if _MODIFIER_SYSTEMS[each.system] == rank)
    return tuple(dict.fromkeys(code for code in found if code))


def revenue_code(revenue: Concept | None, service: Concept | None) -> str | None:
    """The code of the revenue center; some senders have it where the service should be."""
    code = None
    if revenue is not None:
        code = _best(revenue.coding, _REVENUE_SYSTEMS) or _without_system(revenue, _UP_TO_FOUR)
    elif service is not None:
        code = _best(service.coding, _REVENUE_SYSTEMS)
    return code if code is not None and _UP_TO_FOUR.fullmatch(code) else None


def place_of_service(concept: Concept | None) -> str | None:
    if concept is None:
        return None
    for coding in concept.coding:
        if coding.code and _is_place(coding.code, coding.system):
            return coding.code
    return None


def diagnosis_code(concept: Concept | None) -> str | None:
    """The ICD code."""
    if concept is None:
        return None
    return _best(concept.coding, _DIAGNOSIS_SYSTEMS) or _without_system(concept, _ANYTHING)


def bill_type(concept: Concept | None) -> str | None:
    """The whole type of bill."""
    for coding in codings(concept):
        if coding.code and 3 <= len(coding.code) <= 4 and _BILL_TYPE_SYSTEMS.has(coding.system):
            return coding.code
    return None


def bill_frequency(concept: Concept | None) -> str | None:
    """The last digit of the type of bill, where the service gives no more of it."""
    for coding in codings(concept):
        if coding.code and coding.system in _FREQUENCY_SYSTEMS:
            return coding.code
    return None


def specialty(concept: Concept | None) -> str | None:
    """The CMS specialty code, else the taxonomy."""
    return None if concept is None else _best(concept.coding, _SPECIALTY_SYSTEMS)


def adjustment_frequency(concept: Concept | None) -> str | None:
    """The frequency that says the same as a Blue Button adjustment type."""
    for coding in codings(concept):
        if coding.code and coding.system == _ADJUSTMENT_SYSTEM:
            return _ADJUSTMENT_FREQUENCIES.get(coding.code)
    return None


def extension(name: str) -> str:
    """The address of a Blue Button extension of version 3."""
    return f"{_BLUE_BUTTON_3}StructureDefinition/{name}"


def variable(name: str) -> str:
    """The address of a Blue Button variable."""
    return _VARIABLE + name


def unique_claim_id(identifiers: Iterable[Identifier]) -> str | None:
    """The identifier that the payer gave to the claim itself."""
    typed = None
    for each in identifiers:
        if each.value and each.system in _CLAIM_ID_SYSTEMS:
            return each.value
        if each.value and typed is None and has_code(each.type, "uc"):
            typed = each.value
    return typed


def claim_number(identifiers: Iterable[Identifier], unique_id: str | None) -> str | None:
    """The number under which the claim is known to people: what its versions share, else the
    payer's number, else the first one."""
    first = None
    for each in identifiers:
        if each.value and each.system == _CONTROL_NUMBER:
            return each.value
        first = first or each.value
    return unique_id or first


def npi(identifiers: Iterable[Identifier]) -> str | None:
    """The National Provider Identifier among a provider's identifiers."""
    for each in identifiers:
        if each.value and (_NPI_SYSTEMS.has(each.system) or has_code(each.type, "npi", "NPI")):
            return each.value
    return None


def tin(identifiers: Iterable[Identifier]) -> str | None:
    """The tax id among a provider's identifiers."""
    for each in identifiers:
        if each.value and (_TIN_SYSTEMS.has(each.system) or has_code(each.type, "TAX", "tax")):
            return plain_tax_id(each.value)
    return None


def given_identifiers(reference: Reference) -> tuple[Identifier, ...]:
    """What a reference says of the identifier of what it points to."""
    found = () if reference.identifier is None else (reference.identifier,)
    if reference.reference and "?" in reference.reference:
        match = _CONDITIONAL.search(reference.reference)
        if match is not None:
            found = (*found, Identifier(None, match[1] or None, match[2]))
    return found


def _best(found: tuple[Coding, ...], systems: _Systems) -> str | None:
    """The code of the coding whose system stands first."""
    best, code = _NOT_ONE, None
    for coding in found:
        if coding.code and (rank := systems[coding.system]) < best:
            best, code = rank, coding.code
    return code


def _without_system(concept: Concept, form: re.Pattern[str]) -> str | None:
    """The code of the only coding, where it does not say its system and has the right form."""
    if len(concept.coding) != 1 or concept.coding[0].system:
        return None
    code = concept.coding[0].code
    return code if code is not None and form.fullmatch(code) else None


@lru_cache(1_000)
def _is_place(code: str, system: str | None) -> bool:
    if not _PLACE.fullmatch(code):
        return False
    return system is None or _PLACE_SYSTEMS.has(system)
