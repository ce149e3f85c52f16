"""What can be wrong with a CMS file: one exception, with what to do about it."""


class TableFileError(Exception):
    """A CMS file that cannot be imported, or a table that cannot be written.

    `message` says what was found and what was expected, `help` what to do next (or is `None`).
    """

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message if help is None else f"{message}\n  help: {help}")
        self.message = message
        self.help = help


class NotThisTable(TableFileError):  # noqa: N818 - inside a zip it only means: try the next file
    """A readable file that holds something else than the table that is imported."""


def shown(text: str, most: int = 50) -> str:
    """The beginning of a file's text or name as a message may print it: no control characters."""
    plain = "".join(each if each.isprintable() else "?" for each in text[:most])
    return plain + ("..." if len(text) > most else "")
