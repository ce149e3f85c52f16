"""CMS DE-SynPUF files to service lines.

A row is a claim with its lines beside each other: 13 of a carrier claim, 45 codes of an outpatient
or inpatient one, or fewer where somebody has cut the files. They have no modifiers, units, places
of service or dates of lines, and what a line was allowed is no charge.
"""

import pyarrow as pa
from attrs import frozen

from editwright.evaluator.formats.arrow import AnyArray
from editwright.evaluator.formats.layouts import (
    EACH,
    Layout,
    Lines,
    Table,
    coded,
    compute,
    diagnoses,
    of,
    slots_filled,
)
from editwright.evaluator.formats.rif import SEXES

_CARRIER_LINES = 13
_CARRIER_CELLS = (
    "hcpcs_cd_*", "prf_physn_npi_*", "tax_num_*", "line_prcsg_ind_cd_*", "line_icd9_dgns_cd_*",
)  # fmt: skip
"""What says that there is a line; amounts are 0 where there is none."""
_FACILITY_LINES = 45
_FACILITY_CELLS = ("hcpcs_cd_*",)
_CLAIM = {
    "claim_id": of("clm_id"),
    "member_id": of("desynpuf_id"),
    "claim_start_date": of("clm_from_dt"),
    "claim_end_date": of("clm_thru_dt"),
    "procedure_code": of("hcpcs_cd_*"),
}


def _carrier_lines(table: Table) -> Lines:
    return slots_filled(table, _CARRIER_CELLS, _CARRIER_LINES)


def _facility_lines(table: Table) -> Lines:
    return slots_filled(table, _FACILITY_CELLS, _FACILITY_LINES)


@frozen(slots=True)
class _SegmentLine:
    """The number of a line in a claim whose codes go on in a second row, its segment 2."""

    names: tuple[str, ...] = ("segment", EACH)

    def made(self, table: Table) -> AnyArray:
        segment, slot = table.column("segment"), table.column(EACH)
        assert segment is not None
        assert slot is not None
        is_second = compute.match_substring_regex(segment, r"^\s*2(\.0*)?\s*$")
        number = slot.cast(pa.int64())
        second = compute.add(number, _FACILITY_LINES)
        found: AnyArray = compute.if_else(is_second, second, number).cast(pa.string())
        return found


CARRIER = Layout(
    {
        **_CLAIM,
        "line_number": of(EACH),
        "rendering_provider": of("prf_physn_npi_*"),
        "group_id": of("tax_num_*"),
        **diagnoses([f"icd9_dgns_cd_{number}" for number in range(1, 9)], "line_icd9_dgns_cd_*"),
    },
    names=_CARRIER_CELLS,
    lines=_carrier_lines,
)

FACILITY = Layout(
    {
        **_CLAIM,
        "line_number": _SegmentLine(),
        **{f"diagnosis_{number}": of(f"icd9_dgns_cd_{number}") for number in range(1, 11)},
    },
    names=_FACILITY_CELLS,
    lines=_facility_lines,
)
"""Outpatient and inpatient claims. The attending physician is not the one who rendered a line."""

BENEFICIARIES = Layout(
    {
        "member_id": of("desynpuf_id"),
        "birth_date": of("bene_birth_dt"),
        "sex": coded("bene_sex_ident_cd", SEXES),
    }
)
