"""W833 and W834: members of a set of codes that change nothing.

W833: `except` takes away what is not there. W834: a code stands in the set already, by itself or
inside a range. Sets that name lists of other files are left alone.
"""

import re
from collections.abc import Iterator, Mapping

from editwright.evaluator.analysis.code_sets import are_apart
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.analysis.words import sets_in
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.codes import LISTED_KINDS, CodeSet, Kind
from editwright.grammar.diagnostics import Diagnostic, Label

_LISTED = re.compile(r",\s*(?!same |different )")

Lists = Mapping[str, nodes.ListOf]


def idle_members(run: Run) -> Iterator[Diagnostic]:
    """The findings, at the members."""
    for file in run.rules.files:
        if file.written is None:
            continue
        lists: Lists = {
            each.name.text: each
            for each in file.written.statements
            if isinstance(each, nodes.ListOf)
        }
        for statement in file.written.statements:
            if isinstance(statement, nodes.Rule | nodes.ListOf) and _may_be_idle(file, statement):
                for values, kind in sets_in(statement):
                    yield from _of_set(file, values, kind, lists)


def _may_be_idle(file: c.CheckedFile, statement: nodes.Statement) -> bool:
    """Whether a statement has an exception, or several codes anywhere."""
    text = file.source.text[statement.span.start : statement.span.end].lower()
    return "except" in text or " or " in text or _LISTED.search(text) is not None


def _of_set(
    file: c.CheckedFile, values: nodes.ValueSet, kind: Kind, lists: Lists
) -> Iterator[Diagnostic]:
    if len(values.members) > 1:
        yield from _repeated(file, values, kind)
    if not values.excluded or not values.members:
        return
    inside = [_codes(each, kind, lists) for each in values.members]
    known = [each for each in inside if each is not None]
    if len(known) < len(inside):
        return
    whole = CodeSet.of((), parts=known)
    for member in values.excluded:
        taken = _codes(member, kind, lists)
        if taken is not None and are_apart(taken, whole, kind):
            yield Diagnostic(
                "W833",
                f"`except` takes nothing away: `{_shown(member)}` is not in the set",
                file.source,
                member.span,
                help="correct it, or delete it",
            )


def _repeated(file: c.CheckedFile, values: nodes.ValueSet, kind: Kind) -> Iterator[Diagnostic]:
    """Codes that stand in a set twice."""
    first: dict[str, nodes.Value] = {}
    ranges = [each for each in values.members if isinstance(each, nodes.Range)]
    for member in values.members:
        if not isinstance(member, nodes.One) or not kind.fits(member.text.upper()):
            continue
        code = kind.normalize(member.text)
        holding = first.get(code) or next(
            (each for each in ranges if code in (_codes(each, kind, {}) or CodeSet())), None
        )
        first.setdefault(code, member)
        if holding is not None:
            yield Diagnostic(
                "W834",
                f"`{member.text}` stands in this set already",
                file.source,
                member.span,
                help="delete it, or write the code that was meant",
                labels=(Label(file.source, holding.span, f"`{_shown(holding)}` holds it"),),
            )


def _shown(value: nodes.Value) -> str:
    if isinstance(value, nodes.Range):
        return f"{value.first.text} to {value.last.text}"
    return value.text


def _codes(value: nodes.Value, kind: Kind, lists: Lists, depth: int = 0) -> CodeSet | None:
    """The codes of a member; nothing where they are not known here."""
    if isinstance(value, nodes.Text) or depth > 40:
        return None
    if isinstance(value, nodes.Range):
        return CodeSet(
            ranges=((kind.normalize(value.first.text), kind.normalize(value.last.text)),)
        )
    text = value.text
    if text.endswith("*"):
        return CodeSet(prefixes=(kind.normalize(text[:-1]),))
    if kind.fits(text.upper()) and text not in lists:
        return CodeSet(frozenset({kind.normalize(text)}))
    statement = lists.get(text)
    if statement is None or LISTED_KINDS[statement.kind] is not kind:
        return None
    parts = [_codes(each, kind, lists, depth + 1) for each in statement.values.members]
    minus = [_codes(each, kind, lists, depth + 1) for each in statement.values.excluded]
    if any(each is None for each in (*parts, *minus)):
        return None
    known = [each for each in parts if each is not None]
    taken = [each for each in minus if each is not None]
    return CodeSet.of((), parts=known, minus=CodeSet.of((), parts=taken) if taken else None)
