"""Where a statement goes wrong, to one line that says what to do about it.

Each entry recognizes a slip by the words around the first that does not fit. What comes first in
`advice` wins; the last lines are for what nobody has thought of.
"""

import re
from collections.abc import Set

from attrs import frozen

from editwright.grammar.tokens import Token

COMPARING_WORDS = {"over", "under", "above", "below", "exceeds", "greater", "less", "equals"}
CLAUSE_WORDS = {"unless", "otherwise", "because", "source", "effective"}
_CONTINUING_WORDS = {
    *CLAUSE_WORDS, "given", "and", "expect", "patient", "same", "within", "with", "without",
}  # fmt: skip
_DISPOSITIONS = {"deny", "reject", "pend", "warn", "monitor", "reduce"}
_LIST_WORDS = {
    "codes", "diagnoses", "modifiers", "places", "specialties", "revenue", "bill",
}  # fmt: skip
_FIELD_WORDS = {
    "age", "sex", "units", "charge", "place", "modifier", "diagnosis", "specialty", "provider",
    "group", "authorization", "status", "received", "date",
}  # fmt: skip
_COMPARATORS = {"=", "!=", "<", "<=", ">", ">="}
_TIMES = {"once": "1 time", "twice": "2 times"}
_MONTHS = {
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
    "sept", "oct", "nov", "dec",
}  # fmt: skip
_SEXES = {"male": "M", "man": "M", "m": "M", "female": "F", "woman": "F", "f": "F"}
_EMPTY = {"null", "empty", "blank", "none", "unknown", "absent"}
_MORE = {"over", "above", "exceeds", "greater", "more", "older", "higher"}
_LESS = {"under", "below", "less", "fewer", "younger", "lower"}
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_COUNTED = {"unit", "units", "line", "lines", "time", "times", "date", "dates"}
_VERBS = {"requires", "allowed", "most"}
_REASON = re.compile(r"(CO|CR|OA|PI|PR)-?\w+", re.IGNORECASE)


@frozen(slots=True)
class Place:
    """The words of a statement around the first that does not fit, in lower case, and the
    terminals of the grammar that would fit there."""

    tokens: list[Token]
    position: int
    fitting: Set[str]

    def at(self, offset: int) -> str:
        """The word so many behind the misfit; empty where there is none."""
        at = self.position + offset
        return self.tokens[at].text.lower() if 0 <= at < len(self.tokens) else ""

    def said(self, offset: int) -> str:
        """The same as its author wrote it."""
        at = self.position + offset
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""

    @property
    def word(self) -> str:
        return self.at(0)

    @property
    def ordinary(self) -> bool:
        """Whether the misfit is a word, and none of the language."""
        return not self.ended and self.tokens[self.position].key == "W"

    @property
    def ended(self) -> bool:
        return self.position >= len(self.tokens)

    @property
    def joined(self) -> bool:
        """Whether no blank stands before the misfit."""
        return self.tokens[self.position - 1].end == self.tokens[self.position].start

    def before(self, *words: str) -> bool:
        """Whether these words stand right before the misfit."""
        return all(
            self.at(offset - len(words)) == word for offset, word in enumerate(words) if word
        )

    def seen(self, *words: str) -> bool:
        """Whether one of the words stands anywhere before the misfit."""
        return any(token.text.lower() in words for token in self.tokens[: self.position])


def advice(place: Place) -> str:
    """What to do, for every place at which a statement can go wrong."""
    return (
        _at_the_beginning(place)
        or _in_values(place)
        or _in_limits(place)
        or _in_relations(place)
        or _in_sentences(place)
        or _in_conditions(place)
        or _in_clauses(place)
        or _in_declarations(place)
        or _in_examples(place)
        or _anywhere(place)
    )


def _at_the_beginning(at: Place) -> str:
    if not at.position:
        if at.word in ("requires", "not", "allowed", "at"):
            return "a sentence begins with its codes: `64643 requires 64642 same date`"
        if at.word in ("when", "if"):
            return "a rule begins with its codes: `64643 when age < 18 not allowed`"
        if at.word in _CONTINUING_WORDS:
            return "indent this line: it continues the statement above it"
    if at.position == 1 and at.at(-1) in ("if", "when"):
        return "a rule begins with its codes: `64643 when age < 18 not allowed`"
    if at.position == 1 and at.at(-1) in _DISPOSITIONS:
        return (
            "a rule begins with its codes and says at its end what happens:"
            " `64643 not allowed when units > 3 otherwise deny`"
        )
    return ""


