"""What can be wrong with a CMS file: one exception, with what to do about it."""

from editwright.evaluator.unusable import UnusableError


class TableFileError(UnusableError):
    """A CMS file that cannot be imported, or a table that cannot be written."""


class NotThisTable(TableFileError):  # noqa: N818 - inside a zip it only means: try the next file
    """A readable file that holds something else than the table that is imported."""


def shown(text: str, most: int = 50) -> str:
    """The beginning of a file's text or name as a message may print it: no control characters."""
    plain = "".join(each if each.isprintable() else "?" for each in text[:most])
    return plain + ("..." if len(text) > most else "")
