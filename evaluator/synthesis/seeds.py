"""Claims of a file's own examples as drafts: an author's lines have what the file's other rules
ask of them, and a claim made from them is of one piece with the rest."""

from collections.abc import Iterable, Iterator

from attrs import evolve

from editwright.evaluator.meaning.truth import among
from editwright.evaluator.synthesis.draft import FIRST_CLAIM, Draft, DraftLine, Role
from editwright.grammar import checked as c

MOST_SEEDS = 8


def seeds(rule: c.Rule, examples: Iterable[c.Example]) -> Iterator[Draft]:
    """The examples with a line that a rule may fire on, that line first."""
    found = 0
    for example in examples:
        if found == MOST_SEEDS:
            return
        draft = _draft(rule, example)
        if draft is not None:
            found += 1
            yield draft


def _draft(rule: c.Rule, example: c.Example) -> Draft | None:
    given = example.lines
    subjects = [at for at, line in enumerate(given) if not line.history and _is(rule, line.code)]
    if not subjects or any(line.first is None or line.last for line in given):
        return None
    order = [subjects[0], *(at for at in range(len(given)) if at != subjects[0])]
    if isinstance(rule.core, c.Limit):
        order = list(range(len(given)))
    lines = tuple(DraftLine(_own_claim(given[at]), _role(rule, given[at])) for at in order)
    told = example.title.split(": ", 1)[-1]
    return Draft(lines, example.born, example.age, example.sex, told)


def _own_claim(line: c.GivenLine) -> c.GivenLine:
    """History that names no claim is one by itself, whatever its place."""
    return evolve(line, claim=FIRST_CLAIM) if line.claim.startswith("history ") else line


def _is(rule: c.Rule, code: str) -> bool:
    codes = rule.subject.codes
    rows = c.rows_of(rule) if rule.table is not None and rule.table.rows <= 1000 else []
    return codes is None or among(codes, code, rows)


def _role(rule: c.Rule, line: c.GivenLine) -> Role:
    """What a line is there for: a partner where it may be one, else an exempting line."""
    rows = c.rows_of(rule) if rule.table is not None and rule.table.rows <= 1000 else []
    if isinstance(rule.core, c.Needs | c.Excludes):
        lines = rule.core.partners.lines
        if lines.codes is None or among(lines.codes, line.code, rows):
            return "partner"
    for each in rule.exemptions:
        if isinstance(each, c.PartnerExemption):
            codes = each.partners.lines.codes
            if codes is None or among(codes, line.code, rows):
                return "exempting"
    return "subject"
