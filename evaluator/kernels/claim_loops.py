"""The segments of an 837 to claims: who bills, who is the patient, the claim and its lines.

What belongs to whom is told by where a segment stands: after CLM a second SBR opens another
payer's loops, after NM1 a REF is that provider's, after SVD all is another payer's. The numbers
in HL are not used: senders count in many ways, and the order of the segments says the same.

Texts come in and texts go out, column by column; what repeats is taken apart once.
"""

try:
    import cython
except ImportError:
    from editwright.evaluator.kernels import types as cython

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import chain, pairwise, repeat
from typing import Any, Protocol

from editwright.evaluator.formats import x12_problems as problems
from editwright.evaluator.formats import x12_warnings
from editwright.evaluator.formats.tax_ids import plain_tax_id
from editwright.evaluator.formats.x12_cursor import Cursor, Place
from editwright.evaluator.formats.x12_envelope import BLANKS
from editwright.evaluator.formats.x12_parts import (
    NO_DATES,
    Composites,
    Dates,
    Diagnoses,
    Facility,
    Parts,
    Procedure,
    component_in,
    millionths,
    read_dates,
)
from editwright.evaluator.formats.x12_rows import CLAIM_NAMES, LINE_NAMES, member_id
from editwright.evaluator.formats.x12_state import PASSED_OVER, Transaction

COMPILED = cython.compiled

_GOOD_POINTERS = [
    frozenset(map(str, range(1, most + 1))) for most in range(problems.MOST_DIAGNOSES + 1)
]
"""By the number of diagnoses."""
MOST_LINES = cython.declare(cython.Py_ssize_t, problems.MOST_LINES)
MOST_DIAGNOSES = cython.declare(cython.Py_ssize_t, problems.MOST_DIAGNOSES)
LONGEST_ACCOUNT = cython.declare(cython.Py_ssize_t, problems.LONGEST_ACCOUNT)
_LIMITS: Mapping[str, int] = {"P": 50, "I": 999, "D": 50}
"""Service lines in a claim, by the implementation guides."""
_REFERENCES = frozenset(("EI", "SY", "G1", "F8"))
_VERSIONS = re.compile(r"X(?:(222|098|291|298)|(223|096|292|299)|(224|097|300))", re.IGNORECASE)
"""The guides of claims, of predeterminations (X291, X292) and of reports of claims that payers have
decided (X298 to X300)."""
_ESTIMATE = "PB"
"""In CLM19, of a dentist's predetermination."""
_LINE_NUMBER = re.compile(r"[0-9]{1,6}")
_BLANK = cython.declare(cython.int, ord(" "))

ABOVE = cython.declare(cython.int, 0)
CLAIM = cython.declare(cython.int, 1)
PROVIDER = cython.declare(cython.int, 2)
OTHER_PAYER = cython.declare(cython.int, 3)
LINE = cython.declare(cython.int, 4)
LINE_PROVIDER = cython.declare(cython.int, 5)
ADJUDICATION = cython.declare(cython.int, 6)
"""Whose loops the segments are in: above claims (2000, 2010), 2300, 2310, 2320 and 2330, 2400,
2420, 2430."""

_ACTS = ("HL", "SBR", "NM1", "REF", "PRV", "DMG", "CLM", "DTP", "HI", "LX", "SV1", "SV2", "SV3",
         "SVD")  # fmt: skip
_PASSED = cython.declare(cython.int, -1)
_UNKNOWN = cython.declare(cython.int, -2)


class Sink(Protocol):
    """What claims go to."""

    def claim(self, claim: Any) -> None:
        """Take in a `Claim`, all of whose lines are there."""

    def refuse(self, problem: problems.Problem, place: Place, unit: str) -> None:
        """Set something aside."""

    def warn(self, problem: str, place: Place, detail: str = "") -> None:
        """Remark on something odd."""


@cython.final
@cython.cclass
class Billing:
    """The billing provider, loops 2000A and 2010AA. What is empty is missing."""

    named: cython.bint
    used: cython.bint
    """Whether a claim stands under it already."""
    npi: str
    tax_id: str
    second_tax_id: str
    """A social security number, in its place."""
    taxonomy: str

    def __init__(self) -> None:
        self.named = self.used = False
        self.npi = self.tax_id = self.second_tax_id = self.taxonomy = ""


@cython.final
@cython.cclass
class Person:
    """A subscriber (2010BA) or a patient who is a dependent (2010CA).

    What is empty is missing.
    """

    named: cython.bint
    used: cython.bint
    """Whether a claim stands under this person already."""
    id: str
    first_name: str
    birth_date: str
    sex: str

    def __init__(self) -> None:
        self.named = self.used = False
        self.id = self.first_name = self.birth_date = self.sex = ""


@cython.final
@cython.cclass
class Provider:
    """A rendering or attending provider who is named; the NPI may be missing all the same."""

    npi: str
    taxonomy: str

    def __init__(self, npi: str) -> None:
        self.npi = npi
        self.taxonomy = ""


@cython.no_gc
@cython.final
@cython.cclass
class Line:
    """A service line, loop 2400. What is empty is missing."""

    number: cython.int
    block: Any
    index: cython.Py_ssize_t
    """Where its service segment stands in the block."""
    code: str | None
    modifiers: tuple[Any, ...]
    charge: str
    units: str
    minutes: str
    place_of_service: str
    revenue_code: str
    pointers: tuple[Any, ...]
    dates: object
    """`Dates`, or nothing."""
    rendering: Provider | None
    authorization: str
    problem: tuple[str, str] | None
    """Why it cannot be read: the problem, and what was expected."""

    def __init__(self, number: cython.int, block: object, index: cython.Py_ssize_t) -> None:
        self.number, self.block, self.index = number, block, index
        self.code = None
        self.modifiers = self.pointers = ()
        self.charge = self.units = self.minutes = self.place_of_service = ""
        self.revenue_code = self.authorization = ""
        self.dates = self.rendering = self.problem = None


