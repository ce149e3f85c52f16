"""W819: a rule by which a code needs, or forbids, itself.

A line is never its own partner. So a code that requires itself is denied where it stands alone, and
of two lines of a code that is not allowed with itself each denies the other.
"""

from collections.abc import Iterator
from itertools import islice

from attrs import evolve

from editwright.evaluator.analysis.claims import claims_that_fire, code_among
from editwright.evaluator.analysis.comparing import lines_inside
from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.finding import claim, finding, listed
from editwright.evaluator.analysis.nearness import is_both_ways
from editwright.evaluator.analysis.one_line import implies
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar.codes import CodeSet
from editwright.grammar.diagnostics import Diagnostic


def self_reference(run: Run) -> Iterator[Diagnostic]:
    """The findings, of rules written by hand and of tables' rows."""
    for party in run.live:
        core = party.plain.core
        if isinstance(core, c.Needs):
            found = _requires_itself(party, core)
        elif isinstance(core, c.Excludes):
            found = _forbids_itself(party, core)
        else:
            continue
        if found is not None:
            yield found
    for table in run.book.of_tables:
        found = _row_of_itself(table)
        if found is not None:
            yield found


def _requires_itself(party: Party, core: c.Needs) -> Diagnostic | None:
    rule, partners = party.plain, core.partners
    if rule.disposition == "monitor" or any(x.different for x in partners.relation.likenesses):
        return None
    wanted, subjects = codes_of(partners.lines), codes_of(rule.subject)
    if not wanted or not subjects or not lines_inside(partners.lines, rule.subject):
        return None
    if wanted == subjects and len(wanted) > 1:
        return None  # two of a list, whichever they are
    if not implies([(partners.lines.condition, "true")], [(rule.subject.condition, "true")]):
        return None
    code = min(wanted)
    lines = _confirmed(party, code)
    if lines is None:
        return None
    return finding(
        "W819",
        party,
        f"{party.name} makes {listed(wanted)} require another line of"
        f" {'its own code' if len(wanted) == 1 else 'the same codes'}: a line is never its own"
        " partner",
        help=f"write `except {', '.join(sorted(wanted))}` behind the subject, or name the code"
        " that was meant",
        claims=[claim([party], lines)],
    )


def _confirmed(party: Party, code: str) -> list[ServiceLine] | None:
    for lines in islice(claims_that_fire(party.plain, code), 8):
        if (party.rule, 1) in judged([party], lines):
            return lines
    return None


def _forbids_itself(party: Party, core: c.Excludes) -> Diagnostic | None:
    rule, partners = party.plain, core.partners
    if not party.rule.denies or rule.exemptions or partners.payable:
        return None
    ones, twos = codes_of(rule.subject), codes_of(partners.lines)
    both = (ones or frozenset()) & (twos or frozenset())
    if not both:
        return None
    if rule.subject.condition != partners.lines.condition or not _is_mutual(partners.relation):
        return None
    code = min(both)
    lines = _both_fire(party, code)
    if lines is None:
        return None
    return finding(
        "W819",
        party,
        f"by {party.name} two lines of {listed(both, 'or')} deny each other, so that none is paid",
        help=f"write `except {', '.join(sorted(both))}` behind the subject, or name the code"
        " that was meant"
        if ones != twos
        else "to let the first one be paid, limit it:"
        f" `{code if len(both) == 1 else '...'} at most 1 line per day`",
        claims=[claim([party], lines)],
    )


def _is_mutual(relation: c.Relation) -> bool:
    return all(is_both_ways(each) for group in relation.moments for each in group) and not any(
        each.different for each in relation.likenesses
    )


def _both_fire(party: Party, code: str) -> list[ServiceLine] | None:
    """Two lines of a code that deny each other."""
    core = party.plain.core
    assert isinstance(core, c.Excludes)
    only = c.Lines(c.Values(CodeSet(frozenset({code}))), core.partners.lines.condition)
    narrow = evolve(party.plain, core=c.Excludes(evolve(core.partners, lines=only)))
    for lines in islice(claims_that_fire(narrow, code), 8):
        if {number for _, number in judged([party], lines)} == {1, 2}:
            return lines
    return None


def _row_of_itself(table: TableRule) -> Diagnostic | None:
    """A row of a table that names one code twice."""
    rule = table.rule
    core = rule.core
    if not isinstance(core, c.Excludes | c.Needs) or not table.subject or not table.partner:
        return None
    if isinstance(core, c.Excludes) and not (rule.denies and _is_mutual(core.partners.relation)):
        return None
    if isinstance(core, c.Needs) and rule.key_column is not None:
        return None  # another row may name a partner that would do
    for at, number in enumerate(rows := _same_cells(table)):
        party = table.party(number)
        if party is None or at > 20:
            break
        code = code_among(party.plain.subject)
        if code is None:
            continue
        if isinstance(party.plain.core, c.Needs):
            found = _requires_itself(party, party.plain.core)
            if found is not None:
                return evolve(found, help="correct the table, or leave such rows out")
            continue
        lines = _both_fire(party, code)
        if lines is None or not subject_demands(party.plain):
            continue
        more = f" (and {len(rows) - 1} more such rows)" if len(rows) > 1 else ""
        return finding(
            "W819",
            party,
            f"by {party.name} two lines of `{code}` deny each other, so that none is paid{more}",
            help="correct the table, or leave such rows out",
            claims=[claim([party], lines)],
        )
    return None


def _same_cells(table: TableRule) -> list[int]:
    """The rows whose two cells are one code."""
    import numpy as np

    assert table.subject is not None and table.partner is not None
    ones, twos = table.table.columns[table.subject], table.table.columns[table.partner]
    known = {text.upper(): number for number, text in enumerate(ones.texts)}
    turned = np.array([known.get(text.upper(), -2) for text in twos.texts] + [-2])
    return np.flatnonzero(turned[np.asarray(twos.numbers)] == np.asarray(ones.numbers)).tolist()
