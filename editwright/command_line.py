"""The command line: `editwright check | test | examples | fmt | run | compare | explain | import
| copy`.

Exit codes: 0 nothing wrong; 1 problems that the command exists to report; 2 wrong usage or
unreadable input; 130 interrupted. What was asked for goes to standard output, everything about
it (progress, summaries) to standard error.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

from editwright.arguments import Parser, expect_known, number, size, whole_number
from editwright.console import complain

if TYPE_CHECKING:
    Commands: TypeAlias = "argparse._SubParsersAction[Parser]"

DONE, PROBLEMS, UNUSABLE, INTERRUPTED = 0, 1, 2, 130


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
        _sort_out_rules(command, options)
    if options.command == "run":
        _expect_one_way(command, options)
    if options.command == "explain":
        _expect_one_explanation(command, options)
    try:
        return _run(options)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader has seen enough (`| head`); a second error while closing would be noise.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        complain((error.strerror or "an input or output error").lower())
        return UNUSABLE


def _sort_out_rules(command: Parser, options: argparse.Namespace) -> None:
    """`run --claims claims.csv rules.edits`: a rule file among the claims is a rule file."""
    for name in ("claims", "history"):
        given = getattr(options, name)
        options.rules += [each for each in given if each.endswith(".edits")]
        setattr(options, name, [each for each in given if not each.endswith(".edits")])
    if options.command == "compare" and len(options.rules) != 2:
        command.error("name the old rules and the new ones: two rule files, or folders of them")
    if not options.rules:
        command.error("name a rule file (it ends in .edits) or a folder of them")
    if not options.claims and not (options.command == "explain" and options.plan):
        command.error("name a claim file behind --claims, or - for standard input")
    read = [{*options.rules}, {*options.claims}, {*options.history}]
    if options.command == "compare":  # the rules beside the old ones are read with the new ones too
        read[:1] = [{each} for each in options.rules] + 2 * [{*options.beside}]
    if sum("-" in names for names in read) > 1:
        command.error("standard input can be read once: as rules, as claims or as history")


def _expect_one_way(command: Parser, options: argparse.Namespace) -> None:
    """Some options are for streams alone, some for files alone."""
    if options.follow:
        of_files = ("memory", "threads", "strict", "report")
        given = [name for name in of_files if getattr(options, name)]
        if given:
            command.error(f"--follow goes on claim by claim; leave out --{given[0]}")
    else:
        of_streams = ("state", "once", "new_rules", "claim_timeout", "late")
        given = [name for name in of_streams if getattr(options, name) != command.get_default(name)]
        if given:
            command.error(f"--{given[0].replace('_', '-')} goes with --follow")
    if options.show_members and not options.report:
        command.error("--show-members goes with --report")


def _expect_one_explanation(command: Parser, options: argparse.Namespace) -> None:
    """`--plan` explains rules, everything else a claim."""
    of_claims = (
        "claims", "claims_format", "history", "columns", "members", "claim", "line", "rule",
    )  # fmt: skip
    given = [name for name in of_claims if getattr(options, name)]
    if options.plan and given:
        command.error(
            f"--plan explains rules without claims; leave out --{given[0].replace('_', '-')}"
        )
    if not options.plan and options.claim is None:
        command.error("name a claim: --claim ID, or explain the rules alone with --plan")


def _run(options: argparse.Namespace) -> int:
    if options.command == "check":
        from editwright import check_command

        return check_command.check(options)
    if options.command == "test":
        from editwright import test_command

        return test_command.test(options)
    if options.command == "examples":
        from editwright import examples_command

        return examples_command.examples(options)
    if options.command in ("fmt", "copy"):
        from editwright import rule_commands

        commands = {
            "fmt": rule_commands.fmt,
            "copy": rule_commands.copy,
        }
        return commands[options.command](options)
    if options.command == "import":
        from editwright import table_commands

        return table_commands.import_files(options)
    if options.command == "compare":
        from editwright import compare_command

        return compare_command.compare(options)
    if options.command == "explain":
        from editwright import explain_command

        return (explain_command.explain_plan if options.plan else explain_command.explain)(options)
    from editwright import claim_commands

    return claim_commands.run(options)


def _parser() -> Parser:
    from editwright import __version__

    parser = Parser(
        prog="editwright",
        description="Claim edits for health-care payers, written as sentences.",
        epilog="Begin with: editwright check FILE.edits",
    )
    parser.add_argument("--version", action="version", version=f"editwright {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_check(commands)
    _add_test(commands)
    _add_examples(commands)
    _add_fmt(commands)
    _add_run(commands)
    _add_compare(commands)
    _add_explain(commands)
    _add_import(commands)
    _add_copy(commands)
    return parser


def _command(commands: "Commands", name: str, summary: str) -> Parser:
    command = commands.add_parser(name, help=summary, description=summary)
    command.set_defaults(parser=command)
    command.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default="auto",
        help="colours: auto (on a terminal, unless NO_COLOR is set), always or never",
    )
    return command


def _add_files(command: Parser) -> None:
    command.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="a rule file, a folder of them, or - for standard input",
    )


def _add_format(command: Parser) -> None:
    command.add_argument(
        "--format", choices=("text", "json"), default="text", help="how to print (default: text)"
    )


def _add_check(commands: "Commands") -> None:
    command = _command(
        commands, "check", "Report every problem of rule files, and what is probably not meant."
    )
    command.add_argument(
        "files",
        nargs="*",
        metavar="FILE",
        help="a rule file, a folder of them, or - for standard input",
    )
    command.add_argument(
        "--format",
        choices=("text", "json", "sarif", "github"),
        default="text",
        help="how to print: text, json, sarif (2.1.0) or github (annotations of a workflow)",
    )
    command.add_argument(
        "--select",
        action="append",
        default=[],
        metavar="CODES",
        help="report these beside errors: codes or what they begin with, behind commas (default: "
        "W, all warnings; W,I adds information)",
    )
    command.add_argument(
        "--ignore", action="append", default=[], metavar="CODES", help="do not report these"
    )
    command.add_argument(
        "--codes",
        metavar="TABLE",
        help="a table of the codes that there are (columns code, kind, effective, ended): report "
        "codes that rules name and that are not valid on their dates",
    )
    command.add_argument(
        "--no-analysis", action="store_true", help="only what can be said of each rule by itself"
    )
    fails = command.add_mutually_exclusive_group()
    fails.add_argument("--strict", action="store_true", help="exit 1 on warnings too")
    fails.add_argument(
        "--fail-on",
        choices=("error", "warning", "info"),
        default="error",
        help="exit 1 on what is at least as grave (default: error)",
    )
    command.add_argument(
        "--explain", metavar="CODE", help="print what a code stands for and what to do, and exit"
    )


def _add_test(commands: "Commands") -> None:
    command = _command(commands, "test", "Run the examples in rule files.")
    _add_files(command)
    _add_format(command)
    _add_report(command)
    command.add_argument("--rule", metavar="NAME", help="cover and change this rule alone")
    covering = command.add_argument_group("what the examples reach")
    covering.add_argument(
        "--coverage", action="store_true", help="show what no example reaches, clause by clause"
    )
    covering.add_argument(
        "--fail-under",
        type=number(0, 100, "90"),
        metavar="PERCENT",
        help="exit 1 where less is reached",
    )
    changing = command.add_argument_group("which slips the examples notice")
    changing.add_argument(
        "--mutate",
        action="store_true",
        help="change the rules, one small slip at a time, and list the changes that no example"
        " notices, each with the example that would",
    )
    changing.add_argument(
        "--allow",
        type=number(0, 100, "90"),
        default=0.0,
        metavar="PERCENT",
        help="exit 1 where more of the changes survive (default: 0)",
    )
    changing.add_argument(
        "--every-value",
        action="store_true",
        help="drop every value of every list, not only the first and last of each kind",
    )
    again = command.add_argument_group("again").add_mutually_exclusive_group()
    again.add_argument(
        "--update",
        action="store_true",
        help="rewrite what the examples expect to what is found, and show the difference",
    )
    again.add_argument(
        "--watch", action="store_true", help="test what changes, as soon as it is saved"
    )


def _add_examples(commands: "Commands") -> None:
    command = _command(
        commands,
        "examples",
        "Write examples of rules: a claim that a rule fires on, and the nearest that it does not.",
    )
    _add_files(command)
    _add_format(command)
    command.add_argument("--rule", metavar="NAME", help="of this rule alone")


def _add_fmt(commands: "Commands") -> None:
    command = _command(commands, "fmt", "Rewrite rule files in their canonical form.")
    _add_files(command)
    only = command.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="change nothing; exit 1 if it would")
    only.add_argument("--diff", action="store_true", help="change nothing; show what would change")


def _add_rules_and_claims(
    command: Parser,
    *,
    claims_needed: bool = True,
    rules: str = "RULES",
    rules_help: str = "rule files, or folders of them",
) -> None:
    command.add_argument("rules", nargs="*", metavar=rules, help=rules_help)
    command.add_argument(
        "--claims",
        nargs="+",
        required=claims_needed,
        default=[],
        metavar="FILE",
        help="claim files (X12 837, CSV, NDJSON, JSON, Parquet, Arrow, or zip and gzip files of "
        "them), folders, or - for standard input",
    )
    command.add_argument(
        "--claims-format",
        metavar="NAME",
        help="the format that the claim files must have (default: their content tells)",
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
        choices=("parquet", "csv", "json", "text", "fhir", "claim-status"),
        help="how to write (default: by the output's ending, text on standard output); `fhir` are "
        "ClaimResponses, `claim-status` is a CSV for a billing office",
    )
    command.add_argument(
        "--summary", choices=("text", "json"), default="text", help="how to print the summary"
    )
    _add_report(command)
    command.add_argument(
        "--show-members", action="store_true", help="with --report: show the lines' member ids"
    )
    _add_how_to_run(command)
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no summary")
    _add_follow(command)


def _add_how_to_run(command: Parser) -> None:
    command.add_argument(
        "--quarantine",
        metavar="FILE",
        help="write what was set aside, with reasons: CSV, or NDJSON if FILE ends in .ndjson",
    )
    command.add_argument(
        "--strict",
        action="store_true",
        help="stop at the first line or claim that cannot be read, with exit code 2",
    )
    command.add_argument(
        "--threads",
        type=whole_number(1, 10_000, "4"),
        metavar="N",
        help="how many (default: one for each processor)",
    )
    command.add_argument(
        "--memory",
        type=size,
        metavar="SIZE",
        help="how much to take, like 2GB; lines that need more go to temporary files "
        "(default: half of the machine's)",
    )


def _add_compare(commands: "Commands") -> None:
    command = _command(commands, "compare", "Say what a change of rules does to claims.")
    _add_rules_and_claims(
        command,
        rules="OLD NEW",
        rules_help="the rules as they are and as they will be, each a rule file or a folder",
    )
    command.add_argument(
        "--with",
        dest="beside",
        nargs="+",
        default=[],
        metavar="RULES",
        help="rule files that run beside the old rules and beside the new ones",
    )
    command.add_argument(
        "-o",
        "--output",
        metavar="DIFF",
        help="write every changed line, to a file that ends in .parquet, .csv or .ndjson",
    )
    _add_format(command)
    command.add_argument(
        "--top",
        type=whole_number(0, 1_000_000, "20"),
        default=10,
        metavar="N",
        help="how many codes, providers and changed lines to list (default: 10)",
    )
    command.add_argument(
        "--show-members", action="store_true", help="list changed lines with their member ids"
    )
    command.add_argument(
        "--fail-on-change", action="store_true", help="exit with 1 where any line changes"
    )
    _add_report(command)
    _add_how_to_run(command)
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")


def _add_report(command: Parser) -> None:
    command.add_argument(
        "--report", metavar="FILE.html", help="write a web page to read, search and print as well"
    )


def _add_follow(command: Parser) -> None:
    group = command.add_argument_group("claims that arrive without end")
    group.add_argument(
        "--follow",
        action="store_true",
        help="judge claims as they arrive: on standard input (NDJSON), in a folder, or at the end "
        "of a file",
    )
    group.add_argument(
        "--state",
        metavar="FILE",
        help="keep members' history and how far all is done, to go on there after any end",
    )
    group.add_argument(
        "--claim-timeout",
        type=number(0, 86_400, "1.5"),
        default=1.0,
        metavar="SECONDS",
        help="judge a claim when no line of it has come for so long (default: 1)",
    )
    group.add_argument(
        "--late",
        type=whole_number(0, 100_000, "365"),
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


def _add_explain(commands: "Commands") -> None:
    command = _command(commands, "explain", "Say why rules fire, or do not, on a claim's lines.")
    _add_rules_and_claims(command, claims_needed=False)
    command.add_argument("--claim", metavar="ID", help="the claim to explain")
    command.add_argument(
        "--line", type=whole_number(0, 1_000_000_000, "2"), metavar="N", help="only this line of it"
    )
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
