"""CMS Research Identifiable Files (RIF) to service lines.

Carrier and DME claims have lines, institutional ones (outpatient, inpatient, SNF, HHA, hospice)
have revenue centers; each row is one, with its claim repeated. Beneficiary files give birth dates
and sex. Columns are known by their SAS names; they may stand in any order.
"""

from editwright.evaluator.formats.layouts import Layout, coded, diagnoses, joined, of

SEXES = {"0": None, "1": "M", "2": "F"}
_FREQUENCIES = {"1": "1", "3": "8", "5": "7"}
"""CARR_CLM_ENTRY_CD: an original, a full credit, a replacement."""
_CLAIM = {
    "claim_id": of("clm_id"),
    "member_id": of("bene_id"),
    "claim_start_date": of("clm_from_dt"),
    "claim_end_date": of("clm_thru_dt"),
    "procedure_code": of("hcpcs_cd"),
    "modifier_1": of("hcpcs_1st_mdfr_cd"),
    "modifier_2": of("hcpcs_2nd_mdfr_cd"),
    "modifier_3": of("hcpcs_3rd_mdfr_cd"),
    "modifier_4": of("hcpcs_4th_mdfr_cd"),
    "modifier_5": of("hcpcs_5th_mdfr_cd"),
    "received_date": of("nch_wkly_proc_dt"),
    "claim_number": of("carr_clm_cntl_num", "fi_doc_clm_cntl_num"),
    "original_claim_id": of("fi_orig_clm_cntl_num"),
}
_FIRST = ("icd_dgns_cd1", "prncpal_dgns_cd")
"""The principal diagnosis, which the list repeats."""

PROFESSIONAL = Layout(
    {
        **_CLAIM,
        "line_number": of("line_num"),
        "service_from": of("line_1st_expns_dt"),
        "service_to": of("line_last_expns_dt"),
        "units": of("line_srvc_cnt"),
        "charge": of("line_sbmtd_chrg_amt"),
        "place_of_service": of("line_place_of_srvc_cd"),
        "rendering_provider": of("prf_physn_npi", "prvdr_npi"),
        "billing_provider": of("carr_clm_blg_npi_num", "prvdr_npi"),
        "group_id": of("tax_num"),
        "specialty": of("prvdr_spclty"),
        "frequency_code": coded("carr_clm_entry_cd", _FREQUENCIES),
        **diagnoses([f"icd_dgns_cd{number}" for number in range(1, 13)], "line_icd_dgns_cd"),
        "diagnosis_1": of(*_FIRST),
    },
    spare=True,
)
"""Carrier and DME: a supplier's claim names its supplier alone."""

INSTITUTIONAL = Layout(
    {
        **_CLAIM,
        "line_number": of("clm_line_num"),
        "service_from": of("rev_cntr_dt"),
        "units": of("rev_cntr_unit_cnt"),
        "charge": of("rev_cntr_tot_chrg_amt"),
        "revenue_code": of("rev_cntr"),
        "bill_type": joined("clm_fac_type_cd", "clm_srvc_clsfctn_type_cd", "clm_freq_cd"),
        "rendering_provider": of("rndrng_physn_npi"),
        "billing_provider": of("org_npi_num"),
        "frequency_code": of("clm_freq_cd"),
        **{f"diagnosis_{number}": of(f"icd_dgns_cd{number}") for number in range(2, 26)},
        "diagnosis_1": of(*_FIRST),
    },
    spare=True,
)

BENEFICIARIES = Layout(
    {
        "member_id": of("bene_id"),
        "birth_date": of("bene_birth_dt"),
        "sex": coded("bene_sex_ident_cd", SEXES),
    },
    spare=True,
)
OTHER_BENEFICIARIES = Layout(
    {**BENEFICIARIES.columns, "sex": coded("sex_ident_cd", SEXES)}, spare=True
)
"""The files of the Chronic Conditions Warehouse, with another name for the sex."""