@cython.no_gc
@cython.final
@cython.cclass
class Claim:
    """A claim, loop 2300. What is empty is missing."""

    number: cython.Py_ssize_t
    """In its interchange, from 1."""
    transaction: Any
    block: Any
    index: cython.Py_ssize_t
    """Where CLM stands in the block."""
    billing: Billing
    subscriber: Person | None
    patient: Person | None
    account: str
    """CLM01, the provider's own number."""
    total: str
    facility: object
    """CLM05, as a `Facility`."""
    kind: str
    """P, I or D: professional, institutional or dental, by its first service segment."""
    is_estimate: cython.bint
    """Whether it bills nothing, and asks what would be paid."""
    lines: list[Any]
    diagnoses: tuple[Any, ...]
    """In their order; where one is missing, nothing stands in its place."""
    principal: tuple[Any, ...]
    """Of each diagnosis, whether it is a principal one."""
    original: str
    authorization: str
    service_dates: object
    statement_dates: object
    rendering: Provider | None
    attending: Provider | None
    size: cython.Py_ssize_t
    """The characters of the blocks that end in it."""
    skipped: cython.Py_ssize_t
    """Service lines that are not kept because there are too many."""
    spoilt: tuple[str, str] | None
    """Why it cannot be read: the problem, and what was expected."""
    digest: object
    """Of its segments and of those above it."""

    def __init__(self, number: cython.Py_ssize_t, billing: Billing) -> None:
        self.number, self.billing = number, billing
        self.subscriber = self.patient = self.rendering = self.attending = None
        self.service_dates = self.statement_dates = self.spoilt = None
        self.account = self.total = self.kind = ""
        self.facility = None
        self.original = self.authorization = ""
        self.lines = []
        self.diagnoses = self.principal = ()
        self.is_estimate = False
        self.size = self.skipped = 0
        self.digest = 0


@cython.final
@cython.cclass
class ClaimRows:
    """The rows of the lines of claims, column by column, and where the lines stand.

    Claim ids. A provider's own claim number (CLM01) is unique for that provider at best. So the id
    of a claim is that number, the control number of its interchange, the claim's number in the
    interchange, and eight characters reckoned from the claim's segments, those above it and the
    beginning of the file: `26463774-000000905-1-0f3a9c21`. It depends on what is in the file
    alone: neither on its name nor on what else is read. An interchange that comes again in one
    file has `.2` behind its control number.
    """

    of_claims: list[Any]
    of_lines: list[Any]
    ends: list[Any]
    """Of each claim how many lines there are up to its end."""
    transactions: list[Any]
    claim_numbers: list[Any]
    blocks: list[Any]
    indexes: list[Any]

    def __init__(self) -> None:
        self.of_claims = [[] for _ in CLAIM_NAMES]
        self.of_lines = [[] for _ in LINE_NAMES]
        self.ends = []
        self.transactions = []
        self.claim_numbers = []
        self.blocks = []
        self.indexes = []

    def __len__(self) -> int:
        return len(self.blocks)

    def claim_columns(self) -> list[list[Any]]:
        """Columns with one value for each claim, in the order of `CLAIM_NAMES`."""
        return self.of_claims

    def line_columns(self) -> list[list[Any]]:
        """Columns with one value for each line, in the order of `LINE_NAMES`."""
        return self.of_lines

    def line_counts(self) -> list[int]:
        """How many lines of each claim are here."""
        return [end - start for start, end in pairwise([0, *self.ends])]

    def place(self, at: int) -> Place:
        """Where a line stands."""
        claim = bisect_right(self.ends, at)
        transaction, number = self.transactions[claim], self.claim_numbers[claim]
        return Place(transaction, number, self.blocks[at], self.indexes[at])

    def rows(self) -> Any:
        """Row by row, as tuples: first what the claim says, then the line."""
        counts = self.line_counts()
        spread = [chain.from_iterable(map(repeat, column, counts)) for column in self.of_claims]
        return zip(*spread, *self.of_lines, strict=True)

    def add(self, given: Any) -> None:
        """Add the lines of a `Claim` that can be read. A text that is empty is missing."""
        claim: Claim = given
        facility: Any = claim.facility
        transaction: Any = claim.transaction
        billing: Billing = claim.billing
        is_hospital: cython.bint = claim.kind == "I"
        is_bill: cython.bint = _is_bill(claim)
        claim_dates: object = claim.service_dates or claim.statement_dates or NO_DATES
        dates: Any
        npi: str
        specialty: str
        lines: list[Any] = claim.lines
        line: Line
        own: Provider | None
        before: cython.Py_ssize_t = len(self.blocks)
        npi, specialty = _rendering(claim, is_hospital)
        place: str = "" if is_bill or not _is_place(facility.code) else facility.code
        group: str = billing.tax_id or billing.second_tax_id
        if "-" in group:
            group = plain_tax_id(group)
        for line in lines:
            if line.problem is not None:
                continue
            dates = claim_dates if line.dates is None else line.dates
            own = line.rendering
            _append(
                self.of_lines,
                (
                    line.number,
                    dates.first,
                    dates.last,
                    line.code,
                    line.modifiers,
                    line.units,
                    line.minutes,
                    line.charge,
                    _plain(line.place_of_service) or place,
                    line.revenue_code,
                    line.pointers,
                    npi if own is None else own.npi,
                    specialty if own is None else own.taxonomy,
                    line.authorization or claim.authorization,
                ),
            )
            self.blocks.append(line.block)
            self.indexes.append(line.index)
        if len(self.blocks) == before:
            return
        _append(
            self.of_claims,
            (
                f"{claim.account}-{transaction.label}-{claim.number}-{claim.digest:08x}",
                claim.account,
                claim.original,
                facility.frequency,
                *_member(claim),
                _bill_type(facility) if is_bill else "",
                _principal_first(claim) if is_hospital else claim.diagnoses,
                billing.npi,
                group,
                transaction.created,
                "predetermination" if claim.is_estimate else "",
            ),
        )
        self.ends.append(len(self.blocks))
        self.transactions.append(transaction)
        self.claim_numbers.append(claim.number)


