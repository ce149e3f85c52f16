"""The dictionaries of one claim, and of its member's past, to the arrays that `judge` reads.

No object is made for a line: what a cell means is looked up among the cells that were read before,
and only a new one is converted. Whatever is out of the ordinary is left to the readers of claims,
which know what to say about it: `UnusualError` is raised, or what a conversion raises.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

COMPILED = cython.compiled

CHECKED, CODE, NUMBER, PROCEDURE, DENIED, LIST, FIRST, COUNT = range(8)
"""What becomes of a column: nothing, for no rule asks for it; a row of `codes` or of `numbers`;
`code`; `denied`. Of a list: a row of the lists; its first text, or how many there are."""

ORIGINAL, CORRECTION, UNTOLD = range(3)
"""What a frequency, or a type of bill, says of its claim."""

IS_CODE = cython.declare(cython.int, CODE)
IS_NUMBER = cython.declare(cython.int, NUMBER)
IS_PROCEDURE = cython.declare(cython.int, PROCEDURE)
IS_DENIED = cython.declare(cython.int, DENIED)
IS_LIST = cython.declare(cython.int, LIST)
IS_FIRST = cython.declare(cython.int, FIRST)
IS_COUNT = cython.declare(cython.int, COUNT)
NO_CODE = cython.declare(cython.int, -1)
NO_DAY = cython.declare(cython.int, -(2**31))
NO_NUMBER = cython.declare(cython.longlong, -(2**63))
SCALE = cython.declare(cython.int, 10_000)
FOR_ONE_BATCH = cython.declare(cython.int, 2**30)
IS_ORIGINAL = cython.declare(cython.int, ORIGINAL)
IS_CORRECTION = cython.declare(cython.int, CORRECTION)
IN_A_MASK = cython.declare(cython.int, 64)
MOST_KNOWN = cython.declare(cython.int, 50_000)

NOTHING: tuple[Any, ...] = ()


class UnusualError(Exception):
    """Something that only the readers of claims can read, or refuse."""


def _view(array: Any) -> Any:
    """An array as the kernel reads it; interpreted, numbers must be Python's own."""
    return array if cython.compiled else memoryview(array)


def _grown(view: Any) -> Any:
    """A larger copy of a buffer."""
    array = np.asarray(view)
    larger = np.zeros(2 * len(array) + 16, dtype=array.dtype)
    larger[: len(array)] = array
    return _view(larger)


@cython.final
@cython.cclass
class Column:
    """A column that is read, and what its cells mean: numbers, or a text that has a number for
    the time of one batch alone. A list means a tuple of these."""

    known: dict[Any, Any]
    convert: object
    becomes: cython.int
    row: cython.int
    keeps: cython.bint
    diagnoses: cython.bint

    def __init__(
        self,
        convert: Callable[[Any], object],
        becomes: int = CHECKED,
        row: int = -1,
        *,
        keeps: bool = True,
        of_diagnoses: bool = False,
    ) -> None:
        """`convert` gives a cell's meaning. Unless it `keeps` them, the column forgets cells: they
        tell one claim or member from another. A list is of modifiers, or `of_diagnoses`."""
        self.known = {}
        self.convert = convert
        self.becomes = becomes
        self.row = row
        self.keeps = keeps
        self.diagnoses = of_diagnoses

    @property
    def of_diagnoses(self) -> bool:
        """Whether this is a list of diagnoses."""
        return bool(self.diagnoses)

    @cython.cfunc
    def meaning(self, cell: object) -> object:
        """What a cell means that is not missing. `True` would pass for 1 among the known."""
        known: dict[Any, Any] = self.known
        if cell is True or cell is False:
            raise UnusualError
        found = known.get(cell)
        if found is None:
            convert: Any = self.convert
            found = convert(cell)
            if self.keeps:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known[cell] = found
        return found


