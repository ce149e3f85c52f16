"""What is measured: a named scenario, and the job that it prepares at one size."""

from collections.abc import Callable
from pathlib import Path

from attrs import frozen

EDITWRIGHT = "editwright"
ROOT = Path(__file__).parents[1]
SHIPPED = tuple(sorted((ROOT / "rulesets").glob("*.edits")))
"""The rule files that ship."""


@frozen(slots=True)
class Job:
    """Work that can be run again and again; everything that is not measured is already done."""

    size: str
    """How much work, in words: `1,000 rules, 10,000 lines`."""
    units: int
    """How many of `unit` one run deals with."""
    unit: str
    run: Callable[[], object]
    percentiles: tuple[int, ...] = (50,)
    runs: int | None = None
    """How often to run it, where the usual few times are not enough, or too many."""
    in_child: bool = False
    """Whether the work is another process's: `run` then answers with its peak in megabytes."""
    timed: Callable[[], tuple[list[float], float]] | None = None
    """Work that takes its own times and peak, which then count."""
    outcome: Callable[[], str] | None = None
    """What came out of the last run, in words: the same for all engines on the same work."""


@frozen(slots=True)
class Scenario:
    """A named kind of work, and the sizes at which it is measured."""

    name: str
    prepare: Callable[[int, Path], Job]
    """Gets a size and a folder for files; imports what it measures by itself."""
    sizes: tuple[int, ...]
    quick_sizes: tuple[int, ...]
    chapter: str = "Language"
    """The part of the document that shows it."""
    engine: str = EDITWRIGHT
    needs: str | None = None
    """The package without which it is left out."""
    cores: int | None = None
    """How many cores it may use; `None` for all that there are. Only Linux can hold it to them."""

    @property
    def key(self) -> str:
        """What the scenario is called, its engine included."""
        return self.name if self.engine == EDITWRIGHT else f"{self.name}: {self.engine}"
