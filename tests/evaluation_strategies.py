"""Rule files and members to try them on: every sentence of the language over a small world.

Rules are written as the grammar has them, one choice after the other; codes, dates and people are
few, so that lines meet, and a line holds only what some rule asks for.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, assert_never

from attrs import evolve, field, frozen
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.vendor.pretty import RepresentationPrinter

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar.check import check_sources, expect_rules
from editwright.grammar.checked import CheckedRules
from editwright.grammar.source import Source

Cells = Mapping[str, Sequence[str]]
"""The columns of a table."""

HEADER = """\
codes extremities = 64642 to 64645 except 64644
codes primaries = 64642, 64644
codes blocks = primaries, J0585
diagnoses spasticity = G80.*, M54.1
modifiers separate = 59, XE
places facility = 19, 22
specialties neurology = 13
revenue codes emergency = 0450 to 0459
bill types hospital = 13*, 0851
field plan is code
field risk is number
field seen is date
field remark is text
"""


@frozen
class Case:
    """A rule file, the table beside it, and the lines of some members."""

    rules: tuple[str, ...]
    members: tuple[tuple[ServiceLine, ...], ...]
    heading: str = ""
    table: Cells = field(factory=dict)

    @property
    def text(self) -> str:
        """The rule file."""
        table = 'table t from "t.csv"\n' if self.table else ""
        return "\n".join([self.heading, HEADER + table, *self.rules, ""])

    @property
    def lines(self) -> list[ServiceLine]:
        """The lines of all members."""
        return [line for member in self.members for line in member]

    def write_table(self, folder: Path) -> None:
        """Put the table where the rule file looks for it."""
        if self.table:
            cells = io.StringIO()
            writer = csv.writer(cells)
            writer.writerow(self.table)
            writer.writerows(zip(*self.table.values(), strict=True))
            (folder / "t.csv").write_text(cells.getvalue(), encoding="utf-8")

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:
        shown = ["", self.heading, *self.rules]
        if self.table:
            rows = zip(*self.table.values(), strict=True)
            shown += ["--- t.csv", ",".join(self.table), *map(",".join, rows)]
        printer.text("\n".join([*shown, "--- lines", *map(show_line, self.lines), ""]))


def expect_checked(case: Case, folder: Path) -> CheckedRules:
    """The checked rules. A file whose rules wait for each other in a circle is no example."""
    case.write_table(folder)
    checked = check_sources([Source("trial.edits", case.text, folder / "trial.edits")])
    assume(all(each.code != "E508" for each in checked.diagnostics))
    return expect_rules(checked)


def show_line(line: ServiceLine) -> str:
    """What a line holds beside what every line holds."""
    blank = ServiceLine("", 0)
    names = [each for each in ServiceLine.__slots__ if each != "__weakref__"]
    values = {name: getattr(line, name) for name in names}
    return ", ".join(
        f"{name}={value}" for name, value in values.items() if value != getattr(blank, name)
    )


@cache
def below(count: int) -> st.SearchStrategy[int]:
    """A number from 0 on."""
    return st.integers(0, count - 1)


# ---- lines

CODES = (
    *["64643", "64642"] * 3, "64644", "64645", "J0585", "99213", "36000", None,
)  # fmt: skip
CALENDARS = tuple(
    tuple(map(date.fromisoformat, days.split()))
    for days in (
        "2024-02-29 2024-02-29 2024-02-28 2024-03-01 2024-01-31",
        "2024-01-31 2024-02-29 2024-03-31 2024-03-01 2024-03-30",
        "2024-12-31 2025-01-01 2025-01-31 2024-12-01",
        "2024-02-29 2025-02-28 2025-03-01 2024-03-30 2025-01-30",
    )
)
BIRTHDAYS = (
    date(2008, 2, 29), date(2024, 1, 31), date(1959, 3, 1), date(2024, 2, 29), date(1960, 1, 31),
)  # fmt: skip


def one_of(*values: object, missing: int = 1) -> st.SearchStrategy[Any]:
    """One of the values, or at times a missing one."""
    return st.sampled_from([*values, *values, *[None] * missing])


def numbers(*texts: str) -> st.SearchStrategy[Any]:
    """One of the numbers, or at times a missing one."""
    return one_of(*map(Decimal, texts))


def subsets(*values: str) -> st.SearchStrategy[Any]:
    """Up to two of the values, in any order."""
    pairs = [(one, two) for one in values for two in values if one != two]
    return st.sampled_from([(), *((each,) for each in values), *pairs])


DIAGNOSES = subsets("G801", "G80", "E119", "M541")
DETAILS: Sequence[tuple[str, str, st.SearchStrategy[Any]]] = (
    ("modifier", "modifiers", subsets("59", "25", "XE", "LT")),
    ("unit", "units", numbers("1", "2", "3", "1", "2", "0", "1.5", "0.5")),
    ("charge", "charge", numbers("0", "50", "100", "100.50")),
    ("place", "place_of_service", one_of("11", "19", "22")),
    ("diagnosis", "pointed_diagnoses", DIAGNOSES),
    ("claim diagnosis", "diagnoses", DIAGNOSES),
    ("principal", "principal_diagnosis", one_of("G801", "G80", "E119")),
    ("provider", "rendering_provider", one_of("P1", "P2")),
    ("billing", "billing_provider", one_of("P1", "P2")),
    ("group", "group_id", one_of("7", "8")),
    ("specialty", "specialty", one_of("13", "35")),
    ("authorization", "authorization", one_of("A1", missing=2)),
    ("revenue", "revenue_code", one_of("0450", "0360")),
    ("bill type", "bill_type", one_of("131", "851")),
    ("received", "received_date", one_of(*CALENDARS[0])),
    ("status", "status", one_of("paid", "denied", "Denied", "D")),
    ("payable", "status", one_of("paid", "denied", "Denied", "D", "rejected", "DENY", missing=3)),
)
"""What a line may hold: the word that asks for it, its name, and its values."""

DECLARED: Mapping[str, st.SearchStrategy[Any]] = {
    "plan": one_of("GOLD", "SILVER"),
    "risk": numbers("0", "1", "2.5"),
    "seen": one_of(*CALENDARS[0]),
    "remark": one_of("Gold", "gold", "two words"),
}


@st.composite
def members(
    draw: st.DrawFn, rules: str, least: int = 1, most: int = 7, name: str = "1"
) -> tuple[ServiceLine, ...]:
    """All lines of one member, with the fields that the rules mention."""
    count = least + draw(below(most + 1 - least))
    calendar = CALENDARS[draw(below(len(CALENDARS)))]
    whole: dict[str, Any] = {}
    if "sex" in rules:
        whole["sex"] = draw(one_of("F", "M"))
    if "age" in rules:
        whole["birth_date"] = draw(one_of(*BIRTHDAYS, missing=4))
        if whole["birth_date"] is None:
            whole["age_in_years"] = draw(one_of(0, 16, 64, 65))
    lines = [draw(service_lines(rules, calendar)) for _ in range(count)]
    return tuple(
        evolve(
            line, member_id=f"M{name}", claim_id=line.claim_id + name, line_number=number, **whole
        )
        for number, line in enumerate(lines, 1)
    )


@st.composite
def service_lines(draw: st.DrawFn, rules: str, calendar: Sequence[date]) -> ServiceLine:
    """A line whose claim, code and date are shared with others of the member."""
    held = {name: draw(values) for word, name, values in DETAILS if word in rules}
    declared = {name: draw(values) for name, values in DECLARED.items() if name in rules}
    return ServiceLine(
        claim_id="AAB"[draw(below(3))],
        line_number=0,
        procedure_code=CODES[draw(below(len(CODES)))],
        service_from=draw(st.sampled_from([*calendar, *calendar, None])),
        history=draw(below(6)) == 5,
        declared={name: value for name, value in declared.items() if value is not None},
        **held,
    )


# ---- words

VALUES: Mapping[str, Sequence[str]] = {
    "modifier": ("59", "25", "separate", "X*", "59, LT", "separate except 59", "25, separate"),
    "place": ("11", "19", "facility", "1*", "11, 22", "11 to 19", "facility except 19"),
    "diagnosis": ("G80.1", "G801", "G80.*", "spasticity", "G8*", "E119, M54.1", "G80 to G83"),
    "principal diagnosis": ("G80.1", "spasticity", "E11.*", "G80.*", "G80.* except G80"),
    "claim diagnosis": ("G80", "M*", "spasticity except G80.1", "G80.1, E11.9"),
    "specialty": ("13", "35", "neurology", "13, 35"),
    "provider": ("P1", "P2", "P1, P2"),
    "billing provider": ("P1", "P2"),
    "group": ("7", "8", "7, 8"),
    "revenue code": ("0450", "emergency", "045*", "0360, 0450"),
    "bill type": ("131", "0131", "hospital", "13*", "013*", "851, 131"),
    "authorization": ("A1", "A2"),
    "status": ("paid", "denied", "Denied, D"),
    "sex": ("F", "M", "F, M"),
    "plan": ("GOLD", "gold, SILVER"),
    "remark": ('"Gold"', "gold", '"two words", Gold'),
}
"""What a field with codes may be held against; commas join the values."""

QUANTITIES: Mapping[str, Sequence[str]] = {
    "units": ("1", "0", "1.5", "2"),
    "charge": ("50", "0", "100.5"),
    "age": ("16", "65", "0", "64", "1"),
    "age in months": ("1", "2", "0", "192", "12"),
    "age in days": ("60", "59", "61", "5000"),
    "number of modifiers": ("1", "0", "2"),
    "risk": ("1", "0", "2.5"),
    "days from date to received": ("0", "1", "30"),
    "days from seen to date": ("0", "1", "2"),
}
MOMENTS: Mapping[str, Sequence[str]] = dict.fromkeys(
    ("date", "received", "seen"), ("2024-02-29", "2024-03-01", "2024-12-31")
)
COMPARABLE = (("date", "received", "seen"), ("units", "charge", "risk"))
LIKENESSES = (
    "provider", "billing provider", "group", "specialty", "modifier", "diagnosis", "place",
    "code", "plan", "risk", "seen",
)  # fmt: skip
DAYS_IN_FORCE = ("2024-01-31", "2024-02-29 to 2024-12-31", "2024-02-29 to 2024-02-29")
SIDES = ("on either line", "on the other line")
Kind = Literal["any", "alone", "partners", "limits"]
SEVERE, MILD = ("deny", "deny", "reject"), ("pend", "warn", "monitor")
OF_LIMITS = (*MILD, "reduce")


@frozen
class Author:
    """Writes a rule, one choice after the other.

    Where the rule is one `for each row of` a table, its columns stand beside the words;
    `for each COLUMN` takes those that hold codes. Where it may not ask for presence, no condition
    asks whether a field has a value.
    """

    draw: st.DrawFn
    by_row: bool = False
    by_column: bool = False
    presence: bool = True

    @property
    def in_table(self) -> bool:
        """Whether the rule has rows."""
        return self.by_row or self.by_column

    def pick(self, *choices: str) -> str:
        """One of the choices; the first is the simplest."""
        return choices[self.draw(below(len(choices)))]

    def chance(self, percent: int) -> bool:
        """True so often."""
        return self.draw(below(100)) >= 100 - percent

    def one_way(self, *ways: Callable[[], str]) -> str:
        """One of the ways to go on."""
        return ways[self.draw(below(len(ways)))]()

    def maybe(self, percent: int, way: Callable[[], str]) -> str:
        """What the way gives, behind a blank, or nothing."""
        return " " + way() if self.chance(percent) else ""

    # ---- conditions

    def values(self, name: str, joints: str = ",") -> str:
        """Values of a field with codes: joined with `,`, with `or` too, or only `one`."""
        texts = list(VALUES[name])
        if name in ("place", "modifier") and self.in_table and self.chance(60):
            texts = [f"row.{name}", f"row.{name}, {texts[0]}"]
        if joints == "one":
            texts = [each for each in texts if "," not in each and " " not in each.strip('"')]
        text = self.pick(*texts)
        return text.replace(", ", " or ") if joints == ", or" and self.chance(50) else text

    def field_test(self) -> str:
        """Behind `with`, `without` and `requires`: `or` joins values too."""
        if self.presence and self.chance(15):
            return self.pick("authorization", "modifier", "principal diagnosis", "received")
        common = ["modifier", "place"] if self.in_table or self.chance(30) else list(VALUES)
        name = self.pick(*common)
        return f"{name}{self.pick('', ' in')} {self.values(name, ', or')}"

    def test(self) -> str:
        """One test of a condition."""
        ways = [self.member, self.member, self.member, self.quantity, self.quantity, self.moment,
                self.two_fields, self.interval]  # fmt: skip
        ways += [self.missing, self.present] * self.presence
        return self.one_way(*ways, *[self.cell] * 4 * self.in_table)

    def member(self) -> str:
        """A field with codes among some."""
        name = self.pick(*VALUES)
        operator = self.pick("", " in", " not in", " =", " !=")
        return f"{name}{operator} {self.values(name, 'one' if '=' in operator else ',')}"

    def order(self) -> str:
        """An operator."""
        return self.pick("=", "!=", "<", "<=", ">", ">=")

    def quantity(self) -> str:
        """A number against another; often an age."""
        name = self.pick(*QUANTITIES, "age", "age in months")
        by_row = self.by_row and self.chance(50)
        return f"{name} {self.order()} {'row.number' if by_row else self.pick(*QUANTITIES[name])}"

    def moment(self) -> str:
        """A date against another."""
        name = self.pick(*MOMENTS)
        by_row = self.by_row and self.chance(50)
        return f"{name} {self.order()} {'row.first' if by_row else self.pick(*MOMENTS[name])}"

    def missing(self) -> str:
        """Whether there is a value."""
        name = self.pick(*VALUES, *QUANTITIES, *MOMENTS)
        return f"{name} is {self.pick('', 'not ')}missing"

    def two_fields(self) -> str:
        """A field against another."""
        if self.chance(30):
            return f"provider {self.pick('=', '!=')} billing provider"
        names = COMPARABLE[self.draw(below(2))]
        return f"{self.pick(*names)} {self.order()} {self.pick(*names)}"

    def interval(self) -> str:
        """A number or a date among some."""
        operator = self.pick("in", "not in")
        if self.chance(30):
            days = self.pick("2024-02-29 to 2024-12-31", "2024-02-28")
            return f"{self.pick('date', 'seen')} {operator} {days}"
        return f"units {operator} {self.pick('1 to 2', '0, 2', '0.5 to 2 except 1', '1.5')}"

    def present(self) -> str:
        """A field that stands alone."""
        return self.pick("authorization", "modifier", "specialty", "principal diagnosis")

    def cell(self) -> str:
        """A column of the row on the left."""
        if self.by_row and self.chance(40):
            by_order = f"row.number {self.order()} {self.pick('1', '0', '2')}"
            return self.pick("row.flag is missing", "row.flag is not missing", by_order)
        return f"row.flag {self.pick('= 1', '!= 1', '0, 1', 'in 1', 'not in 0')}"

    def condition(self) -> str:
        """Tests with `and`, `or`, `not` and parentheses."""
        first = self.pick("", "", "", "not ") + self.test()
        if self.chance(70):
            return first
        second, third = self.test(), self.test()
        joint, other = self.pick("and", "or"), self.pick("and", "or")
        return self.pick(
            f"{first} {joint} {second}",
            f"{first} {joint} not ({second} {other} {third})",
            f"{first} or {second} and {third}",
        )

    # ---- lines

    def codes(self, column: str) -> str:
        """The procedure codes of lines."""
        if self.in_table and self.chance(80):
            return self.pick(f"row.{column}", f"row.{column}", f"row.{column}, J0585")
        if self.chance(12):
            return self.pick("any line", "any line", "any line except primaries")
        return self.pick(
            "64643", "64642", "64643", "64642", "6464*", "64642, 64643", "64643 or 64645",
            "primaries", "blocks", "64642 to 64644", "extremities", "J0585", "99213", "36000",
            "extremities except 64642", "J0585, primaries except 64644", "J* or 99213",
        )  # fmt: skip

    def narrowing(self) -> str:
        """`with`, `without` or `when`"""
        if self.chance(40):
            return f"when {self.condition()}"
        return f"{self.pick('with', 'without')} {self.field_test()}"

    def lines(self, column: str) -> str:
        """Which lines: codes, and at times what narrows them."""
        return self.codes(column) + self.maybe(30, self.narrowing) + self.maybe(7, self.narrowing)

    def subject(self) -> str:
        """The lines that a rule is about."""
        return self.lines("code")

    def trailing(self) -> str:
        """At times a condition on the subject, at the end of the sentence."""
        return self.maybe(10, lambda: f"when {self.condition()}")

    # ---- relations

    def window(self, directed: bool = False) -> str:
        """`within 3 days before`"""
        count = self.pick(
            "1 day", "2 days", "30 days", "31 days", "1 month", "2 months", "11 months",
            "12 months", "1 year", "0 days", "366 days", "0 months", "9999 years",
            *["row.number days", "row.number months"] * 4 * self.in_table,
        )  # fmt: skip
        direction = self.pick("before", "after", *[""] * (not directed))
        return f"{self.pick('', 'on or ')}within {count} {direction}".rstrip()

    def when(self) -> str:
        """When the partner is."""
        moments = [self.moment_of_partner() for _ in range(1 + self.chance(15))]
        return " or ".join(moments)

    def moment_of_partner(self) -> str:
        """One relation in time."""
        if self.chance(45):
            return self.window()
        calendar = self.pick("month", "year")
        return self.pick(
            "same date", "same date", "same claim", f"same calendar {calendar}", "ever"
        )

    def who(self) -> str:
        """What two lines have in common or not."""
        names = [self.pick(*LIKENESSES) for _ in range(1 + self.chance(20))]
        return ", ".join(
            f"{self.pick('same', 'same', 'different')} {name}" for name in dict.fromkeys(names)
        )

    def alike(self) -> str:
        """At times something in common."""
        return f", {self.who()}" if self.chance(30) else ""

    def relations(self) -> str:
        """A "when", at times a second one, at times something in common."""
        second = f", {self.when()}" if self.chance(8) else ""
        return self.when() + second + self.alike()

    # ---- sentences

    def requires_partner(self) -> str:
        """Partners that must be there."""
        partners = self.lines("partner")
        if self.chance(35):
            many = ["2 of 64642, 64643, J0585", "2 of primaries", "2 of 6464*", "3 of blocks",
                    "2 of 64642 to 64645", "all of 64643 or 64645", "all of blocks",
                    "all of primaries except 64644", "1 of 64642, 64644"]  # fmt: skip
            if self.in_table:
                many = [
                    "all of row.both",
                    "all of row.both, 64644",
                    "2 of row.both, J0585",
                    "2 of blocks",
                ]
                many += ["row.number of blocks"] * self.by_row
            partners = self.pick(*many) + self.maybe(25, self.narrowing)
        payable = self.pick("", "payable ")
        return f"{self.subject()} requires {payable}{partners} {self.relations()}{self.trailing()}"

    def excludes_partner(self, payable: str = "") -> str:
        """Partners that must not be there."""
        subject, partners = self.subject(), payable + self.lines("partner")
        if self.chance(60):
            return f"{subject} not allowed with {partners} {self.relations()}{self.trailing()}"
        windows = self.window(directed=True)
        if self.chance(20):
            windows += f" or {self.window(directed=True)}"
        more = f", {self.when()}" if self.chance(10) else self.alike()
        return f"{subject} not allowed {windows} {partners}{more}"

    def excludes_payable_far_away(self) -> str:
        """Payable partners that the rule itself does not deny."""
        subject = self.pick("99213", "J0585, 36000")
        partners = self.pick("64642", "extremities", "6464*", "64642 to 64644 with modifier 59")
        return f"{subject} not allowed with payable {partners} {self.relations()}"

    def alone(self) -> str:
        """A sentence about one line."""
        verb = self.one_way(
            lambda: f"requires {self.field_test()}{self.trailing()}",
            lambda: f"not allowed {self.narrowing()}{self.maybe(20, self.narrowing)}",
            lambda: f"allowed only {self.narrowing()}{self.maybe(20, self.narrowing)}",
            lambda: "not allowed",
        )
        return f"{self.subject()} {verb}"

    def limit(self, *periods: str) -> str:
        """A limit; where there are several codes it says how they count."""
        single = "row.code" if self.in_table else "64643"
        subject = self.one_way(
            lambda: f"{self.subject()} together",
            lambda: f"each of {self.subject()}",
            lambda: single + self.maybe(30, self.narrowing),
        )
        return f"{subject} {self.at_most(*periods)}"

    def at_most(self, *periods: str) -> str:
        """A limit from its verb on."""
        number = self.pick("1", "2", "0", "3", *["row.number"] * 6 * self.in_table)
        counted = self.pick("units", "units", "lines", "times", "dates")
        if counted == "units" and not self.in_table and self.chance(20):
            number = self.pick("0.5", "1.5", "2.5")
        period = self.pick(*periods)
        return f"at most {number} {counted} per {period}{self.alike()}{self.trailing()}"

    # ---- clauses

    def exemptions(self, sides: Sequence[str] = (), payable: bool = True) -> str:
        """At times one `unless`, at times two."""
        written = ""
        for percent in (40 if sides else 25, 8):
            if self.chance(percent):
                written += f"\n    unless {self.exemption(sides, payable)}"
                written += self.maybe(25, lambda: f"when {self.condition()}")
        return written

    def exemption(self, sides: Sequence[str], payable: bool) -> str:
        """What stands behind `unless`."""
        if self.chance(30):
            is_payable = payable and self.chance(40)
            return f"with {'payable ' * is_payable}{self.lines('partner')} {self.relations()}"
        side = " " + self.pick(*sides) if sides and self.chance(60) else ""
        if self.chance(30):
            return f"{self.pick('with', 'without')} {self.field_test()}{side}"
        return f"{self.condition()}{side}"

    def otherwise(self, dispositions: Sequence[str], *scopes: str) -> str:
        """What follows. `reduce all` would ask for two things at once."""
        disposition, scope = self.pick(*dispositions), self.pick("", *scopes)
        scope = "" if (disposition, scope) == ("reduce", "all") else scope
        return f"\n    otherwise {disposition} {scope}".rstrip()

    def effective(self) -> str:
        """When the rule holds, if not always."""
        if not self.chance(40 if self.in_table else 15):
            return ""
        columns = ["row.first to row.last", "row.first", "2024-02-29 to row.last"]
        return f"\n    effective {self.pick(*columns * self.in_table, *DAYS_IN_FORCE)}"

    # ---- rules

    def body(self, kind: Kind = "any") -> str:
        """A sentence with its clauses.

        Where a rule fires less as more is denied, either it denies nothing, or what it denies
        lies far from what it waits for: else most files would have a circle.
        """
        partners = [self.requires_body, self.excludes_body, self.waiting_body, self.far_away_body]
        limits = [self.limit_body, self.rolling_body]
        match kind:
            case "any":
                return self.one_way(self.alone_body, *partners[:3] * 2, partners[3], *limits)
            case "alone":
                return self.alone_body()
            case "partners":
                return self.one_way(*partners[:3] * 2, partners[3])
            case "limits":
                return self.one_way(*limits)
            case _:
                assert_never(kind)

    def consequence(self, *scopes: str, dispositions: Sequence[str] = MILD) -> str:
        """Any disposition, and the days in force."""
        if self.chance(40):
            return self.effective()
        return self.otherwise((*SEVERE, *dispositions), "line", "claim", *scopes) + self.effective()

    def alone_body(self) -> str:
        """A rule about one line"""
        return self.alone() + self.exemptions() + self.consequence()

    def far_away_body(self) -> str:
        """`not allowed with payable`, where what is denied is far from it"""
        return self.excludes_payable_far_away() + self.exemptions(payable=False)

    def excludes_body(self) -> str:
        """`not allowed with`"""
        return self.excludes_partner() + self.exemptions(SIDES) + self.consequence()

    def waiting_body(self) -> str:
        """`not allowed with payable`"""
        rule = self.excludes_partner("payable ") + self.exemptions(SIDES)
        return rule + self.otherwise(MILD, "line", "claim") + self.effective()

    def requires_body(self) -> str:
        """`requires` with a partner"""
        return self.requires_partner() + self.exemptions(SIDES[:1]) + self.consequence()

    def limit_body(self) -> str:
        """`at most` for a stretch of the calendar, a claim or a line"""
        months = f"calendar {self.pick('month', 'year')}"
        limit = self.limit("day", "day", "claim", months, "lifetime", "line")
        if self.chance(20):
            mild = self.otherwise(OF_LIMITS, "line", "claim", "all")
            return limit + self.exemptions(payable=True) + mild + self.effective()
        what = self.consequence("all", "all", "all", dispositions=OF_LIMITS)
        return limit + self.exemptions(payable=False) + what

    def rolling_body(self) -> str:
        """`at most` with a window that rolls"""
        periods = ["1 day", "2 days", "30 days", "1 month", "2 months", "11 months", "1 year"]
        periods += ["row.number days"] * 4 * self.by_row
        what = self.consequence(dispositions=OF_LIMITS)
        return self.limit(*periods) + self.exemptions(payable=False) + what


# ---- rule files

CELLS_OF_CODES = ("64643", "64642", "64643", "64642", "6464*", "64642 to 64644", "")
TABLE_CELLS: Mapping[str, Sequence[str]] = {
    "code": (*CELLS_OF_CODES, "64645", "primaries", "64645 64644"),
    "partner": (*CELLS_OF_CODES, "64644", "blocks", "64643,64644", "*", "J0585, 64642 to 64644"),
    "both": ("64642", "64642 64645", "64642, 64644", "blocks", ""),
    "place": ("11", "19", "facility", ""),
    "modifier": ("59", "25", "separate", ""),
    "flag": ("1", "0", ""),
    "number": ("1", "2", "0", "3", "30", ""),
    "first": ("2024-02-28", "20240229", "2024-01-01", "2024-01-01", ""),
    "last": ("2025-12-31", "2024-02-29", "20240301", "*", ""),
}
"""The columns of tables; `number` counts units, days and codes, so it is whole."""

HEADINGS = (
    "", "", "", "", 'ruleset trial version "1"', "ruleset trial effective 2024-02-29",
    "ruleset trial effective 2024-01-31 to 2024-12-31",
)  # fmt: skip


@st.composite
def tables(draw: st.DrawFn) -> Cells:
    """A table of one to four rows."""
    rows = range(1 + draw(below(4)))
    return {
        name: [cells[draw(below(len(cells)))] for _ in rows] for name, cells in TABLE_CELLS.items()
    }


@st.composite
def rules(draw: st.DrawFn, name: str, in_table: bool, kind: Kind) -> str:
    """One rule, with a name or without."""
    if in_table:
        each = ("row", "row", "code", "code", "flag")[draw(below(5))]
        author = Author(draw, by_row=each == "row", by_column=each != "row")
        by_row = author.body(kind)
        heading = f" for each {each} of t" if "row." in by_row else ""
        return f"rule {name}{heading}:\n    {by_row}"
    body = Author(draw).body(kind)
    return body if draw(below(3)) == 0 else f"rule {name}:\n    {body}"


@st.composite
def cases(draw: st.DrawFn, most_rules: int = 5, kind: Kind = "any") -> Case:
    """A rule file and two members."""
    table = draw(tables()) if draw(below(3)) == 2 else {}
    count = 1 + draw(below(most_rules))
    in_table = [bool(table) and (number == 0 or draw(below(2)) == 1) for number in range(count)]
    written = tuple(
        draw(rules(f"RULE-{number}", each, kind)) for number, each in enumerate(in_table, 1)
    )
    two = tuple(draw(members("\n".join(written), name=name)) for name in "12")
    return Case(written, two, HEADINGS[draw(below(len(HEADINGS)))], table)
