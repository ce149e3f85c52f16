"""Comparing in Python: what new rules do to claims that old ones do not."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import field, frozen

from editwright.evaluator.comparison.figures import Comparison
from editwright.evaluator.formats.problems import BadLine
from editwright.rules import Lines, Rules, as_claims, load

if TYPE_CHECKING:
    import pyarrow as pa

OneOrMore = Rules | str | Path | Sequence[str | Path]


@frozen(slots=True, eq=False)
class Compared:
    """What one set of rules does to lines that another does not.

    `figures` has the counts, `changes` one row for each changed line, `by` one row for each group
    and kind of change: `procedure_code`, `rendering_provider`, `billing_provider`, `specialty`,
    `place_of_service` and `month`. `bad_lines` were set aside, each with its reason.
    """

    figures: Comparison
    changes: "pa.Table" = field(repr=False)
    by: Mapping[str, "pa.Table"] = field(repr=False)
    bad_lines: tuple[BadLine, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        from editwright.evaluator.comparison.text import comparison_text

        return "\n".join(comparison_text(self.figures))

    def write(self, path: str | Path) -> None:
        """Write the changed lines to a file that ends in `.parquet`, `.csv` or `.ndjson`. Raises
        OutputError where that cannot be done."""
        from editwright.evaluator.comparison.changes_out import write_changes

        write_changes([self.changes], self.changes.schema, path)


def compare(
    old: OneOrMore,
    new: OneOrMore,
    lines: Lines,
    *,
    history: Lines = (),
    columns: Mapping[str, object] | None = None,
    threads: int | None = None,
    memory: int | str | None = None,
    top: int = 10,
    show_members: bool = False,
) -> Compared:
    """What the new rules do to service lines that the old ones do not.

    `old` and `new` are what `load` gave, a rule file or several. The other arguments are those of
    `Rules.evaluate`, and `top`: how many groups and changed lines `figures` names. The tables have
    all of them. Member ids are left out unless `show_members` asks for them. Raises EditError for
    rules that cannot be used, and ClaimsError for data that is no table of service lines.

    >>> from editwright import load_text
    >>> lines = [{"claim_id": "C1", "procedure_code": "64643", "place_of_service": "31",
    ...           "charge": "120.00"}]
    >>> old = load_text("64643 allowed only with place 11, 22, 31")
    >>> new = load_text("64643 allowed only with place 11, 22")
    >>> compared = compare(old, new, lines)
    >>> [(change, measure.lines) for change, measure in compared.figures.by_change.items()]
    [('newly_denied', 1)]
    >>> compared.changes.column("new_message").to_pylist()
    ['64643 is allowed only with place 11 or 22.']
    """
    from editwright.evaluator.comparison.changed_groups import BREAKDOWNS
    from editwright.evaluator.comparison.changed_lines import changes_schema
    from editwright.evaluator.comparison.changes_out import one_table
    from editwright.evaluator.comparison.run import Comparing
    from editwright.evaluator.memory import default_limit, memory_size, room_in

    limit = memory_size(memory) if isinstance(memory, str) else memory or default_limit()
    comparing = Comparing.of(
        _rules(old).checked, _rules(new).checked, most=top, member_ids=show_members
    )
    bad_lines: list[BadLine] = []
    fields = comparing.declared_fields
    judged = as_claims(lines, fields, columns, bad_lines.append)
    past = as_claims(history, fields, columns, bad_lines.append, history=True)
    comparing.prepare()
    with comparing.read_parts(judged, past, room=room_in(limit)) as parts:
        parts.sort(lambda _done, _total: None)
        tables = [each.table() for each in comparing.changes(parts, threads=threads)]
    return Compared(
        comparing.comparison(),
        one_table(tables, changes_schema(member_ids=show_members)),
        {name: comparing.groups(name) for name in BREAKDOWNS},
        tuple(bad_lines),
    )


def _rules(given: OneOrMore) -> Rules:
    if isinstance(given, Rules):
        return given
    return load(given) if isinstance(given, str | Path) else load(*given)
