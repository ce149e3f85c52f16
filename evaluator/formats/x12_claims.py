"""The segments of an 837 to claims: who bills, who is the patient, the claim and its lines.

What belongs to whom is told by where a segment stands: after CLM a second SBR opens another
payer's loops, after NM1 a REF is that provider's, after SVD all is another payer's. The numbers
in HL are not used: senders count in many ways, and the order of the segments says the same.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from editwright.evaluator.formats import x12_warnings
from editwright.evaluator.formats.x12_cursor import Cursor, Place
from editwright.evaluator.formats.x12_envelope import BLANKS, Block
from editwright.evaluator.formats.x12_parts import (
    Composites,
    Facility,
    Parts,
    component_in,
    millionths,
    read_dates,
)
from editwright.evaluator.formats.x12_state import (
    Billing,
    Claim,
    Line,
    Person,
    Provider,
)

MOST_LINES = 10_000
LONGEST_CLAIM = 8 << 20
"""In characters: it is held until it ends."""
_MOST_DIAGNOSES = 100
_LONGEST_ACCOUNT = 100

CUT_OFF = (
    "the claim is cut off",
    "the interchange ends in it; expected its last lines and SE, because a part of a claim would "
    "be judged as if it were the whole",
)
_NO_LINES = (
    "the claim has no service lines",
    "expected LX and SV1, SV2 or SV3 behind CLM, because rules judge lines",
)
_MANY_LINES = (
    "the claim has too many lines",
    f"expected at most {MOST_LINES:,} service lines; a claim has up to 999",
)
_LONG_CLAIM = (
    "the claim is too long",
    f"expected at most {LONGEST_CLAIM >> 20} MiB of segments; probably CLM or SE is missing",
)
_MANY_DIAGNOSES = (
    "the claim has too many diagnoses",
    f"expected at most {_MOST_DIAGNOSES} in HI; a claim has up to 25",
)
_LONG_ACCOUNT = (
    "CLM01 is too long",
    f"expected at most {_LONGEST_ACCOUNT} characters; the claim is named by it",
)
_NO_SERVICE = (
    "LX without a service line",
    "expected SV1, SV2 or SV3 behind LX, because they say what was done",
)
_NO_CLAIM = (
    "a service line without a claim",
    "expected CLM before it; nobody can say whose line it is",
)
_UNSPLIT = (
    "the procedure code cannot be told from its qualifier",
    "expected a composite such as `HC:99213` with the separator that ISA16 declares",
)
_GOOD_POINTERS = [frozenset(map(str, range(1, most + 1))) for most in range(_MOST_DIAGNOSES + 1)]
"""By the number of diagnoses."""
_LIMITS: Mapping[str, int] = {"P": 50, "I": 999, "D": 50}
"""Service lines in a claim, by the implementation guides."""
_REFERENCES = frozenset(("EI", "SY", "G1", "F8"))
_VERSIONS = re.compile(r"X(?:(222|098)|(223|096)|(224|097))", re.IGNORECASE)
_LINE_NUMBER = re.compile(r"[0-9]{1,6}")


ABOVE, CLAIM, PROVIDER, OTHER_PAYER, LINE, LINE_PROVIDER, ADJUDICATION = range(7)
"""Whose loops the segments are in: above claims (2000, 2010), 2300, 2310, 2320 and 2330, 2400,
2420, 2430."""
_IN_CLAIM, _IN_LINE = frozenset((CLAIM, PROVIDER)), frozenset((LINE, LINE_PROVIDER))

Problem = tuple[str, str]
"""What is wrong, and what was expected."""


class Sink(Protocol):
    """What claims go to."""

    def claim(self, claim: Claim, facility: Facility) -> None:
        """Take in a claim, all of whose lines are there, and its CLM05."""

    def refuse(self, problem: Problem, place: Place, unit: str) -> None:
        """Set something aside."""

    def warn(self, problem: str, place: Place, detail: str = "") -> None:
        """Remark on something odd."""


class ClaimLoops:
    """Follows the segments of transactions; which one is next, the cursor says."""

    def __init__(self, sink: Sink, cursor: Cursor) -> None:
        self.begun = 0
        """How many claims the interchange has had so far."""
        self.claim: Claim | None = None
        self._sink = sink
        self._cursor = cursor
        self._amounts = Parts(millionths)
        self._dates = Parts(read_dates)
        self._announced = Parts(_kind_of_version)
        self._line_numbers = Parts(_line_number)
        self._every_composites: dict[tuple[str, str], Composites] = {}
        self._line: Line | None = None
        self._waiting: tuple[str, Block, int] | None = None
        """An LX whose service segment has not come yet, and where it stands."""
        self.reset()

    def open(self, element: str, component: str | None) -> None:
        """Begin an interchange with these separators; the component's may be unknown."""
        self._element = element
        self._use(component or "\0")
        self.begun = 0
        self.reset()

    def reset(self) -> None:
        """Forget who bills and who is insured."""
        self._scope = ABOVE
        self._named = ""
        self._billing = Billing()
        self._subscriber: Person | None = None
        self._patient: Person | None = None

    def acts(self, element: str) -> dict[str, Callable[[str], None]]:
        """What to do about a segment, by its first three characters."""
        return {
            f"HL{element}": self._hl,
            "SBR": self._sbr,
            "NM1": self._nm1,
            "REF": self._ref,
            "PRV": self._prv,
            "DMG": self._dmg,
            "CLM": self._clm,
            "DTP": self._dtp,
            f"HI{element}": self._hi,
            f"LX{element}": self._lx,
            "SV1": self._sv1,
            "SV2": self._sv2,
            "SV3": self._sv3,
            "SVD": self._svd,
        }

    def leave(self) -> None:
        """The claim that is open ends before this segment."""
        if self.claim is not None:
            self._close()
        self._scope = ABOVE

    def end_block(self) -> None:
        """The segments of a block have been taken in."""
        claim = self.claim
        if claim is not None:
            self._cursor.digest()
            claim.size += self._cursor.block.size
            if claim.size > LONGEST_CLAIM:
                self.spoil(_LONG_CLAIM)
                claim.skipped += len(claim.lines)
                claim.lines.clear()

    def spoil(self, problem: Problem) -> None:
        """The claim that is open cannot be read."""
        if self.claim is not None and self.claim.spoilt is None:
            self.claim.spoilt = problem

    def is_complete(self) -> bool:
        """Whether nothing shows that the open claim was cut off: its charges add up, and its
        last line has a date."""
        claim = self.claim
        if claim is None or not claim.lines or self._waiting is not None:
            return claim is None
        last = claim.lines[-1]
        dated = last.dates or claim.service_dates or claim.statement_dates
        return dated is not None and self._adds_up(claim)

    # above claims

    def _hl(self, segment: str) -> None:
        self.leave()
        level = at(segment.split(self._element), 3)
        self._named = ""
        if level == "20":
            self.reset()
        elif level == "22":
            self._subscriber, self._patient = Person(), None
        elif level == "23":
            self._patient = Person()
        else:
            self._warn(x12_warnings.LEVEL)

    def _sbr(self, _segment: str) -> None:
        if self._scope >= LINE:
            self._warn(x12_warnings.NO_HL)
            self.leave()
            self._subscriber, self._patient = Person(), None
        elif self._scope != ABOVE:
            self._scope = OTHER_PAYER

    def _dmg(self, segment: str) -> None:
        person = self._patient or self._subscriber
        if self._scope == ABOVE and person is not None and not person.birth_date:
            elements = segment.split(self._element)
            person.birth_date, person.sex = at(elements, 2), at(elements, 3)

    def _prv(self, segment: str) -> None:
        elements = segment.split(self._element)
        if at(elements, 2).upper() not in ("PXC", "ZZ"):
            return
        role, taxonomy = at(elements, 1).upper(), at(elements, 3)
        if self._scope == ABOVE:
            if role in ("BI", "PT"):
                self._billing.taxonomy = self._billing.taxonomy or taxonomy
        elif (provider := self._provider()) is not None:
            provider.taxonomy = provider.taxonomy or taxonomy

    def _provider(self) -> Provider | None:
        """The provider that the last NM1 named, if it is one whose taxonomy counts."""
        if self._scope == LINE_PROVIDER and self._named == "82" and self._line is not None:
            return self._line.rendering
        if self._scope == PROVIDER and self.claim is not None:
            if self._named == "82":
                return self.claim.rendering
            if self._named == "71":
                return self.claim.attending
        return None

    def _nm1(self, segment: str) -> None:
        role, scope = segment[4:6].upper(), self._scope
        if role in ("85", "IL", "QC") and (scope == ABOVE or scope >= LINE):
            if scope != ABOVE:
                self._warn(x12_warnings.NO_HL)
                self.leave()
            self._nm1_above(role, segment.split(self._element))
        elif scope in _IN_CLAIM:
            self._nm1_of_claim(role, segment)
        elif scope in _IN_LINE:
            self._scope = LINE_PROVIDER
            line = self._line
            if role == "82" and line is not None and line.rendering is None:
                line.rendering = _provider_in(segment.split(self._element))
        self._named = role

    def _nm1_above(self, role: str, elements: list[str]) -> None:
        if role == "85":
            if self._billing.named and self._billing.used:
                self.reset()
            _name_billing(self._billing, elements)
        elif role == "IL":
            if self._subscriber is None or (self._subscriber.used and self._subscriber.named):
                self._subscriber, self._patient = Person(), None
            _name(self._subscriber, elements)
        else:
            if self._patient is None or (self._patient.used and self._patient.named):
                self._patient = Person()
            _name(self._patient, elements)

    def _nm1_of_claim(self, role: str, segment: str) -> None:
        claim = self.claim
        assert claim is not None
        if role == "IL":
            self._scope = OTHER_PAYER
            return
        self._scope = PROVIDER
        if role == "82":
            claim.rendering = claim.rendering or _provider_in(segment.split(self._element))
        elif role == "71":
            claim.attending = claim.attending or _provider_in(segment.split(self._element))

    def _ref(self, segment: str) -> None:
        kind, scope = segment[4:6].upper(), self._scope
        if kind not in _REFERENCES or segment[6:7] != self._element:
            return
        elements = segment.split(self._element)
        number = at(elements, 2)
        if scope == ABOVE:
            if self._named == "85" and kind == "EI":
                self._billing.tax_id = self._billing.tax_id or number
            elif self._named == "85" and kind == "SY":
                self._billing.second_tax_id = self._billing.second_tax_id or number
        elif scope == CLAIM and self.claim is not None:
            if kind == "G1":
                self.claim.authorization = self.claim.authorization or number
            elif kind == "F8":
                self.claim.original = self.claim.original or number
        elif scope == LINE and self._line is not None and kind == "G1":
            if at(elements, 4)[:2].upper() == "2U":
                return  # the number that another payer gave
            self._line.authorization = self._line.authorization or number

    # claims

    def _clm(self, segment: str) -> None:
        self.leave()
        elements = [*segment.split(self._element), "", "", "", "", ""]
        self.begun += 1
        cursor = self._cursor
        self.claim = claim = Claim(
            self.begun,
            cursor.transaction,
            cursor.block,
            cursor.index,
            self._billing,
            self._subscriber,
            self._patient,
            elements[1].strip(BLANKS),
            elements[2].strip(BLANKS),
            elements[5].strip(BLANKS),
        )
        cursor.mark()
        for party in (self._billing, self._subscriber, self._patient):
            if party is not None:
                party.used = True
        self._line, self._scope = None, CLAIM
        if len(claim.account) > _LONGEST_ACCOUNT:
            claim.spoilt = _LONG_ACCOUNT
        elif not claim.account:
            self._warn(x12_warnings.NO_ACCOUNT)
        self._check_separator(claim.facility)

    def _hi(self, segment: str) -> None:
        claim = self.claim
        if claim is None or self._scope >= LINE:
            return
        self._check_separator(segment[3:])
        found = self.composites.diagnoses[segment]
        if len(claim.diagnoses) + len(found.codes) > _MOST_DIAGNOSES:
            self.spoil(_MANY_DIAGNOSES)
        else:
            claim.diagnoses += found.codes
            claim.principal += found.principal
        if found.loose:
            self._warn(x12_warnings.LOOSE)

    def _dtp(self, segment: str) -> None:
        kind, claim, line = segment[4:7], self.claim, self._line
        if kind not in ("472", "434") or claim is None:
            return
        elements = segment.split(self._element)
        dates = self._dates[elements[3] if len(elements) > 3 else ""]
        if dates.first == "":
            return
        if dates.as_range and at(elements, 2).upper() != "RD8":
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

    def _close(self) -> None:
        """Hand the open claim on."""
        claim, self.claim = self.claim, None
        assert claim is not None
        cursor = self._cursor
        claim.digest = cursor.digest()
        if self._waiting is not None:
            self._refuse_waiting(claim)
        self._line = None
        if claim.spoilt is None and not claim.lines:
            claim.spoilt = _NO_LINES
        if claim.spoilt is not None:
            problem, reason = claim.spoilt
            lines = len(claim.lines) + claim.skipped
            its = f"; set aside with {lines:,} service line{'s' * (lines > 1)}" if lines else ""
            self._sink.refuse((problem, reason + its), place_of(claim), "claim")
            return
        facility = self.composites.facility[claim.facility]
        self._compare(claim, facility)
        self._sink.claim(claim, facility)

    def _compare(self, claim: Claim, facility: Facility) -> None:
        """Warn of what does not agree."""
        kind = claim.lines[0].kind
        self._check_pointers(claim)
        if claim.total and not self._adds_up(claim):
            self._sink.warn(x12_warnings.CHARGES, place_of(claim))
        if self._announced[claim.transaction.version] not in (kind, ""):
            self._sink.warn(x12_warnings.TYPE, place_of(claim))
        if len(claim.lines) > _LIMITS[kind]:
            most = f"{len(claim.lines):,} lines, {_LIMITS[kind]} are allowed"
            self._sink.warn(x12_warnings.MANY_LINES, place_of(claim), most)
        if facility.unsplit or not claim.facility:
            self._sink.warn(x12_warnings.NO_FACILITY, place_of(claim))
        elif facility.odd_frequency:
            self._sink.warn(x12_warnings.FREQUENCY, place_of(claim))

    def _check_pointers(self, claim: Claim) -> None:
        """Take away the pointers that lead to no diagnosis."""
        codes = claim.diagnoses
        good = _GOOD_POINTERS[len(codes)]
        has_gaps = None in codes
        for line in claim.lines:
            if good.issuperset(line.pointers) and not has_gaps:
                continue
            kept = tuple(each for each in line.pointers if not _leads_nowhere(each, codes))
            if kept != line.pointers:
                line.pointers = kept
                self._sink.warn(x12_warnings.POINTER, place_of(claim, line))

    def _adds_up(self, claim: Claim) -> bool:
        """Whether the charges of the lines add up to the claim's."""
        amounts, total = self._amounts, 0
        for line in claim.lines:
            total += amounts[line.charge]
        return total == amounts[claim.total]

    # lines

    def _lx(self, segment: str) -> None:
        claim = self.claim
        if claim is None:
            self._sink.refuse(_NO_CLAIM, self._cursor.place(), "line")
            return
        if self._waiting is not None:
            self._refuse_waiting(claim)
        self._waiting = segment, self._cursor.block, self._cursor.index
        self._line, self._scope = None, LINE

    def _refuse_waiting(self, claim: Claim) -> None:
        assert self._waiting is not None
        (_, block, index), self._waiting = self._waiting, None
        place = Place(claim.transaction, claim.number, block, index)
        self._sink.refuse(_NO_SERVICE, place, "line")

    def _new_line(self, kind: str) -> Line | None:
        """The line that a service segment begins; nothing where no claim is open."""
        claim, cursor = self.claim, self._cursor
        if claim is None:
            self._sink.refuse(_NO_CLAIM, cursor.place(), "line")
            return None
        lines = claim.lines
        before = lines[-1].number if lines else 0
        given = "" if self._waiting is None else self._waiting[0]
        self._waiting = None
        number = self._line_numbers[given]
        if number <= before:
            number = before + 1
            self._warn(x12_warnings.UNNUMBERED)
        self._line = line = Line(kind, number, cursor.block, cursor.index)
        self._scope = LINE
        if len(lines) < MOST_LINES:
            lines.append(line)
        else:
            claim.skipped += 1
            self.spoil(_MANY_LINES)
        return line

    def _sv1(self, segment: str) -> None:
        if (line := self._new_line("P")) is None:
            return
        elements = segment.split(self._element)
        if len(elements) < 8:
            elements += [""] * 7
        _, code, line.charge, basis, quantity, line.place_of_service, _, pointers, *_ = elements
        self._read_code(line, code)
        self._read_quantity(line, basis, quantity)
        if pointers:
            line.pointers = self.composites.pointers[pointers]

    def _sv2(self, segment: str) -> None:
        if (line := self._new_line("I")) is None:
            return
        elements = segment.split(self._element)
        if len(elements) < 6:
            elements += [""] * 5
        _, line.revenue_code, code, line.charge, basis, quantity, *_ = elements
        self._read_code(line, code)
        self._read_quantity(line, basis, quantity)

    def _sv3(self, segment: str) -> None:
        if (line := self._new_line("D")) is None:
            return
        elements = segment.split(self._element)
        if len(elements) < 12:
            elements += [""] * 11
        _, code, line.charge, line.place_of_service, _, _, line.units, *rest = elements
        self._read_code(line, code)
        line.pointers = self.composites.pointers[rest[4]]

    def _svd(self, _segment: str) -> None:
        if self._scope >= LINE:
            self._scope = ADJUDICATION

    def _read_code(self, line: Line, composite: str) -> None:
        found = self.composites.procedure[composite]
        if found.unsplit:
            self._check_separator(composite)
            found = self.composites.procedure[composite]
            line.problem = _UNSPLIT if found.unsplit else None
        line.code, line.modifiers = found.code, found.modifiers

    def _read_quantity(self, line: Line, basis: str, quantity: str) -> None:
        if basis == "UN":
            line.units = quantity
            return
        match basis.strip(BLANKS).upper():
            case "UN" | "DA" | "":
                line.units = quantity
            case "MJ":
                line.minutes = quantity
            case _ if quantity:
                self._warn(x12_warnings.OTHER_UNITS)

    # separators

    def _use(self, component: str) -> None:
        key = component, self._element
        if (found := self._every_composites.get(key)) is None:
            found = self._every_composites[key] = Composites(component, self._element)
        self.composites = found

    def _check_separator(self, text: str) -> None:
        """Go over to the component separator of this text if it shows another one."""
        if text and self.composites.component not in text:
            found = component_in(text, self._element)
            if found is not None:
                self._use(found)
                self._warn(x12_warnings.COMPONENT)

    def _warn(self, problem: str) -> None:
        number = None if self.claim is None else self.claim.number
        self._sink.warn(problem, self._cursor.place(number))


def at(elements: list[str], position: int) -> str:
    """An element without blanks around it; nothing where the segment ends before it."""
    try:
        return elements[position].strip(BLANKS)
    except IndexError:
        return ""


def _provider_in(elements: list[str]) -> Provider:
    """Only an id that is marked as one is an NPI: in 4010 it may be a tax id."""
    return Provider(at(elements, 9) if at(elements, 8).upper() == "XX" else "")


def _name_billing(billing: Billing, elements: list[str]) -> None:
    billing.named = True
    kind, number = at(elements, 8).upper(), at(elements, 9)
    if kind == "XX":
        billing.npi = billing.npi or number
    elif kind == "24":
        billing.tax_id = billing.tax_id or number
    elif kind == "34":
        billing.second_tax_id = billing.second_tax_id or number


def _name(person: Person, elements: list[str]) -> None:
    person.named = True
    person.first_name = person.first_name or at(elements, 4)
    person.id = person.id or at(elements, 9)


def place_of(claim: Claim, line: Line | None = None) -> Place:
    """Where a claim stands, or one of its lines."""
    here = claim if line is None else line
    return Place(claim.transaction, claim.number, here.block, here.index)


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
