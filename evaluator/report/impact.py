"""What findings come to, rule by rule, month by month and code by code, counted as they come.

Goes in: part after part of the lines with the findings on them. What is kept grows with rules,
months and codes, never with findings: a report over millions of them takes the memory of one over
a few.
"""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TypeVar

import numpy as np
import pyarrow as pa
from attrs import define, field, frozen
from numpy.typing import NDArray

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.table import FindingTable
from editwright.evaluator.judging.column_run import Judged
from editwright.evaluator.lines.columns import NO_DAY, NO_NUMBER, LineColumns
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.lines.texts import TextColumn, Texts
from editwright.evaluator.lines.to_columns import lines_of
from editwright.evaluator.report.tally import OTHERS, Numbers, Tally, pairs
from editwright.grammar.checked import Rule

COLUMNS = frozenset(
    ("procedure_code", "modifiers", "service_from", "units", "charge", "place_of_service")
)
"""The columns of lines that a report shows, whether rules read them or not."""
N = TypeVar("N", bound=np.generic)

DISPOSITIONS = ("deny", "reject", "pend", "reduce", "warn", "monitor")
DENYING = 2
"""So many of them, the first, make a line not payable."""


@frozen(slots=True)
class Sample:
    """A line that a rule caught, with the finding."""

    line: ServiceLine
    finding: Finding

    @property
    def place(self) -> tuple[Decimal, str, int]:
        """The dearest come first, then by claim and line."""
        return (-(self.line.charge or Decimal(0)), self.line.claim_id, self.line.line_number)


@define(eq=False)
class Impact:
    """Counts over the findings of one run. Charges are in ten-thousandths; a line without a
    charge adds nothing to them and is counted in `without_charge`."""

    rules: Sequence[Rule]
    samples_of_rule: int
    """How many lines of each rule are kept to be shown."""
    by_rule: Tally = field(factory=Tally)
    """Findings by the rule's place."""
    by_month_and_rule: Tally = field(factory=Tally)
    by_code_and_rule: Tally = field(factory=Tally)
    findings_of: Tally = field(factory=Tally)
    """Findings by disposition."""
    by_disposition: Tally = field(factory=Tally)
    """Lines by the disposition's place; here and below each line once for a disposition."""
    by_month: Tally = field(factory=Tally)
    """Lines by month and disposition."""
    by_code: Tally = field(factory=Tally)
    """Lines by code and disposition."""
    lines_by_month: Tally = field(factory=Tally)
    """All lines, with and without findings."""
    lines_by_code: Tally = field(factory=Tally)
    samples: dict[int, list[Sample]] = field(factory=dict)
    without_charge: int = 0
    """Lines with findings and without a charge."""
    lines_denied: int = 0
    charge_denied: int = 0
    _claims_of_rule: Counter[int] = field(factory=Counter)
    _claims_of_disposition: Counter[int] = field(factory=Counter)
    _codes: TextColumn = field(factory=TextColumn)
    _dispositions: Numbers = field(init=False)

    def __attrs_post_init__(self) -> None:
        places = [DISPOSITIONS.index(each.disposition) for each in self.rules]
        self._dispositions = np.array(places, np.int64)

    def count(self, columns: LineColumns, judged: Judged) -> None:
        """Count the findings on some lines; no member may be in two calls."""
        charge = columns.numbers["charge"]
        charges = np.where(charge == NO_NUMBER, 0, charge)
        months, codes = _months(columns.days["service_from"]), self._code_numbers(columns)
        now = columns.history == 0
        self.lines_by_month.add(months[now], charges[now])
        self.lines_by_code.add(codes[now], charges[now])
        rule, line = judged.rule.astype(np.int64), judged.line
        self.by_rule.add(rule, charges[line])
        self.by_month_and_rule.add(pairs(months[line], rule), charges[line])
        self.by_code_and_rule.add(pairs(codes[line], rule), charges[line])
        self._claims_of_rule.update(_claims(rule, line, columns))
        disposition = self._dispositions[rule]
        self.findings_of.add(disposition, charges[line])
        key = _different(pairs(disposition, line.astype(np.int64)))
        disposition, line = key // OTHERS, (key % OTHERS).astype(np.int32)
        self.by_disposition.add(disposition, charges[line])
        self.by_month.add(pairs(months[line], disposition), charges[line])
        self.by_code.add(pairs(codes[line], disposition), charges[line])
        denied = _different(line[disposition < DENYING])
        self.lines_denied += len(denied)
        self.charge_denied += int(charges[denied].sum())
        self._claims_of_disposition.update(_claims(disposition, line, columns))
        self.without_charge += int(np.count_nonzero(charge[_different(line)] == NO_NUMBER))
        self._take_samples(columns, judged, charges)

    def claims_of_rule(self, place: int) -> int:
        """How many claims have a finding of a rule."""
        return self._claims_of_rule[place]

    def claims_of_disposition(self, place: int) -> int:
        """How many claims have a finding of a disposition."""
        return self._claims_of_disposition[place]

    @property
    def charged(self) -> bool:
        """Whether any line has a charge."""
        return bool(self.lines_by_month.charges.any())

    def codes(self) -> list[str]:
        """The procedure codes by their numbers."""
        return [str(each) for each in self._codes.texts]

    def _code_numbers(self, columns: LineColumns) -> Numbers:
        """The codes of lines, numbered in the order in which they are first met; 0 is none."""
        codes = columns.codes["procedure_code"]
        texts = codes.texts
        array = texts.array if isinstance(texts, Texts) else pa.array(texts, pa.large_string())
        known = self._codes.number(array).astype(np.int64) + 1
        numbers: Numbers = np.append(known, 0)[codes.numbers]  # a missing one is the last
        return numbers

    def _take_samples(self, columns: LineColumns, judged: Judged, charges: Numbers) -> None:
        chosen = self._candidates(columns, judged, charges)
        if not len(chosen):
            return
        findings = FindingTable(judged.table.take(pa.array(chosen, pa.int64())))
        lines = lines_of(columns, judged.line[chosen])
        for rule, line, finding in zip(judged.rule[chosen].tolist(), lines, findings, strict=True):
            self.samples.setdefault(rule, []).append(Sample(line, finding))
        for rule in np.unique(judged.rule[chosen]).tolist():
            kept = sorted(self.samples[rule], key=lambda each: each.place)
            self.samples[rule] = kept[: self.samples_of_rule]

    def _candidates(self, columns: LineColumns, judged: Judged, charges: Numbers) -> Numbers:
        """The findings among which are each rule's dearest: no more of a rule than are kept."""
        order = np.lexsort((-charges[judged.line], judged.rule))
        rule, charge = judged.rule[order], charges[judged.line][order]
        starts = np.flatnonzero(np.diff(rule, prepend=-1))
        ends = np.append(starts[1:], len(rule))
        last = np.minimum(starts + self.samples_of_rule, ends) - 1
        least = np.repeat(charge[last], ends - starts)
        few = order[charge >= least]  # those that are as dear as the last one all come along
        line = judged.line[few]
        claims = _rank(judged.table.column("claim_id").take(pa.array(few, pa.int64())))
        by_place = np.lexsort((columns.line_number[line], claims, -charges[line], judged.rule[few]))
        few = few[by_place]
        starts = np.flatnonzero(np.diff(judged.rule[few], prepend=-1))
        within = np.arange(len(few)) - np.repeat(starts, np.diff(np.append(starts, len(few))))
        chosen: Numbers = few[within < self.samples_of_rule]
        return chosen


