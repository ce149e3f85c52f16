"""Words to numbers, dates, names and code sets, each with its own message where it is none."""

import re
from datetime import date
from decimal import Decimal

from attrs import define

from editwright.grammar import codes, nodes
from editwright.grammar.checked import FieldRef, FieldType, RowValue, Scalar, Values
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.diagnostics import did_you_mean, nearest
from editwright.grammar.fields import FIELDS, field_meant
from editwright.grammar.names import Names
from editwright.grammar.problems import Problems
from editwright.grammar.source import Span
from editwright.grammar.tables import Column, TableData, cell_date, cell_number

DEEPEST_LISTS = 40

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_RULE_NAME = re.compile(r"(?=.*[A-Z])[A-Z0-9]+(?:[-_.]+[A-Z0-9]+)*")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_NUMBER_WORDS = dict(
    zip(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ],
        range(13),
        strict=True,
    )
)
_CELL_WORD = re.compile(r"[^\s,;|]+")
_HYPHENED = re.compile(r"([A-Z0-9]{3,8}|[A-Z][A-Z0-9.]{2,7}?)(?:-|\.\.\.?)([A-Z0-9][A-Z0-9.]{2,7})")


@define
class Literals:
    """Reads the words of one rule (or statement), knowing which names and columns it may use."""

    problems: Problems
    names: Names
    row: "RowScope | None" = None

    # ---- numbers, dates, names

    def number(
        self, word: nodes.One, what: str, *, whole: bool = False, least: int = 0
    ) -> Decimal | None:
        """A number; `whole` for one without decimals."""
        text = word.text
        if _NUMBER.fullmatch(text) and not (whole and "." in text):
            value = Decimal(text)
            if value >= least:
                return value
            self.problems.add(
                "E304",
                f"`{text}` is too small for {what}",
                word.span,
                here=f"at least {least}",
                help=f"write `{least}` or more",
            )
            return None
        spelled = _NUMBER_WORDS.get(text.lower())
        self.problems.add(
            "E304",
            f"`{text}` is not a {'whole ' if _NUMBER.fullmatch(text) else ''}number",
            word.span,
            here=f"expected {what}",
            help=f"write `{spelled}`"
            if spelled is not None
            else f"write a range as `{text.replace('-', ' to ')}`"
            if re.fullmatch(r"\d+-\d+", text) and not whole
            else ("write a whole number in digits" if whole else "write a number in digits"),
        )
        return None

    def count(self, word: nodes.One, what: str, least: int = 1) -> int | RowValue | None:
        """A whole number or a column of the row."""
        if word.row_column is not None:
            return self.row_value(word, "number", None)
        value = self.number(word, what, whole=True, least=least)
        if value is not None and value > 36525:
            self.problems.add(
                "E304", f"`{word.text}` is too large for {what}", word.span, here="at most 36525"
            )
            return None
        return None if value is None else int(value)

    def date(self, word: nodes.One) -> date | None:
        """A calendar date."""
        match = _DATE.fullmatch(word.text)
        if match is None:
            self.problems.add(
                "E303",
                f"`{word.text}` is not a date",
                word.span,
                here="expected year-month-day",
                help=f"write `{meant}`"
                if (meant := _date_meant(word.text))
                else "write `2025-03-01` for the first of March 2025",
            )
            return None
        year, month, day = (int(part) for part in match.groups())
        try:
            return date(year, month, day)
        except ValueError:
            wrong = (
                f"there is no month {month}"
                if not 1 <= month <= 12
                else f"month {month} of {year} has no day {day}"
                if year
                else "there is no year 0"
            )
            self.problems.add(
                "E303",
                f"`{word.text}` is not a date: {wrong}",
                word.span,
                help="write year-month-day, as in `2025-03-01`",
            )
            return None

    def name(self, word: nodes.One, what: str) -> str | None:
        """A lower-case name."""
        if _NAME.fullmatch(word.text):
            return word.text
        better = re.sub(r"[^a-z0-9]+", "_", word.text.lower()).strip("_")
        self.problems.add(
            "E305",
            f"`{word.text}` cannot name {what}",
            word.span,
            here="expected lower-case letters, digits and `_`",
            help=f"write `{better}`" if _NAME.fullmatch(better) else "begin with a letter",
        )
        return None

    def rule_name(self, word: nodes.One) -> str | None:
        """An upper-case rule name."""
        if _RULE_NAME.fullmatch(word.text):
            return word.text
        better = word.text.upper()
        self.problems.add(
            "E305",
            f"`{word.text}` cannot name a rule",
            word.span,
            here="expected upper-case letters, digits, `-`, `_` and `.`",
            help=f"write `{better}`" if _RULE_NAME.fullmatch(better) else "use at least one letter",
        )
        return None

    # ---- columns of the row

    def row_value(
        self, word: nodes.One | nodes.Field, type: FieldType, kind: Kind | None
    ) -> RowValue | None:
        """`row.column`, where the rule has rows and they have the column."""
        text = word.text if isinstance(word, nodes.One) else word.name
        column = text[4:].lower()
        if self.row is None:
            self.problems.add(
                "E405",
                f"`{text}` has a meaning only in a rule `for each row of` a table",
                word.span,
                help="begin the rule with `rule NAME for each row of TABLE:`",
            )
            return None
        if not self.row.has(column):
            columns = ", ".join(f"`{each}`" for each in self.row.columns[:12])
            self.problems.add(
                "E401",
                f"the table `{self.row.table}` has no column `{column}`",
                word.span,
                help=did_you_mean(column, self.row.columns) or f"its columns are {columns}",
            )
            return None
        if type == "code":
            self._warn_of_odd_codes(column, kind, word.span)
        elif not self.cells_fit(column, type, word.span):
            return None
        return RowValue(column, type, kind, self.names.lists_of(kind))

    def cells_fit(self, column: str, type: FieldType, span: Span) -> bool:
        """Whether every cell of a column can be read as a number or a date."""
        assert self.row is not None
        read = cell_number if type == "number" else cell_date
        cells = self.row.data.columns[column] if self.row.data else Column.of(())
        for cell in cells.distinct():
            try:
                read(cell)
            except ValueError:
                self.problems.add(
                    "E603",
                    f"row {list(cells).index(cell) + 1} of the table `{self.row.table}` has"
                    f" `{str(cell)[:40]}` in `{column}`, which is not a {type}",
                    span,
                    help="write dates as `2025-03-01` and numbers in digits",
                )
                return False
        return True

    def _warn_of_odd_codes(self, column: str, kind: Kind | None, span: Span) -> None:
        """A code without the shape of its kind matches nothing: spreadsheets drop zeros."""
        if kind is None or kind.list_kind is None or self.row is None or self.row.data is None:
            return
        lists = self.names.lists_of(kind)
        cells = self.row.data.columns[column]
        odd = [
            (cell, word)
            for cell in cells.distinct()
            if cell is not None and not kind.fits(cell)
            for word in _CELL_WORD.findall(cell)
            if not _may_be_code(word, kind) and word not in lists
        ]
        if odd:
            cell, word = odd[0]
            more = f" (and {len(odd) - 1} more such codes)" if len(odd) > 1 else ""
            self.problems.add(
                "W802",
                f"row {list(cells).index(cell) + 1} of the table `{self.row.table}` has"
                f" `{word[:40]}` in `{column}`, which is no {kind.noun} and matches nothing{more}",
                span,
                help="check the table; spreadsheets drop leading zeros",
            )

    # ---- sets of values

    def values(self, written: nodes.ValueSet, field: FieldRef) -> Values | None:
        """The values that a field is held against."""
        members = self._members(written.members, field)
        if not written.excluded:
            return members
        excluded = self._members(written.excluded, field)
        if members is None or excluded is None:
            return None
        if field.kind is not None:
            combined = CodeSet.of((), parts=(members.codes,), minus=excluded.codes)
            if combined.depth > DEEPEST_LISTS:
                self.problems.add(
                    "E105",
                    f"lists with `except` stand in each other more than {DEEPEST_LISTS} deep",
                    written.span,
                    help="give the codes themselves",
                )
                return None
            if combined.is_empty and not members.row_values:
                self._empty(written)
                return None
            by_row = bool(members.row_values or excluded.row_values)
            return Values(combined, (), members.row_values, excluded if by_row else None)
        return Values(members.codes, members.intervals, members.row_values, excluded)

    def procedure_codes(self, written: nodes.ValueSet) -> Values | None:
        """The procedure codes of a subject or a partner."""
        return self.values(written, PROCEDURES)

    def scalar(self, value: nodes.Value, field: FieldRef) -> Scalar | RowValue | None:
        """One number, date or code to compare a field with."""
        if isinstance(value, nodes.Range):
            self.problems.add(
                "E506",
                "a comparison takes one value, not a range",
                value.span,
                help=f"write `{field.name} in {_text(value.first)} to {_text(value.last)}`",
            )
            return None
        word = nodes.One(value.text, span=value.span) if isinstance(value, nodes.Text) else value
        if word.row_column is not None and isinstance(value, nodes.One):
            return self.row_value(word, field.type, field.kind)
        if field.type == "number":
            return self.number(word, f"a number to compare `{field.name}` with")
        if field.type == "date":
            return self.date(word)
        assert field.kind is not None
        if isinstance(value, nodes.Text):
            return field.kind.normalize(value.text)
        return self.code(word, field.kind)

    def code(self, word: nodes.One, kind: Kind) -> str | None:
        """One code of a kind, normalized; what is no code of it is reported."""
        if kind.fits(word.text):
            return kind.normalize(word.text)
        here = f"expected {kind.looks}"
        self.problems.add(
            "E301",
            f"`{word.text}` is not a {kind.noun}",
            word.span,
            here=here,
            help=self._help_for_code(word.text, kind),
        )
        return None

    # ---- inside

    def _members(self, written: tuple[nodes.Value, ...], field: FieldRef) -> Values | None:
        if field.type != "code":
            return self._intervals(written, field)
        assert field.kind is not None
        kind = field.kind
        exact: set[str] = set()
        prefixes: list[str] = []
        ranges: list[tuple[str, str]] = []
        parts: list[CodeSet] = []
        row_values: list[RowValue] = []
        sound = True
        for value in written:
            match value:
                case nodes.Text():
                    code = self._quoted_code(value, kind)
                    sound &= code is not None
                    exact.update([code] if code is not None else [])
                case nodes.Range():
                    bounds = self._range(value, kind)
                    sound &= bounds is not None
                    ranges.extend([bounds] if bounds else [])
                case nodes.One() if value.row_column is not None:
                    cell = self.row_value(value, "code", kind)
                    sound &= cell is not None
                    row_values.extend([cell] if cell else [])
                case nodes.One() if kind.fits(value.text):
                    exact.add(kind.normalize(value.text))
                case nodes.One() if value.text.endswith("*"):
                    prefix = self._prefix(value, kind)
                    sound &= prefix is not None
                    prefixes.extend([prefix] if prefix else [])
                case _:
                    listed = self._listed(value, kind)
                    sound &= listed is not None
                    parts.extend([listed] if listed else [])
        if not sound:
            return None
        everything = CodeSet.of(exact, prefixes, ranges, parts)
        return Values(everything, (), tuple(row_values))

    def _quoted_code(self, value: nodes.Text, kind: Kind) -> str | None:
        """A text in quotes: for the kinds whose codes have no shape to be held to, anything."""
        if kind.list_kind is None and kind is not codes.SEX:
            return kind.normalize(value.text)
        return self.code(nodes.One(value.text, span=value.span), kind)

    def _intervals(self, written: tuple[nodes.Value, ...], field: FieldRef) -> Values | None:
        intervals: list[tuple[Scalar, Scalar]] = []
        row_values: list[RowValue] = []
        for value in written:
            pair = (value.first, value.last) if isinstance(value, nodes.Range) else (value, value)
            first, last = (self.scalar(each, field) for each in pair)
            if first is None or last is None:
                return None
            if isinstance(first, RowValue) or isinstance(last, RowValue):
                if first is not last and first != last:
                    self.problems.add(
                        "E302",
                        "a range takes no columns",
                        value.span,
                        help="compare with `>=` and `<=`",
                    )
                    return None
                assert isinstance(first, RowValue)
                row_values.append(first)
            elif first > last:  # type: ignore[operator]
                self._backwards(value.span, str(first), str(last))
                return None
            else:
                intervals.append((first, last))
        return Values(CodeSet(), tuple(intervals), tuple(row_values))

    def _range(self, written: nodes.Range, kind: Kind) -> tuple[str, str] | None:
        first, last = self.code(written.first, kind), self.code(written.last, kind)
        if first is None or last is None:
            return None
        if len(first) != len(last) or codes.shape(first) != codes.shape(last):
            self.problems.add(
                "E302",
                f"a range runs over codes of one shape, but `{written.first.text}` and"
                f" `{written.last.text}` have two",
                written.span,
                help="give two ranges, or the codes one by one",
            )
            return None
        if first > last:
            self._backwards(written.span, written.first.text, written.last.text)
            return None
        if kind is codes.DIAGNOSIS and len(first) == 3:
            self.problems.add(
                "W801",
                "a range of categories does not hold the diagnoses below them",
                written.span,
                help=f"if `{first}.1` is meant too, write `{first}.*, ...`",
            )
        return first, last

    def _backwards(self, span: Span, first: str, last: str) -> None:
        self.problems.add(
            "E302", "this range runs backwards", span, help=f"write `{last} to {first}`"
        )

    def _prefix(self, word: nodes.One, kind: Kind) -> str | None:
        stem = word.text[:-1]
        if kind.prefix is not None and kind.prefix.fullmatch(stem):
            return kind.normalize(stem)
        looks = f"expected the first characters of a {kind.noun} and `*`"
        self.problems.add(
            "E301",
            f"`{word.text}` is not the beginning of a {kind.noun}",
            word.span,
            here=looks if kind.prefix else f"a {kind.noun} takes no prefix",
            help=f"correct the characters before `*`, as of {kind.looks.rpartition('in ')[2]}"
            if kind.prefix
            else "name them one by one",
        )
        return None

    def _listed(self, word: nodes.One, kind: Kind) -> CodeSet | None:
        text = word.text
        if not _NAME.fullmatch(text):
            if text not in self.names.lost:
                self.code(word, kind)
            return None
        found = self.names.codes_list(text)
        if found is None:
            other = self.names.kind_of(text)
            if other in ("table", "field"):
                self._not_a_list(word, kind, other)
            elif not self.names.knows(text):
                self._unknown_list(word, kind)
            return None
        if found.kind is not kind:
            self.problems.add(
                "E402",
                f"`{text}` is a list of {found.kind.plural}, but {kind.plural} belong here",
                word.span,
                help=did_you_mean(text, self.names.lists_of(kind)) or f"name {kind.plural}",
            )
            return None
        return found.codes

    def _not_a_list(self, word: nodes.One, kind: Kind, other: str) -> None:
        advice = (
            f"write `rule NAME for each row of {word.text}:` and `row.COLUMN`"
            if other == "table"
            else f"say which values: `when {word.text} = ...`"
        )
        self.problems.add(
            "E402",
            f"`{word.text}` is a {other}, but {kind.plural} belong here",
            word.span,
            help=advice,
        )

    def _unknown_list(self, word: nodes.One, kind: Kind) -> None:
        upper = word.text.upper()
        lists = self.names.lists_of(kind)
        if kind.list_kind is None:
            self.code(word, kind)
            return
        near = nearest(word.text, [*lists, *(FIELDS if kind is codes.PROCEDURE else ())])
        if kind is codes.PROCEDURE:
            near = near or field_meant(word.text)
        if kind.fits(upper) and not near and any(each.isdigit() for each in upper):
            message, advice = f"`{word.text}` is not a {kind.noun}", f"write it as `{upper}`"
            self.problems.add(
                "E301", message, word.span, here="codes are written in upper case", help=advice
            )
            return
        if kind is codes.MODIFIER and kind.fits(upper):
            advice = (
                f"write the modifier as `{upper}`, or give a list: `modifiers {word.text} = ...`"
            )
        elif near:
            advice = f"did you mean `{near}`?"
        else:
            advice = f"give it above: `{kind.list_kind} {word.text} = ...`"
        self.problems.add("E401", f"there is no list `{word.text}`", word.span, help=advice)

    def _help_for_code(self, text: str, kind: Kind) -> str:
        stem = re.fullmatch(r"([A-Za-z0-9.]+?)\.?[xX?%]+", text)
        if stem and kind.prefix and kind.prefix.fullmatch(stem[1].upper()):
            dot = "." if kind is codes.DIAGNOSIS and "." not in stem[1] else ""
            return f"a prefix is written `{stem[1].upper()}{dot}*`"
        hyphened = _HYPHENED.fullmatch(text)
        if hyphened and kind.fits(hyphened[1]) and kind.fits(hyphened[2]):
            return f"write a range as `{hyphened[1]} to {hyphened[2]}`"
        if kind is codes.PROCEDURE and text.lower() == "prior":
            return "write `before` instead of `prior to`"
        if kind.fits(text.upper()):
            return f"write it as `{text.upper()}`"
        if kind is codes.PROCEDURE and "-" in text and kind.fits(text.split("-", 1)[0]):
            code, modifiers = text.split("-", 1)
            return f"in a rule, write `{code} with modifier {modifiers.replace('-', ', ')}`"
        if text.isdigit() and kind in (codes.PLACE, codes.REVENUE_CODE) and len(text) < 4:
            width = 2 if kind is codes.PLACE else 4
            padded = text.zfill(width)
            if kind.fits(padded):
                return f"did you mean `{padded}`?"
        others = [each for each in codes.LISTED_KINDS.values() if each.fits(text)]
        if kind is codes.SEX:
            return f"write `{text[0].upper()}`" if text[0] in "FfMm" else "write `F` or `M`"
        if kind is codes.PROCEDURE and text.isdigit() and len(text) == 4:
            return "is a digit missing? four digits are a revenue code"
        if others and kind.list_kind:
            return f"it looks like a {others[0].noun}"
        if _DATE.fullmatch(text):
            return "it looks like a date"
        return f"correct the code; a {kind.noun} has {kind.looks.split(',')[0]}"

    def _empty(self, written: nodes.ValueSet) -> None:
        self.problems.add(
            "E306",
            "nothing is left of this set after `except`",
            written.span,
            help="take a code out of `except`, or delete the set",
        )


@define
class RowScope:
    """The table whose rows `row.` names in one rule. Of a table that could not be read every column
    is taken to be there, since the missing table is the problem."""

    table: str
    data: TableData | None

    def has(self, column: str) -> bool:
        """Whether the rows have this column."""
        return self.data is None or column in self.data.columns

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.data.columns) if self.data else []


def _may_be_code(word: str, kind: Kind) -> bool:
    upper = word.upper()
    if upper in ("TO", "*") or kind.fits(upper):
        return True
    return upper.endswith("*") and bool(kind.prefix and kind.prefix.fullmatch(upper[:-1]))


PROCEDURES = FieldRef("procedure code", "code", codes.PROCEDURE)


def _text(value: nodes.One) -> str:
    return value.text


def _date_meant(word: str) -> str:
    """The date that a word says without its zeros, or without its marks; empty where there is
    none."""
    parts = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2})-([0-9]{1,2})|([0-9]{2})([0-9]{2}))", word)
    if parts is None:
        return ""
    year, month, day = (int(each) for each in parts.groups() if each is not None)
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return ""
