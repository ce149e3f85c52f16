"""A Claim or an ExplanationOfBenefit to the rows of its service lines.

An item is a service line; its `detail` and `subDetail` say what it consists of and are no lines.
Numbers in an item (of diagnoses, of the care team) are those of `sequence`, not of places in a
list. What FHIR cannot say, or says by a filler, is missing.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from functools import lru_cache

from editwright.evaluator.formats import fhir_codes as coded
from editwright.evaluator.formats.fhir_concepts import (
    has_inner_code,
    item_codes,
    with_codes_in_details,
)
from editwright.evaluator.formats.fhir_diagnoses import Diagnoses, ordered
from editwright.evaluator.formats.fhir_parties import (
    Parties,
    Patient,
    Referred,
    is_filler,
)
from editwright.evaluator.formats.fhir_quantities import (
    charge,
    is_of_drug,
    is_revenue_center,
    quantities,
)
from editwright.evaluator.formats.fhir_shapes import (
    CareTeam,
    Claim,
    Extension,
    Insurance,
    Item,
    Period,
    Related,
    SupportingInfo,
)
from editwright.evaluator.formats.tax_ids import plain_tax_id

CLAIM_COLUMNS: tuple[str, ...] = (
    "claim_id",
    "claim_number",
    "original_claim_id",
    "member_id",
    "birth_date",
    "sex",
    "claim_start_date",
    "claim_end_date",
    "bill_type",
    "frequency_code",
    "diagnoses",
    "billing_provider",
    "authorization",
    "received_date",
    "status",
)
"""What is the same on all lines of a claim."""
ITEM_COLUMNS: tuple[str, ...] = (
    "line_number",
    "service_from",
    "service_to",
    "procedure_code",
    "modifiers",
    "units",
    "minutes",
    "charge",
    "place_of_service",
    "revenue_code",
    "diagnosis_pointers",
    "rendering_provider",
    "specialty",
    "group_id",
)
COLUMNS = CLAIM_COLUMNS + ITEM_COLUMNS
_MEMBER = CLAIM_COLUMNS.index("member_id")

Row = tuple[object, ...]
_Sequences = tuple[int, ...]

_RENDERING = ("rendering", "performing")
_UNCLEAR: tuple[str | None, str | None] = (None, None)
"""Stands for who rendered a service that any of several providers may have rendered."""
_ENTRY = coded.variable("carr_clm_entry_cd")
_ENTRY_FREQUENCIES = {"1": "1", "3": "8", "5": "7"}
"""A carrier's original, full credit and replacement."""
_TAX_NUMBER = coded.variable("tax_num")
_SPECIALTY = coded.extension("CLM-PRVDR-SPCLTY-CD")
_FACILITY_TYPES = (coded.variable("clm_fac_type_cd"), coded.variable("fiss/lob-cd"))
_SERVICE_CLASSES = (coded.variable("clm_srvc_clsfctn_type_cd"), coded.variable("fiss/serv-typ-cd"))
_MOST_REMEMBERED = 1 << 14
_UNKNOWN = ("IGNORED_FIELD",)
_WITHDRAWN = ("cancelled", "entered-in-error")
_ASKING = ("preauthorization", "predetermination", "proposed", "exploratory")
"""Uses of claims that bill nothing; the last two are STU3's."""
_REPLACEMENT, _VOID = "7", "8"
_ACTIVE = "active"
_NOT_LAST = frozenset(("NotFinalAction", "PartiallyAdjudicated"))
"""Tags of Blue Button services from version 3 on."""


