"""Patients, coverages and providers that claims refer to, from all the files of an input.

Claims hold neither birth dates nor NPIs but references: into a Bundle, into another file of the
same folder, into the claim itself. What is kept of a party is two or three short texts.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from attrs import define, evolve, field, frozen

from editwright.evaluator.formats.fhir_codes import (
    diagnosis_code,
    given_identifiers,
    has_code,
    npi,
    tin,
    unique_claim_id,
)
from editwright.evaluator.formats.fhir_decode import JsonError, ShapeError, decode
from editwright.evaluator.formats.fhir_head import looks_like_fhir
from editwright.evaluator.formats.fhir_resources import (
    CLAIM_KINDS,
    PARTY_KINDS,
    Resource,
    Unreadable,
    resources,
)
from editwright.evaluator.formats.fhir_shapes import (
    Claim,
    Identifier,
    Named,
    NamedEntry,
    Party,
    PartyEntry,
    Reference,
)
from editwright.evaluator.formats.head import head_of
from editwright.evaluator.formats.problems import ClaimsError
from editwright.evaluator.formats.sources import Source

_ADDRESS = re.compile(r"(?:^|/)([A-Z][A-Za-z]+/[^/?#|]+)(?:/_history/[^/]*)?$")
_URN = "urn:uuid:"
_WHOLE_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MEMBER_NUMBERS = ("MB", "um", "MC", "MA", "pat")
_MOST_REMEMBERED = 50_000
_FILLERS = ("1800", "2200")


@frozen(slots=True)
class Patient:
    birth_date: str | None
    sex: str | None
    member_id: str | None = None
    """The id in the patient's record, or its identifier."""


@frozen(slots=True)
class Provider:
    npi: str | None
    tin: str | None


NOBODY = Patient(None, None)
NO_PROVIDER = Provider(None, None)


@define(slots=True)
class Parties:
    """What is known of them, by the ways in which claims refer to them."""

    patients: dict[str, Patient] = field(factory=dict, repr=False)
    providers: dict[str, Provider] = field(factory=dict, repr=False)
    roles: dict[str, tuple[Reference | None, Reference | None]] = field(factory=dict, repr=False)
    """Of each PractitionerRole the practitioner and the organization."""
    coverages: dict[str, Party] = field(factory=dict, repr=False)
    claims: set[int] = field(factory=set, repr=False)
    """The hashes of the ids of Claim resources, where there are ExplanationOfBenefits as well."""
    kinds: set[str] = field(factory=set)
    """The types of the resources."""
    may_hold_claims: bool = False
    """Whether something could not be read, which may be a claim."""
    unknown_sources: int = 0
    """Sources that are not FHIR, or have not been read: they may hold claims."""
    unread: dict[tuple[str, str], str] = field(factory=dict, repr=False)
    """What is wrong with parties that cannot be read, by source and place."""
    known_patients: dict[str, Patient] = field(factory=dict, repr=False)
    """By the addresses that were looked up: claims name the same patients over and over."""
    known_providers: dict[Reference, Provider] = field(factory=dict, repr=False)
    diagnoses: dict[str, str] = field(factory=dict, repr=False)
    """Of each Condition that has one the ICD code."""

    def learn(self, source: str, resource: Resource) -> None:
        """Keep what claims may ask for of a party, or what is wrong with it."""
        try:
            self.take(resource)
        except (JsonError, ShapeError) as error:
            self.unread[source, resource.where] = str(error)

    @property
    def claims_are_there(self) -> bool:
        """Whether the sources hold claims, or something that may be some, or nothing at all."""
        known = self.unknown_sources == 0 and not self.may_hold_claims and self.kinds
        return not known or not self.kinds.isdisjoint(CLAIM_KINDS)

    @property
    def answers_are_there(self) -> bool:
        """Whether there are Claims and ExplanationOfBenefits, which may answer them. Both seldom
        come together: the names of Claims are learnt in a walk of its own."""
        return self.kinds >= CLAIM_KINDS

    def learn_each(self, source: str, found: Iterable[Resource | Unreadable]) -> None:
        """Keep what claims may ask for of all these, the resources of one more source."""
        self.unknown_sources -= 1
        for resource in found:
            if isinstance(resource, Resource):
                self.kinds.add(resource.kind)
                if resource.kind in PARTY_KINDS:
                    self.learn(source, resource)
            else:
                self.may_hold_claims = True

    def learn_claims(self, found: Iterable[Resource | Unreadable]) -> None:
        """Keep the names of Claims."""
        for resource in found:
            if isinstance(resource, Resource) and resource.kind == "Claim":
                with suppress(JsonError, ShapeError):
                    self.claims.update(hash(each) for each in _claim_names(resource))

    def take(self, resource: Resource) -> None:
        """Keep what claims may ask for. Raises `JsonError` and `ShapeError`."""
        self.known_patients.clear()
        self.known_providers.clear()
        party, url = party_of(resource)
        keys = [f"{resource.kind}/{party.id}"] if party.id else []
        if resource.kind == "Patient":
            keys += [f"|{each.value}" for each in _identifiers(party) if is_member_number(each)]
        self.add(resource.kind, party, [*keys, *([url] if url else [])])

    def patient(self, address: str) -> Patient:
        """The patient at an address that is in no claim."""
        known = self.known_patients.get(address)
        if known is None:
            if len(self.known_patients) >= _MOST_REMEMBERED:
                self.known_patients.clear()
            known = self.known_patients[address] = self._patient(address)
        return known

    def numbered(self, number: str) -> Patient:
        """The patient with this member number; the claim gives no other name."""
        known = self.patients.get(f"|{number}", NOBODY)
        return Patient(known.birth_date, known.sex, number)

    def _patient(self, address: str) -> Patient:
        if "?" in address:
            given = given_identifiers(Reference(address))
            return self.numbered(given[0].value) if given and given[0].value else NOBODY
        known = next(filter(None, map(self.patients.get, _keys(address, "Patient"))), None)
        if known is None:
            return Patient(None, None, _own_id(address))
        if address.startswith(_URN) and known.member_id:
            return known
        return Patient(known.birth_date, known.sex, _own_id(address))

    def add(self, kind: str | None, party: Party, keys: Iterable[str]) -> None:
        for key in keys:
            match kind:
                case "Patient":
                    self.patients[key] = _joined(self.patients.get(key), patient_of(party))
                case "Practitioner" | "Organization":
                    found = _identifiers(party)
                    self.providers[key] = Provider(npi(found), tin(found))
                case "PractitionerRole":
                    self.roles[key] = (party.practitioner, party.organization)
                case "Coverage":
                    self.coverages[key] = Party(
                        subscriber_id=party.subscriber_id,
                        dependent=party.dependent,
                        beneficiary=party.beneficiary,
                    )
                case "Condition" if not isinstance(party.code, tuple):
                    if (code := diagnosis_code(party.code)) is not None:
                        self.diagnoses[key] = code
                case _:
                    pass


