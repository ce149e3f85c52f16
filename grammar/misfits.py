"""A statement that does not parse, to one message that says what would fit and what to do.

What would fit is read from the parse table: every construct that may begin where the author
stands has a phrase in `NOUNS`. A construct without one would show its raw name; a test walks all
states and forbids that.
"""

from functools import cache

from editwright.grammar.diagnostics import Diagnostic, nearest
from editwright.grammar.parse_table import ParseTable
from editwright.grammar.source import Source, Span
from editwright.grammar.syntax import Misfit, Syntax, Tree
from editwright.grammar.tokens import Token

NOUNS = {
    "statement": "a statement (a rule, a list, an example)",
    "ruleset_name": "a name in lower case",
    "ruleset_part": "`version`, `effective` or `source`",
    "list_name": "a name for the list, in lower case",
    "table_name": "the name of a table",
    "column_name": "the name of a column",
    "field_name": "a name for the field, in lower case",
    "field_type": "`code`, `text`, `number` or `date`",
    "file_name": 'a file name in quotes (`"file.csv"`)',
    "quoted": "a text in quotes",
    "rule_name": "a rule name in upper case (`R001`, `CHEMO-ADDON`)",
    "sentence": "a sentence (`64643 requires 64642 same date`)",
    "selection": "a code, a list or `any line`",
    "code_set": "a code or a list",
    "item_list": "a code or a list",
    "item": "a code or a list",
    "_join": "`,` or `or` and another code",
    "narrowing": "`with`, `without` or `when`",
    "verb": "a verb (`requires`, `not allowed`, `allowed only` or `at most`)",
    "partner": "a partner (a code, a list or `any line`)",
    "how_many": "`all of` or `3 of`",
    "relations": "a relation (`same date`, `within 3 days before`, `same provider`)",
    "relation": "a relation (`same date`, `within 3 days before`, `same provider`)",
    "moment": "a relation in time (`same date`, `same claim`, `ever`, `within 3 days`)",
    "windows": "`within` and a number of days, months or years",
    "trailing_when": "`when` and a condition",
    "_related": "a relation (`same date`, `within 3 days before`, `same provider`)",
    "window": "`within` and a number of days, months or years",
    "time_unit": "`days`, `months` or `years`",
    "direction": "`before` or `after`",
    "who": "what is the same (`provider`, `group`, `specialty`, `modifier`, `place`)",
    "number": "a number",
    "counted": "`units`, `lines`, `times` or `dates`",
    "period": "a period (`line`, `day`, `claim`, `calendar month`, `calendar year`, `lifetime`,"
    " `30 days`, `11 months`)",
    "condition": "a condition (`units > 3`, `modifier 25`)",
    "conjunction": "a condition (`units > 3`, `modifier 25`)",
    "negation": "a condition (`units > 3`, `modifier 25`)",
    "row_condition": 'a condition over the columns (`glob = "090"`)',
    "row_conjunction": 'a condition over the columns (`glob = "090"`)',
    "row_negation": 'a condition over the columns (`glob = "090"`)',
    "comparator": "a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)",
    "values": "a value or a list",
    "value_list": "a value or a list",
    "value": "a value",
    "test_values": "a value or a list",
    "test_value_list": "a value or a list",
    "field_test": "a field and its values (`modifier 25`, `place 11`, `diagnosis G80.*`)",
    "field": "a field (`units`, `modifier`, `place`, `diagnosis`, ...)",
    "day_field": "`date` or `received`",
    "clause": "a clause (`unless`, `otherwise`, `because`, `source`, `effective`)",
    "side": "`on either line` or `on the other line`",
    "exemption_when": "`when` and a condition",
    "disposition": "`deny`, `reject`, `pend`, `warn`, `monitor` or `reduce`",
    "scope": "`line`, `all` or `claim`",
    "reasons": "`as` and a reason (`as CO-107 N122`)",
    "reason": "a reason (`CO-107`) or a remark (`N122`)",
    "text": "a text in quotes",
    "day": "a date (`2025-03-01`)",
    "patient": "`patient`",
    "patient_part": "`age`, `born` or `sex`",
    "sex_code": "`F` or `M`",
    "given_line": "a line (`64643-LT on 2025-03-01`)",
    "line_place": "`history` or `claim`",
    "line_code": "a procedure code with its modifiers (`64643-LT`)",
    "line_detail": "more about the line (`on DATE`, `x UNITS`, `by PROVIDER`, `at place P`,"
    " `with FIELD VALUE`)",
    "claim_name": "a name for the claim (`A`)",
    "provider_number": "a provider's number",
    "place_code": "a place of service (`11`)",
    "expect": "`expect`",
    "expected": "a rule's name and where it fires (`R1 on 64643`)",
    "target": "a code or `line` and its number",
    "$END": "the end of the statement",
    "_COMMA_REL": "`,` and another relation",
    "_NOT_IN": "`not in`",
    "WORD": "a word",
}
"""A phrase for every construct and terminal that is not simply a keyword."""

