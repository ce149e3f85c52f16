"""The columns of a service line, and the names that other layouts give them.

Names are compared without regard to letter case, blanks, dots and hyphens. The Tuva project's
`medical_claim` layout is known in full; anything else is told by a column map.
"""

import difflib
import re
from collections.abc import Iterable
from functools import lru_cache

from attrs import frozen


@frozen(slots=True)
class Column:
    """A single-valued column of the service line."""

    name: str
    also: tuple[str, ...] = ()
    """Names elsewhere; the first that the source has is read."""
    fallback: tuple[str, ...] = ()
    """Names of a coarser value, read only where the column itself is absent or blank."""


@frozen(slots=True)
class NumberedColumns:
    """Columns `modifier_1`, `modifier_2`, … or one list in their place."""

    name: str
    """The list's name: `modifiers`."""
    stem: str
    """Our numbered columns are the stem and a number: `modifier_1`."""
    count: int
    also: tuple[str, ...] = ()
    other_stems: tuple[str, ...] = ()

    def numbered(self) -> tuple[str, ...]:
        return tuple(f"{self.stem}_{number}" for number in range(1, self.count + 1))


COLUMNS: tuple[Column, ...] = (
    Column("claim_id", ("claim_number", "claim_no", "claim_num", "claim_nbr", "claimid", "icn")),
    Column(
        "line_number",
        ("claim_line_number", "line_no", "line_num", "line_nbr", "service_line_number"),
    ),
    Column(
        "member_id",
        ("member_number", "memberid", "member"),
        fallback=("patient_id", "person_id", "beneficiary_id"),
    ),
    Column("birth_date", ("date_of_birth", "dob", "birthdate", "patient_birth_date")),
    Column("sex", ("gender", "patient_sex", "patient_gender", "member_sex", "member_gender")),
    Column(
        "service_from",
        (
            "claim_line_start_date",
            "line_start_date",
            "service_from_date",
            "service_start_date",
            "from_date",
            "service_date",
            "date_of_service",
            "dos",
        ),
        fallback=("claim_start_date",),
    ),
    Column(
        "service_to",
        (
            "claim_line_end_date",
            "line_end_date",
            "service_to_date",
            "service_end_date",
            "to_date",
            "thru_date",
        ),
        fallback=("claim_end_date",),
    ),
    Column(
        "procedure_code",
        (
            *("hcpcs_code", "cpt_code", "cpt_hcpcs", "hcpcs", "cpt", "procedure"),
            *("proc_code", "proc_cd", "procedure_cd", "hcpcs_cpt_code", "cpt_hcpcs_code"),
        ),
        fallback=("hcpcs_code", "cpt_code", "hcpcs", "cpt"),
    ),
    Column("units", ("service_unit_quantity", "service_units", "unit_count", "quantity", "qty")),
    Column(
        "charge",
        (
            *("charge_amount", "line_charge", "billed_amount", "submitted_charge"),
            *("charge_amt", "billed_amt", "billed_charge", "charged_amount"),
        ),
    ),
    Column("place_of_service", ("place_of_service_code", "pos", "pos_code", "place")),
    Column("revenue_code", ("revenue_center_code", "rev_code")),
    Column("bill_type", ("bill_type_code", "type_of_bill", "tob")),
    Column(
        "rendering_provider",
        ("rendering_npi", "rendering_provider_npi", "rendering_provider_id", "rendering_id"),
    ),
    Column(
        "billing_provider",
        ("billing_npi", "billing_provider_npi", "billing_provider_id", "billing_id"),
    ),
    Column("group_id", ("tax_id", "billing_tin", "billing_tax_id", "group_tax_id", "tin")),
    Column("specialty", ("specialty_code", "provider_specialty", "rendering_provider_specialty")),
    Column(
        "authorization",
        ("authorization_number", "prior_authorization", "prior_authorization_number"),
    ),
    Column("received_date", ("received", "date_received", "claim_received_date", "receipt_date")),
    Column("frequency_code", ("claim_frequency_code", "claim_frequency", "frequency")),
    Column(
        "original_claim_id",
        (
            "original_claim_number",
            "original_claim_control_number",
            "original_reference_number",
            "original_icn",
            "replaced_claim_id",
            "fi_orig_clm_cntl_num",
        ),
    ),
    Column(
        "claim_number",
        (
            "patient_control_number",
            "patient_control_num",
            "provider_claim_number",
            "claim_submitter_identifier",
        ),
    ),
    Column("status", ("line_status", "claim_line_status", "claim_status")),
)

