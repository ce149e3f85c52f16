"""The command line: `editwright check | test | examples | fmt | run | compare | explain | import
| copy`.

What was asked for goes to standard output, everything about it (progress, summaries) to standard
error.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from editwright.arguments import Parser, expect_known
from editwright.claim_options import (
    add_compare,
    add_explain,
    add_run,
    expect_one_explanation,
    expect_one_way,
    sort_out_rules,
)
from editwright.console import complain
from editwright.evaluator.unusable import UnusableError
from editwright.exit_codes import DONE, INTERRUPTED, UNUSABLE
from editwright.rule_options import (
    add_check,
    add_copy,
    add_examples,
    add_fmt,
    add_import,
    add_test,
)


def command() -> int:
    """The command in a process of its own."""
    set_up_arrow()
    return main()


def set_up_arrow() -> None:
    """What suits commands better than Arrow's own ways; to be called before it is imported.

    Arrow looks whether it is given data frames, which no command does, and importing pandas for
    that takes longer than most commands. Where its batches are of one size, Linux's memory serves
    as fast as the one that it brings, which keeps more than it uses: measured 60 to 80 MB.
    """
    sys.meta_path.insert(0, _NoPandas())
    if sys.platform == "linux":
        os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")


class _NoPandas:
    """Says that pandas is not there."""

    def find_spec(self, fullname: str, path: object, target: object = None, /) -> None:
        if fullname == "pandas":
            raise ModuleNotFoundError("no command works with data frames", name=fullname)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options, left = parser.parse_known_args(arguments)
    if options.command is None:
        expect_known(parser, left)
        parser.print_help()
        return UNUSABLE
    command: Parser = options.parser
    expect_known(command, left)
    if options.command in ("run", "explain", "compare"):
        sort_out_rules(command, options)
    if options.command == "run":
        expect_one_way(command, options)
    if options.command == "explain":
        expect_one_explanation(command, options)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`); a second error while closing would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except UnusableError as error:
        complain(error.message, error.help)
        return UNUSABLE
    except OSError as error:
        complain((error.strerror or "an input or output error").lower())
        return UNUSABLE


def _parser() -> Parser:
    from editwright import __version__

    parser = Parser(
        prog="editwright",
        description="Claim edits for health-care payers, written as sentences.",
        epilog="Begin with: editwright check FILE.edits",
    )
    parser.add_argument("--version", action="version", version=f"editwright {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    add_check(commands)
    add_test(commands)
    add_examples(commands)
    add_fmt(commands)
    add_run(commands)
    add_compare(commands)
    add_explain(commands)
    add_import(commands)
    add_copy(commands)
    return parser


def _run(options: argparse.Namespace) -> int:
    """Run the command; no other one is imported."""
    match options.command:
        case "check":
            from editwright.check_command import check as command
        case "test":
            from editwright.test_command import test as command
        case "examples":
            from editwright.examples_command import examples as command
        case "fmt":
            from editwright.fmt_command import fmt as command
        case "run":
            from editwright.run_command import run as command
        case "compare":
            from editwright.compare_command import compare as command
        case "explain":
            from editwright.explain_command import explain as command
        case "import":
            from editwright.import_command import import_files as command
        case _:
            from editwright.copy_command import copy as command
    return command(options)