class ClaimRows:
    """The rows of one claim."""

    def __init__(
        self, claim: Claim, parties: Parties, url: str | None, *, charges: bool = True
    ) -> None:
        """Without `charges` none are in the rows."""
        self.claim = claim
        self._charges = charges
        self._referred = referred = Referred(parties, claim)
        self._is_stu3 = _is_stu3(claim)
        infos = claim.supporting_info or claim.information
        patient, member_id = self._member()
        provider = referred.provider(claim.organization or claim.provider)
        period = claim.billable_period
        unique_id = coded.unique_claim_id(claim.identifier)
        number = coded.claim_number(claim.identifier, unique_id)
        self._billing, self._group = provider.npi, provider.tin
        self._is_professional = coded.has_code(claim.type, "professional", "oral", "vision")
        self._teams: dict[_Sequences, tuple[str | None, str | None]] = {}
        self._pointed: dict[_Sequences, tuple[int, ...]] = {}
        self._diagnoses = self._ordered_diagnoses()
        claim_id = unique_id or claim.id or number or _last_part(url)
        if number == claim_id:  # then it is the resource that claims which replace it may name
            number = claim.id or _last_part(url) or number
        bill_type, frequency = self._bill_type(infos)
        original = self._original()
        if claim.status in _WITHDRAWN:
            original, frequency = claim_id, _VOID  # it takes itself away
        elif original is not None and frequency is None:
            frequency = _REPLACEMENT
        self.head: Row = (
            claim_id,
            number,
            original,
            member_id,
            patient.birth_date,
            patient.sex,
            None if period is None else _day(period.start),
            None if period is None else _day(period.end),
            bill_type,
            frequency,
            self._diagnoses.codes,
            self._billing,
            self._authorization(),
            self._received(infos),
            self._status(),
        )
        """The values of `CLAIM_COLUMNS`."""

    def row(self, item: Item) -> tuple[Row, Sequence[str]]:
        """The values of `ITEM_COLUMNS` of an item, and what a reader should know of it, in words
        that quote nothing of it."""
        rendering, specialty = self._rendering(item.care_team_sequence or item.care_team_link_id)
        pointed = item.diagnosis_sequence or item.diagnosis_link_id
        pointers = self._pointers(pointed) if self.claim.diagnosis else ()
        first, last = _dates(item.serviced_date, item.serviced_period)
        units, minutes = quantities(item)
        service = item.product_or_service or item.service
        codes = item_codes(service, item.modifier, item.location_codeable_concept, item.revenue)
        own_specialty = _coded_extension(item.extension, _SPECIALTY) if item.extension else None
        own_group = _coded_extension(item.extension, _TAX_NUMBER) if item.extension else None
        row = (
            item.sequence,
            first,
            last,
            codes.procedure,
            codes.modifiers,
            units,
            minutes,
            charge(item) if self._charges else None,
            codes.place,
            codes.revenue,
            pointers,
            rendering,
            own_specialty or specialty,
            plain_tax_id(own_group) if own_group else self._group,
        )
        oddities = codes.oddities
        if codes.procedure is None and item.detail and has_inner_code(item):
            oddities = with_codes_in_details(oddities)
        if units is None and is_of_drug(item.quantity) and not is_revenue_center(item):
            oddities += ("a quantity is measured like a drug, and was not read as units",)
        if pointed and not pointers and self._diagnoses.codes:
            oddities += (
                "an item points only to diagnoses that were left out; its line is judged on all "
                "diagnoses of its claim",
            )
        return row, oddities

    def oddities(self) -> Iterator[str]:
        """What a reader should know of this claim, in words that quote nothing of it."""
        claim = self.claim
        if not claim.item:
            yield "a claim has no item and gives no line"
        if claim.status and claim.status != _ACTIVE:
            yield "a claim is cancelled, entered in error or a draft; its lines carry its status"
        if claim.use in _ASKING:
            yield (
                "a claim asks for a preauthorization or predetermination; its lines say so in "
                "their status"
            )
        related = claim.related
        if related and any(coded.has_code(each.relationship, "replacedby") for each in related):
            yield (
                "a claim says that another replaces it; it is left out if that one is among the "
                "claims and names it"
            )
        if self._is_stu3:
            yield "a claim is FHIR STU3; it was read by the names of STU3"
        if claim.meta is not None and not _NOT_LAST.isdisjoint(
            each.code for each in claim.meta.tag
        ):
            yield (
                "a claim is not the last version of itself, as its tag says; both versions count "
                "where the last is among the claims too"
            )
        if claim.add_item:
            yield "an ExplanationOfBenefit has items that the payer has added; they are no lines"
        if related and any(map(_is_obscure, related)):
            yield (
                "a claim is related to another without saying how, or in a way that is not known; "
                "it is not read as its replacement"
            )
        if self.head[_MEMBER] is None:
            yield (
                "a claim does not tell its member; its lines are judged with those of the same "
                "claim alone"
            )
        if len(claim.care_team) > 1 and any(map(self._is_unclear_who_rendered, claim.item)):
            yield (
                "a claim has several rendering providers and does not say of each item which; such "
                "lines have none"
            )
        yield from self._diagnoses.oddities

    def explains_one_of(self, claims: Set[int]) -> bool:
        """Whether it is the payer's answer to a claim that is among these (by their hashes)."""
        claim = self.claim
        if not claims or claim.resource_type == "Claim":
            return False
        names = [coded.unique_claim_id(claim.identifier)]
        if claim.claim is not None:
            names.append(_last_part(claim.claim.reference))
            if claim.claim.identifier is not None:
                names.append(claim.claim.identifier.value)
        return any(hash(name) in claims for name in names if name)

    def _member(self) -> tuple[Patient, str | None]:
        claim, referred = self.claim, self._referred
        patient = referred.patient(claim.patient)
        if patient.member_id is not None:
            return patient, patient.member_id
        for insurance in _insurances(claim):
            coverage = referred.coverage(insurance.coverage)
            if coverage is not None:
                insured = referred.patient(coverage.beneficiary)
                number = coverage.subscriber_id
                if number and coverage.dependent:
                    number = f"{number}-{coverage.dependent}"
                found = insured.member_id or number
                known = patient if patient.birth_date or patient.sex else insured
                if found:
                    return known, found
        return patient, None

    def _ordered_diagnoses(self) -> Diagnoses:
        diagnoses = self.claim.diagnosis
        if [each for each in diagnoses if each.diagnosis_reference is not None]:
            look_up = self._referred.diagnosis
            return ordered(
                diagnoses, tuple(look_up(each.diagnosis_reference) for each in diagnoses)
            )
        return ordered(diagnoses, (None,) * len(diagnoses))

    def _pointers(self, sequences: _Sequences) -> tuple[int, ...]:
        """The places of an item's diagnoses; one that is not there points beyond the end."""
        known = self._pointed.get(sequences)
        if known is None:
            known = self._pointed[sequences] = self._pointers_of(sequences)
        return known

    def _pointers_of(self, sequences: _Sequences) -> tuple[int, ...]:
        found: list[int] = []
        diagnoses = self._diagnoses
        for sequence in sequences:
            if sequence not in diagnoses.places:
                found.append(max(sequence, len(diagnoses.codes) + 1))
            elif (place := diagnoses.places[sequence]) is not None:
                found.append(place)
        return tuple(found)

    def _rendering(self, sequences: _Sequences) -> tuple[str | None, str | None]:
        """The NPI and the specialty of who rendered the service."""
        known = self._teams.get(sequences)
        if known is None:
            known = self._teams[sequences] = self._rendering_of(sequences)
        return known

    def _rendering_of(self, sequences: _Sequences) -> tuple[str | None, str | None]:
        team = self.claim.care_team
        pointed = [each for each in team if each.sequence in sequences]
        members = [each for each in pointed if self._renders(each)] or [
            each for each in pointed if each.role is None
        ]
        are_meant = bool(members)
        members = members or [each for each in team if self._renders(each)]
        if not members:
            return (self._billing if self._is_professional else None), None
        npis = [self._referred.provider(each.provider).npi for each in members]
        if not are_meant and len({*npis} - {None}) > 1:
            return _UNCLEAR
        at = next((place for place, npi in enumerate(npis) if npi is not None), 0)
        member = members[at]
        specialty = coded.specialty(member.qualification) or coded.specialty(member.specialty)
        return npis[at], specialty

    def _is_unclear_who_rendered(self, item: Item) -> bool:
        return self._rendering(item.care_team_sequence or item.care_team_link_id) is _UNCLEAR

    def _renders(self, member: CareTeam) -> bool:
        """Whether it is who rendered a service; STU3 says so by `responsible`."""
        if coded.has_code(member.role, *_RENDERING):
            return True
        return self._is_stu3 and bool(member.responsible)

    def _bill_type(self, infos: Sequence[SupportingInfo]) -> tuple[str | None, str | None]:
        """The type of bill, and the frequency, which is its last character."""
        claim, found, frequency = self.claim, None, None
        for info in infos:
            if coded.has_code(info.category, "typeofbill"):
                found = found or coded.bill_type(info.code)
                frequency = frequency or coded.bill_frequency(info.code)
            else:
                frequency = frequency or coded.adjustment_frequency(info.code)
        sub_types = claim.sub_type if isinstance(claim.sub_type, tuple) else (claim.sub_type,)
        for concept in sub_types:
            found = found or coded.bill_type(concept)
        if found is not None:
            return found, found[-1]
        if not claim.extension:
            return None, frequency
        entry = _coded_extension(claim.extension, _ENTRY)
        frequency = frequency or (None if entry is None else _ENTRY_FREQUENCIES.get(entry))
        facility = claim.facility.extension if claim.facility else ()
        kind = _coded_extension(facility, *_FACILITY_TYPES)
        service = _coded_extension(claim.extension, *_SERVICE_CLASSES)
        if kind and service and frequency:
            return f"{kind}{service}{frequency}", frequency
        return None, frequency

    def _original(self) -> str | None:
        """The claim that this one takes the place of."""
        for each in self.claim.related:
            if coded.has_code(each.relationship, "prior"):
                if each.claim is not None and each.claim.identifier is not None:
                    return each.claim.identifier.value
                if each.claim is not None and each.claim.reference:
                    return _last_part(each.claim.reference)
                if each.reference is not None:
                    return each.reference.value
        return None

    def _authorization(self) -> str | None:
        for insurance in _insurances(self.claim):
            if insurance.pre_auth_ref:
                return insurance.pre_auth_ref[0]
        return self.claim.pre_auth_ref[0] if self.claim.pre_auth_ref else None

    def _received(self, infos: Sequence[SupportingInfo]) -> str | None:
        for info in infos:
            if coded.has_code(info.category, "clmrecvddate"):
                return _day(info.timing_date)
        return _day(self.claim.created) if self.claim.resource_type == "Claim" else None

    def _status(self) -> str | None:
        claim = self.claim
        if claim.status and claim.status != _ACTIVE:
            return claim.status
        return claim.use if claim.use in _ASKING else None


