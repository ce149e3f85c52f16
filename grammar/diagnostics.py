"""What is wrong with a rule file: problems as data, and their one rendering.

Messages are lower case without a full stop, with the author's own words in back-ticks;
`help` says what to do next.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from attrs import frozen

from editwright.grammar.source import Source, Span

MEANING_OF_CODE = {
    "E101": "the file cannot be read as a rule file",
    "E102": "a character that the language does not use",
    "E103": "a text in quotes that does not end",
    "E104": "an indented line with no statement above it",
    "E105": "a statement that is too long or nested too deeply",
    "E201": "a word that does not fit where it stands",
    "E202": "a statement that stops too early",
    "E301": "a code that does not have the shape of its kind",
    "E302": "a range that cannot be",
    "E303": "a date that cannot be",
    "E304": "a number that cannot be",
    "E305": "a name that does not have the shape of a name",
    "E306": "a set of codes that is empty",
    "E307": "an adjustment reason that does not have the field's shape",
    "E308": "a message slot that does not exist",
    "E401": "a list, table, field or column that does not exist",
    "E402": "a list of another kind than its place asks for",
    "E403": "a name that is given twice, or that the language keeps for itself",
    "E404": "a list that contains itself",
    "E405": "a `row` outside a rule for each row of a table",
    "E501": "a relation to a partner that does not say when",
    "E502": "a relation that contradicts or repeats another",
    "E503": "a limit on several codes that does not say how they count",
    "E504": "a clause that the sentence cannot have",
    "E505": "a clause that stands twice",
    "E506": "a comparison that makes no sense for the field",
    "E507": "dates that run backwards",
    "E508": "rules that wait for each other's denials",
    "E601": "a file that a rule file names and that cannot be read",
    "E602": "files that use each other in a circle",
    "E603": "a table whose cells cannot be used",
    "E701": "an example that expects something that cannot be",
    "W801": "a range of diagnosis categories",
    "W802": "a table's cell that is no code",
    "W803": "a limit that nothing can go over",
    "W804": "a table without rows",
}
"""Every stable code with what it stands for; `docs/messages.md` explains each."""

SNIPPET_WIDTH = 100


@frozen(slots=True)
class Label:
    """A second place that helps to understand a problem."""

    source: Source
    span: Span
    text: str


@frozen(slots=True)
class Claim:
    """A claim that shows what a message says: its lines as an example writes them, and what
    becomes of them."""

    lines: tuple[str, ...]
    outcome: tuple[str, ...]
    patient: str = ""


@frozen(slots=True)
class Diagnostic:
    """One problem of a rule file. `here` is what belongs at the caret."""

    code: str
    message: str
    source: Source
    span: Span
    here: str = ""
    help: str = ""
    labels: tuple[Label, ...] = ()
    claims: tuple[Claim, ...] = ()

    @property
    def severity(self) -> str:
        """`error`, `warning` or `info`."""
        return {"W": "warning", "I": "info"}.get(self.code[0], "error")

    @property
    def location(self) -> str:
        """`file:line:column`, both 1-based."""
        line, column = self.source.line_and_column(self.span.start)
        return f"{self.source.name}:{line}:{column}"


class EditError(Exception):
    """Rule files that cannot be used; `diagnostics` lists every problem."""

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(render(each) for each in self.diagnostics))


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """`did you mean ...?` with the nearest candidate, or an empty text."""
    near = nearest(word, candidates)
    return f"did you mean `{near}`?" if near else ""


def nearest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that a slip of the keyboard would turn into `word`, if any is near."""
    unique = sorted(set(candidates))
    by_lower: dict[str, str] = {}
    for candidate in unique:
        by_lower.setdefault(candidate.lower(), candidate)
    close = get_close_matches(word.lower()[:60], list(by_lower), n=1, cutoff=0.66)
    return by_lower[close[0]] if close else None


def render(diagnostic: Diagnostic) -> str:
    """The problem as a person reads it, over several lines, without colour."""
    lines = [
        f"{diagnostic.location}: {diagnostic.severity} {diagnostic.code}: {diagnostic.message}"
    ]
    if diagnostic.source.text:
        lines += _snippet(diagnostic.source, diagnostic.span, diagnostic.here)
    for label in diagnostic.labels:
        line, column = label.source.line_and_column(label.span.start)
        lines.append(f"  note: {label.source.name}:{line}:{column}: {label.text}")
    for claim in diagnostic.claims:
        start, *rest = [*([claim.patient] if claim.patient else []), *claim.lines]
        lines.append(f"  claim: {start}")
        lines += [f"         {each}" for each in rest]
        lines.append(f"         => {'; '.join(claim.outcome)}")
    if diagnostic.help:
        lines.append(f"  help: {diagnostic.help}")
    return "\n".join(lines)


def as_json(diagnostic: Diagnostic) -> dict[str, object]:
    """The problem as plain values for machines."""
    line, column = diagnostic.source.line_and_column(diagnostic.span.start)
    last = max(diagnostic.span.start, diagnostic.span.end)
    end_line, end_column = diagnostic.source.line_and_column(last)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "file": diagnostic.source.name,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "expected": diagnostic.here,
        "help": diagnostic.help,
        "related": [
            {
                "file": label.source.name,
                "line": label.source.line_and_column(label.span.start)[0],
                "column": label.source.line_and_column(label.span.start)[1],
                "message": label.text,
            }
            for label in diagnostic.labels
        ],
        "claims": [
            {"patient": each.patient, "lines": [*each.lines], "outcome": [*each.outcome]}
            for each in diagnostic.claims
        ],
    }


def _snippet(source: Source, span: Span, here: str) -> list[str]:
    line, column = source.line_and_column(span.start)
    text = source.line_text(line).replace("\t", " ")
    first = max(0, column - 1 - SNIPPET_WIDTH // 2) if len(text) > SNIPPET_WIDTH else 0
    window = text[first : first + SNIPPET_WIDTH]
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for character in window
    )
    caret = column - 1 - first
    width = max(1, min(span.end - span.start, len(shown) - caret))
    gutter = f"{line:>4} | "
    pointer = " " * (len(gutter) - 2) + "| " + " " * caret + "^" * width
    return [gutter + shown, f"{pointer} {here}".rstrip()]
