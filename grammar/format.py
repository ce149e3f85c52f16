"""Nodes to their canonical text: keywords in lower case, one clause a line, comments kept.

Formatting is idempotent and changes no meaning: what is parsed again is equal.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import assert_never

from attrs import frozen

from editwright.grammar import nodes
from editwright.grammar.source import Span
from editwright.grammar.tokens import Comment, find_comments

WIDTH = 100
INDENT = "    "


@frozen(slots=True)
class Piece:
    """One line of a statement (before wrapping), with where it stood."""

    text: str
    span: Span
    depth: int = 0


def format_file(file: nodes.RuleFile) -> str:
    """The canonical text of a file whose every statement could be read."""
    text = file.source.text
    blocks: list[str] = []
    end = 0
    for number, statement in enumerate(file.statements):
        before = find_comments(text, end, statement.span.start)
        next_start = (
            file.statements[number + 1].span.start
            if number + 1 < len(file.statements)
            else len(text)
        )
        own_end = _end_of_line(text, statement.span.end)
        inside = find_comments(text, statement.span.start, min(own_end, next_start))
        lines = [
            *_above(text, before, end, statement.span.start),
            *_with_comments(format_statement(statement), inside),
        ]
        blank = end and _blank_lines_between(text, end, statement.span.start, before)
        blocks.append(("\n" if blank else "") + "\n".join(lines))
        end = min(own_end, next_start)
    rest = find_comments(text, end, len(text))
    if rest:
        gap = "\n" if blocks and _starts_after_blank(text, end, rest[0].start) else ""
        blocks.append(gap + "\n".join(_above(text, rest, end, len(text))))
    return "\n".join(blocks) + "\n" if blocks else ""


def statement_text(statement: nodes.Statement) -> str:
    """A statement that stands in no file yet."""
    return "\n".join(_with_comments(format_statement(statement), ()))


def format_statement(statement: nodes.Statement) -> list[Piece]:
    """A statement line by line."""
    match statement:
        case nodes.Ruleset():
            return _ruleset(statement)
        case nodes.Use(path):
            return [Piece(f"use {quoted(path)}", statement.span)]
        case nodes.ListOf(kind, name, values):
            return [Piece(f"{kind} {name.text} = {value_set(values)}", statement.span)]
        case nodes.ListFromFile(kind, name, path, column, when):
            text = f"{kind} {name.text} from {quoted(path)} column {column.text}"
            return [Piece(text + (f" when {condition(when)}" if when else ""), statement.span)]
        case nodes.Table(name, path):
            return [Piece(f"table {name.text} from {quoted(path)}", statement.span)]
        case nodes.DeclaredField(name, type_name):
            return [Piece(f"field {name.text} is {type_name.text.lower()}", statement.span)]
        case nodes.Rule():
            return _rule(statement)
        case nodes.Example():
            return _example(statement)
        case _:
            assert_never(statement)


# ---- words and values


def quoted(text: nodes.Text) -> str:
    """A text in quotes."""
    escaped = text.text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def value(written: nodes.Value) -> str:
    """A word, a range or a text in quotes."""
    match written:
        case nodes.One(text):
            return _word(text)
        case nodes.Range(first, last):
            return f"{_word(first.text)} to {_word(last.text)}"
        case nodes.Text():
            return quoted(written)
        case _:
            assert_never(written)


def _word(text: str) -> str:
    return "row." + text[4:].lower() if text[:4].lower() == "row." else text


def value_set(written: nodes.ValueSet, last_joint: str = ", ") -> str:
    """Values behind commas; `last_joint` stands before the last of at most three."""
    texts = [value(each) for each in written.members]
    joint = last_joint if len(texts) <= 3 else ", "
    text = texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + joint + texts[-1]
    if written.excluded:
        text += " except " + ", ".join(value(each) for each in written.excluded)
    return text


# ---- conditions


def condition(written: nodes.Condition) -> str:
    """A condition, with the parentheses it needs."""
    match written:
        case nodes.AnyOf(parts):
            return " or ".join(condition(part) for part in parts)
        case nodes.AllOf(parts):
            return " and ".join(_inside(part, nodes.AnyOf) for part in parts)
        case nodes.Not(inner):
            return "not " + _inside(inner, (nodes.AnyOf, nodes.AllOf))
        case nodes.In(field, values, negated):
            word = " not in " if negated else " in " if written.with_word_in else " "
            return f"{_field(field)}{word}{value_set(values)}"
        case nodes.Compare(field, operator, right):
            return f"{_field(field)} {operator} {value(right)}"
        case nodes.CompareFields(field, operator, other):
            return f"{_field(field)} {operator} {_field(other)}"
        case nodes.IsMissing(field, negated):
            return f"{_field(field)} is {'not ' if negated else ''}missing"
        case nodes.Present(field):
            return _field(field)
        case _:
            assert_never(written)


def _inside(
    part: nodes.Condition, weaker: type[nodes.Condition] | tuple[type[nodes.Condition], ...]
) -> str:
    text = condition(part)
    return f"({text})" if isinstance(part, weaker) else text


def _field(written: nodes.Field) -> str:
    return _word(written.name)


def _field_test(written: nodes.Condition) -> str:
    """Behind `with` and `requires`, `or` joins values."""
    if isinstance(written, nodes.In):
        word = " in " if written.with_word_in else " "
        return f"{_field(written.field)}{word}{value_set(written.values, ' or ')}"
    return condition(written)


# ---- sentences


def sentence(written: nodes.Sentence) -> str:
    """A rule's sentence."""
    return f"{_subject(written.subject)} {verb(written.verb)}"


