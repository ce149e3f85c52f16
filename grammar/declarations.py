"""The statements that give names (lists, tables, fields, `use`) to the names themselves.

Lists may name lists further down; a list that contains itself is a problem.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation
from hashlib import sha256
from os.path import normpath
from pathlib import Path

from attrs import define, field

from editwright.grammar import codes, nodes
from editwright.grammar.checked import FieldRef
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.diagnostics import Diagnostic, Label, did_you_mean
from editwright.grammar.fields import DECLARABLE_TYPES, FIELDS, declared_field
from editwright.grammar.literals import Literals
from editwright.grammar.names import Named, NamedField, NamedList, NamedTable, Names
from editwright.grammar.parse import parse, read_source
from editwright.grammar.problems import Problems
from editwright.grammar.source import Source
from editwright.grammar.syntax import syntax
from editwright.grammar.table_cache import table_at
from editwright.grammar.tables import Row, TableData, TableError, column_name

DEEPEST_USE = 32
SAMPLE = ".sample.csv"


@define
class Library:
    """The files and tables that one check has read, each once.

    With `samples`, the rows of `ptp.sample.csv` stand for the table `ptp.parquet` beside it:
    examples can then count on them, whatever the table holds this quarter. With `stand_ins` they
    do so where the table is not there.
    """

    samples: bool = False
    stand_ins: bool = field(default=False, kw_only=True)
    names: dict[Path, Names] = field(factory=dict)
    tables: dict[Path, TableData | TableError] = field(factory=dict)
    used: dict[Path, Source] = field(factory=dict)
    """The texts of used files."""
    problems: list[Diagnostic] = field(factory=list)
    """The problems of used files, which no other file reports."""
    _inputs: list[tuple[str, ...]] = field(factory=list)
    """What was asked for, in the order of asking: which of the files, and what was in it."""
    _all_known: bool = True

    def digest(self) -> str | None:
        """A digest of all texts and tables that were asked for; nothing where a table has none.
        Names of files are no part of it."""
        return sha256(repr(self._inputs).encode()).hexdigest() if self._all_known else None

    def note_text(self, text: str) -> None:
        """A rule file's text is read."""
        self._inputs.append(("text", text_digest(text)))

    def note_again(self, path: Path) -> None:
        """A used file is used once more."""
        self._inputs.append(("again", str(list(self.names).index(path))))

    def table(self, path: Path) -> TableData | TableError:
        """The table at a path, or why there is none."""
        found = self._table(path)
        if isinstance(found, TableData):
            self._all_known &= found.digest is not None
            position = list(self.tables).index(path)
            self._inputs.append(("table", str(position), str(found.digest)))
        return found

    def _table(self, path: Path) -> TableData | TableError:
        if path not in self.tables:
            try:
                self.tables[path] = table_at(self._sample(path) or path)
            except TableError as error:
                self.tables[path] = error
            except (OSError, ValueError):
                self.tables[path] = TableError("no file can have this name")
        return self.tables[path]

    def _sample(self, path: Path) -> Path | None:
        asked = self.samples or (self.stand_ins and not path.exists())
        sample = path.with_suffix(SAMPLE)
        return sample if asked and sample.exists() else None

    def samples_read(self) -> list[Path]:
        """The samples that were read in the place of tables."""
        return sorted(
            data.path
            for path, data in self.tables.items()
            if isinstance(data, TableData) and data.path != path
        )


