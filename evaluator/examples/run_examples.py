"""A rule file's examples: run, and held against what they expect."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from editwright.evaluator.findings.finding import Finding
from editwright.evaluator.findings.of_verdicts import findings_in_order
from editwright.evaluator.lines.service_line import DeclaredValue, ServiceLine
from editwright.evaluator.meaning.by_reference import ByReference
from editwright.grammar import checked
from editwright.grammar.checked import CheckedFile, CheckedRules, Example, Expected
from editwright.grammar.source import Source
from editwright.grammar.strata import stratify

MEMBER = "example"

Values = dict[str, checked.Scalar | tuple[str, ...]]


@frozen(slots=True)
class ExampleResult:
    """How one example went. `missing` are expectations without a finding, `unexpected` findings
    without an expectation; both empty means that it holds."""

    title: str
    source: Source = field(repr=False)
    line: int
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether all is as expected."""
        return not self.missing and not self.unexpected


@frozen(slots=True)
class Found:
    """As much of a finding as an example can speak of."""

    rule: str
    line: int
    disposition: str
    allowed: Decimal | None = None


def run_examples(rules: CheckedRules) -> Iterator[ExampleResult]:
    """The results of all examples; each is judged by the rules of its own file alone."""
    for file in rules.files:
        if not file.examples:
            continue
        alone = only(file)
        judge = ByReference(alone)
        position = {rule: at for at, rule in enumerate(alone.rules)}
        for example in file.examples:
            verdicts = judge.verdicts(lines_of(example))
            yield _result(example, findings_in_order(verdicts, position))


def lines_of(example: Example) -> list[ServiceLine]:
    """An example's lines as service lines of one member."""
    claims: dict[str, list[checked.GivenLine]] = {}
    for given in example.lines:
        claims.setdefault(given.claim, []).append(given)
    return [
        _service_line(number, given, claims[given.claim], example)
        for number, given in enumerate(example.lines, 1)
    ]


def _service_line(
    number: int, given: checked.GivenLine, claim: Iterable[checked.GivenLine], example: Example
) -> ServiceLine:
    """One line. The claim's diagnoses, its principal one and its type of bill stand on all of
    its lines, wherever they are written."""
    values = dict(given.values)
    pointed = values.pop("diagnosis", ())
    assert isinstance(pointed, tuple)
    shared = list(claim)
    principal = _text(values, shared, "principal diagnosis")
    diagnoses = [principal] if principal else []
    for each in shared:
        for name in ("claim diagnosis", "diagnosis"):
            more = each.values.get(name, ())
            assert isinstance(more, tuple)
            diagnoses.extend(more)
    bill_type = _text(values, shared, "bill type")
    for name in ("principal diagnosis", "claim diagnosis", "bill type"):
        values.pop(name, None)
    fields: dict[str, Any] = {
        _COLUMNS[name]: value for name, value in values.items() if name in _COLUMNS
    }
    return ServiceLine(
        claim_id=given.claim,
        line_number=number,
        member_id=MEMBER,
        procedure_code=given.code,
        modifiers=given.modifiers,
        service_from=given.first,
        service_to=given.last or given.first,
        diagnoses=tuple(dict.fromkeys(diagnoses)),
        pointed_diagnoses=tuple(dict.fromkeys(pointed)),
        principal_diagnosis=principal,
        bill_type=bill_type,
        birth_date=example.born,
        age_in_years=example.age,
        history=given.history,
        declared=_declared(values),
        **{"sex": example.sex, "units": given.units, **fields},
    )


def _declared(values: Values) -> dict[str, DeclaredValue]:
    return {
        name: value
        for name, value in values.items()
        if name not in _COLUMNS and not isinstance(value, tuple)
    }


def _text(own: Values, lines: Iterable[checked.GivenLine], name: str) -> str | None:
    """A field of the claim: the line's own, or another line's."""
    stated = [own.get(name), *(each.values.get(name) for each in lines)]
    return next((each for each in stated if isinstance(each, str)), None)


_COLUMNS = {
    "sex": "sex",
    "charge": "charge",
    "place": "place_of_service",
    "specialty": "specialty",
    "provider": "rendering_provider",
    "billing provider": "billing_provider",
    "group": "group_id",
    "revenue code": "revenue_code",
    "authorization": "authorization",
    "status": "status",
    "received": "received_date",
    "units": "units",
}
"""Fields that a line of an example may be given, and the column that each one fills."""


def only(file: CheckedFile) -> CheckedRules:
    """The rules of one file, as its examples see them."""
    strata = stratify(file.rules)
    assert isinstance(strata, tuple)
    return CheckedRules((file,), strata, file.declared_fields)


def _result(example: Example, findings: Iterable[Finding]) -> ExampleResult:
    left = list(findings)
    missing, unexpected = held_against(
        example,
        [Found(each.rule, each.line_number, each.disposition, each.units_allowed) for each in left],
    )
    line, _ = example.source.line_and_column(example.span.start)
    return ExampleResult(
        example.title,
        example.source,
        line,
        tuple(each.written for each in missing),
        tuple(_shown(left[number]) for number in unexpected),
    )


def held_against(example: Example, found: Sequence[Found]) -> tuple[list[Expected], list[int]]:
    """The expectations that no finding meets, and which findings meet no expectation."""
    missing: list[Expected] = []
    explained: set[int] = set()
    for expected in example.expected:
        met = [number for number, each in enumerate(found) if _meets(each, expected)]
        if not met:
            missing.append(expected)
        explained.update(met)
    return missing, [number for number in range(len(found)) if number not in explained]


def _meets(found: Found, expected: Expected) -> bool:
    return (
        found.rule == expected.rule
        and found.line in expected.lines
        and expected.disposition in (None, found.disposition)
        and expected.allowed in (None, found.allowed)
    )


def _shown(finding: Finding) -> str:
    allowed = ""
    if finding.units_allowed is not None:
        allowed = f" (reduced to {format(Decimal(finding.units_allowed).normalize() + 0, 'f')})"
    return f"{finding.rule} on line {finding.line_number}{allowed}: {finding.message}"
