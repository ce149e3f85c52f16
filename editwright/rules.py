"""Rule files in Python: load them once, evaluate claims with them as often as you like."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from attrs import frozen

from editwright.evaluator.corrections.in_lines import lines_to_judge
from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.formats.claim_objects import line_object, values_of_claim
from editwright.evaluator.formats.problems import BadLine, ClaimsError
from editwright.evaluator.formats.read import Known, read_table
from editwright.evaluator.judging.summary import Summary
from editwright.evaluator.lines.service_line import ServiceLine
from editwright.evaluator.meaning.fields_read import fields_read
from editwright.evaluator.run import Evaluator, judged_parts, read_parts
from editwright.grammar.check import Checked, expect_rules
from editwright.grammar.checked import CheckedRules
from editwright.grammar.diagnostics import Diagnostic
from editwright.grammar.kept_rules import from_bytes, rules_to_judge_by, shared_by, to_bytes
from editwright.grammar.parse import read_rule_files
from editwright.grammar.source import Source

if TYPE_CHECKING:
    import pyarrow as pa

    from editwright.evaluator.findings.table import FindingTable
    from editwright.evaluator.formats.read import ClaimsIn
    from editwright.evaluator.judging.one_claim import OneClaim

Lines = Any
"""Service lines: anything with the Arrow C stream interface (pyarrow, polars, pandas, duckdb), or
an iterable of dictionaries or of `ServiceLine`. See `docs/claims.md` for the columns."""


@frozen(slots=True, eq=False, repr=False)
class Findings(Sequence[Finding]):
    """The findings of one evaluation, by member, claim, line and rule.

    `bad_lines` were set aside, each with its reason; `summary` has the counts.
    """

    _findings: "FindingTable"
    summary: Summary
    bad_lines: tuple[BadLine, ...] = ()

    def __repr__(self) -> str:  # not the table: it has member ids
        lines = self.summary.lines
        return f"<Findings: {len(self)} on {lines} line{'' if lines == 1 else 's'}>"

    def __len__(self) -> int:
        return len(self._findings)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._findings)

    @overload
    def __getitem__(self, index: int) -> Finding: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Finding]: ...

    def __getitem__(self, index: int | slice) -> Finding | Sequence[Finding]:
        return self._findings[index]

    def to_arrow(self) -> "pa.Table":
        """The findings table, one row a finding."""
        return self._findings.table

    def write(self, path: str | Path, *, format: str | None = None) -> None:
        """Write the findings as `parquet`, `csv`, `json`, `text`, `fhir` or `claim-status`, by
        default as the path's ending says. Raises OutputError where that cannot be done."""
        from editwright.evaluator.findings.out import write_findings

        write_findings(self._findings, path, format=format)


class Rules:
    """Checked rules, ready to evaluate. Holds no claim between calls; threads may share it."""

    def __init__(self, checked: CheckedRules, warnings: Sequence[Diagnostic] = ()) -> None:
        self.checked = checked
        self.warnings = tuple(warnings)
        """What the check remarked that is no error."""
        self._evaluator = Evaluator(checked)
        self._fields = fields_read(checked.rules)
        self._known = Known(checked.declared_fields, lambda: self._evaluator.columns_read)

    def __reduce__(self) -> tuple[Any, ...]:
        """Rules may be sent to other processes; each makes the plan, or finds it kept."""
        shared = shared_by(self.checked, self.warnings)
        whole = (self.checked, self.warnings)
        return _rules_from_bytes, (to_bytes(whole, shared), shared)

    def __repr__(self) -> str:
        files = len(self.checked.files)
        return f"<Rules: {len(self.names)} in {files} file{'' if files == 1 else 's'}>"

    @property
    def names(self) -> tuple[str, ...]:
        """The rules' names, in the order of the files."""
        return tuple(rule.name for rule in self.checked.rules)

    def evaluate(
        self,
        lines: Lines,
        *,
        history: Lines = (),
        columns: Mapping[str, object] | None = None,
        threads: int | None = None,
        memory: int | str | None = None,
    ) -> Findings:
        """The findings on service lines of any members, in any order.

        `history` are lines of the members' past: they count and serve as partners, and never
        fire. `columns` maps our column names to those of the data. Bad lines are set aside with
        their reasons in the result's `bad_lines`. `threads`: how many judge, one for each
        processor by default. `memory`, in bytes or like `"2GB"`, is what the process may take, by
        default half of the machine's: lines that need more go to temporary files and are judged
        part by part. Raises ClaimsError for data that is no table of service lines.

        >>> rules = load_text("77067 at most 1 time per calendar year")
        >>> now = [{"claim_id": "C2", "member_id": "M1", "line_number": 1,
        ...         "procedure_code": "77067", "service_from": "2025-09-01"}]
        >>> past = [{"claim_id": "C1", "member_id": "M1", "line_number": 1,
        ...          "procedure_code": "77067", "service_from": "2025-02-01"}]
        >>> findings = rules.evaluate(now, history=past)
        >>> [(each.claim_id, each.rule, each.partners) for each in findings]
        [('C2', 'R1', (('C1', 1),))]
        >>> findings.summary.lines, findings.summary.history_lines
        (1, 1)
        >>> findings.to_arrow().num_rows
        1
        """
        from editwright.evaluator.findings.table import FindingTable, one_table
        from editwright.evaluator.memory import default_limit, memory_size, room_in

        limit = memory_size(memory) if isinstance(memory, str) else memory or default_limit()
        bad_lines: list[BadLine] = []
        fields = self.checked.declared_fields
        judged_lines = as_claims(lines, fields, columns, bad_lines.append)
        past = as_claims(history, fields, columns, bad_lines.append, history=True)
        summary = Summary(self._fields)
        self._evaluator.prepare()
        with read_parts(self._evaluator, judged_lines, past, room=room_in(limit)) as parts:
            parts.sort(lambda _done, _total: None)
            table = one_table(judged_parts(self._evaluator, parts, summary, threads=threads))
        return Findings(FindingTable(table), summary, tuple(bad_lines))

    def evaluate_claim(self, claim: Lines, *, history: Lines = ()) -> list[Finding]:
        """The findings on one claim: its lines, or a dictionary with `lines` and, beside them,
        what holds for all of them (`{"claim_id": ..., "member_id": ..., "lines": [...]}`).

        `history` are lines of the same member's past. What the claim replaces or voids is left out
        of it; a void, or a claim that the history replaces, has no findings. Raises ClaimsError if
        a line is bad.

        >>> rules = load_text("64643 allowed only with place 11, 22")
        >>> claim = {"claim_id": "C1", "place_of_service": "31",
        ...          "lines": [{"procedure_code": "64643"}]}
        >>> [finding.message for finding in rules.evaluate_claim(claim)]
        ['64643 is allowed only with place 11 or 22.']
        """
        lines = _lines_of_claim(claim)
        if not _is_table(lines) and not _is_table(history):
            lines, history = _rows(lines), _rows(history)
            if lines and isinstance(lines[0], dict):
                verdicts = self._one_claim.verdicts(lines, history)
                if verdicts is not None:
                    return self._evaluator.in_order(verdicts)
        bad_lines: list[BadLine] = []
        found = lines_to_judge(
            self._read(lines, bad_lines, history=False),
            self._read(history, bad_lines, history=True),
        )
        if bad_lines:
            reasons = "; ".join(str(each) for each in bad_lines)
            raise ClaimsError(f"the claim cannot be evaluated: {reasons}", "correct its lines")
        return self._evaluator.of_member(found.lines)

    @cached_property
    def _one_claim(self) -> "OneClaim":
        from editwright.evaluator.judging.one_claim import OneClaim  # only here is numpy needed

        return OneClaim.of(self._evaluator.machine, self._known)

    def _read(
        self, lines: Lines, bad_lines: list[BadLine], *, history: bool
    ) -> Iterable[ServiceLine]:
        if not _is_table(lines):
            lines = _rows(lines)
            if not lines or isinstance(lines[0], ServiceLine):
                return _as_history(lines) if history else lines
        return read_table(
            lines,
            declared_fields=self.checked.declared_fields,
            history=history,
            on_bad_line=bad_lines.append,
            known=self._known,
        )