@cython.cfunc
def _append(columns: list[Any], row: tuple[Any, ...]) -> cython.void:
    """Append each value of a row to its column."""
    at: cython.Py_ssize_t
    column: list[Any]
    for at in range(len(row)):
        column = columns[at]
        column.append(row[at])


@cython.cfunc
def _member(claim: Claim) -> tuple[Any, ...]:
    """The member's id, the subscriber's, and the birth date and sex of the patient."""
    subscriber: Person | None = claim.subscriber
    patient: Person | None = claim.patient
    insured: str = "" if subscriber is None else subscriber.id
    if patient is not None and not _is_subscriber(patient, subscriber):
        known = patient.birth_date, patient.sex, patient.first_name
        return member_id(insured, patient.id, *known), insured, patient.birth_date, patient.sex
    if subscriber is None:
        return "", "", "", ""
    return insured, insured, subscriber.birth_date, subscriber.sex


@cython.cfunc
def _is_subscriber(patient: Person, subscriber: Person | None) -> cython.bint:
    """Whether a patient's loop names the subscriber: first name, birth date and sex tell."""
    if subscriber is None or (patient.id and patient.id != subscriber.id):
        return False
    return (
        patient.birth_date != ""
        and patient.birth_date == subscriber.birth_date
        and patient.first_name != ""
        and patient.first_name.upper() == subscriber.first_name.upper()
        and patient.sex == subscriber.sex
    )


@cython.cfunc
def _rendering(claim: Claim, is_hospital: cython.bint) -> tuple[Any, ...]:
    """The NPI of the claim's rendering provider, and the taxonomy.

    Who bills has rendered, unless somebody else is named; in hospitals nobody is taken to have.
    """
    billing: Billing = claim.billing
    rendering: Provider | None = claim.rendering
    attending: Provider | None = claim.attending
    taxonomy: str = "" if rendering is None else rendering.taxonomy
    if is_hospital:
        if not taxonomy and attending is not None:
            taxonomy = attending.taxonomy
        return "" if rendering is None else rendering.npi, taxonomy or billing.taxonomy
    if rendering is not None:
        return rendering.npi, taxonomy
    return billing.npi, billing.taxonomy


@cython.cfunc
def _is_bill(claim: Claim) -> cython.bint:
    """Whether CLM05 has a type of bill, and no place of service."""
    facility: Any = claim.facility
    qualifier: str = facility.qualifier
    return qualifier == "A" or (qualifier != "B" and claim.kind == "I")


@cython.cfunc
def _is_place(code: str) -> cython.bint:
    """Whether it is a place of service, or missing."""
    return code == "" or (code.isascii() and code.isdecimal())


@cython.cfunc
def _bill_type(facility: Facility) -> str:
    """Facility and frequency; some senders have all three characters in CLM05-1."""
    code: str = facility.code
    is_whole = not code or (len(code) > 2 and code[0] != "0")
    return code if is_whole else code + facility.frequency


@cython.cfunc
def _principal_first(claim: Claim) -> tuple[Any, ...]:
    """The diagnoses of an 837I, where nothing points to them: the principal one leads."""
    principal: tuple[Any, ...] = claim.principal
    codes: tuple[Any, ...] = claim.diagnoses
    if True not in principal[1:]:
        return codes
    first = [code for leads, code in zip(principal, codes, strict=True) if leads]
    return (*first, *[code for leads, code in zip(principal, codes, strict=True) if not leads])


