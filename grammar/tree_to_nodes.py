"""A statement's parse tree and tokens to its node.

After this stage no token is left; what the grammar cannot say (a clause that stands twice in an
example line, say) is still to be checked.
"""

import re
from collections.abc import Callable
from typing import Any, TypeVar

from attrs import evolve

from editwright.grammar import nodes
from editwright.grammar.source import Span
from editwright.grammar.syntax import Tree
from editwright.grammar.tokens import Token

_ESCAPE = re.compile(r"""\\(["\\])""")

_FIELD_WORDS = {
    "age": "age", "sex": "sex", "units": "units", "charge": "charge", "place": "place",
    "modifier": "modifier", "diagnosis": "diagnosis", "specialty": "specialty",
    "provider": "provider", "group": "group", "authorization": "authorization",
    "status": "status", "received": "received", "date": "date",
    "principal_diagnosis": "principal diagnosis", "claim_diagnosis": "claim diagnosis",
    "billing_provider": "billing provider", "revenue_code": "revenue code",
    "bill_type": "bill type", "number_of_modifiers": "number of modifiers",
}  # fmt: skip

_OPERATORS: dict[str, nodes.Operator] = {
    "equal": "=",
    "not_equal": "!=",
    "less": "<",
    "at_least_as_small": "<=",
    "greater": ">",
    "at_least_as_great": ">=",
}

N = TypeVar("N")