@cython.final
@cython.cclass
class Shape:
    """Dictionaries with the same names in the same order, and under which of them they have what.
    A name is `None` where they lack it."""

    names: tuple[Any, ...]
    claim_id: object
    line_number: object
    member_id: object
    person_id: object
    line_from: object
    claim_from: object
    line_to: object
    claim_to: object
    frequency: object
    bill_type: object
    singles: tuple[Any, ...]
    modifiers: tuple[Any, ...]
    diagnoses: tuple[Any, ...]
    pointers: tuple[Any, ...]
    readers: object

    def __init__(
        self,
        names: tuple[object, ...],
        own: Sequence[object],
        singles: tuple[object, ...],
        lists: Sequence[tuple[object, ...]],
        readers: object,
    ) -> None:
        """`own` are the names of what every line has: claim id, line number, member, the member's
        other name, first days of line and claim, last days of both, frequency, type of bill.
        `singles` are the names of the columns that are read; `lists`, of modifiers, diagnoses and
        pointers: whether it is one list, and its names. `readers` are for whoever makes a line."""
        self.names = names
        (
            self.claim_id, self.line_number, self.member_id, self.person_id, self.line_from,
            self.claim_from, self.line_to, self.claim_to, self.frequency, self.bill_type,
        ) = own  # fmt: skip
        self.singles = singles
        self.modifiers, self.diagnoses, self.pointers = lists
        self.readers = readers

    @cython.cfunc
    def fits(self, line: dict[Any, Any]) -> cython.bint:
        """Whether a dictionary has this shape."""
        names: tuple[Any, ...] = self.names
        at: cython.Py_ssize_t = 0
        if len(line) != len(names):
            return False
        for name in line:
            if name is not names[at] and name != names[at]:
                return False
            at += 1
        return True


NO_SHAPE = Shape(("",), [None] * 10, (), [(False,)] * 3, None)
"""No claim has it: it has no claim id."""


class Arrays:
    """The arrays of a sheet, larger than what is in use of them (see `batch.Batch`)."""

    def __init__(self, codes: int, numbers: int, lists: int, lines: int, values: int) -> None:
        self.day = np.zeros(lines, dtype=np.int32)
        self.claim = np.zeros(lines, dtype=np.int32)
        self.code = np.zeros(lines, dtype=np.int32)
        self.history = np.zeros(lines, dtype=np.uint8)
        self.denied = np.zeros(lines, dtype=np.uint8)
        self.codes = np.zeros((codes, lines), dtype=np.int32)
        self.numbers = np.zeros((numbers, lines), dtype=np.int64)
        self.list_start = np.zeros((lists, lines + 1), dtype=np.int32)
        self.list_values = np.zeros(values, dtype=np.int32)
        self.members = np.zeros(2, dtype=np.int32)