def _subject(written: nodes.Subject) -> str:
    text = selection(written.selection)
    match written.mode:
        case "each":
            return f"each of {text}"
        case "together":
            return f"{text} together"
        case None:
            return text


def selection(written: nodes.Selection, last_joint: str = ", ") -> str:
    """Codes, lists or any line, with what narrows them."""
    codes = written.codes
    if codes.members:
        text = value_set(codes, last_joint)
    else:
        text = "any line"
        if codes.excluded:
            text += " except " + ", ".join(value(each) for each in codes.excluded)
    return " ".join([text, *(narrowing(each) for each in written.narrowings)])


def narrowing(written: nodes.Narrowing) -> str:
    """`with modifier 50`"""
    if written.kind == "when":
        return f"when {condition(written.condition)}"
    return f"{written.kind} {_field_test(written.condition)}"


def verb(written: nodes.Verb) -> str:
    """The sentence from its verb on."""
    match written:
        case nodes.RequiresPartner(partner, count, relations_):
            many = "" if count is None else "all of " if count == "all" else f"{value(count)} of "
            joint = ", " if many else " or "
            return f"requires {many}{_partner(partner, joint)}{_relations(relations_)}"
        case nodes.RequiresField(test):
            return f"requires {_field_test(test)}"
        case nodes.NotAllowed(narrowings):
            return " ".join(["not allowed", *(narrowing(each) for each in narrowings)])
        case nodes.NotAllowedWith(partner, relations_, windows):
            between = " or ".join(moment(each) for each in windows) or "with"
            return (
                f"not allowed {between} {_partner(partner)}{_relations(relations_, bool(windows))}"
            )
        case nodes.AllowedOnly(narrowings):
            return " ".join(["allowed only", *(narrowing(each) for each in narrowings)])
        case nodes.AtMost(number, counted, per, relations_):
            counted_word = counted[:-1] if number.text == "1" else counted
            limit = f"at most {value(number)} {counted_word} per {period(per)}"
            return limit + _relations(relations_, True)
        case _:
            assert_never(written)


def _partner(written: nodes.Partner, last_joint: str = " or ") -> str:
    payable = "payable " if written.payable else ""
    return payable + selection(written.selection, last_joint)


def _relations(written: nodes.Relations, comma_first: bool = False) -> str:
    texts = [" or ".join(moment(each) for each in when.moments) for when in written.whens]
    texts += [f"{'different' if who.different else 'same'} {who.what}" for who in written.whos]
    if not texts:
        return ""
    return (", " if comma_first or not written.whens else " ") + ", ".join(texts)