def gather(sources: Sequence[Source]) -> Parties:
    """The parties in all the files of an input that are FHIR.

    What cannot be read is remembered for when the file is read once more, for its claims.
    """
    parties = Parties(unknown_sources=len(sources))
    again: list[Source] = []
    for source in sources:
        own = evolve(source, raw=None, bytes_read=0)
        if source.reopens and _is_fhir(own):
            again.append(own)
            parties.learn_each(source.name, _resources(own))
    if parties.answers_are_there:
        for source in again:
            parties.learn_claims(_resources(source))
    return parties


def party_of(resource: Resource) -> tuple[Party, str | None]:
    """The party, and the address that its Bundle gives it. Raises `JsonError`, `ShapeError`."""
    if not resource.in_entry:
        return decode(Party, resource.raw), None
    entry = decode(PartyEntry, resource.raw)
    return entry.resource or Party(), entry.full_url


def _claim_names(resource: Resource) -> Iterator[str]:
    """The names by which an ExplanationOfBenefit may refer to a claim."""
    if resource.in_entry:
        named = decode(NamedEntry, resource.raw).resource or Named()
    else:
        named = decode(Named, resource.raw)
    unique = unique_claim_id(named.identifier)
    if unique:
        yield unique
    if named.id:
        yield named.id


def _is_fhir(source: Source) -> bool:
    try:
        with source.open() as stream:
            return looks_like_fhir(head_of(stream.peek(1)).text)
    except ClaimsError:
        return False


def _resources(source: Source) -> Iterator[Resource | Unreadable]:
    try:
        with source.open() as stream:
            yield from resources(stream)
    except ClaimsError:
        return