@lru_cache(_MOST_REMEMBERED)
def _dates(date: str | None, period: Period | None) -> tuple[str | None, str | None]:
    if date is not None:
        return _day(date), None
    return (None, None) if period is None else (_day(period.start), _day(period.end))


def _day(text: str | None) -> str | None:
    """The date of a date or a time stamp, by its local calendar; `None` for a filler."""
    if text is None:
        return None
    return _date(text[:10] if len(text) > 10 and text[10] == "T" else text)


@lru_cache(_MOST_REMEMBERED)
def _date(text: str) -> str | None:
    if text in _UNKNOWN or (len(text) == 10 and text[:4].isdigit() and is_filler(text)):
        return None
    return text


def _last_part(address: str | None) -> str | None:
    """The id in an address."""
    if not address:
        return None
    return address.partition("/_history/")[0].rpartition("/")[2].rpartition(":")[2] or None


def _insurances(claim: Claim) -> Sequence[Insurance]:
    """The insurances, that which the claim is sent to first."""
    found = claim.insurance if isinstance(claim.insurance, tuple) else (claim.insurance,)
    return sorted(found, key=lambda each: not each.focal) if len(found) > 1 else found


def _coded_extension(extensions: Iterable[Extension], *urls: str) -> str | None:
    for each in extensions:
        if each.url in urls and each.value_coding is not None:
            return each.value_coding.code
    return None


def _is_obscure(related: Related) -> bool:
    return not coded.has_code(related.relationship, "prior", "replacedby", "associated")


def _is_stu3(claim: Claim) -> bool:
    if claim.information or claim.organization:
        return True
    for item in claim.item:
        if item.service is not None or item.care_team_link_id or item.diagnosis_link_id:
            return True
    return False
