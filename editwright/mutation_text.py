"""Mutation results as a person reads them: what no example notices, and the example that would."""

from editwright.console import Paint, counted
from editwright.evaluator.mutation.survey import Mutant, Survey


def mutation_text(survey: Survey, paint: Paint) -> str:
    """The changes that survived, those that one example would catch together; then the score."""
    groups: dict[str, list[Mutant]] = {}
    for mutant in survey.survivors:
        groups.setdefault(mutant.example or "", []).append(mutant)
    out: list[str] = []
    for example, mutants in groups.items():
        for mutant in mutants:
            place = paint("place", f"{mutant.file}:{mutant.line}: {mutant.rule}:")
            out.append(f"{place} {mutant.change}")
            out.append(paint("error", f"  - {mutant.before}"))
            if mutant.after:
                out.append(paint("ok", f"  + {mutant.after}"))
        them = "this change" if len(mutants) == 1 else "these changes"
        out += [f"  no example notices {them}; this one would:", ""]
        out += [f"    {line}" for line in example.splitlines()]
        out.append("")
    return "\n".join([*out, *_summary(survey, paint)])


def _summary(survey: Survey, paint: Paint) -> list[str]:
    noticed, survived = len(survey.of_fate("noticed")), len(survey.survivors)
    kind = "error" if survived else "ok"
    said = [
        paint(
            kind,
            f"{noticed:,} of {counted(noticed + survived, 'change')} noticed"
            f" ({survey.score:.1f} %), {survived:,} survived.",
        )
    ]
    same = len(survey.of_fate("no difference found"))
    if same:
        said.append(f"No claim was found that shows a difference for {counted(same, 'change')}.")
    unseen = len(survey.of_fate("not shown by examples"))
    if unseen:
        said.append(
            f"{counted(unseen, 'change')} of reason codes: an example does not speak of them."
        )
    return said
