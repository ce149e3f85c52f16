"""Rule files as nodes: every construct of the language, with every word sound in its place.

Written beside `FILES`, such a file has no problem at all.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from attrs import evolve, frozen
from hypothesis import strategies as st

from editwright.grammar import nodes
from editwright.grammar.nodes import (
    AllOf,
    AllowedOnly,
    AnyOf,
    AtMost,
    Because,
    Cites,
    Compare,
    CompareFields,
    Condition,
    DeclaredField,
    Each,
    Effective,
    Example,
    Expected,
    Field,
    GivenLine,
    In,
    IsMissing,
    ListFromFile,
    ListOf,
    Narrowing,
    Not,
    NotAllowed,
    NotAllowedWith,
    One,
    Otherwise,
    Partner,
    Patient,
    Period,
    Present,
    Range,
    Relations,
    RequiresField,
    RequiresPartner,
    Rule,
    RuleFile,
    Ruleset,
    Same,
    Selection,
    Sentence,
    Statement,
    Subject,
    Table,
    Text,
    Unless,
    UnlessPartner,
    Use,
    ValueSet,
    Verb,
    When,
    Who,
    Window,
)
from editwright.grammar.source import Source

FILES = {
    "t.csv": "column_1,column_2,separate,units,effective,deletion,why\n"
    "64643,64642,1,2,2025-01-01,2025-12-31,first\n"
    "J0585,99213,0,3,20250101,*,second\n",
    "used.edits": "codes used_codes = 64642, 64644\nmodifiers used_modifiers = 59, XE\n",
}
"""The files that a drawn rule file names, and what is in them."""

PROCEDURES = ("64642", "64643", "99213", "J0585", "0213T", "77067")
CODES: Mapping[nodes.ListKind, Sequence[str]] = {
    "codes": (*PROCEDURES, "992*", "J*", "6464*"),
    "diagnoses": ("G80.1", "G801", "E11.9", "G80.*", "M54*", "I10"),
    "modifiers": ("59", "25", "LT", "RT", "XE", "AS", "AT", "X*"),
    "places": ("11", "19", "22", "2*"),
    "specialties": ("13", "C0", "207Q00000X", "20*"),
    "revenue codes": ("0450", "0510", "045*"),
    "bill types": ("131", "0851", "85*"),
}
RANGES: Mapping[nodes.ListKind, Sequence[tuple[str, str]]] = {
    "codes": (("99202", "99215"), ("J0585", "J0589"), ("0213T", "0222T")),
    "diagnoses": (("G80.0", "G80.9"), ("S720001", "S720009")),
    "modifiers": (("E1", "E4"),),
    "places": (("21", "24"),),
    "specialties": (("01", "20"),),
    "revenue codes": (("0450", "0459"),),
    "bill types": (("131", "138"),),
}
EXCLUDED: Mapping[nodes.ListKind, Sequence[str]] = {
    "codes": ("99211", "99202", "9920*"), "diagnoses": ("G80.3", "G80.0", "G80.8*"),
    "modifiers": ("E2", "E1"), "places": ("23", "21"), "specialties": ("16", "01"),
    "revenue codes": ("0456", "0457"), "bill types": ("137", "138"),
}  # fmt: skip
"""What may be taken out of a set so that something is left of it."""

LISTS: Mapping[nodes.ListKind, Sequence[str]] = {
    "codes": ("visits", "used_codes"),
    "diagnoses": ("spasticity",),
    "modifiers": ("separate", "used_modifiers"),
    "places": ("facility",),
    "specialties": ("injectors",),
    "revenue codes": ("emergency",),
    "bill types": ("hospital",),
}
FIELD_TYPES = {"plan": "code", "risk": "number", "seen": "date", "remark": "text"}
RULE_NAMES = ("R001", "CHEMO-ADDON", "NCCI.PTP_2", "LINE", "DENY", "AS", "AT", "UNITS", "X")

NUMBERS = ("age", "age in months", "age in days", "units", "charge", "number of modifiers",
           "days from date to received")  # fmt: skip
DATES = ("date", "received")
LISTED: Mapping[str, nodes.ListKind] = {
    "place": "places",
    "modifier": "modifiers",
    "diagnosis": "diagnoses",
    "principal diagnosis": "diagnoses",
    "claim diagnosis": "diagnoses",
    "specialty": "specialties",
    "revenue code": "revenue codes",
    "bill type": "bill types",
}
SPELLED = {
    "sex": ("F", "M"),
    "provider": ("1111111112", "A-1"),
    "billing provider": ("1234567893", "B-2"),
    "group": ("777", "AB-12"),
    "authorization": ("A1", "auth_2"),
    "status": ("denied", "paid"),
    "plan": ("gold", "PPO-1"),
    "remark": ("x1", "y.2"),
}
LIKENESSES = ("provider", "billing provider", "group", "specialty", "modifier", "diagnosis",
              "place", "code")  # fmt: skip

DISPOSITIONS = ("deny", "reject", "pend", "warn", "monitor", "reduce")
EQUALITIES = ("=", "!=")
OPERATORS = (*EQUALITIES, "<", "<=", ">", ">=")


@frozen
class World:
    """What a rule may name: lists and declared fields (`names`), the columns of a row (`row`)."""

    names: bool
    row: bool = False

    def lists(self, kind: nodes.ListKind) -> Sequence[str]:
        return LISTS[kind] if self.names else ()

    def fields(self, *types: str) -> tuple[str, ...]:
        return tuple(name for name, each in FIELD_TYPES.items() if self.names and each in types)


WORLDS = (World(names=False), World(names=True))
Strategy = st.SearchStrategy


# ---- words and texts


def pick(*choices: Any) -> Strategy[Any]:
    return st.sampled_from(choices)


def word(*choices: str) -> Strategy[One]:
    return pick(*choices).map(One)


def some(parts: Strategy[Any], least: int = 0, most: int = 2, **options: Any) -> Strategy[Any]:
    return st.lists(parts, min_size=least, max_size=most, **options).map(tuple)


def maybe(part: Strategy[Any]) -> Strategy[Any]:
    return st.none() | part


def row(*columns: str) -> Strategy[One]:
    return word(*(f"row.{column}" for column in columns))


days = st.dates().map(lambda day: One(day.isoformat()))
day_pairs = st.tuples(st.dates(), st.dates()).map(
    lambda pair: tuple(One(day.isoformat()) for day in sorted(pair))
)
counts = st.integers(1, 400).map(lambda number: One(str(number)))
numbers = counts | word("0", "0.5", "120.00")
number_ranges = st.builds(Range, word("0", "1", "9"), word("9", "17", "99.5"))
letters = st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="{}")
texts = st.text(letters, max_size=20).map(Text)
long_texts = some(
    st.text(letters, max_size=9) | pick("{code}", "{rule}", "{{", "}}", " on ", '"', "\\", "#"),
    most=25,
).map(lambda parts: Text("".join(parts)))


def text_in(world: World, texts: Strategy[Text]) -> Strategy[Text | One]:
    return texts | row("why") if world.row else texts


def count_in(world: World) -> Strategy[One]:
    return counts | row("units") if world.row else counts


@cache
def code_sets(kind: nodes.ListKind, world: World, most: int = 3) -> Strategy[ValueSet]:
    """Codes of a kind, also as prefixes, ranges and lists, now and then without some."""
    values: Strategy[Any] = word(*CODES[kind], *world.lists(kind))
    values |= pick(*(Range(One(first), One(last)) for first, last in RANGES[kind]))
    if world.row and kind == "codes":
        values |= row("column_1", "column_2")
    without = pick((), (), *((One(each),) for each in EXCLUDED[kind]))
    return st.builds(ValueSet, some(values, 1, most), without)


# ---- conditions


@cache
def memberships(world: World, *, negatable: bool) -> Strategy[In]:
    """`modifier 24, 25`, `place not in facility`"""
    negated = st.booleans() if negatable else st.just(False)
    spelled = ["sex", "provider", "billing provider", "group", "authorization", "status"]
    ways = [
        st.builds(
            In, st.just(Field(name)), code_sets(kind, world), negated, with_word_in=st.booleans()
        )
        for name, kind in LISTED.items()
    ]
    for name in (*spelled, *world.fields("code", "text")):
        values: Strategy[Any] = word(*SPELLED[name])
        if name in ("authorization", "status", "plan", "remark"):
            values |= texts
        sets = some(values, 1, 3).map(ValueSet)
        ways.append(st.builds(In, st.just(Field(name)), sets, negated, with_word_in=st.booleans()))
    return st.one_of(ways)


presences = pick(*(Present(Field(name)) for name in (*LISTED, *DATES, "sex", "authorization")))


@cache
def field_tests(world: World) -> Strategy[Condition]:
    """What may stand behind `with`, `without` and `requires`."""
    return memberships(world, negatable=False) | presences


row_tests = pick(
    Compare(Field("row.separate"), "=", One("1")),
    Compare(Field("row.units"), ">", One("2")),
    Compare(Field("units"), "<=", One("row.units")),
    In(Field("row.separate"), ValueSet((One("0"), One("9")))),
    IsMissing(Field("row.deletion"), negated=True),
)


@cache
def tests(world: World) -> Strategy[Condition]:
    """One test, as it stands in a condition."""
    if world.row:
        return row_tests | tests(evolve(world, row=False))
    amounts = pick(*map(Field, (*NUMBERS, *world.fields("number"))))
    moments = pick(*map(Field, (*DATES, *world.fields("date"))))
    facts = pick(*map(Field, (*LISTED, *DATES, *NUMBERS)))
    operators = pick(*OPERATORS)
    amount = numbers | word(*world.fields("number")) if world.names else numbers
    amount_sets = some(numbers | number_ranges, 1, 3).map(ValueSet)
    return st.one_of(
        memberships(world, negatable=True),
        presences,
        st.builds(IsMissing, facts, st.booleans()),
        st.builds(Compare, amounts, operators, amount),
        st.builds(Compare, moments, operators, days),
        st.builds(
            Compare,
            st.just(Field("place")),
            pick(*EQUALITIES),
            word(*CODES["places"], *world.lists("places")),
        ),
        st.builds(CompareFields, amounts, operators, pick(*map(Field, NUMBERS))),
        st.builds(CompareFields, moments, operators, pick(*map(Field, DATES))),
        st.builds(In, amounts, amount_sets, st.booleans(), with_word_in=st.booleans()),
    )


@cache
def conditions(world: World) -> Strategy[Condition]:
    """Tests joined by `and`, `or` and `not`, at most three deep."""
    single = tests(world)
    return single | single | joined(single | joined(single | joined(single)))


def joined(parts: Strategy[Condition]) -> Strategy[Condition]:
    several = some(parts, 2, 3)
    return (
        several.map(lambda each: AllOf(flat(each, AllOf)))
        | several.map(lambda each: AnyOf(flat(each, AnyOf)))
        | st.builds(Not, parts)
    )


def flat(parts: Sequence[Condition], kind: type[AllOf] | type[AnyOf]) -> tuple[Condition, ...]:
    """`a and (b and c)` is read as `a and b and c`."""
    nested = (part.conditions if isinstance(part, kind) else (part,) for part in parts)
    return tuple(part for group in nested for part in group)


# ---- which lines, and how they are related


@cache
def narrowings(world: World) -> Strategy[Narrowing]:
    return st.builds(Narrowing, pick("with", "without"), field_tests(world)) | st.builds(
        Narrowing, st.just("when"), conditions(world)
    )


@cache
def selections(world: World) -> Strategy[Selection]:
    codes = code_sets("codes", world)
    any_line = pick(ValueSet(()), ValueSet((), (One("99211"), One("J0585"))))
    return st.builds(Selection, codes | codes | any_line, some(narrowings(world)))


def windows(world: World, *sides: str | None) -> Strategy[Window]:
    units = pick("days", "months", "years")
    return st.builds(Window, count_in(world), units, pick(*sides), st.booleans())


@cache
def relations(world: World, least: int = 1, most: int = 2) -> Strategy[Relations]:
    moments = st.one_of(
        st.builds(Same, pick("date", "claim", "calendar month", "calendar year")),
        st.builds(nodes.Ever),
        windows(world, None, "before", "after"),
    )
    whens = some(st.builds(When, some(moments, 1, 2)), least, most)
    likenesses = (*LIKENESSES, *world.fields("code", "text"))
    whos = some(st.builds(Who, pick(*likenesses), st.booleans()), unique_by=lambda each: each.what)
    return st.builds(Relations, whens, whos)


@cache
def partners(world: World) -> Strategy[Partner]:
    return st.builds(Partner, selections(world), st.booleans())


# ---- sentences


@cache
def requirements(world: World) -> Strategy[Verb]:
    """`requires`, of which `all of` and `2 of` name their codes one by one."""
    codes = some(word(*PROCEDURES), 2, 4, unique=True).map(ValueSet)
    counted = st.builds(Partner, st.builds(Selection, codes), st.booleans())
    how_many = pick("all", One("2"))
    return st.one_of(
        st.builds(RequiresField, field_tests(world)),
        st.builds(RequiresPartner, counted, how_many, relations(world)),
        st.builds(RequiresPartner, partners(world), st.none(), relations(world)),
    )


@cache
def prohibitions(world: World) -> Strategy[Verb]:
    """`not allowed` and `allowed only`"""
    placed = some(windows(world, "before", "after"), 1, 2)
    return st.one_of(
        st.builds(NotAllowed, some(narrowings(world))),
        st.builds(NotAllowedWith, partners(world), relations(world)),
        st.builds(NotAllowedWith, partners(world), relations(world, 0, 1), placed),
        st.builds(AllowedOnly, some(narrowings(world), 1, 2)),
    )


@cache
def limits(world: World) -> Strategy[Verb]:
    rolling = st.builds(
        Period, st.just("rolling"), count_in(world), pick("days", "months", "years")
    )
    long = st.builds(Period, pick("claim", "calendar month", "calendar year", "lifetime"))
    short = st.builds(Period, pick("line", "day"))
    likenesses = relations(world, 0, 0)
    dates = pick("times", "dates")  # of which a line and a day have only one
    return st.builds(
        AtMost, count_in(world), pick("units", "lines"), short | long | rolling, likenesses
    ) | st.builds(AtMost, count_in(world), dates, long | rolling, likenesses)


@cache
def sentences(world: World) -> Strategy[Sentence]:
    alone = st.builds(Subject, selections(world))
    several = st.builds(Subject, selections(world), pick("each", "together"))
    return st.one_of(
        st.builds(Sentence, alone, requirements(world)),
        st.builds(Sentence, alone, prohibitions(world)),
        st.builds(Sentence, several, limits(world)),
    )


# ---- clauses


@cache
def exemptions(world: World, *, two_lines: bool) -> Strategy[Unless | UnlessPartner]:
    sides = pick("either", "other", None) if two_lines else st.none()
    when = maybe(conditions(world))
    return st.builds(Unless, conditions(world), sides, when) | st.builds(
        UnlessPartner, partners(world), relations(world), when
    )


@cache
def outcomes(*, of_groups: bool, of_limits: bool) -> Strategy[Otherwise]:
    dispositions = DISPOSITIONS if of_limits else DISPOSITIONS[:-1]
    scopes = (None, "line", "claim", *(("all",) * of_groups))
    reasons = some(word("N122", "M15", "MA63")).map(lambda remarks: (One("CO-97"), *remarks))
    return st.builds(Otherwise, pick(*dispositions), pick(*scopes), st.just(()) | reasons)


@cache
def effective(world: World) -> Strategy[Effective]:
    given = day_pairs.map(lambda pair: Effective(pair[0], pair[1])) | st.builds(Effective, days)
    by_row = st.builds(Effective, row("effective"), maybe(row("deletion")))
    return given | by_row if world.row else given


@st.composite
def clauses(draw: st.DrawFn, world: World, verb: Verb) -> tuple[nodes.Clause, ...]:
    """Any number of exemptions and one of each other clause, in any order."""
    two_lines = isinstance(verb, NotAllowedWith)
    of_groups = isinstance(verb, AtMost) and verb.period.kind != "rolling"
    found: list[nodes.Clause] = list(draw(some(exemptions(world, two_lines=two_lines))))
    singles: tuple[Strategy[nodes.Clause], ...] = (
        outcomes(of_groups=of_groups, of_limits=isinstance(verb, AtMost)),
        st.builds(Because, text_in(world, long_texts)),
        st.builds(Cites, text_in(world, texts)),
        effective(world),
    )
    for clause in singles:
        if draw(st.booleans()):
            found.insert(draw(st.integers(0, len(found))), draw(clause))
    return tuple(found)


# ---- statements


@st.composite
def rules(draw: st.DrawFn, world: World, name: str | None = None) -> Rule:
    by_row = name is not None and world.names and draw(st.booleans())
    if by_row:
        world = evolve(world, row=True)
    sentence = draw(sentences(world))
    around = draw(clauses(world, sentence.verb))
    by_row = by_row and "row." in repr((sentence, around))
    return Rule(
        One(name) if name is not None else None,
        draw(maybe(texts)) if name is not None else None,
        Each(One("t"), draw(maybe(word("column_1")))) if by_row else None,
        sentence,
        around,
    )


headings = st.builds(
    Ruleset,
    word("chemodenervation"),
    maybe(texts),
    maybe(effective(World(names=False))),
    maybe(st.builds(Cites, texts)),
)

cell_tests = pick(
    Compare(Field("separate"), "=", Text("1")),
    Compare(Field("units"), ">=", One("2")),
    In(Field("separate"), ValueSet((One("1"), Range(One("2"), One("3"))))),
    Not(IsMissing(Field("deletion"), negated=True)),
    AnyOf((Compare(Field("separate"), "!=", Text("9")), IsMissing(Field("why")))),
)


@cache
def lists(world: World) -> Strategy[ListOf | ListFromFile]:
    """Lists that no rule uses, of codes and of other lists."""
    kinds = [
        st.builds(
            ListOf,
            st.just(kind),
            word(f"more_{kind.replace(' ', '_')}"),
            code_sets(kind, world, 12),
        )
        for kind in LISTS
    ]
    from_file = st.builds(
        ListFromFile,
        st.just("codes"),
        word("codes_of_file"),
        st.just(Text("t.csv")),
        word("column_1", "Column_2"),
        maybe(cell_tests),
    )
    return st.one_of(from_file, *kinds)


PREAMBLE: tuple[Statement, ...] = (
    Use(Text("used.edits")),
    Table(One("t"), Text("t.csv")),
    *(
        ListOf(kind, One(names[0]), ValueSet(tuple(map(One, CODES[kind]))))
        for kind, names in LISTS.items()
    ),
    *(DeclaredField(One(name), One(each)) for name, each in FIELD_TYPES.items()),
)
"""What gives the names of a world with names."""


# ---- examples

patients = st.one_of(
    st.none(),
    st.builds(Patient, counts, st.none(), maybe(word("F", "M"))),
    st.builds(Patient, st.none(), days, maybe(word("F", "M"))),
    st.builds(Patient, st.none(), st.none(), word("F")),
)


@cache
def given_lines(world: World) -> Strategy[GivenLine]:
    values: dict[str, Strategy[One]] = {
        "modifier": word("59", "AS"), "diagnosis": word("G80.1", "E119"),
        "specialty": word("13"), "bill type": word("131"), "charge": numbers,
        "group": word("777"), "authorization": word("A1"), "received": days,
        "status": word("denied"),
    }  # fmt: skip
    if world.names:
        values |= {"plan": word("gold"), "risk": numbers, "seen": days, "remark": word("x1")}
    details = [
        st.builds(
            In,
            st.just(Field(name)),
            some(value, 1, 2 if name in ("modifier", "diagnosis") else 1).map(ValueSet),
        )
        for name, value in values.items()
    ]
    dated = st.builds(
        GivenLine,
        word(*(f"{code}{suffix}" for code in PROCEDURES for suffix in ("", "-LT", "-AT-59"))),
        st.booleans(),
        maybe(word("A", "ON", "7")),
        units=maybe(numbers),
        provider=maybe(word("1111111112", "A-1")),
        place=maybe(word("11", "22")),
        details=some(st.one_of(details), unique_by=lambda each: each.field.name),
    )
    return dated | st.builds(
        lambda line, pair: evolve(line, first=pair[0], last=pair[1]),
        dated,
        day_pairs | days.map(lambda day: (day, None)),
    )


@st.composite
def examples(draw: st.DrawFn, world: World, names: Sequence[str]) -> Example:
    lines = draw(some(given_lines(world), 1, 3))
    could_fire = [number for number, line in enumerate(lines, 1) if not line.history]
    expected: tuple[Expected, ...] = ()
    if names and could_fire:
        expected = draw(some(findings(names, lines, could_fire)))
    return Example(draw(texts), draw(patients), lines, expected)


@st.composite
def findings(
    draw: st.DrawFn, names: Sequence[str], lines: Sequence[GivenLine], could_fire: Sequence[int]
) -> Expected:
    number = draw(pick(*could_fire))
    by_number = draw(st.booleans())
    disposition = draw(pick(None, *DISPOSITIONS))
    return Expected(
        draw(word(*names)),
        One(str(number)) if by_number else None,
        None if by_number else One(lines[number - 1].code.text.split("-")[0]),
        disposition,
        draw(maybe(numbers)) if disposition == "reduce" else None,
    )


@st.composite
def rule_files(draw: st.DrawFn, most: int = 2) -> RuleFile:
    """Files in which names stand above or below their use. Nobody has written them yet: their
    source is empty."""
    world = draw(pick(*WORLDS))
    names = draw(some(pick(*RULE_NAMES), most=most, unique=True))
    found: list[Statement] = [draw(rules(world, name)) for name in names]
    found += draw(some(rules(world), most=most))
    found += draw(some(examples(world, names), most=most))
    found = list(draw(st.permutations(found)))
    if world.names:
        found += draw(some(lists(world), most=most, unique_by=lambda each: each.name))
        found = [*PREAMBLE, *found] if draw(st.booleans()) else [*found, *PREAMBLE]
    if draw(st.booleans()):
        found.insert(0, draw(headings))
    return RuleFile(Source("drawn.edits", ""), tuple(found))
