"""Items made in another thread before they are asked for: few, and in their order."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")

_MOST = 2


def ahead(items: Iterator[T]) -> Iterator[T]:
    """The same items, none of them `None`. What making one raises is raised in its place."""
    with ThreadPoolExecutor(1) as pool:
        waiting = deque(pool.submit(next, items, None) for _ in range(_MOST))
        while (item := waiting.popleft().result()) is not None:
            waiting.append(pool.submit(next, items, None))
            yield item