def moment(written: nodes.Moment) -> str:
    """`within 3 days before`"""
    match written:
        case nodes.Same(what):
            return f"same {what}"
        case nodes.Ever():
            return "ever"
        case nodes.Window(count, unit, direction, on):
            words = ["on or" if on else "", "within", value(count), _unit(count, unit), direction]
            return " ".join(word for word in words if word)
        case _:
            assert_never(written)


def _unit(count: nodes.One, unit: str) -> str:
    return unit[:-1] if count.text == "1" else unit


def period(written: nodes.Period) -> str:
    """`calendar year`, what follows `per`"""
    if written.count is None or written.unit is None:
        return written.kind
    return f"{value(written.count)} {_unit(written.count, written.unit)}"


# ---- clauses and statements


def _rule(written: nodes.Rule) -> list[Piece]:
    head: list[Piece] = []
    depth = 0
    if written.name is not None:
        text = f"rule {written.name.text}"
        text += f" {quoted(written.title)}" if written.title else ""
        if written.each is not None:
            column = written.each.column
            text += f" for each {column.text if column else 'row'} of {written.each.table.text}"
        head = [Piece(text + ":", written.span)]
        depth = 1
    body = Piece(sentence(written.sentence), written.sentence.span, depth)
    clauses = [Piece(clause(each), each.span, 1) for each in written.clauses]
    return [*head, body, *clauses]


def clause(written: nodes.Clause) -> str:
    """`unless modifier 25`"""
    match written:
        case nodes.Unless(test, side, when):
            sides = {"either": " on either line", "other": " on the other line", None: ""}
            return f"unless {condition(test)}{sides[side]}{_exemption_when(when)}"
        case nodes.UnlessPartner(partner, relations_, when):
            related = _relations(relations_)
            return f"unless with {_partner(partner)}{related}{_exemption_when(when)}"
        case nodes.Otherwise(disposition, scope, reasons):
            words = ["otherwise", disposition, scope or "", "as" if reasons else ""]
            return " ".join(
                word for word in [*words, *(_word(each.text) for each in reasons)] if word
            )
        case nodes.Because(text):
            return f"because {value(text)}"
        case nodes.Cites(text):
            return f"source {value(text)}"
        case nodes.Effective():
            return _effective(written)
        case _:
            assert_never(written)


def _exemption_when(when: nodes.Condition | None) -> str:
    return f" when {condition(when)}" if when else ""


def _effective(written: nodes.Effective) -> str:
    until = f" to {value(written.last)}" if written.last else ""
    return f"effective {value(written.first)}{until}"


def _ruleset(written: nodes.Ruleset) -> list[Piece]:
    text = f"ruleset {written.name.text}"
    if written.version is not None:
        text += f" version {quoted(written.version)}"
    if written.effective is not None:
        text += f" {_effective(written.effective)}"
    pieces = [Piece(text, written.span)]
    if written.source is not None:
        pieces.append(Piece(f"source {value(written.source.text)}", written.source.span, 1))
    return pieces


def _example(written: nodes.Example) -> list[Piece]:
    pieces = [Piece(f"example {quoted(written.title)}", written.span)]
    patient = written.patient
    if patient is not None:
        words = ["patient"]
        words += ["age", patient.age.text] if patient.age else []
        words += ["born", patient.born.text] if patient.born else []
        words += ["sex", patient.sex.text] if patient.sex else []
        pieces.append(Piece(" ".join(words), patient.span, 1))
    for number, line in enumerate(written.lines):
        word = "given" if number == 0 else "and  "
        pieces.append(Piece(f"{word} {_given(line)}", line.span, 1))
    if written.expected:
        span = written.expected[0].span.to(written.expected[-1].span)
        text = "expect " + ", ".join(expected(each) for each in written.expected)
        pieces.append(Piece(text, span, 1))
    else:
        end = Span(written.span.end - 1, written.span.end)
        pieces.append(Piece("expect no findings", end, 1))
    return pieces


