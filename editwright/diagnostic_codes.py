"""The codes of problems: what each stands for, and its section in the documentation."""

import re
from importlib import resources

from editwright.grammar.diagnostics import MEANING_OF_CODE

PAGES = ("messages.md", "analysis.md")


def known_codes() -> dict[str, str]:
    """Every code with what it stands for."""
    from editwright.evaluator.analysis.meanings import MEANING_OF_FINDING

    return {**MEANING_OF_CODE, **MEANING_OF_FINDING}


def section_of(code: str) -> str | None:
    """The section of a code in the pages that are installed along, without links; nothing where
    they are not there."""
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
