"""A statement that does not parse, to one message that says what would fit and what to do.

What would fit is read from the parse table: every construct that may begin where the author
stands has a phrase in `NOUNS`. A construct without one would show its raw name; a test walks all
states and forbids that.
"""

from difflib import SequenceMatcher
from functools import cache

from editwright.grammar.diagnostics import Diagnostic, nearest
from editwright.grammar.parse_table import ParseTable
from editwright.grammar.slips import CLAUSE_WORDS, COMPARING_WORDS, Place, advice
from editwright.grammar.source import Source, Span
from editwright.grammar.syntax import Misfit, Syntax, Tree
from editwright.grammar.tokens import WRONG, Token, begins_line

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
    "who": "what is the same (`provider`, `group`, `specialty`, `place`, `modifier`, `diagnosis`,"
    " `code` or a field that you declare)",
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
    "WORD": "a code, a number or a date",
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
    "allowed only": ("only", "covered"),
    "when": ("if", "where", "while"),
    "unless": ("exempt", "excluding", "besides"),
    "except": ("but", "excl"),
    "modifier": ("mod", "modifiers", "mods"),
    "diagnosis": ("dx", "diag", "diagnoses", "icd"),
    "place": ("pos", "places", "location"),
    "provider": ("npi", "physician", "doctor", "rendering"),
    "group": ("tin", "practice"),
    "days": ("d",),
    "before": ("prior", "preceding", "previously", "earlier"),
    "after": ("following", "later"),
    "lifetime": ("life",),
    "day": ("dos",),
    "because": ("message", "reason", "text"),
    "otherwise": ("else", "then", "action"),
    "effective": ("valid", "from", "starting"),
    "payable": ("paid",),
    "warn": ("alert", "inform", "flag"),
    "pend": ("suspend", "review", "hold"),
    "reject": ("return", "returns", "rtp"),
    "deny": ("denial", "denied", "denies", "decline"),
    "any line": ("every", "each", "all"),
    "per calendar month": ("monthly",),
    "per calendar year": ("yearly", "annually"),
    "per day": ("daily",),
}  # fmt: skip
_AT_LEAST = ("older", "more", "greater", "higher", "over")
_AT_MOST = ("younger", "less", "fewer", "lower", "under")
LONGEST_SHOWN = 60
"""Characters of the author's own words in an advice; longer ones are better made up."""
LONGEST_LOOKED_BACK = 5000
"""Tokens behind which only the word that does not fit is taken for misspelt: to look at the words
before it takes the parser from the beginning."""
_RELATION_WORDS = ("same", "different", "within")
_MEANT: dict[str, list[str]] = {}
for _word, _others in _ORDINARY_WORDS.items():
    for _ordinary in _others:
        _MEANT.setdefault(_ordinary, []).append(_word)


def explain_misfit(
    source: Source, tokens: list[Token], misfit: Misfit, syntax: Syntax
) -> Diagnostic:
    """The one message for a statement that stops being one at `misfit`."""
    fits = what_fits(syntax, list(misfit.stack))
    here = "expected " + _listed(fits)
    position = misfit.position
    behind = f" after `{_shown(tokens[position - 1].text)}`" if position else ""
    if position and tokens[position - 1].start == tokens[position - 1].end:
        behind = ""  # a word that stands in for what could not be read
    mended = mended_word(tokens, misfit, syntax)
    place = _place(tokens, misfit, syntax)
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
    if position == len(tokens) and _is_lone_value(place):
        return _lone_value(source, tokens, position - 1)
    if position == len(tokens) or _stops_before(source, place):
        end = tokens[position - 1].end
        return Diagnostic(
            "E202",
            f"the statement stops too early{behind}",
            source,
            Span(end, end + 1),
            here,
            advice(Place(tokens[:position], position, place.fitting)),
        )
    if _is_lone_value(place):
        return _lone_value(source, tokens, position - 1)
    token = tokens[position]
    heading = tokens[0].key.lower() == "rule" and "COLON" in place.fitting
    if heading and begins_line(source, token.start):
        gap = Span(tokens[position - 1].end, tokens[position - 1].end + 1)
        said = 'a rule begins `rule NAME "title":`'
        return Diagnostic("E201", f"a `:` is missing{behind}", source, gap, here, said)
    said = advice(place) or _offer(fits)
    if position and tokens[position - 1].text.lower() in COMPARING_WORDS:
        position -= 1  # `age over 65` went wrong before the number
        behind = f" after `{_shown(tokens[position - 1].text)}`"
        here = "expected a comparison (`=`, `!=`, `<`, `<=`, `>`, `>=`)"
    token = tokens[position]
    return Diagnostic(
        "E201", f"unexpected `{_shown(token.text)}`{behind}", source, token.span, here, said
    )


def _offer(fits: list[str]) -> str:
    """The last resort: what would fit, as a thing to do."""
    if "a statement (a rule, a list, an example)" in fits:
        return "begin with a code, a list or a word such as `rule`, `codes` or `example`"
    if len(fits) == 1 and fits[0] != "the end of the statement":
        return f"write {fits[0]} here"
    if "the end of the statement" in fits:
        return "take this word out, or begin a new statement in the first column of a new line"
    return "write one of these instead"