class TreeToNodes:
    """Turns the trees of one source's statements into nodes."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.repeated: list[tuple[Span, str]] = []
        """Parts that may stand once and stand again, with what they are."""

    def statement(self, tree: Tree) -> nodes.Statement:
        """The node of a whole statement."""
        child = _tree(tree.children[0])
        build: Callable[[Tree], nodes.Statement] = getattr(self, child.name)
        return build(child)

    # ---- words

    def span(self, tree: Tree) -> Span:
        return Span(self.tokens[tree.first].start, self.tokens[tree.last].end)

    def word(self, tree: Tree) -> nodes.One:
        """The word of a tree that holds nothing else."""
        token = self.tokens[_leaf(tree.children[0])]
        return nodes.One(token.text, span=token.span)

    def quoted(self, tree: Tree) -> nodes.Text:
        token = self.tokens[_leaf(tree.children[0])]
        return nodes.Text(_ESCAPE.sub(r"\1", token.text[1:-1]), span=token.span)

    def value(self, tree: Tree) -> nodes.Value:
        if tree.name == "one":
            return self.word(tree)
        if tree.name == "text":
            return self.quoted(tree)
        first, last = (self.tokens[_leaf(child)] for child in tree.children)
        return nodes.Range(
            nodes.One(first.text, span=first.span),
            nodes.One(last.text, span=last.span),
            span=self.span(tree),
        )

    def value_list(self, tree: Tree) -> tuple[nodes.Value, ...]:
        return tuple([self.value(_tree(child)) for child in tree.children])

    def value_set(self, tree: Tree) -> nodes.ValueSet:
        """Of a `code_set`, `values` or `test_values` tree."""
        lists = [self.value_list(_tree(child)) for child in tree.children]
        return nodes.ValueSet(lists[0], lists[1] if len(lists) > 1 else (), span=self.span(tree))

    # ---- conditions

    def condition(self, tree: Tree) -> nodes.Condition:
        match tree.name:
            case "any_of":
                return self._joined(tree, nodes.AnyOf)
            case "every_one_of":
                return self._joined(tree, nodes.AllOf)
            case "not_":
                return nodes.Not(self.condition(_tree(tree.children[0])), span=self.span(tree))
            case "group_of_conditions" | "negation" | "row_negation":
                return self.condition(_tree(tree.children[0]))
            case _:
                return self.test(tree)

    def _joined(self, tree: Tree, kind: type[nodes.AnyOf] | type[nodes.AllOf]) -> nodes.Condition:
        if len(tree.children) == 1:
            return self.condition(_tree(tree.children[0]))
        parts: list[nodes.Condition] = []
        for child in tree.children:
            part = self.condition(_tree(child))
            parts.extend(part.conditions if isinstance(part, kind) else [part])
        return kind(tuple(parts), span=self.span(tree))

    def test(self, tree: Tree) -> nodes.Condition:
        """Of a `test` or `field_test` tree."""
        span = self.span(tree)
        subject = self.field(_tree(tree.children[0]))
        match tree.name:
            case "compare":
                operator, value = (_tree(child) for child in tree.children[1:])
                return nodes.Compare(
                    subject, _OPERATORS[operator.name], self.value(value), span=span
                )
            case "compare_fields":
                operator, other = (_tree(child) for child in tree.children[1:])
                return nodes.CompareFields(
                    subject, _OPERATORS[operator.name], self.field(other), span=span
                )
            case "is_missing" | "is_not_missing":
                return nodes.IsMissing(subject, tree.name == "is_not_missing", span=span)
            case "in_" | "not_in" | "field_in":
                values = _tree(tree.children[1])
                spelled = values.first - _tree(tree.children[0]).last > 1
                return nodes.In(
                    subject,
                    self.value_set(values),
                    tree.name == "not_in",
                    with_word_in=spelled,
                    span=span,
                )
            case _:
                return nodes.Present(subject, span=span)

    def field(self, tree: Tree) -> nodes.Field:
        span = self.span(tree)
        if tree.name == "any_field":
            return self.field(_tree(tree.children[0]))
        if tree.name == "declared":
            return nodes.Field(self.word(tree).text, span=span)
        if tree.name == "age_in_unit":
            unit = self.tokens[_leaf(tree.children[0])].text
            return nodes.Field("age" if unit == "years" else f"age in {unit}", span=span)
        if tree.name == "days_between":
            first, last = (self._day_field(_tree(child)) for child in tree.children)
            return nodes.Field(f"days from {first} to {last}", span=span)
        return nodes.Field(_FIELD_WORDS[tree.name], span=span)

    def _day_field(self, tree: Tree) -> str:
        return self.word(tree).text if tree.name == "declared" else tree.name

    # ---- subjects, partners, relations

    def selection(self, tree: Tree) -> nodes.Selection:
        span = self.span(tree)
        narrowings = tuple(
            self.narrowing(child) for child in _trees(tree) if child.name in _NARROWINGS
        )
        if tree.name == "any_line":
            excluded = _find(tree, "item_list")
            members = self.value_list(excluded) if excluded else ()
            return nodes.Selection(nodes.ValueSet((), members, span=span), narrowings, span=span)
        return nodes.Selection(self.value_set(_tree(tree.children[0])), narrowings, span=span)

    def narrowing(self, tree: Tree) -> nodes.Narrowing:
        inner = _tree(tree.children[0])
        condition = self.condition(inner) if tree.name == "when" else self.test(inner)
        return nodes.Narrowing(_NARROWINGS[tree.name], condition, span=self.span(tree))

    def subject(self, tree: Tree, trailing_when: Tree | None) -> nodes.Subject:
        """The subject; a `when` at the end of the sentence narrows it as well."""
        selection = self.selection(_tree(tree.children[0]))
        if trailing_when is not None:
            condition = self.condition(_tree(trailing_when.children[0]))
            when = nodes.Narrowing("when", condition, span=self.span(trailing_when))
            selection = evolve(selection, narrowings=(*selection.narrowings, when))
        mode = _SUBJECT_MODES.get(tree.name)
        return nodes.Subject(selection, mode, span=self.span(tree))

    def partner(self, tree: Tree) -> nodes.Partner:
        selection = self.selection(_tree(tree.children[0]))
        return nodes.Partner(selection, tree.name == "payable", span=self.span(tree))

    def relations(self, tree: Tree | None, behind: Tree) -> nodes.Relations:
        """The relations; where there are none, empty ones at the end of `behind`."""
        if tree is None:
            end = self.tokens[behind.last].end
            return nodes.Relations(span=Span(end, end))
        whens: list[nodes.When] = []
        whos: list[nodes.Who] = []
        for child in _trees(tree):
            span = self.span(child)
            if child.name == "when_relation":
                moments = tuple(self.moment(each) for each in _trees(child))
                whens.append(nodes.When(moments, span=span))
            else:
                who = _tree(child.children[0])
                what = self.word(who).text if who.name == "declared" else who.name
                what = what.replace("billing_provider", "billing provider")
                whos.append(nodes.Who(what, child.name == "different", span=span))
        return nodes.Relations(tuple(whens), tuple(whos), span=self.span(tree))

    def moment(self, tree: Tree) -> nodes.Moment:
        span = self.span(tree)
        match tree.name:
            case "moment":
                return self.window(_tree(tree.children[0]))
            case "ever":
                return nodes.Ever(span=span)
            case _:
                return nodes.Same(_SAME[tree.name], span=span)

    def window(self, tree: Tree) -> nodes.Window:
        count, unit, *direction = _trees(tree)
        return nodes.Window(
            self.word(count),
            _TIME_UNITS[unit.name],
            _DIRECTIONS[direction[0].name] if direction else None,
            tree.name == "on_or_within",
            span=self.span(tree),
        )

    # ---- sentences

    def sentence(self, tree: Tree) -> nodes.Sentence:
        subject, verb = _trees(tree)
        inner = _tree(verb.children[0])
        build: Callable[[Tree], nodes.Verb] = getattr(self, "_" + inner.name)
        trailing = _find(inner, "trailing_when")
        return nodes.Sentence(self.subject(subject, trailing), build(inner), span=self.span(tree))

    def _requires_partner(self, tree: Tree) -> nodes.Verb:
        partner = self.partner(_tree(tree.children[0]))
        return self._requires(tree, partner, None)

    def _requires_count(self, tree: Tree) -> nodes.Verb:
        how_many, partner = _trees(tree)[:2]
        return self._requires(tree, self.partner(partner), how_many)

    def _requires_payable_count(self, tree: Tree) -> nodes.Verb:
        how_many, selection = _trees(tree)[:2]
        partner = nodes.Partner(self.selection(selection), True, span=self.span(selection))
        return self._requires(tree, partner, how_many)

    def _requires(self, tree: Tree, partner: nodes.Partner, how_many: Tree | None) -> nodes.Verb:
        count: nodes.One | Any = None
        if how_many is not None:
            all_of = how_many.name == "all_of"
            count = "all" if all_of else self.word(_tree(how_many.children[0]))
        relations = self.relations(_find(tree, "relations"), tree)
        return nodes.RequiresPartner(partner, count, relations, span=self.span(tree))

    def _requires_field(self, tree: Tree) -> nodes.Verb:
        return nodes.RequiresField(self.test(_tree(tree.children[0])), span=self.span(tree))

    def _never_allowed(self, tree: Tree) -> nodes.Verb:
        narrowings = tuple(self.narrowing(child) for child in _trees(tree))
        return nodes.NotAllowed(narrowings, span=self.span(tree))

    def _not_allowed_with(self, tree: Tree) -> nodes.Verb:
        partner = self.partner(_tree(tree.children[0]))
        relations = self.relations(_find(tree, "relations"), tree)
        return nodes.NotAllowedWith(partner, relations, span=self.span(tree))

    def _not_allowed_within(self, tree: Tree) -> nodes.Verb:
        windows, partner = _trees(tree)[:2]
        relations = self.relations(_find(tree, "relations"), tree)
        return nodes.NotAllowedWith(
            self.partner(partner),
            relations,
            tuple(self.window(each) for each in _trees(windows)),
            span=self.span(tree),
        )

    def _allowed_only(self, tree: Tree) -> nodes.Verb:
        narrowings = tuple(self.narrowing(child) for child in _trees(tree))
        return nodes.AllowedOnly(narrowings, span=self.span(tree))

    def _at_most(self, tree: Tree) -> nodes.Verb:
        number, counted, period = _trees(tree)[:3]
        return nodes.AtMost(
            self.word(number),
            _COUNTED[counted.name],
            self._period(period),
            self.relations(_find(tree, "relations"), tree),
            span=self.span(tree),
        )

    def _period(self, tree: Tree) -> nodes.Period:
        kind = _PERIODS[tree.name]
        if kind != "rolling":
            return nodes.Period(kind, span=self.span(tree))
        count, unit = _trees(tree)
        return nodes.Period(kind, self.word(count), _TIME_UNITS[unit.name], span=self.span(tree))

    # ---- clauses

    def clause(self, tree: Tree) -> nodes.Clause:
        inner = _tree(tree.children[0])
        build: Callable[[Tree], nodes.Clause] = getattr(self, "_" + inner.name)
        return build(inner)

    def _unless(self, tree: Tree) -> nodes.Clause:
        return self._exempt(tree, self.condition(_tree(tree.children[0])))

    def _unless_with(self, tree: Tree) -> nodes.Clause:
        return self._exempt(tree, self.test(_tree(tree.children[0])))

    def _unless_without(self, tree: Tree) -> nodes.Clause:
        inner = _tree(tree.children[0])
        return self._exempt(tree, nodes.Not(self.test(inner), span=self.span(inner)))

    def _exempt(self, tree: Tree, condition: nodes.Condition) -> nodes.Clause:
        side = next((_SIDES[child.name] for child in _trees(tree) if child.name in _SIDES), None)
        return nodes.Unless(condition, side, self._exemption_when(tree), span=self.span(tree))

    def _unless_partner(self, tree: Tree) -> nodes.Clause:
        partner = self.partner(_tree(tree.children[0]))
        relations = self.relations(_find(tree, "relations"), tree)
        return nodes.UnlessPartner(
            partner, relations, self._exemption_when(tree), span=self.span(tree)
        )

    def _exemption_when(self, tree: Tree) -> nodes.Condition | None:
        when = _find(tree, "exemption_when")
        return self.condition(_tree(when.children[0])) if when else None

    def _otherwise(self, tree: Tree) -> nodes.Clause:
        disposition, *rest = _trees(tree)
        reasons = _find(tree, "reasons")
        return nodes.Otherwise(
            _DISPOSITIONS[disposition.name],
            next((_SCOPES[each.name] for each in rest if each.name in _SCOPES), None),
            tuple(self.word(each) for each in _trees(reasons)) if reasons else (),
            span=self.span(tree),
        )

    def _because(self, tree: Tree) -> nodes.Because:
        return nodes.Because(self._text(tree), span=self.span(tree))

    def _source(self, tree: Tree) -> nodes.Cites:
        return nodes.Cites(self._text(tree), span=self.span(tree))

    def _text(self, tree: Tree) -> nodes.Text | nodes.One:
        inner = _tree(tree.children[0])
        return self.word(inner) if inner.name == "row_text" else self.quoted(inner)

    def _effective(self, tree: Tree) -> nodes.Effective:
        days = [self.word(each) for each in _trees(tree)]
        last = days[1] if len(days) > 1 else None
        return nodes.Effective(days[0], last, span=self.span(tree))

    # ---- statements

    def ruleset(self, tree: Tree) -> nodes.Statement:
        parts = [_tree(each.children[0]) for each in _trees(tree)[1:]]
        self._note_repeated(parts)
        version = _only(parts, "version")
        effective = _only(parts, "effective")
        source = _only(parts, "source")
        return nodes.Ruleset(
            self.word(_tree(tree.children[0])),
            self.quoted(_tree(version.children[0])) if version else None,
            self._effective(effective) if effective else None,
            self._source(source) if source else None,
            span=self.span(tree),
        )

    def use(self, tree: Tree) -> nodes.Statement:
        return nodes.Use(self.quoted(_tree(tree.children[0])), span=self.span(tree))

    def code_list(self, tree: Tree) -> nodes.Statement:
        kind, name, values = _trees(tree)
        return nodes.ListOf(
            _LIST_KINDS[kind.name], self.word(name), self.value_set(values), span=self.span(tree)
        )

    def list_from_file(self, tree: Tree) -> nodes.Statement:
        kind, name, path, column, *when = _trees(tree)
        return nodes.ListFromFile(
            _LIST_KINDS[kind.name],
            self.word(name),
            self.quoted(path),
            self.word(column),
            self.condition(when[0]) if when else None,
            span=self.span(tree),
        )

    def table(self, tree: Tree) -> nodes.Statement:
        name, path = _trees(tree)
        return nodes.Table(self.word(name), self.quoted(path), span=self.span(tree))

    def field_statement(self, tree: Tree) -> nodes.Statement:
        name, kind = (self.word(each) for each in _trees(tree))
        return nodes.DeclaredField(name, kind, span=self.span(tree))

    def bare_rule(self, tree: Tree) -> nodes.Statement:
        sentence, *clauses = _trees(tree)
        return nodes.Rule(
            None,
            None,
            None,
            self.sentence(sentence),
            tuple([self.clause(each) for each in clauses]),
            span=self.span(tree),
        )

    def rule(self, tree: Tree) -> nodes.Statement:
        title = _find(tree, "quoted")
        sentence = _find(tree, "sentence")
        each = _find(tree, "each_row") or _find(tree, "each_column")
        assert sentence is not None
        return nodes.Rule(
            self.word(_tree(tree.children[0])),
            self.quoted(title) if title else None,
            self._each(each) if each else None,
            self.sentence(sentence),
            tuple(self.clause(child) for child in _trees(tree) if child.name == "clause"),
            span=self.span(tree),
        )

    def _each(self, tree: Tree) -> nodes.Each:
        *column, table = (self.word(child) for child in _trees(tree))
        return nodes.Each(table, column[0] if column else None, span=self.span(tree))

    # ---- examples

    def example(self, tree: Tree) -> nodes.Statement:
        children = _trees(tree)
        patients = [each for each in children if each.name == "patient"]
        expected: list[nodes.Expected] = []
        nothing = [each for each in children if each.name == "expect_nothing"]
        if nothing and len([each for each in children if each.name.startswith("expect")]) > 1:
            self.repeated.append((self.span(nothing[0]), "expect"))
        for child in children:
            if child.name == "expect":
                expected.extend(self._expected(each) for each in _trees(child))
        return nodes.Example(
            self.quoted(children[0]),
            self._patient(patients) if patients else None,
            tuple(self._given(each) for each in children if each.name == "given_line"),
            tuple(expected),
            span=self.span(tree),
        )

    def _patient(self, trees: "list[Tree]") -> nodes.Patient:
        all_parts = [part for tree in trees for part in _trees(tree)]
        self._note_repeated(all_parts)
        parts = {part.name: part for part in all_parts}
        age, born, sex = (parts.get(f"patient_{name}") for name in ("age", "born", "sex"))
        return nodes.Patient(
            self.word(_tree(age.children[0])) if age else None,
            self.word(_tree(born.children[0])) if born else None,
            self.word(_tree(sex.children[0])) if sex else None,
            span=self.span(trees[0]).to(self.span(trees[-1])),
        )

    def _given(self, tree: Tree) -> nodes.GivenLine:
        self._note_repeated([part for part in _trees(tree) if part.name != "with_field"])
        parts = {part.name: part for part in _trees(tree)}
        words = {
            name: [self.word(each) for each in _trees(part)]
            for name, part in parts.items()
            if name in ("claim", "on", "times_units", "by", "at_place")
        }
        on = words.get("on", [])
        return nodes.GivenLine(
            self.word(parts["line_code"]),
            "history" in parts,
            _first(words.get("claim")),
            _first(on),
            on[1] if len(on) > 1 else None,
            _first(words.get("times_units")),
            _first(words.get("by")),
            _first(words.get("at_place")),
            tuple(
                self.test(_tree(part.children[0]))
                for part in _trees(tree)
                if part.name == "with_field"
            ),
            span=self.span(tree),
        )

    def _note_repeated(self, parts: "list[Tree]") -> None:
        seen: set[str] = set()
        for part in parts:
            if part.name in seen:
                self.repeated.append((self.span(part), self.tokens[part.first].text))
            seen.add(part.name)

    def _expected(self, tree: Tree) -> nodes.Expected:
        rule, target, *allowed = _trees(tree)
        word = self.word(_tree(target.children[0]) if target.name == "target_line" else target)
        on_line = target.name == "target_line"
        return nodes.Expected(
            self.word(rule),
            word if on_line else None,
            None if on_line else word,
            _EXPECTED_DISPOSITIONS.get(tree.name),
            self.word(allowed[0]) if allowed else None,
            span=self.span(tree),
        )


_NARROWINGS: dict[str, Any] = {"with_field": "with", "without_field": "without", "when": "when"}
_SUBJECT_MODES: dict[str, Any] = {"each_of": "each", "together": "together"}
_SIDES: dict[str, Any] = {"either_line": "either", "other_line": "other"}
_SAME: dict[str, Any] = {
    "same_date": "date",
    "same_claim": "claim",
    "same_calendar_month": "calendar month",
    "same_calendar_year": "calendar year",
}
_TIME_UNITS: dict[str, Any] = {unit: unit for unit in ("days", "months", "years")}
_DIRECTIONS: dict[str, Any] = {side: side for side in ("before", "after")}
_COUNTED: dict[str, Any] = {each: each for each in ("units", "lines", "times", "dates")}
_PERIODS: dict[str, Any] = {
    "per_line": "line",
    "per_day": "day",
    "per_claim": "claim",
    "per_calendar_month": "calendar month",
    "per_calendar_year": "calendar year",
    "per_lifetime": "lifetime",
    "per_rolling": "rolling",
}
_DISPOSITIONS: dict[str, Any] = {
    each: each for each in ("deny", "reject", "pend", "warn", "monitor", "reduce")
}
_EXPECTED_DISPOSITIONS: dict[str, Any] = {f"expect_{each}": each for each in _DISPOSITIONS}
_SCOPES: dict[str, Any] = {each: each for each in ("line", "all", "claim")}
_LIST_KINDS: dict[str, Any] = {
    "codes": "codes",
    "diagnoses": "diagnoses",
    "modifiers": "modifiers",
    "places": "places",
    "specialties": "specialties",
    "revenue_codes": "revenue codes",
    "bill_types": "bill types",
}


def _tree(child: Tree | int) -> Tree:
    assert isinstance(child, Tree)
    return child


def _leaf(child: Tree | int) -> int:
    assert isinstance(child, int)
    return child


def _trees(tree: Tree) -> list[Tree]:
    return [child for child in tree.children if isinstance(child, Tree)]


def _find(tree: Tree, name: str) -> Tree | None:
    for child in tree.children:
        if isinstance(child, Tree) and child.name == name:
            return child
    return None


def _only(trees: list[Tree], name: str) -> Tree | None:
    return next((each for each in trees if each.name == name), None)


def _first(items: list[N] | None) -> N | None:
    return items[0] if items else None
