"""The garbage collector, paused while many small objects are built: it would look at all of them
over and over and find nothing to collect."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collection_paused() -> Iterator[None]:
    """No collection inside; afterwards as before.

    What was built counts as old then: the next collection would else look at all of it at once.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            if not gc.get_freeze_count():  # else somebody's frozen objects would thaw
                gc.freeze()
                gc.unfreeze()  # these two move everything to the oldest generation
            gc.enable()
