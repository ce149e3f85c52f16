"""W820: two rules by which two codes deny each other, so that together neither is paid.

Usually a pair was written the wrong way round beside one that stands the right way. Where the two
relations never meet on one claim, or a rule pends, nothing is said.
"""

from collections.abc import Iterator
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import claims_that_fire
from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.diagnostics import Diagnostic

MOST_PAIRS = 40
"""By so many of a rule's pairs others are looked for."""
MOST_TRIES = 6
MOST_ROWS = 4

Pair = tuple[str, str]


def mutual(run: Run) -> Iterator[Diagnostic]:
    """The findings, one for each pair of rules."""
    pairs = {party: own for party in run.live if (own := _pairs(party.plain))}
    order = {party: at for at, party in enumerate(run.book.written)}
    for party, of_party in pairs.items():
        for pair in of_party:
            for other in run.book.of_pair(*_turned(pair)):
                if other in pairs and order[other] < order[party]:
                    found = _of_two(run, party, other, pair)
                    if found is not None:
                        yield found
    turned = {_turned(pair) for of_party in pairs.values() for pair in of_party}
    for table in run.book.of_tables:
        if turned and _denies_pairs(table.rule):
            yield from _of_table(run, table, pairs, table.rows_of_pairs(turned))


def _of_table(
    run: Run, table: TableRule, pairs: dict[Party, list[Pair]], rows: dict[Pair, list[int]]
) -> Iterator[Diagnostic]:
    for party, of_party in pairs.items():
        for pair in of_party:
            for number in rows.get(_turned(pair), ())[:MOST_ROWS]:
                row = table.party(number)
                found = _of_two(run, party, row, pair) if row is not None else None
                if found is not None:
                    yield found


def _turned(pair: Pair) -> Pair:
    one, two = pair
    return two, one


def _denies_pairs(rule: c.Rule) -> bool:
    core = rule.core
    return isinstance(core, c.Excludes) and rule.denies and not core.partners.payable


def _pairs(rule: c.Rule) -> list[Pair]:
    """The first pairs of codes of a rule that does not allow them together."""
    core = rule.core
    if not isinstance(core, c.Excludes) or not _denies_pairs(rule):
        return []
    ones, twos = codes_of(rule.subject) or (), codes_of(core.partners.lines) or ()
    both = ((one, two) for one in sorted(ones) for two in sorted(twos) if one != two)
    return list(islice(both, MOST_PAIRS))


def _of_two(run: Run, party: Party, other: Party, pair: Pair) -> Diagnostic | None:
    if run.is_told(party, other):
        return None
    lines = _both_denied(party, other, pair) or _both_denied(other, party, _turned(pair))
    if lines is None:
        return None
    run.tell(party, other)
    one, two = pair
    return finding(
        "W820",
        party,
        f"{party.name} and {other.name} deny each other's lines: `{one}` with `{two}`, and `{two}`"
        f" with `{one}`, so that neither is paid",
        help="take one of the two rules back, the one that stands the wrong way round",
        others=[other],
        claims=[claim([party, other], lines)],
    )


def _both_denied(party: Party, other: Party, pair: Pair) -> list[ServiceLine] | None:
    """Two lines of which each of the two rules denies one."""
    one, two = pair
    core = party.plain.core
    assert isinstance(core, c.Excludes)
    only = evolve(core.partners.lines, codes=c.Values(CodeSet(frozenset({two}))))
    narrow = evolve(party.plain, core=c.Excludes(evolve(core.partners, lines=only)))
    dates = party.dates, other.dates
    if dates[0] is None or dates[1] is None:
        return None
    first, last = max(dates[0][0], dates[1][0]), min(dates[0][1], dates[1][1])
    if first > last:
        return None
    for day in (None, first, last):
        for lines in islice(claims_that_fire(narrow, one, day=day), MOST_TRIES):
            fired = judged([party, other], lines)
            if {(party.rule, 1), (other.rule, 2)} <= fired:
                return lines
    return None
