"""`# allow W812: why`: comments by which an author answers a finding, and those that answer none.

A comment stands on a line of the statement, or on lines of its own right above it. It may name
several codes. `# allow W841 in this file: why`, anywhere, holds for the whole file. The reason is
not optional: who reads the file next asks for it.
"""

import re
from collections.abc import Callable, Collection, Iterator, Sequence

from attrs import define

from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source, Span
from editwright.grammar.tokens import find_comments

_ALLOW = re.compile(
    r"#\s*allow\s+(?P<codes>[A-Za-z]\d{2,4}(?:\s*,\s*[A-Za-z]\d{2,4})*)"
    r"(?P<file>\s+in\s+this\s+file)?\s*(?P<colon>:)?\s*(?P<reason>.*)",
    re.IGNORECASE,
)
_MAY_ALLOW = re.compile(r"#[^\r\n]*\ballow\s+[A-Za-z]\d", re.IGNORECASE)


@define(eq=False)
class Suppression:
    """One comment: its codes, where it stands, and the lines of the file for which it holds."""

    source: Source
    span: Span
    codes: tuple[str, ...]
    first_line: int
    last_line: int
    reason: str
    used: set[str]

    def answers(self, diagnostic: Diagnostic) -> bool:
        """Whether this comment is about a finding; about one of its rules is enough."""
        if diagnostic.code not in self.codes:
            return False
        places = [(diagnostic.source, diagnostic.span)]
        places += [(each.source, each.span) for each in diagnostic.labels]
        for source, span in places:
            if source is self.source or (source.path and source.path == self.source.path):
                line, _ = source.line_and_column(span.start)
                if self.first_line <= line <= self.last_line:
                    return True
        return False


def suppressions_in(source: Source) -> list[Suppression]:
    """The comments of a file."""
    if _MAY_ALLOW.search(source.text) is None:
        return []
    statements = _statements(source)
    found: list[Suppression] = []
    for comment in find_comments(source.text, 0, len(source.text)):
        match = _ALLOW.match(comment.text)
        if match is None:
            continue
        line, _ = source.line_and_column(comment.start)
        first, last = _reach(statements, line, alone=comment.alone)
        if match["file"]:
            first, last = 1, source.text.count("\n") + 1
        codes = tuple(each.strip().upper() for each in match["codes"].split(","))
        reason = match["reason"].strip() if match["colon"] else ""
        span = Span(comment.start, comment.start + len(comment.text))
        found.append(Suppression(source, span, codes, first, last, reason, set()))
    return found


def _statements(source: Source) -> list[tuple[int, int]]:
    """The first and the last line of each statement."""
    found: list[tuple[int, int]] = []
    for number, line in enumerate(source.text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        if line[0] in " \t" and found:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _reach(statements: Sequence[tuple[int, int]], line: int, *, alone: bool) -> tuple[int, int]:
    """The statement on whose lines a comment stands, or, of one alone, the next."""
    for first, last in statements:
        if first <= line <= last:
            return first, last
        if alone and first > line:
            return first, last
    return line, line


def answered(
    diagnostics: Sequence[Diagnostic], suppressions: Sequence[Suppression]
) -> list[Diagnostic]:
    """The findings that no comment answers. Errors cannot be allowed."""
    left: list[Diagnostic] = []
    by_code: dict[str, list[Suppression]] = {}
    for each in suppressions:
        for code in each.codes:
            by_code.setdefault(code, []).append(each)
    for diagnostic in diagnostics:
        allowed = False
        if diagnostic.severity != "error":
            for each in by_code.get(diagnostic.code, ()):
                if each.answers(diagnostic):
                    each.used.add(diagnostic.code)
                    allowed = True
        if not allowed:
            left.append(diagnostic)
    return left


def idle(
    suppressions: Sequence[Suppression],
    known: Collection[str],
    looked_for: Callable[[str], bool],
) -> Iterator[Diagnostic]:
    """W861: comments that allow what is not there, or give no reason."""
    for each in suppressions:
        if not each.reason:
            codes = ", ".join(each.codes)
            yield _finding(
                each,
                f"this comment allows {codes} and does not say why",
                f"write `# allow {codes}: ` and the reason",
            )
        for code in each.codes:
            if code not in known:
                yield _finding(each, f"there is no finding {code}", "correct the code")
            elif code.startswith("E"):
                yield _finding(
                    each, f"{code} is an error, and cannot be allowed", "correct what it reports"
                )
            elif code not in each.used and looked_for(code):
                yield _finding(
                    each, f"this comment allows {code}, which is not found here", "delete it"
                )


def _finding(each: Suppression, message: str, help: str) -> Diagnostic:
    return Diagnostic("W861", message, each.source, each.span, help=help)
