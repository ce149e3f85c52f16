"""Measurements to plots, where matplotlib is installed (`pip install 'editwright[bench]'`)."""

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from attrs import frozen

from benchmarks.report import Measured


@frozen(slots=True)
class _Plot:
    """One plot: a line for each engine of a scenario, or for each scenario that starts so."""

    name: str
    title: str
    scenarios: str
    across: str
    per_unit: bool = False


_PLOTS = (
    _Plot("batch-seconds", "NCCI over a file of claims", "NCCI, by date", "lines"),
    _Plot("growth-rules", "Cost of a line as rules grow", "rules ", "rules or rows", per_unit=True),
    _Plot("one-claim-lines", "One claim, NCCI", "one claim, NCCI", "lines of the claim"),
    _Plot("start-rules", "Loading rules", "load rules", "rules"),
)


def write_plots(measured: Sequence[Measured], folder: Path) -> dict[str, Path]:
    """The plots that were written into the folder, by title."""
    if find_spec("matplotlib") is None:
        return {}
    written = {}
    for plot in _PLOTS:
        curves = _curves(measured, plot)
        if curves:
            written[plot.title] = _draw(plot, curves, folder / f"{plot.name}.svg")
    return written


def _curves(measured: Sequence[Measured], plot: _Plot) -> dict[str, list[tuple[int, float]]]:
    """Of each curve, its sizes and seconds."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for each in measured:
        name = each.scenario.removesuffix(", p99")
        if not name.startswith(plot.scenarios) or "history" in name or each.amount == 0:
            continue
        seconds = each.seconds / each.units if plot.per_unit else each.seconds
        curve = each.engine if each.engine != "editwright" else f"{each.engine}: {each.scenario}"
        curve = f"{curve}, p99" if "p99" in each.scenario and "p99" not in curve else curve
        curves.setdefault(curve, []).append((each.amount, seconds))
    return {name: sorted(points) for name, points in curves.items()}


def _draw(plot: _Plot, curves: dict[str, list[tuple[int, float]]], path: Path) -> Path:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = plot.name
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2), layout="constrained")
    for name, points in curves.items():
        sizes, seconds = zip(*points, strict=True)
        axes.plot(sizes, seconds, marker="o", label=name)
    axes.set(
        xscale="log",
        yscale="log",
        title=plot.title,
        xlabel=plot.across,
        ylabel="seconds per line" if plot.per_unit else "seconds",
    )
    axes.grid(visible=True, which="both", alpha=0.2)
    figure.legend(fontsize="small", loc="outside lower left")  # over no point
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path
