"""Codes that rules together never let be paid: what is remembered and said of them."""

from collections.abc import Iterable, Sequence
from datetime import date

from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.forbidding import SETTING
from editwright.evaluator.analysis.made_up_lines import DATE, moved_to
from editwright.evaluator.analysis.one_line import Demand, fields_of, implies
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.run import Run, Unpayable
from editwright.evaluator.analysis.wishes import Wish
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c


def on_day(day: date) -> list[Demand]:
    """That a line is of a day."""
    return [(c.Comparison(DATE, "=", day), "true")]


def fires_on_first(parties: Sequence[Party], lines: Sequence[ServiceLine], party: Party) -> bool:
    """Whether the reference has a rule fire on the first of some lines."""
    return (party.rule, 1) in judged(parties, lines)


def note_unpayable(
    run: Run, wish: Wish, subject: str, involved: Sequence[Party], claims: list[list[ServiceLine]]
) -> None:
    """Remember that the subject is never paid, for rules that ask for it payable."""
    first, last = _common_dates([wish.party, *involved])

    def scenario(day: date) -> list[list[ServiceLine]]:
        return [moved_to(lines, day) for lines in claims]

    if not where_all_hold(wish, involved):
        unpayable = Unpayable(subject, first, last, (wish.party, *involved), scenario)
        run.unpayable.setdefault(subject, []).append(unpayable)


def _common_dates(parties: Iterable[Party]) -> tuple[date, date]:
    dates = [each.dates for each in parties if each.dates]
    return max(each[0] for each in dates), min(each[1] for each in dates)


def named_with_rows(party: Party, involved: Sequence[Party]) -> str:
    """A rule's name, with the rows of all parties that are its."""
    rows = [row for each in involved if each.rule is party.rule for row in each.rows]
    rows.sort(key=lambda row: row.number)
    return Party(party.rule, party.plain, tuple(rows), with_file=party.with_file).name


def where_all_hold(wish: Wish, others: Sequence[Party]) -> str:
    """Whether a line of the code may be one that not all rules judge; a setting apart."""
    own = wish.party.plain
    given = subject_demands(own)
    conditions = [each.plain.subject.condition for each in others]
    whole = own.subject.condition == c.ALWAYS and not own.exemptions
    if whole and all(
        implies(given, [(each, "true")]) or fields_of(each) <= SETTING for each in conditions
    ):
        return ""
    return " where both rules hold"


def when_all_hold(own: Party, others: Sequence[Party]) -> str:
    """The dates on which all rules hold, where the own rule holds on more."""
    first, last = _common_dates([own, *others])
    if own.dates is None or (first, last) == own.dates:
        return ""
    start = f" from {first}" if first > own.dates[0] else ""
    return start + (f" to {last}" if last < own.dates[1] else "")