def load(path: str | Path, *paths: str | Path) -> Rules:
    """Read and check rule files, or folders of them, to be evaluated together.

    Raises EditError, which lists every problem of the files, where they cannot be used.

    >>> load("rulesets/starter.edits").names[:2]
    ('PTP-BLOOD-COUNT', 'PANEL-IN-PANEL')
    """
    sources = [source for each in (path, *paths) for source in read_rule_files(Path(each))]
    return _rules(rules_to_judge_by(sources))


def load_text(text: str, name: str = "<text>") -> Rules:
    """Check a rule file's text. Files that it names are looked for in the working folder.

    Raises EditError, which lists every problem, where it cannot be used.

    >>> from editwright import EditError
    >>> try:
    ...     load_text("64643 require 64642 same date")
    ... except EditError as error:
    ...     print(error.diagnostics[0].help)
    did you mean `requires`?
    """
    return _rules(rules_to_judge_by([Source(name, text)]))


def as_claims(
    lines: Lines,
    declared_fields: Mapping[str, str],
    columns: Mapping[str, object] | None,
    on_bad_line: Callable[[BadLine], None],
    *,
    history: bool = False,
) -> "ClaimsIn | Sequence[ServiceLine]":
    """Lines to be read into columns, whatever they are."""
    if not hasattr(lines, "__arrow_c_stream__"):
        lines = _rows(lines)
        if not lines or isinstance(lines[0], ServiceLine):
            return _as_history(lines) if history else lines
    return read_table(
        lines,
        column_map=columns,
        declared_fields=declared_fields,
        history=history,
        on_bad_line=on_bad_line,
    )


def _rules(checked: Checked) -> Rules:
    return Rules(expect_rules(checked), checked.diagnostics)


def _rules_from_bytes(data: bytes, shared: Sequence[Any]) -> Rules:
    return Rules(*from_bytes(data, shared))


def _lines_of_claim(claim: Lines) -> Lines:
    if not isinstance(claim, Mapping):
        return claim
    common = values_of_claim(claim, ("lines",))
    if "lines" not in claim:
        return [common]
    lines = _rows(claim["lines"])
    return [line_object(common, line) if isinstance(line, Mapping) else line for line in lines]


def _is_table(lines: Lines) -> bool:
    return hasattr(lines, "__arrow_c_stream__")


def _rows(lines: Lines) -> list[Any]:
    """What is no table, one by one. The items of a text or a dictionary are no lines."""
    if isinstance(lines, list | tuple):
        return list(lines)
    if isinstance(lines, str | bytes | os.PathLike | Mapping) or not isinstance(lines, Iterable):
        raise ClaimsError(
            f"expected service lines, not one value of the type {type(lines).__name__}",
            "give a table (pyarrow, polars, pandas, DuckDB) or a list of dictionaries; read a file"
            " and collect a lazy frame first",
        )
    return list(lines)


def _as_history(lines: Iterable[ServiceLine]) -> list[ServiceLine]:
    from attrs import evolve

    return [line if line.history else evolve(line, history=True) for line in lines]
