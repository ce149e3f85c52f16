"""CMS files for tests: true layouts, made-up rows."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from editwright.evaluator.tables import Report, TableFileError, import_table

PTP_HEAD = (
    "CPT only copyright 2025 American Medical Association\xae.  All rights reserved.\t\t\t\t\t\t\n"
    "Column1/Column2 Edits\t\t\t\t\t\t\n"
    "Column 1\tColumn 2\t*=in existence\tEffective\tDeletion\tModifier\tPTP Edit Rationale\n"
    "\t\tprior to 1996\tDate\tDate\t0=not allowed\t\n"
    "\t\t\t\t*=no data\t1=allowed\t\n"
    "\t\t\t\t\t9=not applicable\t\n"
)
PTP = (
    "11111\t22222\t*\t19960101\t*\t0\tMisuse\n"
    "11111\t33333\t\t20200101\t20241231\t1\tMore extensive\n"
    "11111\t33333\t\t20250401\t*\t1\tMore extensive\n"
)
MUE_HEAD = (
    '"CPT\xae codes are copyright 2025, the AMA.\n\nAll rights, reserved.",,,\n'
    '"HCPCS/\nCPT Code",Practitioner Services MUE Values,MUE Adjudication Indicator,MUE Rationale\n'
)
MUE = (
    '11111,1,1 Line Edit,"Nature of\nService"\n'
    "22222,0,2 Date of Service Edit: Policy,CMS Policy\n"
    'J0001,"1,200",3 Date of Service Edit: Clinical,Clinical: Data\n'
)
AOC_HEAD = (
    "CPT codes are copyright of the AMA\t\t\t\t\t\t\t\n"
    "AOC_Edit_Type\tAdd-On_Code\tAOC_DelDT\tPrimary_Code\tPrimary_Code_DelDT\tAOC_Edit_EffDT\t"
    "AOC_Edit_DelDT\tSpecial_Instruction_Notes\n"
)
AOC = (
    "1\t11112\t\t11111\t2025090\t2013001\t2025181\t\n"
    "1\t11112\t\t22222\t\t2013001\t\t\n"
    "2\t33334\t\tCCCCC\t\t2026091\t\tContractor Defined Primary Codes\n"
    "1\t44445\t\tCCCCC\t\t2022001\t\t\n"
    "1\t44445\t\t44444\t\t2022001\t\tPractitioner only\n"
)
MPFS_HEAD = (
    ",,2026 Relative Value File,,,,,,,,,,,\n"
    ",,,,,,,,,,,,,\n"
    ",,,STATUS,WORK,PCTC,GLOB,MULT,BILAT,ASST,CO-,TEAM,PRIC,NON-FACILITY\n"
    "HCPCS,MOD,DESCRIPTION,CODE,RVU,IND,DAYS,PROC,SURG,SURG,SURG,SURG,IND,TOTAL\n"
)
MPFS = (
    '11111,,"REDACTED, one",A,1.50,0,090,2,1,2,1,0,1,22.75\n'
    "22222,26,REDACTED,A,0.10,1,XXX,0,0,0,0,0,1,0.33\n"
)
FILES = {
    "ncci-ptp": ("ccipra-v322r0-f1.TXT", PTP_HEAD + PTP),
    "mue": ("MCR_MUE_PractitionerServices_Eff_07-01-2026.csv", MUE_HEAD + MUE),
    "add-on": ("AOC_V2026Q2-MCR.txt", AOC_HEAD + AOC),
    "mpfs": ("PPRRVU2026_Jul_nonQPP.csv", MPFS_HEAD + MPFS),
}


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_bytes(text.replace("\n", "\r\n").encode("latin-1"))
    return path


def imported(kind: str, *paths: Path) -> tuple[Report, list[dict[str, object]]]:
    output = paths[0].with_name(f"{kind}.parquet")
    report = import_table(kind, paths, output)
    assert not list(output.parent.glob(".*"))
    rows = pq.read_table(output).to_pylist()
    assert report.rows == len(rows)
    return report, rows


def failure(kind: str, *paths: Path) -> TableFileError:
    output = paths[0].with_name("nothing.parquet")
    with pytest.raises(TableFileError) as caught:
        import_table(kind, paths, output)
    assert not output.exists()
    return caught.value


def workbook(path: Path, rows: Sequence[Sequence[str | int]]) -> Path:
    """A minimal workbook; numbers are number cells."""

    def cell(value: str | int) -> str:
        if isinstance(value, int):
            return f"<c><v>{value}</v></c>"
        return f'<c t="inlineStr"><is><t>{value}</t></is></c>'

    lines = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {
            "[Content_Types].xml": f'<Types xmlns="{package}/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" '
            f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>'
            '<sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r1" Type="{office}/worksheet" Target="worksheets/sheet1.xml"/>'
            "</Relationships>",
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{lines}</sheetData>'
            "</worksheet>",
        }.items():
            archive.writestr(name, text)
    return path
