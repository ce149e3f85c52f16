"""All scenarios by key, in the order in which they are measured and shown."""

from collections.abc import Mapping

from benchmarks import (
    batch_scenarios,
    claim_scenarios,
    growth_scenarios,
    one_claim_scenarios,
    reader_scenarios,
    rule_scenarios,
    start_scenarios,
    stream_scenarios,
)
from benchmarks.job import Scenario

CHAPTERS = (
    "Batch",
    "Growth",
    "One claim",
    "Start",
    "Odd shapes",
    "Language",
    "Claims and findings",
    "Reading",
    "Streams",
)

MODULES = (
    batch_scenarios,
    growth_scenarios,
    one_claim_scenarios,
    start_scenarios,
    rule_scenarios,
    claim_scenarios,
    reader_scenarios,
    stream_scenarios,
)
SCENARIOS: Mapping[str, Scenario] = {
    each.key: each
    for chapter in CHAPTERS
    for module in MODULES
    for each in module.SCENARIOS
    if each.chapter == chapter
}
