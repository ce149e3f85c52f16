"""The data of a report on examples: what its scripts list and draw, as plain values."""

from collections.abc import Mapping, Sequence

from attrs import frozen

from editwright.evaluator.coverage.points import Coverage, RuleCoverage
from editwright.evaluator.examples.run_examples import ExampleResult
from editwright.evaluator.mutation.survey import Fate, Mutant, Survey
from editwright.evaluator.report.rule_facts import Facts, example_facts, keywords, rule_facts
from editwright.grammar.checked import CheckedRules

NOTICED: Fate = "noticed"
SURVIVED: Fate = "survived"


@frozen(slots=True)
class Tested:
    """Rules with their examples, how these went, and how much of the rules they show. `survey`
    is there where the rules were changed to see which changes the examples notice."""

    rules: CheckedRules
    results: Sequence[ExampleResult]
    coverage: Coverage
    survey: Survey | None = None

    @property
    def failed(self) -> list[ExampleResult]:
        """The examples that do not hold."""
        return [each for each in self.results if not each.holds]

    def of_headings(self) -> list[RuleCoverage]:
        """The coverage of what is no rule: the dates of rulesets."""
        rules = {(rule.source.name, rule.name) for rule in self.rules.rules}
        return [each for each in self.coverage.rules if (each.file, each.rule) not in rules]

    def of_lists(self) -> list[Mutant]:
        """The changes of what is no rule (lists, rulesets) that no example notices."""
        rules = {(rule.source.name, rule.name) for rule in self.rules.rules}
        mutants = self.survey.of_fate(SURVIVED) if self.survey else ()
        return [each for each in mutants if (each.file, each.rule) not in rules]


def examples_data(tested: Tested) -> Facts:
    """Everything that the page lists and draws."""
    rules, examples = rule_facts(tested.rules), example_facts(tested.rules)
    expecting: dict[int, list[str]] = {}
    for facts in rules:
        for at in facts["examples"]:
            expecting.setdefault(at, []).append(facts["name"])
    covered = {(each.file, each.rule): each for each in tested.coverage.rules}
    changes = _changes(tested.survey)
    return {
        "rules": [
            {**facts, **_shown(covered.get(key)), **_survived(changes.get(key), tested.survey)}
            for facts, rule in zip(rules, tested.rules.rules, strict=True)
            for key in [(rule.source.name, rule.name)]
        ],
        "examples": [
            {**facts, **_result(result), "name": facts["title"], "rules": expecting.get(at, [])}
            for at, (facts, result) in enumerate(zip(examples, tested.results, strict=True))
        ],
        "surveyed": tested.survey is not None,
        "keywords": keywords(),
    }


def _result(result: ExampleResult) -> Facts:
    return {
        "holds": result.holds,
        "result": "holds" if result.holds else "fails",
        "missing": list(result.missing),
        "unexpected": list(result.unexpected),
    }


def _shown(coverage: RuleCoverage | None) -> Facts:
    """How much of a rule its examples show, point by point."""
    if coverage is None:
        return {"seen": 0, "all": 0, "percent": None, "points": []}
    return {
        "seen": coverage.seen,
        "all": len(coverage.points),
        "percent": round(coverage.percent, 1),
        "points": [
            [each.clause, each.what, each.seen, each.example if each.seen else each.missing]
            for each in coverage.points
        ],
    }


def _changes(survey: Survey | None) -> Mapping[tuple[str, str], list[Mutant]]:
    found: dict[tuple[str, str], list[Mutant]] = {}
    for each in survey.mutants if survey else ():
        found.setdefault((each.file, each.rule), []).append(each)
    return found


def _survived(mutants: Sequence[Mutant] | None, survey: Survey | None) -> Facts:
    """The changes of a rule: how many examples notice, and those that none does."""
    if survey is None:
        return {}
    mine = mutants or ()
    left = [each for each in mine if each.fate == SURVIVED]
    noticed = sum(each.fate == NOTICED for each in mine)
    return {
        "noticed": noticed,
        "survived": len(left),
        "changes": [[each.change, each.before, each.after, each.example] for each in left],
    }
