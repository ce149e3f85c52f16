"""Measurements to one table, with the machine that they were made on."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from attrs import asdict, frozen

_PACKAGES = ("editwright", "attrs", "lark", "numpy", "pyarrow")
_PEERS = ("duckdb", "polars", "pandas", "zen-engine", "rule-engine")

HEAD = ("scenario", "size", "engine", "seconds", "rate", "peak memory")


@frozen(slots=True)
class Measured:
    """What one scenario took at one size."""

    chapter: str
    scenario: str
    engine: str
    amount: int
    """The size as a number."""
    size: str
    seconds: float
    """The median run, or the percentile that the scenario's name says."""
    units: int
    unit: str
    peak_megabytes: float
    runs: int
    outcome: str = ""

    def as_dict(self) -> dict[str, object]:
        """The measurement as plain values."""
        return asdict(self)

    def row(self) -> tuple[str, ...]:
        """The measurement as a row of the table."""
        return (
            self.scenario,
            self.size,
            self.engine,
            short(self.seconds),
            f"{short(self.units / self.seconds)} {self.unit}/s",
            f"{self.peak_megabytes:,.0f} MB",
        )


@frozen(slots=True)
class LeftOut:
    """A measurement that there is none of, and why."""

    chapter: str
    scenario: str
    engine: str
    amount: int
    reason: str

    def as_dict(self) -> dict[str, object]:
        """The same as plain values."""
        return asdict(self)


def machine() -> dict[str, str]:
    """The machine, the Python and the packages that matter, by name."""
    found = {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
    }
    for package in (*_PACKAGES, *_PEERS):
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def differing(measured: Sequence[Measured]) -> list[str]:
    """Where engines on the same work came to different outcomes, in words."""
    outcomes: dict[tuple[str, str], dict[str, str]] = {}
    for each in measured:
        if each.outcome:
            outcomes.setdefault((each.scenario, each.size), {})[each.engine] = each.outcome
    return [
        f"{scenario}, {size}: {found}"
        for (scenario, size), found in outcomes.items()
        if len(set(found.values())) > 1
    ]


def table_text(measured: Sequence[Measured], *, cpu: bool) -> str:
    """The table, its columns under each other."""
    head = tuple("CPU seconds" if cpu and name == "seconds" else name for name in HEAD)
    rows = [head, *(each.row() for each in measured)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number < 3 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def short(number: float) -> str:
    """Three digits that count."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}" if number >= 0.001 else f"{number:.6f}"


def _processor() -> str:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
