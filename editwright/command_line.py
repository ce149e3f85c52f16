"""The command line: `editwright check | test | fmt | run | explain | import | copy`.

Exit codes: 0 nothing wrong; 1 problems that the command exists to report; 2 wrong usage or
unreadable input; 130 interrupted. What was asked for goes to standard output, everything about
it (progress, summaries) to standard error.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"

DONE, PROBLEMS, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return UNUSABLE
    if options.command in ("run", "explain"):
        _sort_out_rules(parser, options)
    if options.command == "run":
        _expect_one_way(parser, options)
    if options.command == "explain":
        _expect_one_explanation(parser, options)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`); a second error while closing would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        reason = (error.strerror or "an input or output error").lower()
        print(f"editwright: {reason}", file=sys.stderr)
        return UNUSABLE


def _sort_out_rules(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """`run --claims claims.csv rules.edits`: a rule file among the claims is a rule file."""
    for name in ("claims", "history"):
        given = getattr(options, name)
        options.rules += [each for each in given if each.endswith(".edits")]
        setattr(options, name, [each for each in given if not each.endswith(".edits")])
    if not options.rules:
        parser.error("name a rule file (it ends in .edits) or a folder of them")
    if not options.claims and not (options.command == "explain" and options.plan):
        parser.error("name a claim file behind --claims, or - for standard input")


def _expect_one_way(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """Some options are for streams alone, some for files alone."""
    if options.follow:
        given = [name for name in ("memory", "threads") if getattr(options, name)]
        if given:
            parser.error(f"--follow judges claim by claim; leave out --{given[0]}")
    else:
        given = [name for name in ("state", "once", "new_rules") if getattr(options, name)]
        if given:
            parser.error(f"--{given[0].replace('_', '-')} goes with --follow")


def _expect_one_explanation(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """`--plan` explains rules, everything else a claim."""
    of_claims = ("claims", "history", "columns", "members", "claim", "line", "rule")
    given = [name for name in of_claims if getattr(options, name)]
    if options.plan and given:
        parser.error(f"--plan explains rules without claims; leave out --{given[0]}")
    if not options.plan and options.claim is None:
        parser.error("name a claim: --claim ID, or explain the rules alone with --plan")


def _run(options: argparse.Namespace) -> int:
    if options.command in ("check", "test", "fmt", "copy"):
        from editwright import rule_commands

        commands = {
            "check": rule_commands.check,
            "test": rule_commands.test,
            "fmt": rule_commands.fmt,
            "copy": rule_commands.copy,
        }
        return commands[options.command](options)
    if options.command == "import":
        from editwright import table_commands

        return table_commands.import_files(options)
    from editwright import claim_commands

    if options.command == "run":
        return claim_commands.run(options)
    return (claim_commands.explain_plan if options.plan else claim_commands.explain)(options)


def _parser() -> argparse.ArgumentParser:
    from editwright import __version__

    parser = argparse.ArgumentParser(
        prog="editwright",
        description="Claim edits for health-care payers, written as sentences.",
        epilog="Begin with: editwright check FILE.edits",
    )
    parser.add_argument("--version", action="version", version=f"editwright {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_check(commands)
    _add_test(commands)
    _add_fmt(commands)
    _add_run(commands)
    _add_explain(commands)
    _add_import(commands)
    _add_copy(commands)
    return parser


def _command(commands: "Commands", name: str, summary: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours: auto (on a terminal, unless NO_COLOR is set), always or never",
    )
    return command


def _add_files(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a rule file, a folder of them, or - for standard input",
    )


def _add_format(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: text)"
    )


def _add_check(commands: "Commands") -> None:
    command = _command(commands, "check", "Report every problem of rule files.")
    _add_files(command)
    _add_format(command)


def _add_test(commands: "Commands") -> None:
    command = _command(commands, "test", "Run the examples in rule files.")
    _add_files(command)
    _add_format(command)


def _add_fmt(commands: "Commands") -> None:
    command = _command(commands, "fmt", "Rewrite rule files in their canonical form.")
    _add_files(command)
    only = command.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="change nothing; exit 1 if it would")
    only.add_argument("--diff", action="store_true", help="change nothing; show what would change")


def _add_rules_and_claims(command: argparse.ArgumentParser, *, claims_needed: bool = True) -> None:
    command.add_argument("rules", nargs="*", metavar="RULES", help="rule files, or folders of them")
    command.add_argument(
        "--claims",
        nargs="+",
        required=claims_needed,
        default=[],
        metavar="FILE",
        help="claim files (CSV, TSV, NDJSON, Parquet), folders, or - for standard input",
    )
    command.add_argument(
        "--history",
        nargs="+",
        default=[],
        metavar="FILE",
        help="claim files of the members' past: they count and serve as partners, never fire",
    )
    command.add_argument(
        "--columns", metavar="MAP.toml", help="a file that maps our column names to the claims'"
    )
    command.add_argument(
        "--members", metavar="FILE", help="a table with the members' birth dates and sex"
    )


def _add_run(commands: "Commands") -> None:
    command = _command(commands, "run", "Run rule files over claims.")
    _add_rules_and_claims(command)
    command.add_argument(
        "-o", "--output", default="-", metavar="FINDINGS", help="where to write (default: -)"
    )
    command.add_argument(
        "--format",
        choices=("parquet", "csv", "json", "text"),
        help="how to write (default: by the output's ending, text on standard output)",
    )
    command.add_argument(
        "--quarantine", metavar="FILE.csv", help="write the lines that were set aside, with reasons"
    )
    command.add_argument(
        "--summary", choices=("text", "json"), default="text", help="how to print the summary"
    )
    command.add_argument(
        "--threads", type=_threads, metavar="N", help="how many (default: one for each processor)"
    )
    command.add_argument(
        "--memory",
        type=_memory,
        metavar="SIZE",
        help="how much to take, like 2GB; lines that need more go to temporary files "
        "(default: half of the machine's)",
    )
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no summary")
    _add_follow(command)


def _add_follow(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("claims that arrive without end")
    group.add_argument(
        "--follow",
        action="store_true",
        help="judge claims as they arrive on standard input (NDJSON) or in a folder",
    )
    group.add_argument(
        "--state",
        metavar="FILE",
        help="keep members' history and how far all is done, to go on there after any end",
    )
    group.add_argument(
        "--claim-timeout",
        type=_seconds,
        default=1.0,
        metavar="SECONDS",
        help="judge a claim when no line of it has come for so long (default: 1)",
    )
    group.add_argument(
        "--late",
        type=_days,
        default=365,
        metavar="DAYS",
        help="how old a claim may be beside the newest of its member (default: 365)",
    )
    group.add_argument(
        "--once", action="store_true", help="end when all that is there has been judged"
    )
    group.add_argument(
        "--new-rules", action="store_true", help="go on with a state although rules have changed"
    )


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 <= number <= 86_400:
        raise ValueError
    return number


def _days(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100_000:
        raise ValueError
    return number


def _threads(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _memory(text: str) -> int:
    from editwright.evaluator.memory import memory_size

    try:
        return memory_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _add_explain(commands: "Commands") -> None:
    command = _command(commands, "explain", "Say why rules fire, or do not, on a claim's lines.")
    _add_rules_and_claims(command, claims_needed=False)
    command.add_argument("--claim", metavar="ID", help="the claim to explain")
    command.add_argument("--line", type=int, metavar="N", help="only this line of it")
    command.add_argument("--rule", metavar="NAME", help="only this rule")
    command.add_argument(
        "--plan",
        action="store_true",
        help="instead of a claim, explain how the rules are judged, what they read and cost",
    )
    _add_format(command)


def _add_import(commands: "Commands") -> None:
    command = _command(commands, "import", "Turn tables that CMS publishes into Parquet.")
    command.add_argument(
        "table", choices=("ncci-ptp", "mue", "add-on", "mpfs"), help="which table the files are"
    )
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="its files as downloaded: zip, text, CSV, XLSX, or one of them with gzip",
    )
    command.add_argument(
        "-o", "--output", required=True, metavar="TABLE.parquet", help="where to write"
    )
    _add_format(command)


def _add_copy(commands: "Commands") -> None:
    command = _command(commands, "copy", "Copy rule files that ship with editwright, to change.")
    command.add_argument("name", metavar="NAME", help="ncci, starter or chemodenervation")
    command.add_argument(
        "folder", nargs="?", default=".", metavar="FOLDER", help="where to (default: here)"
    )