_CONTINUATIONS = {
    "_join",
    "narrowing",
    "trailing_when",
    "TO",
    "EXCEPT",
    "TOGETHER",
    "_OR_WHEN",
    "IN",
}
"""What may nearly always follow: named only where nothing else may stand."""

_ORDINARY_WORDS = {
    "requires": ("require", "need", "needs", "must", "demands"),
    "not allowed": ("denied", "excludes", "excluded", "disallowed", "forbidden", "bundled",
                    "conflicts", "never", "cannot", "isn't"),
    "at most": ("max", "maximum", "limit", "limited", "upto"),
    "allowed only": ("only",),
    "when": ("if", "where", "while"),
    "unless": ("exempt", "excluding", "besides"),
    "except": ("but", "excl"),
    "modifier": ("mod", "modifiers", "mods"),
    "diagnosis": ("dx", "diag", "diagnoses", "icd"),
    "place": ("pos", "places", "location"),
    "provider": ("npi", "physician", "doctor", "rendering"),
    "group": ("tin", "practice"),
    "days": ("week", "weeks", "d"),
    "because": ("message", "reason", "text"),
    "otherwise": ("else", "then", "action"),
    "effective": ("valid", "from", "starting"),
    "payable": ("paid",),
    "warn": ("alert", "inform", "flag"),
    "pend": ("suspend", "review", "hold"),
    "deny": ("denial",),
    "per calendar month": ("monthly",),
    "per calendar year": ("yearly", "annually"),
    "per day": ("daily",),
}  # fmt: skip
_COMPARING_WORDS = {"over", "under", "above", "below", "exceeds", "greater", "less", "equals"}
_CONTINUING_WORDS = {
    "unless", "otherwise", "because", "source", "effective", "given", "and", "expect", "patient",
    "same", "within", "with", "without",
}  # fmt: skip
_MEANT = {ordinary: word for word, others in _ORDINARY_WORDS.items() for ordinary in others}


def explain_misfit(
    source: Source, tokens: list[Token], misfit: Misfit, syntax: Syntax
) -> Diagnostic:
    """The one message for a statement that stops being one at `misfit`."""
    fits = what_fits(syntax, list(misfit.stack))
    here = "expected " + _listed(fits)
    position = misfit.position
    behind = f" after `{_shown(tokens[position - 1].text)}`" if position else ""
    mended = _mended_word(tokens, misfit, syntax)
    if position == len(tokens) and mended is None:
        end = tokens[-1].end
        advice = _advice(tokens, misfit, syntax) or "finish the sentence; indent to continue it"
        return Diagnostic(
            "E202",
            f"the statement stops too early{behind}",
            source,
            Span(end, end + 1),
            here,
            advice,
        )
    if mended:
        at, word = mended
        wrong = tokens[at]
        if at != position:
            here = "this word is not one of the language"
        return Diagnostic(
            "E201",
            f"unexpected `{_shown(wrong.text)}`" + (behind if at == position else ""),
            source,
            wrong.span,
            here,
            f"did you mean `{word}`?",
        )
    if position and tokens[position - 1].text.lower() in _COMPARING_WORDS:
        position -= 1  # `age over 65` went wrong before the number
        behind = f" after `{_shown(tokens[position - 1].text)}`"
        here = "expected a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)"
    token = tokens[position]
    return Diagnostic(
        "E201",
        f"unexpected `{_shown(token.text)}`{behind}",
        source,
        token.span,
        here,
        _advice(tokens, misfit, syntax),
    )


