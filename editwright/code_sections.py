"""A code's section in the documentation, from the pages that are installed along."""

import re
from importlib import resources

PAGES = ("messages.md", "analysis.md")


def section_of(code: str) -> str | None:
    """The section of a code, without links; nothing where the pages are not there."""
    pages = resources.files("editwright") / "docs"
    for name in PAGES:
        try:
            text = (pages / name).read_text("utf-8")
        except OSError:
            continue
        section = re.search(rf"^## ({code}: .*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
        if section is not None:
            plain = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", section[1]).strip()
            return re.sub(r"^```edits.*$", "```edits", plain, flags=re.MULTILINE)
    return None
