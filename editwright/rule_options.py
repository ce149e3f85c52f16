"""Options of the commands that need no claims: check, test, examples, fmt, import and copy."""

from typing import TYPE_CHECKING

from editwright.arguments import number
from editwright.shared_options import add_command, add_files, add_format, add_report

if TYPE_CHECKING:
    from editwright.shared_options import Commands


def add_check(commands: "Commands") -> None:
    """`check FILES`, or `check --explain CODE`"""
    command = add_command(
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


def add_test(commands: "Commands") -> None:
    """`test FILES`"""
    command = add_command(commands, "test", "Run the examples in rule files.")
    add_files(command)
    add_format(command)
    add_report(command)
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


def add_examples(commands: "Commands") -> None:
    """`examples FILES`"""
    command = add_command(
        commands,
        "examples",
        "Write examples of rules: a claim that a rule fires on, and the nearest that it does not.",
    )
    add_files(command)
    add_format(command)
    command.add_argument("--rule", metavar="NAME", help="of this rule alone")


def add_fmt(commands: "Commands") -> None:
    """`fmt FILES`"""
    command = add_command(commands, "fmt", "Rewrite rule files in their canonical form.")
    add_files(command)
    only = command.add_mutually_exclusive_group()
    only.add_argument("--check", action="store_true", help="change nothing; exit 1 if it would")
    only.add_argument("--diff", action="store_true", help="change nothing; show what would change")


def add_import(commands: "Commands") -> None:
    """`import TABLE FILES -o TABLE.parquet`"""
    command = add_command(commands, "import", "Turn tables that CMS publishes into Parquet.")
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
    add_format(command)


def add_copy(commands: "Commands") -> None:
    """`copy NAME FOLDER`"""
    command = add_command(commands, "copy", "Copy rule files that ship with editwright, to change.")
    command.add_argument("name", metavar="NAME", help="ncci, starter or chemodenervation")
    command.add_argument(
        "folder", nargs="?", default=".", metavar="FOLDER", help="where to (default: here)"
    )
