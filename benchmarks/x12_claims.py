"""Made-up claims as an 837: as many segments in them as clearing houses send."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

Row = dict[str, Any]

_CLAIMS_OF_TRANSACTION = 5_000
_ISA = (
    "ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       "
    "*250305*1200*^*00501*{number:09}*0*T*:"
)


def write_x12(kind: str, lines: int, path: Path) -> None:
    """Write an 837 with so many lines.

    Of the kind `few`, interchanges hold thousands of claims; of the kind `many`, each claim comes
    with an interchange of its own.
    """
    from benchmarks.claim_lines import claim_table

    rows = claim_table(lines).sort_by("claim_id").to_pylist()
    claims = [list(group) for _, group in groupby(rows, key=lambda row: str(row["claim_id"]))]
    size = 1 if kind == "many" else _CLAIMS_OF_TRANSACTION
    with path.open("w", encoding="utf-8") as stream:
        for number, start in enumerate(range(0, len(claims), size), 1):
            segments = _interchange(number, claims[start : start + size])
            stream.write("".join(f"{segment}~\n" for segment in segments))


def _interchange(number: int, claims: Sequence[Sequence[Row]]) -> Iterator[str]:
    inside = [segment for claim in claims for segment in _claim(claim)]
    yield _ISA.format(number=number)
    yield "GS*HC*SENDER*RECEIVER*20250305*1200*1*X*005010X222A1"
    yield "ST*837*0001*005010X222A1"
    yield "BHT*0019*00*1*20250305*1200*CH"
    yield "NM1*41*2*CLEARING HOUSE*****46*SENDER"
    yield "PER*IC*DESK*TE*5555550100"
    yield "NM1*40*2*PLAN*****46*RECEIVER"
    yield from inside
    yield f"SE*{len(inside) + 6}*0001"
    yield "GE*1*1"
    yield f"IEA*1*{number:09}"


def _claim(lines: Sequence[Row]) -> Iterator[str]:
    first = lines[0]
    yield "HL*1**20*1"
    yield f"PRV*BI*PXC*{first['specialty']}"
    yield f"NM1*85*2*CLINIC*****XX*{first['billing_provider']}"
    yield "N3*1 FIRST STREET"
    yield "N4*ANYTOWN*OH*432150001"
    yield f"REF*EI*{first['group_id']}"
    yield "HL*2*1*22*0"
    yield "SBR*P*18*GROUP******CI"
    yield f"NM1*IL*1*MEMBER*OF****MI*{first['member_id']}"
    yield "N3*2 SECOND STREET"
    yield "N4*ANYTOWN*OH*43215"
    yield f"DMG*D8*{_day(first['birth_date'])}*{first['sex']}"
    yield "NM1*PR*2*PLAN*****PI*PLAN1"
    total = sum(round(row["charge"] * 100) for row in lines)
    place = f"{first['place_of_service']}:B:{first['frequency_code']}"
    yield f"CLM*{first['claim_id']}*{total / 100:.2f}***{place}*Y*A*Y*Y"
    yield f"REF*D9*{first['claim_id']}"
    codes = [row for row in (first[f"diagnosis_{n}"] for n in range(1, 13)) if row]
    marks = ["ABK", *["ABF"] * 11]
    yield "*".join(["HI", *[f"{mark}:{code}" for mark, code in zip(marks, codes, strict=False)]])
    yield f"NM1*82*1*DOCTOR*A****XX*{first['rendering_provider']}"
    yield f"PRV*PE*PXC*{first['specialty']}"
    for number, row in enumerate(lines, 1):
        code = ":".join(
            str(part)
            for part in ("HC", row["procedure_code"], row["modifier_1"], row["modifier_2"])
            if part
        )
        yield f"LX*{number}"
        units = "" if row["units"] is None else row["units"]
        yield f"SV1*{code}*{row['charge']:.2f}*UN*{units}*{row['place_of_service']}**1"
        yield f"DTP*472*D8*{_day(row['service_from'])}"
        yield f"REF*6R*{first['claim_id']}{number}"


def _day(day: date) -> str:
    return day.strftime("%Y%m%d")
