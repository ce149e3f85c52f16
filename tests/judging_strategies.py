"""Rule files and members at the edges: what is rare in `evaluation_strategies` is common here.

Tables have up to a dozen rows, cells of fractions and of numbers that nobody writes, and columns
of diagnoses; conditions hold fields of two kinds, and columns, against each other; days are the
calendar's first and last ones.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

from attrs import evolve, frozen
from hypothesis import assume
from hypothesis import strategies as st

from editwright.evaluator.lines.service_line import ServiceLine
from editwright.grammar.checked import CheckedRules
from editwright.grammar.diagnostics import EditError
from tests.evaluation_strategies import (
    OF_LIMITS,
    TABLE_CELLS,
    Author,
    Case,
    Cells,
    Kind,
    below,
    expect_checked,
    members,
)

COLUMN_OF = {
    "place": "place",
    "modifier": "modifier",
    "diagnosis": "dx",
    "claim diagnosis": "dx",
    "principal diagnosis": "dx",
}
"""The column whose cells a field may be held against."""
OTHER: Mapping[str, str] = {
    "place": "11", "modifier": "59", "diagnosis": "G80.*", "claim diagnosis": "spasticity",
    "principal diagnosis": "E11.9",
}  # fmt: skip
CODES_ON_THE_RIGHT = (
    "provider", "billing provider", "group", "place", "specialty", "revenue code", "bill type",
    "sex", "authorization", "principal diagnosis", "status",
)  # fmt: skip


@frozen
class EdgeAuthor(Author):
    """An author with a liking for columns and for what is seldom compared."""

    def values(self, name: str, joints: str = ",") -> str:
        """Values, often of a column, at times with an exception."""
        if not self.in_table or joints == "one" or name not in COLUMN_OF or self.chance(20):
            return super().values(name, joints)
        column, other = f"row.{COLUMN_OF[name]}", OTHER[name]
        plain = (column, f"{column}, {other}", f"{other}, {column}")
        if name not in ("place", "principal diagnosis") and not self.chance(5):
            return self.pick(*plain)  # no kernel judges an exception of a row among several values
        return self.pick(*plain, f"{column} except {other}", f"{other} except {column}")

    def two_fields(self) -> str:
        """A field against another, of another kind too."""
        if self.chance(60):
            left = self.pick("plan", "remark", *CODES_ON_THE_RIGHT)
            return f"{left} {self.pick('=', '!=')} {self.pick(*CODES_ON_THE_RIGHT)}"
        return super().two_fields()

    def interval(self) -> str:
        """Numbers and dates among those of the rows."""
        if not self.in_table or self.chance(30):
            return super().interval()
        name, column = self.pick("units row.number", "date row.first", "age row.number").split()
        other = "2024-02-29" if name == "date" else "2"
        values = self.pick(column, f"{column}, {other}", f"{other} except {column}")
        return f"{name} {self.pick('in', 'not in')} {values}"

    def quantity(self) -> str:
        """A number against another, of several rows too."""
        if self.in_table and self.chance(60):
            return f"{self.pick('units', 'charge', 'risk')} {self.order()} row.number"
        return super().quantity()

    def cell(self) -> str:
        """A column of one or of several rows on the left."""
        missing = f"row.{self.pick('flag', 'number', 'dx')} is {self.pick('', 'not ')}missing"
        by_order = f"row.number {self.order()} {self.pick('1', '0', '2')}"
        by_day = f"row.first {self.order()} 2024-02-28"
        return self.pick(super().cell(), missing, by_order, by_day)

    def test(self) -> str:
        """One test; seldom one of a column against another, which no kernel judges."""
        if self.in_table and self.chance(2):
            return self.pick("row.number < row.number", "row.flag = row.flag", "row.flag = row.dx")
        return super().test()

    def codes(self, column: str) -> str:
        """Procedure codes, with exceptions of and from columns."""
        if self.in_table and self.chance(25):
            return self.pick(
                f"row.{column} except 64643", f"64642 to 64645 except row.{column}",
                f"row.{column}, row.both", "any line except row.code", f"6464* except row.{column}",
            )  # fmt: skip
        return super().codes(column)

    def requires_partner(self) -> str:
        """Partners that must be there, often as many as the rows say."""
        if not self.in_table or self.chance(50):
            return super().requires_partner()
        wanted = self.pick(
            "all of row.both", "all of row.partner", "row.number of blocks",
            "row.number of 64642 to 64645",
        )  # fmt: skip
        payable = self.pick("", "payable ")
        wanted += self.maybe(25, self.narrowing)
        return f"{self.subject()} requires {payable}{wanted} {self.relations()}"

    def rolling_body(self) -> str:
        """`at most` with a window that rolls, often as long as the rows say."""
        if not self.in_table or self.chance(40):
            return super().rolling_body()
        limit = self.limit("row.number days", "row.number months", "row.number years")
        limit = limit.replace("at most row.number", "at most 2") if self.chance(50) else limit
        return limit + self.exemptions(payable=False) + self.consequence(dispositions=OF_LIMITS)


@frozen
class PairAuthor(EdgeAuthor):
    """An author of rules that are found by the codes of two lines."""

    def codes(self, column: str) -> str:
        """One code, or a few."""
        if self.in_table and column != "other":
            return f"row.{column}"
        return self.pick("64643", "64642", "64643, 64645", "extremities", "J0585, 64642")

    def when(self) -> str:
        """The same date mostly."""
        return "same date" if self.chance(60) else super().when()

    def body(self, kind: Kind = "any") -> str:
        """`not allowed with`, and at times what waits for its denials."""
        if self.chance(75):
            return self.excludes_body()
        subject = self.pick("99213", "36000", "64643")
        payable = f"{subject} requires payable {self.lines('other')} {self.relations()}"
        return payable + self.consequence()


# ---- tables

EDGE_CELLS: Mapping[str, Sequence[str]] = {
    **TABLE_CELLS,
    "both": ("64642", "64645", "64642 64645", "blocks", "64643", "64644", ""),
    "dx": ("G80.*", "G80.1", "spasticity", "E119 to E120", "M54.1 G80", "*", ""),
    "partner": (*TABLE_CELLS["partner"], *["64644", "64642", "64643"] * 2),
    "number": ("1", "2", "0", "3", "30", "", "1", "2", "1.5", "0.5", "-1", "-2.5"),
}
ODD_NUMBERS = ("1.00005", "1E+30", "0." + 40 * "3", "400000000000000")
SINGLE: Mapping[str, Sequence[str]] = {
    "code": ("64643", "64642", "64644", "64645"),
    "partner": ("64643", "64642", "64644", "J0585"),
    "both": ("64642", "64643", "64645", ""),
}


@st.composite
def edge_tables(draw: st.DrawFn, single: bool = False) -> Cells:
    """A table of up to a dozen rows; half of them, or all, with a `single` code in a cell, few
    with odd numbers."""
    rows = range(1 + draw(below(12)))
    cells = {**EDGE_CELLS}
    if single or draw(st.booleans()):
        cells |= SINGLE
    if draw(below(40)) == 20:
        cells["number"] = (*cells["number"], *ODD_NUMBERS)
    return {name: [each[draw(below(len(each)))] for _ in rows] for name, each in cells.items()}


# ---- days and numbers


def around(*days: date) -> tuple[date, ...]:
    """Days with the ones beside them."""
    beside = {each.toordinal() + step for each in days for step in (-1, 0, 1)}
    last = date.max.toordinal()
    return tuple(date.min + timedelta(each - 1) for each in sorted(beside) if 0 < each <= last)


WORLDS = (
    around(date(1, 1, 1), date(1, 2, 28), date(1, 1, 31), date(2, 1, 1)),
    around(date(9999, 12, 31), date(9999, 11, 30), date(9999, 2, 28), date(9998, 12, 31)),
    around(date(1970, 1, 1), date(1969, 12, 31), date(1968, 2, 29)),
    around(date(1900, 2, 28), date(1900, 3, 31), date(1899, 12, 31)),
    around(date(2000, 2, 29), date(1999, 2, 28), date(2000, 3, 31), date(2001, 2, 28)),
)
ODD_UNITS = (
    Decimal("-1"), Decimal("0.0001"), Decimal("9999999999"), Decimal("1E+1"), Decimal("-2.5"),
)  # fmt: skip
INEXACT_UNITS = (Decimal("0.00001"), Decimal("1E+20"), Decimal("1." + 40 * "0" + "1"))


@st.composite
def moved(draw: st.DrawFn, lines: Sequence[ServiceLine]) -> tuple[ServiceLine, ...]:
    """Lines with their days at an edge of the calendar, and at times with odd units."""
    world = draw(st.sampled_from(WORLDS))
    days: dict[date, date | None] = {}

    def day(given: date | None) -> date | None:
        if given is None:
            return None
        if given not in days:
            days[given] = draw(st.sampled_from([*world, *world, None]))
        return days[given]

    odd = [*ODD_UNITS, *INEXACT_UNITS * (draw(below(12)) == 7)] if draw(below(4)) == 3 else []
    return tuple(
        evolve(
            line,
            service_from=day(line.service_from),
            received_date=day(line.received_date),
            birth_date=draw(st.sampled_from([line.birth_date, world[0]])),
            units=draw(st.sampled_from(odd)) if odd and draw(below(2)) == 1 else line.units,
        )
        for line in lines
    )


# ---- cases


@st.composite
def edge_rules(
    draw: st.DrawFn, name: str, in_table: bool, kind: Kind, author_of: type[EdgeAuthor]
) -> str:
    """One rule with a name."""
    each = ("row", "code", "flag")[draw(below(3))] if in_table else ""
    author = author_of(draw, by_row=each == "row", by_column=each in ("code", "flag"))
    body = author.body(kind)
    heading = f" for each {each} of t" if "row." in body else ""
    return f"rule {name}{heading}:\n    {body}"


@st.composite
def edge_cases(draw: st.DrawFn, kind: Kind = "any", *, pairs: bool = False) -> Case:
    """A rule file and up to three members at the edges; `pairs`: with rules about two codes."""
    table = draw(edge_tables(single=pairs)) if draw(below(4)) else {}
    author_of = PairAuthor if pairs else EdgeAuthor
    written = tuple(
        draw(edge_rules(f"RULE-{number}", bool(table) and draw(below(4)) > 0, kind, author_of))
        for number in range(1, 2 + draw(below(4)))
    )
    text = "\n".join(written)
    drawn = [draw(members(text, most=9, name=str(at))) for at in range(1 + draw(below(3)))]
    placed = tuple(draw(moved(each)) if draw(st.booleans()) else each for each in drawn)
    return Case(written, placed, table=table)


def checked_or_none(case: Case, folder: Path) -> CheckedRules:
    """The checked rules; a file that says what the language refuses is no example."""
    try:
        return expect_checked(case, folder)
    except EditError:
        assume(False)
        raise
