"""A finding: what one rule says about one service line."""

from decimal import Decimal

from attrs import field, frozen


@frozen(slots=True)
class Finding:
    """What one rule says about one service line.

    `disposition` is one of deny, reject, pend, warn, monitor, reduce; `scope` one of line, all,
    claim; `carc` and the `rarc` codes stand without their group; `units_allowed` and
    `units_total` are set by limits only.
    """

    claim_id: str
    line_number: int
    member_id: str | None = field(repr=False)
    rule: str
    ruleset: str | None
    ruleset_version: str | None
    disposition: str
    scope: str
    group_code: str | None
    carc: str | None
    rarc: tuple[str, ...]
    message: str
    partners: tuple[tuple[str, int], ...]
    """The partner lines, as (claim id, line number), in the order of the member's lines; of a rule
    over a table, row by row."""
    units_allowed: Decimal | None
    units_total: Decimal | None
    source: str | None
    table_row: int | None
    """The 1-based data row of the rule's table that fired, where the rule stands for one."""
