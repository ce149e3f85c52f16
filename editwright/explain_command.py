"""The command that explains: why rules fire on a claim's lines, or do not, and what rules cost."""

import sys
from argparse import Namespace

from editwright.claim_inputs import claim_inputs, members_of
from editwright.console import Paint, complain, print_json, progress
from editwright.correction_words import what_became
from editwright.evaluator.corrections.in_lines import Corrected, lines_to_judge
from editwright.evaluator.run import Evaluator, read_parts
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.checked import CheckedRules
from editwright.rule_files import checked_rules, expect_rule
from editwright.set_aside import aside_text


def explain(options: Namespace) -> int:
    """`editwright explain`: clause by clause why rules fire or not, or with --plan what the rules
    have become; 1 where the claim is not there."""
    rules, code = checked_rules(options.rules, options.color)
    if rules is None:
        return code
    if options.plan:
        return _explain_plan(options, rules)
    if not expect_rule(options.rule, rules):
        return UNUSABLE
    return _explain_claim(options, rules)


def _explain_claim(options: Namespace, rules: CheckedRules) -> int:
    from editwright.evaluator.explaining.claim_members import members_of_claim
    from editwright.evaluator.explaining.explain import explain_lines
    from editwright.evaluator.explaining.text import explanation_text
    from editwright.evaluator.memory import default_limit, room_in

    inputs = claim_inputs(options, rules.declared_fields, members_of(options), None)
    with progress("reading claims", quiet=False) as bar:
        room = room_in(default_limit())
        with read_parts(Evaluator(rules), *inputs, room=room, report=bar) as parts:
            parts.sort(bar)
            members = members_of_claim(parts, options.claim)
            corrected = parts.corrected
    explained = []
    for member in members:
        wanted = [
            line
            for line in sorted(member, key=lambda line: line.line_number)
            if line.claim_id == options.claim
            and not line.history
            and options.line in (None, line.line_number)
        ]
        if wanted:
            explained += explain_lines(rules, member, wanted, only=options.rule)
    if not explained and corrected != Corrected():
        # The parts do not say what left a claim out; reading anew costs only whoever asks for one.
        claims, *history = claim_inputs(options, rules.declared_fields, members_of(options), None)
        found = lines_to_judge(claims, history[0] if history else ())
        if (gone := what_became(found, options.claim)) is not None:
            complain(f"claim {options.claim} is not judged: {gone}")
            return PROBLEMS
    if not explained:
        numbers = sorted(
            line.line_number
            for member in members
            for line in member
            if line.claim_id == options.claim and not line.history
        )
        which = f"line {options.line} of claim" if options.line is not None else "claim"
        hint = f"its lines are {', '.join(map(str, numbers))}" if numbers else "check the id"
        if any(each.bad_lines.count for each in inputs):
            hint += f"; {aside_text(inputs)} set aside"
        complain(f"there is no {which} {options.claim} in these claims", hint)
        return PROBLEMS
    if options.format == "json":
        plain = [each.as_dict() for each in explained]
        print_json({"lines": plain})
        return DONE
    paint = Paint(options.color, sys.stdout)
    for each in explained:
        for text in explanation_text(each, paint):
            print(text)
    return DONE


def _explain_plan(options: Namespace, rules: CheckedRules) -> int:
    from editwright.evaluator.explaining.plan_report import plan_report, plan_text
    from editwright.evaluator.plan.plan_cache import plan_of

    report = plan_report(plan_of(rules))
    if options.format == "json":
        print_json(report.as_dict())
    else:
        print(plan_text(report))
    return DONE