def text_digest(text: str) -> str:
    """What tells the text of a file from every other."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def declare(
    file: nodes.RuleFile, library: Library, problems: Problems, using: tuple[Path, ...] = ()
) -> Names:
    """All names that a file may use."""
    return _Declarer(file, library, problems, using).names()


@define
class _Declarer:
    file: nodes.RuleFile
    library: Library
    problems: Problems
    using: tuple[Path, ...]
    found: Names = field(factory=Names)
    waiting: dict[str, nodes.ListOf] = field(factory=dict)
    refused: list[nodes.ListOf] = field(factory=list)
    """Lists whose name is taken or none: their codes are looked at all the same."""

    def names(self) -> Names:
        for lost in self.file.lost:
            if lost.kind == "use":
                self.found.anything = True
            elif lost.name is not None:
                self.found.lost.add(lost.name)
        for statement in self.file.statements:
            match statement:
                case nodes.Use():
                    self._use(statement)
                case nodes.Table():
                    self._table(statement)
                case nodes.DeclaredField():
                    self._field(statement)
                case nodes.ListOf():
                    self._announce(statement)
                case nodes.ListFromFile():
                    self._list_from_file(statement)
                case nodes.Rule() | nodes.Example() | nodes.Ruleset():
                    pass
        for name in list(self.waiting):
            self._resolve(name)
        for each in self.refused:
            kind = codes.LISTED_KINDS[each.kind]
            self._literals().values(each.values, FieldRef(kind.noun, "code", kind))
        return self.found

    # ---- names

    def _take(self, word: nodes.One, what: str, named: Callable[[str], Named]) -> str | None:
        name = self._literals().name(word, what)
        if name is None:
            self.found.lost.add(word.text)
            return None
        if name in syntax().reserved:
            self.problems.add(
                "E403",
                f"`{name}` is a word of the language and cannot name {what}",
                word.span,
                help=f"choose another name, such as `{name}_list`",
            )
            self.found.lost.add(name)
            return None
        earlier = self.found.named.get(name)
        if earlier is not None:
            self.problems.add(
                "E403",
                f"the name `{name}` is given twice",
                word.span,
                help="rename one of the two",
                labels=(Label(earlier.source, earlier.span, "it is given here first"),),
            )
            return None
        self.found.named[name] = named(name)
        return name

    def _literals(self) -> Literals:
        return Literals(self.problems, self.found)

    # ---- lists

    def _announce(self, statement: nodes.ListOf) -> None:
        kind = codes.LISTED_KINDS[statement.kind]
        name = self._take(
            statement.name,
            "a list",
            lambda name: NamedList(name, kind, None, self.file.source, statement.name.span),
        )
        if name is not None:
            self.waiting[name] = statement
        else:
            self.refused.append(statement)

    def _resolve(self, name: str) -> None:
        """Give a list its codes, those of the lists that it names first (without recursion)."""
        path = [name]
        while path:
            current = path[-1]
            statement = self.waiting.get(current)
            if statement is None:
                path.pop()
                continue
            values = (*statement.values.members, *statement.values.excluded)
            named = [each for each in values if isinstance(each, nodes.One)]
            circle = next((each for each in named if each.text in path), None)
            needed = next((each.text for each in named if each.text in self.waiting), None)
            if circle is not None:
                self._report_circle(path[path.index(circle.text) :], circle)
                del self.waiting[current]
            elif needed is not None:
                path.append(needed)
                continue
            else:
                del self.waiting[current]
                self._fill(current, statement)
            path.pop()

    def _report_circle(self, chain: list[str], at: nodes.One) -> None:
        shown = " contains ".join(
            f"`{each}`" for each in [*chain[:5], *(["..."] if len(chain) > 5 else []), at.text]
        )
        self.problems.add(
            "E404",
            f"a list cannot contain itself: {shown}",
            at.span,
            help="take one of the lists out",
        )
        self.found.lost.update(chain)

    def _fill(self, name: str, statement: nodes.ListOf) -> None:
        entry = self.found.named[name]
        assert isinstance(entry, NamedList)
        of_kind = FieldRef(entry.kind.noun, "code", entry.kind)
        values = self._literals().values(statement.values, of_kind)
        entry.codes = values.codes if values is not None else None

    def _list_from_file(self, statement: nodes.ListFromFile) -> None:
        kind = codes.LISTED_KINDS[statement.kind]
        entry = NamedList("", kind, None, self.file.source, statement.name.span)
        name = self._take(statement.name, "a list", lambda _: entry)
        if name is None:
            return
        entry.name = name
        data = self._data(statement.path)
        if data is None:
            return
        column = column_name(statement.column.text)
        if not self._has_column(data, column, statement.column):
            return
        test = self._row_test(statement.when, data) if statement.when else _every_row
        if test is None:
            return
        cells = {
            cell
            for number, cell in enumerate(data.columns[column])
            if cell is not None and test(data.row(number))
        }
        entry.codes = self._codes_of(cells, kind, statement)

    def _codes_of(
        self, cells: set[str], kind: Kind, statement: nodes.ListFromFile
    ) -> CodeSet | None:
        exact = {cell for cell in cells if kind.fits(cell.upper())}
        prefixes = {cell for cell in cells - exact if _is_prefix(cell.upper(), kind)}
        wrong = sorted(cells - exact - prefixes)
        if wrong:
            self.problems.add(
                "E603",
                f"the column `{statement.column.text}` holds `{wrong[0][:40]}`, which is not a"
                f" {kind.noun}" + (f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""),
                statement.column.span,
                here=f"expected {kind.looks}",
                help="correct the file; spreadsheets drop leading zeros",
            )
            return None
        if not cells:
            self.problems.add(
                "E306",
                "no row of the file gives this list a code",
                statement.span,
                help="check the column and the condition",
            )
            return None
        return CodeSet(
            frozenset(kind.normalize(cell.upper()) for cell in exact),
            tuple(sorted(kind.normalize(cell[:-1].upper()) for cell in prefixes)),
        )

    # ---- tables

    def _table(self, statement: nodes.Table) -> None:
        entry = NamedTable("", None, self.file.source, statement.name.span)
        name = self._take(statement.name, "a table", lambda _: entry)
        if name is not None:
            entry.name = name
            entry.data = self._data(statement.path)

    def _data(self, path: nodes.Text) -> TableData | None:
        data = self.library.table(self._beside(path.text))
        if isinstance(data, TableError):
            absent = "there is no file" in str(data)
            self.problems.add(
                "E601",
                str(data),
                path.span,
                help=self._where_tables_come_from(path.text)
                if absent
                else "save the table as CSV in UTF-8, with a heading line",
            )
            return None
        return data

    def _where_tables_come_from(self, name: str) -> str:
        help = "a file is looked for beside the rule file that names it"
        if not name.lower().endswith(".parquet"):
            return help
        place = normpath(Path(self.file.source.name).parent / name)
        kinds = "ncci-ptp|mue|add-on|mpfs"
        return f"{help}; a table of CMS is made by `editwright import {kinds} FILE... -o {place}`"

    def _beside(self, name: str) -> Path:
        origin = self.file.source.path
        path = (origin.parent if origin else Path()) / name.replace("\x00", "?")
        try:
            return path.resolve()
        except (OSError, RuntimeError, ValueError):
            return path  # links in a circle, or a name that no file can have: reading says so

    def _has_column(self, data: TableData, column: str, word: nodes.One | nodes.Field) -> bool:
        if column in data.columns:
            return True
        known = ", ".join(f"`{each}`" for each in list(data.columns)[:12])
        self.problems.add(
            "E401",
            f"the file has no column `{column}`",
            word.span,
            help=did_you_mean(column, data.columns) or f"its columns are {known}",
        )
        return False

    def _row_test(
        self, condition: nodes.Condition, data: TableData
    ) -> Callable[[Row], bool] | None:
        """A condition over the columns of a file: cells are texts, and numbers to `<` and `>`."""
        match condition:
            case nodes.AllOf(conditions) | nodes.AnyOf(conditions):
                tests = [self._row_test(each, data) for each in conditions]
                known = [each for each in tests if each is not None]
                if len(known) < len(tests):
                    return None
                every = isinstance(condition, nodes.AllOf)
                quantifier = all if every else any
                return lambda row: quantifier(test(row) for test in known)
            case nodes.Not(inner):
                negated = self._row_test(inner, data)
                return None if negated is None else lambda row: not negated(row)
            case _:
                return self._cell_test(condition, data)

    def _cell_test(
        self, condition: nodes.Condition, data: TableData
    ) -> Callable[[Row], bool] | None:
        assert not isinstance(condition, nodes.AllOf | nodes.AnyOf | nodes.Not)
        column = column_name(condition.field.name)
        if not self._has_column(data, column, condition.field):
            return None
        match condition:
            case nodes.IsMissing(_, negated):
                return lambda row: (row[column] is None) != negated
            case nodes.Present():
                return lambda row: row[column] is not None
            case nodes.In(_, values, negated):
                inside, outside = _cells_among(values.members), _cells_among(values.excluded)
                return lambda row: (inside(row[column]) and not outside(row[column])) != negated
            case nodes.Compare(_, operator, value) if not isinstance(value, nodes.Range):
                return lambda row: _compare_cell(row[column], operator, value.text)
            case _:
                self.problems.add(
                    "E506",
                    "a file's column is compared with one value",
                    condition.span,
                    help='write `when COLUMN = "VALUE"`',
                )
                return None

    # ---- fields and used files

    def _field(self, statement: nodes.DeclaredField) -> None:
        type_name = statement.type.text.lower()
        type_name = "text" if type_name == "string" else type_name
        ref = declared_field(statement.name.text, type_name)
        if type_name not in DECLARABLE_TYPES:
            self.problems.add(
                "E401",
                f"there is no type `{statement.type.text}`",
                statement.type.span,
                here="expected `code`, `text`, `number` or `date`",
                help=did_you_mean(type_name, DECLARABLE_TYPES),
            )
            self.found.lost.add(statement.name.text)
            return
        if statement.name.text in FIELDS:
            self.problems.add(
                "E403",
                f"every line has the field `{statement.name.text}` already",
                statement.name.span,
                help="delete the statement",
            )
            return
        self._take(
            statement.name,
            "a field",
            lambda name: NamedField(name, type_name, ref, self.file.source, statement.name.span),
        )

    def _use(self, statement: nodes.Use) -> None:
        path = self._beside(statement.path.text)
        here = (
            (*self.using, self.file.source.path.resolve()) if self.file.source.path else self.using
        )
        if path in here:
            circle = " uses ".join(f"`{each.name}`" for each in (*here[here.index(path) :], path))
            self.problems.add(
                "E602",
                f"the files use each other in a circle: {circle}",
                statement.path.span,
                help="move the shared lists to a file of their own",
            )
            self.found.anything = True
            return
        if path not in self.library.names:
            used = self._read_used(statement, path, here)
            if used is None:
                self.found.anything = True
                return
            self.library.names[path] = used
        else:
            self.library.note_again(path)
        used = self.library.names[path]
        self.found.anything |= used.anything
        self.found.lost |= used.lost
        for name, entry in used.named.items():
            earlier = self.found.named.setdefault(name, entry)
            if earlier is not entry:
                self.problems.add(
                    "E403",
                    f"`{name}` of the used file is a name that is taken",
                    statement.span,
                    help="rename one of the two",
                    labels=(
                        Label(earlier.source, earlier.span, "it is given here first"),
                        Label(entry.source, entry.span, "and here"),
                    ),
                )

    def _read_used(self, statement: nodes.Use, path: Path, here: Sequence[Path]) -> Names | None:
        source = read_source(path, _shown_beside(self.file.source, statement.path.text))
        if isinstance(source, Diagnostic) and source.span.end == 0:
            self.problems.add(
                "E601",
                f"the file `{statement.path.text}` cannot be used: {source.message}",
                statement.path.span,
                help="a file is looked for beside the rule file that names it",
            )
            return None
        if isinstance(source, Diagnostic):
            self.library.problems.append(source)
            return None
        if len(here) > DEEPEST_USE:
            self.problems.add(
                "E602",
                f"files use each other more than {DEEPEST_USE} deep",
                statement.path.span,
                help="use the last file directly",
            )
            return None
        self.library.note_text(source.text)
        self.library.used[path] = source
        file, found = parse(source)
        if found and not file.statements and path.suffix.lower() != ".edits":
            self.problems.add(
                "E601",
                f"the file `{statement.path.text}` is not a rule file",
                statement.path.span,
                here="expected a file that ends in `.edits`",
                help='bring in a table with `table NAME from "file.csv"`, a list with'
                ' `codes NAME from "file.csv" column COLUMN`',
            )
            return None
        inner = Problems(source, found)
        names = _Declarer(file, self.library, inner, tuple(here)).names()
        self.library.problems.extend(sorted(inner.found, key=lambda each: each.span.start))
        return names


def _shown_beside(source: Source, name: str) -> str:
    folder, slash, _ = source.name.replace("\\", "/").rpartition("/")
    return f"{folder}{slash}{name}"


def _is_prefix(text: str, kind: Kind) -> bool:
    return text.endswith("*") and bool(kind.prefix and kind.prefix.fullmatch(text[:-1]))


def _every_row(_row: Row) -> bool:
    return True


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _cells_among(values: Sequence[nodes.Value]) -> Callable[[str | None], bool]:
    """Whether a cell is one of some values, or in one of their ranges."""
    wanted = {each.text for each in values if not isinstance(each, nodes.Range)}
    ranges = [(each.first.text, each.last.text) for each in values if isinstance(each, nodes.Range)]

    def among(cell: str | None) -> bool:
        return cell in wanted or any(
            _compare_cell(cell, ">=", first) and _compare_cell(cell, "<=", last)
            for first, last in ranges
        )

    return among


def _compare_cell(cell: str | None, operator: nodes.Operator, text: str) -> bool:
    if cell is None:
        return False
    if operator in ("=", "!="):
        return (cell == text) == (operator == "=")
    one, two = _number(cell), _number(text)
    if one is None or two is None:
        left, right = (cell, text)
        less, same = left < right, left == right
    else:
        less, same = one < two, one == two
    match operator:
        case "<":
            return less
        case "<=":
            return less or same
        case ">":
            return not less and not same
        case _:
            return not less
