"""Which rows of a rule's table are worth a claim: few, that differ in what the rule reads."""

from collections.abc import Iterator

from editwright.evaluator.meaning.truth import Rows
from editwright.grammar import checked as c
from editwright.grammar.tables import Row, TableData

MOST_LOOKED_AT = 5000
MOST_KINDS = 12
MOST_OF_A_KIND = 2


def rows_to_try(rule: c.Rule, beside: c.Rule | None = None) -> list[Rows]:
    """What `row.` may stand for, in a few instances; nothing once where there is no table. Where
    a rule stands `beside` it, rows that differ in what that one reads are tried as well."""
    if rule.table is None:
        return [()]
    columns = sorted(_columns_read(rule) | (_columns_read(beside) if beside else set()))
    kinds: dict[tuple[object, ...], list[Row]] = {}
    step = -(-rule.table.rows // MOST_LOOKED_AT) or 1
    for number in range(0, rule.table.rows, step):
        row = rule.table.row(number)
        found = kinds.setdefault((*(row[each] for each in columns), _ends(rule, row)), [])
        if len(found) < MOST_OF_A_KIND:
            found.append(row)
    chosen = [row for found in list(kinds.values())[:MOST_KINDS] for row in found]
    key = None if isinstance(rule.core, c.Excludes) else rule.key_column
    if key is None:
        return [(row,) for row in chosen]
    return list(_with_their_key(rule.table, key, chosen))


def _with_their_key(table: TableData, key: str, chosen: list[Row]) -> Iterator[Rows]:
    keys = dict.fromkeys(row[key] for row in chosen if row[key] is not None)
    rows: dict[object, list[Row]] = {each: [] for each in keys}
    for number, cell in enumerate(table.columns[key]):
        if cell in rows:
            rows[cell].append(table.row(number))
    yield from (tuple(found) for found in rows.values())


def _ends(rule: c.Rule, row: Row) -> bool:
    lasts = [each.last for each in rule.intervals if isinstance(each.last, c.RowValue)]
    return any(row[each.column] is not None for each in lasts)


def _columns_read(rule: c.Rule) -> set[str]:
    tests = [rule.subject.condition]
    if isinstance(rule.core, c.Violates):
        tests.append(rule.core.condition)
    for each in rule.exemptions:
        tests.append(each.when)
        if isinstance(each, c.Exemption):
            tests.append(each.condition)
    return {column for test in tests for column in _columns_of(test)}


def _columns_of(test: c.Test) -> Iterator[str]:
    match test:
        case c.Both(tests) | c.Either(tests):
            for each in tests:
                yield from _columns_of(each)
        case c.Negation(inner):
            yield from _columns_of(inner)
        case c.Comparison(field) | c.Member(field) | c.Missing(field):
            if field.row_column is not None:
                yield field.row_column
