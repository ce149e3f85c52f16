"""The clauses of a rule: what exempts from it, what it does, what it says, and when it holds."""

import re
from collections.abc import Sequence
from datetime import date
from typing import TypeVar

from attrs import define

from editwright.grammar import codes, nodes
from editwright.grammar.check_condition import Conditions
from editwright.grammar.check_partners import PartnerCheck
from editwright.grammar.checked import (
    ALWAYS,
    Exemption,
    Interval,
    PartnerExemption,
    RowValue,
)  # fmt: skip
from editwright.grammar.diagnostics import Label, did_you_mean
from editwright.grammar.literals import Literals
from editwright.grammar.source import Span

C = TypeVar("C", nodes.Otherwise, nodes.Because, nodes.Cites, nodes.Effective)

SLOTS = (
    "code", "date", "units", "modifiers", "partner", "partner_date", "limit", "total", "rule",
)  # fmt: skip
"""What a message may quote in braces."""

_SLOT = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|([{}])")
_REASON = re.compile(r"(CO|CR|OA|PI|PR)-([0-9]{1,3}|[A-Z][0-9]{1,2})")
_GROUP = re.compile("CO|CR|OA|PI|PR")
_REMARK = re.compile(r"N[0-9]{1,4}|MA?[0-9]{1,3}")
_WORD_OF_CLAUSE = {
    nodes.Otherwise: "otherwise",
    nodes.Because: "because",
    nodes.Cites: "source",
    nodes.Effective: "effective",
}