@cython.final
@cython.cclass
class ClaimLoops:
    """Follows the segments of transactions; which one is next, the cursor says."""

    begun_claims: cython.Py_ssize_t
    claim: Claim | None
    composites: Any
    _element: str
    _repetition: str
    _sink: Any
    _cursor: Any
    _index: cython.Py_ssize_t
    """Of the segment in its block."""
    _acts: dict[str, Any]
    """The number of what is to be done, by the first three characters of a segment."""
    _every_acts: dict[str, Any]
    _amounts: Any
    _dates: Any
    _announced: Any
    _line_numbers: Any
    _every_composites: dict[str, Any]
    _line: Line | None
    _waiting: str | None
    """An LX whose service segment has not come yet."""
    _waiting_block: object
    _waiting_index: cython.Py_ssize_t
    _scope: cython.int
    _named: str
    _billing: Billing
    _subscriber: Person | None
    _patient: Person | None
    _insured: Person | None
    """Whom a patient's loop names as the insured, when the subscriber has been named before."""

    def __init__(self, sink: Sink, cursor: Cursor) -> None:
        self.begun_claims = 0
        self.claim = self._line = None
        self._sink = sink
        self._cursor = cursor
        self._index = 0
        self._element = self._repetition = ""
        self._acts = {}
        self._every_acts = {}
        self._amounts = Parts(millionths)
        self._dates = Parts(read_dates)
        self._announced = Parts(_kind_of_version)
        self._line_numbers = Parts(_line_number)
        self._every_composites = {}
        self._waiting = self._waiting_block = None
        self._waiting_index = 0
        self._forget()

    def open(self, element: str, component: str | None, repetition: str) -> None:
        """Begin an interchange with these separators; the component's may be unknown. In 4010
        nothing separates repetitions, and a letter stands in its place; codes may have a dot."""
        self._element = element
        self._repetition = "" if repetition.isalnum() or repetition == "." else repetition[:1]
        if element not in self._every_acts:
            acts = {(name + element)[:3]: number for number, name in enumerate(_ACTS)}
            passed = {(name + element)[:3]: _PASSED for name in PASSED_OVER}
            self._every_acts[element] = {**passed, **acts}
        self._acts = self._every_acts[element]
        self._use(component or "\0")
        self.begun_claims = 0
        self._forget()

    def begun(self) -> int:
        """How many claims the interchange has had so far."""
        return int(self.begun_claims)

    def is_open(self) -> bool:
        """Whether the segments are in a claim."""
        return self.claim is not None

    def reset(self) -> None:
        """Forget who bills and who is insured."""
        self._forget()

    def take(self, segments: list[str], first: cython.Py_ssize_t) -> cython.Py_ssize_t:
        """Take in the segments from there on, up to one that belongs to no loop of a claim;
        its place, or the end."""
        at: cython.Py_ssize_t
        segment: str
        acts: dict[str, Any] = self._acts
        number: cython.int
        for at in range(first, len(segments)):
            segment = segments[at]
            number = acts.get(segment[:3], _UNKNOWN)
            if number == _UNKNOWN:
                return at
            if number != _PASSED:
                self._index = at
                self._act(number, segment)
        return len(segments)

    def act(self, start: str, segment: str) -> bool:
        """Take in the segment at the cursor, whose name is written like this; whether there is
        such a one."""
        number = self._acts.get(start)
        if number is None:
            return False
        self._index = self._cursor.index
        if number != _PASSED:
            self._act(number, segment)
        return True

    def leave(self) -> None:
        """The claim that is open ends before the segment at the cursor."""
        self._index = self._cursor.index
        self._leave()

    def end_block(self) -> None:
        """The segments of a block have been taken in."""
        claim: Claim | None = self.claim
        if claim is not None:
            self._cursor.digest()
            claim.size += self._cursor.block.size
            if claim.size > problems.LONGEST_CLAIM:
                self.spoil(problems.LONG_CLAIM)
                claim.skipped += len(claim.lines)
                claim.lines.clear()

    def spoil(self, problem: problems.Problem) -> None:
        """The claim that is open cannot be read."""
        claim: Claim | None = self.claim
        if claim is not None and claim.spoilt is None:
            claim.spoilt = problem

    def is_complete(self) -> bool:
        """Whether nothing shows that the open claim was cut off: its charges add up, and its
        last line has a date."""
        claim: Claim | None = self.claim
        last: Line
        if claim is None or not claim.lines or self._waiting is not None:
            return claim is None
        last = claim.lines[len(claim.lines) - 1]
        dated = last.dates or claim.service_dates or claim.statement_dates
        return dated is not None and self._adds_up(claim)

    @cython.cfunc
    def _act(self, number: cython.int, segment: str) -> cython.void:
        """Take in a segment, by the place of its name in `_ACTS`."""
        if number == 2:  # NM1
            self._nm1(segment)
        elif number == 3:  # REF
            self._ref(segment)
        elif number == 7:  # DTP
            self._dtp(segment)
        elif number == 9:  # LX
            self._lx(segment)
        elif number == 10:  # SV1
            self._sv1(segment)
        elif number == 11:  # SV2
            self._sv2(segment)
        elif number == 12:  # SV3
            self._sv3(segment)
        elif number == 0:  # HL
            self._hl(segment)
        elif number == 1:  # SBR
            self._sbr()
        elif number == 4:  # PRV
            self._prv(segment)
        elif number == 5:  # DMG
            self._dmg(segment)
        elif number == 6:  # CLM
            self._clm(segment)
        elif number == 8:  # HI
            self._hi(segment)
        elif self._scope >= LINE:  # SVD
            self._scope = ADJUDICATION

    @cython.cfunc
    def _forget(self) -> cython.void:
        self._scope = ABOVE
        self._named = ""
        self._billing = Billing()
        self._subscriber = self._patient = self._insured = None

    @cython.cfunc
    def _leave(self) -> cython.void:
        if self.claim is not None:
            self._close(self.claim)
        self._scope = ABOVE

    # above claims

    @cython.cfunc
    def _hl(self, segment: str) -> cython.void:
        self._leave()
        level: str = _at(segment, self._element, 3)
        self._named = ""
        self._insured = None
        if level == "20":
            self._forget()
        elif level == "22":
            self._subscriber, self._patient = Person(), None
        elif level == "23":
            self._patient = Person()
        else:
            self._warn(x12_warnings.LEVEL)

    @cython.cfunc
    def _sbr(self) -> cython.void:
        if self._scope >= LINE:
            self._warn(x12_warnings.NO_HL)
            self._leave()
            self._subscriber, self._patient = Person(), None
        elif self._scope != ABOVE:
            self._scope = OTHER_PAYER

    @cython.cfunc
    def _dmg(self, segment: str) -> cython.void:
        person: Person | None = self._patient
        if person is None:
            person = self._subscriber
        if self._scope == ABOVE and person is not None and not person.birth_date:
            person.birth_date = _at(segment, self._element, 2)
            person.sex = _at(segment, self._element, 3)

    @cython.cfunc
    def _prv(self, segment: str) -> cython.void:
        element: str = self._element
        role: str
        provider: Provider | None
        if _at(segment, element, 2).upper() not in ("PXC", "ZZ"):
            return
        if self._scope == ABOVE:
            role = _at(segment, element, 1).upper()
            if role in ("BI", "PT") and not self._billing.taxonomy:
                self._billing.taxonomy = _at(segment, element, 3)
            return
        provider = self._provider()
        if provider is not None and not provider.taxonomy:
            provider.taxonomy = _at(segment, element, 3)

    @cython.cfunc
    def _provider(self) -> Provider | None:
        """The provider that the last NM1 named, if it is one whose taxonomy counts."""
        line: Line | None = self._line
        claim: Claim | None = self.claim
        if self._scope == LINE_PROVIDER and self._named == "82" and line is not None:
            return line.rendering
        if self._scope == PROVIDER and claim is not None:
            if self._named == "82":
                return claim.rendering
            if self._named == "71":
                return claim.attending
        return None

    @cython.cfunc
    def _nm1(self, segment: str) -> cython.void:
        role: str = segment[4:6].upper()
        scope: cython.int = self._scope
        line: Line | None
        claim: Claim | None
        if role in ("85", "IL", "QC") and (scope == ABOVE or scope >= LINE):
            if scope != ABOVE:
                self._warn(x12_warnings.NO_HL)
                self._leave()
            self._nm1_above(role, segment)
        elif scope == CLAIM or scope == PROVIDER:
            claim = self.claim
            assert claim is not None
            self._nm1_of_claim(claim, role, segment)
        elif scope == LINE or scope == LINE_PROVIDER:
            self._scope = LINE_PROVIDER
            line = self._line
            if role == "82" and line is not None:
                line.rendering = self._first_of(line.rendering, segment)
        self._named = role

    @cython.cfunc
    def _first_of(self, known: Provider | None, segment: str) -> Provider:
        """The provider who is known already, or else this one."""
        given: Provider = self._provider_in(segment)
        if known is None:
            return given
        if given.npi != known.npi:
            self._warn(x12_warnings.SEVERAL)
        return known

    @cython.cfunc
    def _first_number(self, known: str, number: str) -> str:
        """The number that is known already, or else this one."""
        if not known:
            return number
        if number and number != known:
            self._warn(x12_warnings.SEVERAL)
        return known

    @cython.cfunc
    def _provider_in(self, segment: str) -> Provider:
        """Only an id that is marked as one is an NPI: in 4010 it may be a tax id."""
        if _at(segment, self._element, 8).upper() == "XX":
            return Provider(_at(segment, self._element, 9))
        self._check_mark(segment)
        return Provider("")

    @cython.cfunc
    def _check_mark(self, segment: str) -> cython.void:
        """Warn of the mark of an NPI in another place than NM108."""
        mark: str = self._element + "XX" + self._element
        if mark in segment.upper():
            self._warn(x12_warnings.DISPLACED)

    @cython.cfunc
    def _nm1_above(self, role: str, segment: str) -> cython.void:
        subscriber: Person | None = self._subscriber
        patient: Person | None = self._patient
        if role == "85":
            if self._billing.named and self._billing.used:
                self._forget()
            self._name_billing(segment)
        elif role == "IL":
            if subscriber is not None and subscriber.named and _is_nobody_yet(patient):
                subscriber = self._insured = Person()
            elif subscriber is None or (subscriber.used and subscriber.named):
                subscriber = Person()
                self._subscriber, self._patient = subscriber, None
            _name(subscriber, segment, self._element)
        else:
            if patient is None or (patient.used and patient.named):
                patient = Person()
                self._patient = patient
            _name(patient, segment, self._element)

    @cython.cfunc
    def _name_billing(self, segment: str) -> cython.void:
        billing: Billing = self._billing
        kind: str = _at(segment, self._element, 8).upper()
        number: str = _at(segment, self._element, 9)
        billing.named = True
        if kind == "XX":
            billing.npi = billing.npi or number
        elif kind == "24":
            billing.tax_id = billing.tax_id or number
        elif kind == "34":
            billing.second_tax_id = billing.second_tax_id or number
        else:
            self._check_mark(segment)

    @cython.cfunc
    def _take_for_patient(self, insured: Person, patient: Person) -> cython.void:
        """The insured is the patient, if the patient's loop names nobody else."""
        subscriber: Person | None = self._subscriber
        self._insured = None
        if patient.named or subscriber is None:
            return
        self._warn(x12_warnings.INSURED)
        if insured.id and insured.id != subscriber.id:
            patient.named, patient.id, patient.first_name = True, insured.id, insured.first_name
            return
        if not subscriber.birth_date:
            subscriber.birth_date, subscriber.sex = patient.birth_date, patient.sex
        self._patient = None

    @cython.cfunc
    def _nm1_of_claim(self, claim: Claim, role: str, segment: str) -> cython.void:
        if role == "IL":
            self._scope = OTHER_PAYER
            self._warn(x12_warnings.OUT_OF_PLACE)
            return
        self._scope = PROVIDER
        if role == "82":
            claim.rendering = self._first_of(claim.rendering, segment)
        elif role == "71" and claim.attending is None:
            claim.attending = self._provider_in(segment)

    @cython.cfunc
    def _ref(self, segment: str) -> cython.void:
        kind: str = segment[4:6].upper()
        scope: cython.int = self._scope
        number: str
        claim: Claim | None = self.claim
        line: Line | None = self._line
        if kind not in _REFERENCES or segment[6:7] != self._element:
            return
        number = _at(segment, self._element, 2)
        if scope == ABOVE:
            if self._named == "85" and kind == "EI":
                self._billing.tax_id = self._billing.tax_id or number
            elif self._named == "85" and kind == "SY":
                self._billing.second_tax_id = self._billing.second_tax_id or number
            elif kind == "G1" or kind == "F8":
                self._warn(x12_warnings.OUT_OF_PLACE)
        elif scope == CLAIM and claim is not None:
            if kind == "G1":
                claim.authorization = self._first_number(claim.authorization, number)
            elif kind == "F8":
                claim.original = self._first_number(claim.original, number)
        elif scope == LINE and line is not None and kind == "G1":
            if _at(segment, self._element, 4)[:2].upper() == "2U":
                return  # the number that another payer gave
            line.authorization = self._first_number(line.authorization, number)

    # claims

    @cython.cfunc
    def _clm(self, segment: str) -> cython.void:
        self._leave()
        element: str = self._element
        cursor: Any = self._cursor
        self.begun_claims += 1
        if self._insured is not None and self._patient is not None:
            self._take_for_patient(self._insured, self._patient)
        claim: Claim = Claim(self.begun_claims, self._billing)
        claim.transaction, claim.block, claim.index = cursor.transaction, cursor.block, self._index
        claim.subscriber, claim.patient = self._subscriber, self._patient
        claim.account = _at(segment, element, 1)
        claim.total = _at(segment, element, 2)
        place: str = _at(segment, element, 5)
        claim.is_estimate = _ESTIMATE in segment and _at(segment, element, 19) == _ESTIMATE
        self.claim = claim
        cursor.index = self._index
        cursor.mark()
        self._billing.used = True
        if claim.subscriber is not None:
            claim.subscriber.used = True
        if claim.patient is not None:
            claim.patient.used = True
        self._line, self._scope = None, CLAIM
        if len(claim.account) > LONGEST_ACCOUNT:
            claim.spoilt = problems.LONG_ACCOUNT
        elif not claim.account:
            self._warn(x12_warnings.NO_ACCOUNT)
        self._check_separator(place)
        claim.facility = self.composites.facility[place]

    @cython.cfunc
    def _hi(self, segment: str) -> cython.void:
        claim: Claim | None = self.claim
        if claim is None or self._scope >= LINE:
            self._warn(x12_warnings.OUT_OF_PLACE)
            return
        self._check_separator(segment[3:])
        found: Diagnoses = self.composites.diagnoses[segment]
        if len(claim.diagnoses) + len(found.codes) > MOST_DIAGNOSES:
            self.spoil(problems.MANY_DIAGNOSES)
        else:
            claim.diagnoses += found.codes
            claim.principal += found.principal
        if found.loose:
            self._warn(x12_warnings.LOOSE)
        if found.unlisted:
            self._warn(x12_warnings.UNLISTED)

    @cython.cfunc
    def _dtp(self, segment: str) -> cython.void:
        kind: str = segment[4:7]
        claim: Claim | None = self.claim
        line: Line | None = self._line
        if segment[7:8] != self._element:
            kind = _at(segment, self._element, 1)
            if len(kind) != 3:
                self._warn(x12_warnings.NO_DATE)
                return
        if kind not in ("472", "434"):
            return
        if claim is None:
            self._warn(x12_warnings.OUT_OF_PLACE)
            return
        dates: Dates = self._dates[_raw(segment, self._element, 3)]
        if dates.first == "":
            self._warn(x12_warnings.NO_DATE)
            return
        if dates.as_range and _at(segment, self._element, 2).upper() != "RD8":
            self._warn(x12_warnings.RANGE)
        if line is not None and kind == "472":
            if line.dates is None:
                line.dates = dates
            elif line.dates != dates:
                self._warn(x12_warnings.TWO_DATES)
        elif kind == "472":
            claim.service_dates = claim.service_dates or dates
        else:
            claim.statement_dates = claim.statement_dates or dates

    @cython.cfunc
    def _close(self, claim: Claim) -> cython.void:
        """Hand the open claim on."""
        cursor: Any = self._cursor
        sink: Any = self._sink
        line: Line
        self.claim = None
        cursor.index = self._index
        claim.digest = cursor.digest()
        if self._waiting is not None:
            self._refuse_waiting(claim)
        self._line = None
        if claim.spoilt is None and not claim.lines:
            claim.spoilt = problems.NO_LINES
        if claim.spoilt is not None:
            problem, reason = claim.spoilt
            lines = len(claim.lines) + claim.skipped
            its = f"; set aside with {lines:,} service line{'s' * (lines > 1)}" if lines else ""
            sink.refuse((problem, reason + its), _place_of(claim, None), "claim")
            return
        self._compare(claim)
        for line in claim.lines:
            if line.problem is not None:
                sink.refuse(line.problem, _place_of(claim, line), "line")
        sink.claim(claim)

    @cython.cfunc
    def _compare(self, claim: Claim) -> cython.void:
        """Warn of what does not agree."""
        sink: Any = self._sink
        facility: Any = claim.facility
        transaction: Transaction = claim.transaction
        announced: str = self._announced[transaction.version]
        self._check_pointers(claim)
        if claim.total and not self._adds_up(claim):
            sink.warn(x12_warnings.CHARGES, _place_of(claim, None))
        if announced and announced != claim.kind:
            sink.warn(x12_warnings.TYPE, _place_of(claim, None))
        if claim.service_dates is None and claim.statement_dates is None and not claim.is_estimate:
            self._check_days(claim)
        if len(claim.lines) > _LIMITS[claim.kind]:
            most = f"{len(claim.lines):,} lines, {_LIMITS[claim.kind]} are allowed"
            sink.warn(x12_warnings.MANY_LINES, _place_of(claim, None), most)
        if claim.is_estimate:
            sink.warn(x12_warnings.ESTIMATE, _place_of(claim, None))
        if facility.unsplit or facility.blank:
            sink.warn(x12_warnings.NO_FACILITY, _place_of(claim, None))
        elif facility.odd_frequency:
            sink.warn(x12_warnings.FREQUENCY, _place_of(claim, None))
        if not _is_bill(claim) and not _is_place(facility.code) and not facility.unsplit:
            sink.warn(x12_warnings.PLACE, _place_of(claim, None))

    @cython.cfunc
    def _check_days(self, claim: Claim) -> cython.void:
        """Warn of lines that have no date, where the claim has none for them either."""
        line: Line
        for line in claim.lines:
            if line.dates is None:
                self._sink.warn(x12_warnings.NO_DAY, _place_of(claim, line))

    @cython.cfunc
    def _check_pointers(self, claim: Claim) -> cython.void:
        """Take away the pointers that lead to no diagnosis."""
        codes: tuple[Any, ...] = claim.diagnoses
        good: Any = _GOOD_POINTERS[len(codes)]
        has_gaps: cython.bint = None in codes
        line: Line
        kept: tuple[Any, ...]
        for line in claim.lines:
            if not line.pointers or (not has_gaps and good.issuperset(line.pointers)):
                continue
            kept = tuple([each for each in line.pointers if not _leads_nowhere(each, codes)])
            if kept != line.pointers:
                line.pointers = kept
                self._sink.warn(x12_warnings.POINTER, _place_of(claim, line))

    @cython.cfunc
    def _adds_up(self, claim: Claim) -> cython.bint:
        """Whether the charges of the lines add up to the claim's."""
        amounts: Any = self._amounts
        total: object = 0
        line: Line
        if len(claim.lines) == 1:
            line = claim.lines[0]
            if line.charge == claim.total:
                return True
        for line in claim.lines:
            total += amounts[line.charge]
        return bool(total == amounts[claim.total])

    # lines

    @cython.cfunc
    def _lx(self, segment: str) -> cython.void:
        claim: Claim | None = self.claim
        if claim is None:
            self._sink.refuse(problems.NO_CLAIM, self._place(None), "line")
            return
        if self._waiting is not None:
            self._refuse_waiting(claim)
        self._waiting, self._waiting_block = segment, self._cursor.block
        self._waiting_index = self._index
        self._line, self._scope = None, LINE

    @cython.cfunc
    def _refuse_waiting(self, claim: Claim) -> cython.void:
        self._waiting = None
        block: Any = self._waiting_block
        place = Place(claim.transaction, claim.number, block, self._waiting_index)
        self._sink.refuse(problems.NO_SERVICE, place, "line")

    @cython.cfunc
    def _new_line(self, kind: str) -> Line | None:
        """The line that a service segment begins; nothing where no claim is open."""
        claim: Claim | None = self.claim
        if claim is None:
            self._sink.refuse(problems.NO_CLAIM, self._place(None), "line")
            return None
        lines: list[Any] = claim.lines
        last: Line
        before: cython.int = 0
        number: cython.int = 0
        if lines:
            last = lines[len(lines) - 1]
            before = last.number
        else:
            claim.kind = kind
        if self._waiting is not None:
            number = self._line_numbers[self._waiting]
            self._waiting = None
        if number <= before:
            number = before + 1
            self._warn(x12_warnings.UNNUMBERED)
        line: Line = Line(number, self._cursor.block, self._index)
        self._line, self._scope = line, LINE
        if len(lines) < MOST_LINES:
            lines.append(line)
        else:
            claim.skipped += 1
            self.spoil(problems.MANY_LINES)
        return line

    @cython.cfunc
    def _sv1(self, segment: str) -> cython.void:
        line: Line | None = self._new_line("P")
        pointers: str
        if line is None:
            return
        elements: list[Any] = segment.split(self._element)
        if len(elements) < 8:
            elements += [""] * 7
        line.charge, line.place_of_service = elements[2], elements[5]
        pointers = elements[7]
        self._read_code(line, elements[1])
        self._check_line(line)
        self._read_quantity(line, elements[3], elements[4])
        if pointers:
            line.pointers = self.composites.pointers[pointers]

    @cython.cfunc
    def _sv2(self, segment: str) -> cython.void:
        line: Line | None = self._new_line("I")
        if line is None:
            return
        elements: list[Any] = segment.split(self._element)
        if len(elements) < 6:
            elements += [""] * 5
        line.revenue_code, line.charge = elements[1], elements[3]
        self._read_code(line, elements[2])
        self._read_quantity(line, elements[4], elements[5])

    @cython.cfunc
    def _sv3(self, segment: str) -> cython.void:
        line: Line | None = self._new_line("D")
        if line is None:
            return
        elements: list[Any] = segment.split(self._element)
        if len(elements) < 12:
            elements += [""] * 11
        line.charge, line.place_of_service, line.units = elements[2], elements[3], elements[6]
        self._read_code(line, elements[1])
        self._check_line(line)
        line.pointers = self.composites.pointers[elements[11]]

    @cython.cfunc
    def _read_code(self, line: Line, composite: str) -> cython.void:
        found: Procedure = self.composites.procedure[composite]
        if found.unsplit:
            self._check_separator(composite)
            found = self.composites.procedure[composite]
            line.problem = problems.UNSPLIT if found.unsplit else None
        line.code, line.modifiers = found.code, found.modifiers

    @cython.cfunc
    def _check_line(self, line: Line) -> cython.void:
        """Warn of a line that no revenue code stands for, and that has no code, and of a place of
        service that is none."""
        place: str = line.place_of_service
        if line.code is None and line.problem is None:
            self._warn(x12_warnings.NO_CODE)
        if place and not place.isdecimal() and not _is_place(_plain(place)):
            line.place_of_service = ""
            self._warn(x12_warnings.PLACE)

    @cython.cfunc
    def _read_quantity(self, line: Line, basis: str, quantity: str) -> cython.void:
        if basis != "UN":
            basis = _plain(basis).upper()
        if basis == "UN" or basis == "DA" or not basis:
            line.units = quantity
        elif basis == "MJ":
            line.minutes = quantity
        elif quantity:
            self._warn(x12_warnings.OTHER_UNITS)
        if not quantity:
            self._warn(x12_warnings.NO_QUANTITY)

    # separators

    @cython.cfunc
    def _use(self, component: str) -> cython.void:
        repetition: str = "" if self._repetition == component else self._repetition
        key: Any = (component, self._element, repetition)
        found = self._every_composites.get(key)
        if found is None:
            found = self._every_composites[key] = Composites(*key)
        self.composites = found

    @cython.cfunc
    def _check_separator(self, text: str) -> cython.void:
        """Go over to the component separator of this text if it shows another one."""
        if text and self.composites.component not in text:
            found = component_in(text, self._element)
            if found is not None:
                self._use(found)
                self._warn(x12_warnings.COMPONENT)

    @cython.cfunc
    def _warn(self, problem: str) -> cython.void:
        claim: Claim | None = self.claim
        self._sink.warn(problem, self._place(None if claim is None else claim.number))

    @cython.cfunc
    def _place(self, claim: object) -> object:
        self._cursor.index = self._index
        return self._cursor.place(claim)


