"""Made-up service lines as the tables that others write: CMS research files, JSON arrays, Arrow."""

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from benchmarks.claim_files import write_claims
from benchmarks.claim_lines import Cells, claim_table

_LINES_OF_ROW = 2
_SLOTS = 13
_RIF = {
    "claim_id": "CLM_ID", "line_number": "LINE_NUM", "member_id": "BENE_ID",
    "service_from": "LINE_1ST_EXPNS_DT", "service_to": "LINE_LAST_EXPNS_DT",
    "procedure_code": "HCPCS_CD", "modifier_1": "HCPCS_1ST_MDFR_CD",
    "modifier_2": "HCPCS_2ND_MDFR_CD", "units": "LINE_SRVC_CNT", "charge": "LINE_SBMTD_CHRG_AMT",
    "place_of_service": "LINE_PLACE_OF_SRVC_CD", "rendering_provider": "PRF_PHYSN_NPI",
    "billing_provider": "CARR_CLM_BLG_NPI_NUM", "group_id": "TAX_NUM",
    "specialty": "PRVDR_SPCLTY", "received_date": "NCH_WKLY_PROC_DT",
    "frequency_code": "CARR_CLM_ENTRY_CD",
    **{f"diagnosis_{number}": f"ICD_DGNS_CD{number}" for number in range(1, 13)},
}  # fmt: skip


def write_table(kind: str, lines: int, path: Path) -> None:
    """Write so many lines as a table of this kind."""
    table = claim_table(lines)
    match kind:
        case "Arrow IPC":
            with pa.ipc.new_file(str(path), table.schema) as writer:
                writer.write_table(table, 1 << 16)
        case "JSON array":
            _write_array(table, path)
        case "RIF carrier":
            pa_csv.write_csv(_research_lines(table), path, _with_pipes())
        case "SynPUF carrier":
            pa_csv.write_csv(_wide_rows(table), path)
        case _:
            write_claims(table, path, kind.lower())


def _with_pipes() -> pa_csv.WriteOptions:
    return pa_csv.WriteOptions(delimiter="|", quoting_style="none")


def _write_array(table: pa.Table, path: Path) -> None:
    with path.open("w", encoding="utf-8") as stream:
        before = "["
        for batch in table.to_batches(1 << 14):
            for row in batch.to_pylist():
                there = {name: cell for name, cell in row.items() if cell is not None}
                stream.write(f"{before}{json.dumps(there, default=str)}")
                before = ",\n"
        stream.write("]\n")


def _research_lines(table: pa.Table) -> pa.Table:
    """Lines with the column names of CMS, and dates like `30-May-2015`."""
    columns = {theirs: _text(table.column(ours)) for ours, theirs in _RIF.items()}
    dates = {
        "CLM_FROM_DT": columns["LINE_1ST_EXPNS_DT"],
        "CLM_THRU_DT": columns["LINE_LAST_EXPNS_DT"],
    }
    return pa.table({**columns, **dates, "LINE_ICD_DGNS_CD": columns["ICD_DGNS_CD1"]})


def _text(column: Cells) -> Cells:
    is_date = pa.types.is_date(column.type)
    return pc.strftime(column, "%d-%b-%Y") if is_date else column.cast(pa.string())


def _wide_rows(table: pa.Table) -> pa.Table:
    """Claims of two lines each in rows with places for thirteen."""
    first = table.take(pa.array(np.arange(0, table.num_rows, _LINES_OF_ROW), pa.int64()))
    rows = first.num_rows
    columns: dict[str, Cells] = {
        "DESYNPUF_ID": first.column("member_id"),
        "CLM_ID": pa.array([f"{number:015}" for number in range(rows)]),
        "CLM_FROM_DT": pc.strftime(first.column("service_from"), "%Y%m%d"),
        "CLM_THRU_DT": pc.strftime(first.column("service_to"), "%Y%m%d"),
    }
    for number in range(1, 9):
        columns[f"ICD9_DGNS_CD_{number}"] = first.column(f"diagnosis_{number}")
    for stem, ours in (
        ("PRF_PHYSN_NPI", "rendering_provider"),
        ("TAX_NUM", "group_id"),
        ("HCPCS_CD", "procedure_code"),
        ("LINE_ICD9_DGNS_CD", "diagnosis_1"),
    ):
        for slot in range(1, _SLOTS + 1):
            at = pa.array(np.arange(slot - 1, table.num_rows, _LINES_OF_ROW), pa.int64())
            is_filled = slot <= _LINES_OF_ROW
            column = table.column(ours).take(at) if is_filled else pa.nulls(rows, pa.string())
            columns[f"{stem}_{slot}"] = column
    return pa.table(columns)