@cython.final
@cython.cclass
class Sheet:
    """The lines of one claim in arrays that are filled again and again. One for each thread."""

    # what is read
    singles: tuple[Any, ...]
    lists: tuple[Any, ...]
    line_numbers: Column
    days: Column
    frequencies: Column
    bill_types: Column
    identifier: object
    shapes: dict[Any, Any]
    shape_of: object
    shape: Shape
    # the lines at hand
    items: list[Any]
    shapes_of: list[Any]
    claim_ids: list[Any]
    claim_of: dict[Any, Any]
    claim_of_cell: dict[Any, Any]
    last_claim_cell: object
    last_claim: cython.int
    last_member: object
    large: set[Any]
    texts: dict[Any, Any]
    count: cython.Py_ssize_t
    judged: cython.Py_ssize_t
    judged_claims: cython.int
    is_past: cython.int
    in_order: cython.bint
    first_day: cython.longlong
    last_day: cython.longlong
    day_at: cython.int[::1]
    claim_at: cython.int[::1]
    number_at: cython.int[::1]
    order: cython.int[::1]
    masks: cython.ulonglong[::1]
    highest: cython.int[::1]
    # the arrays
    sizes: tuple[Any, ...]
    filled: object
    is_new: cython.bint
    day: cython.int[::1]
    claim: cython.int[::1]
    code: cython.int[::1]
    history: cython.uchar[::1]
    denied: cython.uchar[::1]
    codes: cython.int[:, ::1]
    numbers: cython.longlong[:, ::1]
    list_start: cython.int[:, ::1]
    list_values: cython.int[::1]
    members: cython.int[::1]

    def __init__(
        self,
        singles: tuple[Column, ...],
        lists: tuple[Column, ...],
        own: Sequence[Column],
        identifier: Callable[[Any], str | None],
        shapes: dict[Any, Any],
        shape_of: Callable[[Any], Shape],
        sizes: tuple[int, int, int],
    ) -> None:
        """`own` are the columns of line numbers, days, frequencies and types of bill; `identifier`
        converts what tells claims and members apart; `shapes` are known, and `shape_of` makes the
        shape of other names; `sizes` are the rows of codes, numbers and lists."""
        self.singles = singles
        self.lists = lists
        self.line_numbers, self.days, self.frequencies, self.bill_types = own
        self.identifier = identifier
        self.shapes = shapes
        self.shape_of = shape_of
        self.sizes = sizes
        self.day_at = _view(np.zeros(32, dtype=np.int32))
        self.claim_at = _view(np.zeros(32, dtype=np.int32))
        self.number_at = _view(np.zeros(32, dtype=np.int32))
        self.order = _view(np.zeros(32, dtype=np.int32))
        self.masks = _view(np.zeros(32, dtype=np.uint64))
        self.highest = _view(np.zeros(32, dtype=np.int32))
        self.shape = NO_SHAPE
        self.filled = None
        self._make_room(32, 64)
        self.forget()

    def forget(self) -> None:
        """Let go of the lines."""
        self.count = 0
        self.items = []
        self.shapes_of = []
        self.claim_ids = []
        self.claim_of = {}
        self.claim_of_cell = {}
        self.large = set()
        self.texts = {}
        self.last_claim_cell = None
        self.last_member = None
        self.is_past = 0
        self.in_order = True

    def line(self, at: int) -> tuple[Any, Any, int, bool]:
        """A line of the arrays: its dictionary, the `readers` of its shape, its number, and
        whether it is one of the past."""
        place: cython.int = self.order[at]
        shape: Shape = self.shapes_of[place]
        return self.items[place], shape.readers, self.number_at[place], place >= self.judged

    def new_arrays(self) -> object:
        """The arrays, if they are others than when this was asked last."""
        if not self.is_new:
            return None
        self.is_new = False
        return self.filled

    def put_number(self, row: cython.int, at: cython.int, number: cython.longlong) -> None:
        """Fill in a number that no column has."""
        self.numbers[row, at] = number

    def read(self, lines: list[Any], past: list[Any], reach: int) -> int:
        """Fill the arrays with the lines of a claim and with those of the past that may matter to
        it: what is further than `reach` days from them does not, below 0 everything does. Answers
        how many lines these are."""
        for item in lines:
            self._take(item)
        self.judged = self.count
        self.judged_claims = cython.cast(cython.int, len(self.claim_ids))
        if past:
            self._look_around(reach)
            self.is_past = 1
            for item in past:
                self._take(item)
        if not self.in_order:
            self._sort()
        self._fill()
        return int(self.count)

    # ---- line by line: what tells lines apart, and when they were

    @cython.cfunc
    def _take(self, item: object) -> cython.int:
        claim: cython.int
        number: cython.int
        day: cython.int
        before: cython.int
        at: cython.Py_ssize_t = self.count
        if type(item) is not dict:
            raise UnusualError
        line: dict[Any, Any] = item
        shape: Shape = self.shape
        if not shape.fits(line):
            shape = self._shape_of(line)
        self._expect_original(line, shape)
        claim = self._claim(line, shape)
        self._check_member(line, shape.member_id)
        self._check_member(line, shape.person_id)
        number = self._number(line, shape, claim)
        day = self._day(line, shape)
        if self.is_past and not self._matters(day, claim, number):
            self._check(line, shape)
            return 0
        if at == self.day_at.shape[0]:
            self.day_at = _grown(self.day_at)
            self.claim_at = _grown(self.claim_at)
            self.number_at = _grown(self.number_at)
            self.order = _grown(self.order)
        self.day_at[at] = day
        self.claim_at[at] = claim
        self.number_at[at] = number
        self.order[at] = cython.cast(cython.int, at)
        self.items.append(line)
        self.shapes_of.append(shape)
        if at > 0 and self.in_order:
            before = self.day_at[at - 1]
            self.in_order = (
                not self.is_past
                and claim == self.claim_at[at - 1]
                and (
                    number > self.number_at[at - 1]
                    if day == before
                    else before != NO_DAY and (day == NO_DAY or day > before)
                )
            )
        self.count = at + 1
        return 0

    @cython.cfunc
    def _shape_of(self, line: dict[Any, Any]) -> Shape:
        names = tuple(line)
        shape_of: Any = self.shape_of
        found: Any = self.shapes.get(names)
        shape: Shape = shape_of(names) if found is None else found
        self.shape = shape
        return shape

    @cython.cfunc
    def _expect_original(self, line: dict[Any, Any], shape: Shape) -> cython.int:
        """A correction is unusual. The type of bill tells where there is no frequency."""
        says: cython.int
        cell = None if shape.frequency is None else line.get(shape.frequency)
        if cell is not None:
            says = self.frequencies.meaning(cell)
            if says == IS_ORIGINAL:
                return 0
            if says == IS_CORRECTION:
                raise UnusualError
        cell = None if shape.bill_type is None else line.get(shape.bill_type)
        if cell is not None:
            says = self.bill_types.meaning(cell)
            if says == IS_CORRECTION:
                raise UnusualError
        return 0

    @cython.cfunc
    def _claim(self, line: dict[Any, Any], shape: Shape) -> cython.int:
        """The number of a line's claim."""
        cell = line.get(shape.claim_id)
        if cell is self.last_claim_cell and cell is not None:
            return self.last_claim
        if cell is None or cell is True or cell is False:
            raise UnusualError
        found = self.claim_of_cell.get(cell)
        if found is None:
            identifier: Any = self.identifier
            text = identifier(cell)
            if text is None:
                raise UnusualError
            found = self.claim_of.get(text)
            if found is None:
                found = len(self.claim_ids)
                self.claim_of[text] = found
                self.claim_ids.append(text)
                if 2 * len(self.claim_ids) > self.masks.shape[0]:
                    self.masks = _grown(self.masks)
                    self.highest = _grown(self.highest)
                self._begin(found)
            self.claim_of_cell[cell] = found
        self.last_claim_cell = cell
        self.last_claim = found
        return found

    @cython.cfunc
    def _begin(self, claim: cython.int) -> cython.int:
        at: cython.int
        for at in range(2 * claim, 2 * claim + 2):
            self.masks[at] = 0
            self.highest[at] = 0
        return 0

    @cython.cfunc
    def _check_member(self, line: dict[Any, Any], name: object) -> cython.int:
        cell = None if name is None else line.get(name)
        if cell is not None and cell is not self.last_member:
            if cell is True or cell is False:
                raise UnusualError
            identifier: Any = self.identifier
            identifier(cell)
            self.last_member = cell
        return 0

    @cython.cfunc
    def _number(self, line: dict[Any, Any], shape: Shape, claim: cython.int) -> cython.int:
        """A line's number, or the one after the highest of its claim so far. No number may come
        twice among the lines that are judged, nor among those of the past."""
        number: cython.int = -1
        bit: cython.ulonglong = 1
        at: cython.Py_ssize_t = 2 * claim + self.is_past
        cell = None if shape.line_number is None else line.get(shape.line_number)
        if cell is not None:
            number = self.line_numbers.meaning(cell)
        if number < 0:
            number = self.highest[at] + 1
        self.highest[at] = max(self.highest[at], number)
        if number < IN_A_MASK:
            bit = bit << number
            if self.masks[at] & bit:
                raise UnusualError
            self.masks[at] |= bit
        else:
            key = (claim, number, self.is_past)
            if key in self.large:
                raise UnusualError
            self.large.add(key)
        return number

    @cython.cfunc
    def _day(self, line: dict[Any, Any], shape: Shape) -> cython.int:
        """The day that a line is judged on: its own, or else its claim's."""
        first: cython.int = self._day_of(line, shape.line_from)
        last: cython.int = self._day_of(line, shape.line_to)
        if first == NO_DAY:
            first = self._day_of(line, shape.claim_from)
            if last == NO_DAY:
                last = self._day_of(line, shape.claim_to)
        if first != NO_DAY and last != NO_DAY and last < first:
            raise UnusualError
        return first

    @cython.cfunc
    def _day_of(self, line: dict[Any, Any], name: object) -> cython.int:
        day: cython.int = NO_DAY
        cell = None if name is None else line.get(name)
        if cell is not None:
            day = self.days.meaning(cell)
        return day

    # ---- the past

    @cython.cfunc
    def _look_around(self, reach: cython.longlong) -> cython.int:
        """How early and how late lines may matter."""
        at: cython.Py_ssize_t
        self.first_day = 2**62
        self.last_day = -(2**62)
        for at in range(self.count):
            if reach < 0 or self.day_at[at] == NO_DAY:
                self.first_day = -(2**62)
                self.last_day = 2**62
                break
            self.first_day = min(self.first_day, self.day_at[at] - reach)
            self.last_day = max(self.last_day, self.day_at[at] + reach)
        return 0

    @cython.cfunc
    def _matters(self, day: cython.int, claim: cython.int, number: cython.int) -> cython.bint:
        """Whether a line of the past may matter. A line that is judged as well counts once."""
        bit: cython.ulonglong = 1
        if claim < self.judged_claims:
            if number < IN_A_MASK:
                return not self.masks[2 * claim] & (bit << number)
            return (claim, number, 0) not in self.large
        return day == NO_DAY or (self.first_day <= day <= self.last_day)

    @cython.cfunc
    def _check(self, line: dict[Any, Any], shape: Shape) -> cython.int:
        """Look at what is not needed: it must be readable all the same."""
        at: cython.Py_ssize_t
        column: Column
        for at in range(len(self.singles)):
            name = shape.singles[at]
            cell = None if name is None else line.get(name)
            if cell is not None:
                column = self.singles[at]
                column.meaning(cell)
        for at in range(len(self.lists)):
            column = self.lists[at]
            key = self._key(line, shape, column)
            if key is not None:
                column.meaning(key)
        return 0

    # ---- column by column

    @cython.cfunc
    def _sort(self) -> cython.int:
        """By date, a missing one last; the past first on its date; then by claim and number."""
        at: cython.Py_ssize_t
        keys: list[Any] = []
        for at in range(self.count):
            keys.append(
                (
                    self.day_at[at] == NO_DAY,
                    self.day_at[at],
                    at < self.judged,
                    self.claim_ids[self.claim_at[at]],
                    self.number_at[at],
                )
            )
        for at, place in enumerate(sorted(range(len(keys)), key=keys.__getitem__)):
            self.order[at] = place
        return 0

    @cython.cfunc
    def _fill(self) -> cython.int:
        at: cython.Py_ssize_t
        place: cython.int
        used: cython.int = 0
        column: Column
        if self.count > self.day.shape[0]:
            self._make_room(2 * self.count, 4 * self.count)
        for at in range(self.count):
            place = self.order[at]
            self.day[at] = self.day_at[place]
            self.claim[at] = self.claim_at[place]
            self.history[at] = place >= self.judged
            self.denied[at] = 0
            self.code[at] = NO_CODE
        for at in range(len(self.singles)):
            self._fill_single(at)
        for at in range(len(self.lists)):
            column = self.lists[at]
            used = self._fill_list(column, used)
        self.members[1] = cython.cast(cython.int, self.count)
        return 0

    @cython.cfunc
    def _fill_single(self, number: cython.Py_ssize_t) -> cython.int:
        column: Column = self.singles[number]
        becomes: cython.int = column.becomes
        row: cython.int = column.row
        at: cython.Py_ssize_t
        shape: Shape
        line: dict[Any, Any]
        for at in range(self.count):
            line = self.items[self.order[at]]
            shape = self.shapes_of[self.order[at]]
            name = shape.singles[number]
            cell = None if name is None else line.get(name)
            found = None if cell is None else column.meaning(cell)
            if becomes == IS_PROCEDURE:
                self.code[at] = NO_CODE if found is None else self._code(found)
            elif becomes == IS_CODE:
                self.codes[row, at] = NO_CODE if found is None else self._code(found)
            elif becomes == IS_NUMBER:
                if found is None:
                    self.numbers[row, at] = NO_NUMBER
                else:
                    self.numbers[row, at] = found
            elif becomes == IS_DENIED and found is not None and self.history[at]:
                self.denied[at] = found
        return 0

    @cython.cfunc
    def _fill_list(self, column: Column, used: cython.int) -> cython.int:
        becomes: cython.int = column.becomes
        row: cython.int = column.row
        at: cython.Py_ssize_t
        shape: Shape
        line: dict[Any, Any]
        found: tuple[Any, ...]
        for at in range(self.count):
            line = self.items[self.order[at]]
            shape = self.shapes_of[self.order[at]]
            key = self._key(line, shape, column)
            found = NOTHING if key is None else column.meaning(key)
            if becomes == IS_LIST:
                self.list_start[row, at] = used
                for each in found:
                    if used == self.list_values.shape[0]:
                        self._make_room(self.day.shape[0], 2 * used)
                    self.list_values[used] = self._code(each)
                    used += 1
            elif becomes == IS_FIRST:
                self.codes[row, at] = self._code(found[0]) if len(found) > 0 else NO_CODE
            elif becomes == IS_COUNT:
                self.numbers[row, at] = SCALE * len(found)
        if becomes == IS_LIST:
            self.list_start[row, self.count] = used
        return used

    @cython.cfunc
    def _code(self, meaning: object) -> cython.int:
        """The number of a text: its own, or one for this batch."""
        if type(meaning) is int:
            return meaning
        number = self.texts.get(meaning)
        if number is None:
            number = FOR_ONE_BATCH + len(self.texts)
            self.texts[meaning] = number
        return number

    @cython.cfunc
    def _key(self, line: dict[Any, Any], shape: Shape, column: Column) -> object:
        """What a list is known by: its cells, and for diagnoses the pointers to them."""
        if not column.diagnoses:
            return _cells(line, shape.modifiers)
        diagnoses = _cells(line, shape.diagnoses)
        pointers = _cells(line, shape.pointers)
        if diagnoses is None and pointers is None:
            return None
        return (() if diagnoses is None else diagnoses, () if pointers is None else pointers)

    @cython.cfunc
    def _make_room(self, lines: cython.Py_ssize_t, values: cython.Py_ssize_t) -> cython.int:
        """Larger arrays with what the old ones held."""
        codes, numbers, lists = self.sizes
        larger = Arrays(codes, numbers, lists, lines, values)
        old: Any = self.filled
        if old is not None:
            for name, array in vars(old).items():
                whole = tuple([slice(size) for size in array.shape])
                getattr(larger, name)[whole] = array
        self.filled = larger
        self.is_new = True
        self.day = _view(larger.day)
        self.claim = _view(larger.claim)
        self.code = _view(larger.code)
        self.history = _view(larger.history)
        self.denied = _view(larger.denied)
        self.codes = _view(larger.codes)
        self.numbers = _view(larger.numbers)
        self.list_start = _view(larger.list_start)
        self.list_values = _view(larger.list_values)
        self.members = _view(larger.members)
        return 0


@cython.cfunc
def _cells(line: dict[Any, Any], names: tuple[Any, ...]) -> object:
    """The cells of a list, `None` if there are none: `names` begins with whether it is one list
    in one cell."""
    at: cython.Py_ssize_t
    found: list[Any] = []
    is_missing: cython.bint = True
    if len(names) == 1:
        return None
    if names[0]:
        cell = line.get(names[1])
        if type(cell) is not list and type(cell) is not tuple:
            return cell
        for each in cell:
            if each is True or each is False:
                raise UnusualError
        return tuple(cell)
    for at in range(1, len(names)):
        cell = None if names[at] is None else line.get(names[at])
        if cell is not None:
            is_missing = False
            if cell is True or cell is False:
                raise UnusualError
        found.append(cell)
    return None if is_missing else tuple(found)