def what_fits(syntax: Syntax, stack: list[int]) -> list[str]:
    """Phrases for everything that may stand behind a stack of states, each once."""
    names: dict[str, None] = {}
    first = _first_terminals(syntax.table)
    for terminal in syntax.table.states[stack[-1]]:
        if not _is_terminal(terminal):
            continue
        reduced = syntax.stack_before_shift(stack, terminal)
        if reduced is None:
            continue
        begun = [
            name
            for name in syntax.table.states[reduced[-1]]
            if name in NOUNS and not _is_terminal(name) and terminal in first[name]
        ]
        outermost = [
            name
            for name in begun
            if not any(
                other != name and name in _left_corners(syntax.table)[other] for other in begun
            )
        ]
        for name in outermost or [terminal]:
            names[name] = None
    if not names.keys() <= _CONTINUATIONS:
        names = {name: None for name in names if name not in _CONTINUATIONS}
    if not names.keys().isdisjoint({"item", "value"}):
        names.pop("OR", None)  # `, or` joins as `,` does; the value is what is missing
    order = {name: place for place, name in enumerate(NOUNS)}
    in_order = sorted(names, key=lambda name: (order.get(name, -1), name))
    return list(dict.fromkeys(noun(syntax.table, name) for name in in_order))


def noun(table: ParseTable, name: str) -> str:
    """The phrase for a construct, or a keyword in back-ticks."""
    if name in NOUNS:
        return NOUNS[name]
    words = [word for word, terminal in table.keywords.items() if terminal == name]
    return f"`{words[0]}`" if words else name


