"""Which lines a rule speaks of, and how they are related: subjects, partners, likenesses."""

from collections.abc import Sequence
from typing import assert_never

from attrs import define

from editwright.grammar import nodes
from editwright.grammar.check_condition import Conditions
from editwright.grammar.checked import (
    ALWAYS,
    Both,
    Likeness,
    Lines,
    Moment,
    Negation,
    Partners,
    Relation,
    Test,
)  # fmt: skip
from editwright.grammar.diagnostics import did_you_mean
from editwright.grammar.fields import FIELDS, LIKENESS_FIELDS, field_meant
from editwright.grammar.literals import Literals
from editwright.grammar.source import Span


@define
class PartnerCheck:
    """Checks the lines and relations of one rule."""

    literals: Literals
    conditions: Conditions

    def lines(self, selection: nodes.Selection) -> Lines | None:
        tests = [self.narrowing(each) for each in selection.narrowings]
        condition = joined(tests)
        written = selection.codes
        if not written.members:
            excluded = nodes.ValueSet(written.excluded, span=written.span)
            without = self.literals.procedure_codes(excluded) if written.excluded else None
            if condition is None or (written.excluded and without is None):
                return None
            return Lines(None, condition, without)
        values = self.literals.procedure_codes(written)
        if values is None or condition is None:
            return None
        return Lines(values, condition)

    def narrowing(self, written: nodes.Narrowing) -> Test | None:
        test = self.conditions.test(written.condition)
        if test is None or written.kind != "without":
            return test
        return Negation(test)

    def partners(
        self,
        written: nodes.Partner,
        relations: nodes.Relations,
        sentence_span: Span,
        windows: Sequence[nodes.Window] = (),
    ) -> Partners | None:
        lines = self.lines(written.selection)
        if lines is None and not (relations.whens or windows):
            self.likenesses(relations.whos)
            return None  # what was taken for a partner is none, so it needs no relation
        relation = self._relation(relations, sentence_span, windows)
        if lines is None or relation is None:
            return None
        return Partners(lines, relation, written.payable)

    def _relation(
        self, written: nodes.Relations, sentence: Span, windows: Sequence[nodes.Window]
    ) -> Relation | None:
        likenesses = self.likenesses(written.whos)
        groups: list[tuple[Moment, ...]] = []
        sound = likenesses is not None
        if windows:
            placed = [self._window(each, "partner") for each in windows]
            groups.append(tuple(each for each in placed if each is not None))
            sound &= all(each is not None for each in placed)
        for when in written.whens:
            moments = [self._moment(each) for each in when.moments]
            groups.append(tuple(each for each in moments if each is not None))
            sound &= all(each is not None for each in moments)
        if not groups and likenesses is None:
            return None  # what was meant as the "when" may be what is misspelt
        if not groups:
            self.literals.problems.add(
                "E501",
                f"`{self.quote(sentence)}` does not say when",
                Span(sentence.start, written.span.end),
                here="same claim, same date, or within how many days?",
                help="add `same claim`, `same date`, `ever`, or `within 3 days before`, say",
            )
            return None
        return Relation(tuple(groups), likenesses or ()) if sound else None

    def quote(self, span: Span) -> str:
        text = " ".join(self.literals.problems.source.text[span.start : span.end].split())
        return text if len(text) <= 60 else text[:57] + "..."

    def _moment(self, written: nodes.Moment) -> Moment | None:
        match written:
            case nodes.Same(what):
                return Moment(what)
            case nodes.Ever():
                return Moment("ever")
            case nodes.Window():
                return self._window(written, "subject")
            case _:
                assert_never(written)

    def _window(self, written: nodes.Window, anchor: str) -> Moment | None:
        count = self.literals.count(written.count, f"a number of {written.unit}", 0)
        if anchor == "partner" and written.direction is None:
            behind = self.literals.problems.source.text[
                written.span.end : written.span.end + 10
            ].split()
            side = "before" if behind and behind[0].lower() == "prior" else "after"
            self.literals.problems.add(
                "E504",
                "this window does not say on which side of the partner it lies",
                written.span,
                here="`before` or `after`?",
                help=f"write `within {written.count.text} {written.unit} {side}`, say, or put the"
                " window behind the partner",
            )
            return None
        if count is None:
            return None
        return Moment("window", count, written.unit, written.direction, written.on, anchor)  # type: ignore[arg-type]

    def likenesses(self, written: Sequence[nodes.Who]) -> tuple[Likeness, ...] | None:
        likenesses: list[Likeness] = []
        seen: dict[str, bool] = {}
        sound = True
        for who in written:
            if who.what in seen:
                opposed = seen[who.what] != who.different
                self.literals.problems.add(
                    "E502",
                    f"`{who.what}` cannot be both the same and different"
                    if opposed
                    else f"`{who.what}` is said twice",
                    who.span,
                    help="keep one of the two",
                )
                sound = False
                continue
            seen[who.what] = who.different
            found = (
                FIELDS[who.what]
                if who.what in LIKENESS_FIELDS
                else self.literals.names.field(who.what)
            )
            if found is None:
                if self.literals.names.kind_of(who.what) in ("list", "table"):
                    self.literals.problems.add(
                        "E402",
                        f"`{who.what}` is a {self.literals.names.kind_of(who.what)}, not a field",
                        who.span,
                        help="two lines share a field, such as `same provider`",
                    )
                elif not self.literals.names.knows(who.what):
                    self.literals.problems.add(
                        "E401",
                        f"nothing is called `{who.what}` that two lines could share",
                        who.span,
                        help=self._likeness_meant(who),
                    )
                sound = False
                continue
            likenesses.append(Likeness(found, who.different))
        return tuple(likenesses) if sound else None

    def _likeness_meant(self, who: nodes.Who) -> str:
        """What to do about a word that is no field which two lines could share."""
        if who.what.lower() in ("member", "patient", "beneficiary", "subscriber"):
            return "leave this out: a partner is always a line of the same member"
        meant = field_meant(who.what)
        if meant in LIKENESS_FIELDS:
            return f"did you mean `{'different' if who.different else 'same'} {meant}`?"
        known = [*LIKENESS_FIELDS, *self.literals.names.fields(), "date", "claim"]
        return (
            did_you_mean(who.what, known) or f"declare it with `field {who.what.lower()} is code`"
        )


def joined(tests: Sequence[Test | None]) -> Test | None:
    """All tests as one; nothing where one of them has a problem."""
    if not tests:
        return ALWAYS
    known = [test for test in tests if test is not None]
    if len(known) < len(tests):
        return None
    return known[0] if len(known) == 1 else Both(tuple(known))
