"""The fields of the service line that conditions and relations may name."""

from editwright.grammar import codes
from editwright.grammar.checked import FieldRef

FIELDS = {
    each.name: each
    for each in (
        FieldRef("age", "number"),
        FieldRef("age in months", "number"),
        FieldRef("age in days", "number"),
        FieldRef("sex", "code", codes.SEX),
        FieldRef("units", "number"),
        FieldRef("charge", "number"),
        FieldRef("place", "code", codes.PLACE),
        FieldRef("modifier", "code", codes.MODIFIER, many=True),
        FieldRef("diagnosis", "code", codes.DIAGNOSIS, many=True),
        FieldRef("principal diagnosis", "code", codes.DIAGNOSIS),
        FieldRef("claim diagnosis", "code", codes.DIAGNOSIS, many=True),
        FieldRef("specialty", "code", codes.SPECIALTY),
        FieldRef("provider", "code", codes.PROVIDER),
        FieldRef("billing provider", "code", codes.PROVIDER),
        FieldRef("group", "code", codes.GROUP),
        FieldRef("revenue code", "code", codes.REVENUE_CODE),
        FieldRef("bill type", "code", codes.BILL_TYPE),
        FieldRef("authorization", "code", codes.AUTHORIZATION),
        FieldRef("status", "code", codes.STATUS),
        FieldRef("received", "date"),
        FieldRef("date", "date"),
        FieldRef("number of modifiers", "number"),
        FieldRef("code", "code", codes.PROCEDURE),
    )
}
"""Every built-in field by the words that name it; `days from ... to ...` is made on demand."""

LIKENESS_FIELDS = (
    "provider", "billing provider", "group", "specialty", "modifier", "diagnosis", "place",
    "code",
)  # fmt: skip
"""What may follow `same` and `different`, beside declared fields."""

ALSO_CALLED = {
    "age": ("dob", "birthdate", "birthday", "birth_date"),
    "sex": ("gender",),
    "units": ("unit", "qty", "quantity", "count"),
    "charge": ("charges", "charged", "billed", "amount", "price"),
    "place": ("pos", "places", "location", "place_of_service"),
    "modifier": ("mod", "mods", "modifiers"),
    "diagnosis": ("dx", "diag", "diagnoses", "icd", "icd10"),
    "principal diagnosis": ("pdx", "principal"),
    "specialty": ("taxonomy", "specialties", "spec"),
    "provider": ("npi", "physician", "doctor", "rendering", "rendering_provider"),
    "billing provider": ("billing", "billing_provider"),
    "group": ("tin", "taxid", "tax_id", "practice", "ein"),
    "revenue code": ("rev", "revenue", "revenue_code", "revcode"),
    "bill type": ("tob", "bill", "bill_type", "billtype"),
    "authorization": ("auth", "preauth", "precert", "pa", "preauthorization"),
    "date": ("dos", "service_date", "service_from"),
    "received": ("received_date", "receipt"),
}
"""What the fields are called elsewhere: nobody is told to declare what is there already."""


def field_meant(word: str) -> str:
    """The field that is known under another word; empty where there is none."""
    return next((name for name, others in ALSO_CALLED.items() if word.lower() in others), "")


DECLARABLE_TYPES = ("code", "text", "number", "date")


def declared_field(name: str, type_name: str) -> FieldRef:
    """The field that `field NAME is TYPE` declares."""
    match type_name:
        case "number":
            return FieldRef(name, "number", declared=True)
        case "date":
            return FieldRef(name, "date", declared=True)
        case "text":
            return FieldRef(name, "code", codes.TEXT, declared=True)
        case _:
            return FieldRef(name, "code", codes.CODE, declared=True)
