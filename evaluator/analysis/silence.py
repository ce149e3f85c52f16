"""W814, W816 and W817: rules that never fire, and exemptions that change nothing or everything.

What is impossible is proved field by field; then the rule is tried on many lines on all sides of
its conditions, and where it fires on one of them nothing is said.
"""

from collections.abc import Iterator
from itertools import islice

from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.idle_exemptions import (
    always_exempt,
    exemption_to_blame,
    idle_exemptions,
)
from editwright.evaluator.analysis.near_claims import fires_somewhere, nearest
from editwright.evaluator.analysis.nearness import is_never
from editwright.evaluator.analysis.never_fires import why_it_never_fires
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rule_book import TableRule
from editwright.evaluator.analysis.run import Run
from editwright.grammar import checked as c
from editwright.grammar.diagnostics import Diagnostic

MOST_ROWS = 2_000
"""Of larger tables nobody looks at every row."""


def silence(run: Run) -> Iterator[Diagnostic]:
    """The findings; the rules that never fire are noted, so that no other check speaks of them."""
    known: dict[object, bool] = {}
    for party in run.book.written:
        if not _has_conditions(party.plain):
            continue
        key = _key(party.plain)
        if key is not None and known.get(key):
            continue  # a rule with the same conditions was looked at, and is sound
        found = list(_of_rule(run, party))
        if key is not None:
            known[key] = not found
        yield from found
    for table in run.book.of_tables:
        never = _no_row_fires(table)
        if never is not None:
            run.silent.add(table.rule)
            yield never


def _no_row_fires(table: TableRule) -> Diagnostic | None:
    """The finding about a rule of which no row can fire."""
    if not 0 < table.table.rows <= MOST_ROWS:
        return None
    reason = ""
    rows: list[Party] = []
    for number in range(table.table.rows):
        row = table.party(number)
        if row is None:
            return None
        why = why_it_never_fires(row.plain)
        if why is None:
            return None
        reason = reason or why
        rows.append(row)
    if any(fires_somewhere(row) for row in rows[:20]):
        return None
    claims = [claim([rows[0]], lines) for lines in islice(nearest(rows[0]), 1)]
    if not claims:
        return None
    shown = Party(table.rule, rows[0].plain, with_file=table.with_file)
    return finding(
        "W814",
        shown,
        f"{shown.name} never fires on any row of its table: {reason}",
        help="correct the rule or the table, or delete the rule",
        claims=claims,
    )


def _has_conditions(rule: c.Rule) -> bool:
    """Whether there is anything in a rule that could be impossible."""
    if rule.subject.condition != c.ALWAYS or rule.exemptions or len(rule.intervals) > 1:
        return True
    match rule.core:
        case c.Violates(condition):
            return condition != c.ALWAYS
        case c.Needs(partners) | c.Excludes(partners):
            relation = partners.relation
            return (
                partners.lines.condition != c.ALWAYS
                or len(relation.moments) > 1
                or is_never(relation)
                or any(each.field.name == "code" for each in relation.likenesses)
            )
        case c.Limit(number):
            return number != 0 and (rule.core.period == "line" or rule.core.counted == "dates")


def _key(rule: c.Rule) -> object | None:
    """What decides whether a rule is sound, where its codes do not."""
    if isinstance(rule.core, c.Violates):
        return (rule.subject.condition, rule.core, rule.exemptions, rule.intervals)
    return None


def _of_rule(run: Run, party: Party) -> Iterator[Diagnostic]:
    rule = party.plain
    reason = why_it_never_fires(rule)
    if reason is not None:
        culprit = exemption_to_blame(rule)
        if fires_somewhere(party):
            return
        run.silent.add(party.rule)
        if culprit is not None:
            yield always_exempt(party, culprit)
        else:
            yield _never_fires(party, reason)
        return
    yield from idle_exemptions(party)


def _never_fires(party: Party, reason: str) -> Diagnostic:
    return finding(
        "W814",
        party,
        f"{party.name} never fires: {reason}",
        help="correct the rule, or delete it",
        claims=[claim([party], lines) for lines in islice(nearest(party), 2)],
    )
