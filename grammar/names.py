"""The lists, tables and declared fields that a rule file may name: its own and those it uses."""

from attrs import define, field

from editwright.grammar.checked import FieldRef
from editwright.grammar.codes import CodeSet, Kind
from editwright.grammar.source import Source, Span
from editwright.grammar.tables import TableData


@define(eq=False)
class NamedList:
    """A list of codes of one kind; `codes` of nothing while its own problem stands."""

    name: str
    kind: Kind
    codes: CodeSet | None
    source: Source
    span: Span


@define(eq=False)
class NamedTable:
    """A table; `data` of nothing where it could not be read."""

    name: str
    data: TableData | None
    source: Source
    span: Span


@define(eq=False)
class NamedField:
    """A declared field; `ref` of nothing where its type is unknown."""

    name: str
    type: str
    ref: FieldRef | None
    source: Source
    span: Span


Named = NamedList | NamedTable | NamedField


@define(eq=False)
class Names:
    """Everything that has a name. `lost` are names whose statement could not be read: using them
    is no second problem. `anything`: a used file is missing, so every name may be its."""

    named: dict[str, Named] = field(factory=dict)
    lost: set[str] = field(factory=set)
    anything: bool = False

    def knows(self, name: str) -> bool:
        """Whether a name that is not there may be excused by an earlier problem."""
        return self.anything or name in self.lost or name in self.named

    def kind_of(self, name: str) -> str | None:
        """Whether a name is a list, a table or a field."""
        match self.named.get(name):
            case NamedList():
                return "list"
            case NamedTable():
                return "table"
            case NamedField():
                return "field"
            case _:
                return None

    def codes_list(self, name: str) -> NamedList | None:
        """The list of this name, if it is sound."""
        found = self.named.get(name)
        return found if isinstance(found, NamedList) and found.codes is not None else None

    def table(self, name: str) -> NamedTable | None:
        """The table of this name."""
        found = self.named.get(name)
        return found if isinstance(found, NamedTable) else None

    def field(self, name: str) -> FieldRef | None:
        """The declared field of this name."""
        found = self.named.get(name)
        return found.ref if isinstance(found, NamedField) else None

    def lists_of(self, kind: Kind | None) -> dict[str, CodeSet]:
        """All sound lists of a kind."""
        return {
            name: each.codes
            for name, each in self.named.items()
            if isinstance(each, NamedList) and each.kind is kind and each.codes is not None
        }

    def tables(self) -> list[str]:
        """The names of all tables."""
        return [name for name, each in self.named.items() if isinstance(each, NamedTable)]

    def fields(self) -> dict[str, str]:
        """The declared fields with their types."""
        return {
            name: each.type
            for name, each in self.named.items()
            if isinstance(each, NamedField) and each.ref is not None
        }