MODIFIERS = NumberedColumns(
    "modifiers",
    "modifier",
    5,
    also=("modifier", "hcpcs_modifiers", "mods"),
    other_stems=("hcpcs_modifier", "procedure_modifier", "mod"),
)
DIAGNOSES = NumberedColumns(
    "diagnoses",
    "diagnosis",
    25,
    also=("diagnosis_codes", "dx_codes", "diagnosis", "diagnosis_code", "dx", "dx_code"),
    other_stems=("diagnosis_code", "dx", "diag", "icd10"),
)
POINTERS = NumberedColumns(
    "diagnosis_pointers",
    "diagnosis_pointer",
    12,
    also=("diagnosis_pointer", "dx_pointers", "dx_pointer"),
    other_stems=("dx_pointer",),
)
NUMBERED: tuple[NumberedColumns, ...] = (MODIFIERS, DIAGNOSES, POINTERS)

OUR_NAMES: tuple[str, ...] = (
    *(column.name for column in COLUMNS),
    *(name for group in NUMBERED for name in (group.name, *group.numbered())),
)
"""Every name that the left side of a column map may have, declared fields aside."""

OTHER_NAMES: frozenset[str] = frozenset(
    (
        *OUR_NAMES,
        *(name for column in COLUMNS for name in (*column.also, *column.fallback)),
        *(name for group in NUMBERED for name in group.also),
        *(
            name
            for group in NUMBERED
            for stem in (group.stem, *group.other_stems)
            for number in range(1, group.count + 1)
            for name in (f"{stem}_{number}", f"{stem}{number}")
        ),
    )
)
"""Every name that is read as one of our columns."""


def names_of(heading: str) -> tuple[str, str]:
    """The names by which a heading may be known."""
    return (plain_name(heading), worded_name(heading))


@lru_cache(maxsize=1000)
def worded_name(name: str) -> str:
    """The same for a name whose words begin with capitals: `serviceFromDate`, `HCPCSCode`."""
    return plain_name(_WORD_START.sub("_", name))


@lru_cache(maxsize=1000)
def plain_name(name: str) -> str:
    """A column name as it is compared: lower case, words joined by `_`."""
    return re.sub(r"[\s\-./]+", "_", name.replace("\ufeff", "").strip().lower())


def stem_names(stem: str, number: int) -> tuple[str, str]:
    """Both ways to write a numbered column: `dx_1` and `dx1`."""
    return (f"{stem}_{number}", f"{stem}{number}")


def nearest(word: str, words: Iterable[str]) -> str | None:
    """The word that was probably meant, if any is near enough."""
    by_plain = {plain_name(candidate): candidate for candidate in words}
    found = difflib.get_close_matches(plain_name(word), by_plain, n=1, cutoff=0.6)
    return by_plain[found[0]] if found else None


def nearest_heading(word: str, headings: Iterable[str]) -> str | None:
    """The heading that was probably meant; never a cell that looks like data.

    A file without a header row has a member's data where the headings should be.
    """
    return nearest(word, [h for h in headings if _HEADING.fullmatch(h) and not _DATA.search(h)])


_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_HEADING = re.compile(r"[A-Za-z][A-Za-z0-9_ .\-]{1,63}")
_DATA = re.compile(r"\d{3}|^[A-Za-z]{0,3}\d+$")
