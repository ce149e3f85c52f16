"""A report's parts to one HTML page: styles, scripts and data inside, and nothing to fetch.

The page forbids itself the network (a content security policy), and lets only the scripts run that
are put into it here: whatever a rule or a claim says stays text. Data goes in as a JSON island.
"""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

from editwright.evaluator.findings.out import opened
from editwright.evaluator.report.html import Html, element, together

STYLES = ("colours.css", "page.css", "controls.css", "tables.css", "charts.css", "print.css")
LIBRARIES = ("vendor/d3/d3.min.js", "vendor/plot/plot.umd.min.js")
SHARED_SCRIPTS = (
    "elements.js",
    "words.js",
    "theme.js",
    "rule_text.js",
    "charts.js",
    "listing.js",
    "dates.js",
)
"""What every report has, in this order; a report's own scripts come after them."""
RULE_SCRIPTS = ("rule_details.js", "rule_list.js")
"""What a report with a list of rules has before its own script."""


def write_page(page: str, target: str | Path) -> None:
    """Write a page, the whole of it or nothing. Raises `OutputError`."""
    with opened(target) as stream:
        stream.write(page.encode("utf-8", "replace"))


def page(
    *,
    title: str,
    subtitle: Html,
    sections: Sequence[tuple[str, str, Html]],
    data: Mapping[str, object],
    scripts: Sequence[str],
) -> str:
    """The page. `sections` are id, heading and content; `scripts` the report's own."""
    code = [_asset(each) for each in LIBRARIES]
    own = "\n".join(_asset(f"assets/{each}") for each in (*SHARED_SCRIPTS, *scripts))
    code.append(f'(() => {{\n"use strict";\n{own}\n}})();')
    head = together(
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(code)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("title", title),
        element("style", Html("\n".join(_asset(f"assets/{each}") for each in STYLES))),
    )
    contents = element(
        "nav",
        element("ul", [_link(name, heading) for name, heading, _ in sections]),
        aria_label="Sections of this report",
    )
    body = together(
        element("a", "Skip to the report", href="#report", class_="skip"),
        element(
            "header",
            element("div", element("h1", title), subtitle, class_="heading"),
            _colour_choice(),
        ),
        contents,
        element("noscript", element("p", _NO_SCRIPT, class_="notice")),
        element("main", [_section(*each) for each in sections], id="report", tabindex=-1),
        element("script", Html(_island(data)), type="application/json", id="report-data"),
        [element("script", Html(each)) for each in code],
    )
    return f'<!doctype html>\n<html lang="en">\n<head>{head}</head>\n<body>{body}</body>\n</html>\n'


_NO_SCRIPT = (
    "Scripts are switched off for this page: its figures can be read, its charts and the list of "
    "rules cannot be shown."
)


def _link(name: str, heading: str) -> Html:
    return element("li", element("a", heading, href=f"#{name}"))


def _section(name: str, heading: str, content: Html) -> Html:
    title = element("h2", heading, id=f"{name}-heading")
    return element("section", title, content, id=name, aria_labelledby=f"{name}-heading")


def _colour_choice() -> Html:
    choices = (("system", "as the system"), ("light", "light"), ("dark", "dark"))
    return element(
        "div",
        element("label", "Colours", for_="colours"),
        element(
            "select", [element("option", text, value=key) for key, text in choices], id="colours"
        ),
        class_="colours",
    )


def _island(data: Mapping[str, object]) -> str:
    """The data as JSON in which nothing can be taken for the end of its element."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _policy(scripts: Sequence[str]) -> str:
    """Only these scripts run, and nothing is fetched from anywhere."""
    digests = (b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in scripts)
    allowed = " ".join(f"'sha256-{each}'" for each in digests)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _asset(name: str) -> str:
    return (resources.files("editwright.evaluator.report") / name).read_text(encoding="utf-8")
