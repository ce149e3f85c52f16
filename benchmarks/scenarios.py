"""All scenarios by name, in the order in which they are measured and shown."""

from collections.abc import Mapping

from benchmarks import claim_scenarios, rule_scenarios
from benchmarks.job import Scenario

SCENARIOS: Mapping[str, Scenario] = {
    each.name: each for each in (*rule_scenarios.SCENARIOS, *claim_scenarios.SCENARIOS)
}
