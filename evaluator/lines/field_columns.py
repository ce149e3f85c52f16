"""The columns behind the fields that rules name."""

CODE_COLUMNS = {
    "sex": "sex",
    "place": "place_of_service",
    "principal diagnosis": "principal_diagnosis",
    "specialty": "specialty",
    "provider": "rendering_provider",
    "billing provider": "billing_provider",
    "group": "group_id",
    "revenue code": "revenue_code",
    "bill type": "bill_type",
    "authorization": "authorization",
    "status": "status",
    "code": "procedure_code",
}
"""Of the fields that are codes or texts."""
LIST_COLUMNS = {
    "modifier": "modifiers",
    "diagnosis": "pointed_diagnoses",
    "claim diagnosis": "diagnoses",
}
"""Of the fields that are lists."""
VALUE_COLUMNS = {
    "units": "units",
    "charge": "charge",
    "received": "received_date",
    "date": "service_from",
}
"""Of the fields that are numbers or dates as they stand in a column."""
RECKONED_FROM = {
    "number of modifiers": "modifiers",
    "age": "birth_date",
    "age in months": "birth_date",
    "age in days": "birth_date",
}
"""Of the fields that are reckoned from a column."""
