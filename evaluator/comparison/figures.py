"""What a change of rules does to claims: the figures of a comparison, as plain values.

A line's outcome under one set of rules is the strongest disposition of the findings on it, in the
order of `DISPOSITIONS`; a finding on a whole claim is on each of its lines. `monitor` is no
outcome: it is measured by itself, in `Monitored`. The reason of an outcome are the rules, group
codes, CARCs and RARCs of the findings with that disposition.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

import attrs
from attrs import field, frozen

DISPOSITIONS = ("reject", "deny", "pend", "reduce", "warn", "none")
"""What becomes of a line, the strongest first; `none`: no finding decides about it."""
DENYING = ("reject", "deny")
"""The dispositions that leave a line unpaid."""

Change = Literal["newly_denied", "no_longer_denied", "disposition", "units", "reason"]
CHANGES: tuple[Change, ...] = (
    "newly_denied",
    "no_longer_denied",
    "disposition",
    "units",
    "reason",
)
"""How an outcome changes; each changed line counts for the first of them that is true. Newly and
no longer denied (or rejected), another disposition, other units allowed, another reason."""

RuleText = Literal["added", "removed", "changed", "same"]


@frozen(slots=True)
class Measure:
    """How much some lines are. `charge` is the sum of their charges. `denied_charge` is what is
    denied of it, which of a reduced line is the share of the units that are cut; of changed lines
    it is the new one less the old one, below zero where less is denied."""

    lines: int = 0
    claims: int = 0
    members: int = 0
    charge: Decimal = Decimal(0)
    denied_charge: Decimal = Decimal(0)


@frozen(slots=True)
class Side:
    """One of the two sets of rules, over all lines."""

    files: tuple[str, ...]
    rulesets: tuple[str, ...]
    """The rulesets with their versions."""
    rules: int
    findings: int
    by_disposition: Mapping[str, Measure]
    """The lines by their outcome, without those of which no finding decides."""
    denied: Measure
    """The lines that are denied or rejected, and the charges denied of all lines."""


@frozen(slots=True)
class Transition:
    """The lines that have one outcome under the old rules and one under the new ones."""

    old: str
    new: str
    measure: Measure


@frozen(slots=True)
class RuleSide:
    """One rule in one set of rules."""

    place: str
    """`file:line`"""
    disposition: str
    findings: int


@frozen(slots=True)
class RuleChange:
    """One rule, and the changed lines that it takes part in: a finding of it decides about the
    line under one set of rules and not, or otherwise, under the other."""

    rule: str
    ruleset: str | None
    text: RuleText
    """Whether the rule, with its lists and tables, is another one."""
    old: RuleSide | None
    new: RuleSide | None
    changed: Measure
    by_change: Mapping[Change, Measure]


@frozen(slots=True)
class Group:
    """The changed lines that share a value: a code, a provider, a month. `value` is nothing where
    the claim has none."""

    value: str | None
    changed: Measure
    by_change: Mapping[Change, Measure]


@frozen(slots=True)
class Breakdown:
    """Changed lines by the values of one column, those with the largest charge first; months in
    their order."""

    name: str
    """procedure_code, rendering_provider, billing_provider, specialty, place_of_service, month."""
    groups: tuple[Group, ...]
    left_out: int
    """How many more groups there are."""


@frozen(slots=True)
class Monitored:
    """A rule that is only measured (`otherwise monitor`), and what it would deny."""

    rule: str
    ruleset: str | None
    place: str
    in_old: bool
    in_new: bool
    fires: Measure
    """Every line that it fires on, under the new rules where it is in them. `denied_charge` is
    what would be denied beyond what is."""
    alone: Measure
    """Those of them that nothing denies or rejects."""


@frozen(slots=True)
class Reason:
    """A finding that decides about a line."""

    rule: str
    ruleset: str | None
    disposition: str
    adjustment: str | None
    """`CO-107 N122`"""
    message: str
    on_line: int
    """The line of the claim that has the finding: another one, for a finding on a whole claim."""
    units_allowed: Decimal | None = None
    source: str | None = None
    table_row: int | None = None


@frozen(slots=True)
class Outcome:
    """What becomes of one line, and why."""

    disposition: str
    units_allowed: Decimal | None
    denied_charge: Decimal
    reasons: tuple[Reason, ...]


@frozen(slots=True)
class ChangedLine:
    """One line whose outcome changes."""

    change: Change
    claim_id: str
    line_number: int
    member_id: str | None = field(repr=False)
    """Nothing, unless member ids were asked for."""
    procedure_code: str | None
    modifiers: tuple[str, ...]
    service_from: date | None
    units: Decimal | None
    charge: Decimal | None
    old: Outcome
    new: Outcome


@frozen(slots=True)
class Comparison:
    """What the new rules do to the lines that the old ones did not, and the other way round.

    Counts of claims and members are of different ones; where lines are broken down, one claim may
    be in several groups, and a line in those of several rules.
    """

    old: Side
    new: Side
    lines: int
    claims: int
    members: int
    history_lines: int
    lines_without_charge: int
    changed: Measure
    by_change: Mapping[Change, Measure]
    transitions: tuple[Transition, ...]
    """Of all lines of which a finding decides under one set of rules at least."""
    rules: tuple[RuleChange, ...]
    """Every rule, those with the most changed charge first."""
    breakdowns: tuple[Breakdown, ...]
    monitored: tuple[Monitored, ...]
    largest: Mapping[Change, tuple[ChangedLine, ...]]
    """Of each change the lines with the most denied charge changed, then the most charge."""

    def as_dict(self) -> dict[str, object]:
        """The figures as plain values; dates as `2025-03-01`."""
        return attrs.asdict(self, value_serializer=_plain)


def _plain(_instance: object, _attribute: object, value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, date):
        return value.isoformat()
    return value
