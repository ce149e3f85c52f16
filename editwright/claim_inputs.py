"""The claims, the history and the members that a command is given."""

from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path

from editwright.evaluator.findings.out import OutputError
from editwright.evaluator.formats.column_map import read_column_map
from editwright.evaluator.formats.members import Members, read_members
from editwright.evaluator.formats.problems import BadLine
from editwright.evaluator.formats.read import ClaimsIn, read_claims
from editwright.reports import expect_report_target


def claim_inputs(
    options: Namespace,
    fields: Mapping[str, str],
    members: Members,
    on_bad_line: Callable[[BadLine], None] | None,
) -> list[ClaimsIn]:
    """The claims, and the history where there is one."""
    column_map = read_column_map(options.columns, fields) if options.columns else None
    return [
        read_claims(
            paths,
            column_map=column_map,
            declared_fields=fields,
            history=history,
            members=members,
            on_bad_line=on_bad_line,
            format=None if history else options.claims_format,
        )
        for paths, history in ((options.claims, False), (options.history, True))
        if paths
    ]


def members_of(options: Namespace) -> Members:
    """The table of members, or an empty one."""
    return read_members(options.members) if options.members else Members()


def expect_other_output(options: Namespace) -> None:
    """Raises OutputError where an output would replace an input."""
    given = [*options.rules, *options.claims, *options.history, options.members, options.columns]
    inputs = {Path(each).resolve() for each in given if each}
    expect_report_target(options.report)
    for target in (options.output, options.quarantine, options.report):
        if target and target != "-" and Path(target).resolve() in inputs:
            raise OutputError(f"{target} is an input, and would be overwritten; name another file")
