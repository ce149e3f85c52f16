"""Rules of the kind `requires`, as wishes for partners that other rules may not allow."""

from collections.abc import Iterable, Iterator, Sequence

from attrs import frozen

from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rule_book import TableRule, codes_of
from editwright.evaluator.analysis.run import Run
from editwright.grammar import checked as c

MOST_SUBJECTS = 200
MOST_PARTNERS = 500


@frozen(eq=False)
class Wish:
    """A rule of the kind `requires`, with the codes of its subjects and partners."""

    party: Party
    subjects: tuple[str, ...]
    partners: frozenset[str]
    count: int

    @property
    def core(self) -> c.Needs:
        """What the rule requires."""
        core = self.party.plain.core
        assert isinstance(core, c.Needs)
        return core


def wishes_of(run: Run) -> list[Wish]:
    """The rules of the kind `requires` that deny, those of tables as far as all of their partners
    stand in pairs that some rule speaks of."""
    return [*_written_wishes(run), *_table_wishes(run)]


def _written_wishes(run: Run) -> Iterator[Wish]:
    for party in run.live:
        if isinstance(party.plain.core, c.Needs) and party.rule.denies:
            wish = _wish(party)
            if wish is not None:
                yield wish


def _wish(party: Party) -> Wish | None:
    core = party.plain.core
    assert isinstance(core, c.Needs)
    if any(isinstance(each, c.PartnerExemption) for each in party.plain.exemptions):
        return None
    subjects, partners = codes_of(party.plain.subject), codes_of(core.partners.lines)
    if not subjects or partners is None or len(partners) > MOST_PARTNERS:
        return None
    if core.partners.lines.excluded is not None or isinstance(core.count, c.RowValue):
        return None
    count = len(partners) if core.count is None else core.count
    return Wish(party, tuple(sorted(subjects)[:MOST_SUBJECTS]), partners, count)


def _table_wishes(run: Run) -> Iterator[Wish]:
    """Rules `for each add_on of` a table of which every partner is forbidden by codes alone."""
    for table in run.book.of_tables:
        rule = table.rule
        if not isinstance(rule.core, c.Needs) or not rule.denies:
            continue
        if table.subject is None or table.partner is None or table.table.rows > 100_000:
            continue
        cells = zip(
            table.table.columns[table.subject], table.table.columns[table.partner], strict=True
        )
        pairs = [
            (str(one).upper(), str(two).upper()) if one and two else None for one, two in cells
        ]
        known = {pair for pair in pairs if pair is not None}
        forbidden = _forbidden(run, known)
        if rule.core.partners.payable:
            forbidden |= {(two, one) for one, two in _forbidden(run, {(b, a) for a, b in known})}
        if not forbidden:
            continue
        groups: dict[str, list[int]] = {}
        keys = table.table.columns[rule.key_column] if rule.key_column else None
        for number in range(table.table.rows):
            key = keys[number] if keys is not None else str(number)
            if key is not None:
                groups.setdefault(key, []).append(number)
        for numbers in groups.values():
            if all(pairs[number] in forbidden for number in numbers):
                party = table.party_of(numbers)
                wish = _wish(party) if party is not None else None
                if wish is not None:
                    yield wish


def _forbidden(run: Run, pairs: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """The pairs of codes of which some rule speaks."""
    found = {pair for pair in pairs if pair in run.book.by_pair}
    return found.union(*(each.rows_of_pairs(pairs) for each in _pair_tables(run)))


def _pair_tables(run: Run) -> list[TableRule]:
    return [each for each in run.book.of_tables if isinstance(each.rule.core, c.Excludes)]


def rows_of_pairs(
    run: Run, wishes: Iterable[Wish]
) -> list[tuple[TableRule, dict[tuple[str, str], list[int]]]]:
    """The rows of tables that forbid what rules ask for: all of them are looked up at once."""
    tables = [each for each in _pair_tables(run) if each.rule.denies]
    if not tables:
        return []
    pairs: set[tuple[str, str]] = set()
    for wish in wishes:
        pairs |= {(one, two) for one in wish.subjects for two in wish.partners}
        if wish.core.partners.payable:
            pairs |= {(two, one) for one in wish.subjects for two in wish.partners}
    return [(each, each.rows_of_pairs(pairs)) for each in tables]


TableRows = Sequence[tuple[TableRule, dict[tuple[str, str], list[int]]]]
