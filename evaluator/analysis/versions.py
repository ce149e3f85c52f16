"""W821 and W822: dated versions of one rule that leave a gap between them, or overlap.

Rules of one file are versions of one another where each has dates of its own, they look at the
same codes with the same sentence but for numbers and lists, and have one name but for what tells
versions apart: a year, a quarter, `V1`, `OLD`. Rules without a name, or that are merely numbered,
must have the same lists as well. Rules of two files are so, too, where the files are one ruleset by
name, with dates of their own.
"""

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice, pairwise

from editwright.evaluator.analysis.claims import claims_that_fire
from editwright.evaluator.analysis.code_sets import are_apart
from editwright.evaluator.analysis.comparing import dates_inside
from editwright.evaluator.analysis.demands import subject_demands
from editwright.evaluator.analysis.finding import claim, finding
from editwright.evaluator.analysis.made_up_lines import moved_to
from editwright.evaluator.analysis.nearness import day_after, day_before
from editwright.evaluator.analysis.party import Party, judged
from editwright.evaluator.analysis.run import Run
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar import checked as c
from editwright.grammar import nodes
from editwright.grammar.codes import PROCEDURE
from editwright.grammar.diagnostics import Diagnostic

_VERSION = re.compile(
    r"[-_.](?:(?:FY|CY)?(?:19|20)\d\d(?:[-_.]?(?:Q[1-4]|\d\d?))?|V\d+(?:[-_.]\d+)*|Q[1-4]|OLD|NEW"
    r"|BEFORE|AFTER)$"
)
_NUMBER = re.compile(r"[-_.]\d{1,2}$")
SEASON = 28
"""Three versions with gaps of more days than this between them come and go on purpose."""


def versions(run: Run) -> Iterator[Diagnostic]:
    """The findings, at the later version."""
    groups: dict[object, list[Party]] = {}
    for party in run.live:
        if party.plain.intervals and party.dates is not None:
            groups.setdefault(_key(party), []).append(party)
    told: set[object] = set()
    for group in groups.values():
        for found in _of_group(run, group) if len(group) > 1 else ():
            # Two files that do not meet are one finding, however many rules they have.
            others = {each.source.name for each in found.labels} - {found.source.name}
            files = (found.code, found.source.name, *others)
            if others and files in told:
                continue
            told.add(files)
            yield found


def _has_own_dates(party: Party) -> bool:
    return any(isinstance(each, nodes.Effective) for each in party.rule.node.clauses)


def _are_versions(one: Party, two: Party) -> bool:
    """Whether two rules of one name are dated as versions are: in one file each by itself, in two
    files of one ruleset each file."""
    if one.rule.source is two.rule.source:
        return _has_own_dates(one) and _has_own_dates(two)
    return (
        one.rule.ruleset is not None
        and two.rule.ruleset is not None
        and one.rule.ruleset.name == two.rule.ruleset.name
    )


def _key(party: Party) -> object:
    rule = party.rule
    name = rule.node.name.text if rule.node.name else ""
    stem = name
    while _VERSION.search(stem):
        stem = _VERSION.sub("", stem)
    numbered = _NUMBER.sub("", stem)
    strict = not name or (stem == name and numbered != stem)
    parts = (party.plain.subject, party.plain.core)
    return (numbered if strict else stem, skeleton(parts, lists=strict))


def skeleton(part: object, *, lists: bool) -> object:
    """A sentence without its numbers and, unless `lists`, without its codes."""
    match part:
        case c.Values():
            return (part.codes, part.minus) if lists else "values"
        case c.Comparison(of, operator, value):
            kept = value if isinstance(value, c.FieldRef) else type(value).__name__
            return ("compare", of, operator, kept)
        case c.Limit():
            likenesses = frozenset(part.likenesses)
            return ("limit", part.counted, part.period, part.unit, likenesses, part.together)
        case c.Moment():
            return ("moment", part.kind, part.direction, part.on, part.anchor)
        case c.Lines(codes, condition, excluded):
            return (
                skeleton(codes, lists=lists), skeleton(condition, lists=lists),
                skeleton(excluded, lists=lists),
            )  # fmt: skip
        case c.Needs(partners, _):
            return ("needs", skeleton(partners, lists=lists))
        case c.Excludes(partners):
            return ("excludes", skeleton(partners, lists=lists))
        case c.Partners(lines, relation, payable):
            moments = tuple(tuple(skeleton(m, lists=lists) for m in g) for g in relation.moments)
            return (skeleton(lines, lists=lists), moments, relation.likenesses, payable)
        case c.Violates(condition) | c.Negation(condition):
            return (type(part).__name__, skeleton(condition, lists=lists))
        case c.Both(tests) | c.Either(tests):
            return (type(part).__name__, tuple(skeleton(each, lists=lists) for each in tests))
        case c.Member(of, values):
            return ("member", of, skeleton(values, lists=lists))
        case tuple():
            return tuple(skeleton(each, lists=lists) for each in part)
        case _:
            return part


