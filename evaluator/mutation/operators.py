"""The changes that a slip of the pen would make: a day, one unit, another relation, a lost word.

One arm for each node that has any. What the changed rule means is for the checker to say; a
change that gives no rule, or the same one, is left out by whoever asked for it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from attrs import evolve

from editwright.evaluator.meaning.dates import shift
from editwright.evaluator.mutation.change import other, parts_of, without
from editwright.grammar import nodes
from editwright.grammar.format import condition, selection, value
from editwright.grammar.nodes import One
from editwright.grammar.source import Span

Changed = Iterator[tuple[Any, str]]
Located = Iterator[tuple[Any, str, Span | None]]

_EDGE: dict[str, Any] = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": "!=", "!=": "="}
_SAME: dict[str, tuple[Any, ...]] = {
    "date": ("claim", "calendar month"),
    "claim": ("date", "calendar year"),
    "calendar month": ("date", "calendar year"),
    "calendar year": ("calendar month",),
}
_PERIOD: dict[str, Any] = {
    "line": "day",
    "day": "claim",
    "claim": "day",
    "calendar month": "calendar year",
    "calendar year": "calendar month",
    "lifetime": "calendar year",
}
_COUNTED: dict[str, Any] = {"units": "lines", "lines": "units", "times": "lines", "dates": "lines"}
_WHO: dict[str, Any] = {
    "provider": "group",
    "billing provider": "provider",
    "group": "provider",
    "specialty": "provider",
}
_DIRECTIONS: tuple[Any, ...] = ("before", "after")
_DISPOSITION: dict[nodes.Disposition, nodes.Disposition] = {
    "deny": "pend",
    "reject": "pend",
    "pend": "deny",
    "warn": "deny",
    "monitor": "warn",
    "reduce": "deny",
}


def slips(node: Any) -> Located:
    """The nodes that may stand in the place of one, each with what was changed in words; where a
    part was dropped, also the place of that part."""
    match node:
        case nodes.Rule():
            yield from _rule(node)
        case nodes.Selection():
            yield from _selection(node)
        case nodes.Relations():
            yield from _relations(node)
        case _:
            yield from ((changed, told, None) for changed, told in _changed(node))


def _changed(node: Any) -> Changed:
    match node:
        case nodes.Effective():
            yield from _effective(node)
        case nodes.Unless():
            yield from _unless(node)
        case nodes.UnlessPartner(when=nodes_when) if nodes_when is not None:
            yield evolve(node, when=None), f"`when {condition(nodes_when)}` is dropped"
        case nodes.Otherwise():
            yield from _otherwise(node)
        case nodes.NotAllowed(narrowings) | nodes.AllowedOnly(narrowings) if len(narrowings) > 1:
            for at in range(len(narrowings)):
                yield evolve(node, narrowings=without(narrowings, at)), "a narrowing is dropped"
        case nodes.Narrowing("with" | "without" as kind):
            turned: Any = "without" if kind == "with" else "with"
            yield evolve(node, kind=turned), f"`{kind}` becomes `{turned}`"
        case nodes.Subject(mode="each" | "together" as mode):
            turned = "together" if mode == "each" else "each"
            yield evolve(node, mode=turned), f"counted `{turned}`"
        case nodes.Partner(payable=payable):
            told = "`payable` is dropped" if payable else "the partner must be payable"
            yield evolve(node, payable=not payable), told
        case nodes.RequiresPartner():
            yield from _how_many(node)
        case nodes.NotAllowedWith(windows=windows) if len(windows) > 1:
            for at in range(len(windows)):
                yield evolve(node, windows=without(windows, at)), "a window is dropped"
        case nodes.AtMost():
            yield from _at_most(node)
        case nodes.When(moments) if len(moments) > 1:
            for at in range(len(moments)):
                yield evolve(node, moments=without(moments, at)), "one of its times is dropped"
        case nodes.Same(what):
            for each in _SAME[what]:
                yield evolve(node, what=each), f"`same {what}` becomes `same {each}`"
        case nodes.Ever():
            yield nodes.Same("calendar year", span=node.span), "`ever` becomes a calendar year"
        case nodes.Window():
            yield from _window(node)
        case nodes.Who(what, different):
            word = "same" if different else "different"
            yield evolve(node, different=not different), f"`{word} {what}`"
            for each in other(what, _WHO):
                yield evolve(node, what=each), f"`{what}` becomes `{each}`"
        case _:
            yield from _condition(node)


def sayable(node: Any) -> bool:
    """Whether the language has words for a node: behind `with` and `requires` there is no
    `not in` and no `is missing`."""
    match node:
        case nodes.RequiresField(condition=test) | nodes.Narrowing("with" | "without", test):
            return isinstance(test, nodes.Present) or (
                isinstance(test, nodes.In) and not test.negated
            )
        case _:
            return all(sayable(part) for part in parts_of(node))


# ---- conditions and sets


def _condition(node: Any) -> Changed:
    match node:
        case nodes.Compare():
            yield from _compare(node)
        case nodes.CompareFields(operator=operator):
            yield (
                evolve(node, operator=_EDGE[operator]),
                f"`{operator}` becomes `{_EDGE[operator]}`",
            )
        case nodes.In(negated=negated):
            told = "`not` is dropped" if negated else "`not in` for `in`"
            yield evolve(node, negated=not negated, with_word_in=True), told
        case nodes.IsMissing(negated=negated):
            told = "`not` is dropped" if negated else "`is not missing` for `is missing`"
            yield evolve(node, negated=not negated), told
        case nodes.Not(inner):
            yield inner, "`not` is dropped"
        case nodes.Present(field):
            yield nodes.IsMissing(field, span=node.span), f"{field.name} must be missing"
        case nodes.AllOf(parts) | nodes.AnyOf(parts):
            turned = nodes.AnyOf if isinstance(node, nodes.AllOf) else nodes.AllOf
            words = ("and", "or") if isinstance(node, nodes.AllOf) else ("or", "and")
            yield turned(parts, span=node.span), f"`{words[0]}` becomes `{words[1]}`"
            for at, part in enumerate(parts):
                left = without(parts, at)
                smaller = left[0] if len(left) == 1 else evolve(node, conditions=left)
                yield smaller, f"`{condition(part)}` is dropped"
        case nodes.ValueSet():
            yield from fewer_values(node)
        case _:
            return


def _compare(node: nodes.Compare) -> Changed:
    operator = node.operator
    edge: Any = _EDGE[operator]
    yield evolve(node, operator=edge), f"`{operator}` becomes `{edge}`"
    if not isinstance(node.value, One):
        return
    # `>= 50` is `> 49`; the other side of the bound is what the changed operator tries.
    step = -1 if operator in (">=", "<") else 1
    stepped = _stepped(node.value, step) or _day_later(node.value, step)
    if stepped is not None:
        told = f"`{node.value.text}` becomes `{stepped.text}`"
        yield evolve(node, value=stepped), told


def fewer_values(node: nodes.ValueSet, *, every: bool = False) -> Changed:
    """A set that has lost a value: the first or the last of each kind, or every one; a range that
    has lost an end; a set without its exceptions."""
    members = node.members
    if len(members) > 1:
        for at in range(len(members)) if every else _first_and_last(members):
            yield evolve(node, members=without(members, at)), f"`{value(members[at])}` is dropped"
    elif members and _kind(members[0]) == "code":
        assert isinstance(members[0], One)
        neighbour = _stepped_code(members[0], 1)
        if neighbour is not None:
            told = f"`{members[0].text}` becomes `{neighbour.text}`"
            yield evolve(node, members=(neighbour,)), told
    for at, each in enumerate(members):
        if isinstance(each, nodes.Range):
            for shorter in _shorter(each):
                replaced = (*members[:at], shorter, *members[at + 1 :])
                told = f"`{value(each)}` becomes `{value(shorter)}`"
                yield evolve(node, members=replaced), told
    for at, each in enumerate(node.excluded):
        told = f"`{value(each)}` is no longer excepted"
        yield evolve(node, excluded=without(node.excluded, at)), told


def _first_and_last(members: tuple[nodes.Value, ...]) -> list[int]:
    """The first and the last of the values of each kind: codes, names of lists, prefixes."""
    found: dict[str, list[int]] = {}
    for at, each in enumerate(members):
        found.setdefault(_kind(each), []).append(at)
    return sorted({at for places in found.values() for at in (places[0], places[-1])})


def _kind(each: nodes.Value) -> str:
    if isinstance(each, nodes.Range):
        return "range"
    if each.text.endswith("*"):
        return "prefix"
    # A name stands for many values; each of them is a word that can be lost.
    return each.text if each.text[:1].islower() or isinstance(each, nodes.Text) else "code"


def _shorter(each: nodes.Range) -> Iterator[nodes.Range | One]:
    for step, end in ((1, each.first), (-1, each.last)):
        moved = _stepped_code(end, step)
        if moved is None:
            continue
        shorter = evolve(each, first=moved) if step > 0 else evolve(each, last=moved)
        if shorter.first.text < shorter.last.text:
            yield shorter
        elif shorter.first.text == shorter.last.text:
            yield shorter.first


def _stepped_code(word: One, step: int) -> One | None:
    head = word.text.rstrip("0123456789")
    digits = word.text[len(head) :]
    if not digits:
        return None
    number = int(digits) + step
    if not 0 <= number < 10 ** len(digits):
        return None
    return evolve(word, text=head + f"{number:0{len(digits)}}")


# ---- which lines, and how many


def _selection(node: nodes.Selection) -> Located:
    for at, each in enumerate(node.narrowings):
        told = f"`{each.kind} {condition(each.condition)}` is dropped"
        yield evolve(node, narrowings=without(node.narrowings, at)), told, each.span


def _how_many(node: nodes.RequiresPartner) -> Changed:
    if node.count == "all":
        yield evolve(node, count=None), "one of them is enough"
    elif node.count is not None:
        for step in (1, -1):
            stepped = _stepped(node.count, step, least=1)
            if stepped is not None:
                told = f"`{node.count.text} of` becomes `{stepped.text} of`"
                yield evolve(node, count=stepped), told


def _at_most(node: nodes.AtMost) -> Changed:
    for step in (1, -1):
        stepped = _stepped(node.number, step)
        if stepped is not None:
            yield evolve(node, number=stepped), f"`{node.number.text}` becomes `{stepped.text}`"
    for counted in other(node.counted, _COUNTED):
        yield evolve(node, counted=counted), f"{counted} are counted, not {node.counted}"
    period = node.period
    for kind in other(period.kind, _PERIOD):
        changed = evolve(period, kind=kind)
        yield evolve(node, period=changed), f"`per {period.kind}` becomes `per {kind}`"
    if period.count is not None and period.unit is not None:
        for count, told in _spans(period.count, period.unit, least=1):
            changed = evolve(period, count=count, unit="days")
            yield evolve(node, period=changed), f"the period is {told}"


# ---- relations


def _relations(node: nodes.Relations) -> Located:
    if len(node.whens) > 1:
        for at in range(len(node.whens)):
            told = "one of its times is dropped"
            yield evolve(node, whens=without(node.whens, at)), told, node.whens[at].span
    for at, who in enumerate(node.whos):
        word = "different" if who.different else "same"
        yield evolve(node, whos=without(node.whos, at)), f"`{word} {who.what}` is dropped", who.span


def _window(node: nodes.Window) -> Changed:
    for count, told in _spans(node.count, node.unit, least=0):
        yield evolve(node, count=count, unit="days"), f"the window is {told}"
    if node.direction is None:
        for direction in _DIRECTIONS:
            yield evolve(node, direction=direction), f"only `{direction}`"
        return
    turned: Any = "after" if node.direction == "before" else "before"
    yield evolve(node, direction=turned), f"`{node.direction}` becomes `{turned}`"
    told = "the same date is out" if node.on else "the same date is in"
    yield evolve(node, on=not node.on), told


def _spans(count: One, unit: nodes.TimeUnit, least: int) -> Iterator[tuple[One, str]]:
    """A day more and a day less; of months and years, which differ in length, more than the
    longest and less than the shortest."""
    if not count.text.isdigit() or int(count.text) > 1200:
        return
    shortest, longest = _lengths(int(count.text), unit)
    for days, told in ((longest + 1, "a day longer"), (shortest - 1, "a day shorter")):
        if days >= least:
            yield evolve(count, text=str(days)), told


@cache
def _lengths(count: int, unit: nodes.TimeUnit) -> tuple[int, int]:
    """The fewest and the most days that some months or years may have."""
    if unit == "days":
        return count, count
    starts = (date(2096, 1, 1) + timedelta(days=each) for each in range(3 * 1461))
    lengths = {(shift(start, count, unit) - start).days for start in starts}
    return min(lengths), max(lengths)


# ---- clauses


def _rule(node: nodes.Rule) -> Located:
    for at, clause in enumerate(node.clauses):
        left = evolve(node, clauses=without(node.clauses, at))
        match clause:
            case nodes.Unless():
                yield left, f"`unless {condition(clause.condition)}` is dropped", clause.span
            case nodes.UnlessPartner(partner):
                yield left, f"`unless with {selection(partner.selection)}` is dropped", clause.span
            case nodes.Effective():
                yield left, "the dates are dropped", clause.span
            case _:
                continue


def _effective(node: nodes.Effective) -> Changed:
    for step, told in ((1, "a day later"), (-1, "a day earlier")):
        first = _day_later(node.first, step)
        last = _day_later(node.last, step) if node.last is not None else None
        if first is not None:
            yield evolve(node, first=first), f"it begins {told}"
        if last is not None:
            yield evolve(node, last=last), f"it ends {told}"


def _unless(node: nodes.Unless) -> Changed:
    yield (
        evolve(node, condition=nodes.Not(node.condition, span=node.condition.span)),
        ("the exemption is turned round"),
    )
    if node.when is not None:
        yield evolve(node, when=None), f"`when {condition(node.when)}` is dropped"
    if node.side == "either":
        yield evolve(node, side=None), "only on the subject line"
        yield evolve(node, side="other"), "only on the other line"
    elif node.side == "other":
        yield evolve(node, side="either"), "on either line"


def _otherwise(node: nodes.Otherwise) -> Changed:
    turned = _DISPOSITION[node.disposition]
    changed = evolve(node, disposition=turned)
    yield changed, f"`{node.disposition}` becomes `{turned}`"
    if node.reasons:
        yield evolve(node, reasons=()), "the reason codes are dropped"
    if node.scope in ("all", "claim"):
        yield evolve(node, scope="line"), f"`{node.scope}` becomes `line`"


# ---- one more, one less


def _stepped(word: nodes.Value, step: int, least: int = 0) -> One | None:
    if not isinstance(word, One):
        return None
    try:
        number = Decimal(word.text) + step
    except InvalidOperation:
        return None
    return evolve(word, text=format(number, "f")) if number >= least else None


def _day_later(word: nodes.Value, step: int) -> One | None:
    if not isinstance(word, One):
        return None
    try:
        moved = date.fromisoformat(word.text) + timedelta(days=step)
    except (ValueError, OverflowError):
        return None
    return evolve(word, text=moved.isoformat())
