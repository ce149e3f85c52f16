"""`editwright examples`: for each rule a claim that it fires on and the nearest ones that it does
not, as examples to paste."""

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from editwright.console import Bar, complain, counted, print_json, progress
from editwright.diagnostics_out import print_as_json
from editwright.diagnostics_text import complain_of_rules
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import check_sources
from editwright.rule_files import exit_code, expect_rule, read_sources

if TYPE_CHECKING:
    from editwright.evaluator.synthesis.nearest import Shown
    from editwright.grammar.checked import CheckedRules


def examples(options: Namespace) -> int:
    """`editwright examples`: 1 where no claim was found that a rule fires on."""
    sources = read_sources(options.files)
    checked = check_sources(sources, samples=True)
    if checked.rules is None:
        if options.format == "json":
            print_as_json(checked.diagnostics)
        else:
            complain_of_rules(checked, options.color)
        return exit_code(sources, checked)
    names = [rule.name for rule in checked.rules.rules]
    if not names:
        complain("there is no rule in these files", "name a file with rules")
    if not names or not expect_rule(options.rule, checked.rules):
        return UNUSABLE
    with progress("looking for claims", quiet=options.format == "json") as bar:
        found = dict(_found(checked.rules, options.rule, bar, len(names)))
    shown = [each for several in found.values() for each in several]
    if options.format == "json":
        print_json({"examples": [each.as_dict() for each in shown]})
    else:
        blocks = [
            "\n\n".join([f"# {name}", *(each.text for each in several)])
            for name, several in found.items()
            if several
        ]
        if blocks:
            print("\n\n".join(blocks))
    without = [name for name, several in found.items() if not several]
    if without:
        complain(
            f"no claim was found that {counted(len(without), 'rule')} would fire on:"
            f" {', '.join(without)}",
            "can the rule fire at all? `editwright check` may say more",
        )
    return PROBLEMS if without else DONE


def _found(
    rules: "CheckedRules", only: str | None, bar: Bar, count: int
) -> "Iterator[tuple[str, list[Shown]]]":
    from editwright.evaluator.examples.workshop import Workshop
    from editwright.evaluator.synthesis.judging import FileJudge, Rowwise
    from editwright.evaluator.synthesis.nearest import examples_of
    from editwright.grammar.declarations import Library

    library = Library(samples=True)
    done = 0
    for file in rules.files:
        if not file.rules:
            continue
        shop, judge = Workshop.of(file, library), FileJudge.of(file.rules, Rowwise())
        assert judge is not None, "a checked file's rules have their strata"
        for rule in file.rules:
            done += 1
            if only in (None, rule.name):
                bar(done, count)
                yield rule.name, examples_of(rule, shop, judge)
