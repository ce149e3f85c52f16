"""Options of the commands that read claims, run, compare and explain; and which go together."""

import argparse
from typing import TYPE_CHECKING

from editwright.arguments import Parser, number, size, whole_number
from editwright.shared_options import add_command, add_format, add_report

if TYPE_CHECKING:
    from editwright.shared_options import Commands


def add_run(commands: "Commands") -> None:
    """`run RULES --claims FILES`: findings, a report, or a stream of them."""
    command = add_command(commands, "run", "Run rule files over claims.")
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
    add_report(command)
    command.add_argument(
        "--show-members", action="store_true", help="with --report: show the lines' member ids"
    )
    _add_how_to_run(command)
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no summary")
    _add_follow(command)


def add_compare(commands: "Commands") -> None:
    """`compare OLD NEW --claims FILES`"""
    command = add_command(commands, "compare", "Say what a change of rules does to claims.")
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
    add_format(command)
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
    add_report(command)
    _add_how_to_run(command)
    command.add_argument("-q", "--quiet", action="store_true", help="no progress, no notes")


def add_explain(commands: "Commands") -> None:
    """`explain RULES --claims FILES --claim ID`, or `explain RULES --plan`"""
    command = add_command(commands, "explain", "Say why rules fire, or do not, on a claim's lines.")
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
    add_format(command)


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


# ---- options that go together


def sort_out_rules(command: Parser, options: argparse.Namespace) -> None:
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


def expect_one_way(command: Parser, options: argparse.Namespace) -> None:
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


def expect_one_explanation(command: Parser, options: argparse.Namespace) -> None:
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
