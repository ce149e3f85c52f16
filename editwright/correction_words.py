"""What the command line says of replaced and voided claims."""

from collections.abc import Iterator

from editwright.console import counted
from editwright.evaluator.corrections.in_lines import Corrected, ToJudge
from editwright.evaluator.lines.frequency import VOID


def corrected_text(corrected: Corrected) -> Iterator[str]:
    """Lines for the summary: what was left out, and why."""
    for noun, claims, lines in (
        ("replaced claim", corrected.replaced_claims, corrected.replaced_lines),
        ("voided claim", corrected.voided_claims, corrected.voided_lines),
        ("void", corrected.void_claims, corrected.void_lines),
    ):
        if claims:
            # where claims come one by one, their lines are not counted
            of_them = f"{counted(lines, 'line')} of " if lines else ""
            yield f"{of_them}{counted(claims, noun)} left out"
    if corrected.unclear_claims:
        several = corrected.unclear_claims > 1
        yield (
            f"note: {counted(corrected.unclear_claims, 'correction')} may mean several claims, "
            f"and {'leave' if several else 'leaves'} them all in"
        )


def what_became(found: ToJudge, claim_id: str) -> str | None:
    """Why a claim is not judged: what replaced or voided it; nothing where nothing did."""
    for key, outcome in sorted(found.outcomes.items()):
        if key[0] == claim_id:
            own = "a later version of it" if outcome.by == claim_id else f"claim {outcome.by}"
            return f"{own} {'replaces' if outcome.what == 'replaced' else 'voids'} it"
    return "it voids another claim" if (claim_id, VOID) in found.voids else None
