"""Columns of JSON values as they are written, for columns whose values are not all texts."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from editwright.evaluator.formats.ndjson import DECODER
from editwright.evaluator.formats.objects import plain_cell


class JsonValues(pa.ExtensionType):
    """The type of a column whose cells are JSON values; a missing one is an empty text."""

    def __init__(self) -> None:
        super().__init__(pa.string(), "editwright.json")

    def __arrow_ext_serialize__(self) -> bytes:
        return b""

    @classmethod
    def __arrow_ext_deserialize__(cls, _storage: Any, _serialized: bytes) -> "JsonValues":
        return cls()


_TYPE = JsonValues()


def json_values(texts: "pa.Array[Any]") -> "pa.Array[Any]":
    """The column of these texts."""
    column: pa.Array[Any] = pa.ExtensionArray.from_storage(_TYPE, texts)
    return column


def distinct_values(column: Any) -> tuple[NDArray[np.int32], list[object]]:
    """The different values of such a column as rows have them, and of each row the position of its
    value."""
    texts = column.storage.dictionary_encode()
    at: NDArray[np.int32] = texts.indices.to_numpy(zero_copy_only=False)
    return at, [
        plain_cell(DECODER.decode(text)) if text else None for text in texts.dictionary.to_pylist()
    ]
