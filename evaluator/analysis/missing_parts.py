"""I871, I872 and I873: rules without an example, a source or a message.

These are for information: they are reported where they are selected.
"""

from collections.abc import Iterator

from editwright.evaluator.analysis.finding import finding
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.run import Run
from editwright.grammar.diagnostics import Diagnostic


def missing_parts(run: Run) -> Iterator[Diagnostic]:
    """The findings, in the order of the rules."""
    for file in run.rules.files:
        fired = {each.rule for example in file.examples for each in example.expected}
        for rule in file.rules:
            party = Party(rule, rule)
            if rule.name not in fired:
                yield finding(
                    "I871",
                    party,
                    f"no example expects {party.name} to fire",
                    help=f"write one below the rule: `expect {rule.name} on line 1`",
                )
            if rule.cites is None and (rule.ruleset is None or rule.ruleset.source is None):
                yield finding(
                    "I872",
                    party,
                    f"{party.name} does not say what it rests on",
                    help='add `source "..."` to the rule or to the ruleset',
                )
            if rule.because is None:
                yield finding(
                    "I873",
                    party,
                    f"{party.name} has no message of its own",
                    help='add `because "..."`',
                )
