"""The start of a file to whether it is FHIR in JSON."""


def looks_like_fhir(head: bytes) -> bool:
    """Whether a file that starts like this is FHIR in JSON."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return text.startswith((b"{", b"[")) and b'"resourceType"' in text