def _given(line: nodes.GivenLine) -> str:
    words = ["history"] if line.history else []
    words += [f"claim {line.claim.text}"] if line.claim else []
    words += [line.code.text]
    words += [f"x {line.units.text}"] if line.units else []
    if line.first is not None:
        words.append(f"on {line.first.text}" + (f" to {line.last.text}" if line.last else ""))
    words += [f"by {line.provider.text}"] if line.provider else []
    words += [f"at place {line.place.text}"] if line.place else []
    words += [f"with {condition(each)}" for each in line.details]
    return " ".join(words)


def expected(written: nodes.Expected) -> str:
    """`CHEMO-ADDON on 64643`"""
    verbs = {None: "on", "deny": "denies", "reject": "rejects", "pend": "pends", "warn": "warns",
             "monitor": "monitors", "reduce": "reduces"}  # fmt: skip
    target = (
        f"line {written.line.text}" if written.line else written.code.text if written.code else ""
    )
    allowed = f" to {written.allowed.text}" if written.allowed else ""
    return f"{written.rule.text} {verbs[written.disposition]} {target}{allowed}"


# ---- lines, wrapping and comments


def _with_comments(pieces: Sequence[Piece], comments: Sequence[Comment]) -> Iterator[str]:
    """The lines of a statement. A comment beside a piece stays there where there is room for it;
    one on its own line stands above the piece that follows it."""
    above: list[str] = []
    following = [*(piece.span.start for piece in pieces[1:]), None]
    waiting = list(comments)
    for piece, next_start in zip(pieces, following, strict=True):
        mine = [each for each in waiting if next_start is None or each.start < next_start]
        waiting = waiting[len(mine) :]
        lines = list(wrapped(piece))
        beside = [each for each in mine if not each.alone]
        alone = [each.text for each in mine if each.alone]
        if len(beside) == 1 and len(lines) == 1:
            lines[0] += f"  {beside[0].text}"
        else:
            above += [each.text for each in beside]
        if next_start is None:
            above, alone = above + alone, []
        yield from (INDENT * piece.depth + text for text in above)
        yield from lines
        above = alone


def wrapped(piece: Piece) -> Iterator[str]:
    """A piece in lines of at most `WIDTH` characters, broken behind commas and before words."""
    indent = INDENT * piece.depth
    line = indent + piece.text
    while len(line) > WIDTH:
        at = _break_before(line, len(indent))
        if at is None:
            break
        yield line[:at].rstrip()
        line = INDENT * (piece.depth + 1) + line[at:].lstrip()
    yield line


def _break_before(line: str, indent: int) -> int | None:
    """Where to break a long line: the last blank outside quotes, a comma's before others."""
    in_quotes = escaped = False
    blanks: list[int] = []
    for at, character in enumerate(line):
        if in_quotes and character == "\\":
            escaped = not escaped
            continue
        if character == '"' and not escaped:
            in_quotes = not in_quotes
        elif character == " " and not in_quotes and at > indent + len(INDENT):
            blanks.append(at)
        escaped = False
    fitting = [at for at in blanks if at <= WIDTH]
    commas = [at for at in fitting if line[at - 1] == ","]
    if commas and commas[-1] > WIDTH // 2:
        return commas[-1]
    if fitting:
        return fitting[-1]
    return blanks[0] if blanks else None


def _above(text: str, comments: Iterable[Comment], start: int, end: int) -> Iterator[str]:
    """The comments between two statements, single blank lines between their groups kept."""
    found = list(comments)
    for one, two in pairwise([*found, None]):
        assert one is not None
        yield one.text
        until = two.start if two is not None else end
        gap = text[one.start + len(one.text) : until]
        between = two is not None or start < end < len(text)
        if between and _has_blank_line(gap):
            yield ""


def _blank_lines_between(text: str, end: int, start: int, comments: Sequence[Comment]) -> bool:
    until = comments[0].start if comments else start
    return _starts_after_blank(text, end, until)


def _starts_after_blank(text: str, end: int, start: int) -> bool:
    return _has_blank_line(text[end:start])


def _has_blank_line(gap: str) -> bool:
    return max(gap.count("\n"), gap.count("\r")) > 1


def _end_of_line(text: str, at: int) -> int:
    ends = [position for mark in "\r\n" if (position := text.find(mark, at)) >= 0]
    return min(ends, default=len(text))
