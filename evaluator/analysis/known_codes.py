"""W831 and W832: codes that do not exist on the days on which a rule asks for them.

Only with a table of codes. Lists are judged by the dates of the rules that name them.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path

from editwright.evaluator.analysis.code_table import CodeTable
from editwright.evaluator.analysis.finding import finding, listed
from editwright.evaluator.analysis.party import Party
from editwright.evaluator.analysis.rows_as_rules import dates_of
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.words import Word, codes_in, names_in
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.codes import PROCEDURE, CodeSet, Kind
from editwright.grammar.diagnostics import Diagnostic

ALWAYS = (date.min, date.max)


def known_codes(run: Run) -> Iterator[Diagnostic]:
    """The findings, at the words themselves."""
    if run.code_table is None:
        return
    for file in run.rules.files:
        if file.written is None:
            continue
        dates = _dates_of_lists(file)
        for rule in file.rules:
            yield from _of_words(run.code_table, file, rule.node, _dates(rule))
        for statement in file.written.statements:
            if isinstance(statement, nodes.ListOf):
                held = dates.get(statement.name.text, ALWAYS)
                yield from _of_words(run.code_table, file, statement, held)
    yield from _of_cells(run, run.code_table)


def _of_cells(run: Run, known: CodeTable) -> Iterator[Diagnostic]:
    """One finding for each column of procedure codes in a table: its cells that no code is. The
    dates of the rows are not looked at, since a table may hold what was valid once."""
    if not known.knows(PROCEDURE):
        return
    seen: set[tuple[Path, str]] = set()
    for table in run.book.of_tables:
        for column in filter(None, (table.subject, table.partner)):
            place = (table.table.path.resolve(), column)
            if place in seen:
                continue
            seen.add(place)
            codes = {text.upper() for text in table.table.columns[column].texts}
            unknown = {
                code for code in codes
                if PROCEDURE.fits(code) and known.dates(PROCEDURE, code) is None
            }  # fmt: skip
            if unknown:
                party = Party(table.rule, table.rule, with_file=table.with_file)
                each = table.rule.node.each
                name = each.table.text if each else "the table"
                yield finding(
                    "W831",
                    party,
                    f"the column `{column}` of `{name}` has procedure codes that are not in"
                    f" {known.name}: {listed(unknown)}",
                    help="correct the table, or the table of codes",
                )


def _dates(rule: c.Rule) -> tuple[date, date]:
    """The days on which a rule holds; the dates of a table's rows are not counted."""
    own = [
        each for each in rule.intervals
        if not isinstance(each.first, c.RowValue) and not isinstance(each.last, c.RowValue)
    ]  # fmt: skip
    return dates_of(own) or ALWAYS


def _dates_of_lists(file: c.CheckedFile) -> dict[str, tuple[date, date]]:
    """For each list, the first and the last day of the rules that name it, through lists too."""
    assert file.written is not None
    inside: dict[str, set[str]] = {
        each.name.text: set(names_in(each.values))
        for each in file.written.statements
        if isinstance(each, nodes.ListOf)
    }
    found: dict[str, tuple[date, date]] = {}
    for rule in file.rules:
        waiting = [name for name in names_in(rule.node.sentence) if name in inside]
        for clause in rule.node.clauses:
            waiting += [name for name in names_in(clause) if name in inside]
        first, last = _dates(rule)
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            known = found.get(name, (first, last))
            found[name] = (min(known[0], first), max(known[1], last))
            waiting += [each for each in inside[name] if each in inside]
    return found


def _of_words(
    table: CodeTable, file: c.CheckedFile, node: object, dates: tuple[date, date]
) -> Iterator[Diagnostic]:
    for word, kind in codes_in(node):
        if not table.knows(kind):
            continue
        problem = _problem(table, word, kind, dates)
        if problem is not None:
            code, message, help = problem
            yield Diagnostic(code, message, file.source, word.span, help=help)


def _problem(
    table: CodeTable, word: Word, kind: Kind, dates: tuple[date, date]
) -> tuple[str, str, str] | None:
    if isinstance(word, nodes.Range):
        first, last = (kind.normalize(end.text) for end in (word.first, word.last))
        shown = f"{word.first.text} to {word.last.text}"
        return _pattern(table, CodeSet(ranges=((first, last),)), kind, shown, dates)
    text = word.text
    if text.endswith("*"):
        stem = kind.normalize(text[:-1])
        return _pattern(table, CodeSet(prefixes=(stem,)), kind, text, dates)
    if word.row_column is not None or not kind.fits(text.upper()):
        return None
    valid = table.dates(kind, kind.normalize(text))
    if valid is None:
        message = f"there is no {kind.noun} `{text}` in {table.name}"
        return "W831", message, "correct the code, or the table of codes"
    if _meets(valid, dates):
        return None
    ended, begins = max(last for _, last in valid), min(first for first, _ in valid)
    why = (
        f"ended on {ended}, and the rule begins on {dates[0]}"
        if ended < dates[0]
        else f"begins on {begins}, and the rule ends on {dates[1]}"
    )
    message = f"the {kind.noun} `{text}` is not valid on any day of this rule: it {why}"
    return "W831", message, "name the code that came in its place, or change the rule's dates"


def _pattern(
    table: CodeTable, codes: CodeSet, kind: Kind, shown: str, dates: tuple[date, date]
) -> tuple[str, str, str] | None:
    found = table.matching(kind, codes)
    if any(_meets(table.dates(kind, code) or [], dates) for code in found):
        return None
    when = " that is valid on a day of this rule" if found else ""
    message = f"`{shown}` matches no {kind.noun} in {table.name}{when}"
    return "W832", message, "correct it, or delete it"


def _meets(valid: Iterable[tuple[date, date]], dates: tuple[date, date]) -> bool:
    return any(first <= dates[1] and dates[0] <= last for first, last in valid)