def _listed(phrases: list[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return ", ".join(phrases[:-1]) + " or " + phrases[-1]


def _shown(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def _is_terminal(symbol: str) -> bool:
    return symbol.isupper() or symbol == "$END"


@cache
def _first_terminals(table: ParseTable) -> dict[str, set[str]]:
    first: dict[str, set[str]] = {}
    for corner, symbols in _left_corners(table).items():
        first[corner] = {each for each in symbols if _is_terminal(each)}
    return first


@cache
def _left_corners(table: ParseTable) -> dict[str, set[str]]:
    """Every construct with all that it can begin with, at any depth."""
    corners: dict[str, set[str]] = {}
    for rule in table.rules:
        corners.setdefault(rule.origin, set()).add(rule.symbols[0])
    grown = True
    while grown:
        grown = False
        for symbols in corners.values():
            more = set().union(*(corners.get(each, set()) for each in symbols)) - symbols
            symbols.update(more)
            grown = grown or bool(more)
    return corners


def _keywords_that_fit(syntax: Syntax, stack: list[int]) -> list[str]:
    return [
        word
        for word, terminal in syntax.table.keywords.items()
        if word.isalpha()
        and terminal in syntax.table.states[stack[-1]]
        and syntax.stack_before_shift(stack, terminal) is not None
    ]


def _mended_word(tokens: list[Token], misfit: Misfit, syntax: Syntax) -> tuple[int, str] | None:
    """The misspelt word, if putting a keyword in its place lets the statement go on.

    The slip may stand before the word that does not fit: `codess x = ...` fails at `x`.
    """
    for at in (misfit.position, misfit.position - 1, misfit.position - 2):
        if at < 0 or at >= len(tokens) or tokens[at].text.lower() in _COMPARING_WORDS:
            continue
        if tokens[at].key in ("S", ":", ",", "="):
            continue
        stack = list(misfit.stack) if at == misfit.position else syntax.stack_after(tokens[:at])
        fitting = _keywords_that_fit(syntax, stack)
        word = _MEANT.get(tokens[at].text.lower())
        known = [word] if word and word.split()[0] in fitting else []
        close = nearest(tokens[at].text, fitting) if tokens[at].key == "W" else None
        for candidate in [*([close] if close else []), *known]:
            if at == misfit.position or _goes_further(tokens, at, candidate, misfit, syntax):
                return at, candidate
    return None


def _goes_further(tokens: list[Token], at: int, word: str, misfit: Misfit, syntax: Syntax) -> bool:
    mended = [
        *tokens[:at],
        *(Token(each, each, 0, 0) for each in word.split()),
        *tokens[at + 1 :],
    ]
    parsed = syntax.parse_afresh(mended)
    longer = len(mended) - len(tokens)
    return isinstance(parsed, Tree) or parsed.position > misfit.position + longer


def _advice(tokens: list[Token], misfit: Misfit, syntax: Syntax) -> str:
    """One line of help for the commonest slips."""
    position = misfit.position
    fitting = {
        terminal
        for terminal in syntax.table.states[misfit.stack[-1]]
        if _is_terminal(terminal)
        and syntax.stack_before_shift(list(misfit.stack), terminal) is not None
    }
    word = tokens[position].text.lower() if position < len(tokens) else ""
    before = [token.key for token in tokens[max(0, position - 3) : position]]
    behind = before[-1] if before else ""
    earlier = before[-2] if len(before) > 1 else ""
    last_word = tokens[position - 1].text if position else ""
    if word == "and" and "COMMA" in fitting:
        return (
            "if either will do, join them with `or`; if all must be there, write `all of`, as in"
            " `requires all of 64642, 64644 same date`"
        )
    if behind == "W" and earlier in ("or", "and") and last_word[:1].isdigit():
        return "inside a condition, values are joined with commas: `modifier 24, 25`"
    if earlier == "per" and behind == "calendar":
        return "write `per calendar month` or `per calendar year`"
    if behind == "per" and word in ("month", "year", "months", "years"):
        unit = word.rstrip("s")
        return f"write `per calendar {unit}`, or `per 1 {unit}` for a window that rolls"
    if word in ("week", "weeks") or last_word.lower() in ("week", "weeks"):
        return "count weeks in days: `7 days`"
    if word in _COMPARING_WORDS or last_word.lower() in _COMPARING_WORDS:
        return "compare with `=`, `!=`, `<`, `<=`, `>` or `>=`: `age >= 65`"
    opened = [token.key for token in tokens[:position]]
    if position == len(tokens) and opened.count("(") > opened.count(")"):
        return "close the parenthesis with `)`"
    if before[-3:] == ["allowed", "only", "with"]:
        return (
            "`allowed only with` names a field of the line itself; for another line, write"
            " `requires`"
        )
    if not position and word in ("requires", "not", "allowed", "at"):
        return "a sentence begins with its codes: `64643 requires 64642 same date`"
    if not position and word in _CONTINUING_WORDS:
        return "indent this line: it continues the statement above it"
    if word == "of" and behind in ("days", "months", "years"):
        return "write `before` or `after`, or leave `of` out"
    if word == "same" and "_COMMA_REL" in fitting:
        return "put a comma between two relations: `same date, same provider`"
    if word == "more" or (word == "than" and behind == "W"):
        return "a limit is written `at most 3 units per day`"
    if position == 1 and behind == "W":
        return "a rule is one sentence: `64643 requires 64642 same date`"
    if behind == "same" and word in ("day", "day,"):
        return "write `same date`"
    if "STRING" in fitting and word and "WORD" not in fitting:
        return 'put the text in double quotes (`"`)'
    if "COLON" in fitting and tokens[0].key == "rule":
        return 'a rule begins `rule NAME "title":`'
    return ""