def _stops_before(source: Source, place: Place) -> bool:
    """Whether the part before a clause on its own line is not finished."""
    return bool(
        place.word in CLAUSE_WORDS
        and place.at(-1) != ":"
        and place.position
        and "$END" not in place.fitting
        and "COLON" not in place.fitting
        and begins_line(source, place.tokens[place.position].start)
    )


def _is_lone_value(place: Place) -> bool:
    """Whether a value was joined to others as if it were a condition: `modifier 24 or 25`."""
    word = place.tokens[place.position - 1] if place.position else None
    return (
        word is not None
        and word.key == "W"
        and place.at(-2) in ("or", "and")
        and "IS" in place.fitting
        and not (word.text.islower() and "_" in word.text)
    )


def _lone_value(source: Source, tokens: list[Token], at: int) -> Diagnostic:
    value, joint = tokens[at], tokens[at - 1].text.lower()
    if value.text.lower() in _AT_LEAST or value.text.lower() in _AT_MOST:
        sign = ">=" if value.text.lower() in _AT_LEAST else "<="
        said = f"write `{tokens[at - 3].text} {sign} {tokens[at - 2].text}`"
    elif joint == "or":
        said = f"inside a condition, values are joined with commas: `{_with_comma(tokens, at)}`"
    else:
        said = "name the field again behind `and`: `modifier 24 and modifier 25`"
    return Diagnostic(
        "E201",
        f"unexpected `{_shown(value.text)}` after `{joint}`",
        source,
        value.span,
        "expected a condition (`units > 3`, `modifier 25`)",
        said,
    )


def _with_comma(tokens: list[Token], at: int) -> str:
    """The values before an `or` and the one behind it as one list, with their field."""
    first = at - 2
    while first > 0 and tokens[first].key in ("W", ",", "to") and tokens[first - 1].key != "unless":
        first -= 1
    words = [token.text for token in tokens[first : at - 1]] + [",", tokens[at].text]
    joined = " ".join(words).replace(" ,", ",")
    return joined if len(joined) <= LONGEST_SHOWN and first < at - 2 else "modifier 24, 25"


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


def mended_word(tokens: list[Token], misfit: Misfit, syntax: Syntax) -> tuple[int, str] | None:
    """The misspelt word, if putting a keyword in its place lets the statement go on.

    The slip may stand before the word that does not fit: `codess x = ...` fails at `x`.
    """
    relation = _mended_relation(tokens, misfit.position)
    if relation:
        return misfit.position + 1, relation
    lookback = 3 if misfit.position < LONGEST_LOOKED_BACK else 1
    for at in range(misfit.position, misfit.position - lookback, -1):
        if at < 0 or at >= len(tokens) or tokens[at].text.lower() in COMPARING_WORDS:
            continue
        if tokens[at].text.lower() == "no" or tokens[at].key in ("S", ":", ",", "=", WRONG):
            continue
        stack = list(misfit.stack) if at == misfit.position else syntax.stack_after(tokens[:at])
        fitting = _keywords_that_fit(syntax, stack)
        written = tokens[at].text.lower()
        known = [word for word in _MEANT.get(written, ()) if word.split()[0] in fitting]
        if at:
            known = [word for word in known if word != "any line"]
        close = nearest(written, [each for each in fitting if each not in (written, "x")])
        if tokens[at].key != "W" and at != misfit.position:
            close = None
        for candidate in [*known, *([close] if close else [])]:
            sure = at == misfit.position and tokens[at].key == "W"
            if candidate == close and not (
                written[0] == candidate[0] or _alike(written, candidate)
            ):
                continue
            if sure or _goes_further(tokens, at, candidate, misfit, syntax):
                return at, candidate
    return None


def _mended_relation(tokens: list[Token], position: int) -> str | None:
    """The word behind a comma that was to begin another relation: `, diferent provider`."""
    comma, *behind = [*tokens[position : position + 2], None]
    if comma is None or comma.key != "," or not behind or behind[0] is None:
        return None
    related = any(token.key in _RELATION_WORDS for token in tokens[:position])
    return nearest(behind[0].text, _RELATION_WORDS) if related and behind[0].key == "W" else None


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other).ratio() > 0.7


def _goes_further(tokens: list[Token], at: int, word: str, misfit: Misfit, syntax: Syntax) -> bool:
    mended = [
        *tokens[:at],
        *(Token(each, each, 0, 0) for each in word.split()),
        *tokens[at + 1 :],
    ]
    parsed = syntax.parse_afresh(mended)
    longer = len(mended) - len(tokens)
    return isinstance(parsed, Tree) or parsed.position > misfit.position + longer


def _place(tokens: list[Token], misfit: Misfit, syntax: Syntax) -> Place:
    fitting = {
        terminal
        for terminal in syntax.table.states[misfit.stack[-1]]
        if _is_terminal(terminal)
        and syntax.stack_before_shift(list(misfit.stack), terminal) is not None
    }
    return Place(tokens, misfit.position, fitting)
