"""A tax id as senders write it to its nine digits: what groups are told apart by."""

import re

_HYPHENED = re.compile(r"[0-9]{2}-[0-9]{7}|[0-9]{3}-[0-9]{2}-[0-9]{4}")


def plain_tax_id(text: str) -> str:
    """`12-3456789` without its hyphen, as most senders write it; anything else stays as it is."""
    text = text.strip()
    return text.replace("-", "") if _HYPHENED.fullmatch(text) else text
