"""`editwright check`: every problem of rule files, and what their analysis finds.

Errors are always reported. Of warnings and information, those are that `--select` and `--ignore`
leave and that no comment of the files answers.
"""

import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path

from editwright.console import Paint, complain, progress
from editwright.diagnostic_codes import known_codes, section_of
from editwright.diagnostics_out import print_as_json, print_for_github, print_sarif
from editwright.diagnostics_text import closing, print_diagnostics
from editwright.exit_codes import DONE, PROBLEMS, UNUSABLE
from editwright.grammar.check import Checked, check_sources
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.source import Source
from editwright.rule_files import exit_code, read_sources

DEFAULT_SELECTION = ("W",)
_RANK = {"info": 0, "warning": 1, "error": 2}


def check(options: Namespace) -> int:
    """Check the files; 1 where there is an error, or whatever `--fail-on` names."""
    if options.explain is not None:
        return explain(options.explain)
    if not options.files:
        complain("name a rule file, a folder of them, or - for standard input")
        return UNUSABLE
    selected = _selection(options)
    if selected is None:
        return UNUSABLE
    sources = read_sources(options.files)
    checked = check_sources(sources, stand_ins=True)
    if not _analyse(checked, sources, options, selected):
        return UNUSABLE
    _print(checked, sources, options)
    code = exit_code(sources, checked)
    least = _RANK["warning" if options.strict else options.fail_on]
    fails = any(_RANK[each.severity] >= least for each in checked.diagnostics)
    return PROBLEMS if code == DONE and fails else code


def _print(checked: Checked, sources: Sequence[Source | Diagnostic], options: Namespace) -> None:
    match options.format:
        case "json":
            print_as_json(checked.diagnostics)
        case "sarif":
            print_sarif(checked.diagnostics)
        case "github":
            print_for_github(checked.diagnostics)
        case _:
            paint = Paint(options.color, sys.stdout)
            print_diagnostics(checked, paint)
            if checked.samples:
                names = ", ".join(dict.fromkeys(each.name for each in checked.samples))
                print(f"note: these samples were read, since their tables are not there: {names}")
            if sources:
                print(closing(checked, len(sources), paint))


# ---- which findings


def _selection(options: Namespace) -> Callable[[str], bool] | None:
    """Whether a code is asked for; nothing where the options name a code that there is not."""
    select = _codes(options.select) or list(DEFAULT_SELECTION)
    ignore = _codes(options.ignore)
    known = known_codes()
    for given in (*select, *ignore):
        if not any(each.startswith(given) for each in known):
            complain(
                f"there is no code that begins with {given}",
                "name codes or what they begin with: W811, W82, W, I",
            )
            return None
    return lambda code: code.startswith(tuple(select)) and not code.startswith(tuple(ignore))


def _codes(given: Sequence[str]) -> list[str]:
    words = (each.strip().upper() for text in given for each in text.split(","))
    return [each for each in words if each]


def _analyse(
    checked: Checked,
    sources: Sequence[Source | Diagnostic],
    options: Namespace,
    selected: Callable[[str], bool],
) -> bool:
    """Add what the analysis finds and take away what is not asked for; false where the table of
    codes cannot be used."""
    from editwright.evaluator.analysis.suppressions import answered, idle, suppressions_in

    analysed = checked.rules is not None and not options.no_analysis
    code_table = None
    if options.codes is not None:
        from editwright.evaluator.analysis.code_table import read_code_table
        from editwright.grammar.tables import TableError

        try:
            code_table = read_code_table(Path(options.codes))
        except TableError as error:
            complain(f"{options.codes}: {error}")
            return False
    found: list[Diagnostic] = []
    if analysed and checked.rules is not None:
        from editwright.evaluator.analysis.analyse import analyse

        with progress("analysing", quiet=False) as bar:
            found = analyse(checked.rules, selected, code_table, bar)
    told = [
        each for each in checked.diagnostics
        if each.severity == "error" or selected(each.code)
    ]  # fmt: skip
    comments = [
        each for source in sources if isinstance(source, Source) for each in suppressions_in(source)
    ]
    left = answered([*told, *found], comments)
    if analysed and comments and selected("W861"):
        needs_codes = {"W831", "W832"} if code_table is None else set[str]()
        left += idle(
            comments, known_codes(), lambda code: selected(code) and code not in needs_codes
        )
    checked.diagnostics = _in_order(left, sources)
    return True


def _in_order(
    diagnostics: Sequence[Diagnostic], sources: Sequence[Source | Diagnostic]
) -> list[Diagnostic]:
    """By file, and in each by place; what stands in used files comes last."""
    place = {id(each): at for at, each in enumerate(sources) if isinstance(each, Source)}
    return sorted(
        diagnostics,
        key=lambda each: (place.get(id(each.source), len(place)), each.span.start),
    )


# ---- --explain


def explain(code: str) -> int:
    """`editwright check --explain CODE`: the documentation of a code."""
    wanted = code.strip().upper()
    known = known_codes()
    if wanted not in known:
        complain(f"there is no code {code}", f"the codes are {', '.join(known)}")
        return UNUSABLE
    print(section_of(wanted) or f"{wanted}: {known[wanted]}")
    return DONE