def _in_values(at: Place) -> str:
    if at.word == "," and at.at(-1) == ",":
        return "take one of the two commas out"
    if at.word == "and" and at.at(1) in _FIELD_WORDS and at.at(-2) == at.at(1):
        return f"if both must be there, write `with` again: `with {at.at(1)} {at.said(-1)}" + (
            f" with {at.at(1)} {at.said(2)}`"
        )
    if at.word == "and" and "COMMA" in at.fitting and at.at(1) not in ("same", "different"):
        return (
            "if either will do, join them with `or`; if all must be there, write `all of`, as in"
            " `requires all of 64642, 64644 same date`"
        )
    if at.word == "(" and at.before("in"):
        return f"leave the parentheses out: `{at.said(-2)} in {_in_parentheses(at)}`"
    apart = at.position > 1 and at.ordinary and not at.joined
    if apart and "COMMA" in at.fitting and _is_value(at.word) and _is_value(at.at(-1)):
        return f"put a comma between them: `{at.said(-1)}, {at.said(0)}`"
    if at.word in ("through", "thru", "until", "till") and "TO" in at.fitting:
        return "write `to`"
    if re.fullmatch(r"\w+\*", at.at(-1)) and at.word[:1].isalnum() and at.joined:
        return "the `*` stands at the end of a prefix: `992*`"
    if at.before("requires") and at.word == "at" and at.at(1) == "least":
        return f"leave `at least` out: `requires {at.at(2)} of ...`"
    if at.before("all") and "OF" in at.fitting:
        return "write `all of`"
    if at.seen("either") and not at.before("on", "either") and at.tokens[0].key != "example":
        return "leave `either` out: `requires 64642 or 64644 same date`"
    if at.word == "except" and at.seen("except"):
        return "write `except` once, and its codes behind it with commas"
    if at.before("any") and at.word == "lines":
        return "write `any line`"
    return ""


def _is_value(word: str) -> bool:
    """Whether a word looks like a code or a number."""
    return bool(re.fullmatch(r"(?=.*\d)[a-z0-9.]+\*?", word))


def _in_parentheses(at: Place) -> str:
    """The values from an opening parenthesis on, without it."""
    words: list[str] = []
    for token in at.tokens[at.position + 1 : at.position + 12]:
        if token.text == ")":
            return " ".join(words).replace(" ,", ",")
        words.append(token.text)
    return "11, 22"


def _in_limits(at: Place) -> str:
    for offset in (0, -1):
        if at.at(offset) in _TIMES and at.at(offset + 1) in ("per", "a", "in", "every", ""):
            period = at.at(offset + 2)
            if at.at(offset + 1) != "per" or period not in ("day", "claim", "line", "lifetime"):
                period = "calendar month" if "month" in at.at(offset + 3) else "calendar year"
            return f"write `at most {_TIMES[at.at(offset)]} per {period}`"
    if at.before("at") and at.word == "least":
        return "say what is too little: `not allowed when units < 2`"
    if at.before("per", "calendar"):
        return "write `per calendar month` or `per calendar year`"
    for offset in (0, -1):
        unit = at.at(offset).rstrip("s")
        if at.at(offset - 1) == "per" and unit in ("month", "year"):
            return f"write `per calendar {unit}`, or `per 1 {unit}` for a window that rolls"
    if at.at(-2) == "per" and at.at(-1) in ("member", "patient", "beneficiary"):
        return f"leave `per {at.at(-1)}` out: a limit counts the lines of one member"
    if at.at(-2) == "per" and at.at(-1) in ("visit", "encounter", "stay"):
        return "write `per claim` or `per day`"
    if at.before("per", "rolling"):
        return f"leave `rolling` out: `per {at.word} {at.at(1)}` rolls"
    if at.word == "per" and at.seen("per") and at.at(1) in ("provider", "group", "specialty"):
        return f"write `same {at.at(1)}` instead of `per {at.at(1)}`"
    if at.word == "for" and at.seen("most") and at.at(1) in _FIELD_WORDS:
        return f"narrow the codes: `64643 with {at.at(1)} {at.said(2)} at most ...`"
    if at.word in ("combined", "total", "altogether") and at.seen("most"):
        return "write `together` in front: `64643, 64645 together at most 3 units per day`"
    if at.word == "ever" and "PER" in at.fitting:
        return "write `per lifetime`"
    for offset in (0, -1):
        if at.at(offset) in ("week", "weeks", "hour", "hours"):
            return _in_days(at.at(offset).rstrip("s"), at.at(offset - 1))
    if at.before("per") and at.word in ("date", "dos", "service"):
        return "write `per day`"
    if at.word == "in" and at.at(-1) in _COUNTED and at.at(2) in ("days", "months", "years"):
        return f"write `per {at.at(1)} {at.at(2)}`"
    if at.word == "and" and at.at(1).isdigit() and at.at(2) in _COUNTED:
        return "a rule has one limit; begin a new line in the first column for another"
    if at.at(-3) == "at" and at.before("most", "") and "UNITS" in at.fitting:
        return "say what is counted: `at most 3 units`, `lines`, `times` or `dates`"
    if at.at(-1) in _COUNTED and "PER" in at.fitting and at.seen("most"):
        return "say for how long: `per day`, `per calendar year` or `per 30 days`"
    if at.before("received", "more"):
        return f"write `days from date to received > {at.at(1)}`"
    if at.word == "more" or at.before("no") or (at.word == "than" and at.seen("more")):
        return "a limit is written `at most 3 units per day`"
    return ""