@cython.cfunc
def _raw(segment: str, mark: str, position: cython.Py_ssize_t) -> str:
    """An element as it stands; nothing where the segment ends before it."""
    start: cython.Py_ssize_t = 0
    end: cython.Py_ssize_t
    while position > 0:
        start = segment.find(mark, start) + 1
        if start == 0:
            return ""
        position -= 1
    end = segment.find(mark, start)
    found: str = segment[start:] if end < 0 else segment[start:end]
    return found


@cython.cfunc
def _at(segment: str, mark: str, position: cython.Py_ssize_t) -> str:
    """An element without blanks around it; nothing where the segment ends before it."""
    found: str = _plain(_raw(segment, mark, position))
    return found


@cython.cfunc
def _plain(text: str) -> str:
    """A text without blanks around it."""
    size: cython.Py_ssize_t = len(text)
    if size == 0 or (ord(text[0]) > _BLANK and ord(text[size - 1]) > _BLANK):
        return text
    return text.strip(BLANKS)


@cython.cfunc
def _name(person: Person, segment: str, element: str) -> cython.void:
    person.named = True
    person.first_name = person.first_name or _at(segment, element, 4)
    person.id = person.id or _at(segment, element, 9)


@cython.cfunc
def _is_nobody_yet(patient: Person | None) -> cython.bint:
    """Whether a patient's loop has begun in which nobody has been named."""
    return patient is not None and not patient.named and not patient.used


@cython.cfunc
def _place_of(claim: Claim, line: Line | None) -> Place:
    """Where a claim stands, or one of its lines."""
    transaction: Any = claim.transaction
    block: Any = claim.block if line is None else line.block
    index = claim.index if line is None else line.index
    return Place(transaction, claim.number, block, index)


def _leads_nowhere(pointer: str, codes: Sequence[str | None]) -> bool:
    """Whether a pointer is a number that no diagnosis has; what is no number, the row refuses."""
    if not (pointer.isascii() and pointer.isdigit()) or int(pointer) == 0:
        return False
    return int(pointer) > len(codes) or codes[int(pointer) - 1] is None


def _kind_of_version(version: str) -> str:
    """P, I or D by GS08 or ST03; nothing if they say neither."""
    found = _VERSIONS.search(version)
    return "" if found is None else "PID"[(found.lastindex or 1) - 1]


def _line_number(segment: str) -> int:
    """The number in an LX; 0 where there is none."""
    number = segment[3:].split(segment[2:3] or " ", 1)[0].strip(BLANKS)
    return int(number) if _LINE_NUMBER.fullmatch(number) else 0
