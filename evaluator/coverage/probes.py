"""What can be asked of each part of a rule, in the author's words.

A rule's nodes say what is written and where; its checked form says what that means. Both have the
same parts in the same order, and are walked together here.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import assert_never

from attrs import frozen

from editwright.evaluator.coverage import relating
from editwright.evaluator.coverage.situation import Situation
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.meaning.truth import Truth
from editwright.grammar import checked as c
from editwright.grammar import format as written
from editwright.grammar import nodes
from editwright.grammar.source import Span
from editwright.grammar.tables import cell_date

MOST_VALUES = 12
"""A set written in a rule with more values than this is asked about as a whole."""

Ask = Callable[[Situation], Iterator[Truth]]


@frozen(slots=True, eq=False)
class Probe:
    """A question with its answers worth seeing, each in words with what is missing without it."""

    clause: str
    span: Span
    ask: Ask
    answers: tuple[tuple[bool, str, str], ...]


def both_ways(clause: str, span: Span, ask: Ask) -> Probe:
    """A condition, which examples should show held and not held."""
    return Probe(
        clause,
        span,
        ask,
        (
            (True, "held", f"no example where `{clause}` holds"),
            (False, "did not hold", f"no example where `{clause}` does not hold"),
        ),
    )


def once(clause: str, span: Span, what: str, missing: str, ask: Ask) -> Probe:
    """Something that one example should show."""
    return Probe(clause, span, ask, ((True, what, missing),))


def probes_of(rule: c.Rule, shop: Workshop) -> Iterator[Probe]:
    """All questions about a rule, in the order in which it is written."""
    sentence = rule.node.sentence
    fires = (True, "fires", "no example where the rule fires")
    silent = (False, "does not fire", "no example with its code where the rule does not fire")
    yield Probe(
        written.sentence(sentence),
        sentence.span,
        lambda at: iter([at.fires]),
        (fires,) if _always_fires(rule) else (fires, silent),
    )
    selection = sentence.subject.selection
    yield from _values(
        shop, rule, selection.codes, lambda at, values: iter([at.has_code(values)]), "a line with"
    )
    yield from _narrowed(shop, rule, selection.narrowings, rule.subject.condition, Situation.holds)
    yield from _verb(shop, rule, sentence)
    yield from _exemptions(shop, rule)
    for clause in rule.node.clauses:
        if isinstance(clause, nodes.Effective):
            yield from dates(clause, rule.intervals[-1], rule)


def _always_fires(rule: c.Rule) -> bool:
    """Whether a rule fires on every line that has its code."""
    return (
        rule.core == c.Violates(c.ALWAYS)
        and rule.subject.condition == c.ALWAYS
        and not rule.exemptions
    )


# ---- conditions

Holds = Callable[[Situation, c.Test], Iterator[Truth]]


def _narrowed(
    shop: Workshop,
    rule: c.Rule,
    narrowings: Sequence[nodes.Narrowing],
    test: c.Test,
    on: Holds,
) -> Iterator[Probe]:
    for each, part in zip(narrowings, _parts(test, len(narrowings)), strict=True):
        # `without` is `not`, and is asked about as the condition that it turns round.
        asked = part.condition if each.kind == "without" and isinstance(part, c.Negation) else part
        yield from _condition(shop, rule, each.condition, asked, on)


def _parts(test: c.Test, count: int) -> tuple[c.Test, ...]:
    if count == 1:
        return (test,)
    assert isinstance(test, c.Both)
    return test.conditions


def _condition(
    shop: Workshop, rule: c.Rule, node: nodes.Condition, test: c.Test, on: Holds
) -> Iterator[Probe]:
    """The conditions that `and`, `or` and `not` join, each by itself."""
    match node:
        case nodes.AllOf(parts) | nodes.AnyOf(parts):
            assert isinstance(test, c.Both | c.Either)
            for part, inner in zip(parts, test.conditions, strict=True):
                yield from _condition(shop, rule, part, inner, on)
        case nodes.Not(inner_node):
            assert isinstance(test, c.Negation)
            yield from _condition(shop, rule, inner_node, test.condition, on)
        case (
            nodes.In()
            | nodes.Compare()
            | nodes.CompareFields()
            | nodes.IsMissing()
            | nodes.Present()
        ):
            yield both_ways(written.condition(node), node.span, lambda at: on(at, test))
            if isinstance(node, nodes.In):
                yield from _each_value(shop, rule, node, test, on)
        case _:
            assert_never(node)


def _each_value(
    shop: Workshop, rule: c.Rule, node: nodes.In, test: c.Test, on: Holds
) -> Iterator[Probe]:
    """Of a few values written one by one, each should be seen."""
    member = test.condition if isinstance(test, c.Negation) else test
    if not isinstance(member, c.Member) or not 1 < len(node.values.members) <= MOST_VALUES:
        return
    for each in node.values.members:
        values = shop.values(rule, nodes.ValueSet((each,), span=node.span), member.field)
        if values is not None:
            alone = c.Member(member.field, values)
            text = f"{node.field.name} {written.value(each)}"
            yield once(
                text, node.span, "held", f"no example where `{text}` holds", _asking(on, alone)
            )


def _asking(on: Holds, test: c.Test) -> Ask:
    return lambda at: on(at, test)


def _values(
    shop: Workshop,
    rule: c.Rule,
    codes: nodes.ValueSet,
    ask: Callable[[Situation, c.Values], Iterator[Truth]],
    what: str,
) -> Iterator[Probe]:
    if not 1 < len(codes.members) <= MOST_VALUES:
        return
    for each in codes.members:
        values = shop.procedure_codes(rule, nodes.ValueSet((each,), span=codes.span))
        if values is None:
            continue
        text = written.value(each)

        def asked(at: Situation, values: c.Values = values) -> Iterator[Truth]:
            return ask(at, values)

        yield once(text, codes.span, "seen", f"no example has {what} `{text}`", asked)


# ---- verbs


def _verb(shop: Workshop, rule: c.Rule, sentence: nodes.Sentence) -> Iterator[Probe]:
    verb, core = sentence.verb, rule.core
    match verb:
        case nodes.RequiresField(condition):
            assert isinstance(core, c.Violates) and isinstance(core.condition, c.Negation)
            yield from _condition(shop, rule, condition, core.condition.condition, Situation.holds)
        case nodes.NotAllowed(narrowings) if narrowings:
            assert isinstance(core, c.Violates)
            yield from _narrowed(shop, rule, narrowings, core.condition, Situation.holds)
        case nodes.AllowedOnly(narrowings):
            assert isinstance(core, c.Violates) and isinstance(core.condition, c.Negation)
            yield from _narrowed(shop, rule, narrowings, core.condition.condition, Situation.holds)
        case nodes.RequiresPartner(partner, _, relations) | nodes.NotAllowedWith(
            partner, relations
        ):
            assert isinstance(core, c.Needs | c.Excludes)
            windows = verb.windows if isinstance(verb, nodes.NotAllowedWith) else ()
            yield from _partner(shop, rule, partner, relations, windows, core.partners)
        case nodes.AtMost():
            assert isinstance(core, c.Limit)
            yield from _limit(verb, core)
        case nodes.NotAllowed():
            return
        case _:
            assert_never(verb)


def _partner(
    shop: Workshop,
    rule: c.Rule,
    partner: nodes.Partner,
    relations: nodes.Relations,
    windows: Sequence[nodes.Window],
    partners: c.Partners,
) -> Iterator[Probe]:
    yield from _values(
        shop,
        rule,
        partner.selection.codes,
        lambda at, values: at.partner_has(partners, values),
        "a partner",
    )
    yield from _narrowed(
        shop,
        rule,
        partner.selection.narrowings,
        partners.lines.condition,
        lambda at, test: at.holds_on_partners(partners, test),
    )
    groups: list[tuple[nodes.Moment, ...]] = [tuple(windows)] if windows else []
    groups += [when.moments for when in relations.whens]
    for moments, checked in zip(groups, partners.relation.moments, strict=True):
        for moment, each in zip(moments, checked, strict=True):
            text = written.moment(moment)
            yield _in_time(text, moment.span, _at_moment(partners, each), each.kind == "ever")
            if each.kind == "window":
                yield from _window_ends(text, moment.span, partners, each)
    for who, likeness in zip(relations.whos, partners.relation.likenesses, strict=True):
        text = f"{'different' if who.different else 'same'} {who.what}"
        yield both_ways(text, who.span, _alike(partners, likeness))
    if partners.payable:
        yield Probe(
            "payable",
            partner.span,
            lambda at: at.partners_payable(partners),
            (
                (True, "the partner is payable", "no example where the partner is payable"),
                (False, "the partner is denied", "no example where the partner is denied"),
            ),
        )


def _in_time(text: str, span: Span, ask: Ask, always: bool) -> Probe:
    """A relation in time; one that always holds cannot fail to."""
    if always:
        return once(text, span, "held", f"no example where `{text}` holds", ask)
    return both_ways(text, span, ask)


def _at_moment(partners: c.Partners, moment: c.Moment) -> Ask:
    return lambda at: relating.at_moments(at, partners, moment)


def _alike(partners: c.Partners, likeness: c.Likeness) -> Ask:
    return lambda at: relating.alike_or_not(at, partners, likeness)


def _window_ends(text: str, span: Span, partners: c.Partners, moment: c.Moment) -> Iterator[Probe]:
    yield once(
        text,
        span,
        "on its last day",
        f"no example with a partner on the last day of `{text}`",
        lambda at: relating.at_end(at, partners, moment, beyond=False),
    )
    yield once(
        text,
        span,
        "a day beyond it",
        f"no example with a partner one day outside `{text}`",
        lambda at: relating.at_end(at, partners, moment, beyond=True),
    )


def _limit(verb: nodes.AtMost, core: c.Limit) -> Iterator[Probe]:
    text = f"at most {written.value(verb.number)} {verb.counted}"
    yield once(
        text,
        verb.span,
        "exactly reached",
        "no example where the limit is exactly reached",
        lambda at: iter([at.total_is_over_by(0)]),
    )
    yield once(
        text,
        verb.span,
        "exceeded by one",
        "no example where the limit is exceeded by one",
        lambda at: iter([at.total_is_over_by(1)]),
    )
    if core.period != "line":
        period = f"per {written.period(verb.period)}"
        yield _in_time(
            period,
            verb.period.span,
            lambda at: relating.in_periods(at, core),
            core.period == "lifetime",
        )
        if core.period == "rolling":
            yield once(
                period,
                verb.period.span,
                "on its first day",
                f"no example with a line on the first day of `{period}`",
                lambda at: relating.at_start_of_period(at, core, outside=False),
            )
            yield once(
                period,
                verb.period.span,
                "a day before it",
                f"no example with a line one day before `{period}` begins",
                lambda at: relating.at_start_of_period(at, core, outside=True),
            )
    for who, likeness in zip(verb.relations.whos, core.likenesses, strict=True):
        text = f"{'different' if who.different else 'same'} {who.what}"
        yield both_ways(text, who.span, _alike_in_limit(core, likeness))


def _alike_in_limit(core: c.Limit, likeness: c.Likeness) -> Ask:
    return lambda at: relating.alike_in_period(at, core, likeness)


# ---- clauses


def _exemptions(shop: Workshop, rule: c.Rule) -> Iterator[Probe]:
    clauses = [
        each for each in rule.node.clauses if isinstance(each, nodes.Unless | nodes.UnlessPartner)
    ]
    for clause, exemption in zip(clauses, rule.exemptions, strict=True):
        text = written.clause(clause)
        yield Probe(
            text,
            clause.span,
            _exempting(exemption),
            (
                (True, "used", f"no example that `{text}` exempts"),
                (False, "not used", f"no example that `{text}` does not exempt"),
            ),
        )
        if isinstance(clause, nodes.Unless):
            assert isinstance(exemption, c.Exemption)
            sides = exemption.side if isinstance(rule.core, c.Excludes) else None

            def on(at: Situation, test: c.Test, side: str | None = sides) -> Iterator[Truth]:
                return at.holds_on_side(test, side)

            if isinstance(clause.condition, nodes.In):
                yield from _each_value(shop, rule, clause.condition, exemption.condition, on)
            else:
                yield from _condition(shop, rule, clause.condition, exemption.condition, on)
        else:
            assert isinstance(exemption, c.PartnerExemption)
            yield from _partner(
                shop, rule, clause.partner, clause.relations, (), exemption.partners
            )
        if clause.when is not None:
            yield from _condition(shop, rule, clause.when, exemption.when, Situation.holds)


def _exempting(exemption: c.Exemption | c.PartnerExemption) -> Ask:
    return lambda at: at.exempts(exemption)


def dates(
    clause: nodes.Effective, interval: c.Interval, rule: c.Rule | None = None
) -> Iterator[Probe]:
    """The first and the last day of an interval, and the days outside it."""
    text = f"effective {written.value(clause.first)}"
    sides: list[tuple[str, int, str]] = [
        ("first", 0, "on its first day"),
        ("first", -1, "the day before"),
    ]
    if clause.last is not None:
        text += f" to {written.value(clause.last)}"
        sides += [("last", 0, "on its last day"), ("last", 1, "the day after")]
    for end, step, what in sides:
        day = interval.first if end == "first" else interval.last
        if day is None or not _has_dates(day, rule):
            continue
        word = clause.first if end == "first" else clause.last
        assert word is not None
        near = {0: "on", -1: "the day before", 1: "the day after"}[step]
        yield once(
            text,
            clause.span,
            what,
            f"no example has a line {near} {written.value(word)}",
            _on_day(day, step),
        )


def _has_dates(day: c.RowValue | date, rule: c.Rule | None) -> bool:
    """Whether a column has a date in any of its rows; a day is one itself."""
    if not isinstance(day, c.RowValue) or rule is None or rule.table is None:
        return True
    return any(cell_date(cell) for cell in rule.table.columns[day.column].distinct())


def _on_day(day: c.RowValue | object, step: int) -> Ask:
    return lambda at: iter([at.is_near(day, step)])
