"""An explanation as a person reads it."""

from collections.abc import Callable, Iterator

from editwright.evaluator.explaining.explain import LineExplanation, Trace
from editwright.evaluator.explaining.other_lines import line_text

ANSWERS = {True: "yes", False: "no", None: "not known"}

Paint = Callable[[str, str], str]
"""Colours a text by its kind."""


def explanation_text(explained: LineExplanation, paint: Paint) -> Iterator[str]:
    """The lines of text, without line ends."""
    yield paint("place", line_text(explained.line))
    if not explained.traces:
        yield "  no rule speaks of a line with this code"
    for at, trace in enumerate(explained.traces):
        yield ""
        yield from _trace(trace, paint)
        following = explained.traces[at + 1] if at + 1 < len(explained.traces) else None
        more = explained.rows_left_out.get(trace.rule)
        if more and (following is None or following.rule != trace.rule):
            yield ""
            rows = f"{more:,} more row{'s' if more > 1 else ''} of {trace.table}"
            yield f"  and {rows} on which {_name(trace)} does not fire"
    for each in explained.by_claim:
        yield ""
        yield paint("error", f"  denied with its claim: {each}")


def _trace(trace: Trace, paint: Paint) -> Iterator[str]:
    said = paint("error", "fires") if trace.fires else "does not fire"
    yield f"  {paint('place', _name(trace))} {said}    ({trace.place})"
    yield f"    {trace.sentence}"
    if trace.finding is not None:
        yield f"    {paint('error', trace.finding.message)}"
    elif trace.why_not is not None:
        yield f"    why not: {trace.why_not}"
    for step in trace.steps:
        answer = "" if step.fact else f": {ANSWERS[step.truth]}"
        yield f"    {'  ' * step.depth}- {step.text}{answer}"


def _name(trace: Trace) -> str:
    return f"{trace.ruleset}/{trace.rule}" if trace.ruleset else trace.rule
