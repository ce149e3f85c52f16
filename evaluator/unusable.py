"""What a user gave that cannot be used: the errors that people are to read."""


class UnusableError(Exception):
    """An input that cannot be read, or an output that cannot be written.

    `message` says what is wrong with which of them, `help` what to do next (or is `None`).
    """

    def __init__(self, message: str, help: str | None = None) -> None:
        super().__init__(message if help is None else f"{message}\n  help: {help}")
        self.message = message
        self.help = help
