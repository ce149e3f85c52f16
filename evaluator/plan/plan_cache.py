"""Checked rules to their plan: of many rules, or of large tables, it is made once and then kept in
the user's cache.

What is kept is named by a digest of all texts and tables that the rules were made from, and of the
code that makes plans of them.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from editwright.evaluator.plan.compile import compile_rules
from editwright.evaluator.plan.lexicon import Lexicon, Patterns
from editwright.evaluator.plan.plan import Layout, Plan, Step
from editwright.grammar import codes
from editwright.grammar.cache import Kept, code_digest, keep, kept
from editwright.grammar.checked import CheckedRules, FieldRef, Rule
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.collector import collection_paused

MANY = 5_000
"""Rules and rows together: a plan of fewer is made as fast as it would be found again."""
KINDS = {each.noun: each for each in vars(codes).values() if isinstance(each, Kind)}


def plan_of(rules: CheckedRules) -> Plan:
    """The plan of checked rules."""
    with collection_paused():
        return _plan_of(rules)


def _plan_of(rules: CheckedRules) -> Plan:
    digest = _digest(rules)
    found = kept("plan", digest) if digest is not None else None
    plan = _from_kept(found, rules) if found is not None else None
    if plan is None:
        plan = compile_rules(rules)
        if digest is not None:
            keep("plan", digest, _words(plan, rules), _columns(plan))
    return plan


def _digest(rules: CheckedRules) -> str | None:
    """What tells this plan from every other; nothing where it is not kept."""
    tables = {rule.table for rule in rules.rules if rule.table is not None}
    if len(rules.rules) + sum(each.rows for each in tables) < MANY:
        return None
    code = _code()
    if code is None or rules.digest is None:
        return None
    names = [[rule.name for rule in stratum] for stratum in rules.strata]
    return sha256(f"{code} {np.__version__} {rules.digest} {names}".encode()).hexdigest()


CODE = ("kernels", "lines", "meaning", "plan")
"""The packages of which a plan is made, or with which it is read."""


@cache
def _code() -> str | None:
    evaluator = Path(__file__).parents[1]
    folders = (evaluator / each for each in CODE)
    return code_digest(Path(codes.__file__).parent, *folders)


# ---- a plan as words and columns


def _words(plan: Plan, rules: CheckedRules) -> dict[str, Any]:
    position = {rule: at for at, rule in enumerate(_in_order(rules))}
    lexicon = plan.lexicon
    return {
        "rules": [position[rule] for rule in plan.rules],
        "by_reference": [[position[rule], reason] for rule, reason in plan.by_reference],
        "layout": [
            [_plain_field(each) for each in fields]
            for fields in (plan.layout.numbers, plan.layout.codes, plan.layout.lists)
        ],
        "numbers": dict(plan.numbers),
        "spaces": [[space, list(words.items())] for space, words in lexicon.spaces.items()],
        "patterns": [
            [space, [[number, _plain_set(each)] for number, each in patterns.sets.items()]]
            for space, patterns in lexicon.patterns.items()
        ],
        "count": lexicon.count,
        "used": lexicon.used,
        "steps": [
            [each.core, each.access, each.scope, each.level, each.rules, each.instances]
            for each in plan.steps
        ],
    }


def _columns(plan: Plan) -> dict[str, NDArray[Any]]:
    lexicon = plan.lexicon
    return {
        **{f"plan {name}": each for name, each in plan.arrays.items()},
        **{f"lexicon {name}": each for name, each in lexicon.arrays.items()},
        **{f"led {number}": each for number, each in lexicon.led_by_set.items()},
        **{f"rows {number}": each for number, each in plan.rows.items()},
    }


def _in_order(rules: CheckedRules) -> list[Rule]:
    return [rule for stratum in rules.strata for rule in stratum]


def _from_kept(kept: Kept, rules: CheckedRules) -> Plan | None:
    """The plan; nothing where it is not that of the rules."""
    try:
        return _plan(kept.words, kept.columns, _in_order(rules))
    except (KeyError, IndexError, TypeError, ValueError, RecursionError):
        return None


def _plan(words: Any, columns: Mapping[str, NDArray[Any]], rules: Sequence[Rule]) -> Plan:
    numbers, texts, lists = ([_field(each) for each in fields] for fields in words["layout"])
    patterns: dict[str, Patterns] = {}
    for space, sets in words["patterns"]:
        patterns[space] = Patterns()
        for number, plain in sets:
            patterns[space].add(number, _set(plain))
    lexicon = Lexicon(
        {space: dict(each) for space, each in words["spaces"]},
        patterns,
        {int(number): each for number, each in _named("led", columns)},
        dict(_named("lexicon", columns)),
        words["count"],
        words["used"],
    )
    return Plan(
        rules=tuple(rules[at] for at in words["rules"]),
        by_reference=tuple((rules[at], reason) for at, reason in words["by_reference"]),
        layout=Layout(tuple(numbers), tuple(texts), tuple(lists)),
        arrays=dict(_named("plan", columns)),
        numbers=words["numbers"],
        lexicon=lexicon,
        rows={int(number): each for number, each in _named("rows", columns)},
        steps=tuple(Step(*each) for each in words["steps"]),
    )


def _named(what: str, columns: Mapping[str, NDArray[Any]]) -> list[tuple[str, NDArray[Any]]]:
    return [
        (name.removeprefix(f"{what} "), column)
        for name, column in columns.items()
        if name.startswith(f"{what} ")
    ]


def _plain_field(field: FieldRef) -> list[Any]:
    kind = field.kind.noun if field.kind is not None else None
    days = [_plain_field(each) for each in field.days] if field.days is not None else None
    return [field.name, field.type, kind, field.many, field.declared, field.row_column, days]


def _field(plain: Any) -> FieldRef:
    name, type, kind, many, declared, row_column, days = plain
    between = (_field(days[0]), _field(days[1])) if days is not None else None
    of_kind = KINDS[kind] if kind is not None else None
    return FieldRef(name, type, of_kind, many, declared, row_column, between)


def _plain_set(codes: CodeSet) -> list[Any]:
    return [
        sorted(codes.exact),
        codes.prefixes,
        codes.ranges,
        [_plain_set(each) for each in codes.parts],
        _plain_set(codes.minus) if codes.minus is not None else None,
    ]


def _set(plain: Any) -> CodeSet:
    exact, prefixes, ranges, parts, minus = plain
    return CodeSet(
        frozenset(exact),
        tuple(prefixes),
        tuple((first, last) for first, last in ranges),
        tuple(_set(each) for each in parts),
        _set(minus) if minus is not None else None,
    )
