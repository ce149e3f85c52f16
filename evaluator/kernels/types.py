"""The words of Cython's pure-Python mode, for machines that run the kernels without Cython.

Kernels are written once. Compiled, these words give C types; interpreted, they mean nothing, and
the stand-ins below let the same file run.
"""

from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

compiled = False


class _Type:
    """Stands for a C type in annotations: `int`, `int[::1]`, `int[:, ::1]`."""

    def __getitem__(self, _shape: object) -> "_Type":
        return self

    def __call__(self, value: Any = 0) -> Any:
        return value


bint = char = uchar = short = ushort = int = uint = longlong = ulonglong = double = _Type()
Py_ssize_t = void = const = _Type()


def declare(_kind: object, value: Any) -> Any:
    """A global of a C type."""
    return value


def cclass(kind: T) -> T:
    """A class that becomes an extension type."""
    return kind


def final(kind: T) -> T:
    """A class without subclasses."""
    return kind


def no_gc(kind: T) -> T:
    """A class whose objects are in no circles of references."""
    return kind


def cfunc(function: T) -> T:
    """A function that only other compiled code calls."""
    return function


def ccall(function: T) -> T:
    """A function that compiled code calls without Python in between."""
    return function


def inline(function: T) -> T:
    """A function that is compiled into its callers."""
    return function


def exceptval(*_values: object, **_options: object) -> Callable[[T], T]:
    """What a compiled function returns instead of raising."""
    return lambda function: function


def cast(_kind: object, value: Any) -> Any:
    """A number of an array as a plain whole number, which cannot overflow."""
    return value.__index__()


class _Lock:
    """`with nogil:` around a block, and `@nogil` on a function."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def __call__(self, function: T) -> T:
        return function


nogil = gil = _Lock()
