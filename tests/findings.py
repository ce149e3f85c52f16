"""A finding with something in every field, for the tests of what findings are written as."""

from decimal import Decimal

from editwright.evaluator.findings.finding import Finding

FINDING = Finding(
    claim_id="C1",
    line_number=2,
    member_id="canary-member",
    rule="CHEMO-UNITS",
    ruleset="chemodenervation",
    ruleset_version="2025.1",
    disposition="deny",
    scope="line",
    group_code="CO",
    carc="151",
    rarc=("N362", "M80"),
    message="64643 on 2025-03-01 is over the limit of 3 units a day.",
    partners=(("C1", 1), ("C0", 4)),
    units_allowed=Decimal(3),
    units_total=Decimal("4.5"),
    source="NCCI medically unlikely edits, type 1",
    table_row=12_345,
)
