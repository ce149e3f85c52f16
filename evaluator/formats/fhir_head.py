"""The start of a file to whether it is FHIR in JSON."""


def looks_like_fhir(text: str) -> bool:
    """Whether a file whose text starts like this, without leading blanks, is FHIR in JSON."""
    return text.startswith(("{", "[")) and '"resourceType"' in text
