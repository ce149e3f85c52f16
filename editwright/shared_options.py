"""Options that several commands have, and where a command begins."""

import argparse
from typing import TYPE_CHECKING, TypeAlias

from editwright.arguments import Parser

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def add_command(commands: "Commands", name: str, summary: str) -> Parser:
    """A command, its one-line summary, and `--color`."""
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(parser=command)
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours: auto (on a terminal, unless NO_COLOR is set), always or never",
    )
    return command


def add_files(command: Parser) -> None:
    """Rule files, at least one."""
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a rule file, a folder of them, or - for standard input",
    )


def add_format(command: Parser) -> None:
    """`--format text|json`"""
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: text)"
    )


def add_report(command: Parser) -> None:
    """`--report FILE.html`"""
    command.add_argument(
        "--report", metavar="FILE.html", help="write a web page to read, search and print as well"
    )
