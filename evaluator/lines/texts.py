"""The texts of a column and their numbers, shared by all batches of one reading."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, overload

import numpy as np
import pyarrow as pa
from attrs import frozen
from numpy.typing import NDArray

from editwright.evaluator.kernels.text_numbers import TextNumbers
from editwright.evaluator.lines.columns import NO_CODE

_MOST_SPELLINGS = 1 << 16
"""Where more spellings come, remembering them is not worth its memory."""
_NOTHING_SKIPPED = np.zeros(1, dtype=np.uint8)

TextArray: TypeAlias = "pa.Array[Any]"
"""An array of strings or large strings."""


@frozen(slots=True, eq=False)
class Texts(Sequence[str]):
    """Texts that stay as Arrow has them; each becomes a Python object when it is asked for."""

    array: TextArray
    numbered_by: object
    """Texts that the same object numbers differ only in how many there are."""

    def __len__(self) -> int:
        return len(self.array)

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            texts: list[Any] = self.array[at].to_pylist()
            return texts
        text: str = self.array[int(at)].as_py()
        return text

    def __iter__(self) -> Iterator[str]:
        texts: list[Any] = self.array.to_pylist()
        return iter(texts)


class TextColumn:
    """Numbers the texts of a column from 0, as they first occur."""

    def __init__(self) -> None:
        self._numbers = TextNumbers()
        self._texts: Texts | None = None
        self._dictionaries: dict[str, tuple[TextArray, NDArray[np.int32]]] = {}
        self._spellings: _Spellings | None = _Spellings()

    @property
    def texts(self) -> Texts:
        """The texts so far, in the order of their numbers."""
        if self._texts is None or len(self._texts) != len(self._numbers):
            self._texts = Texts(self.array(), self._numbers)
        return self._texts

    def array(self) -> TextArray:
        """The same texts, which outlive what numbered them."""
        return _array(*self._numbers.kept())

    def number(
        self, texts: TextArray, skipped: NDArray[np.uint8] | None = None
    ) -> NDArray[np.int32]:
        """The numbers of texts, int32 of shape (texts,); `NO_CODE` for null and where `skipped`,
        uint8 of the same shape, is not 0."""
        nulls = _nulls(texts)
        skipped = nulls if skipped is None else skipped | nulls
        return self._numbers.number(*text_buffers(texts), skipped)

    def number_one(self, text: str) -> int:
        """The number of one text."""
        data = np.frombuffer(text.encode() or b"\0", dtype=np.uint8)
        offsets = np.array([0, len(data) if text else 0])
        return int(self._numbers.number(data, offsets, _NOTHING_SKIPPED)[0])

    def number_each(self, texts: Iterable[str | None]) -> NDArray[np.int32]:
        """The numbers of texts; `NO_CODE` for `None`."""
        return self.number(text_array(texts))

    def number_spellings(
        self,
        texts: TextArray,
        number: Callable[[TextArray], NDArray[np.int32]],
        out: NDArray[np.int32],
    ) -> bool:
        """Write to `out`, int32 of shape (texts,), what `number` makes of texts as they are
        written, and `NO_CODE` for null. Each spelling is looked at once. Where there have been too
        many, nothing is written, and the answer is false."""
        if self._spellings is None:
            return False
        self._spellings.number(texts, number, out)
        if len(self._spellings.written) > _MOST_SPELLINGS:
            self._spellings = None
        return True

    def dictionary(
        self, column: str, texts: TextArray, number: Callable[[], NDArray[np.int32]]
    ) -> NDArray[np.int32]:
        """What `number` makes of a dictionary's texts, int32 of shape (texts,). The batches of a
        file repeat the dictionaries of their columns: those that come again are not made anew."""
        last = self._dictionaries.get(column)
        if last is not None and _are_the_same(last[0], texts):
            return last[1]
        found = number()
        self._dictionaries[column] = texts, found
        return found


class _Spellings:
    """Texts as they are written, and the numbers of what they mean."""

    def __init__(self) -> None:
        self.written = TextNumbers()
        self._meant = np.array([NO_CODE], dtype=np.int32)
        """Behind the meanings, where a number of -1 finds it, what null means."""

    def number(
        self,
        texts: TextArray,
        number: Callable[[TextArray], NDArray[np.int32]],
        out: NDArray[np.int32],
    ) -> None:
        """See `TextColumn.number_spellings`."""
        found = self.written.number(*text_buffers(texts), _nulls(texts))
        known = len(self._meant) - 1
        if len(self.written) > known:
            new = _array(*self.written.kept()).slice(known)
            self._meant = np.concatenate([self._meant[:known], number(new), self._meant[known:]])
        np.take(self._meant, found, out=out, mode="wrap")


def _nulls(texts: TextArray) -> NDArray[np.uint8]:
    """1 for null, 0 for other texts: uint8 of shape (texts,)."""
    if not texts.null_count:
        return np.zeros(len(texts), dtype=np.uint8)
    return texts.is_null().to_numpy(zero_copy_only=False).view(np.uint8)


def _array(starts: NDArray[np.int64], data: NDArray[np.uint8]) -> TextArray:
    buffers = [None, pa.py_buffer(starts.data), pa.py_buffer(data.data)]
    return pa.Array.from_buffers(pa.large_string(), len(starts) - 1, buffers)


def text_array(texts: Iterable[str | None]) -> TextArray:
    """Texts as large strings. Arrow's own way from a list asks pandas first, which takes half a
    second to import where it is there."""
    if isinstance(texts, Texts):
        return texts.array
    raw = [None if text is None else text.encode() for text in texts]
    offsets = np.zeros(len(raw) + 1, dtype=np.int64)
    np.cumsum([0 if each is None else len(each) for each in raw], out=offsets[1:])
    there = np.packbits(np.array([each is not None for each in raw], bool), bitorder="little")
    data = b"".join([each for each in raw if each is not None])
    buffers: list[pa.Buffer | None] = [
        pa.py_buffer(there.data),
        pa.py_buffer(offsets.data),
        pa.py_buffer(data),
    ]
    return pa.Array.from_buffers(pa.large_string(), len(raw), buffers)


def _are_the_same(texts: TextArray, others: TextArray) -> bool:
    """Whether two arrays are surely the same in memory."""
    if texts.type != others.type or len(texts) != len(others) or texts.offset != others.offset:
        return False
    return all(
        one is other or (one is not None and other is not None and one.equals(other))
        for one, other in zip(texts.buffers(), others.buffers(), strict=True)
    )


def text_buffers(texts: TextArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of texts, and where each starts: int64 of shape (texts + 1,)."""
    _, starts, data = texts.buffers()
    if not len(texts) or starts is None:
        return np.zeros(0, dtype=np.uint8), np.zeros(len(texts) + 1, dtype=np.int64)
    kind = "int64" if pa.types.is_large_string(texts.type) else "int32"
    first, last = texts.offset, texts.offset + len(texts) + 1
    offsets = np.frombuffer(memoryview(starts), dtype=kind)[first:last].astype(np.int64, copy=False)
    return np.frombuffer(memoryview(data or b""), dtype=np.uint8), offsets


def coded_ids(claim: NDArray[np.int32], ids: TextArray) -> "pa.Array[Any]":
    """The claim id of each line, by the number of its claim; no id is there twice."""
    make: Any = pa.DictionaryArray.from_arrays
    coded: pa.Array[Any] = make(pa.array(claim), ids)
    return coded


def spread(numbers: NDArray[np.int32], at: NDArray[np.int32]) -> NDArray[np.int32]:
    """`numbers[at]`; `NO_CODE` where `at` is `NO_CODE`."""
    if not len(numbers):
        return np.full(len(at), NO_CODE, dtype=np.int32)
    return np.where(at == NO_CODE, np.int32(NO_CODE), numbers[at])