@define(slots=True)
class Referred:
    """Looks up what one claim refers to: in itself, else among all parties."""

    parties: Parties
    claim: Claim
    _contained: Parties | None = None

    @property
    def contained(self) -> Parties:
        """The parties in the claim itself."""
        inner = self._contained
        if inner is None:
            inner = self._contained = Parties()
            for party in self.claim.contained:
                if party.id:
                    key, party.id = f"#{party.id.removeprefix('#')}", None  # it tells nobody apart
                    inner.add(party.resource_type, party, [key])
        return inner

    def patient(self, reference: Reference | None) -> Patient:
        """Who it is; the member id as far as the reference and the record give it."""
        if reference is None:
            return NOBODY
        address = reference.reference
        if address is None:
            value = None if reference.identifier is None else reference.identifier.value
            return NOBODY if value is None else self.parties.numbered(value)
        if address.startswith("#"):
            return self.contained.patients.get(address, NOBODY)
        return self.parties.patient(address)

    def provider(self, reference: Reference | None) -> Provider:
        if reference is None:
            return NO_PROVIDER
        if reference.reference is not None and reference.reference.startswith("#"):
            return self._provider(reference)
        remembered = self.parties.known_providers
        if (found := remembered.get(reference)) is None:
            if len(remembered) >= _MOST_REMEMBERED:
                remembered.clear()
            found = remembered[reference] = self._provider(reference)
        return found

    def _provider(self, reference: Reference) -> Provider:
        given, address = given_identifiers(reference), reference.reference
        known = NO_PROVIDER if address is None else self._known_provider(address)
        return Provider(npi(given) or known.npi, tin(given) or known.tin)

    def coverage(self, reference: Reference | None) -> Party | None:
        if reference is None or not reference.reference:
            return None
        for parties, key in self._places(reference.reference, "Coverage"):
            if (found := parties.coverages.get(key)) is not None:
                return found
        return None

    def diagnosis(self, reference: Reference | None) -> str | None:
        if reference is None or not reference.reference:
            return None
        for parties, key in self._places(reference.reference, "Condition"):
            if (found := parties.diagnoses.get(key)) is not None:
                return found
        return None

    def _known_provider(self, address: str) -> Provider:
        for kind in ("Practitioner", "Organization", "PractitionerRole"):
            for parties, key in self._places(address, kind):
                if (found := parties.providers.get(key)) is not None:
                    return found
                if (role := parties.roles.get(key)) is not None:
                    person, group = (self._without_role(each) for each in role)
                    return Provider(person.npi or group.npi, group.tin or person.tin)
        return NO_PROVIDER

    def _without_role(self, reference: Reference | None) -> Provider:
        """The provider, if it is no role again: roles may go in circles."""
        if reference is None:
            return NO_PROVIDER
        given = given_identifiers(reference)
        for parties, key in self._places(reference.reference or "", "Practitioner", "Organization"):
            if (found := parties.providers.get(key)) is not None:
                return Provider(npi(given) or found.npi, tin(given) or found.tin)
        return Provider(npi(given), tin(given))

    def _places(self, address: str, *kinds: str) -> Iterator[tuple[Parties, str]]:
        if address.startswith("#"):
            yield self.contained, address
            return
        for kind in kinds:
            for key in _keys(address, kind):
                yield self.parties, key


def patient_of(party: Party) -> Patient:
    """What a Patient resource says. A birth date without its day is no birth date."""
    born = party.birth_date
    if born is not None and (not _WHOLE_DATE.match(born) or is_filler(born)):
        born = None
    return Patient(born, party.gender, party.id or member_identifier(_identifiers(party)))


def member_identifier(identifiers: Sequence[Identifier]) -> str | None:
    """The number of the member: what is marked so, else the first that is marked as nothing."""
    numbers = [each.value for each in identifiers if is_member_number(each)]
    plain = [each.value for each in identifiers if each.value and each.type is None]
    return next(iter((*numbers, *plain)), None)


def is_member_number(identifier: Identifier) -> bool:
    """Whether it is marked as a member number, a unique member id or a Medicare number."""
    return bool(identifier.value) and has_code(identifier.type, *_MEMBER_NUMBERS)


def is_filler(day: str) -> bool:
    """Whether a well-formed date stands for none: year 999, year 9999."""
    return not _FILLERS[0] <= day < _FILLERS[1]


def _identifiers(party: Party) -> tuple[Identifier, ...]:
    return party.identifier if isinstance(party.identifier, tuple) else (party.identifier,)


def _joined(known: Patient | None, new: Patient) -> Patient:
    """What two records of a patient say; where they contradict each other nobody knows."""
    if known is None or known == new:
        return new
    births = {known.birth_date, new.birth_date} - {None}
    sexes = {known.sex, new.sex} - {None}
    return Patient(
        births.pop() if len(births) == 1 else None,
        sexes.pop() if len(sexes) == 1 else None,
        known.member_id or new.member_id,
    )


def _keys(address: str, kind: str) -> Iterator[str]:
    """The names under which what an address points to may be known."""
    yield address
    if address.startswith(_URN):
        yield f"{kind}/{address.removeprefix(_URN)}"
    elif (match := _ADDRESS.search(address)) is not None and match[1] != address:
        yield match[1]


def _own_id(address: str) -> str | None:
    """The id in the address of a patient."""
    if address.startswith(_URN):
        return address.removeprefix(_URN)
    match = _ADDRESS.search(address)
    return None if match is None else match[1].partition("/")[2]
