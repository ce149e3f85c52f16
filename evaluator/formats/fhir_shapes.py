"""The parts of FHIR resources that a service line is read from, and nothing else of them.

R4 names, with those of STU3 and R5 beside them where they differ. A name here is FHIR's in
`snake_case`: `product_or_service` is `productOrService`. What a resource lacks is `None` or empty.

What repeats from claim to claim can be hashed, so that its meaning is worked out once.
"""

from attrs import define

Number = int | float


@define(slots=True, unsafe_hash=True)
class Coding:
    system: str | None = None
    code: str | None = None


@define(slots=True, unsafe_hash=True)
class Concept:
    """A CodeableConcept."""

    coding: tuple[Coding, ...] = ()


@define(slots=True, unsafe_hash=True)
class Identifier:
    type: Concept | None = None
    system: str | None = None
    value: str | None = None


@define(slots=True, unsafe_hash=True)
class Quantity:
    value: Number | None = None
    unit: str | None = None
    code: str | None = None


@define(slots=True, unsafe_hash=True)
class Extension:
    url: str | None = None
    value_quantity: Quantity | None = None
    value_coding: Coding | None = None


@define(slots=True, unsafe_hash=True)
class Reference:
    reference: str | None = None
    identifier: Identifier | None = None
    extension: tuple[Extension, ...] = ()


@define(slots=True, unsafe_hash=True)
class Period:
    start: str | None = None
    end: str | None = None


@define(slots=True)
class Money:
    value: Number | None = None


@define(slots=True)
class Adjudication:
    category: Concept | None = None
    amount: Money | None = None


@define(slots=True)
class SubDetail:
    product_or_service: Concept | None = None


@define(slots=True)
class Detail:
    product_or_service: Concept | None = None
    sub_detail: tuple[SubDetail, ...] = ()


@define(slots=True)
class Item:
    """`Claim.item`, `ExplanationOfBenefit.item`: a service line."""

    sequence: int | None = None
    care_team_sequence: tuple[int, ...] = ()
    diagnosis_sequence: tuple[int, ...] = ()
    revenue: Concept | None = None
    product_or_service: Concept | None = None
    modifier: tuple[Concept, ...] = ()
    serviced_date: str | None = None
    serviced_period: Period | None = None
    location_codeable_concept: Concept | None = None
    quantity: Quantity | None = None
    unit_price: Money | None = None
    factor: Number | None = None
    net: Money | None = None
    adjudication: tuple[Adjudication, ...] = ()
    detail: tuple[Detail, ...] = ()
    extension: tuple[Extension, ...] = ()
    care_team_link_id: tuple[int, ...] = ()
    """STU3's `care_team_sequence`."""
    diagnosis_link_id: tuple[int, ...] = ()
    """STU3's `diagnosis_sequence`."""
    service: Concept | None = None
    """STU3's `product_or_service`."""


@define(slots=True)
class AddedItem:
    """`ExplanationOfBenefit.addItem`: what nobody billed."""

    product_or_service: Concept | None = None


@define(slots=True)
class CareTeam:
    sequence: int | None = None
    provider: Reference | None = None
    responsible: bool | None = None
    role: Concept | None = None
    qualification: Concept | None = None
    specialty: Concept | None = None
    """R5's `qualification`."""


@define(slots=True)
class SupportingInfo:
    category: Concept | None = None
    code: Concept | None = None
    timing_date: str | None = None


@define(slots=True, unsafe_hash=True)
class Diagnosis:
    sequence: int | None = None
    diagnosis_codeable_concept: Concept | None = None
    diagnosis_reference: Reference | None = None
    type: tuple[Concept, ...] = ()


@define(slots=True)
class Insurance:
    focal: bool | None = None
    coverage: Reference | None = None
    pre_auth_ref: tuple[str, ...] = ()


@define(slots=True)
class Related:
    claim: Reference | None = None
    relationship: Concept | None = None
    reference: Identifier | None = None


@define(slots=True)
class Party:
    """A resource that claims refer to: Patient, Coverage, Practitioner, PractitionerRole,
    Organization or Condition."""

    resource_type: str | None = None
    id: str | None = None
    identifier: tuple[Identifier, ...] | Identifier = ()
    birth_date: str | None = None
    gender: str | None = None
    subscriber_id: str | None = None
    dependent: str | None = None
    beneficiary: Reference | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    code: Concept | tuple[Concept, ...] | None = None


@define(slots=True)
class Meta:
    tag: tuple[Coding, ...] = ()


@define(slots=True)
class Claim:
    """A Claim or an ExplanationOfBenefit."""

    resource_type: str | None = None
    id: str | None = None
    meta: Meta | None = None
    contained: tuple[Party, ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    type: Concept | None = None
    sub_type: Concept | tuple[Concept, ...] | None = None
    use: str | None = None
    patient: Reference | None = None
    billable_period: Period | None = None
    created: str | None = None
    provider: Reference | None = None
    facility: Reference | None = None
    claim: Reference | None = None
    """Of an ExplanationOfBenefit the Claim that it explains."""
    related: tuple[Related, ...] = ()
    care_team: tuple[CareTeam, ...] = ()
    supporting_info: tuple[SupportingInfo, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    insurance: tuple[Insurance, ...] | Insurance = ()
    pre_auth_ref: tuple[str, ...] = ()
    item: tuple[Item, ...] = ()
    add_item: tuple[AddedItem, ...] = ()
    information: tuple[SupportingInfo, ...] = ()
    """STU3's `supporting_info`."""
    organization: Reference | None = None
    """STU3's `provider`; what STU3 calls so is a person."""


@define(slots=True)
class Kind:
    """Any resource, by its type alone."""

    resource_type: str | None = None


@define(slots=True)
class Named:
    """A claim, by its names alone."""

    id: str | None = None
    identifier: tuple[Identifier, ...] = ()


@define(slots=True)
class KindEntry:
    """An entry of a Bundle, by the type of its resource alone."""

    resource: Kind | None = None


@define(slots=True)
class NamedEntry:
    """An entry of a Bundle with a claim, by its names alone."""

    resource: Named | None = None


@define(slots=True)
class PartyEntry:
    """An entry of a Bundle with a party."""

    full_url: str | None = None
    resource: Party | None = None


@define(slots=True)
class ClaimEntry:
    """An entry of a Bundle with a claim."""

    full_url: str | None = None
    resource: Claim | None = None
