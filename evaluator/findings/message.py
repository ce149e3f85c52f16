"""The sentences that a person reads, as pieces to be filled in: for one verdict here, for many at
once in `findings_columns`."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from decimal import Decimal

from attrs import frozen

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.verdicts import Verdict
from editwright.grammar import nodes
from editwright.grammar.checked import Excludes, Limit, Needs, RowValue, Rule, Violates
from editwright.grammar.format import narrowing, verb

_SLOT = re.compile(r"\{\{|\}\}|\{([a-z_]+)\}")
_ROW_COLUMN = re.compile(r"\brow\.([a-z0-9_]+)")
NOT_STATED = "(not stated)"
NO_CODE_TEXT = "(no code)"
MOST_CELLS = 12
SLOTS = frozenset(
    ("code", "date", "units", "modifiers", "partner", "partner_date", "limit", "total", "rule")
)
"""What a `because` may name."""


@frozen(slots=True)
class Piece:
    """A slot of a sentence, and for `cells` the column of the rule's rows.

    Beside `SLOTS`: `plain_code` (a line without a code is called so), `on_date` (with its blank,
    nothing without a date), `found` (the codes of too few partners), `others` (partners with
    their dates), `counted` (what a limit counts, one or several).
    """

    slot: str
    column: str = ""


Pieces = tuple[str | Piece, ...]


def pieces_of(rule: Rule, because: str | None) -> Pieces:
    """The pieces of a message: of a rule's own words, or else of a plain sentence."""
    return tuple(_merged(_template(because) if because is not None else _plain_sentence(rule)))


def message_of(
    rule: Rule, verdict: Verdict, known: MutableMapping[Rule, Pieces] | None = None
) -> str:
    """The rule's own message with its slots filled in, or a plain sentence from the rule. `known`
    keeps the pieces of rules, for those who ask again and again."""
    pieces = None if known is None else known.get(rule)
    if pieces is None:
        because = rule.because
        if isinstance(because, RowValue):
            pieces = pieces_of(rule, verdict.rows[0][because.column])
        else:
            pieces = pieces_of(rule, because)
            if known is not None:
                known[rule] = pieces
    return "".join(
        [each if isinstance(each, str) else filled_in(each, rule, verdict) for each in pieces]
    )


def citation_of(rule: Rule, verdict: Verdict) -> str | None:
    """The rule's source, or its ruleset's."""
    cites = rule.cites
    if isinstance(cites, RowValue):
        cites = verdict.rows[0][cites.column]
    return cites or (rule.ruleset.source if rule.ruleset else None)


def number_text(number: Decimal | None) -> str:
    """A number without needless zeros."""
    return NOT_STATED if number is None else format(number.normalize() + 0, "f")


def _merged(pieces: Iterator[str | Piece]) -> Iterator[str | Piece]:
    """The same pieces, texts that stand together in one."""
    text = ""
    for each in pieces:
        if isinstance(each, str):
            text += each
            continue
        if text:
            yield text
        text = ""
        yield each
    if text:
        yield text


def _template(because: str) -> Iterator[str | Piece]:
    end = 0
    for match in _SLOT.finditer(because):
        yield because[end : match.start()]
        end = match.end()
        if match[1] is None:
            yield match[0][0]
        else:
            yield Piece(match[1]) if match[1] in SLOTS else match[0]
    yield because[end:]


def _plain_sentence(rule: Rule) -> Iterator[str | Piece]:
    written = rule.node.sentence
    yield Piece("plain_code")
    for text in _said_narrowings(written.subject.selection.narrowings):
        yield f" {text}"
    yield Piece("on_date")
    said = list(_of_rows(verb(written.verb)))
    match rule.core:
        case Needs():
            yield from (" ", *said, "; ", Piece("found"))
        case Excludes():
            yield from (" is ", *said, "; found: ", Piece("others"), ".")
        case Limit(number=number):
            if isinstance(number, RowValue):  # of several rows in force, the one that counts
                said[said.index(Piece("cells", number.column))] = Piece("limit")
            yield from (" is allowed ", *said, "; the total is ", Piece("total"), " ")
            yield from (Piece("counted"), ".")
        case Violates():
            requires = isinstance(written.verb, nodes.RequiresField)
            yield from (" " if requires else " is ", *said, ".")


def _of_rows(text: str) -> Iterator[str | Piece]:
    end = 0
    for match in _ROW_COLUMN.finditer(text):
        yield text[end : match.start()]
        yield Piece("cells", match[1])
        end = match.end()
    yield text[end:]


def _said_narrowings(narrowings: Sequence[nodes.Narrowing]) -> list[str]:
    said = [narrowing(each) for each in narrowings if each.kind != "when"]
    return [text for text in said if "row." not in text]


def filled_in(piece: Piece, rule: Rule, verdict: Verdict) -> str:
    """What a slot says of a verdict."""
    line, partners = verdict.line, verdict.partners
    match piece.slot:
        case "code":
            return line.procedure_code or NO_CODE_TEXT
        case "plain_code":
            return line.procedure_code or "a line without a code"
        case "date":
            return _date(line)
        case "on_date":
            return f" on {line.service_from.isoformat()}" if line.service_from else ""
        case "units":
            return number_text(line.units)
        case "modifiers":
            return modifiers_text(line.modifiers)
        case "partner":
            return listed([each.procedure_code or NOT_STATED for each in partners], ", ") or "none"
        case "partner_date":
            return listed([_date(each) for each in partners], ", ") or "none"
        case "found":
            return found_text([each.procedure_code or "" for each in partners])
        case "others":
            return listed([_code_and_date(each) for each in partners], "; ")
        case "limit":
            return number_text(verdict.limit)
        case "total":
            return number_text(verdict.total)
        case "counted":
            return counted_text(rule, verdict.total)
        case "cells":
            return cells_text([row[piece.column] for row in verdict.rows])
        case _:
            return rule.name


def modifiers_text(modifiers: Sequence[str]) -> str:
    """A line's modifiers."""
    return ", ".join(modifiers) or "none"


def listed(texts: Sequence[str], separator: str) -> str:
    """Texts, each once."""
    return separator.join(dict.fromkeys(texts))


def found_text(codes: Sequence[str]) -> str:
    """The codes that are there where more are needed."""
    found = listed(codes, ", ")
    return f"only {found} was found." if found else "none was found."


def counted_text(rule: Rule, total: Decimal | None) -> str:
    """What a limit counts: `unit`, or `units`."""
    limit = rule.node.sentence.verb
    assert isinstance(limit, nodes.AtMost)
    return limit.counted[:-1] if total == 1 else limit.counted


def cells_text(cells: Sequence[str | None]) -> str:
    """The cells of some rows, each once, the first of them."""
    different = list(dict.fromkeys(cell or NOT_STATED for cell in cells))
    return ", ".join(different[:MOST_CELLS]) + (", ..." if len(different) > MOST_CELLS else "")


def code_and_date(code: str | None, day: str | None) -> str:
    """How a partner is named."""
    return f"{code or 'a line without a code'}" + (f" on {day}" if day else "")


def _code_and_date(line: ServiceLine) -> str:
    day = line.service_from.isoformat() if line.service_from else None
    return code_and_date(line.procedure_code, day)


def _date(line: ServiceLine) -> str:
    return line.service_from.isoformat() if line.service_from else NOT_STATED
