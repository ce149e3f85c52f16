"""The problems of rule files, for other programs: JSON, SARIF 2.1.0, and GitHub's annotations."""

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from editwright.console import print_json
from editwright.diagnostic_codes import known_codes
from editwright.grammar.diagnostics import Claim, Diagnostic, as_json
from editwright.grammar.source import Source, Span

SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {"error": "error", "warning": "warning", "info": "note"}
_ANNOTATION = {"error": "error", "warning": "warning", "info": "notice"}


def print_as_json(diagnostics: Sequence[Diagnostic]) -> None:
    """Every problem as plain values, on standard output."""
    problems = [as_json(each) for each in diagnostics]
    print_json({"diagnostics": problems})


def print_sarif(diagnostics: Sequence[Diagnostic]) -> None:
    """One run of SARIF 2.1.0, on standard output."""
    print(json.dumps(as_sarif(diagnostics), indent=2))


def as_sarif(diagnostics: Sequence[Diagnostic]) -> dict[str, object]:
    """One run of SARIF 2.1.0."""
    from editwright import __version__

    meanings = known_codes()
    codes = sorted({each.code for each in diagnostics})
    rules = [
        {
            "id": code,
            "shortDescription": {"text": meanings[code]},
            "help": {"text": f"editwright check --explain {code}"},
            "defaultConfiguration": {"level": _level(code)},
        }
        for code in codes
    ]
    driver = {"name": "editwright", "version": __version__, "rules": rules}
    results = [_result(each, codes.index(each.code)) for each in diagnostics]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def _level(code: str) -> str:
    return {"W": "warning", "I": "note"}.get(code[0], "error")


def _result(diagnostic: Diagnostic, at: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": diagnostic.code,
        "ruleIndex": at,
        "level": _LEVEL[diagnostic.severity],
        "message": {"text": _whole_message(diagnostic)},
        "locations": [{"physicalLocation": _place(diagnostic.source, diagnostic.span)}],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [
            {
                "id": number,
                "message": {"text": label.text},
                "physicalLocation": _place(label.source, label.span),
            }
            for number, label in enumerate(diagnostic.labels, 1)
        ]
    if diagnostic.claims:
        result["properties"] = {"claims": [_claim(each) for each in diagnostic.claims]}
    return result


def _claim(claim: Claim) -> dict[str, object]:
    return {
        "patient": claim.patient,
        "lines": list(claim.lines),
        "outcome": list(claim.outcome),
    }


def _place(source: Source, span: Span) -> dict[str, object]:
    line, column = source.line_and_column(span.start)
    end_line, end_column = source.line_and_column(max(span.start, span.end))
    return {
        "artifactLocation": {"uri": _uri(source)},
        "region": {
            "startLine": line,
            "startColumn": column,
            "endLine": end_line,
            "endColumn": end_column,
        },
    }


def _uri(source: Source) -> str:
    """A path as a URI: relative ones as they are given."""
    if source.path is None:
        return "stdin"
    path = Path(source.name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())


def print_for_github(diagnostics: Sequence[Diagnostic]) -> None:
    """One workflow command a line, on standard output: GitHub shows them in the changed files."""
    for each in diagnostics:
        line, column = each.source.line_and_column(each.span.start)
        end_line, end_column = each.source.line_and_column(max(each.span.start, each.span.end))
        properties = {
            "file": each.source.name,
            "line": line,
            "endLine": end_line,
            **({"col": column, "endColumn": end_column} if line == end_line else {}),
            "title": each.code,
        }
        shown = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
        print(f"::{_ANNOTATION[each.severity]} {shown}::{_escaped(_whole_message(each))}")


def _whole_message(diagnostic: Diagnostic) -> str:
    """The message, the claims that show it, and what to do."""
    lines = [diagnostic.message]
    for claim in diagnostic.claims:
        start = [claim.patient] if claim.patient else []
        lines.append(f"claim: {', '.join([*start, *claim.lines])} => {'; '.join(claim.outcome)}")
    if diagnostic.help:
        lines.append(f"help: {diagnostic.help}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