def _in_days(unit: str, number: str) -> str:
    """How weeks and hours are said, of which the language has none."""
    if unit == "week":
        return f"count weeks in days: `{7 * int(number) if number.isdecimal() else 7} days`"
    days = -(-int(number) // 24) if number.isdecimal() else 3
    return f"dates have no hours; count in days: `{days} day{'s' if days != 1 else ''}`"


def _in_relations(at: Place) -> str:
    if _DATE.fullmatch(at.word) and at.before("on") and at.tokens[0].key.lower() != "example":
        return f"a date is compared with `when`: `when date = {at.word}`"
    if at.word == "in" and re.fullmatch(r"(19|20)\d\d", at.at(1)):
        return f"write `when date in {at.at(1)}-01-01 to {at.at(1)}-12-31`"
    if at.word in ("by", "for", "from", "of") and at.at(1) in ("same", "different"):
        return "join relations with commas: `same date, same provider`"
    if at.before("same", "rendering") or at.before("different", "rendering"):
        return f"leave `rendering` out: `{at.at(-2)} provider` is the rendering provider"
    if at.before("same", "tax") or at.before("different", "tax"):
        return f"write `{at.at(-2)} group`: the group is known by its tax id"
    if at.at(-1) in ("same", "different") and at.word in ("charge", "units", "revenue", "bill"):
        kind = "number" if at.word in ("charge", "units") else "code"
        name = {"charge": "billed", "units": "quantity"}.get(at.word, f"{at.word}_code")
        return (
            f"give that column a name of your own: `field {name} is {kind}`, `{at.at(-1)} {name}`"
        )
    if at.before("different") and at.word in ("date", "day", "claim"):
        return "`different` compares providers and other fields; say when with `within 3 days`"
    if at.word in ("with", "without") and "_COMMA_REL" in at.fitting and not at.seen("most"):
        return (
            "what narrows the partner stands right behind its codes:"
            " `64642 with modifier 59 same date`"
        )
    if at.before("within", "") and at.word == "calendar":
        return f"leave `calendar` out: `within {at.at(-1)} {at.at(1)}`"
    if at.before("within", "the") and at.at(1).isdigit():
        return f"write `within {at.at(1)} {at.at(2)} before`"
    if at.word in ("before", "after") and _DATE.fullmatch(at.at(1)):
        return "a date is compared with `when`: `when date >= 2025-01-01`"
    if at.word in ("before", "after") and "within" not in (at.at(-2), at.at(-3)):
        return f"say how long {at.word}: `within 30 days {at.word}`; `ever` is any time"
    if at.word == "of" and at.at(-1) in ("days", "months", "years"):
        return "write `before` or `after`, or leave `of` out"
    if at.word == "of" and at.before("same", "date"):
        return "write `same date` alone"
    if at.word == "and" and at.at(1) in ("same", "different", "within"):
        return "join relations with commas: `same date, same provider`"
    if at.word in ("same", "different") and "_COMMA_REL" in at.fitting:
        return "put a comma between two relations: `same date, same provider`"
    if at.word == "or" and at.at(-1) in ("before", "after"):
        return "leave `before` and `after` out: `within 3 days` looks both ways"
    if at.word in ("same", "the") and at.before("on"):
        return "leave `on` out: `same date`"
    if at.word in ("day", "days", "service", "dos") and at.before("same"):
        return "write `same date`"
    if at.word in ("days", "months", "years") and at.before("in", ""):
        return f"write `within {at.at(-1)} {at.word}`"
    if at.word.isdigit() and at.at(1) in ("days", "months", "years") and at.before("allowed"):
        return f"write `within {at.word} {at.at(1)} after`, say"
    return ""


def _in_sentences(at: Place) -> str:
    if at.word in _COMPARATORS and at.at(-2) in ("with", "without") and at.at(1):
        return f"a comparison stands behind `when`: `when {at.at(-1)} {at.word} {at.at(1)}`"
    if at.before("allowed", "only") and at.word in _FIELD_WORDS:
        return f"write `allowed only when {at.word} ...`"
    if at.word == "code" and at.at(-1) in ("diagnosis", "modifier", "place"):
        return f"leave `code` out: `{at.at(-1)} {at.said(1)}`"
    if at.before("place") and at.word == "of":
        return f"leave `of service` out: `place {at.at(2)}`"
    if at.word == "same" and at.at(-2) == "without":
        return f"write `requires {at.said(-1)}` for a line that must be there"
    if at.before("requires") and at.word == "no":
        return "write `not allowed with`"
    if at.word == "with" and at.seen("requires") and at.at(-2) in _FIELD_WORDS:
        return (
            f"turn it round: `without {at.at(-2)} {at.said(-1)} not allowed with"
            f" {at.said(1)} same date`"
        )
    if at.word == "except" and at.at(1) in _FIELD_WORDS:
        return f"write `unless {at.at(1)} {at.said(2)}`"
    if at.word == "on" and at.at(1) == "or" and _DATE.fullmatch(at.at(3)):
        return f"write `effective {at.at(3)}`"
    if at.position == 1 and at.word in ("female", "male"):
        return f"write `allowed only when sex = {at.word[0].upper()}`"
    if (
        at.position == 1
        and re.fullmatch(r"[a-z]?\d|\d?[a-z]|\d\d|[a-z]{2}", at.word)
        and at.ordinary
    ):
        return f"write the modifier as `with modifier {at.said(0).upper()}`"
    if at.word == "payable" and at.before("not"):
        return "write `not allowed`"
    if at.word == "payable":
        return "`payable` stands before the codes: `requires payable 64642`"
    if at.word == "when" and at.at(-1) in ("or", "and") and at.seen("with", "when"):
        return "write two rules, or one condition: `when place 11 or units > 3`"
    of_the_line = at.seen("requires") and not at.seen(*CLAUSE_WORDS)
    if at.word in ("same", "within") and of_the_line and at.at(-2) in _FIELD_WORDS:
        return (
            f"`requires {at.at(-2)}` asks the line itself; another line is named by its codes:"
            f" `requires 64642 with {at.at(-2)} {at.said(-1)} same date`"
        )
    if at.word == "authorization" and at.seen("requires"):
        return "write `requires authorization`"
    if at.word in ("is", "are") and at.position == 1:
        return f"leave `{at.word}` out: `64643 not allowed`, `64643 requires 64642 same date`"
    if at.word == "requires" and at.before("not"):
        return "write `not allowed with`, or leave `not` out"
    if at.before("allowed") and at.word in ("with", "when", "without"):
        return f"write `allowed only {at.word}` or `not allowed {at.word}`"
    if at.before("allowed", "only", "with") or at.before("allowed", "only", "with", ""):
        return (
            "`allowed only with` names a field of the line itself; for another line, write"
            " `requires`"
        )
    if at.word == "no":
        return "a limit is written `at most 3 units per day`"
    following = {token.text.lower() for token in at.tokens[at.position : at.position + 4]}
    if "$END" in at.fitting and at.seen(*_VERBS) and following & _VERBS:
        return "a rule has one verb; begin a new line in the first column for another rule"
    if at.position == 1 and at.tokens[0].key == "W":
        return "a rule is one sentence: `64643 requires 64642 same date`"
    return ""


def _in_conditions(at: Place) -> str:
    if at.before("is", "not") and at.word in _EMPTY:
        return "write `is not missing`"
    if at.before("is") and "MISSING" in at.fitting:
        if at.word in _EMPTY:
            return "write `is missing`"
        if at.at(-2) == "sex" and at.word in _SEXES:
            return f"write `sex = {_SEXES[at.word]}`"
        if at.word == "at" and at.at(1) in ("least", "most"):
            sign = ">=" if at.at(1) == "least" else "<="
            return f"write `{at.at(-2)} {sign} {at.at(2)}`"
        if "NOT" in at.fitting and not at.ended and at.word not in COMPARING_WORDS:
            return f"write `{at.at(-2)} = {at.said(0)}`; only `is missing` goes with `is`"
    if at.before("between") and at.at(1) in ("and", "to"):
        return f"write `{at.at(-2)} in {at.word} to {at.at(2)}`"
    if at.word in ("<", "<=") and at.at(-2) in ("<", "<="):
        return f"compare twice: `{at.at(-1)} >= {at.at(-3)} and {at.at(-1)} {at.word} {at.at(1)}`"
    if at.word in ("year", "years", "month", "months") and at.seen("days") and at.seen("from"):
        return "count in days: `days from date to received > 365`"
    if at.word == "=" and at.before("="):
        return "write one `=`"
    if at.word == ">" and at.before("<"):
        return "write `!=`"
    if at.word == "=" and at.at(-1) in ("<", ">"):
        return f"write `{at.at(-1)}=` without a blank"
    compared = at.at(-2) in _COMPARATORS and at.at(-1).isdigit()
    if at.word == "," and compared and re.fullmatch(r"\d\d?", at.at(1)):
        return f"write decimals with a point: `{at.at(-1)}.{at.at(1)}`"
    if at.at(-1) == "like":
        return "a prefix is written with `*`: `diagnosis G80.*`"
    if at.at(-1) in ("contains", "includes", "has"):
        return f"leave `{at.at(-1)}` out: a field and its values stand side by side, `modifier 25`"
    if at.word == "not" and at.at(-1) in _FIELD_WORDS and at.at(1) not in ("", "in"):
        return f"write `{at.at(-1)} != {at.said(1)}`"
    if at.word == "," and at.at(-1).isdigit() and re.fullmatch(r"\d{3}", at.at(1)):
        return f"write numbers without commas: `{at.at(-1)}{at.at(1)}`"
    if in_words := _compared_in_words(at):
        return f"write `{in_words}`"
    if at.word in COMPARING_WORDS or at.at(-1) in COMPARING_WORDS:
        return "compare with `=`, `!=`, `<`, `<=`, `>` or `>=`: `age >= 65`"
    if at.word == "between" or at.before("between"):
        return "write `age >= 3 and age <= 5`"
    if at.word in ("months", "days", "years") and at.seen("age") and at.at(-1).isdigit():
        if at.word == "years":
            return "leave `years` out: `age` counts completed years"
        return f"write `age in {at.word} < 3`, say"
    opened = [token.key for token in at.tokens[: at.position]]
    if at.ended and opened.count("(") > opened.count(")"):
        return "close the parenthesis with `)`"
    if at.word == ")" and opened.count("(") <= opened.count(")"):
        return "take this parenthesis out, or open it with `(`"
    return ""


def _compared_in_words(at: Place) -> str:
    """A comparison that was written in words, with its sign: `age at least 65`, `age over 65`."""
    for offset in (0, -1, -2):
        word, field, behind = at.at(offset), at.at(offset - 1), offset + 1
        if field not in _FIELD_WORDS:
            continue
        if word == "at" and at.at(behind) in ("least", "most"):
            sign = ">=" if at.at(behind) == "least" else "<="
            behind += 1
        elif word in _MORE or word in _LESS:
            sign = ">" if word in _MORE else "<"
            if at.at(behind) == "than":
                behind += 1
            if (at.at(behind), at.at(behind + 1), at.at(behind + 2)) == ("or", "equal", "to"):
                sign += "="
                behind += 3
        else:
            continue
        if re.fullmatch(r"[\d.]+", at.at(behind)):
            return f"{field} {sign} {at.at(behind)}"
    return ""


def _in_clauses(at: Place) -> str:
    if at.before(":") and at.word in CLAUSE_WORDS:
        return "the sentence comes first, its clauses behind it"
    if at.before("unless", "") and at.word in ("same", "within", "ever", "different", ","):
        return "another line is named with `with`: `unless with 64640 same date`"
    if at.at(-1) in _MONTHS and at.seen("effective"):
        return "write year-month-day, as in `2025-01-01`"
    if at.before("effective") and at.word in ("to", "until", "through"):
        return f"say the first day as well: `effective 2000-01-01 to {at.said(1)}`"
    if at.word == "either" and at.seen("unless"):
        return "write `on either line`"
    if at.before("because") and at.word and "STRING" in at.fitting:
        return 'put the text in double quotes (`"`)'
    if at.at(-2) in ("because", "source") and re.match(r"(?!row\.)\w", at.at(-1)):
        return 'put the text in double quotes (`"`)'
    said = at.seen("otherwise") and "AS" in at.fitting
    if said and at.word.startswith('"'):
        return 'write the text as `because "..."`'
    if said and (_REASON.fullmatch(at.word) or _REASON.fullmatch(at.at(1))):
        reason = at.word if _REASON.fullmatch(at.word) else at.at(1)
        return f"write `as {reason.upper()}`"
    if at.before("as") and at.word.startswith('"'):
        return 'a reason is a code, as in `CO-97`; a text is written `because "..."`'
    if at.before("effective", "from"):
        return f"leave `from` out: `effective {at.word}`"
    if at.seen("unless") and (at.before("on") or at.before("on", "the")):
        return "write `on either line` or `on the other line`"
    if at.before("effective", "") and (at.word in (",", "-") or at.word[:4].isdigit()):
        return "write `to` between the first and the last day"
    return ""


def _in_declarations(at: Place) -> str:
    if at.before("for"):
        return "write `for each row of TABLE`"
    if at.tokens[0].key.lower() == "rule" and at.seen("each") and "OF" in at.fitting:
        return "write `for each row of TABLE`"
    if at.before("row") and at.word[:1].isalpha() and "OF" not in at.fitting:
        return f"join them with a point: `row.{at.word}`"
    if at.word == "row" and at.at(1)[:1].isalpha():
        return f"join them with a point: `row.{at.at(1)}`"
    first = at.tokens[0].text.lower()
    if "EQUAL" in at.fitting and first in _LIST_WORDS:
        return f"write `{first} NAME = ...`"
    if at.ended and first in _LIST_WORDS and "COLUMN" in at.fitting:
        return 'name the column: `from "file.csv" column hcpcs`'
    if first == "field" and "IS" in at.fitting:
        return "write `field NAME is code`, `text`, `number` or `date`"
    if first == "rule" and at.position == 1 and at.word.startswith('"'):
        return f"give it a name in front, in upper case: `rule R1 {at.said(0)}:`"
    if "COLON" in at.fitting and first == "rule" and "STRING" in at.fitting and not at.ended:
        return _rule_without_colon(at)
    if "COLON" in at.fitting and first == "rule":
        return 'a rule begins `rule NAME "title":`'
    if "STRING" in at.fitting and at.word and "WORD" not in at.fitting:
        return 'put the text in double quotes (`"`)'
    return ""


def _rule_without_colon(at: Place) -> str:
    """What is to be done about a rule's name that is not followed by a text or a colon."""
    heading = [token.text for token in at.tokens[1:12]]
    words = heading[: heading.index(":")] if ":" in heading else []
    if words and all(re.fullmatch(r"[A-Z][A-Z0-9_.-]*", word) for word in words):
        return f"the name of a rule is one word: `{'-'.join(words)}`"
    return (
        'put the text in double quotes (`"`)'
        if words
        else f"put a colon behind the name: `rule {at.said(-1)}:`"
    )


def _in_examples(at: Place) -> str:
    if at.tokens[0].key.lower() != "example":
        return ""
    if at.before("patient"):
        return "write `patient age 46 sex F`"
    if at.seen("patient") and not at.seen("given") and at.word in _SEXES:
        return f"write `sex {_SEXES[at.word]}`"
    if _DATE.fullmatch(at.word) and "ON" in at.fitting:
        return f"write `on {at.word}`"
    if re.fullmatch(r"x\d+(\.\d+)?", at.word):
        return f"write `x {at.word[1:]}`"
    if at.before("expect", "") and at.at(-1) in ("nothing", "none", "nil"):
        return "write `expect no findings`"
    if at.ended and at.before("expect", ""):
        return f"say where: `expect {at.said(-1)} on 64643`, or `expect {at.said(-1)} on line 1`"
    if at.word == "expect" and "GIVEN" in at.fitting and "EXPECT" not in at.fitting:
        return "an example needs a line: `given 64643 on 2025-03-01`"
    if at.ended and "EXPECT" in at.fitting and not at.seen("expect"):
        return "say what is to be found: `expect R1 on 64643`, or `expect no findings`"
    if at.before("at"):
        return "write `at place 11`"
    return ""


def _anywhere(at: Place) -> str:
    if at.ended:
        if at.before(","):
            return "take the comma out, or go on in an indented line"
        return "finish the sentence; indent to continue it"
    return ""
