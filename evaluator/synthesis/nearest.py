"""For a rule, the smallest claim that it fires on and the nearest ones that it does not: one for
each thing that, changed alone, turns its answer."""

from collections.abc import Iterator, Sequence

from attrs import field, frozen

from editwright.evaluator.examples.run_examples import Found, held_against, lines_of
from editwright.evaluator.examples.workshop import Workshop
from editwright.evaluator.meaning.relations import rows_in_force
from editwright.evaluator.meaning.truth import Rows
from editwright.evaluator.synthesis.bases import bases
from editwright.evaluator.synthesis.draft import Draft
from editwright.evaluator.synthesis.judging import FileJudge
from editwright.evaluator.synthesis.rows import rows_to_try
from editwright.evaluator.synthesis.seeds import seeds
from editwright.evaluator.synthesis.variations import variations
from editwright.evaluator.synthesis.written import example_of, text_of
from editwright.grammar.checked import Needs, Rule

MOST_BASES = 40


@frozen(slots=True)
class Shown:
    """One example, ready to paste, and whether the rule fires in it."""

    rule: str
    title: str
    fires: bool
    text: str

    def as_dict(self) -> dict[str, object]:
        """The example as plain values."""
        return {"rule": self.rule, "title": self.title, "fires": self.fires, "example": self.text}


@frozen(slots=True, eq=False)
class Candidate:
    """A draft, the rows it was made for, and all that its file's rules find in it."""

    draft: Draft
    rows: Rows
    found: Sequence[Found] = field(repr=False)

    def fires(self, rule: Rule) -> bool:
        """Whether the rule is among them."""
        return any(each.rule == rule.name for each in self.found)

    def plainness(self, rule: Rule) -> tuple[int, int, int]:
        """Few findings of other rules, few lines, few words."""
        others = len({each.rule for each in self.found if each.rule != rule.name})
        words = sum(len(line.given.values) for line in self.draft.lines)
        return others, len(self.draft.lines), words


def examples_of(rule: Rule, shop: Workshop, judge: FileJudge) -> list[Shown]:
    """The examples of a rule: what it fires on first; nothing where no claim was found."""
    found = [
        Candidate(draft, rows, judge.found(draft.service_lines()))
        for rows, draft in _drafts(rule, shop)
    ]
    firing = sorted((c for c in found if c.fires(rule)), key=lambda each: each.plainness(rule))
    if not firing:
        return []
    shown = [firing[0]]
    shown += _turned(rule, firing[0], judge)
    if isinstance(rule.core, Needs):
        silent = [c for c in found if not c.fires(rule) and len(c.draft.lines) > 1]
        for each in sorted(silent, key=lambda one: one.plainness(rule))[:1]:
            shown += [each, *_turned(rule, each, judge)]
    by_lines: dict[str, Shown] = {}
    for candidate in shown:
        written = _written(rule, candidate, shop, judge)
        if written is not None:
            by_lines.setdefault(written.text.partition("\n")[2], written)
    return list(by_lines.values())


def _drafts(rule: Rule, shop: Workshop) -> Iterator[tuple[Rows, Draft]]:
    instances = rows_to_try(rule)
    found = [(rows, base) for rows in instances for base in bases(rule, rows)]
    yield from found[:MOST_BASES]
    for seed in seeds(rule, shop.file.examples):
        yield from ((rows, seed) for rows in instances[:1])


def _turned(rule: Rule, base: Candidate, judge: FileJudge) -> Iterator[Candidate]:
    """The claims with one thing changed on which the rule answers otherwise, the least changed
    for each thing that can be."""
    fires = base.fires(rule)
    nearest: dict[frozenset[object], tuple[int, Candidate]] = {}
    in_force = rows_in_force(rule, base.rows, base.draft.lines[0].day) or base.rows
    for draft in variations(rule, in_force, base.draft):
        candidate = Candidate(draft, base.rows, judge.found(draft.service_lines()))
        if candidate.fires(rule) == fires:
            continue
        what, far = _change(base.draft, draft)
        others = candidate.plainness(rule)[0] * 100_000
        if what not in nearest or nearest[what][0] > far + others:
            nearest[what] = far + others, candidate
    for what, (_, candidate) in nearest.items():
        # Where one change is enough, two together say nothing more.
        if not any(less < what for less in nearest):
            yield candidate


def _change(one: Draft, two: Draft) -> tuple[frozenset[object], int]:
    """What differs between two drafts, and by how many days or units."""
    if len(one.lines) != len(two.lines):
        return frozenset({("lines", len(two.lines), two.told)}), 0
    moved = {
        (after.day - before.day).days
        for before, after in zip(one.lines, two.lines, strict=True)
        if before.day is not None and after.day is not None
    }
    if len(moved) == 1 and moved != {0}:
        (days,) = moved
        return frozenset({("all", days > 0)}), abs(days)
    what: list[object] = []
    far = 0
    for at, (before, after) in enumerate(zip(one.lines, two.lines, strict=True)):
        old, new = before.given, after.given
        if old.first != new.first and old.first is not None and new.first is not None:
            what.append((at, "day", new.first > old.first))
            far += abs((new.first - old.first).days)
        if old.units != new.units:
            what.append((at, "units", new.units > old.units))
            far += abs(int(new.units - old.units))
        what += [
            (at, name)
            for name in ("code", "modifiers", "claim", "history")
            if getattr(old, name) != getattr(new, name)
        ]
        what += [
            (at, name, name in new.values)
            for name in sorted({*old.values, *new.values})
            if old.values.get(name) != new.values.get(name)
        ]
    if (one.born, one.age) != (two.born, two.age):
        later = two.born is None or one.born is None or two.born > one.born
        what.append(("age", two.born is None, later))
        far += abs((two.born - one.born).days) if two.born and one.born else 0
    if one.sex != two.sex:
        what.append(("sex", two.sex is None))
    return frozenset(what), far


def _written(rule: Rule, candidate: Candidate, shop: Workshop, judge: FileJudge) -> Shown | None:
    """The example, if it is sound and holds."""
    title = f"{rule.name}: {candidate.draft.told}"
    text = text_of(example_of(candidate.draft, title, candidate.found))
    example = shop.example(text)
    if example is None:
        return None
    found = judge.found(lines_of(example))
    if any(held_against(example, found)):
        return None
    fires = any(each.rule == rule.name for each in found)
    return Shown(rule.name, title, fires, text)
