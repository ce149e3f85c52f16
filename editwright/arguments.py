"""How the words of the command line are read, and what is said where one does not fit."""

import argparse
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from editwright.console import complain

_USAGE_ERROR = 2


class Parser(argparse.ArgumentParser):
    """A parser whose errors are short: the options of `run` alone would fill half a screen."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong, and stop with exit code 2."""
        complain(message, f"`{self.prog} --help` says how it is used")
        raise SystemExit(_USAGE_ERROR)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """One of an option's words, or what was probably meant."""
        known = [str(each) for each in action.choices or ()]
        if not known or value in known:
            return
        if isinstance(action, argparse._SubParsersAction):
            message = f"there is no command `{value}`; {_meant(str(value), known)}"
            raise argparse.ArgumentError(None, message)
        raise argparse.ArgumentError(
            action, f"`{value}` is not among its values; {_meant(str(value), known)}"
        )


def expect_known(command: argparse.ArgumentParser, left: Sequence[str]) -> None:
    """An error where words of the command line are left over."""
    if not left:
        return
    word = left[0].split("=")[0]
    if not word.startswith("-"):
        command.error(f"`{word}` is one word too many")
    options = [name for name in command._option_string_actions if name.startswith("--")]
    near = _nearest(word, options)
    command.error(f"there is no option `{word}`" + (f"; did you mean `{near}`?" if near else ""))


def _meant(word: str, known: Sequence[str]) -> str:
    near = _nearest(word, known)
    return f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"


def _nearest(word: str, known: Sequence[str]) -> str | None:
    from editwright.grammar.diagnostics import nearest  # only errors need it

    return nearest(word, known)


# ---- values of options


def whole_number(least: int, most: int, example: str) -> Callable[[str], int]:
    """What reads a whole number within bounds."""

    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text[:20]) <= most:
            raise _unexpected(text, f"a whole number from {least:,} to {most:,}, like {example}")
        return int(text)

    return read


def number(least: int, most: int, example: str) -> Callable[[str], float]:
    """What reads a number within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise _unexpected(text, f"a number from {least:,} to {most:,}, like {example}")
        return value

    return read


def size(text: str) -> int:
    """How many bytes `2GB` are."""
    from editwright.evaluator.memory import memory_size

    try:
        return memory_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _unexpected(text: str, expected: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"`{text}` is not {expected}")
