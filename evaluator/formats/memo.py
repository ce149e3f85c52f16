"""A column's values read so far: codes, dates and units repeat on every other line."""

from collections.abc import Callable
from typing import Generic, TypeVar

from editwright.evaluator.formats.problems import BadValue

T = TypeVar("T")

_MOST = 50_000


class Memo(dict[object, T], Generic[T]):
    """`memo[raw]` is `convert(raw)`, reckoned once; it forgets everything when it is full.

    Only for conversions that give equal results for equal raw values (`1`, `1.0`, `Decimal(1)`).
    Raises `BadValue` with the field's name, and `TypeError` for a raw value that is a list.
    """

    __slots__ = ("_field", "convert")

    def __init__(self, field: str, convert: Callable[[object], T]) -> None:
        super().__init__()
        self._field = field
        self.convert = convert

    def __missing__(self, raw: object) -> T:
        value = self._converted(raw)
        if len(self) >= _MOST:
            self.clear()
        self[raw] = value
        return value

    def _converted(self, raw: object) -> T:
        try:
            return self.convert(raw)
        except BadValue as bad:
            if bad.field is None:
                bad.field, bad.raw = self._field, raw
            raise

    def empty(self) -> "Memo[T]":
        """A memo of the same conversion that has read nothing."""
        return Memo(self._field, self.convert)

    def unkept(self) -> "Memo[T]":
        """The same conversion, of which nothing is remembered."""
        return _Unkept(self._field, self.convert)

    def __repr__(self) -> str:
        """Without the values: they are members' and claims'."""
        return f"Memo({self._field}: {len(self)} values)"


class _Unkept(Memo[T]):
    """Converts as often as it is asked."""

    __slots__ = ()

    def __missing__(self, raw: object) -> T:
        return self._converted(raw)