def _of_group(run: Run, group: list[Party]) -> Iterator[Diagnostic]:
    known = [(each.dates, each) for each in group if each.dates is not None]
    known.sort(key=lambda each: each[0])
    gaps = [
        (later[0][0] - earlier[0][1]).days - 1
        for earlier, later in pairwise(known)
        if later[0][0] > earlier[0][1]
    ]
    seasonal = len(gaps) > 1 and all(gap >= SEASON for gap in gaps)
    for (dates, earlier), (next_dates, later) in pairwise(known):
        if not _are_versions(earlier, later) or not _same_codes(earlier, later):
            continue
        if next_dates[0] > day_after(dates[1]) and not seasonal:
            found = _gap(earlier, later, dates[1], next_dates[0])
        elif next_dates[0] <= dates[1]:
            found = _overlap(earlier, later, next_dates[0], min(dates[1], next_dates[1]))
        else:
            continue
        if found is not None:
            run.tell(earlier, later)
            yield found


def _same_codes(one: Party, two: Party) -> bool:
    if one.codes is None or two.codes is None:
        return one.codes is two.codes
    return not are_apart(one.codes, two.codes, PROCEDURE)


def _gap(earlier: Party, later: Party, last: date, first: date) -> Diagnostic | None:
    start, end = day_after(last), day_before(first)
    before = _fires_on(earlier, last)
    if before is None or _fires_on(later, first) is None:
        return None
    later_lines = (moved_to(before, start, at) for at in (0, -1))
    lines = next((each for each in later_lines if not judged([earlier, later], each)), None)
    if lines is None:
        return None
    days = f"on {start}" if start == end else f"from {start} to {end}"
    return finding(
        "W821",
        later,
        f"between {earlier.name} and {later.name} there is a gap: neither is in force {days}",
        help=f"let the first end on {end}, or the second begin on {start}",
        others=[earlier],
        claims=[claim([earlier, later], before), claim([earlier, later], lines)],
    )


def _fires_on(party: Party, day: date) -> list[ServiceLine] | None:
    for lines in islice(claims_that_fire(party.plain, day=day), 8):
        if any(lines[at - 1].service_from == day for _, at in judged([party], lines)):
            return lines
    return None


def _overlap(earlier: Party, later: Party, first: date, last: date) -> Diagnostic | None:
    one, two = earlier.plain, later.plain
    nested = dates_inside(later.dates, earlier.dates) or dates_inside(earlier.dates, later.dates)
    apart = earlier.rule.source is not later.rule.source
    if (
        nested
        and not apart
        and (one.subject, one.core, one.exemptions)
        == (
            two.subject,
            two.core,
            two.exemptions,
        )
    ):
        return None  # one covers the other, and that is what is said of them
    parties = [earlier, later]
    for source, other in ((one, two), (two, one)):
        more = subject_demands(other)
        for lines in islice(claims_that_fire(source, more=more, day=first), 12):
            fired = judged(parties, lines)
            days = [day for _, at in fired if (day := lines[at - 1].service_from)]
            if len({rule for rule, _ in fired}) == 2 and all(first <= day <= last for day in days):
                days_shown = f"on {first}" if first == last else f"from {first}"
                days_shown += f" to {last}" if first < last < date.max else ""
                return finding(
                    "W822",
                    later,
                    f"the versions {earlier.name} and {later.name} overlap: both are in force"
                    f" {days_shown}",
                    help=f"let the first end on {day_before(first)}",
                    others=[earlier],
                    claims=[claim(parties, lines)],
                )
    return None
