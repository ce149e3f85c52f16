"""What commands share about the terminal: colour, progress, error texts and JSON."""

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TextIO

SCHEMA_VERSION = 1
"""Goes up when an answer in JSON changes so that its readers must."""
SHOW_AFTER_SECONDS = 2.0

_COLORS = {"error": "31", "warning": "33", "info": "36", "ok": "32", "place": "1", "help": "36"}


class Paint:
    """Colours texts, where the stream is a terminal or the user insists."""

    def __init__(self, choice: str, stream: TextIO) -> None:
        if choice == "auto":
            dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
            forced = bool(os.environ.get("FORCE_COLOR"))
            self.on = forced or (stream.isatty() and not dumb)
        else:
            self.on = choice == "always"

    def __call__(self, kind: str, text: str) -> str:
        """The text in the colour of its kind: error, warning, ok, place or help."""
        return f"\033[{_COLORS[kind]}m{text}\033[0m" if self.on else text


def counted(number: int, noun: str) -> str:
    """`1 line`, `2 lines`"""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def complain(message: str, help: str | None = None) -> None:
    """An error of the command itself, on standard error."""
    print(f"editwright: {message}", file=sys.stderr)
    if help:
        print(f"  help: {help}", file=sys.stderr)


def print_json(content: Mapping[str, object], stream: TextIO | None = None) -> None:
    """An answer for programs: to standard output, unless a stream is named."""
    print(json.dumps({"schema_version": SCHEMA_VERSION, **content}, indent=2), file=stream)


@contextmanager
def progress(label: str, *, quiet: bool) -> Iterator["Bar"]:
    """A progress bar on standard error, once work takes more than two seconds on a terminal.

    What is yielded is called with how much is done and how much there is in all.
    """
    bar = Bar(label, silent=quiet or not sys.stderr.isatty())
    try:
        yield bar
    finally:
        bar.clear()


class Bar:
    """Shows how much of some work is done."""

    def __init__(self, label: str, *, silent: bool) -> None:
        self.label = label
        self.silent = silent
        self.started = time.monotonic()
        self.shown = 0.0

    def __call__(self, done: float, total: float | None) -> None:
        """So much is done, of so much in all if that is known."""
        now = time.monotonic()
        if self.silent or now - self.started < SHOW_AFTER_SECONDS or now - self.shown < 0.2:
            return
        self.shown = now
        if total:
            share = min(1.0, done / total)
            left = (now - self.started) * (1 - share) / share if share else 0.0
            filled = "#" * round(30 * share)
            text = f"{self.label} [{filled:<30}] {share:4.0%}, {left:.0f} s left"
        else:
            text = f"{self.label} {done:,.0f}"
        print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        """Take the bar away, until more is done."""
        if self.shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)
