"""The order in which rules must be judged so that `payable` means something.

`requires payable P` only adds denials as denials spread, so rules that wait for each other
through it share a stratum and are judged again and again until nothing changes. `not allowed
with payable P` loses findings as denials spread, so it must wait until every rule that could
deny P is done: a circle through one has no meaning.
"""

from collections.abc import Sequence

from attrs import define, field

from editwright.grammar.checked import (
    Excludes,
    Limit,
    Lines,
    Needs,
    PartnerExemption,
    RowValue,
    Rule,
    Violates,
)  # fmt: skip
from editwright.grammar.codes import PROCEDURE, CodeSet
from editwright.grammar.diagnostics import Diagnostic, Label
from editwright.grammar.tables import cell_codes


def stratify(rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], ...] | Diagnostic:
    """The strata, first to last; or the problem of a circle through `not allowed with payable`."""
    waiting = [rule for rule in rules if _waits_for(rule)]
    if not waiting:
        return (tuple(rules),) if rules else ()
    deniers = _Deniers.among(rules)
    arrows: dict[Rule, list[tuple[Rule, bool]]] = {rule: [] for rule in rules}
    for rule in waiting:
        for lines, negative in _waits_for(rule):
            found = deniers.of(_codes_of(lines, rule))
            arrows[rule].extend((denier, negative) for denier in found)
    groups = _strongly_connected(rules, arrows)
    for group in groups:
        members = set(group)
        for rule in group:
            if any(negative and other in members for other, negative in arrows[rule]):
                return _problem(_circle(rule, members, arrows))
    return tuple(_levels(groups, arrows))


def _waits_for(rule: Rule) -> list[tuple[Lines, bool]]:
    """The lines whose payability the rule asks about, and whether denials make it fire less."""
    asked: list[tuple[Lines, bool]] = []
    match rule.core:
        case Needs(partners) if partners.payable:
            asked.append((partners.lines, False))
        case Excludes(partners) if partners.payable:
            asked.append((partners.lines, True))
        case Needs() | Excludes() | Violates() | Limit():
            pass
    asked.extend(
        (each.partners.lines, isinstance(rule.core, Limit))
        for each in rule.exemptions
        if isinstance(each, PartnerExemption) and each.partners.payable
    )
    return asked


def _codes_of(lines: Lines, rule: Rule) -> CodeSet | None:
    """The procedure codes of some lines, a table's included; nothing for any line."""
    values = lines.codes
    if values is None and lines.excluded is not None:
        return CodeSet(prefixes=("",), minus=lines.excluded.codes)
    if values is None:
        return None
    if not values.row_values:
        return values.codes
    return CodeSet(parts=(values.codes, *(_column(each, rule) for each in values.row_values)))


def _column(value: RowValue, rule: Rule) -> CodeSet:
    cells = rule.table.columns[value.column].texts if rule.table else ()
    lists = tuple(value.lists.items())
    return CodeSet.of((), parts=(cell_codes(cell, PROCEDURE, lists) for cell in cells))


@define
class _Deniers:
    """The rules that deny, by the codes of the lines that they may deny."""

    by_code: dict[str, list[Rule]] = field(factory=dict)
    others: list[tuple[Rule, CodeSet | None]] = field(factory=list)
    """Those that deny by prefixes and ranges, any line, or whole claims."""

    @classmethod
    def among(cls, rules: Sequence[Rule]) -> "_Deniers":
        found = cls()
        for rule in rules:
            if not rule.denies:
                continue
            denied = None if rule.scope == "claim" else _codes_of(rule.subject, rule)
            codes = None if denied is None else denied.enumerable
            if codes is None:
                found.others.append((rule, denied))
            for code in codes or ():
                found.by_code.setdefault(code, []).append(rule)
        return found

    def of(self, wanted: CodeSet | None) -> list[Rule]:
        """The rules that may deny a line with one of these codes; nothing stands for any."""
        codes = None if wanted is None else wanted.enumerable
        if codes is None:
            known = [code for code in self.by_code if wanted is None or code in wanted]
        else:
            known = [code for code in codes if code in self.by_code]
        found = dict.fromkeys(rule for code in known for rule in self.by_code[code])
        found.update(dict.fromkeys(r for r, denied in self.others if _may_meet(wanted, denied)))
        return list(found)


def _may_meet(one: CodeSet | None, two: CodeSet | None) -> bool:
    return one is None or two is None or one.may_overlap(two)


def _strongly_connected(
    rules: Sequence[Rule], arrows: dict[Rule, list[tuple[Rule, bool]]]
) -> list[list[Rule]]:
    """Tarjan's components, those that others wait for first; without recursion."""
    index: dict[Rule, int] = {}
    low: dict[Rule, int] = {}
    stack: list[Rule] = []
    on_stack: set[Rule] = set()
    groups: list[list[Rule]] = []
    for root in rules:
        if root in index:
            continue
        work = [(root, iter(arrows[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            rule, others = work[-1]
            for other, _negative in others:
                if other not in index:
                    index[other] = low[other] = len(index)
                    stack.append(other)
                    on_stack.add(other)
                    work.append((other, iter(arrows[other])))
                    break
                if other in on_stack:
                    low[rule] = min(low[rule], index[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[rule])
                if low[rule] == index[rule]:
                    at = stack.index(rule)
                    groups.append(stack[at:])
                    on_stack.difference_update(stack[at:])
                    del stack[at:]
    return groups


def _levels(
    groups: list[list[Rule]], arrows: dict[Rule, list[tuple[Rule, bool]]]
) -> list[tuple[Rule, ...]]:
    """Groups that wait for none or the same ones share a stratum."""
    level: dict[Rule, int] = {}
    for group in groups:
        members = set(group)
        waits = [
            level[other] for rule in group for other, _ in arrows[rule] if other not in members
        ]
        for rule in group:
            level[rule] = max(waits, default=-1) + 1
    strata: list[list[Rule]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for group in groups:
        for rule in group:
            strata[level[rule]].append(rule)
    return [tuple(stratum) for stratum in strata]


def _circle(
    rule: Rule, members: set[Rule], arrows: dict[Rule, list[tuple[Rule, bool]]]
) -> list[Rule]:
    """The shortest circle from a rule through `not allowed with payable` back to it, of rules that
    all wait for each other: of those there may be thousands, and a few are to blame."""
    came_from: dict[Rule, Rule] = {
        other: rule for other, negative in arrows[rule] if negative and other in members
    }
    waiting = list(came_from)
    for each in waiting:
        if rule in came_from:
            break
        for other, _negative in arrows[each]:
            if other in members and other not in came_from:
                came_from[other] = each
                waiting.append(other)
    circle = [rule]
    while came_from[circle[-1]] is not rule:
        circle.append(came_from[circle[-1]])
    return circle


def _problem(circle: Sequence[Rule]) -> Diagnostic:
    rule, *others = circle
    shown = ", ".join(f"`{name}`" for name in sorted(each.name for each in circle))
    message = (
        f"the rules {shown} wait for each other's denials, through `not allowed with payable`"
        if others
        else f"the rule `{rule.name}` waits for its own denials, through `not allowed with payable`"
    )
    return Diagnostic(
        "E508",
        message,
        rule.source,
        rule.span,
        here="what is payable here would hang on itself",
        help="leave `payable` out of one of them, or let one `pend` or `warn` instead of deny",
        labels=tuple(Label(each.source, each.span, f"`{each.name}` is here") for each in others),
    )
