"""What each column of a service line is converted by, and why a rule needs it.

The conversions remember what they have read, and are shared by all sources of one input.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from editwright.evaluator.formats import values
from editwright.evaluator.formats.lists import read_diagnoses, read_modifiers
from editwright.evaluator.formats.memo import Memo
from editwright.evaluator.lines.service_line import DeclaredValue

DECLARED_TYPES: Mapping[str, Callable[[object], DeclaredValue | None]] = MappingProxyType(
    {
        "code": values.code,
        "text": values.exact_text,
        "number": values.number,
        "date": values.calendar_date,
    }
)
"""What a rule file may declare a field to be."""

PRIVATE_FIELDS = frozenset(("member_id", "birth_date"))
"""Columns whose values no message may show."""

IDENTITIES = (
    "claim_id", "original_claim_id", "claim_number", "member_id", "birth_date", "authorization",
)  # fmt: skip
"""Columns that tell one claim or member from another."""

WHY: Mapping[str, str] = MappingProxyType(
    {
        "claim_id": "the lines of a claim are judged together, and findings name it",
        "line_number": "findings name a line by it",
        "member_id": "the lines of a member are judged together",
        "birth_date": "ages are reckoned from it",
        "service_from": "windows, limits and effective dates are counted from it",
        "service_to": "a line that ends before it starts has no date to judge it on",
        "units": "limits add units up",
        "charge": "rules compare it and savings are added up from it",
        "received_date": "the days to receipt are counted to it",
        "original_claim_id": "the claim that it names is not judged any more",
        "claim_number": "it tells which claim is replaced or voided",
        "diagnosis_pointers": "a line is judged on the diagnoses that it points to",
    }
)
"""Why a bad value cannot be passed over; other columns are simply compared by rules."""


class FieldMemos:
    """One memo for each column whose values repeat."""

    def __init__(self, declared_fields: Mapping[str, str]) -> None:
        self.claim_id = Memo("claim_id", values.identifier)
        self.line_number = Memo("line_number", values.line_number)
        self.member_id = Memo("member_id", values.identifier)
        self.birth_date = Memo("birth_date", values.calendar_date)
        self.sex = Memo("sex", values.sex)
        self.service_from = Memo("service_from", values.calendar_date)
        self.service_to = Memo("service_to", values.calendar_date)
        self.procedure_code = Memo("procedure_code", values.procedure)
        self.modifiers = Memo("modifiers", read_modifiers)
        self.each_modifier = Memo("modifiers", values.modifier)
        """Of columns, which are not read row by row."""
        self.units = Memo("units", values.units)
        self.charge = Memo("charge", values.amount)
        self.place_of_service = Memo("place_of_service", values.place)
        self.revenue_code = Memo("revenue_code", values.revenue_code)
        self.bill_type = Memo("bill_type", values.bill_type)
        self.diagnoses = Memo("diagnoses", read_diagnoses)
        self.rendering_provider = Memo("rendering_provider", values.provider)
        self.billing_provider = Memo("billing_provider", values.provider)
        self.group_id = Memo("group_id", values.provider)
        self.specialty = Memo("specialty", values.specialty)
        self.authorization = Memo("authorization", values.code)
        self.received_date = Memo("received_date", values.calendar_date)
        self.frequency_code = Memo("frequency_code", values.whole_code)
        self.original_claim_id = Memo("original_claim_id", values.identifier)
        self.claim_number = Memo("claim_number", values.identifier)
        self.status = Memo("status", values.status)
        self.declared = {
            name: Memo(name, DECLARED_TYPES[kind]) for name, kind in declared_fields.items()
        }

    def without_identities(self) -> "FieldMemos":
        """The same memos, but those of what tells a claim or a member from another: what is
        known of codes, dates and amounts may outlive a claim, these may not."""
        return self._with_others(Memo.empty)

    def keeping_no_identities(self) -> "FieldMemos":
        """The same memos, but nothing is remembered of what tells a claim or a member from
        another."""
        return self._with_others(Memo.unkept)

    def _with_others(self, other: Callable[[Memo[Any]], Memo[Any]]) -> "FieldMemos":
        memos = object.__new__(FieldMemos)
        memos.__dict__.update(self.__dict__)  # several times faster than copying
        for name in IDENTITIES:
            memos.__dict__[name] = other(self.__dict__[name])
        memos.declared = {name: other(memo) for name, memo in self.declared.items()}
        return memos