def month_text(month: int) -> str | None:
    """`2025-03`, or nothing where there is no date."""
    return f"{(month - 1) // 12:04}-{(month - 1) % 12 + 1:02}" if month else None


def _months(days: NDArray[np.int32]) -> Numbers:
    """The months of days, counted from January of the year 0 as 1; 0 is none."""
    dates = np.where(days == NO_DAY, 0, days).astype("datetime64[D]")
    months = dates.astype("datetime64[M]").astype(np.int64) + 1970 * 12 + 1
    return np.where(days == NO_DAY, 0, months)


def _claims(group: Numbers, line: NDArray[np.int32], columns: LineColumns) -> dict[int, int]:
    """In how many claims of how many members each group has a line."""
    member, claim = columns.member_id.numbers[line], columns.claim[line]
    order = np.lexsort((claim, member, group))
    group, member, claim = group[order], member[order], claim[order]
    changes = np.ones(len(group), np.bool_)
    changes[1:] = (
        (group[1:] != group[:-1]) | (member[1:] != member[:-1]) | (claim[1:] != claim[:-1])
    )
    counts = np.bincount(group[changes])
    return dict(enumerate(counts.tolist()))


def _different(numbers: NDArray[N]) -> NDArray[N]:
    """The different numbers in their order; of a million of them sooner than numpy's own."""
    ordered = np.sort(numbers)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def _rank(texts: "pa.ChunkedArray[pa.StringScalar]") -> Numbers:
    """Numbers in the order of texts."""
    coded = texts.combine_chunks().dictionary_encode()
    by_text = np.argsort(np.array(coded.dictionary.to_pylist(), object))
    rank = np.empty(len(by_text), np.int64)
    rank[by_text] = np.arange(len(by_text))
    found: Numbers = rank[coded.indices.to_numpy()]
    return found
