"""W841: a list, table or field that nothing names.

A file without rules is there for others to use, and so is one that a file beside it uses.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.words import names_in
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.diagnostics import Diagnostic

MOST_NEIGHBOURS = 200
_USES = re.compile(r'^\s*use\s+"([^"]+)"', re.IGNORECASE | re.MULTILINE)


def unused(run: Run) -> Iterator[Diagnostic]:
    """The findings, at the statements."""
    for file in run.rules.files:
        if file.written is None or not file.rules:
            continue
        declared = [each for each in file.written.statements if _name(each) is not None]
        if not declared:
            continue
        named = _named(file)
        idle = [each for each in declared if _name(each) not in named]
        if not idle or _is_used(file, run.rules.files):
            continue
        for statement in idle:
            name = _name(statement)
            assert name is not None
            yield Diagnostic(
                "W841",
                f"nothing uses the {_what(statement)} `{name.text}`",
                file.source,
                name.span,
                help="delete it, or name it where it was meant",
            )


def _name(statement: nodes.Statement) -> nodes.One | None:
    match statement:
        case nodes.ListOf() | nodes.ListFromFile() | nodes.Table() | nodes.DeclaredField():
            return statement.name
        case _:
            return None


def _what(statement: nodes.Statement) -> str:
    match statement:
        case nodes.Table():
            return "table"
        case nodes.DeclaredField():
            return "field"
        case _:
            return "list"


def _named(file: c.CheckedFile) -> set[nodes.One]:
    """All names that a statement uses, its own apart; those of a table's cells as well."""
    assert file.written is not None
    texts: set[str] = set()
    for statement in file.written.statements:
        match statement:
            case nodes.ListOf():
                texts.update(names_in(statement.values))
            case nodes.Rule():
                texts.update(names_in(statement.sentence))
                for clause in statement.clauses:
                    texts.update(names_in(clause))
                if statement.each is not None:
                    texts.add(statement.each.table.text)
            case nodes.Example():
                texts.update(names_in(statement))
            case _:
                pass
    names = [_name(each) for each in file.written.statements]
    waiting = {each.text for each in names if each is not None} - texts
    if waiting:
        texts |= _in_cells(file, waiting)
    return {each for each in names if each is not None and each.text in texts}


def _in_cells(file: c.CheckedFile, names: set[str]) -> set[str]:
    """Names that stand in a cell of a table that a rule goes through."""
    found: set[str] = set()
    tables = {id(rule.table): rule.table for rule in file.rules if rule.table is not None}
    for table in tables.values():
        for column in table.columns.values():
            if len(column.texts) > 100_000:
                continue
            for text in column.texts:
                if text[:1].islower():
                    found.update(re.findall(r"[a-z][a-z0-9_]*", text))
    return names & found


def _is_used(file: c.CheckedFile, files: tuple[c.CheckedFile, ...]) -> bool:
    """Whether another file of the run, or of the folder, uses this one."""
    own = file.source.path
    if own is None:
        return False
    for other in files:
        if other is not file and _names_file(other.source.text, other.source.path, own):
            return True
    try:
        beside = sorted(own.parent.glob("*.edits"))[:MOST_NEIGHBOURS]
        return any(
            _names_file(path.read_text("utf-8", errors="replace"), path, own)
            for path in beside
            if path != own
        )
    except OSError:
        return False


def _names_file(text: str, path: Path | None, own: Path) -> bool:
    folder = path.parent if path is not None else Path()
    return any((folder / name).resolve() == own.resolve() for name in _USES.findall(text))