@define
class ClauseCheck:
    """Checks the clauses of one rule."""

    written: Sequence[nodes.Clause]
    literals: Literals
    conditions: Conditions
    related: PartnerCheck
    ruleset_interval: Interval | None

    def one(self, kind: type[C]) -> C | None:
        """The clause of a kind that may stand once."""
        found = [each for each in self.written if isinstance(each, kind)]
        for again in found[1:]:
            self.literals.problems.add(
                "E505",
                f"this rule has two `{_WORD_OF_CLAUSE[kind]}` clauses",
                again.span,
                help="keep one of the two",
                labels=(Label(self.literals.problems.source, found[0].span, "the first is here"),),
            )
        return found[0] if found else None

    def exemptions(self, verb: nodes.Verb) -> tuple[Exemption | PartnerExemption, ...]:
        exemptions: list[Exemption | PartnerExemption] = []
        for clause in self.written:
            if isinstance(clause, nodes.Unless):
                test = self.conditions.test(clause.condition)
                when = self.conditions.test(clause.when) if clause.when else ALWAYS
                self._check_side(clause, verb)
                if test is not None and when is not None:
                    exemptions.append(Exemption(test, clause.side, when))
            elif isinstance(clause, nodes.UnlessPartner):
                partners = self.related.partners(clause.partner, clause.relations, clause.span)
                when = self.conditions.test(clause.when) if clause.when else ALWAYS
                if partners is not None and when is not None:
                    exemptions.append(PartnerExemption(partners, when))
        return tuple(exemptions)

    def _check_side(self, clause: nodes.Unless, verb: nodes.Verb) -> None:
        """A `requires` rule fires where no other line is there, so `either` is the subject line."""
        requires = isinstance(verb, nodes.RequiresPartner)
        if isinstance(verb, nodes.NotAllowedWith) or (requires and clause.side == "either"):
            return
        if clause.side is None:
            return
        words = "on either line" if clause.side == "either" else "on the other line"
        why = (
            "the rule fires where that line is not there"
            if requires
            else "this rule speaks of one line only"
        )
        self.literals.problems.add(
            "E504",
            f"`{words}` has no other line to look at: {why}",
            clause.span,
            help=f"leave `{words}` out",
        )

    def reasons(self, otherwise: nodes.Otherwise) -> tuple[str | None, str | None, tuple[str, ...]]:
        if not otherwise.reasons:
            return None, None, ()
        first, *rest = otherwise.reasons
        match = _REASON.fullmatch(first.text.upper())
        if match is None and rest and _GROUP.fullmatch(first.text.upper()):
            self._apart(first, rest.pop(0))
        elif match is None:
            self._bad_reason(first)
        remarks: list[str] = []
        for word in rest:
            if _REMARK.fullmatch(word.text.upper()):
                remarks.append(word.text.upper())
            else:
                self.literals.problems.add(
                    "E307",
                    f"`{word.text}` is not a remark code (RARC)",
                    word.span,
                    here="expected a code such as `N122`, `M15` or `MA63`",
                    help=f"did you mean `N{word.text}`?"
                    if word.text.isdigit()
                    else "a remark is `N`, `M` or `MA` and its number",
                )
        return (match[1], match[2], tuple(remarks)) if match else (None, None, tuple(remarks))

    def _apart(self, group: nodes.One, carc: nodes.One) -> None:
        """`CO 107`: the group and the reason in two words."""
        said = f"{group.text} {carc.text}"
        self.literals.problems.add(
            "E307",
            f"`{said}` is not a group and a reason (CARC)",
            Span(group.span.start, carc.span.end),
            here="expected a code such as `CO-97`",
            help=f"write `{group.text.upper()}-{carc.text.upper()}`",
        )

    def _bad_reason(self, word: nodes.One) -> None:
        text = word.text.upper()
        group = text.split("-", 1)[0]
        if _REMARK.fullmatch(text):
            advice = f"a remark stands behind the reason: `as CO-16 {text}`"
        elif text.isdigit() or re.fullmatch("[A-Z][0-9]+", text):
            advice = f"write it with its group, as `CO-{text}`"
        elif joined := re.fullmatch("(CO|CR|OA|PI|PR)([A-Z]?[0-9]+)", text):
            advice = f"write `{joined[1]}-{joined[2]}`"
        elif "-" in text and group not in ("CO", "CR", "OA", "PI", "PR"):
            advice = "the groups are `CO`, `CR`, `OA`, `PI` and `PR`"
        else:
            advice = "a reason is a number, or a letter and a number: `CO-97`, `CO-B15`"
        self.literals.problems.add(
            "E307",
            f"`{word.text}` is not a group and a reason (CARC)",
            word.span,
            here="expected a code such as `CO-97`",
            help=advice,
        )

    def because(self) -> str | RowValue | None:
        """The rule's message, its slots known."""
        clause = self.one(nodes.Because)
        if clause is None:
            return None
        if isinstance(clause.text, nodes.Text):
            self._check_slots(clause.text)
        return self._text_or_row(clause.text)

    def _check_slots(self, text: nodes.Text) -> None:
        written = self.literals.problems.source.text[text.span.start : text.span.end]
        for match in _SLOT.finditer(written):
            if match[0] in ("{{", "}}") or match[1] in SLOTS:
                continue
            at = text.span.start + match.start()
            span = Span(at, text.span.start + match.end())
            slots = ", ".join(f"{{{slot}}}" for slot in SLOTS)
            if match[2]:
                self.literals.problems.add(
                    "E308",
                    f"`{match[2]}` stands alone in this message",
                    span,
                    help=f"the slots are {slots}; write `{match[2] * 2}` for a brace",
                )
                continue
            near = did_you_mean(match[1], SLOTS).replace("`", "")
            self.literals.problems.add(
                "E308",
                f"a message has no slot `{match[0]}`",
                span,
                help=(near.replace("mean ", "mean `{").replace("?", "}`?; ") if near else "")
                + f"the slots are {slots}",
            )

    def cites(self) -> str | RowValue | None:
        """The rule's source."""
        clause = self.one(nodes.Cites)
        return None if clause is None else self._text_or_row(clause.text)

    def _text_or_row(self, text: nodes.Text | nodes.One) -> str | RowValue | None:
        if isinstance(text, nodes.Text):
            return text.text
        if text.row_column is None:
            self.literals.problems.add(
                "E201",
                f"`{text.text}` is not a text",
                text.span,
                here="expected a text in quotes",
                help='put the text in double quotes (`"`)',
            )
            return None
        return self.literals.row_value(text, "code", codes.TEXT)

    def intervals(self) -> tuple[Interval, ...]:
        """The dates that bound the rule: its ruleset's and its own."""
        bounds = [self.ruleset_interval] if self.ruleset_interval else []
        clause = self.one(nodes.Effective)
        if clause is None:
            return tuple(bounds)
        first = self._end(clause.first)
        last = self._end(clause.last) if clause.last else None
        if isinstance(first, date) and isinstance(last, date) and first > last:
            self.literals.problems.add(
                "E507",
                "these dates run backwards",
                clause.span,
                help=f"write `effective {last} to {first}`",
            )
        return (*bounds, Interval(first, last))

    def _end(self, word: nodes.One) -> date | RowValue | None:
        if word.row_column is not None:
            return self.literals.row_value(word, "date", None)
        return self.literals.date(word)

    def check_scope(self, verb: nodes.Verb, otherwise: nodes.Otherwise) -> None:
        if otherwise.disposition == "reduce" and not isinstance(verb, nodes.AtMost):
            self.literals.problems.add(
                "E504",
                "`reduce` belongs to `at most`: it reports the units still allowed",
                otherwise.span,
                help="write `deny`, `pend` or `warn`",
            )
        if otherwise.scope != "all":
            return
        if not isinstance(verb, nodes.AtMost):
            self.literals.problems.add(
                "E504",
                "`all` belongs to `at most`: it means all lines of the group that goes"
                " over the limit",
                otherwise.span,
                help="write `line` or `claim`",
            )
        elif verb.period.kind == "rolling":
            self.literals.problems.add(
                "E504",
                "`all` cannot stand with a window that rolls: every line has its own window",
                otherwise.span,
                help="write `per day`, `per calendar month` or `per calendar year`, or leave"
                " `all` out",
            )
